"""NaN is found inside the step, wherever it hides, and its traces are written down."""

import functools
import json
import re

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gan as kg
from keras_gan.storage.checkpoints import Checkpoints
from keras_gan.training.finite import WEIGHTS_EVERY, FiniteCheck
from support import (
    KillAt,
    Killed,
    TracedOnce,
    all_variables,
    relu_networks,
    tiny_gan,
    tiny_networks,
)

as_new = TracedOnce()


class BreakOneWeight(keras.callbacks.Callback):
    """Makes one single weight NaN or infinite after a step."""

    def __init__(self, network, step=3, value=np.nan):
        super().__init__()
        self.network, self.step, self.value = network, step, value

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.step) == self.step:
            weight = getattr(self.model, self.network).weights[0]
            values = np.array(weight)
            values.flat[0] = self.value
            weight.assign(values)


@pytest.mark.parametrize(
    "network, value",
    [("generator", np.nan), ("generator", np.inf), ("discriminator", np.nan)],
)
def test_one_broken_weight_stops_training_within_20_steps(network, value, images):
    # Fused ReLUs turn NaN into 0, so that no loss need show it.
    gan, guard = as_new(), kg.callbacks.NanGuard()
    breaks = BreakOneWeight(network, value=value)
    gan.fit(images, batch_size=4, epochs=9, verbose=0, callbacks=[breaks, guard])
    assert 3 < guard.diverged_at <= 3 + WEIGHTS_EVERY
    assert gan.finite_check.broken_at is not None


def check(finite_check, step, samples, *, log=1.0, weight=1.0):
    tracker = keras.metrics.Mean()
    tracker.update_state(log)
    step = tf.constant(step, tf.int64)
    samples = tf.constant(samples, tf.float32)
    finite_check.check(step, samples, [tracker], [tf.Variable([0.0, weight])])


class TestFiniteCheck:
    @pytest.mark.parametrize("log", [np.nan, np.inf, -np.inf])
    def test_any_log_is_seen_at_once(self, log):
        finite_check = FiniteCheck()
        check(finite_check, 5, [[1.0]])
        assert finite_check.broken_at is None
        check(finite_check, 6, [[1.0]], log=log)
        check(finite_check, 7, [[1.0]])
        assert finite_check.broken_at == 6

    def test_weights_are_seen_in_every_20th_step(self):
        finite_check = FiniteCheck()
        check(finite_check, WEIGHTS_EVERY - 2, [[1.0]], weight=np.nan)
        assert finite_check.broken_at is None
        check(finite_check, WEIGHTS_EVERY - 1, [[1.0]], weight=np.nan)
        assert finite_check.broken_at == WEIGHTS_EVERY - 1

    def test_describes_the_samples_of_the_broken_step(self):
        finite_check = FiniteCheck()
        check(finite_check, 0, [[[1.0, 3.0]], [[-1.0, 5.0]]], log=np.nan)
        check(finite_check, 1, [[[100.0, 100.0]]])
        seen = {"smallest": -1.0, "mean": 2.0, "largest": 5.0}
        assert finite_check.batch_statistics == {**seen, "first_broken_sample": None}

    def test_names_the_broken_sample(self):
        finite_check = FiniteCheck()
        check(finite_check, 0, [[[1.0]], [[2.0]], [[np.nan]], [[np.inf]]])
        assert finite_check.broken_at == 0
        assert finite_check.batch_statistics["first_broken_sample"] == 2

    def test_forgets_when_a_run_begins(self):
        finite_check = FiniteCheck()
        check(finite_check, 0, [[1.0]], log=np.nan)
        finite_check.reset()
        assert finite_check.broken_at is None


def test_a_broken_pixel_stops_training_at_its_step(images, tmp_path, caplog):
    samples = images.astype("float32") / 255
    samples[29, 3, 3] = np.nan
    # Past the look at the first 64 samples that fit takes.
    clean = np.concatenate([samples[:20]] * 4)
    batches = tf.data.Dataset.from_tensor_slices(np.concatenate([clean, samples]))
    batches = batches.batch(4, drop_remainder=True)
    # Maxout shows NaN in the losses; a fused ReLU would hide it there.
    gan, guard = tiny_gan(tiny_networks()), kg.callbacks.NanGuard(tmp_path)
    gan.fit(batches, epochs=2, verbose=0, callbacks=[guard])
    assert guard.diverged_at == 20 + 29 // 4 + 1
    assert "Sample 1 of its minibatch is broken" in caplog.text
    assert "d_loss (nan)" in caplog.text
    seen = json.loads((tmp_path / "divergence.json").read_text())
    assert seen["step"] == guard.diverged_at
    assert seen["real_samples"]["first_broken_sample"] == 29 % 4
    assert seen["real_samples"]["mean"] is None
    assert seen["logs"]["d_loss"] is None


def test_a_learning_rate_of_1e20_stops_at_once_and_the_start_is_kept(images, tmp_path):
    gan, guard = as_new(), kg.callbacks.NanGuard()
    before = [np.array(w) for w in gan.generator.weights]
    gan.g_optimizer.learning_rate = gan.d_optimizer.learning_rate = 1e20
    checkpoint = kg.callbacks.TrainingCheckpoint(tmp_path)
    gan.fit(images, batch_size=4, epochs=9, verbose=0, callbacks=[guard, checkpoint])
    assert guard.diverged_at <= 3
    assert checkpoint.rewind() == int(gan.step) == 0
    for weight, former in zip(gan.generator.weights, before, strict=True):
        np.testing.assert_array_equal(weight, former)


@pytest.mark.parametrize("is_guarded", [False, True])
def test_without_a_guard_fit_says_at_its_end_since_when(images, caplog, is_guarded):
    gan = as_new()
    gan.g_optimizer.learning_rate = gan.d_optimizer.learning_rate = 1e20
    guards = [kg.callbacks.NanGuard()] * is_guarded
    gan.fit(images, batch_size=4, verbose=0, callbacks=guards)
    found = re.search(r"since step (\d+) its numbers are NaN.*NanGuard\(\)", caplog.text)
    assert bool(found) is not is_guarded
    if found:
        assert int(found[1]) == gan.finite_check.broken_at + 1 <= 3


def test_a_diverged_run_leaves_nothing_to_the_next(images, tmp_path, caplog):
    gan, guard = as_new(), kg.callbacks.NanGuard()
    checkpoint = kg.callbacks.TrainingCheckpoint(tmp_path)
    fit = functools.partial(gan.fit, images, batch_size=4, verbose=0)
    fit()
    good = [np.array(one) for one in all_variables(gan)]
    fit(callbacks=[BreakOneWeight("discriminator", step=12), guard])
    assert guard.diverged_at is not None
    # No log need show it, so that without a guard it would go on in silence.
    with pytest.raises(ValueError, match=r"variables of the GAN are NaN.*rewind\(\)"):
        fit()
    for variable, value in zip(all_variables(gan), good, strict=True):
        variable.assign(value)
    history = fit(callbacks=[guard, checkpoint])
    assert guard.diverged_at is None and "not saved" not in caplog.text
    assert np.isfinite(history.history["d_loss"]).all()
    # The state from which the run began is there, whatever its step is.
    assert checkpoint.rewind() == int(gan.step) == checkpoint.began_at + 10 == 20
    assert checkpoint.checkpoints.steps() == [20, 10]
    start = Checkpoints(tmp_path).newest(lambda facts: facts["epoch"] == 0).arrays()
    metrics = [array for name, array in start.items() if name.startswith("metrics/")]
    assert metrics and not any(array.any() for array in metrics)


def test_metrics_begin_at_0_after_a_resumed_run_that_failed_to_begin(images, tmp_path):
    gan = as_new()
    run = functools.partial(gan.fit, images, batch_size=4, epochs=2, verbose=0)
    with pytest.raises(Killed):
        run(
            callbacks=[
                kg.callbacks.TrainingCheckpoint(tmp_path, every_steps=2),
                KillAt(7),
            ]
        )

    def fail(logs):
        raise Killed

    begins = keras.callbacks.LambdaCallback(on_train_begin=fail)
    with pytest.raises(Killed):
        run(callbacks=[kg.callbacks.TrainingCheckpoint(tmp_path), begins])
    assert int(gan.step) == 6
    first, second = (gan.evaluate(images, verbose=0) for _ in range(2))
    assert first == second


def test_a_sound_run_goes_on(images):
    gan, guard = as_new(), kg.callbacks.NanGuard()
    gan.fit(images, batch_size=4, epochs=5, verbose=0, callbacks=[guard])
    assert guard.diverged_at is None and gan.finite_check.broken_at is None
    assert int(gan.step) == 50


def test_the_step_named_is_that_of_the_break_not_of_the_look(images, tmp_path):
    gan, guard = tiny_gan(relu_networks()), kg.callbacks.NanGuard(tmp_path)
    gan.compile("adam", "adam", steps_per_execution=5)
    breaks = keras.callbacks.LambdaCallback(
        on_train_begin=lambda _: gan.generator.weights[-1].assign(np.full(64, np.nan))
    )
    gan.fit(images, batch_size=4, verbose=0, callbacks=[breaks, guard])
    assert gan.step == 5 and guard.diverged_at == 1
    assert json.loads((tmp_path / "divergence.json").read_text())["step"] == 1


@pytest.mark.parametrize("save", ["save", "save_sampler"])
def test_a_file_of_a_diverged_gan_is_not_written_silently(save, tmp_path, caplog):
    gan = tiny_gan(ema_decay=0.9)
    getattr(gan, save)(tmp_path / "good.keras")
    assert not caplog.records
    weight = (gan.ema_generator if save == "save_sampler" else gan.discriminator).weights[
        0
    ]
    weight.assign(np.full(weight.shape, np.nan))
    getattr(gan, save)(tmp_path / "bad.keras")
    (record,) = caplog.records
    said = record.getMessage()
    assert "bad.keras is written with NaN" in said and weight.path.split("/")[-1] in said
