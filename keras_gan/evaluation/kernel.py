"""The kernel distance (KID), which unlike the Fréchet distance is unbiased."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from keras_gan.evaluation.result import Result, as_pairs, jackknife, random_groups

NUM_GROUPS = 10


def kernel_distance(real: ArrayLike, fake: ArrayLike) -> Result:
    """Unbiased squared MMD with the cubic kernel, over all pairs of samples.

    `mean_(i != j) k(x_i, x_j) + mean_(i != j) k(y_i, y_j) - 2 mean_ij k(x_i, y_j)`
    with `k(x, y) = (x.y / d + 1)^3`. Lower is better. For equal distributions its
    expectation is 0, so that the estimate may be negative.

    Other tools average over random subsets of 1,000 samples. That estimates the same
    number with more noise, and the spread over the subsets is not its standard error.

    Args:
        real: Features (m, d).
        fake: Features (n, d).

    Returns:
        A `Result`; its uncertainty is the jackknife's, over 10 groups of both sets.

    Raises:
        ValueError: If there are fewer than 2 samples, a feature is NaN or infinite, or
            the two sets differ in d.

    Example:

    >>> zeros, ones = np.zeros((20, 4)), np.ones((20, 4))
    >>> kernel_distance(zeros, ones).value  # 1 + 2^3 - 2
    7.0

    Reference: Binkowski et al. 2018, arXiv 1801.01401.
    """
    real, fake = as_pairs(real, fake)
    groups = max(1, min(NUM_GROUPS, len(real) // 2, len(fake) // 2))
    x, y = (random_groups(rows, groups) for rows in (real, fake))
    sums = [_sums(x, x, True), _sums(y, y, True), _sums(x, y, False)]
    sizes = np.array([[len(part) for part in parts] for parts in (x, y)])
    value = _estimate(sums, sizes)
    left_out = []
    for i in range(groups if groups > 1 else 0):
        fewer = [np.delete(np.delete(block, i, 0), i, 1) for block in sums]
        left_out.append(_estimate(fewer, np.delete(sizes, i, 1)))
    extra = {"num_real": len(real), "dimensions": real.shape[1]}
    return Result(value, jackknife(left_out), len(fake), extra=extra)


def kernel_distance_of_subsets(real, fake, *, num_subsets=100, size=1_000, seed=0):
    """KID as it is usually published: the mean over random subsets.

    It estimates what `kernel_distance` does, with more noise; use it to compare with
    published numbers. Their "+-" is the standard deviation over the subsets.

    Args:
        real: Features (m, d).
        fake: Features (n, d).
        num_subsets: Number of subsets. Defaults to 100.
        size: Samples of each kind in a subset; at most m and n. Defaults to 1,000.
        seed: Seed of the subsets. Defaults to 0.

    Returns:
        `(mean, standard deviation)` over the subsets, floats.

    Raises:
        ValueError: If a subset is larger than a set, or as for `kernel_distance`.

    Example:

    >>> zeros, ones = np.zeros((20, 4)), np.ones((20, 4))
    >>> kernel_distance_of_subsets(zeros, ones, num_subsets=3, size=10)
    (7.0, 0.0)

    Reference: Binkowski et al. 2018, arXiv 1801.01401.
    """
    real, fake = as_pairs(real, fake, at_least=size)
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(num_subsets):
        x, y = (
            [rows[generator.choice(len(rows), size, replace=False)]]
            for rows in (real, fake)
        )
        sums = [_sums(x, x, True), _sums(y, y, True), _sums(x, y, False)]
        found.append(_estimate(sums, np.array([[size], [size]])))
    return float(np.mean(found)), float(np.std(found))


def _sums(x, y, same):
    """Sums of the kernel over each pair of groups; without i = j if x and y are one."""
    sums = np.empty((len(x), len(y)))
    for i, rows in enumerate(x):
        for j, columns in enumerate(y):
            if same and j < i:
                sums[i, j] = sums[j, i]
                continue
            kernel = rows @ columns.T
            kernel /= rows.shape[1]
            kernel += 1.0
            kernel = kernel * kernel * kernel
            sums[i, j] = kernel.sum()
            if same and i == j:
                sums[i, j] -= np.trace(kernel)
    return sums


def _estimate(sums, sizes):
    within_x, within_y, between = (block.sum() for block in sums)
    m, n = sizes.sum(axis=1)
    return float(
        within_x / (m * (m - 1)) + within_y / (n * (n - 1)) - 2.0 * between / (m * n)
    )
