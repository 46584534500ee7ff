"""What the guards of a run cost: their CPU time as a share of a training step."""

import os
import statistics
import tempfile
import time

import keras
import tensorflow as tf

from keras_gan import data, networks, pictures
from keras_gan.callbacks import Health, NanGuard, TrainingCheckpoint
from keras_gan.callbacks.health import SYMPTOMS
from keras_gan.gan import GAN
from studies.outcome import Claim, Outcome

PAIRS = {"2014": networks.mlp, "convolutional": networks.dcgan}
HEALTH_EVERY = 250
# Checks per timing: a single one is shorter than the noise of the clock.
REPEATS, STEPS_WATCHED = 20, 400


def run(seeds, options):
    """Times the guards on the two pairs of networks that the presets train.

    The work of the guards is timed by itself, many times over, because it is less than
    the difference between two steps of a run.

    Args:
        seeds: list of ints, of which only the first is used.
        options: `quick`: fewer and shorter rounds, one pair of networks.

    Returns:
        An `Outcome`.
    """
    quick = options.quick
    rounds, steps = (1, 5) if quick else (7, 60)
    names = list(PAIRS)[:1] if quick else list(PAIRS)
    real = data.load("mnist5k", batch_size=64)
    measured = {name: _measure(name, real, seeds[0], rounds, steps) for name in names}
    claims = [
        Claim(
            f"{name}: cost of FiniteCheck, NanGuard and Health, share of a step",
            one["guards_share"],
            0.5 if quick else 0.02,
        )
        for name, one in measured.items()
    ]
    return Outcome(measured, claims, _draw(measured))


def _measure(name, real, seed, rounds, steps):
    gan = _build(name, real, seed)
    _train(gan, real, [], 1)  # compiles
    timings = [_cpu_seconds(_train, gan, real, [], steps) for _ in range(rounds)]
    step = 1000.0 * statistics.median(timings) / steps
    guard = _guard_milliseconds(gan)
    with tempfile.TemporaryDirectory() as folder:
        health = _health_milliseconds(gan, folder)
        saving, size = _checkpoint(gan, real, folder)
    return {
        "cpu_ms_per_step": step,
        "cpu_ms_per_step_of_rounds": sorted(1000.0 * t / steps for t in timings),
        "nan_guard_ms_per_step": guard,
        "nan_guard_share": guard / step,
        "health_ms_per_check": health,
        "health_share": health / HEALTH_EVERY / step,
        "guards_share": (guard + health / HEALTH_EVERY) / step,
        "checkpoint_seconds": saving,
        "checkpoint_mib": size,
    }


def _build(name, real, seed):
    generator, discriminator = PAIRS[name](real.sample_shape, 32, seed=seed)
    gan = GAN(generator, discriminator, ema_decay=0.998, seed=seed)
    gan.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3))
    return gan


def _train(gan, real, callbacks, steps):
    gan.fit(real, epochs=1, steps_per_epoch=steps, verbose=0, callbacks=callbacks)


def _cpu_seconds(function, *arguments):
    before = time.process_time()
    function(*arguments)
    return time.process_time() - before


def _guard_milliseconds(gan):
    """Time per step of `FiniteCheck` and `NanGuard`, including the calls."""
    samples = tf.constant(gan.real_samples[:, None])
    weights = gan.discriminator.weights + gan.generator.weights
    step = tf.Variable(0, dtype=tf.int64)
    guard = NanGuard()
    guard.set_model(gan)
    logs = {metric.name: float(metric.result()) for metric in gan.training_metrics}

    @tf.function
    def check():
        gan.finite_check.check(step, samples, gan.training_metrics, weights)
        step.assign_add(1)

    def watch():
        for _ in range(STEPS_WATCHED):
            check()
            guard.on_train_batch_end(0, logs)

    check()
    return 1000.0 * _cpu_seconds(watch) / STEPS_WATCHED


def _health_milliseconds(gan, folder):
    health = Health(folder, every_steps=HEALTH_EVERY)
    health.set_model(gan)
    health.on_train_begin()
    health.warned = dict.fromkeys(SYMPTOMS, 0)  # As if it had warned of all.
    health._logs = dict.fromkeys(("g_grad_norm", "real_score", "fake_score"), 0.5)
    health._logs["d_loss"] = 1.4
    health.act(1)  # Measures the real samples, once in a run.
    checks = _cpu_seconds(lambda: [health.act(step) for step in range(2, 2 + REPEATS)])
    return 1000.0 * checks / REPEATS


def _checkpoint(gan, real, folder):
    checkpoint = TrainingCheckpoint(os.path.join(folder, "checkpoints"))
    _train(gan, real, [checkpoint], 1)
    before = time.monotonic()
    checkpoint._save()
    seconds = time.monotonic() - before
    newest = checkpoint.checkpoints.newest()
    return seconds, os.path.getsize(newest.path) / 2**20


def _draw(measured):
    figure, axes = pictures.new_figure(6.0, 3.0)
    names = list(measured)
    for offset, part in enumerate(("nan_guard_share", "health_share")):
        shares = [100.0 * measured[name][part] for name in names]
        axes.barh([n + 0.3 * offset for n in range(len(names))], shares, 0.3, label=part)
    axes.axvline(2.0, color="grey", linestyle="--", label="2 %: the most it may cost")
    axes.set(yticks=range(len(names)), yticklabels=names, xlabel="% of a step's CPU time")
    axes.legend(fontsize=8)
    return pictures.figure_pixels(figure)
