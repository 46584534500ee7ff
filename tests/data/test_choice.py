"""The choice of some samples of many: random, fixed by the seed, each once."""

import numpy as np
import pytest

from keras_gan.data.choice import random_order, some_of


def test_all_positions_once_and_the_same_again():
    order = random_order(1000, seed=3)
    assert sorted(order) == list(range(1000))
    assert (order == random_order(1000, seed=3)).all()
    assert (order != random_order(1000, seed=4)).any()


@pytest.mark.parametrize("label", [lambda i: i // 1000, lambda i: i % 10])
def test_some_have_the_shares_of_all(label):
    # 1,000 of 10,000 in ten equal classes: hypergeometric, 100 +- 9 of each.
    counts = np.bincount(label(some_of(10_000, 1000)), minlength=10)
    assert abs(counts - 100).max() < 40


def test_no_more_than_there_are_and_in_stored_order():
    assert some_of(5, 10).tolist() == [0, 1, 2, 3, 4]
    some = some_of(100, 10, seed=1)
    assert len(some) == 10 and (np.diff(some) > 0).all()


def test_every_position_is_as_likely_as_the_others():
    # Over 2,000 seeds each of 20 positions is among the 5 in 500 of them, +- 19.
    counts = np.bincount(np.concatenate([some_of(20, 5, seed) for seed in range(2000)]))
    assert abs(counts - 500).max() < 5 * 19.4
