"""`GAN`: a `keras.Model` whose train step is Algorithm 1 of Goodfellow et al. 2014."""

import keras
import tensorflow as tf

from keras_gan import losses, penalties
from keras_gan.latents import get as get_prior
from keras_gan.randomness import (
    AUGMENTATION,
    DROPOUT,
    EVALUATION,
    LATENTS,
    PENALTY,
    check_seed,
    fold,
)
from keras_gan.training import fitting
from keras_gan.training import validation as players
from keras_gan.training.discriminator_view import Critic, fill_up, with_labels
from keras_gan.training.finite import Vitals
from keras_gan.training.two_player import TwoPlayerModel


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
        num_classes: Makes the GAN conditional: the data has labels 0..num_classes-1,
            G takes [latents, labels] and D [samples, labels], labels of shape (m,).
            Fakes get the labels of real minibatches. Defaults to None.
        augmentations: Objects of `keras_gan.augmentations`, applied in turn to all
            that D sees in training, real and fake. Penalties are taken at samples as
            they are, through D(augmentation(x)). Defaults to none.
        packing: p, samples that D sees as one, joined along the last axis, so that it
            notices when they are all alike. D is built for that input; m must be a
            multiple of p. Penalties stay per sample. Defaults to 1.
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
        num_classes=None,
        augmentations=(),
        packing=1,
        seed=0,
        name="gan",
    ):
        super().__init__(name=name)
        players.check_options(discriminator_steps, ema_decay, simultaneous)
        players.check_sight(num_classes, augmentations, packing)
        players.check_networks(generator, discriminator, num_classes, packing)
        self.generator = generator
        self.discriminator = discriminator
        self.latents = get_prior(latents)
        self.discriminator_steps = discriminator_steps
        self.ema_decay = ema_decay
        self.simultaneous = simultaneous
        self.num_classes = num_classes
        self.augmentations = list(augmentations)
        self.packing = packing
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
        real = self._real(data)  # samples (m, k, ...), labels if conditional
        m = tf.shape(real.samples)[0]
        k = self.discriminator_steps
        if self.simultaneous:
            self._simultaneous_step(real.minibatch(0), self._draw_latents(m, 0))
        else:
            for i in range(k):
                z = self._draw_latents(m, i)
                self._discriminator_step(real.minibatch(i), z, i)
            self._generator_step(real.minibatch(k - 1), self._draw_latents(m, k), k)
        self._update_average()
        self._check_vitals(real.samples)
        self.step.assign_add(1)
        return {metric.name: metric.result() for metric in self.training_metrics}

    def _discriminator_step(self, real, z, i):
        """D ascends V(D, G): one update on m reals and m fakes."""
        gradients = self._discriminator_gradients(real, z, i)
        self.d_optimizer.apply(gradients, self.discriminator.trainable_variables)

    def _generator_step(self, real, z, i):
        """G descends: one update on m latents, through a D that stays as it is."""
        gradients = self._generator_gradients(real, z, i)
        self.g_optimizer.apply(gradients, self.generator.trainable_variables)

    def _simultaneous_step(self, real, z):
        """Both gradients at the same point and the same z, then both updates."""
        d_gradients = self._discriminator_gradients(real, z, 0)
        g_gradients = self._generator_gradients(real, z, 1)
        self.d_optimizer.apply(d_gradients, self.discriminator.trainable_variables)
        self.g_optimizer.apply(g_gradients, self.generator.trainable_variables)

    def _discriminator_gradients(self, real, z, i):
        with self._frozen(self.generator, i):
            fake_samples = self.generator(with_labels(z, real.labels), training=True)
        self._set_seeds(self.discriminator, i)
        critic = self._critic(real.labels, i)
        with tf.GradientTape() as tape:
            # Real and fake samples pass D apart: batch statistics never mix them.
            real_logits = critic(real.samples, training=True)
            fake_logits = critic(fake_samples, training=True)
            d_loss = tf.reduce_mean(
                self.adversarial_loss.discriminator_loss(real_logits, fake_logits)
            )
            d_penalty = penalties.total(
                self.penalties,
                self._critics_of_penalties(real.labels, i),
                real.samples,
                fake_samples,
                seed=fold(self.seed, self.step, PENALTY, i),
                update=self.step * self.discriminator_steps + i,
            )
            d_weights = fitting.weight_losses(self.discriminator)
            objective = self.d_optimizer.scale_loss(d_loss + d_penalty + d_weights)
        gradients = tape.gradient(objective, self.discriminator.trainable_variables)
        gradients = fitting.complete(gradients, real_logits, fake_logits, d_penalty)
        self._track_scores(real_logits, fake_logits)
        self.d_loss.update_state(d_loss)
        self.d_penalty.update_state(d_penalty)
        self._track_norm(self.d_grad_norm, gradients, self.d_optimizer)
        return gradients

    def _generator_gradients(self, real, z, i):
        self._set_seeds(self.generator, i)
        critic, real_logits = self._critic(real.labels, i), None
        if losses.needs_real_logits(self.adversarial_loss):
            with self._frozen(self.discriminator, i + 1):
                real_logits = critic(real.samples, training=True)
        with tf.GradientTape() as tape:
            fake_samples = self.generator(with_labels(z, real.labels), training=True)
            with self._frozen(self.discriminator, i):
                fake_logits = critic(fake_samples, training=True)
            g_loss = tf.reduce_mean(
                losses.of_generator(self.adversarial_loss, fake_logits, real_logits)
            )
            g_weights = fitting.weight_losses(self.generator)
            objective = self.g_optimizer.scale_loss(g_loss + g_weights)
        gradients = tape.gradient(objective, self.generator.trainable_variables)
        gradients = fitting.complete(gradients, fake_logits)
        self.g_loss.update_state(g_loss)
        self._track_norm(self.g_grad_norm, gradients, self.g_optimizer)
        return gradients

    # ------------------------------------------------- what the steps stand on

    def _critics_of_penalties(self, labels, i):
        """One each: what a penalty draws is the same whether others are due or not."""
        return [self._critic(labels, i, n + 1) for n in range(len(self.penalties))]

    def _critic(self, labels, i, part=0):
        return Critic(
            self.discriminator,
            labels,
            packing=self.packing,
            augmentations=self.augmentations,
            key=fold(self.seed, self.step, AUGMENTATION, i, part),
            step=self.step,
        )

    def _frozen(self, network, i):
        """Forgets, at its end, what a network in training mode would have stored.

        Batch statistics would otherwise leak from one player's update into the
        other player's state.
        """
        return keras.StatelessScope(state_mapping=self._seeds(network, i))

    def _set_seeds(self, network, i):
        """Makes Dropout and its like a pure function of (seed, step, i)."""
        for state, key in self._seeds(network, i):
            state.assign(key)

    def _seeds(self, network, i):
        seeds, index = [], 2 * i + (0 if network is self.generator else 1)
        for n, state in enumerate(fitting.seed_states(network)):
            # A layer counts the last number up with each draw: n stands before it.
            key = fold(self.seed, self.step, DROPOUT, index, n, 0)
            seeds.append((state, tf.cast(key, state.dtype)))
        return seeds

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

    def _real(self, data):
        return fitting.as_real(
            data, self.sample_shape, self.discriminator_steps, self.num_classes
        )

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
        real = fitting.as_minibatch(data, self.sample_shape, self.num_classes)
        m = tf.shape(real.samples)[0]
        # The samples seen so far number the minibatches of this evaluation.
        key = fold(self.seed, self.value.count, EVALUATION)
        z = self.latents((m, self.latent_dim), key)
        fake_samples = self.generator(with_labels(z, real.labels), training=False)
        critic = Critic(self.discriminator, real.labels, packing=self.packing)
        real_logits = critic(fill_up(real.samples, self.packing), training=False)
        fake_logits = critic(fill_up(fake_samples, self.packing), training=False)
        loss = self.adversarial_loss
        boundary = losses.decision_boundary(loss)
        told_apart = tf.concat([real_logits > boundary, fake_logits <= boundary], axis=0)
        self.d_loss.update_state(loss.discriminator_loss(real_logits, fake_logits))
        self.g_loss.update_state(losses.of_generator(loss, fake_logits, real_logits))
        self.d_accuracy.update_state(tf.cast(told_apart, "float32"))
        self._track_scores(real_logits, fake_logits, sample_weight=m)
        scores = [self.value, self.real_score, self.fake_score, self.d_accuracy]
        return {m.name: m.result() for m in [self.d_loss, self.g_loss, *scores]}
