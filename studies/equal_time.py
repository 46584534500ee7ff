"""Runs with equal CPU time, so that slow steps count."""

import time

from keras_gan import data
from keras_gan.callbacks import Limits
from keras_gan.cli.measurement import taken
from keras_gan.data.choice import some_of
from keras_gan.data.value_range import unscale
from keras_gan.evaluation import Settings, Suite
from keras_gan.recipe import Recipe
from keras_gan.training.resuming import Remembers


class CpuTime(Remembers):
    """Counts the CPU-seconds of training, of all cores together, and can end it.

    Unlike wall time, they hardly depend on what else the machine does. The time to trace
    the training step is included. A resumed run continues to count.

    Args:
        limit: Seconds after which training ends. Defaults to None: never.
    """

    REMEMBERED = ("seconds",)

    def __init__(self, limit=None):
        super().__init__()
        self.limit = limit
        self.seconds = 0.0

    def on_train_begin(self, logs=None):
        self._seen = time.process_time()

    def on_train_batch_end(self, batch, logs=None):
        seen, self._seen = self._seen, time.process_time()
        self.seconds += self._seen - seen
        if self.limit is not None and self.seconds >= self.limit:
            self.model.stop_training = True


def measured_by(dataset, metrics, num):
    """Makes a `Suite` that compares with at most `num` test images of a data set."""
    train, test = (
        data.load(dataset, split=split, batch_size=1) for split in ("train", "test")
    )
    samples, labels = taken(test, some_of(len(test.samples), num))
    return Suite(train, samples, Settings(metrics, dataset=dataset), labels=labels)


def train(preset, flags, cpu_seconds):
    """Trains the GAN of a preset for that long, or to its own end.

    Args:
        preset: Name of a preset.
        flags: dict of options that differ.
        cpu_seconds: As in `CpuTime`; None: to its own end.

    Returns:
        The trained `GAN`.
    """
    recipe = Recipe.preset(preset, **flags)
    real = recipe.load_data()
    return train_gan(recipe.build(real), real, cpu_seconds, recipe.steps_for(real))


def train_gan(gan, real, cpu_seconds, steps=None):
    """Trains a compiled `GAN` for that long, or for `steps`; returns it."""
    callbacks = [CpuTime(cpu_seconds), Limits(steps)]
    gan.fit(real, epochs=10**6, verbose=0, callbacks=callbacks)
    return gan


def score(gan, suite, num):
    """Measures `num` samples of a trained GAN: (numbers by name, uint8 samples)."""
    samples = unscale(gan.sample(num, seed=1), gan.value_range)
    numbers = {name: one.value for name, one in suite.measure(samples).items()}
    return {"steps": int(gan.step.numpy()), **numbers}, samples
