"""Random keys that are a pure function of (seed, step, purpose).

No random number depends on what was drawn before it. So a run that is stopped and
continued at any step draws the same numbers as one that was never stopped.
"""

import tensorflow as tf

# What a key is for. Purposes have streams of their own, even at the same step. The
# numbers are part of the promise that the same seed gives the same bits.
LATENTS = 0
DROPOUT = 1
PENALTY = 2
DATA_ORDER = 3
SAMPLE = 4
EVALUATION = 5
AUGMENTATION = 6


def fold(seed, step, purpose, index=0, *parts):
    """Returns the key of a stream of random numbers, for `tf.random.stateless_*`.

    Args:
        seed: The run's seed, an int from 0 to 2**31 - 1.
        step: The step (or epoch, or block) of the run, an int or int scalar tensor.
        purpose: One of this module's constants.
        index: Number of the stream among those of one seed, step and purpose, such as
            the k discriminator updates of a training step. Defaults to 0.
        *parts: Further numbers that tell streams apart.

    Returns:
        An int64 tensor of shape (2,).

    Example:

    >>> key = fold(seed=0, step=7, purpose=LATENTS)
    >>> tf.random.stateless_normal((64, 100), key).shape
    TensorShape([64, 100])
    """
    key = tf.constant([seed, purpose], tf.int32)
    for number in (step, index, *parts):
        key = tf.random.experimental.stateless_fold_in(key, tf.cast(number, tf.int64))
    return key


def check_seed(seed):
    """Returns `seed`; raises a `ValueError` if `fold` cannot take it."""
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**31:
        raise ValueError(
            f"seed must be an int from 0 to 2**31 - 1, got {seed!r}: pass e.g. seed=0."
        )
    return seed
