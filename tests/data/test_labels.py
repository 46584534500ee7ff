"""Labels to sample by, in the shares of the data."""

import numpy as np
import pytest

from keras_gan.data.labels import Classes


class TestInShares:
    @pytest.mark.parametrize("number", [1, 7, 100, 9_999])
    @pytest.mark.parametrize("shares", [[0.9, 0.09, 0.01], [1, 0, 2], [1, 1, 1]])
    def test_counts_are_off_by_less_than_one(self, number, shares):
        labels = Classes(3).in_shares(number, shares)
        assert labels.shape == (number,) and labels.dtype == np.int32
        counts = np.bincount(labels, minlength=3)
        assert (abs(counts - number * np.array(shares) / sum(shares)) < 1).all()

    def test_largest_remainders(self):
        # 7 * (.2, .3, .5) = 1.4, 2.1, 3.5: the remainder of .5 gets the seventh.
        labels = Classes(3).in_shares(7, [0.2, 0.3, 0.5])
        assert np.bincount(labels).tolist() == [1, 2, 4]

    def test_the_first_have_the_shares_of_all(self):
        shares = np.array([0.6, 0.3, 0.08, 0.02])
        labels = Classes(4).in_shares(1000, shares)
        so_far = np.cumsum(labels[:, None] == np.arange(4), axis=0)
        expected = np.outer(np.arange(1, 1001), shares)
        assert abs(so_far - expected).max() <= 2.0

    def test_no_period_that_groups_of_ten_could_fall_in_step_with(self):
        labels = Classes(10).in_shares(10_000, np.ones(10))
        for i in range(10):
            assert np.bincount(labels[i::10], minlength=10).max() < 200

    def test_same_seed_same_labels(self):
        one, same, other = (Classes(3).in_shares(90, [1, 1, 1], s) for s in (0, 0, 1))
        assert (one == same).all() and (one != other).any()

    @pytest.mark.parametrize(
        "shares", [[1, 1], [1, 1, -1], [0, 0, 0], [1, 1, float("nan")]]
    )
    def test_shares_that_do_not_fit(self, shares):
        with pytest.raises(ValueError, match="shares must be 3 numbers"):
            Classes(3).in_shares(10, shares)


def test_shares_of_labels():
    assert Classes(3).shares_of([0, 0, 0, 2]).tolist() == [0.75, 0.0, 0.25]
    for labels in (None, [], [3], [-1], [0.0], ["a"], [[0]]):
        assert Classes(3).shares_of(labels) is None
