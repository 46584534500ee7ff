"""What `GAN.fit` and `GAN.evaluate` accept, turned into elements."""

import math
import zlib

import keras
import numpy as np
import tensorflow as tf
from absl import logging

from keras_gan.data import order
from keras_gan.data.elements import pick_samples, with_channel
from keras_gan.data.in_memory import Batches
from keras_gan.data.on_disk import checksum_of

# What `GAN.fit` and `GAN.evaluate` take. A tuple is (samples, labels), a dict holds
# arrays by the names of tensorflow-datasets.
RealSamples = (
    Batches
    | tf.data.Dataset
    | keras.utils.PyDataset
    | np.ndarray
    | tf.Tensor
    | tuple
    | dict
)


class TrainingInput:
    """Real data as `GAN.fit` consumes it: a source of training elements.

    Attributes:
        exact: Whether elements can start at any step. Otherwise a run can only resume
            from the end of an epoch.
        endless_steps: Steps of an epoch, if the elements are endless; else None.
        fingerprint: A string that tells one data set from another when a run is resumed.
        floats: All samples, if they are an array of floats in memory, which nobody has
            looked at yet; else None.
        class_names: Name of each class, in the order of the labels, or None.
    """

    exact = False
    endless_steps = None
    fingerprint = ""
    floats = None
    class_names = None

    def elements(self, start_step):
        """A `tf.data.Dataset` or `PyDataset` of tuples: samples (m, k, ...), labels.

        Args:
            start_step: Number of the first element; ignored if not `exact`.
        """
        raise TypeError(f"{type(self).__name__} has no elements.")

    def stored_elements(self):
        """As `elements(0)`, with the samples as they are stored: nothing is mirrored."""
        return self.elements(0)

    def steps_per_epoch(self):
        """Training steps of one epoch.

        Raises:
            ValueError: If the user's data is endless.
        """
        if self.endless_steps is not None:
            return self.endless_steps
        elements = self.elements(0)
        if not isinstance(elements, tf.data.Dataset):
            return len(elements)
        number = int(elements.cardinality())
        if number == tf.data.INFINITE_CARDINALITY:
            raise ValueError("The dataset is endless: pass steps_per_epoch=.")
        return number


def training_input(x, spec, *, discriminator_steps, batch_size, seed):
    """Turns any input of `GAN.fit` into a `TrainingInput`.

    Args:
        x: What the user passed; see `GAN.fit`.
        spec: `SampleSpec` of the networks.
        discriminator_steps: k.
        batch_size: m, for arrays and unbatched datasets; else None.
        seed: Seeds the order of arrays.

    Returns:
        A `TrainingInput`.

    Raises:
        ValueError: If the input cannot be used; says what to do.
    """
    if isinstance(x, Batches):
        _refuse_batch_size(batch_size)
        return _OfBatches(x, spec, discriminator_steps)
    if isinstance(x, keras.utils.PyDataset):
        _refuse_batch_size(batch_size)
        return _OfPyDataset(x, spec, discriminator_steps)
    if isinstance(x, tf.data.Dataset):
        return _OfDataset(x, spec, discriminator_steps, batch_size)
    return _OfArrays(x, spec, discriminator_steps, batch_size, seed)


def evaluation_dataset(x, spec, *, batch_size, steps=None, steps_name="steps"):
    """Turns any input of `GAN.evaluate` into minibatches, each sample once.

    Args:
        x: What the user passed; the same kinds as for `GAN.fit`.
        spec: `SampleSpec` of the networks.
        batch_size: m, for arrays and unbatched datasets; else None.
        steps: Minibatches to take. Defaults to None: all.
        steps_name: Name of that argument, for messages. Defaults to "steps".

    Returns:
        A `tf.data.Dataset` or a `keras.utils.PyDataset` of tuples: samples (m, ...),
        labels (m,) if the GAN is conditional.

    Raises:
        ValueError: If the input cannot be used, or may never end; says what to do.
    """
    if isinstance(x, Batches):
        _refuse_batch_size(batch_size)
        _check_labels_of(x, spec)
        return _without_unasked_labels(x.evaluation_elements(spec.value_range), spec)
    if isinstance(x, keras.utils.PyDataset):
        _refuse_batch_size(batch_size)
        return _Minibatches(x, spec)
    if isinstance(x, tf.data.Dataset):
        if steps is None:
            _check_ends(x, steps_name)
        x = x.map(_reading(spec))
        if not _is_batched(x, spec):
            x = x.batch(_required(batch_size))
        return x.map(_readying(spec)).prefetch(2)
    samples = tf.data.Dataset.from_tensor_slices(_arrays(x, spec))
    return order.steady(samples.batch(_required(batch_size or 32)).map(_readying(spec)))


class _OfBatches(TrainingInput):
    """What `keras_gan.data.load` returned."""

    exact = True

    def __init__(self, batches, spec, discriminator_steps):
        _check_labels_of(batches, spec)
        self._batches = batches
        self._spec = spec
        self._k = discriminator_steps
        self.endless_steps = batches.steps_per_epoch(discriminator_steps)
        self.class_names = batches.class_names

    @property
    def fingerprint(self):
        x = self._batches
        arrays = [x.samples] if self._spec.condition is None else [x.samples, x.labels]
        mirrored = ", mirrored" if x.mirror else ""
        return f"{digest(arrays)}, batch size {x.batch_size}, seed {x.seed}{mirrored}"

    def elements(self, start_step):
        return self._elements(start_step)

    def stored_elements(self):
        return self._elements(0, mirror=False)

    def _elements(self, start_step, **mirror):
        elements = self._batches.training_elements(
            self._spec.value_range, self._k, start_step, **mirror
        )
        return _without_unasked_labels(elements, self._spec)


class _OfArrays(TrainingInput):
    """Arrays in memory, with or without labels."""

    exact = True

    def __init__(self, x, spec, discriminator_steps, batch_size, seed):
        self._given = x, batch_size
        self._spec = spec
        self._stored = _arrays(x, spec)
        samples = self._stored[0]
        self.floats = samples if samples.dtype.kind == "f" else None
        self._k = discriminator_steps
        self._batch_size = batch_size or 32
        self._seed = seed
        self.endless_steps = order.steps_per_epoch(
            len(samples), self._batch_size, self._k
        )

    @property
    def fingerprint(self):
        x, batch_size = self._given
        arrays = [pick_samples(x, self._spec.shape)]
        if self._spec.condition is not None:
            arrays.append(self._spec.condition.pick(x))
        return f"{digest(map(np.asarray, arrays))}, batch size {batch_size}"

    def elements(self, start_step):
        return order.minibatches(
            self._stored,
            batch_size=self._batch_size,
            discriminator_steps=self._k,
            seed=self._seed,
            start_step=start_step,
            transform=_readying(self._spec),
        )


class _OfDataset(TrainingInput):
    """A user's `tf.data.Dataset`."""

    def __init__(self, dataset, spec, discriminator_steps, batch_size):
        self.fingerprint = f"{dataset.element_spec} x {int(dataset.cardinality())}"
        whole = _whole_minibatches(dataset.map(_reading(spec)), spec, batch_size)
        self._elements = _grouped(whole.map(_readying(spec)), discriminator_steps)

    def elements(self, start_step):
        return self._elements


class _OfPyDataset(TrainingInput):
    """A user's `keras.utils.PyDataset`."""

    def __init__(self, dataset, spec, discriminator_steps):
        self._elements = _Minibatches(dataset, spec, discriminator_steps)
        self.fingerprint = f"{type(dataset).__name__} x {dataset.num_batches}"

    def elements(self, start_step):
        return self._elements


class _Minibatches(keras.utils.PyDataset):
    """k minibatches of a PyDataset as one element; bare minibatches if k is None."""

    def __init__(self, source, spec, discriminator_steps=None):
        super().__init__(
            workers=source.workers,
            use_multiprocessing=source.use_multiprocessing,
            max_queue_size=source.max_queue_size,
        )
        self.source = source
        self.spec = spec
        self.discriminator_steps = discriminator_steps
        if source.num_batches is None:
            raise ValueError("The PyDataset is endless: give it a num_batches.")
        if len(self) == 0:
            raise ValueError(
                f"Too little data: one step takes {order.in_words(discriminator_steps)}, "
                f"the PyDataset has {source.num_batches}."
            )

    def __len__(self):
        return self.source.num_batches // (self.discriminator_steps or 1)

    def __getitem__(self, index):
        if self.discriminator_steps is None:
            return self._minibatch(index)
        first = index * self.discriminator_steps
        group = [self._minibatch(first + i) for i in range(self.discriminator_steps)]
        smallest = min(len(samples) for samples, *_ in group)
        return tuple(
            np.stack([part[:smallest] for part in parts], axis=1)
            for parts in zip(*group, strict=True)
        )

    def _minibatch(self, index):
        samples, *found = self.spec.read(self.source[index])
        found = [self.spec.condition.of_array(one, len(samples)) for one in found]
        return tuple(map(np.asarray, self.spec.ready(np.asarray(samples), *found)))

    def on_epoch_begin(self):
        self.source.on_epoch_begin()

    def on_epoch_end(self):
        self.source.on_epoch_end()


def _reading(spec):
    """`spec.read` as a function for `Dataset.map`."""

    # AutoGraph would wrap its errors in a long explanation.
    @tf.autograph.experimental.do_not_convert
    def reading(*element):
        return spec.read(element)

    return reading


def _readying(spec):
    """`spec.ready` as a function for `Dataset.map`."""
    return tf.autograph.experimental.do_not_convert(spec.ready)


def _check_labels_of(batches, spec):
    if spec.condition is not None:
        spec.condition.check_batches(batches)


def _without_unasked_labels(elements, spec):
    """Drops the labels if the GAN is not conditional."""
    if spec.condition is None and len(elements.element_spec) > 1:
        return elements.map(lambda samples, _: (samples,))
    return elements


def _arrays(x, spec):
    """`(samples,)` or `(samples, labels)` of arrays that the user passed, checked."""
    if isinstance(x, list) and len(x) > 1:
        raise ValueError(_about_list(x, spec))
    samples = pick_samples(x, spec.shape)
    if not hasattr(samples, "shape"):
        raise ValueError(
            f"Cannot train on {type(samples).__name__}: pass an array, a "
            "tf.data.Dataset, a keras.utils.PyDataset, or what keras_gan.data.load "
            "returns."
        )
    samples = with_channel(np.asarray(samples), spec.shape)
    if samples.ndim != len(spec.shape) + 1:
        cure = "the first axis must count the samples"
        if samples.ndim == 2 and samples.shape[1] == math.prod(spec.shape):
            cure = f"x.reshape({(-1, *spec.shape)}) gives it"
        raise ValueError(
            f"Expected an array of samples {tuple(spec.shape)}, got the shape "
            f"{samples.shape}: {cure}."
        )
    if samples.dtype == np.float64:
        samples = samples.astype("float32")
    if spec.condition is None:
        return (samples,)
    return samples, spec.condition.of_array(spec.condition.pick(x), len(samples))


def _about_list(x, spec):
    """What to do with a list: it depends on what its items are."""
    shapes = {np.shape(one)[-len(spec.shape) :] for one in x if hasattr(one, "shape")}
    ranks = {np.ndim(one) for one in x if hasattr(one, "shape")}
    lacking = len(spec.shape) > 1 and spec.shape[-1] == 1  # grey, without channel
    single = {len(spec.shape), len(spec.shape) - lacking}
    if len(shapes) > 1 and ranks <= single:
        return (
            f"Got a list of {len(x)} samples of several sizes, such as "
            f"{' and '.join(map(str, sorted(shapes)[:2]))}: resize them to one, then "
            "join them with numpy.stack."
        )
    if ranks and ranks <= single:
        cure = "pass one array of all samples (numpy.stack makes one)"
    elif ranks:
        cure = "pass one array of all samples (numpy.concatenate makes one)"
    else:
        cure = "pass one array (numpy.array makes one)"
    return f"Got a list of {len(x)} items: {cure} or a tuple (samples, labels)."


def _is_batched(dataset, spec):
    samples, *_ = dataset.element_spec
    return samples.shape.rank != len(spec.shape)


def _whole_minibatches(dataset, spec, batch_size):
    """The dataset in minibatches of equal size, with their number known."""
    if _is_batched(dataset, spec):
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
    samples, *_ = dataset.element_spec
    if samples.shape[0] is None and number > 1:
        # Only reading the last batch shows whether it is full: one pass over the data.
        first, last = (
            _size_of_first(part) for part in (dataset, dataset.skip(number - 1))
        )
        if last < first:
            logging.warning(
                "The dataset's last batch has %d samples, the others have %d: it is "
                "left out.",
                last,
                first,
            )
            dataset = dataset.take(number - 1)
    return dataset


def _check_ends(dataset, steps_name):
    """Refuses a dataset to evaluate on that would, or could, go on for ever."""
    number = int(dataset.cardinality())
    if number == tf.data.INFINITE_CARDINALITY:
        raise ValueError(f"The dataset to evaluate on is endless: pass {steps_name}=.")
    if number == tf.data.UNKNOWN_CARDINALITY:
        raise ValueError(
            "The dataset to evaluate on does not know its length, and may be endless: "
            f"pass {steps_name}=, or add "
            ".apply(tf.data.experimental.assert_cardinality(number_of_batches))."
        )


def _size_of_first(dataset):
    for samples, *_ in dataset.take(1):
        return int(tf.shape(samples)[0])
    return 0


def _grouped(minibatch_dataset, discriminator_steps):
    number = int(minibatch_dataset.cardinality())
    if 0 <= number < discriminator_steps:
        raise ValueError(
            f"Too little data: one step takes {order.in_words(discriminator_steps)}, "
            f"the dataset has {number}: use a smaller batch size or more data."
        )

    def group(*minibatches):
        return tuple(map(_of_one_size, minibatches))

    # Ragged, because passes over a repeated dataset may end in smaller batches.
    alone = discriminator_steps == 1
    batch = minibatch_dataset.batch if alone else minibatch_dataset.ragged_batch
    return batch(discriminator_steps, drop_remainder=True).map(group).prefetch(2)


def _of_one_size(minibatches):
    """k minibatches as one tensor (m, k, ...), cut to the smallest among them."""
    if isinstance(minibatches, tf.RaggedTensor):
        m = tf.reduce_min(minibatches.row_lengths())
        minibatches = minibatches[:, :m].to_tensor()
    return order.batch_axis_first(minibatches)


def digest(arrays):
    """Dtype, shape and checksum of arrays, as a short string."""
    first, *others = arrays
    checksum = checksum_of(first)
    for array in others:
        checksum = zlib.crc32(np.ascontiguousarray(array).data, checksum)
    return f"{first.dtype} {first.shape} crc32 {checksum:08x}"


def _required(batch_size):
    if batch_size is None:
        raise ValueError("The dataset is not batched: pass batch_size=, or batch it.")
    return batch_size


def _refuse_batch_size(batch_size):
    if batch_size is not None:
        raise ValueError("The data is already in batches: leave batch_size= out.")
