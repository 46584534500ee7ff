"""One name for every source of real samples."""

import numpy as np

from keras_gan.data.in_memory import Batches
from keras_gan.data.keeping import STORAGES, keep, limit_of
from keras_gan.data.kinds import kind_of
from keras_gan.data.sources import folder, idx, mixtures, npz
from keras_gan.data.sources.folder import from_folder
from keras_gan.data.sources.idx import from_idx
from keras_gan.data.sources.images import (
    FLOAT_RANGE,
    Samples,
    check_split,
)
from keras_gan.data.sources.npz import from_npz
from keras_gan.data.sources.reading import AS_STORED, Reading
from keras_gan.data.sources.stacked_mnist import NUM_TEST, NUM_TRAIN, stack
from keras_gan.data.sources.tfds import check_name, from_tfds

# The size of the training set in the mode-collapse protocols.
NUM_POINTS = 100_000

_MIXTURES = {
    "ring": mixtures.ring,
    "grid": mixtures.grid,
    "gaussian1d": mixtures.gaussian1d,
    "mixture1d": mixtures.mixture1d,
}
_READERS = {"idx": from_idx, "folder": from_folder, "npz": from_npz}
_CHECKS = {
    "idx": idx.check_is_folder,
    "folder": folder.check_is_folder,
    "npz": npz.check_is_archive,
}
_STACKED = "stacked_mnist"
_OTHER_NAMES = ("mnist5k", *_MIXTURES, *_READERS, _STACKED)


class NoLabels(ValueError):
    """Data without labels, though they were asked for."""


def load(
    spec: str,
    *,
    split: str = "train",
    batch_size: int,
    seed: int = 0,
    data_dir: str | None = None,
    labels: bool = False,
    image_size: int | str | tuple[int, int] | None = None,
    fit: str = "crop",
    channels: int | str = "auto",
    bits: int = 8,
    skip_bad_images: bool = False,
    mirror: bool = False,
    storage: str = "auto",
    memory_limit: int | str | None = None,
    cache_dir: str | None = None,
) -> Batches:
    """Reads real samples, into memory or onto the disk, and puts them in minibatches.

    `spec` is one of

    * `mnist5k`: 5,000 MNIST digits, 4,000 train and 1,000 test, without network;
    * a name of an image dataset in TFDS: `mnist`, `fashion_mnist`, `cifar10`, ...;
    * `idx:FOLDER`, `folder:FOLDER`, `npz:FILE`: the user's own data;
    * `ring`, `grid`, `gaussian1d`, `mixture1d`: 100,000 points of known density,
      drawn once from `seed`;
    * `stacked_mnist:SPEC`: 128,000 images of three digits of `SPEC` (any of the above
      that is grey) in red, green and blue, drawn once from `seed`; 26,000 for "test".

    Args:
        spec: what to read.
        split: `"train"` or `"test"`; for TFDS also parts such as `"train[:50%]"`.
        batch_size: m, the samples in one minibatch.
        seed: integer that chooses the order (and the points). Default 0.
        data_dir: folder of datasets that TFDS has prepared. Default: `TFDS_DATA_DIR`,
            or `~/tensorflow_datasets`.
        labels: whether elements are pairs with class labels. Default: bare samples.
        image_size: side, or height and width, to resize images to: 64, (96, 64) or
            "96x64". Default: as stored.
        fit: how an image of another shape gets this size: `"crop"` cuts out its centre,
            `"pad"` adds edges, black or transparent ones, `"stretch"` distorts it.
        channels: 1 for grey, 3 for RGB, 4 for RGB and alpha. Default `"auto"`: a folder
            is read as grey if all its images are grey, otherwise as RGB over white;
            other sources stay as they are.
        bits: 8, or 16 to keep images of 16 bits, as float32 in [0, 1].
        skip_bad_images: whether the broken files of a folder are left out, counted and
            listed. Default: the first of them is an error.
        mirror: whether training sees each image or, as often, its mirror image; see
            `Batches`. Default: images as they are.
        storage: where samples are: `"memory"`, `"disk"`, or `"auto"`, on disk if they
            need more than `memory_limit`. Order and bits are the same.
        memory_limit: what they may take in memory: bytes, or a text such as `"200MB"`.
            Default: half of what is free.
        cache_dir: folder that keeps what was decoded, of folders of images and of all
            that is on disk, for the next time; it may be removed at any time. Default:
            `keras_gan` in `XDG_CACHE_HOME` or `~/.cache`.

    Returns:
        `Batches`, which `GAN.fit` and `GAN.evaluate` take.

    Raises:
        ValueError: one line that names what is wrong and what to do about it.
        OSError: if samples shall be on disk and there is no room for them.

    Example:
        >>> load("ring", batch_size=100).sample_shape
        (2,)
    """
    spec = str(spec)
    reading = Reading(image_size, fit, channels, bits, skip_bad_images)
    _check_meaning(spec, reading, mirror)
    check_storage(spec, storage, memory_limit)
    kind, _, path = spec.partition(":")
    where = {
        "storage": storage,
        "memory_limit": memory_limit,
        "cache_dir": cache_dir,
    }
    density = _MIXTURES[spec]() if spec in _MIXTURES else None
    if density is not None:
        found = _draw(kind, density, split, seed)
    elif kind == _STACKED:
        num = NUM_TRAIN if split.startswith("train") else NUM_TEST
        stream = 0 if split.startswith("train") else 1
        digits = _find(
            path or "mnist",
            split,
            data_dir,
            reading,
            instead=f"{_STACKED}:mnist5k",
        )
        # A stack is drawn from all digits at once.
        digits = _kept(digits, **{**where, "storage": "memory"})
        found = stack(digits, num, seed=[seed, stream])
    else:
        found = _kept(_find(spec, split, data_dir, reading), **where)
    if labels and found.labels is None:
        raise NoLabels(f"{spec} has no labels: use labels=False.")
    stored_as_floats = (
        kind_of(found.samples.shape[1:]).has_pixels and found.samples.dtype != np.uint8
    )
    return Batches(
        found.samples,
        found.labels if labels else None,
        batch_size=batch_size,
        seed=seed,
        name=spec,
        num_classes=found.num_classes if labels else None,
        classes=found.labels,
        class_names=found.class_names,
        density=density,
        value_range=FLOAT_RANGE if stored_as_floats else None,
        mirror=mirror,
    )


def check_storage(spec, storage, memory_limit):
    """Refuses arguments of `load` that say where samples are, if they make no sense."""
    if storage not in STORAGES:
        raise ValueError(
            f"storage must be one of {', '.join(STORAGES)}, got {storage!r}."
        )
    limit_of(memory_limit)
    drawn = spec.partition(":")[0] in (*_MIXTURES, _STACKED)
    if drawn and storage == "disk":
        raise ValueError(f"{spec} is drawn into memory, and cannot be on disk.")


def check_source(spec, *, data_dir=None, mirror=False, **reading):
    """Refuses a source that is not there, without reading it.

    Args:
        spec: As for `load`.
        data_dir: As for `load`.
        mirror: As for `load`.
        **reading: Arguments of `Reading`.

    Raises:
        ValueError: The one that `load` would raise.
    """
    _check_meaning(spec, Reading(**reading), mirror)
    kind, _, path = spec.partition(":")
    if kind == _STACKED:
        check_source(path or "mnist", data_dir=data_dir)
    elif kind in _READERS:
        _check_path(kind, path, spec)
        _CHECKS[kind](path)
    elif spec not in _MIXTURES:
        check_name(spec, data_dir, _OTHER_NAMES)


def _check_meaning(spec, reading, mirror):
    """Refuses what has no meaning for such a source."""
    kinds = spec.split(":")
    given = {
        name: f"{name}={getattr(reading, name)}"
        for name in ("image_size", "channels", "bits")
        if getattr(reading, name) != getattr(AS_STORED, name)
    }
    if mirror:
        given["mirror"] = "mirror=True"
    if spec in _MIXTURES and given:
        raise ValueError(
            f"{spec}: there are no images: leave out {', '.join(given.values())}."
        )
    if "bits" in given and not {"folder", "npz"} & set(kinds[:2]):
        raise ValueError(f"{spec}: the images have 8 bits: leave out {given['bits']}.")
    if kinds[0] == _STACKED and reading.channels not in ("auto", 1):
        raise ValueError(
            f"{spec}: grey images are stacked: leave out {given['channels']}."
        )
    if reading.channels == 4 and kinds[0] in ("mnist5k", "idx"):
        raise ValueError(
            f"{spec}: the images are grey, without alpha: leave out channels=4."
        )
    if reading.skip_bad_images and "folder" not in kinds[:2]:
        raise ValueError(
            f"{spec} is no folder of images: leave out skip_bad_images, which is for "
            "folder:PATH"
        )


def _check_path(kind, path, spec):
    if not path:
        raise ValueError(f"{spec!r} lacks a path: write {kind}:PATH")


def _kept(found, **where):
    """The samples of a source, decoded, and what it says of them."""
    samples = keep(found, **where)
    return Samples(samples, found.kept_labels(), found.num_classes, found.class_names)


def _find(spec, split, data_dir, reading, *, instead="mnist5k"):
    """A source that stores images; `instead` is what needs no network."""
    kind, _, path = spec.partition(":")
    if kind not in _READERS:
        return from_tfds(
            spec,
            split=split,
            data_dir=data_dir,
            reading=reading,
            other_names=_OTHER_NAMES,
            instead=instead,
        )
    _check_path(kind, path, spec)
    return _READERS[kind](path, split=split, reading=reading)


def is_of_files(spec):
    """Whether data is read from the user's own files, which may change.

    Args:
        spec: As for `load`.

    Example:

    >>> is_of_files("folder:photos"), is_of_files("mnist5k")
    (True, False)
    """
    return spec.partition(":")[0] in _READERS


def is_drawn(spec):
    """Whether the samples of this name are drawn: another seed gives others.

    Args:
        spec: As for `load`.

    Example:

    >>> is_drawn("ring"), is_drawn("mnist5k")
    (True, False)
    """
    return spec in _MIXTURES or spec.partition(":")[0] == _STACKED


def _draw(kind, density, split, seed):
    """Points of a mixture; the two splits never share a stream."""
    check_split(kind, split)
    stream = ("train", "test").index(split)
    points = density.sample(NUM_POINTS, seed=[seed, stream])
    return Samples(points.astype(np.float32))
