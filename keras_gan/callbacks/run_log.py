"""`RunLog`: every number of a run, in files and in TensorBoard, with its meaning."""

import itertools
import json
import math
import os
import time

import tensorflow as tf
from absl import logging

from keras_gan import losses
from keras_gan.callbacks._tensorboard import (
    ShowsInTensorBoard,
    begin_session,
    close_writers,
    end_session,
    write_charts,
    write_event,
    write_scalars,
    write_texts,
)
from keras_gan.logs import TABLE, grouped, is_evaluation, tag_of
from keras_gan.storage.files import (
    dispensable,
    publish_json,
    publish_text,
    published,
    remove_unfinished,
)
from keras_gan.storage.lines import append_line, keep_lines
from keras_gan.training.resuming import Remembers
from keras_gan.version import versions

_FLOOR = "What as many real samples get: about what a perfect generator would."


class RunLog(ShowsInTensorBoard, Remembers):
    """Writes a run's numbers to its folder and to TensorBoard.

    `metrics.jsonl` gets one line per epoch, `curves.jsonl` the points of the curves,
    `events.jsonl` where the run went on, `versions.json` what ran, `flags.txt` how to run
    it again, `images/losses.svg` the curves. TensorBoard gets each log
    as the mean since the last point, over generator steps, with its meaning: see
    `keras_gan.logs`. Beside a curve stands its level at equilibrium, as the run
    `equilibrium`, where the loss has one.

    With `options`, TensorBoard's HPARAMS page compares the run with others. Its numbers
    there, the run `final`, are those of the last epoch, until `show_final` adds others.
    A run that was stopped has no status; when it is resumed, its row is written anew.

    Args:
        run_dir: Folder of the run.
        flags: Text of a flagfile that repeats the run. Defaults to None.
        options: What makes this run differ from others, a dict of bools, numbers and
            texts. Defaults to None: no row on the HPARAMS page.
        every_steps: Generator steps between two points of a curve. An epoch ends in a
            point, too, from which the next are counted. Defaults to 50.

    Example:

    >>> log = RunLog("runs/a", options={"lr": 1e-3, "loss": "hinge"})
    >>> gan.fit(data, epochs=20, callbacks=[log])
    """

    # What a resumed run must know about the epoch that it continues.
    REMEMBERED = (
        "epoch_in_progress",
        "epoch_first_step",
        "window_step",
        "window_sums",
        "final",
    )

    def __init__(
        self,
        run_dir: str | os.PathLike,
        flags: str | None = None,
        *,
        options: dict | None = None,
        every_steps: int = 50,
    ):
        super().__init__()
        self.run_dir = run_dir
        self.flags = flags
        self.options = options
        self._session_is_open = False
        self._has_begun = False
        self._levels = {}
        self.every_steps = every_steps

    def on_train_begin(self, logs=None):
        os.makedirs(self.run_dir, exist_ok=True)
        for folder in (self.run_dir, os.path.join(self.run_dir, "images")):
            remove_unfinished(folder)
        publish_json(os.path.join(self.run_dir, "versions.json"), versions())
        if self.flags is not None:
            publish_text(os.path.join(self.run_dir, "flags.txt"), self.flags)
        self.epoch_in_progress = None
        self._has_begun = False
        self.final = {}
        # What is known before the first step is what real samples get.
        self._floor = {n: v for n, v in (logs or {}).items() if is_evaluation(n)}
        self._levels = losses.levels(self.model.adversarial_loss)
        if self.options is not None:
            begin_session(self.run_dir, self.options)
            self._session_is_open = True
        charts = grouped("chart").items()
        write_charts(self.run_dir, {t: [log.tag for log in group] for t, group in charts})
        write_texts(self.run_dir, 0, _about(self.flags, self._levels))

    def forget_after(self, step):
        super().forget_after(step)
        if not os.path.exists(self._metrics_path):
            return
        if step == 0:  # They belong to another run, or to one that was never saved.
            os.rename(self._metrics_path, self._free_path())
            if os.path.exists(self._curves_path):
                os.remove(self._curves_path)
        else:
            keep_lines(self._metrics_path, lambda line: line["step"] <= step)

    def on_epoch_begin(self, epoch, logs=None):
        self._point_written = time.monotonic()
        if not self._has_begun and self._step():
            write_event(self.run_dir, self._step(), "continued")
        self._has_begun = True
        if epoch == self.epoch_in_progress:
            # The epoch was cut short: its line is written again when it is complete.
            keep_lines(self._metrics_path, lambda line: line["epoch"] <= epoch)
        if epoch != self.epoch_in_progress:
            self.epoch_in_progress = epoch
            self.epoch_first_step = self.window_step = self._step()
            self.window_sums = {}

    def on_train_batch_end(self, batch, logs=None):
        self._last_logs = logs
        self._note_final(logs)
        if self._step() - self.window_step >= self.every_steps:
            self._write_point()

    def on_epoch_end(self, epoch, logs=None):
        if self._step() > self.window_step:
            self._write_point()
        self.epoch_in_progress = None
        line = {"epoch": epoch + 1, "step": self._step()}
        line |= {name: float(value) for name, value in logs.items()}
        append_line(self._metrics_path, line, is_lasting=True)
        self._note_final(logs)
        self._write_validation(logs)

    def on_train_end(self, logs=None):
        self._note_final(logs)
        self._end_session(True)
        self._draw_losses()

    def release(self):
        # The run was stopped: it may be resumed.
        self._end_session(False)
        self._draw_losses()
        super().release()

    def _draw_losses(self):
        if self._has_begun and os.path.exists(self._metrics_path):
            with dispensable(self.run_dir):
                plot_losses(self._metrics_path, self._curves_path, self._levels)
        self._has_begun = False

    def _note_final(self, logs):
        """Keeps the numbers that compare a run with others.

        These few, because the HPARAMS page shows five at first.
        """
        for name, value in (logs or {}).items():
            if is_evaluation(name) or name in ("d_loss", "g_loss"):
                self.final[name] = float(value)

    def _end_session(self, has_ended):
        if not self._session_is_open:
            return
        self._session_is_open = False
        _write_final(self.run_dir, self._step(), self.final, self._floor)
        if has_ended:
            is_finite = self.model.finite_check.broken_at is None
            end_session(self.run_dir, succeeded=is_finite)

    @property
    def _metrics_path(self):
        return os.path.join(self.run_dir, "metrics.jsonl")

    @property
    def _curves_path(self):
        return os.path.join(self.run_dir, "images", "losses.svg")

    def _step(self):
        return int(self.model.step.numpy())

    def _free_path(self):
        """Where the lines of an earlier run are kept: the first free number."""
        for number in itertools.count(1):
            path = os.path.join(self.run_dir, f"metrics.former-{number}.jsonl")
            if not os.path.exists(path):
                return path

    def _write_point(self):
        """Writes means since the last point; what `fit` logs are means of the epoch."""
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
        numbers, levels = {}, {}
        for name, mean in means.items():
            # A metric of the user's own is not in the table.
            known = TABLE.get(name)
            about = known.description(self._levels) if known else None
            numbers[tag_of(name)] = mean, about
            if name in self._levels:
                levels[tag_of(name)] = self._levels[name], about
        write_scalars(self.run_dir, self._step(), numbers, split)
        if levels and split == "train":
            write_scalars(self.run_dir, self._step(), levels, "equilibrium")

    def _write_validation(self, logs):
        means = {
            name.removeprefix("val_"): value
            for name, value in logs.items()
            if name.startswith("val_")
        }
        if means:
            self._write_scalars(means, "eval")


def show_final(run_dir, step, results, floor):
    """Adds numbers that were measured after training to a run's row on the HPARAMS page.

    They take the place of those that `Evaluation` measured by the same metrics. When the
    run is resumed, they are removed. A run without a TensorBoard folder gets none, and
    one whose folder cannot be written only a warning: the numbers are elsewhere, too.

    Args:
        run_dir: Folder of the run.
        step: Generator updates of what was measured.
        results: Dict of `keras_gan.evaluation.Result`s by metric.
        floor: The same of real samples; names may be missing.
    """
    if not os.path.isdir(os.path.join(run_dir, "tensorboard")):
        return
    numbers, of_real = (
        {f"evaluation/{name}": one.value for name, one in found.items()}
        for found in (results, floor)
    )
    try:
        _write_final(run_dir, step, numbers, of_real)
    except (OSError, tf.errors.OpError) as error:
        reason = " ".join(str(error).split())
        logging.warning("TensorBoard does not get the numbers of %s: %s", run_dir, reason)
    close_writers(run_dir)


def _write_final(run_dir, step, numbers, floor):
    found = {tag_of(name): (value, None) for name, value in numbers.items()}
    for name, value in floor.items():
        found[f"floor/{name.removeprefix('evaluation/')}"] = value, _FLOOR
    write_scalars(run_dir, step, found, "final")


def _about(flags, levels):
    """Texts for TensorBoard, by tag: what each curve means, and the flags.

    Args:
        flags: Text of a flagfile, or None.
        levels: As for `Log.description`.
    """
    written = [log for log in TABLE.values() if log.source != "Health"]
    rows = [f"| `{log.tag}` | {log.description(levels)} |" for log in written]
    guide = "\n".join(["| tag | meaning |", "|---|---|", *rows])
    texts = {"about/how_to_read_this_page": guide}
    if flags is not None:
        texts["about/flags"] = "```\n" + flags + "\n```"
    return texts


def plot_losses(metrics_path, path, levels):
    """Draws the curves of a run's `metrics.jsonl`.

    Args:
        metrics_path: The file of the run's numbers.
        path: The SVG that is written.
        levels: What `losses.levels` returns: a dotted line for each, in the colour of
            its curve.
    """
    with open(metrics_path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    from matplotlib.figure import Figure

    figure = Figure((9, 9), layout="constrained")
    panels = grouped("panel")
    steps = [line["step"] for line in lines]
    for axes, title in zip(
        figure.subplots(len(panels), 1, sharex=True), panels, strict=True
    ):
        logs = panels[title]
        # Of lines at one level, the dots of one stand in the gaps of the others.
        gap = 3 * len(logs) - 1
        for i, log in enumerate(logs):
            values = [line.get(log.name, math.nan) for line in lines]
            (curve,) = axes.plot(steps, values, label=log.name)
            if log.name in levels:
                dots, color = (3 * i, (1, gap)), curve.get_color()
                axes.axhline(levels[log.name], color=color, linestyle=dots)
        is_known = any(log.name in levels for log in logs)
        axes.set_title(f"{title} (dotted: equilibrium)" if is_known else title)
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
        axes.grid(alpha=0.2)
    axes.set_xlabel("generator steps")
    with published(path) as temporary:
        figure.savefig(temporary, format="svg")
