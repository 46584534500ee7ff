"""Times the training steps of a preset, in one process or as one of several workers.

    python -m studies.timed_steps '{"presets": ["mlp"], "minibatches": [64], ...}'

It is a program of its own because TensorFlow counts the cores that it may use, and reads
TF_CONFIG, only once. The study `scaling` starts it.
"""

import json
import statistics
import sys
import time

import keras
import numpy as np
import tensorflow as tf

from keras_gan.recipe import Recipe
from keras_gan.training import distribution

# A block of steps holds one lazy penalty or more.
BLOCK = 4
# Float32 numbers in one all-reduce.
SIZES = tuple(2**n for n in (0, 14, 17, 19, 20, 21))


class Clock(keras.callbacks.Callback):
    """Notes the times, real and of the CPU, at which each step ended."""

    def __init__(self):
        super().__init__()
        self.ends = []

    def on_train_batch_end(self, batch, logs=None):
        self.ends.append((time.perf_counter(), time.process_time()))


def seconds_of_steps(gan, real, steps, callbacks=()):
    """Times of the steps of a `fit`, but the first one, which prepares.

    Args:
        gan: What a recipe builds.
        real: Its data, in minibatches.
        steps: How many to time.
        callbacks: Callbacks of `fit`. Defaults to (): none.

    Returns:
        An array (steps, 2): real, and of the CPU, the time of all threads.
    """
    clock = Clock()
    options = {"epochs": 1, "steps_per_epoch": 1 + steps, "verbose": 0}
    gan.fit(real, callbacks=[*callbacks, clock], **options)
    return np.diff(clock.ends, axis=0)


def seconds_per_step(gan, real, steps):
    """Times of a training step, medians over blocks of steps.

    Args:
        gan: What a recipe builds.
        real: Its data, in minibatches.
        steps: How many to time, a multiple of `BLOCK`.

    Returns:
        A dict: "real", and "cpu", the time of all threads of this process.
    """
    # The first block compiles.
    taken = seconds_of_steps(gan, real, BLOCK + steps)[BLOCK:]
    blocks = taken.reshape(-1, BLOCK, 2).mean(axis=1)
    return dict(zip(("real", "cpu"), np.median(blocks, axis=0).tolist(), strict=True))


def seconds_to_draw(gan):
    """Time per sample of a step's latents, which are drawn for the whole minibatch."""
    rows = 128 * (gan.discriminator_steps + 1)
    shape = (rows, *gan.generator.input_shape[1:])
    draw = tf.function(lambda: tf.random.stateless_normal(shape, seed=(0, 0)))
    return median_seconds(lambda: draw().numpy(), 50) / 128


def seconds_of_collectives(devices):
    """Time of one all-reduce inside of a compiled step, by the number of floats."""
    return {str(size): _all_reduce(devices, size, 8) for size in SIZES}


def _all_reduce(devices, size, in_a_row):
    def replica():
        x = tf.ones((size,))
        for _ in range(in_a_row):  # Each waits for the one before.
            (x,) = distribution.mean_over_replicas([x])
        return x[0]

    run = tf.function(lambda: devices.run(replica), autograph=False)
    return median_seconds(lambda: run().numpy(), 20) / in_a_row


def median_seconds(function, repeats):
    """Median time of a call, without the first, which compiles."""
    function()
    times = []
    for _ in range(repeats):
        before = time.perf_counter()
        function()
        times.append(time.perf_counter() - before)
    return statistics.median(times)


def measure(presets, minibatches, steps, seed, several):
    """Builds presets and times them; returns JSON values.

    Args:
        presets: Their names.
        minibatches: Sizes of the whole minibatch.
        steps: Steps to time for each.
        seed: Seed of the runs.
        several: Whether this process is one of several workers, as TF_CONFIG says.
    """
    devices = distribution.strategy("multi_worker" if several else "none")
    found = {}
    for name in presets:
        recipe = Recipe.preset(name, seed=seed)
        real = recipe.load_data()
        with devices.scope():
            gan = recipe.build(real)
        times = {}
        for m in minibatches:
            data = Recipe.preset(name, batch_size=m).load_data()
            times[str(m)] = seconds_per_step(gan, data, steps)
        found[name] = {"steps": times, "draw": seconds_to_draw(gan)}
    if several:
        found["all_reduce"] = seconds_of_collectives(devices)
        found["agreement"] = median_seconds(lambda: gan.replicas.of_all(0), 50)
    return found


if __name__ == "__main__":
    print(json.dumps(measure(**json.loads(sys.argv[1]))))
