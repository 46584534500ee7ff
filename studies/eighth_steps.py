"""What the average of G loses by taking every eighth step's weights, not each step's."""

import keras
import numpy as np

from keras_gan import pictures
from keras_gan.callbacks import Limits
from keras_gan.data.value_range import as_stored
from keras_gan.recipe import Recipe
from keras_gan.training.average import decay_in_force
from studies import equal_time
from studies.outcome import Claim, Outcome
from studies.page import table

PRESETS = ("mlp", "dcgan")
DATASET = "mnist5k"
NUM_SAMPLES = 10_000
# How often in a run both averages are measured.
TIMES = 4
# Largest relative difference of fd_classifier; that of two seeds is often 10 %.
CLOSE = 0.02


def run(seeds, options):
    """Trains presets; beside the average of `GAN`, keeps one of all steps in float64.

    Args:
        seeds: list of ints, of which only the first is used.
        options: `quick`: a few steps of `mlp`, measured once.

    Returns:
        An `Outcome`.
    """
    num, times = (200, 1) if options.quick else (NUM_SAMPLES, TIMES)
    suite = equal_time.measured_by(DATASET, ("fd_classifier",), num)
    found = {}
    for preset in PRESETS[: 1 if options.quick else None]:
        recipe = Recipe.preset(preset, seed=seeds[0])
        data = recipe.load_data()
        gan = recipe.build(data)
        steps = 4 if options.quick else recipe.steps_for(data)
        both = _Both(recipe, suite, num, every=steps // times)
        epochs = -(-steps // len(data))
        gan.fit(data, epochs=epochs, verbose=0, callbacks=[Limits(steps), both])
        found[preset] = both.found
    return Outcome(found, _claims(found), _draw(found), _text(found))


class _Both(keras.callbacks.Callback):
    """Keeps the average of all steps' weights, and measures samples of either.

    Args:
        recipe: Of the GAN.
        suite: What measures.
        num: How many samples.
        every: Steps from one measurement to the next.
    """

    def __init__(self, recipe, suite, num, every):
        super().__init__()
        self.found = {}
        self._decay = (recipe.ema_decay, recipe.ema_rampup)
        self._suite = suite
        self._num = num
        self._every = every
        self._step = 0

    def on_train_begin(self, logs=None):
        """Begins with the first weights."""
        self._all = [w.astype("float64") for w in self.model.generator.get_weights()]

    def on_train_batch_end(self, batch, logs=None):
        """Takes in a step's weights."""
        decay = float(decay_in_force(*self._decay, self._step))
        weights = self.model.generator.get_weights()
        for average, weight in zip(self._all, weights, strict=True):
            average += (1.0 - decay) * (weight - average)
        self._step += 1
        if self._step % self._every == 0:
            self._measure()

    def _measure(self):
        network = self.model.ema_generator
        eighth, samples = network.get_weights(), {}
        for name, weights in (("all", self._all), ("eighth", eighth)):
            network.set_weights(weights)
            samples[name] = self.model.sample(self._num, seed=0)
        network.set_weights(eighth)
        self.found[str(self._step)] = {
            "fd_classifier": {name: self._distance(x) for name, x in samples.items()},
            "rms": float(np.sqrt(np.mean((samples["all"] - samples["eighth"]) ** 2))),
        }

    def _distance(self, samples):
        stored = as_stored(samples, self.model.value_range)
        return self._suite.measure(stored)["fd_classifier"].value


def _claims(found):
    return [
        Claim(
            f"{preset}: largest relative difference of fd_classifier",
            max(
                abs(one["fd_classifier"]["eighth"] / one["fd_classifier"]["all"] - 1)
                for one in ones.values()
            ),
            CLOSE,
        )
        for preset, ones in found.items()
    ]


def _text(found):
    rows = [
        (
            f"`{preset}`",
            step,
            *(f"{one['fd_classifier'][name]:.3f}" for name in ("all", "eighth")),
            f"{one['rms']:.1e}",
        )
        for preset, ones in found.items()
        for step, one in ones.items()
    ]
    headings = ("preset", "step", "all steps", "every eighth", "rms of samples")
    return (
        f"`fd_classifier` of {NUM_SAMPLES:,} samples of the same latents, at the same "
        "steps of the same run. *all steps*: an average that takes in each step's "
        "weights, in float64. *rms of samples*: root mean square difference of a pixel, "
        "whose range is 1 for `mlp` and 2 for `dcgan`."
        f"\n\n{table(headings, rows)}"
    )


def _draw(found):
    figure, axis = pictures.new_figure(6.0, 4.0)
    for number, (preset, ones) in enumerate(found.items()):
        for name, style in (("all", "-"), ("eighth", "o")):
            y = [one["fd_classifier"][name] for one in ones.values()]
            label, color = f"{preset}, {name}", f"C{number}"
            axis.semilogy([*map(int, ones)], y, style, color=color, label=label)
    axis.set(xlabel="generator steps", ylabel="fd_classifier")
    axis.legend()
    return pictures.figure_pixels(figure)
