"""`GameSpectrum`: whether the game converges, turns or diverges where it is now."""

import os

import numpy as np
from absl import logging

from keras_gan import pictures
from keras_gan.arguments import check_int
from keras_gan.callbacks._periodic import Periodic
from keras_gan.callbacks._tensorboard import (
    ShowsInTensorBoard,
    publish_picture,
    write_scalars,
)
from keras_gan.callbacks._update_map import UpdateMap, why_not
from keras_gan.data.elements import Element
from keras_gan.logs import TABLE
from keras_gan.theory.spectrum import (
    behaviour,
    grows,
    leading_eigenvalues,
    moving,
    rate_limit,
)

# Of both networks. With more, hundreds of derivatives of a step take too long.
MOST_WEIGHTS = 100_000
_INSIDE, _GROWS, _OUTSIDE = "#2c6fad", "0.45", "#c65a00"
# Half the width of the widest view: what lies beyond is counted, not drawn.
_WIDEST = 2.5


class GameSpectrum(ShowsInTensorBoard, Periodic):
    """Measures the eigenvalues of the training step where the game is now.

    A step maps the weights w of both players to F(w), here on a fixed minibatch, with the
    latents and the noise of the next step. Near w, two runs that differ by an eigenvector
    of F' come together or apart by the factor |lambda| per step, and turn by arg lambda:

        all |lambda| < 1   they come together: at an equilibrium, training converges
        |lambda| = 1       they circle
        some |lambda| > 1  they come apart

    Away from an equilibrium G and D are on their way. Some real lambda > 1 is usual there
    and no fault: the picture then says "grows". It says "diverges" if what turns or jumps
    lies outside the circle, which lower rates or a penalty mend.

    A step is gradient descent at the rates in force, with momentum if the optimizers have
    one; of Adam the rate of each weight is held as it is. Of small games all eigenvalues
    are found, of others those that grow, shrink and turn most. Weights on which nothing
    depends have lambda = 1 and are left out.

    One spectrum takes 100 to 480 derivatives of a step, each as long as 3 to 20 steps:
    together about 2,000 steps, or 4 s with 700 weights and 20 s with 34,000; with a large
    k, minutes. Measure a few times in a run.

    `spectral_radius`, `rate_limit` and `turn` go to TensorBoard, and a picture of the
    eigenvalues in the unit circle to `RUN_DIR/images/spectrum_<step>.png`. Training is
    not changed.

    Args:
        run_dir: Folder of the run.
        every_steps: Measure every so many generator updates.
        num_samples: Real samples in each minibatch, at most. Defaults to 256.

    Raises:
        ValueError: In `fit`, if both networks together have more than 100,000 weights
            that are trained, or an optimizer is neither SGD nor Adam.

    Example:

    >>> gan = keras_gan.GAN(*keras_gan.networks.line(units=4))
    >>> gan.compile("sgd", "sgd")
    >>> data = keras_gan.data.load("gaussian1d", batch_size=100)
    >>> spectrum = GameSpectrum("runs/a", every_steps=2)
    >>> history = gan.fit(data, steps_per_epoch=2, verbose=0, callbacks=[spectrum])

    Reference: Mescheder et al., The Numerics of GANs, 2017, arXiv 1705.10461.
    """

    acts_at_0 = False  # Adam does not know its rates yet.

    def __init__(
        self, run_dir: str | os.PathLike, *, every_steps: int, num_samples: int = 256
    ):
        super().__init__(every_steps=every_steps)
        self.run_dir = run_dir
        self.num_samples = check_int("num_samples", num_samples, at_least=1)

    def on_train_begin(self, logs=None):
        check_game(self.model)
        self._map = UpdateMap(self.model, _element(self.model, self.num_samples))
        super().on_train_begin(logs)

    def on_train_end(self, logs=None):
        """Does nothing: it is measured every `every_steps` only."""

    def act(self, step):
        if self.model.finite_check.broken_at is not None:
            return
        with self._map.opened() as derivative:
            if derivative.rests:
                return  # At the end of a schedule the rates are 0.
            momentum = derivative.momentum
            try:
                found = leading_eigenvalues(derivative, derivative.size)
            except ValueError as error:  # Weights that are about to overflow.
                logging.warning("No spectrum of step %d: %s", step, error)
                return
        found = moving(found, momentum or 0.0)
        if not found.size:
            logging.warning("No spectrum of step %d: no eigenvalue was found.", step)
            return
        numbers = _numbers(found, momentum)
        described = {
            TABLE[name].tag: (number, TABLE[name].description())
            for name, number in numbers.items()
        }
        write_scalars(self.run_dir, step, described)
        about = (
            "Eigenvalues of one training step: what lies in the circle converges, what "
            "lies outside on the right grows, what else lies outside diverges."
        )
        name, tag = f"spectrum_{step:06d}.png", "samples/spectrum"
        title = f"step {step}: {_said(found, momentum or 0.0, numbers)}"
        picture = _draw(found, momentum or 0.0, title)
        publish_picture(self.run_dir, name, tag, picture, step, about)


def check_game(model):
    """Refuses a GAN whose step cannot be measured.

    Raises:
        ValueError: Says why, and what to do about it.
    """
    why = why_not(model)
    if why:
        raise ValueError(f"The spectrum of this game cannot be measured: {why}.")
    players = (model.discriminator, model.generator)
    number = sum(int(np.prod(w.shape)) for p in players for w in p.trainable_variables)
    if number > MOST_WEIGHTS:
        raise ValueError(
            f"The spectrum is for games of up to {MOST_WEIGHTS:,} weights, these "
            f"networks have {number:,}: use smaller ones, or leave it out."
        )


def _element(model, number):
    """k minibatches of real samples, side by side as in a training element."""
    k, p = model.discriminator_steps, model.packing
    m = max(1, min(number, len(model.real_samples) // k) // p) * p

    def part(rows):
        return None if rows is None else rows[: m * k].reshape(m, k, *rows.shape[1:])

    labels = model.real_labels if model.is_conditional else None
    return Element(part(model.real_samples), part(labels))


def _numbers(found, momentum):
    numbers = {"spectral_radius": float(np.abs(found[0]))}
    if momentum is not None:
        limit = rate_limit(found, momentum)
        if np.isfinite(limit):
            numbers["rate_limit"] = limit
    turning = found[found.imag > 0]
    if turning.size:
        numbers["turn"] = float(2 * np.pi / np.angle(turning[0]))
    return numbers


def _said(found, momentum, numbers):
    said = (
        f"{behaviour(found, momentum)}, {np.sum(np.abs(found) > 1)} of {found.size} "
        f"outside the circle, largest |lambda| {numbers['spectral_radius']:.4g}"
    )
    limit = numbers.get("rate_limit")
    if limit is None:
        return said
    return f"{said}; rate limit {limit:.2g}"


def _draw(found, momentum, title):
    """The eigenvalues in the unit circle, and nearer to 1."""
    outside = np.abs(found) > 1
    growing = outside & grows(found, momentum)
    figure, panels = pictures.new_figure(9.0, 5.6, columns=2)
    turn = np.exp(1j * np.linspace(-np.pi, np.pi, 20_001))
    views = _views(found)
    for axes, (name, middle, half) in zip(panels, views, strict=True):
        axes.plot(turn.real, turn.imag, color="0.4", linewidth=1.0)
        axes.axhline(0, color="0.85", linewidth=0.8, zorder=0)
        axes.scatter(1, 0, s=40, color="0.4", marker="+")
        for these, color, marker, label in (
            (~outside, _INSIDE, "o", "|lambda| <= 1"),
            (growing, _GROWS, "s", "> 1: grows, on the way"),
            (outside & ~growing, _OUTSIDE, "^", "|lambda| > 1: diverges"),
        ):
            points = found[these]
            axes.scatter(
                points.real, points.imag, s=30, color=color, marker=marker, label=label
            )
        axes.set_aspect("equal")
        axes.set(
            xlim=(middle - half, middle + half), ylim=(-half, half), xlabel="Re lambda"
        )
        axes.set_title(name, fontsize="medium")
    panels[0].set_ylabel("Im lambda")
    figure.suptitle(title, fontsize="medium")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    return pictures.figure_pixels(figure)


def _views(found):
    """Name, middle and half of the width of both views."""
    largest = np.maximum(np.abs(found.real), np.abs(found.imag))
    whole = float(np.clip(1.05 * largest.max(), 1.15, _WIDEST))
    beyond = np.sum(largest > whole)
    name = f"the unit circle; {beyond} beyond this view" if beyond else "the unit circle"
    away = np.abs(found - 1)
    # The nearest is always seen.
    reach = away[away <= max(0.45, away.min())].max()
    return (name, 0.0, whole), ("around 1", 1.0, 1.15 * float(reach))
