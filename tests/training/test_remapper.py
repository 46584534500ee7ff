"""Training runs without TensorFlow's remapper where that would give up, and say so."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import keras_gan as kg
from keras_gan.training import remapper


def remapping():
    return tf.config.optimizer.get_experimental_options().get("remapping")


class Noting(layers.Layer):
    """Notes the option when it is traced."""

    noted = ()

    def call(self, x):
        self.noted += (remapping(),)
        return x


def network(*middle):
    x = keras.Input((4, 4, 1))
    return keras.Model(x, keras.Sequential([*middle, layers.Flatten()])(x))


@pytest.mark.parametrize(
    "middle, is_off",
    [
        ([layers.Conv2D(1, 1), layers.LeakyReLU()], True),
        ([layers.Conv2D(1, 1, activation="leaky_relu")], True),
        ([layers.SpectralNormalization(layers.Conv2D(1, 1)), layers.LeakyReLU()], True),
        ([layers.Conv2D(1, 1, activation="relu")], False),
        ([layers.Dense(1), layers.LeakyReLU()], False),
    ],
)
@pytest.mark.parametrize("before", [None, True])
def test_off_only_where_it_gives_up(middle, is_off, before):
    function = remapper.switched_off(remapping, [network(*middle)])
    tf.config.optimizer.set_experimental_options({"remapping": before})
    try:
        assert function() is (False if is_off else before)
        assert remapping() is before
    finally:
        tf.config.optimizer.set_experimental_options({"remapping": None})


def test_off_while_a_step_is_traced():
    z, x = keras.Input((2,)), keras.Input((4, 4, 1))
    noting = Noting()
    y = noting(layers.LeakyReLU()(layers.Conv2D(2, 3)(x)))
    gan = kg.GAN(
        keras.Model(z, layers.Reshape((4, 4, 1))(layers.Dense(16, "tanh")(z))),
        keras.Model(x, layers.Dense(1)(layers.Flatten()(y))),
    )
    gan.compile("sgd", keras.optimizers.SGD(0.1))
    noting.noted = ()
    gan.train_on_batch(np.zeros((2, 4, 4, 1), "float32"))
    assert set(noting.noted) == {False}
    assert remapping() is None
