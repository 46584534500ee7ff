"""Least squares: D regresses "real" to 1 and "fake" to 0."""

import math

import keras
import tensorflow as tf

from keras_gan.losses.base import AdversarialLoss, Equilibrium


def least_squares_discriminator_loss(
    real_logits: tf.Tensor, fake_logits: tf.Tensor
) -> tf.Tensor:
    """D's side: distance of its outputs to 1 on reals and to 0 on fakes.

    `(a_real - 1)^2 / 2 + a_fake^2 / 2`, in [0, inf); 1/4 when all outputs are 1/2.
    The output a is not a log-odds: the best a is p_data / (p_data + p_g) itself.

    Args:
        real_logits: D's outputs on real samples, any shape, without a sigmoid.
        fake_logits: D's outputs on generated samples, the same shape.

    Returns:
        A tensor of the logits' shape.

    Example:

    >>> float(least_squares_discriminator_loss(tf.constant(1.0), tf.constant(0.0)))
    0.0

    Reference: equation 9 of Mao et al. 2017, arXiv 1611.04076.
    """
    return 0.5 * (tf.square(real_logits - 1.0) + tf.square(fake_logits))


def least_squares_generator_loss(fake_logits: tf.Tensor) -> tf.Tensor:
    """G's side: distance of D's outputs on fakes to 1.

    `(a_fake - 1)^2 / 2`, in [0, inf); 1/8 when all outputs are 1/2. Its gradient grows
    with the distance, so it does not vanish where D is sure; it also pulls back fakes
    whose output is above 1.

    Args:
        fake_logits: D's outputs on generated samples, any shape.

    Returns:
        A tensor of the logits' shape.

    Example:

    >>> float(least_squares_generator_loss(tf.constant(0.0)))
    0.5

    Reference: equation 9 of Mao et al. 2017, arXiv 1611.04076.
    """
    return 0.5 * tf.square(fake_logits - 1.0)


@keras.saving.register_keras_serializable(package="keras_gan")
class LeastSquares(AdversarialLoss):
    """Least squares with the targets 0 (fake), 1 (real) and 1 (what G wants).

    D's output estimates the probability of "real" directly. `real_score`,
    `fake_score` and `value` read it as log-odds, so they only show a trend: they are
    0.622, 0.622 and -1.448 at equilibrium.

    Example:

    >>> gan.compile(d_optimizer="adam", g_optimizer="adam", loss=LeastSquares())

    Reference: Mao et al. 2017, arXiv 1611.04076.
    """

    decision_boundary = 0.5
    # D's best output is 1/2; its score is the sigmoid of that.
    equilibrium = Equilibrium(d_loss=1 / 4, g_loss=1 / 8, score=1 / (1 + math.exp(-0.5)))

    def discriminator_loss(self, real_logits, fake_logits):
        return least_squares_discriminator_loss(real_logits, fake_logits)

    def generator_loss(self, fake_logits, real_logits=None):
        return least_squares_generator_loss(fake_logits)
