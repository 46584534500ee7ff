"""Images or points in a NumPy archive."""

import contextlib
import lzma
import pathlib
import struct
import zipfile
import zlib
from typing import NamedTuple

import numpy as np
from absl import logging

from keras_gan.data import memory
from keras_gan.data.first_look import check_finite
from keras_gan.data.kinds import POINTS, kind_of
from keras_gan.data.sources.found import Found, stamps
from keras_gan.data.sources.images import (
    FEWER_IN_FILE,
    check_memory,
    check_sides,
    check_split,
    first_line,
)
from keras_gan.data.sources.reading import AS_STORED, warn_of_8_bits

# More than these would rather be a side of images whose channels come first.
MAX_CHANNELS = 32
# More than these would rather be the pixels of flat images.
MAX_DIMENSIONS = 32
# Bytes that are unpacked at a time.
_PART = 2**24
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
    """Reads images or points, and labels if there are any, from a `.npz` archive.

    Points are floats (n, d), d up to 32, and stay as they are. The samples are named
    `images`, or `x_train` and `x_test`, or are the only array.
    The labels are named `labels`, or `y_train` and `y_test`. Images are uint8, or
    floats in [0, 1] or [-1, 1]; floats are not rounded to bytes; with `bits=16` also
    uint16, of which 65535 becomes 1. Pickled objects are
    refused, because loading them would run their code.

    Args:
        path: The file.
        split: `"train"`; `"test"` only if the archive holds `x_test`.
        reading: A `Reading`: how images become arrays. Defaults to as stored.

    Returns:
        A `Found` of images (h, w, c), uint8 or float32 in [0, 1], or of points (d,).

    Raises:
        ValueError: If the file is missing or broken, or its arrays are not samples and
            labels. The message is one line that names the file.

    Example:

    >>> np.savez("digits.npz", images=np.zeros((5, 8, 8), "uint8"))
    >>> from_npz("digits.npz", split="train").into_memory().shape
    (5, 8, 8, 1)
    """
    name = f"npz:{path}"
    with _opened(path, name) as archive:
        image_key, label_key = _keys(list(archive.keys), split, name)
        header = archive.header(image_key)
        are_points = len(header.shape) == 2 and 1 <= header.shape[1] <= MAX_DIMENSIONS
        if not are_points:
            _check_shape(header.shape, f"{name}, array {image_key!r}")
        labels = None if label_key is None else archive.read(label_key)
    if labels is not None and labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    kind = _Points if are_points else _Images
    return kind(path, image_key, header, labels, reading)


class _Rows(Found):
    """The samples of an archive, of which only a part is unpacked at a time."""

    def __init__(self, path, key, header, labels, reading):
        name = f"npz:{path}"
        super().__init__(name, header.shape[0], cure=FEWER_IN_FILE, labels=labels)
        self._path, self._key, self._reading = path, key, reading
        self._stored = header.dtype
        self._about = f"{name}, array {key!r}"

    def place(self):
        file = pathlib.Path(self._path).expanduser().resolve()
        return str(file), f"{self._key} {self._reading.key}"

    def content(self):
        file = pathlib.Path(self._path).expanduser()
        return stamps(file.parent, [file])

    def _parts(self, start, shape):
        """Unpacks samples from `start` on; yields pairs (first position, array)."""
        with _opened(self._path, self.name) as archive:
            for rows in filter(len, archive.parts(self._key, start)):
                yield start, rows.reshape(len(rows), *shape)
                start += len(rows)


class _Points(_Rows):
    """Points (d,), as they are."""

    def __init__(self, path, key, header, labels, reading):
        super().__init__(path, key, header, labels, reading)
        self._coordinates = header.shape[1:]

    def look(self):
        if self._reading != AS_STORED:
            raise ValueError(
                f"{self._about}: there are no images: leave out what says how they are "
                "read."
            )
        if self._stored.kind != "f":
            raise ValueError(
                f"{self._about}: expected points of floats, got {self._stored}: convert "
                "them with .astype('float32')."
            )
        self.shape, self.dtype = self._coordinates, np.dtype(np.float32)

    def blocks(self):
        for first, part in self._parts(self.reached, self.shape):
            with np.errstate(over="ignore"):  # What is infinite then is refused.
                points = part.astype(np.float32)
            check_finite(points, self._about, first)
            self.reached += len(part)
            yield points


class _Images(_Rows):
    """Images (h, w, c)."""

    def __init__(self, path, key, header, labels, reading):
        super().__init__(path, key, header, labels, reading)
        self._sides = header.shape[1:3]
        self._channels = header.shape[3] if len(header.shape) == 4 else 1
        reading.check_array(self.name, self._channels, self.number)
        # Of floats the lowest one tells what they mean, of bytes the highest one.
        self._low, self._high = 0.0, 0

    def look(self):
        check_sides(self._about, self.number, self._sides)
        self._check_dtype()
        if self._stored.kind == "f" and self.number:
            self._look_at_floats()
        is_float = self._stored.kind == "f" or self._reading.bits == 16
        self.dtype = np.dtype(np.float32 if is_float and self.number else np.uint8)
        self.shape = self._reading.shape_of((*self._sides, self._channels))

    def _check_dtype(self):
        stored, is_deep = self._stored, self._reading.bits == 16
        legal = stored.kind == "f" or stored == np.uint8
        if legal or not self.number or (stored == np.uint16 and is_deep):
            return
        keep = ", or keep 0..65535 with bits=16" if stored == np.uint16 else ""
        raise ValueError(
            f"{self._about}: expected uint8 or float images, got {stored}: convert "
            f"0..255 with .astype('uint8'){keep}."
        )

    def _look_at_floats(self):
        """Learns their range: any value below 0 means [-1, 1]."""
        lows, highs = [], []
        for first, part in self._image_parts(0):
            check_finite(part, self._about, first)
            lows.append(float(part.min()))
            highs.append(float(part.max()))
        low, high = min(lows), max(highs)
        if low < -1 or high > 1:
            raise ValueError(
                f"{self._about}: float images must lie in [0, 1] or [-1, 1], got "
                f"[{low:g}, {high:g}]: rescale them, or store 0..255 as uint8."
            )
        self._low, self._high = low, high

    def blocks(self):
        for _, part in self._image_parts(self.reached):
            self.reached += len(part)
            yield self._reading.of_arrays(self._as_stored(part))

    def _as_stored(self, part):
        """Images as uint8, or as float32 in [0, 1]."""
        if self._stored.kind == "f":
            part = part.astype(np.float32)
            return part if self._low >= 0 else (part + 1) / 2
        if self._reading.bits == 16:
            return part.astype(np.float32) / (65535 if self._stored == np.uint16 else 255)
        self._high = max(self._high, int(part.max()))
        return part

    def _image_parts(self, start):
        return self._parts(start, (*self._sides, self._channels))

    def state(self):
        return {**super().state(), "low": self._low, "high": self._high}

    def restore(self, state):
        super().restore(state)
        self._low, self._high = state["low"], state["high"]

    def report(self):
        if self._stored.kind == "f" and self.number:
            logging.warning(
                "%s: values from %g to %g, taken as images in %s",
                self._about,
                self._low,
                self._high,
                "[0, 1]" if self._low >= 0 else "[-1, 1]",
            )
        elif self._stored == np.uint8 and self._reading.bits == 16:
            warn_of_8_bits(self._about)
        elif self.number and self.dtype == np.uint8 and self._high <= 1:
            logging.warning("%s: uint8 means 0..255, the largest value is 1", self._about)


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
        header = archive.header("images")
        if kind_of(header.shape[1:]) is not POINTS or header.dtype.kind != "f":
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
        """The `_Header` of an array."""
        with self._stream(key) as stream:
            header = _read_header(stream)
            if header.dtype.hasobject:  # To read them could run their code.
                raise ValueError("it holds Python objects")
        return header

    def read(self, key):
        """An array, once it is known to fit in memory."""
        header = self.header(key)
        name = f"{self._name}, array {key!r}"
        size = header.dtype.itemsize
        check_memory(name, header.shape or (1,), size, cure=FEWER_IN_FILE)
        with self._stream(key) as stream:
            return np.lib.format.read_array(stream, allow_pickle=False)

    def parts(self, key, start):
        """Unpacks an array from row `start` on; yields its rows, some at a time."""
        header = self.header(key)
        if header.is_fortran:
            # Its rows are strewn over the whole array.
            yield self.read(key)[start:]
            return
        size = memory.nbytes(header.shape[1:], header.dtype.itemsize)
        most = max(1, _PART // max(1, size))
        with self._stream(key) as stream:
            _read_header(stream)
            _skip(stream, start * size)
            for first in range(start, header.shape[0], most):
                shape = (min(most, header.shape[0] - first), *header.shape[1:])
                content = _read_whole(stream, shape[0] * size)
                yield np.frombuffer(content, header.dtype).reshape(shape)
            if stream.read(1):  # At its end, the archive's checksum is compared.
                raise ValueError("it is longer than its header says")

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


class _Header(NamedTuple):
    """What an array is.

    Attributes:
        shape: Its shape.
        is_fortran: Whether its first axis varies fastest.
        dtype: Its dtype.
    """

    shape: tuple
    is_fortran: bool
    dtype: np.dtype


def _read_header(stream):
    version = np.lib.format.read_magic(stream)
    reader = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if reader is None:  # Only arrays of records need a newer one.
        raise ValueError(f"its format is {version}")
    return _Header(*reader(stream))


def _skip(stream, size):
    while size:
        size -= len(_read_whole(stream, min(size, _PART)))


def _read_whole(stream, size):
    content = stream.read(size)
    if len(content) < size:
        raise EOFError("it is shorter than its header says")
    return content


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
    cure = "write images, not other arrays"
    if len(shape) == 2:
        cure = f"give flat images their shape; points have up to {MAX_DIMENSIONS} numbers"
    if is_turned:
        cure = "put the channels last"
    elif len(shape) == 4:
        cure = f"keep up to {MAX_CHANNELS} of the {shape[-1]} channels"
    raise ValueError(
        f"{name}: expected images of shape (n, h, w) or (n, h, w, c) with c up to "
        f"{MAX_CHANNELS}, got {tuple(shape)}: {cure}."
    )
