"""What `keras.Model` does with one loss and one optimizer, done with two of each."""

import keras

from keras_gan import losses
from keras_gan.data import first_look as first_samples
from keras_gan.data import inputs
from keras_gan.training import fitting
from keras_gan.training import identity as fingerprints
from keras_gan.training import validation as players
from keras_gan.training.sampling import SamplingModel


class TwoPlayerModel(SamplingModel):
    """A Keras model with two networks, each with an optimizer of its own.

    Knows how they are compiled, fed, evaluated and saved; `GAN` knows how they play.
    """

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

        Networks that compute in float16 (`mixed_float16`) get a loss scale each; losses
        and logits stay in float32.

        Args:
            d_optimizer: Optimizer of D, an object or a name.
            g_optimizer: Optimizer of G, another object, or a name.
            loss: A name of `keras_gan.losses.NAMES`, or an object of that module.
            penalties: Objects of `keras_gan.penalties`, added to D's loss.
            run_eagerly: As in Keras.
            steps_per_execution: As in Keras.
            jit_compile: As in Keras; on a CPU, XLA is slower.

        Raises:
            ValueError: If both optimizers are one object, or average weights
                themselves; if the loss is unknown, or a network has nothing to train.
        """
        players.check_single(self.distribute_strategy)
        players.check_trainable(self.generator, self.discriminator)
        d_optimizer = keras.optimizers.get(d_optimizer)
        g_optimizer = keras.optimizers.get(g_optimizer)
        fitting.check_optimizers(d_optimizer, g_optimizer)
        # Keras would otherwise make an optimizer that nobody uses.
        super().compile(
            optimizer=None,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
        )
        self.adversarial_loss = losses.get(loss)
        self.penalties = list(penalties)
        self.d_optimizer = fitting.loss_scaled(d_optimizer, self.discriminator)
        self.g_optimizer = fitting.loss_scaled(g_optimizer, self.generator)
        # Built here, so that loading weights finds slots for their moments.
        self.d_optimizer.name, self.g_optimizer.name = "d_optimizer", "g_optimizer"
        self.d_optimizer.build(self.discriminator.trainable_variables)
        self.g_optimizer.build(self.generator.trainable_variables)
        self.compiled_rates = {
            one.name: float(keras.ops.convert_to_numpy(one.learning_rate))
            for one in self.optimizer.optimizers
        }

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
            y: Labels of arrays: those of a conditional GAN, else ignored, so that
                `fit(x, y)` is no error.
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
        fitting.check_compiled(self)
        callbacks = fitting.checked_callbacks(callbacks)
        x = x if y is None else (x, y)
        if validation_data is not None:
            validation_data = self._evaluation_dataset(validation_data, batch_size)
        run = fitting.CallbackRun(callbacks, model=self, verbose=verbose, epochs=epochs)
        with run.protected():
            epoch, steps_done = self._resume(run, x, batch_size, steps_per_epoch)
            epoch = max(epoch, initial_epoch)
            self.vitals.reset()
            dataset, endless_steps = self._training_dataset(x, batch_size)
            self.real_samples = first_samples.take(dataset)
            first_samples.check(self.real_samples, self.sample_shape, self.value_range)
            whole_steps = steps_per_epoch or endless_steps
            fitting.check_steps_per_execution(self.steps_per_execution, whole_steps)
            segments = [(epoch, epochs, whole_steps)]
            if run.is_over(int(self.step.numpy())):
                segments = [(epoch, epoch, whole_steps)]
            elif steps_done and epoch < epochs:
                segments = fitting.with_rest(segments[0], steps_done)
                self._resuming_epoch = True
            for first_epoch, last_epoch, steps in segments:
                run.next_segment(steps or inputs.length(dataset))
                history = super().fit(
                    dataset,
                    initial_epoch=first_epoch,
                    epochs=last_epoch,
                    steps_per_epoch=steps,
                    callbacks=run,
                    shuffle=False,
                    validation_data=validation_data,
                    validation_steps=validation_steps,
                    validation_freq=validation_freq,
                )
                if self.stop_training:
                    break
                # The next segment's data begins at the step that is now reached.
                dataset, _ = self._training_dataset(x, batch_size)
            run.finish()
        return history

    def _resume(self, run, x, batch_size, steps_per_epoch):
        """Restores a saved state, if the run keeps any; returns what is done already."""
        if run.checkpoint is None:
            return 0, 0
        identity = fingerprints.identity(self)
        identity["data"] = fingerprints.fingerprint(x, batch_size, self.num_classes)
        identity["steps_per_epoch"] = str(steps_per_epoch)
        return run.checkpoint.restore(self, identity, fingerprints.can_start_anywhere(x))

    def reset_metrics(self):
        """Forgets the epoch so far, unless it goes on after a resume."""
        if not self._resuming_epoch:
            super().reset_metrics()
        self._resuming_epoch = False

    def _training_dataset(self, x, batch_size):
        dataset, steps = inputs.training_dataset(
            x,
            sample_shape=self.sample_shape,
            value_range=self.value_range,
            num_classes=self.num_classes,
            discriminator_steps=self.discriminator_steps,
            batch_size=batch_size,
            seed=self.seed,
            start_step=int(self.step.numpy()),
        )
        fitting.check_packs(dataset, self.packing)
        return dataset, steps

    def evaluate(self, x=None, *, batch_size=None, return_dict=True, **keras_arguments):
        """Plays the game on unseen samples, without training.

        A `real_score` on training data far above the one on unseen data means that
        D memorises.

        Args:
            x: Real samples; the same kinds as for `fit`, (x, y) for arrays with labels.
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

    def _evaluation_dataset(self, x, batch_size):
        dataset = inputs.evaluation_dataset(
            x,
            sample_shape=self.sample_shape,
            value_range=self.value_range,
            num_classes=self.num_classes,
            batch_size=batch_size,
        )
        some = first_samples.of_minibatch(dataset)
        first_samples.check(some, self.sample_shape, self.value_range)
        return dataset

    def get_config(self):
        serialize = keras.saving.serialize_keras_object
        return {
            "generator": serialize(self.generator),
            "discriminator": serialize(self.discriminator),
            "latents": serialize(self.latents),
            "discriminator_steps": self.discriminator_steps,
            "ema_decay": self.ema_decay,
            "simultaneous": self.simultaneous,
            "num_classes": self.num_classes,
            "augmentations": [serialize(one) for one in self.augmentations],
            "packing": self.packing,
            "seed": self.seed,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        parts = {
            part: keras.saving.deserialize_keras_object(
                config[part], custom_objects=custom_objects
            )
            for part in ("generator", "discriminator", "latents", "augmentations")
        }
        return cls(**{**config, **parts})

    def get_compile_config(self):
        if self.optimizer is None:
            return None  # Not compiled: Keras then saves the networks alone.
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
