"""The interface between `GAN.fit` and callbacks: logs, stopping and resuming.

A callback takes part by deriving from one of these base classes. Nothing is guessed
from the names of its methods.
"""

import contextlib
import math

import keras


class Remembers(keras.callbacks.Callback):
    """A callback whose memory is part of the training state.

    `REMEMBERED` names the attributes that a checkpoint saves and restores. They must
    be plain data that JSON can hold, or NumPy arrays of finite numbers.

    Example:

    >>> class BestLoss(Remembers):
    ...     REMEMBERED = ("best",)
    """

    REMEMBERED = ()

    def memory(self):
        """The remembered attributes that are set so far, by name."""
        return {n: getattr(self, n) for n in self.REMEMBERED if hasattr(self, n)}

    def recall(self, memory):
        """Restores the attributes, after the run has begun."""
        for name, value in memory.items():
            setattr(self, name, value)


class Forgets(keras.callbacks.Callback):
    """A callback that leaves files which belong to steps, such as pictures.

    `fit` calls `forget_after` when all callbacks have begun, and before the first step.
    """

    def forget_after(self, step):
        """Removes what the folder holds of later steps.

        It was written by another run, or by this one before it was killed: then the same
        is written again.

        Args:
            step: Where the run begins: 0, or the step that it was restored to.
        """


class OfChief(keras.callbacks.Callback):
    """A callback that only draws, writes or prints, and so needs to run only once.

    If several workers train together, `fit` leaves it to the first of them.
    """


class AddsLogs(keras.callbacks.Callback):
    """A callback that adds to the logs of a run's beginning, its epochs and its end.

    `fit` calls it before the others, in whatever order they were given, so that all of
    them see its numbers.
    """


class Holds(keras.callbacks.Callback):
    """A callback that holds something of the process while a run lasts.

    `fit` calls `release` however the run ends, the last callback first: what two of them
    hold is then as it was before.
    """

    def release(self) -> None:
        """Gives back what the callback holds, if anything."""


class Limit(keras.callbacks.Callback):
    """A callback that ends a run at a step, or when the time is up."""

    max_steps = None
    max_seconds = None

    def is_reached(self, step: int) -> bool:
        """Whether a run that has reached this step is finished."""
        return False

    def seconds_left(self) -> float:
        """Seconds until the time is up; infinity without such a limit."""
        return math.inf


class Foresees(keras.callbacks.Callback):
    """A callback that says when the run will end.

    `fit` tells it which `Limit`s the run has, before it begins.
    """

    limits = ()


class Guards(keras.callbacks.Callback):
    """A callback that stops a run whose numbers are NaN or infinite, and says so."""


class Checkpointing(keras.callbacks.Callback):
    """The callback of a run that saves its state and restores it.

    `fit` calls `follow`, `protected`, `restore`, `remind` and `put_back`, in this order,
    before the first step. The callback runs after all others, so that it saves what they
    have just recorded; only those in `companions` run after it.
    """

    companions = ()

    def protected(self):
        """A context that lasts as long as the run; for locks."""
        return contextlib.nullcontext()

    def restore(self, gan, identity, exact):
        """Puts the newest saved state into the model, if there is one.

        Args:
            gan: A compiled GAN.
            identity: What the saved state must match; a flat dict of strings.
            exact: Whether the data can resume at any step, not only after an epoch.

        Returns:
            `(epochs, steps)`: whole epochs done, and steps of the next one.
        """
        return 0, 0

    def follow(self, callbacks):
        """Learns which other callbacks the run has."""

    def remind(self):
        """Restores the other callbacks' memory, once they have begun the run."""

    def put_back(self):
        """Undoes what other callbacks did to the restored state when they began.

        What they do when a run begins, or the epoch that is resumed, is part of the state
        already. Done a second time, it would count twice.
        """
