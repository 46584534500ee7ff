"""D as the losses and penalties of one update see it."""

import tensorflow as tf


class DiscriminatorView:
    """The discriminator with everything that is done to samples before it.

    Samples are augmented, then packed, then judged together with their labels. Losses
    and penalties call it like a network: `view(samples, training=True)` gives float32
    logits. A call is a pure function of its samples and its number, `call`, apart
    from what the network itself stores.

    Args:
        discriminator: The network.
        labels: int32 labels (m,) of the samples it will be called with, or None.
        packing: p, samples that D judges together. Defaults to 1.
        augmentations: Objects of `keras_gan.augmentations`. Defaults to none.
        key: Seeds the augmentations; an int tensor of shape (2,). Defaults to None.
        step: Number of the training step, which augmentations may depend on. Defaults
            to 0.

    Example:

    >>> view = DiscriminatorView(discriminator, packing=2)
    >>> view(samples, training=True).shape  # of 64 samples
    TensorShape([32, 1])
    """

    def __init__(
        self, discriminator, labels=None, *, packing=1, augmentations=(), key=None, step=0
    ):
        self.discriminator = discriminator
        self.labels = labels
        self.packing = packing
        self.augmentations = augmentations
        self.key = key
        self.step = step

    def __call__(self, samples, training, call=0):
        """Logits (m / packing, 1) of samples (m, ...).

        Args:
            samples: A tensor (m, ...).
            training: Whether the network runs in training mode.
            call: Number of this call among those of one update: calls with different
                numbers are augmented differently. Defaults to 0.
        """
        for n, augmentation in enumerate(self.augmentations):
            index = call * len(self.augmentations) + n
            key = tf.random.experimental.stateless_fold_in(self.key, index)
            samples = augmentation(samples, key, self.step)
        seen = with_labels(pack(samples, self.packing), self.labels)
        return tf.cast(self.discriminator(seen, training=training), "float32")


def with_labels(x, labels):
    """What a network takes: `x`, or `[x, labels]` if the GAN is conditional."""
    return x if labels is None else [x, labels]


def pack(samples, packing):
    """Joins neighbouring samples along the last axis.

    Args:
        samples: A tensor (m, ..., c).
        packing: p, samples per pack; m must be a multiple of it.

    Returns:
        A tensor (m / p, ..., p * c).

    Example:

    >>> pack(tf.reshape(tf.range(8), (4, 2)), packing=2).numpy()
    array([[0, 1, 2, 3],
           [4, 5, 6, 7]], dtype=int32)

    Reference: Lin et al. 2018, arXiv 1712.04086.
    """
    if packing == 1:
        return samples
    rank = samples.shape.rank
    shape = samples.shape[1:].as_list()
    groups = tf.reshape(samples, [-1, packing, *shape])
    groups = tf.transpose(groups, [0, *range(2, rank), 1, rank])
    return tf.reshape(groups, [-1, *shape[:-1], packing * shape[-1]])


def fill_up(samples, packing):
    """Repeats the first samples at the end until m is a multiple of `packing`."""
    m = tf.shape(samples)[0]
    whole = -(-m // packing) * packing
    return samples if packing == 1 else tf.gather(samples, tf.range(whole) % m)
