"""Extractors: what they give, and what they say when weights are missing or wrong."""

import json
import os
import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gan.evaluation import (
    FeatureExtractorUnavailable,
    Settings,
    Suite,
    classifier,
    features,
)
from keras_gan.evaluation.inception import Inception


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (7, 8, 8, 1), dtype="uint8")


def normalize(definition):
    """Puts the retired operation of 2015 before the pooling; it adds 2."""
    definition.versions.producer = 8
    node = definition.node.add(name="bn", op="BatchNormWithGlobalNormalization")
    node.input.extend(["ResizeBilinear", *(f"statistic_{i}" for i in range(4))])
    node.attr["T"].type = tf.float32.as_datatype_enum
    node.attr["variance_epsilon"].f = 1e-9
    node.attr["scale_after_normalization"].b = False
    (pool,) = (node for node in definition.node if node.name == "pool_3")
    pool.input[0] = "bn"


def write_tiny_inception(path, left_out=None):
    """A frozen graph with the tensor names, and the batch of one, of the real file."""
    weights = np.random.default_rng(0).standard_normal((3, 5)).astype("float32")
    with tf.Graph().as_default() as graph:
        picture = tf.compat.v1.placeholder(tf.uint8, (None, None, 3), "DecodeJpeg")
        cast = tf.cast(picture, tf.float32, name="Cast")
        batch = tf.expand_dims(cast, 0, name="ExpandDims")
        resized = tf.raw_ops.ResizeBilinear(
            images=batch, size=[6, 6], name="ResizeBilinear"
        )
        for i, value in enumerate((0.0, 1.0, 2.0, 1.0)):
            tf.constant(np.full(3, value, "float32"), name=f"statistic_{i}")
        pooled = tf.nn.avg_pool2d(resized, 6, 1, "VALID", name="pool_3")
        flat = tf.reshape(pooled, [1, 3], name="pool_3/_reshape")
        matrix = tf.constant(weights, name="softmax/weights")
        tf.raw_ops.MatMul(a=flat, b=matrix, name="softmax/logits/MatMul")
        definition = graph.as_graph_def()
    normalize(definition)
    if left_out:
        kept = [n for n in definition.node if not n.name.startswith(left_out)]
        del definition.node[:]
        definition.node.extend(kept)
    path.write_bytes(definition.SerializeToString())
    return weights


class TestInception:
    def test_batches_of_any_size(self, tmp_path, images):
        path = tmp_path / "classify_image_graph_def.pb"
        weights = write_tiny_inception(path)
        extractor = Inception(str(path))
        found, logits = extractor(images)
        resized = tf.compat.v1.image.resize_bilinear(images.astype("float32"), (6, 6))
        # Greyscale is tiled, values stay 0..255.
        expected = 2 + np.repeat(resized.numpy().mean(axis=(1, 2)), 3, axis=1)
        np.testing.assert_allclose(found, expected, rtol=1e-5)
        np.testing.assert_allclose(logits, expected @ weights, rtol=1e-4)
        np.testing.assert_allclose(extractor(images, batch_size=1)[0], found, rtol=1e-5)
        assert len(extractor.about["sha256"]) == 64
        # With an alpha of 0.2, four fifths are white, whose features are 255 + 2.
        faint = np.concatenate([images] * 3 + [np.full_like(images, 51)], axis=-1)
        np.testing.assert_allclose(
            extractor(faint)[0], 0.8 * 257 + 0.2 * found, rtol=1e-5
        )
        with pytest.raises(ValueError, match="got 5 channels: measure with .*'pixels'"):
            extractor(np.zeros((2, 8, 8, 5), "uint8"))

    def test_folder_and_environment(self, tmp_path, monkeypatch):
        write_tiny_inception(tmp_path / "classify_image_graph_def.pb")
        monkeypatch.setenv("KERAS_GAN_INCEPTION", str(tmp_path))
        assert features.get("inception").name == "inception"

    def test_missing_weights_name_source_and_alternative(self, monkeypatch):
        monkeypatch.delenv("KERAS_GAN_INCEPTION", raising=False)
        with pytest.raises(FeatureExtractorUnavailable) as caught:
            Inception()
        message = str(caught.value)
        assert "\n" not in message
        for part in ("download.tensorflow.org", "inception=", "fd_classifier"):
            assert part in message

    def test_another_graph(self, tmp_path):
        path = tmp_path / "other.pb"
        write_tiny_inception(path, left_out="softmax")
        with pytest.raises(ValueError, match="has no softmax/logits/MatMul"):
            Inception(str(path))

    def test_no_graph(self, tmp_path):
        path = tmp_path / "other.pb"
        path.write_bytes(b"no graph at all")
        with pytest.raises(ValueError, match="is no frozen graph"):
            Inception(str(path))


class TestShippedClassifier:
    path = classifier.find("mnist")

    def test_record(self):
        with open(classifier.record_path(self.path), encoding="utf-8") as file:
            record = json.load(file)
        assert record["test_accuracy"] > 0.99
        assert (record["train_split"], record["num_train"]) == ("train", 60_000)
        assert record["sha256"] == classifier.sha256(self.path)
        assert os.path.getsize(self.path) < 2**20

    def test_reads_digits(self):
        from keras_gan import data

        digits = data.load("mnist5k", split="test", batch_size=1, labels=True)
        found, logits = features.get("classifier", dataset="mnist5k")(digits.samples)
        assert found.shape == (1000, 64)
        assert (logits.argmax(axis=1) == digits.labels).mean() > 0.99

    def test_stacked_digits_are_read_by_the_classifier_of_what_is_stacked(
        self, tmp_path, monkeypatch
    ):
        for dataset in ("stacked_mnist", "stacked_mnist:mnist5k", "stacked_mnist:mnist"):
            assert classifier.find(dataset) == self.path
        monkeypatch.setenv("KERAS_HOME", str(tmp_path))
        with pytest.raises(ValueError, match="--dataset=fashion_mnist"):
            classifier.find("stacked_mnist:fashion_mnist")

    def test_other_shape(self, images):
        with pytest.raises(ValueError, match=r"takes images of \(28, 28, 1\)"):
            features.get("classifier", dataset="mnist")(images)


@pytest.mark.parametrize(
    ("trained_on", "dataset", "split", "has_seen"),
    [
        ("mnist", "mnist", "test", False),
        ("mnist", "mnist", "train", True),
        ("mnist", "mnist:3.0.1", "train[:50%]+test", True),
        ("mnist:3.0.1", "mnist", "train", True),
        # All 5,000 digits are of MNIST's training split.
        ("mnist", "mnist5k", "test", True),
        ("mnist", "stacked_mnist:mnist5k", "test", True),
        ("mnist", "stacked_mnist:mnist", "test", False),
        ("mnist", "fashion_mnist", "train", False),
        ("npz:a.npz", "npz:a.npz", "train", True),
        ("npz:a.npz", "npz:b.npz", "train", False),
    ],
)
def test_a_classifier_knows_what_it_was_trained_on(trained_on, dataset, split, has_seen):
    record = {"dataset": trained_on, "train_split": "train"}
    assert classifier.has_seen(record, dataset, split) == has_seen


def test_classifiers_of_neighbouring_seeds_start_apart():
    starts = [
        tuple(np.round(kernel[1:4] / kernel[0], 4))
        for seed in range(4)
        for weight in classifier.build((8, 8, 1), 3, seed).trainable_weights
        if weight.name == "kernel"
        for kernel in [np.array(weight, "float64").ravel()]
    ]
    assert len(set(starts)) == len(starts) == 4 * 7


class TestClassifierFile:
    @pytest.fixture
    def path(self, tmp_path):
        path = str(tmp_path / "c.keras")
        model = classifier.build((8, 8, 1), 3)
        classifier.save(path, model, {"dataset": "d", "image_shape": [8, 8, 1]})
        return path

    def test_round_trip(self, path, images):
        found, logits = features.get("classifier", classifier_path=path)(images)
        assert (found.shape, logits.shape) == ((7, 64), (7, 3))

    def test_does_not_depend_on_batches(self, path, images):
        extractor = features.get("classifier", classifier_path=path)
        one_by_one = [extractor(images[i : i + 1])[0] for i in range(7)]
        np.testing.assert_allclose(
            np.concatenate(one_by_one), extractor(images)[0], atol=1e-5
        )

    def test_changed_file_is_refused(self, path):
        with open(path, "ab") as file:
            file.write(b"x")
        with pytest.raises(ValueError, match="another SHA-256"):
            classifier.load(path)

    def test_missing_file(self, tmp_path):
        with pytest.raises(ValueError, match="--train_classifier"):
            classifier.load(str(tmp_path / "none.keras"))

    @pytest.mark.parametrize(
        ("content", "word"),
        [
            (b"[]", "a list where a dict belongs"),
            (b"{}", "no 'sha256'"),
            (b'{"sha256": 3}', "no 'sha256'"),
            (b'{"sha256": "x", "image_shape": [8, 8, 1]}', "no 'dataset'"),
            (b'{"sha256": "x", "dataset": "d"}', "no 'image_shape'"),
            (b'{"sha256": "", "dataset": "", "image_shape": ["8"]}', "no sizes"),
            (b"", "Expecting value"),
            (bytes(range(256)), "codec"),
            (b"[" * 10_000, "recursion"),
        ],
    )
    def test_a_record_that_is_none_is_named(self, tmp_path, content, word):
        path = tmp_path / "c.keras"
        path.write_bytes(b"model")
        (tmp_path / "c.json").write_bytes(content)
        with pytest.raises(ValueError, match=f"c.json does not describe.*{word}"):
            classifier.load(str(path))

    def test_what_is_no_classifier(self, tmp_path):
        path = str(tmp_path / "c.keras")
        x = keras.Input((8, 8, 1))
        code = keras.Model(x, keras.layers.Lambda(lambda x: x + 1)(x))
        plain = keras.Model(x, keras.layers.Flatten()(x))
        cases = [
            (code, [8, 8, 1], "cannot be read as a classifier"),
            (plain, [8, 8, 1], "no layer 'features'"),
            (classifier.build((8, 8, 1), 3), [9, 9, 1], r"takes images of \(8, 8, 1\)"),
        ]
        for model, shape, words in cases:
            classifier.save(path, model, {"dataset": "d", "image_shape": shape})
            with pytest.raises(ValueError, match=words) as caught:
                classifier.load(path)
            assert "\n" not in str(caught.value)

    def test_unknown_dataset_names_the_command(self, monkeypatch, tmp_path):
        monkeypatch.setenv("KERAS_HOME", str(tmp_path))
        with pytest.raises(ValueError, match="--train_classifier --dataset=idx:x"):
            features.get("classifier", dataset="idx:x")

    def test_python_users_are_told_arguments(self, monkeypatch, tmp_path):
        """And no flags, which are what the command line says."""
        monkeypatch.setenv("KERAS_HOME", str(tmp_path))
        monkeypatch.delenv("KERAS_GAN_INCEPTION", raising=False)
        digits = np.zeros((2, 28, 28, 1), "uint8")
        colour = np.zeros((2, 8, 8, 3), "uint8")
        for settings, images, words in (
            (Settings(("kid",)), digits, ("No classifier is named", "classifier=PATH")),
            (Settings(dataset="idx:x"), digits, ("classifier=PATH", "classifier=mnist.")),
            (Settings(dataset="mnist"), colour, ("takes images of (28, 28, 1)",)),
            (Settings(("fid",)), colour, ("inception=;",)),
        ):
            with pytest.raises(FeatureExtractorUnavailable) as caught:
                Suite(images, images, settings)
            said = str(caught.value)
            for word in words:
                assert word in said
            # But in the command that trains a classifier.
            assert not set(re.findall(r"--\w+", said)) - {
                "--train_classifier",
                "--dataset",
            }
            if "fid" not in settings.metrics:
                assert 'metrics=("kid", "prdc"), extractor="pixels"' in said


class TestTraining:
    def test_same_seed_learns_the_same(self):
        generator = np.random.default_rng(0)
        images = generator.integers(0, 256, (130, 8, 8, 1), dtype="uint8")
        labels = generator.integers(0, 2, 130)
        one, other = (
            classifier.train(images, labels, num_classes=2, epochs=1, seed=1)
            for _ in range(2)
        )
        for weight, again in zip(one.weights, other.weights, strict=True):
            np.testing.assert_allclose(weight.numpy(), again.numpy(), atol=1e-4)

    def test_shifts(self):
        image = np.zeros((1, 9, 9, 1), "uint8")
        image[0, 4, 4] = 255
        offsets = classifier.random_offsets(400, np.random.default_rng(0))
        moved = classifier.shifted(image.repeat(400, 0), offsets)
        _, rows, columns, _ = np.nonzero(moved)
        assert set(rows) == set(columns) == {2, 3, 4, 5, 6}
        assert len(rows) == 400

    def test_labels_that_do_not_match(self, images):
        with pytest.raises(ValueError, match="7 images and 2 labels"):
            classifier.train(images, np.zeros(2, int), num_classes=2)


class TestSavedModel:
    def test_output_is_the_features(self, tmp_path, images):
        network = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
        network.export(str(tmp_path / "net"), verbose=False)
        extractor = features.get(f"savedmodel:{tmp_path / 'net'}")
        found, logits = extractor(images)
        np.testing.assert_array_equal(found, images.reshape(7, -1))
        assert logits is None and extractor.name == "savedmodel:net"

    def test_missing(self, tmp_path):
        with pytest.raises(ValueError, match="no SavedModel"):
            features.get(f"savedmodel:{tmp_path}")


class TestPixels:
    def test_scaled(self, images):
        found, logits = features.get("pixels")(images)
        np.testing.assert_array_equal(found * 255, images.reshape(7, -1))
        assert logits is None

    def test_unknown_name(self):
        with pytest.raises(ValueError, match="use inception"):
            features.get("incepton")

    def test_floats_out_of_range(self):
        with pytest.raises(ValueError, match=r"must lie in \[0, 1\]"):
            features.as_uint8(np.full((2, 8, 8, 1), -1.0), "samples")
        with pytest.raises(ValueError, match="be numbers"):
            features.as_uint8(np.full((2, 8, 8, 1), np.nan), "samples")
