"""Points with a known density: mode-collapse protocols and 1-D figures.

NumPy only, in float64, so that the densities can serve as an oracle.
"""

import numpy as np


class GaussianMixture:
    """A mixture of round Gaussians that can be drawn from and evaluated exactly.

    Because the density and its modes are known, "how many modes did the generator
    find" and "how far is its density" have exact answers, which no image set gives.

    Args:
        means: Centres of the modes, shape `(modes, d)`.
        std: Standard deviation shared by all modes and axes, above 0.
        weights: Probability of each mode, shape `(modes,)`, summing to 1.
            Default: all equal.

    Raises:
        ValueError: If the shapes do not fit, `std` is not positive, or the weights
            are not probabilities.

    Example:

    >>> mixture = GaussianMixture([[0.0, 0.0], [3.0, 0.0]], std=0.5)
    >>> mixture.sample(4, seed=0).shape
    (4, 2)
    """

    def __init__(self, means, std, weights=None):
        self.means = np.asarray(means, np.float64)
        self.std = float(std)
        if self.means.ndim != 2 or not self.means.size:
            raise ValueError(
                f"means must have shape (modes, d), got {self.means.shape}: "
                "write one row per mode"
            )
        if not (self.std > 0 and np.isfinite(self.std)):
            raise ValueError(f"std must be a finite number above 0, got {std}")
        modes = len(self.means)
        if weights is None:
            weights = np.full(modes, 1 / modes)
        self.weights = np.asarray(weights, np.float64)
        is_probability = (
            self.weights.shape == (modes,)
            and np.all(self.weights >= 0)
            and np.isclose(self.weights.sum(), 1)
        )
        if not is_probability:
            raise ValueError(
                f"weights must be {modes} probabilities that sum to 1, got {weights}"
            )

    @property
    def modes(self):
        """Centres of the modes, shape `(modes, d)`."""
        return self.means

    def sample(self, n, seed):
        """Draws points; the same seed draws the same points.

        Args:
            n: Number of points.
            seed: Anything that `numpy.random.default_rng` takes.

        Returns:
            float64 array of shape `(n, d)`.
        """
        generator = np.random.default_rng(seed)
        chosen = generator.choice(len(self.means), size=n, p=self.weights)
        noise = generator.standard_normal((n, self.means.shape[1]))
        return self.means[chosen] + self.std * noise

    def log_prob(self, x):
        """Natural logarithm of the density.

        Args:
            x: Points, shape `(n, d)`.

        Returns:
            float64 array of shape `(n,)`.

        Raises:
            ValueError: If `x` has another shape.
        """
        x = np.asarray(x, np.float64)
        dimensions = self.means.shape[1]
        if x.ndim != 2 or x.shape[1] != dimensions:
            raise ValueError(f"x must have shape (n, {dimensions}), got {x.shape}")
        squares = np.square((x[:, None] - self.means) / self.std).sum(axis=-1)
        normalizer = dimensions * np.log(self.std * np.sqrt(2 * np.pi))
        # A mode of weight 0 contributes log 0 = -inf, which is what it should.
        with np.errstate(divide="ignore"):
            terms = np.log(self.weights) - squares / 2 - normalizer
        return np.logaddexp.reduce(terms, axis=-1)


def ring(num_modes=8, radius=1.0, std=0.01):
    """Gaussians on a circle, mode i at the angle `2 pi i / num_modes`.

    Args:
        num_modes: Number of modes.
        radius: Radius of the circle.
        std: Standard deviation of each mode.

    Returns:
        A `GaussianMixture` in 2 dimensions.

    Example:

    >>> ring().modes.shape
    (8, 2)

    Reference:
        Lin et al. 2018, PacGAN, arXiv:1712.04086, section 4.1.
    """
    angles = 2 * np.pi * np.arange(num_modes) / num_modes
    means = radius * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    return GaussianMixture(means, std)


def grid(side=5, spacing=2.0, std=0.05):
    """Gaussians on a square grid centred on the origin.

    Args:
        side: Number of modes along each axis; `side**2` in all.
        spacing: Distance between neighbours.
        std: Standard deviation of each mode.

    Returns:
        A `GaussianMixture` in 2 dimensions.

    Example:

    >>> grid().modes.min(), grid().modes.max()
    (np.float64(-4.0), np.float64(4.0))

    Reference:
        Lin et al. 2018, PacGAN, arXiv:1712.04086, section 4.1.
    """
    axis = spacing * (np.arange(side) - (side - 1) / 2)
    rows, columns = np.meshgrid(axis, axis, indexing="ij")
    return GaussianMixture(np.stack([rows.ravel(), columns.ravel()], axis=-1), std)


def gaussian1d(mean=4.0, std=0.5):
    """One Gaussian on the line: the data curve of the classic GAN figure.

    The default lies well away from 0, where an untrained generator puts its mass,
    so that one sees the generated density travel.

    Args:
        mean: Centre.
        std: Standard deviation.

    Returns:
        A `GaussianMixture` in 1 dimension.

    Example:

    >>> gaussian1d().sample(3, seed=0).shape
    (3, 1)

    Reference:
        Goodfellow et al. 2014, arXiv:1406.2661, figure 1.
    """
    return GaussianMixture([[mean]], std)


def mixture1d(means=(-2.0, 2.0), std=0.5, weights=(0.3, 0.7)):
    """Unequal Gaussians on the line: the smallest data on which a mode can be lost.

    Args:
        means: Centre of each mode.
        std: Standard deviation of each mode.
        weights: Probability of each mode.

    Returns:
        A `GaussianMixture` in 1 dimension.

    Example:

    >>> mixture1d().modes.shape
    (2, 1)
    """
    return GaussianMixture(np.reshape(means, (-1, 1)), std, weights)
