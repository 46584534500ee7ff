"""What stands in one element of a data set: the samples, among other things."""

import numpy as np


def pick_samples(element, sample_shape):
    """Takes the samples out of a dataset's element: bare, (samples, labels), or dict.

    Raises:
        ValueError: If a dict holds no "image" and no other entry of the right shape.
    """
    while isinstance(element, (tuple, list)):
        element = element[0]
    if not isinstance(element, dict):
        return element
    if "image" in element:
        return element["image"]
    for entry in element.values():
        if tuple(entry.shape[-len(sample_shape) :]) == tuple(sample_shape):
            return entry
    raise ValueError(
        f"No entry of the data's {sorted(element)} is called 'image' or has the "
        f"shape {tuple(sample_shape)}: map the dataset to bare samples."
    )


def with_channel(samples, sample_shape):
    """Grey images, or minibatches of them, with the axis of the one channel they lack."""
    *sides, channels = sample_shape
    lacking = channels == 1 and list(samples.shape)[-len(sides) :] == sides
    return samples[..., np.newaxis] if sides and lacking else samples


def refuse_weights(element):
    """Refuses (samples, labels, weights), as Keras' own `fit` takes them.

    Raises:
        ValueError: With what to pass.
    """
    if isinstance(element, tuple) and len(element) > 2:
        raise ValueError(
            f"The data's elements have {len(element)} parts, but a GAN trains on "
            "samples, or on (samples, labels), without weights: map the others away."
        )
