"""Pairs of networks for `GAN`, and layers that Keras does not have."""

from collections.abc import Sequence

from keras_gan.data.kinds import kind_of
from keras_gan.networks import saved_by_0_1  # noqa: F401, so that Keras finds it
from keras_gan.networks.clusters import CLUSTERS, clusters
from keras_gan.networks.dcgan import DCGAN, dcgan
from keras_gan.networks.layers import Maxout
from keras_gan.networks.line import LINE, line
from keras_gan.networks.lipschitz import SpectralNormalization, WeightClip
from keras_gan.networks.maxout_conv import MAXOUT_CONV, maxout_conv
from keras_gan.networks.mlp import MLP, POINTS, mlp, points
from keras_gan.networks.pacgan import PACGAN, pacgan
from keras_gan.networks.pair import Pair
from keras_gan.networks.resnet import RESNET, resnet

__all__ = [
    "Maxout",
    "Pair",
    "SpectralNormalization",
    "WeightClip",
    "clusters",
    "dcgan",
    "get",
    "line",
    "maxout_conv",
    "mlp",
    "pacgan",
    "points",
    "resnet",
    "usual",
]


def __dir__():
    return __all__


_PAIRS = (MLP, DCGAN, RESNET, MAXOUT_CONV, POINTS, CLUSTERS, PACGAN, LINE)
_BY_NAME = {pair.name: pair for pair in _PAIRS}
NAMES = tuple(_BY_NAME)


def get(name: str) -> Pair:
    """Returns the `Pair` of this name: how to build it, what it takes, what it fits.

    Args:
        name: One of `NAMES`.

    Raises:
        ValueError: If the name is unknown.

    Example:

    >>> get("points").data
    'points'
    """
    if name not in _BY_NAME:
        raise ValueError(f"Unknown network {name!r}: use one of {', '.join(NAMES)}.")
    return _BY_NAME[name]


def usual(sample_shape: Sequence[int]) -> Pair:
    """Returns the first `Pair` that makes samples of this shape.

    Raises:
        ValueError: If there is none.

    Example:

    >>> usual((28, 28, 1)).name, usual((2,)).name
    ('mlp', 'points')
    """
    for pair in _PAIRS:
        if pair.fits(sample_shape):
            return pair
    raise ValueError(
        f"No network of keras_gan makes {kind_of(sample_shape).name} of the shape "
        f"{tuple(sample_shape)}: build two of your own, and pass them to GAN."
    )
