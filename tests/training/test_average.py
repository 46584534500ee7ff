"""The moving average against its definition in float64."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gan.training.average import (
    decay_in_force,
    decay_of_step,
    update_average,
)
from support import relu_networks, tiny_gan


def averaged(weights, decays, dtype):
    """What thousands of updates make of a constant start and moving weights."""
    weight = tf.Variable(weights[0], dtype=dtype)
    average = tf.Variable(weights[0], dtype=dtype)
    rest = tf.Variable(tf.zeros(weight.shape))

    @tf.function
    def run(weights, decays):
        for t in tf.range(tf.shape(decays)[0]):
            weight.assign(weights[t])
            update_average([average], [rest], [weight], decays[t])

    run(tf.cast(weights, dtype), tf.constant(decays, "float64"))
    return average.numpy().astype("float64")


def by_definition(weights, decays):
    average = weights[0].astype("float64")
    for weight, decay in zip(weights.astype("float64"), decays, strict=True):
        average += (1.0 - decay) * (weight - average)
    return average


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("decay", [0.998, 0.99999])
def test_loses_no_small_increments(dtype, decay):
    random = np.random.default_rng(0)
    # Weights near convergence: they move by far less than 1 %, to one side.
    drift = np.linspace(0.0, 0.01, 6000)[:, None] * random.normal(size=(1, 50))
    weights = random.normal(size=(1, 50)) * (1.0 + drift)
    stored = tf.cast(weights, dtype)
    decays = np.full(6000, decay)
    ours = averaged(stored, decays, dtype)
    exact = by_definition(stored.numpy().astype("float64"), decays)
    # The nearest number that the variable can hold: half a unit in the last place.
    unit = {"float32": 2.0**-24, "float16": 2.0**-11, "bfloat16": 2.0**-8}[dtype]
    assert (np.abs(ours - exact) <= 1.05 * unit * np.abs(exact)).all()


def test_eighth_steps_stand_for_all_and_keep_the_half_life():
    steps = np.arange(64 + 800)
    decays = np.array([float(decay_of_step(0.99, None, t)) for t in steps])
    np.testing.assert_allclose(decays[:64], 0.99)
    assert list(np.flatnonzero(decays[64:] < 1)) == list(range(7, 800, 8))
    assert np.prod(decays) == pytest.approx(0.99**864)


def test_a_step_without_an_update_changes_nothing():
    average, weight = tf.Variable([1.0]), tf.Variable([2.0])
    rest = tf.Variable([0.25])
    update_average([average], [rest], [weight], tf.constant(1.0, "float64"))
    assert (average[0], rest[0]) == (1.0, 0.25)


def test_half_life_grows_until_it_is_that_of_the_decay():
    steps = np.arange(0, 20_000, 7)
    found = [float(decay_in_force(0.999, 0.05, step)) for step in steps[:400]]
    found += [float(decay_in_force(0.999, 0.05, int(steps[-1])))]
    half_life = np.minimum(np.log(0.5) / np.log(0.999), 0.05 * steps)
    with np.errstate(divide="ignore"):
        expected = 0.5 ** (1.0 / half_life)
    expected = [*expected[:400], expected[-1]]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert found[-1] == pytest.approx(0.999, rel=1e-14)


def test_a_decay_of_0_follows_the_weights():
    assert float(decay_in_force(0.0, None, 5)) == 0.0


def test_counters_are_copied():
    weight, average = tf.Variable(7), tf.Variable(0)
    rest = tf.Variable(0.0)
    update_average([average], [rest], [weight], tf.constant(0.9, "float64"))
    assert int(average) == 7


def test_is_saved_in_full(tmp_path, images):
    gan = tiny_gan(relu_networks(), ema_decay=0.99999, ema_rampup=None)
    gan.fit(images, batch_size=4, verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    for one in (gan, loaded):
        one.fit(images, batch_size=4, verbose=0)
    assert all(
        np.array_equal(ours, theirs)
        for ours, theirs in zip(gan.weights, loaded.weights, strict=True)
    )
