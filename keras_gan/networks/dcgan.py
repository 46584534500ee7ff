"""A lean convolutional pair for images of any size whose sides are multiples of 4."""

import itertools

import keras
from keras import layers


def dcgan(
    image_shape,
    latent_dim=32,
    *,
    generator_width=48,
    discriminator_width=32,
    seed=0,
):
    """Convolutional pair, lean where convolutions cost most: at full resolution.

    The generator works at a quarter of the resolution, where it has most of its
    channels, and doubles it twice; it emits [-1, 1]. It has batch normalisation, the
    discriminator has none, so that each of its logits depends on one sample and
    penalties on its input gradient are defined.

    Args:
        image_shape: (height, width, channels), sides multiples of 4 from 8 on.
        latent_dim: Coordinates of z. Defaults to 32.
        generator_width: Channels of G at half resolution, twice as many at a quarter.
            Defaults to 48.
        discriminator_width: Channels of D at half resolution, doubled whenever the
            resolution is halved. Defaults to 32.
        seed: Keys the initial weights. Defaults to 0.

    Returns:
        `(generator, discriminator)`, two built `keras.Model`s.

    Raises:
        ValueError: If a side is no multiple of 4; names the nearest that are.

    Example:

    >>> generator, discriminator = dcgan((32, 32, 3))
    >>> generator.output_shape
    (None, 32, 32, 3)

    Reference: Radford, Metz, Chintala 2016, arXiv 1511.06434.
    """
    image_shape = tuple(image_shape)
    check_sides(*image_shape[:2])
    generator = _generator(image_shape, latent_dim, generator_width, seed)
    discriminator = _discriminator(image_shape, discriminator_width, seed + 1_000_003)
    return generator, discriminator


def _generator(image_shape, latent_dim, width, seed):
    height, breadth, channels = image_shape
    start = _starts(seed)

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

    z = keras.Input((latent_dim,), name="latents")
    small = (height // 4, breadth // 4, 2 * width)
    x = layers.Dense(
        small[0] * small[1] * small[2], use_bias=False, kernel_initializer=next(start)
    )(z)
    x = normalised(layers.Reshape(small)(x))
    x = layers.Conv2D(
        2 * width, 3, padding="same", use_bias=False, kernel_initializer=next(start)
    )(x)
    x = normalised(doubled(normalised(x), width, use_bias=False))
    x = layers.Activation("tanh", dtype="float32")(doubled(x, channels))
    return keras.Model(z, x, name="dcgan_generator")


def _discriminator(image_shape, width, seed):
    start = _starts(seed)
    x = images = keras.Input(image_shape, name="images")
    for filters, kernel_size in ((width, 4), (2 * width, 4), (4 * width, 3)):
        x = layers.Conv2D(
            filters,
            kernel_size,
            strides=2,
            padding="same",
            kernel_initializer=next(start),
        )(x)
        x = layers.LeakyReLU(0.2)(x)
    x = layers.Flatten()(x)
    logits = layers.Dense(1, kernel_initializer=next(start), dtype="float32")(x)
    return keras.Model(images, logits, name="dcgan_discriminator")


def _starts(seed):
    """Endless initializers, each with a seed of its own."""
    for layer_seed in itertools.count(seed):
        yield keras.initializers.GlorotUniform(seed=layer_seed)


def check_sides(height, breadth):
    """Refuses sides that `dcgan` cannot make.

    Raises:
        ValueError: Names the nearest that it can.
    """
    for side in (height, breadth):
        if side < 8 or side % 4:
            below = side - side % 4
            nearest = f"{below} or {below + 4}" if below >= 8 else "8"
            raise ValueError(
                "dcgan needs image sides that are multiples of 4 from 8 on, got "
                f"{height}x{breadth}: resize to {nearest} (--image_size)."
            )
