"""`NanGuard`: stops a run whose numbers are no longer numbers."""

import math

import keras
from absl import logging


class NanGuard(keras.callbacks.Callback):
    """Stops training when a loss, score or gradient norm is NaN or infinite.

    Keras' `TerminateOnNaN` reads a log called "loss" and so never sees a GAN.
    Gradient norms are looked at, too: a ReLU can hide NaN weights from the losses.

    Attributes:
        diverged_at: The generator step at which training was stopped, or None.

    Example:

    >>> gan.fit(data, epochs=20, callbacks=[NanGuard()])
    """

    def __init__(self):
        super().__init__()
        self.diverged_at = None

    def on_train_batch_end(self, batch, logs=None):
        broken = [name for name, log in (logs or {}).items() if not math.isfinite(log)]
        if broken:
            self.diverged_at = int(self.model.step.numpy())
            self.model.stop_training = True
            logging.error(
                "Training diverged at step %d: %s not finite. Lower the learning "
                "rates, or add a penalty on the discriminator's gradient.",
                self.diverged_at,
                ", ".join(broken),
            )
