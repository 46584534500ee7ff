"""Losses against float64 NumPy, at equilibrium and where others overflow."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from keras_gan import losses

NAMES = ("minimax", "non_saturating")
logits = st.floats(-30, 30)


def log_sigmoid(a):
    """log(1 / (1 + exp(-a))) in float64, not by softplus."""
    return -np.logaddexp(0.0, -np.asarray(a, "float64"))


def expected(name, real, fake):
    """(d_loss, g_loss) straight from the definitions, D = sigmoid(logit)."""
    d_loss = -log_sigmoid(real) - log_sigmoid(-np.asarray(fake))
    g_loss = {
        "minimax": log_sigmoid(-np.asarray(fake)),
        "non_saturating": -log_sigmoid(fake),
    }
    return d_loss, g_loss[name]


@pytest.mark.parametrize("name", NAMES)
@given(real=logits, fake=logits)
def test_matches_the_definition(name, real, fake):
    loss = losses.get(name)
    real64, fake64 = tf.constant(real, "float64"), tf.constant(fake, "float64")
    d_loss, g_loss = expected(name, real, fake)
    np.testing.assert_allclose(loss.discriminator_loss(real64, fake64), d_loss, rtol=1e-9)
    np.testing.assert_allclose(loss.generator_loss(fake64), g_loss, rtol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_value_at_equilibrium(name):
    loss, zero = losses.get(name), tf.zeros(3)
    np.testing.assert_allclose(loss.discriminator_loss(zero, zero), 2 * np.log(2), 1e-6)
    sign = -1 if name == "minimax" else 1
    np.testing.assert_allclose(loss.generator_loss(zero), sign * np.log(2), 1e-6)
    np.testing.assert_allclose(losses.value(zero, zero), -np.log(4), 1e-6)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("extreme", [-1e4, -50.0, 50.0, 1e4])
def test_extreme_logits_neither_overflow_nor_lose_the_gradient(name, extreme):
    loss = losses.get(name)
    real, fake = tf.Variable([extreme]), tf.Variable([extreme])
    with tf.GradientTape(persistent=True) as tape:
        d_loss = loss.discriminator_loss(real, fake)
        g_loss = loss.generator_loss(fake)
    d_expected, g_expected = expected(name, [extreme], [extreme])
    np.testing.assert_allclose(d_loss, d_expected, rtol=1e-6)
    np.testing.assert_allclose(g_loss, g_expected, rtol=1e-6, atol=1e-20)
    probability = np.exp(log_sigmoid(extreme))
    slopes = {"minimax": -probability, "non_saturating": probability - 1}
    atol = 1e-20
    np.testing.assert_allclose(tape.gradient(d_loss, real), [probability - 1], 1e-5, atol)
    np.testing.assert_allclose(tape.gradient(d_loss, fake), [probability], 1e-5, atol)
    np.testing.assert_allclose(tape.gradient(g_loss, fake), [slopes[name]], 1e-5, atol)


def test_the_two_generator_losses_are_not_the_same():
    rejected = tf.Variable([-10.0])
    with tf.GradientTape(persistent=True) as tape:
        saturating = losses.minimax_generator_loss(rejected)
        heuristic = losses.non_saturating_generator_loss(rejected)
    assert abs(float(tape.gradient(saturating, rejected)[0])) < 1e-4
    assert abs(float(tape.gradient(heuristic, rejected)[0])) > 0.99


@pytest.mark.parametrize("name", NAMES)
def test_keeps_the_shape_of_the_logits(name):
    patches = tf.zeros((2, 3, 3, 1))
    assert losses.get(name).discriminator_loss(patches, patches).shape == patches.shape
    assert losses.get(name).generator_loss(patches).shape == patches.shape


@pytest.mark.parametrize("name", NAMES)
def test_config_round_trip(name):
    loss = losses.get(name)
    config = keras.saving.serialize_keras_object(loss)
    assert type(keras.saving.deserialize_keras_object(config)) is type(loss)


def test_an_object_with_both_losses_is_taken_as_it_is():
    class Mine:
        discriminator_loss = staticmethod(losses.minimax_discriminator_loss)
        generator_loss = staticmethod(losses.minimax_generator_loss)

    mine = Mine()
    assert losses.get(mine) is mine


@pytest.mark.parametrize("wrong", ["foo", None, 3, object()])
def test_unknown_loss_names_those_that_there_are(wrong):
    with pytest.raises(ValueError, match="minimax.*non_saturating"):
        losses.get(wrong)
