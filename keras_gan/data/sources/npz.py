"""Images in a NumPy archive."""

import contextlib
import lzma
import pathlib
import struct
import zipfile
import zlib

import numpy as np
from absl import logging

from keras_gan.data.first_look import check_finite
from keras_gan.data.kinds import POINTS, kind_of
from keras_gan.data.sources.images import (
    FEWER_IN_FILE,
    Samples,
    check_memory,
    check_sides,
    check_split,
    first_line,
)
from keras_gan.data.sources.reading import AS_STORED, warn_of_8_bits

# More than these would rather be a side of images whose channels come first.
MAX_CHANNELS = 32
# All that `zipfile` has been seen to raise; RuntimeError asks for a password.
ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    RuntimeError,
    OverflowError,
)


def from_npz(path, *, split, reading=AS_STORED):
    """Reads images, and labels if there are any, from a `.npz` archive.

    The images are named `images`, or `x_train` and `x_test`, or are the only array.
    The labels are named `labels`, or `y_train` and `y_test`. Images are uint8, or
    floats in [0, 1] or [-1, 1]; floats are not rounded to bytes; with `bits=16` also
    uint16, of which 65535 becomes 1. Pickled objects are
    refused, because loading them would run their code.

    Args:
        path: The file.
        split: `"train"`; `"test"` only if the archive holds `x_test`.
        reading: A `Reading`: how images become arrays. Defaults to as stored.

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
    with _opened(path, name) as archive:
        image_key, label_key = _keys(list(archive.keys), split, name)
        _check_shape(archive.header(image_key)[0], f"{name}, array {image_key!r}")
        images = archive.read(image_key)
        labels = None if label_key is None else archive.read(label_key)
    images = _as_images(images, f"{name}, array {image_key!r}", reading.bits)
    if labels is not None and labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    reading.check_array(name, images.shape[-1], len(images))
    return Samples(reading.convert(reading.resize_all(images, name)), labels)


def read_points(path):
    """The points (n, d) of a file that `sample.py` wrote; None if it holds images.

    Args:
        path: The file.

    Returns:
        A float32 array, or None.

    Raises:
        ValueError: As `from_npz`.

    Example:

    >>> np.savez("points.npz", images=np.zeros((5, 2), "float32"))
    >>> read_points("points.npz").shape
    (5, 2)
    """
    name = f"npz:{path}"
    with _opened(path, name) as archive:
        if "images" not in archive.keys:
            return None
        shape, dtype = archive.header("images")
        if kind_of(shape[1:]) is not POINTS or dtype.kind != "f":
            return None
        return archive.read("images").astype(np.float32)


def check_is_archive(path):
    """Refuses a path at which there is no archive."""
    name, file = f"npz:{path}", pathlib.Path(path).expanduser()
    if file.is_dir():
        raise ValueError(
            f"{name} is a folder: give a file written with numpy.savez, or write "
            f"folder:{path} where images are read."
        )
    if not file.is_file():
        raise ValueError(f"{name}: there is no such file: check the path.")
    if not zipfile.is_zipfile(file):
        raise ValueError(f"{name}: not a .npz archive: write it with numpy.savez.")


@contextlib.contextmanager
def _opened(path, name):
    """An `_Archive` of the file, which must be one."""
    check_is_archive(path)
    file = pathlib.Path(path).expanduser()
    try:
        opened = zipfile.ZipFile(file)
    except ZIP_ERRORS as error:
        raise ValueError(
            f"{name}: not a whole .npz archive ({first_line(error)}): write it again."
        ) from None
    with opened:
        yield _Archive(opened, name)


class _Archive:
    """The arrays of an archive. Nothing is unpacked before its header is believed.

    Args:
        opened: A `zipfile.ZipFile`.
        name: The source, for messages.
    """

    def __init__(self, opened, name):
        self._zip = opened
        self._name = name
        self.keys = {each.removesuffix(".npy"): each for each in opened.namelist()}

    def header(self, key):
        """Shape and dtype of an array."""
        with self._stream(key) as stream:
            version = np.lib.format.read_magic(stream)
            reader = {
                (1, 0): np.lib.format.read_array_header_1_0,
                (2, 0): np.lib.format.read_array_header_2_0,
            }.get(version)
            if reader is None:  # Only arrays of records need a newer one.
                raise ValueError(f"its format is {version}")
            shape, _, dtype = reader(stream)
        return shape, dtype

    def read(self, key):
        """An array, once it is known to fit in memory."""
        shape, dtype = self.header(key)
        name = f"{self._name}, array {key!r}"
        check_memory(name, shape or (1,), dtype.itemsize, cure=FEWER_IN_FILE)
        with self._stream(key) as stream:
            return np.lib.format.read_array(stream, allow_pickle=False)

    @contextlib.contextmanager
    def _stream(self, key):
        """The bytes of an array; whatever is wrong with them is one line."""
        try:
            with self._zip.open(self.keys[key]) as stream:
                yield stream
        except (ValueError, OSError, EOFError, MemoryError, *ZIP_ERRORS) as error:
            raise ValueError(
                f"{self._name}, array {key!r}: cannot be read ({first_line(error)}): "
                "write it again with numpy.savez, as numbers and without a password."
            ) from None


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


def _check_shape(shape, name):
    """Refuses what are no images by their shape, before they are read."""
    is_image = len(shape) == 3 or (len(shape) == 4 and 1 <= shape[-1] <= MAX_CHANNELS)
    is_turned = len(shape) == 4 and 1 <= shape[1] <= 4 < shape[-1]
    if is_image and not is_turned:
        return
    cure = "write images, not " + ("points" if len(shape) == 2 else "other arrays")
    if is_turned:
        cure = "put the channels last"
    elif len(shape) == 4:
        cure = f"keep up to {MAX_CHANNELS} of the {shape[-1]} channels"
    raise ValueError(
        f"{name}: expected images of shape (n, h, w) or (n, h, w, c) with c up to "
        f"{MAX_CHANNELS}, got {tuple(shape)}: {cure}."
    )


def _as_images(images, name, bits):
    if images.ndim == 3:
        images = images[..., np.newaxis]
    check_sides(name, images)
    if images.size == 0:
        return images.astype(np.uint8)
    if bits == 16 and images.dtype == np.uint16:
        return images.astype(np.float32) / 65535
    if bits == 16 and images.dtype == np.uint8:
        warn_of_8_bits(name)
        return images.astype(np.float32) / 255
    if images.dtype == np.uint8:
        if images.max() <= 1:
            logging.warning("%s: uint8 means 0..255, the largest value is 1", name)
        return images
    if images.dtype.kind != "f":
        keep = ", or keep 0..65535 with bits=16" if images.dtype == np.uint16 else ""
        raise ValueError(
            f"{name}: expected uint8 or float images, got {images.dtype}: convert "
            f"0..255 with .astype('uint8'){keep}."
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
    images = images.astype(np.float32)
    return images if low >= 0 else (images + 1) / 2
