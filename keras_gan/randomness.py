"""Random keys that are a pure function of (seed, step, purpose).

No random number depends on what was drawn before it. So a run that is stopped and
continued at any step draws the same numbers as one that was never stopped.
"""

import numpy as np
import tensorflow as tf

from keras_gan.arguments import check_int

# What a key is for. Purposes have streams of their own, even at the same step. The
# numbers are part of the promise that the same seed gives the same bits.
LATENTS = 0
DROPOUT = 1
PENALTY = 2
DATA_ORDER = 3
SAMPLE = 4
EVALUATION = 5
AUGMENTATION = 6
MIRROR = 7


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
        An int32 tensor of shape (2,).

    Example:

    >>> key = fold(seed=0, step=7, purpose=LATENTS)
    >>> tf.random.stateless_normal((64, 100), key).shape
    TensorShape([64, 100])
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
    >>> bool(tf.reduce_all(first == second))
    False
    """
    for number in numbers:
        key = tf.random.experimental.stateless_fold_in(key, tf.cast(number, tf.int64))
    return key


def initial_seed(seed, *parts):
    """Returns the seed of one initial weight, for `keras.initializers`.

    A hash of all the numbers: a sum such as `seed + layer` would start a layer of one
    run with the numbers of the next layer of another run.

    Args:
        seed: The run's seed, an int from 0 to 2**31 - 1.
        *parts: Non-negative ints that tell weights apart, such as the player and the
            layer.

    Returns:
        An int from 0 to 2**32 - 1.

    Raises:
        ValueError: If the seed is out of range.

    Example:

    >>> initial_seed(0, 1) == initial_seed(1, 0)
    False
    """
    entropy = [check_seed(seed), *parts]
    return int(np.random.SeedSequence(entropy).generate_state(1)[0])


def check_seed(seed):
    """Returns a seed as an int, if it can key the streams of `fold`.

    Raises:
        ValueError: Unless it is an int from 0 to 2**31 - 1.
    """
    return check_int("seed", seed, at_least=0, at_most=2**31 - 1)
