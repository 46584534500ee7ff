"""`AdversarialLoss`: what every loss declares beside its two formulas."""

import abc
import dataclasses

import tensorflow as tf

from keras_gan.serialization import Serializable


@dataclasses.dataclass(frozen=True)
class Equilibrium:
    """Where the curves of a run end if p_g = p_data and D is at its best against it.

    None stands for what the loss leaves open. The hinge loss, for example, fixes
    `d_loss` but lets D answer any constant in [-1, 1].

    Args:
        d_loss: Value of `discriminator_loss`. Defaults to None.
        g_loss: Value of `generator_loss`. Defaults to None.
        score: sigmoid of D's logit, which is what `real_score` and `fake_score` are
            then. Defaults to None.

    Example:

    >>> keras_gan.losses.Hinge().equilibrium
    Equilibrium(d_loss=2.0, g_loss=None, score=None)
    """

    d_loss: float | None = None
    g_loss: float | None = None
    score: float | None = None


class AdversarialLoss(Serializable, abc.ABC):
    """Base class of losses: a pair of per-sample losses on logits.

    Both networks minimise, a larger logit means "more real", and nothing is reduced:
    an output has the shape of its logits. A loss of your own needs the two methods;
    the attributes have defaults. A subclass of a finished loss that changes a formula
    should declare its own `equilibrium`.

    Attributes:
        needs_real_logits: Whether `generator_loss` compares fakes with real samples.
            Defaults to False: it is called without `real_logits`.
        decision_boundary: The logit above which D says "real". Defaults to 0.0.
        equilibrium: An `Equilibrium`, the closed form. Defaults to one that leaves
            everything open.

    Example:

    >>> class Exponential(keras_gan.losses.AdversarialLoss):
    ...     def discriminator_loss(self, real_logits, fake_logits):
    ...         return tf.exp(-real_logits) + tf.exp(fake_logits)
    ...
    ...     def generator_loss(self, fake_logits, real_logits=None):
    ...         return tf.exp(-fake_logits)
    >>> float(Exponential().discriminator_loss(tf.constant(0.0), tf.constant(0.0)))
    2.0
    """

    needs_real_logits = False
    decision_boundary = 0.0
    equilibrium = Equilibrium()

    @abc.abstractmethod
    def discriminator_loss(
        self, real_logits: tf.Tensor, fake_logits: tf.Tensor
    ) -> tf.Tensor:
        """What D minimises.

        Args:
            real_logits: D's logits on real samples, any shape.
            fake_logits: D's logits on generated samples, the same shape.

        Returns:
            A tensor of the logits' shape.
        """

    @abc.abstractmethod
    def generator_loss(
        self, fake_logits: tf.Tensor, real_logits: tf.Tensor | None = None
    ) -> tf.Tensor:
        """What G minimises.

        Args:
            fake_logits: D's logits on generated samples, any shape.
            real_logits: D's logits on real samples, the same shape. Defaults to None:
                the loss does not look at them.

        Returns:
            A tensor of the logits' shape.
        """
