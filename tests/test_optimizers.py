"""The 2014 optimizer against loops in NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gan as kg
from keras_gan.optimizers import InverseDecay, RisingMomentumSGD


def numpy_path(start_weights, gradients, rate, momentum):
    """Weights after each update, in float64."""
    weights = np.array(start_weights, "float64")
    velocity = np.zeros_like(weights)
    path = []
    for t, gradient in enumerate(gradients):
        velocity = momentum(t) * velocity - rate(t) * np.asarray(gradient, "float64")
        weights = weights + velocity
        path.append(weights)
    return np.array(path)


def keras_path(optimizer, start_weights, gradients):
    variable = keras.Variable(np.array(start_weights, "float32"))
    path = []
    for gradient in gradients:
        optimizer.apply([tf.constant(gradient, "float32")], [variable])
        path.append(np.array(variable))
    return np.array(path)


def gradients_of(seed, number=20):
    return np.random.default_rng(seed).normal(size=(number, 3))


def round_trip(thing):
    data = keras.saving.serialize_keras_object(thing)
    return keras.saving.deserialize_keras_object(data)


class TestInverseDecay:
    @pytest.mark.parametrize("step", [0, 1, 10, 500])
    def test_divides_by_the_factor_at_every_update(self, step):
        rate = float(InverseDecay(0.1, factor=1.01)(step))
        assert rate == pytest.approx(0.1 / 1.01**step, rel=1e-4)

    def test_never_falls_below_the_smallest(self):
        assert float(InverseDecay(0.1, factor=2.0, smallest=0.01)(3)) == pytest.approx(
            0.0125
        )
        assert float(InverseDecay(0.1, factor=2.0, smallest=0.01)(4)) == pytest.approx(
            0.01
        )

    def test_papers_factor_survives_single_precision(self):
        # 500 epochs of 500 updates: 0.1 / 1.000004^250000 = 0.1 / e^(0.999998)
        assert float(InverseDecay(0.1)(250_000)) == pytest.approx(0.036788, rel=1e-3)

    def test_config_round_trip(self):
        schedule = InverseDecay(0.3, factor=1.5, smallest=1e-3)
        again = round_trip(schedule)
        assert isinstance(again, InverseDecay)
        assert again.get_config() == schedule.get_config()
        assert schedule.get_config() == {"initial": 0.3, "factor": 1.5, "smallest": 1e-3}


class TestRisingMomentumSGD:
    def test_twenty_updates_match_numpy(self):
        start, gradients = [1.0, -2.0, 0.5], gradients_of(seed=0)
        optimizer = RisingMomentumSGD(
            InverseDecay(0.1, factor=1.2, smallest=0.01), start=0.5, end=0.9, rise_steps=8
        )
        expected = numpy_path(
            start,
            gradients,
            rate=lambda t: max(0.1 / 1.2**t, 0.01),
            momentum=lambda t: 0.5 + 0.4 * min(t / 8, 1.0),
        )
        found = keras_path(optimizer, start, gradients)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)

    def test_without_a_rise_it_is_keras_sgd_with_momentum(self):
        start, gradients = [1.0, -2.0, 0.5], gradients_of(seed=1)
        ours = RisingMomentumSGD(0.1, start=0.6, end=0.6)
        theirs = keras.optimizers.SGD(0.1, momentum=0.6)
        np.testing.assert_allclose(
            keras_path(ours, start, gradients),
            keras_path(theirs, start, gradients),
            rtol=1e-5,
        )

    @pytest.mark.parametrize(
        "step, expected", [(0, 0.5), (50, 0.6), (100, 0.7), (101, 0.7), (10**6, 0.7)]
    )
    def test_momentum_rises_linearly_and_stays(self, step, expected):
        optimizer = RisingMomentumSGD(0.1, start=0.5, end=0.7, rise_steps=100)
        assert float(optimizer.momentum(step)) == pytest.approx(expected)

    def test_two_weights_have_a_velocity_each(self):
        first, second = keras.Variable([0.0]), keras.Variable([[0.0, 0.0]])
        optimizer = RisingMomentumSGD(1.0, start=0.5, end=0.5)
        for _ in range(2):
            optimizer.apply([tf.ones(1), 2 * tf.ones((1, 2))], [first, second])
        # -1, then 0.5 * -1 - 1 = -1.5 more.
        np.testing.assert_allclose(first, [-2.5])
        np.testing.assert_allclose(second, [[-5.0, -5.0]])

    def test_config_round_trip(self):
        optimizer = RisingMomentumSGD(
            InverseDecay(0.3), start=0.4, end=0.8, rise_steps=7, clipnorm=1.0
        )
        again = round_trip(optimizer)
        assert isinstance(again, RisingMomentumSGD)
        config = again.get_config()
        assert (config["start"], config["end"], config["rise_steps"]) == (0.4, 0.8, 7)
        assert config["clipnorm"] == 1.0
        assert float(again.learning_rate) == pytest.approx(0.3)

    @pytest.mark.parametrize(
        "wrong", [{"start": -0.1}, {"start": 1.0}, {"end": 1.0}, {"rise_steps": 0}]
    )
    def test_values_out_of_range_are_refused(self, wrong):
        with pytest.raises(ValueError, match=r"momenta in \[0, 1\)"):
            RisingMomentumSGD(0.1, **wrong)

    def test_state_travels_with_a_saved_model(self, tmp_path):
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        optimizer = RisingMomentumSGD(InverseDecay(0.01), rise_steps=5)
        model.compile(optimizer, "mse")
        x, y = gradients_of(seed=2, number=12), np.ones((12, 1))
        model.fit(x, y, batch_size=4, epochs=1, shuffle=False, verbose=0)
        model.save(tmp_path / "a.keras")
        loaded = keras.models.load_model(tmp_path / "a.keras")
        assert int(loaded.optimizer.iterations) == 3
        for kept, velocity in zip(
            loaded.optimizer.velocities, optimizer.velocities, strict=True
        ):
            assert np.abs(velocity).max() > 0
            np.testing.assert_array_equal(kept, velocity)
        # Both go on the same way, so nothing else is missing.
        for each in (model, loaded):
            each.fit(x, y, batch_size=4, epochs=1, shuffle=False, verbose=0)
        np.testing.assert_array_equal(loaded.get_weights()[0], model.get_weights()[0])


class TestAdam:
    def paths(self, gradients, **options):
        start = np.linspace(-1.0, 1.0, 3)
        ours, theirs = kg.optimizers.Adam, keras.optimizers.Adam
        return [keras_path(make(**options), start, gradients) for make in (ours, theirs)]

    @pytest.mark.parametrize(
        "options",
        [
            {},
            {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3},
            {"learning_rate": InverseDecay(0.1, factor=1.2)},
            {"learning_rate": 0.1, "amsgrad": True},
            {"learning_rate": 0.1, "clipnorm": 0.1, "weight_decay": 0.01},
        ],
    )
    def test_is_keras_adam(self, options):
        ours, theirs = self.paths(gradients_of(seed=2), **options)
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
        assert np.abs(theirs[-1] - theirs[0]).max() > 1e-3

    def test_is_keras_adam_with_sparse_gradients(self):
        paths = []
        for make in (kg.optimizers.Adam, keras.optimizers.Adam):
            variable, optimizer = keras.Variable(np.ones((4, 2), "float32")), make(0.1)
            gradient = tf.IndexedSlices(tf.ones((2, 2)), [0, 2], dense_shape=(4, 2))
            optimizer.apply([gradient], [variable])
            paths.append(np.array(variable))
        np.testing.assert_allclose(*paths, rtol=1e-6)
        assert paths[0][0, 0] < 1.0 == paths[0][1, 0]

    def test_config_round_trip(self):
        again = round_trip(kg.optimizers.Adam(0.3, beta_1=0.25))
        assert type(again) is kg.optimizers.Adam and again.beta_1 == 0.25
