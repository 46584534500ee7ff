"""Prior distributions p_z of the latents z.

A prior is a callable `prior(shape, seed)`. It is stateless: the same seed draws the same
latents. A plain function does; a class derives from `Prior`. `PlanePlot` draws a grid of
z if a prior has a method `quantile(share)`: what a coordinate of z stays below with this
probability.
"""

from __future__ import annotations

import abc
import math
from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from keras_gan.serialization import Serializable

__all__ = ["Normal", "Prior", "TruncatedNormal", "Uniform", "get"]


def __dir__():
    return __all__


# Half the width of a uniform distribution of variance 1.
UNIT_VARIANCE_LIMIT = math.sqrt(3.0)


class Prior(Serializable, abc.ABC):
    """Base class of priors: its arguments are saved with the GAN.

    A subclass keeps each argument as an attribute of its name. It is registered with
    Keras, so that a saved GAN can be loaded.

    Example:

    >>> class Scaled(Prior):
    ...     def __init__(self, std=1.0):
    ...         self.std = std
    ...
    ...     def __call__(self, shape, seed):
    ...         return self.std * tf.random.stateless_normal(shape, seed)
    >>> gan = GAN(*networks, latents=Scaled(0.5))
    """

    @abc.abstractmethod
    def __call__(
        self, shape: Sequence[int | tf.Tensor], seed: tf.Tensor | Sequence[int]
    ) -> tf.Tensor:
        """Draws latents.

        Args:
            shape: (m, latent_dim).
            seed: An int tensor of shape (2,) for `tf.random.stateless_*`; another one
                at each call.

        Returns:
            A float32 tensor of this shape.
        """


@keras.saving.register_keras_serializable(package="keras_gan")
class Normal(Prior):
    """Standard normal latents, z ~ N(0, I).

    Example:

    >>> Normal()((64, 100), seed=[0, 7]).shape
    TensorShape([64, 100])
    """

    def __call__(
        self, shape: Sequence[int | tf.Tensor], seed: tf.Tensor | Sequence[int]
    ) -> tf.Tensor:
        return tf.random.stateless_normal(shape, seed)

    def quantile(self, share: ArrayLike) -> np.ndarray:
        """What a coordinate stays below with this probability.

        Example:

        >>> Normal().quantile([0.5, 0.975]).round(2)
        array([0.  , 1.96])
        """
        return ndtri(np.asarray(share, float))


@keras.saving.register_keras_serializable(package="keras_gan")
class Uniform(Prior):
    """Uniform latents, z ~ U(-limit, limit) in each coordinate.

    Args:
        limit: Half the width, positive. Defaults to sqrt(3), which makes the variance
            of each coordinate 1: the prior of the 2014 MNIST experiment.

    Raises:
        ValueError: If `limit` is not positive.

    Example:

    >>> Uniform()((64, 100), seed=[0, 7]).shape
    TensorShape([64, 100])

    Reference: Goodfellow et al. 2014, arXiv 1406.2661, and its released code.
    """

    def __init__(self, limit: float = UNIT_VARIANCE_LIMIT):
        if not limit > 0:
            raise ValueError(f"limit must be positive, got {limit!r}.")
        self.limit = limit

    def __call__(
        self, shape: Sequence[int | tf.Tensor], seed: tf.Tensor | Sequence[int]
    ) -> tf.Tensor:
        return tf.random.stateless_uniform(shape, seed, -self.limit, self.limit)

    def quantile(self, share: ArrayLike) -> np.ndarray:
        """What a coordinate stays below with this probability.

        Example:

        >>> Uniform(2.0).quantile([0.25, 0.5])
        array([-1.,  0.])
        """
        return self.limit * (2 * np.asarray(share, float) - 1)


@keras.saving.register_keras_serializable(package="keras_gan")
class TruncatedNormal(Prior):
    """Standard normal latents without their tails: each |z| <= limit.

    For a generator that was trained on normal latents: a smaller limit makes its samples
    more alike and, often, better. Each coordinate has the normal distribution, given
    that it is in [-limit, limit], as if those beyond were drawn again. It is the normal
    coordinate of the same seed at the same quantile,

        z' = Q(Q^-1(-limit) + Q^-1(z) (Q^-1(limit) - Q^-1(-limit))),

    with Q the normal quantile function, so samples of one seed change smoothly with the
    limit, and a large one changes nothing.

    Args:
        limit: Positive.

    Raises:
        ValueError: If `limit` is not positive and finite.

    Example:

    >>> z = TruncatedNormal(0.7)((64, 100), seed=[0, 7])
    >>> float(tf.reduce_max(tf.abs(z))) <= 0.7
    True

    Reference: Brock et al. 2019, arXiv 1809.11096, the truncation trick.
    """

    def __init__(self, limit: float):
        if not 0 < limit < math.inf:
            raise ValueError(f"limit must be positive and finite, got {limit!r}.")
        self.limit = limit

    def __call__(
        self, shape: Sequence[int | tf.Tensor], seed: tf.Tensor | Sequence[int]
    ) -> tf.Tensor:
        z = tf.cast(tf.random.stateless_normal(shape, seed), tf.float64)
        # The lower tail: a share of nearly 0 is exact, one of nearly 1 is not.
        below = _normal_cdf(-tf.abs(z))
        outside = _normal_cdf(tf.constant(-self.limit, tf.float64))
        inside = tf.math.ndtri(outside + below * (1 - 2 * outside))
        return tf.cast(-tf.sign(z) * inside, tf.float32)

    def quantile(self, share: ArrayLike) -> np.ndarray:
        """What a coordinate stays below with this probability.

        Example:

        >>> TruncatedNormal(2.0).quantile([0.0, 0.5, 1.0]).round(6) + 0.0
        array([-2.,  0.,  2.])
        """
        outside = ndtr(-self.limit)
        return ndtri(outside + np.asarray(share, float) * (1 - 2 * outside))


def _normal_cdf(z):
    return tf.math.erfc(-z / math.sqrt(2.0)) / 2


_BY_NAME = {"normal": Normal, "uniform": Uniform}


def get(prior: str | Callable) -> Callable:
    """Returns a prior by name, or the callable that was passed.

    Args:
        prior: "normal", "uniform", or a callable `(shape, seed) -> tensor`, where
            `seed` is an int tensor of shape (2,) for `tf.random.stateless_*`.

    Returns:
        A callable `(shape, seed) -> tensor`.

    Raises:
        ValueError: If the name is unknown.

    Example:

    >>> get("uniform")((64, 100), seed=[0, 7]).shape
    TensorShape([64, 100])
    """
    if callable(prior):
        return prior
    if not isinstance(prior, str) or prior not in _BY_NAME:
        # Who gives a name, as on the command line, looks for a name.
        or_else = "" if isinstance(prior, str) else ", or a callable (shape, seed) -> z"
        raise ValueError(
            f"Unknown latents {prior!r}: use one of {', '.join(_BY_NAME)}{or_else}."
        )
    return _BY_NAME[prior]()
