"""Does the generator copy? Distances from samples to the nearest training image."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from keras_gan.data.on_disk import Rows
from keras_gan.evaluation._distances import BLOCK_NUMBERS, squared_distances
from keras_gan.evaluation.result import Result, as_rows

# A sample counts as copied if it is nearer to a training image than all but this share
# of unseen images are.
SUSPECT_SHARE = 0.01


def memorization(
    samples: ArrayLike, training: ArrayLike, test: ArrayLike, *, rows: int | None = None
) -> Result:
    """How near samples come to training images, relative to unseen images.

    `mean_s min_t |s - t| / mean_x min_t |x - t|` over samples s, test images x and
    training images t, in [0, inf). About 1 for samples distributed like the test
    images, near 0 for copies of training images, above 1 for samples that are far from
    all images. Blur also lowers it, and copies that are shifted by a pixel go unnoticed.

    Args:
        samples: Images (n, ...).
        training: Images that the generator was trained on, in the same range; an array,
            or on disk.
        test: Unseen images.
        rows: Rows per block of distances. Defaults to None: blocks of 16 MiB.

    Returns:
        A `Result` with its standard error. `extra` holds both means, and `copied`:
        the share of samples that are nearer to a training image than 99 % of the test
        images are, which is 0.01 for equal distributions, and less for samples that are
        far from all images.

    Raises:
        ValueError: If there are fewer than 2 images of a kind, a pixel is NaN or
            infinite, or the sizes differ.

    Example:

    >>> train, test = np.random.default_rng(0).random((2, 100, 8, 8, 1))
    >>> memorization(train[:50], train, test).extra["copied"]
    1.0

    Reference: figure 2 of Goodfellow et al. 2014, arXiv 1406.2661; Meehan,
    Chaudhuri, Dasgupta 2020, arXiv 2004.05675.
    """
    samples = as_rows("samples", samples, dtype="float32")
    test = as_rows("test images", test, dtype="float32")
    if not isinstance(training, Rows):
        training = as_rows("training images", training, dtype="float32")
    values = math.prod(training.shape[1:])
    if not samples.shape[1] == values == test.shape[1]:
        raise ValueError(
            f"memorization: samples of {samples.shape[1]}, training images of {values} "
            f"and test images of {test.shape[1]} values cannot be compared: use one size."
        )
    own = nearest_distances(samples, training, rows=rows)
    unseen = nearest_distances(test, training, rows=rows)
    ratio = own.mean() / unseen.mean() if unseen.mean() else float("nan")
    relative = [d.std() / np.sqrt(len(d)) / max(d.mean(), 1e-300) for d in (own, unseen)]
    extra = {
        "sample_distance": float(own.mean()),
        "test_distance": float(unseen.mean()),
        "copied": float((own < np.quantile(unseen, SUSPECT_SHARE)).mean()),
        "num_training": len(training),
    }
    error = float(ratio * np.hypot(*relative))
    return Result(float(ratio), error, len(samples), extractor="pixels", extra=extra)


def nearest_distances(points, training, *, rows=None):
    """Euclidean distance of each point to the nearest training image, float64 (n,)."""
    found = nearest_training(points, training, rows=rows)
    # Computed again from the differences: an exact copy has distance 0, not 1e-3.
    differences = points.astype("float64") - training[found].reshape(points.shape)
    return np.sqrt(np.einsum("ij,ij->i", differences, differences))


def nearest_training(samples, training, *, but=None, rows=None):
    """The training sample nearest to each sample, by Euclidean distance.

    All training samples are searched, a block at a time, so that only a block of them
    has to be in memory as floats.

    Args:
        samples: Array (n, ...).
        training: Array (N, ...) in the same range, or anything with a length whose slices
            are such arrays.
        but: For each sample, the position of one that does not count, ints (n,).
            Defaults to None: all count.
        rows: Training samples in a block. Defaults to None: blocks of 16 MiB.

    Returns:
        An int array (n,) of positions in `training`. Of two that are almost equally near
        it may be either.

    Example:

    >>> nearest_training(np.array([[0.9]]), np.array([[0.0], [1.0]]))
    array([1])
    """
    points = np.reshape(samples, (len(samples), -1)).astype("float32")
    rows = rows or max(1, BLOCK_NUMBERS // points.shape[1])
    least = np.full(len(points), np.inf)
    found = np.zeros(len(points), "int64")
    for start in range(0, len(training), rows):
        block = np.asarray(training[start : start + rows])
        block = block.reshape(len(block), -1).astype("float32")
        for part, distances in squared_distances(points, block):
            if but is not None:
                place = but[part] - start
                (inside,) = np.nonzero((place >= 0) & (place < len(block)))
                distances[inside, place[inside]] = np.inf
            best = distances.argmin(axis=1)
            smallest = distances[np.arange(len(best)), best]
            nearer = smallest < least[part]
            least[part] = np.where(nearer, smallest, least[part])
            found[part] = np.where(nearer, start + best, found[part])
    return found
