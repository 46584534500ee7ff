"""The command line: a run or a file in, a table and JSON out, mistakes in one line."""

import json
import os
import re
import shutil
import zipfile

import keras
import numpy as np
import pytest
from PIL import Image

import keras_gan as kg
from faults.laboratory import run_command
from keras_gan import data
from keras_gan.cli import evaluate
from keras_gan.cli.flags import define
from keras_gan.data.choice import random_order
from keras_gan.evaluation import classifier
from support import (
    ROOT,
    brightness_classifier,
    command,
    conditional_networks,
    fails,
    refused,
    tiny_gan,
    tiny_networks,
)

METRICS = "--metrics=parzen,fd_classifier,kid,prdc,is"


def measured(*arguments):
    """Does in this process what evaluate.py does; returns the exit code."""
    own = define(evaluate.Request)
    own(["evaluate.py", *arguments])
    return evaluate.main(own)


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
        assert f"300 samples of {npz}\nagainst 1,000 real ones of mnist5k" in printed
        assert "measuring them: parzen, fd_classifier" in printed.split("metric ")[0]
        table = printed.partition("metric ")[2].partition("Caution")[0].splitlines()
        assert max(map(len, table)) < 80
        (line,) = [one for one in found["cautions"] if "classifier" in one]
        assert "trained on mnist, split train" in line and f"Caution: {line}" in printed
        kept = {n: found[n] for n in ("num_samples", "num_real", "num_train")}
        assert kept == {"num_samples": 300, "num_real": 1000, "num_train": 4000}
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
        assert measured(*given, "--metrics=parzen") == 0
        said = " ".join(capsys.readouterr().out.split())
        assert "floor: the same metrics on 84 of 100 real training samples; the" in said
        assert "kept to choose Parzen's sigma. parzen grows with n: " in said
        assert "--num=84." in said

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
        assert ["memorization", "0", "1", "higher", "pixels"] in rows
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
        shapes = r"\(32, 32, 3\), the real data \(28, 28, 1\)"
        self.refused(tmp_path, images, rf"{shapes}.* grey and crop .*image_size=32")

    def test_floats_of_0_to_255(self, tmp_path):
        images = np.full((20, 28, 28, 1), 255.0)
        self.refused(tmp_path, images, r"must lie in \[0, 1\] or \[-1, 1\]")

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
        request = self.request(folder, num=60)
        recipe = evaluate.recipe_of(request)
        split, train, (test, classes) = evaluate.load_real(recipe, request)
        assert split == "train"
        assert (len(train), len(test), len(classes)) == (120, 60, 60)
        assert (test.mean(axis=(1, 2, 3)) // 25 == classes).all()
        assert np.bincount(classes, minlength=10).min() > 0

    def test_a_test_split_in_order_has_all_classes(self, tmp_path):
        images = np.repeat(np.arange(10, dtype="uint8"), 100)[:, None, None, None]
        images = np.tile(images, (1, 8, 8, 1))
        np.savez(tmp_path / "d.npz", x_train=images, x_test=images)
        request = evaluate.Request(
            samples="s.npz", dataset=f"npz:{tmp_path / 'd.npz'}", num=100
        )
        _, _, (test, _) = evaluate.load_real(evaluate.recipe_of(request), request)
        assert np.bincount(test[:, 0, 0, 0], minlength=10).min() > 0

    def test_data_of_one_split_are_cut_into_halves(self, folder):
        request = self.request(folder, num=60, split=None)
        recipe = evaluate.recipe_of(request)
        split, train, (test, _) = evaluate.load_real(recipe, request)
        asked = evaluate.load_real(recipe, self.request(folder, num=60))
        assert split == "train"
        np.testing.assert_array_equal(train, asked[1])
        np.testing.assert_array_equal(test, asked[2][0])
        request = self.request(folder, num=60, split="test")
        with refused("there is no split 'test'", "leave --split out"):
            evaluate.load_real(recipe, request)

    def test_a_broken_test_split_is_not_passed_over(self, tmp_path):
        images = np.zeros((20, 8, 8, 1), "uint8")
        np.savez(tmp_path / "d.npz", x_train=images, x_test=images[..., 0, 0])
        request = evaluate.Request(samples="s.npz", dataset=f"npz:{tmp_path / 'd.npz'}")
        with refused("x_test"):
            evaluate.load_real(evaluate.recipe_of(request), request)

    @pytest.mark.parametrize(("num_real", "expected"), [(None, 60), (0, 120), (7, 7)])
    def test_how_many_to_measure_against(self, folder, num_real, expected):
        request = self.request(folder, num=60, num_real=num_real)
        _, _, (test, _) = evaluate.load_real(evaluate.recipe_of(request), request)
        assert len(test) == expected

    def test_samples_of_a_file_in_order_have_all_classes(self, tmp_path):
        images = np.repeat(np.arange(10, dtype="uint8"), 100)[:, None, None, None]
        np.savez(tmp_path / "s.npz", images=np.tile(images, (1, 8, 8, 1)))
        request = evaluate.Request(samples=str(tmp_path / "s.npz"), num=100)
        found = evaluate.read_samples(request)
        assert np.bincount(found[:, 0, 0, 0], minlength=10).min() > 0

    def test_a_folder_of_samples_has_all_classes(self, folder):
        request = evaluate.Request(samples=f"{folder}/", num=100, image_size=4)
        found = evaluate.read_samples(request)
        assert found.shape == (100, 4, 4, 1)
        assert np.bincount(found[:, 0, 0, 0] // 25, minlength=10).min() > 0

    def test_a_folder_of_splits_is_asked_which(self, folder):
        for split in ("train", "test"):
            shutil.copytree(folder, folder.parent / f"splits/{split}")
        request = evaluate.Request(samples=str(folder.parent / "splits"))
        with refused("--samples=", "name one of them"):
            evaluate.read_samples(request)


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
            "1",
            "higher",
            "classifier",
        ]
        assert (
            "worst class: asked for a bright kind o…, 0.0 % of 20 samples are read as "
            "it;\nof 20 real ones, 100.0 % are.\n"
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
        asked = ("--metrics=kid", "--extractor=pixels", "--num=20")
        path = runs / "means.json"
        assert measured(f"--run_dirs={runs}/a-*", *asked, f"--json={path}") == 0
        found = json.loads(path.read_text())
        each = [json.loads((runs / f"a-{s}/evaluation.json").read_text()) for s in "012"]
        assert list(found["runs"]) == [f"{runs}/a-{seed}" for seed in range(3)]
        values = [one["results"]["kid"]["value"] for one in each]
        assert values == [
            one["results"]["kid"]["value"] for one in found["runs"].values()
        ]
        assert len(set(values)) == 3
        kid = found["means"]["kid"]
        assert kid["mean"] == pytest.approx(np.mean(values))
        assert kid["deviation"] == pytest.approx(np.std(values, ddof=1))
        assert kid["error"] == pytest.approx(np.std(values, ddof=1) / np.sqrt(3))
        said = capsys.readouterr().out.partition("3 runs: ")[2]
        (row,) = (line.split() for line in said.splitlines() if line[:4] == "kid ")
        floor = each[0]["floor"]["kid"]["value"]
        shown = (kid["mean"], kid["deviation"], kid["error"], floor)
        assert row == ["kid", *(f"{number:.4g}" for number in shown), "lower"]

    def test_what_has_no_mean_is_refused(self, runs, tmp_path):
        (tmp_path / "flags.txt").write_text("--dataset=ring\n")
        for given, words in (
            (f"{runs}/a-0", "is one run: name two or more"),
            (f"{runs}/a-0,{runs}/a-0", "is one run: name two or more"),
            (f"{runs}/a-0,{runs}/b-*", "there is no folder"),
            (f"{runs}/a-0,{tmp_path}", "of different data"),
        ):
            with refused("--run_dirs", words):
                measured(f"--run_dirs={given}")


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


def test_images_without_a_classifier_are_compared_by_pixels(tmp_path, capsys):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 8, 8), "uint8")
    np.savez(tmp_path / "x.npz", x_train=pixels, x_test=pixels)
    spec = f"npz:{tmp_path / 'x.npz'}"
    with refused("--train_classifier needs labels", spec, "--extractor=pixels"):
        evaluate.train_classifier(evaluate.Request(dataset=spec, train_classifier=True))
    given = (f"--samples={tmp_path / 'x.npz'}", f"--dataset={spec}")
    assert measured(*given) == 0
    said = capsys.readouterr().out
    assert "There is no classifier for npz:" in said and "recall" in said
    assert "fd_classifier" not in said
    with refused("if it has labels", "otherwise measure with --extractor=pixels"):
        measured(*given, "--metrics=fd_classifier")


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
