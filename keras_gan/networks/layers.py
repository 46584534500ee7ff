"""Layers that Keras does not have."""

import keras
from keras import ops

from keras_gan.arguments import check_int


@keras.saving.register_keras_serializable(package="keras_gan")
class Maxout(keras.layers.Layer):
    """Dense layer in which each unit is the maximum of several linear pieces.

    `y_u = max_j (x W_uj + b_uj)` for j = 1..pieces: a convex activation that is
    learned. The discriminator of the 2014 paper consists of such layers.

    Args:
        units: Number of outputs.
        pieces: Linear pieces per unit. Defaults to 5.
        kernel_initializer: As in `keras.layers.Dense`. Defaults to "glorot_uniform".
        kernel_constraint: As in `keras.layers.Dense`. Defaults to None.
        bias_constraint: As in `keras.layers.Dense`. Defaults to None.
        **layer_arguments: Other arguments of `keras.layers.Layer`.

    Raises:
        ValueError: If `units` or `pieces` is below 1.

    Example:

    >>> Maxout(240, pieces=5)(keras.ops.ones((2, 784))).shape
    TensorShape([2, 240])

    Reference: Goodfellow et al. 2013, arXiv 1302.4389.
    """

    judges_alone = True  # Each row of the output depends on one row of the input.

    def __init__(
        self,
        units: int,
        pieces: int = 5,
        *,
        kernel_initializer: str | keras.initializers.Initializer = "glorot_uniform",
        kernel_constraint: keras.constraints.Constraint | None = None,
        bias_constraint: keras.constraints.Constraint | None = None,
        **layer_arguments,
    ):
        super().__init__(**layer_arguments)
        self.units = check_int("units", units, at_least=1)
        self.pieces = check_int("pieces", pieces, at_least=1)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.kernel_constraint = keras.constraints.get(kernel_constraint)
        self.bias_constraint = keras.constraints.get(bias_constraint)

    def build(self, input_shape):
        width = self.units * self.pieces
        self.kernel = self.add_weight(
            name="kernel",
            shape=(input_shape[-1], width),
            initializer=self.kernel_initializer,
            constraint=self.kernel_constraint,
        )
        self.bias = self.add_weight(
            name="bias",
            shape=(width,),
            initializer="zeros",
            constraint=self.bias_constraint,
        )

    def call(self, x):
        y = ops.matmul(x, self.kernel) + self.bias
        # The pieces stand apart, each with all units: to reduce the last axis is slow.
        y = ops.reshape(y, (*ops.shape(y)[:-1], self.pieces, self.units))
        return ops.max(y, axis=-2)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "pieces": self.pieces,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "kernel_constraint": keras.constraints.serialize(self.kernel_constraint),
            "bias_constraint": keras.constraints.serialize(self.bias_constraint),
        }
