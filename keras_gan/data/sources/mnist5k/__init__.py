"""5,000 real MNIST digits that need no network, as a TensorFlow dataset."""

from keras_gan.data.sources.mnist5k.mnist5k_dataset_builder import Builder

__all__ = ["Builder"]
