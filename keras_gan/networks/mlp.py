"""The 2014 paper's multilayer perceptrons, and a dense pair for points."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence

import keras
import numpy as np
from keras import layers
from numpy.typing import ArrayLike

from keras_gan.arguments import check_int, check_ints
from keras_gan.data.kinds import IMAGES, check_shape
from keras_gan.data.on_disk import blocks
from keras_gan.networks import parts
from keras_gan.networks.layers import Maxout
from keras_gan.networks.lipschitz import Bounded
from keras_gan.networks.pair import Pair


def mlp(
    image_shape: Sequence[int],
    latent_dim: int = 100,
    *,
    generator_units: Sequence[int] = (1200, 1200),
    discriminator_units: Sequence[int] = (240, 240),
    pieces: int = 5,
    dropout: bool = True,
    initial_ranges: tuple[float, float] = (0.05, 0.005),
    pixel_means: ArrayLike | None = None,
    num_classes: int | None = None,
    packing: int = 1,
    spectral_norm: bool = False,
    weight_clip: float | None = None,
    seed: int = 0,
) -> tuple[keras.Model, keras.Model]:
    """The 2014 pair: ReLU layers and a sigmoid in G, maxout layers in D.

    The range of G is [0, 1]. In training D drops 20 % of its input and 50 % of its
    hidden units, as in the paper.

    Args:
        image_shape: (height, width, channels).
        latent_dim: Coordinates of z. Defaults to 100.
        generator_units: Sizes of G's ReLU layers. Defaults to (1200, 1200).
        discriminator_units: Sizes of D's maxout layers. Defaults to (240, 240).
        pieces: Linear pieces per maxout unit. Defaults to 5.
        dropout: Whether D has dropout. Defaults to True.
        initial_ranges: `(generator, discriminator)`: weights start uniform in
            [-range, range]. Defaults to (0.05, 0.005), as in the paper. With Keras'
            default, which is larger, the sigmoids saturate and D wins at once.
        pixel_means: Mean training image, with values in [0, 1]. G's output biases start
            at its logits, so that G starts near the mean image. Defaults to None: they
            start at 0.
        num_classes: Makes both networks conditional: G takes [z, labels], D [x,
            labels]. Defaults to None: neither is.
        packing: Images that D judges at once, side by side in its channels. Defaults
            to 1.
        spectral_norm: Whether D's layers have `SpectralNormalization`. Defaults to
            False.
        weight_clip: Keeps D's weights in [-weight_clip, weight_clip]. Defaults to
            None: no limit.
        seed: Seed of the initial weights. Defaults to 0.

    Returns:
        `(generator, discriminator)`, two built `keras.Model`s.

    Raises:
        ValueError: If `image_shape` is no image's, or `pixel_means` has another.

    Example:

    >>> generator, discriminator = mlp((28, 28, 1))
    >>> generator.count_params(), discriminator.count_params()
    (2503984, 1231441)

    Reference: Goodfellow et al. 2014, arXiv 1406.2661, and its released code.
    """
    image_shape = check_shape("image_shape", image_shape, IMAGES)
    generator_units = check_ints("generator_units", generator_units, at_least=1)
    discriminator_units = check_ints(
        "discriminator_units", discriminator_units, at_least=1
    )
    g_range, d_range = initial_ranges
    uniform = keras.initializers.RandomUniform
    start = parts.starts(
        functools.partial(uniform, -g_range, g_range), seed, parts.GENERATOR
    )
    inputs, x = parts.latents(latent_dim, num_classes)
    for units in generator_units:
        x = layers.Dense(units, activation="relu", kernel_initializer=next(start))(x)
    pixels = layers.Dense(math.prod(image_shape), kernel_initializer=next(start))
    x = pixels(x)
    x = layers.Reshape(image_shape)(x)
    x = layers.Activation("sigmoid", dtype="float32")(x)
    generator = keras.Model(inputs, x, name="mlp_generator")
    if pixel_means is not None:
        pixels.bias.assign(_logits_of(pixel_means, image_shape))

    start = parts.starts(
        functools.partial(uniform, -d_range, d_range), seed, parts.DISCRIMINATOR
    )
    bounded = Bounded(spectral_norm, weight_clip)
    images = parts.samples(image_shape, "images", packing)
    x = layers.Flatten()(images)
    keep = 0.8
    for units in discriminator_units:
        x = layers.Dropout(1.0 - keep)(x) if dropout else x
        x = bounded(Maxout, units, pieces, kernel_initializer=next(start))(x)
        keep = 0.5
    x = layers.Dropout(1.0 - keep)(x) if dropout else x
    discriminator = parts.discriminator(
        images,
        x,
        num_classes=num_classes,
        bounded=bounded,
        start=start,
        name="mlp_discriminator",
    )
    return generator, discriminator


def points(
    dimensions: int = 2,
    latent_dim: int = 2,
    *,
    units: Sequence[int] = (128, 128),
    num_classes: int | None = None,
    packing: int = 1,
    spectral_norm: bool = False,
    weight_clip: float | None = None,
    seed: int = 0,
) -> tuple[keras.Model, keras.Model]:
    """A small dense pair for points on a line or in the plane.

    Args:
        dimensions: Coordinates of one point. Defaults to 2.
        latent_dim: Coordinates of z. Defaults to 2.
        units: Sizes of the hidden ReLU layers of both networks. Defaults to (128, 128).
        num_classes: Makes both networks conditional: G takes [z, labels], D [x,
            labels]. Defaults to None: neither is.
        packing: Points that D judges at once, side by side on its last axis.
            Defaults to 1.
        spectral_norm: Whether D's layers have `SpectralNormalization`. Defaults to
            False.
        weight_clip: Keeps D's weights in [-weight_clip, weight_clip]. Defaults to
            None: no limit.
        seed: Seed of the initial weights. Defaults to 0.

    Returns:
        `(generator, discriminator)`, two built `keras.Model`s; the generator's
        output is unbounded.

    Example:

    >>> generator, discriminator = points(dimensions=1)
    >>> generator.output_shape
    (None, 1)
    """
    dimensions = check_int("dimensions", dimensions, at_least=1)
    units = check_ints("units", units, at_least=1)
    he = keras.initializers.HeUniform
    start = parts.starts(he, seed, parts.GENERATOR)
    inputs, x = parts.latents(latent_dim, num_classes)
    for width in units:
        x = layers.Dense(width, activation="relu", kernel_initializer=next(start))(x)
    x = layers.Dense(dimensions, kernel_initializer=next(start), dtype="float32")(x)
    generator = keras.Model(inputs, x, name="point_generator")

    start = parts.starts(he, seed, parts.DISCRIMINATOR)
    bounded = Bounded(spectral_norm, weight_clip)
    x = samples = parts.samples((dimensions,), "points", packing)
    for width in units:
        x = bounded(
            layers.Dense, width, activation="relu", kernel_initializer=next(start)
        )(x)
    discriminator = parts.discriminator(
        samples,
        x,
        num_classes=num_classes,
        bounded=bounded,
        start=start,
        name="point_discriminator",
    )
    return generator, discriminator


def mean_image(images):
    """Mean of training images, in [0, 1], for `pixel_means` of `mlp`.

    Args:
        images: (n, height, width, channels), uint8 in 0..255 or floats in [0, 1]; an
            array, or on disk.

    Returns:
        float64 (height, width, channels).

    Example:

    >>> float(mean_image(np.full((3, 8, 8, 1), 255, "uint8")).max())
    1.0
    """
    total = np.zeros(images.shape[1:])
    for image in itertools.chain.from_iterable(blocks(images)):
        total += image  # One by one, as NumPy does: the blocks leave no trace.
    mean = total / len(images)
    return mean / 255.0 if images.dtype == np.uint8 else mean


MLP = Pair(mlp, "images", from_data={"pixel_means": mean_image})
POINTS = Pair(points, "points")


def _logits_of(pixel_means, image_shape):
    means = np.asarray(pixel_means, "float64")
    if means.shape != image_shape:
        raise ValueError(
            f"pixel_means must have the image's shape {image_shape}, got {means.shape}."
        )
    means = np.clip(means, 1e-7, 1.0 - 1e-7)
    return np.log(means / (1.0 - means)).ravel()
