"""Adam, and the SGD of the 2014 experiments, whose rate and momentum change."""

import math

import keras
import tensorflow as tf
from keras import ops

from keras_gan.serialization import Serializable

__all__ = ["Adam", "InverseDecay", "RisingMomentumSGD"]


def __dir__():
    return __all__


@keras.saving.register_keras_serializable(package="keras_gan")
class InverseDecay(Serializable, keras.optimizers.schedules.LearningRateSchedule):
    """Learning rate that is divided by a factor at every update, down to a floor.

    `rate(t) = max(initial / factor^t, smallest)` at update t = 0, 1, ...

    Args:
        initial: Learning rate of the first update.
        factor: Factor per update. Defaults to 1.000004, as in the released code.
        smallest: Smallest learning rate. Defaults to 1e-6.

    Example:

    >>> round(float(InverseDecay(0.1)(250_000)), 4)  # 0.1 / e
    0.0368

    Reference: the code released with Goodfellow et al. 2014, arXiv 1406.2661.
    """

    def __init__(self, initial: float, factor: float = 1.000004, smallest: float = 1e-6):
        self.initial = initial
        self.factor = factor
        self.smallest = smallest

    def __call__(self, step: tf.Tensor | int) -> tf.Tensor:
        # Python's logarithm, in float64: in float32, 1.000004 rounds so that its
        # logarithm is off by 1 %.
        exponent = -math.log(self.factor) * ops.cast(step, "float32")
        decayed = self.initial * ops.exp(exponent)
        return ops.maximum(decayed, self.smallest)


@keras.saving.register_keras_serializable(package="keras_gan")
class Adam(keras.optimizers.Adam):
    """Keras' Adam, computed by one operation per weight instead of ten.

    Same arguments, moments and formula as `keras.optimizers.Adam`. Keras writes the
    update as products, differences and assignments, each of which goes through memory;
    TensorFlow has it as one operation. The weights agree to float32's last digits.

    Example:

    >>> gan.compile(keras_gan.optimizers.Adam(2e-4), keras_gan.optimizers.Adam(2e-4))

    Reference: Kingma, Ba 2015, arXiv 1412.6980.
    """

    def update_step(self, gradient, variable, learning_rate):
        # There is no such operation for the sparse gradient of an embedding.
        if self.amsgrad or isinstance(gradient, tf.IndexedSlices):
            super().update_step(gradient, variable, learning_rate)
            return
        index = self._get_variable_index(variable)

        def number(value):
            return tf.cast(value, variable.dtype)

        updates = number(self.iterations + 1)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=_handle(self._momentums[index]),
            v=_handle(self._velocities[index]),
            beta1_power=tf.pow(number(self.beta_1), updates),
            beta2_power=tf.pow(number(self.beta_2), updates),
            lr=number(learning_rate),
            beta1=number(self.beta_1),
            beta2=number(self.beta_2),
            epsilon=number(self.epsilon),
            grad=number(gradient),
        )


@keras.saving.register_keras_serializable(package="keras_gan")
class RisingMomentumSGD(keras.optimizers.Optimizer):
    """Stochastic gradient descent whose momentum rises linearly, then stays.

    `velocity = momentum * velocity - rate * gradient; weight += velocity`, with
    `momentum(t) = start + (end - start) * min(t / rise_steps, 1)`. In Keras' own SGD
    the momentum is constant.

    Args:
        learning_rate: A float or a schedule.
        start: Momentum of the first update. Defaults to 0.5.
        end: Momentum from update `rise_steps` on. Defaults to 0.7.
        rise_steps: Updates over which the momentum rises; in the released code, those
            of 250 epochs. Defaults to 1.
        name: Name of the optimizer. Defaults to "rising_momentum_sgd".
        **optimizer_arguments: Other arguments of `keras.optimizers.Optimizer`.

    Raises:
        ValueError: If a momentum is not in [0, 1) or `rise_steps` is below 1.

    Example:

    >>> optimizer = RisingMomentumSGD(InverseDecay(0.1), rise_steps=125_000)
    >>> round(float(optimizer.momentum(62_500)), 4)
    0.6

    Reference: the code released with Goodfellow et al. 2014, arXiv 1406.2661.
    """

    def __init__(
        self,
        learning_rate: float | keras.optimizers.schedules.LearningRateSchedule,
        start: float = 0.5,
        end: float = 0.7,
        rise_steps: int = 1,
        name: str = "rising_momentum_sgd",
        **optimizer_arguments,
    ):
        super().__init__(learning_rate=learning_rate, name=name, **optimizer_arguments)
        if not (0.0 <= start < 1.0 and 0.0 <= end < 1.0) or rise_steps < 1:
            raise ValueError(
                "Expected momenta in [0, 1) and rise_steps >= 1, got "
                f"start={start}, end={end}, rise_steps={rise_steps}."
            )
        self.start = start
        self.end = end
        self.rise_steps = rise_steps

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.velocities = self.add_optimizer_variables(variables, "velocity")

    def momentum(self, step: tf.Tensor | int) -> tf.Tensor:
        """Momentum of the update that follows `step` others."""
        share = ops.minimum(ops.cast(step, "float32") / self.rise_steps, 1.0)
        return self.start + (self.end - self.start) * share

    def update_step(self, gradient, variable, learning_rate):
        velocity = self.velocities[self._get_variable_index(variable)]
        # One operation for the whole formula.
        tf.raw_ops.ResourceApplyKerasMomentum(
            var=variable.handle,
            accum=_handle(velocity),
            lr=tf.cast(learning_rate, variable.dtype),
            grad=tf.cast(tf.convert_to_tensor(gradient), variable.dtype),
            momentum=tf.cast(self.momentum(self.iterations), variable.dtype),
        )

    def get_config(self):
        return {
            **super().get_config(),
            "start": self.start,
            "end": self.end,
            "rise_steps": self.rise_steps,
        }


def _handle(moment):
    return moment.value.handle
