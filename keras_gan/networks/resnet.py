"""A lean residual pair without normalisation, to be trained with penalties."""

import functools
import math
from collections.abc import Sequence

import keras
from keras import layers

from keras_gan.arguments import check_int
from keras_gan.networks import parts
from keras_gan.networks.lipschitz import Bounded
from keras_gan.networks.pair import Pair


def resnet(
    image_shape: Sequence[int],
    latent_dim: int = 64,
    *,
    width: int = 32,
    num_blocks: int = 2,
    num_classes: int | None = None,
    packing: int = 1,
    spectral_norm: bool = False,
    weight_clip: float | None = None,
    seed: int = 0,
) -> tuple[keras.Model, keras.Model]:
    """A residual bottleneck pair, without batch normalisation in either network.

    It follows R3GAN's baseline, which is trained with R1, R2 and a relativistic loss.
    With `spectral_norm=True`, D is like SNGAN's. A block is

        x + conv1x1(lrelu(conv3x3(lrelu(conv1x1(lrelu(x))))))

    with half the channels inside. It starts as the identity (Fixup: the last convolution
    starts at 0, the others are scaled by L^-0.25 for L blocks), but not with spectral
    normalisation, which scales even the smallest kernel to norm 1. G doubles the
    resolution bilinearly, D halves it by means over 2x2 pixels, and at full resolution
    each has one convolution. Unlike R3GAN's, G ends in a tanh: its range is [-1, 1], and
    data of another range are refused.

    Args:
        image_shape: (height, width, channels); sides are multiples of 4, at least 8.
        latent_dim: Coordinates of z. Defaults to 64.
        width: Channels at half the resolution of an image that is halved three times,
            such as 64x64; twice as many at a quarter, four times as many at an eighth.
            Larger images get fewer channels above that, see `dcgan`. Defaults to 32.
        num_blocks: Residual blocks at each resolution. Defaults to 2.
        num_classes: Makes both networks conditional: G takes [z, labels], D [x,
            labels]. Defaults to None: neither is.
        packing: Images that D judges at once, side by side in its channels. Defaults
            to 1.
        spectral_norm: Whether D's layers have `SpectralNormalization`. Defaults to
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

    >>> generator, discriminator = resnet((32, 32, 3))
    >>> generator.output_shape
    (None, 32, 32, 3)

    Reference: Huang, Gokaslan, Kuleshov, Tompkin 2024, arXiv 2501.05441; Zhang, Dauphin,
    Ma 2019, Fixup, arXiv 1901.09321; Miyato et al. 2018, arXiv 1802.05957.
    """
    image_shape = parts.check_image_shape("resnet", image_shape)
    parts.check_sides("resnet", image_shape)
    width = check_int("width", width, at_least=1)
    num_blocks = check_int("num_blocks", num_blocks, at_least=1)
    parts.warn_of_large_networks("resnet", image_shape)
    halvings = parts.num_halvings(image_shape)
    widths = parts.widths(width, max(2, halvings - 1), halvings)

    block = _Block(num_blocks * halvings, seed, parts.GENERATOR, Bounded())
    inputs, z = parts.latents(latent_dim, num_classes)
    x = _grown(z, image_shape, widths, num_blocks, block)
    generator = keras.Model(inputs, x, name="resnet_generator")

    bounded = Bounded(spectral_norm, weight_clip)
    block = _Block(
        num_blocks * halvings,
        seed,
        parts.DISCRIMINATOR,
        bounded,
        fix_up=not spectral_norm,
    )
    images = parts.samples(image_shape, "images", packing)
    x = block.convolution(widths[0], 4, strides=2)(images)
    for level, filters in enumerate(widths):
        if level > 0:
            x = block.convolution(filters, 1)(layers.AveragePooling2D(2)(x))
        for _ in range(num_blocks):
            x = block(x)
    discriminator = parts.discriminator(
        images,
        layers.Flatten()(layers.LeakyReLU(0.2)(x)),
        num_classes=num_classes,
        bounded=bounded,
        start=block.start,
        name="resnet_discriminator",
    )
    return generator, discriminator


RESNET = Pair(
    resnet, "images", check_shape=functools.partial(parts.check_sides, "resnet")
)


def _grown(z, image_shape, widths, num_blocks, block):
    """G's layers: a dense layer for the lowest resolution, then blocks and doublings."""
    *sides, channels = image_shape
    small = (*(side // 2 ** len(widths) for side in sides), widths[-1])
    x = layers.Dense(math.prod(small), kernel_initializer=next(block.start))(z)
    x = layers.Reshape(small)(x)
    for level in reversed(range(len(widths))):
        if level < len(widths) - 1:
            x = block.convolution(widths[level], 1)(x)
            x = layers.UpSampling2D(interpolation="bilinear")(x)
        for _ in range(num_blocks):
            x = block(x)
    x = layers.Conv2DTranspose(
        channels, 4, strides=2, padding="same", kernel_initializer=next(block.start)
    )(layers.LeakyReLU(0.2)(x))
    return layers.Activation("tanh", dtype="float32")(x)


class _Block:
    """Makes the residual blocks of a network, and the convolutions between them.

    Args:
        total: L, the number of blocks in the network.
        seed: Seed of the pair.
        player: Whose blocks these are, as for `parts.starts`.
        bounded: A `Bounded`, which makes the layers.
        fix_up: Whether blocks start as the identity. Defaults to True.
    """

    def __init__(self, total, seed, player, bounded, fix_up=True):
        he = functools.partial(keras.initializers.VarianceScaling, mode="fan_in")
        # Variances: 1 outside the blocks; 2 inside, to make up for the leaky ReLUs,
        # which nearly halve it.
        self.start = parts.starts(functools.partial(he, 1.0), seed, player)
        inner = 2.0 * total**-0.5 if fix_up else 2.0
        self._inner = parts.starts(functools.partial(he, inner), seed, player, 1)
        self._fix_up = fix_up
        self._bounded = bounded

    def convolution(self, filters, kernel_size, *, start=None, strides=1):
        """Makes a convolution that keeps the resolution, or with stride 2 halves it."""
        return self._bounded(
            layers.Conv2D,
            filters,
            kernel_size,
            strides=strides,
            padding="same",
            kernel_initializer=start or next(self.start),
        )

    def __call__(self, x):
        filters = x.shape[-1]
        last = keras.initializers.Zeros() if self._fix_up else next(self._inner)
        y = x
        for width, size, start in (
            (filters // 2, 1, next(self._inner)),
            (filters // 2, 3, next(self._inner)),
            (filters, 1, last),
        ):
            y = layers.LeakyReLU(0.2)(y)
            y = self.convolution(width, size, start=start)(y)
        return layers.Add()([x, y])
