"""Penalties on D's input gradient, for gradients that are known."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def zero_centered(gradients: ArrayLike, weight: float) -> np.ndarray:
    """The penalty R1 (on real samples) or R2 (on fakes), per sample.

        weight / 2 * |gradient|^2     in [0, inf)

    Args:
        gradients: Gradients of the logits with respect to the samples (n, ...).
        weight: Weight of the penalty.

    Returns:
        Float64 array (n,).

    Example:

    >>> zero_centered([[3.0, 4.0]], weight=2.0)
    array([25.])

    Reference: Mescheder et al., Which Training Methods for GANs do actually
    Converge?, 2018, eq. 9 and 10.
    """
    return weight / 2 * _norm(gradients) ** 2


def norm_penalty(gradients: ArrayLike, weight: float, target: float = 1.0) -> np.ndarray:
    """The gradient penalty of WGAN-GP, per sample; no half in front.

        weight * (|gradient| - target)^2     in [0, inf)

    Args:
        gradients: Gradients of the logits with respect to the samples (n, ...).
        weight: Weight of the penalty.
        target: Norm that the gradient is pulled to. Defaults to 1.0.

    Returns:
        Float64 array (n,).

    Example:

    >>> norm_penalty([[3.0, 4.0]], weight=10.0)
    array([160.])

    Reference: Gulrajani et al., Improved Training of Wasserstein GANs, 2017, eq. 3.
    """
    return weight * (_norm(gradients) - target) ** 2


def norm_penalty_of_paraboloid(
    distance: ArrayLike, weight: float, target: float = 1.0
) -> np.ndarray:
    """Mean of `norm_penalty` for D(x) = |x|^2 / 2, between a real sample at 0 and a fake.

    The gradient is x itself, and x = epsilon * fake with epsilon uniform in [0, 1]:

        weight * integral (epsilon distance - target)^2 d epsilon
            = weight * (distance^2 / 3 - distance target + target^2)

    Args:
        distance: |fake|, any shape.
        weight: Weight of the penalty.
        target: Norm that the gradient is pulled to. Defaults to 1.0.

    Returns:
        Float64 array in the shape of `distance`.

    Example:

    >>> float(norm_penalty_of_paraboloid(3.0, weight=1.0))
    1.0

    Reference: Gulrajani et al., Improved Training of Wasserstein GANs, 2017, eq. 3.
    """
    distance = np.asarray(distance, float)
    return weight * (distance**2 / 3 - distance * target + target**2)


def _norm(gradients):
    gradients = np.asarray(gradients, float)
    return np.linalg.norm(gradients.reshape(len(gradients), -1), axis=1)
