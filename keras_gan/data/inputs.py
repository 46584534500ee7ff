"""What `GAN.fit` accepts, turned into the elements that a training step consumes.

A training step takes k fresh minibatches of m samples as one tensor (m, k, ...).
The batch axis stands first because it is the axis that is split over devices.
"""

import keras
import numpy as np
import tensorflow as tf
from absl import logging

from keras_gan.data import first_look as first_samples
from keras_gan.data import labels
from keras_gan.data import value_range as ranges
from keras_gan.data.elements import pick_samples, refuse_weights, with_channel
from keras_gan.randomness import DATA_ORDER, fold


def minibatches(
    samples, *, batch_size, discriminator_steps, seed, start_step=0, transform=None
):
    """Endless training elements from samples in memory, from any step on.

    Each epoch is a new permutation, keyed by (seed, epoch). Element t depends on
    (seed, t) only, so a run that resumes at step t skips nothing and replays
    nothing.

    Args:
        samples: Array, tensor, or tuple of them (samples, labels), first axis n.
        batch_size: m, samples of one minibatch.
        discriminator_steps: k, minibatches of one element.
        seed: Non-negative int.
        start_step: Number of the first element. Defaults to 0.
        transform: Function of one gathered `samples` structure; e.g. scaling.

    Returns:
        A `tf.data.Dataset` of (m, k, ...) elements, of infinite cardinality. One
        epoch is `n // (m * k)` of them; a rest of fewer samples sits out that epoch.

    Example:

    >>> data = minibatches(np.zeros((10, 2), "float32"), batch_size=2,
    ...                    discriminator_steps=2, seed=0)
    >>> next(iter(data)).shape
    TensorShape([2, 2, 2])
    """
    samples = tf.nest.map_structure(tf.convert_to_tensor, samples)
    num_samples = int(tf.nest.flatten(samples)[0].shape[0])
    group = batch_size * discriminator_steps
    steps = steps_per_epoch(num_samples, batch_size, discriminator_steps)

    def element(step):
        key = fold(seed, step // steps, DATA_ORDER)
        position = tf.cast(step % steps, tf.int32) * group + tf.range(group)
        index = tf.random.experimental.index_shuffle(
            position, seed=key, max_index=num_samples - 1
        )
        chosen = tf.nest.map_structure(lambda array: tf.gather(array, index), samples)
        if transform is not None:
            chosen = transform(chosen)
        return tf.nest.map_structure(by_minibatch, chosen)

    def by_minibatch(array):
        shape = (discriminator_steps, batch_size, *array.shape[1:])
        return _batch_axis_first(tf.reshape(array, shape))

    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.DATA
    )
    steps_from_here = tf.data.Dataset.range(start_step, np.iinfo(np.int64).max)
    elements = steps_from_here.map(
        element, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
    )
    # It counts up to the largest int64, which nobody will reach.
    endless = tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY)
    return elements.apply(endless).with_options(options).prefetch(2)


def steps_per_epoch(num_samples, batch_size, discriminator_steps):
    """How many training steps one pass over the data holds.

    Raises:
        ValueError: If the data is too little for a single step.
    """
    steps = num_samples // (batch_size * discriminator_steps)
    if steps == 0:
        largest = num_samples // discriminator_steps
        cure = (
            f"use a batch size of at most {largest}"
            if largest
            else "use more data or fewer discriminator steps"
        )
        raise ValueError(
            f"Too little data: {num_samples} samples, but one step takes "
            f"{discriminator_steps} minibatches of {batch_size}: {cure}."
        )
    return steps


def training_dataset(
    x,
    *,
    sample_shape,
    value_range,
    num_classes=None,
    discriminator_steps,
    batch_size,
    seed,
    start_step,
):
    """Turns any input of `GAN.fit` into a dataset of training elements.

    Args:
        x: What the user passed; see `GAN.fit`.
        sample_shape: Shape of one sample.
        value_range: The generator's (low, high) or None.
        num_classes: Classes of a conditional GAN, or None: labels are left out.
        discriminator_steps: k.
        batch_size: m, for arrays and unbatched datasets; else None.
        seed: Keys the order of arrays.
        start_step: First step to produce, where the input allows it.

    Returns:
        `(dataset, steps)`: elements (m, k, ...), or pairs of them and int32 labels
        (m, k), and the number of steps of an epoch if the dataset is endless, else
        None.

    Raises:
        ValueError: If the input cannot be used, with the cure.
    """
    if hasattr(x, "training_dataset"):
        _refuse_batch_size(batch_size)
        if num_classes is not None:
            labels.check_batches(x, num_classes)
        dataset = x.training_dataset(
            value_range, discriminator_steps=discriminator_steps, start_step=start_step
        )
        return dataset, x.steps_per_epoch(discriminator_steps)
    if isinstance(x, keras.utils.PyDataset):
        _refuse_batch_size(batch_size)
        form = (sample_shape, value_range, num_classes)
        return _GroupedPyDataset(x, discriminator_steps, *form), None
    ready = _readying(sample_shape, value_range, num_classes)
    if isinstance(x, tf.data.Dataset):
        picked = x.map(_picking(sample_shape, num_classes))
        whole = _whole_minibatches(picked, sample_shape, batch_size)
        return _grouped(whole.map(ready), discriminator_steps), None
    samples = _as_array(x, sample_shape)
    if samples.dtype.kind == "f":
        first_samples.check(samples, sample_shape, value_range)
    batch_size = batch_size or 32
    dataset = minibatches(
        _with_labels(samples, x, num_classes),
        batch_size=batch_size,
        discriminator_steps=discriminator_steps,
        seed=seed,
        start_step=start_step,
        transform=ready,
    )
    return dataset, steps_per_epoch(len(samples), batch_size, discriminator_steps)


def evaluation_dataset(x, *, sample_shape, value_range, num_classes=None, batch_size):
    """Turns any input of `GAN.evaluate` into minibatches (m, ...), each sample once.

    Args:
        x: What the user passed; the same kinds as for `GAN.fit`.
        sample_shape: Shape of one sample.
        value_range: The generator's (low, high) or None.
        num_classes: Classes of a conditional GAN, or None.
        batch_size: m, for arrays and unbatched datasets; else None.

    Returns:
        A `tf.data.Dataset` or a `keras.utils.PyDataset`.
    """
    if hasattr(x, "evaluation_dataset"):
        _refuse_batch_size(batch_size)
        if num_classes is not None:
            labels.check_batches(x, num_classes)
        return x.evaluation_dataset(value_range)
    if isinstance(x, keras.utils.PyDataset):
        _refuse_batch_size(batch_size)
        return _GroupedPyDataset(x, None, sample_shape, value_range, num_classes)
    if isinstance(x, tf.data.Dataset):
        x = x.map(_picking(sample_shape, num_classes))
    else:
        stored = _with_labels(_as_array(x, sample_shape), x, num_classes)
        x = tf.data.Dataset.from_tensor_slices(stored)
        batch_size = batch_size or 32
    if not _is_batched(x, sample_shape):
        x = x.batch(_required(batch_size))
    return x.map(_readying(sample_shape, value_range, num_classes)).prefetch(2)


def _picking(sample_shape, num_classes):
    """The function that takes samples, and labels if asked for, out of an element."""

    # Converted, its errors would come with TensorFlow's story around them.
    @tf.autograph.experimental.do_not_convert
    def picking(*element):
        refuse_weights(element)
        samples = with_channel(pick_samples(element, sample_shape), sample_shape)
        return samples if num_classes is None else (samples, labels.pick(element))

    return picking


def _readying(sample_shape, value_range, num_classes):
    """The function that makes of a user's minibatch what the networks take."""

    @tf.autograph.experimental.do_not_convert
    def ready(*element):
        samples = ranges.scale(pick_samples(element, sample_shape), value_range)
        if num_classes is None:
            return samples
        return samples, labels.checked(labels.pick(element), num_classes)

    return ready


def _with_labels(samples, x, num_classes):
    """An array, paired with the checked labels of what the user passed, if asked for."""
    if num_classes is None:
        return samples
    found = labels.as_vector(np.asarray(labels.pick(x)))
    if len(found) != len(samples):
        raise ValueError(f"{len(samples)} samples have {len(found)} labels.")
    labels.check(found, num_classes)
    return samples, found


def _as_array(x, sample_shape):
    if isinstance(x, list) and len(x) > 1:
        raise ValueError(
            f"Got a list of {len(x)}: pass one array, numpy.concatenate makes it, or a "
            "tuple (samples, labels)."
        )
    array = pick_samples(x, sample_shape)
    if not hasattr(array, "shape"):
        raise ValueError(
            f"Cannot train on {type(x).__name__}: pass an array, a tf.data.Dataset, a "
            "keras.utils.PyDataset, or what keras_gan.data.load returns."
        )
    array = with_channel(np.asarray(array), sample_shape)
    if array.ndim != len(sample_shape) + 1:
        raise ValueError(
            f"Expected an array of samples {tuple(sample_shape)}, got the shape "
            f"{array.shape}: the first axis must count the samples."
        )
    if array.dtype == np.float64:
        array = array.astype("float32")
    return array


def _is_batched(dataset, sample_shape):
    samples = pick_samples(dataset.element_spec, sample_shape)
    return samples.shape.rank != len(sample_shape)


def _whole_minibatches(dataset, sample_shape, batch_size):
    """The dataset in minibatches of one size, their number known."""
    if _is_batched(dataset, sample_shape):
        _refuse_batch_size(batch_size)
    else:
        dataset = dataset.batch(_required(batch_size), drop_remainder=True)
    number = int(dataset.cardinality())
    if number == tf.data.UNKNOWN_CARDINALITY:
        raise ValueError(
            "The dataset does not know its length: add .repeat() and pass "
            "steps_per_epoch=, or add "
            ".apply(tf.data.experimental.assert_cardinality(number_of_batches))."
        )
    spec = pick_samples(dataset.element_spec, sample_shape)
    if spec.shape[0] is None and number > 1:
        logging.warning(
            "The dataset's last batch may be smaller than the others, so it is left "
            "out: batch with drop_remainder=True to keep every whole batch."
        )
        dataset = dataset.take(number - 1)
    return dataset


def _grouped(minibatch_dataset, discriminator_steps):
    number = int(minibatch_dataset.cardinality())
    if 0 <= number < discriminator_steps:
        raise ValueError(
            f"Too little data: one step takes {discriminator_steps} minibatches, the "
            f"dataset has {number}: use a smaller batch size or more data."
        )

    def group(*minibatches):
        parts = tf.nest.map_structure(_of_one_size, minibatches)
        return parts if len(parts) > 1 else parts[0]

    # Ragged, because passes over a repeated dataset may end in smaller batches.
    alone = discriminator_steps == 1
    batch = minibatch_dataset.batch if alone else minibatch_dataset.ragged_batch
    return batch(discriminator_steps, drop_remainder=True).map(group).prefetch(2)


def _of_one_size(minibatches):
    """k minibatches as one tensor (m, k, ...), cut to the smallest among them."""
    if isinstance(minibatches, tf.RaggedTensor):
        m = tf.reduce_min(minibatches.row_lengths())
        minibatches = minibatches[:, :m].to_tensor()
    return _batch_axis_first(minibatches)


def _batch_axis_first(group):
    """(k, m, ...) as (m, k, ...)."""
    return tf.transpose(group, [1, 0, *range(2, group.shape.rank)])


class _GroupedPyDataset(keras.utils.PyDataset):
    """k minibatches of a PyDataset as one element; bare minibatches if k is None."""

    def __init__(self, source, discriminator_steps, sample_shape, value_range, classes):
        super().__init__(
            workers=source.workers,
            use_multiprocessing=source.use_multiprocessing,
            max_queue_size=source.max_queue_size,
        )
        self.source = source
        self.discriminator_steps = discriminator_steps
        self.sample_shape = sample_shape
        self.value_range = value_range
        self.num_classes = classes
        if source.num_batches is None:
            raise ValueError("The PyDataset is endless: give it a num_batches.")
        if len(self) == 0:
            raise ValueError(
                f"Too little data: one step takes {discriminator_steps} minibatches, "
                f"the PyDataset has {source.num_batches}."
            )

    def __len__(self):
        return self.source.num_batches // (self.discriminator_steps or 1)

    def __getitem__(self, index):
        if self.discriminator_steps is None:
            return self._minibatch(index)
        first = index * self.discriminator_steps
        group = [self._minibatch(first + i) for i in range(self.discriminator_steps)]
        smallest = min(len(tf.nest.flatten(minibatch)[0]) for minibatch in group)
        return tf.nest.map_structure(
            lambda *parts: np.stack([part[:smallest] for part in parts], axis=1), *group
        )

    def _minibatch(self, index):
        element = self.source[index]
        refuse_weights(element)
        samples = np.asarray(pick_samples(element, self.sample_shape))
        samples = with_channel(samples, self.sample_shape)
        samples = np.asarray(ranges.scale(samples, self.value_range))
        return _with_labels(samples, element, self.num_classes)

    def on_epoch_begin(self):
        self.source.on_epoch_begin()

    def on_epoch_end(self):
        self.source.on_epoch_end()


def _required(batch_size):
    if batch_size is None:
        raise ValueError("The dataset is not batched: pass batch_size=, or batch it.")
    return batch_size


def _refuse_batch_size(batch_size):
    if batch_size is not None:
        raise ValueError("The data is already in batches: leave batch_size= out.")


def length(dataset):
    """Training steps of one epoch.

    Raises:
        ValueError: If the dataset is endless.
    """
    if isinstance(dataset, tf.data.Dataset):
        number = int(dataset.cardinality())
        if number == tf.data.INFINITE_CARDINALITY:
            raise ValueError("The dataset is endless: pass steps_per_epoch=.")
        return number
    return len(dataset)
