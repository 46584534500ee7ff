"""Counts the modes that samples reach: of a ring or grid, and of Stacked MNIST."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from keras_gan.evaluation.result import Result, as_rows

NUM_STD = 3.0


def mode_coverage(
    points: ArrayLike, centers: ArrayLike, std: float, *, num_std: float = NUM_STD
) -> Result:
    """Counts the modes of a mixture of round Gaussians that samples reach.

    A point is of high quality if the nearest mode is less than `num_std` standard
    deviations away. A mode counts if it is the nearest of a point of high quality.
    From 0 to the number of modes; higher is better.

    Args:
        points: Samples (n, d); the benchmark takes n = 2,500.
        centers: Centres of the modes (k, d).
        std: Standard deviation of each mode, in the unit of the points.
        num_std: Radius of high quality, in standard deviations. Defaults to 3.0.

    Returns:
        A `Result`. `extra` holds

        * `high_quality`: the share of points of high quality;
        * `expected_high_quality`: that of the true mixture, 0.9889 in the plane; a
          larger share means modes that are too narrow;
        * `reverse_kl`: KL divergence, in nats, of their distribution over the modes
          from the uniform one;
        * `expected_reverse_kl`: that of perfect samples, which is not 0 for finite n.

    Raises:
        ValueError: If points and centres differ in d, or a value is NaN or infinite.

    Example:

    >>> ring = keras_gan.data.ring()
    >>> mode_coverage(ring.sample(2500, seed=0), ring.modes, ring.std).value
    8.0

    Reference: Lin et al. 2018, PacGAN, arXiv 1712.04086; Srivastava et al. 2017,
    VEEGAN, arXiv 1705.07761.
    """
    points, centers = as_rows("points", points), as_rows("centers", centers, at_least=1)
    if points.shape[1] != centers.shape[1]:
        raise ValueError(
            f"Points of {points.shape[1]} and modes of {centers.shape[1]} dimensions do "
            "not fit: measure points of the same mixture."
        )
    k, d = centers.shape
    squares = np.square(points[:, None] - centers).sum(axis=-1)
    good = squares.min(axis=1) < (num_std * std) ** 2
    counts = np.bincount(squares.argmin(axis=1)[good], minlength=k)
    extra = {
        "num_modes": k,
        "high_quality": float(good.mean()),
        "expected_high_quality": float(stats.chi2.cdf(num_std**2, d)),
        "reverse_kl": kl_from_uniform(counts),
        "expected_reverse_kl": expected_kl(k, int(good.sum())),
        "num_std": num_std,
    }
    return Result(float((counts > 0).sum()), float("nan"), len(points), extra=extra)


def stacked_modes(classes: ArrayLike, num_classes: int = 10) -> Result:
    """Counts the modes of Stacked MNIST: the three-digit numbers among the samples.

    From 1 to `num_classes ** channels`; higher is better.

    Args:
        classes: Integers (n, channels): the class of each channel of each sample. The
            benchmark takes n = 26,000.
        num_classes: Classes of one channel. Defaults to 10.

    Returns:
        A `Result`. `extra` holds `kl`: the KL divergence, in nats, of the distribution
        of the numbers from the uniform one; and what perfect samples reach at this n,
        `expected_modes` and `expected_kl` (1000 and 0.0193 for n = 26,000).

    Raises:
        ValueError: If `classes` are not integers of this shape and range.

    Example:

    >>> stacked_modes(np.array([[1, 2, 3], [1, 2, 3]])).value
    1.0

    Reference: Srivastava et al. 2017, VEEGAN, arXiv 1705.07761.
    """
    classes = np.asarray(classes)
    if classes.ndim != 2 or classes.dtype.kind not in "iu" or not len(classes):
        raise ValueError(
            f"classes must be integers (n, channels), got {classes.dtype} of shape "
            f"{classes.shape}."
        )
    if classes.min() < 0 or classes.max() >= num_classes:
        raise ValueError(
            f"classes must lie in 0..{num_classes - 1}, got {classes.min()} to "
            f"{classes.max()}."
        )
    k = num_classes ** classes.shape[1]
    numbers = classes @ num_classes ** np.arange(classes.shape[1])
    counts = np.bincount(numbers, minlength=k)
    n = len(classes)
    extra = {
        "num_modes": k,
        "kl": kl_from_uniform(counts),
        "expected_modes": float(k * (1.0 - (1.0 - 1.0 / k) ** n)),
        "expected_kl": expected_kl(k, n),
    }
    return Result(float((counts > 0).sum()), float("nan"), n, extra=extra)


def kl_from_uniform(counts):
    """KL divergence of a histogram from the uniform one, in nats; NaN if it is empty."""
    counts = np.asarray(counts, "float64")
    if not counts.sum():
        return float("nan")
    p = counts[counts > 0] / counts.sum()
    return float((p * np.log(p * len(counts))).sum())


def expected_kl(k, n):
    """Expectation of `kl_from_uniform` for n uniform draws from k modes.

    Exact, because each count has a binomial distribution; about (k - 1) / (2 n) if n is
    much larger than k.

    Example:

    >>> round(expected_kl(1000, 26_000), 4)
    0.0193
    """
    if n < 1:
        return float("nan")
    counts = np.arange(1, n + 1)
    terms = counts / n * np.log(counts * (k / n))
    return float(k * (stats.binom.pmf(counts, n, 1.0 / k) * terms).sum())
