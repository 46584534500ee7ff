"""The rhythm of callbacks that act every N steps or epochs."""

from absl import logging

from keras_gan.storage.pictures import NotFinite
from keras_gan.training.resuming import Remembers


class Periodic(Remembers):
    """Calls `act(step)` at step 0, every N steps or epochs, and at the end.

    Args:
        every_steps: N in generator updates, or None.
        every_epochs: N in epochs, or None.
        default_epochs: N in epochs if neither is given. Defaults to None: one must be.

    Raises:
        ValueError: Unless exactly one of the two is a positive int.
    """

    def __init__(self, every_steps=None, every_epochs=None, default_epochs=None):
        super().__init__()
        if every_steps is None and every_epochs is None:
            every_epochs = default_epochs
        given = [n for n in (every_steps, every_epochs) if n is not None]
        if len(given) != 1 or not isinstance(given[0], int) or given[0] < 1:
            raise ValueError(
                "Give either every_steps or every_epochs, an int >= 1; got "
                f"every_steps={every_steps!r}, every_epochs={every_epochs!r}."
            )
        self.every_steps = every_steps
        self.every_epochs = every_epochs
        self._acted_at = None

    def act(self, step):
        """Does what the callback is for, `step` generator updates into the run."""

    def on_train_begin(self, logs=None):
        self._acted_at = None
        self._seen = self._step()
        if self._seen == 0:
            self._act_once()

    def on_train_batch_end(self, batch, logs=None):
        # One call may stand for several steps: steps_per_execution.
        seen, self._seen = self._seen, self._step()
        if self.every_steps and self._seen // self.every_steps > seen // self.every_steps:
            self._act_once()

    def on_epoch_end(self, epoch, logs=None):
        if self.every_epochs and (epoch + 1) % self.every_epochs == 0:
            self._act_once()

    def on_train_end(self, logs=None):
        self._act_once()

    def _act_once(self):
        step = self._step()
        if step != self._acted_at:
            self._acted_at = step
            try:
                self.act(step)
            except NotFinite as error:
                if self.model.finite_check.broken_at is None:  # else it was said already
                    logging.warning("No picture of step %d. %s", step, error)

    def _step(self):
        return int(self.model.step.numpy())
