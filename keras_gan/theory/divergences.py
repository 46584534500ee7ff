"""Divergences between the data and the generator: Kullback-Leibler, Jensen-Shannon.

Distributions are discrete, such as histograms: arrays of masses, of any shape. p is the
distribution of the data and q that of the generator.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from keras_gan.theory._masses import distributions, jsd_sum, kl_sum


def kl(p: ArrayLike, q: ArrayLike) -> float:
    """Kullback-Leibler divergence of p from q, in nats.

    Maximum likelihood minimizes it with the data as p. It is infinite if the model q
    gives no mass to something that occurs.

        KL(p || q) = sum p log(p / q)     in [0, inf], not symmetric

    Args:
        p: Masses of the first distribution, any shape, summing to 1.
        q: Masses of the second, same shape, summing to 1.

    Returns:
        KL(p || q), float; 0 only for p = q.

    Raises:
        ValueError: If the shapes differ or p or q is not a distribution.

    Example:

    >>> round(kl([1.0, 0.0], [0.5, 0.5]), 4)
    0.6931

    Reference: Kullback and Leibler, On Information and Sufficiency, 1951.
    """
    p, q = distributions(p, q)
    return kl_sum(p, q, _logs(p) - np.where(p > 0, _logs(q), 0))


def jsd(p: ArrayLike, q: ArrayLike) -> float:
    """Jensen-Shannon divergence, in nats: finite even for disjoint supports.

        JSD(p, q) = KL(p || m) / 2 + KL(q || m) / 2,   m = (p + q) / 2

    It is in [0, log 2] and symmetric: 0 only for p = q, log 2 only if p and q do not
    overlap. Its square root is a metric.

    Args:
        p: Masses of one distribution, any shape, summing to 1.
        q: Masses of the other, same shape, summing to 1.

    Returns:
        JSD(p, q), float.

    Raises:
        ValueError: If the shapes differ or p or q is not a distribution.

    Example:

    >>> round(jsd([1.0, 0.0], [0.0, 1.0]), 4)
    0.6931

    Reference: Lin, Divergence Measures Based on the Shannon Entropy, 1991.
    """
    p, q = distributions(p, q)
    total = p + q
    tilt = np.divide(p - q, total, out=np.zeros_like(total), where=total > 0)
    # Rounding may take it just outside its range.
    return float(np.clip(jsd_sum(total, tilt), 0, np.log(2)))


def gaussian_kl(
    mean_p: ArrayLike, std_p: ArrayLike, mean_q: ArrayLike, std_q: ArrayLike
) -> np.ndarray:
    """KL(p || q) between Gaussians on the line, in closed form.

        log(std_q / std_p) + (std_p^2 + (mean_p - mean_q)^2) / (2 std_q^2) - 1/2

    For Gaussians with independent coordinates it is the sum over the coordinates.

    Args:
        mean_p: Mean of p, any shape.
        std_p: Standard deviation of p, > 0.
        mean_q: Mean of q, any shape.
        std_q: Standard deviation of q, > 0. The four shapes are broadcast.

    Returns:
        KL in nats, float64, the broadcast shape, in [0, inf).

    Raises:
        ValueError: If a standard deviation is not positive.

    Example:

    >>> float(gaussian_kl(1.0, 1.0, 0.0, 1.0))
    0.5

    Reference: Kullback, Information Theory and Statistics, 1959.
    """
    mean_p, std_p, mean_q, std_q = (
        np.asarray(value, float) for value in (mean_p, std_p, mean_q, std_q)
    )
    if not ((std_p > 0).all() and (std_q > 0).all()):
        raise ValueError(
            f"Expected positive standard deviations, got {std_p} and {std_q}; "
            "take the root of the variance."
        )
    spread = std_p**2 + (mean_p - mean_q) ** 2
    return np.log(std_q / std_p) + spread / (2 * std_q**2) - 0.5


def _logs(masses):
    with np.errstate(divide="ignore"):
        return np.log(masses)
