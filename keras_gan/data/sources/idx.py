"""Folders of MNIST-format IDX files: MNIST, Fashion-MNIST, KMNIST, EMNIST."""

import contextlib
import gzip
import math
import os
import pathlib
import struct
import zlib

import numpy as np

from keras_gan.data.sources.found import Found, stamps
from keras_gan.data.sources.images import (
    FEWER_IN_FILE,
    NoSuchSplit,
    check_sides,
    check_split,
    first_line,
)
from keras_gan.data.sources.reading import AS_STORED

# Two zero bytes, 8 for "unsigned byte", and the number of dimensions.
IMAGES_MAGIC = 0x00000803
LABELS_MAGIC = 0x00000801
# Bytes that are read at a time.
_PART = 2**24
PREFIXES = {"train": ("train",), "test": ("t10k", "test")}


def from_idx(path, *, split, reading=AS_STORED):
    """Reads images and labels from a folder of IDX files, gzipped or not.

    The images are in `train-images-idx3-ubyte` and `t10k-images-idx3-ubyte`, possibly
    with a prefix (`emnist-letters-train-...`) or with `test` in place of `t10k`. If
    there is a labels file beside them, it is read too. Images are not turned: EMNIST
    stores its letters transposed, and so they stay.

    Args:
        path: The folder.
        split: `"train"` or `"test"`.
        reading: A `Reading`: how images become arrays. Defaults to as stored.

    Returns:
        A `Found` of uint8 images (h, w, 1), or (h, w, 3) for `channels=3`.

    Raises:
        ValueError: If a file is missing, ambiguous, or not what its header says. The
            message is one line that names the file.

    Example:

    >>> header = struct.pack(">4I", IMAGES_MAGIC, 2, 8, 8)
    >>> file = pathlib.Path("t10k-images-idx3-ubyte")
    >>> file.write_bytes(header + bytes(2 * 8 * 8))
    144
    >>> from_idx(".", split="test").into_memory().shape
    (2, 8, 8, 1)
    """
    folder = pathlib.Path(path).expanduser()
    check_split(f"idx:{path}", split)
    check_is_folder(folder)
    return _Images(f"idx:{path}", _find(folder, split), reading)


class _Images(Found):
    """The images of an IDX file."""

    def __init__(self, name, file, reading):
        with _opened(file, IMAGES_MAGIC, dimensions=3) as (_, (number, *sides)):
            check_sides(str(file), number, sides)
        labels = _read_labels(file, number)
        super().__init__(name, number, cure=FEWER_IN_FILE, labels=labels)
        reading.check_array(name, 1, number)
        self._file, self._sides, self._reading = file, tuple(sides), reading

    def place(self):
        return str(self._file.resolve()), self._reading.key

    def content(self):
        return stamps(self._file.parent, [self._file])

    def look(self):
        self.dtype = np.dtype(np.uint8)
        self.shape = self._reading.shape_of((*self._sides, 1))

    def blocks(self):
        size = math.prod(self._sides)
        most = max(1, _PART // size) if self.number else 1
        with _opened(self._file, IMAGES_MAGIC, dimensions=3) as (stream, _):
            for first in range(0, self.number, most):
                rows = min(most, self.number - first)
                content = _read(stream, self._file, rows * size)
                if first + rows <= self.reached:
                    continue  # It was decoded before. A stream may be read on only.
                images = np.frombuffer(content, np.uint8)
                images = images.reshape(rows, *self._sides, 1)[self.reached - first :]
                self.reached = first + rows
                yield self._reading.of_arrays(images)
            _check_end(stream, self._file)


def check_is_folder(path):
    """Refuses a path at which there is no folder."""
    folder = pathlib.Path(path).expanduser()
    if not folder.is_dir():
        raise ValueError(f"idx:{folder} is not a folder: give the folder of the files.")


def _find(folder, split):
    names = [f"{prefix}-images-idx3-ubyte" for prefix in PREFIXES[split]]
    found = {
        file.with_suffix("") if file.suffix == ".gz" else file
        for name in names
        for pattern in (f"*{name}", f"*{name}.gz")
        for file in folder.glob(pattern)
        if not file.name.startswith(".") and file.is_file()
    }
    if not found:
        raise NoSuchSplit(
            f"idx:{folder} holds no {names[0]} or {names[0]}.gz: put it there, or "
            "choose another split."
        )
    if len(found) > 1:
        listed = ", ".join(sorted(file.name for file in found))
        raise ValueError(
            f"idx:{folder} holds several image files ({listed}): keep one per folder."
        )
    return _existing(found.pop())


def _existing(file):
    """Returns the plain file if there is one, else its `.gz`, else None."""
    candidates = (file, file.with_name(file.name + ".gz"))
    return next((one for one in candidates if one.is_file()), None)


def _read_labels(images_file, count):
    name = images_file.name.removesuffix(".gz").replace("images-idx3", "labels-idx1")
    labels_file = _existing(images_file.with_name(name))
    if labels_file is None:
        return None
    with _opened(labels_file, LABELS_MAGIC, dimensions=1) as (stream, (number,)):
        labels = np.frombuffer(_read(stream, labels_file, number), np.uint8)
        _check_end(stream, labels_file)
    if number != count:
        raise ValueError(
            f"{labels_file}: {number} labels for the {count} images of "
            f"{images_file.name}: download both again."
        )
    return labels.astype(np.int64)


@contextlib.contextmanager
def _opened(file, magic, dimensions):
    """Opens an IDX file; yields its stream, behind the header, and its shape."""
    opener = gzip.open if file.suffix == ".gz" else open
    header = struct.Struct(f">{1 + dimensions}I")
    with _reading(file):
        stream = opener(file, "rb")
    with stream:
        with _reading(file):
            start = stream.read(header.size)
        if len(start) < header.size:
            raise ValueError(f"{file}: too short for IDX: download it again.")
        found, *shape = header.unpack(start)
        if found != magic:
            raise ValueError(
                f"{file}: starts with {found:#010x} where an IDX file of {dimensions} "
                f"dimensions starts with {magic:#010x}: download it again."
            )
        if opener is open:
            _check_length(file, os.stat(file).st_size - header.size, math.prod(shape))
        yield stream, shape


def _read(stream, file, size):
    with _reading(file):
        content = stream.read(size)
    if len(content) < size:
        raise ValueError(
            f"{file}: it ends before the number of bytes that its header announces: "
            "download it again."
        )
    return content


def _check_end(stream, file):
    with _reading(file):
        more = stream.read(1)
    if more:
        raise ValueError(
            f"{file}: it holds more bytes than its header announces: download it again."
        )


def _check_length(file, there, announced):
    if there != announced:
        raise ValueError(
            f"{file}: the header announces {announced} bytes, the file holds {there}: "
            "download it again."
        )


@contextlib.contextmanager
def _reading(file):
    """Names the file in whatever goes wrong when it is read."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(
            f"{file}: cannot be read ({first_line(error)}): download it again."
        ) from None
