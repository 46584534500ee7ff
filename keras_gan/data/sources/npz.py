"""Images in a NumPy archive."""

import pathlib
import zipfile
import zlib

import numpy as np
from absl import logging

from keras_gan.data.first_look import check_finite
from keras_gan.data.sources.images import (
    MEMORY_LIMIT_BYTES,
    Samples,
    check_memory,
    check_split,
    first_line,
    square_resize_all,
)

MAX_CHANNELS = 4
ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, NotImplementedError)


def from_npz(path, *, split, image_size=None):
    """Reads images, and labels if there are any, from a `.npz` archive.

    The images are named `images`, or `x_train` and `x_test`, or are the only array.
    The labels are named `labels`, or `y_train` and `y_test`. Images are uint8, or
    floats in [0, 1] or [-1, 1]; floats are not rounded to bytes. Pickled objects are
    refused, because loading them would run their code.

    Args:
        path: The file.
        split: `"train"`; `"test"` only if the archive holds `x_test`.
        image_size: Side in pixels: images are cropped to their centre square and
            resized. Defaults to None: as stored.

    Returns:
        `Samples` with images (n, h, w, c), uint8 or float32 in [0, 1].

    Raises:
        ValueError: If the file is missing or broken, or its arrays are not images and
            labels. The message is one line that names the file.

    Example:

    >>> np.savez("digits.npz", images=np.zeros((5, 8, 8), "uint8"))
    >>> from_npz("digits.npz", split="train").samples.shape
    (5, 8, 8, 1)
    """
    name = f"npz:{path}"
    file = pathlib.Path(path).expanduser()
    if not file.is_file():
        raise ValueError(f"{name}: there is no such file: check the path.")
    if not zipfile.is_zipfile(file):
        raise ValueError(f"{name}: not a .npz archive: write it with numpy.savez.")
    _check_sizes(file, name)
    with np.load(file, allow_pickle=False) as archive:
        image_key, label_key = _keys(archive.files, split, name)
        images = _array(archive, image_key, name)
        labels = None if label_key is None else _array(archive, label_key, name)
    images = _as_images(images, f"{name}, array {image_key!r}")
    if labels is not None and labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    return Samples(square_resize_all(images, image_size), labels)


def _keys(keys, split, name):
    """Names of the arrays that hold a split's images and labels (None: no labels)."""
    in_parts = f"x_{split}" in keys or "x_train" in keys
    check_split(name, split, ("train", "test") if "x_test" in keys else ("train",))
    label_key = f"y_{split}" if in_parts else "labels"
    label_key = label_key if label_key in keys else None
    if in_parts:
        return f"x_{split}", label_key
    if "images" in keys:
        return "images", label_key
    others = [key for key in keys if key != label_key]
    if len(others) != 1:
        listed = ", ".join(keys) or "nothing"
        raise ValueError(
            f"{name}: expected an array called 'images', found {listed}: rename it."
        )
    return others[0], label_key


def _array(archive, key, name):
    try:
        return archive[key]
    except (ValueError, OSError, EOFError, MemoryError, *ZIP_ERRORS) as error:
        raise ValueError(
            f"{name}, array {key!r}: cannot be read ({first_line(error)}): write it "
            "again with numpy.savez, as numbers."
        ) from None


def _check_sizes(file, name):
    """Refuses an archive with an array larger than the memory limit once unpacked."""
    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            if entry.file_size > MEMORY_LIMIT_BYTES:
                check_memory(f"{name}, array {entry.filename!r}", (1, entry.file_size))


def _as_images(images, name):
    if images.ndim == 3:
        images = images[..., np.newaxis]
    if images.ndim != 4 or not 1 <= images.shape[-1] <= MAX_CHANNELS:
        raise ValueError(
            f"{name}: expected images of shape (n, h, w) or (n, h, w, c) with c up to "
            f"{MAX_CHANNELS}, got {images.shape}: put the channels last."
        )
    if images.size == 0:
        return images.astype(np.uint8)
    if images.dtype == np.uint8:
        if images.max() <= 1:
            logging.warning("%s: uint8 means 0..255, the largest value is 1", name)
        return images
    if images.dtype.kind != "f":
        raise ValueError(
            f"{name}: expected uint8 or float images, got {images.dtype}: convert "
            "0..255 with .astype('uint8')."
        )
    return _as_unit_range(images, name)


def _as_unit_range(images, name):
    """Converts float images to float32 in [0, 1]; any value below 0 means [-1, 1]."""
    check_finite(images, name)
    low, high = float(images.min()), float(images.max())
    if low < -1 or high > 1:
        raise ValueError(
            f"{name}: float images must lie in [0, 1] or [-1, 1], got "
            f"[{low:g}, {high:g}]: rescale them, or store 0..255 as uint8."
        )
    assumed = "[0, 1]" if low >= 0 else "[-1, 1]"
    logging.warning(
        "%s: values from %g to %g, taken as images in %s", name, low, high, assumed
    )
    check_memory(name, images.shape, bytes_per_value=4)
    images = images.astype(np.float32)
    return images if low >= 0 else (images + 1) / 2
