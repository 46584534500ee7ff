"""Half the bits, the same game: a loss scale for each network, float32 for logits."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gan.data.elements import Element
from keras_gan.penalties import R1
from support import tiny_gan, tiny_networks


@pytest.fixture(params=["mixed_float16", "mixed_bfloat16"])
def policy(request):
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy("float32")


def test_both_networks_compute_in_half_and_keep_float32_weights(policy):
    gan = tiny_gan(tiny_networks())
    for network in (gan.generator, gan.discriminator):
        dense = next(layer for layer in network.layers if layer.weights)
        assert dense.compute_dtype == policy.removeprefix("mixed_")
        assert {str(w.dtype) for w in network.weights} == {"float32"}
        assert network.output.dtype == "float32"


def test_float16_scales_both_losses_and_bfloat16_needs_none(policy):
    gan = tiny_gan()
    for optimizer in (gan.d_optimizer, gan.g_optimizer):
        scaled = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        assert scaled == (policy == "mixed_float16")


def logs_of_run():
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), dtype="uint8")
    gan = tiny_gan(penalties=[R1(0.1)])
    history = gan.fit(images, batch_size=8, epochs=3, verbose=0)
    return {name: values[-1] for name, values in history.history.items()}


@pytest.fixture(scope="module")
def logs_in_float32():
    return logs_of_run()


def test_follows_the_float32_run(logs_in_float32, policy):
    half = logs_of_run()
    assert half.keys() == logs_in_float32.keys()
    for name, value in logs_in_float32.items():
        np.testing.assert_allclose(half[name], value, rtol=0.1, atol=5e-3, err_msg=name)


def test_an_overflow_skips_one_networks_update_and_halves_its_scale(images):
    keras.config.set_dtype_policy("mixed_float16")
    gan = tiny_gan()
    keras.config.set_dtype_policy("float32")
    gan.d_optimizer.dynamic_scale.assign(2.0**100)
    before = [np.array(w) for w in gan.discriminator.weights]
    gan.fit(images[:8], batch_size=8, epochs=1, verbose=0)
    for weight, former in zip(gan.discriminator.weights, before, strict=True):
        np.testing.assert_array_equal(weight, former)
    assert float(gan.d_optimizer.dynamic_scale) == 2.0**99
    assert float(gan.g_optimizer.dynamic_scale) == 2.0**15
    assert int(gan.g_optimizer.iterations) == 1 and int(gan.d_optimizer.iterations) == 0
    assert gan.finite_check.broken_at is None  # it is no accident


def test_logged_gradient_norms_are_not_scaled(images):
    keras.config.set_dtype_policy("mixed_float16")
    gan = tiny_gan()
    keras.config.set_dtype_policy("float32")
    z, real = gan._draw_latents(8, 0), tf.constant(images[:8] / np.float32(255))
    gradients = gan._discriminator_gradients(Element(real), z, 0)
    scale = float(gan.d_optimizer.dynamic_scale)
    np.testing.assert_allclose(
        gan.d_grad_norm.result(),
        float(tf.linalg.global_norm(gradients)) / scale,
        rtol=1e-5,
    )


def test_round_trip_keeps_scales_and_moments(policy, images, tmp_path):
    gan = tiny_gan()
    gan.fit(images, batch_size=8, epochs=1, verbose=0)
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    pairs = zip(gan.optimizer.variables, again.optimizer.variables, strict=True)
    for ours, theirs in pairs:
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(again.sample(4), gan.sample(4))


def test_networks_of_float32_are_left_alone():
    assert isinstance(tiny_gan().d_optimizer, keras.optimizers.Adam)
