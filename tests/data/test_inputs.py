"""Every kind of input that `fit` takes, and what it says of those it refuses."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gan.data import Batches, inputs
from keras_gan.data.elements import SampleSpec
from keras_gan.data.value_range import scale, unscale
from support import TracedOnce, relu_networks, tiny_gan

M = 4
as_new = TracedOnce()


def input_of(x, k=1):
    return inputs.training_input(
        x,
        SampleSpec((8, 8, 1), (0.0, 1.0)),
        discriminator_steps=k,
        batch_size=None,
        seed=0,
    )


def elements_of(x, k=1):
    """What a training step of a sigmoid generator of 8x8 images is given."""
    return input_of(x, k).elements(0)


@pytest.fixture(scope="module")
def gans():
    """A GAN for each k, which the tests train further: its step is compiled once."""
    return {k: tiny_gan(discriminator_steps=k) for k in (1, 2)}


def steps_of_fit(gan, x, **options):
    """How many steps `fit` makes; D makes k updates in each."""
    counters = gan.step, gan.d_optimizer.iterations
    before = [int(counter) for counter in counters]
    gan.fit(x, verbose=0, **options)
    steps, updates = (
        int(counter) - old for counter, old in zip(counters, before, strict=True)
    )
    assert updates == gan.discriminator_steps * steps
    return steps


def unit(images):
    return images.astype("float32") / 255


class Minibatches(keras.utils.PyDataset):
    def __init__(self, images, labels=False):
        super().__init__()
        self.images, self.labels, self.epochs = images, labels, 0

    def __len__(self):
        return len(self.images) // M

    def __getitem__(self, i):
        batch = self.images[i * M : (i + 1) * M]
        return (batch, np.zeros(M)) if self.labels else batch

    def on_epoch_end(self):
        self.epochs += 1


def dataset(images, **options):
    return tf.data.Dataset.from_tensor_slices(images).batch(M, **options)


class Counted(keras.utils.PyDataset):
    """As Keras documents it now: `num_batches` instead of a length."""

    def __init__(self, images):
        super().__init__()
        self.images, self.begun = images, 0

    @property
    def num_batches(self):
        return len(self.images) // M

    def __getitem__(self, i):
        return self.images[i * M : (i + 1) * M]

    def on_epoch_begin(self):
        self.begun += 1


# In stored order, so that all of them train on the same minibatches.
IN_ORDER = {
    "float minibatches": lambda x: dataset(unit(x)),
    "uint8 minibatches": lambda x: dataset(x),
    "static minibatches": lambda x: dataset(x, drop_remainder=True),
    "(image, label)": lambda x: dataset((x, np.zeros(len(x)))),
    "TFDS dicts": lambda x: dataset({"id": np.arange(len(x)), "image": x}),
    "dict of another name": lambda x: dataset({"id": np.arange(len(x)), "pixels": x}),
    "grey without an axis for it": lambda x: dataset(x[..., 0]),
    "PyDataset": Minibatches,
    "PyDataset that counts": Counted,
    "PyDataset with labels": lambda x: Minibatches(x, labels=True),
}


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("kind", IN_ORDER)
def test_every_kind_trains_on_the_same_elements(kind, k, images):
    found = elements_of(IN_ORDER[kind](images[: 6 * M]), k)
    elements = list(found) if isinstance(found, tf.data.Dataset) else found
    assert len(elements) == 6 // k
    for step in range(2):
        for i in range(k):
            first = (step * k + i) * M
            expected = unit(images[first : first + M])
            np.testing.assert_allclose(elements[step][0][:, i], expected, atol=1e-7)


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("kind", IN_ORDER)
def test_fit_takes_every_kind(kind, k, images, gans):
    steps = steps_of_fit(gans[k], IN_ORDER[kind](images), epochs=2)
    assert steps == 2 * (10 // k)


@pytest.fixture(scope="module")
def weights_by_bytes():
    """What an epoch of the fixture `images` as uint8 makes of a tiny GAN."""
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), dtype="uint8")
    gan = as_new()
    gan.fit(images, batch_size=M, epochs=1, verbose=0)
    return gan.get_weights()


@pytest.mark.parametrize(
    "arrays",
    [
        lambda x: (unit(x),),
        lambda x: (unit(x).astype("float64"),),
        lambda x: (x[..., 0],),
        lambda x: (tf.constant(x),),
        lambda x: (x, np.zeros(len(x))),
        lambda x: ((x, np.zeros(len(x))),),
        lambda x: ({"image": x},),
    ],
)
def test_fit_takes_arrays(arrays, images, weights_by_bytes):
    gan = as_new()
    gan.fit(*arrays(images), batch_size=M, epochs=1, verbose=0)
    for ours, expected in zip(gan.get_weights(), weights_by_bytes, strict=True):
        np.testing.assert_allclose(ours, expected, atol=1e-5)


def test_mirrored_images_are_other_data_and_shown_as_they_are(images, gans):
    plain, mirrored = (
        Batches(images, batch_size=M, mirror=mirror) for mirror in (False, True)
    )
    assert input_of(mirrored).fingerprint == input_of(plain).fingerprint + ", mirrored"
    (expected,), (seen,) = (next(iter(elements_of(one))) for one in (plain, mirrored))
    assert not np.array_equal(seen, expected)
    gans[1].fit(mirrored, epochs=1, verbose=0)
    np.testing.assert_array_equal(gans[1].real_samples[:M], expected[:, 0])


def test_fit_batches_an_unbatched_dataset(images, gans):
    single = tf.data.Dataset.from_tensor_slices(images)
    assert steps_of_fit(gans[1], single, batch_size=M) == 10


def test_fit_takes_an_endless_dataset_with_steps(images, gans):
    endless = dataset(images).repeat()
    assert steps_of_fit(gans[2], endless, steps_per_epoch=7, epochs=2) == 14


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize(
    "num_images, whole", [(40, 10), (38, 9), (37, 9), (36, 9), (4, 1), (5, 1)]
)
def test_a_finite_dataset_loses_no_whole_minibatch(num_images, whole, k, images, caplog):
    # Only the last batch itself tells whether it is whole.
    if k > whole:
        return
    elements = elements_of(dataset(images[:num_images]), k)
    assert elements.cardinality() == len(list(elements)) == whole // k
    said = [record for record in caplog.records if "last batch" in record.message]
    assert len(said) == (1 if num_images % M else 0)


def test_folders_read_by_keras_lose_no_whole_minibatch(images, tmp_path):
    for n, image in enumerate(images):
        keras.utils.save_img(tmp_path / f"{n}.png", image)
    data = keras.utils.image_dataset_from_directory(
        tmp_path,
        labels=None,
        color_mode="grayscale",
        image_size=(8, 8),
        batch_size=8,
        verbose=False,
    )
    assert elements_of(data.map(lambda x: tf.cast(x, "uint8"))).cardinality() == 5


def test_the_progress_bar_knows_the_number_of_steps(images, gans):
    seen = []

    class Steps(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            seen.append(self.params["steps"])

    for x in (images, Minibatches(images), dataset(images, drop_remainder=True)):
        batch_size = M if x is images else None
        steps_of_fit(gans[2], x, batch_size=batch_size, callbacks=[Steps()])
    assert seen == [5, 5, 5]


@pytest.mark.parametrize("times", [None, 4])
def test_k_minibatches_are_cut_to_the_shortest_of_them(times, images, gans):
    # 18 images in batches of 4: each pass ends with one of 2.
    passes = tf.data.Dataset.from_tensor_slices(images[:18]).batch(4).repeat(times)
    found = elements_of(passes, 2).take(5).as_numpy_iterator()
    elements = [samples for (samples,) in found]
    assert [e.shape[:2] for e in elements] == [(4, 2), (4, 2), (2, 2), (4, 2), (2, 2)]
    np.testing.assert_allclose(elements[2][:, 0], unit(images[16:18]), rtol=1e-6)
    np.testing.assert_allclose(elements[2][:, 1], unit(images[:2]), rtol=1e-6)
    steps = steps_of_fit(gans[2], passes, steps_per_epoch=None if times else 6)
    assert steps == (9 if times else 6)


@pytest.mark.parametrize(
    "unseen, message",
    [
        (lambda x: x.astype("float32"), "generator emits"),
        (lambda x: np.full_like(unit(x), np.nan), "NaN"),
        (lambda x: tf.data.Dataset.from_tensor_slices(x[:0]).batch(4), "empty"),
    ],
)
def test_data_to_evaluate_on_is_looked_at_first(unseen, message, images):
    gan = as_new()
    with pytest.raises(ValueError, match=message):
        gan.fit(images, verbose=0, validation_data=unseen(images))
    with pytest.raises(ValueError, match=message):
        gan.evaluate(unseen(images), verbose=0)
    assert int(gan.step.numpy()) == 0


def test_a_pydataset_hears_when_an_epoch_ends(images, gans):
    source, counted = Minibatches(images), Counted(images)
    for each in (source, counted):
        steps_of_fit(gans[1], each, epochs=2)
    assert source.epochs >= 1 and counted.begun == 2


def bad_pixel(images, value):
    images = unit(images)
    images[7, 0, 0, 0] = value
    return images


REFUSED = {
    "another shape": (lambda x: x[:, :6], "(6, 8, 1)", "(8, 8, 1)"),
    "colour for grey": (lambda x: x.repeat(3, axis=-1), "(8, 8, 3)", "(8, 8, 1)"),
    "0 to 255 as floats": (lambda x: x.astype("float32"), "[0, 255]", "uint8"),
    "-1 to 1 for a sigmoid": (lambda x: unit(x) * 2 - 1, "[-1, 1]", "scale"),
    "one axis too few": (lambda x: x[0], "(8, 8, 1)", "first axis"),
    "no data": (lambda x: None, "NoneType", "keras_gan.data.load"),
    "too little data": (lambda x: x[:3], "3 samples", "batch size of at most 3"),
    "several arrays": (lambda x: [x[:20], x[20:]], "list of 2", "numpy.concatenate"),
    "a list of images": (lambda x: list(x), "list of 40", "numpy.stack"),
    "a list of grey images": (lambda x: list(x[..., 0]), "list of 40", "numpy.stack"),
    "images of two sizes": (lambda x: [x[0], x[1, :6]], "several sizes", "resize them"),
    "nested lists": (lambda x: x.tolist(), "list of 40", "numpy.array"),
    "a dict without images": (lambda x: {"a": x[0, 0]}, "'a'", "bare samples"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_arrays_are_refused_in_one_line(case, images):
    make, *expected = REFUSED[case]
    gan = as_new()
    before = gan.get_weights()
    with pytest.raises(ValueError) as caught:
        gan.fit(make(images), batch_size=M, verbose=0)
    message = str(caught.value)
    assert "\n" not in message and all(text in message for text in expected)
    assert all(np.array_equal(a, b) for a, b in zip(before, gan.weights, strict=True))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_broken_pixel_is_refused_before_the_first_update(value, images):
    minibatches = dataset(bad_pixel(images, value)[5:])
    with pytest.raises(ValueError, match="NaN or infinity"):
        as_new().fit(minibatches, verbose=0)
    with pytest.raises(ValueError, match="Sample 7 holds NaN or infinity"):
        as_new().fit(bad_pixel(images, value), batch_size=M, verbose=0)


def test_zero_to_one_for_a_tanh_is_refused(images):
    x = keras.Input((4,))
    output = keras.layers.Reshape((8, 8, 1))(keras.layers.Dense(64, "tanh")(x))
    gan = tiny_gan((keras.Model(x, output), relu_networks()[1]))
    with pytest.raises(ValueError, match=r"\[-1, 1\]"):
        gan.fit(unit(images), batch_size=M, verbose=0)
    gan.fit(images, batch_size=M, verbose=0)


def test_flat_samples_outside_the_range_are_refused(images):
    z, x = keras.Input((4,)), keras.Input((64,))
    judge = keras.Model(x, keras.layers.Dense(1)(x))
    gan = tiny_gan((keras.Model(z, keras.layers.Dense(64, "sigmoid")(z)), judge))
    with pytest.raises(ValueError, match=r"\[0, 255\]"):
        gan.fit(images.reshape(-1, 64).astype("float32"), batch_size=M, verbose=0)


def test_bright_bytes_for_a_tanh_are_no_mistake(images):
    x = keras.Input((4,))
    output = keras.layers.Reshape((8, 8, 1))(keras.layers.Dense(64, "tanh")(x))
    gan = tiny_gan((keras.Model(x, output), relu_networks()[1]))
    gan.fit(128 + images // 2, batch_size=M, verbose=0)
    assert int(gan.step) == len(images) // M


DATASETS_REFUSED = {
    "unknown length": (lambda x: dataset(x).filter(lambda b: True), "steps_per_epoch"),
    "unbatched": (lambda x: tf.data.Dataset.from_tensor_slices(x), "batch_size="),
    "endless": (lambda x: dataset(x).repeat(), "steps_per_epoch"),
    "empty": (lambda x: dataset(x).take(0), "0"),
    "sample weights": (lambda x: dataset((x, x[:, 0], x[:, 0])), "without weights"),
    "too few minibatches": (lambda x: dataset(x).take(1), "Too little data"),
}


@pytest.mark.parametrize("case", DATASETS_REFUSED)
def test_datasets_are_refused_in_one_line(case, images):
    make, expected = DATASETS_REFUSED[case]
    with pytest.raises(ValueError) as caught:
        tiny_gan(discriminator_steps=2).fit(make(images), verbose=0)
    assert "\n" not in str(caught.value) and expected in str(caught.value)


@pytest.mark.parametrize("make", [dataset, Minibatches])
def test_batch_size_for_batched_data_is_refused(make, images):
    with pytest.raises(ValueError, match="already in batches"):
        as_new().fit(make(images), batch_size=M, verbose=0)


def test_constant_images_are_warned_of(images, gans, caplog):
    steps_of_fit(gans[1], np.zeros_like(images), batch_size=M)
    assert "All values" in caplog.text


def test_flat_colours_are_warned_of(images, gans, caplog):
    flat = np.ones_like(images) * np.arange(40, dtype="uint8")[:, None, None, None]
    steps_of_fit(gans[1], flat, batch_size=M)
    assert "flat colour" in caplog.text


@pytest.mark.parametrize("kind", IN_ORDER)
def test_evaluate_takes_every_kind(kind, images, gans):
    gan = gans[1]
    scores = gan.evaluate(IN_ORDER[kind](images), verbose=0)
    expected = gan.evaluate(images, batch_size=M, verbose=0)
    np.testing.assert_allclose(scores["real_score"], expected["real_score"], rtol=1e-5)


class TestRanges:
    @pytest.mark.parametrize("value_range", [(0.0, 1.0), (-1.0, 1.0), None])
    def test_all_bytes_survive_the_round_trip(self, value_range):
        every = np.arange(256, dtype="uint8")
        scaled = scale(every, value_range)
        assert np.array_equal(unscale(scaled.numpy(), value_range), every)
        low, high = value_range or (-1.0, 1.0)
        np.testing.assert_allclose(scaled[0], low)
        np.testing.assert_allclose(scaled[-1], high, rtol=1e-6)

    def test_clips_what_lies_outside(self):
        out = unscale(np.array([-5.0, 5.0]), (-1.0, 1.0))
        assert out.tolist() == [0, 255]

    def test_floats_pass_as_they_are(self):
        np.testing.assert_array_equal(scale(np.float32([3.5]), (0, 1)), [3.5])

    @pytest.mark.parametrize("samples", [["a.png"], np.complex64([1j])])
    def test_refuses_what_is_no_number(self, samples):
        with pytest.raises(ValueError, match="cannot be trained on"):
            scale(samples, (0.0, 1.0))

    def test_refuses_nan(self):
        with pytest.raises(ValueError, match="NaN"):
            unscale(np.array([np.nan]), (0.0, 1.0))
