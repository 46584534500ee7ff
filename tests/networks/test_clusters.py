"""The pair for narrow clusters: steps that are spread, waves that are what they say."""

import keras
import numpy as np
import pytest

import keras_gan as kg
from keras_gan.networks.clusters import Waves, clusters, frequencies_of


def test_waves_are_sines_and_cosines_of_log_uniform_frequencies():
    layer = Waves(400, 0.5, 8.0, seed=3)
    x = np.random.default_rng(0).normal(size=(5, 2)).astype("float32")
    found = np.array(layer(x))
    np.testing.assert_array_equal(found[:, :2], x)
    # Along an axis the waves have the frequencies' projection: read B off the gradient.
    small = 1e-3 * np.eye(2, dtype="float32")
    columns = np.arcsin(np.array(layer(small))[:, 2:402]) / 1e-3
    lengths = np.linalg.norm(columns, axis=0)
    assert lengths.min() >= 0.499 and lengths.max() <= 8.01
    # Log-uniform: as many below the geometric mean as above it.
    assert np.mean(lengths < 2.0) == pytest.approx(0.5, abs=0.1)
    np.testing.assert_allclose(found[:, 2:402], np.sin(x @ columns), atol=1e-3)
    np.testing.assert_allclose(found[:, 402:], np.cos(x @ columns), atol=1e-3)


def test_waves_survive_saving(tmp_path):
    _, discriminator = clusters(seed=4)
    discriminator.save(tmp_path / "d.keras")
    loaded = keras.models.load_model(tmp_path / "d.keras", safe_mode=True)
    x = np.random.default_rng(1).normal(size=(6, 2)).astype("float32")
    np.testing.assert_array_equal(discriminator(x), loaded(x))


@pytest.mark.parametrize("arguments", [(0, 1.0, 2.0), (4, 0.0, 1.0), (4, 2.0, 1.0)])
def test_waves_refuse(arguments):
    with pytest.raises(ValueError, match="0 < low <= high"):
        Waves(*arguments)


def test_steps_start_steep_and_spread():
    generator, _ = clusters(steepness=8.0, generator_units=(2000, 16))
    kernel, bias = generator.layers[1].get_weights()
    assert kernel.std() == pytest.approx(8.0, rel=0.05)
    assert np.abs(bias).max() == pytest.approx(16.0, rel=0.01)
    assert np.mean(np.abs(bias) < 8.0) == pytest.approx(0.5, abs=0.05)


def test_seeds_and_packing():
    first, again, other = (clusters(seed=s)[0].get_weights() for s in (1, 1, 2))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (first[0] != other[0]).any()
    assert clusters(packing=3)[1].input_shape == (None, 6)


def test_plays():
    gan = kg.GAN(*clusters(generator_units=(8, 8), discriminator_units=(8,)))
    gan.compile("adam", "adam", "relativistic", [kg.penalties.R1(), kg.penalties.R2()])
    real = np.random.default_rng(0).normal(size=(32, 2)).astype("float32")
    logs = gan.fit(real, batch_size=8, epochs=1, verbose=0).history
    assert np.isfinite([logs[name][-1] for name in logs]).all()


def test_frequencies_follow_the_scale_of_the_points():
    points = kg.data.ring().sample(2000, seed=0)
    low, high = frequencies_of(points)
    assert low == pytest.approx(np.sqrt(2), rel=0.02)  # a circle of radius 1
    # At a cluster's median distance from its mean the density is n / (4 pi std^2), and
    # 20 of n = 250 points lie within r = std sqrt(80 / n).
    assert high == pytest.approx(0.4 / (0.01 * np.sqrt(80 / 250)), rel=0.1)
    np.testing.assert_allclose(frequencies_of(7 * points), [low / 7, high / 7], rtol=1e-4)


def test_frequencies_of_the_20th_neighbour():
    # On a line of equal steps it is 10 steps away on either side, 20 at the ends.
    points = np.arange(1000.0)[:, None] * [[1.0, 0.0]]
    _, high = frequencies_of(points)
    assert high == pytest.approx(0.4 / 10)


@pytest.mark.parametrize(
    "points, message",
    [(np.zeros((100, 2)), "nothing to resolve"), (np.ones((20, 2)), "more than 20")],
)
def test_frequencies_need_points_that_differ(points, message):
    with pytest.raises(ValueError, match=message):
        frequencies_of(points)
