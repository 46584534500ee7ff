"""Conditional GANs: labels in, labels out, and every kind of data that has them."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from scipy.special import expit

import keras_gan as kg
from keras_gan import pictures
from keras_gan.callbacks import ImageSummary, LatentWalk
from keras_gan.callbacks._line_game import observe
from keras_gan.data import inputs, labels
from keras_gan.data.elements import Element, SampleSpec
from keras_gan.storage.pictures import read_png
from keras_gan.training.identity import identity
from support import conditional_networks, tiny_gan, tiny_networks, training_input

CLASSES = np.arange(40) % 3


def conditional_gan(**options):
    return tiny_gan(conditional_networks(), num_classes=3, **options)


@pytest.fixture(scope="module")
def gan():
    return conditional_gan(
        loss="relativistic",
        penalties=[kg.penalties.R1(1.0, interval=2)],
        augmentations=[kg.augmentations.DiffAugment(value_width=1.0)],
        ema_decay=0.9,
    )


def bright(m=6):
    """Real samples whose brightness is their label's."""
    given = tf.range(m) % 3
    samples = tf.ones((m, 8, 8, 1)) * tf.cast(given, "float32")[:, None, None, None] / 3.0
    return Element(samples, given)


def watch(network):
    """Notes the labels that a network is called with."""
    given, call = [], network.call

    def recording(inputs, *args, **kwargs):
        given.append(np.array(inputs[1]))
        return call(inputs, *args, **kwargs)

    network.call = recording
    return given


def test_fakes_get_the_labels_of_the_reals():
    gan, real = conditional_gan(), bright()
    made, judged = watch(gan.generator), watch(gan.discriminator)
    z = gan._draw_latents(6, 0)
    gan._discriminator_step(real, z, 0)
    gan._generator_step(real, z, 1)
    of_d, of_g = judged  # D judges reals and fakes in one pass.
    for given in (*made, *np.split(of_d, 2), of_g):
        np.testing.assert_array_equal(given, real.labels)
    assert len(made) == 2


def test_each_update_takes_its_own_minibatch(images):
    gan = conditional_gan(discriminator_steps=2)
    gan.run_eagerly = True
    made = watch(gan.generator)
    data = (
        images[:8].reshape(4, 2, 8, 8, 1) / np.float32(255),
        CLASSES[:8].reshape(4, 2),
    )
    gan.train_step(tuple(map(tf.constant, data)))
    first, second = data[1].T
    for given, expected in zip(made, [first, second, second], strict=True):
        np.testing.assert_array_equal(given, expected)


def kinds_of_data(images):
    dataset = tf.data.Dataset.from_tensor_slices

    class Sequence(keras.utils.PyDataset):
        def __len__(self):
            return 5

        def __getitem__(self, i):
            part = slice(8 * i, 8 * i + 8)
            return images[part], CLASSES[part]

    return {
        "pairs": dataset((images, CLASSES)).batch(8),
        "not batched": dataset((images, CLASSES)),
        "dicts": dataset({"image": images, "label": CLASSES}).batch(8),
        "columns": dataset((images, CLASSES[:, None].astype("uint8"))).batch(8),
        "PyDataset": Sequence(),
        "arrays": (images, CLASSES),
        "Batches": kg.data.Batches(images, CLASSES, batch_size=8),
    }


KINDS = ["pairs", "not batched", "dicts", "columns", "PyDataset", "arrays", "Batches"]
UNBATCHED = ("arrays", "not batched")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_data_brings_its_labels(kind, images, gan):
    x = kinds_of_data(images)[kind]
    size = 8 if kind in UNBATCHED else None
    elements = training_input(gan, x, size).elements(0)
    samples, given = next(iter(elements))
    assert samples.shape == (8, 1, 8, 8, 1) and given.shape == (8, 1)
    assert given.dtype == "int32"
    where = [
        int(np.flatnonzero((images == sample).all(axis=(1, 2, 3)))[0])
        for sample in np.rint(np.array(samples)[:, 0] * 255)
    ]
    np.testing.assert_array_equal(CLASSES[where], np.array(given)[:, 0])
    samples, given = next(
        iter(inputs.evaluation_dataset(x, gan.sample_spec, batch_size=size))
    )
    assert samples.shape == (8, 8, 8, 1)
    np.testing.assert_array_equal(given, CLASSES[:8])


def test_trains_evaluates_and_saves(images, tmp_path, gan):
    history = gan.fit(
        images, CLASSES, batch_size=8, verbose=0, validation_data=(images, CLASSES)
    )
    assert "val_d_accuracy" in history.history
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    assert loaded.num_classes == 3 and loaded.class_names is None
    np.testing.assert_array_equal(gan.sample(7, seed=2), loaded.sample(7, seed=2))
    z, given = gan.draw_latents(5), gan.labels(5)
    predicted = gan.predict([z, given], verbose=0)
    np.testing.assert_allclose(predicted, gan.generate(z), atol=1e-6)


def test_the_data_name_the_classes(images):
    gan = conditional_gan()
    names = ("cat", "dog", "owl")
    data = kg.data.Batches(images, CLASSES, batch_size=20, class_names=names)
    gan.fit(data, verbose=0)
    assert gan.class_names == ["cat", "dog", "owl"]
    shown = zip(np.rint(255 * gan.real_samples), gan.real_labels, strict=True)
    for sample, label in shown:
        (row,) = np.flatnonzero((images == sample).all(axis=(1, 2, 3)))
        assert label == CLASSES[row]
    # Data that number them in another way would teach it the wrong classes.
    data.class_names = ("cat", "owl", "dog")
    with pytest.raises(ValueError, match="Class 1 of the data is called 'owl'.*class 2"):
        gan.fit(data, verbose=0)
    # Names of its own stay, and so does a GAN whose data lack its last class.
    data.class_names = ("Katze", "Hund", "Eule")
    gan.fit(data, verbose=0)
    assert gan.class_names == ["cat", "dog", "owl"]


def test_single_steps_take_a_column_of_labels(gan):
    samples, column = np.zeros((6, 8, 8, 1), "float32"), np.ones((6, 1), "int64")
    for step in (gan.train_on_batch, gan.test_on_batch):
        logs = step(samples, column, return_dict=True)
        assert np.isfinite(list(logs.values())).all()


def test_learns_which_class_is_which():
    # Brightness is the class: 0, 1/3, 2/3.
    keras.utils.set_random_seed(0)
    gan = conditional_gan(penalties=[kg.penalties.R1(1.0)])
    real = bright(60)
    x, y = np.array(real.samples), np.array(real.labels)
    gan.fit(x, y, batch_size=20, epochs=1, steps_per_epoch=500, verbose=0)
    means = [gan.sample(50, labels=c).mean() for c in range(3)]
    np.testing.assert_allclose(means, [0.0, 1 / 3, 2 / 3], atol=0.1)


class TestRefuses:
    @pytest.mark.parametrize("kind", ["pairs", "arrays", "Batches", "PyDataset"])
    def test_a_label_out_of_range_before_the_first_update(self, kind, images):
        narrow = tiny_gan(conditional_networks(num_classes=2), num_classes=2)
        size = 8 if kind in UNBATCHED else None
        with pytest.raises(ValueError, match="num_classes"):
            narrow.fit(kinds_of_data(images)[kind], batch_size=size, verbose=0)
        assert int(narrow.step.numpy()) == 0

    def test_data_without_labels(self, images, gan):
        bare = tf.data.Dataset.from_tensor_slices(images).batch(8)
        for x, size in [
            (images, 8),
            (bare, None),
            (kg.data.Batches(images, batch_size=8), None),
        ]:
            with pytest.raises(ValueError, match="^A conditional GAN.*has none"):
                gan.fit(x, batch_size=size, verbose=0)

    def test_labels_that_are_no_classes(self, images, gan):
        for wrong, match in [
            (np.eye(3)[CLASSES], "integers, got float64.*argmax of one-hot labels.$"),
            (np.eye(3, dtype="int32")[CLASSES], "use argmax on one-hot labels.$"),
            (np.ones((40, 3), "int32"), "choose one class for each sample"),
            (CLASSES[:-1], "40 samples have 39 labels"),
            (
                CLASSES + 1,
                r"not in 0\.\.2: labels count from 0, so subtract 1, or .*=4\.$",
            ),
            (CLASSES * 2, r"4 of sample .*: correct the data, or use num_classes=5\.$"),
            (CLASSES - 1, r"-1 of sample .*: correct the data\.$"),
        ]:
            with pytest.raises(ValueError, match=match):
                gan.fit(images, wrong, batch_size=8, verbose=0)

    def test_networks_without_labels(self):
        with pytest.raises(ValueError, match="generator of a conditional"):
            kg.GAN(*tiny_networks(), num_classes=3)
        with pytest.raises(ValueError, match="num_classes"):
            kg.GAN(*conditional_networks())

    @pytest.mark.parametrize("wrong", [0, 1, 2.5, True])
    def test_a_number_of_classes_out_of_range(self, wrong):
        with pytest.raises(ValueError, match="num_classes"):
            kg.GAN(*conditional_networks(), num_classes=wrong)

    def test_labels_of_an_unconditional_gan(self):
        with pytest.raises(ValueError, match="not conditional.*train one with num_cl"):
            tiny_gan().sample(3, labels=1)


class TestSampling:
    def test_classes_in_turn(self, gan):
        np.testing.assert_array_equal(gan.labels(7), [0, 1, 2, 0, 1, 2, 0])
        in_turn = gan.sample(4, labels=np.array([0, 1, 2, 0]))
        np.testing.assert_array_equal(gan.sample(4), in_turn)

    @pytest.mark.parametrize(
        "classes, number, columns",
        [
            *((2, 64, 8), (3, 64, 9), (10, 64, 10), (10, 400, 20), (65, 64, None)),
            *((2, 32, 4), (2, 10, 2), (3, 60, 6), (20, 400, 20), (21, 400, None)),
        ],
    )
    def test_columns_of_a_picture_hold_one_class_each(self, classes, number, columns):
        condition = labels.Classes(classes)
        assert condition.columns(number) == columns
        if columns:
            rows = number // columns
            sheet = condition.chosen(rows * columns).reshape(rows, columns)
            assert (sheet == sheet[0]).all()
            # Nearer to a square than with one set of classes more or less, or all filled.
            for other in (columns - classes, columns + classes):
                if other > 0 and number % columns:
                    assert abs(columns - number**0.5) <= abs(other - number**0.5)

    def test_one_class(self, gan):
        z = gan.draw_latents(300, seed=5)
        expected = gan.generate(z, np.full(300, 2))
        np.testing.assert_array_equal(gan.sample(300, seed=5, labels=2), expected)
        assert not np.allclose(expected, gan.generate(z, np.full(300, 1)))

    @pytest.mark.parametrize("wrong", [3, -1, 1.0, [0, 1]])
    def test_refuses_what_is_no_class(self, gan, wrong):
        with pytest.raises(ValueError, match="[lL]abel"):
            gan.sample(4, labels=wrong)

    def test_by_name(self, gan, tmp_path, monkeypatch):
        numbers = gan.sample(3, labels=[0, 2, 2])
        with pytest.raises(ValueError, match=r"no class 'owl'.* no names, use 0\.\.2"):
            gan.sample(3, labels="owl")
        monkeypatch.setattr(gan, "condition", labels.Classes(3))
        before = identity(gan)
        gan.class_names = ["cat", "dog", "owl"]
        assert identity(gan) == before  # Training goes on from states without names.
        np.testing.assert_array_equal(gan.sample(3, labels=["cat", "owl", 2]), numbers)
        owls = gan.sample(300, labels=2)
        np.testing.assert_array_equal(gan.sample(300, labels="owl"), owls)
        z = gan.draw_latents(300)
        np.testing.assert_array_equal(gan.sample(latents=z, labels="owl"), owls)
        drawn = np.asarray(gan.show(4, labels="owl"))
        expected = pictures.draw(owls[:4], (0, 1), 2, captions=["owl", "owl"])
        np.testing.assert_array_equal(drawn, expected)
        drawn = np.asarray(gan.show(latents=z[:4], labels="owl"))
        np.testing.assert_array_equal(drawn, expected)
        walk = np.linspace(z[0], z[1], 3)
        captions = ["cat", "dog", "owl"]  # In turn, unless a label is given.
        expected = pictures.draw(gan.sample(latents=walk), (0, 1), 3, captions=captions)
        np.testing.assert_array_equal(np.asarray(gan.show(latents=walk)), expected)
        with pytest.raises(ValueError, match="leave out num_samples=64, or latents"):
            gan.show(64, latents=walk)
        gan.save(tmp_path / "gan.keras")
        loaded = keras.models.load_model(tmp_path / "gan.keras")
        assert loaded.class_names == ["cat", "dog", "owl"]
        np.testing.assert_array_equal(loaded.sample(3, labels=["cat", "owl", 2]), numbers)

    def test_a_config_of_before_has_no_names(self):
        config = conditional_gan().get_config()
        del config["class_names"]
        assert kg.GAN.from_config(config).class_names is None

    def test_names_need_classes(self):
        with pytest.raises(ValueError, match="give num_classes"):
            tiny_gan(class_names=["cat", "dog"])
        with pytest.raises(ValueError, match="must name 3 classes, got 2: cat, dog"):
            conditional_gan(class_names=["cat", "dog"])
        with pytest.raises(ValueError, match="give num_classes"):
            tiny_gan().class_names = ["cat", "dog"]
        with pytest.raises(ValueError, match=r"called 'cat' \(0, 2\)"):
            conditional_gan().class_names = ["cat", "dog", "cat"]

    def test_one_hot_classes(self, gan):
        with pytest.raises(ValueError, match="use argmax on one-hot labels.$"):
            gan.sample(3, labels=np.eye(3))


class TestPictures:
    def test_one_column_per_class(self, tmp_path, images):
        gan = conditional_gan()
        summary = ImageSummary(tmp_path, num_samples=8)
        summary.set_model(gan)
        gan.real_samples = images[:8] / np.float32(255)
        real = gan.real_samples[:6]  # As many as samples.
        gan.real_labels = np.array([0, 1, 2, 2, 1, 0, 0, 1])
        summary.on_train_begin()
        np.testing.assert_array_equal(
            read_png(tmp_path / "images" / "real.png"), pictures.draw(real, (0, 1))
        )
        # 3 columns, 2 whole rows of images that are drawn 48 pixels wide.
        pixels = read_png(tmp_path / "images" / "fake_000000.png")
        assert pixels.shape[:2] == (2 * 50 + 2, 3 * 50 + 2)
        gan.class_names = names = ["cat", "dog", "owl"]
        summary.on_train_begin()
        drawn = pictures.draw(gan.sample(6), (0, 1), 3, captions=names)
        named = read_png(tmp_path / "images" / "fake_000000.png")
        np.testing.assert_array_equal(named, drawn)
        np.testing.assert_array_equal(gan.show(6), drawn)
        captions = [names[label] for label in gan.real_labels[:6]]
        np.testing.assert_array_equal(
            read_png(tmp_path / "images" / "real.png"),
            pictures.draw(real, (0, 1), captions=captions),
        )

    def test_a_walk_stays_in_its_class(self, tmp_path, monkeypatch):
        gan = conditional_gan()
        given = []
        generate = gan.generate
        monkeypatch.setattr(
            gan, "generate", lambda z, c: given.append(c) or generate(z, c)
        )
        walk = LatentWalk(tmp_path, rows=4, columns=3)
        walk.set_model(gan)
        gan.class_names = ["cat", "dog", "owl"]
        walk.act(7)
        np.testing.assert_array_equal(given[0], np.repeat([0, 1, 2, 0], 3))
        # Each line has a strip with the name of its class.
        drawn = read_png(tmp_path / "images" / "walk_000007.png")
        assert drawn.shape[:2] == (4 * (16 + 50) + 2, 3 * 50 + 2)
        strips = [drawn[row * 66 : row * 66 + 16] for row in range(4)]
        np.testing.assert_array_equal(strips[0], strips[3])
        assert (strips[0] != strips[1]).any() and (strips[1] != strips[2]).any()


class TestCalled:
    """As Keras' models are called, on latents of one's own."""

    def test_latents_come_with_labels(self, gan):
        z, labels = gan.draw_latents(3), np.array([0, 2, 1])
        made = gan.generate(z, labels)
        np.testing.assert_allclose(gan([z, labels]), made, atol=1e-6)
        np.testing.assert_allclose(gan.predict((z, labels), verbose=0), made, atol=1e-6)
        for call in (
            lambda: gan(z),
            lambda: gan(z, labels),
            lambda: gan(z, labels=labels),
            lambda: gan.predict(z, verbose=0),
        ):
            with pytest.raises(ValueError) as caught:
                call()
            assert str(caught.value).startswith("A conditional GAN makes samples of [")

    def test_a_gan_without_classes_takes_latents_alone(self):
        gan = tiny_gan()
        z = gan.draw_latents(3)
        assert gan(z).shape == (3, 8, 8, 1)
        with pytest.raises(ValueError, match=r"^The GAN is not conditional.*gan\(z\)"):
            gan([z, np.zeros(3, "int32")])


def test_other_labels_are_other_data(images):
    def fingerprint(x, classes):
        return inputs.training_input(
            x,
            SampleSpec((8, 8, 1), (0.0, 1.0), classes and labels.Classes(classes)),
            discriminator_steps=1,
            batch_size=None,
            seed=0,
        ).fingerprint

    both = [(images, classes) for classes in (CLASSES, CLASSES[::-1])]
    assert fingerprint(both[0], 3) != fingerprint(both[1], 3)
    assert fingerprint(both[0], None) == fingerprint(both[1], None)
    batches = [kg.data.Batches(images, y, batch_size=8) for y in (CLASSES, CLASSES[::-1])]
    assert fingerprint(batches[0], 3) != fingerprint(batches[1], 3)


def test_a_later_label_out_of_range_stops_the_pipeline():
    checked = tf.function(labels.Classes(3).checked)
    np.testing.assert_array_equal(checked(tf.constant([0, 2])), [0, 2])
    with pytest.raises(tf.errors.InvalidArgumentError, match="out of range"):
        checked(tf.constant([0, 3]))


def test_a_game_on_the_line_is_seen_through_all_classes():
    z, x = keras.Input((1,)), keras.Input((1,))
    label, given = keras.Input((), dtype="int32"), keras.Input((), dtype="int32")
    table, levels, line = layers.Embedding(2, 1), layers.Embedding(2, 1), layers.Dense(1)
    made = layers.Add()([z, layers.Flatten()(table(label))])
    logits = layers.Add()([line(x), layers.Flatten()(levels(given))])
    networks = keras.Model([z, label], made), keras.Model([x, given], logits)
    table.set_weights([np.array([[-3.0], [3.0]])])
    line.set_weights([np.ones((1, 1)), np.zeros(1)])
    levels.set_weights([np.array([[-1.0], [2.0]])])
    gan = kg.GAN(*networks, num_classes=2)
    moment = observe(gan, kg.data.mixture1d(), gan.draw_latents(4000), step=0)
    expected = (expit(moment.x - 1.0) + expit(moment.x + 2.0)) / 2.0
    np.testing.assert_allclose(moment.d, expected, atol=1e-5)
    # Two classes, two modes: half of the samples on each side.
    share = moment.p_g[moment.x < 0].sum() / moment.p_g.sum()
    np.testing.assert_allclose(share, 0.5, atol=0.02)
