"""A dense pair for densities on the line, fine enough to be looked at."""

import keras
from keras import layers, ops

from keras_gan.networks.pair import Pair

# Slopes of the first tanh units: the finest detail of G is about 1/10 of z's
# standard deviation, of D about 1/3 of a unit of x.
_G_SLOPE, _D_SLOPE = 6.0, 3.0
# A little beyond uniform latents of variance 1, which end at sqrt(3).
_Z_REACH = 1.9


def line(latent_dim=1, *, units=64, reach=6.5, seed=0):
    """The pair behind the 1-D figure: smooth curves, with detail everywhere.

    Usual initial weights put all bends of a network near 0, and it learns slowly
    wherever else the data is. Here the first units are spread evenly over the
    line: `tanh(slope * x + b)` with b on a lattice. G starts as the identity,

        G(z) = z + w . tanh(6 z + b),     w = 0 at first

    and all its kernels stay non-negative: it rises for ever, and cannot fold.

    Args:
        latent_dim: Coordinates of z, which G adds up at first. Defaults to 1, so that
            G is a curve, too.
        units: Units of each hidden layer: one in G, two in D. Defaults to 64.
        reach: D's first units lie in [-reach, reach]; so should the data. Defaults
            to 6.5.
        seed: Keys the initial weights. Defaults to 0.

    Returns:
        `(generator, discriminator)`, two built `keras.Model`s.

    Example:

    >>> generator, discriminator = line()
    >>> generator.output_shape
    (None, 1)
    """
    z = keras.Input((latent_dim,), name="latents")
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
    start = keras.initializers.HeUniform
    h = _spread_units(x, units, _D_SLOPE, reach)
    h = layers.Dense(units, activation="tanh", kernel_initializer=start(seed=seed))(h)
    logits = layers.Dense(1, kernel_initializer=start(seed=seed + 1), dtype="float32")(h)
    return generator, keras.Model(x, logits, name="line_discriminator")


LINE = Pair(line, "line")


def _spread_units(x, units, slope, reach):
    return layers.Dense(
        units,
        activation="tanh",
        kernel_initializer=keras.initializers.Constant(slope),
        kernel_constraint="non_neg",
        bias_initializer=_Lattice(slope * reach),
    )(x)


@keras.saving.register_keras_serializable(package="keras_gan")
class _Lattice(keras.initializers.Initializer):
    """Starts a vector at evenly spaced values in [-limit, limit]."""

    def __init__(self, limit):
        self.limit = limit

    def __call__(self, shape, dtype=None):
        return ops.cast(ops.linspace(-self.limit, self.limit, shape[0]), dtype)

    def get_config(self):
        return {"limit": self.limit}
