"""Checks of distributions, and sums for both masses and densities."""

import numpy as np
from scipy.special import xlog1py

# Masses and integrals may differ from 1 by this much: a histogram may be in float32, a
# density may jump.
MASS_TOLERANCE = 1e-3


def kl_sum(p, q, log_ratio):
    """KL(p || q) as a sum of p times log_ratio = log(p / q)."""
    # Adding q - p, whose sum is 0, makes every term >= 0: rounding errors or a missing
    # tail cannot make the sum negative.
    terms = np.multiply(p, log_ratio, out=np.zeros_like(p), where=p > 0)
    return float(max(0.0, np.sum(terms + q - p)))


def jsd_sum(total, tilt):
    """JSD from s = p + q and t = (p - q) / s, accurate even for nearly equal p and q.

    p log(p / m) + q log(q / m) = s / 2 * ((1 + t) log(1 + t) + (1 - t) log(1 - t))
    """
    shape = xlog1py(1 + tilt, tilt) + xlog1py(1 - tilt, -tilt)
    return float(np.sum(total * np.maximum(shape, 0)) / 4)


def distributions(p, q):
    """Returns p and q as distributions; refuses masses that do not sum to 1."""
    p, q = non_negative(p, q)
    for name, masses in (("p", p), ("q", q)):
        if not abs(masses.sum() - 1) <= MASS_TOLERANCE:
            raise ValueError(
                f"Expected {name} to sum to 1, got {masses.sum():.6g}; divide it by "
                "its sum."
            )
    return p / p.sum(), q / q.sum()


def non_negative(p, q):
    """Returns p and q as arrays; refuses entries that are negative or not finite."""
    p, q = same_shape(p, q)
    for name, values in (("p", p), ("q", q)):
        if not ((values >= 0) & np.isfinite(values)).all():
            raise ValueError(
                f"Expected {name} finite and >= 0, got other values; pass masses or "
                "densities, not logs."
            )
    return p, q


def same_shape(first, second):
    """Returns both as float64 arrays; refuses arrays of different shapes."""
    first, second = np.asarray(first, float), np.asarray(second, float)
    if first.shape != second.shape:
        raise ValueError(
            f"Expected two arrays of one shape, got {first.shape} and "
            f"{second.shape}; evaluate both at the same points."
        )
    return first, second
