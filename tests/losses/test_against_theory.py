"""Every loss of the library and its gradient against the oracle, in float64."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gan import losses, theory

NAMES = losses.NAMES
REAL, FAKE = np.random.default_rng(0).normal(0.0, 6.0, (2, 1000))


def played(name):
    """Losses and gradients of the library, under the names of `theory.LossValues`."""
    loss = losses.get(name)
    real, fake = tf.constant(REAL), tf.constant(FAKE)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([real, fake])
        d_loss = loss.discriminator_loss(real, fake)
        g_loss = losses.of_generator(loss, fake, real)
    found = {"d_loss": d_loss, "g_loss": g_loss}
    for side, side_loss in list(found.items()):
        for role, logits in (("real", real), ("fake", fake)):
            gradient = tape.gradient(side_loss, logits)
            found[f"{side}_by_{role}"] = (
                tf.zeros_like(logits) if gradient is None else gradient
            )
    return {key: np.asarray(value) for key, value in found.items()}


@pytest.mark.parametrize("name", NAMES)
def test_losses_and_gradients_agree_with_the_oracle(name):
    found, expected = played(name), theory.LOSSES[name](REAL, FAKE)
    for key, values in expected._asdict().items():
        np.testing.assert_allclose(found[key], values, rtol=1e-6, err_msg=key)


def test_value_is_minus_the_minimax_loss_of_d():
    value = losses.value(tf.constant(REAL), tf.constant(FAKE))
    np.testing.assert_allclose(value, -theory.minimax(REAL, FAKE).d_loss, rtol=1e-6)


def test_value_at_the_optimal_discriminator():
    # Logits log p - log q, weighted by p and q, give V(D*, G) on any two histograms.
    p, q = np.random.default_rng(1).dirichlet(np.ones(50), size=2)
    logit = tf.constant(theory.optimal_logit(np.log(p), np.log(q)))
    zero = tf.zeros_like(logit)
    log_d = losses.value(logit, zero) - losses.value(zero, zero) / 2
    log_not_d = losses.value(zero, logit) - losses.value(zero, zero) / 2
    value = np.sum(p * log_d + q * log_not_d)
    np.testing.assert_allclose(value, theory.value_at_optimum(p, q), rtol=1e-6)
    np.testing.assert_allclose(value, theory.generator_criterion(p, q), rtol=1e-6)
