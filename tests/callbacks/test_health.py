"""Every symptom is reported after three checks, and sound runs are not warned."""

import re

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

import keras_gan as kg
from keras_gan.callbacks.health import (
    ADVICE,
    CHECKS,
    SYMPTOMS,
    Health,
    class_entropy,
    diversity,
)
from keras_gan.cli import advice, train
from support import conditional_networks, relu_networks, tiny_gan


class TestDiversity:
    def test_equal_samples_have_none(self):
        assert diversity(np.ones((5, 8, 8, 1)), np.random.rand(6, 8, 8, 1)) == 0.0

    @given(seed=st.integers(0, 99), scale=st.floats(0.01, 10))
    @settings(max_examples=20)
    def test_is_the_ratio_of_mean_distances(self, seed, scale):
        rng = np.random.default_rng(seed)
        samples, real = rng.normal(size=(5, 3, 2)), rng.normal(size=(7, 3, 2))

        def mean_distance(x):
            x = x.reshape(len(x), -1)
            return cdist(x, x).sum() / (len(x) * (len(x) - 1))

        expected = scale * mean_distance(samples) / mean_distance(real)
        np.testing.assert_allclose(diversity(scale * samples, real), expected)

    def test_samples_like_the_real_ones_have_1(self):
        x = np.random.default_rng(0).normal(size=(20, 4))
        assert diversity(x, x) == pytest.approx(1.0)

    def test_with_labels_it_is_that_of_pairs_of_one_class(self):
        samples, classes = np.array([[0.0], [3.0], [9.0]]), np.array([0, 0, 1])
        real, real_classes = np.array([[0.0], [5.0], [1.0], [5.0]]), [0, 1, 0, 1]
        # One pair of samples, 3 apart; two pairs of real ones, 1 and 0 apart.
        assert diversity(samples, real, classes, real_classes) == pytest.approx(6.0)

    def test_without_a_pair_of_one_class_it_is_nan(self):
        samples, real = np.array([[0.0], [1.0]]), np.array([[0.0], [1.0]])
        assert np.isnan(diversity(samples, real, [0, 1], [0, 0]))


class TestClassEntropy:
    labelled = np.arange(4.0)[:, None], np.arange(4)

    def test_perfect_samples_of_many_classes_have_1(self):
        real = np.arange(1000.0)[:, None]
        drawn = np.random.default_rng(0).choice(1000, 64, replace=False)[:, None]
        assert class_entropy(drawn, real, np.arange(1000)) == pytest.approx(1.0)

    def test_is_relative_to_that_of_the_data(self):
        rare = np.array([0.0] * 9 + [1.0])
        samples = np.array([0.0] * 18 + [1.0] * 2)
        found = class_entropy(samples[:, None], rare[:, None], rare.astype(int))
        assert found == pytest.approx(1.0)

    @pytest.mark.parametrize(
        "samples, expected",
        [([0.1, -0.2], 0.0), ([0, 1, 2, 3], 1.0), ([0, 0, 3, 3], 0.5)],
    )
    def test_of_known_shares(self, samples, expected):
        samples = np.array(samples, float)[:, None]
        assert class_entropy(samples, *self.labelled) == pytest.approx(expected)


def watch(gan, images, tmp_path, *, epochs=6, callbacks=(), **options):
    """Trains 10 steps an epoch with a check every 10 steps."""
    health = Health(tmp_path, every_steps=10, **options)
    gan.fit(
        images, batch_size=4, epochs=epochs, verbose=0, callbacks=[*callbacks, health]
    )
    return health


class Collapse(keras.callbacks.Callback):
    """From a step on, the generator's output bias drowns whatever comes before it."""

    def __init__(self, step):
        super().__init__()
        self.step = step

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.step) >= self.step:
            # Not so large that sigmoid loses the last trace of its input.
            kernel, bias = self.model.generator.layers[-2].weights
            kernel.assign(1e-3 * kernel / tf.norm(kernel))
            bias.assign(tf.ones_like(bias))


def test_forced_collapse_is_reported_within_three_checks(images, tmp_path, caplog):
    gan = tiny_gan(relu_networks())
    health = watch(gan, images, tmp_path, epochs=8, callbacks=[Collapse(step=31)])
    assert health.warned["collapsed"] == 30 + 10 * CHECKS
    assert caplog.text.count("mode collapse") == 1
    assert "Raise the weight of R1" in caplog.text


class IgnoreLatents(keras.callbacks.Callback):
    """A conditional generator of one sample per class."""

    def on_train_batch_end(self, batch, logs=None):
        kernel = self.model.generator.trainable_weights[0]
        kernel.assign(tf.concat([tf.zeros_like(kernel[:4]), kernel[4:]], axis=0))


@pytest.mark.parametrize("callbacks", [[IgnoreLatents()], []])
def test_a_conditional_generator_that_ignores_z_has_collapsed(
    callbacks, images, tmp_path
):
    gan = tiny_gan(conditional_networks(), num_classes=3)
    labels = np.arange(len(images)) % 3
    labelled = images / np.float32(255), labels
    health = Health(tmp_path, every_steps=10, labelled=labelled)
    real = tf.data.Dataset.from_tensor_slices((images, labels)).batch(4)
    gan.fit(real, epochs=5, verbose=0, callbacks=[*callbacks, health])
    assert ("collapsed" in health.warned) == bool(callbacks)


def test_many_classes_leave_pairs_of_one_class(images, tmp_path):
    gan = tiny_gan(conditional_networks(num_classes=40), num_classes=40)
    labels = np.arange(len(images))
    health = Health(tmp_path, every_steps=10, num_samples=8)
    real = tf.data.Dataset.from_tensor_slices((images, labels)).batch(4)
    gan.fit(real, epochs=1, verbose=0, callbacks=[health])
    assert sorted(health._labels) == [0] * 4 + [1] * 4


def test_one_sample_has_no_distances(tmp_path):
    with pytest.raises(ValueError, match="num_samples must be an int >= 2, got 1"):
        Health(tmp_path, num_samples=1)


def test_a_frozen_generator_is_reported_within_three_checks(images, tmp_path, caplog):
    gan = tiny_gan(relu_networks())
    gan.g_optimizer.learning_rate = 0.0
    health = watch(gan, images, tmp_path)
    assert health.warned["frozen"] == 10 * CHECKS
    assert "do not change" in caplog.text


HEALTHY = {"d_loss": 1.2, "g_grad_norm": 1.0, "real_score": 0.6, "fake_score": 0.4}


def warned_after(logs, tmp_path, symptom):
    """What is found when `logs` follow healthy ones for three checks."""
    gan, health = tiny_gan(relu_networks()), Health(tmp_path, every_steps=1)
    health.set_model(gan)
    gan.real_samples = np.random.default_rng(0).random((8, 8, 8, 1), "float32")
    health.on_train_begin()
    for step in range(1, CHECKS + 2):
        assert symptom not in health.warned
        gan.step.assign(step)
        bias = gan.generator.weights[-1]
        bias.assign(bias + 0.01)  # it moves
        health.on_train_batch_end(0, {**HEALTHY, **(logs if step > 1 else {})})
    return health.warned


@pytest.mark.parametrize(
    "symptom, logs",
    [
        ("saturated", {"d_loss": 0.09, "real_score": 0.96, "fake_score": 0.04}),
        ("starved", {"g_grad_norm": 9e-4, "fake_score": 0.09}),
    ],
)
def test_what_the_logs_say_is_reported(symptom, logs, tmp_path):
    assert warned_after(logs, tmp_path, symptom) == {symptom: CHECKS + 1}


@pytest.mark.parametrize(
    "logs",
    [
        {},
        {"d_loss": 0.11, "real_score": 0.96, "fake_score": 0.04},
        # A Wasserstein critic's loss is no logarithm and may well be 0.
        {"d_loss": 0.0},
        {"d_loss": -9.0, "real_score": 1.0, "fake_score": 0.0},
        # Small gradients are good news once D is undecided.
        {"g_grad_norm": 9e-4, "fake_score": 0.5},
        {"g_grad_norm": 2e-3, "fake_score": 0.09},
    ],
)
def test_healthy_logs_are_not_reported(logs, tmp_path):
    assert warned_after(logs, tmp_path, "any") == {}


@pytest.mark.parametrize("gap, reported", [(0.31, True), (0.29, False)])
def test_a_memorising_discriminator_is_reported(gap, reported, tmp_path):
    gan, health = tiny_gan(relu_networks()), Health(tmp_path)
    gan.real_samples = np.zeros((4, 8, 8, 1), "float32")
    health.set_model(gan)
    health.on_train_begin()
    for epoch in range(CHECKS):
        assert not health.warned
        health.on_epoch_end(epoch, {"real_score": 0.9, "val_real_score": 0.9 - gap})
    assert ("memorising" in health.warned) == reported


def test_classes_are_counted_when_they_are_known(images, tmp_path):
    # Whatever it draws is nearest to the one dark image.
    labelled = np.stack([np.full((8, 8, 1), 0.5), np.full((8, 8, 1), 9.0)])
    health = watch(
        tiny_gan(relu_networks()), images, tmp_path, labelled=(labelled, np.array([0, 1]))
    )
    assert health.warned["one-sided"] == 10 * CHECKS


def test_a_passing_symptom_is_not_reported(tmp_path):
    health = Health(tmp_path)
    health.set_model(tiny_gan(relu_networks()))
    health.model.real_samples = np.zeros((4, 8, 8, 1), "float32")
    health.on_train_begin()
    for step, present in enumerate([True, True, False] * 5):
        health._judge({"collapsed": present}, step)
    assert not health.warned


def test_healthy_runs_raise_no_warning(tmp_path, caplog):
    digits = kg.data.load("mnist5k", batch_size=40, image_size=8)
    gan = tiny_gan(relu_networks(), penalties=[kg.penalties.R1(0.2)])
    health = Health(tmp_path, every_steps=20)
    gan.fit(digits, epochs=2, verbose=0, callbacks=[health])
    assert health.warned == {} and "unhealthy" not in caplog.text


def test_the_numbers_are_in_tensorboard_with_their_meaning(images, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    watch(tiny_gan(relu_networks()), images, tmp_path, epochs=3)
    events = EventAccumulator(str(tmp_path / "tensorboard" / "train"))
    events.Reload()
    assert {"health/diversity", "health/change"} <= set(events.Tags()["tensors"])
    assert [e.step for e in events.Tensors("health/diversity")] == [10, 20, 30]


def test_counts_of_checks_survive_a_resume(images, tmp_path):
    def run(epochs):
        gan = tiny_gan(relu_networks())
        gan.g_optimizer.learning_rate = 0.0
        checkpoint = kg.callbacks.TrainingCheckpoint(tmp_path / "checkpoints")
        return watch(gan, images, tmp_path, epochs=epochs, callbacks=[checkpoint])

    run(0)  # killed right after its first save, before any check
    assert run(2).warned == {}
    assert run(3).warned == {"frozen": 30}


def warning_after_three(health, symptom, caplog):
    """The one line that is logged when a symptom stands for three checks."""
    health.set_model(tiny_gan(relu_networks()))
    health.model.real_samples = np.zeros((4, 8, 8, 1), "float32")
    health.on_train_begin()
    for epoch in range(CHECKS):
        health._judge({symptom: True}, epoch)
    (line,) = [r.getMessage() for r in caplog.records if symptom in r.getMessage()]
    return line


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_the_advice_is_in_arguments_or_in_the_words_given(symptom, tmp_path, caplog):
    told = warning_after_three(Health(tmp_path), symptom, caplog)
    assert SYMPTOMS[symptom] in told and ADVICE[symptom] in told and "--" not in told
    caplog.clear()
    flags = Health(tmp_path, advice=advice.HEALTH)
    told = warning_after_three(flags, symptom, caplog)
    assert SYMPTOMS[symptom] in told and advice.HEALTH[symptom] in told
    assert ADVICE[symptom] not in told


def test_every_symptom_has_advice_and_the_flags_named_there_exist():
    assert list(ADVICE) == list(advice.HEALTH) == list(SYMPTOMS)
    named = re.findall(r"--(\w+)", " ".join(advice.HEALTH.values()))
    assert len(named) > 6
    assert set(named) <= set(train.define_flags())


def test_advice_for_an_unknown_symptom_is_refused(tmp_path):
    with pytest.raises(ValueError, match="unknown symptoms.*'collapse'.*use collapsed"):
        Health(tmp_path, advice={"collapse": "Raise the weight."})
