"""`GAN`: a `keras.Model` whose train step is Algorithm 1 of Goodfellow et al. 2014."""

import functools
from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from keras_gan import latents as priors
from keras_gan import losses, penalties
from keras_gan.data.elements import Element
from keras_gan.data.labels import condition_of
from keras_gan.randomness import AUGMENTATION, EVALUATION, LATENTS, PENALTY, fold, fold_in
from keras_gan.serialization import arguments_of
from keras_gan.training import validation
from keras_gan.training.average import decay_of_step
from keras_gan.training.discriminator_view import (
    DiscriminatorView,
    fill_up,
    with_labels,
)
from keras_gan.training.distribution import Mean
from keras_gan.training.keras_habits import in_our_terms
from keras_gan.training.one_pass import judges_alone
from keras_gan.training.saved_parts import check_known
from keras_gan.training.two_player import TwoPlayerModel


@keras.saving.register_keras_serializable(package="keras_gan")
class GAN(TwoPlayerModel):
    """Generative adversarial nets: two networks, trained against each other.

    One training step is Algorithm 1: k discriminator updates, each on m fresh real
    samples and m fresh latents, then one generator update on m fresh latents.
    Neither update touches the other network: no weight, no statistic, no state. Losses
    that a network's layers add to its passes on reals and fakes enter its own update.

    Args:
        generator: Built `keras.Model`, latents (m, latent_dim) -> samples (m, ...).
        discriminator: Built `keras.Model`, samples (m, ...) -> logits (m, 1),
            without a sigmoid; a larger logit means "more real".
        latents: Prior of z: "normal", "uniform", or a callable `(shape, seed)`.
        discriminator_steps: k, discriminator updates per generator update.
            Defaults to 1.
        ema_decay: Decay per step of a moving average of the generator's weights;
            `sample` then uses the average. Its half-life is `log(1/2) / log(ema_decay)`
            steps, 693 for 0.999. From step 64 on, each eighth step's weights are in it,
            with `ema_decay**8`. Defaults to None: no average.
        ema_rampup: The half-life is at most this share of the steps so far, so that the
            average forgets the first weights: with 0.1, 0.999 is in force from step
            6,930 on. None: `ema_decay` is in force from the start; then a short run
            samples from weights that were hardly trained. Defaults to 0.1.
        simultaneous: Compute both gradients at the current weights with the same
            latents, then update both networks, as the code released with the paper
            does, instead of updating D first. Needs `discriminator_steps=1`. Defaults
            to False.
        num_classes: Makes the GAN conditional: the data has labels 0..num_classes-1,
            G takes [latents, labels] and D [samples, labels], labels of shape (m,).
            Fakes get the labels of real minibatches. Defaults to None.
        class_names: Name of each class, no two alike, in the order of the labels, by
            which `sample` and `show` know it, too. Defaults to None: those of the data,
            if `fit` is given what `keras_gan.data.load` returns.
        augmentations: Objects of `keras_gan.augmentations`, applied in turn to
            everything D sees in training, real and fake. Penalties differentiate
            D(augmentation(x)) with respect to x. Defaults to none.
        packing: p, the number of samples that D judges together. They are joined along
            the last axis, so that D can notice when they are all alike. D must be
            built for the joined shape; m must be a multiple of p. Penalties stay per
            sample. Defaults to 1.
        seed: Seeds all randomness: the same seed gives the same bits. Defaults to 0.
        name: Name of the model.

    Raises:
        ValueError: If the networks do not fit together, or an argument is out of
            range.

    Example:

    >>> generator, discriminator = keras_gan.networks.points(2)
    >>> gan = GAN(generator, discriminator, ema_decay=0.999)
    >>> gan.compile(d_optimizer="adam", g_optimizer="adam")
    >>> history = gan.fit(keras_gan.data.load("ring", batch_size=5_000), verbose=0)
    >>> gan.sample(64).shape
    (64, 2)

    Reference: Goodfellow et al. 2014, arXiv 1406.2661.
    """

    @in_our_terms
    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        latents: str | Callable = "normal",
        *,
        discriminator_steps: int = 1,
        ema_decay: float | None = None,
        ema_rampup: float | None = 0.1,
        simultaneous: bool = False,
        num_classes: int | None = None,
        class_names: Sequence[str] | None = None,
        augmentations: Sequence[Callable] = (),
        packing: int = 1,
        seed: int = 0,
        name: str = "gan",
    ):
        k = validation.check_game(discriminator_steps, simultaneous)
        validation.check_average(ema_decay, ema_rampup)
        condition = condition_of(num_classes, class_names)
        packing = validation.check_view(condition, augmentations, packing)
        super().__init__(
            generator,
            discriminator,
            latents=priors.get(latents),
            discriminator_steps=k,
            condition=condition,
            packing=packing,
            augmentations=augmentations,
            seed=seed,
            name=name,
        )
        self.ema_decay = ema_decay
        self.ema_rampup = ema_rampup
        self.simultaneous = simultaneous
        if ema_decay is not None:
            self.keep_average()
        self.d_loss = Mean(name="d_loss")
        self.g_loss = Mean(name="g_loss")
        self.d_penalty = Mean(name="d_penalty")
        self.value = Mean(name="value")
        self.real_score = Mean(name="real_score")
        self.fake_score = Mean(name="fake_score")
        self.d_grad_norm = Mean(name="d_grad_norm")
        self.g_grad_norm = Mean(name="g_grad_norm")
        self.d_accuracy = Mean(name="d_accuracy")

    def get_config(self):
        serialize = keras.saving.serialize_keras_object
        config = {
            "generator": serialize(self.generator),
            "discriminator": serialize(self.discriminator),
            "latents": serialize(self.latents),
            "discriminator_steps": self.discriminator_steps,
            "ema_decay": self.ema_decay,
            "ema_rampup": self.ema_rampup,
            "simultaneous": self.simultaneous,
            "num_classes": self.num_classes,
            "class_names": self.class_names,
            "augmentations": [serialize(one) for one in self.augmentations],
            "packing": self.packing,
            "seed": self.seed,
            "name": self.name,
        }
        is_whole = type(self).get_config is not GAN.get_config
        own = arguments_of(self, besides=config, may_lack=is_whole)
        return config | {name: serialize(value) for name, value in own.items()}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        check_known(config, custom_objects)
        deserialize = keras.saving.deserialize_keras_object
        arguments = {
            name: deserialize(value, custom_objects=custom_objects)
            for name, value in config.items()
        }
        return cls(**arguments)

    # ------------------------------------------------------------- Algorithm 1

    def train_step(self, data):
        """k updates of D, each on fresh reals and fresh latents; then one of G."""
        real = Element(*data)  # samples (m, k, ...), labels (m, k) if conditional
        m, k = tf.shape(real.samples)[0], self.discriminator_steps
        z = functools.partial(self._draw_latents, m)  # z(i): fresh latents for update i
        if self.simultaneous:
            self._simultaneous_step(real.minibatch(0), z(0))
        else:
            self._times(k, lambda i: self._discriminator_step(real.minibatch(i), z(i), i))
            self._generator_step(real.minibatch(k - 1), z(k), k)
        self._update_average()
        self._check_finite(real.samples)
        self.step.assign_add(1)
        return {metric.name: metric.result() for metric in self.training_metrics}

    def _discriminator_step(self, real, z, i):
        """D ascends V(D, G): one update on m reals and m fakes."""
        self.d.apply(self._discriminator_gradients(real, z, i))

    def _generator_step(self, real, z, i):
        """G descends: one update on m latents, with D held fixed."""
        self.g.apply(self._generator_gradients(real, z, i))

    def _simultaneous_step(self, real, z):
        """Both gradients at the same point and the same z, then both updates."""
        d_gradients = self._discriminator_gradients(real, z, 0)
        g_gradients = self._generator_gradients(real, z, 1)
        self.d.apply(d_gradients)
        self.g.apply(g_gradients)

    def _discriminator_gradients(self, real, z, i):
        """D's gradients in update i, of d_loss + d_penalty, with G held fixed."""
        with self.g.frozen(i):
            fake_samples = self.generator(with_labels(z, real.labels), training=True)
        self.d.begin_update(i)
        d, *d_of_penalties = self._views_of_d(real.labels, i)
        with tf.GradientTape() as tape:
            real_logits, fake_logits, added = d.judge(
                real.samples,
                fake_samples,
                watch=penalties.watched if self.penalties else None,
                after=self.d.added_losses,
            )
            d_loss = tf.reduce_mean(
                losses.of_discriminator(self.adversarial_loss, real_logits, fake_logits)
            )
            d_penalty = penalties.total(
                self.penalties,
                d_of_penalties,
                real.samples,
                fake_samples,
                seed=fold(self.seed, self.step, PENALTY, i),
                update=self.step * self.discriminator_steps + i,
            )
            objective = self.d.objective(d_loss + d_penalty, added)
        read = (real_logits, fake_logits, d_penalty)
        gradients = self.d.gradients(tape, objective, after=read)
        self._track_scores(real_logits, fake_logits)
        self.d_loss.update_state(d_loss)
        self.d_penalty.update_state(d_penalty)
        self.d.track_norm(self.d_grad_norm, gradients)
        return gradients

    def _generator_gradients(self, real, z, i):
        """G's gradients in update i, of g_loss on fresh fakes, with D held fixed."""
        self.g.begin_update(i)
        d, *_ = self._views_of_d(real.labels, i)
        real_logits = None
        compares = losses.needs_real_logits(self.adversarial_loss)
        if compares:
            # D's own updates never reach index i + 1. Used for the reals, it gives them
            # other dropout masks than the fakes.
            unused_update = i + 1
            with self.d.frozen(unused_update):
                real_logits = d(real.samples, training=True, call=0)
        with tf.GradientTape() as tape:
            fake_samples = self.generator(with_labels(z, real.labels), training=True)
            added = self.g.added_losses()
            with self.d.frozen(i):
                fake_logits = d(fake_samples, training=True, call=1 if compares else 0)
            g_loss = tf.reduce_mean(
                losses.of_generator(self.adversarial_loss, fake_logits, real_logits)
            )
            objective = self.g.objective(g_loss, added)
        gradients = self.g.gradients(tape, objective, after=(fake_logits,))
        self.g_loss.update_state(g_loss)
        self.g.track_norm(self.g_grad_norm, gradients)
        return gradients

    def gradients_of(
        self, player: str, real: Element, z: int | tf.Tensor, i: int | tf.Tensor
    ) -> list[tf.Tensor | None]:
        """The gradients of one update of this step, which is not made.

        Args:
            player: "d" or "g".
            real: An `Element` of one minibatch.
            z: Which of the step's latents.
            i: Number of the update.

        Returns:
            A list with a tensor per trainable weight; None where there is no gradient.
        """
        z = self._draw_latents(tf.shape(real.samples)[0], z)
        if player == "d":
            return self._discriminator_gradients(real, z, i)
        return self._generator_gradients(real, z, i)

    # ------------------------------------------------------ parts of the steps

    def _views_of_d(self, labels, i):
        """Views of D in update i: one for the loss, then one for each penalty.

        Each view has its own key. A penalty therefore draws the same random numbers
        whether or not another, which is taken every few updates, is taken in this one.
        Where nothing is drawn, all are the same view: a penalty then differentiates the
        pass that the loss has made.
        """
        key = fold(self.seed, self.step, AUGMENTATION, i)
        nothing_drawn = not self.augmentations and judges_alone(
            self.discriminator, noise=False
        )
        if nothing_drawn:
            view = DiscriminatorView(self.discriminator, labels, packing=self.packing)
            return [view] * (1 + len(self.penalties))
        return [
            DiscriminatorView(
                self.discriminator,
                labels,
                packing=self.packing,
                augmentations=self.augmentations,
                key=fold_in(key, part),
                step=self.step,
            )
            for part in range(1 + len(self.penalties))
        ]

    def _draw_latents(self, m, i):
        """Fresh latents (m, latent_dim) for update i of this step."""
        key = fold(self.seed, self.step, LATENTS, i)
        return self.latents_of(m, key)

    def _update_average(self):
        if self.ema_generator is not None:
            with tf.name_scope("average"):
                decay = decay_of_step(self.ema_decay, self.ema_rampup, self.step)
                self.update_average(decay)

    def _track_scores(self, real_logits, fake_logits, sample_weight=None):
        with tf.name_scope("scores"):
            value = tf.reduce_mean(losses.value(real_logits, fake_logits))
            real_score = tf.reduce_mean(tf.sigmoid(real_logits))
            fake_score = tf.reduce_mean(tf.sigmoid(fake_logits))
            self.value.update_state(value, sample_weight)
            self.real_score.update_state(real_score, sample_weight)
            self.fake_score.update_state(fake_score, sample_weight)

    def _check_finite(self, real_samples):
        weights = self.discriminator.weights + self.generator.weights
        metrics = self.training_metrics
        with tf.name_scope("finite_check"):
            self.finite_check.check(self.step, real_samples, metrics, weights)

    @property
    def training_metrics(self) -> list[keras.metrics.Metric]:
        """What `fit` logs, in the order of the progress bar."""
        scores = [self.value, self.real_score, self.fake_score]
        norms = [self.d_grad_norm, self.g_grad_norm]
        return [self.d_loss, self.g_loss, self.d_penalty, *scores, *norms]

    @property
    def metrics(self):
        """Everything that is reset when an epoch begins, a subclass's own included."""
        own = [*self.training_metrics, self.d_accuracy]
        known = {id(one) for one in (*own, self._loss_tracker)}  # Keras' own is unused.
        return own + [one for one in super().metrics if id(one) not in known]

    # -------------------------------------------------------------- evaluation

    def test_step(self, data):
        """The scores of `evaluate` on one minibatch, both networks in inference mode.

        D sees augmented samples, as in training: its scores on unseen samples and on
        training samples would otherwise differ by more than what it memorises.
        """
        real = Element(*data)  # samples (m, ...), labels (m,) if conditional
        m = tf.shape(real.samples)[0]
        key = fold(self.seed, self._num_evaluated, EVALUATION)
        self._num_evaluated.assign_add(tf.cast(m, tf.int64))
        z = self.latents_of(m, key)
        fake_samples = self.generator(with_labels(z, real.labels), training=False)
        d = DiscriminatorView(
            self.discriminator,
            real.labels,
            packing=self.packing,
            augmentations=self.augmentations,
            key=fold_in(key, AUGMENTATION),
            step=self.step,
        )
        real_logits = d(fill_up(real.samples, self.packing), training=False, call=0)
        fake_logits = d(fill_up(fake_samples, self.packing), training=False, call=1)
        loss = self.adversarial_loss
        boundary = losses.decision_boundary(loss)
        told_apart = tf.concat([real_logits > boundary, fake_logits <= boundary], axis=0)
        d_loss = losses.of_discriminator(loss, real_logits, fake_logits)
        g_loss = losses.of_generator(loss, fake_logits, real_logits)
        self.d_loss.update_state(d_loss)
        self.g_loss.update_state(g_loss)
        self.d_accuracy.update_state(tf.cast(told_apart, "float32"))
        self._track_scores(real_logits, fake_logits, sample_weight=m)
        scores = [self.value, self.real_score, self.fake_score, self.d_accuracy]
        return {m.name: m.result() for m in [self.d_loss, self.g_loss, *scores]}
