"""Real samples in minibatches, in an order that any training step can reproduce."""

import functools

import numpy as np
import tensorflow as tf
from absl import logging

from keras_gan import randomness
from keras_gan.data import inputs
from keras_gan.data import value_range as ranges


class Batches:
    """Real samples held in memory, in minibatches whose order is a pure function.

    The order of an epoch depends on (seed, epoch) alone. A stopped run therefore
    continues with exactly the minibatches it would have seen, and no shuffle buffer
    or iterator state has to be saved.

    Args:
        samples: uint8 images `(n, h, w, c)`, float32 images of that shape in [0, 1],
            or float32 points `(n, d)`.
        labels: integers `(n,)` in `[0, num_classes)`. Default: None, no labels.
        batch_size: m, the samples in one minibatch.
        seed: integer that chooses the order. Default 0.
        name: what the samples are, used in messages.
        num_classes: number of classes. Default: the largest label + 1.
        classes: labels that the source knows though the elements carry none; what
            watches a run may look at them. Default: `labels`.
        density: the distribution the samples were drawn from, with `log_prob` and
            `sample`. Default: None, not known.

    Raises:
        ValueError: if the samples have another shape or dtype, hold NaN or infinity,
            are fewer than `batch_size`, or the labels do not fit.

    Example:
        >>> batches = Batches(np.random.rand(10, 2).astype("float32"), batch_size=2)
        >>> next(iter(batches.training_dataset(None))).shape
        TensorShape([2, 1, 2])

    Reference:
        Goodfellow et al. 2014, arXiv:1406.2661, algorithm 1 (m and k).
    """

    def __init__(
        self,
        samples,
        labels=None,
        *,
        batch_size,
        seed=0,
        name="",
        num_classes=None,
        classes=None,
        density=None,
    ):
        self.name = name or "samples"
        self.samples = _check_samples(samples, self.name)
        self.batch_size = _check_batch_size(batch_size, len(self.samples), self.name)
        self.seed = randomness.check_seed(seed)
        self.num_classes = num_classes
        self.density = density
        self.labels = None
        if labels is not None:
            self.labels = _check_labels(labels, len(samples), num_classes, self.name)
            self.num_classes = num_classes or int(self.labels.max()) + 1
        self.classes = self.labels
        if classes is not None:
            self.classes = _known_classes(np.asarray(classes), len(samples), self.name)
        self.sample_shape = self.samples.shape[1:]

    def __len__(self):
        """Number of whole minibatches in one epoch."""
        return len(self.samples) // self.batch_size

    def steps_per_epoch(self, discriminator_steps=1):
        """Training steps in one epoch; each consumes k minibatches.

        Args:
            discriminator_steps: k, the minibatches of one training step.

        Returns:
            `n // (m * k)`; the samples left over differ from epoch to epoch.

        Raises:
            ValueError: if the samples do not suffice for one step.
        """
        k = _check_integer("discriminator_steps", discriminator_steps, minimum=1)
        return inputs.steps_per_epoch(len(self.samples), self.batch_size, k)

    def training_dataset(self, value_range, *, discriminator_steps=1, start_step=0):
        """Endless shuffled minibatches, from any training step on.

        Args:
            value_range: `(low, high)` of the generator, or None when it is unbounded.
                Points are never scaled.
            discriminator_steps: k, the minibatches in one element. Default 1.
            start_step: the training step of the first element. Default 0.

        Returns:
            A `tf.data.Dataset` of infinite cardinality. Its elements are float32 of
            shape `(m, k, ...)`, batch axis first so that a distribution strategy
            splits it rightly; with labels, pairs with int32 labels `(m, k)`.

        Raises:
            ValueError: if the samples do not suffice for one step, or an argument is
                out of range.
        """
        dataset = inputs.minibatches(
            self._stored,
            batch_size=self.batch_size,
            discriminator_steps=_check_integer(
                "discriminator_steps", discriminator_steps, minimum=1
            ),
            seed=self.seed,
            start_step=_check_integer("start_step", start_step, minimum=0),
            transform=self._scaling(value_range),
        )
        return dataset.with_options(_options())

    def evaluation_dataset(self, value_range):
        """Every sample once, in stored order.

        Args:
            value_range: as for `training_dataset`.

        Returns:
            A finite `tf.data.Dataset` of float32 batches `(m, ...)`, the last one
            possibly smaller; with labels, pairs with int32 labels `(m,)`.
        """
        scaling = self._scaling(value_range)
        stored = self._stored
        n, m = len(self.samples), self.batch_size

        def element(first):
            rows = tf.range(first, tf.minimum(first + m, n))
            return scaling(tf.nest.map_structure(lambda x: tf.gather(x, rows), stored))

        dataset = tf.data.Dataset.range(0, n, m).map(element)
        return dataset.prefetch(2).with_options(_options())

    @functools.cached_property
    def _stored(self):
        """Samples, or (samples, labels), as tensors."""
        # On the CPU: there tf.data gathers, and a GPU's memory has better uses.
        with tf.device("CPU:0"):
            samples = tf.constant(self.samples)
            if self.labels is None:
                return samples
            return samples, tf.constant(self.labels)

    def _scaling(self, value_range):
        """The function that scales gathered samples and leaves their labels alone."""
        low, high = _check_range(value_range)
        is_image = len(self.sample_shape) == 3

        def scale_samples(samples):
            if is_image and samples.dtype == tf.float32:
                return samples * (high - low) + low
            return ranges.scale(samples, (low, high))

        def scaling(stored):
            if self.labels is None:
                return scale_samples(stored)
            samples, labels = stored
            return scale_samples(samples), labels

        return scaling


def _options():
    options = tf.data.Options()
    options.deterministic = True
    options.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.DATA
    )
    return options


def _check_range(value_range):
    if value_range is None:
        return -1.0, 1.0
    low, high = map(float, value_range)
    if not low < high:
        raise ValueError(
            f"value_range must be (low, high) with low < high, got {value_range}"
        )
    return low, high


def _check_integer(argument, value, minimum):
    is_integer = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_integer or value < minimum:
        raise ValueError(
            f"{argument} must be a whole number of at least {minimum}, got {value!r}"
        )
    return int(value)


def _check_batch_size(batch_size, n, name):
    batch_size = _check_integer("batch_size", batch_size, minimum=1)
    if n == 0:
        raise ValueError(f"{name}: 0 samples; need at least batch_size={batch_size}")
    if n < batch_size:
        raise ValueError(
            f"{name}: {n} samples are fewer than batch_size={batch_size}: "
            f"use batch_size <= {n}"
        )
    return batch_size


def _check_samples(samples, name):
    samples = np.asarray(samples)
    is_image = samples.ndim == 4 and samples.dtype in (np.uint8, np.float32)
    is_point = samples.ndim == 2 and samples.dtype == np.float32
    if not (is_image or is_point):
        raise ValueError(
            f"{name}: expected uint8 or float32 images (n, h, w, c) or float32 points "
            f"(n, d), got {samples.dtype} of shape {samples.shape}: convert them first"
        )
    if samples.size == 0:
        return samples
    low, high = samples.min(), samples.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        check_finite(samples, name)
    if is_image and samples.dtype == np.float32 and not (low >= 0 and high <= 1):
        raise ValueError(
            f"{name}: float images must lie in [0, 1], got [{low}, {high}]: rescale "
            "them, or give uint8"
        )
    if low == high and len(samples) > 1:
        logging.warning("%s: all values equal %s; nothing to learn", name, low)
    return samples


def check_finite(samples, name):
    """Refuses NaN and infinity, which would silently ruin every weight.

    Args:
        samples: float array.
        name: the source, for the message.

    Raises:
        ValueError: naming the first index that holds such a value.
    """
    finite = np.isfinite(samples)
    if not finite.all():
        index = tuple(map(int, np.argwhere(~finite)[0]))
        raise ValueError(
            f"{name}: {samples[index]} at index {index}: remove or repair that sample"
        )


def _known_classes(classes, n, name):
    """One class per sample, to watch training by; None if these are something else."""
    if classes.shape == (n,) and classes.dtype.kind in "iubUS":
        return classes
    logging.warning(
        "%s: labels of %s and shape %s are no class of each of %d samples, and unused",
        name,
        classes.dtype,
        classes.shape,
        n,
    )
    return None


def _check_labels(labels, n, num_classes, name):
    labels = np.asarray(labels)
    if labels.shape != (n,) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"{name}: expected {n} integer labels, one per sample, got {labels.dtype} "
            f"of shape {labels.shape}"
        )
    limit = np.iinfo(np.int32).max if num_classes is None else num_classes
    wrong = np.flatnonzero((labels < 0) | (labels >= limit))
    if wrong.size:
        legal = "at least 0" if num_classes is None else f"in 0..{num_classes - 1}"
        raise ValueError(
            f"{name}: label {labels[wrong[0]]} at index {wrong[0]} is out of range, "
            f"labels must be {legal}: correct it, or remove the sample"
        )
    number = num_classes or int(labels.max()) + 1
    missing = np.setdiff1d(np.arange(number), labels) if number <= 1000 else np.empty(0)
    if missing.size:
        logging.warning("%s: no sample has a label of %s", name, missing.tolist())
    return labels.astype(np.int32)
