"""PacGAN's pair for the ring and the grid, for comparison with its results."""

import functools
from collections.abc import Sequence

import keras
from keras import layers

from keras_gan.arguments import check_int, check_ints
from keras_gan.networks import parts
from keras_gan.networks.layers import Maxout
from keras_gan.networks.pair import Pair


def pacgan(
    dimensions: int = 2,
    latent_dim: int = 2,
    *,
    generator_units: Sequence[int] = (400, 400, 400, 400),
    discriminator_units: Sequence[int] = (200, 200, 200),
    pieces: int = 5,
    packing: int = 1,
    seed: int = 0,
) -> tuple[keras.Model, keras.Model]:
    """PacGAN's networks for points in the plane: batch-normalised G, maxout D.

    How many modes a plain GAN finds depends more on its networks than on anything else,
    so a comparison with PacGAN's results needs the same networks. G's hidden layers are
    dense without bias, batch normalisation, ReLU. D's are maxout layers without dropout.
    Weights start as N(0, 0.02^2), biases at 0. Batch normalisation has the momentum 0.95
    and the epsilon 1e-4 of the published code; Keras' defaults are 0.99 and 1e-3.

    Args:
        dimensions: Coordinates of one point. Defaults to 2.
        latent_dim: Coordinates of z. Defaults to 2.
        generator_units: Sizes of G's hidden layers. Defaults to (400, 400, 400, 400).
        discriminator_units: Sizes of D's maxout layers. Defaults to (200, 200, 200).
        pieces: Linear pieces per maxout unit. Defaults to 5.
        packing: Points that D judges at once, side by side on its last axis.
            Defaults to 1.
        seed: Seed of the initial weights. Defaults to 0.

    Returns:
        `(generator, discriminator)`, two built `keras.Model`s; the generator's
        output is unbounded, the discriminator takes (m, packing * dimensions).

    Example:

    >>> generator, discriminator = pacgan(packing=2)
    >>> discriminator.input_shape
    (None, 4)

    Reference: Lin, Khetan, Fanti, Oh 2018, arXiv 1712.04086.
    """
    dimensions = check_int("dimensions", dimensions, at_least=1)
    generator_units = check_ints("generator_units", generator_units, at_least=1)
    discriminator_units = check_ints(
        "discriminator_units", discriminator_units, at_least=1
    )
    normal = functools.partial(keras.initializers.RandomNormal, stddev=0.02)
    start = parts.starts(normal, seed, parts.GENERATOR)
    z, x = parts.latents(latent_dim)
    for units in generator_units:
        x = layers.Dense(units, use_bias=False, kernel_initializer=next(start))(x)
        x = layers.BatchNormalization(momentum=0.95, epsilon=1e-4)(x)
        x = layers.ReLU()(x)
    made = layers.Dense(dimensions, kernel_initializer=next(start), dtype="float32")(x)
    generator = keras.Model(z, made, name="pacgan_generator")

    start = parts.starts(normal, seed, parts.DISCRIMINATOR)
    x = samples = parts.samples((dimensions,), "points", packing)
    for units in discriminator_units:
        x = Maxout(units, pieces, kernel_initializer=next(start))(x)
    logits = layers.Dense(1, kernel_initializer=next(start), dtype="float32")(x)
    return generator, keras.Model(samples, logits, name="pacgan_discriminator")


PACGAN = Pair(pacgan, "points")
