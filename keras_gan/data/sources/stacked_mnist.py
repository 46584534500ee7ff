"""Stacked MNIST: three digits in one image, 1,000 modes that can be counted."""

import numpy as np

from keras_gan.data.sources.images import Samples, check_memory

# The benchmark's sizes: training images, and generated samples in which modes are
# counted.
NUM_TRAIN, NUM_TEST = 128_000, 26_000
CHANNELS = 3


def stack(digits, num, *, seed=0):
    """Stacks three randomly drawn digits as the red, green and blue of one image.

    Each channel is drawn independently, so all three-digit numbers are about equally
    likely: 10^3 modes, of which a collapsed generator makes only some.

    Args:
        digits: `Samples` of grey images (n, h, w, 1), with or without labels.
        num: Number of images to make.
        seed: An int or a sequence of ints that determines the digits. Defaults to 0.

    Returns:
        `Samples` (num, h, w, 3). If the digits have labels, the label is the number
        that red, green and blue spell, such as 704.

    Raises:
        ValueError: If the images are not grey, or need too much memory.

    Example:

    >>> stack(Samples(np.zeros((5, 8, 8, 1), "uint8")), 20).samples.shape
    (20, 8, 8, 3)

    Reference: Metz et al. 2017, arXiv 1611.02163; Srivastava et al. 2017, arXiv
    1705.07761.
    """
    images = digits.samples
    if images.ndim != 4 or images.shape[-1] != 1:
        raise ValueError(
            f"stacked_mnist stacks grey images (n, h, w, 1), got {images.shape[1:]}: "
            "name a grey data set, such as stacked_mnist:mnist."
        )
    check_memory("stacked_mnist", (num, *images.shape[1:3], CHANNELS))
    rows = np.random.default_rng(seed).integers(len(images), size=(num, CHANNELS))
    stacked = np.empty((num, *images.shape[1:3], CHANNELS), images.dtype)
    for channel in range(CHANNELS):
        stacked[..., channel] = images[rows[:, channel], :, :, 0]
    if digits.labels is None:
        return Samples(stacked)
    classes = digits.num_classes or int(digits.labels.max()) + 1
    places = classes ** np.arange(CHANNELS)[::-1]
    return Samples(stacked, digits.labels[rows] @ places, classes**CHANNELS)
