"""Labels to sample by, in the shares of the data."""

import unicodedata

import numpy as np
import pytest

from keras_gan.data.labels import Classes


class TestNames:
    ANIMALS = Classes(4, ["cat", "dog", "barn owl", "2"])

    @pytest.mark.parametrize(
        "given, expected",
        [
            ("barn owl", [2, 2]),
            (["cat", 2], [0, 2]),
            (("dog", np.int64(1)), [1, 1]),
            (np.array(["2", "cat"]), [3, 0]),  # a name, not the number
            (np.array(["dog", 3], object), [1, 3]),
            (2, [2, 2]),
            (["DOG", "Barn Owl"], [1, 2]),
        ],
    )
    def test_names_stand_for_numbers(self, given, expected):
        found = self.ANIMALS.chosen(2, given)
        assert found.dtype == np.int32 and found.tolist() == expected

    @pytest.mark.parametrize(
        "given, message",
        [
            ("barn  owl", "did you mean 'barn owl'"),
            (
                "cat,dog",
                r"several classes pass a list, \['cat', 'dog'\]\):",
            ),
            ("owl", "did you mean 'barn owl'"),
            (["cat", "zebra"], "no class 'zebra': the classes are cat, dog, barn owl, 2"),
            ("1", r"no class '1': .*, or by number 0\.\.3\.$"),
            (
                ["cat", 4],
                r"no label 4: the classes are cat, .*, 2, or .* 0\.\.3",
            ),
            (["cat", 10**30], "no label 1000"),
            (["cat", 1.0], "integers or names, got object"),
            (["cat", True], "integers or names, got object"),
            ([["cat", "dog"]], "a class or 2 of them"),
            (["cat", "dog", "2"], "a class or 2 of them"),
        ],
    )
    def test_what_is_no_class_is_said(self, given, message):
        with pytest.raises(ValueError, match=message):
            self.ANIMALS.chosen(2, given)

    @pytest.mark.parametrize("form", ["NFC", "NFD"])
    def test_an_accent_may_be_written_in_two_ways(self, form):
        names = [unicodedata.normalize(form, name) for name in ("Würfel", "étoile")]
        for typed in ("NFC", "NFD"):
            labels = [unicodedata.normalize(typed, one) for one in ("Étoile", "Würfel")]
            assert Classes(2, names).chosen(2, labels).tolist() == [1, 0]

    def test_names_that_differ_in_case_only_are_not_guessed(self):
        owls = Classes(3, ["owl", "Owl", "OWLS"])
        assert owls.chosen(2, ["Owl", "owls"]).tolist() == [1, 2]
        with pytest.raises(ValueError, match="no class 'OWL'"):
            owls.chosen(1, "OWL")

    @pytest.mark.parametrize("wrong, what", [("owl", "class 'owl'"), (3, "label 3")])
    def test_names_that_are_their_numbers_are_not_listed(self, wrong, what):
        with pytest.raises(ValueError) as caught:
            Classes(3, ["0", "1", "2"]).chosen(1, wrong)
        assert str(caught.value) == f"There is no {what}: use 0..2."

    def test_many_names_are_shortened(self):
        classes = Classes(1000, [f"kind {n:03d}" for n in range(1000)])
        with pytest.raises(ValueError, match="mean 'kind .77'") as caught:
            classes.chosen(1, "kind 77")
        message = str(caught.value)
        assert "kind 000, kind 001" in message and "kind 019, ..., or" in message
        assert "kind 020" not in message and len(message) < 300

    @pytest.mark.parametrize(
        "names, message",
        [
            (["crane", "heron", "crane"], "classes are called 'crane' (0, 2): give"),
            (["a"] * 10, "classes are called 'a' (0, 1, 2, 3, 4, ...): give"),
            (["a", "b", "a", "b"], "classes are called 'a' (0, 2), 'b' (1, 3): give"),
            (["caf\u00e9", "cafe\u0301"], "classes are called 'caf\u00e9' (0, 1): give"),
            (["barn owl", "barn  owl "], "classes are called 'barn owl' (0, 1): give"),
            ([1, "1"], "classes are called '1' (0, 1): give"),
        ],
    )
    def test_two_classes_of_one_name_are_refused(self, names, message):
        with pytest.raises(ValueError) as caught:
            Classes(len(names), names)
        assert f"class_names must differ, but several {message}" in str(caught.value)

    @pytest.mark.parametrize(
        "names", ["owl", b"owl", {0: "a", 1: "b", 2: "c"}, {"a", "b", "c"}, 3]
    )
    def test_names_are_a_list(self, names):
        with pytest.raises(ValueError, match="class_names must be a list of texts"):
            Classes(3, names)

    def test_those_of_data_that_lack_a_class_are_not_taken(self):
        assert Classes(3).taught(["cat", "dog"]).names is None
        assert Classes(2).taught(["cat", "dog"]).names == ("cat", "dog")


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
