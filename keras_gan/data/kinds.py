"""What one sample is: a point, a signal, an image or a volume."""

import dataclasses


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


def in_words():
    """The shapes of all kinds, for messages and docstrings."""
    return ", ".join(f"{kind.name} (n, {', '.join(kind.axes)})" for kind in KINDS)
