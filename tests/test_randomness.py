"""Keys and latents: the same call gives the same bits, another call other bits."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gan import latents, randomness


def test_a_key_is_a_pure_function():
    first = randomness.fold(1, 2, randomness.LATENTS, 3)
    assert np.array_equal(first, randomness.fold(1, 2, randomness.LATENTS, 3))


def test_every_argument_changes_the_key():
    seeds, steps, purposes, indices = range(3), range(4), range(6), range(3)
    keys = {
        tuple(randomness.fold(seed, step, purpose, index).numpy())
        for seed in seeds
        for step in steps
        for purpose in purposes
        for index in indices
    }
    assert len(keys) == 3 * 4 * 6 * 3


def test_purposes_are_distinct():
    purposes = [v for k, v in vars(randomness).items() if k.isupper()]
    assert len(purposes) == len(set(purposes)) > 3


def test_steps_beyond_32_bits_do_not_wrap():
    far, near = (randomness.fold(0, step, 0) for step in (2**32 + 5, 5))
    assert not np.array_equal(far, near)


@pytest.mark.parametrize("seed", [-1, 2**31, 1.5, "0", True, None])
def test_refuses_a_seed_out_of_range(seed):
    with pytest.raises(ValueError, match="seed"):
        randomness.check_seed(seed)


@pytest.mark.parametrize("prior", ["normal", "uniform"])
def test_latents_have_mean_zero_and_variance_one(prior):
    z = latents.get(prior)((20_000, 2), [0, 1]).numpy()
    np.testing.assert_allclose(z.mean(axis=0), 0.0, atol=0.03)
    np.testing.assert_allclose(z.var(axis=0), 1.0, atol=0.03)


def test_uniform_latents_fill_their_interval_and_no_more():
    z = latents.Uniform(limit=2.0)((20_000, 1), [0, 1]).numpy()
    assert -2.0 <= z.min() < -1.99 and 1.99 < z.max() <= 2.0


def test_a_callable_prior_is_taken_as_it_is():
    def zeros(shape, seed):
        return tf.zeros(shape)

    assert latents.get(zeros) is zeros


def test_unknown_prior_names_those_that_there_are():
    with pytest.raises(ValueError, match="normal.*uniform"):
        latents.get("cauchy")


def test_config_round_trip():
    config = keras.saving.serialize_keras_object(latents.Uniform(2.0))
    assert keras.saving.deserialize_keras_object(config).limit == 2.0


def test_initial_seeds_of_runs_players_and_layers_are_all_different():
    parts = itertools.product(range(60), range(2), range(3), range(20))
    found = {randomness.initial_seed(*numbers) for numbers in parts}
    assert len(found) == 60 * 2 * 3 * 20
    assert min(found) >= 0 and max(found) < 2**32
    # Spread over all 32 bits: the mean of so many is within five standard deviations.
    spread = 2**32 / np.sqrt(12 * len(found))
    assert abs(np.mean(list(found)) - 2**31) < 5 * spread


@pytest.mark.parametrize("seed", [-1, 2**31, 1.5, True])
def test_initial_seeds_need_a_seed(seed):
    with pytest.raises(ValueError, match="seed must be an int from 0"):
        randomness.initial_seed(seed, 0)
