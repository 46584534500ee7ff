"""What a training step takes of memory, said before TensorFlow runs out of it."""

import contextlib
import math

import keras
import numpy as np

from keras_gan.data import memory


def check_step(generator, discriminator, m):
    """Refuses a minibatch that cannot fit in memory.

    An allocation that fails deep inside TensorFlow ends the process by a signal; no
    `except` sees it. So this is computed: while D learns, what its layers made of m reals
    and of m fakes is kept for the gradient, and what G's layers made while G learns.
    Measured peaks are 1.4 to 2.2 times as high, so nothing that fits is refused, and some
    that does not fit is not.

    Args:
        generator: Built `keras.Model`.
        discriminator: Built `keras.Model`.
        m: Samples in one minibatch, or None if that is not known.

    Raises:
        ValueError: If even this is more than is free.
    """
    if m is None:
        return
    needed = m * (_kept(generator) + 2 * _kept(discriminator))
    cure = "use a smaller batch_size, or smaller samples or networks"
    memory.check(f"A training step on {m} samples", needed, cure)


def _kept(network):
    """Bytes that the layers of a network make of one sample, as far as they say."""
    total = 0
    for layer in network.layers:
        # A layer that is called twice, or inside a subclass of Model, has no one output.
        with contextlib.suppress(AttributeError, ValueError):
            for output in keras.tree.flatten(layer.output):
                sides = [side for side in output.shape[1:] if side is not None]
                total += math.prod(sides) * _bytes_of(output.dtype)
    return total


def _bytes_of(dtype):
    return 2 if "16" in dtype else np.dtype(dtype).itemsize
