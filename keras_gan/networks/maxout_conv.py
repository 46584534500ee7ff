"""The 2014 paper's convolutional pair for CIFAR-10."""

import functools
import math
from collections.abc import Sequence

import keras
from keras import layers, ops

from keras_gan.arguments import check_int
from keras_gan.networks import parts
from keras_gan.networks.layers import Maxout
from keras_gan.networks.pair import Pair


def maxout_conv(
    image_shape: Sequence[int] = (32, 32, 3),
    latent_dim: int = 100,
    *,
    generator_units: int = 8000,
    dropout: bool = True,
    initial_ranges: tuple[float, float] = (0.05, 0.005),
    seed: int = 0,
) -> tuple[keras.Model, keras.Model]:
    """The 2014 convolutional pair: a transposed convolution in G, maxout in D.

    For comparison with the paper; `dcgan` is far smaller and gives better images. G is
    a dense ReLU layer, a dense sigmoid layer that is reshaped to 80 maps, and one
    transposed 5x5 convolution of stride 3. D is three convolutions with maxout over two
    pieces and max pooling, and a dense maxout layer.

    The released code was trained on contrast-normalised images. Here G ends in a
    sigmoid instead, so its range is [0, 1].

    Args:
        image_shape: (height, width, channels); sides are 3n + 2, at least 14. Defaults
            to (32, 32, 3).
        latent_dim: Coordinates of z. Defaults to 100.
        generator_units: ReLU units of G. Defaults to 8000, as in the paper, which gives
            G 65 million weights.
        dropout: Whether D drops 20 % of its input and 50 % of the inputs of its other
            layers. Defaults to True.
        initial_ranges: `(generator, discriminator)`: weights start uniform in
            [-range, range]. Defaults to (0.05, 0.005), as in the paper.
        seed: Seed of the initial weights. Defaults to 0.

    Returns:
        `(generator, discriminator)`, two built `keras.Model`s.

    Raises:
        ValueError: If a side is not 3n + 2, or below 14.

    Example:

    >>> generator, discriminator = maxout_conv(generator_units=100)
    >>> generator.output_shape
    (None, 32, 32, 3)

    Reference: Goodfellow et al. 2014, arXiv 1406.2661, and its released code.
    """
    image_shape = parts.check_image_shape("maxout_conv", image_shape)
    _check_sides(image_shape)
    height, width, channels = image_shape
    g_start, d_start = (
        parts.starts(
            functools.partial(keras.initializers.RandomUniform, -r, r), seed, player
        )
        for r, player in zip(
            initial_ranges, (parts.GENERATOR, parts.DISCRIMINATOR), strict=True
        )
    )
    maps = ((height - 2) // 3, (width - 2) // 3, 80)
    z, x = parts.latents(latent_dim)
    generator_units = check_int("generator_units", generator_units, at_least=1)
    for units, activation in ((generator_units, "relu"), (math.prod(maps), "sigmoid")):
        x = layers.Dense(units, activation, kernel_initializer=next(g_start))(x)
    x = layers.Reshape(maps)(x)
    x = layers.Conv2DTranspose(channels, 5, strides=3, kernel_initializer=next(g_start))(
        x
    )
    x = layers.Activation("sigmoid", dtype="float32")(x)
    generator = keras.Model(z, x, name="maxout_conv_generator")

    def dropped(x, rate=0.5):
        return layers.Dropout(rate)(x) if dropout else x

    x = images = parts.samples(image_shape, "images", packing=1)
    x = dropped(x, 0.2)
    for n, (filters, kernel_size, padding, pool) in enumerate(_CONVOLUTIONS):
        x = layers.ZeroPadding2D(padding)(dropped(x) if n > 0 else x)
        pieces = [
            layers.Conv2D(filters, kernel_size, kernel_initializer=next(d_start))(x)
            for _ in range(2)
        ]
        x = _pooled(layers.Maximum()(pieces), pool)
    x = Maxout(500, 5, kernel_initializer=next(d_start))(dropped(layers.Flatten()(x)))
    logits = layers.Dense(1, kernel_initializer=next(d_start), dtype="float32")(
        dropped(x)
    )
    return generator, keras.Model(images, logits, name="maxout_conv_discriminator")


def _pooled(x, size):
    """Max pooling of stride 2, up to the last pixels, as in the released code.

    Keras leaves out a last window that is not whole. Here it is made whole by its own
    last pixels, which do not change the maximum.
    """
    edges = [(0, (side - size) % 2) for side in x.shape[1:3]]
    x = ops.pad(x, [(0, 0), *edges, (0, 0)], mode="symmetric")
    return layers.MaxPooling2D(size, strides=2)(x)


def _check_sides(image_shape):
    height, width, _ = image_shape
    if any(side < 14 or side % 3 != 2 for side in (height, width)):
        near = "x".join(str(max(14, side - (side - 2) % 3)) for side in (height, width))
        others = "" if height == width else f", or to {near} to keep the proportions"
        raise ValueError(
            "maxout_conv needs image sides 3n + 2 from 14 on, got "
            f"{height}x{width}: resize to 32{others}."
        )


MAXOUT_CONV = Pair(
    maxout_conv,
    "images",
    check_shape=_check_sides,
    fixed=("generator_units",),  # one number here, a size per layer in a recipe
)
# Of each convolution: filters, kernel size, zeros around the image, pool size.
_CONVOLUTIONS = ((32, 8, 4, 4), (32, 8, 3, 4), (192, 5, 3, 2))
