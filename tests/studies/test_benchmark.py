"""The benchmark: its contestants train, and its arithmetic."""

import dataclasses
import importlib.util

import keras
import numpy as np
import pytest

from studies import benchmark, contestants


def linear_networks():
    """The smallest pair for the benchmark's images."""
    z, images = keras.Input((4,)), keras.Input((28, 28, 1))
    made = keras.layers.Reshape((28, 28, 1))(keras.layers.Dense(784, "sigmoid")(z))
    logits = keras.layers.Dense(1)(keras.layers.Flatten()(images))
    return keras.Model(z, made), keras.Model(images, logits)


MADE = []


def tiny():
    """A workload that trains in no time, whose networks are kept in `MADE`."""

    def networks():
        MADE.append(linear_networks())
        return MADE[-1]

    return dataclasses.replace(contestants.WORKLOADS["W4"], networks=networks)


def weights():
    return [np.array(weight) for network in MADE[-1] for weight in network.weights]


class TurnEnds(Exception):
    """Two steps are enough."""


class OneTurn(contestants.Turns):
    def __init__(self):
        super().__init__(block=2)

    def begin(self):
        self.before = weights()

    def end(self):
        raise TurnEnds


@pytest.mark.parametrize("name", ["plain fit", "no average", "hand-written"])
def test_contestants_train_both_networks_with_the_penalty(name):
    turn = OneTurn()
    with pytest.raises(TurnEnds):
        contestants.CONTESTANTS[name](tiny(), turn)
    for old, new in zip(turn.before, weights(), strict=True):
        assert np.isfinite(new).all() and not np.array_equal(old, new)


def test_the_2014_pair_of_keras_layers_is_ours():
    """Same weights, same logits: Dense, Reshape and max are a maxout layer."""
    _, ours = contestants._paper()
    _, theirs = contestants._paper_in_keras()
    for own, weight in zip(theirs.weights, ours.weights, strict=True):
        value = np.array(weight)
        if value.shape[-1] == 1200:  # Ours holds all first pieces, then all second ones.
            pieces = value.reshape(*value.shape[:-1], 5, 240)
            value = np.swapaxes(pieces, -1, -2).reshape(value.shape)
        own.assign(value)
    x = np.random.default_rng(0).normal(size=(3, 28, 28, 1))
    np.testing.assert_allclose(theirs(x), ours(x), rtol=1e-4, atol=1e-6)


def test_counts_the_operations_of_the_2014_pair():
    g = 100 * 1200 + 1200 * 1200 + 1200 * 784
    d = 784 * 1200 + 240 * 1200 + 240
    by_hand = 2 * 100 * ((6 * d + g) + 3 * g + 2 * d) / 1e9
    assert contestants.WORKLOADS["W1"].gflop() == pytest.approx(by_hand)
    by_hand = 2 * 100 * (5 * (6 * d + g) + 3 * g + 2 * d) / 1e9
    assert contestants.WORKLOADS["W3"].gflop() == pytest.approx(by_hand)


class Told:
    """A contestant that has taken its turns."""

    def __init__(self, name, times):
        self.name, self.ready = name, 12.3
        self.turns = [{"real": one, "cpu": 2 * one, "mib": 900.4} for one in times]


def test_a_ratio_is_that_of_neighbouring_turns():
    base = Told("plain fit", [10.0, 20.0, 40.0])
    one = benchmark._of(Told("keras_gan", [5.0, 16.0, 40.0]), base)
    assert one["real_ms"] == 16.0 and one["cpu_ms"] == 32.0
    assert one["real_ratio"] == one["cpu_ratio"] == [1.125, 1.25, 1.625]
    lines = benchmark.rows_of(
        {"gflop": 3.2, "contestants": {"hand-written": one}}, {"float32": 400}
    )
    assert all(len(line) <= 80 for line in lines)
    # 3.2 GFLOP in 16 ms are 200 GFLOP/s.
    assert lines[1].split() == (
        "hand-written 16.0 1.25 (1.12-1.62) 32.0 1.25 (1.12-1.62) 0.50 900 12".split()
    )


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs torch")
@pytest.mark.parametrize("name", ["W1", "W2"])
def test_pytorch_has_networks_of_the_same_size(name):
    from studies import torch_loop

    ours = contestants.WORKLOADS[name].networks()
    theirs = torch_loop._paper() if name == "W1" else torch_loop._tutorial()
    for own, their in zip(ours, theirs, strict=True):
        trained = sum(np.prod(weight.shape) for weight in own.trainable_weights)
        assert trained == sum(one.numel() for one in their.parameters())
