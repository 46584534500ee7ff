"""Callbacks that act every N steps or epochs."""

from absl import logging

from keras_gan.arguments import check_int
from keras_gan.pictures import NotFinite
from keras_gan.training.resuming import Remembers


class Periodic(Remembers):
    """Calls `act(step)` at step 0 if told to, every N steps or epochs, and at the end.

    Args:
        every_steps: N in generator updates. Defaults to None.
        every_epochs: N in epochs. Defaults to None.
        default_epochs: N in epochs if neither is given. Defaults to None: one of the
            two must be given.

    Attributes:
        acts_at_0: Whether it acts before the first step. Defaults to True.

    Raises:
        ValueError: Unless exactly one of the two is given, as a positive int.
    """

    acts_at_0 = True

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
        self._acted_at = None

    def act(self, step: int) -> None:
        """Acts after `step` generator updates; subclasses say what is done."""

    def on_train_begin(self, logs=None):
        self._acted_at = None
        self._last_step = self._step()
        if self._last_step == 0:
            self._act_once()

    def on_train_batch_end(self, batch, logs=None):
        # One call may stand for several steps: steps_per_execution.
        before, self._last_step = self._last_step, self._step()
        n = self.every_steps
        if n and self._last_step // n > before // n:
            self._act_once()

    def on_epoch_end(self, epoch, logs=None):
        if self.every_epochs and (epoch + 1) % self.every_epochs == 0:
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
