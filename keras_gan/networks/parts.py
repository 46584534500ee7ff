"""What all pairs share: seeded starts, inputs with labels or packs, D's logit."""

import itertools

import keras
from absl import logging
from keras import layers, ops

# Far from the seeds of any generator's layers.
DISCRIMINATOR_SEED = 1_000_003


def starts(initializer, seed):
    """Endless initializers, each with a seed of its own."""
    for layer_seed in itertools.count(seed):
        yield initializer(seed=layer_seed)


def latents(latent_dim, num_classes):
    """The inputs of G, and what its first layer sees: z, beside it the class.

    The class is one-hot: its embedding is a row of the first kernel, far shorter than
    z when training begins. An embedding as long as z drowns z: G then makes one picture
    for each class.

    Args:
        latent_dim: Coordinates of z.
        num_classes: Number of classes, or None.

    Returns:
        `(inputs, x)`: z, or [z, labels], for `keras.Model`; x (m, d).
    """
    z = keras.Input((latent_dim,), name="latents")
    if num_classes is None:
        return z, z
    labels = _labels(num_classes)
    one_hot = ops.one_hot(labels, num_classes, dtype=z.dtype)
    return [z, labels], layers.Concatenate()([z, one_hot])


def samples(sample_shape, name, packing):
    """D's input: `packing` samples at once, side by side on the last axis.

    Raises:
        ValueError: If packing is below 1.
    """
    if not isinstance(packing, int) or packing < 1:
        raise ValueError(f"packing must be an int >= 1, got {packing!r}.")
    shape = (*sample_shape[:-1], packing * sample_shape[-1])
    return keras.Input(shape, name=name)


def discriminator(x, features, *, num_classes, bounded, start, name):
    """D from its input and its features: a linear logit, with classes a projection.

    `w . h + b`, and for labels `w . h + b + v_y . h`: the second product tells how
    well the features h go with the class y.

    Args:
        x: Input of samples.
        features: h (m, d).
        num_classes: Number of classes, or None.
        bounded: Makes the layers; see `Bounded`.
        start: Iterator of initializers.
        name: Name of the model.

    Returns:
        A model of x, or of [x, labels], whose logits are (m, 1) in float32.

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


def check_sides(network, image_shape):
    """Refuses images that cannot be halved twice.

    Raises:
        ValueError: Names the nearest squares that can.
    """
    height, breadth = image_shape[:2]
    if all(side >= 8 and side % 4 == 0 for side in (height, breadth)):
        return
    # Images are resized to squares: the shorter side is what they have.
    shorter = min(height, breadth)
    around = (shorter - shorter % 4, shorter + -shorter % 4)
    nearest = " or ".join(str(side) for side in sorted(set(around)) if side >= 8) or "8"
    raise ValueError(
        f"{network} needs image sides that are multiples of 4 from 8 on, got "
        f"{height}x{breadth}: resize to {nearest}."
    )


def warn_of_large_rest(network, image_shape):
    """Says when few halvings leave most of the work, and weights, at large maps."""
    height, breadth = image_shape[:2]

    def rest(side):
        return side // 2 ** num_halvings((side, side))

    if height != breadth or rest(height) <= 16:
        return
    near = sorted(range(8, 2 * height, 4), key=lambda side: abs(side - height))
    better = sorted([side for side in near if rest(side) < 14][:2])
    logging.warning(
        "%s: %dx%d images can be halved %d times only: %s are smaller and faster",
        network,
        height,
        breadth,
        num_halvings((height, breadth)),
        " or ".join(map(str, better)),
    )


def num_halvings(image_shape):
    """How often an image is halved: twice, or on until a side is odd or below 14.

    Example:

    >>> [num_halvings((side, side, 1)) for side in (8, 28, 32, 64)]
    [2, 2, 2, 3]
    """
    number = 2
    while all(side % 2 ** (number + 1) == 0 for side in image_shape[:2]) and (
        min(image_shape[:2]) >= 7 * 2 ** (number + 1)
    ):
        number += 1
    return number


def _labels(num_classes):
    if not isinstance(num_classes, int) or num_classes < 1:
        raise ValueError(f"num_classes must be an int >= 1, got {num_classes!r}.")
    return keras.Input((), dtype="int32", name="labels")
