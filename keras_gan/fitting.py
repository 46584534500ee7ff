"""What stands between Keras' `fit` and a model with two networks."""

import keras
import tensorflow as tf

from keras_gan.inputs import pick_samples

# Keras callbacks that would silently do nothing, and what to use instead.
_REFUSED = {
    keras.callbacks.TerminateOnNaN: (
        "looks only at a log called 'loss', which a GAN has not",
        "keras_gan.callbacks.NanGuard",
    ),
    keras.callbacks.SwapEMAWeights: (
        "swaps averages kept by one optimizer",
        "GAN(..., ema_decay=0.999)",
    ),
}


class OptimizerPair:
    """Both optimizers, in the shape in which Keras' callbacks look for them.

    Not an `Optimizer`, so that `fit` never applies it to a network itself.
    """

    built = True

    def __init__(self, d_optimizer, g_optimizer):
        self.optimizers = [d_optimizer, g_optimizer]

    @property
    def iterations(self):
        """Generator updates so far."""
        return self.optimizers[1].iterations

    @property
    def learning_rate(self):
        """The generator's; for callbacks that log a single one."""
        return self.optimizers[1].learning_rate

    @property
    def variables(self):
        return [v for optimizer in self.optimizers for v in optimizer.variables]


def check_networks(generator, discriminator):
    """Refuses two networks that cannot play against each other.

    Raises:
        ValueError: If one is not built, the shapes do not meet, weights are shared,
            or D ends in an activation.
    """
    for role, network in (("generator", generator), ("discriminator", discriminator)):
        if not network.built or not hasattr(network, "input_shape"):
            raise ValueError(
                f"The {role} is not built: give it a keras.Input, or call it once."
            )
    made, judged = generator.output_shape[1:], discriminator.input_shape[1:]
    if len(generator.input_shape) != 2:
        raise ValueError(
            "The generator must take latents of shape (m, latent_dim), but takes "
            f"{generator.input_shape}."
        )
    if tuple(made) != tuple(judged):
        raise ValueError(
            f"The generator makes samples of shape {tuple(made)}, but the "
            f"discriminator takes {tuple(judged)}: build both for one shape."
        )
    shared = {id(v) for v in generator.weights} & {id(v) for v in discriminator.weights}
    if shared:
        raise ValueError(
            f"The networks share {len(shared)} variables, so that each update would "
            "move both players: build them from separate layers."
        )
    last = getattr(discriminator.layers[-1], "activation", None)
    if last not in (None, keras.activations.linear):
        raise ValueError(
            f"The discriminator ends in {last.__name__}, but the losses work on "
            "unbounded logits: leave the last activation out."
        )


def check_options(discriminator_steps, ema_decay, simultaneous):
    """Refuses options of `GAN` that are out of range.

    Raises:
        ValueError: With what was expected.
    """
    if not isinstance(discriminator_steps, int) or discriminator_steps < 1:
        raise ValueError(
            f"discriminator_steps must be an int >= 1, got {discriminator_steps!r}."
        )
    if ema_decay is not None and not 0.0 <= ema_decay < 1.0:
        raise ValueError(f"ema_decay must be in [0, 1) or None, got {ema_decay!r}.")
    if simultaneous and discriminator_steps != 1:
        raise ValueError(
            "simultaneous=True updates each network once per step, but "
            f"discriminator_steps={discriminator_steps}: use 1."
        )


def check_callbacks(callbacks):
    """Refuses callbacks that cannot see a GAN's losses or optimizers.

    Raises:
        ValueError: That names what to use instead.
    """
    for callback in callbacks or ():
        for refused, (reason, instead) in _REFUSED.items():
            if isinstance(callback, refused):
                raise ValueError(f"{refused.__name__} {reason}: use {instead}.")


def seed_states(network):
    """The states of a network's random layers, which are no weights."""
    weights = {id(weight) for weight in network.weights}
    return [v for v in network.variables if id(v) not in weights]


def as_minibatches(data, sample_shape, discriminator_steps):
    """The samples of one training element as (m, k, ...).

    Raises:
        ValueError: If `train_on_batch` got one minibatch but k is more than 1.
    """
    samples = pick_samples(data, sample_shape)
    if samples.shape.rank == len(sample_shape) + 1 and discriminator_steps == 1:
        samples = tf.expand_dims(samples, axis=1)
    if samples.shape.rank != len(sample_shape) + 2:
        raise ValueError(
            f"A training step takes {discriminator_steps} minibatches in one tensor "
            f"(m, {discriminator_steps}, ...), got the shape {samples.shape}: use fit."
        )
    return samples
