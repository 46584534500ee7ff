"""The Fréchet distance between Gaussians fitted to real and fake features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from keras_gan.evaluation.result import Result, as_pairs, jackknife, random_groups

NUM_GROUPS = 10
BLOCK_ROWS = 4_096
BLOCK_COLUMNS = 4_096
# The matrix whose singular values are taken may have so many entries: 128 MiB. Beyond
# the second number its jackknife would take minutes.
MOST_ENTRIES = 4_096**2
MOST_ENTRIES_OF_JACKKNIFE = 2_048**2


class Moments:
    """Mean and covariance of features that arrive in batches, in float64.

    No batch is kept. Batches are merged by the formula of Chan et al., which stays
    accurate for any batch size and for means far from 0.

    Args:
        features: First batch (n, d). Defaults to None: no batch yet.

    Attributes:
        n: Number of rows so far.
        mean: Their mean (d,).

    Example:

    >>> moments = Moments()
    >>> for batch in ([[0.0], [2.0]], [[4.0]]):
    ...     moments.update(batch)
    >>> moments.mean, moments.covariance
    (array([2.]), array([[4.]]))

    Reference: Chan, Golub, LeVeque 1983, doi 10.1080/00031305.1983.10483115.
    """

    def __init__(self, features: np.ndarray | Sequence | None = None):
        self.n = 0
        self.mean = 0.0
        self._scatter = 0.0
        if features is not None:
            self.update(features)

    def update(self, features: np.ndarray | Sequence) -> None:
        """Adds a batch (n, d)."""
        for start in range(0, len(features), BLOCK_ROWS):
            batch = np.asarray(features[start : start + BLOCK_ROWS], "float64")
            mean = batch.mean(axis=0)
            centered = batch - mean
            self._merge(len(batch), mean, centered.T @ centered)

    def merge(self, other: Moments) -> None:
        """Adds all rows of other `Moments`."""
        if other.n:
            self._merge(other.n, other.mean, other._scatter)

    def _merge(self, n, mean, scatter):
        total = self.n + n
        shift = mean - self.mean
        between = np.multiply.outer(shift, shift) * (self.n * n / total)
        self._scatter = self._scatter + scatter + (between if self.n else 0.0)
        self.mean = self.mean + shift * (n / total)
        self.n = total

    @property
    def covariance(self) -> np.ndarray:
        """The unbiased covariance (d, d)."""
        return self._scatter / (self.n - 1)


def gaussian_distance(
    mean_1: ArrayLike, covariance_1: ArrayLike, mean_2: ArrayLike, covariance_2: ArrayLike
) -> float:
    """Squared Fréchet (2-Wasserstein) distance between two Gaussians.

    `|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))`, in [0, inf).

    The trace of the root is computed as the sum of the singular values of A1^T A2, for
    any factors with A A^T = C. Singular values are real, and accurate even if a
    covariance is singular. The square roots of the eigenvalues of C1 C2 would turn a
    rounding error of 1e-16 into 1e-8, and a general matrix root can return complex
    numbers.

    Args:
        mean_1: Mean of the first Gaussian (d,).
        covariance_1: Its covariance (d, d), symmetric and positive semi-definite.
        mean_2: Mean of the second Gaussian (d,).
        covariance_2: Its covariance (d, d).

    Returns:
        The squared distance, a float.

    Example:

    >>> gaussian_distance([0.0], [[1.0]], [3.0], [[4.0]])  # 3^2 + (1 - 2)^2
    10.0

    Reference: Dowson, Landau 1982, doi 10.1016/0047-259X(82)90077-X.
    """
    shift = np.asarray(mean_1, "float64") - np.asarray(mean_2, "float64")
    product = _factor(covariance_1).T @ _factor(covariance_2)
    root_trace = np.linalg.svd(product, compute_uv=False).sum()
    traces = np.trace(covariance_1) + np.trace(covariance_2)
    return max(0.0, float(shift @ shift + traces - 2.0 * root_trace))


def _factor(covariance):
    """Some A with A A^T = C: Cholesky's, or for a singular C the slower root."""
    covariance = np.asarray(covariance, "float64")
    try:
        return np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(covariance)
        return vectors * np.sqrt(np.maximum(values, 0.0))


def frechet(real: ArrayLike, fake: ArrayLike) -> Result:
    """Fréchet distance of features; with Inception's features of 2015 it is the FID.

    `|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))` with the mean m and the covariance C
    of each set of features, in [0, inf); lower is better. It is biased upwards, the
    more so the smaller n and the larger d: compare only numbers of equal n.

    If the features outnumber the samples, no d x d matrix is made: the trace of the root
    is the sum of the singular values of `X Y^T / sqrt((m - 1) (n - 1))`, m x n, where X
    and Y are the features minus their means.

    Args:
        real: Features (m, d).
        fake: Features (n, d).

    Returns:
        A `Result`; its uncertainty is the jackknife's, over 10 groups of both sets; NaN
        if both d and the number of samples are above 2,048.

    Raises:
        ValueError: If there are fewer than 2 samples, a feature is NaN or infinite, the
            two sets differ in d, or both d and the number of samples are above 4,096.

    Example:

    >>> real = np.random.default_rng(0).normal(size=(1000, 2))
    >>> round(frechet(real, real + [3.0, 4.0]).value, 6)  # 3^2 + 4^2
    25.0

    Reference: Heusel et al. 2017, arXiv 1706.08500.
    """
    # Moments and products are float64; a copy of all features would take the memory.
    real, fake = as_pairs(real, fake, dtype=np.result_type(real, fake, "float32"))
    check_size(len(real), len(fake), real.shape[1])
    extra = {"num_real": len(real), "dimensions": real.shape[1]}
    groups = min(NUM_GROUPS, len(real) // 2, len(fake) // 2)
    groups = max(groups, 1)
    pairs = zip(random_groups(real, groups), random_groups(fake, groups), strict=True)
    sizes = len(real), len(fake), real.shape[1]
    if _entries(*sizes) < real.shape[1] ** 2:
        parts, distance = list(pairs), _distance_of_rows
    else:
        parts, distance = [tuple(map(Moments, pair)) for pair in pairs], _distance
    value = distance(parts)
    error = float("nan")
    if not is_slow(*sizes):
        rest = (parts[:i] + parts[i + 1 :] for i in range(groups if groups > 1 else 0))
        error = jackknife([distance(some) for some in rest])
    return Result(value, error, len(fake), extra=extra)


def check_size(num_real, num_fake, dimensions):
    """Refuses a Fréchet distance that would take gigabytes, or hours.

    Raises:
        ValueError: If it would; says what to do.
    """
    if _entries(num_real, num_fake, dimensions) > MOST_ENTRIES:
        side = int(MOST_ENTRIES**0.5)
        raise ValueError(
            f"The Fréchet distance of {dimensions:,} features of {num_real:,} real and "
            f"{num_fake:,} other samples is too large to compute: measure at most "
            f"{side:,} samples, or use an extractor of at most {side:,} features."
        )


def is_slow(num_real, num_fake, dimensions):
    """Whether a Fréchet distance takes minutes, which leaves none for its jackknife."""
    return _entries(num_real, num_fake, dimensions) > MOST_ENTRIES_OF_JACKKNIFE


def _entries(num_real, num_fake, dimensions):
    """Entries of the smallest matrix that has the singular values."""
    return min(dimensions**2, num_real * num_fake)


def _distance(parts):
    real, fake = Moments(), Moments()
    for real_part, fake_part in parts:
        real.merge(real_part)
        fake.merge(fake_part)
    return gaussian_distance(real.mean, real.covariance, fake.mean, fake.covariance)


def _distance_of_rows(parts):
    """The same from the rows themselves, with no matrix of d x d."""
    real, fake = map(np.concatenate, zip(*parts, strict=True))
    shift = traces = 0.0
    product = np.zeros((len(real), len(fake)))
    for start in range(0, real.shape[1], BLOCK_COLUMNS):
        columns = slice(start, start + BLOCK_COLUMNS)
        x, y = (np.array(rows[:, columns], "float64") for rows in (real, fake))
        means = x.mean(axis=0), y.mean(axis=0)
        x -= means[0]
        y -= means[1]
        shift += np.square(means[0] - means[1]).sum()
        traces += np.square(x).sum() / (len(x) - 1) + np.square(y).sum() / (len(y) - 1)
        product += x @ y.T
    product /= np.sqrt((len(real) - 1.0) * (len(fake) - 1.0))
    root_trace = np.linalg.svd(product, compute_uv=False).sum()
    return max(0.0, float(shift + traces - 2.0 * root_trace))
