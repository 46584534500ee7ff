"""Points with a known density, for mode-collapse benchmarks and 1-D figures.

NumPy in float64, so that tests can take the densities as exact.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike


class GaussianMixture:
    """A mixture of round Gaussians with one standard deviation.

    Its density and its modes are known. So it can be told exactly how many modes a
    generator has found and how far its density is off, which no image data set allows.

        p(x) = sum_k weights[k] N(x; means[k], std^2 I)

    Args:
        means: Centres of the modes, array (modes, d).
        std: Standard deviation of all modes and axes, above 0.
        weights: Probabilities of the modes (modes,), which sum to 1. Defaults to
            None: all equal.

    Raises:
        ValueError: If the shapes do not fit, `std` is not positive, or the weights
            are not probabilities.

    Example:

    >>> mixture = GaussianMixture([[0.0, 0.0], [3.0, 0.0]], std=0.5)
    >>> mixture.sample(4, seed=0).shape
    (4, 2)
    """

    def __init__(self, means: ArrayLike, std: float, weights: ArrayLike | None = None):
        self.means = np.asarray(means, np.float64)
        self.std = float(std)
        if self.means.ndim != 2 or not self.means.size:
            raise ValueError(
                f"means must have shape (modes, d), got {self.means.shape}: "
                "write one row per mode."
            )
        if not (self.std > 0 and np.isfinite(self.std)):
            raise ValueError(f"std must be a finite number above 0, got {std}.")
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
                f"weights must be {modes} probabilities that sum to 1, got {weights}."
            )

    @property
    def modes(self) -> np.ndarray:
        """Centres of the modes (modes, d)."""
        return self.means

    def sample(self, n: int, seed: int | Sequence[int]) -> np.ndarray:
        """Draws points; the same seed draws the same points.

        Args:
            n: Number of points.
            seed: Anything that `numpy.random.default_rng` takes.

        Returns:
            A float64 array (n, d).
        """
        generator = np.random.default_rng(seed)
        chosen = generator.choice(len(self.means), size=n, p=self.weights)
        noise = generator.standard_normal((n, self.means.shape[1]))
        return self.means[chosen] + self.std * noise

    def log_prob(self, x: ArrayLike) -> np.ndarray:
        """Natural logarithm of the density.

        Args:
            x: Points (n, d).

        Returns:
            A float64 array (n,).

        Raises:
            ValueError: If `x` has another shape.
        """
        x = np.asarray(x, np.float64)
        dimensions = self.means.shape[1]
        if x.ndim != 2 or x.shape[1] != dimensions:
            raise ValueError(f"x must have shape (n, {dimensions}), got {x.shape}.")
        squares = np.square((x[:, None] - self.means) / self.std).sum(axis=-1)
        normalizer = dimensions * np.log(self.std * np.sqrt(2 * np.pi))
        # A mode of weight 0 has the logarithm -inf, and so adds nothing to the sum.
        with np.errstate(divide="ignore"):
            terms = np.log(self.weights) - squares / 2 - normalizer
        return np.logaddexp.reduce(terms, axis=-1)


def ring(num_modes: int = 8, radius: float = 1.0, std: float = 0.01) -> GaussianMixture:
    """Gaussians on a circle, mode i at the angle `2 pi i / num_modes`.

    The defaults are those of PacGAN's benchmark for mode collapse.

    Args:
        num_modes: Number of modes. Defaults to 8.
        radius: Radius of the circle. Defaults to 1.0.
        std: Standard deviation of each mode. Defaults to 0.01.

    Returns:
        A `GaussianMixture` in 2 dimensions.

    Example:

    >>> ring().modes.shape
    (8, 2)

    Reference: Lin et al. 2018, PacGAN, arXiv 1712.04086, section 4.1.
    """
    angles = 2 * np.pi * np.arange(num_modes) / num_modes
    means = radius * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    return GaussianMixture(means, std)


def grid(side: int = 5, spacing: float = 2.0, std: float = 0.05) -> GaussianMixture:
    """Gaussians on a square grid centred on the origin.

    The defaults are those of PacGAN's benchmark for mode collapse.

    Args:
        side: Modes along each axis; `side**2` in all. Defaults to 5.
        spacing: Distance between neighbours. Defaults to 2.0.
        std: Standard deviation of each mode. Defaults to 0.05.

    Returns:
        A `GaussianMixture` in 2 dimensions.

    Example:

    >>> float(grid().modes.min()), float(grid().modes.max())
    (-4.0, 4.0)

    Reference: Lin et al. 2018, PacGAN, arXiv 1712.04086, section 4.1.
    """
    axis = spacing * (np.arange(side) - (side - 1) / 2)
    rows, columns = np.meshgrid(axis, axis, indexing="ij")
    return GaussianMixture(np.stack([rows.ravel(), columns.ravel()], axis=-1), std)


def gaussian1d(mean: float = 4.0, std: float = 0.5) -> GaussianMixture:
    """One Gaussian on the line: the data of the 2014 paper's figure 1.

    By default it lies well away from 0, where an untrained generator puts its mass:
    the generated density has a way to go, and one can watch it.

    Args:
        mean: Centre. Defaults to 4.0.
        std: Standard deviation. Defaults to 0.5.

    Returns:
        A `GaussianMixture` in 1 dimension.

    Example:

    >>> gaussian1d().sample(3, seed=0).shape
    (3, 1)

    Reference: Goodfellow et al. 2014, arXiv 1406.2661, figure 1.
    """
    return GaussianMixture([[mean]], std)


def mixture1d(
    means: Sequence[float] = (-2.0, 2.0),
    std: float = 0.5,
    weights: Sequence[float] = (0.3, 0.7),
) -> GaussianMixture:
    """Unequal Gaussians on the line: the simplest data on which a mode can be lost.

    Args:
        means: Centre of each mode. Defaults to (-2.0, 2.0).
        std: Standard deviation of each mode. Defaults to 0.5.
        weights: Probability of each mode. Defaults to (0.3, 0.7).

    Returns:
        A `GaussianMixture` in 1 dimension.

    Example:

    >>> mixture1d().modes.shape
    (2, 1)
    """
    return GaussianMixture(np.reshape(means, (-1, 1)), std, weights)
