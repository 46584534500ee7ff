"""`TrainingCheckpoint`: stop a run anywhere, and continue as if nothing had happened."""

import contextlib
import os

import keras
import numpy as np
from absl import logging

from keras_gan.arguments import check_int
from keras_gan.callbacks._csv_rows import forget_rows_from
from keras_gan.callbacks._memories import Memories, is_of_state
from keras_gan.callbacks.stop_on_signal import StopOnSignal
from keras_gan.storage.checkpoints import BrokenState, Checkpoints, differences, named
from keras_gan.training.resuming import Checkpointing
from keras_gan.version import versions


class TrainingCheckpoint(Checkpointing):
    """Saves the exact state of training; the same `fit`, called again, continues from it.

    The state is everything: both networks, the average, both optimizers with their
    moments, step and epoch, the metrics of an unfinished epoch, and what the other
    callbacks remember. Random numbers and the order of data need no saving: they are
    pure functions of (seed, step). With arrays, or what `keras_gan.data.load`
    returns, training continues at the exact step; other data can only be repeated in
    whole epochs, so training continues from the end of the last epoch. A log message
    says which of the two it was. Training goes on while a state is written.

    SIGTERM, Ctrl-C and a closed terminal finish the step, save, and end the process with
    exit code 143, 130 or 129. The first state is saved before the first step, so that a
    lack of space or permission shows at once. A state with NaN or infinity is never
    saved, so there is always a good state.

    A run that another callback stopped, such as `EarlyStopping`, is not marked as done:
    the same `fit` goes on from where it stopped, as Keras' `fit` does when it is called
    again. With `keras_gan.callbacks.Limits(max_steps=...)` among its callbacks nothing is
    left to do after that step.

    Args:
        directory: Folder of the checkpoints. Other files in it are left alone.
        every_steps: Generator steps between two saves. Defaults to 500.
        keep: Checkpoints to keep. Defaults to 3.

    Attributes:
        began_at: The generator step at which the last `fit` began, resumed or not.

    Raises:
        ValueError: When `fit` begins, if the checkpoint belongs to other networks,
            options or data, or if another process trains in the folder.

    Example:

    >>> gan.fit(data, epochs=20, callbacks=[TrainingCheckpoint("runs/a/checkpoints")])
    """

    def __init__(
        self, directory: str | os.PathLike, *, every_steps: int = 500, keep: int = 3
    ):
        super().__init__()
        self.checkpoints = Checkpoints(directory, keep)
        self.every_steps = check_int("every_steps", every_steps, at_least=1)
        self.stop_on_signal = StopOnSignal(before_exit=self._save_before_exit)
        self.companions = (self.stop_on_signal,)

    # ------------------------------------------------------ called by GAN.fit

    def protected(self):
        """Locks out other processes, except the other workers of this run."""
        is_chief = self.model.replicas.is_chief
        return self.checkpoints.locked() if is_chief else contextlib.nullcontext()

    def restore(self, gan, identity, exact):
        """Puts the newest saved state into a GAN, if there is one.

        Args:
            gan: A compiled `GAN`.
            identity: What the saved state must match; a flat dict of strings.
            exact: Whether the data can resume at any step, not only after an epoch.

        Returns:
            `(epochs, steps)`: whole epochs done, and steps of the next one.

        Raises:
            ValueError: If the checkpoint belongs to another run; lists what differs.
        """
        self.identity = identity
        self.exact = exact
        self._restored = None
        self._resumed_steps = 0
        newest = self.checkpoints.newest()
        if newest is None:
            return 0, 0
        former = dict(newest.facts["identity"])
        if "init_from" not in identity:
            # Once it has begun, a run needs no longer what it began from.
            former.pop("init_from", None)
        differing = differences(former, identity)
        if differing and newest.step == 0:
            return 0, 0  # Nothing was trained, so nothing can be lost.
        if newest.facts["identity"].get("bits") != identity["bits"]:
            raise ValueError(
                f"The checkpoint of step {newest.step} was written with "
                f"{newest.facts['versions']}, where the same seed gave other bits: go on "
                "with that version, or use another folder."
            )
        if differing:
            if {**former, "data": identity["data"]} == identity:
                raise ValueError(
                    f"The data has changed since the run in {self.checkpoints.directory} "
                    f"began: it is {identity['data']}, was {former['data']}. Put it "
                    "back, or begin a run in another folder."
                )
            raise ValueError(
                f"The checkpoint in {self.checkpoints.directory} belongs to another run "
                f"({differing}): use the same, or another folder for the run."
            )
        if not exact and newest.facts["steps_in_epoch"]:
            newest = self.checkpoints.newest(lambda facts: not facts["steps_in_epoch"])
        if newest is None:
            raise ValueError(
                f"{self.checkpoints.directory} holds no state at the end of an epoch, "
                "and only there can this data go on: pass the data as before, or use "
                "another folder."
            )
        rates = _rates(gan)
        newest.assign_to(state_variables(gan), is_of_state)
        _warn_of_rates(gan, rates)
        self._restored = newest
        self._memories.read(newest)
        self._resumed_steps = newest.facts["steps_in_epoch"]
        if newest.facts["versions"] != _versions():
            logging.warning(
                "The checkpoint was written with %s: the last bits may differ from here.",
                newest.facts["versions"],
            )
        logging.log(
            # To the end of an epoch, steps are lost.
            logging.INFO if exact else logging.WARNING,
            "Resumed from step %s%s, of %s.",
            f"{newest.step:,}",
            "" if exact else ", the last end of an epoch",
            self.checkpoints.directory,
        )
        for logger in self._loggers:
            forget_rows_from(logger, newest.facts["epoch"])
        return newest.facts["epoch"], self._resumed_steps

    def rewind(self) -> int:
        """Puts the last good state back into the model, after training diverged.

        Returns:
            The step of that state.

        Raises:
            ValueError: If nothing was saved, or all of it is damaged.
        """
        newest = self.checkpoints.newest()
        if newest is None:
            raise ValueError(f"{self.checkpoints.directory} holds no checkpoint.")
        newest.assign_to(state_variables(self.model), is_of_state)
        return newest.step

    def remind(self):
        """Restores the other callbacks' memory, once they have begun the run."""
        self._memories.recall()

    def put_back(self):
        """Undoes what other callbacks did to the restored state when they began."""
        if self._restored is not None:
            self._restored.assign_to(state_variables(self.model), is_of_state)

    def follow(self, callbacks):
        """Notes the callbacks whose memory is part of the state.

        Raises:
            ValueError: If a callback remembers something that the state cannot hold.
        """
        if any(getattr(one, "restore_best_weights", False) for one in callbacks):
            raise ValueError(
                "restore_best_weights=True keeps weights that a resumed run would "
                "not have: leave it out; keras_gan.callbacks.Evaluation or "
                "ModelCheckpoint writes the best to a file."
            )
        if any(isinstance(one, keras.callbacks.BackupAndRestore) for one in callbacks):
            raise ValueError(
                "BackupAndRestore and TrainingCheckpoint would both restore the run: use "
                "TrainingCheckpoint alone, which saves more."
            )
        self._memories = Memories([one for one in callbacks if one is not self])
        self._loggers = [c for c in callbacks if isinstance(c, keras.callbacks.CSVLogger)]

    # ---------------------------------------------------------- while training

    def on_train_begin(self, logs=None):
        self.began_at = self._tried_at = self._last_step = self._step()
        self._saved_at = None if self._restored is None else self.began_at
        self._epoch, self._steps_in_epoch = 0, 0
        self._memories.begin()
        if self._restored is None:
            self._save(wait=True)

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch, self._steps_in_epoch = epoch, self._resumed_steps
        self._resumed_steps = 0
        self._whole_epoch = self.params["steps"]

    def on_train_batch_end(self, batch, logs=None):
        step = self._step()
        self._steps_in_epoch += step - self._last_step
        self._last_step = step
        self.checkpoints.finish(wait=False)
        if self._epoch_is_about_to_end():
            return
        # An epoch that is cut short must resume from here: it never reaches its end.
        due = self.model.stop_training or step - self._tried_at >= self.every_steps
        if self.exact and due:
            self._save()

    def on_epoch_end(self, epoch, logs=None):
        if self._steps_in_epoch >= self._whole_epoch:
            self._epoch, self._steps_in_epoch = epoch + 1, 0
            if not self.exact or self._last_step - self._tried_at >= self.every_steps:
                self._save()

    def on_train_end(self, logs=None):
        whole = self.exact or not self._steps_in_epoch
        # After a callback restored earlier weights, the state is not the run's own.
        is_reached = self._step() == self._last_step
        if self._last_step != self._tried_at and whole and is_reached:
            self._save()
        self.checkpoints.finish()

    def _step(self):
        return int(self.model.step.numpy())

    def _epoch_is_about_to_end(self):
        """Whether only `on_epoch_end`, whose effects belong to the state, is missing."""
        return self._steps_in_epoch >= self._whole_epoch

    def _save_before_exit(self):
        if self._epoch_is_about_to_end():
            return False
        if self.exact and self._last_step != self._saved_at:
            self._save()
        self.checkpoints.finish()
        kept = "which is" if self._saved_at == self._last_step else f"{self._kept()} is"
        return (
            f"Stopped at step {self._last_step}, {kept} saved in "
            f"{self.checkpoints.directory}."
        )

    def _kept(self):
        return "no step" if self._saved_at is None else f"step {self._saved_at}"

    def _save(self, wait=False):
        """Saves the state of this step; training goes on while it is written."""
        self._tried_at = self._last_step
        if not self.model.replicas.is_chief:
            self._saved_at = self._last_step  # By the chief, for all.
            return
        memories, own_arrays = self._memories.collect()
        state = state_variables(self.model) | own_arrays
        arrays = {name: np.array(value) for name, value in state.items()}
        facts = {
            "epoch": self._epoch,
            "steps_in_epoch": self._steps_in_epoch,
            "identity": self.identity,
            "versions": _versions(),
            "callbacks": memories,
        }
        try:
            self.checkpoints.save(self._last_step, arrays, facts, wait)
        except BrokenState as error:
            logging.error("%s Of this run, %s is kept.", error, self._kept())
            return
        self._saved_at = self._last_step


def _rates(gan):
    return {player.optimizer.name: player.rate() for player in gan.players}


def _warn_of_rates(gan, before):
    """Warns of rates that were set after `compile`, and have given way to the state's."""
    for player in gan.players:
        name, rate = player.optimizer.name, player.rate()
        if before[name] not in (player.first_rate, rate):
            logging.warning(
                "The learning rate of %s was set to %.7g, but is %.7g, as it was in the "
                "run that goes on: keras.callbacks.LearningRateScheduler changes it.",
                name,
                before[name],
                rate,
            )


def state_variables(gan):
    """Everything that training changes, by name, in a fixed order."""
    groups = {
        "gan": gan.variables,
        "metrics": gan.metrics_variables,
        "d_optimizer": gan.d_optimizer.variables,
        "g_optimizer": gan.g_optimizer.variables,
    }
    return {
        name: variable
        for group, variables in groups.items()
        for name, variable in named(group, variables).items()
    }


def _versions():
    found = versions()
    return (
        f"keras_gan {found['keras_gan']}, TensorFlow {found['tensorflow']}, "
        f"Keras {found['keras']}"
    )
