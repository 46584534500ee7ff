"""Adversarial losses: pairs of pure per-sample functions, and thin classes.

Conventions, the same for every loss:

* Both networks minimise. A larger logit means "more real"; D(x) = sigmoid(logit).
* Logits are unbounded. All formulas are written with softplus(a) = log(1 + exp(a)),
  which neither overflows nor loses its gradient where log(sigmoid(a) + epsilon) does.
* `d_loss` is the sum of the real and the fake term: 2 log 2 = 1.386 when D = 1/2.
* Nothing is reduced here: an output has the shape of its logits.
"""

import keras
import tensorflow as tf

from keras_gan.serialization import Serializable


def value(real_logits, fake_logits):
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


def minimax_discriminator_loss(real_logits, fake_logits):
    """-V(D, G) per sample, the discriminator's side of the minimax game.

    `-log D(x) - log(1 - D(G(z)))`, in [0, inf); 2 log 2 when D = 1/2.

    Args:
        real_logits: D's logits on real samples, any shape.
        fake_logits: D's logits on generated samples, the same shape.

    Returns:
        A tensor of the logits' shape.

    Example:

    >>> float(minimax_discriminator_loss(tf.constant(0.0), tf.constant(0.0)))
    1.3862943649291992

    Reference: equation 1 of Goodfellow et al. 2014, arXiv 1406.2661.
    """
    return -value(real_logits, fake_logits)


def minimax_generator_loss(fake_logits):
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


def non_saturating_generator_loss(fake_logits):
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


@keras.saving.register_keras_serializable(package="keras_gan")
class Minimax(Serializable):
    """The two-player game as written in equation 1; G's side saturates.

    Example:

    >>> gan.compile(d_optimizer="adam", g_optimizer="adam", loss=Minimax())
    """

    discriminator_loss = staticmethod(minimax_discriminator_loss)
    generator_loss = staticmethod(minimax_generator_loss)


@keras.saving.register_keras_serializable(package="keras_gan")
class NonSaturating(Serializable):
    """The game as it is trained in practice: G maximises log D(G(z)).

    Example:

    >>> gan.compile(d_optimizer="adam", g_optimizer="adam", loss=NonSaturating())
    """

    discriminator_loss = staticmethod(non_saturating_discriminator_loss)
    generator_loss = staticmethod(non_saturating_generator_loss)


_BY_NAME = {"minimax": Minimax, "non_saturating": NonSaturating}


def get(loss):
    """Returns a loss by name, or the object that was passed.

    Args:
        loss: "minimax", "non_saturating", or an object with the two methods
            `discriminator_loss(real_logits, fake_logits)` and
            `generator_loss(fake_logits)`, both per sample.

    Raises:
        ValueError: If the name is unknown or the object has not both methods.

    Example:

    >>> get("minimax").generator_loss(tf.zeros(4)).shape
    TensorShape([4])
    """
    if isinstance(loss, str) and loss in _BY_NAME:
        return _BY_NAME[loss]()
    if hasattr(loss, "discriminator_loss") and hasattr(loss, "generator_loss"):
        return loss
    raise ValueError(
        f"Unknown loss {loss!r}: use one of {sorted(_BY_NAME)}, or an object with "
        "discriminator_loss and generator_loss."
    )
