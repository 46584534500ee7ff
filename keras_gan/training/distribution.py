"""One game on several devices: all that the package knows of `tf.distribute`.

Every device holds a copy of both networks, a replica, and sees its part of each
minibatch. A step is the same Algorithm 1 as on one device: gradients are averaged over
the replicas before an optimizer sees them, random numbers are drawn for the whole
minibatch, and each replica takes its rows. So the number of devices changes how long a
step takes, and its result only by rounding.
"""

import contextlib
import functools
import os

import keras
import numpy as np
import tensorflow as tf

from keras_gan.training import cluster

__all__ = ["NAMES", "strategy"]


def __dir__():
    return __all__


NAMES = ("none", "mirrored", "multi_worker")
# What TensorFlow raises on the workers that are left.
_LOST = (
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.InternalError,
    tf.errors.UnavailableError,
)


def strategy(name: str = "none", timeout: float = 5.0) -> tf.distribute.Strategy:
    """Returns the strategy in whose scope a GAN is built, to train on several devices.

    * "none": one device, TensorFlow's first GPU or the CPU.
    * "mirrored": all GPUs of this machine.
    * "multi_worker": the devices of all processes, or machines, that the environment's
      variable TF_CONFIG names. Create it before TensorFlow computes anything.

    Networks, optimizers and the GAN are made inside its scope. The batch size stays that
    of the whole minibatch.

    Args:
        name: One of `keras_gan.distribution.NAMES`. Defaults to "none".
        timeout: Minutes to wait for the other workers. Defaults to 5.

    Returns:
        A `tf.distribute.Strategy`.

    Raises:
        ValueError: If the name is unknown, or TF_CONFIG is not right.
        ConnectionError: If a worker does not answer in time; names it.

    Example:

    >>> with keras_gan.distribution.strategy("none").scope():
    ...     generator, discriminator = keras_gan.networks.points(2)
    ...     gan = GAN(generator, discriminator)
    ...     gan.compile("adam", "adam")
    """
    if name not in NAMES:
        raise ValueError(f"Unknown strategy {name!r}: use one of {', '.join(NAMES)}.")
    if name == "none":
        return tf.distribute.get_strategy()
    return _only_one(name, timeout)


@functools.cache
def _only_one(name, timeout):
    """One strategy for the process: the collectives of two would take each other's."""
    if name == "mirrored":
        return tf.distribute.MirroredStrategy()
    addresses, worker = cluster.read(os.environ.get("TF_CONFIG"))
    cluster.meet(addresses, worker, 60.0 * timeout)
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except RuntimeError as error:
        if "program startup" not in str(error):
            raise
        raise ValueError(
            "TensorFlow has computed something already: create the strategy before data "
            "are loaded and networks are built."
        ) from error


class Mean(keras.metrics.Mean):
    """A mean whose sums every replica holds, so that reading it asks no other one.

    Keras' own mean adds up the replicas' sums whenever it is read. Among several workers
    that waits for all of them, and pictures and checkpoints are the first one's alone.
    """

    def add_variable(self, shape, initializer, dtype=None, aggregation=None, name=None):
        # An assigned attribute is tracked by Keras.
        return keras.Variable(
            initializer, shape=shape, dtype=dtype, trainable=False, name=name
        )


class Replicas:
    """The replicas that train one model together.

    Args:
        strategy: The `tf.distribute.Strategy` whose scope the model is made in. Defaults
            to None: that of the scope which is open now, one device if none is.

    Attributes:
        number: How many there are, on all workers.
        num_workers: How many processes share the work.
        worker: Number of this process, from 0.
    """

    def __init__(self, strategy=None):
        strategy = strategy or tf.distribute.get_strategy()
        self.strategy = strategy
        self.number = strategy.num_replicas_in_sync
        is_multi = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
        config = os.environ.get("TF_CONFIG") if is_multi else None
        self.num_workers, self.worker = 1, 0
        if config:
            addresses, self.worker = cluster.read(config)
            self.num_workers = len(addresses)

    @property
    def are_several(self):
        """Whether there is more than one."""
        return self.number > 1

    @property
    def is_chief(self):
        """Whether this process writes the run's files."""
        return self.worker == 0

    def check(self, variables, what):
        """Refuses variables that were not made in the strategy's scope.

        Args:
            variables: Keras variables.
            what: What they belong to, for the message.

        Raises:
            ValueError: If one of them was made outside.
        """
        in_scope = self.strategy.extended.variable_created_in_scope
        if not all(in_scope(variable.value) for variable in variables):
            raise ValueError(
                f"{what} was not made in the same strategy.scope() as the GAN: build "
                "networks, optimizers and GAN in one scope."
            )

    def check_options(self, run_eagerly, jit_compile):
        """Refuses options of `compile` that work on one device only.

        Raises:
            ValueError: If there are several replicas and one of the options is on.
        """
        given = {"run_eagerly": run_eagerly, "jit_compile": jit_compile}
        for name, value in given.items():
            if self.are_several and value is True:
                raise ValueError(
                    f"{name}=True works on one device, not on {self.number} replicas: "
                    "leave it out."
                )

    def check_outside(self, method):
        """Refuses to train or evaluate inside the scope, which is for building.

        Raises:
            ValueError: If a strategy's scope is open.
        """
        if self.are_several and tf.distribute.has_strategy():
            raise ValueError(
                f"Call {method} outside of strategy.scope(): only networks, optimizers, "
                "GAN and compile belong inside."
            )

    def synchronize(self, network):
        """Makes batch normalisation use the statistics of the whole minibatch."""
        for layer in network._flatten_layers():
            if self.are_several and isinstance(layer, keras.layers.BatchNormalization):
                layer.synchronized = True

    def part(self, minibatch_size, packing=1):
        """Size of the part of a minibatch that each replica sees.

        Args:
            minibatch_size: m.
            packing: p, samples that D judges together. Defaults to 1.

        Raises:
            ValueError: If the minibatch does not divide.
        """
        whole = self.number * packing
        if minibatch_size % whole:
            below = minibatch_size // whole * whole
            fits = [str(m) for m in (below, below + whole) if m]
            packs = f" in packs of {packing}" if packing > 1 else ""
            raise ValueError(
                f"Minibatches of {minibatch_size} do not divide among {self.number} "
                f"replicas{packs}: use a batch size of {' or '.join(fits)}."
            )
        return minibatch_size // self.number

    def dataset(self, elements, part):
        """Training elements as each replica gets them: its rows of the same elements.

        Args:
            elements: A `tf.data.Dataset` of tuples of (m, k, ...), the same on all
                workers.
            part: Rows of each replica.

        Raises:
            ValueError: If the elements are no `tf.data.Dataset`.
        """
        if not isinstance(elements, tf.data.Dataset):
            raise ValueError(
                f"A PyDataset cannot be shared by {self.number} replicas: pass an array, "
                "what keras_gan.data.load returns, or a tf.data.Dataset."
            )
        # Keras would look for the end of the data, and ask each worker's for it.
        elements = elements.repeat()
        here = self.number // self.num_workers
        first = self.worker * here * part

        def rows(*element):
            return tuple(
                tf.reshape(
                    array[first : first + here * part], (here, part, *array.shape[1:])
                )
                for array in element
            )

        parts = elements.map(rows).unbatch().prefetch(2 * here)
        return self.strategy.distribute_datasets_from_function(lambda context: parts)

    def values(self, element, packing):
        """One training element as each replica gets it; see `dataset` and `part`."""
        part = self.part(len(element[0]), packing)

        def rows(context):
            first = context.replica_id_in_sync_group * part
            return tuple(array[first : first + part] for array in element)

        return self.strategy.experimental_distribute_values_from_function(rows)

    def step_function(self, step, metrics, *, packing, steps_per_execution):
        """What `fit` calls with an iterator: steps on all replicas, and their logs.

        Args:
            step: The train step of one replica, `element -> logs`.
            metrics: The `Mean`s that it updates.
            packing: p, samples that D judges together.
            steps_per_execution: Steps in one call.
        """
        by_name = {metric.name: metric for metric in metrics}

        def replica_step(element):
            logs = step(element)
            _agree(metrics)
            return {n: by_name[n].result() if n in by_name else logs[n] for n in logs}

        @tf.function(autograph=False)
        def on_all(element):
            with _drawn_for_all(self._rows_of(element), packing):
                logs = self.strategy.run(replica_step, args=(element,))
            return {n: self.strategy.experimental_local_results(logs[n])[0] for n in logs}

        @tf.function(autograph=False)
        def several(iterator):
            for _ in range(steps_per_execution):
                logs = on_all(next(iterator))
            return logs

        def function(iterator):
            with self._lost_workers_reported():
                if isinstance(iterator, tf.distribute.DistributedIterator):
                    return several(iterator)
                return on_all(self.values(next(iterator), packing))

        return function

    @contextlib.contextmanager
    def _lost_workers_reported(self):
        """Turns what a lost worker makes of the others into one line."""
        try:
            yield
        except _LOST as error:
            if self.num_workers == 1:
                raise
            raise ConnectionError(
                f"Worker {self.worker} of {self.num_workers} has lost another one: start "
                "all of them again; a run with checkpoints goes on from the last."
            ) from error

    def _rows_of(self, element):
        return self.strategy.experimental_local_results(element[0])[0].shape[0]

    def of_all(self, number):
        """The integers that the workers give, in their order; all must call this."""
        if self.num_workers == 1:
            return [number]
        # The last one counts how often the sum has each worker: once for each device.
        given = np.zeros(self.num_workers + 1, "int64")
        given[self.worker], given[-1] = number, 1
        with self._lost_workers_reported():
            summed = self.strategy.reduce("SUM", tf.constant(given), axis=None).numpy()
        return (summed[:-1] * self.num_workers // summed[-1]).tolist()

    def check_alike(self, number, message):
        """Refuses to go on if the workers' integers differ.

        Raises:
            ValueError: On all workers; with the message.
        """
        if len(set(self.of_all(number))) > 1:
            raise ValueError(message)


def mean_over_replicas(tensors):
    """The mean over the replicas of each tensor; the tensors themselves on one device.

    Args:
        tensors: A list of tensors, None among them.
    """
    if not are_several():
        return tensors
    given = [tensor for tensor in tensors if tensor is not None]
    means = iter(tf.distribute.get_replica_context().all_reduce("MEAN", given))
    return [None if tensor is None else next(means) for tensor in tensors]


def over_replicas(tensor):
    """A tensor of each replica, stacked in their order: (replicas, ...)."""
    return tf.distribute.get_replica_context().all_gather(tensor[None], axis=0)


def are_several():
    """Whether what is built or traced now is for several replicas."""
    return tf.distribute.get_strategy().num_replicas_in_sync > 1


def _agree(metrics):
    """Gives all replicas the mean of their metrics' sums."""
    variables = [variable for metric in metrics for variable in metric.variables]
    sums = tf.stack([tf.cast(variable, "float32") for variable in variables])
    (means,) = mean_over_replicas([sums])
    for variable, mean in zip(variables, tf.unstack(means), strict=True):
        variable.assign(mean)


def keep_gradients(optimizer):
    """Makes an optimizer apply the gradients that it is given, without adding them up.

    Keras adds up the replicas' gradients after it has clipped them, and nobody sees the
    sum. Here they are averaged before: the optimizer does with them what it does on one
    device.
    """
    if are_several():
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        inner._all_reduce_sum_gradients = list


# ------------------------------------------------------------------ random numbers


@contextlib.contextmanager
def _drawn_for_all(rows, packing):
    """While a step is traced, random numbers are drawn for the whole minibatch.

    Latents, augmentations, penalties, and the layers of Keras ask TensorFlow's stateless
    functions for numbers, one row per sample. All replicas have the same key, and would
    get the same rows. So each draws the rows of all replicas, and takes its own: what
    one device would have drawn. There is no other way into the layers of Keras.

    Args:
        rows: Samples in a replica's part of the minibatch.
        packing: p; D draws one row for p samples.
    """
    legal = (rows, rows // packing)
    before = [(where, name, getattr(where, name)) for where, name, _ in _RANDOM]
    for (where, name, sliced), (*_, drawn) in zip(_RANDOM, before, strict=True):
        setattr(where, name, functools.partial(sliced, drawn, legal))
    try:
        yield
    finally:
        for where, name, drawn in before:
            setattr(where, name, drawn)


@contextlib.contextmanager
def joined(number):
    """While a pass over several minibatches, one after the other, is traced.

    Args:
        number: How many are joined along the first axis.
    """
    global _num_joined
    _num_joined = number
    try:
        yield
    finally:
        _num_joined = 1


_num_joined = 1


def _shape_of_all(shape, legal):
    """The shape for all replicas; None if the numbers are not one row per sample."""
    shape = tf.convert_to_tensor(shape, tf.int32)
    legal = [_num_joined * rows for rows in legal]
    if not shape.shape[0] or tf.get_static_value(shape[0]) not in (None, *legal):
        return None
    number = tf.distribute.get_replica_context().num_replicas_in_sync
    return tf.concat([shape[:1] * number, shape[1:]], axis=0)


def _own(drawn, shape):
    """This replica's rows of what was drawn for all."""
    context = tf.distribute.get_replica_context()
    # Axes: minibatches that were joined, replicas, rows of one.
    split = [_num_joined, context.num_replicas_in_sync, -1]
    rows_of_all = tf.reshape(drawn, tf.concat([split, tf.shape(drawn)[1:]], axis=0))
    own = rows_of_all[:, context.replica_id_in_sync_group]
    return tf.reshape(own, tf.convert_to_tensor(shape, tf.int32))


def _sliced(drawn, legal, shape, *arguments, **named):
    for_all = _shape_of_all(shape, legal)
    if for_all is None:
        return drawn(shape, *arguments, **named)
    return _own(drawn(for_all, *arguments, **named), shape)


def _sliced_dropout(drawn, legal, x, rate, seed, noise_shape=None, **named):
    shape = tf.shape(x) if noise_shape is None else noise_shape
    for_all = _shape_of_all(shape, legal)
    if for_all is None:
        return drawn(x, rate, seed, noise_shape=noise_shape, **named)
    kept = drawn(tf.ones(for_all, x.dtype), rate, seed, **named)
    return x * _own(kept, shape)


_RANDOM = (
    (tf.random, "stateless_normal", _sliced),
    (tf.random, "stateless_uniform", _sliced),
    (tf.random, "stateless_truncated_normal", _sliced),
    (tf.nn.experimental, "stateless_dropout", _sliced_dropout),
)
