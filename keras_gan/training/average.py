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


def steps_between_updates(decay):
    """n: the average is updated every n-th step, with n steps' decay at once.

    Weights hardly change within 1/64 of the average's half-life: in what it samples,
    updates at each step would show as little as another seed's last digits, and an
    update of the 2014 pair's average takes an eighth of a step.

    Args:
        decay: Final decay per step, in [0, 1).

    Returns:
        An int in 1..8.

    Example:

    >>> [steps_between_updates(decay) for decay in (0.99, 0.998, 0.999, 0.9999)]
    [1, 5, 8, 8]
    """
    half_life = math.log(0.5) / math.log(decay) if decay else 0.0
    return max(1, min(8, int(half_life / 64)))


def update_average(averages, rests, weights, decay):
    """Moves averages towards weights: `average += (1 - decay) * (weight - average)`.

    Near convergence an increment is smaller than half the distance of two neighbouring
    floats, and rounding would lose it. So each average is kept as a sum: what its
    variable can hold, and the rest, which the next increment takes along (Kahan's
    summation). In float64 the same took more than twice as long, an eighth of a step of
    the 2014 pair.

    Args:
        averages: Variables of the averages, of any float type; other variables, such as
            counters, are copied.
        rests: A float32 variable for each average, 0 at the start.
        weights: The variables that are averaged.
        decay: A float64 scalar tensor.
    """
    for average, rest, weight in zip(averages, rests, weights, strict=True):
        if not tf.as_dtype(weight.dtype).is_floating:
            average.assign(weight)
            continue
        # In float32, or in float64 if the weights are.
        wide = tf.as_dtype(weight.dtype)
        wide = wide if wide.size > 4 else tf.float32
        before, held_back, goal = (
            tf.cast(tf.convert_to_tensor(one), wide) for one in (average, rest, weight)
        )
        increment = tf.cast(1.0 - decay, wide) * (goal - before - held_back) + held_back
        held = tf.cast(before + increment, average.dtype)
        average.assign(held)
        rest.assign(tf.cast(increment - (tf.cast(held, wide) - before), "float32"))
