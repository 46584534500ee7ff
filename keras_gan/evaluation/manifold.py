"""Precision, recall, density and coverage: are samples realistic, are they varied?"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import ArrayLike

from keras_gan.arguments import check_int
from keras_gan.evaluation._distances import squared_distances
from keras_gan.evaluation.result import Result, as_pairs, jackknife, random_groups

NAMES = ("precision", "recall", "density", "coverage")


NUM_GROUPS = 10


def radii(features, k, groups=(), *, rows=None):
    """Squared distance of each row to the k-th nearest of the others.

    Args:
        features: Array (n, d).
        k: Which neighbour.
        groups: Slices that together are all rows. Defaults to none.
        rows: Rows per block of distances. Defaults to None: blocks of 32 MiB.

    Returns:
        A float64 array (1 + groups, n): in row 0 among all, in row i + 1 among those
        that are not in group i.
    """
    found = np.empty((1 + len(groups), len(features)))
    for part, squares in squared_distances(features, features, rows):
        own = np.arange(part.start, part.stop)
        squares[own - part.start, own] = 0.0  # the nearest, number 0, is the row itself
        # The nearest of all are among the nearest of each group.
        near = [_smallest(squares[:, group], k + 1) for group in groups or [slice(None)]]
        for i in range(1 + len(groups)):
            some = np.concatenate([x for g, x in enumerate(near, 1) if g != i], axis=1)
            found[i, part] = np.partition(some, k, axis=1)[:, k]
    return found


def _smallest(block, number):
    """The smallest numbers of each row, in any order; all if there are not more."""
    if block.shape[1] <= number:
        return block
    return np.partition(block, number - 1, axis=1)[:, :number]


def manifold(
    real: ArrayLike,
    fake: ArrayLike,
    k: int = 5,
    *,
    uncertainty: bool = True,
    rows: int | None = None,
) -> dict[str, Result]:
    """Precision, recall, density and coverage of samples.

    Each sample x has a ball around it, whose radius r(x) is the distance to the k-th
    nearest sample of the same set, real or fake.

    * `precision`: share of fakes y that lie in the ball of some real x, |x - y| < r(x).
      How realistic samples are.
    * `recall`: share of reals x that lie in the ball of some fake y, |x - y| < r(y).
      How varied they are.
    * `density`: number of real balls that a fake lies in, divided by k, on average.
      Realism, less sensitive to outliers among the reals.
    * `coverage`: share of reals with a fake in their ball. Variety, likewise.

    All are in [0, 1], but density, which is in [0, inf). Higher is better. For equal
    distributions density is 1 and coverage is `expected_coverage`.

    Args:
        real: Features (m, d).
        fake: Features (n, d).
        k: Which neighbour sets the radius. Defaults to 5; Kynkäänniemi et al. take 3.
        uncertainty: Whether to estimate it, which takes longer. Defaults to True.
        rows: Rows per block of distances. Defaults to None: blocks of 32 MiB.

    Returns:
        A dict of four `Result`s. Their uncertainty is the jackknife's, over 10 groups of
        both sets: the balls change with the samples, too. It is rather too large than
        too small. NaN if there are too few samples for groups.

    Raises:
        ValueError: If k is below 1, there are not more than k samples of each kind, or
            the two sets differ in d.

    Example:

    >>> real = np.random.default_rng(0).normal(size=(100, 2))
    >>> real[50:] += 100.0  # two modes, of which the samples reach one
    >>> results = manifold(real, real[:50] + 1e-3)
    >>> results["precision"].value, results["coverage"].value
    (1.0, 0.5)

    Reference: Kynkäänniemi et al. 2019, arXiv 1904.06991; Naeem et al. 2020,
    arXiv 2002.09797.
    """
    k = check_int("k", k, at_least=1)
    real, fake = as_pairs(real, fake, at_least=k + 1)
    groups = NUM_GROUPS if uncertainty else 0
    # What is left of each set without a group must still hold k + 1 samples.
    if min(len(real), len(fake)) < max(2 * NUM_GROUPS, 2 * (k + 1)):
        groups = 0
    if groups:
        real, fake = (np.concatenate(random_groups(x, groups)) for x in (real, fake))
    values = _values(real, fake, k, _parts(real, groups), _parts(fake, groups), rows)
    errors = (
        [jackknife(left_out) for left_out in values[1:].T] if groups else [np.nan] * 4
    )
    extra = {"k": k, "num_real": len(real), "dimensions": real.shape[1]}
    results = {
        name: Result(float(value), error, len(fake), extra=dict(extra))
        for name, value, error in zip(NAMES, values[0], errors, strict=True)
    }
    expected = expected_coverage(len(real), len(fake), k)
    results["coverage"].extra["expected"] = expected
    return results


def _parts(rows, groups):
    """The slices of `random_groups`, once their rows are in one array."""
    sizes = [len(part) for part in np.array_split(np.empty(len(rows)), groups or 1)]
    edges = np.concatenate([[0], np.cumsum(sizes)])
    return [slice(*pair) for pair in itertools.pairwise(edges)] if groups else []


def _values(real, fake, k, real_parts, fake_parts, rows):
    """The four numbers (1 + groups, 4): of all samples, then without each group."""
    real_radii = radii(real, k, real_parts, rows=rows)
    fake_radii = radii(fake, k, fake_parts, rows=rows)
    kept = [np.ones((len(real_radii), len(x)), bool) for x in (real, fake)]
    for i, pair in enumerate(zip(real_parts, fake_parts, strict=True), 1):
        kept[0][i, pair[0]] = kept[1][i, pair[1]] = False
    balls = np.zeros(kept[1].shape, "int64")  # real balls that each fake lies in
    recalled, covered = (np.zeros(kept[0].shape, bool) for _ in range(2))
    for part, squares in squared_distances(real, fake, rows):
        for i, (in_real, in_fake) in enumerate(zip(*kept, strict=True)):
            # A ball of radius 0 holds nothing: that is how a group is left out.
            inside = squares < np.where(in_real[part], real_radii[i, part], 0)[:, None]
            balls[i] += inside.sum(axis=0)
            inside[:, ~in_fake] = False
            covered[i, part] = inside.any(axis=1)
            recalled[i, part] = (squares < np.where(in_fake, fake_radii[i], 0)).any(
                axis=1
            )
    return np.array(
        [
            (
                (balls[i] > 0)[in_fake].mean(),
                recalled[i][in_real].mean(),
                balls[i][in_fake].mean() / k,
                covered[i][in_real].mean(),
            )
            for i, (in_real, in_fake) in enumerate(zip(*kept, strict=True))
        ]
    )


def expected_coverage(num_real: int, num_fake: int, k: int) -> float:
    """Expected coverage of samples drawn from the distribution of the data.

    `1 - prod_(j=1..k) (N - j) / (M + N - j)` for N real and M fake samples: the
    probability that the k samples nearest to a real one are not all real.

    Args:
        num_real: N.
        num_fake: M.
        k: Which neighbour sets the radius.

    Returns:
        A float in [0, 1].

    Example:

    >>> round(expected_coverage(10_000, 10_000, 5), 4)
    0.9688

    Reference: Naeem et al. 2020, arXiv 2002.09797.
    """
    j = np.arange(1, k + 1)
    return float(1.0 - np.prod((num_real - j) / (num_fake + num_real - j)))
