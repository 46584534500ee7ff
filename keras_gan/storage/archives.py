"""NumPy archives that are written a block at a time, in little memory."""

import errno
import os
import shutil
import zipfile

import numpy as np

from keras_gan.data.memory import nbytes, size
from keras_gan.storage.files import published

# Says in a file that this package wrote it, which may then be replaced.
_MARK = b"keras_gan"


class Blocks:
    """An array that is made while it is written.

    Args:
        shape: Its whole shape.
        dtype: Its dtype.
        parts: Iterable of arrays (m, ...), which make up the first axis in turn.
    """

    def __init__(self, shape, dtype, parts):
        self.shape = tuple(map(int, shape))
        self.dtype = np.dtype(dtype)
        self.parts = parts

    @property
    def nbytes(self):
        """Its size, not compressed."""
        return nbytes(self.shape, self.dtype.itemsize)


def save_npz(path, arrays):
    """Writes a compressed `.npz`, whole or not at all.

    Only one block of each array is in memory at a time.

    Args:
        path: The file.
        arrays: Dict of names and `Blocks`.

    Raises:
        OSError: Before anything is made, if the disk has less room than the arrays take
            uncompressed.
        ValueError: If the blocks do not make up what was announced.

    Example:

    >>> halves = (np.full((2, 3), i, "uint8") for i in range(2))
    >>> save_npz("x.npz", {"images": Blocks((4, 3), "uint8", halves)})
    >>> np.load("x.npz")["images"][:, 0]
    array([0, 0, 1, 1], dtype=uint8)
    """
    check_room(path, sum(array.nbytes for array in arrays.values()))
    with published(path) as temporary:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.comment = _MARK
            for name, array in arrays.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as stream:
                    _write(stream, array)


def is_own(path):
    """Whether `save_npz` wrote a file."""
    if not os.path.isfile(path):  # To open a pipe would wait for its writer.
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.comment == _MARK
    except (OSError, zipfile.BadZipFile):
        return False


def check_room(path, needed):
    """Refuses to begin what the disk has no room for.

    Args:
        path: The file or folder that will be written.
        needed: Bytes.

    Raises:
        OSError: If less is free.
    """
    folder = os.path.dirname(os.path.abspath(path))
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise OSError(
            errno.ENOSPC,
            f"{size(needed)} are to be written, {size(free)} are free: make fewer, or "
            "make room",
            os.fspath(path),
        )


def _write(stream, array):
    header = {
        "descr": np.lib.format.dtype_to_descr(array.dtype),
        "fortran_order": False,
        "shape": array.shape,
    }
    np.lib.format.write_array_header_1_0(stream, header)
    written = 0
    for part in array.parts:
        if part.dtype != array.dtype or part.shape[1:] != array.shape[1:]:
            raise ValueError(f"a block is {part.dtype} of shape {part.shape}.")
        stream.write(np.ascontiguousarray(part).tobytes())
        written += len(part)
    if written != array.shape[0]:
        raise ValueError(f"blocks of {written} in place of {array.shape[0]} were given.")
