"""Plays the preset plane in four ways: what k, G's loss and R1 do, seen from above."""

import keras
import numpy as np
from scipy.special import expit

from keras_gan import Recipe, callbacks
from keras_gan.callbacks._plane_figure import panels
from keras_gan.callbacks._plane_game import density_on, observe, view_of
from studies.outcome import Claim, Outcome, spread

# What differs from the preset, by the name of the game.
_FEW, _MANY, _MINIMAX, _R1 = "k = 1", "k = 20", "k = 20, minimax", "k = 1, R1 0.05"
_GAMES = {
    _FEW: {"r1": 0.0},
    _MANY: {"r1": 0.0, "discriminator_steps": 20},
    _MINIMAX: {"r1": 0.0, "discriminator_steps": 20, "loss": "minimax"},
    _R1: {},
}
# With k = 20 a step takes so much longer that 1,000 of them have to do.
_STEPS = {
    _FEW: (50, 200, 3000),
    _MANY: (50, 200, 1000),
    _MINIMAX: (50, 200, 1000),
    _R1: (50, 200, 3000),
}
_QUICK_STEPS = {_FEW: (2,), _R1: (2,)}
# Points that are drawn, and those that numbers are computed from.
_NUM_DRAWN, _NUM_SAMPLES = 250, 2_500
# A mode is found if it has this share of the samples within this distance.
_SHARE, _NEAR = 0.02, 0.1


def run(seeds, options):
    """Plays each game and looks at it at the same steps.

    Args:
        seeds: list of ints, one run of each game for each; the pictures are those of the
            first.
        options: `quick`: 2 steps of the games with k = 1.

    Returns:
        An `Outcome`.
    """
    games = _QUICK_STEPS if options.quick else _STEPS
    played = {
        name: [_play(_GAMES[name], at, seed) for seed in seeds]
        for name, at in games.items()
    }
    measured = {
        name: {
            f"step {step}": {
                number: spread([run.numbers[step][number] for run in runs])
                for number in runs[0].numbers[step]
            }
            for step in games[name]
        }
        for name, runs in played.items()
    }
    first = next(iter(played.values()))[0].moments[0]
    density = density_on(first.view, Recipe.preset("plane").load_data().density)
    drawn = [(n, moment) for n, runs in played.items() for moment in runs[0].moments]
    captions = [f"{name}: step {moment.step:,}" for name, moment in drawn]
    pixels = panels([m for _, m in drawn], captions, density, columns=len(games[_R1]))
    claims = [_r1_calms(measured, 2, 2.0)] if options.quick else _claims(measured)
    return Outcome(measured, claims, pixels)


def _claims(measured):
    def worst(game, step, number, end):
        return measured[game][f"step {step}"][number][end]

    gap = "mean D(x) - mean D(G(z))"
    return [
        Claim(f"step 50: {gap}, k = 20", worst(_MANY, 50, "gap", "min"), 0.7, True),
        Claim("the same, k = 1", worst(_FEW, 50, "gap", "max"), 0.2),
        Claim("step 200: push on G, minimax", worst(_MINIMAX, 200, "push", "max"), 1e-6),
        Claim("the same, non-saturating", worst(_MANY, 200, "push", "min"), 1.0, True),
        _r1_calms(measured, 3000, 0.2),
        Claim("step 3000: modes with R1", worst(_R1, 3000, "modes", "min"), 8, True),
    ]


def _r1_calms(measured, step, limit):
    pushes = [measured[game][f"step {step}"]["push"]["mean"] for game in (_R1, _FEW)]
    text = f"step {step}: push on G with R1, as a share of that without"
    return Claim(text, pushes[0] / pushes[1], limit)


def _play(changed, at, seed):
    """A `_Watch` that has seen one run."""
    recipe = Recipe.preset("plane", seed=seed, **changed)
    data = recipe.load_data()
    watch = _Watch(at, data.density)
    recipe.build(data).fit(
        data,
        epochs=recipe.epochs_for(data),
        verbose=0,
        callbacks=[watch, callbacks.Limits(max_steps=at[-1])],
    )
    return watch


class _Watch(keras.callbacks.Callback):
    """Keeps what there is to see, and numbers, at some steps."""

    def __init__(self, steps, density):
        super().__init__()
        self.steps = steps
        self.density = density
        self.moments, self.numbers = [], {}

    def on_train_batch_end(self, batch, logs=None):
        step = int(self.model.step.numpy())
        if step not in self.steps:
            return
        real = self.model.real_samples[:_NUM_DRAWN]
        latents, view = self.model.draw_latents(_NUM_DRAWN), view_of(real)
        moment = observe(self.model, real, latents, view, step)
        self.moments.append(moment)
        self.numbers[step] = {
            "push": float(np.median(np.linalg.norm(moment.push, axis=1))),
            **self._measure(),
        }

    def _measure(self):
        real = self.density.sample(_NUM_SAMPLES, seed=0)
        samples = self.model.generate(self.model.draw_latents(_NUM_SAMPLES))
        judged = [expit(self.model.discriminator(x).numpy()) for x in (real, samples)]
        away = np.linalg.norm(samples[:, None] - self.density.modes, axis=-1)
        near = away.min(axis=1) < _NEAR
        found = np.bincount(away.argmin(axis=1)[near], minlength=len(self.density.modes))
        return {
            "gap": float(judged[0].mean() - judged[1].mean()),
            "modes": int((found >= _SHARE * len(samples)).sum()),
            "near": float(near.mean()),
        }
