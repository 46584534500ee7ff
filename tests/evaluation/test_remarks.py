"""What is said of a table of results, and of which nothing is."""

import math

import pytest

from keras_gan.evaluation import Result
from keras_gan.evaluation.remarks import remarks


def results(**values):
    return {name: Result(value, 0.01, n=100) for name, value in values.items()}


FLOOR = results(precision=0.9, recall=0.8, coverage=0.97, density=1.0, fd_x=0.05, kid=0)


@pytest.mark.parametrize(
    "values, named",
    [
        # Just half of the floor, and just below.
        ({"recall": 0.4, "precision": 0.45}, []),
        ({"recall": 0.399, "precision": 0.449}, ["precision", "recall"]),
        ({"coverage": 0.04}, ["coverage"]),
        # A healthy run; distances have no such bounds.
        (
            {"precision": 0.85, "recall": 0.5, "density": 0.3, "fd_x": 7.5, "kid": -0.1},
            [],
        ),
        ({"recall": math.nan}, []),
        ({"is": 1.0, "modes": 1.0}, []),  # Without a floor.
    ],
)
def test_low_is_below_half_of_what_real_samples_get(values, named):
    lines = remarks(results(**values), FLOOR)
    assert [line.split()[0] for line in lines] == named


def test_all_that_can_be_low():
    names = ("precision", "recall", "coverage", "is", "modes")
    values = dict.fromkeys(names, 1.0)
    floor = dict.fromkeys(names, 4.0)
    lines = remarks(results(**values), results(**floor))
    assert [line.split()[0] for line in lines] == list(names)
    assert lines[1] == (
        "recall is low, 1 (real samples: 4): samples cover few of the real ones."
    )
