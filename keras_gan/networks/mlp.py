"""The multilayer perceptrons of the 2014 paper, and a dense pair for points."""

import itertools
import math

import keras
import numpy as np
from keras import layers

from keras_gan.networks.layers import Maxout


def mlp(
    image_shape,
    latent_dim=100,
    *,
    generator_units=(1200, 1200),
    discriminator_units=(240, 240),
    pieces=5,
    dropout=True,
    initial_ranges=(0.05, 0.005),
    pixel_means=None,
    seed=0,
):
    """The 2014 pair: ReLU-ReLU-sigmoid generator, maxout-maxout discriminator.

    The generator emits [0, 1]. D drops 20 % of its input and 50 % of its hidden
    units in training, as in the paper.

    Args:
        image_shape: (height, width, channels).
        latent_dim: Coordinates of z. Defaults to 100.
        generator_units: Sizes of G's ReLU layers.
        discriminator_units: Sizes of D's maxout layers.
        pieces: Linear pieces per maxout unit. Defaults to 5.
        dropout: Whether D has dropout. Defaults to True.
        initial_ranges: `(generator, discriminator)`: weights start uniform in
            [-range, range]. Defaults to (0.05, 0.005), the paper's; with Keras' own
            larger choice the sigmoids saturate and D wins before G has begun.
        pixel_means: Mean training image, values in [0, 1]; G's output bias then
            starts at its logit, so that G starts at the mean image. Defaults to
            None: zero.
        seed: Keys the initial weights. Defaults to 0.

    Returns:
        `(generator, discriminator)`, two built `keras.Model`s.

    Raises:
        ValueError: If `pixel_means` has not the shape of an image.

    Example:

    >>> generator, discriminator = mlp((28, 28, 1))
    >>> generator.count_params(), discriminator.count_params()
    (2503984, 1231441)

    Reference: Goodfellow et al. 2014, arXiv 1406.2661, and its released code.
    """
    g_range, d_range = initial_ranges
    generator_start = _uniform_starts(g_range, seed)
    discriminator_start = _uniform_starts(d_range, seed + 1_000_003)
    image_shape = tuple(image_shape)
    bias = "zeros" if pixel_means is None else _logit_bias(pixel_means, image_shape)

    x = z = keras.Input((latent_dim,), name="latents")
    for units in generator_units:
        start = next(generator_start)
        x = layers.Dense(units, activation="relu", kernel_initializer=start)(x)
    x = layers.Dense(
        math.prod(image_shape),
        kernel_initializer=next(generator_start),
        bias_initializer=bias,
    )(x)
    x = layers.Reshape(image_shape)(x)
    x = layers.Activation("sigmoid", dtype="float32")(x)
    generator = keras.Model(z, x, name="mlp_generator")

    images = keras.Input(image_shape, name="images")
    x = layers.Flatten()(images)
    keep = 0.8
    for units in discriminator_units:
        x = layers.Dropout(1.0 - keep)(x) if dropout else x
        x = Maxout(units, pieces, kernel_initializer=next(discriminator_start))(x)
        keep = 0.5
    x = layers.Dropout(1.0 - keep)(x) if dropout else x
    start = next(discriminator_start)
    logits = layers.Dense(1, kernel_initializer=start, dtype="float32")(x)
    return generator, keras.Model(images, logits, name="mlp_discriminator")


def points(dimensions=2, latent_dim=2, *, units=(128, 128), seed=0):
    """A small dense pair for points on a line or in the plane.

    Args:
        dimensions: Coordinates of one point. Defaults to 2.
        latent_dim: Coordinates of z. Defaults to 2.
        units: Sizes of the hidden ReLU layers of both networks.
        seed: Keys the initial weights. Defaults to 0.

    Returns:
        `(generator, discriminator)`, two built `keras.Model`s; the generator's
        output has no bounds.

    Example:

    >>> generator, discriminator = points(dimensions=1)
    >>> generator.output_shape
    (None, 1)
    """
    z = keras.Input((latent_dim,), name="latents")
    samples = keras.Input((dimensions,), name="points")
    made = _dense_stack(z, units, dimensions, seed)
    logits = _dense_stack(samples, units, 1, seed + 1_000_003)
    generator = keras.Model(z, made, name="point_generator")
    return generator, keras.Model(samples, logits, name="point_discriminator")


def _dense_stack(x, units, outputs, seed):
    start = (keras.initializers.HeUniform(seed=n) for n in itertools.count(seed))
    for width in units:
        x = layers.Dense(width, activation="relu", kernel_initializer=next(start))(x)
    return layers.Dense(outputs, kernel_initializer=next(start), dtype="float32")(x)


def _uniform_starts(limit, seed):
    """Endless initializers, each with a seed of its own."""
    for layer_seed in itertools.count(seed):
        yield keras.initializers.RandomUniform(-limit, limit, seed=layer_seed)


def _logit_bias(pixel_means, image_shape):
    means = np.asarray(pixel_means, "float64")
    if means.shape != image_shape:
        raise ValueError(
            f"pixel_means must have the image's shape {image_shape}, got {means.shape}."
        )
    means = np.clip(means, 1e-7, 1.0 - 1e-7)
    return _Values(np.log(means / (1.0 - means)).ravel().tolist())


@keras.saving.register_keras_serializable(package="keras_gan")
class _Values(keras.initializers.Initializer):
    """Starts a weight at given values."""

    def __init__(self, values):
        self.values = values

    def __call__(self, shape, dtype=None):
        return keras.ops.reshape(keras.ops.convert_to_tensor(self.values, dtype), shape)

    def get_config(self):
        return {"values": self.values}
