"""`Progress`: where the run is, and how long all of it will take."""

import math
import sys
import time
from collections.abc import Callable

from absl import logging

from keras_gan.logs import TABLE
from keras_gan.terminal import StatusLine, counted, duration, fitted, is_terminal, prose
from keras_gan.training.resuming import Foresees, Holds, OfChief

# Seconds between two updates of a line that is rewritten in place.
_REDRAWN_EVERY = 0.1
# Seconds between two plain lines inside a long epoch.
_LONG = 60.0


class Progress(Foresees, Holds, OfChief):
    """Shows the losses, the step, and the time that the whole run still needs.

    Keras' own progress bar knows how long the epoch still takes, not the run. Use this
    callback with `verbose=0`. On a terminal it is one line, rewritten in place; in a
    pipe or a file it is a plain line now and then. Bar and time are those to the end that
    comes first: of all epochs, or by a `Limits` among the run's callbacks. First it says
    after which step a GAN that was trained before goes on, or that a run has nothing left
    to do.

    Args:
        print_line: Receives plain lines, on a terminal too. Defaults to None: the line
            is rewritten in place on a terminal, and printed elsewhere.
        at_most_every: Seconds between two plain lines, which are written when epochs
            end, and each minute within long ones. Defaults to 10.

    Example:

    >>> history = gan.fit(data, epochs=20, verbose=0, callbacks=[Progress()])
    d_loss ..., g_loss ..., epoch 20/20, step .../..., real_score ..., ... ms/step
    """

    def __init__(
        self,
        print_line: Callable[[str], object] | None = None,
        at_most_every: float = 10.0,
    ):
        super().__init__()
        self.print_line = print_line
        self.at_most_every = at_most_every
        self._line = None
        self._unsaid = False

    def on_train_begin(self, logs=None):
        self._logs = {}
        self._epoch = 0
        self._last_step = None
        # The first step includes compilation, so its time tells nothing about the rest.
        self._first = None
        self._shown_at = time.monotonic()
        self._unsaid = False
        if self.print_line is None and is_terminal(sys.stdout):
            self._line = StatusLine()
            self._line.show("preparing the first step ...")

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch
        self._last_step = None

    def on_train_batch_begin(self, batch, logs=None):
        if self._first is None and self._step() and not logging.level_info():
            # Where information is logged, as by train.py, `TrainingCheckpoint` says it.
            self._print(f"Going on after step {self._step():,}.")
        if self._last_step is None and self.params["steps"] is not None:
            epochs_to_go = self.params["epochs"] - self._epoch
            last = self._step() - batch + epochs_to_go * self.params["steps"]
            limits = (one.max_steps for one in self.limits if one.max_steps is not None)
            self._last_step = min([last, *limits])

    def on_train_batch_end(self, batch, logs=None):
        self._now = time.monotonic()
        self._first = self._first or (self._step(), self._now)
        self._logs = logs
        self._unsaid = True
        self._show(at_most_every=_REDRAWN_EVERY if self._line else _LONG)

    def on_epoch_end(self, epoch, logs=None):
        is_last = epoch + 1 == self.params["epochs"]  # `on_train_end` shows it.
        if not is_last and not self._line:
            self._show(at_most_every=self.at_most_every)

    def on_train_end(self, logs=None):
        self.release()
        if self._first is None:
            done = counted(self._step(), "generator step")
            said = (
                f"Done before: {done}, nothing is left to do. Epochs and steps count "
                "from the beginning of the run: to go on, ask for more of them."
            )
            self._print(prose(said, sys.stdout))

    def release(self):
        """Leaves the last line where it is, and gives the terminal back."""
        columns = math.inf
        if self._line is not None:
            columns = self._line.columns - 1
            self._line.close()
            self._line = None
        if self._unsaid:
            self._print(fitted(*self._parts(is_over=True), None, columns))

    def _show(self, at_most_every):
        if self._now - self._shown_at < at_most_every:
            return
        self._shown_at = self._now
        parts, more = self._parts()
        if self._line is None:
            self._print(", ".join(parts + more))
        else:
            self._line.show(fitted(parts, more, self._share, self._line.columns - 1))

    def _print(self, line):
        self._unsaid = False
        if self.print_line is None:
            print(line, flush=True)
        else:
            self.print_line(line)

    def _parts(self, is_over=False):
        """What the line says, and what else it says if there is room."""
        step, last = self._step(), self._last_step
        parts = _brief(self._logs, "losses")
        parts.append(f"epoch {self._epoch + 1:,}/{self.params['epochs']:,}")
        parts.append(f"step {step:,}" if last is None else f"step {step:,}/{last:,}")
        scores = _brief(self._logs, "scores")
        more = [", ".join(scores)] if scores else []
        first_step, began = self._first
        per_step = None
        if step > first_step:
            per_step = (self._now - began) / (step - first_step)
            more.append(f"{1000 * per_step:.0f} ms/step")
        self._share, left = self._end(step, per_step)
        if left and not is_over:
            parts.append(left)
        return parts, more

    def _end(self, step, per_step):
        """The share that is done on the way to the first end that can be foreseen.

        Returns:
            `(share, left)`: from 0 to 1, and the time that is left, in words; None each
            if no end can be foreseen.
        """
        share = left = None
        last, until = self._last_step, math.inf
        if last is not None:
            share = step / last
            if per_step is not None:
                until = per_step * max(0, last - step)
                left = f"{duration(until)} to go"
        for limit in self.limits:
            stops_in = limit.seconds_left()
            if stops_in < until:
                # Steps will be left: "to go" would be taken for the time that they need.
                share = 1 - stops_in / limit.max_seconds
                until, left = stops_in, f"stops in {duration(stops_in)}"
        return share, left

    def _step(self):
        return int(self.model.step.numpy())


def _brief(logs, panel):
    shown = [log.name for log in TABLE.values() if log.is_brief and log.panel == panel]
    return [f"{name} {logs[name]:.2f}" for name in shown if name in logs]
