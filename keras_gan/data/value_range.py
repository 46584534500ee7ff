"""The range of a generator's output, and scaling images to it and back."""

import numpy as np
import tensorflow as tf

from keras_gan.data.kinds import kind_of
from keras_gan.data.output_bounds import bounds_of


def range_of(generator):
    """The range of a generator's output, if it has bounds on both sides.

    Args:
        generator: A built `keras.Model`.

    Returns:
        `(low, high)`: (0.0, 1.0) for a sigmoid, (-1.0, 1.0) for a tanh, with the
        arithmetic after it; see `bounds_of`. None if there are no bounds, or if they
        are not known.

    Example:

    >>> generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "tanh")])
    >>> range_of(generator)
    (-1.0, 1.0)
    """
    bounds = bounds_of(generator)
    is_range = bounds.are_finite and bounds.low < bounds.high
    return (bounds.low, bounds.high) if is_range else None


def check_range(value_range):
    """Returns the range of images as two floats; (-1.0, 1.0) for None.

    Args:
        value_range: (low, high) of a generator, or None if it has no bounds.

    Raises:
        ValueError: Unless it is two finite numbers, low < high.

    Example:

    >>> check_range((0, 1))
    (0.0, 1.0)
    """
    try:
        low, high = (-1.0, 1.0) if value_range is None else map(float, value_range)
    except (TypeError, ValueError):
        low = high = np.nan
    if not (low < high and np.isfinite([low, high]).all()):
        raise ValueError(
            f"value_range must be (low, high) with low < high, got {value_range!r}."
        )
    return low, high


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


def unscale(samples, value_range, dtype=np.uint8):
    """Turns images in the generator's range into bytes, clipped and rounded once.

    Args:
        samples: NumPy array of floats.
        value_range: (low, high), or None, which means [-1, 1].
        dtype: uint8, or uint16 for 16 bits. Defaults to uint8.

    Returns:
        A NumPy array of the same shape.

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
    white = np.iinfo(dtype).max
    return np.rint(np.clip((samples - low) / (high - low), 0, 1) * white).astype(dtype)
