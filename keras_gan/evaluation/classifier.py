"""A small CNN whose features and logits replace Inception's where that is missing."""

import hashlib
import importlib.resources
import itertools
import json
import os
import re
import shlex

import keras
import numpy as np
from keras import layers

from keras_gan.data.on_disk import blocks
from keras_gan.randomness import initial_seed
from keras_gan.storage.files import publish_json, published
from keras_gan.storage.models import load_model
from keras_gan.terminal import unbroken
from keras_gan.version import __version__

NUM_FEATURES = 64
BATCH = 128
# What the record of a classifier must say.
_RECORDED = {"sha256": str, "dataset": str, "image_shape": list}
# The largest random shift of a training image, in pixels.
SHIFT = 2
# Data sets whose classifier comes with the package.
SHIPPED = {"mnist": "mnist", "mnist5k": "mnist", "stacked_mnist": "mnist"}
# How MNIST is measured against where it cannot be downloaded.
_NAME_ONE = 'Pass classifier=PATH, or dataset= of data that have one, such as "mnist"'
_BY_PIXELS = 'compare pixels by metrics=("kid", "prdc"), extractor="pixels"'
# In flags; with its command, as keras-gan-train has no --extractor.
_PIXELS = "measure with keras-gan-evaluate --extractor=pixels --metrics=kid,prdc"
BY_FILES = "the dataset idx:FOLDER of its four files, with the classifier mnist"
# Data sets whose samples, those of all splits, are from the training split of another.
TAKEN_FROM = {"mnist5k": "mnist"}


def build(image_shape, num_classes, seed=0):
    """Builds a CNN of about 40,000 weights: uint8 images -> 64 features -> logits.

    Args:
        image_shape: (height, width, channels), with sides of at least 4.
        num_classes: Number of logits.
        seed: Seed of the initial weights. Defaults to 0.

    Returns:
        A `keras.Model` that takes images in 0..255, with layers named "features" and
        "logits".

    Example:

    >>> build((28, 28, 1), 10).output_shape
    (None, 10)
    """
    starts = (
        keras.initializers.HeNormal(seed=initial_seed(seed, layer))
        for layer in itertools.count()
    )
    x = images = keras.Input(tuple(image_shape), name="images")
    x = layers.Rescaling(1 / 255.0)(x)
    for block, filters in enumerate((16, 16, 32, 32, 64)):
        x = layers.Conv2D(
            filters, 3, padding="same", use_bias=False, kernel_initializer=next(starts)
        )(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.ReLU()(x)
        if block in (1, 3):
            x = layers.MaxPooling2D()(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(NUM_FEATURES, kernel_initializer=next(starts))(x)
    x = layers.ReLU(name="features")(x)
    logits = layers.Dense(num_classes, kernel_initializer=next(starts), name="logits")(x)
    return keras.Model(images, logits, name="classifier")


def train(images, labels, *, num_classes, epochs=8, seed=0, say=None):
    """Trains the CNN on labelled images, shifted at random by up to two pixels.

    Args:
        images: uint8 array (n, h, w, c), or images on disk.
        labels: Integers (n,).
        num_classes: Number of classes.
        epochs: Passes over the data. Defaults to 8.
        seed: Seed of the weights, the order and the shifts. Defaults to 0.
        say: Function that is called with a line of text after each epoch. Defaults
            to None.

    Returns:
        The trained `keras.Model`.

    Raises:
        ValueError: If there are not as many labels as images, or fewer than 2.
    """
    if len(images) != len(labels) or len(images) < 2:
        raise ValueError(
            f"A classifier needs as many labels as images, at least 2: got {len(images)} "
            f"images and {len(labels)} labels."
        )
    model = build(images.shape[1:], num_classes, seed)
    steps = epochs * -(-len(images) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(3e-3, steps)
    model.compile(
        keras.optimizers.Adam(rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    generator = np.random.default_rng([seed, len(images)])
    for epoch in range(epochs):
        order = generator.permutation(len(images))
        minibatches = _Shifted(images, labels, order, generator)
        history = model.fit(minibatches, epochs=1, shuffle=False, verbose=0).history
        if say:
            say(
                f"epoch {epoch + 1}/{epochs}: loss {history['loss'][0]:.4f}, accuracy "
                f"on shifted training images {history['accuracy'][0]:.4f}"
            )
    return model


class _Shifted(keras.utils.PyDataset):
    """Minibatches of images, in some order, each shifted at random.

    A minibatch at a time: all images may be more than fits in memory.
    """

    def __init__(self, images, labels, order, generator):
        super().__init__()
        self._images, self._labels, self._order = images, labels, order
        self._offsets = random_offsets(len(images), generator)

    def __len__(self):
        return -(-len(self._order) // BATCH)

    def __getitem__(self, index):
        part = slice(index * BATCH, (index + 1) * BATCH)
        rows = self._order[part]
        return shifted(self._images[rows], self._offsets[:, part]), self._labels[rows]


def random_offsets(n, generator):
    """Down and right, ints (2, n) in 0..2 * SHIFT; SHIFT is where the image was."""
    return generator.integers(0, 2 * SHIFT + 1, (2, n))


def shifted(images, offsets):
    """Shifts each image by an offset of its own; new pixels are black."""
    n, height, width = images.shape[:3]
    margin = ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT), (0, 0))
    padded = np.pad(images, margin)
    down, right = offsets
    rows = down[:, None, None] + np.arange(height)[None, :, None]
    columns = right[:, None, None] + np.arange(width)[None, None, :]
    return padded[np.arange(n)[:, None, None], rows, columns]


def accuracy(model, images, labels):
    """Share of images that are classified as their label."""
    parts = blocks(images, rows=5000)
    logits = [model.predict(part, batch_size=500, verbose=0) for part in parts]
    return float(np.mean(np.concatenate(logits).argmax(axis=1) == labels))


def save(path, model, record):
    """Writes a classifier, and beside it a `.json` with its record and SHA-256.

    Args:
        path: Name of a `.keras` file.
        model: What `train` returned.
        record: A dict of how it was made: data set, splits, accuracy, seed.

    Returns:
        The record as written.
    """
    # A new model without the optimizer, whose moments are twice as large as the weights.
    bare = keras.Model(model.inputs, model.outputs, name=model.name)
    with published(path) as temporary:
        bare.save(temporary)
    record = {**record, "sha256": sha256(path), "keras_gan": __version__}
    publish_json(record_path(path), record)
    return record


def load(path):
    """Reads a classifier and its record, and checks that they belong together.

    Args:
        path: Name of a `.keras` file with its `.json` beside it.

    Returns:
        `(model, record)`; the model maps images to (features, logits).

    Raises:
        ValueError: If a file is missing, or its hash differs from the recorded one.
    """
    for part in (path, record_path(path)):
        if not os.path.isfile(part):
            raise ValueError(
                f"There is no classifier at {path}: {part} is missing; make one with "
                "keras-gan-evaluate --train_classifier."
            )
    record = read_record(path)
    if record["sha256"] != sha256(path):
        raise ValueError(
            f"The classifier {path} is not the file that {record_path(path)} describes "
            "(another SHA-256): train it again."
        )
    model = load_model(path, "a classifier", "train it again")
    shape, outputs = tuple(record["image_shape"]), []
    for name in ("features", "logits"):
        try:
            outputs.append(model.get_layer(name).output)
        except (ValueError, AttributeError):
            raise ValueError(
                f"{path} is no classifier: it has no layer {name!r}; train it again."
            ) from None
    if tuple(model.input_shape[1:]) != shape:
        raise ValueError(
            f"The classifier {path} takes images of {tuple(model.input_shape[1:])}, but "
            f"{record_path(path)} says {shape}: train it again."
        )
    return keras.Model(model.input, outputs), record


def read_record(path):
    """The record of a classifier, with all that is read from it later.

    Raises:
        ValueError: If it is not one that `save` wrote.
    """
    try:
        with open(record_path(path), encoding="utf-8") as file:
            record = json.load(file)
        if not isinstance(record, dict):
            raise ValueError(f"a {type(record).__name__} where a dict belongs")
        for key, kind in _RECORDED.items():
            if not isinstance(record.get(key), kind):
                raise ValueError(f"no {key!r}")
        if not all(isinstance(side, int) for side in record["image_shape"]):
            raise ValueError("no sizes in 'image_shape'")
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"{record_path(path)} does not describe a classifier ({error}): train it "
            "again."
        ) from None
    return record


class FeatureExtractorUnavailable(ValueError):
    """The weights that a metric needs are missing, or are for other images.

    Args:
        in_arguments: What to do in Python.
        flags: The same on the command line. Defaults to None: as in Python.

    Example:

    >>> keras_gan.evaluation.features.get("inception", inception_path="nowhere")
    Traceback (most recent call last):
        ...
    FeatureExtractorUnavailable: FID needs the Inception weights of 2015, not found ...
    """

    def __init__(self, in_arguments: str, flags: str | None = None):
        super().__init__(in_arguments)
        self._flags = flags or in_arguments

    def in_flags(self) -> str:
        """The message for the command line."""
        return self._flags


def find(dataset, reading=()):
    """Path of the classifier of a data set, in the package or in the cache.

    The cache is `~/.keras/keras_gan/classifiers`, or `keras_gan/classifiers` in the
    folder that `KERAS_HOME` names.

    Args:
        dataset: The recipe's `dataset`; None if it is not known.
        reading: Flags that say how its images are read, for the command that makes a
            classifier. Defaults to (): none are needed.

    Raises:
        FeatureExtractorUnavailable: If there is none. The message says what to do.
    """
    if dataset is None:
        raise FeatureExtractorUnavailable(
            f"No classifier is named. {_NAME_ONE}; or {_BY_PIXELS}."
        )
    dataset = _of_one_channel(dataset)
    path = _place_of(dataset)
    if not os.path.isfile(path):
        what = f"There is no classifier for {dataset}: if it has labels, make one, once,"
        make = command_that_trains(dataset, reading)
        raise FeatureExtractorUnavailable(
            f"{what} by {make}, or pass classifier=PATH; otherwise {_BY_PIXELS}."
            f"{of_files(dataset, 'classifier=')}",
            f"{what} with {unbroken(make)}; otherwise {_PIXELS}.{of_files(dataset)}",
        )
    return path


def command_that_trains(dataset, reading=()):
    """The command that makes a classifier, quoted for a shell; arguments as for `find`.

    Example:

    >>> command_that_trains("folder:my photos", ["--image_size=32"])
    "keras-gan-evaluate --train_classifier '--dataset=folder:my photos' --image_size=32"
    """
    given = ("--train_classifier", f"--dataset={dataset}", *reading)
    return shlex.join(["keras-gan-evaluate", *given])


def unsuitable(about, shape):
    """The error that the classifier of a record does not take images of this shape."""
    what = (
        f"The classifier of {about['dataset']} takes images of "
        f"{tuple(about['image_shape'])}, got {shape}"
    )
    return FeatureExtractorUnavailable(
        f"{what}: pass another by classifier=PATH, or {_BY_PIXELS}.",
        f"{what}: with labels, train one with keras-gan-evaluate --train_classifier; "
        f"otherwise {_PIXELS}.",
    )


def path_of(classifier):
    """The file of a classifier that is named by its path, or by the name it ships as.

    Args:
        classifier: A path; or "mnist", whose file comes with the package.

    Example:

    >>> path_of("mnist") == find("mnist"), path_of("mine.keras")
    (True, 'mine.keras')
    """
    return find(classifier) if classifier in SHIPPED.values() else classifier


def of_files(dataset, option="--classifier="):
    """A sentence on the shipped classifier, where the files may be those of MNIST."""
    may_be = dataset.startswith("idx:")
    return f" Of MNIST's own files it is {option}mnist." if may_be else ""


def is_there(dataset):
    """Whether a data set has a classifier, in the package or in the cache."""
    return os.path.isfile(_place_of(_of_one_channel(dataset)))


def _of_one_channel(dataset):
    """Of stacked digits, each channel is one of the data set that they are made of."""
    return dataset.removeprefix("stacked_mnist:")


def _place_of(dataset):
    shipped = SHIPPED.get(dataset.partition(":")[0])
    if shipped:
        files = importlib.resources.files("keras_gan.evaluation")
        return str(files / "classifiers" / f"{shipped}.keras")
    return cache_path(dataset)


def knows(record, condition):
    """Whether a classifier reads the classes that a GAN is asked for.

    Args:
        record: As for `has_seen`.
        condition: `keras_gan.data.labels.Classes` of a conditional GAN, or None.
    """
    if condition is None or condition.number != record.get("num_classes"):
        return False
    return condition.contradicted_by(record.get("class_names")) is None


def has_seen(record, dataset, split):
    """Whether a classifier was trained on the samples of a split, or on others of it.

    Args:
        record: What `load` returned beside the classifier.
        dataset: Name of the data set, as for `keras_gan.data.load`.
        split: Its split, such as "test" or "train[:50%]".

    Example:

    >>> mnist = {"dataset": "mnist", "train_split": "train"}
    >>> has_seen(mnist, "mnist", "test"), has_seen(mnist, "mnist5k", "test")
    (False, True)
    """
    dataset = _of_one_channel(dataset)
    known = record["dataset"]
    if taken_from := TAKEN_FROM.get(dataset.partition(":")[0]):
        dataset, split = taken_from, "train"
    # A dataset of TFDS may be named with its version, mnist:3.0.1.
    names = (known, known.partition(":")[0])
    is_same = dataset in names or dataset.partition(":")[0] == known
    return is_same and bool(_splits(split) & _splits(record.get("train_split", "")))


def _splits(split):
    """The names in "train[:50%]+test"."""
    return {part.partition("[")[0] for part in split.split("+")} - {""}


def cache_path(dataset):
    """Path in the cache of the classifier of a data set."""
    home = os.path.expanduser(os.environ.get("KERAS_HOME") or "~/.keras")
    name = re.sub(r"[^\w.]+", "-", dataset).strip("-")
    return os.path.join(home, "keras_gan", "classifiers", f"{name}.keras")


def record_path(path):
    """Path of the record that belongs to a classifier file."""
    return os.path.splitext(path)[0] + ".json"


def sha256(path):
    """SHA-256 of a file, in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
