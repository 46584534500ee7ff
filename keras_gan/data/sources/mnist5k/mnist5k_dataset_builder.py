"""The TensorFlow dataset `mnist5k`: 5,000 MNIST digits that come with this package."""

import pathlib

import numpy as np
import tensorflow_datasets as tfds

NUM_CLASSES = 10
TEST_EVERY = 5


def read_digits():
    """Reads the digits that stand beside this file.

    Returns:
        Images (5000, 28, 28, 1) as uint8 and integer labels (5000,), sorted by class.
    """
    with np.load(pathlib.Path(__file__).with_name("digits.npz")) as digits:
        return digits["images"][..., np.newaxis], digits["labels"].astype(int)


def is_test_digit(labels):
    """Chooses the test digits: every fifth one of each class, starting with the fifth.

    A fixed rule needs no random generator to repeat, and it keeps training and test
    digits at four to one in every class.

    Args:
        labels: Class of each digit (n,).

    Returns:
        A Boolean array (n,), True for test digits.

    Example:

    >>> is_test_digit(np.zeros(10, int)).nonzero()[0]
    array([4, 9])
    """
    chosen = np.zeros(len(labels), bool)
    for label in range(NUM_CLASSES):
        members = np.flatnonzero(labels == label)
        chosen[members[TEST_EVERY - 1 :: TEST_EVERY]] = True
    return chosen


class Builder(tfds.core.GeneratorBasedBuilder):
    """Builds `mnist5k`: 4,000 training and 1,000 test digits, equal in every class."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First release: 4,000 train, 1,000 test, stratified."}

    def _info(self):
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(28, 28, 1)),
                    "label": tfds.features.ClassLabel(num_classes=NUM_CLASSES),
                }
            ),
            supervised_keys=("image", "label"),
            homepage="http://yann.lecun.com/exdb/mnist/",
        )

    def _split_generators(self, dl_manager):
        images, labels = read_digits()
        in_test = is_test_digit(labels)
        return {
            "train": self._generate_examples(images, labels, ~in_test),
            "test": self._generate_examples(images, labels, in_test),
        }

    def _generate_examples(self, images, labels, chosen):
        for index in np.flatnonzero(chosen):
            yield int(index), {"image": images[index], "label": int(labels[index])}
