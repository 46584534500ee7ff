"""What D sees and what G is compared with: augmentations, packing, paired losses."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import keras_gan as kg
from keras_gan.augmentations import DiffAugment, InstanceNoise
from keras_gan.data.elements import Element
from keras_gan.training.discriminator_view import DiscriminatorView, fill_up, pack
from keras_gan.training.identity import identity
from support import conditional_networks, tiny_gan, tiny_networks


def state(network):
    return [np.array(variable) for variable in network.variables]


def equal(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def reals(m=6, labels=None):
    samples = tf.random.stateless_uniform((m, 8, 8, 1), [0, 0])
    return Element(samples, labels)


def stateful_networks(channels=1):
    """A pair whose D has weights, batch statistics and random seeds."""
    keras.utils.set_random_seed(0)
    generator = tiny_networks()[0]
    x = keras.Input((8, 8, channels))
    judged = layers.Flatten()(layers.GaussianNoise(0.1)(x))
    judged = layers.BatchNormalization()(layers.Dense(8, "relu")(judged))
    return generator, keras.Model(x, layers.Dense(1)(layers.Dropout(0.5)(judged)))


def everything(**options):
    """A GAN with all options that touch how D is called."""
    return tiny_gan(
        stateful_networks(channels=2),
        loss="relativistic",
        penalties=[
            kg.penalties.R1(1.0, interval=2),
            kg.penalties.R2(1.0),
            kg.penalties.GradientPenalty(0.1),
        ],
        augmentations=[DiffAugment(value_width=1.0), InstanceNoise(0.1, steps=5)],
        packing=2,
        ema_decay=0.9,
        **options,
    )


class TestEverythingAtOnce:
    def test_each_step_leaves_the_other_player_as_it_is(self):
        gan, real = everything(), reals()
        z = gan._draw_latents(6, 0)
        d, g = state(gan.discriminator), state(gan.generator)
        gan._generator_step(real, z, 1)
        assert equal(state(gan.discriminator), d)
        assert not equal(state(gan.generator), g)
        g = state(gan.generator)
        gan._discriminator_step(real, z, 0)
        assert equal(state(gan.generator), g)
        assert not equal(state(gan.discriminator), d)

    def test_same_bits_again_and_after_saving(self, tmp_path):
        # Step by step, not by fit: compiling all of this three times takes a while.
        whole, parts = everything(), everything()
        for _ in range(3):
            whole.train_step((reals().samples[:, None],))
        parts.train_step((reals().samples[:, None],))
        parts.save(tmp_path / "gan.keras")
        loaded = keras.models.load_model(tmp_path / "gan.keras")
        for _ in range(2):
            loaded.train_step((reals().samples[:, None],))
        assert equal(whole.get_weights(), loaded.get_weights())
        assert identity(whole) == identity(loaded)

    def test_a_penalty_that_is_not_due_shifts_no_augmentation(self):
        # At step 1 the first penalty is left out: eagerly, it is not even called.
        def penalty_at_step_1(first):
            gan = tiny_gan(
                tiny_networks(dropout=False),
                penalties=[first, kg.penalties.R1(1.0)],
                augmentations=[InstanceNoise(1.0)],
            )
            gan.step.assign(1)
            gan._discriminator_gradients(reals(), gan._draw_latents(6, 0), 0)
            return float(gan.d_penalty.result())

        weightless = penalty_at_step_1(kg.penalties.R2(0.0))
        left_out = penalty_at_step_1(kg.penalties.R2(0.0, interval=2))
        assert left_out == weightless > 0.0

    def test_options_are_part_of_a_runs_identity(self):
        gan, other = tiny_gan(), tiny_gan(augmentations=[InstanceNoise(0.1)])
        differing = {
            name for name, text in identity(gan).items() if identity(other)[name] != text
        }
        assert differing == {"augmentations"}


class TestRelativistic:
    def test_g_compares_its_fakes_with_the_last_reals(self):
        generator, discriminator = kg.networks.points(2, latent_dim=2, units=(8,))
        gan = kg.GAN(generator, discriminator)
        sgd = keras.optimizers.SGD
        gan.compile(sgd(0.1), sgd(0.1), "relativistic")
        real = Element(tf.random.stateless_normal((16, 2), [0, 0]))
        z = gan._draw_latents(16, 1)
        with tf.GradientTape() as tape:
            margin = discriminator(generator(z)) - discriminator(real.samples)
            loss = tf.reduce_mean(tf.math.log(1.0 + tf.exp(-margin)))
        gradients = tape.gradient(loss, generator.trainable_variables)
        before = state(generator)
        gan._generator_step(real, z, 1)
        for new, old, gradient in zip(state(generator), before, gradients, strict=True):
            np.testing.assert_allclose(new - old, -0.1 * gradient, atol=1e-6)
        np.testing.assert_allclose(gan.g_loss.result(), loss, rtol=1e-5)

    def test_evaluates(self, images):
        logs = tiny_gan(loss="relativistic").evaluate(images, batch_size=20, verbose=0)
        assert np.isfinite(list(logs.values())).all()


class Spy:
    """An augmentation that scales, and notes what it was given."""

    def __init__(self, factor=1.0):
        self.factor = factor
        self.seeds, self.samples = [], []

    def __call__(self, samples, seed, step):
        self.seeds.append(tuple(np.array(seed)))
        self.samples.append(np.array(samples))
        return self.factor * samples


class TestAugmentations:
    def test_reals_and_fakes_of_d_and_fakes_of_g_are_augmented_freshly(self):
        spy = Spy()
        gan = tiny_gan(augmentations=[spy])
        real, z = reals(), gan._draw_latents(6, 0)
        gan._discriminator_step(real, z, 0)
        np.testing.assert_array_equal(spy.samples[0], real.samples)
        np.testing.assert_allclose(spy.samples[1], gan.generator(z), atol=1e-6)
        gan._generator_step(real, z, 1)
        assert len(spy.seeds) == len(set(spy.seeds)) == 3
        gan.step.assign_add(1)
        gan._discriminator_step(real, z, 0)
        assert len(set(spy.seeds)) == 5

    def test_the_generator_learns_through_them(self):
        # A grey image is all that is left: no gradient comes back.
        gan = tiny_gan(augmentations=[Spy(0.0)])
        before = state(gan.generator)
        gan._generator_step(reals(), gan._draw_latents(6, 0), 1)
        assert equal(before, state(gan.generator))

    def test_penalties_are_taken_at_the_samples_themselves(self):
        # d D(2x) / dx is twice the slope of D, so R1 is four times as large.
        costs = []
        for factor in (1.0, 2.0):
            x = keras.Input((8, 8, 1))
            judge = keras.Model(x, layers.Dense(1)(layers.Flatten()(x)))
            judge.set_weights([np.ones((64, 1)), np.zeros(1)])
            gan = tiny_gan(
                (tiny_networks()[0], judge),
                penalties=[kg.penalties.R1(1.0)],
                augmentations=[Spy(factor)],
            )
            gan._discriminator_step(reals(), gan._draw_latents(6, 0), 0)
            costs.append(float(gan.d_penalty.result()))
        np.testing.assert_allclose(costs, [32.0, 128.0], rtol=1e-5)

    def test_evaluation_augments_as_training_does(self):
        # Scores of unseen samples can then be compared with those of training samples.
        spy = Spy(0.0)
        gan = tiny_gan(augmentations=[spy])
        logs = gan.test_step((reals().samples,))
        np.testing.assert_array_equal(spy.samples[0], reals().samples)
        of_black = tf.sigmoid(gan.discriminator(tf.zeros((1, 8, 8, 1))))[0, 0]
        for name in ("real_score", "fake_score"):
            np.testing.assert_allclose(logs[name], of_black, rtol=1e-6)
        gan.test_step((reals().samples,))
        assert len(set(spy.seeds)) == 4

    def test_refuses_what_is_none(self):
        with pytest.raises(ValueError, match="augmentations"):
            kg.GAN(*tiny_networks(), augmentations=["color"])


class TestPacking:
    def test_neighbours_stand_side_by_side_on_the_last_axis(self):
        images = np.random.default_rng(0).normal(size=(6, 4, 5, 3))
        packed = np.array(pack(tf.constant(images), 3))
        assert packed.shape == (2, 4, 5, 9)
        expected = np.concatenate([images[3], images[4], images[5]], axis=-1)
        np.testing.assert_array_equal(packed[1], expected)

    def test_points(self):
        points = tf.constant([[0, 1], [2, 3], [4, 5], [6, 7]])
        np.testing.assert_array_equal(pack(points, 2), [[0, 1, 2, 3], [4, 5, 6, 7]])

    def test_the_first_samples_fill_up_the_last_pack(self):
        np.testing.assert_array_equal(fill_up(tf.range(5), 3), [0, 1, 2, 3, 4, 0])
        np.testing.assert_array_equal(fill_up(tf.range(1), 3), [0, 0, 0])
        np.testing.assert_array_equal(fill_up(tf.range(4), 2), [0, 1, 2, 3])

    def test_penalties_are_per_sample(self):
        slope = np.array([3.0, 4.0, 6.0, 8.0], "float32")

        def judge(x, training):
            return tf.reduce_sum(x * slope, axis=1, keepdims=True)

        view = DiscriminatorView(judge, packing=2)
        found = kg.penalties.R1(2.0)(view, tf.zeros((4, 2)), None, None)
        np.testing.assert_allclose(found, [25.0, 100.0, 25.0, 100.0], rtol=1e-6)

    def gan(self):
        return tiny_gan((tiny_networks()[0], stateful_networks(channels=3)[1]), packing=3)

    def test_evaluates_any_batch_size(self, images):
        logs = self.gan().evaluate(images, batch_size=7, verbose=0)
        assert np.isfinite(list(logs.values())).all()

    def test_refuses_minibatches_that_cannot_be_packed(self, images):
        with pytest.raises(ValueError, match="packing=3.*got 8.*batch size of 6"):
            self.gan().fit(images, batch_size=8, verbose=0)

    def test_refuses_a_pydataset_that_cannot_be_packed(self, images):
        class Batches(keras.utils.PyDataset):
            sizes = (6, 8)

            def __len__(self):
                return len(self.sizes)

            def __getitem__(self, index):
                return images[: self.sizes[index]]

        with pytest.raises(ValueError, match="packing=3.*got 8.*batch size of 6"):
            self.gan().fit(Batches(), verbose=0)

    def test_refuses_minibatches_of_unknown_size_that_cannot_be_packed(self, images):
        batches = tf.data.Dataset.from_tensor_slices(images).batch(8)
        with pytest.raises(ValueError, match="packing=3.*got 8.*batch size of 6"):
            self.gan().fit(batches, verbose=0)

    def test_refuses_a_discriminator_of_single_samples(self):
        with pytest.raises(ValueError, match=r"2 of them packed are \(8, 8, 2\)"):
            kg.GAN(*tiny_networks(), packing=2)

    @pytest.mark.parametrize("wrong", [0, 1.5, True])
    def test_refuses_a_number_out_of_range(self, wrong):
        with pytest.raises(ValueError, match="packing"):
            kg.GAN(*tiny_networks(), packing=wrong)

    def test_refuses_packs_of_several_classes(self):
        with pytest.raises(ValueError, match="no common label"):
            kg.GAN(*conditional_networks(), num_classes=3, packing=2)


def test_config_holds_every_option():
    gan = everything()
    again = kg.GAN.from_config(gan.get_config())
    assert again.packing == 2 and again.num_classes is None
    kinds = [type(augmentation) for augmentation in again.augmentations]
    assert kinds == [DiffAugment, InstanceNoise]
    assert again.augmentations[1].get_config() == {"std": 0.1, "steps": 5}
