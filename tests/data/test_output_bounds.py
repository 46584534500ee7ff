"""What a network's operations say about its outputs."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from keras_gan.data.output_bounds import bounds_of
from keras_gan.data.value_range import range_of

SIGMOID, TANH = (0.0, 1.0), (-1.0, 1.0)
UNBOUNDED = (-math.inf, math.inf)


def network(ending):
    x = keras.Input((3,))
    return keras.Model(x, ending(layers.Dense(4)(x)))


def inner(ending):
    x = keras.Input((4,))
    return keras.Model(x, ending(x))


# Each with the closed interval that its values fill.
KNOWN = {
    "activation": (keras.activations.sigmoid, SIGMOID),
    "operation": (ops.tanh, TANH),
    "of_tensorflow": (layers.Activation(tf.nn.sigmoid), SIGMOID),
    "half_of_tanh_plus_1": (lambda t: (ops.tanh(t) + 1) / 2, SIGMOID),
    "bytes_and_back": (lambda t: 255 * ops.sigmoid(t) / 127.5 - 1, TANH),
    "subtracted_from_1": (lambda t: 1 - 2 * ops.sigmoid(t), TANH),
    "clip": (lambda t: ops.clip(t, -0.5, 2.0), (-0.5, 2.0)),
    "maximum_and_minimum": (lambda t: ops.minimum(ops.maximum(t, -1.0), 1.0), TANH),
    "relu_of_1": (lambda t: layers.ReLU(max_value=1.0)(t), SIGMOID),
    "relu_of_tanh": (lambda t: ops.relu(ops.tanh(t)), SIGMOID),
    "leaky_relu_of_tanh": (lambda t: ops.leaky_relu(ops.tanh(t), 0.5), (-0.5, 1.0)),
    "sigmoid_by_hand": (lambda t: 1 / (1 + ops.exp(-t)), SIGMOID),
    "square": (lambda t: ops.tanh(t) ** 2, SIGMOID),
    "cube": (lambda t: ops.tanh(t) ** 3, TANH),
    "absolute": (lambda t: abs(ops.tanh(t)), SIGMOID),
    "softsign": (ops.softsign, TANH),
    "hard_sigmoid": (ops.hard_sigmoid, SIGMOID),
    "arctan": (lambda t: ops.arctan(t) / (np.pi / 2), TANH),
    "sine": (ops.sin, TANH),
    "softmax": (ops.softmax, SIGMOID),
    "where": (lambda t: ops.where(t > 0, 1.0, -1.0), TANH),
    "part": (lambda t: ops.tanh(t)[:, :2], TANH),
    "cast": (lambda t: ops.cast(ops.tanh(t), "float16"), TANH),
    "padded_with_0": (lambda t: ops.pad(ops.sigmoid(t) + 1, [[0, 0], [0, 1]]), (0, 2)),
    "joined": (lambda t: ops.concatenate([ops.tanh(t), ops.tanh(2 * t)], -1), TANH),
    "sum_of_two": (lambda t: layers.Add()([ops.sigmoid(t), ops.tanh(-t)]), (-1, 2)),
    "mean_of_two": (lambda t: layers.Average()([ops.tanh(t), ops.tanh(2 * t)]), TANH),
    "dropout": (lambda t: layers.Dropout(0.5)(ops.tanh(t)), TANH),
    "sequential": (keras.Sequential([layers.Dense(4), layers.Activation("tanh")]), TANH),
    "functional": (lambda t: inner(ops.sigmoid)(t) * 2 - 1, TANH),
    "passed_through": (lambda t: inner(lambda x: x / 2)(ops.tanh(t)), (-0.5, 0.5)),
    "wrapped": (layers.SpectralNormalization(layers.Dense(4, "tanh")), TANH),
    "after_the_unknown": (lambda t: ops.tanh(layers.Lambda(lambda x: x)(t)), TANH),
    "linear": (lambda t: t, UNBOUNDED),
    "leaky_relu": (ops.leaky_relu, UNBOUNDED),
    "relu": (ops.relu, (0.0, math.inf)),
    "residual": (lambda t: t + ops.sigmoid(t), UNBOUNDED),
    "logit": (lambda t: ops.log(ops.sigmoid(t) / (1 - ops.sigmoid(t))), UNBOUNDED),
    "channels": (lambda t: ops.tanh(t) * np.float32([1, 2, 3, 4]), UNBOUNDED),
    "unlike": (lambda t: ops.concatenate([ops.tanh(t), ops.sigmoid(t)], -1), UNBOUNDED),
    "dense": (lambda t: layers.Dense(2)(ops.sigmoid(t)), UNBOUNDED),
}


@pytest.mark.parametrize("ending, expected", KNOWN.values(), ids=KNOWN)
def test_follows_operations(ending, expected):
    model = network(ending)
    bounds = bounds_of(model)
    assert (bounds.low, bounds.high) == pytest.approx(expected)
    assert bounds.unknown is None
    far = 1e3 * np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
    made = np.asarray(model(far, training=False), "float32")
    assert expected[0] - 1e-6 <= made.min() and made.max() <= expected[1] + 1e-6
    is_range = all(map(math.isfinite, expected))
    assert range_of(model) == ((bounds.low, bounds.high) if is_range else None)


class Own(layers.Layer):
    def call(self, x):
        return ops.sigmoid(x)


class OwnModel(keras.Model):
    def call(self, x):
        return ops.sigmoid(x)


UNKNOWN = {
    "lambda": lambda t: layers.Lambda(ops.sigmoid, name="last")(t),
    "layer": lambda t: Own(name="last")(t),
    "model": lambda t: OwnModel(name="last")(t),
    "arithmetic_after_it": lambda t: 2 * Own(name="last")(t) - 1,
    "activation": layers.Activation(lambda x: ops.sigmoid(2 * x)),
    "operation": lambda t: ops.cumprod(t, axis=1),
}


@pytest.mark.parametrize("ending", UNKNOWN.values(), ids=UNKNOWN)
def test_says_what_it_does_not_know(ending):
    model = network(ending)
    assert bounds_of(model).unknown in ("last", "<lambda>", "cumprod")
    assert range_of(model) is None


@pytest.mark.parametrize("name", ["half_of_tanh_plus_1", "functional", "relu_of_1"])
def test_a_saved_network_has_the_same_bounds(name, tmp_path):
    model = network(KNOWN[name][0])
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert bounds_of(again)[:2] == bounds_of(model)[:2]
