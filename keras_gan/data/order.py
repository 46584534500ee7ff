"""The order of samples: a pure function of the seed and the step."""

import numpy as np
import tensorflow as tf

from keras_gan.data.mirroring import coins, mirrored_where
from keras_gan.data.on_disk import OnDisk
from keras_gan.randomness import DATA_ORDER, MIRROR, fold

# Elements that are made at a time.
_IN_THE_MAKING = 2


def minibatches(
    samples,
    *,
    batch_size,
    discriminator_steps,
    seed,
    start_step=0,
    mirror=False,
    transform=None,
):
    """Endless training elements from samples, starting at any step.

    Each epoch is a new permutation, keyed by (seed, epoch). Element t depends on
    (seed, t) only, so a run that resumes at step t skips nothing and replays
    nothing.

    Args:
        samples: Tuple of arrays, tensors or `OnDisk`, `(samples,)` or `(samples,
            labels)`, first axis n.
        batch_size: m, samples of one minibatch.
        discriminator_steps: k, minibatches of one element.
        seed: Non-negative int.
        start_step: Number of the first element. Defaults to 0.
        mirror: Whether each image is, in each epoch, itself or its mirror image, by a
            coin keyed by (seed, epoch) and its index. Defaults to False.
        transform: Function of the gathered arrays, such as scaling, that returns a
            tuple of as many arrays. Defaults to None.

    Returns:
        A `tf.data.Dataset` of tuples of (m, k, ...), of infinite cardinality. One
        epoch is `n // (m * k)` of them; the samples that are left over differ from
        epoch to epoch.

    Example:

    >>> points = np.zeros((10, 2), "float32")
    >>> data = minibatches((points,), batch_size=2, discriminator_steps=2, seed=0)
    >>> next(iter(data))[0].shape
    TensorShape([2, 2, 2])
    """
    samples = tuple(map(ready_to_gather, samples))
    num_samples = int(samples[0].shape[0])
    group = batch_size * discriminator_steps
    steps = steps_per_epoch(num_samples, batch_size, discriminator_steps)

    @tf.autograph.experimental.do_not_convert
    def element(step):
        epoch = step // steps
        key = fold(seed, epoch, DATA_ORDER)
        position = tf.cast(step % steps, tf.int32) * group + tf.range(group)
        index = shuffled(position, key, num_samples)
        chosen = tuple(gather(array, index) for array in samples)
        if mirror:
            tossed = coins(index, fold(seed, epoch, MIRROR), num_samples)
            chosen = (mirrored_where(tossed, chosen[0]), *chosen[1:])
        if transform is not None:
            chosen = transform(*chosen)
        return tuple(map(grouped, chosen))

    def grouped(array):
        shape = (discriminator_steps, batch_size, *array.shape[1:])
        return batch_axis_first(tf.reshape(array, shape))

    steps_from_here = tf.data.Dataset.range(start_step, np.iinfo(np.int64).max)
    elements = steps_from_here.map(element, num_parallel_calls=_IN_THE_MAKING)
    # The range ends at the largest int64, which no run will reach.
    endless = tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY)
    return steady(elements.apply(endless))


def steady(elements):
    """Makes elements ready ahead of time, in order and without tf.data's tuning.

    What tuning would choose is chosen here. Its thread may end only when it next looks at
    the pipeline, which it does ever more rarely: whoever drops an iterator would wait for
    it, up to a minute.

    Args:
        elements: A `tf.data.Dataset`.

    Returns:
        A `tf.data.Dataset` of the same elements.
    """
    options = tf.data.Options()
    options.deterministic = True
    options.autotune.enabled = False
    return elements.prefetch(2).with_options(options)


def ready_to_gather(array):
    """An array as a tensor, for `gather`; samples on disk stay there."""
    return array if isinstance(array, OnDisk) else tf.convert_to_tensor(array)


def gather(array, rows):
    """Some rows of what `ready_to_gather` returned."""
    return array.gather(rows) if isinstance(array, OnDisk) else tf.gather(array, rows)


def shuffled(position, key, num_samples):
    """Which samples stand at some positions of a random order.

    Args:
        position: An int tensor (m,) of numbers below `num_samples`.
        key: A key of `keras_gan.randomness`: each has an order of its own.
        num_samples: How many samples are in the order.

    Returns:
        An int tensor (m,), the numbers of the samples.
    """
    # TensorFlow's cipher shuffles any position by itself, without the whole order in
    # memory. Below 2**16 samples it uses the low 8 bits of 3 words only: all words must
    # be random there, which a key is not, and a second pass makes 2**48 orders of 2**24.
    # Its default of 4 rounds leaves many neighbours together.
    words = tf.random.stateless_uniform((2, 3), key, None, None, tf.uint32)
    for pass_words in tf.unstack(words):
        position = tf.raw_ops.RandomIndexShuffle(
            index=position, seed=pass_words, max_index=num_samples - 1, rounds=16
        )
    return position


def batch_axis_first(group):
    """Turns (k, m, ...) into (m, k, ...): devices split the first axis."""
    # A transpose of labels, which are integers, makes oneDNN complain on most machines.
    return tf.stack(tf.unstack(group), axis=1)


def steps_per_epoch(num_samples, batch_size, discriminator_steps):
    """How many training steps one pass over the data holds.

    Raises:
        ValueError: If there is too little data for a single step.
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
            f"{in_words(discriminator_steps)} of {batch_size}: {cure}."
        )
    return steps


def in_words(number):
    """A number of minibatches: `in_words(1)` is "1 minibatch"."""
    return f"{number} minibatch{'' if number == 1 else 'es'}"
