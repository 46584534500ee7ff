"""A fixed generator with a known density, and a D that is trained against it."""

import keras
import numpy as np
from scipy.stats import norm

from keras_gan import networks
from keras_gan.gan import GAN

MINIBATCH = 1000
# Updates of D in one training step: many, since the update of G changes nothing here.
K = 10


def gaussian_generator(mean, std):
    """G(z) = mean + std * z, so that p_g = N(mean, std^2) for normal latents."""
    z = keras.Input((1,))
    made = keras.layers.Dense(
        1,
        kernel_initializer=keras.initializers.Constant(std),
        bias_initializer=keras.initializers.Constant(mean),
    )(z)
    return keras.Model(z, made)


def game(mean, std, updates, seed, k=K):
    """A `GAN` in which only D learns: the learning rate of G is 0.

    Args:
        mean: Mean of p_g.
        std: Standard deviation of p_g.
        updates: Updates of D, over which its learning rate falls to 0.
        seed: Seed of the weights and the latents.
        k: Updates of D in one training step, which compiles the longer the larger k is.

    Returns:
        A compiled `GAN`.
    """
    discriminator = networks.line(seed=seed)[1]
    gan = GAN(
        gaussian_generator(mean, std), discriminator, discriminator_steps=k, seed=seed
    )
    gan.compile(
        d_optimizer=keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(5e-3, updates), 0.9, 0.99
        ),
        g_optimizer=keras.optimizers.SGD(0.0),
        loss="minimax",
    )
    return gan


def train(gan, p_data, updates, seed):
    """Trains D by `GAN.fit` on real samples that never repeat."""
    points = p_data.sample(updates * MINIBATCH, seed=[seed, 7]).astype("float32")
    gan.fit(points, batch_size=MINIBATCH, epochs=1, verbose=0)


def logit(gan):
    """Returns the trained D as a function on the line, array (n,) -> (n,)."""

    def at(x):
        points = np.asarray(x, "float32")[:, None]
        blocks = np.array_split(points, max(1, len(points) // 4096))
        found = [gan.discriminator(block, training=False) for block in blocks]
        return np.concatenate([np.asarray(part, float)[:, 0] for part in found])

    return at


def log_density(mean, std):
    """Returns log p_g of `gaussian_generator`, a function of an array."""
    return norm(mean, std).logpdf
