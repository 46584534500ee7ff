"""Eigenvalues of a training step: closed forms of the Dirac-GAN, and known matrices."""

import numpy as np
import pytest

from keras_gan import theory


def dirac_step(r1, h, momentum=0.0):
    """The matrix of a simultaneous step of the Dirac-GAN at its equilibrium."""
    field = theory.zero_centered_penalty(theory.dirac_gan(), r1=r1)
    moves = h * theory.jacobian(field)
    if not momentum:
        return np.eye(2) + moves
    # m <- b m + gradient, w <- w - h m
    velocity = np.hstack([moves, momentum * np.eye(2)])
    return np.vstack([np.hstack([np.eye(2), np.zeros((2, 2))]) + velocity, velocity])


def radius(matrix):
    return np.abs(np.linalg.eigvals(matrix)).max()


@pytest.mark.parametrize("momentum", [0.0, 0.6])
@pytest.mark.parametrize("r1", [0.0, 0.3, 0.9])
def test_rate_limit_is_where_the_radius_is_1(r1, momentum):
    h = 0.2
    found = np.linalg.eigvals(dirac_step(r1, h, momentum))
    limit = theory.rate_limit(found, momentum)
    if r1 == 0:
        assert limit == pytest.approx(0, abs=1e-6)  # No rate would do.
        return
    if not momentum:  # mu = -r1/2 +- i sqrt(1 - r1^2)/2
        assert limit * h == pytest.approx(4 * r1)
    assert radius(dirac_step(r1, h * limit, momentum)) == pytest.approx(1, abs=1e-9)
    assert radius(dirac_step(r1, 0.99 * h * limit, momentum)) < 1
    assert radius(dirac_step(r1, 1.01 * h * limit, momentum)) > 1


def test_momentum_is_taken_out():
    r1, h, momentum = 0.3, 0.2, 0.6
    moves = np.linalg.eigvals(dirac_step(r1, h)) - 1
    found = theory.without_momentum(
        np.linalg.eigvals(dirac_step(r1, h, momentum)), momentum
    )
    nearest = np.abs(found[:, None] - moves).min(axis=1)
    np.testing.assert_allclose(nearest, 0, atol=1e-9)


@pytest.mark.parametrize(
    ("name", "simultaneous", "what"),
    [
        ("gan", True, "diverges"),
        ("gan", False, "turns"),
        ("r1", True, "converges"),
        ("r1", False, "converges"),
    ],
)
def test_behaviour_of_the_dirac_gan(name, simultaneous, what):
    moves = 0.2 * theory.jacobian(theory.METHODS[name].field)
    step = np.eye(2) + moves
    if not simultaneous:
        of_g, of_d = np.eye(2), np.eye(2)
        of_g[0] += moves[0]
        of_d[1] += moves[1]
        step = of_g @ of_d
    found = theory.leading_eigenvalues(lambda v: step @ v, 2)
    assert theory.behaviour(found) == what
    assert theory.behaviour([1.0, 1.0]) == "rests" == theory.behaviour([])
    assert theory.rate_limit([1.0]) == np.inf
    # Real and above 1: no rate changes that. On the other side a lower one does.
    assert theory.behaviour([1.1, 0.5]) == "grows"
    assert theory.behaviour([1.1, -1.2]) == theory.behaviour([1.1, 1.3j]) == "diverges"
    # A weight on which nothing depends, and its momentum.
    assert theory.moving([1.0, 0.6, 0.9], 0.6).tolist() == [0.9]
    assert theory.rate_limit([1.0, 0.6], 0.6) == np.inf


def test_of_a_large_map_the_ends_are_found():
    random = np.random.default_rng(0)
    # Most weights rest, many shrink a little; three pairs or numbers stand out.
    inner = np.concatenate([np.zeros(150), -0.2 * random.uniform(size=150)])
    matrix = np.diag(np.concatenate([[0.05, -2.2, 0.0, 0.0], inner]))
    matrix[2:4, 2:4] = [[-0.1, 0.7], [-0.7, -0.1]]
    basis = np.linalg.qr(random.normal(size=matrix.shape))[0]
    step = np.eye(len(matrix)) + basis @ matrix @ basis.T
    calls = []

    def apply(vector):
        calls.append(1)
        return step @ vector

    found = theory.leading_eigenvalues(apply, len(step))
    for expected in (1.05, -1.2, 0.9 + 0.7j, 0.9 - 0.7j):
        assert np.abs(found - expected).min() < 1e-3
    assert theory.behaviour(found) == "diverges"
    assert np.abs(found[0]) == np.abs(found).max() and len(calls) < 3_000
    # What grows and does not turn is no matter of the rate. The pair is: 2 0.1 / 0.5.
    assert theory.rate_limit(found) == pytest.approx(0.4, rel=1e-3)


@pytest.mark.parametrize("size", [2, 200])
def test_a_map_that_overflows_is_refused(size):
    with pytest.raises(ValueError, match="NaN or infinity"):
        theory.leading_eigenvalues(lambda v: np.full(size, np.nan), size)
