"""`TwoPlayerModel`: a `keras.Model` with two losses and two optimizers."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from absl import logging
from numpy.typing import ArrayLike

from keras_gan import losses
from keras_gan.arguments import check_int
from keras_gan.data import elements, first_look, inputs
from keras_gan.data.kinds import POINTS, kind_of
from keras_gan.data.labels import Classes
from keras_gan.data.on_disk import damage_in_one_line
from keras_gan.data.output_bounds import bounds_of
from keras_gan.randomness import check_seed
from keras_gan.training import (
    distribution,
    finite,
    footprint,
    remapper,
    saved_parts,
    transfer,
    validation,
)
from keras_gan.training.callback_run import CallbackRun
from keras_gan.training.discriminator_view import DiscriminatorView, fill_up
from keras_gan.training.identity import identity
from keras_gan.training.keras_habits import in_our_terms
from keras_gan.training.player import OptimizerPair, Player
from keras_gan.training.sampling import SamplingModel


class TwoPlayerModel(SamplingModel):
    """A Keras model with two networks, each with an optimizer of its own.

    It compiles, feeds, evaluates and resumes them. The subclass defines the game: its
    `train_step` and `test_step` receive an `Element` as a plain tuple.

    Args:
        generator: Built `keras.Model`, latents (m, latent_dim) -> samples (m, ...).
        discriminator: Built `keras.Model`, samples (m, ...) -> logits (m, 1).
        latents: Prior of z, a callable `(shape, seed)`.
        discriminator_steps: k, minibatches in one training element.
        condition: `keras_gan.data.labels.Classes` of a conditional GAN, or None.
        packing: p, samples that D judges together; m must be a multiple of it.
        augmentations: What is done to all that D sees in training.
        seed: Seeds all randomness.
        name: Name of the model.

    Attributes:
        g: The generator as a `Player`.
        d: The discriminator as a `Player`.
        step: Training steps so far, an int64 variable.
        finite_check: `FiniteCheck`, which `train_step` should call.
        real_samples: The data's first samples in the last `fit`, for pictures.
        real_labels: Their labels; None if the GAN is not conditional.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *,
        latents: Callable,
        discriminator_steps: int,
        condition: Classes | None,
        packing: int,
        augmentations: Sequence[Callable],
        seed: int,
        name: str,
    ):
        validation.check_networks(generator, discriminator, condition, packing)
        validation.check_callable("latents", latents, ("shape", "seed"))
        super().__init__(generator, latents, condition, name)
        self.discriminator = discriminator
        self.discriminator_steps = discriminator_steps
        self.packing = packing
        self.augmentations = list(augmentations)
        self.seed = check_seed(seed)
        self.step = self.add_weight(
            name="step", shape=(), dtype="int64", initializer="zeros", trainable=False
        )
        self.g = Player(generator, "generator", seed=self.seed, step=self.step)
        self.d = Player(discriminator, "discriminator", seed=self.seed, step=self.step)
        self.replicas = distribution.Replicas()
        for network in (generator, discriminator):
            self.replicas.check(network.weights, network.name)
            self.replicas.synchronize(network)
        # Keras' own steps fail on several workers, and it splits what is evaluated.
        # It is not told, so that everything but a training step runs on one device.
        self._distribute_strategy = None
        self.finite_check = finite.FiniteCheck()
        self._begun_from = None  # A checksum of what `init_from` took.
        self._fresh_layers_of_d = ()
        # Samples seen so far by the current evaluation; its latents are keyed by this.
        self._num_evaluated = tf.Variable(0, trainable=False, dtype=tf.int64)
        # Both networks are built already, so Keras has nothing to build.
        self.built = True

    @property
    def players(self) -> tuple[Player, Player]:
        """Both players, D first: the order in which they move."""
        return (self.d, self.g)

    @property
    def sample_spec(self) -> elements.SampleSpec:
        """What the networks expect of real samples."""
        return elements.SampleSpec(self.sample_shape, self.value_range, self.condition)

    @property
    def nbytes(self) -> int:
        """Bytes of both networks, their average and the moments of both optimizers."""
        moments = [] if self.optimizer is None else self.optimizer.variables
        return footprint.nbytes_of([*self.variables, *moments])

    def nbytes_of_step(self, batch_size: int) -> int:
        """Estimates what a training step takes of memory at its peak, beside `nbytes`.

        The GAN must be compiled: penalties take memory, too.

        Args:
            batch_size: m, samples in one minibatch.

        Returns:
            Bytes, as on a CPU. Measured peaks above 300 MiB were within a sixth of it.

        Raises:
            ValueError: If the GAN was not compiled.

        Example:

        >>> gan.nbytes_of_step(64) < gan.nbytes_of_step(6400)
        True
        """
        self._check_optimizers("nbytes_of_step")
        return footprint.nbytes_of_step(
            self.generator,
            self.discriminator,
            batch_size,
            k=self.discriminator_steps,
            penalised=bool(self.penalties),
            num_augmentations=len(self.augmentations),
        )

    def init_from(self, source: keras.Model) -> None:
        """Begins from the weights of trained networks, on other data.

        The optimizers and the step stay new. The generator and its average take the
        weights of theirs, and the average those of the generator if the source keeps
        none. A layer whose weights have other shapes, because there are other classes,
        channels or pixels, keeps its own; one log line names it. A `TrainingCheckpoint`
        that continues a run wins: it holds what has become of the weights.

        Args:
            source: A trained `GAN`; or a generator alone, and then D starts fresh.

        Raises:
            ValueError: If the GAN was trained already, if the networks are built of
                other layers, or if less than half of the layers fit.

        Example:

        >>> older = keras_gan.GAN(*keras_gan.networks.points(2))
        >>> new = keras_gan.GAN(*keras_gan.networks.points(2))
        >>> new.init_from(older)
        >>> new.freeze_d(1)
        >>> new.compile("adam", "adam")
        """
        step = int(self.step.numpy())
        if step:
            raise ValueError(
                f"This GAN was trained for {step} steps: make a new one to begin from "
                "the weights of another."
            )
        is_pair = isinstance(source, TwoPlayerModel)
        generator = source.generator if is_pair else source
        takings = {"generator": transfer.Taking(self.generator, generator, "generator")}
        if is_pair:
            takings["discriminator"] = transfer.Taking(
                self.discriminator, source.discriminator, "discriminator"
            )
        averages = []
        if self.ema_generator is not None:
            average = (source.ema_generator if is_pair else None) or generator
            averages = [transfer.Taking(self.ema_generator, average, "generator")]
        checksums = [one.carry_out() for one in (*takings.values(), *averages)]
        self._begun_from = " ".join(f"{one:08x}" for one in checksums)
        all_of_d = tuple(range(len(list(transfer.layers_of(self.discriminator)))))
        self._fresh_layers_of_d = takings["discriminator"].left if is_pair else all_of_d
        line = transfer.in_one_line(takings)
        if not is_pair:
            line += " The discriminator starts fresh: a generator alone has none to give."
        is_whole = is_pair and not any(one.left for one in takings.values())
        logging.log(logging.INFO if is_whole else logging.WARNING, line)

    def freeze_d(self, layers: int) -> None:
        """Holds the first layers of D, so that training does not change their weights.

        D learns from few samples more slowly to tell them apart by heart, if the layers
        that see edges and textures stay as they were trained on many. Call it before
        `compile`.

        Args:
            layers: How many of D's layers with weights, from its input on.

        Raises:
            ValueError: If none would be left to train, or if one of them was left fresh
                by `init_from`.

        Reference: Mo, Cho, Shin 2020, arXiv 2002.10964.
        """
        number = check_int("layers", layers, at_least=0)
        transfer.hold(self.discriminator, number, self._fresh_layers_of_d)

    @in_our_terms
    def compile(
        self,
        d_optimizer: str | keras.optimizers.Optimizer,
        g_optimizer: str | keras.optimizers.Optimizer,
        loss: str | object = "non_saturating",
        penalties: Sequence[Callable] = (),
        *,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: str | bool = "auto",
    ) -> None:
        """Configures how the two networks are trained.

        Networks that compute in float16 (`mixed_float16`) get a loss scale each; losses
        and logits stay in float32.

        Args:
            d_optimizer: Optimizer of D, an object or a name.
            g_optimizer: Optimizer of G, a different object, or a name.
            loss: A name of `keras_gan.losses.NAMES`, or an object of that module.
            penalties: Objects of `keras_gan.penalties`, added to D's loss.
            run_eagerly: As in Keras.
            steps_per_execution: As in Keras.
            jit_compile: As in Keras; on a CPU, XLA is slower.

        Raises:
            ValueError: If both optimizers are the same object, one was used before or
                has `use_ema=True`; if the loss is unknown; or if a network has no
                trainable weights.
        """
        check_int("steps_per_execution", steps_per_execution, at_least=1)
        self.replicas.check_options(run_eagerly, jit_compile)
        penalties = validation.check_callables(
            "penalties",
            penalties,
            ("discriminator", "real_samples", "fake_samples", "seed"),
        )
        with self.replicas.strategy.scope():
            d_optimizer = validation.get_optimizer("d_optimizer", d_optimizer)
            g_optimizer = validation.get_optimizer("g_optimizer", g_optimizer)
        validation.check_optimizers(d_optimizer, g_optimizer)
        # Keras would otherwise make an optimizer that nobody uses.
        super().compile(
            optimizer=None,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
        )
        self.adversarial_loss = losses.get(loss)
        validation.warn_unless_saved("loss", self.adversarial_loss)
        self.penalties = penalties
        validation.warn_of_batch_statistics(self.discriminator, self.penalties)
        validation.warn_of_unbounded_slope(
            self.adversarial_loss, self.discriminator, self.penalties
        )
        for optimizer in (d_optimizer, g_optimizer):
            self.replicas.check([optimizer.iterations], "An optimizer")
        with self.replicas.strategy.scope():
            self.d.compile(d_optimizer)
            self.g.compile(g_optimizer)

    @property
    def d_optimizer(self) -> keras.optimizers.Optimizer | None:
        """The discriminator's optimizer; None before `compile`."""
        return self.d.optimizer

    @property
    def g_optimizer(self) -> keras.optimizers.Optimizer | None:
        """The generator's optimizer; None before `compile`."""
        return self.g.optimizer

    @property
    def optimizer(self) -> OptimizerPair | None:
        """Both optimizers, as Keras' callbacks expect them; None before `compile`."""
        if self.g_optimizer is None:
            return None
        return OptimizerPair(self.d_optimizer, self.g_optimizer)

    @optimizer.setter
    def optimizer(self, _):
        """Ignores the None that `compile` makes Keras assign; the pair is computed."""

    @in_our_terms
    def fit(
        self,
        x: inputs.RealSamples | None = None,
        y: ArrayLike | None = None,
        *,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = "auto",
        callbacks: Sequence[keras.callbacks.Callback] | None = None,
        validation_data: inputs.RealSamples | None = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_freq: int | Sequence[int] = 1,
    ) -> keras.callbacks.History:
        """Trains both networks; one step of the progress bar is one generator update.

        Args:
            x: Real samples: what `keras_gan.data.load` returns; an array (n, ...);
                a `tf.data.Dataset` of minibatches of m samples, bare, as (samples,
                labels), or as tensorflow-datasets dicts; or a `PyDataset`. uint8
                images are scaled to the generator's range, floats must lie in it.
                Each step takes k minibatches; arrays are shuffled by (seed, epoch).
            y: Labels, if x is an array. Left out, with a warning, if the GAN is not
                conditional.
            batch_size: m, only for arrays and unbatched datasets. Defaults to 32 for
                arrays.
            epochs: Number of passes over the data.
            verbose: As in Keras.
            callbacks: As in Keras.
            validation_data: Unseen real samples to evaluate on, logged as `val_...`.
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
        self._check_compiled("fit")
        validation.check_count("steps_per_epoch", steps_per_epoch)
        if isinstance(validation_freq, int):
            validation.check_count("validation_freq", validation_freq)
        batch_size = validation.check_count("batch_size", batch_size)
        run = CallbackRun(callbacks, model=self, verbose=verbose, epochs=epochs)
        if y is not None and not self.is_conditional:
            logging.warning(
                "fit was given labels, and leaves them out: a GAN with num_classes, of "
                "networks with num_classes, learns them."
            )
        x = x if y is None else (x, y)
        if validation_data is not None:
            validation_data = self._evaluation_dataset(
                validation_data, batch_size, validation_steps, "validation_steps"
            )
        with run.protected(), damage_in_one_line():
            data = inputs.training_input(
                x,
                self.sample_spec,
                discriminator_steps=self.discriminator_steps,
                batch_size=batch_size,
                seed=self.seed,
            )
            # What an earlier run left, diverged or interrupted, is no part of this one.
            self.reset_metrics()
            self.finite_check.reset()
            epoch, steps_done = self._resume(run, data, steps_per_epoch)
            self.replicas.check_alike(
                int(self.step.numpy()),
                "The workers resumed from different steps: give all of them the same "
                "folder, on a disk that all can read.",
            )
            epoch = max(epoch, initial_epoch)
            finite.check_model(self)
            self._look_at(data)
            whole_steps = steps_per_epoch or data.endless_steps
            if self.replicas.are_several:
                # No replica may find the end of the data while another one does not.
                whole_steps = whole_steps or data.steps_per_epoch()
            validation.check_steps_per_execution(self.steps_per_execution, whole_steps)
            if run.is_over(int(self.step.numpy())):
                epochs = epoch  # Nothing is left to do.
            segments = _segments(epoch, epochs, whole_steps, steps_done)
            for first_epoch, last_epoch, steps, done in segments:
                run.next_segment(whole_steps or data.steps_per_epoch(), done)
                history = super().fit(
                    self._for_replicas(data.elements(int(self.step.numpy()))),
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
            run.finish()
            if not run.guards_against_nan:
                finite.warn_of_divergence(self.finite_check.broken_at)
        return history

    def _for_replicas(self, elements):
        """Training elements as the replicas get them."""
        if not self.replicas.are_several:
            return elements
        m = first_look.minibatch_size(elements) or len(next(iter(elements))[0])
        return self.replicas.dataset(elements, self.replicas.part(m, self.packing))

    def _resume(self, run, data, steps_per_epoch):
        """Restores the saved state, if any; returns the (epochs, steps) already done."""
        if run.checkpoint is None:
            return 0, 0
        texts = identity(self)
        texts["data"] = data.fingerprint
        texts["steps_per_epoch"] = str(steps_per_epoch)
        if self._begun_from is not None:
            texts["init_from"] = self._begun_from
        return run.checkpoint.restore(self, texts, data.exact)

    def _look_at(self, data):
        """Keeps the first samples, and refuses data that does not fit the networks."""
        if self.is_conditional:
            self.condition = self.condition.taught(data.class_names)
        # From the first step, also when a run is resumed: callbacks show these samples.
        dataset = data.stored_elements()
        m = first_look.minibatch_size(dataset)
        if m is not None:
            footprint.check_step(m, self.nbytes_of_step(m))
        first_look.check_packs(dataset, self.packing)
        samples, labels = first_look.take(dataset)
        seen = samples if data.floats is None else data.floats
        first_look.check(seen, self.sample_shape, self.value_range)
        self.replicas.check_alike(
            zlib.crc32(np.ascontiguousarray(samples).data),
            "The workers read different samples: give all of them the same data, in the "
            "same order; a tf.data.Dataset needs a seed where it shuffles.",
        )
        if self.real_samples is None:
            self._look_at_outputs(samples[:64])
        # Last, so that data which was refused does not count as a first look.
        self.real_samples, self.real_labels = samples, labels

    def _look_at_outputs(self, real_samples):
        """Compares what the networks put out with what cannot be read off them."""
        bounds = bounds_of(self.generator)
        are_points = kind_of(self.sample_shape) is POINTS
        if self.value_range is None and (bounds.unknown or not are_points):
            made = self.generate(self.draw_latents(64), averaged=False)
            first_look.compare(real_samples, made, bounds.unknown)
        unknown = bounds_of(self.discriminator).unknown
        if unknown:
            d = DiscriminatorView(
                self.discriminator, self.labels(len(real_samples)), packing=self.packing
            )
            logits = d(fill_up(real_samples, self.packing), training=False)
            first_look.check_logits(logits.numpy(), unknown)

    def reset_metrics(self):
        """Resets the metrics; those of an epoch that is resumed are put back later."""
        self._num_evaluated.assign(0)
        super().reset_metrics()

    def make_train_function(self, force=False):
        """As in Keras; called by `fit` and `train_on_batch`."""
        if self.train_function is None or force:
            super().make_train_function(force=True)
            if self.replicas.are_several:
                self.train_function = self.replicas.step_function(
                    self.train_step,
                    self.training_metrics,
                    packing=self.packing,
                    steps_per_execution=self.steps_per_execution,
                )
            self.train_function = self._without_remapper(self.train_function)
        return self.train_function

    def make_test_function(self, force=False):
        """As in Keras; called by `evaluate` and `test_on_batch`."""
        if self.test_function is None or force:
            super().make_test_function(force=True)
            self.test_function = self._without_remapper(self.test_function)
        return self.test_function

    def _times(self, number, update):
        """Makes `update(i)` for i = 0, 1, ..., `number` - 1, in this order.

        In a compiled step it is a loop of TensorFlow, so that a large k costs no more
        tracing than k = 2. On several devices it is written out: their exchange of
        gradients cannot stand in such a loop.
        """
        if number == 1 or tf.executing_eagerly() or self.replicas.are_several:
            for i in range(number):
                update(i)
            return

        def body(i):
            update(i)
            return (i + 1,)

        first = tf.constant(0, tf.int64)
        tf.while_loop(lambda i: i < number, body, (first,), parallel_iterations=1)

    def _without_remapper(self, function):
        return remapper.switched_off(function, (self.generator, self.discriminator))

    @in_our_terms
    def train_on_batch(
        self,
        x: np.ndarray | tf.Tensor | tuple,
        y: ArrayLike | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Runs one training step on the given samples.

        Args:
            x: Real samples (m, ...), or k minibatches (m, k, ...), floats in the
                generator's range; or a pair (samples, labels).
            y: Labels of a conditional GAN, (m,) or (m, k). Defaults to None.
            return_dict: Whether to return a dict, not a list. Defaults to False.

        Returns:
            The logs of this step.

        Raises:
            ValueError: If the samples do not hold k minibatches, or are not scaled.
        """
        self._check_compiled("train_on_batch")
        element = elements.of_batch(x, y, self.sample_spec, self.discriminator_steps)
        self.make_train_function()
        return self._run_once(self.train_function, element, return_dict)

    @in_our_terms
    def test_on_batch(
        self,
        x: np.ndarray | tf.Tensor | tuple,
        y: ArrayLike | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Evaluates one minibatch; see `evaluate`.

        Args:
            x: Real samples (m, ...), or a pair (samples, labels).
            y: Labels of a conditional GAN, (m,). Defaults to None.
            return_dict: Whether to return a dict, not a list. Defaults to False.

        Returns:
            What `evaluate` returns, for this minibatch.
        """
        self._check_compiled("test_on_batch")
        spec = self.sample_spec
        element = spec.ready(*spec.read(x if y is None else (x, y)))
        self.make_test_function()
        return self._run_once(self.test_function, element, return_dict)

    def _check_optimizers(self, method):
        if self.optimizer is None:
            raise ValueError(
                f"Call compile() before {method}(): it sets both optimizers."
            )

    def _check_compiled(self, method):
        self._check_optimizers(method)
        for player in self.players:
            player.check_trained()
        self.replicas.check_outside(method)

    def _run_once(self, function, element, return_dict):
        """Calls a step function of Keras once, outside of `fit` and `evaluate`."""
        self.reset_metrics()
        given = tuple(part for part in element if part is not None)
        logs = function(iter([given]))
        logs = {n: float(keras.ops.convert_to_numpy(log)) for n, log in logs.items()}
        return logs if return_dict else list(logs.values())

    @in_our_terms
    def evaluate(
        self,
        x: inputs.RealSamples | None = None,
        y: ArrayLike | None = None,
        *,
        batch_size: int | None = None,
        return_dict: bool = True,
        **keras_arguments,
    ) -> Any:
        """Plays the game on unseen samples, without training.

        A `real_score` that is far higher on training data than on unseen data means that
        D memorises.

        Args:
            x: Real samples; the same kinds as for `fit`.
            y: Labels, if x is an array. Ignored if the GAN is not conditional.
            batch_size: m, only for arrays and unbatched datasets.
            return_dict: Whether to return a dict, not a list. Defaults to True.
            **keras_arguments: `verbose`, `steps`, `callbacks`, as in Keras.

        Returns:
            `d_loss`, `g_loss`, `value`, `real_score`, `fake_score`, and `d_accuracy`:
            the share of samples, half real and half fake, that D tells apart.
        """
        self._check_optimizers("evaluate")
        # Within `fit`, Keras passes on the dataset that `fit` has already prepared.
        if not keras_arguments.get("_use_cached_eval_dataset"):
            x = x if y is None else (x, y)
            batch_size = validation.check_count("batch_size", batch_size)
            steps = keras_arguments.get("steps")
            x = self._evaluation_dataset(x, batch_size, steps, "steps")
            self.replicas.check_outside("evaluate")
        with damage_in_one_line():
            return super().evaluate(x, return_dict=return_dict, **keras_arguments)

    def _evaluation_dataset(self, x, batch_size, steps, steps_name):
        validation.check_count(steps_name, steps)
        dataset = inputs.evaluation_dataset(
            x,
            self.sample_spec,
            batch_size=batch_size,
            steps=steps,
            steps_name=steps_name,
        )
        some = first_look.of_minibatch(dataset)
        first_look.check(some, self.sample_shape, self.value_range)
        return dataset

    def save(
        self,
        filepath: str | os.PathLike,
        overwrite: bool = True,
        zipped: bool | None = None,
        **keras_arguments,
    ) -> None:
        """Saves networks, options, optimizers and their moments in a `.keras` file.

        Args:
            filepath: Path that ends in ".keras".
            overwrite: As in Keras.
            zipped: As in Keras.
            **keras_arguments: As in Keras.

        Raises:
            ValueError: If the path ends in ".h5", a format that keeps one optimizer.
        """
        if str(filepath).endswith((".h5", ".hdf5")):
            raise ValueError(
                f"HDF5 keeps one optimizer, a GAN has two: save {filepath} as .keras, or "
                "one network by gan.generator.save."
            )
        penalties = () if self.optimizer is None else self.penalties
        own = (*self.augmentations, *penalties, self.latents)
        saved_parts.warn_of_unknown(self, own)
        finite.warn_of_broken(self, filepath)
        super().save(filepath, overwrite, zipped, **keras_arguments)

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
        saved_parts.check_known(config)
        self.compile(**keras.saving.deserialize_keras_object(config))


def _segments(first_epoch, last_epoch, steps, steps_done):
    """The calls of Keras' `fit` that make one run.

    Args:
        first_epoch: Whole epochs done before.
        last_epoch: Epochs done at the end.
        steps: Steps of an epoch; None if the data says it.
        steps_done: Steps done in an epoch that was stopped; 0 if there is none.

    Returns:
        A list of `(first epoch, last epoch, steps of an epoch, steps done)`. An epoch
        that was stopped is finished by a call of its own, with the steps that are left.
    """
    if not steps_done or first_epoch >= last_epoch:
        return [(first_epoch, last_epoch, steps, 0)]
    rest = (first_epoch, first_epoch + 1, steps - steps_done, steps_done)
    return [rest, (first_epoch + 1, last_epoch, steps, 0)]
