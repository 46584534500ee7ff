"""The 2014 protocol: log-likelihood of test images under a Parzen window of samples."""

import numpy as np

from keras_gan.evaluation._distances import nearest, squared_distances
from keras_gan.evaluation.result import Result, as_rows

# The grid of the code released with the paper: 0.1, 0.129, 0.167, 0.215, ..., 1.
PAPER_SIGMAS = np.logspace(-1, 0, 10)
# Points between two neighbours of that grid, in the fine one.
FINE_STEPS = 10
NUM_VALIDATION = 1_000


def log_density(centers, points, sigmas, *, rows=None):
    """log p of each point under equal round Gaussians around the centres.

    `log p(x) = log mean_j exp(-|x - c_j|^2 / (2 sigma^2)) - d log(sigma sqrt(2 pi))`

    Args:
        centers: Array (n, ...).
        points: Array (m, ...) of the same width.
        sigmas: Standard deviations (s,), in the unit of the points.
        rows: Points per block. Defaults to None: 32 MiB of distances.

    Returns:
        A float64 array (s, m), in nats.

    Raises:
        ValueError: If the widths differ, or a value is NaN.

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
        # The nearest centre is taken out of the sum: exp would underflow to log 0.
        smallest = squares.min(axis=1)
        squares -= smallest[:, None]
        for row, sigma in zip(logs, sigmas, strict=True):
            scale = -0.5 / sigma**2
            row[part] = smallest * scale + np.log(np.exp(squares * scale).sum(axis=1))
    normalizers = np.log(n) + d * np.log(np.asarray(sigmas) * np.sqrt(2 * np.pi))
    return logs - normalizers[:, None]


def parzen(samples, validation, test, *, fine=True, rows=None):
    """Mean log-likelihood of test images, as in table 1 of the 2014 paper.

    Kept because it is the number that paper reports. sigma is chosen from the
    paper's grid by the likelihood of the first 1,000 validation images; a finer grid
    around it shows what the coarse one cost.

    `mean_x log p(x)`, `log p` as in `log_density`, in nats, any real number; higher
    is better. 10,000 real MNIST training images reach about 240.

    Args:
        samples: Images in [0, 1], (n, ...); the paper takes n = 10,000.
        validation: Images in [0, 1], which choose sigma.
        test: Images in [0, 1], which are scored.
        fine: Whether to choose from a finer grid as well. Defaults to True.
        rows: Points per block. Defaults to None: 32 MiB.

    Returns:
        A `Result` with the standard error over the test images; `extra` holds
        `sigma`, `fine_sigma`, `fine_value` and `on_grid_edge`.

    Raises:
        ValueError: If shapes differ, or values leave [0, 1].

    Example:

    >>> parzen(gan.sample(10_000), train[50_000:], test).value

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
    """The sigma under which the validation images are likeliest.

    Returns:
        `(sigma, at_edge)`; at the edge of the grid a better one may lie outside.
    """
    likelihoods = log_density(samples, validation, sigmas, rows=rows).mean(axis=1)
    best = int(likelihoods.argmax())
    return float(sigmas[best]), best in (0, len(sigmas) - 1)


def kmeans_centers(images, n=10_000, *, iterations=5, seed=0):
    """Centres of k-means clusters: blurred images that beat the data as samples.

    A baseline: that means of clusters, which nobody would call samples, score above
    real images shows what a high likelihood is worth.

    Args:
        images: Array (m, ...), m >= n.
        n: Number of centres. Defaults to 10,000.
        iterations: Of Lloyd's algorithm, from n images. Defaults to 5.
        seed: Chooses those images. Defaults to 0.

    Returns:
        A float64 array (n, d).

    Raises:
        ValueError: If there are fewer images than centres.

    Example:

    >>> parzen(kmeans_centers(train), validation, test).value

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
        # A centre without images stays where it is.
        sums = np.add.reduceat(images[order], starts, axis=0, dtype="float64")
        centers[found] = sums / sizes[:, None]
    return centers


def _around(sigma):
    """A grid ten times as fine, from one neighbour of the coarse grid to the other."""
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
