"""Beginning from the weights of trained networks, and holding the first layers of D."""

import keras
import numpy as np
import pytest
from keras import layers

import keras_gan as kg
from keras_gan.callbacks import TrainingCheckpoint
from support import TracedOnce


def networks(dim=2, units=8, clip=None, last=True):
    """A pair for points: G of two layers, D of three, two of them a model within it."""
    bounds = {"kernel_constraint": clip and kg.networks.WeightClip(clip)}
    z, x = keras.Input((3,)), keras.Input((dim,))
    made = layers.Dense(dim)(layers.Dense(units, "relu")(z))
    judged = keras.Sequential(
        [
            layers.Dense(units, "relu", **bounds),
            *[layers.Dense(units, "relu", **bounds)] * last,
        ]
    )(x)
    return keras.Model(z, made), keras.Model(x, layers.Dense(1, **bounds)(judged))


def gan_of(pair, seed=None, **options):
    """A GAN, with random weights if there is a seed."""
    gan = kg.GAN(*pair, **options)
    if seed is not None:
        random = np.random.default_rng(seed)
        for variable in gan.weights:
            if variable.dtype == "float32":
                variable.assign(random.normal(size=variable.shape))
    gan.compile("adam", keras.optimizers.Adam(1e-2))
    return gan


def weights(network):
    return [np.array(weight) for weight in network.weights]


def equal(first, second):
    pairs = zip(weights(first), weights(second), strict=True)
    return [np.array_equal(a, b) for a, b in pairs]


@pytest.fixture
def older():
    return gan_of(networks(), seed=1, ema_decay=0.9)


@pytest.mark.parametrize("is_averaged", [True, False])
def test_each_network_takes_the_weights_of_its_own(is_averaged, older, caplog):
    caplog.set_level("INFO")
    if not is_averaged:
        older.ema_generator = None
    gan = gan_of(networks(), ema_decay=0.5)
    gan.init_from(older)
    assert all(equal(gan.generator, older.generator))
    assert all(equal(gan.discriminator, older.discriminator))
    assert all(equal(gan.ema_generator, older.sampler))
    assert (int(gan.step), int(gan.optimizer.iterations)) == (0, 0)
    line = "Begins with the older weights in 2 of 2 layers of the generator and in 3 of 3"
    assert line in caplog.text and "WARNING" not in caplog.text


def test_a_generator_alone_leaves_d_fresh(older, caplog):
    gan = gan_of(networks(), ema_decay=0.5)
    before = weights(gan.discriminator)
    gan.init_from(older.generator)
    assert all(equal(gan.generator, older.generator))
    assert all(equal(gan.ema_generator, older.generator))
    np.testing.assert_array_equal(weights(gan.discriminator)[0], before[0])
    assert caplog.text.count("WARNING") == 1
    assert "2 of 2 layers of the generator. The discriminator starts fresh" in caplog.text
    with pytest.raises(ValueError, match="layer 1 of the discriminator starts fresh"):
        gan.freeze_d(1)


def test_layers_of_other_shapes_stay_fresh_and_are_named(older, caplog):
    gan = gan_of(networks(dim=3))
    gan.init_from(older)
    # Kernel and bias of each layer: the last of G, the first of D.
    assert equal_if_shaped(gan.generator, older.generator) == [True, True, False, False]
    d = equal_if_shaped(gan.discriminator, older.discriminator)
    assert d == [False, False, True, True, True, True]
    assert (
        "1 of 2 layers of the generator and in 2 of 3 layers of the disc" in caplog.text
    )
    assert "generator layer 2, Dense: kernel is (8, 3), was (8, 2)" in caplog.text
    assert "discriminator layer 1, Dense: kernel is (3, 8), was (2, 8)" in caplog.text
    with pytest.raises(ValueError, match="layer 1 of the discriminator starts fresh"):
        gan.freeze_d(2)


def equal_if_shaped(first, second):
    return [
        a.shape == b.shape and np.array_equal(a, b)
        for a, b in zip(weights(first), weights(second), strict=True)
    ]


def test_other_networks_are_refused_and_change_nothing(older):
    for pair, words in [
        (networks(last=False), r"discriminator .* \(2 layers with weights, were 3\)"),
        (networks(units=9), "Of 2 layers of the generator, 2 do not fit"),
    ]:
        gan = gan_of(pair)
        before = weights(gan)
        with pytest.raises(ValueError, match=words) as caught:
            gan.init_from(older)
        assert "\n" not in str(caught.value)
        np.testing.assert_equal(weights(gan), before)
    with pytest.raises(ValueError, match="layer 1 is Dense, was Maxout"):
        gan_of(networks()).init_from(keras.Model(*maxout_generator()))
    gan = gan_of(networks())
    gan.step.assign(7)
    with pytest.raises(ValueError, match="trained for 7 steps"):
        gan.init_from(older)


def maxout_generator():
    z = keras.Input((3,))
    return z, layers.Dense(2)(kg.networks.Maxout(8, 2)(z))


def test_taken_weights_keep_to_the_limits_of_the_new_network(older):
    gan = gan_of(networks(clip=0.01))
    gan.init_from(older)
    kernels = weights(gan.discriminator)[::2]
    expected = [np.clip(one, -0.01, 0.01) for one in weights(older.discriminator)[::2]]
    np.testing.assert_equal(kernels, expected)


POINTS = np.random.default_rng(0).normal(size=(40, 2)).astype("float32")


def held_gan():
    gan = kg.GAN(*networks())
    gan.freeze_d(2)
    gan.compile("adam", "adam", penalties=[kg.penalties.R1(1.0)])
    return gan


as_new = TracedOnce(held_gan)


def fit(gan, folder):
    checkpoint = TrainingCheckpoint(folder, every_steps=100)
    gan.fit(POINTS, batch_size=20, epochs=1, verbose=0, callbacks=[checkpoint])


def test_held_layers_stay_as_they_are(older, tmp_path):
    gan = as_new()
    gan.init_from(older)
    fit(gan, tmp_path)
    kept = equal(gan.discriminator, older.discriminator)
    assert kept == [True, True, True, True, False, False]
    assert not any(equal(gan.generator, older.generator))
    gan.save(tmp_path / "gan.keras")
    read = keras.models.load_model(tmp_path / "gan.keras")
    for one in (gan, read):
        held = [not layer.trainable for layer in one.discriminator.layers[1].layers]
        assert held == [True, True]
        # The step, the rate, and two moments of each trained weight.
        assert len(one.d_optimizer.variables) == 2 + 2 * 2
    assert all(equal(read, gan))


def test_the_checkpoint_wins_unless_nothing_was_trained(older, tmp_path):
    gan = as_new()
    gan._begun_from = None
    fit(gan, tmp_path)
    for file in tmp_path.glob("step-0000000002.*"):
        file.unlink()
    # A run that was killed before its first step; now it is to begin from another.
    gan = as_new()
    gan.init_from(older)
    fit(gan, tmp_path)
    assert equal(gan.discriminator, older.discriminator)[:4] == [True] * 4
    after = weights(gan)
    gan = as_new()
    gan.init_from(older)
    fit(gan, tmp_path)
    np.testing.assert_equal(weights(gan), after)
    gan = as_new()
    gan._begun_from = None  # What it began from is not there any longer.
    fit(gan, tmp_path)
    np.testing.assert_equal(weights(gan), after)
    gan = as_new()
    gan.init_from(gan_of(networks(), seed=2))
    with pytest.raises(ValueError, match="belongs to another run .init_from is"):
        fit(gan, tmp_path)


def test_one_layer_must_train():
    gan = gan_of(networks())
    for number, words in [(3, "hold at most 2"), (-1, "layers must be"), (1.5, "layers")]:
        with pytest.raises(ValueError, match=words):
            gan.freeze_d(number)
    gan.freeze_d(1)
    with pytest.raises(ValueError, match="compile\\(\\) again"):
        gan.fit(POINTS, batch_size=20)
