"""Everything that makes a run what it is; imports neither Keras nor TensorFlow."""

from keras_gan.recipe.recipe import Recipe

__all__ = ["Recipe"]
