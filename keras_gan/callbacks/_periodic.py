"""Callbacks that act at some steps: every N of them, or ever more rarely."""

import math

from absl import logging

from keras_gan.arguments import check_int
from keras_gan.pictures import NotFinite
from keras_gan.training.resuming import Remembers

# Each step of `EverRarer` is this much later than the one before.
_GROWTH = 1.15


class Acting(Remembers):
    """Calls `act(step)` at step 0 if told to, whenever it is due, and at the end.

    Attributes:
        acts_at_0: Whether it acts before the first step. Defaults to True.
    """

    acts_at_0 = True

    def __init__(self):
        super().__init__()
        self._acted_at = None

    def act(self, step: int) -> None:
        """Acts after `step` generator updates; subclasses say what is done."""

    def is_due(self, before: int, step: int) -> bool:
        """Whether it acts at a step, the first one that is seen after `before`."""
        return False

    def on_train_begin(self, logs=None):
        self._acted_at = None
        self._last_step = self._step()
        if self._last_step == 0:
            self._act_once()

    def on_train_batch_end(self, batch, logs=None):
        # One call may stand for several steps: steps_per_execution.
        before, self._last_step = self._last_step, self._step()
        if self.is_due(before, self._last_step):
            self._act_once()

    def on_train_end(self, logs=None):
        self._act_once()

    def _act_once(self):
        step = self._step()
        if step != self._acted_at and (step or self.acts_at_0):
            self._acted_at = step
            try:
                self.act(step)
            except NotFinite as error:
                # If training has diverged, NanGuard reports it.
                if self.model.finite_check.broken_at is None:
                    logging.warning("No picture of step %d. %s", step, error)

    def _step(self):
        return int(self.model.step.numpy())


class Periodic(Acting):
    """Acts every N steps or epochs.

    Args:
        every_steps: N in generator updates. Defaults to None.
        every_epochs: N in epochs. Defaults to None.
        default_epochs: N in epochs if neither is given. Defaults to None: one of the
            two must be given.

    Raises:
        ValueError: Unless exactly one of the two is given, as a positive int.
    """

    def __init__(self, every_steps=None, every_epochs=None, default_epochs=None):
        super().__init__()
        if every_steps is None and every_epochs is None:
            every_epochs = default_epochs
        if (every_steps is None) == (every_epochs is None):
            raise ValueError(
                "Give either every_steps or every_epochs, an int >= 1; got "
                f"every_steps={every_steps!r}, every_epochs={every_epochs!r}."
            )
        for name, n in (("every_steps", every_steps), ("every_epochs", every_epochs)):
            if n is not None:
                check_int(name, n, at_least=1)
        self.every_steps = every_steps
        self.every_epochs = every_epochs

    def is_due(self, before, step):
        n = self.every_steps
        return bool(n) and step // n > before // n

    def on_epoch_end(self, epoch, logs=None):
        if self.every_epochs and (epoch + 1) % self.every_epochs == 0:
            self._act_once()


class EverRarer(Acting):
    """Acts at each of the first steps, then at ever longer intervals.

    Players move fast at first. The steps are the same in every run, so that a run that
    was stopped and goes on has the pictures of one that was not.
    """

    def is_due(self, before, step):
        due = 0
        while due <= before:
            due = max(due + 1, math.ceil(_GROWTH * due))
        return due <= step
