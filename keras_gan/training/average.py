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
        A float64 tensor of the shape of `step`; 0 at step 0 if there is a ramp.

    Example:

    >>> [round(float(decay_in_force(0.999, 0.1, t)), 4) for t in (0, 10, 1000, 10_000)]
    [0.0, 0.5, 0.9931, 0.999]

    Reference: Karras et al. 2020, arXiv 2006.06676, whose code calls it `ema_rampup`.
    """
    half_life = tf.constant(math.log(0.5) / math.log(decay) if decay else 0.0, "float64")
    if rampup is not None:
        half_life = tf.minimum(half_life, rampup * tf.cast(step, "float64"))
    return tf.pow(tf.constant(0.5, "float64"), 1.0 / half_life)


# An average costs a step as much as the memory it goes through. From step 64 on every
# eighth step's weights stand for those since the last: in a run's samples no difference
# is seen.
_EVERY = 8
_ALWAYS_BEFORE = 64


def decay_of_step(decay, rampup, step):
    """The decay of the average's update after a step; 1 if there is none.

    From step 64 on, there is an update after every eighth step, with decay^8: the
    half-life is what it was.

    Args:
        decay: As for `decay_in_force`.
        rampup: As for `decay_in_force`.
        step: As for `decay_in_force`.

    Returns:
        A float64 tensor of the shape of `step`.

    Example:

    >>> [round(float(decay_of_step(0.9, None, t)), 3) for t in (10, 63, 64, 70, 71)]
    [0.9, 0.9, 1.0, 1.0, 0.43]
    """
    decay = decay_in_force(decay, rampup, step)
    is_due = (step + 1) % _EVERY == 0
    later = tf.where(is_due, decay**_EVERY, tf.ones_like(decay))
    return tf.where(step < _ALWAYS_BEFORE, decay, later)


def update_average(averages, rests, weights, decay):
    """Moves averages towards weights: `average += (1 - decay) * (weight - average)`.

    Near convergence an increment is smaller than half the distance of two neighbouring
    floats, and rounding would lose it. So each average is kept as a sum: what its
    variable can hold, and the rest, which is added to the next increment (Kahan's
    summation).

    Args:
        averages: Variables of the averages, of any float type; other variables, such as
            counters, are copied.
        rests: A float32 variable for each average, 0 at the start.
        weights: The variables that are averaged.
        decay: A float64 scalar tensor; with 1, nothing is done.
    """
    forgotten = tf.cast(1.0 - decay, tf.float32)

    def update():
        for average, rest, weight in zip(averages, rests, weights, strict=True):
            if not tf.as_dtype(weight.dtype).is_floating:
                average.assign(weight)
                continue
            wide = _wide(weight)
            before = tf.cast(average, wide)
            distance = tf.cast(before - tf.cast(weight, wide), tf.float32)
            increment = tf.cast(rest - forgotten * distance, wide)
            held = tf.cast(before + increment, average.dtype)
            left = increment - (tf.cast(held, wide) - before)
            average.assign(held)
            rest.assign(tf.cast(left, tf.float32))

    tf.cond(decay < 1.0, update, lambda: None)


def _wide(variable):
    """float32, or float64 if the variable is."""
    dtype = tf.as_dtype(variable.dtype)
    return dtype if dtype.size > 4 else tf.float32
