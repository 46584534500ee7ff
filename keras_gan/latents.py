"""Prior distributions p_z of the latents z.

A prior is a callable `prior(shape, seed)`. It is stateless: the same seed draws the same
latents.
"""

import math

import keras
import tensorflow as tf

from keras_gan.serialization import Serializable

__all__ = ["Normal", "Uniform", "get"]


def __dir__():
    return __all__


# Half the width of a uniform distribution of variance 1.
UNIT_VARIANCE_LIMIT = math.sqrt(3.0)


@keras.saving.register_keras_serializable(package="keras_gan")
class Normal(Serializable):
    """Standard normal latents, z ~ N(0, I).

    Example:

    >>> Normal()((64, 100), seed=[0, 7]).shape
    TensorShape([64, 100])
    """

    def __call__(self, shape, seed):
        return tf.random.stateless_normal(shape, seed)


@keras.saving.register_keras_serializable(package="keras_gan")
class Uniform(Serializable):
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

    def __init__(self, limit=UNIT_VARIANCE_LIMIT):
        if not limit > 0:
            raise ValueError(f"limit must be positive, got {limit!r}.")
        self.limit = limit

    def __call__(self, shape, seed):
        return tf.random.stateless_uniform(shape, seed, -self.limit, self.limit)

    def get_config(self):
        return {"limit": self.limit}


_BY_NAME = {"normal": Normal, "uniform": Uniform}


def get(prior):
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
        raise ValueError(
            f"Unknown latents {prior!r}: use one of {sorted(_BY_NAME)} or a callable "
            "(shape, seed) -> z."
        )
    return _BY_NAME[prior]()
