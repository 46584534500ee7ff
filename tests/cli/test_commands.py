"""The scripts as their users run them: files, words, exit codes."""

import dataclasses
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import types

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import keras_gan as kg
from keras_gan import data, pictures
from keras_gan.cli import (
    command_line,
    evaluate,
    measurement,
    overview,
    sample,
    train,
    training_run,
    usage,
)
from keras_gan.cli.flags import define
from keras_gan.cli.run_folder import (
    changed_length,
    changed_options,
    check_former_run,
    compared_options,
    flagfile,
    load_run,
)
from keras_gan.recipe import Recipe
from keras_gan.recipe import recipe as recipes
from keras_gan.storage.checkpoints import Checkpoints
from keras_gan.storage.models import load_description
from keras_gan.storage.pictures import read_png
from keras_gan.version import __version__
from support import (
    ROOT,
    command,
    fails,
    flags_of_train,
    parsed,
    refused,
    sampled,
    script,
    tiny_gan,
    tiny_networks,
    trained,
)

PRESETS = sorted((ROOT / "keras_gan" / "recipe" / "presets").glob("*.flags"))


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """64 images of 8x8 pixels in a .npz file, 16 of them to evaluate on."""
    path = tmp_path_factory.mktemp("data") / "tiny.npz"
    images = np.random.default_rng(0).integers(0, 256, (80, 8, 8, 1), dtype="uint8")
    np.savez(path, x_train=images[:64], x_test=images[64:])
    return path


@pytest.fixture(scope="module")
def run(archive, tmp_path_factory):
    """A real run of train.py."""
    folder = tmp_path_factory.mktemp("runs")
    done = script(
        "train",
        f"--dataset=npz:{archive}",
        "--run_dir=a",
        "--batch_size=16",
        "--epochs=3",
        "--picture_every=1",
        "--eval_split=test",
        "--lr=0.002",
        "--seed=5",
        cwd=folder,
    )
    return types.SimpleNamespace(folder=folder, dir=folder / "a", done=done)


def metrics_of(run_dir):
    lines = (run_dir / "metrics.jsonl").read_text().splitlines()
    metrics = [json.loads(line) for line in lines]
    return metrics


class TestTrain:
    def test_succeeds_and_has_nothing_to_complain_about(self, run):
        assert run.done.returncode == 0, run.done.stderr
        assert run.done.stderr == ""

    def test_says_what_it_does_and_where_to_look(self, run):
        said = run.done.stdout
        assert "64 samples of 8x8x1" in said
        assert "\ngame: loss non_saturating, R1 0.2, Adam 0.002\nnetworks: mlp; " in said
        assert "12 steps, each on 16 real samples: 3 epochs\nfolder: a" in said
        assert "Done: 12 generator steps" in said
        assert "a/samples.png" in said and "training.gif" in said
        assert "tensorboard --logdir a/tensorboard\n" in said
        assert "keras-gan-sample --run_dir=a" in said
        assert "\r" not in said and "\x08" not in said  # no bar into a pipe

    def test_run_folder_holds_all_and_nothing_else(self, run):
        files = {str(p.relative_to(run.dir)) for p in run.dir.rglob("*") if p.is_file()}
        events = {name for name in files if name.startswith("tensorboard/")}
        assert len(events) == 4
        splits = {"train", "eval", "equilibrium", "final"}
        assert {name.split("/")[1] for name in events} == splits
        steps = ("000000", "000004", "000008", "000012")
        pictures_made = {
            "real.png",
            "training.gif",
            "losses.svg",
            *(f"fake_{step}.png" for step in steps),
            "walk_000012.png",  # Of step 0 there is neither.
            "neighbors_000012.png",
        }
        assert files - events == {
            "flags.txt",
            "versions.json",
            "metrics.jsonl",
            "curves.jsonl",
            "report.html",
            "README.md",
            "samples.png",
            "generator.keras",
            "discriminator.keras",
            "gan.keras",
            "gan.json",
            "checkpoints/lock",
            *(
                f"checkpoints/step-{step:010d}.{suffix}"
                for step in (0, 12)
                for suffix in ("json", "npz")
            ),
            *(f"images/{name}" for name in pictures_made),
        }

    def test_metrics_are_of_training_and_of_the_eval_split(self, run):
        metrics = metrics_of(run.dir)
        assert [line["step"] for line in metrics] == [4, 8, 12]
        for line in metrics:
            assert {"d_loss", "g_loss", "val_d_loss", "val_d_accuracy"} <= set(line)

    def test_saved_generator_is_the_average_that_samples(self, run):
        gan = keras.models.load_model(run.dir / "gan.keras")
        generator = keras.models.load_model(run.dir / "generator.keras")
        z = gan.draw_latents(3)
        np.testing.assert_array_equal(generator(z, training=False), gan.generate(z))
        assert (gan.generator(z) != gan.generate(z)).numpy().any()
        assert int(gan.step) == 12

    def test_flags_repeat_the_run_bit_for_bit(self, run, monkeypatch):
        monkeypatch.chdir(run.folder)
        # In another process than the run itself.
        repeats = flags_of_train("--flagfile=a/flags.txt", "--run_dir=b")
        assert train.main(repeats) == 0
        assert metrics_of(run.folder / "b") == metrics_of(run.dir)
        again = (run.folder / "b" / "flags.txt").read_text()
        assert again == (run.dir / "flags.txt").read_text().replace("dir=a", "dir=b")
        name = "images/fake_000012.png"
        assert (run.folder / "b" / name).read_bytes() == (run.dir / name).read_bytes()

    @pytest.mark.parametrize("dataset", ["ring", "grid", "gaussian1d"])
    def test_points_train_with_the_network_that_auto_chooses(self, tmp_path, dataset):
        # Each step more is a picture more, which takes longer than the step.
        recipe = kg.Recipe(dataset=dataset, steps=1, latent_dim=2)
        assert training_run.train(recipe, str(tmp_path)) == 0
        gan = keras.models.load_model(tmp_path / "gan.keras")
        assert int(gan.step) == 1
        assert gan.sample(5).shape == (5, 1 if dataset == "gaussian1d" else 2)
        assert (tmp_path / "images" / "training.gif").exists()

    def test_dry_run_says_what_it_would_take_and_keeps_nothing(
        self, archive, tmp_path, capsys
    ):
        assert trained(archive, tmp_path / "new", "--dry_run", "--epochs=100") == 0
        said = capsys.readouterr().out
        assert "400 steps, each on 16 real samples: 100 epochs" in said
        assert "ms per step" in said and "Nothing was kept" in said
        sizes = "[0-9.]+ [MG]iB"
        words = (
            f"{sizes} for a step, {sizes} .* moments, 4 KiB for the data; {sizes} were"
        )
        assert re.search(words, said) and re.search(f"took {sizes} at its peak", said)
        assert list(tmp_path.iterdir()) == []

    def test_preview_writes_the_real_samples_and_trains_nothing(self, archive, tmp_path):
        assert trained(archive, tmp_path / "new", "--preview") == 0
        files = [p for p in tmp_path.rglob("*") if p.is_file()]
        assert files == [tmp_path / "new" / "images" / "real.png"]
        drawn = read_png(files[0])
        first = drawn[2 : 2 + 48 : 6, 2 : 2 + 48 : 6, 0]
        with np.load(archive) as arrays:
            assert (arrays["x_train"][..., 0] == first).all(axis=(1, 2)).any()

    def test_classes_are_named_at_the_start_and_in_the_folder(
        self, tmp_path, monkeypatch, capsys
    ):
        monkeypatch.chdir(tmp_path)
        noise = np.random.default_rng(0).integers(0, 256, (22, 8, 8), dtype="uint8")
        for name, image in enumerate(noise):
            (tmp_path / f"photos/{name + 1}").mkdir(parents=True)
            Image.fromarray(image).save(tmp_path / f"photos/{name + 1}/1.png")
        flags = (
            "--dataset=folder:photos",
            "--conditional",
            "--batch_size=11",
            "--epochs=1",
            "--run_dir=a",
            "--generator_units=4",
            "--discriminator_units=4",
        )
        assert train.main(flags_of_train(*flags)) == 0
        said = capsys.readouterr().out
        assert "classes: 0 1, 1 2, 2 3, " in said
        assert ", 18 19, ..., 21 22\n" in said
        kept = json.loads((tmp_path / "a/classes.json").read_text())
        assert kept == {
            str(number): {"name": str(number + 1), "samples": 1} for number in range(22)
        }
        names = [str(number + 1) for number in range(22)]
        gan = keras.models.load_model("a/gan.keras")
        described = load_description("a/gan.json", "a GAN", "train again")
        assert gan.class_names == described.class_names == names
        # The name of its class stands above each real sample.
        assert train.main(flags_of_train(*flags, "--run_dir=b", "--preview")) == 0
        for real in ("a/images/real.png", "b/images/real.png"):
            with Image.open(real) as picture:
                assert picture.size[1] % (16 + 48 + 2) == 2

    def test_divergence_ends_in_exit_code_3_and_the_last_good_state(
        self, archive, tmp_path, capsys
    ):
        wild = ("--optimizer=sgd", "--lr=1e30", "--network=dcgan", "--epochs=9")
        assert trained(archive, tmp_path, *wild) == training_run.DIVERGED == 3
        assert (tmp_path / "metrics.jsonl").exists()
        assert json.loads((tmp_path / "divergence.json").read_text())["step"] > 0
        assert "Training diverged" in (tmp_path / "report.html").read_text()
        gan = keras.models.load_model(tmp_path / "gan.keras")
        assert int(gan.step) == 0 and np.isfinite(gan.sample(2)).all()
        assert "those of step 0, the last good state" in capsys.readouterr().out

    def test_divergence_on_the_line_ends_in_exit_code_3_too(self, tmp_path):
        wild = {"dataset": "gaussian1d", "optimizer": "sgd", "lr": 1e30, "steps": 9}
        recipe = kg.Recipe(**wild, batch_size=100)
        assert training_run.train(recipe, str(tmp_path)) == training_run.DIVERGED
        assert json.loads((tmp_path / "density.json").read_text())["d_error"] >= 0

    def test_own_points_in_the_plane_are_drawn_even_if_training_diverges(self, tmp_path):
        points = np.random.default_rng(0).normal(size=(300, 2)).astype("float32")
        np.savez(tmp_path / "own.npz", points=points, labels=np.arange(300) % 2)
        wild = {"optimizer": "sgd", "lr": 1e30, "steps": 9, "spectrum_every": 1}
        recipe = kg.Recipe(f"npz:{tmp_path}/own.npz", batch_size=100, **wild)
        run_dir = str(tmp_path / "run")
        assert training_run.train(recipe, run_dir) == training_run.DIVERGED
        names = {path.name for path in (tmp_path / "run" / "images").glob("plane*")}
        assert names == {"plane_000000.png", "plane.gif"}
        assert '"The plane"' in (tmp_path / "run" / "report.html").read_text()
        # What it cannot draw is trained without it.
        for changed in ({"packing": 2}, {"conditional": True}):
            other = dataclasses.replace(recipe, **changed)
            real = other.load_data()
            made = training_run.build_callbacks(other, other.build(real), real, "", "")
            kinds = {type(one) for one in made}
            assert kg.callbacks.PlanePlot not in kinds
            assert kg.callbacks.GameSpectrum in kinds

    @pytest.mark.parametrize(
        "preset, changed, game",
        [
            ("sngan", {}, "loss hinge, spectral norm, Adam 0.0002"),
            (
                "wgan_gp",
                {"r1": 0.5},
                "wasserstein, R1 0.5, gradient penalty 10, Adam 0.0001",
            ),
            (
                "lsgan",
                {"g_lr": 0.01, "weight_clip": 0.5},
                "clip 0.5, Adam 0.0002 (G 0.01)",
            ),
            ("paper_mnist", {}, "loss non_saturating, SGD 0.05"),
            ("dcgan", {}, "non_saturating, R1 0.15 every 4th update, Adam 0.00"),
            (
                "dcgan",
                {"r2": 0.5, "gp": 1.0, "penalty_interval": 22, "spectral_norm": True},
                "R1 0.15 + R2 0.5 + gradient penalty 1 every 22nd update, spectral norm",
            ),
        ],
    )
    def test_names_the_game(self, preset, changed, game):
        recipe = kg.Recipe.preset(preset, dataset="mnist5k", **changed)
        real = types.SimpleNamespace(
            samples=np.zeros(0),
            sample_shape=(28, 28, 1),
            class_names=None,
            mirror=False,
            steps_per_epoch=int,
        )
        network = types.SimpleNamespace(count_params=lambda: 10**6)
        alone = types.SimpleNamespace(are_several=False)
        gan = types.SimpleNamespace(
            generator=network, discriminator=network, replicas=alone
        )
        lines = training_run.describe(recipe, gan, real, "runs/a", preset).splitlines()
        _, _, said = " ".join(lines).partition(f" game: preset {preset}, ")
        assert game in said.partition(" networks: ")[0]
        assert max(map(len, lines)) <= 80


class TestFormerRun:
    """What stands in a run folder decides whether a run may go there."""

    def former(self, folder, flags="--lr=0.1\n--nodropout\n", steps=(), metrics=False):
        if flags is not None:
            (folder / "flags.txt").write_text(flags)
        for step in steps:
            Checkpoints(folder / "checkpoints").save(step, {"w": np.zeros(1)}, {})
        if metrics:
            (folder / "metrics.jsonl").write_text("")

    def test_a_run_that_was_killed_in_its_first_epoch_is_a_run(self, tmp_path):
        self.former(tmp_path, steps=[0, 500])
        check_former_run(tmp_path, kg.Recipe(lr=0.1, epochs=9), "auto")
        with pytest.raises(ValueError, match="dropout is true, was false[^;]*$"):
            check_former_run(tmp_path, kg.Recipe(lr=0.1, dropout=True), "auto")
        with pytest.raises(ValueError, match="holds a run already"):
            check_former_run(tmp_path, kg.Recipe(lr=0.1), "never")

    @pytest.mark.parametrize(
        "before, now, said",
        [
            # The preset alone, not all that it sets.
            ("--preset=mlp", "--preset=dcgan", "--preset is dcgan, was mlp"),
            ("--preset=mlp --seed=1", "--preset=dcgan", "--preset is dcgan, was mlp"),
            ("", "--preset=dcgan", "--preset is dcgan, was quickstart"),
            ("--preset=dcgan", "--lr=0.1", "--preset is left out, was dcgan"),
            ("--preset=dcgan", "", "--preset is quickstart, was dcgan"),
            # What was typed now, or then.
            ("--preset=dcgan", "--preset=dcgan --lr=0.1", "--lr is 0.1, was 0.003"),
            ("--preset=dcgan --lr=0.1", "--preset=dcgan", "--lr is 0.003, was 0.1"),
            ("--seed=1", "--seed=2", "--seed is 2, was 1"),
            (
                "--lr=0.1 --seed=1",
                "--seed=1 --g_lr=3",
                "--g_lr is 3.0, was not given; --lr ",
            ),
            ("--preset=dcgan", "--flagfile=FORMER --seed=1", "--seed is 1, was 0"),
            # Of a run without a preset, or from a time that did not write it down.
            (
                "--lr=0.1 --seed=1",
                "--preset=dcgan --seed=2",
                "--seed is 2, was 1; --preset=dcgan sets other values",
            ),
        ],
    )
    def test_what_differs_is_said_in_terms_of_what_was_typed(
        self, before, now, said, tmp_path
    ):
        own = flags_of_train(f"--run_dir={tmp_path}", *before.split())
        text = flagfile(train.recipe_of(own), "a", "auto", train.typed(own).preset)
        self.former(tmp_path, flags=text, steps=[0, 500])
        now = now.replace("FORMER", str(tmp_path / "flags.txt")).split()
        with refused(f"holds another run ({said}") as caught:
            train.main(flags_of_train(*now, f"--run_dir={tmp_path}"))
        if not said.endswith("--lr "):
            assert f"({said})" in str(caught.value)

    def test_a_run_that_never_made_a_step_is_none(self, tmp_path):
        self.former(tmp_path, steps=[0])
        check_former_run(tmp_path, kg.Recipe(lr=0.2), "never")

    @pytest.mark.parametrize(
        "arguments, words",
        [
            (["--dataset=folder:/nowhere"], ["--dataset=folder:/nowhere", "no such"]),
            (["--dataset=idx:/nowhere"], ["--dataset=idx:/nowhere", "not a folder"]),
            (["--dataset=npz:/nowhere"], ["--dataset=npz:/nowhere", "no such file"]),
            (["--dataset=stacked_mnist:npz:/no"], ["no such file"]),
            (["--dataset=folder:"], ["lacks a path"]),
            (["--dataset=mnsit"], ["--dataset=mnsit", "did you mean"]),
            (
                ["--dataset=ring", "--image_size=8", "--bits=16"],
                ["there are no images: leave out image_size=8, bits=16"],
            ),
            (["--channels=4"], ["the images are grey", "leave out channels=4"]),
            (["--fit=pad"], ["--fit=pad does nothing without --image_size"]),
            (["--skip_bad_images"], ["no folder of images"]),
            (["--loss=foo"], ["--loss=foo"]),
            (["--latents=foo"], ["--latents=foo"]),
            (["--augment=foo"], ["--augment=foo"]),
            (["--network=foo"], ["--network=foo"]),
            (["--network=dcgan", "--image_size=10"], ["--image_size=10", "multiples"]),
            (["--network=dcgan", "--dropout"], ["--dropout does nothing"]),
            (["--metrics=foo"], ["'foo'"]),
        ],
    )
    def test_what_was_typed_wrong_comes_before_it(self, arguments, words, tmp_path):
        self.former(tmp_path, steps=[0, 500])
        with refused(*words) as caught:
            train.main(flags_of_train(f"--run_dir={tmp_path}", *arguments))
        assert "another run" not in str(caught.value)

    def test_another_length_is_said(self, tmp_path):
        real = kg.data.Batches(np.zeros((40, 2), "float32"), batch_size=10)

        def said(**length):
            return changed_length(tmp_path, kg.Recipe(**length), real)

        self.former(tmp_path, flags="--epochs=5\n", steps=[])
        assert said(steps=12) == ""  # Nothing was trained yet.
        self.former(tmp_path, flags="--epochs=5\n", steps=[0, 8])
        assert said(epochs=5) == said(steps=20) == ""
        assert "12 steps in all, and no longer 20: from here on, " in said(epochs=3)
        assert said(epochs=3, schedule="constant").endswith("and no longer 20\n")
        assert "2,000 steps in all" in said(steps=2000)

    def test_other_measurements_on_the_way_are_said(self, tmp_path):
        def said(**options):
            return changed_options(tmp_path, kg.Recipe(**options))

        flags = "--eval_split=test\n--picture_every=50\n"
        self.former(tmp_path, flags=flags, steps=[])
        assert said() == ""  # Nothing was trained yet.
        self.former(tmp_path, flags=flags, steps=[0, 8])
        assert said(eval_split="test", picture_every=50, storage="disk") == ""
        assert said(picture_every=50) == "eval_split: none, and no longer test\n"
        found = said(eval_split="test", metrics=("kid", "prdc"))
        assert found.splitlines() == [
            "metrics: kid,prdc, and no longer none",
            "picture_every: none, and no longer 50",
        ]
        self.former(tmp_path, flags="--picture_every=50\n", steps=[0, 8])
        found = said(picture_every=50, eval_split="test")
        assert found == "eval_split: test, and no longer none\n"

    @pytest.mark.parametrize("flags, steps", [(None, [500]), ("--lr=0.1\n", [])])
    def test_a_run_that_cannot_be_continued_is_left_alone(self, flags, steps, tmp_path):
        self.former(tmp_path, flags=flags, steps=steps, metrics=True)
        with pytest.raises(ValueError, match="holds a run already"):
            check_former_run(tmp_path, kg.Recipe(lr=0.1), "auto")


class TestOlderRun:
    def test_a_run_goes_on_without_the_one_that_it_began_from(self, tmp_path):
        images = np.random.default_rng(0).integers(0, 256, (16, 8, 8, 1), "uint8")
        np.savez(tmp_path / "tiny.npz", x_train=images)
        recipe = kg.Recipe(
            dataset=f"npz:{tmp_path / 'tiny.npz'}",
            generator_units=(4,),
            discriminator_units=(4,),
            batch_size=4,
            latent_dim=2,
            r1=0,
            steps=3,
            picture_every=1,
            schedule="constant",
        )
        gan = dataclasses.replace(recipe, seed=1).build(recipe.load_data())
        older = tmp_path / "older"
        older.mkdir()
        gan.save(older / "gan.keras")
        recipe = dataclasses.replace(recipe, init_from=str(older), freeze_d=1)
        whole, cut = tmp_path / "whole", tmp_path / "cut"
        assert training_run.train(recipe, str(whole)) == 0
        assert training_run.train(dataclasses.replace(recipe, steps=1), str(cut)) == 0
        older.rename(tmp_path / "elsewhere")
        assert training_run.train(recipe, str(cut)) == 0
        first, second = (
            keras.models.load_model(one / "gan.keras") for one in (whole, cut)
        )
        np.testing.assert_equal(first.get_weights(), second.get_weights())
        held, *others = first.discriminator.get_weights()
        np.testing.assert_array_equal(held, gan.discriminator.get_weights()[0])
        assert not np.array_equal(others[1], gan.discriminator.get_weights()[2])
        with refused(f"--init_from is {tmp_path}, was {older}"):
            other = dataclasses.replace(recipe, init_from=str(tmp_path))
            training_run.train(other, str(cut))
        units = {"generator_units": None, "discriminator_units": None}
        convolutional = {"network": "dcgan", "init_from": str(whole), **units}
        with refused("other layers", " Here --network is dcgan, was auto; "):
            dataclasses.replace(recipe, **convolutional).build(recipe.load_data())
        with refused("init_from=", "there is no such run or file: check the path"):
            training_run.train(recipe, str(tmp_path / "new"))
        with refused("freeze_d holds layers that an older run has trained"):
            dataclasses.replace(recipe, init_from=None).check()

    @pytest.mark.parametrize(
        "name, words",
        [
            ("generator.keras", "cannot be read as a GAN or a generator"),
            ("", "holds no gan.keras and no checkpoint of a trained GAN"),
        ],
    )
    def test_what_cannot_be_read_is_one_line(self, name, words, tmp_path):
        (tmp_path / "generator.keras").write_bytes(b"cut")
        recipe = kg.Recipe(dataset="ring", init_from=str(tmp_path / name))
        with refused("init_from=", words):
            recipe.build(recipe.load_data())


class TestRhythm:
    """Batches of 16 of 64 images: 4 steps an epoch."""

    @pytest.mark.parametrize(
        "arguments, expected",
        [
            (["--epochs=80"], {"every_epochs": 5}),
            (["--epochs=16"], {"every_epochs": 1}),
            (["--epochs=12"], {"every_steps": 3}),
            (["--epochs=1"], {"every_steps": 1}),
            (["--steps=40"], {"every_steps": 2}),
            (["--epochs=80", "--picture_every=3"], {"every_epochs": 3}),
        ],
    )
    def test_sixteen_pictures_whatever_the_length(self, arguments, expected):
        assert training_run.rhythm(parsed(*arguments), self.images()) == expected

    @pytest.mark.parametrize(
        "steps, every", [(3, 100), (300, 100), (1200, 120), (2500, 250), (90000, 250)]
    )
    def test_a_short_run_is_checked_about_ten_times(self, steps, every):
        recipe = parsed(f"--steps={steps}")
        assert training_run.health_rhythm(recipe, self.images()) == every

    @staticmethod
    def images():
        images = np.zeros((64, 8, 8, 1), "float32")
        images[0] = 1
        return kg.data.Batches(images, batch_size=16)

    @pytest.mark.parametrize(
        "arguments, plan",
        [
            (["--epochs=3"], "12 steps, each on 16 real samples: 3 epochs"),
            (["--steps=11"], "11 steps, each on 16 real samples: 2.75 epochs"),
            (["--steps=3"], "3 steps, each on 16 real samples: 0.75 epochs"),
            (["--steps=4"], "4 steps, each on 16 real samples: 1 epoch"),
            (["--steps=1"], "1 step, each on 16 real samples: 0.25 epochs"),
            (["--steps=5000"], "5,000 steps, each on 16 real samples: 1,250 epochs"),
            (
                ["--discriminator_steps=2", "--steps=2"],
                "2 steps, each on 2 x 16 real samples: 1 epoch",
            ),
        ],
    )
    def test_the_plan_adds_up(self, arguments, plan):
        recipe = parsed("--batch_size=16", *arguments)
        told = training_run.describe(recipe, tiny_gan(), self.images(), "a")
        assert f"\nplan: {plan}\nfolder: a" in told


class TestSample:
    def test_npz_holds_bytes_and_the_seed_decides_them(self, run, tmp_path):
        output = tmp_path / "new" / "one.npz"
        flags = (f"--run_dir={run.dir}", "--num=7", f"--output={output}")
        done = command("sample", *flags, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == f"7 samples of {run.dir}: {output}\n"
        # The same in another process; fewer of them are the first of them.
        sampled(run.dir, tmp_path / "two.npz", num=7)
        assert output.read_bytes() == (tmp_path / "two.npz").read_bytes()
        sampled(run.dir, tmp_path / "fewer.npz", num=3)
        sampled(run.dir, tmp_path / "other.npz", num=7, seed=1)
        images = np.load(output)["images"]
        assert images.shape == (7, 8, 8, 1) and images.dtype == np.uint8
        np.testing.assert_array_equal(
            np.load(tmp_path / "fewer.npz")["images"], images[:3]
        )
        assert (np.load(tmp_path / "other.npz")["images"] != images).any()

    def test_png_is_a_grid_of_the_same_samples(self, run, tmp_path):
        sampled(run.dir, tmp_path / "a.npz", num=5)
        sampled(run.dir, tmp_path / "a.png", num=5)
        images = np.load(tmp_path / "a.npz")["images"]
        np.testing.assert_array_equal(
            read_png(tmp_path / "a.png"), pictures.draw(images, None)
        )

    def test_a_stopped_run_is_sampled_at_its_newest_checkpoint(
        self, run, tmp_path, capsys
    ):
        stopped = tmp_path / "stopped"
        shutil.copytree(run.dir, stopped)
        (stopped / "gan.keras").unlink()
        sampled(stopped, tmp_path / "a.npz")
        assert f"{stopped}: read is its newest checkpoint, step 12.\n" in (
            capsys.readouterr().out
        )
        sampled(run.dir, tmp_path / "b.npz")
        assert "read is" not in capsys.readouterr().out
        assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
        # A run that was finished, continued and stopped: its gan.keras is the older.
        gan = load_run(run.dir)
        gan.step.assign(4)
        for weight in gan.ema_generator.weights:
            weight.assign(0 * weight)
        gan.save(stopped / "gan.keras")
        assert int(load_run(stopped).step) == 12
        sampled(stopped, tmp_path / "c.npz")
        assert (tmp_path / "c.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
        # What is damaged is passed over, and the line says what is taken.
        (stopped / "checkpoints" / "step-0000000013.json").write_text("{}")
        capsys.readouterr()
        assert int(load_run(stopped).step) == 12
        assert "its newest checkpoint, step 12.\n" in capsys.readouterr().out
        (stopped / "checkpoints" / "step-0000000012.npz").write_bytes(b"")
        for steps in ((13, 12, 0), (13, 12)):
            assert Checkpoints(stopped / "checkpoints").steps() == list(steps)
            assert int(load_run(stopped).step) == 4
            assert capsys.readouterr().out == (
                f"{stopped}: read is its gan.keras, step 4: later checkpoints are "
                "damaged.\n"
            )
            (stopped / "checkpoints" / "step-0000000000.json").unlink(missing_ok=True)
        (stopped / "gan.keras").unlink()
        with refused("All 2 checkpoints", "are damaged: start anew in another folder"):
            load_run(stopped)

    def test_a_stopped_run_without_its_parts_is_one_line(self, run, tmp_path):
        with refused("holds no gan.keras and no checkpoint of a trained GAN", "train"):
            load_run(tmp_path)
        shutil.copytree(run.dir / "checkpoints", tmp_path / "checkpoints")
        with refused("holds checkpoints, but no gan.json"):
            load_run(tmp_path)
        for content, words in [
            ("", "cannot be read as a GAN"),
            ('{"class_name": "GAN", "config": {}}', "cannot be read as a GAN"),
            ("[]", "holds no GAN, but a list"),
        ]:
            (tmp_path / "gan.json").write_text(content)
            with refused(f"--run_dir={tmp_path}", f"gan.json {words}"):
                load_run(tmp_path)
        shutil.copy(run.dir / "generator.keras", tmp_path / "gan.keras")
        with refused(f"--run_dir={tmp_path}", "gan.keras holds no GAN"):
            load_run(tmp_path)

    def test_gif_shows_one_sample_after_the_other(self, run, tmp_path):
        sampled(run.dir, tmp_path / "a.gif", num=6)
        with Image.open(tmp_path / "a.gif") as gif:
            assert gif.n_frames == 6

    def test_walk_fills_whole_lines_between_two_latents(self, run, tmp_path):
        sampled(run.dir, tmp_path / "a.npz", mode="walk", num=13, seed=2)
        images = np.load(tmp_path / "a.npz")["images"].reshape(2, 12, 8, 8, 1)
        gan = load_run(run.dir)
        ends = np.rint(gan.generate(gan.draw_latents(4, seed=2)) * 255)
        np.testing.assert_allclose(images[:, 0], ends[:2], atol=1)
        np.testing.assert_allclose(images[:, -1], ends[2:], atol=1)
        sampled(run.dir, tmp_path / "a.png", mode="walk", num=13)
        assert read_png(tmp_path / "a.png").shape == (2 * 50 + 2, 12 * 50 + 2, 3)

    def test_each_sample_stands_beside_its_neighbor(self, run, archive, tmp_path):
        sampled(run.dir, tmp_path / "a.npz", mode="neighbors", num=3)
        images = np.load(tmp_path / "a.npz")["images"]
        gan = load_run(run.dir)
        samples = gan.sample(3)
        training_images = np.load(archive)["x_train"]
        scaled = training_images / np.float32(255)
        distances = np.square(samples[:, None] - scaled).sum(axis=(2, 3, 4))
        chosen = distances.argmin(axis=1)
        np.testing.assert_array_equal(images[::2], np.rint(samples * 255))
        np.testing.assert_array_equal(images[1::2], training_images[chosen])

    def test_neighbors_among_float_images_have_their_own_brightness(self, tmp_path):
        """A tanh generator is compared in [-1, 1], whatever the file holds."""
        images = np.random.default_rng(0).random((20, 8, 8, 1)).astype("float32")
        np.savez(tmp_path / "floats.npz", images=images)
        flagfile = f"--dataset=npz:{tmp_path / 'floats.npz'}\n--seed=0\n"
        (tmp_path / "flags.txt").write_text(flagfile)
        z = keras.Input((4,))
        made = keras.layers.Dense(64, activation="tanh")(z)
        generator = keras.Model(z, keras.layers.Reshape((8, 8, 1))(made))
        _, discriminator = tiny_networks()
        tiny_gan((generator, discriminator)).save(tmp_path / "gan.keras")
        sampled(tmp_path, tmp_path / "a.npz", mode="neighbors", num=3)
        found = np.load(tmp_path / "a.npz")["images"][1::2]
        stored = np.rint(images * 255).astype("uint8")
        for neighbor in found:
            assert (np.abs(stored.astype(int) - neighbor).max(axis=(1, 2, 3)) <= 1).any()

    @pytest.mark.parametrize("mode", ["grid", "walk", "neighbors"])
    def test_points_can_be_sampled_too(self, tmp_path, mode):
        (tmp_path / "flags.txt").write_text("--dataset=ring\n--seed=0\n")
        gan = kg.GAN(*kg.networks.points(2))
        gan.compile("adam", "adam")
        gan.save(tmp_path / "gan.keras")
        sampled(tmp_path, tmp_path / "a.npz", mode=mode, num=12)
        points = np.load(tmp_path / "a.npz")["images"]
        assert points.shape == (24 if mode == "neighbors" else 12, 2)
        assert points.dtype == np.float32
        sampled(tmp_path, tmp_path / "a.png", mode=mode, num=12)
        assert read_png(tmp_path / "a.png").shape == (600, 600, 3)

    def test_mistakes_name_the_flag_and_the_cure(self, run, tmp_path):
        with pytest.raises(ValueError, match=r"must end in one of \.png"):
            sampled(run.dir, "a.jpg")
        with pytest.raises(ValueError, match=r"holds no gan\.keras .*: train first"):
            sampled(tmp_path, tmp_path / "a.png")
        whole = (run.dir / "gan.keras").read_bytes()
        for broken in (b"", b"no model", whole[:1000], whole[: len(whole) // 2]):
            (tmp_path / "gan.keras").write_bytes(broken)
            with pytest.raises(ValueError, match="--run_dir=.* cannot be read as a GAN"):
                sampled(tmp_path, tmp_path / "a.png")
        assert not (tmp_path / "a.png").exists()


def test_a_switch_is_named_without_a_value(monkeypatch):
    monkeypatch.setattr(command_line.flags, "FLAGS", ["mirror", "bits", "image_size"])
    said = command_line.in_words(ValueError("ring: leave out mirror=True, bits=16."))
    assert said == "ring: leave out --mirror, --bits=16."


class TestMistakes:
    @pytest.mark.parametrize(
        "arguments, words",
        [
            (["--lr=nan"], ["--lr=nan", "finite positive"]),
            (["--lr=0"], ["--lr=0", "finite positive"]),
            (["--g_lr=inf"], ["--g_lr=inf", "finite positive"]),
            (["--r1=-1"], ["--r1=-1"]),
            (["--epochs=0"], ["--epochs=0", "positive"]),
            (["--seed=4294967296"], ["--seed=4294967296", "2147483647"]),
            (["--generator_units=12,a"], ["--generator_units=12,a", "1200,1200"]),
            (["--optimizer=foo"], ["--optimizer=foo", "adam|sgd"]),
            (["--no_such_flag=1"], ["no flag --no_such_flag.", "--help"]),
            (["--imagesize=8"], ["--imagesize", "Did you mean --image_size?"]),
            (["stray"], ["'stray'", "--name=value"]),
            (["--preset=foo"], ["'foo'", "dcgan, figure1, grid, lsgan"]),
            (["--preset"], ["--preset", "--help"]),
            (["--preset=", "--seed=1"], ["preset ''", "quickstart"]),
            (["--beta_1=nan"], ["--beta_1=nan", "finite"]),
            (["--beta_1=0.9999"], ["--beta_1=0.9999", "0.999]"]),
            (["--flagfile=/no/such/file"], ["/no/such/file"]),
        ],
    )
    def test_flags_are_checked_before_anything_is_imported(self, arguments, words):
        began = time.monotonic()
        fails(script("train", *arguments), "train.py: ", *words)
        assert time.monotonic() - began < 2.0  # TensorFlow alone takes longer

    def test_mistake_in_the_data_is_one_line_too(self, tmp_path):
        arguments = ("--dataset=folder:/nowhere", f"--run_dir={tmp_path / 'new'}")
        done = command("train", *arguments, cwd=tmp_path)
        fails(done, "--dataset=folder:/nowhere", "no such folder", "check the path")
        assert done.stdout == ""
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        "arguments, words",
        [
            (["--loss=foo"], ["--loss=foo", "non_saturating", "relativistic."]),
            (["--latents=foo"], ["--latents=foo", "uniform."]),
            (["--dataset=mnsit"], ["--dataset=mnsit", "mnist"]),
            (
                ["--dataset=npz:/nowhere.npz"],
                ["--dataset=npz:/nowhere.npz", "no such file"],
            ),
            (["--batch_size=99"], ["batch_size=99", "64"]),
            (["--spectrum_every=5"], ["--spectrum_every=5", "up to 100,000 weights"]),
            (["--discriminator_steps=5"], ["5 minibatches of 16", "64 samples"]),
            (["--network=foo"], ["--network=foo", ", ".join(kg.networks.NAMES)]),
            (["--network=points"], ["--network=points", "--network=auto"]),
            (["--dataset=ring", "--network=mlp"], ["--network=mlp", "--network=auto"]),
            (["--split=foo"], ["'foo'", "train"]),
            (["--eval_split=foo"], ["'foo'", "train"]),
            (["--simultaneous", "--discriminator_steps=2"], ["simultaneous", "use 1"]),
            (["--dropout", "--network=dcgan"], ["--dropout does", "--nodropout"]),
            (["--metrics=foo"], ["'foo'", "fd_"]),
            ([f"--dataset={os.getcwd()}"], [f"write folder:{os.getcwd()}"]),
        ],
    )
    def test_values_are_checked_before_training(
        self, archive, tmp_path, arguments, words
    ):
        with refused(*words):
            trained(archive, tmp_path / "new", *arguments)
        assert list(tmp_path.iterdir()) == []

    def test_a_preset_may_ask_for_unseen_samples_that_are_not_there(self, tmp_path):
        images = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), dtype="uint8")
        np.savez(tmp_path / "a.npz", images=images)
        with refused("no split 'test'", "pass --eval_split= to train without"):
            trained(tmp_path / "a.npz", tmp_path / "new", "--eval_split=test")
        trained(tmp_path / "a.npz", tmp_path / "new", "--eval_split=", "--dry_run")

    def test_fewer_unseen_samples_than_a_minibatch_are_looked_at_all_the_same(
        self, tmp_path
    ):
        images = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), dtype="uint8")
        np.savez(tmp_path / "a.npz", x_train=images, x_test=images[:5])
        run_dir = tmp_path / "new"
        trained(tmp_path / "a.npz", run_dir, "--eval_split=test", "--steps=4")
        *_, last = (run_dir / "metrics.jsonl").read_text("utf-8").splitlines()
        last = json.loads(last)
        assert np.isfinite(last["val_real_score"])

    def test_metrics_that_lack_a_split_are_refused_in_a_dry_run(self, tmp_path):
        images = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), dtype="uint8")
        np.savez(tmp_path / "a.npz", images=images)
        with pytest.raises(ValueError, match="--metrics .*'test'.*--eval_split"):
            arguments = ("--metrics=fd_pixels", "--dry_run")
            trained(tmp_path / "a.npz", tmp_path / "new", *arguments)

    @pytest.mark.parametrize("where", ["build", "rehearse", "play"])
    def test_too_little_memory_is_a_mistake_wherever_it_shows(
        self, archive, tmp_path, monkeypatch, where
    ):
        def exhaust(*_, **__):
            raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating")

        monkeypatch.setattr(
            kg.Recipe if where == "build" else training_run, where, exhaust
        )
        arguments = ["--dry_run"] if where == "rehearse" else []
        with pytest.raises(ValueError, match="--batch_size=16: out of memory.*smaller"):
            trained(archive, tmp_path / "new", *arguments)

    def test_measuring_without_end_is_refused_at_once(self, archive, run):
        recipe = kg.Recipe(
            dataset=f"npz:{archive}", metrics=["kid"], evaluate_num=10**10, batch_size=16
        )
        with refused("--evaluate_num=10000000000", "of memory are needed"):
            measurement.evaluation_of(recipe, "a", recipe.load_alone("train").samples)
        asked = evaluate.Request(run_dir=str(run.dir), num=10**10, metrics=["kid"])
        with refused("--num=10000000000", "of memory are needed"):
            evaluate.evaluate(asked)

    def test_run_is_never_written_over(self, archive, run):
        before = metrics_of(run.dir)
        with pytest.raises(ValueError, match="--run_dir=.* holds a run already: choose"):
            trained(archive, run.dir, "--resume=never")
        with pytest.raises(ValueError, match="holds another run .*was"):
            trained(archive, run.dir)
        assert metrics_of(run.dir) == before

    @pytest.mark.parametrize("below", ["", "a", "a/b"])
    def test_run_folder_cannot_be_a_file_or_below_one(self, archive, tmp_path, below):
        (tmp_path / "file").write_text("text")
        with pytest.raises(ValueError, match="--run_dir=.*file is a file, not a folder"):
            trained(archive, tmp_path / "file" / below)

    def test_folder_without_permission_is_refused_before_training(
        self, archive, tmp_path, monkeypatch
    ):
        def refuse(**where):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
        with pytest.raises(PermissionError, match="--run_dir=.* cannot be written"):
            trained(archive, tmp_path / "new")

    @pytest.mark.parametrize(
        "error, code, words",
        [
            ("ValueError('a\\n  b')", 1, ["a b"]),
            ("FileNotFoundError(2, 'gone', 'x.txt')", 1, ["gone", "x.txt"]),
            ("PermissionError('x')", 4, ["x", "choose another folder"]),
            ("OSError(errno.ENOSPC, 'No space left')", 4, ["No space left"]),
        ],
    )
    def test_exit_codes(self, error, code, words):
        program = (
            "import errno\n"
            "from keras_gan.cli import command_line\n"
            "command_line.start_tensorflow = lambda: None\n"
            f"def main(own): raise {error}\n"
            "command_line.run(main)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == code
        (line,) = done.stderr.splitlines()
        assert all(word in line for word in words)


def flags_of(module):
    """The flags of a command."""
    return train.define_flags() if module is train else define(module.Request)


def seconds_of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class TestHelp:
    @pytest.mark.parametrize(
        "name, listed",
        [
            (
                "train",
                ["--dataset", "--[no]dry_run", "--epochs", "--preset", "--run_dir"],
            ),
            ("sample", ["--run_dir", "--num", "--mode", "--output"]),
        ],
    )
    def test_answers_at_once_with_usage_and_flags(self, name, listed):
        # The processor's time, which other work on the machine does not lengthen.
        seconds = []
        for _ in range(3):
            began = seconds_of_children()
            done = script(name, "--help")
            seconds.append(seconds_of_children() - began)
        assert (done.returncode, done.stderr) == (0, "")
        assert f"keras-gan-{name} --" in done.stdout
        assert all(
            f"  {flag}" in done.stdout or f",{flag}" in done.stdout for flag in listed
        )
        assert min(seconds) < 0.3

    def test_a_value_that_does_not_hold_is_not_shown(self):
        def shown(*argv):
            entries = usage.usage("", flags_of(train), *train.values_of(["train", *argv]))
            ends = {e.split(":")[0].strip(" -"): e.split()[-1] for e in entries}
            named = (ends[name] for name in ("r1", "r1_at_28", "epochs"))
            return [end.strip("[]") if end.startswith("[") else None for end in named]

        assert shown("--preset=dcgan")[:2] == [None, "0.15"]
        assert shown("--preset=dcgan", "--r1=3")[:2] == ["3.0", None]
        assert shown()[:2] == ["0.2", None]
        assert shown("--preset=mlp", "--steps=9")[2] is None
        assert shown("--preset=mlp")[2] is not None

    @pytest.mark.parametrize("module", [train, sample, evaluate])
    def test_sections_hold_every_flag_once_in_80_columns(self, module):
        own = flags_of(module)
        said = "\n".join(usage.usage(module.__doc__, own))
        assert max(map(len, said.splitlines())) <= 80
        named = re.findall(r"^  (?:-\w,)?--(?:\[no\])?(\w+):", said, re.M)
        assert sorted(named) == sorted(set(own) - {"r"})
        titles = re.findall(r"^([A-Z][^.]*):$", said, re.M)
        assert len(titles) > 1 and "Flags" not in titles

    @pytest.mark.parametrize(
        "arguments, shown",
        [
            (
                [],
                ["--lr: Learning rate of both networks. [0.001]", "r2: Weight of the R2"],
            ),
            (["--preset=dcgan"], ["[0.003]", "--preset=dcgan.", "--steps: ", "[3500]"]),
            (["--preset", "dcgan", "--lr=0.5"], ["of both networks. [0.5]", "[3500]"]),
            (["--preset=conditional"], ["Learn the classes of labelled data. [on]"]),
        ],
    )
    def test_a_preset_shows_its_values(self, arguments, shown):
        values, of = train.values_of(["train.py", *arguments])
        said = "\n".join(usage.usage("About.", train.define_flags(), values, of))
        assert all(text in said for text in shown)
        assert "--seed: Seeds all randomness. [0]" in said
        assert ("a preset sets another" in said) == (not arguments)

    def test_the_package_lists_commands_and_presets(self, capsys):
        overview.main([])
        lines = capsys.readouterr().out.splitlines()
        assert max(map(len, lines)) <= 80
        for name in ("keras-gan-train", "keras-gan-sample", "keras-gan-evaluate"):
            assert any(line.split()[:1] == [name] for line in lines)
        for path in PRESETS:
            assert any(line.split()[:1] == [path.stem] for line in lines)
        with pytest.raises(SystemExit, match="'mpl': use train, sample, evaluate"):
            overview.main(["mpl"])

    def test_the_package_passes_a_command_on(self):
        command = [sys.executable, "-m", "keras_gan", "train"]
        for arguments, begins in ((["--version"], __version__), (["-h"], "Trains a GAN")):
            done = subprocess.run(
                [*command, *arguments], capture_output=True, text=True, cwd=ROOT
            )
            assert (done.returncode, done.stderr) == (0, "")
            assert done.stdout.lstrip().startswith(begins)

    @pytest.mark.parametrize("name", ["train", "sample", "evaluate"])
    def test_the_module_is_a_command_too(self, name):
        done = subprocess.run(
            [sys.executable, "-m", f"keras_gan.cli.{name}", "--help"],
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert f"keras-gan-{name} --" in done.stdout
        assert "--run_dir" in done.stdout


class TestPresets:
    @pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
    def test_each_parses_and_begins_with_its_command(self, path):
        parsed(f"--preset={path.stem}")
        lines = path.read_text("utf-8").splitlines()
        assert lines[0].startswith("# ")
        assert f"# keras-gan-train --preset={path.stem}" in lines
        assert any(line.startswith("--") for line in lines)

    @pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
    def test_each_starts(self, path, tmp_path):
        # Tiny images stand for the data, and layers of a thousand units are narrowed.
        own = parsed(f"--preset={path.stem}")
        channels = 3 if own.dataset == "cifar10" else 1
        side = 14 if own.network == "maxout_conv" else 8
        shape = (64, side, side, channels)
        images = np.random.default_rng(0).integers(0, 256, shape, "uint8")
        np.savez(tmp_path / "x.npz", x_train=images, y_train=np.arange(64) % 10)
        arguments = ["--batch_size=8"]
        if own.dataset not in ("ring", "grid", "gaussian1d"):
            stacked = "stacked_mnist:" * own.dataset.startswith("stacked")
            data = f"{stacked}npz:{tmp_path / 'x.npz'}"
            arguments += [f"--dataset={data}", "--split=train"]
        if own.network == "mlp":
            arguments += ["--generator_units=16,16", "--discriminator_units=8,8"]
        recipe = parsed(f"--preset={path.stem}", *arguments)
        real = recipe.load_data()
        gan = recipe.build(real)
        gan.run_eagerly = True
        gan.fit(real, epochs=1, steps_per_epoch=1, verbose=0)
        assert int(gan.step.numpy()) == 1

    @pytest.mark.parametrize(
        "arguments, folder",
        [
            (["--preset=dcgan"], "runs/dcgan"),
            ([], "runs/quickstart"),
            (["--lr=0.01"], "runs/mlp"),
            (["--run_dir=a"], "a"),
        ],
    )
    def test_the_flagfile_names_the_folder(self, arguments, folder):
        own = flags_of_train(*arguments)
        text = flagfile(train.recipe_of(own), train.run_dir_of(own), "auto")
        assert f"--run_dir={folder}\n" in text

    def test_without_flags_the_quickstart_runs(self):
        assert parsed() == parsed("--preset=quickstart")

    def test_a_recipe_is_the_2014_pair_unless_told_otherwise(self):
        preset, default = vars(parsed("--preset=mlp")), vars(Recipe())
        assert vars(parsed("--seed=0")) == default
        differing = {name for name in default if preset[name] != default[name]}
        # auto chooses the mlp for images.
        assert differing <= {"eval_split", "network"}
        assert (preset["network"], default["network"]) == ("mlp", "auto")

    def test_the_quickstart_is_told_the_classes_and_ends_at_rate_0(self):
        quick, other = (
            vars(parsed(f"--preset={name}")) for name in ("quickstart", "conditional")
        )
        differing = {name for name in quick if quick[name] != other[name]}
        assert differing == {"eval_split", "schedule", "steps"}
        assert quick["conditional"] and quick["schedule"] == "linear"

    @pytest.mark.parametrize(
        "arguments",
        [
            ["--preset=mine", "--epochs=2"],
            ["--epochs=2", "--preset=mine"],
            ["--epochs=2", "--preset", "mine"],
        ],
    )
    def test_other_flags_overrule_wherever_they_stand(
        self, tmp_path, monkeypatch, arguments
    ):
        (tmp_path / "mine.flags").write_text("# Mine.\n--epochs=7\n--batch_size=9\n")
        monkeypatch.setattr(recipes, "PRESETS", tmp_path)
        recipe = parsed(*arguments)
        assert (recipe.epochs, recipe.batch_size) == (2, 9)
        assert train.run_dir_of(flags_of_train(*arguments)) == "runs/mine"

    @pytest.mark.parametrize(
        "arguments, steps",
        [
            ([], 7),
            (["--steps=3"], 3),
            (["--epochs=2"], None),
            (["--epochs", "2"], None),
            (["--run_dir", "epochs_of_mine"], 7),
        ],
    )
    def test_epochs_replace_the_steps_of_a_preset(
        self, tmp_path, monkeypatch, arguments, steps
    ):
        (tmp_path / "mine.flags").write_text("# Mine.\n--steps=7\n--batch_size=9\n")
        monkeypatch.setattr(recipes, "PRESETS", tmp_path)
        options = parsed("--preset=mine", *arguments)
        assert (options.steps, options.batch_size) == (steps, 9)

    @pytest.mark.parametrize(
        "arguments, steps, epochs",
        [
            (["--epochs=5"], None, 5),
            (["--epochs", "5"], None, 5),
            (["--steps=3"], 3, 80),
            (["--steps", "3", "--epochs=5"], None, 5),
            (["--epochs=5", "--steps=3"], 3, 5),
        ],
    )
    def test_the_last_length_counts(self, tmp_path, arguments, steps, epochs):
        (tmp_path / "flags.txt").write_text("--batch_size=9\n--epochs=80\n--steps=7\n")
        options = parsed(f"--flagfile={tmp_path / 'flags.txt'}", *arguments)
        assert (options.steps, options.epochs, options.batch_size) == (steps, epochs, 9)

    def test_nothing_after_an_equals_sign_takes_sizes_back(self):
        options = parsed("--preset=paper_cifar10_mlp", "--generator_units=")
        assert options.generator_units is None
        assert options.discriminator_units is not None

    def test_unseen_samples_are_scored_in_every_run(self, archive):
        real = data.load(f"npz:{archive}", batch_size=16)
        recipe = kg.Recipe(picture_every=100, epochs=3)
        assert training_run.evaluation_rhythm(recipe, real) == 3

    def test_preset_in_a_flagfile_counts(self, tmp_path):
        (tmp_path / "mine.flags").write_text("--preset=dcgan\n--epochs=3\n")
        options = parsed(f"--flagfile={tmp_path / 'mine.flags'}", "--batch_size=7")
        assert (options.network, options.epochs, options.batch_size) == ("dcgan", 3, 7)

    def test_run_is_named_after_its_preset(self, archive, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        train.main(
            flags_of_train(
                "--preset=dcgan",
                f"--dataset=npz:{archive}",
                "--batch_size=16",
                "--preview",
            )
        )
        assert (tmp_path / "runs" / "dcgan" / "images" / "real.png").exists()


class TestStreams:
    def shell(self, line, cwd):
        return subprocess.run(
            ["bash", "-c", line, sys.executable, ROOT / "scripts"],
            capture_output=True,
            text=True,
            cwd=cwd,
            timeout=300,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    def test_a_reader_may_go_away(self, tmp_path):
        for tried in ('"$1/train.py" --help', "-m keras_gan"):
            line = f'"$0" {tried} | true; echo "${{PIPESTATUS[0]}}"'
            done = self.shell(line, tmp_path)
            # 141 is how shells call a broken pipe; 0 if all was written before it broke.
            assert done.stdout in ("141\n", "0\n")
            assert done.stderr == ""

    @pytest.mark.parametrize("command", ['"$1/train.py" --help', "-m keras_gan"])
    def test_output_without_room_is_said(self, tmp_path, command):
        done = self.shell(f'"$0" {command} >/dev/full', tmp_path)
        assert done.returncode == 4
        (line,) = done.stderr.splitlines()
        assert "cannot be written: No space left" in line

    def test_closed_streams_are_empty(self, tmp_path):
        # Left closed, the next file to be opened would become the output.
        program = (
            "import sys\n"
            "from keras_gan.cli import command_line\n"
            "command_line.start_tensorflow = lambda: None\n"
            "def main(own):\n"
            "    with open('file', 'w') as file:\n"
            "        file.write('mine')\n"
            "        for stream in (sys.stdout, sys.stderr):\n"
            "            print('not mine', file=stream, flush=True)\n"
            "    assert sys.stdin.read() == ''\n"
            "command_line.run(main)\n"
        )
        (tmp_path / "program.py").write_text(program)
        line = f'PYTHONPATH="{ROOT}" "$0" program.py <&- >&- 2>&-'
        assert self.shell(line, tmp_path).returncode == 0
        assert (tmp_path / "file").read_text() == "mine"

    def test_home_is_not_a_folder_called_tilde(self, archive, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        assert trained(archive, "~/a", "--preview") == 0
        assert [path.name for path in tmp_path.iterdir()] == ["home"]
        assert (tmp_path / "home/a/images/real.png").exists()

    @pytest.mark.parametrize("flag", ["--run_dir=", "--dataset=folder:"])
    def test_names_are_text(self, tmp_path, flag):
        line = f'"$0" "$1/train.py" {flag}$\'bad\\xff\''
        done = self.shell(line, tmp_path)
        fails(done, flag, "bad\\udcff is not UTF-8")

    def test_a_flagfile_is_text(self, tmp_path):
        (tmp_path / "x.flags").write_bytes(bytes(range(256)))
        done = self.shell('"$0" "$1/train.py" --flagfile=x.flags', tmp_path)
        fails(done, "--flagfile=x.flags is no text file")


class TestOddRunFolders:
    def test_a_pipe_is_refused_before_it_is_waited_for(self, archive, tmp_path):
        for name in ("metrics.jsonl", "checkpoints/step-0000000001.json"):
            run_dir = tmp_path / name.replace("/", "-")
            (run_dir / name).parent.mkdir(parents=True)
            os.mkfifo(run_dir / name)
            with refused(name, "is no file"):
                trained(archive, run_dir)

    @pytest.mark.parametrize("text", ["", "\n\n", "no flag\n", "--run_dir=a\n"])
    def test_flags_without_an_option_are_no_recipe(self, tmp_path, text):
        (tmp_path / "flags.txt").write_text(text)
        with refused("flags.txt", "names no option"):
            kg.Recipe.of_run(tmp_path)

    def test_paths_of_options_begin_at_home(self, monkeypatch):
        monkeypatch.setenv("HOME", "/home/someone")
        assert kg.Recipe(data_dir="~/data").data_dir == "/home/someone/data"
        request = sample.Request(run_dir="~/a", output="~/b.png")
        assert request.run_dir == "/home/someone/a"
        assert request.output == "/home/someone/b.png"
        asked = evaluate.Request(json="~/a", samples="~/b", classifier="~/c", output="~")
        assert asked.json == "/home/someone/a"
        assert asked.samples == "/home/someone/b"
        assert asked.classifier == "/home/someone/c"
        assert asked.output == "/home/someone"


@pytest.mark.parametrize("label", [lambda i: i // 600, lambda i: i % 10])
def test_images_of_known_classes_are_of_all_classes(label):
    """In stored order or in turn: every third image or the first 2,000 would not do."""
    labels = label(np.arange(6_000))
    images = np.zeros((6_000, 1, 1, 1), "uint8") + np.arange(6_000)[:, None, None, None]
    real = data.Batches(images.astype("uint8"), batch_size=1, classes=labels)
    samples, chosen = training_run.labelled_images(real, (0.0, 1.0))
    assert len(samples) == len(chosen) == 2_000
    assert np.bincount(chosen, minlength=10).min() > 150


def test_runs_are_compared_by_what_identifies_them():
    real = types.SimpleNamespace(steps_per_epoch=lambda k: 10, sample_shape=(56, 56, 1))
    recipes_of = [
        kg.Recipe(epochs=3, data_dir="here", augment=("color", "cutout")),
        kg.Recipe(steps=7, weight_clip=0.5, picture_every=2, image_size="9x8"),
    ]
    first, second = (compared_options(recipe, real) for recipe in recipes_of)
    assert {name for name in first if first[name] != second[name]} == {
        "steps",
        "weight_clip",
        "augment",
        "image_size",
    }
    assert (first["image_size"], second["image_size"]) == ("none", "9x8")
    assert (first["steps"], second["steps"]) == (30, 7)
    # TensorBoard would take a missing value for no difference.
    assert (first["weight_clip"], second["weight_clip"]) == ("none", 0.5)
    assert (first["augment"], second["augment"]) == ("color,cutout", "none")
    assert {type(value) for value in first.values()} <= {bool, int, float, str}
    # The weight that R1 has, also where another option gives it.
    assert first["r1"] == 0.2
    assert compared_options(kg.Recipe(r1_at_28=0.1), real)["r1"] == 0.4
