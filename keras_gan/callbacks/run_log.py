"""`RunLog`: every number of a run, in files and in TensorBoard, with its meaning."""

import itertools
import json
import math
import os
import platform
import time

import keras
import numpy as np
import tensorflow as tf

from keras_gan import losses
from keras_gan.callbacks._tensorboard import flush, summaries
from keras_gan.storage.files import (
    dispensable,
    publish_json,
    publish_text,
    published,
    remove_unfinished,
)
from keras_gan.training.resuming import Remembers
from keras_gan.version import __version__

# log: (TensorBoard tag, meaning and value at equilibrium, where there is one)
MEANINGS = {
    "d_loss": (
        "loss/d_loss",
        "Discriminator's loss, real plus fake term. At equilibrium 2 log 2 = 1.386 "
        "(least squares 1/4, hinge 2, Wasserstein 0, relativistic log 2); near 0 "
        "(Wasserstein: far below), D has won and G learns little.",
    ),
    "g_loss": (
        "loss/g_loss",
        "Generator's loss. At equilibrium log 2 = 0.693 (non-saturating) or "
        "-log 2 = -0.693 (minimax), 1/8 (least squares), log 2 (relativistic), an "
        "arbitrary level (hinge, Wasserstein).",
    ),
    "d_penalty": (
        "loss/d_penalty",
        "Weighted penalties, added to d_loss for D's update. At equilibrium 0; "
        "WGAN-GP's is its weight.",
    ),
    "value": (
        "value/V(D,G)",
        "V(D, G) = mean log D(x) + mean log(1 - D(G(z))). At equilibrium "
        "-log 4 = -1.386.",
    ),
    "real_score": ("score/real", "Mean D(x) on real samples. At equilibrium 1/2."),
    "fake_score": ("score/fake", "Mean D(G(z)) on fakes. At equilibrium 1/2."),
    "d_accuracy": (
        "score/d_accuracy",
        "Share of samples, half real and half fake, that D tells apart. At equilibrium "
        "1/2.",
    ),
    "d_grad_norm": (
        "grad_norm/d",
        "Norm of D's gradient. Small at equilibrium, up to sampling noise.",
    ),
    "g_grad_norm": (
        "grad_norm/g",
        "Norm of G's gradient. Small at equilibrium; near 0 with fake_score near 0, "
        "G gets no signal.",
    ),
    "ms_per_step": ("time/ms_per_step", "Milliseconds of one generator step."),
}
_CHARTS = {
    "losses": ("loss/d_loss", "loss/g_loss", "loss/d_penalty"),
    "scores: both 1/2 at equilibrium": ("score/real", "score/fake"),
    "gradient norms": ("grad_norm/d", "grad_norm/g"),
}


class RunLog(Remembers):
    """Writes a run's numbers to its folder and to TensorBoard.

    `metrics.jsonl` gets one line per epoch, `versions.json` what ran, `flags.txt`
    how to run it again, `images/losses.svg` the curves. TensorBoard gets each log
    as the mean since the last point, over generator steps, with its meaning.

    Args:
        run_dir: Folder of the run.
        flags: Text of a flagfile that repeats the run. Defaults to None.
        every_steps: Generator steps between two points of a curve. Defaults to 50.

    Example:

    >>> gan.fit(data, epochs=20, callbacks=[RunLog("runs/a")])
    """

    # What a resumed run must know of the epoch it goes on with.
    REMEMBERED = ("epoch_in_progress", "epoch_first_step", "window_step", "window_sums")

    def __init__(self, run_dir, flags=None, *, every_steps=50):
        super().__init__()
        self.run_dir = run_dir
        self.flags = flags
        self.every_steps = every_steps

    def on_train_begin(self, logs=None):
        os.makedirs(self.run_dir, exist_ok=True)
        for folder in (self.run_dir, os.path.join(self.run_dir, "images")):
            remove_unfinished(folder)
        publish_json(os.path.join(self.run_dir, "versions.json"), versions())
        if self.flags is not None:
            publish_text(os.path.join(self.run_dir, "flags.txt"), self.flags)
        self._forget_lines_after(self._step())
        self.epoch_in_progress = None
        with summaries(self.run_dir, step=0):
            _write_layout()
            _write_text(self.flags)

    def on_epoch_begin(self, epoch, logs=None):
        self._point_written = time.monotonic()
        if epoch == self.epoch_in_progress and os.path.exists(self._metrics_path):
            # It was cut short, and its line is written again when it is whole.
            self._keep_lines(lambda line: line["epoch"] <= epoch)
        if epoch != self.epoch_in_progress:
            self.epoch_in_progress = epoch
            self.epoch_first_step = self.window_step = self._step()
            self.window_sums = {}

    def on_train_batch_end(self, batch, logs=None):
        self._last_logs = logs
        if self._step() - self.window_step >= self.every_steps:
            self._write_point()

    def on_epoch_end(self, epoch, logs=None):
        if self._step() > self.window_step:
            self._write_point()
        self.epoch_in_progress = None
        line = {"epoch": epoch + 1, "step": self._step()}
        line |= {name: _json_number(value) for name, value in logs.items()}
        with open(self._metrics_path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._write_validation(logs)
        flush(self.run_dir)

    def on_train_end(self, logs=None):
        flush(self.run_dir)
        if os.path.exists(self._metrics_path):
            with dispensable(self.run_dir):
                plot_losses(
                    self._metrics_path,
                    os.path.join(self.run_dir, "images"),
                    losses.equilibrium(self.model.adversarial_loss),
                )

    @property
    def _metrics_path(self):
        return os.path.join(self.run_dir, "metrics.jsonl")

    def _step(self):
        return int(self.model.step.numpy())

    def _forget_lines_after(self, step):
        """A run that resumes at a step writes what came after it once more."""
        if not os.path.exists(self._metrics_path):
            return
        if step == 0:  # another run's, or one's that was killed before its first save
            os.rename(self._metrics_path, self._free_path())
            return
        self._keep_lines(lambda line: line["step"] <= step)

    def _keep_lines(self, wanted):
        with open(self._metrics_path, encoding="utf-8") as file:
            # A kill may have cut the last line, which is then not of the past.
            whole = (line for line in file if line.endswith("\n"))
            lines = [line for line in whole if wanted(json.loads(line))]
        publish_text(self._metrics_path, "".join(lines))

    def _free_path(self):
        """Where lines of a former run are kept: under the first number that is free."""
        for number in itertools.count(1):
            path = os.path.join(self.run_dir, f"metrics.former-{number}.jsonl")
            if not os.path.exists(path):
                return path

    def _write_point(self):
        """Means since the last point; a training step's logs are means of the epoch."""
        step, now = self._step(), time.monotonic()
        number = step - self.epoch_first_step
        sums = {name: number * float(mean) for name, mean in self._last_logs.items()}
        steps = step - self.window_step
        means = {
            name: (total - self.window_sums.get(name, 0.0)) / steps
            for name, total in sums.items()
        }
        means["ms_per_step"] = 1000.0 * (now - self._point_written) / steps
        self._write_scalars(means)
        self.window_step, self.window_sums, self._point_written = step, sums, now

    def _write_scalars(self, means, split="train"):
        with summaries(self.run_dir, self._step(), split):
            for name, mean in means.items():
                tag, meaning = MEANINGS.get(name, (f"other/{name}", None))
                tf.summary.scalar(tag, mean, description=meaning)

    def _write_validation(self, logs):
        means = {
            name.removeprefix("val_"): value
            for name, value in logs.items()
            if name.startswith("val_")
        }
        if means:
            self._write_scalars(means, "eval")
            flush(self.run_dir, "eval")


def _json_number(value):
    """JSON knows neither NaN nor infinity: null stands for both."""
    return float(value) if math.isfinite(value) else None


def versions():
    """What a result depends on besides flags and data."""
    return {
        "keras_gan": __version__,
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
    }


def plot_losses(metrics_path, folder, equilibrium=((), ())):
    """Draws `losses.svg` from a run's `metrics.jsonl`.

    Args:
        metrics_path: The run's numbers.
        folder: Gets the picture.
        equilibrium: What `losses.equilibrium` returns, for dotted lines.
    """
    with open(metrics_path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    from matplotlib.figure import Figure

    figure = Figure((9, 9), layout="constrained")
    panels = [
        ("losses", ("d_loss", "g_loss"), equilibrium[0]),
        ("scores", ("real_score", "fake_score"), equilibrium[1]),
        ("gradient norms", ("d_grad_norm", "g_grad_norm"), ()),
    ]
    steps = [line["step"] for line in lines]
    for axes, (title, names, equilibria) in zip(
        figure.subplots(3, 1, sharex=True), panels, strict=True
    ):
        for name in names:
            axes.plot(steps, [line.get(name, math.nan) for line in lines], label=name)
        for equilibrium in equilibria:
            axes.axhline(equilibrium, color="0.6", linestyle=":")
        axes.set_title(f"{title} (dotted: equilibrium)" if equilibria else title)
        axes.legend(loc="upper right")
        axes.grid(alpha=0.2)
    axes.set_xlabel("generator steps")
    with published(os.path.join(folder, "losses.svg")) as temporary:
        figure.savefig(temporary, format="svg")


def _write_layout():
    """Puts what belongs together on one chart of TensorBoard's custom scalars."""
    from tensorboard.plugins.custom_scalar import layout_pb2, summary

    charts = [
        layout_pb2.Chart(
            title=title, multiline=layout_pb2.MultilineChartContent(tag=tags)
        )
        for title, tags in _CHARTS.items()
    ]
    category = layout_pb2.Category(title="the game", chart=charts)
    layout = summary.pb(layout_pb2.Layout(category=[category]))
    tf.summary.experimental.write_raw_pb(layout.SerializeToString(), step=0)


def _write_text(flags):
    rows = [f"| `{tag}` | {meaning} |" for tag, meaning in MEANINGS.values()]
    guide = "\n".join(["| tag | meaning |", "|---|---|", *rows])
    tf.summary.text("about/how_to_read_this_page", guide)
    if flags is not None:
        tf.summary.text("about/flags", "```\n" + flags + "\n```")
