"""`Progress`: how long the whole run will take."""

import time

import keras

from keras_gan.logs import TABLE


class Progress(keras.callbacks.Callback):
    """Prints one line per epoch with the time that the whole run still needs.

    Keras' own progress bar shows how long the epoch still takes, not the run.

    Args:
        print_line: Receives the line. Defaults to `print`.
        at_most_every: Seconds between two lines. Defaults to 10.

    Example:

    >>> history = gan.fit(data, epochs=20, verbose=0, callbacks=[Progress()])
    epoch 20/20, ... ms/step, 0 s to go; d_loss ..., g_loss ..., real_score ...
    """

    def __init__(self, print_line=print, at_most_every=10.0):
        super().__init__()
        self.print_line = print_line
        self.at_most_every = at_most_every

    def on_train_begin(self, logs=None):
        self._first_epoch = None
        self._printed_at = time.monotonic()

    def on_epoch_begin(self, epoch, logs=None):
        if self._first_epoch is None:
            self._first_epoch = epoch
            self._steps = 0

    def on_train_batch_end(self, batch, logs=None):
        # The first step includes compilation, so its time tells nothing about the rest.
        if self._steps == 0:
            self._started = time.monotonic()
        self._steps += 1

    def on_epoch_end(self, epoch, logs=None):
        now = time.monotonic()
        epochs = self.params["epochs"]
        last = epoch + 1 == epochs
        if self._steps < 2 or (now - self._printed_at < self.at_most_every and not last):
            return
        self._printed_at = now
        per_step = (now - self._started) / (self._steps - 1)
        steps_per_epoch = self._steps / (epoch + 1 - self._first_epoch)
        left = per_step * steps_per_epoch * (epochs - epoch - 1)
        self.print_line(
            f"epoch {epoch + 1}/{epochs}, {1000 * per_step:.0f} ms/step, "
            f"{duration(left)} to go; {_scores(logs)}"
        )


def _scores(logs):
    shown = [log.name for log in TABLE.values() if log.is_brief]
    return ", ".join(f"{name} {logs[name]:.2f}" for name in shown if name in logs)


def duration(seconds):
    """Seconds in words: `duration(125)` is "2 min 5 s"."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
