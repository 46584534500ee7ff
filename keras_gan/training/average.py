"""The moving average of a generator's weights, which rounding does not stop."""

import math

import tensorflow as tf


def decay_in_force(decay, rampup, step):
    """The decay of the average's update after a step.

    The half-life grows with training until it is that of `decay`:

        half_life = min(log(1/2) / log(decay), rampup * step)
        decay_in_force = (1/2)^(1 / half_life)

    Args:
        decay: Final decay per step, in [0, 1).
        rampup: Half-life per step of training so far, or None: `decay` from the start.
        step: Steps done before this one, an int or an int tensor.

    Returns:
        A float64 scalar tensor; 0 at step 0 if there is a ramp.

    Example:

    >>> [round(float(decay_in_force(0.999, 0.1, t)), 4) for t in (0, 10, 1000, 10_000)]
    [0.0, 0.5, 0.9931, 0.999]

    Reference: Karras et al. 2020, arXiv 2006.06676, whose code calls it `ema_rampup`.
    """
    half_life = tf.constant(math.log(0.5) / math.log(decay) if decay else 0.0, "float64")
    if rampup is not None:
        half_life = tf.minimum(half_life, rampup * tf.cast(step, "float64"))
    return tf.pow(tf.constant(0.5, "float64"), 1.0 / half_life)


# Steps from one settling of the average to the next, and until it begins to wait so long.
_SETTLES_EVERY = 8
_SETTLES_ALWAYS_BEFORE = 64


def settles(step):
    """Whether the average is brought up to date after a step, an int or int tensor.

    Example:

    >>> [step for step in range(58, 90) if bool(settles(step))]
    [58, 59, 60, 61, 62, 63, 71, 79, 87]
    """
    return (step < _SETTLES_ALWAYS_BEFORE) | ((step + 1) % _SETTLES_EVERY == 0)


def update_average(averages, rests, weights, decay, is_settled):
    """Moves averages towards weights: `average += (1 - decay) * (weight - average)`.

    Near convergence an increment is smaller than half the distance of two neighbouring
    floats, and rounding would lose it. So each average is kept as a sum: what its
    variable can hold, and the rest, which takes up the increments (Kahan's summation).
    The variable takes them over only now and then, because that goes through memory
    twice as often as the increment does; no increment is lost or late by it.

    Args:
        averages: Variables of the averages, of any float type; other variables, such as
            counters, are copied.
        rests: A float32 variable for each average, 0 at the start.
        weights: The variables that are averaged.
        decay: A float64 scalar tensor.
        is_settled: A bool tensor: whether the variables take the rests over.
    """
    floats, forgotten = [], tf.cast(1.0 - decay, tf.float32)
    for average, rest, weight in zip(averages, rests, weights, strict=True):
        if not tf.as_dtype(weight.dtype).is_floating:
            average.assign(weight)
            continue
        floats.append((average, rest))
        wide = _wide(weight)
        distance = tf.cast(average, wide) - tf.cast(weight, wide)
        distance = tf.cast(distance, tf.float32) + rest
        rest.assign_sub(forgotten * distance)

    def settle():
        for average, rest in floats:
            wide = _wide(average)
            before, increment = tf.cast(average, wide), tf.cast(rest, wide)
            held = tf.cast(before + increment, average.dtype)
            left = increment - (tf.cast(held, wide) - before)
            average.assign(held)
            rest.assign(tf.cast(left, tf.float32))

    tf.cond(is_settled, settle, lambda: None)


def _wide(variable):
    """float32, or float64 if the variable is."""
    dtype = tf.as_dtype(variable.dtype)
    return dtype if dtype.size > 4 else tf.float32
