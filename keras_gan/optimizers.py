"""The optimizer of the 2014 experiments: momentum and rate both on a schedule."""

import math

import keras
from keras import ops

from keras_gan.serialization import Serializable


@keras.saving.register_keras_serializable(package="keras_gan")
class InverseDecay(Serializable, keras.optimizers.schedules.LearningRateSchedule):
    """Learning rate divided by a factor at every update, down to a floor.

    `rate(t) = max(initial / factor^t, smallest)`.

    Args:
        initial: Learning rate of the first update.
        factor: Defaults to 1.000004, the paper's released recipe.
        smallest: Defaults to 1e-6.

    Example:

    >>> float(InverseDecay(0.1)(0))
    0.10000000149011612

    Reference: the code released with Goodfellow et al. 2014, arXiv 1406.2661.
    """

    def __init__(self, initial, factor=1.000004, smallest=1e-6):
        self.initial = initial
        self.factor = factor
        self.smallest = smallest

    def __call__(self, step):
        # Not ops.log: in float32 the paper's factor is off, its logarithm by 1 %.
        exponent = -math.log(self.factor) * ops.cast(step, "float32")
        decayed = self.initial * ops.exp(exponent)
        return ops.maximum(decayed, self.smallest)

    def get_config(self):
        return {
            "initial": self.initial,
            "factor": self.factor,
            "smallest": self.smallest,
        }


@keras.saving.register_keras_serializable(package="keras_gan")
class RisingMomentumSGD(keras.optimizers.Optimizer):
    """Stochastic gradient descent whose momentum rises linearly, then stays.

    `velocity = momentum * velocity - rate * gradient; weight += velocity`, with
    `momentum(t) = start + (end - start) * min(t / rise_steps, 1)`. Keras' own SGD
    holds its momentum fixed.

    Args:
        learning_rate: A float or a schedule.
        start: Momentum of the first update. Defaults to 0.5.
        end: Momentum from update `rise_steps` on. Defaults to 0.7.
        rise_steps: Updates over which the momentum rises; 250 epochs in the paper's
            released recipe.
        name: Name of the optimizer.

    Raises:
        ValueError: If a momentum is not in [0, 1) or `rise_steps` is not positive.

    Example:

    >>> optimizer = RisingMomentumSGD(InverseDecay(0.1), rise_steps=125_000)

    Reference: the code released with Goodfellow et al. 2014, arXiv 1406.2661.
    """

    def __init__(
        self,
        learning_rate,
        start=0.5,
        end=0.7,
        rise_steps=1,
        name="rising_momentum_sgd",
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

    def momentum(self, step):
        """Momentum of the update after `step` updates."""
        share = ops.minimum(ops.cast(step, "float32") / self.rise_steps, 1.0)
        return self.start + (self.end - self.start) * share

    def update_step(self, gradient, variable, learning_rate):
        velocity = self.velocities[self._get_variable_index(variable)]
        momentum = ops.cast(self.momentum(self.iterations), variable.dtype)
        rate = ops.cast(learning_rate, variable.dtype)
        self.assign(
            velocity, momentum * velocity - rate * ops.cast(gradient, variable.dtype)
        )
        self.assign_add(variable, velocity)

    def get_config(self):
        return {
            **super().get_config(),
            "start": self.start,
            "end": self.end,
            "rise_steps": self.rise_steps,
        }
