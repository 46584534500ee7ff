"""What TensorBoard shows of a run, read back by TensorBoard's own reader."""

import contextlib
import errno
import os
import re
import types

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams import metadata as hparams

import keras_gan as kg
from keras_gan import callbacks, losses
from keras_gan.callbacks import _tensorboard
from keras_gan.logs import TABLE
from keras_gan.storage.lines import read_lines
from keras_gan.storage.pictures import read_png
from support import TracedOnce, tiny_gan

as_new = TracedOnce()
EPOCHS, STEPS, EVERY = 3, 5, 2
# Within an epoch after every 2 steps, and at its end.
OPTIONS = {"lr": 0.5, "loss": "hinge", "conditional": True, "augment": "none"}
POINTS = [2, 4, 5, 7, 9, 10, 12, 14, 15]


class SumsRecorder(keras.callbacks.Callback):
    """Notes the sums behind each training metric, which reset with each epoch."""

    def __init__(self):
        super().__init__()
        self.sums = {}

    def on_train_batch_end(self, batch, logs=None):
        self.sums[int(self.model.step)] = {
            metric.name: (float(metric.total), float(metric.count))
            for metric in self.model.training_metrics
        }


def read(folder):
    accumulator = EventAccumulator(folder, size_guidance={"tensors": 0})
    accumulator.Reload()
    return accumulator


def points_of(events, tag):
    """(step, array) of everything under a tag."""
    return [(e.step, tf.make_ndarray(e.tensor_proto)) for e in events.Tensors(tag)]


def tags_of(events, plugin):
    return set(events.summary_metadata) & {
        tag
        for tag, metadata in events.summary_metadata.items()
        if metadata.plugin_data.plugin_name == plugin
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """One small training with everything that writes to TensorBoard."""
    run_dir = str(tmp_path_factory.mktemp("runs") / "a")
    images = np.random.default_rng(0).integers(0, 256, (80, 8, 8, 1), dtype="uint8")
    gan = tiny_gan(discriminator_steps=2)
    recorder = SumsRecorder()
    history = gan.fit(
        images,
        batch_size=8,
        epochs=EPOCHS,
        verbose=0,
        validation_data=images[:16],
        callbacks=[
            recorder,
            callbacks.RunLog(run_dir, "--seed=7\n", options=OPTIONS, every_steps=EVERY),
            callbacks.ImageSummary(run_dir, num_samples=4, every_steps=6),
            callbacks.LogitHistogram(run_dir, every_epochs=2, seed=5),
            callbacks.LatentWalk(run_dir, rows=1, columns=3, every_epochs=2),
            callbacks.NearestNeighbors(
                run_dir, images / np.float32(255), num_samples=2, every_epochs=2
            ),
        ],
    )
    return types.SimpleNamespace(
        dir=run_dir,
        gan=gan,
        history=history.history,
        sums=recorder.sums,
        train=read(os.path.join(run_dir, "tensorboard", "train")),
        eval=read(os.path.join(run_dir, "tensorboard", "eval")),
        equilibrium=read(os.path.join(run_dir, "tensorboard", "equilibrium")),
        final=read(os.path.join(run_dir, "tensorboard", "final")),
    )


@pytest.mark.parametrize("kind", ["real", "fake"])
def test_histograms_are_those_of_ds_logits(run, kind):
    samples = run.gan.real_samples
    if kind == "fake":
        samples = run.gan.generator(run.gan.draw_latents(len(samples), 5))
    logits = np.array(run.gan.discriminator(samples))[:, 0]
    steps, histograms = zip(*points_of(run.train, f"logits/{kind}"), strict=True)
    assert steps == (0, 10, 15)
    lows, highs, counts = histograms[-1].T  # The networks of the end.
    expected, edges = np.histogram(logits, bins=len(counts))
    np.testing.assert_array_equal(counts, expected)
    np.testing.assert_allclose([*lows, highs[-1]], edges, rtol=1e-4, atol=1e-5)
    assert (
        f"logits on {kind} samples"
        in run.train.SummaryMetadata(f"logits/{kind}").summary_description
    )


class TestScalars:
    @pytest.mark.parametrize(
        "name", [log.name for log in TABLE.values() if log.source == "fit"]
    )
    def test_each_point_is_the_mean_of_its_own_window(self, run, name):
        found = points_of(run.train, TABLE[name].tag)
        assert [step for step, _ in found] == POINTS
        since = {0: 0, 1: 2, 2: 4}  # point of an epoch: its window's first step
        for i, (step, mean) in enumerate(found):
            total, count = run.sums[step][name]
            first = (step - 1) // STEPS * STEPS + since[i % 3]
            if since[i % 3]:
                total -= run.sums[first][name][0]
                count -= run.sums[first][name][1]
            assert mean == pytest.approx(total / count, rel=1e-3, abs=1e-5)

    def test_time_per_step_is_written_too(self, run):
        found = points_of(run.train, "time/ms_per_step")
        assert [step for step, _ in found] == POINTS
        assert all(0 < milliseconds < 60_000 for _, milliseconds in found)

    def test_validation_stands_beside_training_under_the_same_tags(self, run):
        for name in ("d_loss", "g_loss", "value", "real_score", "d_accuracy"):
            found = points_of(run.eval, TABLE[name].tag)
            assert [step for step, _ in found] == [5, 10, 15]
            np.testing.assert_allclose(
                [value for _, value in found], run.history[f"val_{name}"], rtol=1e-6
            )

    def test_every_scalar_says_what_it_means(self, run):
        levels = {"d_loss": 2 * np.log(2), "g_loss": np.log(2), "value": -np.log(4)}
        levels |= {"real_score": 0.5, "fake_score": 0.5}
        meanings = {log.tag: log.description(levels) for log in TABLE.values()}
        for events in (run.train, run.eval):
            tags = tags_of(events, "scalars")
            assert {TABLE["d_loss"].tag, TABLE["real_score"].tag} <= tags
            for tag in tags:
                description = events.SummaryMetadata(tag).summary_description
                assert description == meanings[tag]
                assert len(description) > 20

    def test_the_level_at_equilibrium_stands_beside_each_curve_that_has_one(self, run):
        levels = {"d_loss": 2 * np.log(2), "g_loss": np.log(2), "value": -np.log(4)}
        levels |= {"real_score": 0.5, "fake_score": 0.5}
        tags = {TABLE[name].tag: level for name, level in levels.items()}
        assert tags_of(run.equilibrium, "scalars") == set(tags)
        for tag, level in tags.items():
            found = points_of(run.equilibrium, tag)
            assert [step for step, _ in found] == POINTS
            np.testing.assert_allclose([value for _, value in found], level, rtol=1e-6)

    def test_the_file_of_the_curves_has_the_same_points_and_meanings(self, run):
        lines, damaged = read_lines(os.path.join(run.dir, "curves.jsonl"))
        assert damaged == 0
        for split in ("train", "eval", "equilibrium"):
            events, found = getattr(run, split), {}
            for line in lines:
                if line["split"] == split:
                    for tag, value in line["numbers"].items():
                        found.setdefault(tag, []).append((line["step"], value))
            assert set(found) == tags_of(events, "scalars")
            for tag, points in found.items():
                expected = points_of(events, tag)
                np.testing.assert_allclose(points, expected, rtol=1e-6)
        told = [one for line in lines for one in line.get("about", {}).items()]
        # Once each, although there are many points.
        assert len(told) == len(dict(told))
        for tag, text in told:
            events = run.train if tag in run.train.summary_metadata else run.eval
            assert text == events.SummaryMetadata(tag).summary_description

    def test_the_hparams_page_gets_options_the_last_numbers_and_a_status(self, run):
        parts = {
            tag: metadata.plugin_data.content
            for tag, metadata in run.final.summary_metadata.items()
            if metadata.plugin_data.plugin_name == "hparams"
        }
        start = hparams.parse_session_start_info_plugin_data(
            parts[hparams.SESSION_START_INFO_TAG]
        )
        found = {n: getattr(v, v.WhichOneof("kind")) for n, v in start.hparams.items()}
        assert found == OPTIONS
        end = hparams.parse_session_end_info_plugin_data(
            parts[hparams.SESSION_END_INFO_TAG]
        )
        assert end.status == api_pb2.STATUS_SUCCESS
        names = ("d_loss", "g_loss")
        assert tags_of(run.final, "scalars") == {TABLE[name].tag for name in names}
        for name in names:
            ((step, value),) = points_of(run.final, TABLE[name].tag)
            assert step == 15 and value == pytest.approx(run.history[name][-1], rel=1e-6)


class TestPictures:
    @pytest.mark.parametrize(
        "tag, prefix, steps",
        [
            ("samples/fixed_latents", "fake", [0, 6, 12, 15]),
            ("samples/latent_walk", "walk", [10, 15]),
            ("samples/nearest_neighbors", "neighbors", [10, 15]),
        ],
    )
    def test_one_slider_per_kind_shows_the_pixels_of_the_files(
        self, run, tag, prefix, steps
    ):
        found = points_of(run.train, tag)
        assert [step for step, _ in found] == steps
        for step, (width, height, *encoded) in found:
            assert len(encoded) == 1
            shown = tf.io.decode_png(encoded[0]).numpy()
            assert shown.shape == (int(height), int(width), 3)
            path = os.path.join(run.dir, "images", f"{prefix}_{step:06d}.png")
            np.testing.assert_array_equal(shown, read_png(path))

    def test_real_samples_are_shown_once(self, run):
        ((step, (_, _, encoded)),) = points_of(run.train, "samples/real")
        assert step == 0
        path = os.path.join(run.dir, "images", "real.png")
        shown = tf.io.decode_png(encoded).numpy()
        np.testing.assert_array_equal(shown, read_png(path))

    def test_there_are_no_other_kinds_and_each_is_explained(self, run):
        tags = tags_of(run.train, "images")
        assert tags == {
            "samples/fixed_latents",
            "samples/latent_walk",
            "samples/nearest_neighbors",
            "samples/real",
        }
        for tag in tags:
            assert run.train.SummaryMetadata(tag).summary_description


class TestPage:
    @pytest.mark.parametrize("split", ["train", "eval"])
    def test_callbacks_share_one_event_file(self, run, split):
        assert len(os.listdir(os.path.join(run.dir, "tensorboard", split))) == 1

    def test_layout_groups_tags_that_exist(self, run):
        (event,) = run.train.Tensors("custom_scalars__config__")
        layout = layout_pb2.Layout.FromString(tf.make_ndarray(event.tensor_proto).item())
        (category,) = layout.category
        scalars = tags_of(run.train, "scalars")
        groups = {chart.title: list(chart.multiline.tag) for chart in category.chart}
        assert len(groups) == 3
        for patterns in groups.values():
            assert len(patterns) >= 2
            for pattern in patterns:
                assert [tag for tag in scalars if re.fullmatch(pattern, tag)]

    def test_text_explains_every_tag_and_repeats_the_flags(self, run):
        levels = losses.levels(losses.NonSaturating())
        ((_, guide),) = points_of(run.train, "about/how_to_read_this_page")
        for log in TABLE.values():
            row = f"| `{log.tag}` | {log.description(levels)} |"
            assert (row in guide.item().decode()) == (log.source != "Health")
        ((_, flags),) = points_of(run.train, "about/flags")
        assert "--seed=7" in flags.item().decode()

    def test_removed_run_folder_starts_afresh(self, tmp_path):
        run_dir, pixels = str(tmp_path / "a"), np.zeros((4, 4, 3), "uint8")
        folder = tmp_path / "a" / "tensorboard" / "train"
        _tensorboard.write_image(run_dir, "first", pixels, 0)
        tf.io.gfile.rmtree(run_dir)
        _tensorboard.write_image(run_dir, "second", pixels, 0)
        assert tags_of(read(str(folder)), "images") == {"second"}


def no_space(*arguments, **options):
    raise OSError(errno.ENOSPC, "No space left on device")


def no_room_in_tensorflow(*arguments, **options):
    raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")


class TestFullDisk:
    @pytest.mark.parametrize("error", [no_space, no_room_in_tensorflow])
    @pytest.mark.parametrize("where", ["create_file_writer", "scalar"])
    def test_is_warned_of_once_and_the_run_goes_on(
        self, tmp_path, monkeypatch, caplog, where, error
    ):
        monkeypatch.setattr(tf.summary, where, error)
        for step in range(3):
            _tensorboard.write_scalars(tmp_path, step, {TABLE["d_loss"].tag: (1.0, None)})
        assert caplog.text.count("training goes on without") == 1

    def test_a_picture_that_tensorboard_has_no_room_for_is_a_file(
        self, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(tf.summary, "image", no_space)
        pixels = np.zeros((4, 4, 3), "uint8")
        _tensorboard.publish_picture(tmp_path, "a.png", "samples/a", pixels, 0)
        assert (tmp_path / "images" / "a.png").exists()

    def test_a_picture_that_has_no_room_as_a_file_is_in_tensorboard(
        self, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(_tensorboard, "save_png", no_space)
        pixels = np.zeros((4, 4, 3), "uint8")
        _tensorboard.publish_picture(tmp_path, "a.png", "samples/a", pixels, 0)
        events = read(str(tmp_path / "tensorboard" / "train"))
        assert tags_of(events, "images") == {"samples/a"}

    def test_other_errors_end_the_run(self, tmp_path, monkeypatch):
        def refused(*arguments, **options):
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(tf.summary, "scalar", refused)
        with pytest.raises(PermissionError):
            _tensorboard.write_scalars(tmp_path, 0, {TABLE["d_loss"].tag: (1.0, None)})


def test_points_can_be_read_before_training_ends(tmp_path):
    _tensorboard.write_scalars(tmp_path, 3, {TABLE["d_loss"].tag: (1.5, "About.")})
    events = read(str(tmp_path / "tensorboard" / "train"))
    ((step, value),) = points_of(events, TABLE["d_loss"].tag)
    assert step == 3 and value == 1.5


def test_a_metric_of_the_users_own_is_shown_under_other(tmp_path):
    log = callbacks.RunLog(tmp_path)
    log.set_model(as_new())
    log._write_scalars({"mine": 2.0})
    events = read(str(tmp_path / "tensorboard" / "train"))
    ((_, value),) = points_of(events, "other/mine")
    assert value == 2.0


def open_files(folder):
    """What this process holds open below a folder."""
    links = []
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            links.append(os.readlink(f"/proc/self/fd/{number}"))
    return [link for link in links if link.startswith(str(folder))]


class Fail(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        raise RuntimeError("a mistake in a callback of the user's own")


@pytest.mark.parametrize("ended_by", ["its end", "an error"])
def test_a_run_closes_its_event_files_and_no_others(images, tmp_path, ended_by):
    _tensorboard.write_scalars(tmp_path / "other", 0, {TABLE["d_loss"].tag: (1.0, None)})
    run_dir = tmp_path / "a"
    fails = ended_by == "an error"
    with pytest.raises(RuntimeError) if fails else contextlib.nullcontext():
        as_new().fit(
            images,
            batch_size=20,
            epochs=1,
            verbose=0,
            validation_data=images,
            callbacks=[
                callbacks.RunLog(run_dir),
                callbacks.ImageSummary(run_dir, num_samples=2),
                callbacks.LatentWalk(run_dir, rows=1, columns=2),
                callbacks.NearestNeighbors(run_dir, images / np.float32(255), 2),
                callbacks.Health(run_dir, every_steps=1),
                *([Fail()] if fails else []),
            ],
        )
    assert len(os.listdir(run_dir / "tensorboard" / "train")) == 1
    assert not open_files(run_dir)
    assert len(open_files(tmp_path / "other")) == 1


def test_a_run_of_one_callback_closes_its_event_file(images, tmp_path):
    """Each callback that shows something in TensorBoard gives it back by itself."""
    generator, discriminator = kg.networks.line()
    gan = kg.GAN(generator, discriminator)
    gan.compile("adam", "adam")
    data = kg.data.load("gaussian1d", batch_size=10_000)
    plot = callbacks.DensityPlot(
        tmp_path, data.density, num_samples=1000, print_line=lambda line: None
    )
    gan.fit(data, steps_per_epoch=1, verbose=0, callbacks=[plot])
    assert os.listdir(tmp_path / "tensorboard" / "train") and not open_files(tmp_path)
