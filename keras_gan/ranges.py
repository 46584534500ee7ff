"""The range of values a generator emits, and images scaled to it and back."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

# Layers that hand on the values they get.
_PASSING = (layers.Reshape, layers.Flatten, layers.Cropping2D, layers.Permute)
_BY_ACTIVATION = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}


def of_generator(generator):
    """Reads the range of a generator's output off its last activation.

    Args:
        generator: A built `keras.Model`.

    Returns:
        (0.0, 1.0) for a sigmoid, (-1.0, 1.0) for a tanh, else None: no bounds.

    Example:

    >>> generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "tanh")])
    >>> of_generator(generator)
    (-1.0, 1.0)
    """
    for layer in reversed(generator.layers):
        activation = getattr(layer, "activation", None)
        # A cast to float32 at the end of mixed precision.
        cast = isinstance(layer, layers.Activation) and (
            activation is keras.activations.linear
        )
        if isinstance(layer, _PASSING) or cast:
            continue
        return _BY_ACTIVATION.get(getattr(activation, "__name__", ""))
    return None


def scale(samples, value_range):
    """Scales uint8 images to the generator's range; other samples pass as float32.

    Args:
        samples: Array or tensor; uint8 means 0..255.
        value_range: (low, high), or None for a generator without bounds, whose
            images are scaled to [-1, 1].

    Returns:
        A float32 tensor.

    Raises:
        ValueError: If the samples are texts or complex numbers.

    Example:

    >>> float(scale(np.uint8(255), (0.0, 1.0)))
    1.0
    """
    samples = tf.convert_to_tensor(samples)
    dtype = samples.dtype
    if not (dtype.is_floating or dtype.is_integer or dtype.is_bool):
        raise ValueError(
            f"Samples of {dtype.name} cannot be trained on: pass uint8 images or floats."
        )
    if dtype != tf.uint8:
        return tf.cast(samples, tf.float32)
    low, high = value_range or (-1.0, 1.0)
    return tf.cast(samples, tf.float32) * ((high - low) / 255.0) + low


def unscale(samples, value_range):
    """Turns images in the generator's range into uint8, clipped and rounded once.

    Args:
        samples: NumPy array of floats.
        value_range: (low, high), or None, which means [-1, 1].

    Returns:
        A uint8 NumPy array of the same shape.

    Raises:
        ValueError: If a value is NaN, which would look like a black pixel.

    Example:

    >>> unscale(np.array([0.0, 1.0]), (0.0, 1.0))
    array([  0, 255], dtype=uint8)
    """
    samples = np.asarray(samples, "float32")
    if np.isnan(samples).any():
        raise ValueError("The images hold NaN: the generator's training has diverged.")
    low, high = value_range or (-1.0, 1.0)
    return np.rint(np.clip((samples - low) / (high - low), 0, 1) * 255).astype("uint8")
