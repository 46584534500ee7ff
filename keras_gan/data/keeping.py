"""Where samples are kept while they are used: in memory, or on disk."""

from absl import logging

from keras_gan.data import memory, prepared
from keras_gan.data.on_disk import DamagedSamples
from keras_gan.data.sources.images import COPIES

STORAGES = ("auto", "memory", "disk")


def keep(found, storage="auto", memory_limit=None, cache_dir=None):
    """Decodes samples into memory or onto the disk; their bits are the same.

    What took long to decode is kept on the disk in any case, so that the next start need
    not decode it again.

    Args:
        found: A `Found`.
        storage: "memory", "disk", or "auto": on disk if more than `memory_limit`.
            Defaults to "auto".
        memory_limit: Bytes, or a text such as "200MB". Defaults to None: half of the
            memory that is free, because minibatches are gathered from a copy.
        cache_dir: Folder of what is on disk. Defaults to None: see
            `prepared.default_folder`.

    Returns:
        An array or `OnDisk`.

    Raises:
        ValueError: If the samples cannot be read, or shall be in memory and do not fit.
        OSError: If they shall be on disk, and cannot be written there.
    """
    samples = prepared.look_up(found, cache_dir)
    if samples is None and found.shape is None:
        found.look()
    needed = memory.nbytes(found.most, found.dtype.itemsize)
    on_disk = storage == "disk"
    if storage == "auto":
        on_disk = needed > limit_of(memory_limit)
    if on_disk:
        samples = samples or prepared.prepare(found, cache_dir)
        found.report()
        return samples
    found.check_memory()
    if samples is None and found.is_slow:
        samples = _prepared_if_there_is_room(found, cache_dir)
    if samples is None:
        return found.into_memory()
    try:
        read = samples.read(range(len(samples)))
    except DamagedSamples:
        return keep(found, storage, memory_limit, cache_dir)
    found.report()
    return read


def limit_of(memory_limit):
    """Bytes that samples may take in memory."""
    if memory_limit is None:
        return memory.available() // COPIES
    return memory.in_bytes("memory_limit", memory_limit)


def _prepared_if_there_is_room(found, cache_dir):
    try:
        return prepared.prepare(found, cache_dir)
    except prepared.Unkept as error:
        logging.warning(
            "%s; until then, %s is decoded at each start", error.strerror, found.name
        )
        return None
