"""The 2014 paper's metric: log-likelihood of test images, by a Parzen window."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from keras_gan.evaluation._distances import nearest, squared_distances
from keras_gan.evaluation.result import Result, as_rows

# The grid of the code released with the paper: 0.1, 0.129, 0.167, 0.215, ..., 1.
PAPER_SIGMAS = np.logspace(-1, 0, 10)
# Steps of the fine grid between two neighbours of the paper's.
FINE_STEPS = 10
NUM_VALIDATION = 1_000


def log_density(
    centers: ArrayLike, points: ArrayLike, sigmas: ArrayLike, *, rows: int | None = None
) -> np.ndarray:
    """Log-density of points under equal round Gaussians around centres.

    `log p(x) = log mean_j exp(-|x - c_j|^2 / (2 sigma^2)) - d log(sigma sqrt(2 pi))`

    Args:
        centers: Centres c_j (n, ...), of d values each.
        points: Points x (m, ...), of d values each.
        sigmas: Standard deviations (s,), in the unit of the points.
        rows: Points per block of distances. Defaults to None: blocks of 32 MiB.

    Returns:
        A float64 array (s, m), in nats.

    Raises:
        ValueError: If centres and points differ in d, or a value is NaN or infinite.

    Example:

    >>> log_density(np.zeros((1, 1)), np.zeros((1, 1)), [1.0])
    array([[-0.91893853]])
    """
    centers = as_rows("centers", centers, at_least=1)
    points = as_rows("points", points, at_least=1)
    if centers.shape[1] != points.shape[1]:
        raise ValueError(
            f"The centers have {centers.shape[1]} values each, the points "
            f"{points.shape[1]}: use images of one size."
        )
    n, d = centers.shape
    logs = np.empty((len(sigmas), len(points)))
    for part, squares in squared_distances(points, centers, rows):
        # The largest term is taken out of the sum, or all could underflow to log 0.
        smallest = squares.min(axis=1)
        squares -= smallest[:, None]
        for row, sigma in zip(logs, sigmas, strict=True):
            scale = -0.5 / sigma**2
            row[part] = smallest * scale + np.log(np.exp(squares * scale).sum(axis=1))
    normalizers = np.log(n) + d * np.log(np.asarray(sigmas) * np.sqrt(2 * np.pi))
    return logs - normalizers[:, None]


def parzen(
    samples: ArrayLike,
    validation: ArrayLike,
    test: ArrayLike,
    *,
    fine: bool = True,
    rows: int | None = None,
) -> Result:
    """Mean log-likelihood of test images, as in table 1 of the 2014 paper.

    A poor measure of quality, but the one that the paper reports. sigma is the one of
    the paper's grid under which the first 1,000 validation images are likeliest; a
    finer grid around it shows how much is lost by the coarse one.

    `mean_x log p(x)` with `log p` as in `log_density`, in nats, in (-inf, inf); higher
    is better. With 10,000 real MNIST training images as samples it is about 240.

    Args:
        samples: Samples in [0, 1], (n, ...); the paper takes n = 10,000.
        validation: Images in [0, 1] that choose sigma.
        test: Images in [0, 1] that are scored.
        fine: Whether to score with a sigma from the finer grid, too. Defaults to True.
        rows: Points per block of distances. Defaults to None: blocks of 32 MiB.

    Returns:
        A `Result` with the standard error over the test images. `extra` holds `sigma`,
        `on_grid_edge` (whether a better sigma may lie outside the grid), `num_test`
        and, with `fine`, `fine_sigma` and `fine_value`.

    Raises:
        ValueError: If the sizes differ, or a value leaves [0, 1].

    Example:

    >>> black = np.zeros((10, 8, 8, 1))
    >>> round(parzen(black, black, black).value, 2)  # -64 log(0.1 sqrt(2 pi))
    88.55

    Reference: Goodfellow et al. 2014, arXiv 1406.2661; criticised by Theis, van den
    Oord, Bethge 2016, arXiv 1511.01844.
    """
    samples = _as_images("samples", samples, at_least=2)
    validation = _as_images("validation", validation)[:NUM_VALIDATION]
    test = _as_images("test", test)
    sigma, at_edge = choose_sigma(samples, validation, PAPER_SIGMAS, rows=rows)
    sigmas = [sigma]
    if fine:
        sigmas.append(choose_sigma(samples, validation, _around(sigma), rows=rows)[0])
    logs = log_density(samples, test, sigmas, rows=rows)
    extra = {"sigma": sigma, "on_grid_edge": at_edge, "num_test": len(test)}
    if fine:
        extra |= {"fine_sigma": sigmas[1], "fine_value": float(logs[1].mean())}
    error = float(logs[0].std() / np.sqrt(len(test)))
    value = float(logs[0].mean())
    return Result(value, error, len(samples), extractor="pixels", extra=extra)


def choose_sigma(samples, validation, sigmas, *, rows=None):
    """Chooses the sigma under which the validation images are likeliest.

    Returns:
        `(sigma, at_edge)`; `at_edge` says that it is the first or last of the grid, so
        that a better one may lie outside.
    """
    likelihoods = log_density(samples, validation, sigmas, rows=rows).mean(axis=1)
    best = int(likelihoods.argmax())
    return float(sigmas[best]), best in (0, len(sigmas) - 1)


def kmeans_centers(
    images: ArrayLike, n: int = 10_000, *, iterations: int = 5, seed: int = 0
) -> np.ndarray:
    """Centres of k-means clusters of images, a baseline for `parzen`.

    As samples, these blurred means score higher than real images. That shows how
    little a high Parzen likelihood says.

    Args:
        images: Images (m, ...), m >= n.
        n: Number of centres. Defaults to 10,000.
        iterations: Iterations of Lloyd's algorithm, which starts at n of the images.
            Defaults to 5.
        seed: Seed of the choice of these images. Defaults to 0.

    Returns:
        A float64 array (n, d).

    Raises:
        ValueError: If there are fewer images than centres.

    Example:

    >>> kmeans_centers(np.array([[0.0], [1.0], [8.0], [9.0]]), n=2)
    array([[0.5],
           [8.5]])

    Reference: Theis, van den Oord, Bethge 2016, arXiv 1511.01844, table 1.
    """
    images = as_rows("images", images, at_least=n, dtype="float32")
    generator = np.random.default_rng(seed)
    chosen = np.sort(generator.choice(len(images), n, replace=False))
    centers = images[chosen].astype("float64")
    for _ in range(iterations):
        owners = nearest(images, centers)
        order = np.argsort(owners, kind="stable")
        found, starts, sizes = np.unique(
            owners[order], return_index=True, return_counts=True
        )
        # A centre to which no image is nearest stays where it is.
        sums = np.add.reduceat(images[order], starts, axis=0, dtype="float64")
        centers[found] = sums / sizes[:, None]
    return centers


def _around(sigma):
    """A grid ten times as fine as the paper's, between the neighbours of sigma."""
    step = np.log10(PAPER_SIGMAS[1] / PAPER_SIGMAS[0])
    return sigma * 10 ** np.linspace(-step, step, 2 * FINE_STEPS + 1)


def _as_images(name, images, at_least=1):
    rows = as_rows(name, images, at_least=at_least)
    if rows.min() < 0 or rows.max() > 1:
        raise ValueError(
            f"parzen: {name} must lie in [0, 1], got [{rows.min():g}, {rows.max():g}]: "
            "rescale them; sigma and nats depend on the unit of a pixel."
        )
    return rows
