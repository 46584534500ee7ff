"""The pair of PacGAN's ring and grid, for results that compare with its table."""

import functools

import keras
from keras import layers

from keras_gan.networks import parts
from keras_gan.networks.layers import Maxout
from keras_gan.networks.pair import Pair


def pacgan(
    dimensions=2,
    latent_dim=2,
    *,
    generator_units=(400, 400, 400, 400),
    discriminator_units=(200, 200, 200),
    pieces=5,
    packing=1,
    seed=0,
):
    """PacGAN's networks for points in the plane: batch-normalised G, maxout D.

    How many modes a plain GAN finds depends on its networks more than on anything
    else, so a benchmark is only worth something with these. Hidden layers of G are
    dense without bias, batch normalisation, ReLU; those of D are maxout without
    dropout. Weights start as N(0, 0.02^2), biases at 0. As in the published code, the
    moments that normalise in inference follow those of the batches at 0.05 a step, and
    epsilon is 1e-4; Keras' defaults are 0.01 and 1e-3.

    Args:
        dimensions: Coordinates of one point. Defaults to 2.
        latent_dim: Coordinates of z. Defaults to 2.
        generator_units: Sizes of G's hidden layers.
        discriminator_units: Sizes of D's maxout layers.
        pieces: Linear pieces per maxout unit. Defaults to 5.
        packing: Points that D judges at once, side by side on its last axis.
            Defaults to 1.
        seed: Keys the initial weights. Defaults to 0.

    Returns:
        `(generator, discriminator)`, two built `keras.Model`s; the generator's
        output has no bounds, the discriminator takes (m, packing * dimensions).

    Example:

    >>> generator, discriminator = pacgan(packing=2)
    >>> discriminator.input_shape
    (None, 4)

    Reference: Lin, Khetan, Fanti, Oh 2018, arXiv 1712.04086.
    """
    normal = functools.partial(keras.initializers.RandomNormal, stddev=0.02)
    start = parts.starts(normal, seed)
    x = z = keras.Input((latent_dim,), name="latents")
    for units in generator_units:
        x = layers.Dense(units, use_bias=False, kernel_initializer=next(start))(x)
        x = layers.BatchNormalization(momentum=0.95, epsilon=1e-4)(x)
        x = layers.ReLU()(x)
    made = layers.Dense(dimensions, kernel_initializer=next(start), dtype="float32")(x)
    generator = keras.Model(z, made, name="pacgan_generator")

    start = parts.starts(normal, seed + parts.DISCRIMINATOR_SEED)
    x = samples = parts.samples((dimensions,), "points", packing)
    for units in discriminator_units:
        x = Maxout(units, pieces, kernel_initializer=next(start))(x)
    logits = layers.Dense(1, kernel_initializer=next(start), dtype="float32")(x)
    return generator, keras.Model(samples, logits, name="pacgan_discriminator")


PACGAN = Pair(pacgan, "points")
