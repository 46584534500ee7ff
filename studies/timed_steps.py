"""Times the training steps of a preset, in one process or as one of several workers.

    python -m studies.timed_steps '{"preset": "mlp", "minibatches": [64], ...}'

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
    """Notes the time at which each step ended."""

    def __init__(self):
        super().__init__()
        self.ends = []

    def on_train_batch_end(self, batch, logs=None):
        self.ends.append(time.perf_counter())


def seconds_per_step(preset, gan, minibatch, steps):
    """Median over blocks of the mean time of a training step.

    Args:
        preset: Its name, which says what the data are.
        gan: What its recipe builds.
        minibatch: Samples in the whole minibatch.
        steps: How many to time.
    """
    real = Recipe.preset(preset, batch_size=minibatch).load_data()
    clock = Clock()
    # The first block compiles.
    number = BLOCK + 1 + steps
    gan.fit(real, epochs=1, steps_per_epoch=number, verbose=0, callbacks=[clock])
    blocks = np.diff(clock.ends[BLOCK:]).reshape(-1, BLOCK).mean(axis=1)
    return statistics.median(blocks)


def seconds_to_draw(gan, minibatch):
    """Time of a step's latents, which each replica draws for the whole minibatch."""
    shape = (gan.discriminator_steps + 1, minibatch, *gan.generator.input_shape[1:])
    draw = tf.function(lambda: tf.random.stateless_normal(shape, seed=(0, 0)))
    return median_seconds(lambda: draw().numpy(), 50)


def seconds_of_collectives(devices):
    """Time of one all-reduce inside of a compiled step, by the number of floats."""
    return {size: _all_reduce(devices, size, 8) for size in SIZES}


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


def measure(preset, minibatches, steps, seed, several):
    """Builds a preset and times it; returns JSON values.

    Args:
        preset: Its name.
        minibatches: Sizes of the whole minibatch.
        steps: Steps to time for each.
        seed: Seed of the run.
        several: Whether this process is one of several workers, as TF_CONFIG says.
    """
    devices = distribution.strategy("multi_worker" if several else "none")
    recipe = Recipe.preset(preset, seed=seed)
    with devices.scope():
        gan = recipe.build(recipe.load_data())
    found = {"step": {m: seconds_per_step(preset, gan, m, steps) for m in minibatches}}
    if several:
        found["all_reduce"] = seconds_of_collectives(devices)
        found["agreement"] = median_seconds(lambda: gan.replicas.of_all(0), 50)
    else:
        found["draw"] = seconds_to_draw(gan, max(minibatches))
    return found


if __name__ == "__main__":
    print(json.dumps(measure(**json.loads(sys.argv[1]))))
