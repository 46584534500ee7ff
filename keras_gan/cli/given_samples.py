"""Samples that are no run's: read from a file or a folder, and made comparable."""

import dataclasses
import os

import numpy as np

from keras_gan.arguments import ImageSize
from keras_gan.cli.command_line import say
from keras_gan.data.choice import some_of
from keras_gan.data.kinds import IMAGES, kind_of
from keras_gan.data.sources import folder
from keras_gan.data.sources.npz import from_npz, read_points
from keras_gan.data.sources.reading import AS_STORED
from keras_gan.recipe.options import naming

# The part of the documentation that has the lines of Python.
_HOW = 'docs/evaluation.md, "Samples of your own"'
_CURES_OF_COLOR = {
    1: f"make them grey ({_HOW}, shows how)",
    3: 'make them RGB, such as by image.convert("RGB") of Pillow',
    4: "make them RGBA",
}


def read_samples(path, number, reading=AS_STORED):
    """Samples of a file or folder, at most `number`, drawn at random: they may be sorted.

    Float images in [0, 1] or [-1, 1] are told apart by range.

    Args:
        path: A `.npz` file or a folder of images.
        number: How many.
        reading: A `Reading`. Only images of a folder are resized. Defaults to as stored.

    Raises:
        ValueError: If they cannot be read, or there is one only.
    """
    with naming(samples=path):
        if os.path.isdir(path):
            if folder.has_splits(path):
                raise ValueError(
                    "it holds a training and a test folder: name one of them."
                )
            found = folder.from_folder(path, split="train", reading=reading)
            samples = found.into_memory()
        else:
            samples = read_points(path)
            if samples is None:
                in_size = dataclasses.replace(reading, image_size=None, fit="crop")
                samples = from_npz(path, split="train", reading=in_size).into_memory()
        if len(samples) < 2:
            raise ValueError(f"{len(samples)} sample is too few: measure at least 2.")
    return samples[some_of(len(samples), number)]


def fitted(samples, wanted, path):
    """Samples in the shape of the real ones.

    Grey images that were saved in colour become grey. Nothing else is done to them: it
    would change the numbers.

    Args:
        samples: Array (n, ...).
        wanted: Shape of a real sample.
        path: Where the samples are from.

    Raises:
        ValueError: If images have another shape; says what to do.
    """
    if len(wanted) == 3 and wanted[-1] == 1 and is_grey(samples):
        say(f"{path}: all channels are equal, so the images are taken as grey")
        samples = samples[..., :1]
    shape = samples.shape[1:]
    if shape == wanted or {kind_of(shape), kind_of(wanted)} != {IMAGES}:
        return samples  # The suite says what is wrong with other kinds.
    cures = []
    if shape[-1] != wanted[-1]:
        cures.append(_CURES_OF_COLOR.get(wanted[-1], f"give them {wanted[-1]} channels"))
    if shape[:2] != wanted[:2]:
        cures.append(_cure_of_size(wanted, os.path.isdir(path)))
    raise ValueError(
        f"--samples={path}: images of {_as_text(shape)}, the real ones are "
        f"{_as_text(wanted)}: {'; '.join(cures)}."
    )


def is_grey(images):
    """Whether images of several channels are grey and opaque, in fact.

    Args:
        images: Array (n, h, w, c), uint8 or floats in [0, 1]; of two or four channels
            the last is the opacity.

    Example:

    >>> is_grey(np.full((5, 8, 8, 3), 7, "uint8")), is_grey(np.zeros((5, 8, 8, 4)))
    (True, False)
    """
    if images.ndim != 4 or images.shape[-1] not in (2, 3, 4):
        return False
    if images.shape[-1] != 3:
        opaque = 255 if images.dtype == np.uint8 else 1
        images, opacity = images[..., :-1], images[..., -1]
        if (opacity != opaque).any():
            return False
    return bool((images == images[..., :1]).all())


def _cure_of_size(wanted, is_folder):
    """What to do about another height or width."""
    crop = f"crop them to {_as_text(wanted[:2])}, if they are padded ({_HOW})"
    size = ImageSize(wanted[:2])
    resize = f"--image_size={size}, which cuts out their centre and resizes it"
    where = "" if is_folder else " in a folder of images, but not in a file"
    return f"{crop}; otherwise use {resize}{where}"


def _as_text(shape):
    return "x".join(map(str, shape))
