"""`Limits`: stop after so many steps or seconds, whichever comes first."""

import math
import time

from keras_gan.training.resuming import Limit


class Limits(Limit):
    """Ends training at a generator step, or when the time is up.

    Args:
        max_steps: Generator updates since the model was made, in this call of `fit`
            and in earlier ones. Defaults to None: no limit.
        max_seconds: Seconds since the end of the first step of this call, which compiles
            the step: however long that takes, a run that is repeated comes further.
            Defaults to None: no limit.

    Example:

    >>> limits = Limits(max_steps=3, max_seconds=180)
    >>> history = gan.fit(data, epochs=1000, verbose=0, callbacks=[limits])
    """

    def __init__(self, max_steps: int | None = None, max_seconds: float | None = None):
        super().__init__()
        self.max_steps = max_steps
        self.max_seconds = max_seconds

    def on_train_begin(self, logs=None):
        self._began = None

    def is_reached(self, step):
        """Whether a run at this step has nothing left to do."""
        return self.max_steps is not None and step >= self.max_steps

    def seconds_left(self) -> float:
        """Seconds until the time is up; 0 once it is, infinity without a limit."""
        if self.max_seconds is None:
            return math.inf
        if self._began is None:
            return self.max_seconds
        return max(0.0, self.max_seconds - (time.monotonic() - self._began))

    def on_train_batch_end(self, batch, logs=None):
        if self._began is None:
            self._began = time.monotonic()
        if not self.seconds_left() or self.is_reached(self.model.step.numpy()):
            self.model.stop_training = True
