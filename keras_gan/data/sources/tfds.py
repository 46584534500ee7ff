"""Image datasets of TensorFlow Datasets, `mnist5k` among them, read into memory."""

import contextlib
import difflib
import functools
import io
import os
import re
import socket
import tempfile
import threading
import urllib.parse
import urllib.request
import weakref

import numpy as np
import tensorflow as tf
from absl import logging
from google.protobuf import json_format

from keras_gan.data.locked import locked
from keras_gan.data.order import steady
from keras_gan.data.sources.all_cores import on_all_cores
from keras_gan.data.sources.found import Found, stamps
from keras_gan.data.sources.images import NoSuchSplit, first_line
from keras_gan.data.sources.reading import AS_STORED

PROBE_SECONDS = 3.0
READ_BATCH = 256
# Asked when a dataset does not say where its files come from.
DEFAULT_HOST = "storage.googleapis.com"
# What many have as files of its own, for `from_idx`.
IN_IDX_FILES = ("mnist", "fashion_mnist", "kmnist", "emnist")
# All that TFDS has been seen to raise on damaged files, apart from TensorFlow's errors.
_DAMAGE = (json_format.ParseError, AssertionError, RuntimeError, LookupError)


def from_tfds(
    name,
    *,
    split,
    data_dir=None,
    reading=AS_STORED,
    other_names=(),
    instead="mnist5k",
):
    """Reads one split of a TFDS image dataset.

    A prepared copy is used as it is; otherwise the dataset is downloaded. Without
    network that fails within seconds, not after minutes of retries.

    Args:
        name: Name in the TFDS catalog, such as `"mnist"` or `"cifar10"`.
        split: TFDS split, such as `"train"` or `"test[:50%]"`.
        data_dir: Folder of prepared datasets. Defaults to None: `TFDS_DATA_DIR`, or
            `~/tensorflow_datasets`.
        reading: A `Reading`: how images become arrays. Defaults to as stored.
        other_names: Further names to suggest when `name` is unknown. Defaults to ().
        instead: Data to suggest when there is no network. Defaults to "mnist5k".

    Returns:
        A `Found` of uint8 images (h, w, c), in the order in which TFDS stores them, and
        with the names of its classes. Their labels are read with the images.

    Raises:
        ValueError: If the name or split is unknown, the dataset has no images or
            images of several sizes, or there is no network. The message is one line.

    Example:

    >>> from_tfds("mnist5k", split="test").into_memory().shape
    (1000, 28, 28, 1)
    """
    data_dir = None if data_dir is None else os.path.expanduser(data_dir)
    with contextlib.ExitStack() as stack:
        builder = stack.enter_context(_prepared(name, data_dir, other_names, instead))
        keys = _feature_keys(builder)
        with _damage_named(name, builder.data_path):
            dataset = _stored_examples(builder, split, *keys)
        # What is prepared in a temporary folder is there as long as it may be read.
        return _Examples(name, split, builder, dataset, keys, reading, stack.pop_all())


class _Examples(Found):
    """The images of a dataset that TFDS has prepared."""

    def __init__(self, name, split, builder, dataset, keys, reading, kept):
        number = int(dataset.cardinality())
        cure = "set a smaller image_size, or take a split such as 'train[:10%]'"
        image_key, label_key = keys
        super().__init__(f"dataset {builder.name!r}", number, cure=cure)
        if label_key is not None:
            classes = builder.info.features[label_key]
            self.labels = np.empty(number, np.int64)
            # Without names of its own, TFDS calls each class by its number.
            self.num_classes, self.class_names = classes.num_classes, tuple(classes.names)
        self._asked, self._split = name, split
        self._folder, self._dataset, self._reading = builder.data_path, dataset, reading
        *self._sides, self._channels = builder.info.features[image_key].shape
        self._vary = None in self._sides
        reading.check_array(self.name, self._channels, number)
        weakref.finalize(self, kept.close)

    def place(self):
        return str(self._folder), f"{self._split} {self._reading.key}"

    def content(self):
        # Data that TFDS makes up for tests have no folder.
        files = self._folder.iterdir() if self._folder.exists() else ()
        return stamps(self._folder, sorted(map(str, files)))

    def look(self):
        if self._vary and self._reading.image_size is None:
            raise ValueError(f"{self.name} holds images of varying size: set image_size.")
        self.dtype = np.dtype(np.uint8)
        self.shape = self._reading.shape_of((*self._sides, self._channels))

    def blocks(self):
        batches = self._dataset.skip(self.reached).batch(1 if self._vary else READ_BATCH)
        batches = batches.as_numpy_iterator()
        if self._vary:
            batches = on_all_cores(self._resized, batches)
        with _damage_named(self._asked, self._folder):
            for images, labels in batches:
                if self.labels is not None:
                    self.labels[self.reached :][: len(labels)] = labels
                self.reached += len(images)
                yield images if self._vary else self._reading.of_arrays(images)
            if self.reached != self.number:
                raise RuntimeError(f"{self.reached} of {self.number} examples are there")

    def _resized(self, batch):
        """A batch of one image, in the wanted size."""
        images, labels = batch
        resized = self._reading.resize(images[0])[np.newaxis]
        return self._reading.convert(resized), labels

    def state(self):
        known = None if self.labels is None else self.labels[: self.reached].tolist()
        return {**super().state(), "labels": known}

    def restore(self, state):
        super().restore(state)
        if self.labels is not None:
            self.labels[: self.reached] = state["labels"]


def check_name(name, data_dir=None, other_names=()):
    """Refuses a name that TFDS does not know; arguments as of `from_tfds`."""
    if name != "mnist5k":
        folder = None if data_dir is None else os.path.expanduser(data_dir)
        _find_builder(name, folder, other_names)


@contextlib.contextmanager
def _damage_named(name, folder):
    """Turns what damaged files raise into one line that names their folder."""
    try:
        yield
    except tf.errors.ResourceExhaustedError:
        raise
    except (*_DAMAGE, tf.errors.OpError) as error:
        raise _damaged(name, folder, error) from None


def _damaged(name, folder, error):
    # TensorFlow adds the name of a node, and where in a pipeline it is; TFDS the call
    # that it could not make.
    extras = r"{{.*?}} *| *\[Op:.*|.*with iterator: \S+ |.*builder_kwargs \".*?\": "
    reason = re.sub(extras, "", first_line(error)).rstrip(".")
    return ValueError(
        f"dataset {name!r}: the copy in {folder} is damaged ({reason}): delete that "
        "folder and prepare it again."
    )


def _folder_of(base, data_dir):
    """Where TFDS keeps what it has prepared of a dataset."""
    kept = data_dir or os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets"
    return os.path.join(os.path.expanduser(kept), base)


@contextlib.contextmanager
def _prepared(name, data_dir, other_names, instead):
    """Yields a builder whose files exist at least until the context ends."""
    if name == "mnist5k":
        with _prepared_mnist5k(data_dir) as builder:
            yield builder
        return
    builder = _find_builder(name, data_dir, other_names)
    if not _is_prepared(builder):
        _download(builder, instead)
    yield builder


@contextlib.contextmanager
def _prepared_mnist5k(data_dir):
    """Prepares mnist5k in `data_dir`, or in a temporary folder if that is read-only."""
    try:
        builder = _prepare_mnist5k(data_dir)
    except OSError as error:
        logging.warning(
            "mnist5k cannot be stored (%s) and is prepared anew each time: set "
            "data_dir to a folder that can be written",
            first_line(error),
        )
        with tempfile.TemporaryDirectory() as directory:
            yield _prepare_mnist5k(directory)
        return
    yield builder


def _prepare_mnist5k(data_dir):
    from keras_gan.data.sources.mnist5k import Builder

    with _damage_named("mnist5k", _folder_of("mnist5k", data_dir)):
        builder = Builder(data_dir=data_dir)
    if _is_prepared(builder):
        return builder
    # TFDS removes what another process has prepared halfway: one prepares, others wait.
    with locked(builder.data_path.parents[1] / ".mnist5k.lock"):
        if not _is_prepared(builder):
            try:
                # These few seconds are not worth a progress bar.
                with (
                    contextlib.redirect_stdout(io.StringIO()),
                    contextlib.redirect_stderr(io.StringIO()),
                ):
                    builder.download_and_prepare()
            except OSError:
                # Someone without our lock was faster: that copy is as good as ours.
                if not _is_prepared(builder):
                    raise
        return Builder(data_dir=data_dir)


def _is_prepared(builder):
    # builder.is_prepared() says the same, but logs a warning when the answer is no.
    return (builder.data_path / "dataset_info.json").exists()


def _find_builder(name, data_dir, other_names):
    import tensorflow_datasets as tfds

    try:
        return tfds.builder(name, data_dir=data_dir)
    except (ValueError, TypeError, ImportError, *_DAMAGE) as error:
        # Without community datasets, whose list would have to be downloaded.
        known = tfds.list_builders(with_community_datasets=False)
        base = re.split("[/:]", name)[0]
        folder = _folder_of(base, data_dir)
        is_version = "cannot be loaded at version" in str(error)
        if isinstance(error, _DAMAGE) and not is_version:
            raise _damaged(name, folder, error) from None
        if base and base not in known and os.path.isdir(folder):
            raise ValueError(
                f"dataset {name!r}: {folder} does not hold it whole "
                f"({first_line(error)}): prepare it again, or correct the version."
            ) from None
        if isinstance(error, ImportError):
            raise ValueError(
                f"dataset {name!r}: {first_line(error).rstrip('.')}."
            ) from None
        if base in known:
            there = re.search("only: .*[^.]", str(error)) if is_version else None
            raise ValueError(
                f"dataset {name!r}: TFDS has {base!r}, but not this configuration or "
                f"version{f' ({there[0]})' if there else ''}: see its page, or write "
                f"{base}."
            ) from None
        if os.path.exists(name):
            kind = "folder" if os.path.isdir(name) else "npz"
            raise ValueError(
                f"dataset {name!r} is a path: write {kind}:{name}."
            ) from None
        names = sorted({*known, *other_names})
        close = difflib.get_close_matches(base, names, n=3, cutoff=0.0)
        raise ValueError(
            f"Unknown dataset {name!r}: did you mean {', '.join(close)}?"
        ) from None


def _download(builder, instead):
    """Downloads and prepares a dataset, after checking that there is a network."""
    import tensorflow_datasets as tfds

    if builder.data_path.exists():
        raise ValueError(
            f"dataset {builder.name!r}: {builder.data_path} is incomplete: delete that "
            "folder and try again."
        )
    if builder.MANUAL_DOWNLOAD_INSTRUCTIONS:
        raise ValueError(
            f"dataset {builder.name!r} must be downloaded by hand: follow its page in "
            "the TFDS catalog, prepare it, and set data_dir to it."
        )
    if not _can_connect(*_address(builder)):
        by_files = builder.name in IN_IDX_FILES
        files = ", write idx:FOLDER for a folder of its four files" if by_files else ""
        raise ValueError(
            f"dataset {builder.name!r} is not prepared in {builder.data_path.parent} "
            "and there is no network to download it: prepare it elsewhere and set "
            f"data_dir{files}, or use {instead}, "
            "which needs none."
        )
    checksum_error = tfds.core.download.download_manager.NonMatchingChecksumError
    try:
        builder.download_and_prepare()
    except (OSError, checksum_error, tfds.download.DownloadError) as error:
        raise ValueError(
            f"dataset {builder.name!r} could not be downloaded ({first_line(error)}): "
            "try again, or prepare it elsewhere and set data_dir."
        ) from None


def _address(builder):
    """Host and port that must answer for a download to have a chance."""
    url = next(iter(builder.url_infos or ()), "")
    scheme = urllib.parse.urlsplit(url).scheme or "https"
    # Behind a proxy, the dataset's own host need not be reachable from here.
    target = urllib.parse.urlsplit(urllib.request.getproxies().get(scheme) or url)
    default_port = 80 if target.scheme == "http" else 443
    return target.hostname or DEFAULT_HOST, target.port or default_port


def _can_connect(host, port):
    """Whether `host` accepts a connection within `PROBE_SECONDS`."""
    connected = threading.Event()

    def connect():
        with contextlib.suppress(OSError):
            socket.create_connection((host, port), timeout=PROBE_SECONDS).close()
            connected.set()

    # In a thread, because looking up a host name cannot be given a time limit.
    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(PROBE_SECONDS)
    return connected.is_set()


def _feature_keys(builder):
    """Names of a dataset's image feature and of its label feature (None: no label)."""
    import tensorflow_datasets as tfds

    features = builder.info.features
    features = features if isinstance(features, tfds.features.FeaturesDict) else {}
    images = [
        key
        for key, feature in features.items()
        if type(feature) is tfds.features.Image and feature.np_dtype == np.uint8
    ]
    classes = [
        key
        for key, feature in features.items()
        if isinstance(feature, tfds.features.ClassLabel)
    ]
    if not images:
        raise ValueError(
            f"dataset {builder.name!r} has no uint8 image among its features "
            f"({', '.join(features) or 'none named'}): choose an image dataset."
        )
    image_key = "image" if "image" in images else images[0]
    if "label" in classes or len(classes) == 1:
        return image_key, "label" if "label" in classes else classes[0]
    return image_key, None


def _stored_examples(builder, split, image_key, label_key):
    """The split's examples as pairs (image, label); the label is -1 if there is none."""
    import tensorflow_datasets as tfds

    wanted = {image_key: True}
    if label_key is not None:
        wanted[label_key] = True
    decoders = tfds.decode.PartialDecoding(wanted)
    read = builder.as_dataset
    if builder.info.file_format is tfds.core.FileFormat.ARRAY_RECORD:
        read = functools.partial(_examples_by_number, builder)
    try:
        with _without_deprecations():
            dataset = read(split=split, decoders=decoders)
    except ValueError:
        raise NoSuchSplit(
            f"dataset {builder.name!r}: there is no split {split!r}: use one of "
            f"{', '.join(sorted(builder.info.splits))}, or a part of one such as "
            "'train[:50%]'."
        ) from None
    return dataset.map(
        lambda example: (example[image_key], example[label_key] if label_key else -1)
    )


def _examples_by_number(builder, split, decoders):
    """As `builder.as_dataset`, which TFDS does not offer for ArrayRecord files.

    TensorFlow decodes the images, and not TFDS: so the bits of a JPEG are those that
    other formats give.
    """
    import tensorflow_datasets as tfds

    raw = tfds.decode.DeserializeMethod.RAW_BYTES
    records = builder.as_data_source(split, deserialize_method=raw)
    features = decoders.extract_features(builder.info.features)
    number = len(records)

    def read(first):
        rows = range(first, min(first + READ_BATCH, number))
        return np.array(records.__getitems__(rows), object)

    examples = (
        tf.data.Dataset.range(0, number, READ_BATCH)
        .map(lambda first: tf.numpy_function(read, [first], tf.string, stateful=False))
        .unbatch()
        .map(features.deserialize_example, tf.data.AUTOTUNE)
        .apply(tf.data.experimental.assert_cardinality(number))
    )
    return steady(examples)


@contextlib.contextmanager
def _without_deprecations():
    """Holds back what TFDS says of its own use of what it has deprecated."""

    def is_news(record):
        return "is deprecated" not in record.getMessage()

    logger = logging.get_absl_logger()
    logger.addFilter(is_news)
    try:
        yield
    finally:
        logger.removeFilter(is_news)
