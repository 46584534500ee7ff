"""`GAN`: a `keras.Model` whose train step is Algorithm 1 of Goodfellow et al. 2014."""

import keras
import numpy as np
import tensorflow as tf

from keras_gan import fitting, inputs, losses, ranges
from keras_gan.latents import get as get_prior
from keras_gan.randomness import (
    DROPOUT,
    EVALUATION,
    LATENTS,
    PENALTY,
    SAMPLE,
    check_seed,
    fold,
)
from keras_gan.two_player import TwoPlayerModel
from keras_gan.vitals import Vitals

# Latents for pictures are drawn in blocks of this size, so that sample i does not
# depend on how many others are asked for.
SAMPLE_BLOCK = 256


@keras.saving.register_keras_serializable(package="keras_gan")
class GAN(TwoPlayerModel):
    """Generative adversarial nets: two networks, trained against each other.

    One training step is Algorithm 1: k discriminator updates, each on m fresh real
    samples and m fresh latents, then one generator update on m fresh latents.
    Neither update touches the other network: no weight, no statistic, no state.

    Args:
        generator: Built `keras.Model`, latents (m, latent_dim) -> samples (m, ...).
        discriminator: Built `keras.Model`, samples (m, ...) -> logits (m, 1),
            without a sigmoid; a larger logit means "more real".
        latents: Prior of z: "normal", "uniform", or a callable `(shape, seed)`.
        discriminator_steps: k, discriminator updates per generator update.
            Defaults to 1.
        ema_decay: Decay per step of a moving average of the generator; the average
            is then what samples. Defaults to None: no average.
        simultaneous: Update both networks from the same point and the same latents,
            as the code released with the paper does, instead of D before G. Needs
            `discriminator_steps=1`. Defaults to False.
        seed: Keys all randomness: the same seed gives the same bits. Defaults to 0.
        name: Name of the model.

    Raises:
        ValueError: If the networks do not fit each other, or an argument is out of
            its range.

    Example:

    >>> generator, discriminator = keras_gan.networks.mlp((28, 28, 1), latent_dim=100)
    >>> gan = GAN(generator, discriminator, ema_decay=0.999)
    >>> gan.compile(d_optimizer="adam", g_optimizer="adam")
    >>> history = gan.fit(keras_gan.data.load("mnist5k", batch_size=100), epochs=20)
    >>> images = gan.sample(64)

    Reference: Goodfellow et al. 2014, arXiv 1406.2661.
    """

    def __init__(
        self,
        generator,
        discriminator,
        latents="normal",
        *,
        discriminator_steps=1,
        ema_decay=None,
        simultaneous=False,
        seed=0,
        name="gan",
    ):
        super().__init__(name=name)
        fitting.check_networks(generator, discriminator)
        fitting.check_options(discriminator_steps, ema_decay, simultaneous)
        self.generator = generator
        self.discriminator = discriminator
        self.latents = get_prior(latents)
        self.discriminator_steps = discriminator_steps
        self.ema_decay = ema_decay
        self.simultaneous = simultaneous
        self.seed = check_seed(seed)
        self.ema_generator = None
        if ema_decay is not None:
            self.ema_generator = keras.models.clone_model(generator)
            self.ema_generator.set_weights(generator.get_weights())
            self.ema_generator.trainable = False
        self.step = self.add_weight(
            name="step", shape=(), dtype="int64", initializer="zeros", trainable=False
        )
        self.d_loss = keras.metrics.Mean(name="d_loss")
        self.g_loss = keras.metrics.Mean(name="g_loss")
        self.d_penalty = keras.metrics.Mean(name="d_penalty")
        self.value = keras.metrics.Mean(name="value")
        self.real_score = keras.metrics.Mean(name="real_score")
        self.fake_score = keras.metrics.Mean(name="fake_score")
        self.d_grad_norm = keras.metrics.Mean(name="d_grad_norm")
        self.g_grad_norm = keras.metrics.Mean(name="g_grad_norm")
        self.d_accuracy = keras.metrics.Mean(name="d_accuracy")
        self.vitals = Vitals()
        self.real_samples = None
        self._resuming_epoch = False
        self.built = True

    # ------------------------------------------------------------- Algorithm 1

    def train_step(self, data):
        """k updates of D, each on fresh reals and fresh latents; then one of G."""
        real_samples = self._minibatches(data)  # (m, k, ...)
        m = tf.shape(real_samples)[0]
        k = self.discriminator_steps
        if self.simultaneous:
            self._simultaneous_step(real_samples[:, 0], self._draw_latents(m, 0))
        else:
            for i in range(k):
                z = self._draw_latents(m, i)
                self._discriminator_step(real_samples[:, i], z, i)
            self._generator_step(self._draw_latents(m, k), k)
        self._update_average()
        self._check_vitals(real_samples)
        self.step.assign_add(1)
        return {metric.name: metric.result() for metric in self.training_metrics}

    def _discriminator_step(self, real_samples, z, i):
        """D ascends V(D, G): one update on m reals and m fakes."""
        gradients = self._discriminator_gradients(real_samples, z, i)
        self.d_optimizer.apply(gradients, self.discriminator.trainable_variables)

    def _generator_step(self, z, i):
        """G descends: one update on m latents, through a D that stays as it is."""
        gradients = self._generator_gradients(z, i)
        self.g_optimizer.apply(gradients, self.generator.trainable_variables)

    def _simultaneous_step(self, real_samples, z):
        """Both gradients at the same point and the same z, then both updates."""
        d_gradients = self._discriminator_gradients(real_samples, z, 0)
        g_gradients = self._generator_gradients(z, 1)
        self.d_optimizer.apply(d_gradients, self.discriminator.trainable_variables)
        self.g_optimizer.apply(g_gradients, self.generator.trainable_variables)

    def _discriminator_gradients(self, real_samples, z, i):
        fake_samples = self._call_frozen(self.generator, z, i)
        self._set_seeds(self.discriminator, i)
        penalty_seed = fold(self.seed, self.step, PENALTY, i)
        with tf.GradientTape() as tape:
            real_logits = self._logits(real_samples)
            fake_logits = self._logits(fake_samples)
            d_loss = tf.reduce_mean(
                self.adversarial_loss.discriminator_loss(real_logits, fake_logits)
            )
            d_penalty = tf.zeros(())
            for penalty in self.penalties:
                d_penalty += tf.reduce_mean(
                    penalty(self.discriminator, real_samples, fake_samples, penalty_seed)
                )
            objective = self.d_optimizer.scale_loss(d_loss + d_penalty)
        gradients = tape.gradient(objective, self.discriminator.trainable_variables)
        self._track_scores(real_logits, fake_logits)
        self.d_loss.update_state(d_loss)
        self.d_penalty.update_state(d_penalty)
        self._track_norm(self.d_grad_norm, gradients, self.d_optimizer)
        return gradients

    def _generator_gradients(self, z, i):
        self._set_seeds(self.generator, i)
        with tf.GradientTape() as tape:
            fake_samples = self.generator(z, training=True)
            fake_logits = self._call_frozen(self.discriminator, fake_samples, i)
            g_loss = tf.reduce_mean(
                self.adversarial_loss.generator_loss(tf.cast(fake_logits, "float32"))
            )
            objective = self.g_optimizer.scale_loss(g_loss)
        gradients = tape.gradient(objective, self.generator.trainable_variables)
        self.g_loss.update_state(g_loss)
        self._track_norm(self.g_grad_norm, gradients, self.g_optimizer)
        return gradients

    # ------------------------------------------------- what the steps stand on

    def _logits(self, samples):
        # Real and fake samples pass D apart: batch statistics never mix them.
        return tf.cast(self.discriminator(samples, training=True), "float32")

    def _call_frozen(self, network, x, i):
        """Runs a network in training mode and forgets what it would have stored.

        Batch statistics would otherwise leak from one player's update into the
        other player's state.
        """
        with keras.StatelessScope(state_mapping=self._seeds(network, i)):
            return network(x, training=True)

    def _set_seeds(self, network, i):
        """Makes Dropout and its like a pure function of (seed, step, i)."""
        for state, key in self._seeds(network, i):
            state.assign(key)

    def _seeds(self, network, i):
        states = fitting.seed_states(network)
        role = 0 if network is self.generator else 1
        key = fold(self.seed, self.step, DROPOUT, 2 * i + role)
        return [
            (
                state,
                tf.cast(tf.random.experimental.stateless_fold_in(key, n), state.dtype),
            )
            for n, state in enumerate(states)
        ]

    def _draw_latents(self, m, i):
        key = fold(self.seed, self.step, LATENTS, i)
        return self.latents((m, self.latent_dim), key)

    def _update_average(self):
        if self.ema_generator is None:
            return
        # A short memory at first, so that the average forgets the initial weights.
        step = tf.cast(self.step, "float32")
        decay = tf.minimum(self.ema_decay, (1.0 + step) / (10.0 + step))
        for average, weight in zip(
            self.ema_generator.weights, self.generator.weights, strict=True
        ):
            rate = tf.cast(1.0 - decay, weight.dtype)
            average.assign_add(rate * (weight - average))

    def _track_scores(self, real_logits, fake_logits, sample_weight=None):
        value = tf.reduce_mean(losses.value(real_logits, fake_logits))
        real_score = tf.reduce_mean(tf.sigmoid(real_logits))
        fake_score = tf.reduce_mean(tf.sigmoid(fake_logits))
        self.value.update_state(value, sample_weight)
        self.real_score.update_state(real_score, sample_weight)
        self.fake_score.update_state(fake_score, sample_weight)

    def _track_norm(self, tracker, gradients, optimizer):
        norm = tf.linalg.global_norm(gradients) / optimizer.scale_loss(1.0)
        if fitting.is_loss_scaled(optimizer):
            # An overflow there is no accident: the update is skipped, the scale halved.
            finite = tf.math.is_finite(norm)
            norm = tf.where(finite, norm, 0.0)
            tracker.update_state(norm, sample_weight=tf.cast(finite, "float32"))
        else:
            tracker.update_state(norm)

    def _check_vitals(self, real_samples):
        weights = self.discriminator.weights + self.generator.weights
        self.vitals.check(self.step, real_samples, self.training_metrics, weights)

    def _minibatches(self, data):
        return fitting.as_minibatches(data, self.sample_shape, self.discriminator_steps)

    @property
    def latent_dim(self):
        """Number of coordinates of z."""
        return self.generator.input_shape[-1]

    @property
    def sample_shape(self):
        """Shape of one sample, without the batch axis."""
        return tuple(self.generator.output_shape[1:])

    @property
    def value_range(self):
        """(low, high) of the generator's output, or None if it has no bounds."""
        return ranges.of_generator(self.generator)

    @property
    def training_metrics(self):
        """What `fit` logs, in the order of the progress bar."""
        scores = [self.value, self.real_score, self.fake_score]
        norms = [self.d_grad_norm, self.g_grad_norm]
        return [self.d_loss, self.g_loss, self.d_penalty, *scores, *norms]

    @property
    def metrics(self):
        """Everything that is reset when an epoch begins."""
        return [*self.training_metrics, self.d_accuracy]

    # -------------------------------------------------------------- evaluation

    def test_step(self, data):
        """The scores of `evaluate` on one minibatch, both networks at inference."""
        real_samples = inputs.pick_samples(data, self.sample_shape)
        m = tf.shape(real_samples)[0]
        # The samples seen so far number the minibatches of this evaluation.
        key = fold(self.seed, self.value.count, EVALUATION)
        z = self.latents((m, self.latent_dim), key)
        fake_samples = self.generator(z, training=False)
        real_logits = tf.cast(self.discriminator(real_samples, training=False), "float32")
        fake_logits = tf.cast(self.discriminator(fake_samples, training=False), "float32")
        loss = self.adversarial_loss
        told_apart = tf.concat([real_logits > 0, fake_logits <= 0], axis=0)
        self.d_loss.update_state(loss.discriminator_loss(real_logits, fake_logits))
        self.g_loss.update_state(loss.generator_loss(fake_logits))
        self.d_accuracy.update_state(tf.cast(told_apart, "float32"))
        self._track_scores(real_logits, fake_logits, sample_weight=m)
        scores = [self.value, self.real_score, self.fake_score, self.d_accuracy]
        return {m.name: m.result() for m in [self.d_loss, self.g_loss, *scores]}

    # ---------------------------------------------------------------- sampling

    @property
    def sampler(self):
        """The network that samples: the averaged generator if there is one."""
        return self.ema_generator or self.generator

    def call(self, latents, training=False):
        """Samples for given latents (m, latent_dim); what `predict` runs."""
        network = self.generator if training else self.sampler
        return network(latents, training=training)

    def draw_latents(self, num_samples, seed=0):
        """Draws latents for pictures: the first i are the same for any number.

        Args:
            num_samples: How many.
            seed: Non-negative int; has nothing to do with training. Defaults to 0.

        Returns:
            A float32 tensor (num_samples, latent_dim).
        """
        shape = (SAMPLE_BLOCK, self.latent_dim)
        blocks = range(-(-num_samples // SAMPLE_BLOCK))
        z = [self.latents(shape, fold(seed, block, SAMPLE)) for block in blocks]
        return tf.concat(z, axis=0)[:num_samples]

    def generate(self, latents, averaged=True):
        """Samples for given latents, a block at a time, as a NumPy array.

        Args:
            latents: Tensor (n, latent_dim).
            averaged: Whether the averaged generator draws, if there is one, or the
                one that is being trained. Defaults to True.
        """
        network = self.sampler if averaged else self.generator
        blocks = range(0, len(latents), SAMPLE_BLOCK)
        samples = [network(latents[i : i + SAMPLE_BLOCK], training=False) for i in blocks]
        return np.concatenate([np.asarray(block, "float32") for block in samples])

    def sample(self, num_samples, seed=0):
        """Draws samples from the generator, from its average if there is one.

        Args:
            num_samples: How many, positive.
            seed: Non-negative int: the same seed gives the same latents. Defaults
                to 0.

        Returns:
            A float32 NumPy array (num_samples, ...) in the generator's range.

        Raises:
            ValueError: If `num_samples` is not positive.

        Example:

        >>> gan.sample(64, seed=1).shape
        (64, 28, 28, 1)
        """
        if num_samples < 1:
            raise ValueError(f"num_samples must be at least 1, got {num_samples}.")
        return self.generate(self.draw_latents(num_samples, check_seed(seed)))
