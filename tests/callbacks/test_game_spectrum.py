"""`GameSpectrum`: the derivative of a step, closed forms, and the files of a run."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gan as kg
from keras_gan import theory
from keras_gan.callbacks import game_spectrum
from keras_gan.callbacks._update_map import UpdateMap
from keras_gan.data.elements import Element

H = 0.2


@pytest.fixture
def eagerly():
    """Tiny networks are computed faster than they are traced."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def one_weight(weight):
    x = keras.Input((1,))
    start = keras.initializers.Constant(weight)
    layer = keras.layers.Dense(1, use_bias=False, kernel_initializer=start)
    return keras.Model(x, layer(x))


def dirac_gan(r1=0.0, optimizer=lambda: keras.optimizers.SGD(H), **options):
    """The Dirac-GAN at its equilibrium; D's weight is -psi."""
    ones = lambda shape, seed: tf.ones(shape)  # noqa: E731
    gan = kg.GAN(one_weight(0.0), one_weight(0.0), latents=ones, **options)
    penalties = [kg.penalties.R1(r1)] if r1 else []
    gan.compile(optimizer(), optimizer(), "minimax", penalties)
    return gan


def spectrum_of(gan, real):
    with UpdateMap(gan, Element(real)).opened() as derivative:
        return theory.leading_eigenvalues(derivative, derivative.size)


@pytest.mark.parametrize("r1", [0.0, 0.3])
@pytest.mark.parametrize("k", [None, 1, 3])
def test_the_dirac_gan_has_the_radius_of_theory(eagerly, r1, k):
    options = {"simultaneous": True} if k is None else {"discriminator_steps": k}
    gan = dirac_gan(r1, **options)
    found = spectrum_of(gan, np.zeros((1, k or 1, 1), "float32"))
    field = theory.zero_centered_penalty(theory.dirac_gan(), r1=r1)
    if k is None:
        expected = theory.simultaneous_radius(field, H)
    else:
        expected = theory.alternating_radius(field, H, k)
    assert np.abs(found[0]) == pytest.approx(expected, abs=1e-6)
    unregularised = "diverges" if k is None else "turns"
    assert theory.behaviour(found) == ("converges" if r1 else unregularised)


def test_momentum_adds_an_eigenvalue_for_each(eagerly):
    gan = dirac_gan(0.3, lambda: keras.optimizers.SGD(H, momentum=0.6), simultaneous=True)
    found = spectrum_of(gan, np.zeros((1, 1, 1), "float32"))
    field = theory.zero_centered_penalty(theory.dirac_gan(), r1=0.3)
    for move in H * theory.eigenvalues(field):
        for expected in np.roots([1, -(1.6 + move), 0.6]):
            assert np.abs(found - expected).min() < 1e-6


@pytest.mark.parametrize("adam", [keras.optimizers.Adam, kg.optimizers.Adam])
def test_adam_has_a_rate_for_each_weight(eagerly, adam):
    gan = dirac_gan(0.3, lambda: adam(0.01, 0.0, 0.9), simultaneous=True)
    for player, second in ((gan.g, 0.04), (gan.d, 0.25)):
        player.optimizer._velocities[0].assign([[second]])
        player.optimizer.iterations.assign(9)
    found = spectrum_of(gan, np.zeros((1, 1, 1), "float32"))
    # At equilibrium the gradient is 0, and 0.9 of the second moment is left.
    unbiased = 0.01 * np.sqrt(1 - 0.9**10)
    rates = unbiased / np.sqrt(0.9 * np.array([0.04, 0.25]))
    field = theory.zero_centered_penalty(theory.dirac_gan(), r1=0.3)
    step = np.eye(2) + rates[:, None] * theory.jacobian(field)
    expected = np.sort_complex(np.linalg.eigvals(step))
    np.testing.assert_allclose(np.sort_complex(found), expected, atol=1e-5)


def small_gan():
    """A game with dropout in D, two updates of D, noise and R1."""
    keras.utils.set_random_seed(0)
    z, x = keras.Input((2,)), keras.Input((2,))
    dense = keras.layers.Dense
    made = dense(2)(dense(3, activation="tanh")(z))
    hidden = keras.layers.Dropout(0.3)(dense(4, activation="tanh")(x))
    gan = kg.GAN(
        keras.Model(z, made),
        keras.Model(x, dense(1)(hidden)),
        discriminator_steps=2,
        augmentations=[kg.augmentations.InstanceNoise(0.1)],
    )
    sgd = keras.optimizers.SGD
    gan.compile(sgd(0.1), sgd(0.1), penalties=[kg.penalties.R1(0.5)])
    return gan


def test_it_is_the_derivative_of_the_next_training_step():
    gan, random = small_gan(), np.random.default_rng(0)
    real = random.normal(size=(16, 2, 2)).astype("float32")
    weights = [*gan.d.network.trainable_variables, *gan.g.network.trainable_variables]
    start = [w.numpy() for w in weights]

    def stepped(shift):
        parts = np.split(shift, np.cumsum([w.size for w in start])[:-1])
        for w, value, part in zip(weights, start, parts, strict=True):
            w.assign(value + part.reshape(value.shape))
        gan.step.assign(0)
        gan.train_on_batch(real)
        after = np.concatenate([np.ravel(w.numpy()) for w in weights])
        for w, value in zip(weights, start, strict=True):
            w.assign(value)
        gan.step.assign(0)
        return after.astype(float)

    with UpdateMap(gan, Element(real)).opened() as derivative:
        directions = [random.normal(size=derivative.size) for _ in range(3)]
        found = [derivative(v) for v in directions]
    width = 0.01
    for v, derived in zip(directions, found, strict=True):
        expected = (stepped(width * v) - stepped(-width * v)) / (2 * width)
        # Of the change alone: the rest is v itself.
        error = np.linalg.norm(derived - expected) / np.linalg.norm(expected - v)
        assert error < 1e-2


class TestRun:
    @pytest.fixture(scope="class")
    def runs(self, tmp_path_factory):
        """Folder, and GANs and logs of the same run with and without the callback."""
        run_dir = tmp_path_factory.mktemp("run")
        points = np.random.default_rng(0).normal(size=(256, 2)).astype("float32")
        ends = []
        for callbacks in ([kg.callbacks.GameSpectrum(run_dir, every_steps=3)], []):
            gan = small_gan()
            history = gan.fit(points, batch_size=32, verbose=0, callbacks=callbacks)
            ends.append((gan, history.history))
        return run_dir, ends

    def test_pictures_and_numbers(self, runs):
        run_dir, _ = runs
        names = sorted(path.name for path in (run_dir / "images").iterdir())
        assert names == ["spectrum_000003.png"]
        (line,) = [json.loads(text) for text in (run_dir / "curves.jsonl").open()]
        assert line["step"] == 3
        assert line["numbers"]["spectrum/spectral_radius"] > 0
        assert "derivative" in line["about"]["spectrum/spectral_radius"]

    def test_training_is_not_changed(self, runs):
        (watched, logs), (other, others) = runs[1]
        assert logs == others
        for one, two in zip(watched.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([1.5, 0.9, 0.2], "grows, 1 of 3 outside the circle, largest |lambda| 1.5;"),
        ([-2242.0, 0.9 + 0.1j], "diverges, 1 of 2 outside the circle"),
        ([0.9, 0.2], "converges, 0 of 2 outside"),
    ],
)
def test_a_picture_says_what_it_shows(found, said):
    found = np.array(found, complex)
    numbers = game_spectrum._numbers(found, 0.0)
    assert said in game_spectrum._said(found, 0.0, numbers)
    (circle, middle, half), (_, one, reach) = game_spectrum._views(found)
    assert middle == 0 and 1 < half < 3  # The circle is seen,
    assert ("1 beyond" in circle) == (np.abs(found).max() > 3)
    assert one == 1 and np.abs(found - 1).min() < reach  # and one beside 1 is.


@pytest.mark.parametrize(
    ("optimizer", "why"),
    [
        (keras.optimizers.RMSprop, "RMSprop is not known: use SGD or Adam"),
        (lambda: keras.optimizers.SGD(clipnorm=1.0), "SGD has clipnorm: leave it out"),
    ],
)
def test_optimizers_that_it_does_not_know_are_refused(optimizer, why):
    with pytest.raises(ValueError, match=why):
        game_spectrum.check_game(dirac_gan(optimizer=optimizer))


def test_at_rate_0_all_rests(eagerly):
    gan = dirac_gan(optimizer=lambda: keras.optimizers.SGD(0.0))
    real = Element(np.zeros((1, 1, 1), "float32"))
    with UpdateMap(gan, real).opened() as derivative:
        assert derivative.rests


def test_large_games_are_refused(monkeypatch):
    monkeypatch.setattr(game_spectrum, "MOST_WEIGHTS", 1)
    with pytest.raises(ValueError, match="up to 1 weights, these networks have 2"):
        game_spectrum.check_game(dirac_gan())
