"""A dense pair for densities on the line, smooth enough to plot."""

import keras
from keras import layers, ops

from keras_gan.arguments import check_int
from keras_gan.networks import parts
from keras_gan.networks.pair import Pair

# Slopes of the first tanh units. The finest detail of G is about 1/10 of a standard
# deviation of z, that of D about 1/3 of a unit of x.
_G_SLOPE, _D_SLOPE = 6.0, 3.0
# A little more than sqrt(3), where uniform latents of variance 1 end.
_Z_REACH = 1.9


def line(
    latent_dim: int = 1, *, units: int = 64, reach: float = 6.5, seed: int = 0
) -> tuple[keras.Model, keras.Model]:
    """A pair for one-dimensional figures: smooth curves, with detail everywhere.

    With the usual initial weights all bends of a network lie near 0, and away from 0 it
    learns slowly. Here the bends of the first layer are spread evenly over the line:
    its units are `tanh(slope * x + b)` with evenly spaced b. G starts as the identity,

        G(z) = z + w . tanh(6 z + b),     w = 0 at first

    and its kernels stay non-negative. So G always rises: it cannot fold the line.

    Args:
        latent_dim: Coordinates of z; at first, G(z) is their sum. Defaults to 1, so
            that G is a curve that can be plotted.
        units: Units of D's two hidden layers; G's hidden layer has half as many.
            Defaults to 64.
        reach: D's first units lie in [-reach, reach]; so should the data. Defaults
            to 6.5.
        seed: Seed of the initial weights. Defaults to 0.

    Returns:
        `(generator, discriminator)`, two built `keras.Model`s.

    Example:

    >>> generator, discriminator = line()
    >>> generator.output_shape
    (None, 1)
    """
    units = check_int("units", units, at_least=2)
    z, _ = parts.latents(latent_dim)
    straight = layers.Dense(
        1,
        use_bias=False,
        kernel_initializer="ones",
        kernel_constraint="non_neg",
        dtype="float32",
    )(z)
    bends = layers.Dense(
        1, kernel_initializer="zeros", kernel_constraint="non_neg", dtype="float32"
    )(_spread_units(z, units // 2, _G_SLOPE, _Z_REACH))
    made = layers.Add(dtype="float32")([straight, bends])
    generator = keras.Model(z, made, name="line_generator")

    x = keras.Input((1,), name="points")
    start = parts.starts(keras.initializers.HeUniform, seed, parts.DISCRIMINATOR)
    h = _spread_units(x, units, _D_SLOPE, reach)
    h = layers.Dense(units, activation="tanh", kernel_initializer=next(start))(h)
    logits = layers.Dense(1, kernel_initializer=next(start), dtype="float32")(h)
    return generator, keras.Model(x, logits, name="line_discriminator")


LINE = Pair(line, "line")


def _spread_units(x, units, slope, reach):
    spread = layers.Dense(
        units,
        activation="tanh",
        kernel_initializer=keras.initializers.Constant(slope),
        kernel_constraint="non_neg",
    )
    made = spread(x)
    limit = slope * reach
    spread.bias.assign(ops.linspace(-limit, limit, units))
    return made
