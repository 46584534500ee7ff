"""Trains the GANs of `test_distribution` on one device or several.

A failed collective spoils the process it happens in, and devices are set before
TensorFlow starts: so each test has a process of its own, which calls a function here.
"""

import os
import pathlib

import keras
import numpy as np
import tensorflow as tf
from keras import layers

import keras_gan

P = keras_gan.penalties


def dense_networks(num_classes=None, packing=1, batch_norm=False):
    """G and D for points of four coordinates, with everything that is random in Keras."""
    keras.utils.set_random_seed(1)
    z, x = keras.Input((5,)), keras.Input((4 * packing,))
    g_inputs, d_inputs, h, d = z, x, z, x
    if num_classes:
        label, other = (keras.Input((), dtype="int32") for _ in range(2))
        g_inputs, d_inputs = [z, label], [x, other]
        h = layers.Concatenate()([z, layers.Embedding(num_classes, 3)(label)])
        d = layers.Concatenate()([x, layers.Embedding(num_classes, 3)(other)])
    h = layers.Dense(8, "relu", kernel_regularizer=keras.regularizers.L2(1e-3))(h)
    if batch_norm:
        h = layers.BatchNormalization()(h)
    d = layers.Dropout(0.3)(layers.Dense(8, "leaky_relu")(d))
    d = layers.GaussianNoise(0.1)(d)
    generator = keras.Model(g_inputs, layers.Dense(4, "tanh")(h))
    return generator, keras.Model(d_inputs, layers.Dense(1)(d))


def image_networks():
    """G and D for images of 8x8, with batch statistics and dropped channels."""
    keras.utils.set_random_seed(1)
    z, x = keras.Input((5,)), keras.Input((8, 8, 1))
    h = layers.Reshape((4, 4, 2))(layers.Dense(32)(z))
    h = layers.ReLU()(layers.BatchNormalization()(h))
    h = layers.Conv2DTranspose(1, 4, 2, "same", activation="tanh")(h)
    d = layers.SpatialDropout2D(0.4)(layers.Conv2D(4, 3, 2, "same")(x))
    d = layers.Flatten()(layers.LeakyReLU()(d))
    return keras.Model(z, h), keras.Model(x, layers.Dense(1, dtype="float32")(d))


def adam():
    return keras.optimizers.Adam(1e-3, beta_1=0.5)


def sgd():
    return keras.optimizers.SGD(0.02)


def clipped():
    return keras.optimizers.Adam(1e-3, global_clipnorm=0.1, weight_decay=0.01)


# name: (networks, options of GAN, optimizer, options of compile, precision)
CASES = {
    "averaged": (
        dense_networks,
        {"ema_decay": 0.9},
        adam,
        {"penalties": [P.R1(1.0, interval=2)], "steps_per_execution": 4},
        "float32",
    ),
    "packed": (
        lambda: dense_networks(packing=2),
        {
            "discriminator_steps": 3,
            "packing": 2,
            "augmentations": [keras_gan.augmentations.InstanceNoise(0.2)],
        },
        sgd,
        # No penalty: reals and fakes share a pass, with dropout and noise of their own.
        {"loss": "minimax"},
        "float32",
    ),
    "conditional": (
        lambda: dense_networks(num_classes=3, batch_norm=True),
        {"num_classes": 3},
        clipped,
        {"loss": "relativistic", "penalties": [P.R1(1.0), P.R2(0.5, interval=3)]},
        "float32",
    ),
    "images": (
        image_networks,
        {"augmentations": [keras_gan.augmentations.DiffAugment()]},
        adam,
        {"penalties": [P.GradientPenalty(1.0, interval=2)]},
        "float32",
    ),
    "bfloat16": (image_networks, {"simultaneous": True}, sgd, {}, "mixed_bfloat16"),
}


def trained(strategy, name):
    """Weights, logs and scores after 12 steps of one of the cases."""
    networks, options, optimizer, compiled, precision = CASES[name]
    keras.config.set_dtype_policy(precision)
    with strategy.scope():
        gan = keras_gan.GAN(*networks(), seed=3, **options)
        gan.compile(optimizer(), optimizer(), **compiled)
    random = np.random.default_rng(0)
    samples = random.uniform(-1, 1, (12 * 24 + 5, *gan.sample_shape)).astype("float32")
    labels = np.arange(len(samples)) % 3
    data = (samples, labels) if gan.is_conditional else samples
    options = {"batch_size": 8}
    if samples.ndim == 4:  # Images, each the same way round wherever it is seen.
        real = keras_gan.data.Batches(samples, mirror=True, **options)
        options = {}
    else:
        real = data
    history = gan.fit(real, epochs=2, steps_per_epoch=4, verbose=0, **options)
    # The rest in one call for each step.
    for i in range(4):
        rows = slice(24 * i, 24 * i + 8 * gan.discriminator_steps)
        parts = data if gan.is_conditional else (data,)
        minibatches = [
            part[rows].reshape(8, gan.discriminator_steps, *part.shape[1:])
            for part in parts
        ]
        gan.train_on_batch(*minibatches)
    scores = gan.evaluate(data, batch_size=8, verbose=0)
    return {
        **{f"weight/{n}": w.numpy() for n, w in enumerate(gan.variables)},
        **{f"log/{n}": np.float64(v) for n, v in history.history.items()},
        **{f"score/{n}": np.float64(v) for n, v in scores.items()},
    }


def two_devices():
    """A mirrored strategy over two logical CPUs."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    logical = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, logical)
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def train_all(strategy_name, folder, names):
    """Writes an npz file for each case."""
    if strategy_name == "mirrored":
        strategy = two_devices()
    else:
        strategy = keras_gan.distribution.strategy(strategy_name)
    for name in names:
        np.savez(pathlib.Path(folder) / f"{name}.npz", **trained(strategy, name))


def as_worker(config, work):
    """Calls a function with its arguments, as the worker that TF_CONFIG describes."""
    os.environ["TF_CONFIG"] = config
    function, *arguments = work
    function(*arguments)
