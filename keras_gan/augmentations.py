"""Augmentations of all samples that D sees, real and fake.

An augmentation is a callable `augmentation(samples, seed, step)` that returns samples of
the same shape. It is differentiable, because in G's update gradients pass through it. A
plain function does; a class derives from `Augmentation`.

D never sees clean samples, so it cannot learn a few images by heart. Still p_g = p_data
is the optimum: as long as an augmentation can be undone on average, augmented
distributions are equal only if the clean ones are.
"""

import abc
from collections.abc import Sequence

import keras
import tensorflow as tf

from keras_gan.arguments import check_int
from keras_gan.serialization import Serializable

__all__ = ["Augmentation", "DiffAugment", "InstanceNoise"]


def __dir__():
    return __all__


class Augmentation(Serializable, abc.ABC):
    """Base class of augmentations: its arguments are saved with the GAN.

    A subclass keeps each argument as an attribute of its name. It is registered with
    Keras, so that a saved GAN can be loaded.

    Example:

    >>> class Brightness(Augmentation):
    ...     def __init__(self, amount=0.2):
    ...         self.amount = amount
    ...
    ...     def __call__(self, samples, seed, step):
    ...         shape = (tf.shape(samples)[0], 1, 1, 1)  # one number for each image
    ...         return samples + self.amount * tf.random.stateless_normal(shape, seed)
    >>> gan = GAN(*networks, augmentations=[Brightness(0.1)])
    """

    @abc.abstractmethod
    def __call__(
        self,
        samples: tf.Tensor,
        seed: tf.Tensor | Sequence[int],
        step: int | tf.Tensor | keras.Variable,
    ) -> tf.Tensor:
        """What D sees of samples.

        Args:
            samples: A float tensor (m, ...), real or generated.
            seed: An int tensor of shape (2,) for `tf.random.stateless_*`; another one
                at each call.
            step: Number of the training step.

        Returns:
            A tensor of the same shape and dtype, differentiable by `samples`.
        """


@keras.saving.register_keras_serializable(package="keras_gan")
class InstanceNoise(Augmentation):
    """Gaussian noise on all samples that D sees, which can fade out.

    `x + std * max(0, 1 - step / steps)^2 * n` with n ~ N(0, I). Noise makes the
    distributions of real samples and fakes overlap, so that D cannot win at once. As it
    fades, D sees ever finer detail.

    Args:
        std: Standard deviation at step 0, in units of the samples, non-negative.
            Defaults to 0.1.
        steps: Training step from which on there is no noise. Defaults to None: the
            noise stays at `std`.

    Raises:
        ValueError: If `std` is negative or not finite, or `steps` is below 1.

    Example:

    >>> gan = GAN(*networks, augmentations=[InstanceNoise(0.1, steps=5000)])

    Reference: Sonderby et al. 2017, arXiv 1610.04490; Arjovsky and Bottou 2017, arXiv
    1701.04862.
    """

    def __init__(self, std: float = 0.1, steps: int | None = None):
        if not 0.0 <= std < float("inf"):
            raise ValueError(f"std must be finite and >= 0, got {std!r}.")
        self.std = std
        self.steps = None if steps is None else check_int("steps", steps, at_least=1)

    def __call__(
        self,
        samples: tf.Tensor,
        seed: tf.Tensor | Sequence[int],
        step: int | tf.Tensor | keras.Variable,
    ) -> tf.Tensor:
        noise = tf.random.stateless_normal(tf.shape(samples), seed, dtype="float32")
        std = tf.constant(self.std, "float32")
        if self.steps is not None:
            done = tf.cast(step, "float32") / self.steps
            std *= tf.maximum(0.0, 1.0 - done) ** 2
        return samples + tf.cast(std * noise, samples.dtype)


@keras.saving.register_keras_serializable(package="keras_gan")
class DiffAugment(Augmentation):
    """Differentiable augmentation of images, to train on few of them.

    There are three policies. Each draws new random numbers for each image.

    * `color`: adds a brightness U(-1/2, 1/2) times half the range; scales the
      difference of each channel from the pixel's mean by U(0, 2); then scales the
      difference of each value from the image's mean by U(1/2, 3/2).
    * `translation`: shifts the image by up to 1/8 of each side; zeros come in.
    * `cutout`: sets a rectangle of half the height and width to zero; its centre may
      lie anywhere in the image.

    Halves of a pixel are rounded up, as in the published code.

    Values may leave the generator's range. Only D sees them.

    Args:
        policy: Names of policies, joined by commas and applied in this order. Defaults
            to "color,translation,cutout".
        value_width: Width of the generator's range, which scales the brightness: 2 for
            a tanh, 1 for a sigmoid. Defaults to 2.0.

    Raises:
        ValueError: If a policy is unknown or `value_width` is not positive; when
            called, if the samples are not images.

    Example:

    >>> gan = GAN(*networks, augmentations=[DiffAugment("color,translation")])

    Reference: Zhao et al. 2020, arXiv 2006.10738.
    """

    def __init__(
        self, policy: str = "color,translation,cutout", value_width: float = 2.0
    ):
        names = [name.strip() for name in policy.split(",")]
        unknown = [name for name in names if name not in _POLICIES]
        if unknown:
            raise ValueError(
                f"Unknown policy {unknown[0]!r} in {policy!r}: join some of "
                f"{', '.join(_POLICIES)} by commas."
            )
        if not 0.0 < value_width < float("inf"):
            raise ValueError(f"value_width must be positive, got {value_width!r}.")
        self.policy = policy
        self.value_width = value_width
        self._policies = [_POLICIES[name] for name in names]

    def __call__(
        self,
        samples: tf.Tensor,
        seed: tf.Tensor | Sequence[int],
        step: int | tf.Tensor | keras.Variable,
    ) -> tf.Tensor:
        if samples.shape.rank != 4:
            raise ValueError(
                "DiffAugment works on images (m, h, w, c), but samples have the shape "
                f"{samples.shape}: use InstanceNoise for points."
            )
        images = tf.cast(samples, "float32")
        for n, policy in enumerate(self._policies):
            key = tf.random.experimental.stateless_fold_in(seed, n)
            images = policy(images, key, self.value_width)
        return tf.cast(images, samples.dtype)


def _color(images, key, value_width):
    brightness, saturation, contrast = (
        _per_image(images, low, high, key, n)
        for n, (low, high) in enumerate(((-0.5, 0.5), (0.0, 2.0), (0.5, 1.5)))
    )
    # The published numbers are for a range of width 2.
    images += brightness * (value_width / 2.0)
    grey = tf.reduce_mean(images, axis=-1, keepdims=True)
    images = grey + saturation * (images - grey)
    mean = tf.reduce_mean(images, axis=[1, 2, 3], keepdims=True)
    return mean + contrast * (images - mean)


def _translation(images, key, value_width):
    height, width = images.shape[1:3]
    rows = _shifted(height, _per_image(images, -1.0, 1.0, key, 0))
    columns = _shifted(width, _per_image(images, -1.0, 1.0, key, 1))
    # As products with matrices of zeros and ones: quick, and differentiable.
    return tf.einsum("bij,bjkc,blk->bilc", rows, images, columns)


def _shifted(size, share):
    """Matrices (m, size, size) that shift by whole pixels, up to an eighth of `size`.

    Args:
        size: Pixels of the side.
        share: Random numbers (m, 1, 1, 1) in [-1, 1), from which the shifts follow.
    """
    largest = int(size / 8 + 0.5)
    # Every whole shift from -largest to largest is equally likely.
    shift = tf.floor((share + 1.0) / 2.0 * (2 * largest + 1)) - largest
    shift = tf.minimum(shift, float(largest))
    target, source = tf.range(float(size))[:, None], tf.range(float(size))[None, :]
    return tf.cast(tf.equal(target - source, shift[:, :, :, 0]), "float32")


def _cutout(images, key, value_width):
    height, width = images.shape[1:3]
    rows = _cut(height, _per_image(images, 0.0, 1.0, key, 0))
    columns = _cut(width, _per_image(images, 0.0, 1.0, key, 1))
    return images * (1.0 - rows[:, :, None, None] * columns[:, None, :, None])


def _cut(size, share):
    """Masks (m, size): 1 on a stretch of half the size whose centre is random."""
    length = int(size / 2 + 0.5)
    first = tf.floor(share[:, :, 0, 0] * (size + 1 - length % 2)) - length // 2
    place = tf.range(float(size))[None, :]
    return tf.cast((place >= first) & (place < first + length), "float32")


def _per_image(images, low, high, key, n):
    key = tf.random.experimental.stateless_fold_in(key, n)
    shape = (tf.shape(images)[0], 1, 1, 1)
    return tf.random.stateless_uniform(shape, key, low, high)


_POLICIES = {"color": _color, "translation": _translation, "cutout": _cutout}
