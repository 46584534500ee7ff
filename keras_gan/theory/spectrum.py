"""The eigenvalues of one training step: does the game converge, turn or diverge?

A training step maps the weights of both players to new ones. Near a point, its
derivative F says how the distance of two runs changes: along an eigenvector by the factor
|lambda|, while they turn around each other by arg lambda. At an equilibrium all
|lambda| < 1 means that training converges.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigs

# Up to this size all eigenvalues are computed.
DENSE = 120
# What ARPACK looks for in F - 1: what grows most, what shrinks most, what turns most.
_ENDS = ("LR", "SR", "LI")
_ACCURACY, _RESTARTS, _BASIS = 1e-3, 5, 30
# Differences of eigenvalues below this share of the largest |lambda - 1| are rounding.
_RESOLUTION = 1e-3


def leading_eigenvalues(
    step: Callable, size: int, number: int = 4
) -> NDArray[np.complex128]:
    """Eigenvalues of a linear map that is given as a function.

    Of a small map all; of a large one those that grow, shrink and turn most, by ARPACK.
    Weights on which nothing depends have the eigenvalue 1, of which one is returned.

    Args:
        step: Function of a vector (size,) that gives F times the vector.
        size: Number of coordinates.
        number: How many to look for at each end of a large map. Defaults to 4.

    Returns:
        Complex array, the largest |lambda| first. It is empty if ARPACK finds none.

    Raises:
        ValueError: If `step` gives NaN or infinity.

    Example:

    >>> leading_eigenvalues(lambda v: np.array([-v[1], v[0]]), 2).imag.round(6).tolist()
    [1.0, -1.0]
    """
    if size <= DENSE:
        found = np.linalg.eigvals(np.stack([_finite(step(e)) for e in np.eye(size)], 1))
        return _sorted(found)
    moves = LinearOperator(
        (size, size), lambda v: _finite(step(np.ravel(v))) - np.ravel(v)
    )
    start = np.random.default_rng(0).standard_normal(size)
    found = []
    for end in _ENDS:
        try:
            some = eigs(
                moves,
                k=number,
                which=end,
                ncv=_BASIS,
                maxiter=_RESTARTS,
                tol=_ACCURACY,
                v0=start,
                return_eigenvectors=False,
            )
        except ArpackNoConvergence as unfinished:
            some = unfinished.eigenvalues
        found.extend(some)
    return _sorted(_distinct(1 + np.array(found, complex)))


def moving(eigenvalues: ArrayLike, momentum: float = 0.0) -> NDArray[np.complex128]:
    """Those of weights that move; of one on which nothing depends they are 1 and b.

    Args:
        eigenvalues: Of a training step.
        momentum: b in [0, 1). Defaults to 0.0.

    Returns:
        Complex array, in the same order.

    Example:

    >>> moving([1.0, 0.9, 1.0]).real.tolist()
    [0.9]
    """
    eigenvalues = np.asarray(eigenvalues, complex)
    moves = np.abs(without_momentum(eigenvalues, momentum))
    return eigenvalues[moves > max(_RESOLUTION * moves.max(initial=0.0), 1e-9)]


def grows(eigenvalues: ArrayLike, momentum: float = 0.0) -> NDArray[np.bool_]:
    """Which of them grow and hardly turn, at any learning rate.

    With s = h mu, of `without_momentum`, those of Re s > |Im s|. On the way to an
    equilibrium there are some; at one, training leaves it along them.

    Args:
        eigenvalues: Of a training step, not 0.
        momentum: As for `moving`. Defaults to 0.0.

    Returns:
        Boolean array of the same shape.

    Example:

    >>> grows([1.1, -1.1, 1.0 + 0.1j]).tolist()
    [True, False, False]
    """
    moves = without_momentum(eigenvalues, momentum)
    return moves.real > np.abs(moves.imag)


def behaviour(eigenvalues: ArrayLike, momentum: float = 0.0) -> str:
    """What a game with these eigenvalues does, at these learning rates.

    Args:
        eigenvalues: Of a training step.
        momentum: As for `moving`. Defaults to 0.0.

    Returns:
        "diverges" if one that turns or jumps lies outside the unit circle; "grows" if
        only those of `grows` do, which away from an equilibrium is usual and no fault;
        "turns" if none does and one lies on it; "converges" if all that move lie inside;
        "rests" if none moves.

    Example:

    >>> behaviour([0.6 + 0.8j, 0.6 - 0.8j]), behaviour([0.5, -0.9]), behaviour([-1.1])
    ('turns', 'converges', 'diverges')
    >>> behaviour([1.1, 0.5])
    'grows'

    Reference: Mescheder et al., The Numerics of GANs, 2017.
    """
    found = moving(eigenvalues, momentum)
    if not found.size:
        return "rests"
    resolution = _RESOLUTION * np.abs(found - 1).max()
    outside = np.abs(found) > 1 + resolution
    if outside.any():
        return "grows" if grows(found, momentum)[outside].all() else "diverges"
    return "turns" if np.abs(found).max() >= 1 - resolution else "converges"


def without_momentum(eigenvalues: ArrayLike, momentum: float = 0.0) -> NDArray:
    """Eigenvalues h mu of the field times its rates, from those of a step.

    A simultaneous step with momentum b has, for each h mu, the two eigenvalues

        lambda^2 - (1 + b + h mu) lambda + b = 0,
        so  h mu = (lambda - 1) (lambda - b) / lambda

    Without momentum, h mu = lambda - 1.

    Args:
        eigenvalues: Of a training step, not 0.
        momentum: b in [0, 1). Defaults to 0.0.

    Returns:
        Complex array of the same shape.

    Example:

    >>> without_momentum([0.9 + 0.1j]).round(6).tolist()
    [(-0.1+0.1j)]
    """
    found = np.asarray(eigenvalues, complex)
    return (found - 1) * (found - momentum) / found if momentum else found - 1


def rate_limit(eigenvalues: ArrayLike, momentum: float = 0.0) -> float:
    """The factor on both rates up to which the eigenvalues lie within the unit circle.

    With s = h mu, a step of c times the rates is stable for

        c < -2 Re s / (1 + b) / ((Re s / (1 + b))^2 + (Im s / (1 - b))^2)

    and the smallest of these is returned. Without momentum it is -2 Re s / |s|^2. It is
    exact for simultaneous steps; for alternating ones, which also react to each other
    within a step, it holds near c = 1.

    What `grows` does so at any rate and is left out, as is what rests.

    Args:
        eigenvalues: Of a training step.
        momentum: b in [0, 1), that of both players. Defaults to 0.0.

    Returns:
        A factor: below 1 the rates are too high, above 1 there is room. 0 if players
        turn outwards at any rate, infinity if there is no limit.

    Example:

    >>> round(rate_limit([0.98 + 0.2j, 0.98 - 0.2j]), 3)  # a radius of 1.0002
    0.99

    Reference: Mescheder et al., The Numerics of GANs, 2017, Lemma 4; with momentum,
    derived here by Jury's criterion.
    """
    found = moving(eigenvalues, momentum)
    moves = without_momentum(found[~grows(found, momentum)], momentum)
    if not moves.size:
        return np.inf
    along, across = moves.real / (1 + momentum), moves.imag / (1 - momentum)
    return float(max(0.0, (-2 * along / (along**2 + across**2)).min()))


def _finite(vector):
    if not np.isfinite(vector).all():
        raise ValueError("The map gives NaN or infinity, which has no eigenvalues.")
    return vector


def _distinct(eigenvalues):
    """One of each; ARPACK finds some at several ends."""
    scale = np.abs(eigenvalues - 1).max(initial=0.0)
    kept = []
    for one in eigenvalues:
        if all(abs(one - other) > _RESOLUTION * scale for other in kept):
            kept.append(one)
    return np.array(kept, complex)


def _sorted(eigenvalues):
    """The largest first, and of a pair the one above the axis."""
    found = np.asarray(eigenvalues, complex)
    return found[np.lexsort((-found.imag, -np.abs(found).round(9)))]
