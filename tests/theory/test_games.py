"""Games in a table: solved by hand, by linear programming, by gradient steps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from keras_gan.theory import (
    CONVOY_GAME,
    MATCHING_PENNIES,
    UNIT_SQUARE,
    alternating,
    alternating_radius,
    eigenvalues,
    mixed_equilibrium,
    pure_maximin,
    pure_minimax,
    saddle_points,
    simultaneous,
    simultaneous_radius,
    strategy_field,
)

# No deadline: machines that run tests are slow at times.
unhurried = settings(max_examples=40, deadline=None)

PAYOFFS = arrays(
    float, array_shapes(min_dims=2, max_dims=2, max_side=4), elements=st.integers(-9, 9)
)


class TestConvoyGame:
    def test_both_sides_go_north(self):
        assert saddle_points(CONVOY_GAME) == [(0, 0)]
        assert pure_maximin(CONVOY_GAME) == pure_minimax(CONVOY_GAME) == 2.0

    def test_chance_changes_nothing(self):
        found = mixed_equilibrium(CONVOY_GAME)
        assert found.value == pytest.approx(2.0)
        np.testing.assert_allclose(found.row, [1, 0], atol=1e-12)
        np.testing.assert_allclose(found.column, [1, 0], atol=1e-12)

    @pytest.mark.parametrize("moves", [simultaneous, alternating])
    def test_gradient_steps_find_the_value(self, moves):
        field = strategy_field(CONVOY_GAME)
        path = moves(field, (0.4, 0.4), 0.05, 500, bounds=UNIT_SQUARE)
        np.testing.assert_allclose(path[-1], [1, 1], atol=1e-12)


class TestMatchingPennies:
    def test_no_pure_solution(self):
        assert saddle_points(MATCHING_PENNIES) == []
        assert pure_maximin(MATCHING_PENNIES) == -1.0
        assert pure_minimax(MATCHING_PENNIES) == 1.0

    def test_fair_coins(self):
        found = mixed_equilibrium(MATCHING_PENNIES)
        assert found.value == pytest.approx(0.0, abs=1e-12)
        np.testing.assert_allclose(found.row, 0.5)
        np.testing.assert_allclose(found.column, 0.5)

    def test_field_is_a_rotation(self):
        # V = (2 psi - 1)(2 theta - 1): eigenvalues +-4i.
        found = eigenvalues(strategy_field(MATCHING_PENNIES), (0.5, 0.5))
        np.testing.assert_allclose(found, [-4j, 4j], atol=1e-9)

    def test_simultaneous_steps_spiral_out_at_the_predicted_rate(self):
        field, h = strategy_field(MATCHING_PENNIES), 0.01
        rate = simultaneous_radius(field, h, (0.5, 0.5))
        path = simultaneous(field, (0.6, 0.5), h, 100) - 0.5
        assert rate == pytest.approx(np.sqrt(1 + 16 * h**2))
        distance = np.linalg.norm(path, axis=1)
        np.testing.assert_allclose(distance, 0.1 * rate ** np.arange(101), rtol=1e-9)

    def test_alternating_steps_circle(self):
        field, h = strategy_field(MATCHING_PENNIES), 0.01
        x, y = (alternating(field, (0.6, 0.5), h, 1000) - 0.5).T
        # Exactly kept: the circle, tilted by half a step.
        np.testing.assert_allclose(x**2 + y**2 + 4 * h * x * y, 0.01, rtol=1e-9)
        assert alternating_radius(field, h, at=(0.5, 0.5)) == pytest.approx(1, rel=1e-9)

    def test_bounds_keep_probabilities(self):
        field = strategy_field(MATCHING_PENNIES)
        path = simultaneous(field, (0.6, 0.5), 0.1, 300, bounds=UNIT_SQUARE)
        assert path.min() == 0 and path.max() == 1


class TestMixedEquilibrium:
    def test_rock_paper_scissors(self):
        found = mixed_equilibrium([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
        assert found.value == pytest.approx(0, abs=1e-12)
        np.testing.assert_allclose(found.row, 1 / 3)

    def test_two_by_two_closed_form(self):
        # Without a saddle: value = (ad - bc) / (a + d - b - c).
        found = mixed_equilibrium([[3, -1], [-2, 4]])
        assert found.value == pytest.approx((12 - 2) / 10)
        np.testing.assert_allclose(found.row, [0.6, 0.4])
        np.testing.assert_allclose(found.column, [0.5, 0.5])

    @unhurried
    @given(payoff=PAYOFFS)
    def test_theorem_of_von_neumann(self, payoff):
        value, row, column = mixed_equilibrium(payoff)
        low, high = pure_maximin(payoff), pure_minimax(payoff)
        assert low - 1e-8 <= value <= high + 1e-8
        # Each strategy secures the value against every reply.
        assert (row @ payoff).min() == pytest.approx(value, abs=1e-8)
        assert (payoff @ column).max() == pytest.approx(value, abs=1e-8)
        assert row.sum() == pytest.approx(1) and column.sum() == pytest.approx(1)

    @unhurried
    @given(payoff=PAYOFFS, shift=st.integers(-5, 5))
    def test_shift_and_change_of_sides(self, payoff, shift):
        value = mixed_equilibrium(payoff).value
        shifted = mixed_equilibrium(payoff + shift).value
        assert shifted == pytest.approx(value + shift, abs=1e-8)
        swapped = mixed_equilibrium(-payoff.T).value
        assert swapped == pytest.approx(-value, abs=1e-8)


class TestSaddlePoints:
    @unhurried
    @given(payoff=PAYOFFS)
    def test_exist_exactly_when_pure_values_agree(self, payoff):
        saddles = saddle_points(payoff)
        assert bool(saddles) == (pure_maximin(payoff) == pure_minimax(payoff))
        assert all(payoff[i, j] == pure_maximin(payoff) for i, j in saddles)

    def test_lists_all(self):
        assert saddle_points(np.zeros((2, 2))) == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_field_matches_expected_payoff():
    payoff, theta, psi, h = np.array([[3.0, -1.0], [-2.0, 4.0]]), 0.3, 0.8, 1e-6

    def expected(theta, psi):
        return np.array([psi, 1 - psi]) @ payoff @ np.array([theta, 1 - theta])

    v_theta, v_psi = strategy_field(payoff)(theta, psi)
    by_theta = (expected(theta + h, psi) - expected(theta - h, psi)) / (2 * h)
    by_psi = (expected(theta, psi + h) - expected(theta, psi - h)) / (2 * h)
    assert v_theta == pytest.approx(-by_theta)
    assert v_psi == pytest.approx(by_psi)


@pytest.mark.parametrize(
    "solve",
    [pure_maximin, pure_minimax, saddle_points, mixed_equilibrium, strategy_field],
)
@pytest.mark.parametrize("payoff", [[1.0, 2.0], [[]], [[np.nan, 1.0]]])
def test_malformed_payoff_raises(solve, payoff):
    with pytest.raises(ValueError, match="Expected a finite payoff matrix"):
        solve(payoff)


def test_strategy_field_is_for_two_by_two():
    with pytest.raises(ValueError, match="use mixed_equilibrium"):
        strategy_field(np.zeros((3, 3)))
