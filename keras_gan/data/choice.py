"""Which of many samples are taken: the one owner of that choice."""

import numpy as np


def random_order(n, seed=0):
    """Positions 0..n-1 in an order that depends on n and the seed alone.

    Data may be stored by class, as folders are, or with the classes in turn. The first
    rows, the last rows and every tenth row are then no sample of the data; the first
    ones in this order are.

    Args:
        n: Number of samples.
        seed: Non-negative int. Defaults to 0.

    Returns:
        An int64 array (n,).

    Example:

    >>> sorted(random_order(4).tolist())
    [0, 1, 2, 3]
    """
    return np.random.default_rng([seed, n]).permutation(n)


def some_of(n, number, seed=0):
    """Positions of `number` of n samples, drawn at random, in stored order.

    Args:
        n: Number of samples.
        number: How many of them. None, or more than there are: all.
        seed: As for `random_order`. Defaults to 0.

    Returns:
        An int64 array of rising positions.

    Example:

    >>> some_of(3, 10)
    array([0, 1, 2])
    """
    return np.sort(random_order(n, seed)[:number])
