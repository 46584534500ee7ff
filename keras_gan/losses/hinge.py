"""The hinge loss: samples that D separates by a margin no longer move it."""

import keras
import tensorflow as tf

from keras_gan.losses.base import AdversarialLoss, Equilibrium


def hinge_discriminator_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
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


def hinge_generator_loss(fake_logits: tf.Tensor) -> tf.Tensor:
    """G's side: raise D's logits on fakes.

    `-a_fake`, in (-inf, inf). Its level means nothing, as D may answer any constant in
    [-1, 1] at equilibrium; its gradient, -1, never saturates.

    Args:
        fake_logits: D's logits on generated samples, any shape.

    Returns:
        A tensor of the logits' shape.

    Example:

    >>> float(hinge_generator_loss(tf.constant(1.0)))
    -1.0

    Reference: Lim and Ye 2017, arXiv 1705.02894.
    """
    return -fake_logits


@keras.saving.register_keras_serializable(package="keras_gan")
class Hinge(AdversarialLoss):
    """The margin loss: D stops caring about samples that it separates by 1.

    D's logit is not a log-odds. `real_score`, `fake_score` and `value` read it as one,
    so they only show a trend.

    Example:

    >>> gan.compile(d_optimizer="adam", g_optimizer="adam", loss=Hinge())

    Reference: Lim and Ye 2017, arXiv 1705.02894; Miyato et al. 2018, arXiv 1802.05957.
    """

    equilibrium = Equilibrium(d_loss=2.0)

    def discriminator_loss(self, real_logits, fake_logits):
        return hinge_discriminator_loss(real_logits, fake_logits)

    def generator_loss(self, fake_logits, real_logits=None):
        return hinge_generator_loss(fake_logits)
