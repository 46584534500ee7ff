"""Adversarial losses: pairs of pure per-sample functions, and thin classes.

Conventions, the same for every loss:

* Both networks minimise. A larger logit means "more real".
* Logits are unbounded. All formulas are written with softplus(a) = log(1 + exp(a)),
  which neither overflows nor loses its gradient where log(sigmoid(a) + epsilon) does.
* `d_loss` is the sum of the real and the fake term.
* Nothing is reduced here: an output has the shape of its logits.

Where p_g = p_data and D is at its best against it:

    loss             d_loss   g_loss    D's logit
    minimax          2 log 2  -log 2    0, the log-odds of "real"
    non_saturating   2 log 2  log 2     0, the log-odds of "real"
    least_squares    1/4      1/8       1/2, the probability of "real"
    hinge            2        -c        any constant c in [-1, 1]
    wasserstein      0        -c        any constant c
    relativistic     log 2    log 2     any constant
"""

import math

import tensorflow as tf

from keras_gan.arguments import names_of, takes, what_came
from keras_gan.losses.base import AdversarialLoss, Equilibrium
from keras_gan.losses.cross_entropy import (
    Minimax,
    NonSaturating,
    minimax_discriminator_loss,
    minimax_generator_loss,
    non_saturating_discriminator_loss,
    non_saturating_generator_loss,
    value,
)
from keras_gan.losses.hinge import (
    Hinge,
    hinge_discriminator_loss,
    hinge_generator_loss,
)
from keras_gan.losses.least_squares import (
    LeastSquares,
    least_squares_discriminator_loss,
    least_squares_generator_loss,
)
from keras_gan.losses.relativistic import (
    Relativistic,
    relativistic_discriminator_loss,
    relativistic_generator_loss,
)
from keras_gan.losses.wasserstein import (
    Wasserstein,
    wasserstein_discriminator_loss,
    wasserstein_generator_loss,
)

__all__ = [
    "AdversarialLoss",
    "Equilibrium",
    "Hinge",
    "LeastSquares",
    "Minimax",
    "NonSaturating",
    "Relativistic",
    "Wasserstein",
    "decision_boundary",
    "equilibrium",
    "get",
    "hinge_discriminator_loss",
    "hinge_generator_loss",
    "least_squares_discriminator_loss",
    "least_squares_generator_loss",
    "levels",
    "minimax_discriminator_loss",
    "minimax_generator_loss",
    "needs_real_logits",
    "non_saturating_discriminator_loss",
    "non_saturating_generator_loss",
    "of_discriminator",
    "of_generator",
    "relativistic_discriminator_loss",
    "relativistic_generator_loss",
    "value",
    "wasserstein_discriminator_loss",
    "wasserstein_generator_loss",
]


def __dir__():
    return __all__


_BY_NAME = {
    "minimax": Minimax,
    "non_saturating": NonSaturating,
    "least_squares": LeastSquares,
    "hinge": Hinge,
    "wasserstein": Wasserstein,
    "relativistic": Relativistic,
}
NAMES = tuple(_BY_NAME)


def get(loss: str | object) -> AdversarialLoss:
    """Returns a loss by name, or the object that was passed.

    Args:
        loss: One of `NAMES`, an `AdversarialLoss`, or any object with its two methods
            `discriminator_loss(real_logits, fake_logits)` and
            `generator_loss(fake_logits)`, both per sample. If it has the attribute
            `needs_real_logits = True`, the second is called as
            `generator_loss(fake_logits, real_logits)`.

    Returns:
        A loss object.

    Raises:
        ValueError: If the name is unknown, the object lacks one of the methods, one of
            them takes other arguments, or it is a class.

    Example:

    >>> get("minimax").generator_loss(tf.zeros(4)).shape
    TensorShape([4])
    """
    if isinstance(loss, str) and loss in _BY_NAME:
        return _BY_NAME[loss]()
    if isinstance(loss, type):
        raise ValueError(
            f"Expected a loss, got the class {loss.__name__}: write {loss.__name__}()."
        )
    if hasattr(loss, "discriminator_loss") and hasattr(loss, "generator_loss"):
        _check_methods(loss)
        return loss
    # Who gives a name, as on the command line, looks for a name.
    or_else = "" if isinstance(loss, str) else ", or an object with both players' losses"
    raise ValueError(f"Unknown loss {loss!r}: use one of {', '.join(NAMES)}{or_else}.")


# What each method of a loss takes, in this order.
_IN_ORDER = {
    "discriminator_loss": ("real_logits", "fake_logits"),
    "generator_loss": ("fake_logits", "real_logits"),
}


def _check_methods(loss):
    """Refuses a loss whose methods cannot be called as a step calls them."""
    compares = needs_real_logits(loss)
    for method, logits in _IN_ORDER.items():
        is_whole = compares or method == "discriminator_loss"
        arguments = logits if is_whole else logits[:1]
        function = getattr(loss, method)
        is_swapped = names_of(function)[:2] == logits[::-1]
        if takes(function, arguments) and not is_swapped:
            continue
        cure = ", in this order" if is_swapped else ""
        if not is_whole and not is_swapped:
            cure = ": if it needs the real logits, set needs_real_logits = True"
        raise ValueError(
            f"{type(loss).__name__}.{method} must take ({', '.join(arguments)}){cure}."
        )
    if not isinstance(_end(loss), Equilibrium):
        raise ValueError(
            f"{type(loss).__name__}.equilibrium must be a keras_gan.losses.Equilibrium, "
            f"got {_end(loss)!r}."
        )


# A loss need not derive from AdversarialLoss: what it does not declare has the base
# class's default.


def needs_real_logits(loss: AdversarialLoss) -> bool:
    """Whether G's loss compares fakes with real samples.

    Example:

    >>> needs_real_logits(Relativistic()), needs_real_logits(Hinge())
    (True, False)
    """
    return getattr(loss, "needs_real_logits", AdversarialLoss.needs_real_logits)


def decision_boundary(loss: AdversarialLoss) -> float:
    """The logit above which D says "real".

    Example:

    >>> decision_boundary(NonSaturating()), decision_boundary(LeastSquares())
    (0.0, 0.5)
    """
    return getattr(loss, "decision_boundary", AdversarialLoss.decision_boundary)


def of_discriminator(
    loss: AdversarialLoss, real_logits: tf.Tensor, fake_logits: tf.Tensor
) -> tf.Tensor:
    """D's loss, which must be there.

    Args:
        loss: An object that `get` returned.
        real_logits: D's logits on real samples, any shape.
        fake_logits: D's logits on generated samples, the same shape.

    Returns:
        A tensor of the logits' shape.

    Raises:
        ValueError: If the loss returns None, or a value for each pair of logits.

    Example:

    >>> of_discriminator(Wasserstein(), tf.constant([2.0]), tf.constant([0.5])).numpy()
    array([-1.5], dtype=float32)
    """
    found = loss.discriminator_loss(real_logits, fake_logits)
    return _checked(found, fake_logits, loss, "discriminator_loss")


def of_generator(
    loss: AdversarialLoss, fake_logits: tf.Tensor, real_logits: tf.Tensor | None = None
) -> tf.Tensor:
    """G's loss, which takes the real logits only if it compares with them.

    Args:
        loss: An object that `get` returned.
        fake_logits: D's logits on generated samples, any shape.
        real_logits: D's logits on real samples, the same shape. Defaults to None: the
            loss does not need them.

    Returns:
        A tensor of the logits' shape.

    Raises:
        ValueError: If the loss returns None, or a value for each pair of logits.

    Example:

    >>> of_generator(Wasserstein(), tf.constant([2.0])).numpy()
    array([-2.], dtype=float32)
    """
    logits = (fake_logits, real_logits) if needs_real_logits(loss) else (fake_logits,)
    return _checked(loss.generator_loss(*logits), fake_logits, loss, "generator_loss")


def _checked(found, logits, loss, method):
    """What a method of a loss returned, if it can be a loss per logit.

    A mean is let through. Not so one value per pair of logits, which is what (m, 1) and
    (m,) make of each other: it would train, on all pairs of samples.
    """
    name = f"{type(loss).__name__}.{method}"
    wanted = "return a loss per logit, in the logits' shape"
    if not hasattr(found, "shape"):
        raise ValueError(f"{name} returned {what_came(found)}: {wanted}.")
    shape, wide = (tf.TensorShape(one.shape) for one in (found, logits))
    is_wider = None not in (shape.rank, wide.rank) and shape.rank > wide.rank
    if is_wider or (shape.rank == wide.rank and shape[1:] != wide[1:]):
        raise ValueError(f"{name} returned {shape}, the logits are {wide}: {wanted}.")
    return found


def equilibrium(loss: AdversarialLoss) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Where the curves of a run end if p_g = p_data and D is at its best against it.

    Args:
        loss: An object that `get` returned.

    Returns:
        `(losses, scores)`: values of `d_loss` and `g_loss`, and of `real_score` and
        `fake_score`. Those that the loss leaves open or does not declare are left out.

    Example:

    >>> equilibrium(LeastSquares())[0], equilibrium(Hinge())[0]
    ((0.25, 0.125), (2.0,))
    """
    end = _end(loss)
    known = [value for value in (end.d_loss, end.g_loss) if value is not None]
    return tuple(known), () if end.score is None else (end.score,)


def levels(loss: AdversarialLoss) -> dict[str, float]:
    """Values of a run's logs if p_g = p_data and D is at its best against it.

    Args:
        loss: An object that `get` returned.

    Returns:
        A dict by the name of the log. Those that the loss leaves open or does not
        declare are left out.

    Example:

    >>> levels(Hinge()), levels(LeastSquares())["d_loss"]
    ({'d_loss': 2.0}, 0.25)
    """
    end = _end(loss)
    found = {"d_loss": end.d_loss, "g_loss": end.g_loss}
    if end.score is not None:
        found["real_score"] = found["fake_score"] = end.score
        found["value"] = math.log(end.score) + math.log1p(-end.score)
    return {name: level for name, level in found.items() if level is not None}


def _end(loss):
    return getattr(loss, "equilibrium", AdversarialLoss.equilibrium)
