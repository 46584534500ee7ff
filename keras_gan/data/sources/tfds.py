"""Image datasets of TensorFlow Datasets, `mnist5k` among them, read into memory."""

import contextlib
import difflib
import io
import os
import re
import socket
import tempfile
import threading
import urllib.parse
import urllib.request

import numpy as np
from absl import logging

from keras_gan.data.sources.images import (
    Samples,
    check_memory,
    first_line,
    square_resize_all,
)

PROBE_SECONDS = 3.0
READ_BATCH = 256
# Asked when a dataset does not say where its files come from.
DEFAULT_HOST = "storage.googleapis.com"


def from_tfds(name, *, split, data_dir=None, image_size=None, other_names=()):
    """Reads one split of a TFDS image dataset.

    A copy that was prepared before is used as it is. Otherwise the dataset is
    downloaded; without network that fails within seconds, not after minutes of
    retries.

    Args:
        name: Name as TFDS knows it, such as `"mnist"` or `"cifar10"`.
        split: TFDS split, such as `"train"` or `"test[:50%]"`.
        data_dir: Folder of prepared datasets. Default: `TFDS_DATA_DIR`, or
            `~/tensorflow_datasets`.
        image_size: Side in pixels to crop and resize to; needed when sizes vary.
        other_names: Further legal names, offered when `name` is unknown.

    Returns:
        `Samples` with uint8 images, in the order in which TFDS stores them.

    Raises:
        ValueError: One line, for an unknown name or split, a dataset without
            images, no network, or images that do not fit in memory.

    Example:

    >>> from_tfds("mnist5k", split="test").samples.shape
    (1000, 28, 28, 1)
    """
    with _prepared(name, data_dir, other_names) as builder:
        image_key, label_key = _feature_keys(builder)
        dataset = _stored_examples(builder, split, image_key, label_key)
        images, labels = _in_memory(
            dataset, builder.info.features[image_key].shape, image_size, builder.name
        )
    if label_key is None:
        return Samples(images)
    return Samples(images, labels, builder.info.features[label_key].num_classes)


@contextlib.contextmanager
def _prepared(name, data_dir, other_names):
    """Yields a builder whose files are there for as long as the context lasts."""
    if name == "mnist5k":
        with _prepared_mnist5k(data_dir) as builder:
            yield builder
        return
    builder = _find_builder(name, data_dir, other_names)
    if not _is_prepared(builder):
        _download(builder)
    yield builder


@contextlib.contextmanager
def _prepared_mnist5k(data_dir):
    """Prepares once and for all, or, where nothing can be written, for one reading."""
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

    builder = Builder(data_dir=data_dir)
    if _is_prepared(builder):
        return builder
    try:
        # A few seconds of work that the user did not ask for need no progress bar.
        with (
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            builder.download_and_prepare()
    except OSError:
        # TFDS renames a finished folder into place. That fails when another process
        # was faster, and then its result is as good as ours.
        builder = Builder(data_dir=data_dir)
        if not _is_prepared(builder):
            raise
    return builder


def _is_prepared(builder):
    # builder.is_prepared() says the same, but logs a warning when the answer is no.
    return (builder.data_path / "dataset_info.json").exists()


def _find_builder(name, data_dir, other_names):
    import tensorflow_datasets as tfds

    try:
        return tfds.builder(name, data_dir=data_dir)
    except (ValueError, TypeError, ImportError) as error:
        # No community datasets: their list would have to be downloaded.
        known = tfds.list_builders(with_community_datasets=False)
        base = re.split("[/:]", name)[0]
        if isinstance(error, ImportError):
            raise ValueError(f"dataset {name!r}: {first_line(error)}") from None
        if base in known:
            raise ValueError(
                f"dataset {name!r}: TFDS has {base!r}, but not this configuration or "
                f"version: see its page, or write {base}"
            ) from None
        if os.path.exists(name):
            kind = "folder" if os.path.isdir(name) else "npz"
            raise ValueError(f"dataset {name!r} is a path: write {kind}:{name}") from None
        names = sorted({*known, *other_names})
        close = difflib.get_close_matches(base, names, n=3, cutoff=0.0)
        raise ValueError(
            f"unknown dataset {name!r}: did you mean {', '.join(close)}?"
        ) from None


def _download(builder):
    """Downloads and prepares, after making sure that there is a network at all."""
    import tensorflow_datasets as tfds

    if builder.data_path.exists():
        raise ValueError(
            f"dataset {builder.name!r}: {builder.data_path} is incomplete: delete that "
            "folder and try again"
        )
    if builder.MANUAL_DOWNLOAD_INSTRUCTIONS:
        raise ValueError(
            f"dataset {builder.name!r} must be downloaded by hand: follow its page in "
            "the TFDS catalog, prepare it, and set data_dir (--data_dir) to it"
        )
    if not _can_connect(*_address(builder)):
        raise ValueError(
            f"dataset {builder.name!r} is not prepared in {builder.data_path.parent} "
            "and there is no network to download it: prepare it elsewhere and set "
            "data_dir (--data_dir), or use mnist5k"
        )
    checksum_error = tfds.core.download.download_manager.NonMatchingChecksumError
    try:
        builder.download_and_prepare()
    except (OSError, checksum_error, tfds.download.DownloadError) as error:
        raise ValueError(
            f"dataset {builder.name!r} could not be downloaded ({first_line(error)}): "
            "try again, or prepare it elsewhere and set data_dir (--data_dir)"
        ) from None


def _address(builder):
    """Host and port whose answer decides whether a download has a chance."""
    url = next(iter(builder.url_infos or ()), "")
    scheme = urllib.parse.urlsplit(url).scheme or "https"
    # Behind a proxy the dataset's own host may be out of reach and still work.
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

    # In a thread, because looking up a host name has no time limit of its own.
    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(PROBE_SECONDS)
    return connected.is_set()


def _feature_keys(builder):
    """Names of the image and of the class among a dataset's features."""
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
            f"({', '.join(features) or 'none named'}): choose an image dataset"
        )
    image_key = "image" if "image" in images else images[0]
    if "label" in classes or len(classes) == 1:
        return image_key, "label" if "label" in classes else classes[0]
    return image_key, None


def _stored_examples(builder, split, image_key, label_key):
    """The split's examples as dicts of the image and, if there is one, the label."""
    import tensorflow_datasets as tfds

    wanted = {image_key: True}
    if label_key is not None:
        wanted[label_key] = True
    try:
        dataset = builder.as_dataset(
            split=split, decoders=tfds.decode.PartialDecoding(wanted)
        )
    except ValueError:
        raise ValueError(
            f"dataset {builder.name!r}: there is no split {split!r}: use one of "
            f"{', '.join(sorted(builder.info.splits))}, or a part of one such as "
            "'train[:50%]'"
        ) from None
    return dataset.map(
        lambda example: (example[image_key], example[label_key] if label_key else -1)
    )


def _in_memory(dataset, image_shape, image_size, name):
    """Images and labels of a whole dataset as two arrays."""
    height, width, channels = image_shape
    varying = height is None or width is None
    if varying and image_size is None:
        raise ValueError(
            f"dataset {name!r} holds images of varying size: set image_size "
            "(--image_size)"
        )
    shape = (height, width) if image_size is None else (image_size, image_size)
    count = int(dataset.cardinality())
    check_memory(f"dataset {name!r}", (count, *shape, channels))
    images = np.empty((count, *shape, channels), np.uint8)
    labels = np.empty(count, np.int64)
    first = 0
    for batch, batch_labels in dataset.batch(1 if varying else READ_BATCH):
        last = first + len(batch)
        images[first:last] = square_resize_all(batch.numpy(), image_size)
        labels[first:last] = batch_labels.numpy()
        first = last
    return images, labels
