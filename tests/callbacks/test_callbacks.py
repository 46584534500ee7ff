"""What callbacks draw, write and stop, and when."""

import json
import math
import os
import re
import types
import xml.etree.ElementTree

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams import metadata as hparams

import keras_gan
from keras_gan import callbacks, losses, pictures
from keras_gan.callbacks import _tensorboard, limits, run_log
from keras_gan.callbacks.latent_walk import walk
from keras_gan.callbacks.nearest_neighbors import Scaled, beside_neighbors
from keras_gan.callbacks.run_log import plot_losses
from keras_gan.evaluation.memorization import nearest_training
from keras_gan.storage.pictures import save_png
from keras_gan.training.resuming import Forgets
from support import FakeClock, TracedOnce, tiny_gan

as_new = TracedOnce()
EPOCHS, STEPS, BATCH = 3, 5, 8


def read_lines(run_dir):
    """metrics.jsonl by a reader that takes strict JSON only."""

    def refuse(word):
        raise ValueError(f"{word} is not JSON")

    with open(os.path.join(run_dir, "metrics.jsonl"), encoding="utf-8") as file:
        return [json.loads(line, parse_constant=refuse) for line in file]


def read_pixels(run_dir, name):
    with Image.open(os.path.join(run_dir, "images", name)) as image:
        return np.asarray(image)


def named(run_dir, prefix):
    names = os.listdir(os.path.join(run_dir, "images"))
    return sorted(name for name in names if name.startswith(prefix))


class LatentsSpy(keras.callbacks.Callback):
    """Notes all latents that the model makes pictures of."""

    def __init__(self):
        super().__init__()
        self.latents = []

    def on_train_begin(self, logs=None):
        generate = self.model.generate

        def noting(latents, *more, **options):
            self.latents.append(np.array(latents))
            return generate(latents, *more, **options)

        self.model.generate = noting


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """One small training with everything that draws or writes."""
    run_dir = str(tmp_path_factory.mktemp("runs") / "a")
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), dtype="uint8")
    gan = tiny_gan(ema_decay=0.9)
    fakes_before = gan.sample(5, seed=3)
    spy = LatentsSpy()
    history = gan.fit(
        images,
        batch_size=BATCH,
        epochs=EPOCHS,
        verbose=0,
        validation_data=images,
        validation_freq=2,
        callbacks=[
            spy,
            callbacks.RunLog(run_dir, "--loss=minimax\n", every_steps=2),
            callbacks.ImageSummary(run_dir, num_samples=5, every_steps=4, seed=3),
            callbacks.LatentWalk(run_dir, rows=2, columns=3, every_epochs=2),
            callbacks.NearestNeighbors(
                run_dir, images / np.float32(255), num_samples=4, every_epochs=2
            ),
        ],
    )
    del gan.generate  # the spy's
    return types.SimpleNamespace(
        dir=run_dir,
        gan=gan,
        images=images,
        history=history,
        fakes_before=fakes_before,
        latents=spy.latents,
    )


@pytest.fixture
def gan(images):
    """An untrained GAN that callbacks can be driven on by hand."""
    gan = as_new()
    gan.real_samples = images[:BATCH] / np.float32(255)
    return gan


def drive(callback, gan, *, start=0, epochs=EPOCHS, steps_per_call=1):
    """Plays `fit` on a callback: its calls, and the model's step, without training."""
    gan.step.assign(start)
    callback.set_model(gan)
    callback.set_params({"epochs": epochs})
    callback.on_train_begin()
    if isinstance(callback, Forgets):
        callback.forget_after(start)
    for epoch in range(start // STEPS, epochs):
        callback.on_epoch_begin(epoch)
        for batch in range(steps_per_call - 1, STEPS, steps_per_call):
            gan.step.assign_add(steps_per_call)
            callback.on_train_batch_end(batch, {})
        callback.on_epoch_end(epoch, {})
    callback.on_train_end()


class TestImageSummary:
    def test_draws_at_0_every_n_steps_and_at_the_end(self, run):
        steps = [0, 4, 8, 12, 15]
        assert named(run.dir, "fake_") == [f"fake_{step:06d}.png" for step in steps]

    def test_draws_the_samples_of_its_seed_before_and_after_training(self, run):
        before = pictures.draw(run.fakes_before, (0.0, 1.0))
        after = pictures.draw(run.gan.sample(5, seed=3), (0.0, 1.0))
        np.testing.assert_array_equal(read_pixels(run.dir, "fake_000000.png"), before)
        np.testing.assert_array_equal(read_pixels(run.dir, "fake_000015.png"), after)
        assert (before != after).any()

    def test_latents_are_the_same_each_time(self, run):
        drawn = [z for z in run.latents if len(z) == 5]
        assert len(drawn) == 5
        assert all((z == drawn[0]).all() for z in drawn)

    def test_real_samples_are_the_first_minibatch(self, run):
        expected = pictures.draw(run.gan.real_samples[:5], (0.0, 1.0))
        np.testing.assert_array_equal(read_pixels(run.dir, "real.png"), expected)

    def test_film_has_as_many_frames_as_there_are_pictures(self, run):
        with Image.open(os.path.join(run.dir, "images", "training.gif")) as gif:
            assert gif.n_frames == len(named(run.dir, "fake_"))
            gif.seek(gif.n_frames - 1)
            last = np.asarray(gif.convert("RGB"))
        picture = read_pixels(run.dir, "fake_000015.png")
        np.testing.assert_array_equal(last[: len(picture)], picture)
        # Below it stands "step 15".
        caption = last[len(picture) :]
        assert caption.shape == (16, picture.shape[1], 3) and len(np.unique(caption)) > 2

    @pytest.mark.parametrize(
        "rhythm, steps",
        [
            ({}, [0, 5, 10, 15]),
            ({"every_epochs": 1}, [0, 5, 10, 15]),
            ({"every_epochs": 2}, [0, 10, 15]),
            ({"every_epochs": 3}, [0, 15]),
            ({"every_epochs": 50}, [0, 15]),
            ({"every_steps": 5}, [0, 5, 10, 15]),
            ({"every_steps": 7}, [0, 7, 14, 15]),
            ({"every_steps": 99}, [0, 15]),
        ],
    )
    def test_rhythm(self, gan, tmp_path, monkeypatch, rhythm, steps):
        written = []
        monkeypatch.setattr(
            _tensorboard,
            "save_png",
            lambda path, pixels: written.append(os.path.basename(path)),
        )
        os.makedirs(tmp_path / "images")
        drive(callbacks.ImageSummary(str(tmp_path), 2, **rhythm), gan)
        # No picture twice, and the real samples only once.
        assert written == ["real.png", *(f"fake_{step:06d}.png" for step in steps)]

    def test_rhythm_holds_when_one_call_stands_for_several_steps(self, gan, tmp_path):
        callback = callbacks.ImageSummary(str(tmp_path), 2, every_steps=3)
        drive(callback, gan, steps_per_call=5)
        assert named(tmp_path, "fake_") == [
            f"fake_{step:06d}.png" for step in (0, 5, 10, 15)
        ]

    def test_continued_run_draws_no_step_twice_and_films_it_all(self, gan, tmp_path):
        drive(callbacks.ImageSummary(str(tmp_path), 2, every_epochs=1), gan, epochs=2)
        stamp = os.stat(tmp_path / "images" / "fake_000010.png").st_mtime_ns
        drive(callbacks.ImageSummary(str(tmp_path), 2, every_epochs=1), gan, start=10)
        assert len(named(tmp_path, "fake_")) == 4
        assert os.stat(tmp_path / "images" / "fake_000010.png").st_mtime_ns == stamp

    @pytest.mark.parametrize(
        "rhythm",
        [
            {"every_steps": 1, "every_epochs": 1},
            {"every_steps": 0},
            {"every_epochs": -1},
            {"every_steps": 2.5},
        ],
    )
    def test_impossible_rhythm_is_refused(self, tmp_path, rhythm):
        with pytest.raises(ValueError, match=f"{list(rhythm)[0]}.* an int >= 1"):
            callbacks.ImageSummary(str(tmp_path), **rhythm)


class TestFolderOfAnotherRun:
    @pytest.mark.parametrize("start", [0, 5])
    def test_its_pictures_of_later_steps_are_gone(self, gan, tmp_path, start):
        drive(callbacks.ImageSummary(tmp_path, 2), gan)
        folder = tmp_path / "images"
        pixels = np.zeros((9, 9, 3), "uint8")
        for name in ("walk", "neighbors", "density", "plane", "mine"):
            for step in (0, 5, 10):
                save_png(folder / f"{name}_{step:06d}.png", pixels)
        Image.fromarray(pixels).save(folder / "walk_000099.png")
        callback = callbacks.ImageSummary(tmp_path, 2)
        gan.step.assign(start)
        callback.set_model(gan)
        callback.on_train_begin()
        callback.forget_after(start)
        steps = [f"{step:06d}.png" for step in (0, 5, 10) if step <= start]
        for name in ("fake", "neighbors", "density", "plane"):
            assert named(tmp_path, name) == [f"{name}_{step}" for step in steps]
        # Neither what this package did not write, nor what it knows nothing of.
        assert "walk_000099.png" in named(tmp_path, "walk")
        assert len(named(tmp_path, "walk")) == len(steps) + 1
        assert len(named(tmp_path, "mine")) == 3
        assert not (folder / "training.gif").exists()

    def test_reports_and_curves_that_are_its_own_are_gone(self, gan, tmp_path):
        guard, log = callbacks.NanGuard(tmp_path), callbacks.RunLog(tmp_path)
        plot = callbacks.DensityPlot(tmp_path, density=None)
        drive(log, gan)
        for content, start, is_left in (
            ({"step": 9}, 8, False),
            ({"step": 9}, 9, True),
            (["of another kind"], 0, True),
        ):
            for name, callback in (("divergence", guard), ("density", plot)):
                path = tmp_path / f"{name}.json"
                path.write_text(json.dumps(content))
                callback.forget_after(start)
                assert path.exists() == is_left
        curves = tmp_path / "images" / "losses.svg"
        log.forget_after(15)
        assert curves.exists()
        log.forget_after(0)
        assert not curves.exists()

    def test_pictures_of_two_sizes_become_no_film(self, gan, tmp_path, caplog):
        drive(callbacks.ImageSummary(tmp_path, 2), gan, epochs=2)
        film = (tmp_path / "images" / "training.gif").read_bytes()
        drive(callbacks.ImageSummary(tmp_path, 9), gan, start=10)
        assert "No training.gif. A film needs frames of one size: " in caplog.text
        assert "fake_000000.png is" in caplog.text and "fake_000015.png" in caplog.text
        assert (tmp_path / "images" / "training.gif").read_bytes() == film

    def test_a_fresh_run_shows_itself_alone(self, images, tmp_path, monkeypatch):
        # Drawing the curves takes long.
        monkeypatch.setattr(run_log, "plot_losses", lambda *given: None)
        gan, run_dir = as_new(), tmp_path / "a"

        def fit(epochs, *more):
            log = callbacks.RunLog(run_dir, every_steps=2)
            listed = [log, callbacks.ImageSummary(run_dir, 2), *more]
            gan.fit(images, batch_size=BATCH, epochs=epochs, verbose=0, callbacks=listed)

        def curves():
            return {
                (split, value.tag, event.step)
                for split in os.listdir(run_dir / "tensorboard")
                for path in (run_dir / "tensorboard" / split).iterdir()
                for event in tf.compat.v1.train.summary_iterator(str(path))
                for value in event.summary.value
            }

        fit(2)
        _tensorboard.write_scalars(run_dir, 10, {"1 losses/d_loss": (1.0, None)}, "eval")
        foreign = run_dir / "tensorboard" / "train" / "events.out.tfevents.foreign.v2"
        foreign.touch()
        former = curves()
        # A run that another callback moves to a later step is not a fresh one.
        move = keras.callbacks.LambdaCallback(
            on_train_begin=lambda logs: gan.step.assign(5)
        )
        gan.step.assign(0)
        fit(1, move)
        assert former <= curves() and foreign.exists()
        steps = [f"fake_{step:06d}.png" for step in (0, 5, 10)]
        assert named(run_dir, "fake_") == steps
        gan.step.assign(0)
        fit(1)
        shown = curves()
        assert {split for split, _, _ in shown} == {"train", "equilibrium"}
        assert {step for _, tag, step in shown if "d_loss" in tag} == {2, 4, 5}
        assert named(run_dir, "fake_") == steps[:2] and foreign.exists()
        assert len(pictures.film(run_dir)) == 2
        assert [line["step"] for line in read_lines(run_dir)] == [5]


class TestLatentWalk:
    def test_walk_is_linear_and_includes_both_ends(self):
        rng = np.random.default_rng(0)
        start, stop = rng.normal(size=(2, 3, 4))
        lines = walk(start, stop, 5).reshape(3, 5, 4)
        assert lines.dtype == np.float32
        np.testing.assert_array_equal(lines[:, 0], start.astype("float32"))
        np.testing.assert_array_equal(lines[:, -1], stop.astype("float32"))
        steps = np.diff(lines, axis=1)
        expected = np.broadcast_to((stop - start)[:, None] / 4, steps.shape)
        np.testing.assert_allclose(steps, expected, atol=1e-6)

    def test_rows_are_walks_between_the_latents_of_its_seed(self, run):
        # None of step 0, which would be noise.
        assert named(run.dir, "walk_") == ["walk_000010.png", "walk_000015.png"]
        ends = np.array(run.gan.draw_latents(4, seed=0))
        middle = (ends[:2] + ends[2:]) / 2
        rows = np.stack([ends[:2], middle, ends[2:]], axis=1)
        samples = run.gan.generate(rows.reshape(6, -1))
        expected = pictures.draw(samples, (0.0, 1.0), columns=3).astype(int)
        drawn = read_pixels(run.dir, "walk_000015.png")
        assert np.abs(drawn - expected).max() <= 1


class TestNearestNeighbors:
    @pytest.mark.parametrize("rows", [None, 1, 7, 30])
    @pytest.mark.parametrize("but", [None, np.arange(7)])
    def test_nearest_agrees_with_brute_force(self, rows, but):
        rng = np.random.default_rng(1)
        training = rng.random((30, 4, 4, 1))
        samples = training[:7] + 0.01 * rng.random((7, 4, 4, 1))
        distances = np.array([[np.sum((s - t) ** 2) for t in training] for s in samples])
        if but is not None:
            distances[but, but] = np.inf
        found = nearest_training(samples, training, but=but, rows=rows)
        np.testing.assert_array_equal(found, np.argmin(distances, axis=1))

    @pytest.mark.parametrize("value_range", [(-1.0, 1.0), (0.0, 1.0)])
    def test_all_training_images_are_searched(self, value_range):
        """Copies of images anywhere among many, none of which is held as floats."""
        rng = np.random.default_rng(0)
        images = rng.integers(0, 256, (30_000, 2, 2, 1), dtype="uint8")
        # Far from each other, so that each has one nearest.
        images[:, 0, 0, 0], images[:, 0, 1, 0] = np.divmod(np.arange(30_000), 250)
        chosen = [0, 9_999, 10_000, 10_001, 17_345, 29_999]
        data = keras_gan.data.Batches(images, batch_size=1)
        copies = data.scaled(value_range, chosen)
        pairs = beside_neighbors(copies, Scaled(data, value_range))
        np.testing.assert_array_equal(pairs[1::2], copies)

    def test_training_image_finds_itself(self, images):
        training = images / np.float32(255)
        chosen = [17, 3, 39, 0]
        np.testing.assert_array_equal(
            nearest_training(training[chosen], training), chosen
        )
        pairs = beside_neighbors(training[chosen], training)
        np.testing.assert_array_equal(pairs[::2], pairs[1::2])
        np.testing.assert_array_equal(pairs[::2], training[chosen])

    def test_mirror_images_are_searched_if_training_saw_them(self, images):
        training = images / np.float32(255)
        copies = training[[17, 3]]
        copies[1] = copies[1, :, ::-1]
        found = beside_neighbors(copies, training, mirror=True)[1::2]
        np.testing.assert_array_equal(found, copies)

    def test_picture_shows_each_sample_beside_a_training_image(self, run):
        assert named(run.dir, "neighbors_") == [
            "neighbors_000010.png",
            "neighbors_000015.png",
        ]
        drawn = read_pixels(run.dir, "neighbors_000015.png")
        # Above the columns stands which images are generated and which are real.
        noise = np.zeros((8, 8, 8, 1))
        captions = ["generated", "nearest real"] * 4
        titled = pictures.draw(noise, (0, 1), columns=8, captions=captions)
        np.testing.assert_array_equal(drawn[:16], titled[:16])
        drawn = drawn[16:]
        zoom, cell = 6, 50
        cells = [
            drawn[2 : 2 + 48 : zoom, 2 + i * cell : 2 + i * cell + 48 : zoom, 0]
            for i in range(8)
        ]
        samples = np.rint(run.gan.sample(4, seed=0) * 255).astype("uint8")[..., 0]
        for i in range(4):
            np.testing.assert_array_equal(cells[2 * i], samples[i])
            assert (cells[2 * i + 1] == run.images[..., 0]).all(axis=(1, 2)).any()


class TestRunLog:
    def test_one_line_per_epoch_with_every_log_of_the_history(self, run):
        lines = read_lines(run.dir)
        assert [line["epoch"] for line in lines] == [1, 2, 3]
        assert [line["step"] for line in lines] == [5, 10, 15]
        logs = run.history.history
        for name in ("d_loss", "g_loss", "value", "d_grad_norm"):
            assert [line[name] for line in lines] == logs[name]
        assert [line["val_d_loss"] for line in lines[1:2]] == logs["val_d_loss"]
        added = {"epoch", "step"}
        assert set(lines[1]) - added == set(logs)
        assert set(lines[0]) - added == {n for n in logs if not n.startswith("val_")}

    def test_says_what_ran_and_how_to_run_it_again(self, run):
        with open(os.path.join(run.dir, "versions.json"), encoding="utf-8") as file:
            versions = json.load(file)
        assert versions["keras_gan"] == keras_gan.__version__
        assert versions["keras"] == keras.__version__
        assert versions["numpy"] == np.__version__
        assert {"tensorflow", "python", "machine", "cpus"} <= set(versions)
        with open(os.path.join(run.dir, "flags.txt"), encoding="utf-8") as file:
            assert file.read() == "--loss=minimax\n"

    def test_a_run_that_is_stopped_has_its_curves_too(self, images, tmp_path):
        class Stops(keras.callbacks.Callback):
            def on_epoch_begin(self, epoch, logs=None):
                if epoch == 1:
                    raise KeyboardInterrupt

        curves = tmp_path / "images" / "losses.svg"
        log = callbacks.RunLog(tmp_path)
        with pytest.raises(KeyboardInterrupt):
            as_new().fit(images, epochs=2, verbose=0, callbacks=[log, Stops()])
        assert curves.exists()
        # What a run that is refused finds there is not its own.
        curves.unlink()
        with pytest.raises(ValueError, match="Expected an array"):
            as_new().fit(images[0], verbose=0, callbacks=[log])
        assert not curves.exists()

    def test_curves_are_a_drawing_of_three_panels(self, run):
        path = os.path.join(run.dir, "images", "losses.svg")
        root = xml.etree.ElementTree.parse(path).getroot()
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        ids = {element.get("id") for element in root.iter()}
        assert {"axes_1", "axes_2", "axes_3"} <= ids
        assert "axes_4" not in ids

    @pytest.mark.parametrize("loss", ["hinge", "non_saturating"])
    def test_dotted_lines_stand_where_the_loss_has_its_equilibrium(self, loss, tmp_path):
        line = {"epoch": 1, "step": 5, "d_loss": 1.0, "real_score": 0.5, "d_penalty": 0.1}
        (tmp_path / "metrics.jsonl").write_text(json.dumps(line) + "\n")
        levels = losses.levels(losses.get(loss))
        plot_losses(tmp_path / "metrics.jsonl", tmp_path / "losses.svg", levels)
        # Matplotlib writes each text as a comment beside its glyphs.
        texts = re.findall("<!-- (.*) -->", (tmp_path / "losses.svg").read_text())
        assert "losses (dotted: equilibrium)" in texts
        # The hinge's D is free to answer any constant in [-1, 1].
        assert ("scores (dotted: equilibrium)" in texts) == (loss != "hinge")
        assert "gradient norms" in texts and "d_penalty" not in texts
        assert {"d_loss", "g_loss", "real_score", "fake_score"} <= set(texts)

    def test_each_level_has_its_curves_colour_and_no_legend_covers_a_curve(
        self, tmp_path
    ):
        numbers = {"d_loss": 1.0, "g_loss": 0.5, "real_score": 0.6, "fake_score": 0.4}
        lines = [{"epoch": n, "step": 5 * n, **numbers} for n in (1, 2)]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (tmp_path / "metrics.jsonl").write_text(text)
        levels = losses.levels(losses.NonSaturating())
        plot_losses(tmp_path / "metrics.jsonl", tmp_path / "losses.svg", levels)
        root = xml.etree.ElementTree.parse(tmp_path / "losses.svg").getroot()
        groups = {one.get("id"): one for one in root.iter() if one.get("id")}

        def places(path, axis):
            return [float(n) for n in re.findall(r"[\d.]+", path.get("d"))[axis::2]]

        for number in "12":
            axes = groups[f"axes_{number}"]
            frame = axes.find(".//*[@d]")
            drawn = [
                (dict(part.split(": ") for part in path.get("style").split("; ")), path)
                for path in axes.iterfind("./*/*[@clip-path]")
            ]
            dotted = [
                (style["stroke"], style["stroke-dashoffset"], places(path, 1)[0])
                for style, path in drawn
                if "stroke-dasharray" in style
            ]
            curves = [
                style["stroke"]
                for style, path in drawn
                if style["stroke"] in ("#1f77b4", "#ff7f0e")
                and "stroke-dasharray" not in style
            ]
            assert [color for color, _, _ in dotted] == curves and len(curves) == 2
            # Both scores have the level 1/2: each line shows in the gaps of the other.
            heights = {height for _, _, height in dotted}
            assert len(heights) == (1 if number == "2" else 2)
            assert len({offset for _, offset, _ in dotted}) == 2
            samples = groups[f"legend_{number}"].findall(".//*[@style]")
            handles = [one for one in samples if "stroke:" in one.get("style")]
            assert len(handles) == 2
            for handle in handles:
                assert min(places(handle, 0)) > max(places(frame, 0))

    def test_nothing_half_written_is_left(self, run):
        found = [name for _, _, names in os.walk(run.dir) for name in names]
        assert not [name for name in found if name.startswith(".")]

    def test_continued_run_adds_lines(self, gan, tmp_path):
        log = callbacks.RunLog(str(tmp_path))
        for epochs, start in ((1, 0), (3, 5)):
            drive(log, gan, epochs=epochs, start=start)
        assert [line["step"] for line in read_lines(tmp_path)] == [5, 10, 15]
        assert not (tmp_path / "flags.txt").exists()

    def test_a_run_from_step_0_keeps_the_lines_of_another_aside(self, gan, tmp_path):
        log = callbacks.RunLog(str(tmp_path))
        for epochs in (2, 3, 1):
            drive(log, gan, epochs=epochs, start=0)
        assert [line["step"] for line in read_lines(tmp_path)] == [5]
        for number, steps in ((1, [5, 10]), (2, [5, 10, 15])):
            former = (tmp_path / f"metrics.former-{number}.jsonl").read_text()
            lines = former.splitlines()
            assert [json.loads(line)["step"] for line in lines] == steps


class TestLimits:
    def test_training_stops_at_the_step_and_not_before(self, images):
        gan = as_new()
        limit = callbacks.Limits(max_steps=7)
        history = gan.fit(images, batch_size=8, epochs=9, verbose=0, callbacks=[limit])
        assert int(gan.step) == 7
        assert len(history.epoch) == 2

    @pytest.mark.parametrize(
        "bounds, seconds, step, stops",
        [
            ({"max_seconds": 10.0}, 9.9, 999, False),
            ({"max_seconds": 10.0}, 10.0, 1, True),
            ({"max_steps": 5}, 999.0, 4, False),
            ({"max_steps": 5}, 0.0, 5, True),
            ({"max_steps": 5, "max_seconds": 10.0}, 11.0, 1, True),
            ({}, 1e9, 10**6, False),
        ],
    )
    def test_whichever_comes_first(self, monkeypatch, gan, bounds, seconds, step, stops):
        clock = FakeClock()
        monkeypatch.setattr(limits, "time", clock)
        callback = callbacks.Limits(**bounds)
        callback.set_model(gan)
        gan.stop_training = False
        callback.on_train_begin()
        clock.now += 1e6  # The first step compiles: its time does not count.
        gan.step.assign(0)
        callback.on_train_batch_end(0, {})
        assert not gan.stop_training
        clock.now += seconds
        gan.step.assign(step)
        callback.on_train_batch_end(1, {})
        assert gan.stop_training is stops


class Poison(keras.callbacks.Callback):
    """Puts NaN into D's last bias after a step."""

    def __init__(self, step):
        super().__init__()
        self.step = step

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.step) == self.step:
            weight = self.model.discriminator.trainable_variables[-1]
            weight.assign(np.full(weight.shape, np.nan))


class TestNanGuard:
    def test_stops_at_the_first_step_that_is_no_number(self, images, tmp_path):
        gan, guard, run_dir = as_new(), callbacks.NanGuard(), str(tmp_path)
        watchers = [
            callbacks.RunLog(run_dir, options={}),
            callbacks.ImageSummary(run_dir, 4),
            callbacks.LatentWalk(run_dir),
            callbacks.NearestNeighbors(run_dir, images / np.float32(255)),
        ]
        gan.fit(
            images,
            batch_size=BATCH,
            epochs=9,
            verbose=0,
            callbacks=[Poison(step=7), guard, *watchers],
        )
        assert guard.diverged_at == int(gan.step) == 8
        # What was good is kept, and NaN is neither drawn nor written.
        assert named(run_dir, "fake_") == ["fake_000000.png", "fake_000005.png"]
        statuses = [
            hparams.parse_session_end_info_plugin_data(
                value.metadata.plugin_data.content
            ).status
            for path in (tmp_path / "tensorboard" / "final").iterdir()
            for event in tf.compat.v1.train.summary_iterator(str(path))
            for value in event.summary.value
            if value.tag == hparams.SESSION_END_INFO_TAG
        ]
        assert statuses == [api_pb2.STATUS_FAILURE]
        first, second = read_lines(run_dir)
        assert math.isfinite(first["d_loss"])
        assert second["d_loss"] is None
        assert os.path.exists(tmp_path / "images" / "training.gif")
        assert os.path.exists(tmp_path / "images" / "losses.svg")

    @pytest.mark.parametrize("name", ["d_loss", "fake_score", "g_grad_norm"])
    @pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
    def test_any_log_stops_it(self, gan, name, broken, caplog):
        guard = callbacks.NanGuard()
        guard.set_model(gan)
        gan.stop_training = False
        guard.on_train_batch_end(0, {"g_loss": 1.0, name: 0.5})
        assert not gan.stop_training and guard.diverged_at is None
        gan.step.assign(42)
        guard.on_train_batch_end(0, {"g_loss": 1.0, name: broken})
        assert gan.stop_training and guard.diverged_at == 42
        assert "or add a penalty" in caplog.text
        gan.step.assign(1)
        guard.on_train_batch_end(0, {name: broken})
        assert "look at what the networks and the loss return" in caplog.text
