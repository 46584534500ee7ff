"""Gradient steps of two players, and the rate at which theory says they settle.

A training method is a field: a function (theta, psi) -> (v_theta, v_psi) that says
where the generator's parameter theta and the discriminator's parameter psi want to
go. The two maps below follow it; their spectral radius at an equilibrium tells
whether they arrive: below 1 the distance shrinks by that factor per step.
"""

import numpy as np

_STEP = 1e-3


def simultaneous(field, start, step_size, steps, *, bounds=None):
    """Moves both players at once, each against the other's old position.

        (theta, psi) <- (theta, psi) + h * field(theta, psi)

    On the plain GAN this spirals outwards for every h > 0.

    Args:
        field: Function (theta, psi) -> (v_theta, v_psi).
        start: The pair (theta, psi) to start from.
        step_size: h > 0, the same for both players.
        steps: Number of updates, >= 0.
        bounds: None, or ((theta_low, theta_high), (psi_low, psi_high)) to which
            each player is clipped after its own move, as in weight clipping.

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
    field,
    start,
    step_size,
    steps,
    *,
    discriminator_steps=1,
    generator_first=False,
    bounds=None,
):
    """Moves the players in turn, each against the other's newest position.

    By default in the order of Algorithm 1: `discriminator_steps` updates of psi,
    then one of theta. The published Dirac-GAN simulations move the generator
    first; `generator_first=True` reproduces their numbers. Both orders have the
    same spectral radius: one is the other seen half a step later.

        psi <- psi + h * v_psi(theta, psi)         (discriminator_steps times)
        theta <- theta + h * v_theta(theta, psi)

    Args:
        field: Function (theta, psi) -> (v_theta, v_psi).
        start: The pair (theta, psi) to start from.
        step_size: h > 0, the same for both players.
        steps: Number of generator updates, >= 0.
        discriminator_steps: Discriminator updates per generator update, >= 1.
        generator_first: Whether theta moves before psi.
        bounds: As in `simultaneous`.

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


def jacobian(field, at=(0.0, 0.0)):
    """Derivative of a field, by five-point differences.

        J = ((dv_theta/dtheta, dv_theta/dpsi), (dv_psi/dtheta, dv_psi/dpsi))

    The error is about 1e-12 for fields and derivatives of order 1.

    Args:
        field: Function (theta, psi) -> (v_theta, v_psi), smooth near `at`.
        at: The pair (theta, psi); (0, 0) is the equilibrium of the Dirac-GAN. The
            two may be arrays of one shape.

    Returns:
        Float64 array, shape (2, 2) + the shape of theta.

    Raises:
        ValueError: If the field jumps at `at`, as WGAN-GP does at psi = 0: it has
            no linearization there, and so no rate of convergence.

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


def eigenvalues(field, at=(0.0, 0.0)):
    """Eigenvalues of the field at an equilibrium: what continuous training does.

    All real parts negative: nearby flows converge exponentially. On the imaginary
    axis: they circle, and discrete steps are decided by `simultaneous_radius`.

    Args:
        field: Function (theta, psi) -> (v_theta, v_psi).
        at: An equilibrium, a pair of floats.

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


def simultaneous_radius(field, step_size, at=(0.0, 0.0)):
    """Factor per step by which `simultaneous` approaches an equilibrium.

        max |1 + h * lambda| over the eigenvalues lambda of the field

    Args:
        field: Function (theta, psi) -> (v_theta, v_psi).
        step_size: h > 0.
        at: An equilibrium, a pair of floats.

    Returns:
        Spectral radius, float: below 1 converges, above 1 diverges, 1 is decided
        by terms of higher order.

    Raises:
        ValueError: If the field jumps at `at`.

    Example:

    >>> round(simultaneous_radius(lambda theta, psi: (-psi, theta), 0.2), 4)
    1.0198

    Reference: Mescheder et al., The Numerics of GANs, 2017.
    """
    return _radius(np.eye(2) + step_size * jacobian(field, at))


def alternating_radius(field, step_size, discriminator_steps=1, at=(0.0, 0.0)):
    """Factor per generator update by which `alternating` approaches equilibrium.

    The largest absolute eigenvalue of D^k G, where G and D are the linear maps of
    one generator and one discriminator update. Which comes first does not matter.

    Args:
        field: Function (theta, psi) -> (v_theta, v_psi).
        step_size: h > 0.
        discriminator_steps: k >= 1.
        at: An equilibrium, a pair of floats.

    Returns:
        Spectral radius, float; read as in `simultaneous_radius`.

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
    """Checks the arguments of both maps; an empty path and the limits to clip to."""
    if np.shape(start) != (2,) or not np.isfinite(start).all():
        raise ValueError(
            f"expected start to be two finite numbers, got {start!r}; give (theta, psi)"
        )
    if not 0 < step_size < np.inf:
        raise ValueError(f"expected a positive step_size, got {step_size!r}; try 0.2")
    if not _is_integer(steps) or steps < 0:
        raise ValueError(
            f"expected steps to be an integer >= 0, got {steps!r}; count updates"
        )
    clips = np.full((2, 2), [-np.inf, np.inf]) if bounds is None else bounds
    if np.shape(clips) != (2, 2) or not (np.diff(clips) >= 0).all():
        raise ValueError(
            f"expected bounds ((low, high), (low, high)), got {bounds!r}; the first "
            "pair is for theta, the second for psi"
        )
    path = np.empty((steps + 1, 2))
    path[0] = start
    return path, clips


def _turns(discriminator_steps, generator_first):
    """The players of one round in order: 0 moves theta, 1 moves psi."""
    if not _is_integer(discriminator_steps) or discriminator_steps < 1:
        raise ValueError(
            "expected discriminator_steps to be an integer >= 1, got "
            f"{discriminator_steps!r}; the paper uses 1"
        )
    discriminator = [1] * int(discriminator_steps)
    return [0, *discriminator] if generator_first else [*discriminator, 0]


def _slope(velocity):
    """Derivative at 0 of a curve in the plane; refuses a jump."""

    def symmetric(step):
        return (np.stack(velocity(step)) - np.stack(velocity(-step))) / (2 * step)

    near, far = symmetric(_STEP), symmetric(2 * _STEP)
    # Two widths agree to O(step^2) on a smooth curve, and differ by a factor 2
    # across a jump.
    if not (np.abs(near - far) <= 1e-2 * (1 + np.abs(near))).all():
        raise ValueError(
            "expected a field that is smooth here, got one that jumps; look at "
            "trajectories instead of eigenvalues"
        )
    return (4 * near - far) / 3


def _radius(matrix):
    return float(np.abs(np.linalg.eigvals(matrix)).max())


def _is_integer(number):
    return isinstance(number, (int, np.integer)) and not isinstance(number, bool)
