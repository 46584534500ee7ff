"""A lean convolutional pair for images whose sides are multiples of 4."""

import functools
from collections.abc import Sequence

import keras
from keras import layers

from keras_gan.arguments import check_int
from keras_gan.networks import parts
from keras_gan.networks.lipschitz import Bounded
from keras_gan.networks.pair import Pair


def dcgan(
    image_shape: Sequence[int],
    latent_dim: int = 32,
    *,
    generator_width: int = 48,
    discriminator_width: int = 32,
    num_classes: int | None = None,
    packing: int = 1,
    spectral_norm: bool = False,
    weight_clip: float | None = None,
    seed: int = 0,
) -> tuple[keras.Model, keras.Model]:
    """A convolutional pair with few channels at high resolution, where they cost most.

    Images below 48 pixels are halved twice. One of 64x64 passes through the layers of one
    of 32x32 and one more, of half as many channels; one of 128x128 through two more, down
    to 16 channels.

    G starts at a low resolution and doubles it step by step. It ends in a tanh, so its
    range is [-1, 1]. G has batch normalisation. D has none: each logit depends on one
    sample only, as penalties on its input gradient require.

    Args:
        image_shape: (height, width, channels); sides are multiples of 4, at least 8.
        latent_dim: Coordinates of z. Defaults to 32.
        generator_width: Channels of G at half the resolution of an image that is halved
            twice; G has twice as many at its lowest resolution. Defaults to 48.
        discriminator_width: Channels of D at half the resolution of such an image; D
            ends with four times as many. Defaults to 32.
        num_classes: Makes both networks conditional: G takes [z, labels], D [x,
            labels]. Defaults to None: neither is.
        packing: p, images that D judges together, stacked along the channels. Defaults
            to 1.
        spectral_norm: Whether to wrap D's layers in `SpectralNormalization`. Defaults to
            False.
        weight_clip: Keeps D's weights in [-weight_clip, weight_clip]. Defaults to
            None: no limit.
        seed: Seed of the initial weights. Defaults to 0.

    Returns:
        `(generator, discriminator)`, two built `keras.Model`s.

    Raises:
        ValueError: If a side is not a multiple of 4, or below 8. The message names
            sizes that work.

    Example:

    >>> generator, discriminator = dcgan((32, 32, 3))
    >>> generator.output_shape
    (None, 32, 32, 3)

    Reference: Radford, Metz, Chintala 2016, arXiv 1511.06434.
    """
    image_shape = parts.check_image_shape("dcgan", image_shape)
    parts.check_sides("dcgan", image_shape)
    generator_width = check_int("generator_width", generator_width, at_least=1)
    discriminator_width = check_int(
        "discriminator_width", discriminator_width, at_least=1
    )
    parts.warn_of_large_networks("dcgan", image_shape)
    generator = _generator(image_shape, latent_dim, generator_width, num_classes, seed)

    start = parts.starts(_START, seed, parts.DISCRIMINATOR)
    bounded = Bounded(spectral_norm, weight_clip)
    x = images = parts.samples(image_shape, "images", packing)
    halvings = parts.num_halvings(image_shape)
    widths = parts.widths(discriminator_width, halvings, halvings + 1)
    for level, filters in enumerate(widths):
        x = bounded(
            layers.Conv2D,
            filters,
            4 if level < 2 else 3,
            strides=2,
            padding="same",
            kernel_initializer=next(start),
        )(x)
        x = layers.LeakyReLU(0.2)(x)
    discriminator = parts.discriminator(
        images,
        layers.Flatten()(x),
        num_classes=num_classes,
        bounded=bounded,
        start=start,
        name="dcgan_discriminator",
    )
    return generator, discriminator


DCGAN = Pair(dcgan, "images", check_shape=functools.partial(parts.check_sides, "dcgan"))
_START = keras.initializers.GlorotUniform


def _generator(image_shape, latent_dim, width, num_classes, seed):
    start = parts.starts(_START, seed, parts.GENERATOR)

    def normalised(x):
        return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))

    def doubled(x, filters, **options):
        return layers.Conv2DTranspose(
            filters,
            4,
            strides=2,
            padding="same",
            kernel_initializer=next(start),
            **options,
        )(x)

    *sides, channels = image_shape
    halvings = parts.num_halvings(image_shape)
    *widths, lowest = parts.widths(width, halvings, halvings)
    small = (*(side // 2**halvings for side in sides), lowest)
    inputs, x = parts.latents(latent_dim, num_classes)
    x = layers.Dense(
        small[0] * small[1] * small[2], use_bias=False, kernel_initializer=next(start)
    )(x)
    x = normalised(layers.Reshape(small)(x))
    x = layers.Conv2D(
        lowest, 3, padding="same", use_bias=False, kernel_initializer=next(start)
    )(x)
    for filters in reversed(widths):
        x = doubled(normalised(x), filters, use_bias=False)
    x = doubled(normalised(x), channels)
    x = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model(inputs, x, name="dcgan_generator")
