"""`CallbackRun`: the callbacks of one run, which may take several calls of Keras' fit."""

import contextlib

import keras

from keras_gan.training import validation
from keras_gan.training.resuming import (
    AddsLogs,
    Checkpointing,
    Foresees,
    Forgets,
    Guards,
    Holds,
    Limit,
    OfChief,
)

# Keras' callbacks that only write.
_WRITERS = (
    keras.callbacks.CSVLogger,
    keras.callbacks.ModelCheckpoint,
    keras.callbacks.TensorBoard,
)


class CallbackRun(keras.callbacks.CallbackList):
    """The callbacks of one run that may take several calls of Keras' `fit`.

    A run that resumes inside an epoch first finishes it, then runs whole ones. The
    callbacks see one run: it begins once and ends once.

    Args:
        callbacks: What the user passed to `fit`: None, one callback, or several.
        model: The GAN.
        verbose: As for `fit`.
        epochs: Last epoch of the run.

    Raises:
        ValueError: If a callback cannot work with a GAN, or two keep checkpoints.
    """

    def __init__(self, callbacks, *, model, verbose, epochs):
        given = [] if callbacks is None else keras.tree.flatten(callbacks)
        validation.check_callbacks(given)
        if not model.replicas.is_chief:
            given = [callback for callback in given if not _only_writes(callback)]
            verbose = 0
        self.checkpoint = _checkpoint_among(given)
        ordered = [callback for callback in given if callback is not self.checkpoint]
        ordered.sort(key=lambda callback: not isinstance(callback, AddsLogs))
        if not any(isinstance(c, keras.callbacks.History) for c in ordered):
            ordered.append(keras.callbacks.History())
        if self.checkpoint is not None:
            # Last, because it saves what the others have just recorded.
            ordered += [self.checkpoint, *self.checkpoint.companions]
            self.checkpoint.follow(ordered)
        self._limits = [one for one in ordered if isinstance(one, Limit)]
        for callback in ordered:
            if isinstance(callback, Foresees):
                callback.limits = self._limits
        verbose = 1 if verbose == "auto" else verbose
        super().__init__(
            ordered,
            add_progbar=verbose != 0,
            model=model,
            verbose=verbose,
            epochs=epochs,
            steps=None,
        )
        self._begun = False
        self._stopped = False
        self._final_logs = None
        self._steps_done = 0

    @property
    def guards_against_nan(self):
        """Whether a callback has said what there is to say about NaN."""
        return any(isinstance(callback, Guards) for callback in self.callbacks)

    @contextlib.contextmanager
    def protected(self):
        """A context in which no other process writes to the run's checkpoints.

        At its end, callbacks have given back what they hold.
        """
        with contextlib.ExitStack() as stack:
            if self.checkpoint is not None:
                stack.enter_context(self.checkpoint.protected())
            for callback in self.callbacks:
                if isinstance(callback, Holds):
                    stack.callback(callback.release)
            yield

    def next_segment(self, steps, steps_done=0):
        """Prepares the next call of Keras' `fit`.

        Args:
            steps: Steps of a whole epoch.
            steps_done: Of them, those done before the run was resumed. Defaults to 0.
        """
        self._steps_done = steps_done
        self.set_params({**self.params, "steps": steps})
        self._begin()

    def is_over(self, step):
        """Whether the run had reached one of its limits before it was resumed."""
        return any(limit.is_reached(step) for limit in self._limits)

    def _begin(self):
        """Begins the run before Keras does: a callback may move to another step."""
        if self._begun:
            return
        self._begun = True
        self.model.stop_training = False
        # `BackupAndRestore` of an earlier run leaves there where that one went on.
        self.model._initial_epoch = None
        super().on_train_begin()
        self._agree_to_stop()
        self._stopped = self.model.stop_training
        if self.checkpoint is not None:
            self.checkpoint.remind()
            self.checkpoint.put_back()
        # Not earlier: a callback may have moved to another step when it began.
        step = int(self.model.step.numpy())
        for callback in self.callbacks:
            if isinstance(callback, Forgets) and self.model.replicas.is_chief:
                callback.forget_after(step)

    def _agree_to_stop(self):
        """Stops all workers if a callback of one of them has said so."""
        said = self.model.replicas.of_all(int(self.model.stop_training))
        self.model.stop_training = any(said)

    def on_train_begin(self, logs=None):
        # Keras has just forgotten what a callback said when the run began.
        self.model.stop_training = self._stopped

    def on_epoch_begin(self, epoch, logs=None):
        super().on_epoch_begin(epoch, logs)
        if self._steps_done:
            self.checkpoint.put_back()

    def on_train_batch_begin(self, batch, logs=None):
        super().on_train_batch_begin(self._steps_done + batch, logs)

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(self._steps_done + batch, logs)
        self._agree_to_stop()

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)
        self._agree_to_stop()

    def on_train_end(self, logs=None):
        self._final_logs = logs

    def finish(self):
        """Ends the run for the callbacks."""
        super().on_train_end(self._final_logs)


def _only_writes(callback):
    """Whether the first worker alone should run a callback."""
    # Numbers that are added to the logs may decide when to stop: all need them.
    is_for_all = isinstance(callback, AddsLogs)
    return isinstance(callback, (OfChief, *_WRITERS)) and not is_for_all


def _checkpoint_among(callbacks):
    found = [callback for callback in callbacks if isinstance(callback, Checkpointing)]
    if len(found) > 1:
        raise ValueError(f"Got {len(found)} callbacks that keep checkpoints: pass one.")
    return found[0] if found else None
