"""The optimal discriminator D*, and the value of the game.

p is the distribution of the data and q that of the generator.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, xlog1py, xlogy

from keras_gan.theory._masses import distributions, non_negative, same_shape
from keras_gan.theory.divergences import jsd


def optimal_discriminator(p: ArrayLike, q: ArrayLike) -> np.ndarray:
    """The optimal discriminator against a fixed generator.

    If both densities are known, a trained discriminator can be compared with it. At each
    x it maximizes p log D + q log(1 - D):

        D*(x) = p(x) / (p(x) + q(x))     in [0, 1]

    Args:
        p: Densities or masses of the data, any shape, >= 0.
        q: Those of the generator at the same points, same shape.

    Returns:
        Float64 array of the same shape; NaN where p = q = 0, because any D is optimal
        there.

    Raises:
        ValueError: If the shapes differ or an entry is negative or not finite.

    Example:

    >>> optimal_discriminator([0.2, 0.3], [0.2, 0.1]).round(2).tolist()
    [0.5, 0.75]

    Reference: Goodfellow et al., Generative Adversarial Nets, 2014, Prop. 1.
    """
    p, q = non_negative(p, q)
    with np.errstate(invalid="ignore"):
        return p / (p + q)


def optimal_logit(log_p: ArrayLike, log_q: ArrayLike) -> np.ndarray:
    """The logit of D*: the logarithm of the density ratio.

    It is what an optimal discriminator without a sigmoid returns. It is exact even where
    both densities underflow.

        a*(x) = log p(x) - log q(x)     in [-inf, inf]

    Args:
        log_p: Log-densities of the data, any shape; -inf outside the support.
        log_q: Those of the generator, same shape.

    Returns:
        Float64 array of the same shape; NaN where both are -inf.

    Raises:
        ValueError: If the shapes differ.

    Example:

    >>> float(optimal_logit(-5000.0, -5002.0))
    2.0

    Reference: Goodfellow et al., Generative Adversarial Nets, 2014, Prop. 1.
    """
    log_p, log_q = same_shape(log_p, log_q)
    with np.errstate(invalid="ignore"):
        return log_p - log_q


def optimal_discriminator_from_logs(log_p: ArrayLike, log_q: ArrayLike) -> np.ndarray:
    """D* from log-densities, for tails where p and q underflow to 0.

        D*(x) = sigmoid(log p(x) - log q(x))     in [0, 1]

    Args:
        log_p: Log-densities of the data, any shape; -inf outside the support.
        log_q: Those of the generator, same shape.

    Returns:
        Float64 array of the same shape; NaN where both are -inf.

    Raises:
        ValueError: If the shapes differ.

    Example:

    >>> round(float(optimal_discriminator_from_logs(-5000.0, -5002.0)), 4)
    0.8808

    Reference: Goodfellow et al., Generative Adversarial Nets, 2014, Prop. 1.
    """
    return expit(optimal_logit(log_p, log_q))


def value(discriminator: ArrayLike, p: ArrayLike, q: ArrayLike) -> float:
    """V(D, G) of any discriminator, which D maximizes and G minimizes.

        V = sum p log D + sum q log(1 - D)     in [-inf, 0]

    At D = 1/2 it is -log 4, whatever p and q are.

    Args:
        discriminator: D at every point, shape of p, in [0, 1].
        p: Masses of the data, any shape, summing to 1.
        q: Masses of the generator, same shape, summing to 1.

    Returns:
        V(D, G), float. Points with p = q = 0 do not count.

    Raises:
        ValueError: If the shapes differ, p or q is not a distribution, or D leaves
            [0, 1].

    Example:

    >>> round(value([0.5, 0.5], [0.9, 0.1], [0.3, 0.7]), 4)
    -1.3863

    Reference: Goodfellow et al., Generative Adversarial Nets, 2014, eq. 1.
    """
    p, q = distributions(p, q)
    probability, p = same_shape(discriminator, p)
    probability = np.where(p + q > 0, probability, 0.5)
    if not ((probability >= 0) & (probability <= 1)).all():
        raise ValueError(
            "Expected D in [0, 1], got values outside; apply the sigmoid to logits."
        )
    return float(np.sum(xlogy(p, probability) + xlog1py(q, -probability)))


def value_at_optimum(p: ArrayLike, q: ArrayLike) -> float:
    """max_D V(D, G), computed by inserting D* into V.

        V(D*, G) = sum p log(p / (p + q)) + sum q log(q / (p + q))

    It equals `generator_criterion`, which is computed from the divergence.

    Args:
        p: Masses of the data, any shape, summing to 1.
        q: Masses of the generator, same shape, summing to 1.

    Returns:
        V(D*, G), float in [-log 4, 0].

    Raises:
        ValueError: If the shapes differ or p or q is not a distribution.

    Example:

    >>> round(value_at_optimum([0.5, 0.5], [0.5, 0.5]), 4)
    -1.3863

    Reference: Goodfellow et al., Generative Adversarial Nets, 2014, eq. 4.
    """
    return value(optimal_discriminator(p, q), p, q)


def generator_criterion(p: ArrayLike, q: ArrayLike) -> float:
    """C(G): what the generator minimizes against an optimal D.

        C(G) = -log 4 + 2 JSD(p, q)     in [-log 4, 0]

    The minimum is reached only at q = p.

    Args:
        p: Masses of the data, any shape, summing to 1.
        q: Masses of the generator, same shape, summing to 1.

    Returns:
        C(G), float.

    Raises:
        ValueError: If the shapes differ or p or q is not a distribution.

    Example:

    >>> generator_criterion([1.0, 0.0], [0.0, 1.0])
    0.0

    Reference: Goodfellow et al., Generative Adversarial Nets, 2014, Thm. 1.
    """
    return float(-np.log(4) + 2 * jsd(p, q))
