"""Samples that are decoded once, and kept in a folder: the cache.

Of each source and its options there is one folder,

    CACHE_DIR/NAME-PLACE-CONTENT/
        samples.npy      all samples, decoded
        checksums        CRC-32 of each of them
        about.json       what they are; as long as it is missing, nothing is there

where PLACE stands for what was asked for, and CONTENT for the names, sizes and times of
the files. So what changes is prepared anew, under another name. Any part of the cache may
be removed at any time.

While samples are prepared, `preparing.json` says every few seconds how far they are: what
a killed process leaves is gone on with.
"""

import contextlib
import errno
import fcntl
import json
import os
import re
import shutil
import time
import zlib

import numpy as np
import PIL
from absl import logging

from keras_gan.data import memory
from keras_gan.data.locked import locked
from keras_gan.data.on_disk import DamagedSamples, OnDisk
from keras_gan.data.sources.found import digest_of
from keras_gan.data.sources.told import Told
from keras_gan.terminal import counted

# Of the files above, and of how samples are decoded. Another number prepares anew.
FORMAT = 1
# Seconds of work that a kill may cost.
_SYNCED_EVERY = 5.0
_SAMPLES, _CHECKSUMS, _ABOUT = "samples.npy", "checksums", "about.json"
_PREPARING, _LOCK = "preparing.json", "lock"


class Unkept(OSError):
    """The cache has no room for samples, or cannot be written."""


def default_folder():
    """Where samples are kept unless a folder is named."""
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.join("~", ".cache")
    return os.path.join(os.path.expanduser(caches), "keras_gan")


def look_up(found, cache_dir=None):
    """The samples of a source if they are prepared, without opening one of its files.

    Args:
        found: A `Found`. It learns what was found out when it was prepared; also if that
            was not finished.
        cache_dir: The cache. Defaults to None: `default_folder()`.

    Returns:
        `OnDisk`, or None.
    """
    folder, _ = _folders(found, cache_dir, found.content())
    with contextlib.suppress(_Damaged, OSError):  # `prepare` says what is wrong.
        if samples := _open(folder, found):
            return samples
    with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
        if state := _read_json(folder, _PREPARING):
            found.restore(state["found"])
    return None


def prepare(found, cache_dir=None):
    """Decodes the samples of a source onto the disk, unless that was done before.

    One process decodes, others that want the same samples wait for it. What was prepared
    of the same source before it changed is removed.

    Args:
        found: As for `look_up`.
        cache_dir: As for `look_up`.

    Returns:
        `OnDisk`.

    Raises:
        Unkept: If there is no room, or no permission to write.
        ValueError: If the source cannot be read, or changes meanwhile.
    """
    content = found.content()
    folder, source = _folders(found, cache_dir, content)
    cache_dir = os.path.dirname(folder)
    waiting = f"{found.name}: another process prepares it; waiting for it"
    with _writing(cache_dir), locked(os.path.join(folder, _LOCK), waiting):
        samples = _open_or_tell(folder, found)
        if samples is None:
            with _Writer(folder, found) as writer:
                writer.write_all()
                if found.content() != content:
                    raise ValueError(
                        f"{found.name} has changed while it was read: start again once "
                        "nobody changes the files."
                    )
                writer.publish()
            samples = _open(folder, found)
            _remove_former(cache_dir, source, folder, found.name)
    return samples


def _folders(found, cache_dir, content):
    """The folder of a source in the cache, and how those of the same source begin."""
    cache_dir = os.path.abspath(os.path.expanduser(cache_dir or default_folder()))
    path, how = found.place()
    name = re.sub(r"\W+", "_", os.path.basename(path))[-40:]
    source = f"{name}-{digest_of([path, how])}-"
    decoded_by = [FORMAT, PIL.__version__]
    folder = source + digest_of([content, decoded_by])
    return os.path.join(cache_dir, folder), source


def _open_or_tell(folder, found):
    """What was prepared; None, after a line about it, if it is damaged."""
    try:
        return _open(folder, found)
    except _Damaged as damage:
        logging.warning(
            "%s: its samples in %s are damaged (%s), and are prepared anew",
            found.name,
            folder,
            damage,
        )
    os.remove(os.path.join(folder, _ABOUT))
    return None


def _open(folder, found):
    """What was prepared in a folder, or None; `found` learns what was found out then."""
    path = os.path.join(folder, _SAMPLES)
    try:
        about = _read_json(folder, _ABOUT)
        if about is None:
            return None
        there = os.stat(path)
        if there.st_size != about["bytes"]:
            raise _Damaged(f"{there.st_size:,} of {about['bytes']:,} bytes are there")
        checksums = np.fromfile(os.path.join(folder, _CHECKSUMS), np.uint32)
        if zlib.crc32(checksums) != about["checksums"]:
            raise _Damaged("its checksums have changed")
        samples = OnDisk(
            path,
            offset=about["offset"],
            shape=about["shape"],
            dtype=about["dtype"],
            checksums=checksums,
            checksum=about["checksum"],
            extent=about["extent"],
        )
        if there.st_mtime_ns != about["time"]:
            samples.check()  # Somebody has written to it, or has copied it.
        found.restore(about["found"])
    except FileNotFoundError:
        raise _Damaged("a file is missing") from None
    except DamagedSamples as damage:
        raise _Damaged(damage.reason) from None
    except (ValueError, LookupError, TypeError) as error:
        raise _Damaged(" ".join(str(error).split())) from None
    return samples


class _Damaged(Exception):
    """What is in a folder is not what was written there; says in which way."""


class _Writer:
    """Writes what a source decodes into a folder.

    An error removes the folder: either the source must change, and then what was decoded
    is of no use, or the disk is full. What a kill or Ctrl-C leaves stays.

    Args:
        folder: The folder, which this process has locked.
        found: A `Found`, which has decoded nothing yet.
    """

    def __init__(self, folder, found):
        self._folder, self._found = folder, found
        self._rows, self._checksum, self._extent = 0, 0, []

    def __enter__(self):
        self._samples = self._open(_SAMPLES)
        self._checksums = self._open(_CHECKSUMS)
        return self

    def _open(self, name):
        path = os.path.join(self._folder, name)
        return open(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b")

    def __exit__(self, kind, *_):
        if kind is not None and issubclass(kind, Exception):
            shutil.rmtree(self._folder, ignore_errors=True)
        with contextlib.suppress(OSError):  # What a full disk did not take.
            self._samples.close()
        with contextlib.suppress(OSError):
            self._checksums.close()

    def write_all(self):
        """Decodes and writes all samples that are not there yet."""
        found = self._found
        if not self._go_on():
            if found.shape is None:
                found.look()
            found.begin()
            self._offset = self._write_header(found.most)
            self._samples.truncate()
            self._checksums.truncate(0)
            self._sync()
        self._check_room()
        synced = time.monotonic()
        with Told("preparing", found.name, found.number, found.reached) as told:
            try:
                for block in found.blocks():
                    self._write(block)
                    told.reached(found.reached)
                    if time.monotonic() > synced + _SYNCED_EVERY:
                        self._sync()
                        synced = time.monotonic()
            except (KeyboardInterrupt, SystemExit):
                self._sync()
                raise
        if self._write_header((self._rows, *found.shape)) != self._offset:
            raise RuntimeError("The header of samples.npy has another size.")
        self._sync()

    def _go_on(self):
        """Goes on where a killed process left off; returns whether there is one."""
        try:
            state = _read_json(self._folder, _PREPARING)
            if state is None:
                return False
            self._found.restore(state["found"])
            self._rows, self._offset = state["rows"], state["offset"]
            self._checksum, self._extent = state["checksum"], state["extent"]
        except (ValueError, LookupError, TypeError):
            return False
        for file, size in self._sizes().items():
            if file.seek(0, os.SEEK_END) < size:
                return False
            file.truncate(size)
            file.seek(size)
        logging.info(
            "%s: %s of %s images were prepared before",
            self._found.name,
            f"{self._found.reached:,}",
            f"{self._found.number:,}",
        )
        return True

    def _sizes(self):
        row = _bytes_of((1, *self._found.shape), self._found.dtype)
        return {
            self._samples: self._offset + self._rows * row,
            self._checksums: self._rows * np.dtype(np.uint32).itemsize,
        }

    def _check_room(self):
        found, shape = self._found, self._found.most
        needed = _bytes_of(shape, found.dtype) - self._rows * _bytes_of(
            shape[1:], found.dtype
        )
        free = shutil.disk_usage(self._folder).free
        if needed > free:
            raise Unkept(
                errno.ENOSPC,
                f"{found.name}: {shape[0]} samples of shape {tuple(shape[1:])} need "
                f"{memory.size(needed)} on disk, {memory.size(free)} are free in "
                f"cache_dir={os.path.dirname(self._folder)}: {found.cure}, or name "
                "another folder",
            )

    def _write(self, block):
        if not len(block):
            return
        block = np.ascontiguousarray(block, self._found.dtype)
        checksums = np.array([zlib.crc32(row) for row in block], np.uint32)
        self._samples.write(block.data.cast("B"))
        self._checksums.write(checksums.tobytes())
        self._checksum = zlib.crc32(block, self._checksum)
        ends = [*self._extent, block.min().item(), block.max().item()]
        self._extent = [min(ends), max(ends)]
        self._rows += len(block)

    def _write_header(self, shape):
        """Writes the header of a `.npy` file; returns its size, the same for any n."""
        self._samples.seek(0)
        about = {
            "descr": np.lib.format.dtype_to_descr(np.dtype(self._found.dtype)),
            "fortran_order": False,
            "shape": tuple(shape),
        }
        np.lib.format.write_array_header_1_0(self._samples, about)
        return self._samples.tell()

    def _sync(self):
        """Makes last what is written, and then says so."""
        for file in (self._samples, self._checksums):
            file.flush()
            os.fsync(file.fileno())
        self._say(_PREPARING, {"rows": self._rows})

    def publish(self):
        """Makes what is written the prepared samples."""
        self._samples.flush()
        there = os.fstat(self._samples.fileno())
        self._checksums.seek(0)
        about = {
            "source": self._found.name,
            "shape": [self._rows, *self._found.shape],
            "dtype": str(np.dtype(self._found.dtype)),
            "bytes": there.st_size,
            "time": there.st_mtime_ns,
            "checksums": zlib.crc32(self._checksums.read()),
        }
        self._say(_ABOUT, about)
        os.remove(os.path.join(self._folder, _PREPARING))
        logging.info(
            "%s: its %s are kept in %s (%s), for the next start",
            self._found.name,
            counted(self._rows, "sample"),
            self._folder,
            memory.size(there.st_size),
        )

    def _say(self, name, more):
        about = {
            "offset": self._offset,
            "checksum": self._checksum,
            "extent": self._extent,
            "found": self._found.state(),
        }
        path = os.path.join(self._folder, name)
        with open(f"{path}.new", "w", encoding="utf-8") as file:
            json.dump(about | more, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(f"{path}.new", path)


def _read_json(folder, name):
    """What a file of the cache says, or None if it is not there."""
    with (
        contextlib.suppress(FileNotFoundError),
        open(os.path.join(folder, name), encoding="utf-8") as file,
    ):
        return json.load(file)
    return None


def _bytes_of(shape, dtype):
    return memory.nbytes(shape, np.dtype(dtype).itemsize)


# ------------------------------------------------------------------------- the folder


@contextlib.contextmanager
def _writing(cache_dir):
    """Makes an error of the cache name its folder."""
    try:
        yield
    except Unkept:
        raise
    except OSError as error:
        cure = "make room there, or name another folder"
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            cure = "name another folder"
        reason = error.strerror or str(error)
        raise Unkept(
            error.errno, f"cache_dir={cache_dir} cannot be written ({reason}): {cure}"
        ) from None


def _remove_former(cache_dir, source, folder, name):
    """Removes what was prepared of a source before its files changed."""
    for one in os.listdir(cache_dir):
        former = os.path.join(cache_dir, one)
        if not one.startswith(source) or former == folder:
            continue
        with contextlib.suppress(OSError), open(os.path.join(former, _LOCK)) as file:
            # Another process may be writing there.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(former, ignore_errors=True)
            logging.info("%s has changed: its former cache, %s, is gone", name, former)
