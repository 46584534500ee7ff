"""Losses that move D's values apart and know no probabilities: hinge, Wasserstein."""

import keras
import tensorflow as tf

from keras_gan.serialization import Serializable


def hinge_discriminator_loss(real_logits, fake_logits):
    """D's side: samples that are on their side by a margin of 1 cost nothing.

    `max(0, 1 - a_real) + max(0, 1 + a_fake)`, in [0, inf); 2 when D is one constant
    in [-1, 1], the best it can do at p_g = p_data.

    Args:
        real_logits: D's logits on real samples, any shape.
        fake_logits: D's logits on generated samples, the same shape.

    Returns:
        A tensor of the logits' shape.

    Example:

    >>> float(hinge_discriminator_loss(tf.constant(2.0), tf.constant(0.5)))
    1.5

    Reference: Lim and Ye 2017, arXiv 1705.02894.
    """
    return tf.nn.relu(1.0 - real_logits) + tf.nn.relu(1.0 + fake_logits)


def wasserstein_discriminator_loss(real_logits, fake_logits):
    """The critic's side: raise values on reals, lower them on fakes.

    `a_fake - a_real`, in (-inf, inf); 0 when p_g = p_data. Its mean is minus an
    estimate of the Wasserstein-1 distance, but only of a critic with slope at most 1:
    use `GradientPenalty` or clipped weights. Without either it falls without end.

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


def wasserstein_generator_loss(fake_logits):
    """G's side, of the hinge loss, too: raise D's values on fakes.

    `-a_fake`, in (-inf, inf). Its level means nothing, as D may add any constant (the
    hinge's any in [-1, 1]); its gradient, -1, never saturates.

    Args:
        fake_logits: D's values on generated samples, any shape.

    Returns:
        A tensor of the logits' shape.

    Example:

    >>> float(wasserstein_generator_loss(tf.constant(1.0)))
    -1.0

    Reference: Arjovsky et al. 2017, arXiv 1701.07875.
    """
    return -fake_logits


# G plays the same game; only what D minimises differs.
hinge_generator_loss = wasserstein_generator_loss


@keras.saving.register_keras_serializable(package="keras_gan")
class Hinge(Serializable):
    """The margin loss: D stops caring about samples that it separates by 1.

    D's logit is no log-odds; `real_score`, `fake_score` and `value`, which read it so,
    are then but monitors.

    Example:

    >>> gan.compile(d_optimizer="adam", g_optimizer="adam", loss=Hinge())

    Reference: Lim and Ye 2017, arXiv 1705.02894; Miyato et al. 2018, arXiv 1802.05957.
    """

    discriminator_loss = staticmethod(hinge_discriminator_loss)
    generator_loss = staticmethod(hinge_generator_loss)


@keras.saving.register_keras_serializable(package="keras_gan")
class Wasserstein(Serializable):
    """Difference of critic values; needs a critic of bounded slope.

    The critic's value is no log-odds and its level is arbitrary, so `real_score`,
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

    discriminator_loss = staticmethod(wasserstein_discriminator_loss)
    generator_loss = staticmethod(wasserstein_generator_loss)
