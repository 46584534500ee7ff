"""Least squares: D regresses "real" to 1 and "fake" to 0."""

import keras
import tensorflow as tf

from keras_gan.serialization import Serializable


def least_squares_discriminator_loss(real_logits, fake_logits):
    """D's side: distance of its outputs to 1 on reals and to 0 on fakes.

    `(a_real - 1)^2 / 2 + a_fake^2 / 2`, in [0, inf); 1/4 when all outputs are 1/2.
    The output a is no log-odds: the best one is p_data / (p_data + p_g) itself.

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


def least_squares_generator_loss(fake_logits):
    """G's side: distance of D's outputs on fakes to 1.

    `(a_fake - 1)^2 / 2`, in [0, inf); 1/8 when all outputs are 1/2. Its gradient grows
    with the distance, so it does not vanish where D is sure; it also pulls back fakes
    that D finds more than real.

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
class LeastSquares(Serializable):
    """Least squares with the targets 0 (fake), 1 (real) and 1 (what G wants).

    D's output estimates the probability of "real" directly. `real_score`,
    `fake_score` and `value`, which read it as log-odds, are then but monitors:
    0.622, 0.622 and -1.448 at equilibrium.

    Example:

    >>> gan.compile(d_optimizer="adam", g_optimizer="adam", loss=LeastSquares())

    Reference: Mao et al. 2017, arXiv 1611.04076.
    """

    decision_boundary = 0.5
    discriminator_loss = staticmethod(least_squares_discriminator_loss)
    generator_loss = staticmethod(least_squares_generator_loss)
