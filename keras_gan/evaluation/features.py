"""Feature extractors by name: uint8 images in, (features, logits or None) out."""

import difflib
import os

import numpy as np
import tensorflow as tf

from keras_gan.data.kinds import kind_of
from keras_gan.data.on_disk import Rows, View, extent_of
from keras_gan.evaluation import classifier
from keras_gan.evaluation.inception import Inception

NAMES = ("pixels", "classifier", "inception", "savedmodel:PATH")
BATCH = 500


def get(name, *, dataset=None, classifier_path=None, inception_path=None, reading=()):
    """Returns a feature extractor by name.

    Args:
        name: "pixels", "classifier", "inception" or "savedmodel:PATH".
        dataset: Data set of the "classifier". Defaults to None.
        classifier_path: File of the "classifier", or "mnist": the shipped one; in place
            of that of `dataset`. Defaults to None.
        inception_path: File of Inception's weights. Defaults to None: as for
            `Inception`.
        reading: As for `classifier.find`. Defaults to ().

    Returns:
        A callable: images (n, h, w, c) uint8 -> (features (n, d), logits or None). Its
        attributes are `name` and `about`, a dict that describes it.

    Raises:
        ValueError: If the name is unknown or its weights are missing.

    Example:

    >>> features, logits = get("pixels")(np.zeros((5, 8, 8, 1), "uint8"))
    >>> features.shape, logits
    ((5, 64), None)
    """
    kind, _, path = name.partition(":")
    if name == "pixels":
        return Pixels()
    if name == "classifier":
        if classifier_path:
            return Classifier(classifier.path_of(classifier_path))
        return Classifier(classifier.find(dataset, reading))
    if name == "inception":
        return Inception(inception_path)
    if kind == "savedmodel" and path:
        return SavedModel(path)
    close = difflib.get_close_matches(name, NAMES, n=1) or NAMES
    raise ValueError(f"Unknown extractor {name!r}: use {' or '.join(close)}.")


class Pixels:
    """The samples themselves, flattened; images are scaled to [0, 1]."""

    name = "pixels"

    def __init__(self):
        self.about = {}

    def __call__(self, images):
        """Returns (float32 features (n, d), None)."""
        return in_unit_range(images).reshape(len(images), -1), None


class Classifier:
    """The features and logits of a CNN that `classifier.train` trained.

    Args:
        path: Its `.keras` file.

    Raises:
        ValueError: If the file is missing or not the one that its record describes.
    """

    name = "classifier"

    def __init__(self, path):
        self.network, self.about = classifier.load(path)

    def __call__(self, images):
        """Returns (features (n, 64), logits (n, classes)) of uint8 images."""
        shape = tuple(self.about["image_shape"])
        if images.shape[1:] != shape:
            raise classifier.unsuitable(self.about, images.shape[1:])
        blocks = range(0, len(images), BATCH)
        parts = [self.network([images[i : i + BATCH]], training=False) for i in blocks]
        features, logits = zip(*parts, strict=True)
        return np.concatenate(features), np.concatenate(logits)


class SavedModel:
    """The output of any network saved as a TensorFlow SavedModel.

    It is called with float32 images in 0..255, in their own size. A SavedModel is a
    program: load only one that you trust.

    Args:
        path: Folder of the SavedModel.

    Raises:
        ValueError: If there is none, or its signature does not have one output.
    """

    def __init__(self, path):
        path = os.path.expanduser(path)
        if not tf.saved_model.contains_saved_model(path):
            raise ValueError(f"savedmodel:{path}: there is no SavedModel in that folder.")
        self._model = tf.saved_model.load(path)
        self._run = self._model.signatures.get("serving_default")
        if self._run is None or len(self._run.structured_outputs) != 1:
            raise ValueError(
                f"savedmodel:{path} needs a serving_default signature with one output."
            )
        self.name = "savedmodel:" + os.path.basename(os.path.normpath(path))
        self.about = {"path": path}

    def __call__(self, images):
        """Returns (features (n, d), None) of uint8 images."""
        argument = next(iter(self._run.structured_input_signature[1]))
        parts = []
        for i in range(0, len(images), BATCH):
            batch = tf.constant(images[i : i + BATCH], tf.float32)
            (output,) = self._run(**{argument: batch}).values()
            parts.append(output.numpy().reshape(len(batch), -1))
        return np.concatenate(parts), None


def in_unit_range(images):
    """Scales uint8 images to float32 in [0, 1]; casts points to float32."""
    if isinstance(images, Rows):
        return View(images, change=in_unit_range, dtype="float32")
    scale = 255.0 if images.dtype == np.uint8 else 1.0
    return images.astype("float32") / np.float32(scale)


def as_uint8(samples, name):
    """Converts samples with pixels to uint8, and others to float32.

    Real and fake images are rounded alike, so that rounding cannot tell them apart.

    Args:
        samples: Images or volumes, uint8 or floats in [0, 1]; or points or signals.
            Those on disk stay there.
        name: Name of the samples, for the message.

    Returns:
        A uint8 array of images or volumes, or a float32 array of others.

    Raises:
        ValueError: If floats leave [0, 1], or are NaN.
    """
    if not isinstance(samples, Rows):
        samples = np.asarray(samples)
    if not kind_of(samples.shape[1:]).has_pixels:
        return samples.astype("float32")
    if samples.dtype == np.uint8:
        return samples
    low, high = extent_of(samples)
    if not (low >= 0 and high <= 1):
        raise ValueError(
            f"{name}: float images must lie in [0, 1] and be numbers, got [{low:g}, "
            f"{high:g}]: rescale them, or give uint8."
        )
    if isinstance(samples, Rows):
        return View(samples, change=_in_bytes, dtype="uint8")
    return _in_bytes(samples)


def _in_bytes(samples):
    return np.rint(np.asarray(samples, "float64") * 255.0).astype("uint8")
