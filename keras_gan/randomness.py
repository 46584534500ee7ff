"""Random keys that are a pure function of (seed, step, purpose).

No random number in this package depends on what was drawn before it. A run can
therefore be stopped and started again at any step and draws the same numbers.
"""

import tensorflow as tf

from keras_gan.arguments import check_int

# What a key is for. Two purposes never share a stream, even at the same step.
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
        seed: The run's seed, a non-negative int below 2**31.
        step: Which step (or epoch, or block) of the run; int or int scalar tensor.
        purpose: One of this module's constants.
        index: Tells streams apart that share seed, step and purpose, e.g. the
            k discriminator updates inside one training step. Defaults to 0.
        *parts: Further numbers that tell streams apart, as many as needed.

    Returns:
        An int32 tensor of shape (2,).

    Example:

    >>> key = fold(seed=0, step=7, purpose=LATENTS)
    >>> z = tf.random.stateless_normal((64, 100), key)
    """
    return fold_in(tf.constant([seed, purpose], tf.int32), step, index, *parts)


def fold_in(key, *numbers):
    """Returns the key of a part of a stream: `fold_in(key, 3)` is its part number 3.

    Args:
        key: An int tensor of shape (2,).
        *numbers: Ints or int scalar tensors, folded in one after the other.

    Returns:
        An int tensor of shape (2,).

    Example:

    >>> first, second = (fold_in(fold(0, 7, PENALTY), n) for n in range(2))
    """
    for number in numbers:
        key = tf.random.experimental.stateless_fold_in(key, tf.cast(number, tf.int64))
    return key


def check_seed(seed):
    """Returns a seed as an int, if it can key the streams of `fold`.

    Raises:
        ValueError: Unless it is an int from 0 to 2**31 - 1.
    """
    return check_int("seed", seed, at_least=0, at_most=2**31 - 1)
