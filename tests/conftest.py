"""What every test shares: a quiet TensorFlow and the smallest GANs that train."""

import gc
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest
from keras import layers

import keras_gan as kg

# Graphs are many objects that live long: at Python's usual pace, a fifth of the time goes
# into looking for garbage among them.
gc.freeze()
gc.set_threshold(50_000, 10, 20)


def tiny_networks(**options):
    """The 2014 pair for 8x8 images, small enough to train in milliseconds."""
    sizes = {"latent_dim": 4, "generator_units": (16, 16), "discriminator_units": (8, 8)}
    return kg.networks.mlp((8, 8, 1), **{**sizes, **options})


def relu_networks():
    """A dense pair with Keras' own initial weights and nothing random in it."""
    starts = (keras.initializers.GlorotUniform(seed=n) for n in range(4))

    def dense(x, units, activation=None):
        layer = keras.layers.Dense(units, activation, kernel_initializer=next(starts))
        return layer(x)

    z, x = keras.Input((4,)), keras.Input((8, 8, 1))
    made = dense(dense(z, 16, "relu"), 64, "sigmoid")
    generator = keras.Model(z, keras.layers.Reshape((8, 8, 1))(made))
    judged = dense(dense(keras.layers.Flatten()(x), 16, "relu"), 1)
    return generator, keras.Model(x, judged)


def conditional_networks(num_classes=3):
    """A pair for 8x8 images of a class each; labels come in as one-hot."""
    z, label = keras.Input((4,)), keras.Input((), dtype="int32")
    one_hot = layers.CategoryEncoding(num_classes, "one_hot")
    made = layers.Dense(16, "relu")(layers.Concatenate()([z, one_hot(label)]))
    made = layers.Reshape((8, 8, 1))(layers.Dense(64, "sigmoid")(made))
    x, given = keras.Input((8, 8, 1)), keras.Input((), dtype="int32")
    seen = layers.Concatenate()([layers.Flatten()(x), one_hot(given)])
    logits = layers.Dense(1)(layers.Dense(8, "relu")(seen))
    return keras.Model([z, label], made), keras.Model([x, given], logits)


def tiny_gan(networks=None, loss="non_saturating", penalties=(), **options):
    """A compiled GAN on 8x8 images, with Adam for both networks."""
    gan = kg.GAN(*(networks or tiny_networks()), **options)
    gan.compile(
        d_optimizer=keras.optimizers.Adam(1e-2, beta_1=0.5),
        g_optimizer=keras.optimizers.Adam(1e-2, beta_1=0.5),
        loss=loss,
        penalties=penalties,
    )
    return gan


@pytest.fixture(autouse=True)
def seeded():
    """Layers without a seed of their own start alike in whatever order tests run."""
    keras.utils.set_random_seed(0)


@pytest.fixture
def images():
    """40 uint8 images of 8x8, each different."""
    return np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), dtype="uint8")
