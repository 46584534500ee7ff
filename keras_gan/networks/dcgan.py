"""A lean convolutional pair for images of any size that is a multiple of 4."""

import keras
from keras import layers


def dcgan(image_shape, latent_dim=100, *, width=32, seed=0):
    """Convolutional pair: upsampling generator, strided discriminator.

    The generator emits [-1, 1]. G has batch normalisation, D has none, so that
    penalties on its input gradient are defined.

    Args:
        image_shape: (height, width, channels), sides multiples of 4.
        latent_dim: Coordinates of z. Defaults to 100.
        width: Channels at full resolution; deeper layers have twice and four times
            as many. Defaults to 32.
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
    height, breadth, channels = image_shape
    for side in (height, breadth):
        if side < 8 or side % 4:
            below = max(8, side - side % 4)
            raise ValueError(
                f"dcgan needs image sides that are multiples of 4 from 8 on, got "
                f"{height}x{breadth}: resize to {below} or {below + 4}."
            )
    seeds = iter(range(seed, seed + 100))

    def start():
        return keras.initializers.HeNormal(seed=next(seeds))

    x = z = keras.Input((latent_dim,), name="latents")
    x = layers.Dense(
        height // 4 * (breadth // 4) * 4 * width,
        use_bias=False,
        kernel_initializer=start(),
    )(x)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU()(x)
    x = layers.Reshape((height // 4, breadth // 4, 4 * width))(x)
    for filters in (2 * width, width):
        x = layers.UpSampling2D()(x)
        x = layers.Conv2D(
            filters, 3, padding="same", use_bias=False, kernel_initializer=start()
        )(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU()(x)
    x = layers.Conv2D(channels, 3, padding="same", kernel_initializer=start())(x)
    x = layers.Activation("tanh", dtype="float32")(x)
    generator = keras.Model(z, x, name="dcgan_generator")

    x = images = keras.Input(tuple(image_shape), name="images")
    for filters in (width, 2 * width, 4 * width):
        strides = 1 if filters == 4 * width else 2
        x = layers.Conv2D(
            filters,
            4 if strides == 2 else 3,
            strides=strides,
            padding="same",
            kernel_initializer=start(),
        )(x)
        x = layers.LeakyReLU(0.2)(x)
    x = layers.Flatten()(x)
    logits = layers.Dense(1, kernel_initializer=start(), dtype="float32")(x)
    return generator, keras.Model(images, logits, name="dcgan_discriminator")
