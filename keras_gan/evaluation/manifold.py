"""Precision, recall, density and coverage: are samples realistic, are they varied?"""

import numpy as np

from keras_gan.arguments import check_int
from keras_gan.evaluation._distances import squared_distances
from keras_gan.evaluation.result import Result, as_pairs


def radii(features, k, *, rows=None):
    """Squared distance of each row to the k-th nearest of the others, float64 (n,)."""
    found = np.empty(len(features))
    for part, squares in squared_distances(features, features, rows):
        own = np.arange(part.start, part.stop)
        squares[own - part.start, own] = 0.0
        found[part] = np.partition(squares, k, axis=1)[:, k]
    return found


def manifold(real, fake, k=5, *, rows=None):
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
        k: Which neighbour sets the radius. Defaults to 5.
        rows: Rows per block of distances. Defaults to None: blocks of 32 MiB.

    Returns:
        A dict of four `Result`s. Their uncertainties are standard errors over the
        samples, for given balls.

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
    real_radii, fake_radii = radii(real, k, rows=rows), radii(fake, k, rows=rows)
    balls = np.zeros(len(fake), "int64")  # real balls that each fake lies in
    recalled, covered = np.empty(len(real), bool), np.empty(len(real), bool)
    for part, squares in squared_distances(real, fake, rows):
        inside = squares < real_radii[part, None]
        balls += inside.sum(axis=0)
        covered[part] = inside.any(axis=1)
        recalled[part] = (squares < fake_radii).any(axis=1)
    per_sample = {
        "precision": balls > 0,
        "recall": recalled,
        "density": balls / k,
        "coverage": covered,
    }
    extra = {"k": k, "num_real": len(real), "dimensions": real.shape[1]}
    floors = {"coverage": expected_coverage(len(real), len(fake), k)}
    return {
        name: Result(
            float(values.mean()),
            float(values.std() / np.sqrt(len(values))),
            len(fake),
            extra=extra | ({"expected": floors[name]} if name in floors else {}),
        )
        for name, values in per_sample.items()
    }


def expected_coverage(num_real, num_fake, k):
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
