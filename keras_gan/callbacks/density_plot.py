"""`DensityPlot`: the figure that explains GANs, drawn from the running model."""

import dataclasses
import os
from collections.abc import Callable

import numpy as np

from keras_gan import losses
from keras_gan.callbacks._line_figure import panels
from keras_gan.callbacks._line_game import Moment, observe, view
from keras_gan.callbacks._periodic import EverRarer
from keras_gan.callbacks._tensorboard import (
    ShowsInTensorBoard,
    publish_film,
    publish_picture,
)
from keras_gan.storage.files import publish_json, remove_later_report

# Panels (a) to (c) need p_g and p_data to overlap: JSD below this share of its
# maximum log 2.
_OVERLAP = 0.9
_FIELDS = [field.name for field in dataclasses.fields(Moment)]


class DensityPlot(ShowsInTensorBoard, EverRarer):
    """Draws p_data, p_g and D of a game on the line; the paper's figure 1.

    `RUN_DIR/images/figure1.png` has four panels: (a) both players before a training
    step, (b) after its k updates of D, (c) after its update of G, (d) at the end.
    The step of (a) to (c) is the one, of those drawn, that lowers JSD(p_g, p_data)
    most, once the two densities overlap. Below the curves, arrows lead from evenly
    spaced z to G(z): they crowd where p_g is high.

    The whole run, drawn often at first and then at ever longer intervals, is in
    `density.gif`, in `density_<step>.png` and in TensorBoard (`samples/density`,
    `samples/figure1`). `RUN_DIR/density.json` says how far the end is from what theory
    predicts, p_g = p_data and D = 1/2:

        jsd      = JSD(p_g, p_data)                      in [0, log 2] nats
        d_error  = mean |D - 1/2| where p_data > 1 % of its peak

    Args:
        run_dir: Folder of the run.
        density: Density of the data: an object with `sample(n, seed)` and
            `log_prob(x)` of points (n, 1).
        num_samples: Samples that p_g is estimated from. Defaults to 50,000.
        seed: Keys their latents. Defaults to 0.
        print_line: Receives the two numbers at the end. Defaults to `print`.

    Raises:
        ValueError: In `fit`, if samples are not (m, 1), or are packed.

    Example:

    >>> gan = keras_gan.GAN(*keras_gan.networks.line())
    >>> gan.compile("adam", "adam")
    >>> data = keras_gan.data.load("gaussian1d", batch_size=10_000)
    >>> plot = DensityPlot("runs/a", data.density, print_line=lambda line: None)
    >>> history = gan.fit(data, steps_per_epoch=3, verbose=0, callbacks=[plot])

    Reference: figure 1 of Goodfellow et al. 2014, arXiv 1406.2661.
    """

    def __init__(
        self,
        run_dir: str | os.PathLike,
        density: object,
        *,
        num_samples: int = 50_000,
        seed: int = 0,
        print_line: Callable[[str], object] = print,
    ):
        super().__init__()
        self.run_dir = run_dir
        self.density = density
        self.num_samples = num_samples
        self.seed = seed
        self.print_line = print_line

    def on_train_begin(self, logs=None):
        if tuple(self.model.sample_shape) != (1,):
            raise ValueError(
                "DensityPlot draws points on the line, but the samples have shape "
                f"{tuple(self.model.sample_shape)}: use ImageSummary."
            )
        if self.model.packing > 1:
            raise ValueError(
                "DensityPlot draws D(x) of one x, but packing="
                f"{self.model.packing} shows D several: use ImageSummary."
            )
        self._latents = self.model.draw_latents(self.num_samples, self.seed)
        self._update, self._seen = (), None
        first = self._observe()
        # The film also shows where the generator starts.
        low, high = view(self.density)
        self._view = min(low, first.x[0]), max(high, first.x[-1])
        was_drawn = self.is_due(first.step - 1, first.step)
        self._drawn = first if was_drawn else None
        super().on_train_begin(logs)

    def memory(self):
        parts = {
            f"{n}_{name}": getattr(moment, name)
            for n, moment in enumerate(self._update)
            for name in _FIELDS
        }
        known = {name: part for name, part in parts.items() if part is not None}
        gain = {"gain": self._gain} if self._update else {}
        return {"view": [float(end) for end in self._view], **gain, **known}

    def recall(self, memory):
        if not memory:
            return
        # Not Python's floats: beside those, NumPy would compute in float32.
        self._view = tuple(map(np.float64, memory["view"]))
        if "gain" in memory:
            self._gain = memory["gain"]
            self._update = tuple(
                Moment(**{name: memory.get(f"{n}_{name}") for name in _FIELDS})
                for n in range(3)
            )

    def forget_after(self, step):
        super().forget_after(step)
        remove_later_report(self._report, step)

    def on_train_batch_end(self, batch, logs=None):
        before = self._drawn
        # What was drawn last is the state before this training step.
        if before is not None and self._step() == before.step + 1 and not self._broken:
            self._keep_update(before, self._observe())
        super().on_train_batch_end(batch, logs)

    def act(self, step):
        if not self._broken:
            self._drawn = self._observe()
            self._draw(self._drawn)

    def on_train_end(self, logs=None):
        super().on_train_end(logs)
        end = self._drawn
        if end is None:
            return  # Training diverged before anything was drawn.
        self._publish_figure()
        publish_film(self.run_dir, "density.gif", "density", seconds=6.0)
        numbers = {"step": end.step, "jsd": end.jsd, "d_error": end.d_error}
        publish_json(self._report, numbers)
        self.print_line(f"JSD(p_g, p_data) = {end.jsd:.4f} nats; theory: 0.")
        if losses.equilibrium(self.model.adversarial_loss)[1] == (0.5,):
            error = f"mean |D - 1/2| = {end.d_error:.4f} on the data's support"
            self.print_line(f"{error}; theory: 0.")

    @property
    def _broken(self):
        """Whether training diverged: the networks hold NaN since then."""
        return self.model.finite_check.broken_at is not None

    def _observe(self):
        step = self._step()
        if self._seen is None or self._seen.step != step:
            self._seen = observe(self.model, self.density, self._latents, step)
        return self._seen

    def _draw(self, moment):
        pixels = panels([moment], [f"step {moment.step}"], self._view)
        about = "Theory: p_g (green) meets p_data (dotted), then D (dashed) is 1/2."
        name, tag = f"density_{moment.step:06d}.png", "samples/density"
        publish_picture(self.run_dir, name, tag, pixels, moment.step, about)

    def _keep_update(self, before, after):
        """Keeps the training step that lowers JSD(p_g, p_data) most."""
        gain = before.jsd - after.jsd
        if before.jsd < _OVERLAP * np.log(2) and (not self._update or gain > self._gain):
            # In between, after D's k updates: the new D, still the old G.
            between = dataclasses.replace(before, d=np.interp(before.x, after.x, after.d))
            self._update, self._gain = (before, between, after), gain

    def _publish_figure(self):
        moments = [*self._update, self._drawn]
        k = self.model.discriminator_steps
        captions = [
            f"(a) before step {moments[0].step + 1}",
            f"(b) after its {k} update{'s' if k > 1 else ''} of D",
            "(c) after its update of G",
            f"(d) step {self._drawn.step}: the end",
        ][-len(moments) :]
        pixels = panels(moments, captions, view(self.density))
        about = "Figure 1 of the 2014 paper, from this run."
        step, tag = self._drawn.step, "samples/figure1"
        publish_picture(self.run_dir, "figure1.png", tag, pixels, step, about)

    @property
    def _report(self):
        return os.path.join(self.run_dir, "density.json")
