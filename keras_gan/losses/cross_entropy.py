"""The losses of the 2014 paper: cross-entropy, so that D's logits are log-odds."""

import math

import keras
import tensorflow as tf

from keras_gan.losses.base import AdversarialLoss, Equilibrium


def value(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """V(D, G) per sample: what D ascends and G descends, whatever loss is trained.

    `log D(x) + log(1 - D(G(z)))`, in (-inf, 0]; -log 4 = -1.386 when D = 1/2.

    Args:
        real_logits: D's logits on real samples, any shape.
        fake_logits: D's logits on generated samples, the same shape.

    Returns:
        A tensor of the logits' shape.

    Example:

    >>> float(value(tf.constant(0.0), tf.constant(0.0)))
    -1.3862943649291992

    Reference: equation 1 of Goodfellow et al. 2014, arXiv 1406.2661.
    """
    return -tf.nn.softplus(-real_logits) - tf.nn.softplus(fake_logits)


def minimax_discriminator_loss(
    real_logits: tf.Tensor, fake_logits: tf.Tensor, real_label: float = 1.0
) -> tf.Tensor:
    """-V(D, G) per sample, the discriminator's side of the minimax game.

    `-log D(x) - log(1 - D(G(z)))`, in [0, inf); 2 log 2 when D = 1/2.

    With one-sided label smoothing, reals have the target t = real_label < 1 and the
    first term becomes `-t log D(x) - (1 - t) log(1 - D(x))`. D then stops at D(x) = t
    instead of growing without end, and is t/2 everywhere at equilibrium. Fakes keep
    the target 0: smoothing it would reward D for a high score where there is no data.

    Args:
        real_logits: D's logits on real samples, any shape.
        fake_logits: D's logits on generated samples, the same shape.
        real_label: Target of D on reals, in (0, 1]. Defaults to 1.0: no smoothing.

    Returns:
        A tensor of the logits' shape.

    Example:

    >>> float(minimax_discriminator_loss(tf.constant(0.0), tf.constant(0.0)))
    1.3862943649291992

    Reference: equation 1 of Goodfellow et al. 2014, arXiv 1406.2661; label smoothing:
    section 3.4 of Salimans et al. 2016, arXiv 1606.03498.
    """
    # -log(1 - D) is -log D plus the logit.
    return -value(real_logits, fake_logits) + (1.0 - real_label) * real_logits


def minimax_generator_loss(fake_logits: tf.Tensor) -> tf.Tensor:
    """The saturating loss: the part of V(D, G) that G can move.

    `log(1 - D(G(z)))`, in (-inf, 0]; -log 2 = -0.693 when D = 1/2. Its gradient
    with respect to the logit is -D(G(z)): it vanishes where D rejects the fakes
    with confidence, which is early in training. That is why the paper's practice,
    and this package's default, is `non_saturating_generator_loss`.

    Args:
        fake_logits: D's logits on generated samples, any shape.

    Returns:
        A tensor of the logits' shape.

    Example:

    >>> float(minimax_generator_loss(tf.constant(0.0)))
    -0.6931471824645996

    Reference: equation 1 of Goodfellow et al. 2014, arXiv 1406.2661.
    """
    return -tf.nn.softplus(fake_logits)


# D plays the same game; only what G minimises differs.
non_saturating_discriminator_loss = minimax_discriminator_loss


def non_saturating_generator_loss(fake_logits: tf.Tensor) -> tf.Tensor:
    """G maximises log D(G(z)): the same fixed point, strong gradients early.

    `-log D(G(z))`, in [0, inf); log 2 = 0.693 when D = 1/2. Its gradient with
    respect to the logit is -(1 - D(G(z))): largest where D rejects the fakes.

    Args:
        fake_logits: D's logits on generated samples, any shape.

    Returns:
        A tensor of the logits' shape.

    Example:

    >>> float(non_saturating_generator_loss(tf.constant(0.0)))
    0.6931471824645996

    Reference: section 3 of Goodfellow et al. 2014, arXiv 1406.2661.
    """
    return tf.nn.softplus(-fake_logits)


def _equilibrium(real_label, g_loss):
    """D = t/2 everywhere minimises `-t log D - (2 - t) log(1 - D)`, its whole loss."""
    t = real_label
    d_loss = -t * math.log(t / 2) - (2 - t) * math.log(1 - t / 2)
    return Equilibrium(d_loss, g_loss, score=t / 2)


class _CrossEntropy(AdversarialLoss):
    """D's side, which both games share."""

    def __init__(self, real_label=1.0):
        if not 0.0 < real_label <= 1.0:
            raise ValueError(f"real_label must be in (0, 1], got {real_label!r}.")
        self.real_label = real_label

    def discriminator_loss(self, real_logits, fake_logits):
        return minimax_discriminator_loss(real_logits, fake_logits, self.real_label)


@keras.saving.register_keras_serializable(package="keras_gan")
class Minimax(_CrossEntropy):
    """The two-player game as written in equation 1; G's side saturates.

    At equilibrium, with the target t = real_label, D is t/2 and
    `d_loss = -t log(t/2) - (2 - t) log(1 - t/2)`, `g_loss = log(1 - t/2)`;
    2 log 2 and -log 2 without smoothing.

    Args:
        real_label: Target of D on reals, in (0, 1]; below 1 it is one-sided label
            smoothing. Defaults to 1.0.

    Raises:
        ValueError: If `real_label` is out of range.

    Example:

    >>> gan.compile(d_optimizer="adam", g_optimizer="adam", loss=Minimax())
    """

    @property
    def equilibrium(self):
        return _equilibrium(self.real_label, g_loss=math.log(1 - self.real_label / 2))

    def generator_loss(self, fake_logits, real_logits=None):
        return minimax_generator_loss(fake_logits)


@keras.saving.register_keras_serializable(package="keras_gan")
class NonSaturating(_CrossEntropy):
    """The game as it is trained in practice: G maximises log D(G(z)).

    At equilibrium, with the target t = real_label, D is t/2 and
    `d_loss = -t log(t/2) - (2 - t) log(1 - t/2)`, `g_loss = -log(t/2)`; 2 log 2 and
    log 2 without smoothing.

    Args:
        real_label: Target of D on reals, in (0, 1]; below 1 it is one-sided label
            smoothing. Defaults to 1.0.

    Raises:
        ValueError: If `real_label` is out of range.

    Example:

    >>> loss = NonSaturating(real_label=0.9)
    >>> gan.compile(d_optimizer="adam", g_optimizer="adam", loss=loss)
    """

    @property
    def equilibrium(self):
        return _equilibrium(self.real_label, g_loss=-math.log(self.real_label / 2))

    def generator_loss(self, fake_logits, real_logits=None):
        return non_saturating_generator_loss(fake_logits)
