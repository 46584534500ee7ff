"""The Wasserstein loss: how far a critic of bounded slope tells two densities apart."""

import keras
import tensorflow as tf

from keras_gan.losses.base import AdversarialLoss, Equilibrium


def wasserstein_discriminator_loss(
    real_logits: tf.Tensor, fake_logits: tf.Tensor
) -> tf.Tensor:
    """The critic's side: raise values on reals, lower them on fakes.

    `a_fake - a_real`, in (-inf, inf); 0 when p_g = p_data. Its mean is minus an
    estimate of the Wasserstein-1 distance, but only if the critic's slope is at most
    1: use `GradientPenalty` or clipped weights. Without either it falls without end.

    Args:
        real_logits: The critic's values on real samples, any shape.
        fake_logits: The critic's values on generated samples, the same shape.

    Returns:
        A tensor of the logits' shape.

    Example:

    >>> float(wasserstein_discriminator_loss(tf.constant(3.0), tf.constant(1.0)))
    -2.0

    Reference: Arjovsky et al. 2017, arXiv 1701.07875.
    """
    return fake_logits - real_logits


def wasserstein_generator_loss(fake_logits: tf.Tensor) -> tf.Tensor:
    """G's side: raise the critic's values on fakes.

    `-a_fake`, in (-inf, inf). Its level means nothing, as the critic may add any
    constant; its gradient, -1, never saturates.

    Args:
        fake_logits: The critic's values on generated samples, any shape.

    Returns:
        A tensor of the logits' shape.

    Example:

    >>> float(wasserstein_generator_loss(tf.constant(1.0)))
    -1.0

    Reference: Arjovsky et al. 2017, arXiv 1701.07875.
    """
    return -fake_logits


@keras.saving.register_keras_serializable(package="keras_gan")
class Wasserstein(AdversarialLoss):
    """Difference of critic values; needs a critic of bounded slope.

    The critic's value is not a log-odds and its level is arbitrary, so `real_score`,
    `fake_score`, `value` and `d_accuracy` say little: watch -d_loss, which estimates
    the distance of p_g and p_data.

    Example:

    >>> gan.compile(
    ...     d_optimizer="adam",
    ...     g_optimizer="adam",
    ...     loss=Wasserstein(),
    ...     penalties=[keras_gan.penalties.GradientPenalty(weight=10.0)],
    ... )

    Reference: Arjovsky et al. 2017, arXiv 1701.07875.
    """

    equilibrium = Equilibrium(d_loss=0.0)

    def discriminator_loss(self, real_logits, fake_logits):
        return wasserstein_discriminator_loss(real_logits, fake_logits)

    def generator_loss(self, fake_logits, real_logits=None):
        return wasserstein_generator_loss(fake_logits)
