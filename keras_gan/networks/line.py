"""A dense pair for densities on the line, smooth enough to be looked at."""

import keras
from keras import layers


def line(latent_dim=1, *, units=(64, 64), reach=5.0, seed=0):
    """The pair behind the 1-D figure: ReLU generator, GELU discriminator.

    On the line a network with zero biases has all its kinks at 0 and is straight
    where the data is. The first layer of D starts with its units spread over the
    line instead, and GELU makes D a smooth curve.

    Args:
        latent_dim: Coordinates of z. Defaults to 1, so that G is a curve, too.
        units: Sizes of the hidden layers of both networks.
        reach: D's first biases start uniform in [-reach, reach]; about where the
            data lies. Defaults to 5.
        seed: Keys the initial weights. Defaults to 0.

    Returns:
        `(generator, discriminator)`, two built `keras.Model`s.

    Example:

    >>> generator, discriminator = line()
    >>> generator.output_shape
    (None, 1)
    """
    z = keras.Input((latent_dim,), name="latents")
    x = keras.Input((1,), name="points")
    spread = keras.initializers.RandomUniform(-reach, reach, seed=seed + 2_000_003)
    made = _stack(z, units, "relu", "zeros", seed)
    logits = _stack(x, units, "gelu", spread, seed + 1_000_003)
    generator = keras.Model(z, made, name="line_generator")
    return generator, keras.Model(x, logits, name="line_discriminator")


def _stack(x, units, activation, first_bias, seed):
    for n, width in enumerate((*units, 1)):
        x = layers.Dense(
            width,
            activation=activation if n < len(units) else None,
            kernel_initializer=keras.initializers.HeUniform(seed=seed + n),
            bias_initializer=first_bias if n == 0 else "zeros",
        )(x)
    return x
