"""D as the losses and penalties of one update see it."""

import functools

import tensorflow as tf

from keras_gan.training import distribution, validation
from keras_gan.training.one_pass import judges_alone


class DiscriminatorView:
    """The discriminator with everything that is done to samples before it.

    Samples are augmented, then packed, then judged together with their labels. Losses
    and penalties call it like a network: `view(samples)` gives float32 logits. A call is
    a pure function of its samples and its number, `call`, apart from what the network
    itself stores.

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
    >>> view(samples).shape  # of 64 samples
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
        self._judged = []  # (samples, tape, logits)

    def __call__(self, samples, training=True, call=0):
        """Logits (m / packing, 1) of samples (m, ...).

        Args:
            samples: A tensor (m, ...).
            training: Whether the network runs in training mode. Defaults to True, as
                in the update that a penalty is part of.
            call: Number of this call among those of one update: calls with different
                numbers are augmented differently. Defaults to 0.
        """
        seen = with_labels(self._seen(samples, call), self.labels)
        return tf.cast(self.discriminator(seen, training=training), "float32")

    def judge(self, real_samples, fake_samples, *, watch=None, after=list):
        """Logits of both minibatches of an update, in training mode.

        Reals and fakes never share batch statistics. They share a pass through D if it
        judges each sample by itself: two passes would give the same logits and take
        longer. With penalties they do not: a penalty differentiates D's pass on one of
        them alone, `judged`.

        Args:
            real_samples: A tensor (m, ...).
            fake_samples: A tensor (m, ...).
            watch: `penalties.watched`, if penalties follow. Defaults to None: none do.
            after: Called after each pass; returns the losses that layers added.
                Defaults to none.

        Returns:
            `(real_logits, fake_logits, added)`: two tensors (m / packing, 1), and a
            list of the added losses.
        """
        if watch is None and judges_alone(self.discriminator, noise=True):
            return *self._judge_together(real_samples, fake_samples), []
        logits, added = [], []
        for call, samples in enumerate((real_samples, fake_samples)):
            judge = functools.partial(self, training=True, call=call)
            if watch is None:
                logits.append(judge(samples))
            else:
                tape, judged = watch(judge, samples)
                self._judged.append((samples, tape, judged))
                logits.append(judged)
            added += after()
        return *logits, added

    def judged(self, samples):
        """The pass of `judge` on these samples, to be differentiated by them.

        Args:
            samples: The very tensor that `judge` was given.

        Returns:
            `(tape, logits)`, or None if `judge` has no pass on it alone.
        """
        for seen, tape, logits in self._judged:
            if seen is samples:
                return tape, logits
        return None

    def _judge_together(self, real_samples, fake_samples):
        real, fake = self._seen(real_samples, 0), self._seen(fake_samples, 1)
        both = tf.concat([real, tf.cast(fake, real.dtype)], axis=0)
        labels = self.labels
        labels = None if labels is None else tf.concat([labels, labels], axis=0)
        with distribution.joined(2):
            logits = self.discriminator(with_labels(both, labels), training=True)
        return tf.split(tf.cast(logits, "float32"), 2)

    def _seen(self, samples, call):
        """Augmented and packed samples."""
        for n, augmentation in enumerate(self.augmentations):
            index = call * len(self.augmentations) + n
            key = tf.random.experimental.stateless_fold_in(self.key, index)
            seen = augmentation(samples, key, self.step)
            name = f"augmentations[{n}]"
            validation.check_returned(name, augmentation, seen, samples.shape)
            samples = seen
        return pack(samples, self.packing)


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
