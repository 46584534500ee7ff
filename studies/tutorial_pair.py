"""The networks of tensorflow.org's DCGAN tutorial, for comparison only."""

import keras
from keras import layers

LATENT_DIM = 100


def build(seed):
    """Makes the tutorial's (generator, discriminator) for 28x28 grey images in [-1, 1].

    Only the random numbers differ, since `seed` is set here. As in the tutorial, D
    returns a logit.
    """
    keras.utils.set_random_seed(seed)
    generator = keras.Sequential(
        [
            keras.Input((LATENT_DIM,)),
            layers.Dense(7 * 7 * 256, use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Reshape((7, 7, 256)),
            _doubled(128, 1),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            _doubled(64, 2),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            _doubled(1, 2, activation="tanh"),
        ],
        name="tutorial_generator",
    )
    discriminator = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(64, 5, strides=2, padding="same"),
            layers.LeakyReLU(),
            layers.Dropout(0.3),
            layers.Conv2D(128, 5, strides=2, padding="same"),
            layers.LeakyReLU(),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(1),
        ],
        name="tutorial_discriminator",
    )
    return generator, discriminator


def _doubled(filters, strides, **options):
    return layers.Conv2DTranspose(
        filters, 5, strides=strides, padding="same", use_bias=False, **options
    )
