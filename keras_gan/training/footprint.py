"""What a training step takes of memory, said before TensorFlow runs out of it."""

import contextlib
import math

import keras
import numpy as np

from keras_gan.data import memory

# Elements of the data at a time: one in use, two prefetched, two in the making.
_ELEMENTS = 5
# For the graph of a step and its threads, whatever m is: 80 to 140 MiB.
_GRAPH = 100 * 2**20


def check_step(m, needed):
    """Refuses a minibatch that does not fit in memory.

    An allocation that fails deep inside TensorFlow ends the process by a signal; no
    `except` sees it. So the peak is estimated, `nbytes_of_step`. Other programs can still
    take what is free now.

    Args:
        m: Samples in one minibatch.
        needed: Bytes that a step on them takes.

    Raises:
        ValueError: If this is more than is free.
    """
    cure = "use a smaller batch_size, or smaller samples or networks"
    memory.check(f"A training step on {m} samples", needed, cure)


def nbytes_of_step(
    generator, discriminator, m, *, k=1, penalised=False, num_augmentations=0
):
    """Bytes that a training step takes at its peak, beside weights and moments.

    All that layers make is kept for the gradient: by D's of m reals and of m fakes; by
    G's, whose pass TensorFlow begins meanwhile. A penalty runs D once more, and its
    gradient keeps as much again; R1 and R2 together took no more than one of them. An
    augmentation keeps about two samples for each pass of D. On top come the gradients of
    two large outputs and of all weights, the data that wait for the next steps, and what
    TensorFlow takes for the graph. Measured peaks of 300 MiB and more are 0.85 to
    1.12 times as high.

    Args:
        generator: Built `keras.Model`.
        discriminator: Built `keras.Model`.
        m: Samples in one minibatch.
        k: Minibatches in one training element. Defaults to 1.
        penalised: Whether there are penalties on D's gradient. Defaults to False.
        num_augmentations: Number of augmentations of what D sees. Defaults to 0.
    """
    of_g, of_d = _made(generator), _made(discriminator)
    passes_of_d = 4 if penalised else 2
    sample = _nbytes(generator.output_shape[1:], "float32")
    per_sample = sum(of_g) + passes_of_d * (sum(of_d) + 2 * num_augmentations * sample)
    per_sample += 2 * max(of_g + of_d, default=0) + _ELEMENTS * k * sample
    weights = [*generator.trainable_variables, *discriminator.trainable_variables]
    return m * per_sample + nbytes_of(weights) + _GRAPH


def nbytes_of(variables):
    """Bytes of variables."""
    return sum(_nbytes(one.shape, one.dtype) for one in variables)


def _made(network):
    """Bytes that each layer of a network makes of one sample, as far as it says."""
    made = []
    for layer in network.layers:
        if isinstance(layer, keras.layers.Flatten | keras.layers.Reshape):
            continue  # The same values, in the same place.
        # A layer that is called twice, or inside a subclass of Model, has no one output.
        with contextlib.suppress(AttributeError, ValueError):
            for output in keras.tree.flatten(layer.output):
                made += [_nbytes(shape, output.dtype) for shape in _shapes(layer, output)]
    return made


def _shapes(layer, output):
    """Shapes that a layer makes: its output's, and what `Maxout` takes maxima of."""
    shape = output.shape[1:]
    yield shape
    biases = [weight.shape[0] for weight in layer.weights if len(weight.shape) == 1]
    if shape and shape[-1] and max(biases, default=0) > shape[-1]:
        yield (*shape[:-1], max(biases))


def _nbytes(shape, dtype):
    return math.prod(side for side in shape if side is not None) * _bytes_of(dtype)


def _bytes_of(dtype):
    return 2 if "16" in dtype else np.dtype(dtype).itemsize
