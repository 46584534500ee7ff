"""Penalties against the oracle, on discriminators whose slope is known."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from keras_gan import penalties, theory

# A new penalty is one row: how to make it, and what theory says it costs a sample.
PENALTIES = {
    "R1": (penalties.R1, lambda real, fake, w: theory.zero_centered(real, w)),
    "R2": (penalties.R2, lambda real, fake, w: theory.zero_centered(fake, w)),
    "GradientPenalty": (
        penalties.GradientPenalty,
        # The slopes used here are the same on the whole way from real to fake.
        lambda real, fake, w: theory.norm_penalty(real, w),
    ),
}
SEED = [3, 4]


def linear(slope):
    """D(x) = slope . x, whose gradient is the slope everywhere."""
    return lambda x, training: tf.reduce_sum(x * slope, axis=list(range(1, x.shape.rank)))


def half_square(x, training):
    """D(x) = |x|^2 / 2, whose gradient is x."""
    return 0.5 * tf.reduce_sum(tf.square(x), axis=list(range(1, x.shape.rank)))


def samples(shape, seed):
    return tf.random.stateless_normal(shape, [seed, seed])


@pytest.mark.parametrize("s", [0.0, 1.0, 3.0])
def test_an_interval_weakens_a_penalty_under_adam_as_documented(s):
    """Travel of a weight whose penalty pulls by 1, in the noise of a loss of size s."""

    class Pull(penalties.Penalty):
        def __call__(self, discriminator, real_samples, fake_samples, seed):
            return discriminator(real_samples, training=True)[:, 0]

    noise = s * samples((4000,), 5)

    def travel(interval):
        weight = tf.Variable(0.0)
        adam = keras.optimizers.Adam(1e-3, beta_1=0.5, beta_2=0.99)
        adam.build([weight])

        def d(x, training):
            return weight * tf.ones((1, 1))

        def update(t):
            with tf.GradientTape() as tape:
                cost = penalties.total(
                    [Pull(interval=interval)],
                    [d],
                    tf.zeros((1, 1)),
                    tf.zeros((1, 1)),
                    seed=SEED,
                    update=t,
                )
                cost += noise[t] * weight
            adam.apply([tape.gradient(cost, weight)], [weight])

        @tf.function
        def run():
            for t in tf.range(4000):
                update(t)

        run()
        return float(weight)

    expected = np.sqrt((s**2 + 1.0) / (s**2 + 4.0))
    np.testing.assert_allclose(travel(4) / travel(1), expected, rtol=0.06)


def test_input_gradient_is_each_samples_own():
    points = samples((5, 3), 0)
    np.testing.assert_allclose(penalties.input_gradient(half_square, points), points)


@pytest.mark.parametrize(("make", "expected"), PENALTIES.values(), ids=PENALTIES)
class TestEveryPenalty:
    @pytest.mark.parametrize("shape", [(5, 2), (5, 4, 3, 1)])
    def test_of_a_linear_discriminator(self, make, expected, shape):
        slope = samples(shape[1:], 1)
        found = make(weight=3.0)(
            linear(slope), samples(shape, 2), samples(shape, 3), SEED
        )
        gradients = np.broadcast_to(slope, shape)
        assert found.shape == (5,) and found.dtype == tf.float32
        np.testing.assert_allclose(found, expected(gradients, gradients, 3.0), rtol=1e-5)

    def test_can_be_differentiated_by_the_weights(self, make, expected):
        weight = tf.Variable(3.0)
        with tf.GradientTape() as tape:
            found = make(weight=2.0)(
                lambda x, training: weight * x[:, 0],
                tf.ones((1, 1)),
                tf.zeros((1, 1)),
                SEED,
            )

        def cost(w):
            return expected([[w]], [[w]], 2.0)[0]

        slope = (cost(3.0 + 1e-5) - cost(3.0 - 1e-5)) / 2e-5
        np.testing.assert_allclose(tape.gradient(found, weight), slope, rtol=1e-4)

    def test_a_flat_discriminator_has_a_finite_gradient(self, make, expected):
        weight = tf.Variable(0.0)
        with tf.GradientTape() as tape:
            found = make(weight=2.0)(
                lambda x, training: weight * x[:, 0],
                tf.ones((4, 1)),
                tf.ones((4, 1)),
                SEED,
            )
        flat = np.zeros((4, 1))
        np.testing.assert_allclose(found, expected(flat, flat, 2.0), rtol=1e-5)
        assert np.isfinite(tape.gradient(found, weight))

    def test_no_weight_costs_nothing(self, make, expected):
        found = make(weight=0.0)(
            half_square, samples((3, 2), 0), samples((3, 2), 1), SEED
        )
        np.testing.assert_array_equal(found, np.zeros(3))

    @pytest.mark.parametrize(
        "options",
        [{"weight": -1.0}, {"weight": float("nan")}, {"weight": float("inf")}]
        + [{"interval": n} for n in (0, 1.5, True)],
    )
    def test_refuses_what_is_out_of_range(self, make, expected, options):
        with pytest.raises(ValueError, match=next(iter(options))):
            make(**options)

    def test_config_round_trip(self, make, expected):
        config = keras.saving.serialize_keras_object(make(weight=0.3, interval=4))
        again = keras.saving.deserialize_keras_object(config)
        assert type(again) is make and again.weight == 0.3 and again.interval == 4


@pytest.mark.parametrize(("name", "at"), [("R1", 0), ("R2", 1)])
def test_zero_centred_penalties_look_at_their_own_samples(name, at):
    both = samples((5, 2), 1), samples((5, 2), 2)
    found = PENALTIES[name][0](weight=3.0)(half_square, *both, None)
    np.testing.assert_allclose(found, theory.zero_centered(both[at], 3.0), rtol=1e-5)


class TestGradientPenalty:
    FAKE = (3.0, 4.0)

    def epsilons(self, n=4000, seed=SEED):
        """Of a quadratic critic between 0 and a fake, the penalty tells epsilon."""
        reals, fakes = tf.zeros((n, 2)), tf.tile([self.FAKE], [n, 1])
        penalty = penalties.GradientPenalty(weight=1.0, target=0.0)
        return np.sqrt(penalty(half_square, reals, fakes, seed)) / 5.0

    def test_epsilon_is_uniform_and_one_per_sample(self):
        # One per coordinate would pile up in the middle; one per batch is one value.
        assert stats.kstest(self.epsilons(), "uniform").pvalue > 0.01

    def test_epsilon_is_a_function_of_the_seed(self):
        np.testing.assert_array_equal(self.epsilons(), self.epsilons())
        assert not np.allclose(self.epsilons(), self.epsilons(seed=[3, 5]))

    def test_epsilon_weighs_the_fake(self):
        # At target = |fake| the penalty vanishes where epsilon is 1, at the fake.
        penalty = penalties.GradientPenalty(weight=1.0, target=5.0)
        found = penalty(
            half_square, tf.zeros((4000, 2)), tf.tile([self.FAKE], [4000, 1]), SEED
        )
        np.testing.assert_allclose(found, (5 * self.epsilons() - 5) ** 2, atol=1e-4)

    def test_mean_of_a_quadratic_critic(self):
        n = 40_000
        penalty = penalties.GradientPenalty(weight=10.0)
        found = penalty(half_square, tf.zeros((n, 2)), tf.tile([self.FAKE], [n, 1]), SEED)
        expected = theory.norm_penalty_of_paraboloid(5.0, weight=10.0)
        error = np.std(found) / np.sqrt(n)
        assert abs(np.mean(found) - expected) < 4 * error

    def test_target_is_checked_and_saved(self):
        with pytest.raises(ValueError, match="target"):
            penalties.GradientPenalty(target=-1.0)
        config = keras.saving.serialize_keras_object(
            penalties.GradientPenalty(target=0.5)
        )
        assert keras.saving.deserialize_keras_object(config).target == 0.5


class TestInterval:
    def run(self, given, updates=6):
        """Penalties and their gradients by D's weight at some updates, in a graph."""
        weight = tf.Variable(3.0)
        calls = tf.Variable(0)

        def critic(x, training):
            calls.assign_add(1)
            return weight * x[:, 0]

        @tf.function
        def step(update):
            with tf.GradientTape() as tape:
                cost = penalties.total(
                    given,
                    [critic] * len(given),
                    tf.ones((2, 1)),
                    tf.ones((2, 1)),
                    seed=SEED,
                    update=update,
                )
            return cost, tape.gradient(cost, weight)

        found = [step(tf.constant(n, "int64")) for n in range(updates)]
        costs, gradients = np.array(found).T
        return costs, gradients, int(calls.numpy())

    def test_same_mean_at_a_fraction_of_the_calls(self):
        costs, gradients, calls = self.run([penalties.R1(2.0, interval=3)])
        np.testing.assert_allclose(costs, [27.0, 0, 0, 27.0, 0, 0])
        np.testing.assert_allclose(gradients, [18.0, 0, 0, 18.0, 0, 0])
        assert calls == 2

    def test_each_penalty_has_its_own(self):
        given = [penalties.R1(2.0), penalties.R2(2.0, interval=2)]
        costs, gradients, calls = self.run(given)
        np.testing.assert_allclose(costs, [27.0, 9.0] * 3)
        np.testing.assert_allclose(gradients, [18.0, 6.0] * 3)
        assert calls == 6 + 3

    @pytest.mark.parametrize("interval", [1, 2])
    def test_a_forgotten_return_is_named(self, interval):
        def mine(discriminator, real_samples, fake_samples, seed):
            discriminator(real_samples, training=True)

        mine.interval = interval
        with pytest.raises(ValueError, match="The penalty mine returned None"):
            self.run([mine], 2)

    @pytest.mark.parametrize(
        "shape, mine, words",
        [
            ((6, 2), lambda d, x, y, seed: x**2, r"values of shape \(6, 2\)"),
            # Grey images end in 1, as logits do.
            ((6, 8, 8, 1), lambda d, x, y, seed: x**2, r"values of shape \(6, 8, 8, 1\)"),
            ((6, 2), lambda d, x, y, seed: tf.zeros((6, 6)), r"values of shape \(6, 6\)"),
            ((6, 2), lambda d, x, y, seed: (x, y), "a tuple"),
        ],
    )
    def test_values_that_were_not_summed_up_are_refused(self, shape, mine, words):
        reals = tf.zeros(shape)
        told = rf"The penalty <lambda> returned {words}: return one weighted value per"
        with pytest.raises(ValueError, match=told):
            penalties.total([mine], [None], reals, reals, seed=SEED, update=0)

    @pytest.mark.parametrize("shape", [(), (6,), (6, 1), (3, 1), (6, 4, 4, 1)])
    def test_a_value_per_sample_or_logit_or_their_mean_is_taken(self, shape):
        reals = tf.zeros((6, 8, 8, 1))
        one = [lambda d, x, y, seed: tf.fill(shape, 2.0)]
        assert float(penalties.total(one, [None], reals, reals, seed=SEED, update=0)) == 2
        points = tf.zeros((6, 1))  # A gradient of one value is summed up already.
        if len(shape) < 3:
            found = penalties.total(one, [None], points, points, seed=SEED, update=0)
            assert float(found) == 2

    def test_without_penalties_the_sum_is_zero(self):
        assert float(penalties.total([], [], None, None, seed=SEED, update=0)) == 0.0

    def test_an_own_penalty_needs_no_interval(self):
        def mine(discriminator, real_samples, fake_samples, seed):
            return tf.constant([1.0, 3.0])

        assert (
            float(penalties.total([mine], [None], None, None, seed=SEED, update=1)) == 2.0
        )
