"""Algorithm 1: what is drawn, what moves, what stays, what is logged and saved."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import keras_gan as kg
from keras_gan import losses, pictures
from keras_gan.data.elements import Element
from keras_gan.training.player import Player
from support import conditional_networks, relu_networks, tiny_gan, tiny_networks


def numbered(n):
    """Points that say which example they are."""
    return np.arange(n, dtype="float32")[:, None]


def first_dense(network):
    return next(one for one in network.layers if isinstance(one, layers.Dense))


class EverySecond(kg.penalties.Penalty):
    """A penalty of 0 that notes what it was given."""

    def __init__(self):
        super().__init__(interval=2)
        self.reals, self.seeds = [], []

    def __call__(self, discriminator, real_samples, fake_samples, seed):
        self.reals.append(np.ravel(real_samples))
        self.seeds.append(tuple(np.array(seed)))
        return tf.zeros(len(real_samples))


class Recorder:
    """Networks on points that note what they were fed, in eager mode."""

    def __init__(self, discriminator_steps):
        generator, discriminator = kg.networks.points(1, latent_dim=3, units=(4,))
        self.gan = kg.GAN(
            generator, discriminator, discriminator_steps=discriminator_steps
        )
        self.penalty = EverySecond()
        self.gan.compile(
            keras.optimizers.SGD(1e-3),
            keras.optimizers.SGD(1e-3),
            penalties=[self.penalty],
            run_eagerly=True,
        )
        self.reals, self.latents, self.order = [], [], []
        d_step, g_step = self.gan._discriminator_step, self.gan._generator_step

        def discriminator_step(real, z, i):
            self.reals.append(np.ravel(real.samples))
            self.latents.append(np.array(z))
            self.order.append("D")
            d_step(real, z, i)

        def generator_step(real, z, i):
            self.latents.append(np.array(z))
            self.order.append("G")
            g_step(real, z, i)

        self.gan._discriminator_step = discriminator_step
        self.gan._generator_step = generator_step


@pytest.mark.parametrize("k", [1, 3], scope="class")
class TestAlgorithm1:
    """On points that say which they are: two epochs of 24, in minibatches of 4."""

    @pytest.fixture(scope="class")
    def recorder(self, k):
        recorder = Recorder(k)
        recorder.gan.fit(numbered(24), batch_size=4, epochs=2, verbose=0)
        return recorder

    @pytest.fixture
    def steps(self, k):
        """Of an epoch."""
        return 24 // (4 * k)

    def test_reals_are_fresh_within_a_step_and_within_an_epoch(self, k, recorder, steps):
        assert len(recorder.reals) == 2 * steps * k
        assert all(len(minibatch) == 4 for minibatch in recorder.reals)
        for epoch in (recorder.reals[: steps * k], recorder.reals[steps * k :]):
            seen = np.concatenate(epoch)
            assert len(np.unique(seen)) == len(seen) == steps * k * 4

    def test_latents_are_fresh_for_every_update(self, recorder):
        drawn = np.concatenate(recorder.latents)
        assert all(len(z) == 4 for z in recorder.latents)
        assert len(np.unique(drawn, axis=0)) == len(drawn)

    def test_k_updates_of_d_come_before_one_of_g(self, k, recorder, steps):
        assert "".join(recorder.order) == ("D" * k + "G") * (2 * steps)

    def test_penalties_count_updates_of_d_and_draw_afresh(self, recorder):
        np.testing.assert_array_equal(recorder.penalty.reals, recorder.reals[::2])
        assert len(set(recorder.penalty.seeds)) == len(recorder.penalty.reals)

    def test_optimizers_count_k_and_one_updates_per_step(self, k, images):
        gan = tiny_gan(discriminator_steps=k)
        history = gan.fit(images, batch_size=4, epochs=2, verbose=0)
        steps = 2 * (40 // (4 * k))
        assert int(gan.step.numpy()) == steps
        assert int(gan.g_optimizer.iterations.numpy()) == steps
        assert int(gan.d_optimizer.iterations.numpy()) == k * steps
        assert len(history.history["d_loss"]) == 2

    def test_epochs_have_different_orders(self, recorder):
        half = len(recorder.reals) // 2
        first, second = recorder.reals[:half], recorder.reals[half:]
        assert not np.array_equal(np.concatenate(first), np.concatenate(second))


def stateful_networks():
    """Networks with every kind of state: weights, batch statistics, random seeds."""
    z, x = keras.Input((4,)), keras.Input((8, 8, 1))
    made = layers.BatchNormalization()(layers.Dense(32, "relu")(z))
    made = layers.Dropout(0.2)(made)
    made = layers.Reshape((8, 8, 1))(layers.Dense(64, "tanh")(made))
    judged = layers.Conv2D(4, 3, strides=2)(layers.GaussianNoise(0.1)(x))
    judged = layers.Flatten()(layers.BatchNormalization()(judged))
    judged = layers.Dense(1)(layers.Dropout(0.5)(judged))
    return keras.Model(z, made), keras.Model(x, judged)


def state(network):
    return [np.array(variable) for variable in network.variables]


def equal(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


class TestWhatMoves:
    def setup_method(self):
        self.gan = tiny_gan(stateful_networks())
        self.reals = tf.random.stateless_uniform((6, 8, 8, 1), [0, 0], -1.0, 1.0)
        self.real = Element(self.reals)
        self.z = tf.random.stateless_normal((6, 4), [0, 1])

    def frozen_logits(self, i):
        with self.gan.d.frozen(i):
            return np.array(self.gan.discriminator(self.reals, training=True))

    def test_a_discriminator_step_leaves_the_generator_as_it_is(self):
        generator, discriminator = (
            state(self.gan.generator),
            state(self.gan.discriminator),
        )
        tf.function(self.gan._discriminator_step)(self.real, self.z, 0)
        assert equal(state(self.gan.generator), generator)
        assert not equal(state(self.gan.discriminator), discriminator)

    def test_a_generator_step_leaves_the_discriminator_as_it_is(self):
        generator, discriminator = (
            state(self.gan.generator),
            state(self.gan.discriminator),
        )
        tf.function(self.gan._generator_step)(self.real, self.z, 1)
        assert equal(state(self.gan.discriminator), discriminator)
        assert not equal(state(self.gan.generator), generator)

    def test_each_step_moves_its_own_batch_statistics(self):
        means = [
            [w for w in network.weights if w.name == "moving_mean"][0]
            for network in (self.gan.generator, self.gan.discriminator)
        ]
        before = [np.array(mean) for mean in means]
        self.gan._generator_step(self.real, self.z, 1)
        self.gan._discriminator_step(self.real, self.z, 0)
        for mean, old in zip(means, before, strict=True):
            assert not np.array_equal(mean, old)

    def test_networks_run_in_training_mode(self):
        # In inference mode, batch normalisation with fresh statistics is the identity
        # and the loss would not depend on the scale of what comes before it.
        first = self.frozen_logits(0)
        assert not np.allclose(first, self.gan.discriminator(self.reals, training=False))

    def test_dropout_is_fresh_in_every_update_and_step(self):
        first, second = self.frozen_logits(0), self.frozen_logits(1)
        assert not np.array_equal(first, second)
        assert np.array_equal(first, self.frozen_logits(0))
        self.gan.step.assign_add(1)
        assert not np.array_equal(first, self.frozen_logits(0))

    def test_no_two_masks_of_one_update_are_the_same(self):
        x = keras.Input((4096,))
        first = layers.Dropout(0.5)(x)
        masks = keras.Model(x, [first, layers.Dropout(0.5)(x), layers.Dropout(0.5)(x)])
        found = []
        player = Player(masks, "generator", seed=0, step=self.gan.step)
        player.begin_update(0)
        for _ in range(3):  # real samples, fakes, a penalty
            found += [np.array(m) > 0 for m in masks(np.ones((1, 4096)), training=True)]
        alike = [np.mean(a == b) for i, a in enumerate(found) for b in found[:i]]
        # Independent masks agree in half of the places; 6 standard deviations.
        assert max(np.abs(np.array(alike) - 0.5)) < 6 * 0.5 / 64

    def test_a_batch_of_an_array_trains_eagerly_too(self):
        self.gan.compile("adam", "adam", run_eagerly=True)
        self.gan.train_on_batch(np.array(self.reals))
        assert int(self.gan.step) == 1


@keras.saving.register_keras_serializable(package="tests")
class _SaysItsMode(layers.Layer):
    """1 in training mode, -1 in inference mode, whatever comes in."""

    def call(self, x, training=False):
        return 0.0 * x + (1.0 if training else -1.0)


class TestModes:
    def test_fakes_are_made_in_training_mode_in_both_updates(self, images):
        z, x = keras.Input((4,)), keras.Input((8, 8, 1))
        made = layers.Reshape((8, 8, 1))(layers.Dense(64)(z))
        generator = keras.Model(z, _SaysItsMode()(made))
        mean = layers.GlobalAveragePooling2D()(x)
        logit = layers.Dense(1, kernel_initializer="ones")(mean)
        gan = kg.GAN(generator, keras.Model(x, logit))
        # At a learning rate of 0, D(x) stays the mean of x.
        gan.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.0))
        real = np.zeros((4, 8, 8, 1), "float32")
        logs = gan.train_on_batch(real, return_dict=True)
        np.testing.assert_allclose(logs["fake_score"], 1 / (1 + np.exp(-1)), rtol=1e-5)
        np.testing.assert_allclose(logs["g_loss"], np.log1p(np.exp(-1)), rtol=1e-5)
        logs = gan.test_on_batch(real, return_dict=True)
        np.testing.assert_allclose(logs["fake_score"], 1 / (1 + np.exp(1)), rtol=1e-5)

    def test_batch_statistics_of_reals_and_fakes_never_mix(self):
        z, x = keras.Input((4,)), keras.Input((8, 8, 1))
        dense = layers.Dense(64, kernel_initializer="zeros", bias_initializer="ones")
        generator = keras.Model(z, layers.Reshape((8, 8, 1))(dense(z)))
        norm = layers.BatchNormalization(momentum=0.5)
        judged = layers.Dense(1)(layers.Flatten()(norm(x)))
        gan = kg.GAN(generator, keras.Model(x, judged))
        gan.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.0))
        gan.train_on_batch(np.full((4, 8, 8, 1), 3.0, "float32"))
        # From 0 half way to the reals' 3, then half way to the fakes' 1.
        np.testing.assert_allclose(norm.moving_mean, [(0.0 + 3.0) / 4.0 + 0.5])
        # Neither kind varies: a variance of 1 is halved twice.
        np.testing.assert_allclose(norm.moving_variance, [0.25])


class TestUpdates:
    """One step of plain SGD against gradients taken by hand."""

    def setup_method(self):
        self.networks = kg.networks.points(2, latent_dim=2, units=(8,))
        self.gan = kg.GAN(*self.networks)
        self.reals = tf.random.stateless_normal((16, 2), [0, 0])

    def step(self, loss, **compile_options):
        self.gan.compile(
            keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1), loss, **compile_options
        )
        before = [state(network) for network in self.networks]
        latents = [np.array(self.gan._draw_latents(16, i)) for i in range(2)]
        self.gan.train_on_batch(self.reals)
        moves = [
            [new - old for new, old in zip(state(network), olds, strict=True)]
            for network, olds in zip(self.networks, before, strict=True)
        ]
        return before, latents, moves

    @pytest.mark.parametrize("loss", ["minimax", "non_saturating"])
    def test_d_ascends_the_value(self, loss):
        (g_before, d_before), (z, _), (_, d_move) = self.step(loss)
        generator, discriminator = self.networks
        generator.set_weights(g_before)
        discriminator.set_weights(d_before)
        with tf.GradientTape() as tape:
            probability = tf.sigmoid(discriminator(self.reals))
            fake_probability = tf.sigmoid(discriminator(generator(z)))
            value = tf.reduce_mean(
                tf.math.log(probability) + tf.math.log(1.0 - fake_probability)
            )
        ascent = tape.gradient(value, discriminator.trainable_variables)
        for move, gradient in zip(d_move, ascent, strict=True):
            np.testing.assert_allclose(move, 0.1 * gradient, atol=1e-6)

    def test_g_descends_the_value_after_d_has_moved(self):
        (g_before, _), (_, z), (g_move, _) = self.step("minimax")
        generator, discriminator = self.networks
        generator.set_weights(g_before)
        with tf.GradientTape() as tape:
            value = tf.reduce_mean(
                tf.math.log(1.0 - tf.sigmoid(discriminator(generator(z))))
            )
        gradients = tape.gradient(value, generator.trainable_variables)
        for move, gradient in zip(g_move, gradients, strict=True):
            np.testing.assert_allclose(move, -0.1 * gradient, atol=1e-6)

    def test_penalties_enter_ds_update_and_are_logged_apart(self):
        _, _, (_, plain) = self.step("non_saturating")
        self.setup_method()
        _, _, (_, penalised) = self.step(
            "non_saturating", penalties=[kg.penalties.R1(10.0)]
        )
        assert not equal(plain, penalised)
        logs = {metric.name: float(metric.result()) for metric in self.gan.metrics}
        assert logs["d_penalty"] > 0
        np.testing.assert_allclose(logs["d_loss"], -logs["value"], rtol=1e-6)

    def test_regularizers_of_weights_enter_their_players_update(self):
        weight = 0.01
        moves = []
        for strength in (0.0, weight):
            self.networks = _regularized_networks(strength)
            self.gan = kg.GAN(*self.networks)
            (_, (kernel, _)), _, found = self.step("non_saturating")
            moves.append(found)
        (g_plain, d_plain), (g_regularized, d_regularized) = moves
        # D moves first, from one and the same point.
        expected = d_plain[0] - 0.1 * 2 * weight * kernel
        np.testing.assert_allclose(d_regularized[0], expected, atol=1e-6)
        assert not np.array_equal(g_regularized[0], g_plain[0])


class AddsItsMean(layers.Layer):
    def call(self, x):
        self.add_loss(keras.ops.mean(x))
        return x


def _adding_networks():
    """Both add losses to each pass: of a layer inside a model, and of one's own layer."""

    def dense(units, seed):
        start = keras.initializers.GlorotUniform(seed=seed)
        l2 = keras.regularizers.L2(0.5)
        made = layers.Dense(units, kernel_initializer=start, activity_regularizer=l2)
        return keras.Sequential([keras.Input((2,)), made])

    z, x = keras.Input((2,)), keras.Input((2,))
    generator = keras.Model(z, AddsItsMean()(dense(2, 0)(z)))
    return generator, keras.Model(x, AddsItsMean()(dense(1, 1)(x)))


def _added(outputs):
    """What the layers of `_adding_networks` add, by hand."""
    squares = tf.reduce_sum(tf.square(outputs), axis=1)
    return 0.5 * tf.reduce_mean(squares) + tf.reduce_mean(outputs)


class TestAddedLosses:
    """Losses that layers add, in each player's own update and in no other's."""

    @pytest.mark.parametrize("eager", [True, False])
    def test_enter_the_update_of_their_player(self, eager):
        generator, discriminator = networks = _adding_networks()
        gan = kg.GAN(*networks, simultaneous=True)
        gan.compile(
            keras.optimizers.SGD(0.1),
            keras.optimizers.SGD(0.1),
            penalties=[kg.penalties.R1(1.0)],
            run_eagerly=eager,
        )
        reals = tf.random.stateless_normal((16, 2), [0, 0])
        z = gan._draw_latents(16, 0)
        kernel, _ = discriminator.trainable_variables
        with tf.GradientTape(persistent=True) as tape:
            fakes = generator(z)
            real_logits, fake_logits = discriminator(reals), discriminator(fakes)
            # D is linear: the slope is its kernel, and R1 half its square.
            d_loss = tf.reduce_mean(tf.nn.softplus(-real_logits)) + tf.reduce_mean(
                tf.nn.softplus(fake_logits)
            )
            r1 = 0.5 * tf.reduce_sum(tf.square(tf.convert_to_tensor(kernel)))
            d_objective = d_loss + r1 + _added(real_logits) + _added(fake_logits)
            g_objective = tf.reduce_mean(tf.nn.softplus(-fake_logits)) + _added(fakes)
        before = [state(network) for network in networks]
        gan.train_on_batch(reals)
        for network, olds, objective in zip(
            networks, before, (g_objective, d_objective), strict=True
        ):
            gradients = tape.gradient(objective, network.trainable_variables)
            for new, old, gradient in zip(state(network), olds, gradients, strict=True):
                np.testing.assert_allclose(new - old, -0.1 * gradient, atol=1e-6)


class CountsSteps(kg.GAN):
    """A GAN with a metric of its own."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.steps = keras.metrics.Sum(name="steps")

    def train_step(self, data):
        logs = super().train_step(data)
        self.steps.update_state(1.0)
        return {**logs, "steps": self.steps.result()}


def test_a_metric_of_a_subclass_begins_anew_each_epoch(images):
    gan = CountsSteps(*relu_networks())
    gan.compile("sgd", "sgd")
    history = gan.fit(images, batch_size=8, epochs=2, verbose=0)
    assert history.history["steps"] == [len(images) // 8] * 2


def _regularized_networks(weight):
    def dense(units):
        start = keras.initializers.GlorotUniform(seed=units)
        l2 = keras.regularizers.L2(weight)
        return layers.Dense(units, kernel_initializer=start, kernel_regularizer=l2)

    z, x = keras.Input((2,)), keras.Input((2,))
    return keras.Model(z, dense(2)(z)), keras.Model(x, dense(1)(x))


class TestSimultaneous:
    def test_both_updates_start_from_one_point_and_one_z(self):
        networks = kg.networks.points(2, latent_dim=2, units=(8,))
        gan = kg.GAN(*networks, simultaneous=True)
        gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
        generator, discriminator = networks
        reals = tf.random.stateless_normal((16, 2), [0, 0])
        z = gan._draw_latents(16, 0)
        with tf.GradientTape() as tape:
            g_loss = tf.reduce_mean(
                losses.non_saturating_generator_loss(discriminator(generator(z)))
            )
        gradients = tape.gradient(g_loss, generator.trainable_variables)
        before = state(generator)
        gan.train_on_batch(reals)
        for new, old, gradient in zip(state(generator), before, gradients, strict=True):
            np.testing.assert_allclose(new - old, -0.1 * gradient, atol=1e-6)

    def test_refuses_more_than_one_discriminator_step(self):
        with pytest.raises(ValueError, match="simultaneous"):
            kg.GAN(*tiny_networks(), simultaneous=True, discriminator_steps=2)


class NotesItsTraces(layers.Layer):
    """A layer that notes how often Python runs it."""

    traces = 0

    def call(self, x):
        self.traces += 1
        return x


def test_a_large_k_is_traced_like_a_small_one_and_plays_as_if_written_out(images):
    traces, weights = {}, {}
    for k, eager in ((2, False), (8, False), (8, True)):
        generator, judge = relu_networks(dropout=0.5)
        x, notes = keras.Input((8, 8, 1)), NotesItsTraces()
        gan = tiny_gan(
            (generator, keras.Model(x, judge(notes(x)))),
            discriminator_steps=k,
            penalties=[kg.penalties.R1(1.0, interval=3)],
            augmentations=[kg.augmentations.InstanceNoise(0.1)],
        )
        gan.run_eagerly, notes.traces = eager, 0
        gan.fit(images, batch_size=4, steps_per_epoch=1, verbose=0)
        traces[k, eager], weights[k, eager] = notes.traces, gan.get_weights()
    assert traces[2, False] == traces[8, False]
    for ours, written_out in zip(weights[8, False], weights[8, True], strict=True):
        np.testing.assert_allclose(ours, written_out, atol=1e-6)


class TestRepeatability:
    def run(self, images, seed=0, k=1):
        gan = tiny_gan(
            relu_networks(dropout=0.5),
            discriminator_steps=k,
            ema_decay=0.9,
            seed=seed,
            penalties=[kg.penalties.R1(1.0)],
        )
        gan.fit(images, batch_size=4, epochs=2, verbose=0)
        return gan

    @pytest.mark.parametrize("k", [1, 2])
    def test_the_same_seed_gives_the_same_bits_and_another_seed_others(self, images, k):
        first, second = self.run(images, k=k), self.run(images, k=k)
        assert equal(first.get_weights(), second.get_weights())
        assert np.array_equal(first.sample(5), second.sample(5))
        if k == 1:
            other = self.run(images, seed=1)
            assert not equal(first.get_weights(), other.get_weights())

    def test_a_second_fit_goes_on_where_the_first_stopped(self, images):
        once, twice = (tiny_gan(relu_networks(dropout=0.5)) for _ in range(2))
        once.fit(images, batch_size=4, epochs=4, verbose=0)
        twice.fit(images, batch_size=4, epochs=2, verbose=0)
        twice.fit(images, batch_size=4, epochs=2, verbose=0)
        assert equal(once.get_weights(), twice.get_weights())


class TestAverage:
    def test_follows_the_formula(self, images):
        gan = tiny_gan(ema_decay=0.5, ema_rampup=0.4)
        average = state(gan.ema_generator)
        # Half-lives of 0, 0.4 and 0.8 steps, then that of the decay, 1.
        for decay in (0.0, 0.5 ** (1 / 0.4), 0.5 ** (1 / 0.8), 0.5, 0.5):
            gan.fit(images[:4], batch_size=4, epochs=1, verbose=0)
            average = [
                decay * a + (1 - decay) * np.array(w)
                for a, w in zip(average, gan.generator.weights, strict=True)
            ]
        for ours, expected in zip(gan.ema_generator.weights, average, strict=True):
            np.testing.assert_allclose(ours, expected, rtol=1e-6, atol=1e-7)

    def test_without_a_ramp_the_decay_is_in_force_from_the_start(self, images):
        gan = tiny_gan(ema_decay=0.75, ema_rampup=None)
        first = state(gan.generator)
        gan.fit(images[:4], batch_size=4, epochs=1, verbose=0)
        for ours, old, new in zip(
            gan.ema_generator.weights, first, gan.generator.weights, strict=True
        ):
            expected = 0.75 * old + 0.25 * np.array(new)
            np.testing.assert_allclose(ours, expected, rtol=1e-6, atol=1e-7)

    def test_averages_batch_statistics_too(self, images):
        gan = tiny_gan(stateful_networks(), ema_decay=0.9)
        start = state(gan.ema_generator)
        gan.fit(images, batch_size=4, verbose=0)
        names = [weight.name for weight in gan.ema_generator.weights]
        moved = [
            not np.array_equal(new, old)
            for new, old in zip(gan.ema_generator.weights, start, strict=False)
        ]
        assert moved[names.index("moving_mean")]

    def test_is_what_samples(self, images):
        gan = tiny_gan(ema_decay=0.9)
        gan.fit(images, batch_size=4, verbose=0)
        z = gan.draw_latents(3)
        expected = gan.ema_generator(z, training=False)
        np.testing.assert_array_equal(gan.sample(3), expected)
        np.testing.assert_allclose(gan.predict(z, verbose=0), expected, atol=1e-6)
        assert not np.allclose(expected, gan.generator(z, training=False))

    def test_takes_no_part_in_training(self):
        gan = tiny_gan(ema_decay=0.9)
        networks = (gan.generator, gan.discriminator)
        trained = sum(len(network.trainable_variables) for network in networks)
        assert len(gan.trainable_variables) == trained


def test_objects_that_cannot_be_saved_can_be_trained_with(images):
    class MyLoss:
        discriminator_loss = staticmethod(losses.minimax_discriminator_loss)
        generator_loss = staticmethod(losses.minimax_generator_loss)

    def zeros(shape, seed):
        return tf.zeros(shape)

    gan = tiny_gan(latents=zeros, loss=MyLoss())
    gan.fit(images, batch_size=4, epochs=1, verbose=0)
    assert int(gan.step.numpy()) == 10


class TestSampling:
    def test_the_first_samples_do_not_depend_on_their_number(self):
        gan = tiny_gan()
        np.testing.assert_array_equal(gan.draw_latents(300)[:5], gan.draw_latents(5))
        np.testing.assert_allclose(gan.sample(300)[:5], gan.sample(5), atol=1e-6)

    def test_has_nothing_to_do_with_the_state_of_training(self, images):
        gan = tiny_gan()
        before = np.array(gan.draw_latents(4))
        gan.fit(images, batch_size=4, verbose=0)
        np.testing.assert_array_equal(gan.draw_latents(4), before)

    def test_shape_range_and_seed(self):
        gan = tiny_gan()
        samples = gan.sample(7, seed=1)
        assert samples.shape == (7, 8, 8, 1) and samples.dtype == np.float32
        assert 0.0 <= samples.min() and samples.max() <= 1.0
        assert not np.array_equal(samples, gan.sample(7, seed=2))

    def test_refuses_no_samples(self):
        with pytest.raises(ValueError, match=">= 1"):
            tiny_gan().sample(0)

    def test_latents_of_ones_own(self):
        gan = tiny_gan()
        z = np.array(gan.draw_latents(3, seed=1))
        np.testing.assert_array_equal(gan.sample(latents=z.tolist()), gan.sample(3, 1))

    @pytest.mark.parametrize(
        "arguments, words",
        [
            ({}, "Give num_samples, or latents"),
            ({"latents": 1, "seed": 0}, "leave out seed=0, or latents"),
            ({"latents": 1, "num_samples": 5}, "leave out num_samples=5, or latents"),
            ({"latents": np.zeros(4)}, r"shape \(n, 4\).*got \(4,\)"),
            ({"latents": np.zeros((2, 5))}, r"shape \(n, 4\).*got \(2, 5\)"),
            ({"latents": np.zeros((0, 4))}, r"got \(0, 4\)"),
            ({"latents": [["a"] * 4]}, "latents must be numbers"),
            ({"latents": [[1.0], [1.0, 2.0]]}, "latents must be numbers"),
            ({"latents": np.full((1, 4), np.nan)}, "latents hold NaN"),
            ({"latents": np.zeros((2, 4)), "labels": 1}, "not conditional"),
            ({"num_samples": np.zeros((2, 4))}, "pass latents of your own as latents="),
        ],
    )
    def test_what_cannot_be_sampled_is_said_of_the_arguments(self, arguments, words):
        with pytest.raises(ValueError, match=words):
            tiny_gan().sample(**arguments)

    def test_show_is_a_picture_of_the_same_samples(self):
        gan = tiny_gan()
        expected = pictures.grid(gan.sample(6, seed=2), (0, 1), columns=2)
        assert gan.show(6, seed=2, columns=2) == expected


class TestEvaluate:
    def test_matches_scores_taken_by_hand(self, images):
        gan = tiny_gan(tiny_networks())
        logs = gan.evaluate(images, batch_size=40, verbose=0)
        real = np.array(gan.discriminator(images / np.float32(255), training=False))
        score = 1 / (1 + np.exp(-real))
        np.testing.assert_allclose(logs["real_score"], score.mean(), rtol=1e-5)
        np.testing.assert_allclose(logs["d_loss"], -logs["value"], rtol=1e-5)
        right_on_reals = (real > 0).mean()
        assert right_on_reals / 2 <= logs["d_accuracy"] <= (right_on_reals + 1) / 2

    def test_weighs_a_smaller_last_minibatch_by_its_size(self, images):
        gan = tiny_gan()
        whole = gan.evaluate(images, batch_size=40, verbose=0)
        split = gan.evaluate(images, batch_size=25, verbose=0)
        np.testing.assert_allclose(split["real_score"], whole["real_score"], rtol=1e-5)

    def test_weighs_every_score_by_samples(self):
        z, x = keras.Input((4,)), keras.Input((8, 8, 1))
        dense = layers.Dense(64, kernel_initializer="zeros", bias_initializer="ones")
        generator = keras.Model(z, layers.Reshape((8, 8, 1))(dense(z)))
        mean = layers.GlobalAveragePooling2D()(x)
        gan = kg.GAN(
            generator,
            keras.Model(x, layers.Dense(1, kernel_initializer="ones")(mean)),
        )
        gan.compile("adam", "adam")
        # D is the mean of x: 1 for every fake, these numbers for the reals.
        logits = np.array([-2.0, -1.0, 0.5, 3.0, 0.7])
        reals = np.ones((5, 8, 8, 1), "float32") * logits[:, None, None, None]
        logs = gan.evaluate(reals.astype("float32"), batch_size=4, verbose=0)
        value = np.mean(-np.log1p(np.exp(-logits))) - np.log1p(np.exp(1.0))
        expected = {
            "value": value,
            "d_loss": -value,
            "g_loss": np.log1p(np.exp(-1.0)),
            "real_score": np.mean(1 / (1 + np.exp(-logits))),
            "fake_score": 1 / (1 + np.exp(-1.0)),
            "d_accuracy": 0.5 * np.mean(logits > 0),
        }
        for name, number in expected.items():
            np.testing.assert_allclose(logs[name], number, rtol=1e-5, err_msg=name)

    def test_changes_nothing(self, images):
        gan = tiny_gan(stateful_networks())
        before = gan.get_weights()
        gan.evaluate(images, batch_size=10, verbose=0)
        assert equal(gan.get_weights(), before)

    def test_each_minibatch_has_latents_of_its_own_which_training_never_draws(
        self, images
    ):
        keys = []

        def noted(shape, seed):
            keys.append(tuple(np.array(seed)))
            return tf.random.stateless_normal(shape, seed)

        gan = tiny_gan(latents=noted)
        gan.compile("adam", "adam", run_eagerly=True)
        gan.evaluate(images, batch_size=10, verbose=0)
        evaluated, keys[:] = set(keys), []
        assert len(evaluated) == 4
        gan.evaluate(images, batch_size=10, verbose=0)
        assert set(keys) == evaluated
        keys.clear()
        gan.fit(images, batch_size=10, verbose=0)
        assert len(set(keys)) == 8 and not evaluated & set(keys)

    def test_is_repeatable(self, images):
        gan = tiny_gan()
        first = gan.evaluate(images, batch_size=10, verbose=0)
        assert gan.evaluate(images, batch_size=10, verbose=0) == first

    def test_validation_data_is_logged(self, images):
        gan = tiny_gan()
        history = gan.fit(
            images, batch_size=4, verbose=0, validation_data=images[:10]
        ).history
        assert {"val_value", "val_real_score", "val_d_accuracy"} <= set(history)


class TestSaving:
    @pytest.mark.parametrize("networks", [tiny_networks, stateful_networks])
    def test_a_loaded_gan_goes_on_like_the_original(self, tmp_path, images, networks):
        images = images[:20]
        gan = tiny_gan(networks(), ema_decay=0.9, penalties=[kg.penalties.R1(0.5)])
        gan.fit(images, batch_size=4, verbose=0)
        gan.save(tmp_path / "gan.keras")
        loaded = keras.models.load_model(tmp_path / "gan.keras")
        for name in ("d_optimizer", "g_optimizer"):
            ours, theirs = getattr(gan, name).variables, getattr(loaded, name).variables
            assert equal([np.array(v) for v in ours], [np.array(v) for v in theirs])
        gan.fit(images, batch_size=4, verbose=0)
        loaded.fit(images, batch_size=4, verbose=0)
        assert equal(gan.get_weights(), loaded.get_weights())
        np.testing.assert_array_equal(gan.sample(3), loaded.sample(3))

    def test_a_subclass_keeps_its_own_arguments(self, tmp_path):
        @keras.saving.register_keras_serializable(package="of_test_gan")
        class Mine(kg.GAN):
            def __init__(self, generator, discriminator, *, own=2, **options):
                super().__init__(generator, discriminator, **options)
                self.own = own

        class Forgets(kg.GAN):
            def __init__(self, generator, discriminator, own=2):
                super().__init__(generator, discriminator)

        class SaysSo(Forgets):
            def get_config(self):
                return {**super().get_config(), "own": 2}

        gan = Mine(*tiny_networks(), own=5, seed=3)
        gan.compile("adam", "adam")
        gan.save(tmp_path / "gan.keras")
        loaded = keras.models.load_model(tmp_path / "gan.keras")
        assert (loaded.own, loaded.seed) == (5, 3)
        with pytest.raises(ValueError, match="does not keep its argument own"):
            Forgets(*tiny_networks()).get_config()
        assert SaysSo(*tiny_networks()).get_config()["own"] == 2

    @pytest.mark.parametrize("is_registered", [False, True])
    def test_says_what_cannot_be_loaded_again(self, tmp_path, caplog, is_registered):
        class Own(keras.layers.Layer):
            def call(self, x):
                return x

        if is_registered:
            Own = keras.saving.register_keras_serializable("test")(Own)  # noqa: N806
        generator, judge = relu_networks()
        inner = keras.Sequential([keras.Input((8, 8, 1)), Own()])  # However deep.
        x = keras.Input((8, 8, 1))
        gan = kg.GAN(generator, keras.Model(x, judge(inner(x))))
        gan.save(tmp_path / "gan.keras")
        said = "Own is not registered with Keras" in caplog.text
        assert said is not is_registered
        own = {} if is_registered else {"Own": Own}  # What the warning says.
        assert keras.models.load_model(tmp_path / "gan.keras", custom_objects=own)

    def test_a_gan_that_is_not_compiled_is_saved_too(self, tmp_path):
        gan = kg.GAN(*tiny_networks())
        gan.save(tmp_path / "gan.keras")
        again = keras.models.load_model(tmp_path / "gan.keras")
        np.testing.assert_array_equal(gan.sample(3), again.sample(3))
        assert again.optimizer is None

    def test_config_holds_every_argument(self):
        gan = kg.GAN(
            *tiny_networks(),
            latents="uniform",
            discriminator_steps=3,
            ema_decay=0.5,
            ema_rampup=0.2,
            seed=7,
            name="mine",
        )
        again = kg.GAN.from_config(gan.get_config())
        averaging = ("ema_decay", "ema_rampup")
        for name in ("discriminator_steps", *averaging, "simultaneous", "seed", "name"):
            assert getattr(again, name) == getattr(gan, name)
        assert type(again.latents) is type(gan.latents)

    def test_compile_makes_no_third_optimizer(self):
        gan = tiny_gan()
        assert gan.optimizer.optimizers == [gan.d_optimizer, gan.g_optimizer]

    def test_summary_counts_both_networks(self, capsys):
        lines = []
        tiny_gan(tiny_networks()).summary(print_fn=lambda line, **_: lines.append(line))
        assert "mlp_generator" in "".join(lines)


class SlopeOfOne(layers.Layer):
    """A bound of a user's own, which nobody can see from outside."""

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], 1))

    def call(self, x):
        return x @ (self.w / keras.ops.norm(self.w))


class TestDoor:
    def test_refuses_shapes_that_do_not_meet(self):
        generator = tiny_networks()[0]
        discriminator = kg.networks.mlp((4, 4, 1))[1]
        with pytest.raises(ValueError, match=r"\(8, 8, 1\).*\(4, 4, 1\)"):
            kg.GAN(generator, discriminator)

    def test_refuses_a_discriminator_that_ends_in_a_sigmoid(self):
        generator, x = tiny_networks()[0], keras.Input((8, 8, 1))
        output = layers.Dense(1, "sigmoid")(layers.Flatten()(x))
        with pytest.raises(ValueError, match="sigmoid.*logits"):
            kg.GAN(generator, keras.Model(x, output))

    @pytest.mark.parametrize(
        "ending",
        [
            [layers.Flatten(), layers.SpectralNormalization(layers.Dense(1, "sigmoid"))],
            [layers.Conv2D(1, 8, activation="sigmoid"), layers.Flatten()],
            [layers.Conv2D(1, 3, activation="tanh"), layers.GlobalAveragePooling2D()],
            [
                layers.Flatten(),
                layers.Dense(1, "sigmoid"),
                layers.Activation("linear", dtype="float32"),
            ],
            [layers.Flatten(), keras.Sequential([layers.Dense(1, "sigmoid")])],
            [layers.Flatten(), layers.Dense(1), layers.Softmax()],
            [layers.Flatten(), layers.Dense(1, "tanh"), layers.Rescaling(0.5, 0.5)],
        ],
    )
    def test_sees_the_last_activation_behind_what_hands_it_on(self, ending):
        judge = keras.Sequential([keras.Input((8, 8, 1)), *ending])
        with pytest.raises(ValueError, match="(sigmoid|tanh|softmax).*logits"):
            kg.GAN(tiny_networks()[0], judge)

    @pytest.mark.parametrize(
        "squash, words",
        [
            (keras.activations.sigmoid, "ends in sigmoid"),
            (lambda x: (keras.ops.tanh(x) + 1) / 2, "ends in tanh"),
            (lambda x: 1 / (1 + keras.ops.exp(-x)), r"values in \[0, 1\]"),
            (lambda x: keras.ops.clip(x, -5, 5), r"values in \[-5, 5\]"),
        ],
    )
    def test_refuses_bounded_logits_however_they_are_written(self, squash, words):
        x = keras.Input((8, 8, 1))
        judge = keras.Model(x, squash(layers.Dense(1)(layers.Flatten()(x))))
        with pytest.raises(ValueError, match=f"{words}.*logits"):
            kg.GAN(relu_networks()[0], judge)

    @pytest.mark.parametrize("role", ["generator", "discriminator"])
    @pytest.mark.parametrize("part", [lambda net: net, first_dense])
    def test_refuses_weights_frozen_after_compile_until_compiled_again(self, role, part):
        gan, images = tiny_gan(), np.full((8, 8, 8, 1), 0.5, "float32")
        network = getattr(gan, role)
        part(network).trainable = False
        for run in (gan.fit, gan.train_on_batch):
            with pytest.raises(ValueError, match=f"{role}.*compile"):
                run(images)
        if part(network) is not network:
            gan.compile("sgd", "sgd")
            before = state(network)
            gan.train_on_batch(images)
            same = [
                np.array_equal(*pair) for pair in zip(state(network), before, strict=True)
            ]
            assert same[:2] == [True, True] and not all(same)

    @pytest.mark.parametrize(
        "pair, options",
        [
            (relu_networks, {}),
            (lambda: tiny_networks(packing=2), {"packing": 2}),
            (lambda: conditional_networks(3), {"num_classes": 3}),
            (lambda: kg.networks.points(2), {}),
        ],
    )
    def test_networks_in_the_wrong_order(self, pair, options):
        with pytest.raises(ValueError, match="swapped.*generator, discriminator"):
            kg.GAN(*pair()[::-1], **options)

    def test_batch_statistics_under_a_penalty_per_sample_are_said(self, caplog):
        generator, x = relu_networks()[0], keras.Input((8, 8, 1))
        flat = layers.Flatten()(x)
        inner = [keras.Input((64,)), layers.BatchNormalization(name="mixes")]
        judges = {
            "mixes": keras.Sequential(inner)(flat),
            "mixes_too": layers.TimeDistributed(
                layers.BatchNormalization(name="mixes_too")
            )(layers.Reshape((8, 8))(flat)),
            None: layers.GroupNormalization(1)(layers.LayerNormalization()(flat)),
        }
        for name, seen in judges.items():
            judge = keras.Model(x, layers.Dense(1)(layers.Flatten()(seen)))
            for penalties in ([], [kg.penalties.R1(1.0)]):
                caplog.clear()
                kg.GAN(generator, judge).compile("sgd", "sgd", penalties=penalties)
                said = [record.getMessage() for record in caplog.records]
                assert len(said) == bool(name and penalties)
                assert all(f"'{name}'" in line for line in said)

    @pytest.mark.parametrize(
        "end, options, is_steep",
        [
            (lambda last: last, {}, True),
            (lambda last: keras.Sequential([kg.networks.Maxout(4, 2), last]), {}, True),
            (lambda last: last, {"loss": "hinge"}, False),
            (lambda last: last, {"penalties": [kg.penalties.R2(1.0)]}, False),
            (lambda last: layers.Dense(1, kernel_constraint="max_norm"), {}, False),
            (lambda last: layers.Dense(1, kernel_regularizer="l2"), {}, False),
            (kg.networks.SpectralNormalization, {}, False),
            (
                lambda last: keras.Sequential([layers.SpectralNormalization(last)]),
                {},
                False,
            ),
            (lambda last: SlopeOfOne(), {}, False),
        ],
    )
    def test_a_critic_without_a_bound_is_said(self, end, options, is_steep, caplog):
        x = keras.Input((8, 8, 1))
        judge = keras.Model(x, end(layers.Dense(1))(layers.Flatten()(x)))
        options = {"loss": "wasserstein", **options}
        kg.GAN(relu_networks()[0], judge).compile("sgd", "sgd", **options)
        said = [record.getMessage() for record in caplog.records]
        assert len(said) == is_steep
        assert all("GradientPenalty(10.0), which is --gp=10" in line for line in said)

    def test_refuses_networks_that_share_weights(self):
        dense = layers.Dense(4)
        z, x = keras.Input((4,)), keras.Input((4,))
        judge = keras.Model(x, layers.Dense(1)(dense(x)))
        with pytest.raises(ValueError, match="share"):
            kg.GAN(keras.Model(z, dense(z)), judge)

    def test_refuses_a_network_that_is_not_built(self):
        with pytest.raises(ValueError, match="shapes of the generator .* keras.Input"):
            kg.GAN(keras.Sequential([layers.Dense(4)]), tiny_networks()[1])

    @pytest.mark.parametrize(
        "options",
        [
            {"discriminator_steps": 0},
            {"discriminator_steps": 1.5},
            {"ema_decay": 1.0},
            {"ema_decay": -0.1},
            {"ema_rampup": 0.0},
            {"ema_rampup": float("inf")},
            {"seed": -1},
            {"latents": "cauchy"},
        ],
    )
    def test_refuses_an_option_out_of_range(self, options):
        with pytest.raises(ValueError, match=next(iter(options))):
            kg.GAN(*tiny_networks(), **options)

    def test_refuses_one_optimizer_for_both(self):
        optimizer = keras.optimizers.Adam()
        with pytest.raises(ValueError, match="two optimizers"):
            kg.GAN(*tiny_networks()).compile(optimizer, optimizer)

    def test_refuses_an_optimizer_that_averages(self):
        averaging = keras.optimizers.Adam(use_ema=True)
        with pytest.raises(ValueError, match="g_optimizer has use_ema.*ema_decay"):
            kg.GAN(*tiny_networks()).compile("adam", averaging)

    @pytest.mark.parametrize(
        "method", ["fit", "evaluate", "train_on_batch", "test_on_batch"]
    )
    def test_nothing_runs_before_compile(self, method, images):
        gan = kg.GAN(*relu_networks())
        with pytest.raises(ValueError, match="compile"):
            getattr(gan, method)(images / np.float32(255))

    @pytest.mark.parametrize("role", [0, 1])
    def test_refuses_a_network_with_nothing_to_train(self, role):
        networks = tiny_networks()
        networks[role].trainable = False
        name = ("generator", "discriminator")[role]
        with pytest.raises(ValueError, match=f"{name} has no trainable weights"):
            kg.GAN(*networks).compile("adam", "adam")

    def test_train_on_batch_says_what_k_needs(self):
        gan = tiny_gan(discriminator_steps=2)
        with pytest.raises(ValueError, match="2 minibatches.*use fit"):
            gan.train_on_batch(np.zeros((4, 8, 8, 1), "float32"))


@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_who_forgets_to_compile_is_told_before_anything_is_done(images, method):
    gan = kg.GAN(*tiny_networks())
    with pytest.raises(ValueError, match=rf"^Call compile\(\) before {method}\(\)"):
        getattr(gan, method)(images)


def test_flat_samples_are_told_their_shape():
    told = r"got the shape \(6, 64\): x.reshape\(\(-1, 8, 8, 1\)\) gives it"
    with pytest.raises(ValueError, match=told):
        tiny_gan().fit(np.zeros((6, 64), "float32"), batch_size=2, verbose=0)


def test_labels_that_are_left_out_are_so_with_a_word(caplog):
    images, labels = np.zeros((4, 8, 8, 1), "float32"), np.arange(4) % 2
    gan = tiny_gan()
    gan.fit(images, batch_size=2, verbose=0)
    assert "labels" not in caplog.text
    gan.fit(images, labels, batch_size=2, verbose=0)
    assert caplog.text.count("fit was given labels, and leaves them out") == 1
