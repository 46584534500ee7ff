"""What a training step takes of memory, said before TensorFlow runs out of it."""

import contextlib
import math

import keras
import numpy as np

from keras_gan.data import memory

# Elements of the data at a time: one in use, two prefetched, two in the making.
_ELEMENTS = 5


def check_step(generator, discriminator, m, *, k=1, num_penalties=0):
    """Refuses a minibatch that does not fit in memory.

    An allocation that fails deep inside TensorFlow ends the process by a signal; no
    `except` sees it. So the peak is estimated, `nbytes_of_step`. Other programs can still
    take what is free now.

    Args:
        generator: Built `keras.Model`.
        discriminator: Built `keras.Model`.
        m: Samples in one minibatch, or None if that is not known.
        k: Minibatches in one training element. Defaults to 1.
        num_penalties: Number of penalties on D's gradient. Defaults to 0.

    Raises:
        ValueError: If this is more than is free.
    """
    if m is None:
        return
    needed = nbytes_of_step(generator, discriminator, m, k=k, num_penalties=num_penalties)
    cure = "use a smaller batch_size, or smaller samples or networks"
    memory.check(f"A training step on {m} samples", needed, cure)


def nbytes_of_step(generator, discriminator, m, *, k=1, num_penalties=0):
    """Bytes that a training step takes at its peak, beside weights and moments.

    All that layers make is kept for the gradient: by D's of m reals and of m fakes; by
    G's, whose pass TensorFlow begins meanwhile. A penalty runs D once more, and its
    gradient keeps as much again. On top come the gradient of the largest output, those of
    the weights of one network, and the data that wait for the next steps.

    Args:
        generator: Built `keras.Model`.
        discriminator: Built `keras.Model`.
        m: Samples in one minibatch.
        k: As for `check_step`. Defaults to 1.
        num_penalties: As for `check_step`. Defaults to 0.
    """
    of_g, of_d = _made(generator), _made(discriminator)
    passes_of_d = 2 + 2 * num_penalties
    per_sample = sum(of_g) + passes_of_d * sum(of_d) + max(of_g + of_d, default=0)
    per_sample += _ELEMENTS * k * _nbytes(generator.output_shape[1:], "float32")
    gradients = max(_nbytes_of_weights(one) for one in (generator, discriminator))
    return m * per_sample + gradients


def _made(network):
    """Bytes of each output of a network's layers for one sample, as far as they say."""
    outputs = []
    for layer in network.layers:
        # A layer that is called twice, or inside a subclass of Model, has no one output.
        with contextlib.suppress(AttributeError, ValueError):
            outputs += keras.tree.flatten(layer.output)
    return [_nbytes(output.shape[1:], output.dtype) for output in outputs]


def _nbytes_of_weights(network):
    return sum(_nbytes(one.shape, one.dtype) for one in network.trainable_variables)


def _nbytes(shape, dtype):
    return math.prod(side for side in shape if side is not None) * _bytes_of(dtype)


def _bytes_of(dtype):
    return 2 if "16" in dtype else np.dtype(dtype).itemsize
