"""Folders of MNIST-format IDX files: MNIST, Fashion-MNIST, KMNIST, EMNIST."""

import gzip
import math
import pathlib
import struct
import zlib

import numpy as np

from keras_gan.data.sources.images import (
    FEWER_IN_FILE,
    NoSuchSplit,
    Samples,
    check_memory,
    check_sides,
    check_split,
    first_line,
)
from keras_gan.data.sources.reading import AS_STORED

# Two zero bytes, 8 for "unsigned byte", and the number of dimensions.
IMAGES_MAGIC = 0x00000803
LABELS_MAGIC = 0x00000801
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
        `Samples` with uint8 images (n, h, w, 1), or (n, h, w, 3) for `channels=3`.

    Raises:
        ValueError: If a file is missing, ambiguous, or not what its header says. The
            message is one line that names the file.

    Example:

    >>> header = struct.pack(">4I", IMAGES_MAGIC, 2, 8, 8)
    >>> file = pathlib.Path("t10k-images-idx3-ubyte")
    >>> file.write_bytes(header + bytes(2 * 8 * 8))
    144
    >>> from_idx(".", split="test").samples.shape
    (2, 8, 8, 1)
    """
    folder = pathlib.Path(path).expanduser()
    check_split(f"idx:{path}", split)
    check_is_folder(folder)
    images_file = _find(folder, split)
    images = _read(images_file, IMAGES_MAGIC, dimensions=3)[..., np.newaxis]
    check_sides(str(images_file), images)
    labels = _read_labels(images_file, len(images))
    reading.check_array(f"idx:{path}", 1, len(images))
    images = reading.convert(reading.resize_all(images, f"idx:{path}"))
    return Samples(images, labels)


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
    labels = _read(labels_file, LABELS_MAGIC, dimensions=1)
    if len(labels) != count:
        raise ValueError(
            f"{labels_file}: {len(labels)} labels for the {count} images of "
            f"{images_file.name}: download both again."
        )
    return labels.astype(np.int64)


def _read(file, magic, dimensions):
    """Reads one IDX file; its header must agree with its length."""
    opener = gzip.open if file.suffix == ".gz" else open
    header = struct.Struct(f">{1 + dimensions}I")
    try:
        with opener(file, "rb") as stream:
            start = stream.read(header.size)
            if len(start) < header.size:
                raise ValueError(f"{file}: too short for IDX: download it again.")
            found, *shape = header.unpack(start)
            if found != magic:
                raise ValueError(
                    f"{file}: starts with {found:#010x} where an IDX file of "
                    f"{dimensions} dimensions starts with {magic:#010x}: download it "
                    "again."
                )
            check_memory(str(file), shape, cure=FEWER_IN_FILE)
            size = math.prod(shape)
            # Asks for one byte more than announced, to notice a file that is too long.
            content = stream.read(size + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(
            f"{file}: cannot be read ({first_line(error)}): download it again."
        ) from None
    if len(content) != size:
        length = f"only {len(content)}" if len(content) < size else "more"
        raise ValueError(
            f"{file}: the header announces {size} bytes, the file holds {length}: "
            "download it again."
        )
    return np.frombuffer(content, np.uint8).reshape(shape)
