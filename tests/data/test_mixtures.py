"""Tests of the points with known density."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from keras_gan.data.sources import mixtures

MIXTURES = {
    "ring": mixtures.ring(),
    "grid": mixtures.grid(),
    "gaussian1d": mixtures.gaussian1d(),
    "mixture1d": mixtures.mixture1d(),
}


@pytest.mark.parametrize("name", MIXTURES)
def test_log_prob_agrees_with_scipy(name):
    mixture = MIXTURES[name]
    x = mixture.sample(200, seed=1) + np.random.default_rng(2).normal(size=1) * 0.01
    dimensions = x.shape[1]
    density = sum(
        weight
        * stats.multivariate_normal(mean, mixture.std**2 * np.eye(dimensions)).pdf(x)
        for weight, mean in zip(mixture.weights, mixture.means, strict=True)
    )
    np.testing.assert_allclose(mixture.log_prob(x), np.log(density), rtol=1e-9)


@pytest.mark.parametrize("name", ["gaussian1d", "mixture1d"])
def test_density_on_the_line_integrates_to_one(name):
    x = np.linspace(-12, 12, 20_001)
    density = np.exp(MIXTURES[name].log_prob(x[:, None]))
    np.testing.assert_allclose(np.trapezoid(density, x), 1, rtol=1e-9)


@pytest.mark.parametrize("name", ["ring", "grid"])
def test_density_in_the_plane_integrates_to_one(name):
    # Wider modes than the default, so that a coarse lattice resolves them.
    mixture = mixtures.GaussianMixture(MIXTURES[name].means, std=0.3)
    axis = np.linspace(-7, 7, 281)
    points = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    cell = (axis[1] - axis[0]) ** 2
    np.testing.assert_allclose(
        np.exp(mixture.log_prob(points)).sum() * cell, 1, rtol=1e-9
    )


def test_log_prob_stays_finite_far_from_all_modes():
    far = mixtures.ring().log_prob([[1e3, 0.0]])
    assert np.isfinite(far).all()
    np.testing.assert_allclose(far, np.log(1 / 8) - (999 / 0.01) ** 2 / 2, rtol=1e-4)


def test_ring_modes_stand_at_equal_angles():
    modes = mixtures.ring(num_modes=8, radius=2.0).modes
    np.testing.assert_allclose(modes[0], [2, 0], atol=1e-12)
    np.testing.assert_allclose(modes[1], [2**0.5, 2**0.5], atol=1e-12)
    np.testing.assert_allclose(modes[2], [0, 2], atol=1e-12)


def test_grid_modes_are_the_published_ones():
    expected = {(x, y) for x in (-4, -2, 0, 2, 4) for y in (-4, -2, 0, 2, 4)}
    assert {tuple(mode) for mode in mixtures.grid().modes.tolist()} == expected


@pytest.mark.parametrize("name", MIXTURES)
def test_samples_have_the_moments_of_the_mixture(name):
    mixture = MIXTURES[name]
    x = mixture.sample(40_000, seed=0)
    mean = mixture.weights @ mixture.means
    variance = mixture.std**2 + mixture.weights @ (mixture.means - mean) ** 2
    tolerance = 5 * np.sqrt(variance / len(x))
    assert x.dtype == np.float64
    assert np.all(np.abs(x.mean(axis=0) - mean) < tolerance)
    np.testing.assert_allclose(x.var(axis=0), variance, rtol=0.05)


def test_weights_are_kept():
    x = mixtures.mixture1d().sample(40_000, seed=0)
    assert abs((x < 0).mean() - 0.3) < 0.01


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 50))
def test_same_seed_same_points(seed, n):
    first, second = (mixtures.grid().sample(n, seed) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, mixtures.grid().sample(n, seed + 1))


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"means": [1.0, 2.0], "std": 1}, "means"),
        ({"means": np.empty((0, 2)), "std": 1}, "means"),
        ({"means": [[0.0]], "std": 0}, "std"),
        ({"means": [[0.0]], "std": np.nan}, "std"),
        ({"means": [[0.0]], "std": 1, "weights": [0.5, 0.5]}, "weights"),
        ({"means": [[0.0], [1.0]], "std": 1, "weights": [0.5, 0.6]}, "weights"),
        ({"means": [[0.0], [1.0]], "std": 1, "weights": [-1, 2]}, "weights"),
    ],
)
def test_refuses_what_is_no_mixture(arguments, word):
    with pytest.raises(ValueError, match=word) as caught:
        mixtures.GaussianMixture(**arguments)
    assert "\n" not in str(caught.value)


def test_log_prob_refuses_another_dimension():
    with pytest.raises(ValueError, match=r"\(n, 2\)"):
        mixtures.ring().log_prob([[1.0]])
