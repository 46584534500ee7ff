"""Finds NaN and infinity: before the first step, and inside the compiled one."""

import numpy as np
import tensorflow as tf
from absl import logging

from keras_gan.training import distribution

# Reading all weights costs as much as a small layer: too much for every step.
WEIGHTS_EVERY = 20
_FIELDS = ("smallest", "mean", "largest", "first_broken_sample")
_NOTHING_SEEN = [0.0, 0.0, 0.0, -1.0]


class FiniteCheck:
    """Records the first step in which a number is NaN or infinite.

    Real samples, losses, scores and gradient norms are checked in every step, the
    weights in every 20th. None of these checks is redundant: dropout can hide a broken
    pixel from the losses, and a fused ReLU, which turns NaN into 0, a broken weight.

    It is not saved with the model, because only finite states are saved.
    """

    def __init__(self):
        self._broken_at = _variable(-1, tf.int64)
        self._statistics = _variable(_NOTHING_SEEN, tf.float32)

    def reset(self):
        """Forgets what was found, when a new run begins."""
        self._broken_at.assign(-1)
        self._statistics.assign(_NOTHING_SEEN)

    def check(self, step, real_samples, trackers, weights):
        """Checks the numbers of one step; traced into the training step.

        Args:
            step: Number of this step, an int64 scalar.
            real_samples: The step's real samples (m, k, ...).
            trackers: `keras.metrics.Mean`s of the numbers that must be finite.
            weights: Variables of both networks.
        """
        # A sum is finite only if all of its terms are.
        numbers = tf.add_n([tf.convert_to_tensor(t.total) for t in trackers])
        statistics = _describe(real_samples)
        finite = tf.math.is_finite(numbers) & (statistics[-1] < 0)
        finite &= tf.cond(
            (step + 1) % WEIGHTS_EVERY == 0,
            lambda: tf.reduce_all([_all_finite(weight) for weight in weights]),
            lambda: True,
        )
        if distribution.are_several():
            part = tf.shape(real_samples)[0]
            finite, statistics = _of_all(finite, statistics, part)
        finite_before = self._broken_at < 0
        self._broken_at.assign(tf.where(finite_before & ~finite, step, self._broken_at))
        # The batch of the first broken step is kept: later ones say nothing about it.
        self._statistics.assign(tf.where(finite_before, statistics, self._statistics))

    @property
    def broken_at(self):
        """Number of the first step whose numbers are not finite, or None."""
        step = int(self._broken_at.numpy())
        return None if step < 0 else step

    @property
    def batch_statistics(self):
        """Statistics of that step's real samples, by the names in `_FIELDS`."""
        values = (float(value) for value in self._statistics.numpy())
        statistics = dict(zip(_FIELDS, values, strict=True))
        index = int(statistics["first_broken_sample"])
        return {**statistics, "first_broken_sample": None if index < 0 else index}


def _of_all(finite, statistics, part):
    """The same for the whole minibatch, of which each replica has seen a part."""
    found = tf.concat([tf.cast(finite, tf.float32)[None], statistics], axis=0)
    found = tf.reshape(distribution.over_replicas(found), (-1, 1 + len(_FIELDS)))
    finite, smallest, mean, largest, broken = tf.unstack(found, axis=1)
    position = tf.cast(part, tf.float32) * tf.range(tf.cast(tf.size(broken), tf.float32))
    first = tf.reduce_min(tf.where(broken < 0, np.inf, position + broken))
    statistics = [
        tf.reduce_min(smallest),
        tf.reduce_mean(mean),
        tf.reduce_max(largest),
        tf.where(tf.math.is_inf(first), -1.0, first),
    ]
    return tf.reduce_all(finite > 0), tf.stack(statistics)


def warn_of_divergence(broken_at):
    """Says at the end of `fit` what nobody has stopped.

    Args:
        broken_at: Number of the first step with NaN or infinity, or None.
    """
    if broken_at is not None:
        logging.warning(
            "Training has diverged: since step %d its numbers are NaN or infinite. "
            "keras_gan.callbacks.NanGuard() among the callbacks stops there and says "
            "where to look.",
            broken_at + 1,
        )


def check_model(gan):
    """Refuses to train on from what an earlier, diverged run left.

    Raises:
        ValueError: If a weight, a moment or an average is NaN or infinite; names the
            first.
    """
    broken = broken_variables(gan)
    if broken:
        raise ValueError(
            f"{len(broken)} variables of the GAN are NaN or infinite, the first is "
            f"{broken[0]}: training from there can only diverge. Put back a good state, "
            "as by TrainingCheckpoint.rewind(), or build the GAN anew."
        )


def broken_variables(gan):
    """Paths of all variables of a compiled GAN that hold NaN or infinity."""
    groups = (gan, gan.d_optimizer, gan.g_optimizer)
    return [path for group in groups for path in _broken(group)]


def warn_of_broken(model, filepath):
    """Warns before a file is written of a model that has diverged."""
    broken = _broken(model)
    if broken:
        logging.warning(
            "%s is written with NaN or infinite weights (%d variables, the first is %s): "
            "training diverged. TrainingCheckpoint.rewind() restores a good state.",
            filepath,
            len(broken),
            broken[0],
        )


def _broken(group):
    """Paths of the variables of a model or an optimizer that hold NaN or infinity."""
    return [
        variable.path
        for variable in group.variables
        if not np.isfinite(np.asarray(variable, "float32")).all()
    ]


def _variable(value, dtype):
    return tf.Variable(
        value,
        dtype=dtype,
        trainable=False,
        aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
    )


def _all_finite(weight):
    return tf.math.is_finite(tf.reduce_sum(tf.cast(weight, tf.float32)))


def _describe(real_samples):
    rows = tf.reshape(tf.cast(real_samples, tf.float32), (tf.shape(real_samples)[0], -1))
    broken = ~tf.math.is_finite(tf.reduce_sum(rows, axis=1))
    first = tf.where(tf.reduce_any(broken), tf.argmax(tf.cast(broken, tf.int32)), -1)
    return tf.stack(
        [
            tf.reduce_min(rows),
            tf.reduce_mean(rows),
            tf.reduce_max(rows),
            tf.cast(first, tf.float32),
        ]
    )
