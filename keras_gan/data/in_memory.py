"""Real samples in minibatches, in an order that any training step can reproduce."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from absl import logging
from numpy.typing import ArrayLike

from keras_gan.arguments import check_int
from keras_gan.data import order
from keras_gan.data.first_look import check_finite
from keras_gan.data.kinds import ARRAYS, in_words, kind_of
from keras_gan.data.labels import check_class_names
from keras_gan.data.mirroring import check_can_be_mirrored
from keras_gan.data.on_disk import OnDisk, extent_of
from keras_gan.data.sources.mixtures import GaussianMixture
from keras_gan.data.value_range import check_range, scale
from keras_gan.randomness import check_seed


class Batches:
    """Real samples in minibatches whose order is reproducible.

    The order of an epoch depends on (seed, epoch) alone. A stopped run therefore
    continues with exactly the minibatches it would have seen, and no shuffle buffer
    or iterator state has to be saved.

    Args:
        samples: float32 points (n, d), signals (n, time, channels), images
            (n, h, w, c) or volumes (n, d, h, w, c); images and volumes may be uint8.
            An array, or, from `keras_gan.data.load`, a file on disk that is read by the
            row: `samples` can then be indexed, but is not read as a whole.
        labels: Integers (n,) in [0, num_classes). Defaults to None: no labels.
        batch_size: m, samples in one minibatch.
        seed: Non-negative int that chooses the order. Defaults to 0.
        name: What the samples are, for messages. Defaults to "samples".
        num_classes: Number of classes. Defaults to the largest label + 1.
        classes: Labels that the source knows, even if the elements carry none; for
            callbacks to use. Defaults to `labels`.
        class_names: Name of each class, in the order of the labels. Defaults to None:
            not known.
        density: The distribution the samples were drawn from, with `log_prob` and
            `sample`. Defaults to None: not known.
        value_range: (low, high) that float images are stored in; they are then scaled
            to the generator's range. Defaults to None: they are in the generator's
            range already.
        mirror: Whether training sees each image or, as often, its mirror image; which
            of them depends on (seed, epoch, index of the image) alone. Evaluation sees
            the images as they are. Defaults to False.

    Raises:
        ValueError: If the samples have another shape or dtype, hold NaN or infinity,
            are fewer than `batch_size`, or the labels do not fit.

    Example:

    >>> batches = Batches(np.random.rand(10, 2).astype("float32"), batch_size=2)
    >>> next(iter(batches.training_dataset(None))).shape
    TensorShape([2, 1, 2])

    Reference: Goodfellow et al. 2014, arXiv 1406.2661, algorithm 1 (m and k).
    """

    def __init__(
        self,
        samples: ArrayLike | OnDisk,
        labels: ArrayLike | None = None,
        *,
        batch_size: int,
        seed: int = 0,
        name: str = "",
        num_classes: int | None = None,
        classes: ArrayLike | None = None,
        class_names: Sequence[str] | None = None,
        density: GaussianMixture | None = None,
        value_range: tuple[float, float] | None = None,
        mirror: bool = False,
    ):
        self.name = name or "samples"
        self.samples = _check_samples(samples, value_range, self.name)
        self.mirror = mirror
        if mirror:
            check_can_be_mirrored(self.name, self.samples.shape[1:])
        self.batch_size = _check_batch_size(batch_size, len(self.samples), self.name)
        self.seed = check_seed(seed)
        self.value_range = value_range
        self.num_classes = num_classes
        self.density = density
        self.labels = None
        if labels is not None:
            self.labels = _check_labels(labels, len(self.samples), num_classes, self.name)
            self.num_classes = num_classes or int(self.labels.max()) + 1
        self.classes = self.labels
        if classes is not None:
            self.classes = _known_classes(
                np.asarray(classes), len(self.samples), self.name
            )
        self.class_names = None
        if class_names is not None:
            self.class_names = check_class_names(class_names, self.num_classes)
        self.sample_shape = self.samples.shape[1:]

    @property
    def nbytes(self) -> int:
        """Bytes that the samples take of memory; those on disk take none."""
        return 0 if isinstance(self.samples, OnDisk) else self.samples.nbytes

    def __len__(self) -> int:
        """Number of whole minibatches in one epoch."""
        return len(self.samples) // self.batch_size

    def __repr__(self) -> str:
        shape = "x".join(map(str, self.sample_shape))
        number = self.num_classes
        if self.labels is None:
            number = None if self.classes is None else len(np.unique(self.classes))
        classes = "" if number is None else f", {number:,} classes"
        if classes and self.labels is None:
            classes += " (labels left out)"
        return (
            f"<Batches {self.name}: {len(self.samples):,} samples of {shape}, batches of "
            f"{self.batch_size:,}{classes}>"
        )

    def steps_per_epoch(self, discriminator_steps: int = 1) -> int:
        """Training steps in one epoch; each consumes k minibatches.

        Args:
            discriminator_steps: k, minibatches of one training step. Defaults to 1.

        Returns:
            `n // (m * k)`; the samples left over differ from epoch to epoch.

        Raises:
            ValueError: If there are too few samples for one step.
        """
        k = check_int("discriminator_steps", discriminator_steps, at_least=1)
        return order.steps_per_epoch(len(self.samples), self.batch_size, k)

    def training_dataset(
        self,
        value_range: tuple[float, float] | None,
        *,
        discriminator_steps: int = 1,
        start_step: int = 0,
    ) -> tf.data.Dataset:
        """Endless shuffled minibatches, starting at any training step.

        Args:
            value_range: (low, high) of the generator, or None if it has no bounds.
                Points are never scaled.
            discriminator_steps: k, minibatches in one element. Defaults to 1.
            start_step: Training step of the first element. Defaults to 0.

        Returns:
            A `tf.data.Dataset` of infinite cardinality. Its elements are float32 of
            shape (m, k, ...); with labels, pairs with int32 labels (m, k).

        Raises:
            ValueError: If there are too few samples for one step, or an argument is
                out of range.
        """
        k = check_int("discriminator_steps", discriminator_steps, at_least=1)
        start_step = check_int("start_step", start_step, at_least=0)
        return _bare(self.training_elements(value_range, k, start_step))

    def training_elements(
        self,
        value_range: tuple[float, float] | None,
        discriminator_steps: int,
        start_step: int,
        *,
        mirror: bool | None = None,
    ) -> tf.data.Dataset:
        """`training_dataset` as tuples: `(samples,)` or `(samples, labels)`.

        Args:
            value_range: As for `training_dataset`.
            discriminator_steps: As for `training_dataset`.
            start_step: As for `training_dataset`.
            mirror: Whether images are mirrored, for what is to show them as they are.
                Defaults to None: if they are in training.
        """
        return order.minibatches(
            self._stored,
            batch_size=self.batch_size,
            discriminator_steps=discriminator_steps,
            seed=self.seed,
            start_step=start_step,
            mirror=self.mirror if mirror is None else mirror,
            transform=self._scaling(value_range),
        )

    def evaluation_dataset(
        self, value_range: tuple[float, float] | None
    ) -> tf.data.Dataset:
        """Every sample once, in stored order.

        Args:
            value_range: As for `training_dataset`.

        Returns:
            A finite `tf.data.Dataset` of float32 batches (m, ...), the last one
            possibly smaller; with labels, pairs with int32 labels (m,).
        """
        return _bare(self.evaluation_elements(value_range))

    def evaluation_elements(
        self, value_range: tuple[float, float] | None
    ) -> tf.data.Dataset:
        """`evaluation_dataset` as tuples: `(samples,)` or `(samples, labels)`."""
        scaling = self._scaling(value_range)
        stored = self._stored
        n, m = len(self.samples), self.batch_size

        def element(first):
            rows = tf.range(first, tf.minimum(first + m, n))
            return scaling(*(order.gather(array, rows) for array in stored))

        return order.steady(tf.data.Dataset.range(0, n, m).map(element))

    def scaled(
        self,
        value_range: tuple[float, float] | None,
        rows: slice | ArrayLike = slice(None),
    ) -> np.ndarray:
        """Samples in the generator's range, as an array.

        Args:
            value_range: As for `training_dataset`.
            rows: Which of them, a slice or positions. Defaults to all.

        Returns:
            A float32 NumPy array (n, ...).
        """
        (scaled,) = self._scaling(value_range)(self.samples[rows])
        return scaled.numpy()

    @functools.cached_property
    def _stored(self):
        """`(samples,)` or `(samples, labels)`, as tensors."""
        arrays = [self.samples] + ([] if self.labels is None else [self.labels])
        # On the CPU, because tf.data gathers there; GPU memory has better uses.
        with tf.device("CPU:0"):
            return tuple(map(order.ready_to_gather, arrays))

    def _scaling(self, value_range):
        """The function that scales gathered samples and leaves their labels alone."""
        low, high = check_range(value_range)

        def scaling(samples, *labels):
            return scale(samples, (low, high), self.value_range), *labels

        return scaling


def _bare(elements):
    """Unwraps elements without labels: bare samples, not tuples of one."""
    if len(elements.element_spec) > 1:
        return elements
    return elements.map(lambda samples: samples)


def _check_batch_size(batch_size, n, name):
    batch_size = check_int("batch_size", batch_size, at_least=1)
    if n == 0:
        raise ValueError(f"{name}: 0 samples; need at least batch_size={batch_size}")
    if n < batch_size:
        raise ValueError(
            f"{name}: {n} samples are fewer than batch_size={batch_size}: "
            f"use batch_size <= {n}"
        )
    return batch_size


def _check_samples(samples, value_range, name):
    if not isinstance(samples, OnDisk):
        samples = np.asarray(samples)
    kind = kind_of(samples.shape[1:])
    legal = ("float32", "uint8") if kind.has_pixels else ("float32",)
    if samples.ndim < 2 or kind is ARRAYS or samples.dtype not in legal:
        raise ValueError(
            f"{name}: expected float32 samples, {in_words()}, uint8 if they have pixels, "
            f"got {samples.dtype} of shape {samples.shape}: convert them first"
        )
    if samples.size == 0:
        if len(samples):
            raise ValueError(
                f"{name}: samples of shape {samples.shape[1:]} hold no values: give "
                "images with pixels, or points with coordinates."
            )
        return samples
    low, high = extent_of(samples)
    if not (np.isfinite(low) and np.isfinite(high)):
        check_finite(samples, name)
    if value_range is not None and samples.dtype == np.float32:
        legal_low, legal_high = check_range(value_range)
        if low < legal_low or high > legal_high:
            raise ValueError(
                f"{name}: float images must lie in [{legal_low:g}, {legal_high:g}], got "
                f"[{low:g}, {high:g}]: rescale them, or give uint8."
            )
    if low == high and len(samples) > 1:
        logging.warning("%s: all values equal %s; nothing to learn", name, low)
    return samples


def _known_classes(classes, n, name):
    """One class per sample, for callbacks to use; None if these are something else."""
    if classes.shape == (n,) and classes.dtype.kind in "iubUS":
        return classes
    logging.warning(
        "%s: labels of %s and shape %s are no class of each of %d samples, and unused",
        name,
        classes.dtype,
        classes.shape,
        n,
    )
    return None


def _check_labels(labels, n, num_classes, name):
    labels = np.asarray(labels)
    if labels.shape != (n,) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"{name}: expected {n} integer labels, one per sample, got {labels.dtype} "
            f"of shape {labels.shape}"
        )
    limit = np.iinfo(np.int32).max if num_classes is None else num_classes
    wrong = np.flatnonzero((labels < 0) | (labels >= limit))
    if wrong.size:
        legal = "at least 0" if num_classes is None else f"in 0..{num_classes - 1}"
        raise ValueError(
            f"{name}: label {labels[wrong[0]]} at index {wrong[0]} is out of range, "
            f"labels must be {legal}: correct it, or remove the sample"
        )
    number = num_classes or int(labels.max()) + 1
    missing = np.setdiff1d(np.arange(number), labels) if number <= 1000 else np.empty(0)
    if missing.size:
        logging.warning("%s: no sample has a label of %s", name, missing.tolist())
    return labels.astype(np.int32)
