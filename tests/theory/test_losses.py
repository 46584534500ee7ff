"""Losses of the oracle against their definitions, and gradients against values."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_gan.theory import (
    LOSSES,
    hinge,
    minimax,
    non_saturating,
    non_saturating_gradient,
    relativistic,
    saturating_gradient,
)

# No deadline: machines that run tests are slow at times.
unhurried = settings(max_examples=40, deadline=None)

LOGITS = st.floats(-30, 30, allow_nan=False)

# (d_loss, g_loss) where both logits are 0.
AT_ZERO = {
    "minimax": (2 * math.log(2), -math.log(2)),
    "non_saturating": (2 * math.log(2), math.log(2)),
    "least_squares": (0.5, 0.5),
    "hinge": (2.0, 0.0),
    "wasserstein": (0.0, 0.0),
    "relativistic": (math.log(2), math.log(2)),
}


def sigmoid(a):
    return 1 / (1 + math.exp(-a))


# Word for word, without any care for numbers: valid for small logits only.
NAIVE = {
    "minimax": lambda r, f: (
        -math.log(sigmoid(r)) - math.log(1 - sigmoid(f)),
        math.log(1 - sigmoid(f)),
    ),
    "non_saturating": lambda r, f: (
        -math.log(sigmoid(r)) - math.log(1 - sigmoid(f)),
        -math.log(sigmoid(f)),
    ),
    "least_squares": lambda r, f: (((r - 1) ** 2 + f**2) / 2, (f - 1) ** 2 / 2),
    "hinge": lambda r, f: (max(0, 1 - r) + max(0, 1 + f), -f),
    "wasserstein": lambda r, f: (f - r, -f),
    "relativistic": lambda r, f: (
        math.log(1 + math.exp(f - r)),
        math.log(1 + math.exp(r - f)),
    ),
}


def test_every_loss_is_tested():
    assert set(LOSSES) == set(AT_ZERO) == set(NAIVE)


@pytest.mark.parametrize("name", LOSSES)
class TestEveryLoss:
    def test_value_where_both_logits_are_zero(self, name):
        values = LOSSES[name](0.0, 0.0)
        np.testing.assert_allclose(values[:2], AT_ZERO[name], atol=1e-15)

    @unhurried
    @given(real=st.floats(-8, 8), fake=st.floats(-8, 8))
    def test_matches_definition(self, name, real, fake):
        values = LOSSES[name](real, fake)
        expected = NAIVE[name](real, fake)
        np.testing.assert_allclose(values[:2], expected, rtol=1e-9, atol=1e-12)

    @unhurried
    @given(real=LOGITS, fake=LOGITS)
    def test_gradients_match_central_differences(self, name, real, fake):
        # The hinge has no derivative on its margin.
        real += 1e-3 * (abs(real - 1) < 1e-3)
        fake += 1e-3 * (abs(fake + 1) < 1e-3)
        values, step = LOSSES[name](real, fake), 1e-4

        def slope(player, by_real):
            ends = [
                LOSSES[name](real + s * by_real, fake + s * (1 - by_real))[player]
                for s in (step, -step)
            ]
            return (ends[0] - ends[1]) / (2 * step)

        measured = [slope(0, 1), slope(0, 0), slope(1, 1), slope(1, 0)]
        np.testing.assert_allclose(values[2:], measured, rtol=1e-8, atol=2e-9)

    @unhurried
    @given(real=LOGITS, fake=LOGITS)
    def test_players_want_opposite_things(self, name, real, fake):
        values = LOSSES[name](real, fake)
        if name != "least_squares":
            assert values.d_loss_by_real <= 0 <= values.d_loss_by_fake
            assert values.g_loss_by_fake <= 0

    def test_finite_far_in_the_tails(self, name):
        far = np.array([-1e4, -1e4, 1e4, 1e4])
        with np.errstate(all="raise", under="ignore"):
            values = LOSSES[name](far, np.array([-1e4, 1e4, -1e4, 1e4]))
        assert np.isfinite(values).all()

    def test_keeps_the_shape(self, name):
        values = LOSSES[name](np.zeros((2, 3)), np.ones((2, 3)))
        assert all(v.shape == (2, 3) and v.dtype == np.float64 for v in values)

    def test_different_shapes_raise(self, name):
        with pytest.raises(ValueError, match=r"got \(2,\) and \(3,\)"):
            LOSSES[name](np.zeros(2), np.zeros(3))

    def test_only_relativistic_pairs_samples(self, name):
        paired = LOSSES[name](0.3, -0.2).g_loss_by_real != 0
        assert paired == (name == "relativistic")


def test_wrong_discriminator_pays_its_logit():
    values = minimax(-1e4, 1e4)
    assert values.d_loss == 2e4
    assert values.g_loss == -1e4
    assert non_saturating(0.0, -1e4).g_loss == 1e4


def test_tiny_losses_are_not_rounded_to_zero():
    # exp(-100), which a difference from 1 or a logarithm of 1 + tiny loses.
    values = minimax(100.0, -100.0)
    np.testing.assert_allclose(values.d_loss, 2 * math.exp(-100), rtol=1e-12)
    np.testing.assert_allclose(values.d_loss_by_fake, math.exp(-100), rtol=1e-12)


def test_minimax_is_zero_sum_in_the_fake_term():
    fake = np.linspace(-5, 5, 11)
    values = minimax(np.full(11, 40.0), fake)
    np.testing.assert_allclose(values.d_loss, -values.g_loss, atol=1e-15)


def test_hinge_is_at_rest_on_its_margin():
    values = hinge(1.0, -1.0)
    assert values.d_loss == values.d_loss_by_real == values.d_loss_by_fake == 0


@unhurried
@given(real=LOGITS, fake=LOGITS, shift=LOGITS)
def test_relativistic_ignores_a_common_shift(real, fake, shift):
    before, after = relativistic(real, fake), relativistic(real + shift, fake + shift)
    np.testing.assert_allclose(before, after, rtol=1e-12, atol=1e-12)


@unhurried
@given(real=LOGITS, fake=LOGITS)
def test_relativistic_players_swap_roles(real, fake):
    assert relativistic(real, fake).g_loss == relativistic(fake, real).d_loss


class TestSaturation:
    def test_known_points(self):
        assert saturating_gradient(0.0) == non_saturating_gradient(0.0) == 0.5
        assert saturating_gradient(-1e4) == 0.0
        assert non_saturating_gradient(-1e4) == 1.0

    @unhurried
    @given(logit=LOGITS)
    def test_sizes_of_the_generator_gradients(self, logit):
        strong = -non_saturating(0.0, logit).g_loss_by_fake
        assert saturating_gradient(logit) == -minimax(0.0, logit).g_loss_by_fake
        assert non_saturating_gradient(logit) == strong

    @unhurried
    @given(logit=LOGITS)
    def test_complement_and_ratio(self, logit):
        weak, strong = saturating_gradient(logit), non_saturating_gradient(logit)
        np.testing.assert_allclose(weak + strong, 1, rtol=1e-15)
        np.testing.assert_allclose(strong / weak, math.exp(-logit), rtol=1e-12)
