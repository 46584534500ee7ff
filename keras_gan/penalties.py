"""Penalties on the gradient of D's logit by its input, added to D's loss.

A penalty is a callable `penalty(discriminator, real_samples, fake_samples, seed)` that
returns one weighted value per sample. `input_gradient` is the gradient that all of them
use.
"""

from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from keras_gan.arguments import check_int, what_came
from keras_gan.serialization import Serializable

__all__ = [
    "GradientPenalty",
    "Penalty",
    "R1",
    "R2",
    "input_gradient",
    "total",
    "watched",
]


def __dir__():
    return __all__


# Added under the root of a norm, whose gradient at 0 would otherwise be NaN.
_SMALLEST_SQUARE = 1e-12


def input_gradient(discriminator: Callable, samples: tf.Tensor) -> tf.Tensor:
    """Gradient of each sample's logit with respect to the sample.

    Args:
        discriminator: A callable `(samples, training) -> logits`. The logit of a sample
            must depend on this sample alone, or with packing on its pack: with batch
            normalisation there is no gradient per sample.
        samples: A tensor (m, ...).

    Returns:
        A float32 tensor of the samples' shape, which can be differentiated again.

    Example:

    >>> double = lambda x, training: 2.0 * tf.reduce_sum(x, axis=1)
    >>> input_gradient(double, tf.zeros((1, 3))).numpy()
    array([[2., 2., 2.]], dtype=float32)
    """
    # D may have judged these samples already, for its loss.
    judged = getattr(discriminator, "judged", lambda samples: None)(samples)
    tape, logits = judged or watched(
        lambda x: tf.cast(discriminator(x, training=True), "float32"), samples
    )
    # The gradient of their sum holds that of each logit, since logit i depends on
    # sample i only.
    return tf.cast(tape.gradient(logits, samples), "float32")


def watched(judge: Callable, samples: tf.Tensor) -> tuple[tf.GradientTape, tf.Tensor]:
    """A pass on samples that can be differentiated by them, more than once.

    Args:
        judge: A callable `(samples) -> logits`.
        samples: A tensor (m, ...).

    Returns:
        `(tape, logits)`.

    Example:

    >>> x = tf.ones((2, 3))
    >>> tape, logits = keras_gan.penalties.watched(lambda x: 2.0 * x, x)
    >>> float(tape.gradient(logits, x)[0, 0])
    2.0
    """
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(samples)
        logits = judge(samples)
    return tape, logits


def total(
    penalties: Sequence[Callable],
    discriminators: Sequence[Callable],
    real_samples: tf.Tensor,
    fake_samples: tf.Tensor,
    *,
    seed: tf.Tensor | Sequence[int],
    update: tf.Tensor | int,
) -> tf.Tensor:
    """The sum of all penalties, each the mean over the minibatch.

    Args:
        penalties: Penalties. One with an attribute `interval` = n > 1 is computed at
            every n-th update only, and then counts n times.
        discriminators: A discriminator for each penalty, as for `input_gradient`.
        real_samples: A tensor (m, ...).
        fake_samples: A tensor (m, ...).
        seed: An int tensor of shape (2,), from which each penalty gets its own.
        update: Number of this update of D, counted from 0; an int or an int tensor.

    Returns:
        A float32 scalar tensor.

    Raises:
        ValueError: If a penalty returns None, or other than one value per sample.

    Example:

    >>> reals = fakes = tf.zeros((4, 2))
    >>> flat = lambda x, training: 0.0 * tf.reduce_sum(x, axis=1)
    >>> both = [R1(1.0), R2(1.0)]
    >>> float(total(both, [flat, flat], reals, fakes, seed=[0, 0], update=0))
    0.0
    """
    summed = tf.zeros(())
    pairs = zip(penalties, discriminators, strict=True)
    for n, (penalty, discriminator) in enumerate(pairs):
        key = tf.random.experimental.stateless_fold_in(seed, n)
        summed += _mean_if_due(
            penalty, discriminator, real_samples, fake_samples, key, update
        )
    return summed


def _mean_if_due(penalty, discriminator, real_samples, fake_samples, key, update):
    def mean():
        found = penalty(discriminator, real_samples, fake_samples, key)
        _check(penalty, found, real_samples)
        return tf.reduce_mean(found)

    # A penalty of one's own may be a plain function.
    interval = getattr(penalty, "interval", 1)
    if interval == 1:
        return mean()
    is_due = tf.equal(tf.cast(update, "int64") % interval, 0)
    return interval * tf.cond(is_due, mean, lambda: tf.zeros(()))


def _check(penalty, found, samples):
    """Refuses what is not one value per sample, or per logit of one, or their mean.

    A squared gradient that was not summed up has the samples' shape. Its mean would
    train, and be weaker by the number of their values.
    """
    came = what_came(found)
    if hasattr(found, "shape"):
        shape = tf.TensorShape(found.shape)
        came = f"values of shape {shape}"
        if shape.rank is None or shape.rank < 2 or shape[1:].num_elements() == 1:
            return
        if shape[-1] == 1 and shape[1:] != samples.shape[1:]:
            return  # Logits of patches.
    name = getattr(penalty, "__name__", type(penalty).__name__)
    raise ValueError(
        f"The penalty {name} returned {came}: return one weighted value per sample."
    )


class Penalty(Serializable):
    """Base class of penalties: a weight, computed at every `interval`-th update of D.

    A subclass is called as `penalty(discriminator, real_samples, fake_samples, seed)`
    and returns one weighted value per sample.

    Args:
        weight: Finite and non-negative. Defaults to 1.0.
        interval: n, updates of D per penalty, which then counts n times. Defaults to 1.

    With plain gradient descent, an interval changes nothing on average. Adam divides by
    the root of the mean square of the gradient, which grows by the rare, large penalty:
    the pull of the penalty is weaker by the factor `sqrt((s^2 + 1) / (s^2 + n))`, where
    s is how many times larger the gradient of the loss is than that of the penalty. For
    n = 4 this is 0.5 where the penalty is alone, 0.63 at s = 1, 0.99 at s = 10.
    StyleGAN2's correction of the learning rate and the betas is not made: it is for a
    penalty that has an update of its own.

    Attributes:
        is_per_sample: Whether it is meant for a D that judges each sample by itself, as
            a gradient of its logit is. Defaults to False.

    Raises:
        ValueError: If `weight` is negative or not finite, or `interval` below 1.

    Example:

    >>> class Drift(Penalty):
    ...     def __call__(self, discriminator, real_samples, fake_samples, seed):
    ...         return self.weight * discriminator(real_samples) ** 2
    >>> gan.compile("adam", "adam", penalties=[Drift(0.001)])
    """

    is_per_sample = False

    def __init__(self, weight: float = 1.0, interval: int = 1):
        if not 0.0 <= weight < float("inf"):
            raise ValueError(f"weight must be finite and >= 0, got {weight!r}.")
        self.weight = weight
        self.interval = check_int("interval", interval, at_least=1)


@keras.saving.register_keras_serializable(package="keras_gan")
class R1(Penalty):
    """Zero-centred gradient penalty on real samples; makes training converge.

    `weight / 2 * |grad_x logit(x)|^2` at real x, in [0, inf); 0 when D is flat on
    the data, as it is at equilibrium. Papers that write the penalty without the half
    need twice their weight here. Too small a weight has no effect, too large a weight
    keeps D from learning; the right weight grows with the square of the data's range.

    Args:
        weight: Gamma, non-negative. Defaults to 1.0.
        interval: Compute it at every `interval`-th update of D only, with `interval`
            times the weight: cheaper, but under Adam weaker, see `Penalty`. Huang et
            al. (appendix E) report that training failed to converge with intervals of
            8. Defaults to 1.

    Returns:
        When called, a float32 tensor (m,).

    Raises:
        ValueError: If `weight` is negative or not finite, or `interval` is below 1.

    Example:

    >>> gan.compile(d_optimizer="adam", g_optimizer="adam", penalties=[R1(1.0)])

    Reference: Mescheder, Geiger, Nowozin 2018, arXiv 1801.04406; interval: Karras et
    al. 2020, arXiv 1912.04958; Huang et al. 2024, arXiv 2501.05441.
    """

    is_per_sample = True

    def __call__(
        self,
        discriminator: Callable,
        real_samples: tf.Tensor,
        fake_samples: tf.Tensor,
        seed: tf.Tensor | Sequence[int],
    ) -> tf.Tensor:
        return 0.5 * self.weight * _squared_slope(discriminator, real_samples)


@keras.saving.register_keras_serializable(package="keras_gan")
class R2(Penalty):
    """Zero-centred gradient penalty on fakes, for losses that R1 alone does not steady.

    `weight / 2 * |grad_x logit(x)|^2` at x = G(z), in [0, inf); 0 when D is flat, as
    it is at equilibrium. R1 alone lets D be steep where there are no data, and fakes
    that lie there move far in one step.

    Args:
        weight: Gamma, non-negative. Defaults to 1.0.
        interval: As for `R1`, with the same warning. Defaults to 1.

    Returns:
        When called, a float32 tensor (m,).

    Raises:
        ValueError: If `weight` is negative or not finite, or `interval` is below 1.

    Example:

    >>> penalties = [R1(1.0), R2(1.0)]
    >>> gan.compile("adam", "adam", loss="relativistic", penalties=penalties)

    Reference: Mescheder et al. 2018, arXiv 1801.04406; Huang et al. 2024, arXiv
    2501.05441.
    """

    is_per_sample = True

    def __call__(
        self,
        discriminator: Callable,
        real_samples: tf.Tensor,
        fake_samples: tf.Tensor,
        seed: tf.Tensor | Sequence[int],
    ) -> tf.Tensor:
        return 0.5 * self.weight * _squared_slope(discriminator, fake_samples)


@keras.saving.register_keras_serializable(package="keras_gan")
class GradientPenalty(Penalty):
    """Gradient penalty of WGAN-GP: pulls the slope of a Wasserstein critic to 1.

    `weight * (|grad_x logit(x)| - target)^2`, in [0, inf), at points between real
    samples and fakes: `x = real + epsilon * (fake - real)` with one epsilon ~ U(0, 1)
    per sample. There is no half in it, as in the paper: the paper's weight of 10 is 10
    here, too. With target 1 it is not 0 at equilibrium, where D is flat, but `weight`.

    Args:
        weight: Lambda, non-negative. Defaults to 10.0.
        interval: As for `R1`, with the same warning. Defaults to 1.
        target: The slope that it pulls to, non-negative. Defaults to 1.0.

    Returns:
        When called, a float32 tensor (m,).

    Raises:
        ValueError: If `weight` or `target` is negative or not finite, or `interval`
            is below 1.

    Example:

    >>> penalties = [GradientPenalty(10.0)]
    >>> gan.compile("adam", "adam", loss="wasserstein", penalties=penalties)

    Reference: Gulrajani et al. 2017, arXiv 1704.00028.
    """

    is_per_sample = True

    def __init__(self, weight: float = 10.0, interval: int = 1, target: float = 1.0):
        super().__init__(weight, interval)
        if not 0.0 <= target < float("inf"):
            raise ValueError(f"target must be finite and >= 0, got {target!r}.")
        self.target = target

    def __call__(
        self,
        discriminator: Callable,
        real_samples: tf.Tensor,
        fake_samples: tf.Tensor,
        seed: tf.Tensor | Sequence[int],
    ) -> tf.Tensor:
        ones = [1] * (real_samples.shape.rank - 1)
        shape = [tf.shape(real_samples)[0], *ones]
        epsilon = tf.random.stateless_uniform(shape, seed, dtype=real_samples.dtype)
        fake_samples = tf.cast(fake_samples, real_samples.dtype)
        between = real_samples + epsilon * (fake_samples - real_samples)
        slope = tf.sqrt(_squared_slope(discriminator, between) + _SMALLEST_SQUARE)
        return self.weight * tf.square(slope - self.target)


def _squared_slope(discriminator, samples):
    gradient = input_gradient(discriminator, samples)
    axes = list(range(1, gradient.shape.rank))
    return tf.reduce_sum(tf.square(gradient), axis=axes)
