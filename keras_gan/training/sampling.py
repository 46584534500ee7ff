"""`SamplingModel`: how a trained GAN draws samples."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike
from PIL import Image

from keras_gan import pictures
from keras_gan.arguments import check_int
from keras_gan.data import memory
from keras_gan.data.labels import Classes, condition_of
from keras_gan.data.value_range import range_of
from keras_gan.randomness import SAMPLE, check_seed, fold
from keras_gan.training import finite, saved_parts, validation
from keras_gan.training.average import update_average
from keras_gan.training.discriminator_view import with_labels

# Latents for pictures are drawn in blocks of this size, so that sample i does not
# depend on how many others are asked for.
SAMPLE_BLOCK = 256


class SamplingModel(keras.Model):
    """A Keras model that draws samples from a generator, or from an average of it.

    Args:
        generator: Built `keras.Model`, latents (m, latent_dim) -> samples (m, ...).
        latents: Prior of z, a callable `(shape, seed)`.
        condition: `keras_gan.data.labels.Classes` of a conditional generator, or None.
        name: Name of the model.
    """

    def __init__(
        self,
        generator: keras.Model,
        latents: Callable,
        condition: Classes | None,
        name: str,
    ):
        super().__init__(name=name)
        self.generator = generator
        self.ema_generator = None
        self._average_rests = []
        self.latents = latents
        self.condition = condition
        self.real_samples = None
        self.real_labels = None

    def keep_average(self) -> None:
        """Creates the copy of the generator that holds the average of its weights."""
        try:
            self.ema_generator = keras.models.clone_model(self.generator)
        except (TypeError, ValueError) as error:
            raise ValueError(
                "ema_decay needs a copy of the generator, which Keras cannot make of a "
                "Lambda or a layer without get_config: write it in keras.ops, or as a "
                "registered layer."
            ) from error
        self.ema_generator.name = f"{self.generator.name}_average"  # As summary() has it.
        self.ema_generator.set_weights(self.generator.get_weights())
        self.ema_generator.trainable = False
        self._average_rests = [
            self.add_weight(
                name=f"average_rest_{n}",
                shape=weight.shape,
                dtype="float32",
                initializer="zeros",
                trainable=False,
                autocast=False,
            )
            for n, weight in enumerate(self.ema_generator.weights)
        ]

    def update_average(self, decay: tf.Tensor) -> None:
        """Moves the average towards the generator's weights.

        Batch normalisation's moments are weights, too: they are averaged like the rest,
        not recomputed for the averaged network.

        Args:
            decay: A float64 scalar tensor; with 1, nothing is done.
        """
        update_average(
            self.ema_generator.weights,
            self._average_rests,
            self.generator.weights,
            decay,
        )

    def load_own_variables(self, store):
        """Reads this model's own variables from a file that Keras opened."""
        rests = {id(rest) for rest in self._average_rests}
        own = self._trainable_variables + self._non_trainable_variables
        others = [variable for variable in own if id(variable) not in rests]
        if not rests or len(store.keys()) != len(others):
            super().load_own_variables(store)
            return
        # A file of 0.1 holds the average without its rests, which are then 0.
        for n, variable in enumerate(others):
            variable.assign(store[str(n)])
        for rest in self._average_rests:
            rest.assign(tf.zeros_like(rest))

    @property
    def is_conditional(self) -> bool:
        """Whether the networks take labels, too."""
        return self.condition is not None

    @property
    def num_classes(self) -> int | None:
        """Number of classes, or None if the GAN is not conditional."""
        return self.condition.number if self.is_conditional else None

    @property
    def class_names(self) -> list[str] | None:
        """Name of each class, in the order of the labels; None if they are not known.

        Give a GAN its names by `gan.class_names = ["cat", "dog"]`.
        """
        names = self.condition.names if self.is_conditional else None
        return None if names is None else list(names)

    @class_names.setter
    def class_names(self, names: Sequence[str] | None):
        self.condition = condition_of(self.num_classes, names)

    @property
    def latent_dim(self) -> int:
        """Number of coordinates of z."""
        shape = self.generator.input_shape
        return shape[0][-1] if self.is_conditional else shape[-1]

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Shape of one sample, without the batch axis."""
        return tuple(self.generator.output_shape[1:])

    @property
    def value_range(self) -> tuple[float, float] | None:
        """(low, high) of the generator's output, or None if it has no bounds."""
        return range_of(self.generator)

    @property
    def sampler(self) -> keras.Model:
        """The network that samples: the averaged generator if there is one."""
        return self.ema_generator or self.generator

    def __call__(self, latents, *arguments, **options):
        """As in Keras; what does not go with the generator is refused here.

        Within `call`, Keras would wrap the line in a report of its own.
        """
        is_pair = isinstance(latents, list | tuple | dict) and len(latents) == 2
        if self.is_conditional and not is_pair:
            raise ValueError(
                "A conditional GAN makes samples of [latents, labels], labels of shape "
                "(m,): write gan([z, labels]), or gan.sample(64, labels=...), which "
                "draws latents."
            )
        if is_pair and not self.is_conditional:
            raise ValueError(
                "The GAN is not conditional: call it with latents alone, gan(z), or "
                "train one with num_classes."
            )
        return super().__call__(latents, *arguments, **options)

    def call(self, latents, training=False):
        """Samples for given latents (m, latent_dim); what `predict` runs.

        A conditional GAN is given [latents, labels].
        """
        network = self.generator if training else self.sampler
        return network(latents, training=training)

    def draw_latents(self, num_samples: int, seed: int = 0) -> tf.Tensor:
        """Draws latents for pictures; the first i do not depend on `num_samples`.

        Args:
            num_samples: How many.
            seed: Non-negative int, unrelated to the seed of training. Defaults to 0.

        Returns:
            A float32 tensor (num_samples, latent_dim).
        """
        blocks = range(-(-num_samples // SAMPLE_BLOCK))
        z = [self._latents_of_block(block, seed) for block in blocks]
        return tf.concat(z, axis=0)[:num_samples]

    def _latents_of_block(self, block, seed):
        return self.latents_of(SAMPLE_BLOCK, fold(seed, block, SAMPLE))

    def latents_of(self, m: int | tf.Tensor, key: tf.Tensor) -> tf.Tensor:
        """Latents (m, latent_dim) that belong to a key: those of the prior.

        Args:
            m: How many.
            key: An int tensor of shape (2,).

        Raises:
            ValueError: If a prior of the user's own returns something else.
        """
        z = self.latents((m, self.latent_dim), key)
        shape = (m if isinstance(m, int) else None, self.latent_dim)
        validation.check_returned("latents", self.latents, z, shape)
        return z

    def labels(
        self, number: int, labels: ArrayLike | None = None, first: int = 0
    ) -> np.ndarray | None:
        """Labels to make samples for: an int32 array, or None if not conditional.

        Args:
            number: How many.
            labels: As for `sample`.
            first: Of the classes in turn, how many were sampled before. Defaults to 0.

        Raises:
            ValueError: If the labels do not fit.
        """
        if self.is_conditional:
            return self.condition.chosen(number, labels, first)
        if labels is not None:
            raise ValueError(
                "The GAN is not conditional, so samples cannot be asked for by label: "
                "train one with num_classes."
            )
        return None

    def columns(self, num_samples: int) -> int | None:
        """Columns of a picture with one class in each; None if none or too many."""
        return self.condition.columns(num_samples) if self.is_conditional else None

    def whole_rows(self, num_samples: int) -> int:
        """At most so many samples, with which each class has as many in a picture."""
        if not self.is_conditional:
            return num_samples
        return self.condition.whole_rows(num_samples)

    def generate(
        self,
        latents: tf.Tensor | np.ndarray,
        labels: ArrayLike | None = None,
        *,
        averaged: bool = True,
    ) -> np.ndarray:
        """Samples for given latents, a block at a time, as a NumPy array.

        Args:
            latents: Tensor (n, latent_dim).
            labels: As for `sample`. Defaults to None: the classes in turn.
            averaged: Whether to use the averaged generator, if there is one, and not
                the one that is being trained. Defaults to True.
        """
        network = self.sampler if averaged else self.generator
        labels = self.labels(len(latents), labels)
        latents = tf.convert_to_tensor(latents)
        made = np.empty((len(latents), *self.sample_shape), "float32")
        for first in range(0, len(latents), SAMPLE_BLOCK):
            block = slice(first, first + SAMPLE_BLOCK)
            block_labels = None if labels is None else labels[block]
            made[block] = _samples(network, latents[block], block_labels)
        return made

    def save_sampler(self, filepath: str | os.PathLike) -> None:
        """Saves the network that samples as a Keras model of its own.

        It is trainable where the generator is, although the average itself is not
        trained. A program that loads it needs this package only if the generator has
        layers that are not Keras' own; those of `keras_gan.networks` have none.

        Args:
            filepath: File that ends in `.keras`.

        Raises:
            ValueError: If the file ends otherwise.

        Example:

        >>> gan.save_sampler("generator.keras")
        >>> generator = keras.models.load_model("generator.keras")
        """
        if os.path.splitext(filepath)[1] != ".keras":
            raise ValueError(f"A sampler is saved as .keras, got {os.fspath(filepath)}.")
        network = self.generator
        if self.ema_generator is not None:
            network = keras.models.clone_model(self.generator)
            network.set_weights(self.ema_generator.get_weights())
        saved_parts.warn_of_unknown(network)
        finite.warn_of_broken(network, filepath)
        network.save(filepath)

    def export(
        self,
        filepath: str | os.PathLike,
        format: str = "tf_saved_model",
        verbose: bool = False,
        **keras_arguments,
    ) -> None:
        """Exports the network that samples, as `keras.Model.export` does.

        Args:
            filepath: Folder or file to write.
            format: As in Keras. Defaults to "tf_saved_model".
            verbose: Whether to print the endpoints of what is exported. Defaults to
                False.
            **keras_arguments: As in Keras.
        """
        self.sampler.export(filepath, format, verbose, **keras_arguments)

    def sample(
        self,
        num_samples: int | None = None,
        seed: int | None = None,
        labels: ArrayLike | None = None,
        *,
        latents: ArrayLike | None = None,
    ) -> np.ndarray:
        """Draws samples from the generator, from its average if there is one.

        Args:
            num_samples: How many, positive. Not needed with `latents`.
            seed: Non-negative int: the same seed gives the same latents. Defaults
                to 0.
            labels: For a conditional GAN: one class, or n of them, by their numbers or
                names, such as 2, "owl" or ["cat", "owl", 2]. Defaults to None: the
                classes in turn, 0, 1, 2, ..., also with `latents`: a walk that is to
                stay in one class needs its label.
            latents: Array (n, latent_dim), to choose the latents yourself: those of
                `gan.draw_latents`, or points between them. Defaults to None: they are
                drawn.

        Returns:
            A float32 NumPy array (n, ...) in the generator's range.

        Raises:
            ValueError: If the arguments are out of range or contradict each other, or
                the labels do not fit.

        Example:

        >>> gan.sample(64, seed=1).shape
        (64, 28, 28, 1)
        >>> sevens = conditional_gan.sample(64, labels=7)
        >>> digits = "zero one two three four five six seven eight nine"
        >>> conditional_gan.class_names = digits.split()
        >>> threes_and_a_four = conditional_gan.sample(3, labels=["three", 3, "four"])
        >>> first, last = gan.draw_latents(2)
        >>> gan.sample(latents=[first, (first + last) / 2, last]).shape
        (3, 28, 28, 1)
        """
        if latents is not None:
            return self._sample_latents(num_samples, seed, labels, latents)
        if num_samples is None:
            raise ValueError("Give num_samples, or latents of your own.")
        if np.ndim(num_samples):
            raise ValueError(
                f"sample takes a number of samples, got {np.shape(num_samples)} values: "
                "pass latents of your own as latents=."
            )
        num_samples = check_int("num_samples", num_samples, at_least=1)
        shape = (num_samples, *self.sample_shape)
        needed = memory.nbytes(shape, bytes_per_value=4)
        memory.check(f"num_samples={num_samples}", needed, "draw fewer, or use blocks")
        samples, first = np.empty(shape, "float32"), 0
        for block in self.blocks(num_samples, 0 if seed is None else seed, labels):
            samples[first : first + len(block)] = block
            first += len(block)
        return samples

    def _sample_latents(self, num_samples, seed, labels, latents):
        for name, value in {"num_samples": num_samples, "seed": seed}.items():
            if value is not None:
                raise ValueError(
                    f"latents decide the samples: leave out {name}={value!r}, or latents."
                )
        return self.generate(_checked_latents(latents, self.latent_dim), labels)

    def show(
        self,
        num_samples: int | None = None,
        seed: int | None = None,
        labels: ArrayLike | None = None,
        *,
        latents: ArrayLike | None = None,
        columns: int | None = None,
    ) -> Image.Image:
        """Draws samples as one picture, which a notebook shows.

        The range of the pixels, the columns and names of the classes and, after `fit`,
        real points beside generated ones come from the GAN. `keras_gan.pictures` draws
        any array.

        Args:
            num_samples: As for `sample`. Defaults to 64. Not needed with `latents`.
            seed: As for `sample`. Defaults to 0.
            labels: As for `sample`.
            latents: As for `sample`.
            columns: Samples per row. Defaults to None: about sqrt(num_samples); if the
                classes are sampled in turn, so many that each column holds one.

        Returns:
            A `PIL.Image.Image`.

        Raises:
            ValueError: As `sample`, and if the samples hold NaN or infinity.

        Example:

        >>> gan.show(16).size
        (234, 234)
        >>> gan.show(64, seed=1).save("samples.png")
        >>> first, last = gan.draw_latents(2, seed=1)
        >>> walk = np.linspace(first, last, 12)
        >>> gan.show(latents=walk, columns=12).save("walk.png")
        """
        if latents is None and num_samples is None:
            num_samples = 64
        samples = self.sample(num_samples, seed, labels, latents=latents)
        if columns is None and labels is None:
            columns = self.columns(len(samples))
        asked = self.labels(len(samples), labels)
        captions = pictures.captions_of(asked, columns, self.class_names)
        real = None if self.real_samples is None else self.real_samples[: len(samples)]
        pixels = pictures.draw(samples, self.value_range, columns, real, captions)
        return Image.fromarray(pixels)

    def blocks(
        self, num_samples: int, seed: int = 0, labels: ArrayLike | None = None
    ) -> Iterator[np.ndarray]:
        """The samples of `sample`, a block at a time: in little memory, however many.

        Args:
            num_samples: As for `sample`.
            seed: As for `sample`.
            labels: As for `sample`.

        Yields:
            float32 NumPy arrays (m, ...), m at most 256: together, what `sample` returns.

        Raises:
            ValueError: As `sample`.

        Example:

        >>> [len(block) for block in gan.blocks(600, seed=1)]
        [256, 256, 88]
        """
        num_samples = check_int("num_samples", num_samples, at_least=1)
        seed = check_seed(seed)
        parts = self.blocks_of_labels(num_samples, labels)
        for block, part in enumerate(parts):
            number = min(SAMPLE_BLOCK, num_samples - block * SAMPLE_BLOCK)
            latents = self._latents_of_block(block, seed)[:number]
            yield _samples(self.sampler, latents, part)

    def blocks_of_labels(
        self, num_samples: int, labels: ArrayLike | None = None
    ) -> Iterator[np.ndarray | None]:
        """The labels of `blocks`: arrays (m,), or None each if not conditional.

        Args:
            num_samples: As for `sample`.
            labels: As for `sample`.
        """
        if np.ndim(labels):
            labels = self.labels(num_samples, labels)
        for first in range(0, num_samples, SAMPLE_BLOCK):
            number = min(SAMPLE_BLOCK, num_samples - first)
            if np.ndim(labels):
                yield labels[first : first + number]
            else:
                yield self.labels(number, labels, first)


def _samples(network, latents, labels):
    """A network's samples of one block, as a float32 array."""
    labels = None if labels is None else tf.constant(labels)
    return np.asarray(network(with_labels(latents, labels), training=False), "float32")


def _checked_latents(latents, latent_dim):
    """Latents of the user's own as a float32 array (n, latent_dim)."""
    try:
        latents = np.asarray(latents, "float32")
    except (TypeError, ValueError):
        raise ValueError(
            f"latents must be numbers of shape (n, {latent_dim}), one row per sample."
        ) from None
    if latents.ndim != 2 or latents.shape[1] != latent_dim or not len(latents):
        raise ValueError(
            f"latents must have the shape (n, {latent_dim}), one row per sample, got "
            f"{latents.shape}."
        )
    if not np.isfinite(latents).all():
        raise ValueError("latents hold NaN or infinity.")
    return latents
