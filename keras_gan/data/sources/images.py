"""What the sources share: their result, the memory limit, checks."""

from typing import NamedTuple

import numpy as np
from absl import logging

from keras_gan.data import memory

# The array of a source, and the tensor that minibatches are gathered from.
COPIES = 2
# Bytes that are worth a line before they are read.
LARGE = 2**30
# What to do about a file that is read whole, whatever is made of it.
FEWER_IN_FILE = "keep fewer samples in the file"
# What every source scales float images to.
FLOAT_RANGE = (0.0, 1.0)


class Samples(NamedTuple):
    """Real samples and, if the source knows them, their classes.

    Attributes:
        samples: Images (n, h, w, c) as uint8, or as float32 in [0, 1]; or points
            (n, d) as float32.
        labels: Integers (n,), or None. Defaults to None.
        num_classes: Number of classes, or None if the source does not say. Defaults
            to None.
        class_names: Name of each class, in the order of the labels, or None if the
            source does not say. Defaults to None.
    """

    samples: np.ndarray
    labels: np.ndarray | None = None
    num_classes: int | None = None
    class_names: tuple[str, ...] | None = None


def check_memory(name, shape, bytes_per_value=1, *, cure="set a smaller image_size"):
    """Refuses samples that would not fit in memory, before anything is allocated.

    What takes long to read is announced.

    Args:
        name: The source, for the message.
        shape: Shape of the array that would be allocated.
        bytes_per_value: Size of a value: 1 for uint8, 4 for float32. Defaults to 1.
        cure: How this source takes less, for the message. Defaults to "set a smaller
            image_size".

    Raises:
        ValueError: If the array, and the copy that minibatches are gathered from, need
            more than is free.
    """
    needed = COPIES * memory.nbytes(shape, bytes_per_value)
    what = f"{name}: {shape[0]} samples of shape {tuple(map(int, shape[1:]))}"
    memory.check(what, needed, cure)
    if needed >= LARGE:
        logging.warning(
            "%s: reading takes a while, and %s of memory. To take less, %s.",
            what,
            memory.size(needed),
            cure,
        )


def check_sides(name, number, sides):
    """Refuses images without a pixel, which cannot be resized or trained on.

    Args:
        name: The source, for the message.
        number: How many images there are.
        sides: Their height and width.

    Raises:
        ValueError: If there are images, and one of their sides is 0.
    """
    height, width = sides
    if number and not height * width:
        raise ValueError(
            f"{name}: {number} images of {width}x{height} pixels hold nothing: write "
            "them again."
        )


class NoSuchSplit(ValueError):
    """A source does not have the split that is asked for."""


def check_split(name, split, legal=("train", "test")):
    """Refuses a split that a source does not have.

    Args:
        name: The source, for the message.
        split: Name of the split.
        legal: The splits of the source. Defaults to ("train", "test").

    Raises:
        NoSuchSplit: If `split` is not among them.
    """
    if split not in legal:
        raise NoSuchSplit(
            f"{name}: there is no split {split!r}: use one of {', '.join(legal)}."
        )


def first_line(error):
    """Returns the first line of an exception's text, or its class if it has none."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
