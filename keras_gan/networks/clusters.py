"""A dense pair for points in narrow clusters that lie far apart."""

import functools
from collections.abc import Sequence

import keras
import numpy as np
from keras import layers, ops

from keras_gan.arguments import check_int, check_ints
from keras_gan.networks import parts
from keras_gan.networks.pair import Pair
from keras_gan.serialization import Serializable


def clusters(
    dimensions: int = 2,
    latent_dim: int = 2,
    *,
    generator_units: Sequence[int] = (128, 128, 128),
    discriminator_units: Sequence[int] = (128, 128),
    steepness: float = 64.0,
    frequencies: tuple[float, float] = (0.3, 10.0),
    packing: int = 1,
    seed: int = 0,
) -> tuple[keras.Model, keras.Model]:
    """A pair for narrow clusters: G starts with steep steps, D sees fine detail.

    To make narrow clusters that lie far apart, G must be almost constant, with jumps in
    between, and D must resolve the width of a cluster. Dense ReLU layers start out
    smooth and take long to become so. Here, G's first tanh units start as steep steps
    that are spread over the latents: weights N(0, steepness^2), biases uniform in
    [-2 steepness, 2 steepness]. The tanh layers above can sharpen them. D sees each
    point together with sines and cosines of it (`Waves`).

    Args:
        dimensions: Coordinates of one point. Defaults to 2.
        latent_dim: Coordinates of z. Defaults to 2.
        generator_units: Sizes of G's tanh layers. Defaults to (128, 128, 128).
        discriminator_units: Sizes of D's leaky ReLU layers. Defaults to (128, 128).
        steepness: Standard deviation of G's first weights. Defaults to 64.0.
        frequencies: `(low, high)` of D's waves, in radians per unit of a point; for
            given points, `frequencies_of(points)`. Defaults to (0.3, 10.0).
        packing: Points that D judges at once, side by side on its last axis.
            Defaults to 1.
        seed: Seed of the initial weights. Defaults to 0.

    Returns:
        `(generator, discriminator)`, two built `keras.Model`s; the generator's
        output is unbounded.

    Example:

    >>> generator, discriminator = clusters()
    >>> generator.output_shape
    (None, 2)

    Reference: Tancik et al. 2020, arXiv 2006.10739, for the waves.
    """
    dimensions = check_int("dimensions", dimensions, at_least=1)
    generator_units = check_ints("generator_units", generator_units, at_least=1)
    discriminator_units = check_ints(
        "discriminator_units", discriminator_units, at_least=1
    )
    glorot = parts.starts(keras.initializers.GlorotUniform, seed, parts.GENERATOR)
    z, x = parts.latents(latent_dim)
    normal = functools.partial(keras.initializers.RandomNormal, 0.0, steepness)
    edge = 2.0 * steepness
    uniform = functools.partial(keras.initializers.RandomUniform, -edge, edge)
    steep = {
        "kernel_initializer": next(parts.starts(normal, seed, parts.GENERATOR, 1)),
        "bias_initializer": next(parts.starts(uniform, seed, parts.GENERATOR, 2)),
    }
    for n, width in enumerate(generator_units):
        start = steep if n == 0 else {"kernel_initializer": next(glorot)}
        x = layers.Dense(width, activation="tanh", **start)(x)
    x = layers.Dense(dimensions, kernel_initializer=next(glorot), dtype="float32")(x)
    generator = keras.Model(z, x, name="cluster_generator")

    he = parts.starts(keras.initializers.HeNormal, seed, parts.DISCRIMINATOR)
    samples = parts.samples((dimensions,), "points", packing)
    # Half precision has only a few numbers within a narrow cluster.
    x = Waves(32, *frequencies, seed=seed, dtype="float32")(samples)
    for width in discriminator_units:
        x = layers.LeakyReLU(0.2)(layers.Dense(width, kernel_initializer=next(he))(x))
    logits = layers.Dense(1, kernel_initializer=next(he), dtype="float32")(x)
    return generator, keras.Model(samples, logits, name="cluster_discriminator")


def frequencies_of(points):
    """Frequencies for `clusters`, from the extent of the data to that of a cluster.

    `low` is 1 over the standard deviation of the points. `high` is 0.4 over the median
    distance to the 20th nearest neighbour among about 2,000 of the points.

    Args:
        points: Points (n, d), n > 20.

    Returns:
        `(low, high)`, in radians per unit of a point.

    Raises:
        ValueError: If there are too few points, or too many equal ones.

    Example:

    >>> low, high = frequencies_of(keras_gan.data.ring().sample(2000, seed=0))
    >>> round(low, 1), round(high)  # the ring has radius 1, its modes std 0.01
    (1.4, 70)
    """
    some = np.asarray(points[:: max(1, len(points) // 2000)], "float64")
    if len(some) <= 20:
        raise ValueError(f"Expected more than 20 points, got {len(some)}.")
    squares = (some**2).sum(axis=1)
    squared = squares[:, None] - 2.0 * some @ some.T + squares
    near = np.sqrt(np.maximum(np.partition(squared, 20, axis=1)[:, 20], 0.0))
    nearness = np.median(near)
    if not nearness > 0.0:
        raise ValueError("More than 20 of the points are the same: nothing to resolve.")
    low = 1.0 / some.std(axis=0).mean()
    return float(low), float(max(0.4 / nearness, low))


CLUSTERS = Pair(clusters, "points", from_data={"frequencies": frequencies_of})


@keras.saving.register_keras_serializable(package="keras_gan")
class Waves(Serializable, keras.layers.Layer):
    """Appends sines and cosines of random projections to a point.

    `x -> [x, sin(x B), cos(x B)]`. The columns of B have random directions, and lengths
    that are log-uniform in [low, high]. B is constant, a pure function of the seed.

    Args:
        num: Number of waves, the columns of B.
        low: Smallest frequency, in radians per unit of x.
        high: Largest frequency.
        seed: Seed of B. Defaults to 0.

    Raises:
        ValueError: If `num` is below 1, or not `0 < low <= high`.

    Example:

    >>> Waves(32, 0.3, 10.0)(keras.ops.ones((4, 2))).shape
    TensorShape([4, 66])

    Reference: Tancik et al. 2020, arXiv 2006.10739.
    """

    judges_alone = True  # Each row of the output depends on one row of the input.

    def __init__(self, num, low, high, seed=0, **layer_arguments):
        super().__init__(**layer_arguments)
        if num < 1 or not 0.0 < low <= high:
            raise ValueError(
                f"Expected num >= 1 and 0 < low <= high, got num={num}, low={low}, "
                f"high={high}."
            )
        self.num = num
        self.low = low
        self.high = high
        self.seed = seed

    def build(self, input_shape):
        random = np.random.default_rng([self.seed, self.num])
        directions = random.normal(size=(input_shape[-1], self.num))
        lengths = random.uniform(np.log(self.low), np.log(self.high), self.num)
        directions *= np.exp(lengths) / np.linalg.norm(directions, axis=0)
        self.waves = directions.astype("float32")

    def call(self, x):
        phases = ops.matmul(x, ops.cast(self.waves, x.dtype))
        return ops.concatenate([x, ops.sin(phases), ops.cos(phases)], axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] + 2 * self.num)

    def get_config(self):
        own = {"num": self.num, "low": self.low, "high": self.high, "seed": self.seed}
        return {**super().get_config(), **own}
