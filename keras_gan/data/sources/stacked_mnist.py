"""Stacked MNIST: three digits in one image, 1,000 modes that can be counted."""

import numpy as np

from keras_gan.data.sources.images import Samples, check_memory

# The sizes of the protocol: training images, and samples that are counted.
NUM_TRAIN, NUM_TEST = 128_000, 26_000
CHANNELS = 3


def stack(digits, num, *, seed=0):
    """Puts three digits, drawn at random, into the colours of one image.

    Each channel draws on its own, so that all three-digit numbers are about equally
    likely: 10 ** 3 modes, of which a collapsed generator draws only some.

    Args:
        digits: `Samples` of grey images (n, h, w, 1); labels are optional.
        num: Images to make.
        seed: An int, or ints; a pure function of it chooses the digits. Default 0.

    Returns:
        `Samples` (num, h, w, 3); the label, if digits have labels, is the number that
        is read off red, green, blue, such as 704.

    Raises:
        ValueError: If the images are not grey, or need too much memory.

    Example:

    >>> stack(Samples(np.zeros((5, 8, 8, 1), "uint8")), 20).samples.shape
    (20, 8, 8, 3)

    Reference:
        Metz et al. 2017, arXiv:1611.02163; Srivastava et al. 2017, arXiv:1705.07761.
    """
    images = digits.samples
    if images.ndim != 4 or images.shape[-1] != 1:
        raise ValueError(
            f"stacked_mnist stacks grey images (n, h, w, 1), got {images.shape[1:]}: "
            "name a grey data set, such as stacked_mnist:mnist"
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
