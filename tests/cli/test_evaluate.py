"""The command line: a run or a file in, a table and JSON out, mistakes in one line."""

import json
import zipfile

import keras
import numpy as np
import pytest

import keras_gan as kg
from keras_gan import data
from keras_gan.cli import evaluate
from keras_gan.cli.flags import define
from keras_gan.evaluation import classifier
from support import refused, script

METRICS = "--metrics=parzen,fd_classifier,kid,prdc,is"


def measured(*arguments):
    """Does in this process what evaluate.py does; returns the exit code."""
    own = define(evaluate.Request)
    own(["evaluate.py", *arguments])
    return evaluate.main(own)


@pytest.fixture(scope="module")
def npz(tmp_path_factory):
    """300 real digits as somebody's samples."""
    path = tmp_path_factory.mktemp("samples") / "samples.npz"
    images = data.load("mnist5k", batch_size=1).samples[:300]
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

    def test_ten_samples(self, npz, tmp_path, capsys):
        images = np.load(npz)["images"][:10]
        given = (write(tmp_path, images), "--dataset=mnist5k", METRICS)
        assert measured(*given) == 0
        assert "10 samples are few" in capsys.readouterr().out

    def test_one_split(self, npz, capsys):
        given = [f"--samples={npz}", f"--dataset=npz:{npz}", "--metrics=kid"]
        given.append("--extractor=pixels")
        with pytest.raises(ValueError, match="pass --split=train"):
            measured(*given)
        assert measured(*given, "--split=train") == 0
        assert "kid" in capsys.readouterr().out


class TestBadSamples:
    def refused(self, tmp_path, images, match):
        given = (write(tmp_path, images), "--dataset=mnist5k", "--metrics=kid")
        with pytest.raises(ValueError, match=match) as caught:
            measured(*given)
        assert "\n" not in str(caught.value)

    def test_other_shape(self, tmp_path):
        images = np.zeros((20, 32, 32, 3), "uint8")
        self.refused(tmp_path, images, r"\(32, 32, 3\), the real data \(28, 28, 1\)")

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
        fake, real = (found[k]["fd_classifier"]["value"] for k in ("results", "floor"))
        assert fake > 10 * real
        assert measured(*given) == 0
        again = json.loads((run_dir / "evaluation.json").read_text())
        assert again["results"] == found["results"]


class TestMistakes:
    def test_no_source(self):
        with pytest.raises(ValueError, match="either --run_dir or --samples"):
            measured()

    def test_unknown_metric(self, npz):
        given = (f"--samples={npz}", "--dataset=mnist5k", "--metrics=parsen")
        with pytest.raises(ValueError, match="did you mean parzen"):
            measured(*given)

    def test_fid_without_weights(self, monkeypatch):
        """One line, exit code 1, before anything is read."""
        monkeypatch.delenv("KERAS_GAN_INCEPTION", raising=False)
        given = ("--samples=none.npz", "--dataset=mnist5k", "--metrics=fid")
        done = script("evaluate", *given)
        assert done.returncode == 1
        assert done.stderr.startswith("evaluate.py: FID needs the Inception weights")
        assert done.stderr.count("\n") == 1
        assert "fd_classifier" in done.stderr


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


def test_a_classifier_needs_labels(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 8, 8), "uint8")
    np.savez(tmp_path / "x.npz", x_train=pixels, x_test=pixels)
    spec = f"npz:{tmp_path / 'x.npz'}"
    with refused("--train_classifier needs labels", spec, "--extractor=pixels"):
        evaluate.train_classifier(evaluate.Request(dataset=spec, train_classifier=True))
    with refused("if it has labels", "otherwise measure with --extractor=pixels"):
        measured(f"--samples={tmp_path / 'x.npz'}", f"--dataset={spec}")


@pytest.mark.parametrize("odd", ["folder", "text", "password", "none"])
def test_samples_that_are_no_archive_name_the_flag(tmp_path, odd):
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
    word = {"folder": "is a folder", "none": "no such file"}.get(odd, "cannot be read")
    with refused(f"--samples={path}", word):
        measured(f"--samples={path}", "--dataset=mnist5k")


def test_accuracy_on_the_training_split_is_refused():
    given = ("--train_classifier", "--dataset=mnist5k", "--split=train")
    with pytest.raises(ValueError, match="is the training split"):
        measured(*given)
