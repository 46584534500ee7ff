"""Zero-sum games given by a matrix of payoffs.

The row player maximizes the payoff, the column player minimizes it. min_G max_D V(D, G)
is such a game with infinitely many rows and columns: the discriminator is the row player,
the generator the column player.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linprog

# Rows: reconnaissance sent north or south. Columns: the convoy sails north or
# south. Entries: days of bombing (Battle of the Bismarck Sea, 1943).
CONVOY_GAME = ((2.0, 2.0), (1.0, 3.0))
MATCHING_PENNIES = ((1.0, -1.0), (-1.0, 1.0))

# Bounds of two probabilities, for `simultaneous` and `alternating`.
UNIT_SQUARE = ((0.0, 1.0), (0.0, 1.0))


class MixedEquilibrium(NamedTuple):
    """Value of a game, and a pair of mixed strategies that guarantees it.

    Args:
        value: What the row player wins on average, float.
        row: Probabilities of the rows, shape (rows,).
        column: Probabilities of the columns, shape (columns,).

    Example:

    >>> round(mixed_equilibrium(CONVOY_GAME).value, 9)
    2.0
    """

    value: float
    row: np.ndarray
    column: np.ndarray


def pure_maximin(payoff: ArrayLike) -> float:
    """What the row player can guarantee with a pure strategy.

        max over i of (min over j of payoff[i, j])

    Args:
        payoff: Gain of the row player, shape (rows, columns).

    Returns:
        The guaranteed payoff, float. Never above `pure_minimax`.

    Raises:
        ValueError: If `payoff` is not a finite, non-empty matrix.

    Example:

    >>> pure_maximin(CONVOY_GAME)
    2.0

    Reference: von Neumann, Zur Theorie der Gesellschaftsspiele, 1928.
    """
    return float(_matrix(payoff).min(axis=1).max())


def pure_minimax(payoff: ArrayLike) -> float:
    """The most that the column player can lose with the best pure strategy.

        min over j of (max over i of payoff[i, j])

    Args:
        payoff: Gain of the row player, shape (rows, columns).

    Returns:
        The largest payoff, float. Never below `pure_maximin`.

    Raises:
        ValueError: If `payoff` is not a finite, non-empty matrix.

    Example:

    >>> pure_minimax(MATCHING_PENNIES), pure_maximin(MATCHING_PENNIES)
    (1.0, -1.0)

    Reference: von Neumann, Zur Theorie der Gesellschaftsspiele, 1928.
    """
    return float(_matrix(payoff).max(axis=0).min())


def saddle_points(payoff: ArrayLike) -> list[tuple[int, int]]:
    """Pairs of pure strategies that neither player gains by leaving alone.

    Entry (i, j) is the smallest of its row and the largest of its column. There is one
    exactly if `pure_maximin` equals `pure_minimax`.

    Args:
        payoff: Gain of the row player, shape (rows, columns).

    Returns:
        List of index pairs (i, j) in reading order; empty if there is none.

    Raises:
        ValueError: If `payoff` is not a finite, non-empty matrix.

    Example:

    >>> saddle_points(CONVOY_GAME)
    [(0, 0)]
    >>> saddle_points(MATCHING_PENNIES)
    []

    Reference: von Neumann, Zur Theorie der Gesellschaftsspiele, 1928.
    """
    matrix = _matrix(payoff)
    lowest_in_row = matrix == matrix.min(axis=1, keepdims=True)
    highest_in_column = matrix == matrix.max(axis=0, keepdims=True)
    return [(int(i), int(j)) for i, j in np.argwhere(lowest_in_row & highest_in_column)]


def mixed_equilibrium(payoff: ArrayLike) -> MixedEquilibrium:
    """Value and optimal mixed strategies, by linear programming.

    With mixed strategies it does not matter who plays first, as it may with pure ones:

        max over y of min over x of y' A x = min over x of max over y of y' A x

    Args:
        payoff: Gain A of the row player, shape (rows, columns).

    Returns:
        `MixedEquilibrium` (value, row strategy y, column strategy x). A game may have
        other optimal strategies, too.

    Raises:
        ValueError: If `payoff` is not a finite, non-empty matrix.

    Example:

    >>> mixed_equilibrium(MATCHING_PENNIES).column.tolist()
    [0.5, 0.5]

    Reference: von Neumann, Zur Theorie der Gesellschaftsspiele, 1928.
    """
    matrix = _matrix(payoff)
    value, row = _secure(matrix)
    # The column player is the row player of the negated, transposed game.
    _, column = _secure(-matrix.T)
    return MixedEquilibrium(value, row, column)


def strategy_field(payoff: ArrayLike) -> Callable:
    """The field of a 2x2 game whose players follow the gradients of the payoff.

    theta is the probability of the first column (the minimizer, like a generator)
    and psi that of the first row (the maximizer, like a discriminator):

        V(theta, psi) = (psi, 1 - psi) A (theta, 1 - theta)'
        field = (-dV/dtheta, dV/dpsi)

    Use it with `simultaneous` or `alternating` and `bounds=UNIT_SQUARE`. Around a mixed
    equilibrium it is a rotation, as in a GAN without regularization.

    Args:
        payoff: Gain A of the row player, shape (2, 2).

    Returns:
        Function (theta, psi) -> (v_theta, v_psi).

    Raises:
        ValueError: If `payoff` is not a finite 2x2 matrix.

    Example:

    >>> v_theta, v_psi = strategy_field(MATCHING_PENNIES)(0.5, 1.0)
    >>> float(v_theta), float(v_psi)
    (-2.0, 0.0)

    Reference: Singh et al., Nash Convergence of Gradient Dynamics, 2000.
    """
    matrix = _matrix(payoff)
    if matrix.shape != (2, 2):
        raise ValueError(
            f"Expected a 2x2 payoff, got shape {matrix.shape}; use "
            "mixed_equilibrium for larger games."
        )
    (a, b), (c, d) = matrix

    def field(theta, psi):
        v_theta = -(psi * (a - b) + (1 - psi) * (c - d))
        v_psi = theta * (a - c) + (1 - theta) * (b - d)
        return v_theta, v_psi

    return field


def _secure(matrix):
    """The largest v for which some strategy y gains at least v against every column."""
    rows, columns = matrix.shape
    result = linprog(
        c=np.r_[np.zeros(rows), -1.0],
        A_ub=np.c_[-matrix.T, np.ones(columns)],
        b_ub=np.zeros(columns),
        A_eq=np.r_[np.ones(rows), 0.0][None, :],
        b_eq=[1.0],
        # v may be negative; by default linprog keeps all variables >= 0.
        bounds=[(0, None)] * rows + [(None, None)],
    )
    if result.status != 0:
        raise ValueError(
            f"Expected a game that linprog can solve, got: {result.message}; "
            "rescale the payoffs to moderate numbers."
        )
    # The solver may leave probabilities such as -1e-17.
    strategy = np.clip(result.x[:rows], 0, 1)
    return float(result.x[-1]), strategy / strategy.sum()


def _matrix(payoff):
    matrix = np.asarray(payoff, float)
    if matrix.ndim != 2 or not matrix.size or not np.isfinite(matrix).all():
        raise ValueError(
            f"Expected a finite payoff matrix (rows, columns), got {payoff!r}; "
            "write one row per choice of the maximizing player."
        )
    return matrix
