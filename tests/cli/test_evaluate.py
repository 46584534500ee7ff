"""The command line: a run or a file in, a table and JSON out, mistakes in one line."""

import dataclasses
import json
import os
import re
import shlex
import shutil
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import keras_gan as kg
from faults.laboratory import run_command
from keras_gan import data
from keras_gan.board.run_data import read_run
from keras_gan.callbacks.run_log import show_final
from keras_gan.cli import evaluate
from keras_gan.cli.comparison import add_row, caption_of
from keras_gan.cli.flags import define
from keras_gan.cli.given_samples import fitted, read_samples
from keras_gan.cli.run_folder import load_run, training_options
from keras_gan.cli.several_runs import cautions_on_runs
from keras_gan.data.choice import random_order
from keras_gan.data.on_disk import checksum_of
from keras_gan.data.sources.reading import Reading
from keras_gan.evaluation import Result, Settings, Suite, classifier
from keras_gan.terminal import unbroken
from support import (
    ROOT,
    brightness_classifier,
    command,
    conditional_networks,
    fails,
    refused,
    tiny_gan,
    tiny_networks,
    trained,
)

METRICS = "--metrics=parzen,fd_classifier,kid,prdc,is"


def measured(*arguments):
    """Does in this process what evaluate.py does; returns the exit code."""
    own = define(evaluate.Request)
    own(["evaluate.py", *arguments])
    return evaluate.main(own)


def load_real(recipe, request, number):
    """Training samples, and those to measure against, as `evaluate.build_suite` does."""
    whole = recipe.load_alone(request.train_split)
    return evaluate.load_real(whole, recipe, request, number)


@pytest.fixture(scope="module")
def npz(tmp_path_factory):
    """300 real digits as somebody's samples: those of the floor."""
    path = tmp_path_factory.mktemp("samples") / "samples.npz"
    images = data.load("mnist5k", batch_size=1).samples
    images = images[random_order(len(images))[:300]]
    np.savez(path, images=images)
    return str(path)


def write(tmp_path, images):
    path = tmp_path / "s.npz"
    np.savez(path, images=images)
    return f"--samples={path}"


class TestSamples:
    def test_table_and_json(self, npz, tmp_path, capsys):
        path = tmp_path / "e.json"
        given = (f"--samples={npz}", "--dataset=mnist5k", METRICS, f"--json={path}")
        assert measured(*given) == 0
        printed = capsys.readouterr().out
        found = json.loads(path.read_text())
        names = ("parzen", "fd_classifier", "kid", "precision", "coverage", "is")
        for name in names:
            result = found["results"][name]
            assert (result["n"], result["split"]) == (300, "test")
            # The samples are real: their numbers are the floor's.
            assert result["value"] == pytest.approx(found["floor"][name]["value"])
            assert name in printed
        assert found["extractors"]["classifier"]["dataset"] == "mnist"
        assert len(found["extractors"]["classifier"]["sha256"]) == 64
        assert "300 of 300 samples are exact copies of training samples" in printed
        assert "300 samples are few" in printed
        assert f"300 samples of {npz}\nagainst 300 real ones of mnist5k" in printed
        first, second, *_ = printed.splitlines()
        assert first == f"loading {npz} and real data to measure against"
        assert second.startswith("measuring them: parzen, fd_classifier")
        table = printed.partition("metric ")[2].partition("Caution")[0].splitlines()
        assert max(map(len, table)) < 80
        (line,) = [one for one in found["cautions"] if "classifier" in one]
        assert "trained on mnist, split train" in line
        assert f"Caution: {line}" in " ".join(printed.split())
        assert max(map(len, printed.partition("Caution")[2].splitlines())) <= 80
        kept = {n: found[f"num_{n}"] for n in ("samples", "real", "floor", "train")}
        assert kept == {"samples": 300, "real": 300, "floor": 300, "train": 4000}
        assert (found["image_shape"], found["averaged"]) == ([28, 28, 1], None)
        page = (ROOT / "docs/evaluation.md").read_text("utf-8")
        table = page.partition("| key |")[2].partition("\n\n")[0]
        keys = re.findall(
            r"`(\w+)`", "".join(row.split("|")[1] for row in table.splitlines()[2:])
        )
        assert set(keys) == set(found)

    def test_a_floor_of_fewer_says_why(self, tmp_path, capsys):
        """100 training images: a sixth of them, 16, are kept to choose sigma."""
        images = np.random.default_rng(0).integers(0, 256, (300, 8, 8), "uint8")
        np.savez(tmp_path / "d.npz", x_train=images[:100], x_test=images[100:])
        given = (write(tmp_path, images[:90]), f"--dataset=npz:{tmp_path / 'd.npz'}")
        asked = (*given, "--extractor=pixels")
        assert measured(*asked, "--metrics=kid,parzen,fd_pixels,prdc") == 0
        said = " ".join(capsys.readouterr().out.split())
        assert "floor: the same metrics on 84 of 100 real training samples; the" in said
        moved = "What changes with n: parzen, fd_pixels, recall, coverage. Compare them "
        moved += "with the "
        assert (
            f"kept to choose Parzen's sigma. {moved}floor at --num=84; so few say little."
        ) in said
        # It is unbiased at every n.
        assert measured(*asked, "--metrics=kid") == 0
        said = capsys.readouterr().out
        assert "84 of 100" in said and "changes with n" not in said
        # As many samples as the floor has: nothing is to be said.
        assert measured(*asked, "--metrics=fd_pixels", "--num=84") == 0
        assert "changes with n" not in capsys.readouterr().out

    def test_a_low_number_is_pointed_at(self, tmp_path, capsys):
        images = np.random.default_rng(0).integers(0, 256, (300, 4, 4), "uint8")
        np.savez(tmp_path / "d.npz", x_train=images[:200], x_test=images[200:])
        asked = (f"--dataset=npz:{tmp_path / 'd.npz'}", "--metrics=prdc")
        asked = (*asked, "--extractor=pixels", f"--json={tmp_path / 'e.json'}")
        # All alike, and then real ones.
        for samples, is_low in (
            (images[:1] // 2 + images[:90] // 2, True),
            (images, False),
        ):
            assert measured(write(tmp_path, samples), *asked) == 0
            said = capsys.readouterr().out
            assert ("Look: recall is low, 0" in said) == is_low
            assert ("docs/questions.md, The numbers are low." in said) == is_low
        assert "**The numbers are low.**" in (ROOT / "docs/questions.md").read_text(
            "utf-8"
        )

    def test_memorization_alone_has_a_floor_by_definition(self, npz, capsys):
        given = (f"--samples={npz}", "--dataset=mnist5k", "--num=50")
        assert measured(*given, "--metrics=memorization", "--num_real=50") == 0
        rows = [line.split() for line in capsys.readouterr().out.splitlines()]
        assert ["memorization", "0", "1", "near", "1", "pixels"] in rows
        assert ["copied", "1", "0.01"] in rows
        assert not any("floor:" in row or "training" in row[:3] for row in rows)

    def test_ten_samples(self, npz, tmp_path, capsys):
        images = np.load(npz)["images"][:10]
        given = (write(tmp_path, images), "--dataset=mnist5k", METRICS)
        assert measured(*given) == 0
        assert "10 samples are few" in capsys.readouterr().out

    def test_one_split(self, npz, capsys):
        given = [f"--samples={npz}", f"--dataset=npz:{npz}", "--metrics=kid"]
        given.append("--extractor=pixels")
        with pytest.raises(ValueError, match="leave --split out"):
            measured(*given, "--split=test")
        assert measured(*given) == 0
        said = capsys.readouterr().out
        assert "split train" in said and "One half of the split train" in said


class TestBadSamples:
    def refused(self, tmp_path, images, match):
        given = (write(tmp_path, images), "--dataset=mnist5k", "--metrics=kid")
        with pytest.raises(ValueError, match=match) as caught:
            measured(*given)
        assert "\n" not in str(caught.value)

    def test_other_shape(self, tmp_path):
        images = np.zeros((20, 32, 32, 3), "uint8")
        images[:, 0, 0] = 1, 2, 3
        shapes = "images of 32x32x3, the real ones are 28x28x1"
        cures = "make them grey .* crop them to 28x28.* use --image_size=28"
        self.refused(tmp_path, images, rf"{shapes}.* {cures}")

    def test_floats_of_0_to_255(self, tmp_path):
        images = np.full((20, 28, 28, 1), 255.0)
        self.refused(tmp_path, images, r"must lie in \[0, 1\] or \[-1, 1\]")

    @pytest.mark.parametrize("kind", ["folder", "rgb", "rgba", "floats"])
    def test_grey_in_colour_is_measured_as_grey(self, npz, tmp_path, kind, capsys):
        images = np.repeat(np.load(npz)["images"][:20], 3, axis=-1)
        if kind == "rgba":
            images = np.concatenate([images, 255 + 0 * images[..., :1]], axis=-1)
        given = tmp_path / "s.npz"
        if kind == "folder":
            given = tmp_path / "s"
            given.mkdir()
            for i, image in enumerate(images):
                Image.fromarray(image).save(given / f"{i:02d}.png")
        else:
            np.savez(given, images=images / 255.0 if kind == "floats" else images)
        said = f"{given}: all channels are equal, so the images are taken as grey\n"
        found = read_samples(str(given), 20)
        grey = fitted(found, (28, 28, 1), str(given))
        assert capsys.readouterr().out == said
        expected = images[..., :1] / (1 if grey.dtype == "uint8" else 255)
        ordered = sorted(image.tobytes() for image in expected.astype(grey.dtype))
        assert sorted(image.tobytes() for image in grey) == ordered

    def test_colour_is_refused(self, tmp_path):
        for images in (
            np.zeros((20, 8, 8, 3), "uint8"),
            np.full((20, 8, 8, 4), 255, "uint8"),
        ):
            assert fitted(images, (8, 8, 1), "s.npz").shape == (20, 8, 8, 1)
            images[7, 3, 2, -1] = 9  # One pixel that is blue, or seen through.
            with refused("--samples=s.npz: images of 8x8", "make them grey"):
                fitted(images, (8, 8, 1), "s.npz")

    def test_grey_against_colour_becomes_rgb_as_advised(self, tmp_path):
        grey = [Image.fromarray(np.full((8, 8), n, "uint8")) for n in range(3)]
        for i, image in enumerate(grey):
            image.save(tmp_path / f"{i}.png")
        with refused("8x8x1, the real ones are 8x8x3", 'convert("RGB")'):
            fitted(read_samples(str(tmp_path), 3), (8, 8, 3), str(tmp_path))
        for i, image in enumerate(grey):
            image.convert("RGB").save(tmp_path / f"{i}.png")
        found = fitted(read_samples(str(tmp_path), 3), (8, 8, 3), str(tmp_path))
        assert found.shape == (3, 8, 8, 3)

    def test_what_is_advised_for_a_folder_of_another_size_works(self, tmp_path):
        """The size that the classifier takes, not that of the samples."""
        for i in range(12):
            image = np.random.default_rng(i).integers(0, 256, (32, 32), "uint8")
            Image.fromarray(image).save(tmp_path / f"{i:02d}.png")
        given = (f"--samples={tmp_path}", "--dataset=mnist5k", "--metrics=fd_classifier")
        given = (*given, "--num_real=20")
        with refused("use --image_size=28,", "crop them to 28x28"):
            measured(*given)
        path = tmp_path / "e.json"
        assert measured(*given, "--image_size=28", f"--json={path}") == 0
        found = json.loads(path.read_text())
        assert (found["image_shape"], found["num_samples"]) == ([28, 28, 1], 12)

    def test_nan(self, tmp_path):
        images = np.full((20, 28, 28, 1), np.nan)
        self.refused(tmp_path, images, "nan at index")

    def test_one_sample(self, tmp_path):
        images = np.zeros((1, 28, 28, 1), "uint8")
        self.refused(tmp_path, images, "measure at least 2")

    def test_no_file(self):
        given = ("--samples=none.npz", "--dataset=mnist5k")
        with pytest.raises(ValueError, match="no such file"):
            measured(*given)


def test_mnist_by_its_files_is_measured_by_its_classifier(npz, tmp_path, capsys):
    """What the messages advise where there is no network."""
    digits = np.load(npz)["images"][..., 0]
    for split in ("train", "t10k"):
        header = np.array([0x803, *digits.shape], ">u4").tobytes()
        path = tmp_path / f"{split}-images-idx3-ubyte"
        path.write_bytes(header + digits.tobytes())
    path = tmp_path / "e.json"
    given = (f"--samples={npz}", f"--dataset=idx:{tmp_path}", "--classifier=mnist")
    given = (*given, "--num=50", "--metrics=fd_classifier", f"--json={path}")
    assert measured(*given) == 0
    found = json.loads(path.read_text())
    measured(*given[:2], "--num=50")
    said = " ".join(capsys.readouterr().out.split())
    assert "shapes. Of MNIST's own files it is --classifier=mnist." in said
    with refused("There is no classifier for idx:", "it is --classifier=mnist."):
        measured(*given[:2], "--metrics=fd_classifier")
    shipped = classifier.read_record(classifier.find("mnist"))
    assert found["extractors"]["classifier"] == shipped


class TestRun:
    @pytest.fixture
    def run_dir(self, tmp_path):
        pair = kg.networks.mlp((28, 28, 1), generator_units=(8, 8))
        gan = kg.GAN(*pair)
        gan.compile(keras.optimizers.Adam(), keras.optimizers.Adam())
        gan.save(tmp_path / "gan.keras")
        (tmp_path / "flags.txt").write_text("--dataset=mnist5k\n")
        return tmp_path

    def test_goes_to_the_folder_of_the_run(self, run_dir, capsys):
        given = (f"--run_dir={run_dir}", "--num=100", "--metrics=fd_classifier,prdc")
        assert measured(*given) == 0
        capsys.readouterr()
        found = json.loads((run_dir / "evaluation.json").read_text())
        assert (found["step"], found["averaged"]) == (0, False)
        fake, real = (found[k]["fd_classifier"]["value"] for k in ("results", "floor"))
        assert fake > 10 * real
        assert measured(*given) == 0
        again = json.loads((run_dir / "evaluation.json").read_text())
        assert again["results"] == found["results"]


class TestFolderSortedByClass:
    """A folder is read class by class: 10 classes, far from each other."""

    @pytest.fixture
    def folder(self, tmp_path):
        generator = np.random.default_rng(0)
        for c in range(10):
            (tmp_path / "data" / f"class{c}").mkdir(parents=True)
            images = 25 * c + generator.integers(0, 20, (24, 8, 8), dtype="uint8")
            for i, image in enumerate(images):
                Image.fromarray(image).save(tmp_path / f"data/class{c}/{i:02d}.png")
        return tmp_path / "data"

    def request(self, folder, **options):
        given = {"samples": "s.npz", "dataset": f"folder:{folder}", "split": "train"}
        return evaluate.Request(**{**given, **options})

    def test_what_is_measured_against_has_all_classes(self, folder):
        request = self.request(folder)
        recipe = evaluate.recipe_of(request)
        split, train, (test, classes) = load_real(recipe, request, 60)
        assert split == "train"
        assert (len(train), len(test), len(classes)) == (120, 60, 60)
        assert (test.mean(axis=(1, 2, 3)) // 25 == classes).all()
        assert np.bincount(classes, minlength=10).min() > 0

    def test_broken_files_are_left_out_if_asked(self, folder):
        (folder / "class3" / "05.png").write_bytes(b"no image")
        for skips in (None, True):
            request = self.request(folder, skip_bad_images=skips)
            recipe = evaluate.recipe_of(request)
            if skips:
                split, train, (test, _) = load_real(recipe, request, 60)
                assert len(train) + 2 * len(test) in (239, 240)
            else:
                with refused("05.png", "set skip_bad_images=True"):
                    load_real(recipe, request, 60)

    def test_a_test_split_in_order_has_all_classes(self, tmp_path):
        images = np.repeat(np.arange(10, dtype="uint8"), 100)[:, None, None, None]
        images = np.tile(images, (1, 8, 8, 1))
        np.savez(tmp_path / "d.npz", x_train=images, x_test=images)
        request = evaluate.Request(samples="s.npz", dataset=f"npz:{tmp_path / 'd.npz'}")
        _, _, (test, _) = load_real(evaluate.recipe_of(request), request, 100)
        assert np.bincount(test[:, 0, 0, 0], minlength=10).min() > 0

    def test_data_of_one_split_are_cut_into_halves(self, folder):
        request = self.request(folder, split=None)
        recipe = evaluate.recipe_of(request)
        split, train, (test, _) = load_real(recipe, request, 60)
        asked = load_real(recipe, self.request(folder), 60)
        assert split == "train"
        np.testing.assert_array_equal(train, asked[1])
        np.testing.assert_array_equal(test, asked[2][0])
        request = self.request(folder, split="test")
        with refused("there is no split 'test'", "leave --split out"):
            load_real(recipe, request, 60)

    def test_a_run_of_other_files_than_are_there_now_is_told(self, tmp_path):
        images = np.random.default_rng(0).integers(0, 256, (60, 8, 8, 1), "uint8")
        npz, run_dir = tmp_path / "d.npz", tmp_path / "run"
        np.savez(npz, x_train=images[:40], y_train=np.arange(40) % 2, x_test=images[40:])
        small = ("--generator_units=4", "--discriminator_units=4", "--epochs=1")
        for name, more in (("run", ()), ("labels", ("--conditional",))):
            assert trained(npz, tmp_path / name, *small, *more) == 0

        def is_told(name):
            request = evaluate.Request(run_dir=str(tmp_path / name))
            gan = load_run(str(tmp_path / name))
            return evaluate.was_other(request, evaluate.recipe_of(request), gan)

        assert not is_told("run") and not is_told("labels")
        swapped = {"x_train": images[1:41], "y_train": np.arange(40) % 2}
        np.savez(npz, **swapped, x_test=images[:2])
        assert is_told("run") and is_told("labels")
        asked = ("--metrics=kid", "--extractor=pixels", "--num=20")
        assert measured(f"--run_dir={run_dir}", *asked) == 0
        found = json.loads((run_dir / "evaluation.json").read_text())
        assert any("its files have changed" in one for one in found["cautions"])
        # Other data is meant if it is named.
        request = evaluate.Request(run_dir=str(run_dir), dataset="mnist5k")
        recipe = evaluate.recipe_of(request)
        assert not evaluate.was_other(request, recipe, load_run(str(run_dir)))
        # Where no checkpoint can be read, nothing is known.
        for checkpoint in (run_dir / "checkpoints").glob("*.json"):
            checkpoint.write_text("{}")
        assert not is_told("run")

    def test_a_broken_test_split_is_not_passed_over(self, tmp_path):
        images = np.zeros((20, 8, 8, 1), "uint8")
        np.savez(tmp_path / "d.npz", x_train=images, x_test=images[..., 0, 0])
        request = evaluate.Request(samples="s.npz", dataset=f"npz:{tmp_path / 'd.npz'}")
        with refused("x_test"):
            load_real(evaluate.recipe_of(request), request, 60)

    @pytest.mark.parametrize(("num_real", "expected"), [(None, 60), (0, 120), (7, 7)])
    def test_how_many_to_measure_against(self, folder, num_real, expected):
        request = self.request(folder, num_real=num_real)
        _, _, (test, _) = load_real(evaluate.recipe_of(request), request, 60)
        assert len(test) == expected

    def test_samples_of_a_file_in_order_have_all_classes(self, tmp_path):
        images = np.repeat(np.arange(10, dtype="uint8"), 100)[:, None, None, None]
        np.savez(tmp_path / "s.npz", images=np.tile(images, (1, 8, 8, 1)))
        found = read_samples(str(tmp_path / "s.npz"), 100)
        assert np.bincount(found[:, 0, 0, 0], minlength=10).min() > 0

    def test_a_folder_of_samples_has_all_classes(self, folder):
        found = read_samples(f"{folder}/", 100, Reading(4))
        assert found.shape == (100, 4, 4, 1)
        assert np.bincount(found[:, 0, 0, 0] // 25, minlength=10).min() > 0

    def test_a_folder_of_splits_is_asked_which(self, folder):
        for split in ("train", "test"):
            shutil.copytree(folder, folder.parent / f"splits/{split}")
        with refused("--samples=", "name one of them"):
            read_samples(str(folder.parent / "splits"), 100)


class TestConditionalRun:
    """Images of one value per class, .8 and .2, and a generator of one value for each."""

    @staticmethod
    def write(tmp_path, shade, **options):
        labels = np.repeat([0, 1], [80, 20])
        images = np.tile((200 * labels).astype("uint8")[:, None, None, None], (8, 8, 1))
        splits = {f"x_{s}": images for s in ("train", "test")}
        splits |= {f"y_{s}": labels for s in ("train", "test")}
        np.savez(tmp_path / "d.npz", **splits)
        z, label = keras.Input((4,)), keras.Input((), dtype="int32")
        table = keras.layers.Embedding(2, 64)
        made = keras.layers.Reshape((8, 8, 1))(table(label))
        made = keras.layers.Activation("sigmoid")(made)
        generator = keras.Model([z, label], made)
        levels = [[-30], [np.log(shade / (255 - shade))]]
        table.set_weights([np.repeat(levels, 64, axis=1)])
        gan = kg.GAN(generator, conditional_networks(2)[1], num_classes=2, **options)
        gan.compile(keras.optimizers.Adam(), keras.optimizers.Adam())
        gan.save(tmp_path / "gan.keras")
        flags = f"--dataset=npz:{tmp_path / 'd.npz'}\n--conditional\n"
        (tmp_path / "flags.txt").write_text(flags)

    def test_classes_as_often_as_in_the_data(self, tmp_path, capsys):
        self.write(tmp_path, shade=200)
        given = (f"--run_dir={tmp_path}", "--num=100", "--metrics=fd_pixels")
        assert measured(*given) == 0
        assert "equally often" not in capsys.readouterr().out
        found = json.loads((tmp_path / "evaluation.json").read_text())
        assert found["results"]["fd_pixels"]["value"] < 1e-6

    def test_how_often_a_class_is_made_when_it_is_asked_for(self, tmp_path, capsys):
        names = ["dark", "a bright kind of tile"]
        self.write(tmp_path, shade=20, class_names=names)  # It makes dark tiles only.
        brightness_classifier(tmp_path / "c.keras", (0, 200))
        given = (f"--run_dir={tmp_path}", f"--classifier={tmp_path / 'c.keras'}")
        assert measured(*given, "--num=100") == 0
        said = capsys.readouterr().out
        row = next(one for one in said.splitlines() if one.startswith("agreement"))
        assert row.split() == [
            "agreement",
            "0.800",
            "+-",
            "0.040",
            "1.0000",
            "+-",
            "0.0069",  # 100 of 100: sqrt(100.5 / 101 * 0.5 / 101 / 102).
            "higher",
            "classifier",
        ]
        assert (
            "    0.0 % of 20 (100.0 %)  a bright kind o…\n"
            "  100.0 % of 80 (100.0 %)  dark\n"
        ) in said
        table = said.partition("\nmetric ")[2].partition("\nCaution")[0]
        assert max(map(len, table.splitlines())) <= 80
        found = json.loads((tmp_path / "evaluation.json").read_text())
        assert found["class_names"] == names
        assert found["results"]["agreement"]["extra"]["by_class"] == [1.0, 0.0]
        assert found["floor"]["agreement"]["extra"]["by_class"] == [1.0, 1.0]
        # A classifier that was told other numbers for these names knows other classes.
        record = json.loads((tmp_path / "c.json").read_text())
        record["class_names"] = names[::-1]
        (tmp_path / "c.json").write_text(json.dumps(record))
        with refused("agreement is for a conditional GAN", "leave it out"):
            measured(*given, "--num=100", "--metrics=agreement")
        assert measured(*given, "--num=100", "--metrics=fd_classifier") == 0
        gan = keras.models.load_model(tmp_path / "gan.keras")
        request = evaluate.Request(run_dir="a", classifier=str(tmp_path / "c.keras"))
        for condition, labels in [
            (gan.condition, np.zeros(3, int)),
            (None, np.zeros(3, int)),
        ]:
            assert not evaluate.reads_classes(request, None, condition, labels)


def without_weights(name, arguments):
    """Runs a command where no environment variable names Inception's weights."""
    os.environ.pop("KERAS_GAN_INCEPTION", None)
    run_command(name, arguments)


class TestTableOfMethods:
    def test_each_method_has_one_row(self, tmp_path):
        path = tmp_path / "table.md"

        def add(name, value, steps=(5, 5), **others):
            found = {"fd": Result(value, 0.25, n=9), **others}
            ones = {"fd": Result(value, 0.5, n=9), **others} if len(steps) > 1 else None
            floor = {"fd": Result(0.5, 0.125, n=9)}
            add_row(path, name, found, floor, list(steps), ones=ones)

        add("a-*", 1.0)
        add("a-*b", 2.0, (5, 1000))
        add("c", 3.0, (5,))
        add("a-*", 4.0)  # Measured again.
        lines = path.read_text("utf-8").splitlines()
        assert lines == [
            "| runs | seeds | steps | samples | fd |",
            "|---|---|---|---|---|",
            "| real samples |  |  | 9 | 0.50 (0.12) |",
            "| a-*b | 2 | 5, 1,000 | 9 | 2.00 ± 0.25 (0.50) |",
            "| c | 1 | 5 | 9 | 3.00 (0.25) |",
            "| a-* | 2 | 5 | 9 | 4.00 ± 0.25 (0.50) |",
        ]
        with refused(f"--markdown={path} has the columns fd, not fd | kid: measure"):
            add("a-*", 1.0, kid=Result(1.0, 0.1, n=9))
        # Neither against other real samples, nor of another number of samples.
        for real, n in ((0.75, 9), (0.5, 10)):
            with refused(f"--markdown={path} has rows that were measured otherwise"):
                floor = {"fd": Result(real, 0.0, n=9)}
                add_row(path, "d", {"fd": Result(1.0, 0.1, n=n)}, floor, [5])
        assert path.read_text("utf-8").splitlines() == lines

    def test_a_row_that_stands_alone_may_be_measured_otherwise(self, tmp_path):
        path = tmp_path / "table.md"
        for n in (9, 10):
            floor = {"fd": Result(n / 10, 0.0, n=n)}
            add_row(path, "a", {"fd": Result(1.0, 0.0, n=n)}, floor, [5])
        *_, real, row = path.read_text("utf-8").splitlines()
        assert (
            real == "| real samples |  |  | 10 | 1 |" and row == "| a | 1 | 5 | 10 | 1 |"
        )

    def test_the_line_below_it_must_be_the_same_for_all_rows(self, tmp_path):
        path, found = tmp_path / "table.md", {"fd": Result(1.0, np.nan, n=9)}
        for name in "ab":
            add_row(path, name, found, {}, [5], "mnist, split test.")
        assert path.read_text("utf-8").splitlines()[2:] == [
            "| real samples |  |  |  |  |",
            "| a | 1 | 5 | 9 | 1 |",
            "| b | 1 | 5 | 9 | 1 |",
            "",
            "mnist, split test.",
        ]
        with refused(f"--markdown={path} has rows that were measured otherwise"):
            add_row(path, "c", found, {}, [5], "fashion_mnist, split test.")

    def test_another_file_stays(self, tmp_path):
        (tmp_path / "mine.md").write_text("| runs | a |")
        with refused("mine.md is there and is no such table: name another"):
            measured(f"--run_dir={tmp_path}", f"--markdown={tmp_path / 'mine.md'}")


class TestSeveralRuns:
    @pytest.fixture(scope="class")
    def runs(self, tmp_path_factory):
        """Three runs on images of 8x8 pixels, and a folder for what is measured."""
        folder = tmp_path_factory.mktemp("runs")
        images = np.random.default_rng(0).integers(0, 256, (60, 8, 8, 1), "uint8")
        np.savez(folder / "d.npz", x_train=images[:30], x_test=images[30:])
        for seed in range(3):
            (folder / f"a-{seed}").mkdir()
            pair = tiny_networks(seed=seed)
            tiny_gan(pair).save(folder / f"a-{seed}/gan.keras")
            flags = f"--dataset=npz:{folder / 'd.npz'}\n--seed={seed}\n"
            (folder / f"a-{seed}/flags.txt").write_text(flags)
        return folder

    def test_means_over_them(self, runs, capsys):
        asked = (f"--run_dirs={runs}/a-*", "--metrics=kid,memorization")
        asked = (*asked, "--extractor=pixels", "--num=20")
        path, table = runs / "means.json", runs / "table.md"
        assert measured(*asked, f"--json={path}", f"--markdown={table}") == 0
        found = json.loads(path.read_text())
        folders = [f"{runs}/a-{seed}" for seed in range(3)]
        assert list(found["runs"]) == folders
        # Each run has its own file, too.
        for folder, numbers in found["runs"].items():
            own = runs / folder / "evaluation.json"
            versions = {"versions": found["versions"]}
            assert json.loads(own.read_text()) == {**numbers, **versions}
            own.unlink()
        assert found["training_seeds"] == dict(zip(folders, range(3), strict=True))
        files = (f"--json={path}", f"--markdown={table}")
        given = shlex.join(["keras-gan-evaluate", *asked, *files])
        assert sorted(shlex.split(found["command"])) == sorted(shlex.split(given))
        for folder, numbers in found["runs"].items():
            repeats = [f"--run_dir={folder}", *asked[1:]]
            assert sorted(shlex.split(numbers["command"])[1:]) == sorted(repeats)
        assert found["steps"] == dict.fromkeys(folders, 0)
        counted = [found[f"num_{of}"] for of in ("samples", "real", "floor")]
        assert (counted, found["split"], found["seed"]) == ([20, 20, 20], "test", 0)
        results = [one["results"]["kid"] for one in found["runs"].values()]
        values, errors = (
            [one[key] for one in results] for key in ("value", "uncertainty")
        )
        assert len(set(values)) == 3
        kid = found["means"]["kid"]
        error = np.std(values, ddof=1) / np.sqrt(3)
        assert kid == {
            "mean": pytest.approx(np.mean(values)),
            "deviation": pytest.approx(np.std(values, ddof=1)),
            "error": pytest.approx(error),
            "one_evaluation": pytest.approx(np.sqrt(np.mean(np.square(errors)))),
        }
        head, _, real, row, _, below = table.read_text("utf-8").splitlines()
        samples_of = f"npz:{runs / 'd.npz'}, 8x8x1: samples against 20 real ones, "
        assert below.startswith(f"{samples_of}split test. Row real samples: training ")
        assert below.endswith(f" Measured by keras_gan {kg.__version__}.")
        assert head == "| runs | seeds | steps | samples | kid | memorization |"
        shown = str(Result(kid["mean"], kid["error"], n=20)).replace("+-", "±")
        _, of_one = str(Result(0.0, kid["one_evaluation"], n=20)).split(" +- ")
        assert row.startswith(f"| {runs}/a-* | 3 | 0 | 20 | {shown} ({of_one}) | ")
        # In brackets the ± of one evaluation, as beside a single run.
        of_real = [one["floor"]["kid"] for one in found["runs"].values()]
        floor = Result(of_real[0]["value"], of_real[0]["uncertainty"], n=20)
        value, error_of_real = str(floor).split(" +- ")
        assert real.startswith(
            f"| real samples |  |  | 20 | {value} ({error_of_real}) | "
        )
        said = capsys.readouterr().out
        each, _, together = said.partition("3 runs: ")
        assert "Caution" not in each and "floor: the same" not in each
        assert together.count("20 samples are few") == 1
        assert together.count("floor: the same metrics") == 1
        assert together.index("\nmetric ") < together.index("\nCaution: ")
        assert "The runs differ" not in together and "runs are few" not in together
        assert "sqrt(3)" in together
        rows = [line.split() for line in together.splitlines()]
        (head,) = (row for row in rows if row[:1] == ["metric"])
        assert " ".join(head[:8]) == "metric mean (n=20) +- of one floor (n=20)"
        (row,) = (row for row in rows if row[:1] == ["kid"])
        one = found["runs"][folders[0]]["floor"]["kid"]
        shown = [
            str(kg.evaluation.Result(*pair, n=20)).split()
            for pair in (
                (np.mean(values), error),
                (0.0, kid["one_evaluation"]),
                (one["value"], one["uncertainty"]),
            )
        ]
        assert row == ["kid", *shown[0], shown[1][-1], *shown[2], "lower"]
        (row,) = (row for row in rows if row[:1] == ["memorization"])
        assert row[-3:] == ["1", "near", "1"]
        assert max(map(len, together.splitlines()[2:6])) <= 80

    def test_their_floor_is_measured_once(self, runs, capsys, monkeypatch):
        asked = ("--metrics=kid,prdc,parzen", "--extractor=pixels", "--num=20")
        asked = (*asked, "--parzen_kmeans")
        files = [runs / f"a-{seed}" / "evaluation.json" for seed in range(3)]
        for file in files:
            assert measured(f"--run_dir={file.parent}", *asked) == 0
        alone = [json.loads(file.read_text()) for file in files]
        capsys.readouterr()
        loaded, load = [], kg.Recipe.load_alone
        monkeypatch.setattr(
            kg.Recipe, "load_alone", lambda *of: loaded.append(of[1]) or load(*of)
        )
        assert measured(f"--run_dirs={runs}/a-*", *asked) == 0
        assert loaded == ["train", "test"]
        assert capsys.readouterr().out.count(" training samples: the floor") == 1
        for file, numbers in zip(files, alone, strict=True):
            found = json.loads(file.read_text())
            for key in ("floor", "results", "num_floor", "cautions"):
                assert found[key] == numbers[key], key
            file.unlink()

    @pytest.mark.parametrize("n, drawn", [(7, 0), (20, 1)])
    def test_a_row_is_refused_before_a_run_has_other_numbers(
        self, n, drawn, runs, capsys
    ):
        table = runs / f"refused-{n}.md"
        add_row(table, "other", {"kid": Result(1.0, 0.1, n=n)}, {}, [5, 6], "otherwise")
        asked = (f"--run_dirs={runs}/a-*", "--metrics=kid", "--extractor=pixels")
        with refused(f"--markdown={table} has rows that were measured otherwise"):
            measured(*asked, "--num=20", f"--markdown={table}")
        # Another number of samples is seen at once, other data with the first run.
        assert capsys.readouterr().out.count("drawing 20 samples") == drawn
        assert not list(runs.glob("*/evaluation.json"))

    def test_the_page_has_the_numbers(self, runs, capsys):
        run = runs / "a-0"
        (run / "metrics.jsonl").write_text('{"epoch": 1, "step": 0, "d_loss": 1.5}\n')
        asked = (f"--run_dir={run}", "--extractor=pixels", "--num=20")
        for metric in ("kid", "prdc"):
            assert measured(*asked, f"--metrics={metric}") == 0
            said = capsys.readouterr().out.splitlines()[-1]
            assert said == f"with these numbers: {run}/report.html and README.md"
        # Each metric is the latest one of this step, whichever command measured it.
        numbers = read_run(run)["numbers"]
        names = [one["name"] for one in numbers if one.get("is_evaluated")]
        assert names == ["precision", "recall", "density", "coverage", "kid"]
        assert "kid, evaluated" in (run / "README.md").read_text()
        (run / "README.md").write_text("mine")
        assert measured(*asked, "--metrics=prdc") == 0
        said = capsys.readouterr().out.splitlines()[-1]
        assert said.endswith("/report.html; README.md is yours, and stays")
        assert (run / "README.md").read_text() == "mine"
        former = json.loads((run / "evaluation_1.json").read_text())
        for key, value in (("step", 9), ("dataset", "mnist")):
            (run / "evaluation_1.json").write_text(json.dumps({**former, key: value}))
            assert "kid" not in {one["name"] for one in read_run(run)["numbers"]}
        for name in ("metrics.jsonl", "report.html", "README.md"):
            (run / name).unlink()
        for file in run.glob("evaluation*"):
            file.unlink()

    def test_points_of_each_seed_have_their_floor(self, tmp_path, capsys):
        for seed in range(2):
            run = tmp_path / f"a-{seed}"
            run.mkdir()
            kg.GAN(*kg.networks.points(2, seed=seed)).save(run / "gan.keras")
            (run / "flags.txt").write_text(f"--dataset=ring\n--seed={seed}\n")
        asked = ("--metrics=kid", "--num=100", f"--json={tmp_path / 'm.json'}")
        asked = (*asked, f"--markdown={tmp_path / 't.md'}")
        # The floor of a row is the mean of theirs, and the same for another method.
        assert measured(f"--run_dirs={tmp_path}/a-0,{tmp_path}/a-1", *asked) == 0
        assert measured(f"--run_dirs={tmp_path}/a-*", *asked) == 0
        rows = (tmp_path / "t.md").read_text("utf-8").splitlines()
        assert [row[:6] for row in rows if "| 2 |" in row] == [f"| {tmp_path}"[:6]] * 2
        one, other = json.loads((tmp_path / "m.json").read_text())["runs"].values()
        assert one["floor"]["kid"]["value"] != other["floor"]["kid"]["value"]
        # Points have no classifier, and nothing is said of pixels.
        capsys.readouterr()
        assert measured(f"--run_dir={tmp_path}/a-0", "--num=100") == 0
        assert "\nmeasuring them: modes, kid, prdc\n" in capsys.readouterr().out

    def test_each_run_has_its_file_if_no_other_is_named(self, runs, capsys):
        asked = ("--metrics=kid", "--extractor=pixels", "--num=20")
        assert measured(f"--run_dirs={runs}/a-0,{runs}/a-2", *asked) == 0
        files = sorted(runs.glob("*/evaluation.json"))
        assert [file.parent.name for file in files] == ["a-0", "a-2"]
        found = json.loads(files[1].read_text())
        assert (found["training_seed"], found["preset"]) == (2, None)
        assert f"--dataset=npz:{runs / 'd.npz'}" in found["flags"]
        assert {"--seed=2", "--batch_size=64"} <= set(found["flags"])
        assert "2 runs are few" in capsys.readouterr().out
        # Nothing is lost that was measured otherwise, nor kept twice.
        path, kept = files[0], [files[0].with_stem(f"evaluation_{n}") for n in (1, 2)]
        for num, former in ((10, kept[0]), (10, None), (20, kept[1]), (10, kept[0])):
            before = path.read_bytes()
            assert measured(f"--run_dir={path.parent}", *asked, f"--num={num}") == 0
            assert json.loads(path.read_text())["num_samples"] == num
            *_, where, said = capsys.readouterr().out.splitlines()
            if former is None:
                assert said == f"written: {path}"
            else:
                assert former.read_bytes() == before
                assert where == f"written: {path}"
                assert said == f"the former, measured otherwise, is {former.name} now"
        assert {*path.parent.glob("evaluation*")} == {path, *kept}
        for file in (*files, *kept):
            file.unlink()

    def test_its_row_on_the_hparams_page_gets_the_numbers(self, runs, caplog):
        """Beside what training wrote there, and for a run that was measured then, too."""
        run_dir = runs / "a-1"
        final = run_dir / "tensorboard" / "final"
        final.parent.mkdir()
        given = (f"--run_dir={run_dir}", "--num=20", "--metrics=prdc")
        given = (*given, "--extractor=pixels")
        former = Result(9.0, 1.0, n=20)
        show_final(run_dir, 0, {"recall": former, "kid": former}, {"kid": former})
        assert measured(*given) == 0
        found = json.loads((run_dir / "evaluation.json").read_text())
        names = {"precision", "recall", "density", "coverage"}
        events = EventAccumulator(str(final)).Reload()
        shown = {
            tag: tf.make_ndarray(events.Tensors(tag)[-1].tensor_proto).item()
            for tag in events.Tags()["tensors"]
        }
        assert set(shown) == {
            *(f"3 evaluation/{name}" for name in {*names, "kid"}),
            *(f"floor/{name}" for name in {*names, "kid"}),
        }
        for name in names:
            for key, tag in (("results", "3 evaluation"), ("floor", "floor")):
                value = found[key][name]["value"]
                assert shown[f"{tag}/{name}"] == pytest.approx(value), (key, name)
        assert shown["3 evaluation/kid"] == 9.0
        # What cannot be written costs the row, not the numbers.
        shutil.rmtree(final)
        final.write_text("in the way")
        assert measured(*given, "--num=10") == 0
        assert "TensorBoard does not get the numbers" in caplog.text
        assert json.loads((run_dir / "evaluation.json").read_text())["num_samples"] == 10
        final.unlink()
        final.parent.rmdir()
        assert measured(*given) == 0
        assert not final.parent.exists()
        for file in run_dir.glob("evaluation*"):
            file.unlink()

    def test_what_has_no_mean_is_refused(self, runs, tmp_path):
        (tmp_path / "flags.txt").write_text("--dataset=ring\n")
        for given, words in (
            (f"{runs}/a-0", "is one run: name two or more"),
            (f"{runs}/a-0,{runs}/a-0", "is one run: name two or more"),
            (f"{runs}/a-0,{runs}/a-0/", "is one run: name two or more"),
            (f"{runs}/a-0,{runs}/b-*", f"no folder matches {runs}/b-*"),
            (f"{runs}/d.np*", f"no folder matches {runs}/d.np*"),
            (f"{runs}/a-0,{runs}/b", f"there is no folder {runs}/b"),
            (f"{runs}/a-0,{tmp_path}", "of different data"),
        ):
            with refused("--run_dirs", words):
                measured(f"--run_dirs={given}")
        with refused(f"--run_dir={runs}/a-*", "use --run_dirs"):
            measured(f"--run_dir={runs}/a-*")


class TestWhatAMeanIsWorth:
    def test_of_three_alike_nothing_is_said(self):
        assert self.lines({}, {}, {}) == []

    def lines(self, *options, steps=(5, 5, 5), seeds=(0, 1, 2)):
        runs = "abc"[: len(options)]
        return cautions_on_runs(
            *(dict(zip(runs, of, strict=False)) for of in (steps, seeds, options))
        )

    def test_what_differs_is_named(self):
        (line,) = self.lines(
            {"--lr": "0.1", "--loss": "hinge"},
            {"--lr": "0.2", "--loss": "hinge", "--steps": "7"},
            {"--lr": "0.2", "--loss": "hinge", "--width": "8"},
            steps=(5, 7, 5),
        )
        assert self.lines({"--steps": "5"}, {"--steps": "7"}, {"--steps": "7"}) == [
            "The runs differ in --steps (5, 7): their mean is that of no one method."
        ]
        assert "steps (5, 7), --lr (0.1, 0.2), --width (not set, 8):" in line

    def test_equal_seeds_are_no_further_draws(self):
        (line,) = self.lines({}, {}, {}, seeds=(4, 1, 4))
        assert line.startswith("a, c have the same training seed, 4:")
        (line,) = self.lines({}, None, {}, seeds=(4, None, 1))
        assert line.startswith("b: without flags.txt")

    def test_two_are_few(self):
        (line,) = self.lines({}, {})
        assert "2 runs are few" in line

    def test_options_are_those_that_train(self):
        """Not where the data lie, nor what is drawn; of the length, what counts."""
        first = kg.Recipe(steps=10, epochs=3)
        second = kg.Recipe(steps=10, epochs=4, seed=1, data_dir="d", picture_every=2)
        assert training_options(first) == training_options(second)
        longer = dataclasses.replace(second, steps=11, lr=0.5)
        changed = training_options(longer).items() - training_options(first).items()
        assert dict(changed) == {"--steps": "11", "--lr": "0.5"}


class TestMistakes:
    def test_no_source(self):
        for given in (
            (),
            ("--run_dir=a", "--run_dirs=a,b"),
            ("--run_dir=a", "--samples=b"),
        ):
            with pytest.raises(
                ValueError, match="either --run_dir, --run_dirs or --samp"
            ):
                measured(*given)

    def test_unknown_metric(self, npz):
        given = (f"--samples={npz}", "--dataset=mnist5k", "--metrics=parsen")
        with pytest.raises(ValueError, match="did you mean parzen"):
            measured(*given)

    def test_fid_without_weights(self, tmp_path):
        """One line, exit code 1, before anything is read."""
        given = ("--samples=none.npz", "--dataset=mnist5k", "--metrics=fid")
        done = command("evaluate", *given, cwd=tmp_path, run=without_weights)
        fails(done, "evaluate.py: FID needs the Inception weights", "fd_classifier")


def test_train_classifier(tmp_path, capsys):
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 2, 200)
    images = np.where(labels == 1, 200, 40)[:, None, None, None]
    images = (images + generator.integers(0, 20, (200, 8, 8, 1))).astype("uint8")
    np.savez(
        tmp_path / "d.npz",
        x_train=images[:150],
        y_train=labels[:150],
        x_test=images[150:],
        y_test=labels[150:],
    )
    path = str(tmp_path / "c.keras")
    given = ("--train_classifier", f"--dataset=npz:{tmp_path / 'd.npz'}")
    assert measured(*given, f"--output={path}", "--epochs=8") == 0
    capsys.readouterr()
    _, record = classifier.load(path)
    assert record["test_accuracy"] > 0.9
    assert (record["num_train"], record["num_test"]) == (150, 50)
    assert (record["train_split"], record["seed"]) == ("train", 0)
    # By its name alone, it could be that of another folder.
    suites = [
        Suite(
            train,
            images[150:],
            Settings(
                ("kid",),
                dataset=given[1][10:],
                classifier=path,
                train_checksum=checksum_of(train),
            ),
        )
        for train in (images[:150], images[50:])
    ]
    cautions = [suite.cautions(255 - images, {}) for suite in suites]
    told = [
        "not trained on the training images here" in " ".join(one) for one in cautions
    ]
    assert told == [False, True]


def test_a_classifier_of_one_split_is_tested_on_images_it_has_not_seen(tmp_path):
    labels = np.arange(100) % 2
    images = np.where(labels == 1, 200, 40)[:, None, None, None]
    images = (images + np.zeros((100, 8, 8, 1))).astype("uint8")
    np.savez(tmp_path / "d.npz", images=images, labels=labels)
    given = ("--train_classifier", f"--dataset=npz:{tmp_path / 'd.npz'}")
    assert measured(*given, f"--output={tmp_path / 'c.keras'}", "--epochs=1") == 0
    _, record = classifier.load(str(tmp_path / "c.keras"))
    assert (record["num_train"], record["num_test"]) == (80, 20)
    assert record["test_split"] == "a fifth of train"


def test_a_classifier_is_told_from_that_of_another_folder_of_its_name(
    tmp_path, monkeypatch
):
    """Also if there is one split alone, of which a half is measured against."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    rng = np.random.default_rng(0)

    def write_photos():
        for name, base in (("dark", 30), ("light", 200)):
            (tmp_path / "photos" / name).mkdir(parents=True, exist_ok=True)
            for n in range(20):
                pixels = (base + rng.integers(0, 30, (8, 8, 3))).astype("uint8")
                Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{n}.png")

    def told():
        samples = rng.integers(0, 256, (20, 8, 8, 3), "uint8")
        np.savez(tmp_path / "s.npz", images=samples)
        given = ("--samples=s.npz", "--json=s.json", "--metrics=fd_classifier")
        assert measured(*given, *data_flags) == 0
        cautions = json.loads((tmp_path / "s.json").read_text("utf-8"))["cautions"]
        return "not trained on the training images here" in " ".join(cautions)

    data_flags = ("--dataset=folder:photos", "--image_size=8")
    write_photos()
    assert measured("--train_classifier", "--epochs=1", *data_flags) == 0
    assert not told()
    write_photos()
    assert told()


def test_images_without_a_classifier_are_compared_by_pixels(tmp_path, capsys):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 8, 8), "uint8")
    np.savez(tmp_path / "x.npz", x_train=pixels, x_test=pixels)
    spec = f"npz:{tmp_path / 'x.npz'}"
    with refused("--train_classifier needs labels", spec, "--extractor=pixels"):
        evaluate.train_classifier(evaluate.Request(dataset=spec, train_classifier=True))
    given = (f"--samples={tmp_path / 'x.npz'}", f"--dataset={spec}")
    assert measured(*given) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "There is no classifier for npz:" in said and "recall" in said
    assert "--train_classifier" not in said  # There are no labels to make one from.
    assert "fd_classifier" not in said
    with refused(
        "if it has labels", "otherwise measure with keras-gan-evaluate --extractor"
    ):
        measured(*given, "--metrics=fd_classifier")


@pytest.mark.parametrize("has_seen, num_floor", [(True, 80), (False, 100), (True, None)])
def test_a_caption_says_what_must_be_said(has_seen, num_floor):
    numbers = {
        "dataset": "d",
        "image_shape": [8, 8, 1],
        "split": "test",
        "num_real": 90,
        "num_floor": num_floor,
        "num_samples": 100,
        "extractors": {},
        "results": {name: {"extra": {}} for name in ("kid", "recall", "fd_pixels")},
        "cautions": ["Such numbers compare runs with each other; ..."] * has_seen,
    }
    said = caption_of(numbers)
    assert ("of another n, with which these change: recall, fd_pixels." in said) == (
        num_floor == 80
    )
    assert ("the rows compare with each other alone" in said) == has_seen


def test_a_command_with_a_space_in_a_path_can_be_pasted(tmp_path, capsys):
    for label in "ab":
        for number in range(8):
            path = tmp_path / f"my photos/{label}/{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (8, 8), color=number).save(path)
    np.savez(tmp_path / "x.npz", images=np.zeros((8, 8, 8, 1), "uint8"))
    spec = f"--dataset=folder:{tmp_path}/my photos"
    given_samples = (f"--samples={tmp_path / 'x.npz'}", spec, "--image_size=8")
    assert measured(*given_samples) == 0
    said = capsys.readouterr().out
    (line,) = (line for line in said.splitlines() if "--train_classifier" in line)
    given = ["keras-gan-evaluate", "--train_classifier", spec, "--image_size=8"]
    assert shlex.split(line) == given
    command = unbroken(shlex.join(given))  # A terminal's width does not break it.
    with refused(f"{command}; otherwise"):
        measured(*given_samples, "--metrics=fd_classifier")


@pytest.mark.parametrize("odd", ["folder", "text", "password", "none"])
def test_samples_that_are_no_images_name_the_flag(tmp_path, odd):
    path = tmp_path / "x.npz"
    if odd == "folder":
        path.mkdir()
    elif odd == "text":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("images", "hello")
    elif odd == "password":
        np.savez(path, images=np.zeros((5, 2), "float32"))
        content = bytearray(path.read_bytes())
        for start, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            content[content.index(start) + flags] |= 1
        path.write_bytes(content)
    word = {"folder": "0 images", "none": "no such file"}.get(odd, "cannot be read")
    with refused(f"--samples={path}", word):
        measured(f"--samples={path}", "--dataset=mnist5k")


def test_accuracy_on_the_training_split_is_refused():
    given = ("--train_classifier", "--dataset=mnist5k", "--split=train")
    with pytest.raises(ValueError, match="is the training split"):
        measured(*given)
