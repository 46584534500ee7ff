"""Penalties on the discriminator's input gradient, added to its loss.

A penalty is an object called as `penalty(discriminator, real_samples,
fake_samples, seed)` that returns one weighted value per sample. All penalties
go through `input_gradient`, the only gradient tape outside `gan.py`.
"""

import keras
import tensorflow as tf

from keras_gan.serialization import Serializable


def input_gradient(discriminator, samples):
    """Gradient of the logits with respect to the samples they were given.

    Args:
        discriminator: A callable `(samples, training) -> logits` in which the
            logit of a sample depends on this sample alone. With batch
            normalisation it does not, and no per-sample gradient exists.
        samples: A tensor (m, ...).

    Returns:
        A float32 tensor of the samples' shape, differentiable once more.

    Example:

    >>> double = lambda x, training: 2.0 * tf.reduce_sum(x, axis=1)
    >>> input_gradient(double, tf.zeros((1, 3))).numpy()
    array([[2., 2., 2.]], dtype=float32)
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(samples)
        # Summed over the batch: sample i's gradient then depends on logit i only.
        total = tf.reduce_sum(tf.cast(discriminator(samples, training=True), "float32"))
    return tf.cast(tape.gradient(total, samples), "float32")


@keras.saving.register_keras_serializable(package="keras_gan")
class R1(Serializable):
    """Zero-centred gradient penalty on real samples; makes training converge.

    `weight / 2 * |grad_x logit(x)|^2` at real x, in [0, inf); 0 when D is flat on
    the data, as it is at equilibrium. The half is inside: papers that write the
    penalty without it need twice the weight here. Too small a weight changes
    nothing, too large a one keeps D from learning; it scales with the inverse
    square of the data's range.

    Args:
        weight: Gamma, non-negative. Defaults to 1.0.

    Returns:
        When called, a float32 tensor (m,).

    Raises:
        ValueError: If `weight` is negative or not finite.

    Example:

    >>> gan.compile(d_optimizer="adam", g_optimizer="adam", penalties=[R1(1.0)])

    Reference: Mescheder, Geiger, Nowozin 2018, arXiv 1801.04406.
    """

    def __init__(self, weight=1.0):
        if not 0.0 <= weight < float("inf"):
            raise ValueError(f"weight must be finite and >= 0, got {weight!r}.")
        self.weight = weight

    def __call__(self, discriminator, real_samples, fake_samples, seed):
        gradient = input_gradient(discriminator, real_samples)
        axes = list(range(1, gradient.shape.rank))
        return 0.5 * self.weight * tf.reduce_sum(tf.square(gradient), axis=axes)

    def get_config(self):
        return {"weight": self.weight}
