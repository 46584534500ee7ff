"""TensorFlow's remapper, which gives up on a convolution that a leaky ReLU follows.

The remapper is the part of TensorFlow's graph optimizer that fuses operations. It fuses a
LeakyRelu with the convolution before it without asking who else reads what is between:
its gradient does, and so does the sum of a residual block. The graph is then broken, the
remapper's work is thrown away, and stderr gets a line "remapper failed". Off, it does the
same nothing, sooner and in silence.
"""

import contextlib
import functools

import keras
import tensorflow as tf
from keras import layers

_CONVOLUTIONS = (layers.Conv1D, layers.Conv2D, layers.Conv3D)


def switched_off(function, networks):
    """The function as it is, or run without the remapper if that would give up.

    Args:
        function: A function that TensorFlow traces when it is called.
        networks: The `keras.Model`s that it runs.
    """
    used = [layer for network in networks for layer in network._flatten_layers()]
    convolves = any(isinstance(layer, _CONVOLUTIONS) for layer in used)
    if not (convolves and any(map(_is_leaky, used))):
        return function

    @functools.wraps(function)
    def without_remapper(*arguments):
        with _remapping(False):
            return function(*arguments)

    return without_remapper


def _is_leaky(layer):
    leaky = keras.activations.leaky_relu
    return isinstance(layer, layers.LeakyReLU) or (
        getattr(layer, "activation", None) is leaky
    )


@contextlib.contextmanager
def _remapping(on):
    """Sets the option, which belongs to the whole process, for a while."""
    before = tf.config.optimizer.get_experimental_options().get("remapping")
    tf.config.optimizer.set_experimental_options({"remapping": on})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({"remapping": before})
