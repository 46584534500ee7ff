"""`PlanePlot`: the game that is played in the plane, seen from above."""

import os

from keras_gan import pictures
from keras_gan.callbacks._periodic import EverRarer
from keras_gan.callbacks._plane_figure import panel
from keras_gan.callbacks._plane_game import density_on, observe, view_of
from keras_gan.callbacks._tensorboard import (
    ShowsInTensorBoard,
    publish_film,
    publish_picture,
)


class PlanePlot(ShowsInTensorBoard, EverRarer):
    """Draws D as a map, real and fake points on it, and where G will move the fakes.

    A picture shows, at one step:

    * D(x) in colours, and the line where D says 1/2. A loss whose D is no probability is
      shown as sigmoid(D(x) - c): c is the logit at which D is undecided, or, if the loss
      leaves D's level open, D's mean over real and fake points.
    * At each of 50 fakes an arrow along minus the gradient of G's own loss with respect
      to the point, as long as it is strong. With the non-saturating loss it is
      `(1 - D(x)) * gradient of D's logit`, with minimax `D(x) * gradient of D's logit`.
      The longest, which stronger ones are cut to, changes the loss by 2 over half the
      side of the picture.
    * If z has two coordinates: what G makes of a grid of z. Its lines lie at evenly
      spaced quantiles of the prior, so that as many z lie between any two neighbours. It
      is narrow where G puts many points.
    * The density of the data, if it is known: two standard deviations around each mode.

    They are drawn at the first steps and then at ever longer intervals, and go to
    `RUN_DIR/images/plane_<step>.png`, to TensorBoard (`samples/plane`) and at the end to
    the film `plane.gif`. They show the generator that is being trained, not its average,
    and D without augmentations.

    Args:
        run_dir: Folder of the run.
        density: Density of the data: an object with `log_prob(x)` of points (n, 2).
            Defaults to None: not known.
        num_samples: Fakes, and at most as many real points. Defaults to 250.
        seed: Keys the latents of the fakes. Defaults to 0.

    Raises:
        ValueError: In `fit`, if samples are not (m, 2), are packed, or have labels.

    Example:

    >>> gan = keras_gan.GAN(*keras_gan.networks.points(2))
    >>> gan.compile("adam", "adam")
    >>> data = keras_gan.data.load("ring", batch_size=10_000)
    >>> plot = PlanePlot("runs/plane", data.density)
    >>> history = gan.fit(data, steps_per_epoch=2, verbose=0, callbacks=[plot])

    Reference: Kahng et al. 2018, GAN Lab, arXiv 1809.01587, for the map, the arrows and
    the grid.
    """

    def __init__(
        self,
        run_dir: str | os.PathLike,
        density: object | None = None,
        *,
        num_samples: int = 250,
        seed: int = 0,
    ):
        super().__init__()
        self.run_dir = run_dir
        self.density = density
        self.num_samples = num_samples
        self.seed = seed

    def on_train_begin(self, logs=None):
        why_not = _why_not(self.model)
        if why_not:
            raise ValueError(f"PlanePlot {why_not}: use ImageSummary.")
        self._latents = self.model.draw_latents(self.num_samples, self.seed)
        self._view = view_of(self.model.real_samples)
        self._real = self.model.real_samples[: self.num_samples]
        known = self.density is not None
        self._density = density_on(self._view, self.density) if known else None
        super().on_train_begin(logs)

    def act(self, step):
        moment = observe(self.model, self._real, self._latents, self._view, step)
        if not moment.is_finite:
            raise pictures.NotFinite("A network gives NaN or infinity.")
        pixels = panel(moment, self._density)
        about = "Blue: D says real; orange: fake. Arrows: where G will move its samples."
        name, tag = f"plane_{step:06d}.png", "samples/plane"
        publish_picture(self.run_dir, name, tag, pixels, step, about)

    def on_train_end(self, logs=None):
        super().on_train_end(logs)
        publish_film(self.run_dir, "plane.gif", "plane", seconds=8.0)


def _why_not(model):
    """Why a game cannot be drawn; "" if it can."""
    if tuple(model.sample_shape) != (2,):
        shape = tuple(model.sample_shape)
        return f"draws points in the plane, but the samples have shape {shape}"
    if model.packing > 1:
        return f"draws D(x) of one x, but packing={model.packing} shows D several"
    if model.is_conditional:
        return "draws one D, but a conditional GAN has another for each class"
    return ""
