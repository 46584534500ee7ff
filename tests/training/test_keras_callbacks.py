"""Keras' own callbacks on a model with two optimizers: they work, or say what does."""

import csv
import os

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from support import TracedOnce, relu_networks, tiny_gan

as_new = TracedOnce()

EPOCHS, STEPS = 3, 5  # 40 images in minibatches of 8
START = 1e-2  # learning rate of both optimizers of tiny_gan


def train(gan, images, *callbacks, epochs=EPOCHS):
    return gan.fit(
        images, batch_size=8, epochs=epochs, verbose=0, callbacks=list(callbacks)
    )


def rates(gan):
    return [float(gan.d_optimizer.learning_rate), float(gan.g_optimizer.learning_rate)]


def iterations(gan):
    return [int(gan.d_optimizer.iterations), int(gan.g_optimizer.iterations)]


def scheduler(folder):
    return keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)


def check_scheduler(gan, history, folder):
    assert rates(gan) == pytest.approx([START / 2**EPOCHS] * 2)
    for name in ("d_optimizer", "g_optimizer"):
        logged = history.history[f"learning_rate_{name}"]
        assert logged == pytest.approx([START / 2, START / 4, START / 8])


def plateau(folder):
    # No epoch counts as better, so that the second and the third reduce.
    return keras.callbacks.ReduceLROnPlateau(
        monitor="d_loss", mode="min", factor=0.1, patience=1, min_delta=1e6
    )


def check_plateau(gan, history, folder):
    assert rates(gan) == pytest.approx([START / 100] * 2)


def logger(folder):
    return keras.callbacks.CSVLogger(str(folder / "log.csv"))


def check_logger(gan, history, folder):
    with open(folder / "log.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == [0, 1, 2]
    assert {"epoch", "d_loss", "g_loss"} <= set(rows[0])
    for name, values in history.history.items():
        assert [float(row[name]) for row in rows] == pytest.approx(values)


def checkpoint(folder):
    return keras.callbacks.ModelCheckpoint(str(folder / "gan_{epoch}.keras"))


def check_checkpoint(gan, history, folder):
    assert len(os.listdir(folder)) == EPOCHS
    last = keras.models.load_model(folder / "gan_3.keras")
    assert iterations(last) == [15, 15]
    np.testing.assert_array_equal(last.sample(3), gan.sample(3))
    # Both go on alike: weights, moments, and the order of the data.
    images = np.random.default_rng(1).integers(0, 256, (40, 8, 8, 1), dtype="uint8")
    for each in (gan, last):
        train(each, images, epochs=1)
    assert iterations(last) == [20, 20]
    np.testing.assert_allclose(last.sample(3), gan.sample(3), atol=1e-6)


def stopping(folder):
    return keras.callbacks.EarlyStopping(
        monitor="g_loss", mode="min", min_delta=1e6, patience=1
    )


def check_stopping(gan, history, folder):
    assert len(history.epoch) == 2
    assert int(gan.step) == 2 * STEPS


def tensorboard(folder):
    return keras.callbacks.TensorBoard(str(folder), write_graph=False)


def check_tensorboard(gan, history, folder):
    events = EventAccumulator(str(folder / "train"), size_guidance={"tensors": 0})
    events.Reload()
    for name in ("d_loss", "g_loss", "value"):
        found = events.Tensors(f"epoch_{name}")
        assert [event.step for event in found] == [0, 1, 2]
        values = [float(tf.make_ndarray(event.tensor_proto)) for event in found]
        assert values == pytest.approx(history.history[name], rel=1e-6)


@pytest.mark.parametrize(
    "make, check",
    [
        pytest.param(scheduler, check_scheduler, id="LearningRateScheduler"),
        pytest.param(plateau, check_plateau, id="ReduceLROnPlateau"),
        pytest.param(logger, check_logger, id="CSVLogger"),
        pytest.param(checkpoint, check_checkpoint, id="ModelCheckpoint"),
        pytest.param(stopping, check_stopping, id="EarlyStopping"),
        pytest.param(tensorboard, check_tensorboard, id="TensorBoard"),
    ],
)
def test_callback_works_on_a_gan(images, tmp_path, make, check):
    gan = as_new()
    history = train(gan, images, make(tmp_path))
    check(gan, history, tmp_path)


def test_tensorboard_counts_evaluations_in_generator_updates(images, tmp_path):
    gan = tiny_gan(discriminator_steps=2)
    callback = keras.callbacks.TensorBoard(str(tmp_path), write_graph=False)
    gan.fit(
        images,
        batch_size=4,
        epochs=2,
        verbose=0,
        validation_data=images[:8],
        callbacks=[callback],
    )
    events = EventAccumulator(str(tmp_path / "validation"))
    events.Reload()
    found = events.Tensors("evaluation_g_loss_vs_iterations")
    assert [event.step for event in found] == [5, 10]


class Interrupt(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt


def test_backup_and_restore_goes_on_with_the_data_where_it_was_stopped(images, tmp_path):
    as_new = TracedOnce(lambda: tiny_gan(relu_networks(dropout=0.5), ema_decay=0.9))

    def trained(*callbacks):
        gan = as_new()
        return gan, train(gan, images, *callbacks)

    def backup():
        return keras.callbacks.BackupAndRestore(str(tmp_path / "backup"))

    with pytest.raises(KeyboardInterrupt):
        trained(backup(), Interrupt())
    resumed, history = trained(backup())
    assert history.epoch == [2]
    assert int(resumed.step) == EPOCHS * STEPS
    ended = resumed.get_weights()
    # The next run begins with its own first epoch.
    assert train(resumed, images, epochs=1).epoch == [0]
    straight, _ = trained()
    for ours, theirs in zip(ended, straight.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_backup_in_the_middle_of_an_epoch_is_refused(images, tmp_path):
    backup = keras.callbacks.BackupAndRestore(str(tmp_path), save_freq=2)
    with pytest.raises(ValueError, match="use save_freq='epoch', or"):
        train(as_new(), images, backup)


def test_a_class_in_place_of_a_callback_is_named(images):
    with pytest.raises(ValueError, match=r"History is a class: write History\(\.\.\.\)"):
        train(as_new(), images, keras.callbacks.History)


def test_a_callback_may_stop_training_when_it_begins(images):
    def stop(logs):
        gan.stop_training = True

    gan = as_new()
    train(gan, images, keras.callbacks.LambdaCallback(on_train_begin=stop))
    # As in Keras: it is looked at after the first step.
    assert int(gan.step) == 1


def test_a_single_callback_needs_no_list(images):
    seen = []
    note = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, _: seen.append(epoch)
    )
    as_new().fit(images, batch_size=8, epochs=2, verbose=0, callbacks=note)
    assert seen == [0, 1]


@pytest.mark.parametrize(
    "callback, instead",
    [
        (keras.callbacks.TerminateOnNaN, "keras_gan.callbacks.NanGuard"),
        (keras.callbacks.SwapEMAWeights, "ema_decay=0.999"),
    ],
)
def test_callback_that_would_do_nothing_is_refused(images, callback, instead):
    gan = as_new()
    with pytest.raises(ValueError) as caught:
        train(gan, images, callback())
    assert callback.__name__ in str(caught.value)
    assert instead in str(caught.value)
    assert int(gan.step) == 0
