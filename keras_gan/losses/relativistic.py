"""Relativistic pairing: only the difference between real and fake logits counts."""

import math

import keras
import tensorflow as tf

from keras_gan.losses.base import AdversarialLoss, Equilibrium


def relativistic_discriminator_loss(
    real_logits: tf.Tensor, fake_logits: tf.Tensor
) -> tf.Tensor:
    """D's side: each real sample should look more real than its fake.

    `softplus(-(a_real - a_fake))`, in [0, inf); log 2 when D is constant. The i-th
    real sample is paired with the i-th fake. The difference a_real - a_fake is D's
    log-odds that, of the two, the first is the real one; a single logit means nothing
    by itself.

    Args:
        real_logits: D's logits on real samples, any shape.
        fake_logits: D's logits on generated samples, the same shape.

    Returns:
        A tensor of the logits' shape.

    Example:

    >>> float(relativistic_discriminator_loss(tf.constant(7.0), tf.constant(7.0)))
    0.6931471824645996

    Reference: Jolicoeur-Martineau 2019, arXiv 1807.00734; Huang et al. 2024, arXiv
    2501.05441.
    """
    return tf.nn.softplus(fake_logits - real_logits)


def relativistic_generator_loss(
    fake_logits: tf.Tensor, real_logits: tf.Tensor
) -> tf.Tensor:
    """G's side: each fake should look more real than the real sample of its pair.

    `softplus(-(a_fake - a_real))`, in [0, inf); log 2 when D is constant. A fake near
    one mode is compared with reals of all modes, so the loss has no minimum at which
    modes are dropped.

    Args:
        fake_logits: D's logits on generated samples, any shape.
        real_logits: D's logits on real samples, the same shape.

    Returns:
        A tensor of the logits' shape.

    Example:

    >>> float(relativistic_generator_loss(tf.constant(7.0), tf.constant(7.0)))
    0.6931471824645996

    Reference: Huang et al. 2024, arXiv 2501.05441; Sun et al. 2020, arXiv 2011.04926.
    """
    return tf.nn.softplus(real_logits - fake_logits)


@keras.saving.register_keras_serializable(package="keras_gan")
class Relativistic(AdversarialLoss):
    """The pairing loss of R3GAN; made for `penalties=[R1(w), R2(w)]`.

    G's update compares its fakes with the last real minibatch of the training step.
    D's logits are determined only up to a constant, so `real_score`, `fake_score`,
    `value` and `d_accuracy` say little: watch `d_loss`, which is log 2 at equilibrium.

    Example:

    >>> gan.compile(d_optimizer="adam", g_optimizer="adam", loss=Relativistic())

    Reference: Huang et al. 2024, arXiv 2501.05441.
    """

    needs_real_logits = True
    equilibrium = Equilibrium(d_loss=math.log(2), g_loss=math.log(2))

    def discriminator_loss(self, real_logits, fake_logits):
        return relativistic_discriminator_loss(real_logits, fake_logits)

    def generator_loss(self, fake_logits, real_logits=None):
        if real_logits is None:
            raise ValueError(
                "Relativistic.generator_loss compares fakes with real samples: pass "
                "real_logits."
            )
        return relativistic_generator_loss(fake_logits, real_logits)
