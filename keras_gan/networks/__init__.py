"""Pairs of networks for `GAN`, and layers that Keras does not have."""

from keras_gan.networks.clusters import clusters
from keras_gan.networks.dcgan import dcgan
from keras_gan.networks.layers import Maxout
from keras_gan.networks.line import line
from keras_gan.networks.lipschitz import SpectralNormalization, WeightClip
from keras_gan.networks.maxout_conv import maxout_conv
from keras_gan.networks.mlp import mlp, points
from keras_gan.networks.pacgan import pacgan
from keras_gan.networks.resnet import resnet

__all__ = [
    "Maxout",
    "SpectralNormalization",
    "WeightClip",
    "clusters",
    "dcgan",
    "line",
    "maxout_conv",
    "mlp",
    "pacgan",
    "points",
    "resnet",
]
