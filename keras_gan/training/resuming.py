"""What `GAN.fit` and callbacks may ask of each other when a run is resumed.

A callback that takes part in stopping and resuming says so by its base class. Nothing
is guessed from the names of its methods.
"""

import contextlib

import keras


class Remembers(keras.callbacks.Callback):
    """A callback whose memory belongs to the state of training.

    `REMEMBERED` names the attributes that a checkpoint saves and gives back: plain
    data, as JSON knows it.

    Example:

    >>> class BestLoss(Remembers):
    ...     REMEMBERED = ("best",)
    """

    REMEMBERED = ()

    def memory(self):
        """The remembered attributes that are set so far, by name."""
        return {n: getattr(self, n) for n in self.REMEMBERED if hasattr(self, n)}

    def recall(self, memory):
        """Takes the attributes back, after the run has begun."""
        for name, value in memory.items():
            setattr(self, name, value)


class Limit(keras.callbacks.Callback):
    """A callback that ends a run at a step."""

    def is_reached(self, step):
        """Whether a run that stands at this step has nothing left to do."""
        return False


class Checkpointing(keras.callbacks.Callback):
    """The callback of a run that saves its state and restores it.

    `fit` calls `protected`, `restore`, `follow` and `remind`, in this order, before the
    first step. The callback stands behind all others, so that it saves what they have
    just noted; those in `companions` stand behind it.
    """

    companions = ()

    def protected(self):
        """A context that lasts as long as the run; for locks and signal handlers."""
        return contextlib.nullcontext()

    def restore(self, gan, identity, exact):
        """Puts the newest saved state into the model, if there is one.

        Args:
            gan: A compiled GAN.
            identity: What the state must agree with; a flat dict of texts.
            exact: Whether the data can go on at any step, not only at an epoch's end.

        Returns:
            `(epochs, steps)`: whole epochs done, and steps of the next one.
        """
        return 0, 0

    def follow(self, callbacks):
        """Learns which other callbacks the run has."""

    def remind(self, callbacks):
        """Gives the other callbacks their memory back, once they began the run."""
