"""One check of ints, in one wording, for every room."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import keras_gan as kg
from keras_gan.arguments import check_int, takes
from support import tiny_networks


@given(st.integers(-5, 5), st.integers(-5, 5))
def test_ints_in_range_come_back_and_others_are_named(value, least):
    if value >= least:
        assert check_int("n", np.int64(value), at_least=least) == value
    else:
        with pytest.raises(ValueError, match=f"n must be an int >= {least}, got {value}"):
            check_int("n", value, at_least=least)


def test_what_a_function_takes_is_known_before_it_is_called():
    assert takes(lambda a, b=0: 0, ("a",)) and takes(lambda *all: 0, "abc")
    assert not takes(lambda a, b: 0, ("a",)) and not takes(lambda: 0, ("a",))
    assert takes(max, ("a",))  # In C, without a signature.


@pytest.mark.parametrize("wrong", [True, 1.0, "1", None, np.float32(1), np.bool_(True)])
def test_what_is_no_int_is_refused(wrong):
    with pytest.raises(ValueError, match="n must be an int from 0 to 3"):
        check_int("n", wrong, at_least=0, at_most=3)


@pytest.mark.parametrize("name", ["discriminator_steps", "packing", "seed"])
def test_numpy_ints_are_taken_and_bools_are_not(name):
    gan = kg.GAN(*tiny_networks(packing=1), **{name: np.int64(1)})
    assert type(getattr(gan, name)) is int
    with pytest.raises(ValueError, match=name):
        kg.GAN(*tiny_networks(), **{name: True})
