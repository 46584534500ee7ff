"""What one sample is: a point, a signal, an image or a volume."""

import dataclasses

from keras_gan.arguments import check_ints


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of sample, told by the number of its axes.

    Everything that depends on what a sample is, such as how it is drawn and by which
    metrics it is measured, asks for the kind.

    Args:
        name: What several of them are called, for messages.
        axes: Names of the axes of one sample.
        has_pixels: Whether its values are intensities between a lowest and a highest
            one, which uint8 can store. Otherwise they are floats without bounds.

    Example:

    >>> kind_of((28, 28, 1)).name
    'images'
    """

    name: str
    axes: tuple
    has_pixels: bool


POINTS = Kind("points", ("dimensions",), has_pixels=False)
SIGNALS = Kind("signals", ("time", "channels"), has_pixels=False)
IMAGES = Kind("images", ("height", "width", "channels"), has_pixels=True)
VOLUMES = Kind("volumes", ("depth", "height", "width", "channels"), has_pixels=True)
KINDS = (POINTS, SIGNALS, IMAGES, VOLUMES)
# Samples of other ranks can be trained on, but nothing more is known of them.
ARRAYS = Kind("arrays", (), has_pixels=False)


def kind_of(sample_shape):
    """The kind of samples of this shape, without the batch axis."""
    for kind in KINDS:
        if len(kind.axes) == len(sample_shape):
            return kind
    return ARRAYS


def check_shape(name, shape, kind):
    """Returns the shape of one sample as a tuple of ints, if it is of this kind.

    Args:
        name: Name of the argument, for the message.
        shape: What was passed.
        kind: One of `KINDS`.

    Raises:
        ValueError: If it is another kind's shape, or none.

    Example:

    >>> check_shape("image_shape", [28, 28, 1], IMAGES)
    (28, 28, 1)
    """
    axes = f"({', '.join(kind.axes)})"
    sizes = check_ints(f"{name} {axes}", shape, at_least=1)
    if len(sizes) == len(kind.axes):
        return sizes
    cure = f"that is the shape of {kind_of(sizes).name}, not of {kind.name}"
    if len(sizes) + 1 == len(kind.axes):
        cure = f"with one channel it is {(*sizes, 1)}"
    raise ValueError(f"{name} must be {axes}, got {sizes}: {cure}.")


def in_words():
    """The shapes of all kinds, for messages and docstrings."""
    return ", ".join(f"{kind.name} (n, {', '.join(kind.axes)})" for kind in KINDS)
