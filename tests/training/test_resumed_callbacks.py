"""What callbacks do and write in a killed run is what they do in an unbroken one."""

import itertools
import os

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.context import RequestContext
from tensorboard.plugins import base_plugin
from tensorboard.plugins.hparams import api_pb2, backend_context, list_session_groups

from keras_gan import callbacks
from keras_gan.callbacks import TrainingCheckpoint
from keras_gan.evaluation import Settings, Suite
from keras_gan.storage.lines import read_lines
from keras_gan.training.resuming import Remembers
from support import KillAt, Killed, TracedOnce, all_variables

EPOCHS, STEPS = 4, 5  # 40 images in minibatches of 8
KILLS = (1, 8, 14, 17)  # the first before anything but step 0 is saved


as_new = TracedOnce()


def fit(images, folder, make, kill_at=None, every_steps=2):
    """One process: a GAN as new, new callbacks, the same fit; None if it was killed."""
    gan = as_new()
    checkpoint = TrainingCheckpoint(folder / "checkpoints", every_steps=every_steps)
    extra = [] if kill_at is None else [KillAt(kill_at)]
    # The kill comes first: nothing is saved in the step that it ends.
    listed = [*extra, *make(folder), checkpoint]
    try:
        gan.fit(images, batch_size=8, epochs=EPOCHS, verbose=0, callbacks=listed)
    except Killed:
        return None
    return int(gan.step), [(v.path, np.array(v)) for v in all_variables(gan)]


def unbroken_and_resumed(images, tmp_path, make):
    """The ends of a run without a kill, in folder a, and of one with four, in b."""
    unbroken = fit(images, tmp_path / "a", make)
    for step in KILLS:
        assert fit(images, tmp_path / "b", make, kill_at=step) is None
    return unbroken, fit(images, tmp_path / "b", make)


def assert_equal(first, second):
    assert first[0] == second[0] == EPOCHS * STEPS
    for (path, ours), (_, theirs) in zip(first[1], second[1], strict=True):
        np.testing.assert_array_equal(ours, theirs, path)


class Plateau(keras.callbacks.ReduceLROnPlateau):
    """A user's own class: what Keras' class remembers is its memory, too."""


class OwnSchedule(keras.callbacks.Callback):
    """Neither of Keras nor declared, and it changes the rate whenever it can."""

    def on_train_begin(self, logs=None):
        self.multiply(0.5)

    def on_epoch_begin(self, epoch, logs=None):
        self.multiply(0.9)

    def multiply(self, factor):
        for optimizer in self.model.optimizer.optimizers:
            optimizer.learning_rate = factor * float(optimizer.learning_rate)


SCHEDULES = {
    "LearningRateScheduler": lambda folder: [
        keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.8 * rate)
    ],
    "ReduceLROnPlateau": lambda folder: [
        # No epoch counts as better, so that every second one reduces.
        Plateau("d_loss", factor=0.5, patience=2, mode="min", min_delta=1e6)
    ],
    "EarlyStopping": lambda folder: [
        keras.callbacks.EarlyStopping("d_loss", mode="min", min_delta=1e6, patience=3)
    ],
    "a user's own": lambda folder: [OwnSchedule()],
}


@pytest.mark.parametrize("make", SCHEDULES.values(), ids=SCHEDULES.keys())
def test_schedules_are_applied_once(images, tmp_path, make):
    assert_equal(*unbroken_and_resumed(images, tmp_path, make))


def test_files_of_keras_callbacks_are_the_same(images, tmp_path):
    def make(folder):
        os.makedirs(folder, exist_ok=True)
        (folder / "log.csv").touch()
        name = str(folder / "weights-{epoch}-{batch}.weights.h5")
        return [
            keras.callbacks.ModelCheckpoint(name, save_freq=3, save_weights_only=True),
            keras.callbacks.CSVLogger(folder / "log.csv", append=True),
        ]

    unbroken_and_resumed(images, tmp_path, make)
    rows = [(tmp_path / name / "log.csv").read_text() for name in "ab"]
    assert rows[0] == rows[1] and len(rows[0].splitlines()) == 1 + EPOCHS
    files = [sorted(path.name for path in (tmp_path / n).glob("*.h5")) for n in "ab"]
    assert files[0] == files[1] and len(files[0]) == EPOCHS * STEPS // 3


def test_rows_of_another_run_are_left_in_the_log(images, tmp_path):
    def make(folder):
        return [keras.callbacks.CSVLogger(tmp_path / "log.csv", append=True)]

    fit(images, tmp_path / "former", make)
    former = (tmp_path / "log.csv").read_text()
    # Killed before the first checkpoint after an epoch's row: the row is written again.
    assert fit(images, tmp_path / "b", make, kill_at=6, every_steps=99) is None
    fit(images, tmp_path / "b", make)
    written = (tmp_path / "log.csv").read_text()
    assert written.startswith(former)
    epochs = [line.split(",")[0] for line in written.splitlines()[1:]]
    assert epochs == ["0", "1", "2", "3"] * 2


def test_a_log_that_would_lose_its_rows_is_refused(images, tmp_path):
    def make(folder):
        return [keras.callbacks.CSVLogger(tmp_path / "log.csv")]

    assert fit(images, tmp_path / "b", make, kill_at=12) is None
    rows = (tmp_path / "log.csv").read_text()
    with pytest.raises(ValueError, match="drop the rows .*: pass append=True"):
        fit(images, tmp_path / "b", make)
    assert (tmp_path / "log.csv").read_text() == rows


def points(folder):
    """Value by tag and step; a point that was written twice must be the same."""
    events = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    events.Reload()
    found = {}
    for tag in set(events.Tags()["tensors"]) - {"time/ms_per_step"}:
        for event in events.Tensors(tag):
            value = tf.make_ndarray(event.tensor_proto).tolist()
            assert found.setdefault((tag, event.step), value) == value, tag
    return found


def session_groups(folder):
    """What the HPARAMS page lists of all runs below a folder."""
    multiplexer = plugin_event_multiplexer.EventMultiplexer()
    multiplexer.AddRunsFromDirectory(str(folder)).Reload()
    provider = data_provider.MultiplexerDataProvider(multiplexer, str(folder))
    context = backend_context.Context(base_plugin.TBContext(data_provider=provider))
    request = api_pb2.ListSessionGroupsRequest(
        allowed_statuses=range(4), include_metrics=True, slice_size=10
    )
    handler = list_session_groups.Handler(RequestContext(), context, "", request)
    return handler.run().session_groups


def curves_of(folder):
    """The points of a run's own file of curves, without the times."""
    lines, damaged = read_lines(folder / "curves.jsonl")
    assert damaged == 0
    for line in lines:
        line.pop("about", None)  # Each process says it again.
        line["numbers"].pop("time/ms_per_step", None)
    return lines


def test_tensorboard_and_pictures_show_the_same(images, tmp_path):
    labelled = images / np.float32(255), np.arange(len(images)) % 3
    suite = Suite(images, images[:20], Settings(("fd_pixels",), "pixels"))
    processes = itertools.count()

    def make(folder):
        return [
            callbacks.RunLog(folder, options={"process": next(processes)}, every_steps=2),
            callbacks.Evaluation(folder, suite, 20, every_epochs=3),
            callbacks.Health(folder, every_steps=4, num_samples=8, labelled=labelled),
            callbacks.ImageSummary(folder, 4, every_steps=5),
        ]

    assert_equal(*unbroken_and_resumed(images, tmp_path, make))
    logged = [(tmp_path / name / "metrics.jsonl").read_text() for name in "ab"]
    assert logged[0] == logged[1] and logged[0].count("evaluation/fd_pixels") == EPOCHS
    curves = [curves_of(tmp_path / name) for name in "ab"]
    assert curves[0] == curves[1] and len(curves[0]) > EPOCHS * STEPS // 2
    events, _ = read_lines(tmp_path / "b" / "events.jsonl")
    went_on = [line["step"] for line in events if line["event"] == "continued"]
    assert went_on and set(went_on) <= {0, *range(EPOCHS * STEPS)}
    # A run that was killed has no status yet; resumed, it has one row as any other.
    assert fit(images, tmp_path / "c", make, kill_at=8) is None
    # One that has nothing left to do keeps its numbers.
    fit(images, tmp_path / "b", make)
    groups = {group.name.split("/")[0]: group for group in session_groups(tmp_path)}
    status = {name: [s.status for s in group.sessions] for name, group in groups.items()}
    done = [api_pb2.STATUS_SUCCESS]
    assert status == {"a": done, "b": done, "c": [api_pb2.STATUS_UNKNOWN]}
    # Of the processes of a run, the last counts: its options may differ.
    numbers = [groups[name].hparams["process"].number_value for name in "abc"]
    assert numbers == [0, 2 + len(KILLS) + 1, 2 + len(KILLS)]
    shown = [
        {m.name.tag: (m.training_step, m.value) for m in groups[name].metric_values}
        for name in "abc"
    ]
    assert shown[0] == shown[1] and len(shown[0]) == len(shown[2]) == 2 + 1 + 1
    assert {step for step, _ in shown[0].values()} == {EPOCHS * STEPS}
    assert {step for step, _ in shown[2].values()} == {8}
    written = [points(tmp_path / name / "tensorboard" / "train") for name in "ab"]
    assert written[0] == written[1]
    health = [step for tag, step in written[0] if tag == "health/change"]
    assert health == [4, 8, 12, 16, 20]
    for name in ("real.png", "fake_000015.png"):
        files = [(tmp_path / n / "images" / name).read_bytes() for n in "ab"]
        assert files[0] == files[1]


class Remembering(Remembers):
    REMEMBERED = ("thing",)

    def __init__(self, thing):
        super().__init__()
        self.thing = thing


def test_an_array_is_remembered(images, tmp_path):
    array = np.arange(6.0).reshape(2, 3)
    assert fit(images, tmp_path, lambda folder: [Remembering(array)], kill_at=3) is None
    found = Remembering(None)
    fit(images, tmp_path, lambda folder: [found])
    np.testing.assert_array_equal(found.thing, array)


@pytest.mark.parametrize("thing", [{1: 2}, (1, 2), {1}, np.array(["a"])])
def test_what_no_checkpoint_can_hold_is_refused(images, tmp_path, thing):
    with pytest.raises(ValueError, match="Remembering remembers thing, a .*: keep it as"):
        fit(images, tmp_path, lambda folder: [Remembering(thing)])


def test_two_ways_to_restore_a_run_are_refused(images, tmp_path):
    def make(folder):
        return [keras.callbacks.BackupAndRestore(str(folder / "backup"))]

    with pytest.raises(ValueError, match="use TrainingCheckpoint alone"):
        fit(images, tmp_path, make)
