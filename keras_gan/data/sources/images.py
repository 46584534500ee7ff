"""What the sources share: their result, the memory limit, resizing, checks."""

from typing import NamedTuple

import numpy as np
from absl import logging
from PIL import Image

from keras_gan.data import memory
from keras_gan.data.sources.told import Told

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


def check_sides(name, images):
    """Refuses images without a pixel, which cannot be resized or trained on.

    Args:
        name: The source, for the message.
        images: Array (n, h, w, c).

    Raises:
        ValueError: If there are images, and one of their sides is 0.
    """
    if len(images) and not images.size:
        height, width = images.shape[1:3]
        raise ValueError(
            f"{name}: {len(images)} images of {width}x{height} pixels hold nothing: "
            "write them again."
        )


def check_image_size(image_size):
    """Refuses an `image_size` that is not a positive whole number of pixels.

    Args:
        image_size: Side in pixels, or None: images stay as they are.

    Raises:
        ValueError: If `image_size` is neither None nor a positive integer.
    """
    is_integer = isinstance(image_size, int | np.integer)
    if image_size is not None and not (is_integer and image_size > 0):
        raise ValueError(
            f"image_size must be a whole number of pixels above 0, got {image_size!r}."
        )


def square_resize(image, image_size):
    """Crops an image to its centre square and resizes it with antialiasing.

    Without antialiasing, shrinking skips pixels, and the generator learns the jagged
    edges that this leaves.

    Args:
        image: Array (h, w, c), uint8 or float32 in [0, 1].
        image_size: New side in pixels.

    Returns:
        An array (image_size, image_size, c) of the same dtype.

    Example:

    >>> square_resize(np.zeros((30, 40, 3), np.uint8), 16).shape
    (16, 16, 3)
    """
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = image[top : top + side, left : left + side]
    if side == image_size:
        return square
    # One channel at a time: Pillow has no mode for float images with several channels.
    channels = [
        Image.fromarray(np.ascontiguousarray(square[..., channel])).resize(
            (image_size, image_size), Image.Resampling.LANCZOS
        )
        for channel in range(square.shape[-1])
    ]
    resized = np.stack([np.asarray(channel) for channel in channels], axis=-1)
    # Lanczos overshoots at edges. Pillow clips bytes, but not floats.
    return resized if image.dtype == np.uint8 else np.clip(resized, 0, 1)


def square_resize_all(images, image_size, name=None):
    """Applies `square_resize` to every image.

    Args:
        images: Array (n, h, w, c), uint8 or float32 in [0, 1].
        image_size: New side in pixels, or None: images stay as they are.
        name: The source, for messages on how far it is. Defaults to None: no messages.

    Returns:
        An array (n, image_size, image_size, c) of the same dtype.
    """
    if image_size is None or images.shape[1:3] == (image_size, image_size):
        return images
    shape = (len(images), image_size, image_size, images.shape[-1])
    check_memory(f"image_size={image_size}", shape, images.itemsize)
    resized = np.empty(shape, images.dtype)
    told = None if name is None else Told(f"resizing {name}", len(images))
    for index, image in enumerate(images):
        if told:
            told.reached(index)
        resized[index] = square_resize(image, image_size)
    return resized


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
