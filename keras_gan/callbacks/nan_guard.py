"""`NanGuard`: stops a run when its numbers become NaN or infinite."""

import math
import os

from absl import logging

from keras_gan.storage.files import publish_json, remove_later_report
from keras_gan.training.finite import broken_variables
from keras_gan.training.resuming import Forgets, Guards

# How many names the message shows; the file has them all.
_NAMES_SHOWN = 3


class NanGuard(Forgets, Guards):
    """Stops training when a loss, a gradient or a weight is NaN or infinite.

    Keras' `TerminateOnNaN` reads a log called "loss", which a GAN does not have. Here
    the compiled step itself checks its losses, scores and gradient norms every time,
    and the weights every 20 steps: a fused ReLU turns NaN weights into zeros, which no
    loss shows. Training stops at the step in which NaN or infinity is found.

    Args:
        run_dir: Folder that gets `divergence.json`: the step, the logs, the variables
            that are not finite, the smallest, mean and largest value of the step's real
            samples, and which of them is broken, if one is. Null stands for NaN and
            infinity; the message says which. Defaults to None: no file.

    Attributes:
        diverged_at: The generator step at which the last run was stopped, or None.

    Example:

    >>> gan.fit(data, epochs=20, callbacks=[NanGuard("runs/a")])
    """

    def __init__(self, run_dir: str | os.PathLike | None = None):
        super().__init__()
        self.run_dir = run_dir
        self.diverged_at = None

    def on_train_begin(self, logs=None):
        self.diverged_at = None

    def forget_after(self, step):
        if self.run_dir is not None:
            remove_later_report(self._path, step)

    def on_train_batch_end(self, batch, logs=None):
        logs = logs or {}
        broken_logs = [
            f"{name} ({float(log)})"
            for name, log in logs.items()
            if not math.isfinite(log)
        ]
        broken_at = self.model.finite_check.broken_at
        if broken_at is None and not broken_logs:
            return
        # With steps_per_execution, training may have run a few steps further.
        step = int(self.model.step.numpy()) if broken_at is None else broken_at + 1
        self.diverged_at = step
        self.model.stop_training = True
        report = {
            "step": self.diverged_at,
            "logs": {name: float(log) for name, log in logs.items()},
            "broken_variables": broken_variables(self.model),
            "real_samples": self.model.finite_check.batch_statistics,
        }
        if self.run_dir is not None and self.model.replicas.is_chief:
            publish_json(self._path, report)
        logging.error(
            "Training diverged at step %d: %s not finite. %s",
            self.diverged_at,
            _listed(broken_logs + report["broken_variables"]),
            _advice(report["real_samples"]["first_broken_sample"], self.diverged_at),
        )

    @property
    def _path(self):
        return os.path.join(self.run_dir, "divergence.json")


def _listed(names):
    shown = ", ".join(names[:_NAMES_SHOWN]) or "a number of this step is"
    more = len(names) - _NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _advice(first_broken_sample, step):
    if first_broken_sample is not None:
        return (
            f"Sample {first_broken_sample} of its minibatch is broken: repair the data."
        )
    if step == 1:
        return (
            "This is the first step: lower the learning rates if they are large, else "
            "look at what the networks and the loss return for one minibatch."
        )
    return "Lower the learning rates, or add a penalty on the discriminator's gradient."
