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


def update_average(averages, rests, share, weights, *, decay, rampup, step):
    """Moves averages towards weights: `average += (1 - d) * (weight - average)`.

    d is the decay in force. An average costs a step as much as the memory it goes
    through. So its variable moves only now and then; until then the weights are added up
    in a rest, each step's with the share that it will have in the average:

        rest  += share_t * weight,   share += share_t            in each step
        average += rest - share * average                        when it settles

    Near convergence an increment is smaller than half the distance of two neighbouring
    floats. What rounding leaves of it stays in the rest (Kahan's summation).

    Args:
        averages: Variables of the averages, of any float type; other variables, such as
            counters, are copied.
        rests: A variable for each average, 0 at the start, of the type `rest_dtype`.
        share: A float32 scalar variable, 0 at the start.
        weights: The variables that are averaged.
        decay: Final decay per step, in [0, 1).
        rampup: As for `decay_in_force`.
        step: Steps done before this one, an int or an int64 tensor.
    """
    step = tf.cast(step, "int64")
    of_step = 1.0 - decay_in_force(decay, rampup, step)
    of_step *= _kept(decay, rampup, step + 1, _settles_at(step))
    share.assign_add(tf.cast(of_step, share.dtype))
    floats = []
    for average, rest, weight in zip(averages, rests, weights, strict=True):
        if not tf.as_dtype(weight.dtype).is_floating:
            average.assign(weight)
            continue
        floats.append((average, rest))
        _add(rest, of_step, weight)

    def settle():
        kept = _kept(decay, rampup, step + 1, _settles_at(step + 1))
        for average, rest in floats:
            _add(rest, -share, average)
            before = tf.cast(average, rest.dtype)
            held = tf.cast(before + rest, average.dtype)
            left = rest - (tf.cast(held, rest.dtype) - before)
            average.assign(held)
            # It is part of the average, and decays with it.
            rest.assign(tf.cast(kept, rest.dtype) * left)
        share.assign(0.0)

    tf.cond(settles(step), settle, lambda: None)


def _settles_at(step):
    """The first step from this one on, an int64 tensor, after which it settles."""
    return tf.where(settles(step), step, step + (-(step + 1)) % _SETTLES_EVERY)


def _kept(decay, rampup, first, last):
    """What is left of the average after the steps first..last: their decays' product."""
    steps = first + tf.range(_SETTLES_EVERY, dtype="int64")
    decays = decay_in_force(decay, rampup, steps)
    return tf.reduce_prod(tf.where(steps <= last, decays, 1.0))


def _add(rest, share, tensor):
    """`rest += share * tensor` in one operation, which goes through memory once."""
    tf.raw_ops.ResourceApplyGradientDescent(
        var=rest.handle,
        alpha=tf.cast(-share, rest.dtype),
        delta=tf.cast(tensor, rest.dtype),
    )


def rest_dtype(dtype):
    """The type of the rest of an average of some type, a string."""
    return "float64" if tf.as_dtype(dtype) == tf.float64 else "float32"
