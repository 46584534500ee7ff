"""The gradient that reaches G as D improves: the reason for the non-saturating loss."""

import keras
import numpy as np

from keras_gan import data, networks, pictures
from keras_gan.gan import GAN
from studies.outcome import Claim, Outcome, spread

LOSSES = ("minimax", "non_saturating")
LOGS = ("fake_score", "g_grad_norm")
# "D rejects the fakes": mean D(G(z)) below this.
REJECTED = 0.01


def run(seeds, options):
    """Measures the norm of G's gradient on digits, with G fixed and with G free.

    While G is fixed, both losses train exactly the same discriminators, so that the
    norms differ by the loss alone. In free training both networks learn.

    Args:
        seeds: list of ints.
        options: `quick`: one seed, fewer steps, only against a fixed G.

    Returns:
        An `Outcome`.
    """
    quick = options.quick
    seeds = seeds[:1] if quick else seeds
    steps = 40 if quick else 120
    real = data.load("mnist5k", batch_size=100)
    fixed = _runs(real, seeds, steps, 0.0)
    free = {} if quick else _runs(real, seeds, steps, 1e-3)
    found = [_compare(*(fixed[loss][n] for loss in LOSSES)) for n in range(len(seeds))]
    measured = {
        "steps": steps,
        "fixed_generator": {key: spread([one[key] for one in found]) for key in found[0]},
        "free_training_last_quarter": {
            loss: {
                log: spread([np.mean(logs[log][-steps // 4 :]) for logs in runs])
                for log in LOGS
            }
            for loss, runs in free.items()
        },
    }
    return Outcome(
        measured, _claims(measured["fixed_generator"], quick), _draw(fixed, free)
    )


def _runs(real, seeds, steps, g_rate):
    return {
        loss: [_train(real, loss, seed, steps, g_rate) for seed in seeds]
        for loss in LOSSES
    }


def _train(real, loss, seed, steps, g_rate):
    """Returns the logs of each step of a run; with a `g_rate` of 0, G is fixed."""
    generator, discriminator = networks.mlp((28, 28, 1), seed=seed)
    gan = GAN(generator, discriminator, seed=seed)
    optimizer = keras.optimizers.Adam if g_rate else keras.optimizers.SGD
    gan.compile(
        d_optimizer=keras.optimizers.Adam(1e-3, 0.5),
        g_optimizer=optimizer(g_rate),
        loss=loss,
    )
    recorder = _Recorder()
    gan.fit(
        real,
        epochs=-(-steps // len(real)),
        verbose=0,
        callbacks=[recorder],
    )
    return {log: np.array([logs[log] for logs in recorder.logs[:steps]]) for log in LOGS}


class _Recorder(keras.callbacks.Callback):
    """Records the logs of single steps, where Keras reports means over the epoch."""

    def on_train_begin(self, logs=None):
        self.logs = []

    def on_train_batch_begin(self, batch, logs=None):
        self.model.reset_metrics()

    def on_train_batch_end(self, batch, logs=None):
        self.logs.append({log: float(logs[log]) for log in LOGS})


def _compare(minimax, heuristic):
    """Compares two runs with the same discriminators."""
    # A step logs D's scores before D's update, and G's gradient after it.
    score = minimax["fake_score"][1:]
    norms = minimax["g_grad_norm"][:-1], heuristic["g_grad_norm"][:-1]
    rejected = score < REJECTED
    ratio = norms[1] / norms[0]
    predicted = (1 - score) / score
    return {
        "score_difference": float(
            np.abs(minimax["fake_score"] - heuristic["fake_score"]).max()
        ),
        "smallest_fake_score": float(score.min()),
        "share_rejected": float(rejected.mean()),
        "ratio_when_rejected": float(np.median(ratio[rejected])),
        "ratio_over_theory": float(np.median(ratio[rejected] / predicted[rejected])),
        "minimax_fall": float(norms[0].max() / np.median(norms[0][rejected])),
        "non_saturating_fall": float(norms[1].max() / np.median(norms[1][rejected])),
    }


def _claims(found, quick):
    return [
        Claim(
            "both losses met the same D: largest difference of D(G(z))",
            found["score_difference"]["max"],
            1e-5,
        ),
        Claim(
            "norm of non-saturating over minimax gradient while D(G(z)) < 0.01, median",
            found["ratio_when_rejected"]["min"],
            20.0 if quick else 100.0,
            at_least=True,
        ),
        Claim(
            "that ratio over theory's (1 - D) / D, |log2|",
            max(
                abs(np.log2(found["ratio_over_theory"][edge])) for edge in ("min", "max")
            ),
            1.0,
        ),
    ]


def _draw(fixed, free):
    games = (
        {"G fixed, D learns": fixed, "both learn": free}
        if free
        else {"G fixed, D learns": fixed}
    )
    colors = dict(zip(LOSSES, ("tab:red", "tab:blue"), strict=True))
    figure, axes = pictures.new_figure(5.5 * len(games), 6.4, rows=2, columns=len(games))
    for column, (title, runs) in zip(
        np.reshape(axes, (2, -1)).T, games.items(), strict=True
    ):
        for place, log in zip(column, LOGS, strict=True):
            for loss, by_seed in runs.items():
                for n, logs in enumerate(by_seed):
                    label = loss if n == 0 else None
                    place.semilogy(logs[log], color=colors[loss], alpha=0.7, label=label)
            place.set(xlabel="generator steps", ylabel=log, title=title)
            place.legend()
    return pictures.figure_pixels(figure)
