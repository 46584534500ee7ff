"""What studies of a perfect generator share: its digits, and the picture."""

import numpy as np

from keras_gan import data, pictures
from keras_gan.data.choice import random_order


def shuffled_digits(seed):
    """The 5,000 digits of mnist5k in random order.

    Args:
        seed: Their order.

    Returns:
        `(images, labels)`, arrays (5000, 28, 28, 1) and (5000,).
    """
    splits = [data.load("mnist5k", split=s, batch_size=1) for s in ("train", "test")]
    images = np.concatenate([split.samples for split in splits])
    labels = np.concatenate([split.classes for split in splits])
    order = random_order(len(images), seed)
    return images[order], labels[order]


def draw(panels):
    """Draws bars of means, and a dot for each seed.

    Args:
        panels: Dict from a panel's title to its bars, a dict from a bar's name to one
            number per seed.

    Returns:
        A uint8 array (height, width, 3).
    """
    figure, axes = pictures.new_figure(9.0, 4.0, columns=len(panels))
    for place, (title, bars) in zip(axes, panels.items(), strict=True):
        place.bar(list(bars), [np.mean(values) for values in bars.values()], color="0.7")
        for x, values in enumerate(bars.values()):
            place.plot([x] * len(values), values, "k.", markersize=5)
        place.set_title(title, fontsize=7)
        place.tick_params(axis="x", labelsize=6)
    return pictures.figure_pixels(figure)
