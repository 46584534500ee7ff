"""KL, JSD and V(D, G) for two known densities on the line, by quadrature.

p is the density of the data and q that of the generator. Both are given as functions
that take an array of points and return log-densities, so that tails where the densities
underflow still count.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import log_expit

from keras_gan.theory._masses import MASS_TOLERANCE, jsd_sum, kl_sum
from keras_gan.theory.optimum import optimal_logit


def kl_densities(
    log_p: Callable, log_q: Callable, low: float, high: float, *, points: int = 20_001
) -> float:
    """KL(p || q) between densities on the line, by the trapezoid rule.

        KL(p || q) = integral of p (log p - log q) over [low, high]

    For smooth densities that vanish at both ends the error is near rounding
    (1e-12 for Gaussians within 10 standard deviations); a jump of the density
    inside costs about (high - low) / points.

    Args:
        log_p: Vectorized log-density of p; -inf where there is no mass.
        log_q: Vectorized log-density of q.
        low: Left end; the mass beyond it must be negligible.
        high: Right end, likewise.
        points: Number of nodes. Defaults to 20,001.

    Returns:
        KL(p || q) in nats, float in [0, inf].

    Raises:
        ValueError: If p or q does not integrate to 1 over [low, high].

    Example:

    >>> from scipy.stats import norm
    >>> p, q = norm(1.0, 1.0).logpdf, norm(0.0, 1.0).logpdf
    >>> round(kl_densities(p, q, -12.0, 12.0), 9)
    0.5

    Reference: Kullback and Leibler, On Information and Sufficiency, 1951.
    """
    _, log_p, log_q, weights = _nodes(log_p, log_q, low, high, points)
    # As a difference of logarithms: q may underflow to 0 where p does not.
    ratio = optimal_logit(log_p, log_q)
    return kl_sum(weights * np.exp(log_p), weights * np.exp(log_q), ratio)


def jsd_densities(
    log_p: Callable, log_q: Callable, low: float, high: float, *, points: int = 20_001
) -> float:
    """Jensen-Shannon divergence between densities on the line, by quadrature.

    There is no closed form even for two Gaussians. As accurate as `kl_densities`.

        JSD = integral of (p log(p / m) + q log(q / m)) / 2,   m = (p + q) / 2

    Args:
        log_p: Vectorized log-density of p; -inf where there is no mass.
        log_q: Vectorized log-density of q.
        low: Left end; the mass beyond it must be negligible.
        high: Right end, likewise.
        points: Number of nodes. Defaults to 20,001.

    Returns:
        JSD(p, q) in nats, float in [0, log 2].

    Raises:
        ValueError: If p or q does not integrate to 1 over [low, high].

    Example:

    >>> from scipy.stats import norm
    >>> p, q = norm(-9.0, 1.0).logpdf, norm(9.0, 1.0).logpdf
    >>> round(jsd_densities(p, q, -20.0, 20.0), 6)
    0.693147

    Reference: Lin, Divergence Measures Based on the Shannon Entropy, 1991.
    """
    _, log_p, log_q, weights = _nodes(log_p, log_q, low, high, points)
    tilt = np.nan_to_num(np.tanh(optimal_logit(log_p, log_q) / 2))
    return jsd_sum(weights * (np.exp(log_p) + np.exp(log_q)), tilt)


def value_densities(
    logit: Callable,
    log_p: Callable,
    log_q: Callable,
    low: float,
    high: float,
    *,
    points: int = 20_001,
) -> float:
    """V(D, G) of a discriminator on the line, by quadrature instead of from samples.

        V = integral of p log sigmoid(a) + q log(1 - sigmoid(a)),   a = logit(x)

    At most -log 4 + 2 JSD(p, q), which `optimal_logit` reaches. As accurate as
    `kl_densities`.

    Args:
        logit: Vectorized logit of D.
        log_p: Vectorized log-density of the data; -inf where there is no mass.
        log_q: Vectorized log-density of the generator.
        low: Left end; the mass beyond it must be negligible.
        high: Right end, likewise.
        points: Number of nodes. Defaults to 20,001.

    Returns:
        V(D, G), float in [-inf, 0].

    Raises:
        ValueError: If p or q does not integrate to 1 over [low, high].

    Example:

    >>> from scipy.stats import norm
    >>> p, q = norm(1.0, 1.0).logpdf, norm(0.0, 1.0).logpdf
    >>> round(value_densities(np.zeros_like, p, q, -12.0, 12.0), 4)
    -1.3863

    Reference: Goodfellow et al., Generative Adversarial Nets, 2014, eq. 1.
    """
    x, log_p, log_q, weights = _nodes(log_p, log_q, low, high, points)
    a = np.asarray(logit(x), float)
    p, q = weights * np.exp(log_p), weights * np.exp(log_q)
    # Where the data have no mass, a logit of -inf is right: 0 * -inf must give 0.
    real = np.multiply(p, log_expit(a), out=np.zeros_like(p), where=p > 0)
    fake = np.multiply(q, log_expit(-a), out=np.zeros_like(q), where=q > 0)
    return float(np.sum(real + fake))


def _nodes(log_p, log_q, low, high, points):
    """Nodes, both log-densities there, and trapezoid weights."""
    if not (np.isfinite([low, high]).all() and low < high and points >= 2):
        raise ValueError(
            f"Expected finite low < high and points >= 2, got [{low}, {high}] and "
            f"{points}; cover both densities."
        )
    x = np.linspace(low, high, points)
    weights = np.full(points, x[1] - x[0])
    weights[[0, -1]] /= 2
    log_p, log_q = np.asarray(log_p(x), float), np.asarray(log_q(x), float)
    for name, log_density in (("log_p", log_p), ("log_q", log_q)):
        mass = np.sum(weights * np.exp(log_density))
        if not abs(mass - 1) <= MASS_TOLERANCE:
            raise ValueError(
                f"Expected exp({name}) to integrate to 1, got {mass:.6g} over "
                f"[{low}, {high}]; widen the interval or normalize the density."
            )
    return x, log_p, log_q, weights
