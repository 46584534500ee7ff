"""Samples on disk, of which rows are read when they are asked for."""

import contextlib
import itertools
import math
import numbers
import os
import re
import weakref
import zlib

import numpy as np
import tensorflow as tf

from keras_gan.data import memory

# Rows that Linux is told of before the first of them is read: a disk then looks for all
# of them at once. More would fill memory with what is read much later.
_ANNOUNCED = 256


class DamagedSamples(ValueError):
    """Samples in a file that are not those which were written.

    Args:
        text: The message.
        reason: What is wrong, in a few words. Defaults to "".
    """

    def __init__(self, text, reason=""):
        super().__init__(text)
        self.reason = reason


@contextlib.contextmanager
def damage_in_one_line():
    """Turns what `tf.data` makes of `DamagedSamples` into that error again."""
    try:
        yield
    except tf.errors.InvalidArgumentError as error:
        # Its text is all that is left of it, above the traceback.
        found = re.search(f"{DamagedSamples.__name__}: (.*)", str(error))
        if found is None:
            raise
        raise DamagedSamples(found[1]) from None


class Rows:
    """Samples of which rows are read when they are asked for.

    They have the shape, the dtype and the indexing of an array along its first axis. To
    index them reads: `samples[5]`, `samples[10:20]`, `samples[[3, 1]]` are NumPy arrays.
    What would read all of them at once, such as `np.asarray(samples)`, is refused.

    Args:
        shape: Shape of all samples (n, ...).
        dtype: Their dtype.
    """

    def __init__(self, shape, dtype):
        self.shape, self.dtype = tuple(shape), np.dtype(dtype)

    def read(self, rows):
        """Reads rows by their positions.

        Args:
            rows: Ints (m,), none of them negative.

        Returns:
            A NumPy array (m, ...).
        """
        raise NotImplementedError

    def __len__(self):
        return self.shape[0]

    @property
    def ndim(self):
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self):
        """Number of values."""
        return math.prod(self.shape)

    @property
    def nbytes(self):
        """Bytes of all samples."""
        return self.size * self.dtype.itemsize

    def __getitem__(self, rows):
        """Reads some rows; an int, a slice, or an array of ints or booleans."""
        if isinstance(rows, slice):
            return self.read(np.arange(*rows.indices(len(self))))
        if isinstance(rows, numbers.Integral):
            return self.read(self._positions([rows]))[0]
        return self.read(self._positions(rows))

    def _positions(self, rows):
        # To an array, a tuple is a place on several axes.
        rows = np.asarray(None if isinstance(rows, tuple) else rows)
        if rows.dtype == bool and rows.shape == self.shape[:1]:
            rows = np.flatnonzero(rows)
        if rows.size == 0:
            rows = rows.astype(np.int64)
        if rows.ndim != 1 or rows.dtype.kind not in "iu":
            raise IndexError(
                "Samples on disk are indexed along their first axis, by an int, a slice, "
                "or an array of ints or booleans: index what that returns."
            )
        outside = (rows < -len(self)) | (rows >= len(self))
        if outside.any():
            raise IndexError(
                f"There is no sample {rows[outside][0]}: there are {len(self):,}."
            )
        return np.where(rows < 0, rows + len(self), rows)

    def __iter__(self):
        return itertools.chain.from_iterable(blocks(self))

    def __array__(self, dtype=None, copy=None):
        raise TypeError(
            f"{memory.size(self.nbytes)} of samples are on disk, and are not read into "
            "memory at once: take some, such as samples[:1000], or load them with "
            "storage='memory'."
        )


class View(Rows):
    """Some rows of others, changed when they are read.

    Args:
        samples: `Rows`.
        rows: Positions of those that are seen, ints (n,). Defaults to None: all.
        change: Function of an array (m, ...) that is applied to what is read. Defaults
            to None: nothing.
        dtype: Dtype of what it returns. Defaults to None: that of the samples.
    """

    def __init__(self, samples, rows=None, change=None, dtype=None):
        number = len(samples) if rows is None else len(rows)
        super().__init__((number, *samples.shape[1:]), dtype or samples.dtype)
        self._samples, self._change = samples, change
        self._rows = None if rows is None else np.asarray(rows)

    def read(self, rows):
        rows = rows if self._rows is None else self._rows[rows]
        read = self._samples.read(rows)
        return read if self._change is None else self._change(read)


class OnDisk(Rows):
    """Samples in a file.

    Each row is read by a call of its own from a file that stays open, and its checksum
    is compared. Against a memory map that means: what is read does not count as memory
    of the process; a file that is cut while a run reads it is an error in one line, and
    no SIGBUS; and the file may be removed, and the run goes on.

    Args:
        path: A `.npy` file.
        offset: Bytes before the first row.
        shape: Shape of all samples (n, ...).
        dtype: Their dtype.
        checksums: CRC-32 of each row, uint32 (n,).
        checksum: CRC-32 of all rows.
        extent: (lowest, highest) value.

    Raises:
        OSError: If the file cannot be opened.
    """

    def __init__(self, path, *, offset, shape, dtype, checksums, checksum, extent):
        super().__init__(shape, dtype)
        self.path, self.checksum, self.extent = path, checksum, extent
        self._offset, self._checksums = offset, checksums
        self._row = memory.nbytes(self.shape[1:], self.dtype.itemsize)
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    def __repr__(self):
        return f"<OnDisk {self.path}: {self.dtype} {self.shape}>"

    def gather(self, rows):
        """Reads some rows in a pipeline of `tf.data`.

        Args:
            rows: An int tensor (m,).

        Returns:
            A tensor (m, ...).
        """
        samples = tf.numpy_function(self.read, [rows], self.dtype, stateful=False)
        samples.set_shape([rows.shape[0], *self.shape[1:]])
        return samples

    def read(self, rows):
        """Reads rows by their positions; see `Rows`.

        Raises:
            DamagedSamples: If the file is no longer what was written.
        """
        samples = np.empty((len(rows), *self.shape[1:]), self.dtype)
        # One view, because to make one for each row takes longer than to read it.
        into = memoryview(samples).cast("B") if samples.size else memoryview(b"")
        size, start = self._row, 0
        for number, row in enumerate(map(int, rows)):
            if number % _ANNOUNCED == 0:
                self._announce(rows[number : number + _ANNOUNCED])
            part = into[start : start + size]
            self._fill(part, self._offset + row * size)
            if zlib.crc32(part) != self._checksums[row]:
                raise self._damaged(f"sample {row} has changed")
            start += size
        return samples

    def check(self):
        """Reads all rows, a few at a time.

        Raises:
            DamagedSamples: If one of them is not what was written.
        """
        for _ in blocks(self):
            pass

    def _announce(self, rows):
        for row in map(int, rows):
            place = self._offset + row * self._row, self._row
            os.posix_fadvise(self._file, *place, os.POSIX_FADV_WILLNEED)

    def _fill(self, part, offset):
        read = os.preadv(self._file, [part], offset)
        while read < len(part):
            more = os.preadv(self._file, [part[read:]], offset + read)
            if not more:
                raise self._damaged("it was cut")
            read += more

    def _damaged(self, reason):
        # Whoever opens a file whose time is not the one that is noted checks all of it.
        with contextlib.suppress(OSError):
            os.utime(self.path)
        return DamagedSamples(
            f"{self.path} is damaged ({reason}): start again, which prepares the samples "
            "anew.",
            reason,
        )


def extent_of(samples):
    """(lowest, highest) value of samples, wherever they are."""
    if isinstance(samples, OnDisk):
        return tuple(np.array(samples.extent, samples.dtype))
    return samples.min(), samples.max()


def checksum_of(samples):
    """CRC-32 of samples, wherever they are; the same for the same samples."""
    if isinstance(samples, OnDisk):
        return samples.checksum
    return zlib.crc32(np.ascontiguousarray(samples).data)


def rows_of(samples, rows):
    """Some rows of samples: of an array a copy, of `Rows` a `View`."""
    return View(samples, rows) if isinstance(samples, Rows) else samples[rows]


def blocks(samples, rows=None):
    """Cuts samples into parts that fit in memory, wherever they are.

    Args:
        samples: An array (n, ...), or `Rows`.
        rows: How many in a part. Defaults to None: 16 MiB of them.

    Yields:
        Arrays (k, ...).

    Example:

    >>> [len(part) for part in blocks(np.zeros((5, 2)), rows=2)]
    [2, 2, 1]
    """
    size = memory.nbytes(samples.shape[1:], samples.dtype.itemsize)
    rows = rows or max(1, 2**24 // max(1, size))
    for start in range(0, len(samples), rows):
        yield samples[start : start + rows]
