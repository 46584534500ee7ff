"""Reals and fakes in one pass through D, where that changes nothing; two elsewhere."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

import keras_gan as kg
from keras_gan.training import distribution
from keras_gan.training.discriminator_view import DiscriminatorView
from keras_gan.training.one_pass import judges_alone
from support import conditional_networks, relu_networks, tiny_gan


class Own(layers.Layer):
    """A layer that mixes the minibatch."""

    def call(self, x):
        return x - ops.mean(x, axis=0)


class Mixing(layers.Dense):
    """A subclass of a layer that does not mix."""

    def call(self, x):
        return super().call(x) + ops.mean(x)


def model(*middle):
    """A D of images (4, 4, 2) with given layers, or functions, in the middle."""
    x = images = keras.Input((4, 4, 2))
    for one in middle:
        x = one(x)
    return keras.Model(images, layers.Dense(1)(layers.Flatten()(x)))


CONVOLUTIONS = [layers.Conv2D(3, 3, padding="same"), layers.LeakyReLU()]


@pytest.mark.parametrize(
    "middle, alone",
    [
        (CONVOLUTIONS, True),
        ([layers.LayerNormalization(), layers.GroupNormalization(1)], True),
        ([layers.Dense(3, "relu"), layers.Activation("tanh"), layers.PReLU()], True),
        ([layers.Conv2D(3, 3, activation=layers.LeakyReLU(0.1))], True),
        ([layers.AveragePooling2D(2), lambda x: x * 2.0 + 1.0], True),
        ([lambda x: ops.sum(x, axis=-1, keepdims=True)], True),
        ([lambda x: ops.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])], True),
        ([lambda x: layers.Concatenate()([x, x])], True),
        ([model(*CONVOLUTIONS)], True),
        ([keras.Sequential([layers.Conv2D(3, 3)])], True),
        ([layers.BatchNormalization()], False),
        ([keras.Sequential([layers.BatchNormalization()])], False),
        ([layers.SpectralNormalization(layers.Conv2D(3, 3))], False),
        ([kg.networks.SpectralNormalization(layers.Conv2D(3, 3))], False),
        ([layers.Conv2D(3, 3, activity_regularizer="l2")], False),
        ([layers.ActivityRegularization(0.1)], False),
        ([layers.Lambda(lambda x: x - ops.mean(x, axis=0))], False),
        ([layers.Activation(lambda x: x - ops.mean(x, axis=0))], False),
        ([layers.Conv2D(3, 3, activation=lambda x: x - ops.mean(x, axis=0))], False),
        ([lambda x: x - ops.mean(x, axis=0, keepdims=True)], False),
        ([lambda x: x - ops.mean(x, axis=-4, keepdims=True)], False),
        ([lambda x: x - ops.mean(x)], False),
        ([lambda x: ops.flip(x, axis=0)], False),
        ([lambda x: ops.roll(x, 1, axis=0)], False),
        ([Own()], False),
        ([Mixing(3)], False),
    ],
)
def test_knows_what_looks_at_one_sample(middle, alone):
    assert judges_alone(model(*middle), noise=False) is alone


def test_a_model_of_ones_own_may_do_anything():
    class Judge(keras.Model):
        def call(self, x):
            return x

    judge = Judge()
    judge(np.zeros((2, 3)))
    assert not judges_alone(judge, noise=True)


@pytest.mark.parametrize("make", [layers.Dropout, layers.GaussianNoise])
def test_noise_of_each_element_changes_the_bits_but_not_the_law(make):
    judge = model(make(0.5))
    assert judges_alone(judge, noise=True) and not judges_alone(judge, noise=False)


def test_noise_that_samples_share_is_not_for_one_pass():
    shared = layers.Dropout(0.5, noise_shape=(1, 4, 4, 2))
    assert not judges_alone(model(shared), noise=True)


@pytest.mark.parametrize(
    "make, options",
    [
        (kg.networks.mlp, {}),
        (kg.networks.mlp, {"num_classes": 3}),
        (kg.networks.dcgan, {"num_classes": 3}),
        (kg.networks.resnet, {"num_classes": 3}),
        (kg.networks.maxout_conv, {}),
    ],
)
def test_the_packages_own_discriminators_judge_alone(make, options):
    side = 17 if make is kg.networks.maxout_conv else 16
    assert judges_alone(make((side, side, 3), **options)[1], noise=True)


class TestJudging:
    """One pass against two, by hand."""

    def networks(self):
        cases = {
            "plain": (relu_networks()[1], None),
            "conditional": (conditional_networks()[1], tf.constant([0, 1, 2, 1])),
        }
        return cases.items()

    def test_equals_two_passes(self):
        random = np.random.default_rng(0)
        real, fake = (
            tf.constant(random.normal(size=(4, 8, 8, 1)), "float32") for _ in "rf"
        )
        noise = kg.augmentations.InstanceNoise(0.1)
        for name, (judge, labels) in self.networks():
            calls = []

            def counted(seen, training, judge=judge, calls=calls):
                calls.append(seen)
                return judge(seen, training=training)

            view = DiscriminatorView(
                judge, labels, augmentations=[noise], key=tf.constant([1, 2])
            )
            apart = [view(x, training=True, call=n) for n, x in enumerate((real, fake))]
            view.discriminator = counted
            counted.operations = judge.operations
            *together, added = view.judge(real, fake)
            assert len(calls) == 1 and added == [], name
            for one, other in zip(together, apart, strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)

    def test_batch_statistics_never_mix(self):
        judge = model(layers.BatchNormalization(center=False, scale=False, epsilon=1e-6))
        real, fake = tf.random.normal((8, 4, 4, 2)), 5 + tf.random.normal((8, 4, 4, 2))
        after = [[1.0], [2.0]]
        found = DiscriminatorView(judge).judge(real, fake, after=lambda: after.pop(0))
        expected = [judge(x, training=True) for x in (real, fake)]
        np.testing.assert_allclose(found[0], expected[0], rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(found[1], expected[1], rtol=1e-5, atol=1e-6)
        assert found[2] == [1.0, 2.0]  # The losses of both passes.


@pytest.mark.parametrize(
    "penalties",
    [
        [kg.penalties.R1(1.0), kg.penalties.R1(1.0), kg.penalties.R2(3.0)],
        [kg.penalties.R1(2.0, interval=2), kg.penalties.GradientPenalty(2.0)],
    ],
)
def test_a_penalty_on_the_losss_own_pass_moves_d_as_on_a_pass_of_its_own(
    images, penalties
):
    """The same GAN whose D hides that it judges alone goes through D once more."""

    def trained(dropout):
        generator, judge = relu_networks(dropout=dropout)
        gan = tiny_gan((generator, judge), penalties=penalties)
        gan.fit(images[:8], batch_size=4, epochs=1, verbose=0)
        return [np.array(weight) for weight in gan.discriminator.weights]

    # A rate too small to drop anything, so that only the way through D differs.
    for one, other in zip(trained(0.0), trained(1e-9), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_what_replicas_draw_for_a_joined_pass_is_what_one_device_draws():
    """Rows of real, then of fake samples: each replica's part of both."""
    strategy = tf.distribute.MirroredStrategy(["CPU:0"])
    with distribution.joined(2):
        drawn = tf.range(8)[:, None]  # 2 minibatches of 4 rows, on one replica.
        own = strategy.run(lambda: distribution._own(drawn, (8, 1)))
    np.testing.assert_array_equal(own, drawn)
