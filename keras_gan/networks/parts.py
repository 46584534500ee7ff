"""Parts of all pairs: seeded initializers, inputs with labels or packs, D's logit."""

import itertools

import keras
from absl import logging
from keras import layers, ops

from keras_gan.arguments import ImageSize, check_int
from keras_gan.data.kinds import IMAGES, check_shape
from keras_gan.randomness import initial_seed

# The players, whose initial weights are drawn apart.
GENERATOR, DISCRIMINATOR = 0, 1


def starts(initializer, seed, player, group=0):
    """Yields initializers without end, each with a seed of its own.

    Args:
        initializer: A callable `(seed)` that returns an initializer.
        seed: Seed of the pair.
        player: `GENERATOR` or `DISCRIMINATOR`.
        group: Number of this sequence among those of one player. Defaults to 0.
    """
    for n in itertools.count():
        yield initializer(seed=initial_seed(seed, player, group, n))


def latents(latent_dim, num_classes=None):
    """Makes the inputs of G: z, and with classes the labels, one-hot beside z.

    One-hot, a class enters by one row of the first kernel, which starts out small
    compared with z. If a class entered by an embedding as large as z, G would ignore z
    and make one picture per class.

    Args:
        latent_dim: Coordinates of z.
        num_classes: Number of classes. Defaults to None: z alone.

    Returns:
        `(inputs, x)`: the inputs of the model, z or [z, labels]; and the tensor (m, d)
        that its first layer takes.

    Raises:
        ValueError: If `latent_dim` is not an int >= 1, or `num_classes` neither None
            nor one.
    """
    latent_dim = check_int("latent_dim", latent_dim, at_least=1)
    z = keras.Input((latent_dim,), name="latents")
    if num_classes is None:
        return z, z
    labels = _labels(num_classes)
    one_hot = ops.one_hot(labels, num_classes, dtype=z.dtype)
    return [z, labels], layers.Concatenate()([z, one_hot])


def samples(sample_shape, name, packing):
    """Makes the input of D: `packing` samples, side by side on the last axis.

    Args:
        sample_shape: Shape of one sample.
        name: Name of the input.
        packing: Samples that D judges at once.

    Returns:
        A `keras.Input`.

    Raises:
        ValueError: If `packing` is not an int >= 1.
    """
    packing = check_int("packing", packing, at_least=1)
    shape = (*sample_shape[:-1], packing * sample_shape[-1])
    return keras.Input(shape, name=name)


def discriminator(x, features, *, num_classes, bounded, start, name):
    """Makes D from its input and its last features; labels enter by a projection.

    The logit is `w . h + b` for features h, and for class y `w . h + b + v_y . h`: the
    second product says how well the features fit the class.

    Args:
        x: Input of samples.
        features: Features h (m, d).
        num_classes: Number of classes, or None.
        bounded: A `Bounded`, which makes the layers.
        start: Iterator of initializers.
        name: Name of the model.

    Returns:
        A model of x, or of [x, labels], with logits (m, 1) in float32.

    Reference: Miyato, Koyama 2018, arXiv 1802.05637.
    """

    def linear(units, **options):
        return bounded(
            layers.Dense,
            units,
            kernel_initializer=next(start),
            dtype="float32",
            **options,
        )(features)

    logits = linear(1)
    if num_classes is None:
        return keras.Model(x, logits, name=name)
    labels = _labels(num_classes)
    chosen = ops.one_hot(labels, num_classes, dtype="float32")
    match = linear(num_classes, use_bias=False) * chosen
    logits = logits + ops.sum(match, axis=-1, keepdims=True)
    return keras.Model([x, labels], logits, name=name)


def check_image_shape(network, image_shape):
    """Returns (height, width, channels) as a tuple of ints.

    Args:
        network: Name of the pair, for the message.
        image_shape: What the user passed.

    Raises:
        ValueError: If it is something else, or Keras is set to channels_first.
    """
    if keras.config.image_data_format() != "channels_last":
        raise ValueError(
            f"{network} is built for images (height, width, channels), but Keras is set "
            "to channels_first: call keras.config.set_image_data_format('channels_last')."
        )
    return check_shape("image_shape", image_shape, IMAGES)


def check_sides(network, image_shape):
    """Refuses images that cannot be halved twice.

    Args:
        network: Name of the pair, for the message.
        image_shape: (height, width, channels).

    Raises:
        ValueError: If a side is not a multiple of 4, or below 8. The message names the
            nearest sizes that work.
    """
    height, breadth = image_shape[:2]
    if all(side >= 8 and side % 4 == 0 for side in (height, breadth)):
        return
    squares = _either(_nearest(min(height, breadth)))
    cure = f"resize to {squares}"
    if height != breadth:
        around = zip(_nearest(height), _nearest(breadth), strict=True)
        shapes = _either(f"{high}x{wide}" for high, wide in around)
        cure = f"resize to {shapes}, or crop to a square of {squares}"
    raise ValueError(
        f"{network} needs image sides that are multiples of 4 from 8 on, got "
        f"{height}x{breadth}: {cure}."
    )


def _nearest(side):
    """The legal sides around one: the next smaller, the next larger."""
    return max(8, side - side % 4), max(8, side + -side % 4)


def _either(choices):
    return " or ".join(dict.fromkeys(map(str, choices)))


def warn_of_large_networks(network, image_shape):
    """Warns if few halvings are possible: the networks are then large and slow."""
    sides = tuple(image_shape[:2])
    if _smallest(sides) <= 16:
        return
    better = [str(ImageSize(near)) for near in _around(sides) if _smallest(near) < 14]
    logging.warning(
        "%s: %dx%d images can be halved only %d times: networks for %s are smaller and "
        "faster",
        network,
        *sides,
        num_halvings(sides),
        " or ".join(better[:2]),
    )


def _smallest(sides):
    """The shorter side once an image has been halved as often as it is."""
    return min(sides) // 2 ** num_halvings(sides)


def _around(sides):
    """Sizes near one, the nearest first; those near a square are squares."""
    height, width = sides
    steps = range(-64, 65, 4)
    changes = itertools.product(steps, steps)
    if height == width:
        changes = ((step, step) for step in steps)
    sizes = [(height + high, width + wide) for high, wide in changes]

    def distance(size):
        return abs(size[0] / height - 1) + abs(size[1] / width - 1)

    return sorted((size for size in sizes if min(size) >= 8), key=distance)


def num_halvings(image_shape):
    """Number of times an image is halved: at least twice, then while it can be.

    A third or later halving needs even sides, and leaves at least 4 pixels of the shorter
    and 6 of the longer one.

    Args:
        image_shape: (height, width, channels); sides are multiples of 4.

    Returns:
        An int, at least 2.

    Example:

    >>> [num_halvings((side, side, 1)) for side in (8, 28, 32, 48, 64)]
    [2, 2, 2, 3, 3]
    >>> num_halvings((96, 64, 3)), num_halvings((64, 48, 3))  # to 6x4, to 8x6
    (4, 3)
    """
    number = 2
    sides = image_shape[:2]
    while True:
        smaller = [side / 2 ** (number + 1) for side in sides]
        halved = all(side.is_integer() for side in smaller)
        if not halved or min(smaller) < 4 or max(smaller) < 6:
            return number
        number += 1


def widths(width, halvings, number):
    """Channels at 1/2, 1/4, ... of the resolution: twice as many at each.

    Each halving beyond the second starts with half as many: convolutions at every
    resolution then cost about the same, because they multiply channels by channels at
    each pixel. Fewer than 16 would not be faster.

    Args:
        width: Channels at half the resolution of an image that is halved twice.
        halvings: Number of times that the image is halved, at least 2.
        number: Number of resolutions.

    Returns:
        A list of `number` ints.

    Example:

    >>> widths(32, 2, 3), widths(32, 4, 5)
    ([32, 64, 128], [16, 16, 32, 64, 128])
    """
    doubled = [width * 2**level // 2 ** (halvings - 2) for level in range(number)]
    return [max(one, min(width, 16)) for one in doubled]


def _labels(num_classes):
    check_int("num_classes", num_classes, at_least=1)
    return keras.Input((), dtype="int32", name="labels")
