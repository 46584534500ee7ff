"""Precision, recall, density and coverage: are samples real, and is reality sampled?"""

import numpy as np

from keras_gan.evaluation._distances import squared_distances
from keras_gan.evaluation.result import Result, as_pairs


def radii(features, k, *, rows=None):
    """Squared distance of each row to its k-th nearest other row, float64 (n,)."""
    found = np.empty(len(features))
    for part, squares in squared_distances(features, features, rows):
        own = np.arange(part.start, part.stop)
        squares[own - part.start, own] = 0.0
        found[part] = np.partition(squares, k, axis=1)[:, k]
    return found


def manifold(real, fake, k=5, *, rows=None):
    """Precision, recall, density and coverage of samples, by balls around samples.

    With r(x) the distance of x to its k-th nearest neighbour of its own kind:

    `precision` = share of fakes y with |x - y| < r(x) for some real x: realism;
    `recall`    = share of reals x with |x - y| < r(y) for some fake y: variety;
    `density`   = number of real balls that a fake lies in, over k, on average;
    `coverage`  = share of reals with a fake in their ball.

    All in [0, 1] but density, which is 1 for equal distributions and has no upper
    bound. Higher is better. Coverage of equal distributions: `expected_coverage`.

    Args:
        real: Features (m, d).
        fake: Features (n, d).
        k: Which neighbour. Defaults to 5.
        rows: Rows per block. Defaults to None: 32 MiB of distances.

    Returns:
        A dict of four `Result`s. Their uncertainties are the spread over samples
        divided by sqrt(n), which takes the balls as given.

    Raises:
        ValueError: If there are not more than k samples of each kind.

    Example:

    >>> manifold(real_features, fake_features)["coverage"].value

    Reference: Kynkäänniemi et al. 2019, arXiv 1904.06991; Naeem et al. 2020,
    arXiv 2002.09797.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}.")
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
    """Coverage of samples that are drawn from the data's own distribution.

    `1 - prod_(j=1..k) (N - j) / (M + N - j)` for N real and M fake samples: the
    chance that the k nearest of all others to a real sample are not all real.

    Example:

    >>> round(expected_coverage(10_000, 10_000, 5), 4)
    0.9688
    """
    j = np.arange(1, k + 1)
    return float(1.0 - np.prod((num_real - j) / (num_fake + num_real - j)))
