"""Pairs of networks, ready for `GAN`."""

from keras_gan.networks.dcgan import dcgan
from keras_gan.networks.layers import Maxout
from keras_gan.networks.line import line
from keras_gan.networks.mlp import mlp, points
from keras_gan.networks.pacgan import pacgan

__all__ = ["Maxout", "dcgan", "line", "mlp", "pacgan", "points"]
