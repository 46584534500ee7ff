"""Stacked MNIST: what is stacked, in which order, and what its evaluation says."""

import numpy as np
import pytest

from keras_gan import data
from keras_gan.cli import measurement
from keras_gan.data.sources.images import Samples
from keras_gan.data.sources.stacked_mnist import NUM_TEST, NUM_TRAIN, stack
from keras_gan.evaluation import Settings, Suite, stacked_modes


def levels(classes=10):
    """One grey image per class, filled with the class, so that pixels tell it."""
    labels = np.arange(classes)
    images = np.tile(labels[:, None, None, None], (1, 4, 4, 1)).astype("uint8")
    return Samples(images, labels, classes)


def test_channels_are_digits_and_the_label_reads_them():
    found = stack(levels(), 500, seed=3)
    assert found.samples.shape == (500, 4, 4, 3)
    assert found.samples.dtype == np.uint8
    corner = found.samples[:, 0, 0].astype(int)
    assert (found.samples == found.samples[:, :1, :1]).all()
    np.testing.assert_array_equal(found.labels, corner @ [100, 10, 1])
    assert found.num_classes == 1000


def test_all_numbers_are_equally_likely():
    digits = stack(levels(), 26_000).samples[:, 0, 0].astype(int)
    found = stacked_modes(digits)
    assert found.value == 1000
    # The floor has a standard deviation of 5 %.
    assert found.extra["kl"] < 1.3 * found.extra["expected_kl"]


def test_order_is_a_pure_function_of_the_seed():
    first, again, other = (stack(levels(), 50, seed=s).samples for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_colour_cannot_be_stacked():
    with pytest.raises(ValueError, match="grey"):
        stack(Samples(np.zeros((5, 4, 4, 3), "uint8")), 10)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    path = tmp_path_factory.mktemp("stacked") / "digits.npz"
    images = np.random.default_rng(0).integers(0, 255, (30, 4, 4), dtype="uint8")
    np.savez(path, images=images)
    return path


def test_any_source_can_be_named(archive):
    train = data.load(f"stacked_mnist:npz:{archive}", batch_size=10)
    assert train.samples.shape == (NUM_TRAIN, 4, 4, 3)
    again = data.load(f"stacked_mnist:npz:{archive}", batch_size=10, seed=1)
    assert (train.samples[:100] != again.samples[:100]).any()


def test_real_digits_meet_the_floor():
    unseen = data.load("stacked_mnist:mnist5k", split="test", batch_size=10, labels=True)
    assert unseen.samples.shape == (NUM_TEST, 28, 28, 3)
    assert unseen.num_classes == 1000
    some = unseen.samples[:2000]
    suite = Suite(some, some, Settings(("modes",), dataset="stacked_mnist:mnist5k"))
    found = suite.measure(some)["modes"]
    numbers = unseen.labels[:2000]
    true = stacked_modes(np.stack([numbers // 100, numbers // 10 % 10, numbers % 10], 1))
    assert abs(found.value - true.value) < 20
    assert found.extra["kl"] == pytest.approx(true.extra["kl"], rel=0.05)


def test_modes_are_what_is_measured():
    assert measurement.usual_metrics("stacked_mnist:mnist5k", None) == ("modes",)
