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

# Latents for pictures are drawn in blocks of this size, so that sample i does not
# depend on how many others are asked for.
SAMPLE_BLOCK = 256


@keras.saving.register_keras_serializable(package="keras_gan")
class GAN(keras.Model):
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
        self.real_samples = None
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
            objective = d_loss + d_penalty
        gradients = tape.gradient(objective, self.discriminator.trainable_variables)
        self._track_scores(real_logits, fake_logits)
        self.d_loss.update_state(d_loss)
        self.d_penalty.update_state(d_penalty)
        self.d_grad_norm.update_state(tf.linalg.global_norm(gradients))
        return gradients

    def _generator_gradients(self, z, i):
        self._set_seeds(self.generator, i)
        with tf.GradientTape() as tape:
            fake_samples = self.generator(z, training=True)
            fake_logits = self._call_frozen(self.discriminator, fake_samples, i)
            g_loss = tf.reduce_mean(
                self.adversarial_loss.generator_loss(tf.cast(fake_logits, "float32"))
            )
        gradients = tape.gradient(g_loss, self.generator.trainable_variables)
        self.g_loss.update_state(g_loss)
        self.g_grad_norm.update_state(tf.linalg.global_norm(gradients))
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

    # ------------------------------------------------------- training and use

    def compile(
        self,
        d_optimizer,
        g_optimizer,
        loss="non_saturating",
        penalties=(),
        *,
        run_eagerly=False,
        steps_per_execution=1,
        jit_compile="auto",
    ):
        """Says how the two networks are trained.

        Args:
            d_optimizer: Optimizer of D, an object or a name.
            g_optimizer: Optimizer of G, another object, or a name.
            loss: "minimax", "non_saturating" or an object; see `keras_gan.losses`.
            penalties: Objects of `keras_gan.penalties`, added to D's loss.
            run_eagerly: As in Keras.
            steps_per_execution: As in Keras.
            jit_compile: As in Keras; on a CPU, XLA is slower.

        Raises:
            ValueError: If both optimizers are one object, or the loss is unknown.
        """
        d_optimizer = keras.optimizers.get(d_optimizer)
        g_optimizer = keras.optimizers.get(g_optimizer)
        if d_optimizer is g_optimizer:
            raise ValueError(
                "d_optimizer and g_optimizer are one object, but each network needs "
                "moments of its own: make two optimizers."
            )
        # Keras would otherwise make an optimizer that nobody uses.
        super().compile(
            optimizer=None,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
        )
        self.adversarial_loss = losses.get(loss)
        self.penalties = list(penalties)
        self.d_optimizer = d_optimizer
        self.g_optimizer = g_optimizer
        # Built here, so that loading weights finds slots for their moments.
        d_optimizer.name, g_optimizer.name = "d_optimizer", "g_optimizer"
        d_optimizer.build(self.discriminator.trainable_variables)
        g_optimizer.build(self.generator.trainable_variables)

    @property
    def optimizer(self):
        """Both optimizers, as Keras' callbacks look for them; None before compile."""
        if getattr(self, "g_optimizer", None) is None:
            return None
        return fitting.OptimizerPair(self.d_optimizer, self.g_optimizer)

    @optimizer.setter
    def optimizer(self, _):
        """Keras assigns the None that `compile` passes; the pair is derived."""

    def fit(
        self,
        x=None,
        y=None,
        *,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_data=None,
        initial_epoch=0,
        steps_per_epoch=None,
        validation_steps=None,
        validation_freq=1,
    ):
        """Trains both networks; one step of the progress bar is one generator update.

        Args:
            x: Real samples: what `keras_gan.data.load` returns; an array (n, ...);
                a `tf.data.Dataset` of minibatches of m samples, bare, as (samples,
                labels), or as dicts of tensorflow-datasets; or a `PyDataset`. uint8
                images are scaled to the generator's range, floats must lie in it.
                Each step takes k minibatches; arrays are shuffled by (seed, epoch).
            y: Ignored: labels of arrays, so that `fit(x, y)` is no error.
            batch_size: m, for arrays (defaults to 32) and unbatched datasets only.
            epochs: Number of passes over the data.
            verbose: As in Keras.
            callbacks: As in Keras.
            validation_data: Unseen real samples; logged with the prefix `val_`.
            initial_epoch: As in Keras.
            steps_per_epoch: As in Keras, needed for endless datasets.
            validation_steps: As in Keras.
            validation_freq: As in Keras.

        Returns:
            A `keras.callbacks.History`.

        Raises:
            ValueError: Before the first update, if the data does not fit the
                networks, or a callback cannot work with two optimizers.
        """
        fitting.check_callbacks(callbacks)
        dataset, endless_steps = inputs.training_dataset(
            x,
            sample_shape=self.sample_shape,
            value_range=self.value_range,
            discriminator_steps=self.discriminator_steps,
            batch_size=batch_size,
            seed=self.seed,
            start_step=int(self.step.numpy()),
        )
        self.real_samples = inputs.first_samples(dataset)
        inputs.check_samples(self.real_samples, self.sample_shape, self.value_range)
        if validation_data is not None:
            validation_data = self._evaluation_dataset(validation_data, batch_size)
        return super().fit(
            dataset,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_data=validation_data,
            shuffle=False,
            initial_epoch=initial_epoch,
            steps_per_epoch=steps_per_epoch or endless_steps,
            validation_steps=validation_steps,
            validation_freq=validation_freq,
        )

    def evaluate(self, x=None, *, batch_size=None, return_dict=True, **keras_arguments):
        """Plays the game on unseen samples, without training.

        A `real_score` on training data far above the one on unseen data means that
        D memorises.

        Args:
            x: Real samples; the same kinds as for `fit`.
            batch_size: m, for arrays and unbatched datasets only.
            return_dict: A dict of names, or a list. Defaults to True.
            **keras_arguments: `verbose`, `steps`, `callbacks`, as in Keras.

        Returns:
            `d_loss`, `g_loss`, `value`, `real_score`, `fake_score`, and `d_accuracy`:
            the share of samples, half real and half fake, that D tells apart.
        """
        if not keras_arguments.get("_use_cached_eval_dataset"):
            x = self._evaluation_dataset(x, batch_size)
        return super().evaluate(x, return_dict=return_dict, **keras_arguments)

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

    def _evaluation_dataset(self, x, batch_size):
        return inputs.evaluation_dataset(
            x,
            sample_shape=self.sample_shape,
            value_range=self.value_range,
            batch_size=batch_size,
        )

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

    def generate(self, latents):
        """Samples for given latents, a block at a time, as a NumPy array."""
        blocks = range(0, len(latents), SAMPLE_BLOCK)
        samples = [self(latents[i : i + SAMPLE_BLOCK], training=False) for i in blocks]
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

    # ------------------------------------------------------------------ saving

    def get_config(self):
        serialize = keras.saving.serialize_keras_object
        return {
            "generator": serialize(self.generator),
            "discriminator": serialize(self.discriminator),
            "latents": serialize(self.latents),
            "discriminator_steps": self.discriminator_steps,
            "ema_decay": self.ema_decay,
            "simultaneous": self.simultaneous,
            "seed": self.seed,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        parts = {
            part: keras.saving.deserialize_keras_object(
                config[part], custom_objects=custom_objects
            )
            for part in ("generator", "discriminator", "latents")
        }
        return cls(**{**config, **parts})

    def get_compile_config(self):
        serialize = keras.saving.serialize_keras_object
        return {
            "d_optimizer": serialize(self.d_optimizer),
            "g_optimizer": serialize(self.g_optimizer),
            "loss": serialize(self.adversarial_loss),
            "penalties": [serialize(penalty) for penalty in self.penalties],
            "run_eagerly": self.run_eagerly,
            "steps_per_execution": self.steps_per_execution,
            "jit_compile": self.jit_compile,
        }

    def compile_from_config(self, config):
        self.compile(**keras.saving.deserialize_keras_object(config))
