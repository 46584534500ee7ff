"""Tests of loading real samples by name, and of TFDS datasets."""

import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

import keras_gan as kg
from keras_gan.data import load, memory
from keras_gan.data.sources import tfds as tfds_images
from keras_gan.data.sources.images import check_memory
from keras_gan.data.sources.reading import AS_STORED, Reading


def fails(spec, *words, **arguments):
    """Asserts that loading fails in one line that holds all the words."""
    with pytest.raises(ValueError) as caught:
        load(spec, **{"batch_size": 2, **arguments})
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message, message


def test_import_is_light():
    code = (
        "import sys, keras; before = set(sys.modules); import keras_gan.data;"
        "new = set(sys.modules) - before;"
        "sys.exit(' '.join(new & {'tensorflow_datasets', 'scipy', 'sklearn',"
        "'matplotlib'}) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": ":".join(sys.path), "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("spec", "dimensions"),
    [("ring", 2), ("grid", 2), ("gaussian1d", 1), ("mixture1d", 1)],
)
def test_points(spec, dimensions):
    batches = load(spec, batch_size=100, seed=3)
    assert batches.samples.shape == (100_000, dimensions)
    assert batches.samples.dtype == np.float32
    assert batches.name == spec
    again = load(spec, batch_size=100, seed=3)
    np.testing.assert_array_equal(batches.samples, again.samples)
    test = load(spec, batch_size=100, seed=3, split="test")
    assert not np.array_equal(batches.samples, test.samples)


def test_points_are_never_scaled():
    batches = load("grid", batch_size=100)
    first = next(iter(batches.evaluation_dataset((0, 1))))
    np.testing.assert_array_equal(first, batches.samples[:100])


def test_points_have_two_splits_and_no_labels():
    fails("ring", "'tran'", "train, test", split="tran")
    fails("ring", "no labels", "labels=False", labels=True)
    fails("ring", "no images", "image_size", image_size=8)
    fails("ring", "no images", "channels", channels=3)
    fails("mnist5k", "no folder", "skip_bad_images", skip_bad_images=True)


def test_unknown_names_get_three_close_ones():
    fails("mnits", "'mnits'", "mnist, kmnist,")
    fails("rng", "ring")
    fails("foldr:/x", "folder")
    fails("", "Unknown dataset")
    fails("kaggle:zz", "Unknown dataset")
    fails("mnist/foo", "configuration", "write mnist")


@pytest.mark.parametrize("kind", ["idx", "folder", "npz"])
def test_a_path_must_be_given_and_exist(kind):
    fails(f"{kind}:", f"{kind}:PATH")
    fails(f"{kind}:/no/such/place", "/no/such/place")


SIZES = [0, -1, 64.0, True, "", "64x", "0x64", "64*96", "96x64x3", "-8", (64,), (8, 0)]


@pytest.mark.parametrize("image_size", [*SIZES, (8, 8, 3), (8, 2.5), "8x8.0", "x8"])
def test_image_size_must_be_pixels(image_size):
    fails("mnist5k", "such as 96x64, got", repr(image_size), image_size=image_size)


@pytest.mark.parametrize("image_size", [(96, 64), [96, 64], "96x64", " 96X64 "])
def test_image_size_is_height_and_width(image_size):
    assert Reading(image_size).image_size == (96, 64)
    assert kg.Recipe(image_size=image_size) == kg.Recipe(image_size=(96, 64))
    with pytest.raises(
        ValueError, match=r"^image_size must be pixels .*, got \(64,\)\.$"
    ):
        kg.Recipe(image_size=(64,))


def test_how_images_are_read_must_make_sense():
    fails("mnist5k", "fit must be one of crop, pad, stretch", fit="squeeze")
    fails("mnist5k", "channels must be one of auto, 1, 3, 4, got 2", channels=2)
    for wrong in (3.0, True, None, [1]):
        fails("mnist5k", "channels must be one of auto, 1, 3, 4, got", channels=wrong)
    fails("mnist5k", "bits must be one of 8, 16, got 12", bits=12)
    fails("mnist5k", "fit='pad' does nothing without image_size", fit="pad")


def test_without_network_a_download_fails_fast(tmp_path, monkeypatch):
    monkeypatch.setattr(tfds_images, "_can_connect", lambda host, port: False)
    started = time.monotonic()
    fails("cifar10", "cifar10", "no network", "data_dir", "mnist5k", data_dir=tmp_path)
    stacked = "use stacked_mnist:mnist5k"
    files = "write idx:FOLDER for a folder of its four files"
    fails("stacked_mnist:mnist", "no network", stacked, files, data_dir=tmp_path)
    assert time.monotonic() - started < 5


def test_the_probe_has_a_time_limit(monkeypatch):
    monkeypatch.setattr(tfds_images, "PROBE_SECONDS", 0.2)

    def hang(*_, **__):
        time.sleep(2)
        raise TimeoutError

    monkeypatch.setattr(tfds_images.socket, "create_connection", hang)
    started = time.monotonic()
    assert not tfds_images._can_connect("example.org", 443)
    assert time.monotonic() - started < 1


def test_the_probe_asks_the_host_of_the_dataset_or_the_proxy(tmp_path, monkeypatch):
    builder = tfds.builder("cifar10", data_dir=tmp_path)
    monkeypatch.setattr(tfds_images.urllib.request, "getproxies", dict)
    assert tfds_images._address(builder) == ("www.cs.toronto.edu", 443)
    proxies = {"https": "http://proxy.example:3128"}
    monkeypatch.setattr(tfds_images.urllib.request, "getproxies", lambda: proxies)
    assert tfds_images._address(builder) == ("proxy.example", 3128)


@pytest.mark.parametrize(
    "error",
    [
        OSError("connection lost\nlong text"),
        tfds.core.download.download_manager.NonMatchingChecksumError("wrong\nsum"),
    ],
)
def test_a_failing_download_is_one_line(tmp_path, monkeypatch, error):
    def fail(self):
        raise error

    monkeypatch.setattr(tfds_images, "_can_connect", lambda host, port: True)
    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", fail)
    fails("cifar10", str(error).split()[0], "data_dir", data_dir=tmp_path)


def test_datasets_that_cannot_be_used(tmp_path, monkeypatch):
    monkeypatch.setattr(tfds_images, "_can_connect", lambda host, port: False)
    fails("imagenet2012", "by hand", data_dir=tmp_path)
    (tmp_path / "cifar10" / "3.0.2").mkdir(parents=True)
    fails("cifar10", "incomplete", "delete", data_dir=tmp_path)


@pytest.fixture
def mocked(monkeypatch):
    """TFDS datasets of seven made-up examples, no files and no network."""
    monkeypatch.setattr(tfds_images, "_can_connect", lambda host, port: True)
    with tfds.testing.mock_data(num_examples=7):
        yield


@pytest.mark.usefixtures("mocked")
@pytest.mark.parametrize(
    ("name", "shape"), [("mnist", (28, 28, 1)), ("cifar10", (32, 32, 3))]
)
def test_tfds_images(name, shape):
    batches = load(name, batch_size=3, labels=True)
    assert batches.samples.shape == (7, *shape)
    assert batches.samples.dtype == np.uint8
    assert batches.num_classes == 10
    images, labels = next(iter(batches.training_dataset((-1, 1))))
    assert images.shape == (3, 1, *shape)
    assert labels.shape == (3, 1)
    assert labels.dtype == tf.int32
    assert load(name, batch_size=3).labels is None


class Pets(tfds.core.GeneratorBasedBuilder):
    """Six images of cats and dogs."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        image = tfds.features.Image(shape=(8, 8, 3))
        label = tfds.features.ClassLabel(names=["cat", "dog"])
        features = tfds.features.FeaturesDict({"image": image, "label": label})
        return tfds.core.DatasetInfo(builder=self, features=features)

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples()}

    def _generate_examples(self):
        for number in range(6):
            image = np.full((8, 8, 3), number, "uint8")
            yield number, {"image": image, "label": number % 2}


@pytest.fixture
def pets(tmp_path):
    """Folder of the prepared `Pets`."""
    Pets(data_dir=tmp_path).download_and_prepare()
    return tmp_path / "pets/1.0.0"


def records_of(content):
    """The records of a TFRecord file, each with its length and its checksums."""
    while content:
        size = 16 + int.from_bytes(content[:8], "little")
        yield content[:size]
        content = content[size:]


def test_tfds_names_its_classes(pets, tmp_path):
    batches = load("pets", batch_size=2, data_dir=tmp_path)
    assert batches.class_names == ("cat", "dog")
    np.testing.assert_array_equal(batches.samples[:, 0, 0, 0] % 2, batches.classes)
    fails("pets:9.9.9", "not this configuration or version (only: 1.0.0)")
    fails("mnist:9.9.9", "not this configuration or version (only: ", "write mnist")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda content: content[:-20], "truncated record"),
        (lambda content: content[:100] + b"x" + content[101:], "corrupted record"),
        (lambda content: b"".join(list(records_of(content))[:-1]), "only 5 elements"),
        (lambda content: content + next(records_of(content)), "at least 7 elements"),
        (lambda content: b"", "only 0 elements"),
        (None, "No such file"),
    ],
)
def test_damaged_records_name_the_folder(pets, tmp_path, change, word):
    (records,) = pets.glob("*.tfrecord*")
    content = records.read_bytes()
    records.unlink()
    if change is not None:
        records.write_bytes(change(content))
    fails("pets", word, str(pets), "prepare it again", data_dir=tmp_path)


@pytest.fixture
def pets_by_number(tmp_path):
    """Folder of `Pets` in files whose records TFDS reads by their numbers alone."""
    Pets(data_dir=tmp_path / "a").download_and_prepare(file_format="array_record")
    return tmp_path / "a/pets/1.0.0"


def test_any_format_of_tfds_gives_the_same(pets, pets_by_number, tmp_path):
    options = {"split": "train[1:4]+train[5:]", "batch_size": 2, "labels": True}
    expected = load("pets", data_dir=tmp_path, **options)
    for storage in ("memory", "disk"):
        cache = {"storage": storage, "cache_dir": tmp_path / "cache"}
        batches = load("pets", data_dir=tmp_path / "a", **options, **cache)
        np.testing.assert_array_equal(batches.samples[:], expected.samples)
        np.testing.assert_array_equal(batches.labels, expected.labels)
        assert batches.class_names == expected.class_names
    fails("pets", "no split 'tran'", data_dir=tmp_path / "a", split="tran")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda content: content[:-20], "(RuntimeError: Invalid"),
        (lambda content: content[:162] + b"x" + content[163:], "hash mismatch"),
        (lambda content: b"", "should be at least 64KB"),
        (None, "No such file"),
    ],
)
def test_damaged_records_by_number_name_the_folder(pets_by_number, change, word):
    (records,) = pets_by_number.glob("*.array_record*")
    content = records.read_bytes()
    records.unlink()
    if change is not None:
        records.write_bytes(change(content))
    folder = str(pets_by_number)
    fails("pets", word, folder, "again", data_dir=pets_by_number.parents[1])


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"{}", bytes(range(256))])
def test_a_broken_description_names_the_folder(pets, tmp_path, content):
    (pets / "dataset_info.json").write_bytes(content)
    fails("pets", "damaged", str(pets.parent), "prepare it again", data_dir=tmp_path)


@pytest.mark.usefixtures("mocked")
def test_tfds_images_of_varying_size_need_image_size():
    fails("oxford_flowers102", "varying size", "image_size")
    batches = load("oxford_flowers102", batch_size=3, image_size=16)
    assert batches.samples.shape == (7, 16, 16, 3)


@pytest.mark.usefixtures("mocked")
def test_tfds_images_are_resized_and_converted(caplog):
    assert load("cifar10", batch_size=3, image_size=8).sample_shape == (8, 8, 3)
    grey = load("cifar10", batch_size=3, image_size=(8, 6), channels=1)
    assert grey.sample_shape == (8, 6, 1)
    assert "dataset 'cifar10': images converted: 7 in colour (to grey)" in caplog.text
    fails("cifar10", "3 channels have no alpha", "channels=4", channels=4)


@pytest.mark.usefixtures("mocked")
def test_tfds_text_is_refused():
    fails("ag_news_subset", "no uint8 image", "description")


def test_memory_limit(monkeypatch, caplog):
    monkeypatch.setattr(memory, "available", lambda: 8 * 2**30)
    check_memory("x", (2**32, 1))  # twice: the array, and the tensor for minibatches
    said = "x: 4294967296 samples of shape (1,): reading takes a while, and 8.0 GiB"
    assert f"{said} of memory. To take less, set a smaller image_size." in caplog.text
    words = "8.5 GiB of memory are needed, 8.0 GiB are free: set a smaller image_size"
    with pytest.raises(ValueError, match=words):
        check_memory("x", (2**30 + 2**26, 1), bytes_per_value=4)
    with pytest.raises(ValueError, match="GiB.*: leave some out"):
        check_memory("x", (2**32 - 1, 2**32 - 1, 2**32 - 1), cure="leave some out")


@pytest.mark.parametrize("tall", [True, False])
def test_how_an_image_of_another_shape_is_fitted(tall):
    """A bright band across a dark image: what of it is seen, and where."""

    def fitted(fit, height, width):
        image = np.full((12, 30, 1), 40, np.uint8)
        image[3:9] = 200
        size = (width, height) if tall else (height, width)
        image = image.swapaxes(0, 1) if tall else image
        found = Reading(size, fit).resize(image)
        assert found.shape == (*size, 1)
        return (found.swapaxes(0, 1) if tall else found)[..., 0]

    # 12x24 of 12x30 have the sides of 6x12.
    assert (fitted("crop", 6, 12)[2:4] > 180).all()
    # 30 columns become 12, so 12 rows become 5, and 5 of the 10 rows stay dark.
    padded = fitted("pad", 10, 12)
    assert (padded[:2] == 0).all() and (padded[7:] == 0).all() and (padded[2:7] > 0).all()
    stretched = fitted("stretch", 12, 12)
    np.testing.assert_array_equal(stretched[:, 0], [40] * 3 + [200] * 6 + [40] * 3)


def test_cropping_cuts_out_the_centre():
    wide = np.arange(30, dtype=np.uint8)[None, :, None].repeat(12, axis=0)
    np.testing.assert_array_equal(Reading((12, 8)).resize(wide)[0, :, 0], range(11, 19))


def test_resizing_cuts_the_centre_square():
    image = np.zeros((4, 8, 1), np.uint8)
    image[:, 2:6] = 200
    np.testing.assert_array_equal(Reading(2).resize(image), np.full((2, 2, 1), 200))


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_resizing_is_antialiased(dtype, channels):
    # Every second column is white: dropping pixels would give all or nothing.
    image = np.zeros((64, 64, channels), dtype)
    image[:, ::2] = 255 if dtype == np.uint8 else 1
    small = Reading(8).resize(image).astype(float) / image.max()
    assert small.shape == (8, 8, channels)
    np.testing.assert_allclose(small[:, 1:-1], 0.5, atol=0.05)


def test_resized_floats_stay_in_range():
    images = np.zeros((2, 8, 8, 1), np.float32)
    images[:, 2:6, 2:6] = 1
    resized = Reading(23).resize_all(images)
    assert resized.min() == 0 and resized.max() == 1
    assert AS_STORED.resize_all(images) is images
