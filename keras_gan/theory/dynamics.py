"""Gradient steps of two players, and the rate at which they converge.

A training method is a field: a function (theta, psi) -> (v_theta, v_psi), the direction
in which the generator's parameter theta and the discriminator's parameter psi are
updated. `simultaneous` and `alternating` follow a field. Their spectral radius at an
equilibrium is the factor by which a step changes the distance: below 1 they converge.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Width of the differences in `jacobian`.
_STEP = 1e-3


def simultaneous(
    field: Callable,
    start: tuple[float, float],
    step_size: float,
    steps: int,
    *,
    bounds: tuple | None = None,
) -> np.ndarray:
    """Updates both players at once, each against the other's old parameter.

        (theta, psi) <- (theta, psi) + h * field(theta, psi)

    With the plain Dirac-GAN this spirals outwards for every h > 0.

    Args:
        field: Function (theta, psi) -> (v_theta, v_psi).
        start: The pair (theta, psi) to start from.
        step_size: Step size h > 0, the same for both players.
        steps: Number of updates, >= 0.
        bounds: ((theta_low, theta_high), (psi_low, psi_high)), to which each parameter
            is clipped after its update, as in weight clipping. Defaults to None: no
            bounds.

    Returns:
        Trajectory, shape (steps + 1, 2), columns theta and psi, start included.

    Raises:
        ValueError: If `start`, `step_size`, `steps` or `bounds` is malformed.

    Example:

    >>> rotation = lambda theta, psi: (-psi, theta)
    >>> simultaneous(rotation, (1.0, 0.0), 0.5, 1).tolist()
    [[1.0, 0.0], [1.0, 0.5]]

    Reference: Mescheder et al., Which Training Methods for GANs do actually
    Converge?, 2018.
    """
    path, clips = _prepare(start, step_size, steps, bounds)
    for n in range(steps):
        velocity = field(*path[n])
        for player in (0, 1):
            moved = path[n, player] + step_size * velocity[player]
            path[n + 1, player] = np.clip(moved, *clips[player])
    return path


def alternating(
    field: Callable,
    start: tuple[float, float],
    step_size: float,
    steps: int,
    *,
    discriminator_steps: int = 1,
    generator_first: bool = False,
    bounds: tuple | None = None,
) -> np.ndarray:
    """Updates the players in turn, each against the other's newest parameter.

    By default in the order of Algorithm 1: `discriminator_steps` updates of psi, then
    one of theta. The published Dirac-GAN simulations update the generator first, as
    `generator_first=True` does. Both orders are the same sequence of updates, so their
    spectral radius is the same.

        psi <- psi + h * v_psi(theta, psi)         (discriminator_steps times)
        theta <- theta + h * v_theta(theta, psi)

    Args:
        field: Function (theta, psi) -> (v_theta, v_psi).
        start: The pair (theta, psi) to start from.
        step_size: Step size h > 0, the same for both players.
        steps: Number of generator updates, >= 0.
        discriminator_steps: Discriminator updates per generator update, >= 1. Defaults
            to 1.
        generator_first: Whether theta is updated before psi. Defaults to False.
        bounds: As in `simultaneous`. Defaults to None: no bounds.

    Returns:
        Trajectory, shape (steps + 1, 2), columns theta and psi, start included;
        one row per generator update.

    Raises:
        ValueError: If `start`, `step_size`, `steps`, `discriminator_steps` or
            `bounds` is malformed.

    Example:

    >>> rotation = lambda theta, psi: (-psi, theta)
    >>> alternating(rotation, (1.0, 0.0), 0.5, 1).tolist()
    [[1.0, 0.0], [0.75, 0.5]]

    Reference: Goodfellow et al., Generative Adversarial Nets, 2014, Algorithm 1;
    Mescheder et al., Which Training Methods for GANs do actually Converge?, 2018.
    """
    path, clips = _prepare(start, step_size, steps, bounds)
    turns = _turns(discriminator_steps, generator_first)
    for n in range(steps):
        point = path[n].copy()
        for player in turns:
            moved = point[player] + step_size * field(*point)[player]
            point[player] = np.clip(moved, *clips[player])
        path[n + 1] = point
    return path


def jacobian(field: Callable, at: tuple[ArrayLike, ArrayLike] = (0.0, 0.0)) -> np.ndarray:
    """Derivative of a field, by five-point differences.

        J = ((dv_theta/dtheta, dv_theta/dpsi), (dv_psi/dtheta, dv_psi/dpsi))

    The error is about 1e-12 for fields and derivatives of order 1.

    Args:
        field: Function (theta, psi) -> (v_theta, v_psi), smooth near `at`.
        at: The pair (theta, psi), floats or arrays of one shape. Defaults to
            (0.0, 0.0), the equilibrium of the Dirac-GAN.

    Returns:
        Float64 array, shape (2, 2) + the shape of theta.

    Raises:
        ValueError: If the field jumps at `at`, as that of WGAN-GP does at psi = 0.
            There it has no derivative, and so no rate of convergence.

    Example:

    >>> jacobian(lambda theta, psi: (-psi, theta)).round(9).tolist()
    [[0.0, -1.0], [1.0, 0.0]]
    """
    theta, psi = np.broadcast_arrays(*(np.asarray(value, float) for value in at))
    columns = [
        _slope(lambda shift: field(theta + shift, psi)),
        _slope(lambda shift: field(theta, psi + shift)),
    ]
    return np.stack(columns, axis=1)


def eigenvalues(
    field: Callable, at: tuple[float, float] = (0.0, 0.0)
) -> NDArray[np.complex128]:
    """Eigenvalues of a field at an equilibrium, for infinitely small steps.

    If all real parts are negative, training near the equilibrium converges exponentially.
    If they are 0 it circles, and `simultaneous_radius` says what finite steps do.

    Args:
        field: Function (theta, psi) -> (v_theta, v_psi).
        at: An equilibrium, a pair of floats. Defaults to (0.0, 0.0).

    Returns:
        Complex array, shape (2,), sorted by real, then imaginary part.

    Raises:
        ValueError: If the field jumps at `at`.

    Example:

    >>> eigenvalues(lambda theta, psi: (-psi, theta)).imag.round(9).tolist()
    [-1.0, 1.0]

    Reference: Mescheder et al., Which Training Methods for GANs do actually
    Converge?, 2018, Lemma 3.1.
    """
    return np.sort_complex(np.linalg.eigvals(jacobian(field, at)))


def simultaneous_radius(
    field: Callable, step_size: float, at: tuple[float, float] = (0.0, 0.0)
) -> float:
    """Factor per step by which `simultaneous` approaches an equilibrium.

        max |1 + h * lambda| over the eigenvalues lambda of the field

    Args:
        field: Function (theta, psi) -> (v_theta, v_psi).
        step_size: Step size h > 0.
        at: An equilibrium, a pair of floats. Defaults to (0.0, 0.0).

    Returns:
        Spectral radius, float: below 1 it converges, above 1 it diverges; at 1, terms
        of higher order decide.

    Raises:
        ValueError: If the field jumps at `at`.

    Example:

    >>> round(simultaneous_radius(lambda theta, psi: (-psi, theta), 0.2), 4)
    1.0198

    Reference: Mescheder et al., The Numerics of GANs, 2017.
    """
    return _radius(np.eye(2) + step_size * jacobian(field, at))


def alternating_radius(
    field: Callable,
    step_size: float,
    discriminator_steps: int = 1,
    at: tuple[float, float] = (0.0, 0.0),
) -> float:
    """Factor per generator update by which `alternating` approaches equilibrium.

    The largest absolute eigenvalue of D^k G, where G and D are the linear maps of
    one generator and one discriminator update. The order does not matter.

    Args:
        field: Function (theta, psi) -> (v_theta, v_psi).
        step_size: Step size h > 0.
        discriminator_steps: Updates k >= 1 of the discriminator. Defaults to 1.
        at: An equilibrium, a pair of floats. Defaults to (0.0, 0.0).

    Returns:
        Spectral radius, float, as in `simultaneous_radius`.

    Raises:
        ValueError: If the field jumps at `at`, or `discriminator_steps` is not a
            positive integer.

    Example:

    >>> round(alternating_radius(lambda theta, psi: (-psi, theta), 0.2), 6)
    1.0

    Reference: Mescheder et al., Which Training Methods for GANs do actually
    Converge?, 2018.
    """
    derivative = jacobian(field, at)
    step = np.eye(2)
    for player in _turns(discriminator_steps, generator_first=False):
        move = np.eye(2)
        move[player] += step_size * derivative[player]
        step = move @ step
    return _radius(step)


def _prepare(start, step_size, steps, bounds):
    """Checks the arguments; returns a path that begins at start, and the bounds."""
    if np.shape(start) != (2,) or not np.isfinite(start).all():
        raise ValueError(
            f"Expected start to be two finite numbers, got {start!r}; give (theta, psi)."
        )
    if not 0 < step_size < np.inf:
        raise ValueError(f"Expected a positive step_size, got {step_size!r}; try 0.2.")
    if not _is_integer(steps) or steps < 0:
        raise ValueError(
            f"Expected steps to be an integer >= 0, got {steps!r}; count updates."
        )
    clips = np.full((2, 2), [-np.inf, np.inf]) if bounds is None else bounds
    if np.shape(clips) != (2, 2) or not (np.diff(clips) >= 0).all():
        raise ValueError(
            f"Expected bounds ((low, high), (low, high)), got {bounds!r}; the first "
            "pair is for theta, the second for psi."
        )
    path = np.empty((steps + 1, 2))
    path[0] = start
    return path, clips


def _turns(discriminator_steps, generator_first):
    """The order of the updates in one round: 0 is theta, 1 is psi."""
    if not _is_integer(discriminator_steps) or discriminator_steps < 1:
        raise ValueError(
            "Expected discriminator_steps to be an integer >= 1, got "
            f"{discriminator_steps!r}; the paper uses 1."
        )
    discriminator = [1] * int(discriminator_steps)
    return [0, *discriminator] if generator_first else [*discriminator, 0]


def _slope(velocity):
    """Derivative at 0 of a curve in the plane; raises a `ValueError` if it jumps."""

    def symmetric(step):
        return (np.stack(velocity(step)) - np.stack(velocity(-step))) / (2 * step)

    near, far = symmetric(_STEP), symmetric(2 * _STEP)
    # The two differ by O(step^2) if the curve is smooth, but by a factor of 2 if it
    # jumps.
    if not (np.abs(near - far) <= 1e-2 * (1 + np.abs(near))).all():
        raise ValueError(
            "Expected a field that is smooth here, got one that jumps; look at "
            "trajectories instead of eigenvalues."
        )
    return (4 * near - far) / 3


def _radius(matrix):
    return float(np.abs(np.linalg.eigvals(matrix)).max())


def _is_integer(number):
    return isinstance(number, (int, np.integer)) and not isinstance(number, bool)
