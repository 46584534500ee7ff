"""Penalties against closed forms of linear and quadratic discriminators."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gan import penalties


def linear(weights):
    """D(x) = w . x, whose gradient is w everywhere."""

    def discriminator(x, training):
        return tf.linalg.matvec(x, tf.constant(weights))

    return discriminator


def half_square(x, training):
    """D(x) = |x|^2 / 2, whose gradient is x."""
    return 0.5 * tf.reduce_sum(tf.square(x), axis=1, keepdims=True)


def test_input_gradient_is_each_samples_own():
    samples = tf.constant([[1.0, 2.0], [3.0, -4.0]])
    gradient = penalties.input_gradient(half_square, samples)
    np.testing.assert_allclose(gradient, samples, rtol=1e-6)


def test_r1_of_a_linear_discriminator():
    penalty = penalties.R1(weight=3.0)(linear([3.0, 4.0]), tf.zeros((5, 2)), None, None)
    np.testing.assert_allclose(penalty, np.full(5, 3.0 / 2 * 25.0), rtol=1e-6)


def test_r1_looks_at_real_samples_only():
    real, fake = tf.constant([[3.0, 4.0]]), tf.constant([[100.0, 0.0]])
    np.testing.assert_allclose(penalties.R1(1.0)(half_square, real, fake, None), [12.5])


def test_r1_sums_over_all_axes_of_an_image():
    def total(x, training):
        return tf.reduce_sum(x, axis=[1, 2, 3])

    penalty = penalties.R1(2.0)(total, tf.zeros((2, 4, 3, 1)), None, None)
    np.testing.assert_allclose(penalty, [12.0, 12.0])


def test_r1_can_be_differentiated_by_the_weights():
    weight = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        penalty = penalties.R1(1.0)(
            lambda x, training: weight * x[:, 0], tf.ones((1, 1)), None, None
        )
    # d/dw (w^2 / 2) = w
    np.testing.assert_allclose(tape.gradient(penalty, weight), 3.0)


def test_a_flat_discriminator_costs_nothing_and_has_a_finite_gradient():
    weight = tf.Variable(0.0)
    with tf.GradientTape() as tape:
        penalty = penalties.R1(1.0)(
            lambda x, training: weight * x[:, 0], tf.ones((4, 1)), None, None
        )
    np.testing.assert_allclose(penalty, np.zeros(4))
    assert np.isfinite(tape.gradient(penalty, weight))


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_refuses_a_weight_out_of_range(weight):
    with pytest.raises(ValueError, match="weight"):
        penalties.R1(weight)


def test_config_round_trip():
    config = keras.saving.serialize_keras_object(penalties.R1(0.3))
    assert keras.saving.deserialize_keras_object(config).weight == 0.3
