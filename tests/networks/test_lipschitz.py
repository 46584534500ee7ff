"""Spectral normalisation against NumPy's SVD and Miyato's formulas; weight clipping."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_gan.networks import Maxout, SpectralNormalization, WeightClip


def normal(size):
    """The same numbers whichever test asks first."""
    return np.random.default_rng(0).normal(size=size)


# Layers with a kernel, and an input for each.
WRAPPABLE = {
    "dense": (lambda: keras.layers.Dense(4), (3, 6)),
    "maxout": (lambda: Maxout(3, pieces=2), (3, 6)),
    "conv": (lambda: keras.layers.Conv2D(5, 3, strides=2, padding="same"), (2, 6, 6, 3)),
    "transposed": (lambda: keras.layers.Conv2DTranspose(3, 2, strides=2), (2, 4, 4, 2)),
}


def converged(layer, x, calls=5):
    """The wrapper after so many training calls, and W as a matrix."""
    wrapper = SpectralNormalization(layer, power_iterations=20)
    for _ in range(calls):
        wrapper(x, training=True)
    return wrapper, matrix_of(layer)


def matrix_of(layer):
    kernel = np.array(layer.kernel, "float64")
    return kernel.reshape(-1, kernel.shape[-1])


@pytest.fixture(params=WRAPPABLE)
def layer_and_input(request):
    make, shape = WRAPPABLE[request.param]
    return make(), normal(shape).astype("float32")


class TestSpectralNormalization:
    def test_divides_by_the_largest_singular_value(self, layer_and_input):
        layer, x = layer_and_input
        wrapper, matrix = converged(layer, x)
        outputs = np.array(wrapper(x, training=False))
        sigma = np.linalg.svd(matrix, compute_uv=False)[0]
        # The layer itself, with a kernel that NumPy has normalised.
        kernel = np.array(layer.kernel)
        layer.kernel.assign(kernel / sigma)
        np.testing.assert_allclose(outputs, layer(x), rtol=1e-4, atol=1e-5)

    def test_never_moves_the_kernel(self, layer_and_input):
        layer, x = layer_and_input
        layer.build(x.shape)
        kernel = np.array(layer.kernel)
        converged(layer, x, calls=3)
        assert np.array_equal(kernel, layer.kernel)

    def test_gradient_is_miyatos(self):
        layer, x = keras.layers.Dense(4, use_bias=False), normal((5, 6))
        wrapper, matrix = converged(layer, x.astype("float32"))
        weights = normal((5, 4))
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(wrapper(x.astype("float32"), training=True) * weights)
        found = np.array(tape.gradient(loss, layer.kernel), "float64")

        left, sigma, right = np.linalg.svd(matrix)
        outer = x.T @ weights
        along = np.sum(outer * matrix / sigma[0])
        expected = (outer - along * np.outer(left[:, 0], right[0])) / sigma[0]
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
        # W / sigma is the same for any multiple of W.
        assert abs(np.sum(found * matrix)) < 1e-3 * np.linalg.norm(found)

    def test_a_penalty_on_the_input_gradient_sees_sigma(self):
        # |D'|^2 of a linear D = |w / sigma|^2 = 1: flat in w.
        layer = keras.layers.Dense(1, use_bias=False)
        wrapper, _ = converged(layer, np.ones((1, 6), "float32"))
        x = tf.zeros((2, 6))
        with tf.GradientTape() as outer:
            with tf.GradientTape() as tape:
                tape.watch(x)
                total = tf.reduce_sum(wrapper(x, training=True))
            penalty = tf.reduce_sum(tape.gradient(total, x) ** 2, axis=1)
        np.testing.assert_allclose(penalty, 1.0, rtol=1e-5)
        assert np.abs(outer.gradient(penalty, layer.kernel)).max() < 1e-5

    @settings(max_examples=20, deadline=None)
    @given(st.floats(1e-6, 1e6), st.integers(1, 5), st.integers(1, 5))
    def test_a_multiple_of_the_kernel_is_the_same_layer(self, scale, inputs, units):
        x = normal((2, inputs)).astype("float32")
        wrapper = SpectralNormalization(keras.layers.Dense(units, use_bias=False))
        before = np.array(wrapper(x))
        wrapper.layer.kernel.assign(scale * wrapper.layer.kernel)
        np.testing.assert_allclose(wrapper(x), before, rtol=1e-4, atol=1e-6)

    def test_u_moves_in_training_only(self):
        wrapper = SpectralNormalization(keras.layers.Dense(4))
        x = np.ones((2, 6), "float32")
        wrapper(x, training=False)
        u = np.array(wrapper.u)
        wrapper(x, training=False)
        with keras.StatelessScope():
            wrapper(x, training=True)
        assert np.array_equal(u, wrapper.u)
        wrapper(x, training=True)
        assert not np.array_equal(u, wrapper.u)
        assert [w.name for w in wrapper.non_trainable_weights] == ["u"]

    def test_one_iteration_a_call_converges_too(self):
        # Singular values near one another: a single step tells them apart badly.
        start = keras.initializers.Constant(np.diag([4.0, 3.0, 3.0, 3.0, 0, 0])[:, :4])
        layer = keras.layers.Dense(4, use_bias=False, kernel_initializer=start)
        wrapper, x = SpectralNormalization(layer), np.eye(6, dtype="float32")
        slopes = [
            np.linalg.svd(wrapper(x, training=True), compute_uv=False)[0]
            for _ in range(60)
        ]
        assert slopes[0] > 1.01  # sigma was too small at first
        assert slopes[-1] == pytest.approx(1.0, abs=1e-3)

    def test_a_kernel_of_zeros_stays_finite_and_can_leave(self):
        wrapper = SpectralNormalization(keras.layers.Dense(4, kernel_initializer="zeros"))
        x = np.ones((2, 6), "float32")
        for _ in range(2):
            assert not np.any(wrapper(x, training=True))
        wrapper.layer.kernel.assign(np.ones((6, 4)))
        for _ in range(2):
            outputs = wrapper(x, training=True)
        np.testing.assert_allclose(outputs, 6 / np.sqrt(24), rtol=1e-5)

    def test_survives_saving(self, layer_and_input, tmp_path):
        layer, x = layer_and_input
        inputs = keras.Input(x.shape[1:])
        outputs = SpectralNormalization(layer, power_iterations=2)(inputs)
        model = keras.Model(inputs, outputs)
        model(x, training=True)
        model.save(tmp_path / "model.keras")
        loaded = keras.models.load_model(tmp_path / "model.keras")
        assert loaded.layers[-1].power_iterations == 2
        np.testing.assert_array_equal(model(x), loaded(x))

    @pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
    def test_computes_sigma_in_float32(self, policy):
        layer = keras.layers.Dense(4, dtype=policy, use_bias=False)
        x = np.eye(6, dtype="float32")
        wrapper, matrix = converged(layer, x)
        outputs = wrapper(x)
        assert outputs.dtype == policy.removeprefix("mixed_")
        assert wrapper.u.dtype == layer.kernel.dtype == "float32"
        expected = matrix / np.linalg.svd(matrix, compute_uv=False)[0]
        np.testing.assert_allclose(tf.cast(outputs, "float64"), expected, atol=0.01)

    def test_sigma_is_that_of_the_kernel_as_it_is_stored(self):
        # bfloat16 has 8 bits: rounded, this kernel's sigma would be 1.
        layer = keras.layers.Dense(1, dtype="mixed_bfloat16", use_bias=False)
        layer.build((None, 1))
        layer.kernel.assign([[1.003]])
        wrapper, seen = SpectralNormalization(layer), []
        power = wrapper._largest_singular_value
        wrapper._largest_singular_value = lambda kernel: (
            seen.append(kernel) or power(kernel)
        )
        wrapper(np.ones((1, 1), "float32"))
        assert float(power(seen[0])[0]) == pytest.approx(1.003, abs=1e-6)

    def test_a_float32_layer_gets_float32_inputs_in_mixed_precision(self):
        keras.config.set_dtype_policy("mixed_bfloat16")
        try:
            wrapper = SpectralNormalization(keras.layers.Dense(1, dtype="float32"))
        finally:
            keras.config.set_dtype_policy("float32")
        assert wrapper.compute_dtype == wrapper.layer.compute_dtype == "float32"

    def test_refuses_a_layer_without_a_kernel(self):
        with pytest.raises(ValueError, match="Flatten"):
            SpectralNormalization(keras.layers.Flatten())(np.ones((2, 3)))

    def test_refuses_no_iterations(self):
        with pytest.raises(ValueError, match=">= 1, got 0"):
            SpectralNormalization(keras.layers.Dense(1), power_iterations=0)


class TestWeightClip:
    def test_optimizers_apply_it_after_each_update(self):
        layer = keras.layers.Dense(4, kernel_constraint=WeightClip(0.01))
        layer.build((None, 6))
        step = normal((6, 4))
        start = np.array(layer.kernel)
        keras.optimizers.SGD(0.1).apply([tf.constant(step, "float32")], [layer.kernel])
        expected = np.clip(start - 0.1 * step, -0.01, 0.01)
        np.testing.assert_allclose(layer.kernel, expected, atol=1e-7)

    def test_config_round_trip(self):
        again = keras.constraints.deserialize(
            keras.constraints.serialize(WeightClip(0.25))
        )
        assert isinstance(again, WeightClip) and again.limit == 0.25

    @pytest.mark.parametrize("limit", [0.0, -1.0, float("inf"), float("nan")])
    def test_refuses_no_limit(self, limit):
        with pytest.raises(ValueError, match="positive and finite"):
            WeightClip(limit)


def test_losses_of_the_wrapped_layer_are_kept():
    layer = SpectralNormalization(keras.layers.Dense(3, activity_regularizer="l2"))
    y = layer(np.ones((2, 5), "float32"))
    # Keras' "l2" is 0.01 times the sum of squares, per sample.
    np.testing.assert_allclose(layer.losses, [0.01 * np.sum(np.square(y)) / 2], rtol=1e-5)
