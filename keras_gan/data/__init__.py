"""Real data: from a name to minibatches whose order can be reproduced."""

from keras_gan.data.in_memory import Batches
from keras_gan.data.load import load
from keras_gan.data.sources.mixtures import (
    GaussianMixture,
    gaussian1d,
    grid,
    mixture1d,
    ring,
)

__all__ = [
    "Batches",
    "GaussianMixture",
    "gaussian1d",
    "grid",
    "load",
    "mixture1d",
    "ring",
]


def __dir__():
    return __all__
