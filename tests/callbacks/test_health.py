"""Every symptom is reported after three checks, and sound runs are not warned."""

import itertools
import math
import re

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

import keras_gan as kg
from keras_gan.callbacks.collapse import (
    class_gap,
    diversity,
    reference,
    symptoms,
    twins,
)
from keras_gan.callbacks.health import ADVICE, CHECKS, SYMPTOMS, Health
from keras_gan.cli import advice, train
from keras_gan.storage.lines import read_lines
from support import TracedOnce, conditional_networks, relu_networks, tiny_gan

as_new = TracedOnce()
conditional_as_new = TracedOnce(lambda: tiny_gan(conditional_networks(), num_classes=3))


def distances(x, labels=None):
    """All distances between two different samples, of one class if there are labels."""
    x = np.reshape(x, (len(x), -1)).astype(float)
    kinds = np.zeros(len(x)) if labels is None else np.asarray(labels)
    pairs = itertools.permutations(range(len(x)), 2)
    return [np.linalg.norm(x[i] - x[j]) for i, j in pairs if kinds[i] == kinds[j]]


class TestDiversity:
    def test_equal_samples_have_none(self):
        real = reference(np.random.rand(6, 8, 8, 1), 5)
        assert diversity(np.ones((5, 8, 8, 1)), real) == 0.0

    @given(seed=st.integers(0, 99), scale=st.floats(0.01, 10))
    @settings(max_examples=10)
    def test_is_the_ratio_of_mean_distances(self, seed, scale):
        rng = np.random.default_rng(seed)
        samples, real = rng.normal(size=(5, 3, 2)), rng.normal(size=(7, 3, 2))
        expected = scale * np.mean(distances(samples)) / np.mean(distances(real))
        found = diversity(scale * samples, reference(real, 5))
        np.testing.assert_allclose(found, expected)

    def test_with_labels_it_is_that_of_pairs_of_one_class(self):
        samples, classes = np.array([[0.0], [3.0], [9.0]]), np.array([0, 0, 1])
        real, real_classes = np.array([[0.0], [5.0], [1.0], [5.0]]), [0, 1, 0, 1]
        # One pair of samples, 3 apart; two pairs of real ones, 1 and 0 apart.
        known = reference(real, 3, labels=real_classes, asked=classes)
        assert diversity(samples, known, classes) == pytest.approx(6.0)

    def test_without_a_pair_of_one_class_it_is_nan(self):
        real = reference(np.array([[0.0], [1.0]]), 2, labels=[0, 1], asked=[0, 1])
        assert np.isnan(diversity(np.array([[0.0], [1.0]]), real, [0, 1]))

    def test_of_one_outlier_the_limit_is_what_the_others_have(self):
        """Few sets of real samples hold it, and it makes up the mean distance."""
        rng = np.random.default_rng(0)
        real = rng.normal(size=(600, 2))
        real[0] = 1e6
        known = reference(real, 64)
        fresh = rng.normal(size=(64, 2))
        assert diversity(fresh, known) < 0.01
        assert not symptoms({"diversity": diversity(fresh, known), "twins": 0.0}, known)[
            "collapsed"
        ]


class TestTwins:
    real = np.random.default_rng(0).normal(size=(500, 20))

    @pytest.mark.parametrize("number", [1, 2, 32, 128, 1000])
    def test_of_m_images_is_the_share_that_the_birthday_problem_says(self, number):
        rng = np.random.default_rng(1)
        known = reference(self.real, 64)
        shares = []
        for _ in range(200):
            images = rng.normal(size=(number, 20))
            shares.append(twins(images[rng.integers(number, size=64)], known))
        expected = 1.0 - (1.0 - 1.0 / number) ** 63
        assert np.mean(shares) == pytest.approx(expected, abs=0.02)

    def test_near_copies_count_and_others_do_not(self):
        known = reference(self.real, 64)
        apart = np.diag(np.full(20, 100.0))
        for factor, expected in ((0.8, 6 / 23), (1.2, 0.0)):
            # All others are 100 sqrt(2) apart.
            offset = factor * known.twin_ratio * 100.0 * np.sqrt(2.0 / 20.0)
            near = apart[:3] + offset
            assert twins(np.concatenate([apart, near]), known) == pytest.approx(expected)

    def test_samples_that_are_all_similar_are_not_repeated(self):
        """That is what diversity tells."""
        known = reference(self.real, 64)
        fresh = np.random.default_rng(1).normal(size=(64, 20))
        assert twins(fresh, known) == twins(0.05 * fresh + 3.0, known) == 0.0

    def test_data_that_repeats_itself_may_be_repeated(self):
        rng = np.random.default_rng(0)
        images = rng.normal(size=(10, 20))
        known = reference(images[rng.integers(10, size=500)], 64)
        numbers = {
            "diversity": 1.0,
            "twins": twins(images[rng.integers(10, size=64)], known),
        }
        assert numbers["twins"] == 1.0
        assert not symptoms(numbers, known)["repeated"]


class TestClassGap:
    @pytest.mark.parametrize(
        "samples, expected",
        [([0.1, 0.2], 0.75), ([0, 10, 20, 30], 0.0), ([0, 1, 31, 32], 0.5)],
    )
    def test_of_known_shares(self, samples, expected):
        # Four classes of two each, ten apart.
        real = np.array([0.0, 1.0, 10.0, 11.0, 20.0, 21.0, 30.0, 31.0])[:, None]
        labels = np.arange(8) // 2
        known = reference(real, 4, labels=labels)
        assert known.shares == pytest.approx([0.25] * 4)
        found = class_gap(np.array(samples, float)[:, None], known, real, labels)
        assert found == pytest.approx(expected)

    def test_classes_that_cannot_be_told_apart_are_no_gap(self):
        """Real samples themselves are taken for other classes than their own."""
        rng = np.random.default_rng(0)
        real, labels = rng.normal(size=(900, 50)), rng.integers(10, size=900)
        # Nearly every sample is nearest to the class in the middle.
        real[labels == 0] *= 0.2
        known = reference(real, 64, labels=labels)
        assert known.shares[0] > 0.8
        kinds = rng.integers(10, size=64)
        fresh = rng.normal(size=(64, 50)) * np.where(kinds == 0, 0.2, 1.0)[:, None]
        assert class_gap(fresh, known, real, labels) < known.most_class_gap

    def test_of_rare_classes_it_is_as_in_the_data(self):
        real = np.array([0.0] * 99 + [1.0])[:, None]
        labels = (real[:, 0] > 0).astype(int)
        known = reference(real, 64, labels=labels)
        none, only = (class_gap(np.full((64, 1), x), known, real, labels) for x in (0, 1))
        assert none < known.most_class_gap < only
        assert (none, only) == pytest.approx((0.01, 0.99))

    def test_what_was_asked_for_is_expected(self):
        real = np.array([0.0] * 98 + [1.0] * 2)[:, None]
        labels = (real[:, 0] > 0).astype(int)
        asked = np.arange(64) % 2
        known = reference(real, 64, labels=labels, asked=asked)
        assert known.shares == pytest.approx([0.5, 0.5])
        assert known.usual_class_gap == 0.0  # Real samples of these classes have them.
        # Half of 64 tosses of a coin: the mean distance from 1/2 has a closed form.
        free = reference(np.arange(64)[:, None] % 2, 64, labels=asked)
        expected = math.comb(64, 32) / 2**65
        assert free.usual_class_gap == pytest.approx(expected, rel=0.05)
        found = class_gap(asked[:, None].astype(float), known, real, labels)
        assert found == pytest.approx(0.0)


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
    gan = as_new()
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
    gan = conditional_as_new()
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
    gan = as_new()
    gan.g_optimizer.learning_rate = 0.0
    health = watch(gan, images, tmp_path)
    assert health.warned["frozen"] == 10 * CHECKS
    assert "do not change" in caplog.text


HEALTHY = {"d_loss": 1.2, "g_grad_norm": 1.0, "real_score": 0.6, "fake_score": 0.4}


def warned_after(logs, tmp_path, symptom, healthy_steps=1):
    """What is found when `logs` follow healthy ones for three checks."""
    gan, health = as_new(), Health(tmp_path, every_steps=1)
    health.set_model(gan)
    gan.real_samples = np.random.default_rng(0).random((8, 8, 8, 1), "float32")
    health.on_train_begin()
    sums = dict.fromkeys(HEALTHY, 0.0)
    for step in range(1, CHECKS + healthy_steps + 1):
        assert symptom not in health.warned
        gan.step.assign(step)
        bias = gan.generator.weights[-1]
        bias.assign(bias + 0.01)  # it moves
        now = {**HEALTHY, **(logs if step > healthy_steps else {})}
        sums = {name: sums[name] + now[name] for name in now}
        # What `fit` hands out: means since the epoch began.
        health.on_train_batch_end(0, {name: sum / step for name, sum in sums.items()})
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


def test_what_the_logs_say_is_reported_as_soon_in_a_long_epoch(tmp_path):
    won = {"d_loss": 0.09, "real_score": 0.96, "fake_score": 0.04}
    found = warned_after(won, tmp_path, "saturated", healthy_steps=100)
    assert found == {"saturated": CHECKS + 100}


def test_means_go_on_over_the_end_of_an_epoch(tmp_path):
    gan, health = as_new(), Health(tmp_path, every_steps=4)
    health.set_model(gan)
    gan.real_samples = np.random.default_rng(0).random((8, 8, 8, 1), "float32")
    health.on_train_begin()
    seen = []
    health._judge = lambda symptoms, step, passing: seen.append(
        (step, symptoms["saturated"])
    )
    # Epochs of three steps; D has won in steps 5 to 8.
    losses = [1.0, 1.0, 1.0, 1.0, 0.05, 0.05, 0.05, 0.05, 1.0, 1.0, 1.0, 1.0]
    for step, _ in enumerate(losses, start=1):
        gan.step.assign(step)
        epoch = losses[(step - 1) // 3 * 3 : step]
        logs = {**HEALTHY, "real_score": 0.99, "d_loss": float(np.mean(epoch))}
        health.on_train_batch_end(0, logs)
        if step % 3 == 0:
            health.on_epoch_end(step // 3 - 1, logs)
    assert seen == [(4, False), (8, True), (12, False)]


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
    gan, health = as_new(), Health(tmp_path)
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
    health = watch(as_new(), images, tmp_path, labelled=(labelled, np.array([0, 1])))
    assert health.warned["one-sided"] == 10 * CHECKS
    # What as many real samples have is drawn beside it, and said with the limit.
    tag, limit = "health/class_gap", health.reference["most_class_gap"]
    lines = read_lines(tmp_path / "curves.jsonl")[0]
    found = [e["numbers"][tag] for e in lines if e["split"] == "equilibrium"]
    assert min(found) == max(found)
    assert found[0] == pytest.approx(math.comb(64, 32) / 2**65, rel=0.05)
    (about,) = [e["about"][tag] for e in lines if tag in e.get("about", {})]
    assert (
        f"have 0.05, at most {limit - 0.1:.2g}; above {limit:.2g} is a symptom." in about
    )


@pytest.mark.parametrize(
    ("shrinks", "warned"),
    [
        # A tenth weaker at each check: it passes, and is never reported.
        ([1.0, 0.9, 0.8, 0.7, 0.6, 0.5], {}),
        # Less than that: it stays.
        ([1.0, 0.97, 0.95, 0.93, 0.91, 0.9], {"one-sided": 3}),
        # It passes, then it stays.
        ([1.0, 0.8, 0.8, 0.8, 0.4, 0.2], {"one-sided": 4}),
    ],
)
def test_a_symptom_that_passes_is_not_reported(shrinks, warned, images, tmp_path):
    """Of two classes, as many samples are of the wrong one as `shrinks` says."""
    labelled = np.stack([np.zeros((8, 8, 1)), np.ones((8, 8, 1))] * 100), [0, 1] * 100
    gan = tiny_gan(relu_networks())
    health = Health(tmp_path, every_steps=1, labelled=labelled, num_samples=200)
    health.set_model(gan)
    gan.real_samples = np.asarray(labelled[0], "float32")
    noise = np.random.default_rng(0).normal(0.0, 0.1, (6, 200, 8, 8, 1))
    step = 0

    def generate(z, *labels, **options):
        of_first = 0.5 + 0.5 * shrinks[min(step, 5)]
        base = (np.arange(200) >= round(200 * of_first)).reshape(-1, 1, 1, 1)
        return (base + noise[min(step, 5)]).astype("float32")

    gan.generate = generate
    health.on_train_begin()
    for step in range(6):
        gan.step.assign(step + 1)
        health.on_train_batch_end(0, HEALTHY)
    assert health.warned == warned


@pytest.mark.parametrize("number", [2, 8])
def test_a_few_images_over_and_over_are_reported(number, tmp_path):
    """Their mean distance is nearly that of real samples."""
    digits = kg.data.load("mnist5k", batch_size=40, image_size=8)
    gan = tiny_gan(relu_networks())
    health = Health(tmp_path, every_steps=1)
    health.set_model(gan)
    gan.real_samples = digits.scaled((0.0, 1.0), slice(64))
    kept = digits.scaled((0.0, 1.0), slice(1000, 1000 + number))
    rng = np.random.default_rng(0)
    gan.generate = lambda z, *labels, **options: (
        kept[np.arange(len(z)) % number]
        + 0.001 * rng.random((len(z), 8, 8, 1), "float32")
    )
    health.on_train_begin()
    for step in range(1, CHECKS + 1):
        gan.step.assign(step)
        health.on_train_batch_end(0, HEALTHY)
    assert health.warned == {"repeated": CHECKS}


def test_a_passing_symptom_is_not_reported(tmp_path):
    health = Health(tmp_path)
    health.set_model(as_new())
    health.model.real_samples = np.zeros((4, 8, 8, 1), "float32")
    health.on_train_begin()
    for step, present in enumerate([True, True, False] * 5):
        health._judge({"collapsed": present}, step)
    assert not health.warned
    lines, _ = read_lines(tmp_path / "events.jsonl")
    found = [(line["step"], line["event"]) for line in lines]
    assert found == [
        one for n in range(5) for one in ((3 * n, "suspected"), (3 * n + 2, "recovered"))
    ]


def test_what_happened_is_in_a_file_in_words(tmp_path):
    health = Health(tmp_path, advice={"frozen": "Wake it up"})
    health.set_model(as_new())
    health.model.real_samples = np.zeros((4, 8, 8, 1), "float32")
    health.on_train_begin()
    for step in range(1, 8):
        health._judge({"frozen": step != 6}, step)
    lines, _ = read_lines(tmp_path / "events.jsonl")
    said = {"text": SYMPTOMS["frozen"], "advice": "Wake it up"}
    events = {1: "suspected", CHECKS: "unhealthy", 6: "recovered", 7: "suspected"}
    assert lines == [
        {"step": step, "event": event, "symptom": "frozen"}
        | ({} if event == "recovered" else said)
        for step, event in events.items()
    ]


def test_healthy_runs_raise_no_warning(tmp_path, caplog):
    digits = kg.data.load("mnist5k", batch_size=40, image_size=8)
    gan = tiny_gan(relu_networks(), penalties=[kg.penalties.R1(0.2)])
    health = Health(tmp_path, every_steps=20)
    gan.fit(digits, epochs=2, verbose=0, callbacks=[health])
    assert health.warned == {} and "unhealthy" not in caplog.text


def test_the_numbers_are_in_tensorboard_with_their_meaning(images, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    watch(as_new(), images, tmp_path, epochs=3)
    events = EventAccumulator(str(tmp_path / "tensorboard" / "train"))
    events.Reload()
    assert {"health/diversity", "health/change"} <= set(events.Tags()["tensors"])
    assert [e.step for e in events.Tensors("health/diversity")] == [10, 20, 30]


def test_counts_of_checks_survive_a_resume(images, tmp_path):
    def run(epochs):
        gan = as_new()
        gan.g_optimizer.learning_rate = 0.0
        checkpoint = kg.callbacks.TrainingCheckpoint(tmp_path / "checkpoints")
        return watch(gan, images, tmp_path, epochs=epochs, callbacks=[checkpoint])

    run(0)  # killed right after its first save, before any check
    assert run(2).warned == {}
    assert run(3).warned == {"frozen": 30}


def warning_after_three(health, symptom, caplog):
    """The one line that is logged when a symptom stands for three checks."""
    health.set_model(as_new())
    health.model.real_samples = np.zeros((4, 8, 8, 1), "float32")
    health.on_train_begin()
    for epoch in range(CHECKS):
        health._judge({symptom: True}, epoch)
    (record,) = caplog.records
    return record.getMessage()


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
