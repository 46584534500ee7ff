"""`Element`: what a training step consumes, and how it is read from a user's data."""

import dataclasses
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from keras_gan.data.labels import Classes
from keras_gan.data.value_range import scale


class Element(NamedTuple):
    """Real samples with their labels: everything a training step takes from the data.

    In datasets it is a plain tuple, `(samples,)` or `(samples, labels)`; a step begins
    with `Element(*data)`.

    Attributes:
        samples: float32 (m, k, ...), in training; (m, ...), in evaluation.
        labels: int32 (m, k) or (m,); None unless the GAN is conditional.
    """

    samples: Any
    labels: Any = None

    def minibatch(self, i):
        """Minibatch i of the k: samples (m, ...), labels (m,)."""
        labels = None if self.labels is None else self.labels[:, i]
        return Element(self.samples[:, i], labels)


@dataclasses.dataclass(frozen=True)
class SampleSpec:
    """What the networks expect of real samples.

    Args:
        shape: Shape of one sample.
        value_range: (low, high) of the generator's output, or None: no bounds.
        condition: `Classes`, or None: labels are left out.
    """

    shape: tuple
    value_range: tuple | None
    condition: Classes | None = None

    def read(self, element):
        """Samples and labels of a dataset's element, as they are stored.

        Args:
            element: Samples, (samples, labels), or a dict; tensors, arrays or specs.

        Returns:
            A tuple `(samples,)` or `(samples, labels)`.

        Raises:
            ValueError: If samples or labels cannot be found, or there are sample weights.
        """
        refuse_weights(element)
        samples = pick_samples(element, self.shape)
        if isinstance(samples, tf.Tensor) and samples.shape.rank is None:
            raise ValueError(
                "The dataset does not know the shape of its samples: pass "
                "output_signature= to from_generator, or set it by map and set_shape."
            )
        samples = with_channel(samples, self.shape)
        if self.condition is None:
            return (samples,)
        return samples, self.condition.pick(element)

    def ready(self, samples, labels=None):
        """Prepares what `read` found for the networks: scaled samples, int32 labels.

        A label out of range is an error when the pipeline runs.
        """
        samples = scale(samples, self.value_range)
        if self.condition is None:
            return (samples,)
        return samples, self.condition.checked(labels)


def of_batch(x, y, spec, discriminator_steps):
    """Makes the element for one call of `train_on_batch`.

    Args:
        x: Samples (m, ...), or (m, k, ...), floats in the generator's range; or a pair
            (samples, labels).
        y: Labels (m,) or (m, k), or None.
        spec: `SampleSpec` of the networks.
        discriminator_steps: k.

    Returns:
        An `Element` of tensors (m, k, ...).

    Raises:
        ValueError: If the samples are not scaled, or do not hold k minibatches.
    """
    given = x if y is None else (x, y)
    samples = tf.convert_to_tensor(pick_samples(given, spec.shape))
    if samples.dtype.is_integer:
        raise ValueError(
            "A training step takes floats in the generator's range, got "
            f"{samples.dtype.name}: use fit, which scales them, or scale them first."
        )
    labels = None
    if spec.condition is not None:
        labels = tf.cast(spec.condition.pick(given), "int32")
    if samples.shape.rank == len(spec.shape) + 1 and discriminator_steps == 1:
        if labels is not None:
            labels = spec.condition.as_vector(labels)[:, None]
        return Element(samples[:, None], labels)
    if samples.shape.rank != len(spec.shape) + 2:
        raise ValueError(
            f"A training step takes {discriminator_steps} minibatches in one tensor "
            f"(m, {discriminator_steps}, ...), got the shape {samples.shape}: use fit."
        )
    return Element(samples, labels)


def pick_samples(element, sample_shape):
    """Takes the samples out of a dataset's element: bare, (samples, labels), or dict.

    Raises:
        ValueError: If a dict holds no "image" and no other entry of the right shape.
    """
    while isinstance(element, (tuple, list)):
        element = element[0]
    if not isinstance(element, dict):
        return element
    if "image" in element:
        return element["image"]
    for entry in element.values():
        if tuple(entry.shape[-len(sample_shape) :]) == tuple(sample_shape):
            return entry
    raise ValueError(
        f"No entry of the data's {sorted(element)} is called 'image' or has the "
        f"shape {tuple(sample_shape)}: map the dataset to bare samples."
    )


def with_channel(samples, sample_shape):
    """Adds the missing channel axis to grey images, or to minibatches of them."""
    *sides, channels = sample_shape
    lacking = channels == 1 and list(samples.shape)[-len(sides) :] == sides
    return samples[..., np.newaxis] if sides and lacking else samples


def refuse_weights(element):
    """Refuses (samples, labels, weights), which Keras' own `fit` takes.

    Raises:
        ValueError: If there are weights; says what to pass.
    """
    if isinstance(element, tuple) and len(element) > 2:
        raise ValueError(
            f"The data's elements have {len(element)} parts, but a GAN trains on "
            "samples, or on (samples, labels), without weights: drop the other parts "
            "with dataset.map."
        )
