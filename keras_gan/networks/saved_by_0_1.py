"""Initializers that models saved by version 0.1 name.

Since then such weights are set once a network is built: a saved generator then names
nothing but Keras' own classes, and loads without this package.
"""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_gan")
class _Values(keras.initializers.Initializer):
    """Initializes a weight with given values."""

    def __init__(self, values):
        self.values = values

    def __call__(self, shape, dtype=None):
        return ops.reshape(ops.convert_to_tensor(self.values, dtype), shape)

    def get_config(self):
        return {"values": self.values}


@keras.saving.register_keras_serializable(package="keras_gan")
class _Lattice(keras.initializers.Initializer):
    """Initializes a vector with evenly spaced values in [-limit, limit]."""

    def __init__(self, limit):
        self.limit = limit

    def __call__(self, shape, dtype=None):
        return ops.cast(ops.linspace(-self.limit, self.limit, shape[0]), dtype)

    def get_config(self):
        return {"limit": self.limit}
