"""What is said of data and networks before the first update."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

import keras_gan as kg
from keras_gan.data import first_look
from keras_gan.data.value_range import scale


def hidden(x):
    return layers.Lambda(ops.sigmoid, name="hidden")(x)


def pair(g_ending=lambda x: x, d_ending=lambda x: x):
    z, x = keras.Input((2,)), keras.Input((4, 4, 1))
    made = layers.Reshape((4, 4, 1))(layers.Dense(16)(z))
    judged = layers.Dense(1)(layers.Flatten()(x))
    return keras.Model(z, g_ending(made)), keras.Model(x, d_ending(judged))


def said(caplog, networks, images):
    """The warnings of a run of no epoch, which looks at everything and trains nothing.

    Data that was refused before is no look.
    """
    gan = kg.GAN(*networks)
    gan.compile("sgd", "sgd")
    broken = tf.data.Dataset.from_tensors(np.full(images.shape, np.nan, "float32"))
    with pytest.raises(ValueError, match="NaN or infinity"):
        gan.fit(broken, epochs=0, verbose=0)
    gan.fit(images, epochs=0, verbose=0)
    gan.fit(images, epochs=0, verbose=0)
    return [record.getMessage() for record in caplog.records]


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (64, 4, 4, 1)).astype("uint8")


def test_an_unknown_range_is_said_once_and_compared_with_samples(caplog, images):
    (line,) = said(caplog, pair(g_ending=hidden), images)
    assert "'hidden'" in line and "the data in [-1, 1]" in line
    low, high = map(float, line.split("samples lie in [")[1].split("]")[0].split(","))
    assert 0.0 < low < high < 1.0


def test_a_range_without_negative_values_is_compared_with_the_data(caplog, images):
    (line,) = said(caplog, pair(g_ending=ops.relu), images)
    assert "never be negative" in line


def test_a_hidden_sigmoid_of_the_discriminator_is_seen_in_its_outputs(caplog, images):
    (line,) = said(caplog, pair(ops.tanh, hidden), images)
    assert "'hidden'" in line and "logits" in line


def test_known_endings_are_no_news(caplog, images):
    linear = lambda x: layers.Lambda(lambda y: 5 * y - 1)(x)  # noqa: E731
    assert said(caplog, pair(ops.tanh, linear), images) == []
    assert said(caplog, pair(), images) == []


def values(low, high, shape=(64, 4, 4, 1)):
    """Floats that fill a range, its ends included."""
    spread = np.random.default_rng(0).random(shape)
    spread.flat[:2] = 0.0, 1.0
    return (low + (high - low) * spread).astype("float32")


def check(caplog, samples, value_range):
    first_look.check(samples, samples.shape[1:], value_range)
    return [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize("bits", [10, 12, 14])
@pytest.mark.parametrize("value_range", [(0.0, 1.0), (-1.0, 1.0), None])
def test_few_bits_in_a_file_of_16_are_said(caplog, bits, value_range):
    stored = np.linspace(0, 2**bits - 1, 64 * 16).reshape(64, 4, 4, 1)
    scaled = scale(stored, value_range, stored_range=(0, 65535)).numpy()
    (line,) = check(caplog, scaled, value_range)
    assert "16 bits" in line


@pytest.mark.parametrize("high", [255.0, 65535.0, 100.0])
@pytest.mark.parametrize("shape", [(64, 4, 4, 1), (64, 4, 4, 4, 1), (64, 8, 2), (64, 2)])
def test_unscaled_floats_for_a_generator_without_bounds_are_said(caplog, high, shape):
    (line,) = check(caplog, values(0.0, high, shape), None)
    assert f"{high:g}" in line and "[-1, 1]" in line


def test_half_a_range_of_voxels_is_refused():
    volumes = values(0.0, 1.0, (64, 4, 4, 4, 1))
    with pytest.raises(ValueError, match="scale the data"):
        first_look.check(volumes, volumes.shape[1:], (-1.0, 1.0))


@pytest.mark.parametrize("shape", [(64, 8, 2), (64, 16)])
def test_half_a_range_is_said(caplog, shape):
    (line,) = check(caplog, values(0.0, 1.0, shape), (-1.0, 1.0))
    assert "[0, 1]" in line and "[-1, 1]" in line


@pytest.mark.parametrize(
    "samples, value_range",
    [
        (values(-1.0, 1.0), (-1.0, 1.0)),
        (values(0.0, 1.0), (0.0, 1.0)),
        (values(-1.0, 1.0, (64, 4, 4, 4, 1)), (-1.0, 1.0)),
        (values(-4.0, 4.0, (64, 2)), None),
        (values(0.0, 0.1, (64, 2)), None),
    ],
)
def test_nothing_is_said_of_data_that_fit(caplog, samples, value_range):
    assert check(caplog, samples, value_range) == []
