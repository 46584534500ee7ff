"""Losses at equilibrium, far in the tails, and as objects; test_against_theory.py has
their values and gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import optimize

from keras_gan import losses, theory
from support import tiny_gan


@pytest.mark.parametrize("name", losses.NAMES)
class TestEveryLoss:
    def test_value_at_equilibrium(self, name):
        loss = losses.get(name)
        logit, d_loss, g_loss = theory.AT_EQUILIBRIUM[name]
        at = tf.fill((3,), logit)
        np.testing.assert_allclose(loss.discriminator_loss(at, at), [d_loss] * 3, 1e-6)
        np.testing.assert_allclose(losses.of_generator(loss, at, at), [g_loss] * 3, 1e-6)

    def test_equilibrium_is_that_of_theory(self, name):
        logit, d_loss, g_loss = theory.AT_EQUILIBRIUM[name]
        found, scores = losses.equilibrium(losses.get(name))
        # theory takes one of the constants that D is free to answer.
        g_is_free = name in ("hinge", "wasserstein")
        expected = [d_loss] if g_is_free else [d_loss, g_loss]
        assert len(found) == len(expected)
        np.testing.assert_allclose(found, expected, rtol=1e-12)
        d_is_free = g_is_free or name == "relativistic"
        expected = [] if d_is_free else [1 / (1 + np.exp(-logit))]
        assert len(scores) == len(expected)
        np.testing.assert_allclose(scores, expected, rtol=1e-12)
        levels = {"d_loss": d_loss}
        if not g_is_free:
            levels["g_loss"] = g_loss
        if not d_is_free:
            d = 1 / (1 + np.exp(-logit))
            levels |= {"real_score": d, "fake_score": d, "value": np.log(d * (1 - d))}
        assert losses.levels(losses.get(name)) == pytest.approx(levels, rel=1e-12)

    def test_no_discriminator_does_better_at_equilibrium(self, name):
        # At p_g = p_data real and fake logits are alike: all D can choose is their
        # distribution. Jensen: one constant is best; relativistic: logits, independent.
        logits = tf.constant(np.random.default_rng(0).normal(size=(2, 50)))
        independent = losses.get(name).discriminator_loss(
            logits[0][:, None], logits[0][None, :]
        )
        _, d_loss, _ = theory.AT_EQUILIBRIUM[name]
        assert np.mean(independent) >= d_loss - 1e-9

    @pytest.mark.parametrize("extreme", [-1e4, -50.0, 50.0, 1e4])
    def test_extreme_logits_keep_value_and_gradient(self, name, extreme):
        loss = losses.get(name)
        real, fake = tf.Variable([extreme]), tf.Variable([-extreme])
        with tf.GradientTape(persistent=True) as tape:
            d_loss = loss.discriminator_loss(real, fake)
            g_loss = losses.of_generator(loss, fake, real)
        expected = theory.LOSSES[name]([extreme], [-extreme])
        close = {"rtol": 1e-5, "atol": 1e-20}
        np.testing.assert_allclose(d_loss, expected.d_loss, **close)
        np.testing.assert_allclose(g_loss, expected.g_loss, **close)
        found = tape.gradient(d_loss, real)
        np.testing.assert_allclose(found, expected.d_loss_by_real, **close)
        found = tape.gradient(d_loss, fake)
        np.testing.assert_allclose(found, expected.d_loss_by_fake, **close)
        found = tape.gradient(g_loss, fake)
        np.testing.assert_allclose(found, expected.g_loss_by_fake, **close)

    def test_keeps_the_shape_of_the_logits(self, name):
        loss, patches = losses.get(name), tf.zeros((2, 3, 3, 1))
        assert loss.discriminator_loss(patches, patches).shape == patches.shape
        assert losses.of_generator(loss, patches, patches).shape == patches.shape

    def test_config_round_trip(self, name):
        loss = losses.get(name)
        config = keras.saving.serialize_keras_object(loss)
        assert type(keras.saving.deserialize_keras_object(config)) is type(loss)

    def test_has_the_functions_that_its_name_promises(self, name):
        at = tf.constant([0.3, -0.7])
        d_loss = getattr(losses, f"{name}_discriminator_loss")(at, -at)
        arguments = [-at, at] if name == "relativistic" else [-at]
        g_loss = getattr(losses, f"{name}_generator_loss")(*arguments)
        expected = theory.LOSSES[name](at, -at)
        np.testing.assert_allclose(d_loss, expected.d_loss, rtol=1e-6)
        np.testing.assert_allclose(g_loss, expected.g_loss, rtol=1e-6)

    def test_decision_boundary_is_the_best_answer_to_a_draw(self, name):
        loss = losses.get(name)
        assert losses.decision_boundary(loss) == theory.AT_EQUILIBRIUM[name][0]


def at(logit):
    return tf.constant(logit, "float64")


@pytest.mark.parametrize(
    "loss",
    [
        *map(losses.get, losses.NAMES),
        losses.Minimax(real_label=0.9),
        losses.NonSaturating(real_label=0.7),
        losses.NonSaturating(real_label=0.05),
    ],
    ids=lambda loss: f"{type(loss).__name__}{loss.get_config()}",
)
def test_equilibrium_is_where_a_search_for_the_best_discriminator_ends(loss):
    """At p_g = p_data, D's best answer is one logit for all samples."""

    def d_loss(logit):
        return float(loss.discriminator_loss(at(logit), at(logit)))

    def g_loss(logit):
        return float(losses.of_generator(loss, at(logit), at(logit)))

    best = optimize.minimize_scalar(d_loss, bounds=(-8.0, 8.0), method="bounded").x
    declared = loss.equilibrium
    assert declared.d_loss == pytest.approx(d_loss(best), abs=1e-9)
    others = [a for a in (-0.9, -0.3, 0.4, 0.8) if d_loss(a) <= d_loss(best) + 1e-9]
    if declared.score is None:
        assert len(others) == 4  # each of them is as good
    else:
        assert not others
        assert declared.score == pytest.approx(1 / (1 + np.exp(-best)), abs=1e-5)
    if declared.g_loss is None:
        assert len({g_loss(a) for a in others}) == 4
    else:
        assert declared.g_loss == pytest.approx(g_loss(best), abs=1e-4)


def test_value_at_equilibrium():
    np.testing.assert_allclose(losses.value(tf.zeros(3), tf.zeros(3)), -np.log(4), 1e-6)


@pytest.mark.parametrize("name", ["minimax", "non_saturating"])
class TestLabelSmoothing:
    def smooth(self, name, real_label):
        kind = {"minimax": losses.Minimax, "non_saturating": losses.NonSaturating}[name]
        return kind(real_label=real_label)

    def test_is_cross_entropy_with_a_soft_target_for_reals_only(self, name):
        real, fake = np.random.default_rng(0).normal(0, 3, (2, 100))
        d_real, d_fake = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-fake))
        expected = -0.9 * np.log(d_real) - 0.1 * np.log(1 - d_real) - np.log(1 - d_fake)
        found = self.smooth(name, 0.9).discriminator_loss(
            tf.constant(real), tf.constant(fake)
        )
        np.testing.assert_allclose(found, expected, rtol=1e-6)

    def test_best_answer_at_equilibrium_is_half_the_label(self, name):
        loss = self.smooth(name, 0.8)

        def cost(logit):
            at = tf.constant(logit, "float64")
            return float(loss.discriminator_loss(at, at))

        best = optimize.minimize_scalar(cost, (-3.0, 3.0)).x
        np.testing.assert_allclose(1 / (1 + np.exp(-best)), 0.4, rtol=1e-5)

    def test_leaves_the_generator_alone(self, name):
        at = tf.constant([-1.0, 2.0])
        plain = losses.get(name).generator_loss(at)
        np.testing.assert_array_equal(self.smooth(name, 0.9).generator_loss(at), plain)

    def test_travels_in_the_config(self, name):
        config = keras.saving.serialize_keras_object(self.smooth(name, 0.9))
        assert keras.saving.deserialize_keras_object(config).real_label == 0.9

    @pytest.mark.parametrize("wrong", [0.0, -0.1, 1.1, float("nan")])
    def test_refuses_a_label_out_of_range(self, name, wrong):
        with pytest.raises(ValueError, match="real_label"):
            self.smooth(name, wrong)


def test_the_two_generator_losses_are_not_the_same():
    rejected = tf.Variable([-10.0])
    with tf.GradientTape(persistent=True) as tape:
        saturating = losses.minimax_generator_loss(rejected)
        heuristic = losses.non_saturating_generator_loss(rejected)
    assert abs(float(tape.gradient(saturating, rejected)[0])) < 1e-4
    assert abs(float(tape.gradient(heuristic, rejected)[0])) > 0.99


def test_an_object_with_both_losses_is_taken_as_it_is():
    class Mine:
        discriminator_loss = staticmethod(losses.minimax_discriminator_loss)
        generator_loss = staticmethod(losses.minimax_generator_loss)

    mine = Mine()
    assert losses.get(mine) is mine
    assert not losses.needs_real_logits(mine) and losses.decision_boundary(mine) == 0.0
    assert losses.equilibrium(mine) == ((), ()) and losses.levels(mine) == {}


@pytest.mark.parametrize("wrong", ["foo", None, 3, object()])
def test_unknown_loss_names_those_that_there_are(wrong):
    with pytest.raises(ValueError, match="minimax.*non_saturating.*relativistic"):
        losses.get(wrong)


@pytest.mark.parametrize("t", [0.05, 0.8, 1.0])
def test_equilibrium_with_smoothed_labels(t):
    # D = t/2 everywhere: -t log(t/2) - (1 - t) log(1 - t/2) - log(1 - t/2).
    d_loss = -t * np.log(t / 2) - (1 - t) * np.log(1 - t / 2) - np.log(1 - t / 2)
    for loss, g_loss in (
        (losses.NonSaturating(real_label=t), -np.log(t / 2)),
        (losses.Minimax(real_label=t), np.log(1 - t / 2)),
    ):
        found, scores = losses.equilibrium(loss)
        np.testing.assert_allclose(found, [d_loss, g_loss], rtol=1e-12)
        np.testing.assert_allclose(scores, [t / 2], rtol=1e-12)


def test_a_loss_of_ones_own_declares_nothing_and_has_the_defaults():
    class Exponential(losses.AdversarialLoss):
        def discriminator_loss(self, real_logits, fake_logits):
            return tf.exp(-real_logits) + tf.exp(fake_logits)

        def generator_loss(self, fake_logits, real_logits=None):
            return tf.exp(-fake_logits)

    mine = losses.get(Exponential())
    assert losses.equilibrium(mine) == ((), ())
    assert not losses.needs_real_logits(mine) and losses.decision_boundary(mine) == 0.0
    assert losses.of_generator(mine, tf.zeros(2)).shape == (2,)


@pytest.mark.parametrize("name", losses.NAMES)
def test_every_loss_takes_the_real_logits_too(name):
    loss, real, fake = losses.get(name), tf.constant([0.3]), tf.constant([-0.7])
    assert isinstance(loss, losses.AdversarialLoss)
    g_loss = loss.generator_loss(fake, real)
    np.testing.assert_allclose(g_loss, theory.LOSSES[name]([0.3], [-0.7]).g_loss, 1e-6)


def test_a_loss_without_one_of_its_sides_cannot_be_made():
    class OneSided(losses.AdversarialLoss):
        def discriminator_loss(self, real_logits, fake_logits):
            return fake_logits - real_logits

    with pytest.raises(TypeError, match="generator_loss"):
        OneSided()


def test_methods_of_other_arguments_are_refused_when_the_loss_is_passed():
    def compares(self, fake_logits, real_logits):
        return fake_logits - real_logits

    mine = type("Mine", (losses.Hinge,), {"generator_loss": compares})
    cure = (
        r"Mine.generator_loss must take \(fake_logits\): .* needs_real_logits = True\.$"
    )
    with pytest.raises(ValueError, match=cure):
        tiny_gan(loss=mine())
    mine.needs_real_logits = True
    losses.get(mine())
    mine.discriminator_loss = lambda self, logits: logits
    both = r"Mine.discriminator_loss must take \(real_logits, fake_logits\)\.$"
    with pytest.raises(ValueError, match=both):
        losses.get(mine())


def test_arguments_in_the_other_order_are_refused():
    def of_d(self, fake_logits, real_logits):
        return fake_logits - real_logits

    def of_g(self, real_logits, fake_logits):
        return real_logits - fake_logits

    told = r"Mine.{} must take \({}\), in this order\.$"
    for method, own, order in (
        ("discriminator_loss", of_d, "real_logits, fake_logits"),
        ("generator_loss", of_g, "fake_logits, real_logits"),
    ):
        mine = type("Mine", (losses.Hinge,), {method: own, "needs_real_logits": True})()
        with pytest.raises(ValueError, match=told.format(method, order)):
            losses.get(mine)


def test_an_equilibrium_of_another_kind_is_refused():
    mine = type("Mine", (losses.Hinge,), {"equilibrium": (2.0, 1.0)})()
    with pytest.raises(
        ValueError, match=r"Mine.equilibrium must be a .*got \(2.0, 1.0\)"
    ):
        losses.get(mine)


@pytest.mark.parametrize("more", [0, (slice(None), None)], ids=["(m, m)", "(m, m, 1)"])
@pytest.mark.parametrize("method", ["discriminator_loss", "generator_loss"])
def test_a_loss_of_all_pairs_is_refused(method, more):
    def pairs(self, *logits):
        one, other = logits[0], logits[-1]
        # (m, 1) and (m,) make (m, m).
        return one - (other[:, 0] if more == 0 else other[more])

    gan = tiny_gan(loss=type("Mine", (losses.Hinge,), {method: pairs})())
    with pytest.raises(ValueError, match=rf"Mine\.{method} returned .*, the logits are"):
        gan.fit(np.zeros((8, 8, 8, 1), "float32"), batch_size=4, verbose=0)


@pytest.mark.parametrize("mean", ["reduce_mean", "squeeze"])
def test_a_mean_or_a_vector_is_a_loss(mean):
    def own(self, fake_logits, real_logits=None):
        return getattr(tf, mean)(-fake_logits)

    gan = tiny_gan(loss=type("Mine", (losses.Hinge,), {"generator_loss": own})())
    gan.fit(np.zeros((8, 8, 8, 1), "float32"), batch_size=4, verbose=0)
    assert int(gan.step) == 2


@pytest.mark.parametrize("method", ["discriminator_loss", "generator_loss"])
@pytest.mark.parametrize("found, word", [(None, "None"), ((1, 2), "a tuple")])
def test_what_is_no_tensor_is_named(found, word, method):
    forgets = type("Mine", (losses.Hinge,), {method: lambda self, *logits: found})()
    gan = tiny_gan(loss=forgets)
    with pytest.raises(
        ValueError, match=rf"Mine\.{method} returned {word}: return a los"
    ):
        gan.fit(np.zeros((8, 8, 8, 1), "float32"), batch_size=4, verbose=0)


def test_the_relativistic_generator_asks_for_the_real_logits():
    with pytest.raises(ValueError, match="pass real_logits"):
        losses.Relativistic().generator_loss(tf.zeros(2))
