"""What stands between Keras' `fit` and a model with two networks."""

import contextlib
from typing import NamedTuple

import keras
import tensorflow as tf

from keras_gan.data import labels as class_labels
from keras_gan.data.elements import pick_samples

# Keras callbacks that would silently do nothing, and what to use instead.
_REFUSED = {
    keras.callbacks.TerminateOnNaN: (
        "looks only at a log called 'loss', which a GAN has not",
        "keras_gan.callbacks.NanGuard",
    ),
    keras.callbacks.SwapEMAWeights: (
        "swaps averages kept by one optimizer",
        "GAN(..., ema_decay=0.999)",
    ),
}


class OptimizerPair:
    """Both optimizers, in the shape in which Keras' callbacks look for them.

    Not an `Optimizer`, so that `fit` never applies it to a network itself.
    """

    built = True

    def __init__(self, d_optimizer, g_optimizer):
        self.optimizers = [d_optimizer, g_optimizer]

    @property
    def iterations(self):
        """Generator updates so far."""
        return self.optimizers[1].iterations

    @property
    def learning_rate(self):
        """The generator's; for callbacks that log a single one."""
        return self.optimizers[1].learning_rate

    @property
    def variables(self):
        return [v for optimizer in self.optimizers for v in optimizer.variables]


def check_packs(dataset, packing):
    """Refuses minibatches that cannot be packed.

    Raises:
        ValueError: If m, of a `PyDataset` the first or the last, is no multiple of
            `packing`.
    """
    if packing == 1:
        return
    if isinstance(dataset, tf.data.Dataset):
        elements = [dataset.element_spec]
        if tf.nest.flatten(elements)[0].shape[0] is None:
            elements = dataset.take(1)
    else:
        elements = [dataset[0], dataset[len(dataset) - 1]]
    for m in [tf.nest.flatten(element)[0].shape[0] for element in elements]:
        if m % packing:
            raise ValueError(
                f"packing={packing} needs minibatches of a multiple of {packing} "
                f"samples, got {m}: use a batch size of {m - m % packing or packing}."
            )


def checked_callbacks(callbacks):
    """The callbacks, one or several, as a list.

    Refuses those that cannot see a GAN's losses or optimizers.

    Raises:
        ValueError: That names what to use instead.
    """
    callbacks = [] if callbacks is None else keras.tree.flatten(callbacks)
    for callback in callbacks:
        for refused, (reason, instead) in _REFUSED.items():
            if isinstance(callback, refused):
                raise ValueError(f"{refused.__name__} {reason}: use {instead}.")
    return callbacks


def check_optimizers(d_optimizer, g_optimizer):
    """Refuses optimizers that two players cannot have.

    Raises:
        ValueError: If both are one object, or one keeps averages that only Keras' own
            `fit` would put into the weights.
    """
    if d_optimizer is g_optimizer:
        raise ValueError(
            "d_optimizer and g_optimizer are one object, but each network needs "
            "moments of its own: make two optimizers."
        )
    for name, one in (("d_optimizer", d_optimizer), ("g_optimizer", g_optimizer)):
        if getattr(one, "use_ema", False):
            raise ValueError(
                f"{name} has use_ema=True, whose average would never be used: leave it "
                "out, and use GAN(..., ema_decay=0.999)."
            )


def weight_losses(network):
    """What the regularizers of a network's weights add to its player's loss."""
    regularized = [v for v in network.trainable_variables if v.regularizer is not None]
    return sum(weight.regularizer(weight) for weight in regularized)


def check_compiled(gan):
    """Refuses to train without optimizers.

    Raises:
        ValueError: If `compile` was not called.
    """
    if gan.optimizer is None:
        raise ValueError("Call compile() before fit(): it names both optimizers.")


def is_loss_scaled(optimizer):
    """Whether an optimizer scales its loss so that float16 gradients do not underflow."""
    return isinstance(optimizer, keras.optimizers.LossScaleOptimizer)


def loss_scaled(optimizer, network):
    """The optimizer, with loss scaling if the network computes in float16.

    Keras' `compile` does so for one optimizer; a GAN has two, each with a scale of its
    own, so that an overflow in one network never skips the other's update.
    """
    half = any(layer.compute_dtype == "float16" for layer in network.layers)
    if half and not is_loss_scaled(optimizer):
        return keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer


def check_steps_per_execution(steps_per_execution, steps):
    """Refuses executions that do not fit into an epoch of known length.

    Keras would round the epoch up, and train on what belongs to the next one.

    Raises:
        ValueError: With what was expected.
    """
    if steps is not None and steps % steps_per_execution:
        raise ValueError(
            f"steps_per_execution={steps_per_execution} does not divide the {steps} "
            "steps of an epoch: use a divisor, or 1."
        )


def with_rest(segment, steps_done):
    """Two calls of Keras' `fit` for one: the rest of a started epoch, then whole ones."""
    epoch, epochs, steps = segment
    return [(epoch, epoch + 1, steps - steps_done), (epoch + 1, epochs, steps)]


def complete(gradients, *values):
    """The gradients, which nothing can apply before all `values` are computed.

    A penalty depends on a bias (it decides which units are on), yet the penalty's
    derivative with respect to that bias is 0. TensorFlow's graph optimizer concludes
    that the bias may be updated while the penalty still reads it. On a busy machine it
    sometimes was, and the run had other bits.

    Args:
        gradients: list of gradients; None where there is none.
        *values: Tensors that were computed from the same weights.

    Returns:
        The list of gradients, unchanged in value.
    """
    with tf.control_dependencies(values):
        return [None if g is None else tf.identity(g) for g in gradients]


def seed_states(network):
    """The states of a network's random layers, which are no weights."""
    weights = {id(weight) for weight in network.weights}
    return [v for v in network.variables if id(v) not in weights]


class Real(NamedTuple):
    """Real samples, and their labels if the GAN is conditional (else None)."""

    samples: tf.Tensor
    labels: tf.Tensor | None = None

    def minibatch(self, i):
        """The i-th of k minibatches: (m, ...) of (m, k, ...)."""
        labels = None if self.labels is None else self.labels[:, i]
        return Real(self.samples[:, i], labels)


def as_minibatch(data, sample_shape, num_classes=None):
    """What a minibatch of data holds, labels as int32 (m,)."""
    samples = pick_samples(data, sample_shape)
    if num_classes is None:
        return Real(samples)
    return Real(samples, class_labels.as_vector(class_labels.pick(data)))


def as_real(data, sample_shape, discriminator_steps, num_classes=None):
    """One training element as samples (m, k, ...), labels (m, k).

    Raises:
        ValueError: If `train_on_batch` got one minibatch but k is more than 1.
    """
    # Arrays, if `train_on_batch` runs eagerly.
    samples = tf.convert_to_tensor(pick_samples(data, sample_shape))
    labels = None
    if samples.dtype.is_integer:
        raise ValueError(
            "A training step takes floats in the generator's range, got "
            f"{samples.dtype.name}: use fit, which scales them, or scale them first."
        )
    if samples.shape.rank == len(sample_shape) + 1 and discriminator_steps == 1:
        real = as_minibatch(data, sample_shape, num_classes)
        return Real(*(x if x is None else tf.expand_dims(x, axis=1) for x in real))
    if samples.shape.rank != len(sample_shape) + 2:
        raise ValueError(
            f"A training step takes {discriminator_steps} minibatches in one tensor "
            f"(m, {discriminator_steps}, ...), got the shape {samples.shape}: use fit."
        )
    if num_classes is not None:
        labels = tf.cast(class_labels.pick(data), "int32")
    return Real(samples, labels)


class CallbackRun(keras.callbacks.CallbackList):
    """The callbacks of one run that may take several calls of Keras' `fit`.

    A run that resumes inside an epoch first finishes it, then runs whole ones. The
    callbacks see one run: it begins once and ends once.

    Args:
        callbacks: What `checked_callbacks` made of those that the user passed.
        model: The GAN.
        verbose: As for `fit`.
        epochs: Last epoch of the run.
    """

    def __init__(self, callbacks, *, model, verbose, epochs):
        given = list(callbacks)
        self.checkpoint = next((c for c in given if hasattr(c, "restore")), None)
        # The checkpoint comes last: it saves what the others have just noted.
        ordered = [c for c in given if c is not self.checkpoint]
        if not any(isinstance(c, keras.callbacks.History) for c in ordered):
            ordered.append(keras.callbacks.History())
        if self.checkpoint is not None:
            ordered.append(self.checkpoint)
            self.checkpoint.follow(ordered)
        verbose = 1 if verbose == "auto" else verbose
        super().__init__(
            ordered,
            add_progbar=verbose != 0,
            model=model,
            verbose=verbose,
            epochs=epochs,
            steps=None,
        )
        self._begun = False
        self._final_logs = None

    @contextlib.contextmanager
    def protected(self):
        """Keeps other processes out of the run's checkpoints while it lasts."""
        if self.checkpoint is None:
            yield
            return
        try:
            with self.checkpoint.locked():
                yield
        finally:
            self.checkpoint.release()

    def next_segment(self, steps):
        """Says how many steps the epochs of the next call of `fit` have."""
        self.set_params({**self.params, "steps": steps})

    def is_over(self, step):
        """Whether a limit of the run was reached before it was taken up again."""
        limits = (c for c in self.callbacks if hasattr(c, "is_reached"))
        return any(limit.is_reached(step) for limit in limits)

    def on_train_begin(self, logs=None):
        if self._begun:
            return
        self._begun = True
        super().on_train_begin(logs)
        if self.checkpoint is not None:
            self.checkpoint.remind(self.callbacks)

    def on_train_end(self, logs=None):
        self._final_logs = logs

    def finish(self):
        """Ends the run for the callbacks."""
        super().on_train_end(self._final_logs)
