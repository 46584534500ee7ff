"""The range of a generator's output, and scaling images to it and back."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from keras_gan.data.kinds import kind_of

# Layers that pass on their inputs unchanged, or means or maxima of them.
_PASSING = (
    layers.InputLayer,
    layers.Reshape,
    layers.Flatten,
    layers.Cropping2D,
    layers.Permute,
    layers.GlobalAveragePooling2D,
    layers.GlobalMaxPooling2D,
)
_BY_ACTIVATION = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}


def range_of(generator):
    """Reads the range of a generator's output off its last activation.

    Args:
        generator: A built `keras.Model`.

    Returns:
        (0.0, 1.0) for a sigmoid, (-1.0, 1.0) for a tanh, else None: no bounds. A
        `Rescaling` layer after it changes the bounds.

    Example:

    >>> generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "tanh")])
    >>> range_of(generator)
    (-1.0, 1.0)
    """
    activation, rescalings = ending(generator)
    bounds = _BY_ACTIVATION.get(getattr(activation, "__name__", ""))
    for rescaling in rescalings if bounds else ():
        if np.ndim(rescaling.scale) or np.ndim(rescaling.offset):
            return None  # Each channel has bounds of its own.
        bounds = sorted(rescaling.scale * b + rescaling.offset for b in bounds)
    return tuple(bounds) if bounds else None


def ending(network):
    """Finds a network's last activation, skipping layers that only pass values on.

    Args:
        network: A built `keras.Model`; models and wrappers inside it are searched, too.

    Returns:
        `(activation, rescalings)`: the last activation, a function, or None; and the
        `Rescaling` layers after it, in the order in which they act.
    """
    rescalings = []
    for layer in _from_the_end(network):
        activation = getattr(layer, "activation", None)
        # The cast to float32 that ends a mixed-precision network.
        cast = isinstance(layer, layers.Activation) and (
            activation is keras.activations.linear
        )
        if isinstance(layer, layers.Rescaling):
            rescalings.insert(0, layer)
        elif not isinstance(layer, _PASSING) and not cast:
            return activation, rescalings
    return None, rescalings


def _from_the_end(network):
    if isinstance(network, layers.Wrapper):  # e.g. SpectralNormalization
        yield from _from_the_end(network.layer)
    elif isinstance(network, keras.Model):
        for layer in reversed(network.layers):
            yield from _from_the_end(layer)
    else:
        yield network


def scale(samples, value_range, stored_range=None):
    """Scales samples to the generator's range, as float32.

    uint8 images are scaled from 0..255. Floats are in the generator's range already,
    unless their own range is known.

    Args:
        samples: Array or tensor.
        value_range: (low, high), or None for a generator without bounds, whose
            images are scaled to [-1, 1].
        stored_range: (low, high) of floats that are to be scaled. Defaults to None:
            floats pass as they are.

    Returns:
        A float32 tensor.

    Raises:
        ValueError: If the samples are strings or complex numbers.

    Example:

    >>> float(scale(np.uint8(255), (0.0, 1.0)))
    1.0
    >>> float(scale(np.float32(0.5), (-1.0, 1.0), stored_range=(0.0, 1.0)))
    0.0
    """
    samples = tf.convert_to_tensor(samples)
    dtype = samples.dtype
    if not (dtype.is_floating or dtype.is_integer or dtype.is_bool):
        raise ValueError(
            f"Samples of {dtype.name} cannot be trained on: pass uint8 images or floats."
        )
    if dtype == tf.uint8:
        stored_range = (0.0, 255.0)
    samples = tf.cast(samples, tf.float32)
    if stored_range is None:
        return samples
    low, high = value_range or (-1.0, 1.0)
    stored_low, stored_high = stored_range
    slope = (high - low) / (stored_high - stored_low)
    return samples * slope + (low - stored_low * slope)


def as_stored(samples, value_range):
    """Generated samples as files hold them: pixels as uint8, other values as floats.

    Args:
        samples: NumPy array (n, ...) of floats in the generator's range.
        value_range: (low, high) of the generator, or None.

    Returns:
        A NumPy array of the same shape.
    """
    if kind_of(samples.shape[1:]).has_pixels:
        return unscale(samples, value_range)
    return samples


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
