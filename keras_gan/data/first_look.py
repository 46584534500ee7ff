"""Checks of the data, before the first update."""

import keras
import numpy as np
import tensorflow as tf
from absl import logging

from keras_gan.data.kinds import kind_of
from keras_gan.data.labels import errors_of_pipeline
from keras_gan.data.on_disk import damage_in_one_line
from keras_gan.data.value_range import scale, unscale


def check(samples, sample_shape, value_range):
    """Refuses samples that the networks cannot be trained on.

    Args:
        samples: NumPy array (m, ...), as the discriminator would receive them.
        sample_shape: Shape of one sample, as the generator makes it.
        value_range: The generator's (low, high), or None if it has no bounds.

    Raises:
        ValueError: If the shape differs, a value is NaN or infinite, or the values
            lie outside the generator's range or fill only its upper half.
    """
    if tuple(samples.shape[1:]) != tuple(sample_shape):
        raise ValueError(
            f"The data's samples have shape {tuple(samples.shape[1:])}, but the "
            f"networks work on {tuple(sample_shape)}: build the networks for the "
            "data's shape, or resize the data."
        )
    flat = samples.reshape(len(samples), -1)
    finite = np.isfinite(flat).all(axis=1)
    if not finite.all():
        raise ValueError(
            f"Sample {int(np.argmin(finite))} holds NaN or infinity: remove or mend it."
        )
    low, high = float(samples.min()), float(samples.max())
    if low == high and samples.size > 1:
        logging.warning("All values of the first samples are %g: is this the data?", low)
    elif flat.shape[1] > 1 and (flat.min(axis=1) == flat.max(axis=1)).all():
        logging.warning("Each of the first samples is one flat colour: is this the data?")
    elif value_range is not None:
        _check_range(samples, low, high, value_range)
    elif max(abs(low), abs(high)) > _LARGE:
        logging.warning(
            "The data's values lie in [%g, %g]; networks train badly on such numbers: "
            "scale the data to about [-1, 1], or pass uint8 images, which are scaled for "
            "you.",
            low,
            high,
        )
    if kind_of(sample_shape).has_pixels:
        _check_width(low, high, value_range or (-1.0, 1.0))


# Larger values than those of standardised data.
_LARGE = 10.0


def _check_width(low, high, value_range):
    """Warns of images that fill a small part of the range: they are almost flat."""
    width = value_range[1] - value_range[0]
    if 0.0 < high - low <= 0.26 * width:  # 14 bits in 16 fill a quarter.
        logging.warning(
            "The data's values lie in [%g, %g], a small part of [%g, %g]: images of 10 "
            "to 14 bits in files of 16 bits must be scaled to all of it.",
            low,
            high,
            *value_range,
        )


def _check_range(samples, low, high, value_range):
    tolerance = 0.01
    outside = low < value_range[0] - tolerance or high > value_range[1] + tolerance
    # Images with nothing darker than mid-grey: probably scaled to [0, 1] by mistake.
    half_empty = value_range[0] < 0 <= low and not _were_bytes(samples, value_range)
    if half_empty and not outside and not kind_of(samples.shape[1:]).has_pixels:
        logging.warning(
            "The data's values lie in [%g, %g], the upper part of the generator's range "
            "[%g, %g]: if they were scaled to [0, 1], scale them to all of it.",
            low,
            high,
            *value_range,
        )
    elif outside or half_empty:
        raise ValueError(
            f"The data's values lie in [{low:g}, {high:g}], but the generator emits "
            f"[{value_range[0]:g}, {value_range[1]:g}]: scale the data to that range, "
            "or pass uint8 images, which are scaled for you."
        )


def compare(real_samples, fake_samples, unknown):
    """Warns if a generator without known bounds may not reach the data's range.

    Args:
        real_samples: NumPy array, as the discriminator would receive them.
        fake_samples: NumPy array of samples of the untrained generator.
        unknown: Name of the operation that hides the generator's range; None if it is
            known to have no bounds on both sides.
    """
    ends = [
        real_samples.min(),
        real_samples.max(),
        fake_samples.min(),
        fake_samples.max(),
    ]
    real_low, real_high, fake_low, fake_high = map(float, ends)
    ranges = (
        f"its first samples lie in [{fake_low:g}, {fake_high:g}], the data in "
        f"[{real_low:g}, {real_high:g}]"
    )
    if unknown:
        logging.warning(
            "The generator's range is not known, as nobody can look into %r: %s. If it "
            "ends in an activation such as tanh, make that a layer of its own, and the "
            "last one: keras.layers.Activation('tanh').",
            unknown,
            ranges,
        )
    elif fake_low >= 0.0 > real_low:
        logging.warning(
            "The generator's samples may never be negative: %s. End it in an activation "
            "that reaches the data, such as tanh, or scale the data.",
            ranges,
        )


def check_logits(logits, unknown):
    """Warns if D's outputs look like probabilities.

    Args:
        logits: NumPy array of D's outputs.
        unknown: Name of the operation that hides what D ends in.
    """
    if 0.0 <= logits.min() and logits.max() <= 1.0:
        logging.warning(
            "The discriminator's first outputs all lie in [0, 1], and what %r does is "
            "not known: if they are probabilities, leave its sigmoid out, because the "
            "losses work on unbounded logits.",
            unknown,
        )


def _were_bytes(samples, value_range):
    """Whether the values are those of scaled uint8 images, which may well be bright.

    Scaled to [-1, 1], they are odd multiples of 1/255; in [0, 1], even ones occur, too.
    """
    levels = scale(unscale(samples, value_range), value_range)
    return np.allclose(samples, levels, atol=1e-5)


def check_finite(samples, name, first=0):
    """Refuses NaN and infinity, which would silently ruin every weight.

    Args:
        samples: Float array.
        name: The source, for the message.
        first: Which of the source's samples is the first of these. Defaults to 0.

    Raises:
        ValueError: Names the first index that holds such a value.
    """
    finite = np.isfinite(samples)
    if not finite.all():
        index = tuple(map(int, np.argwhere(~finite)[0]))
        place = (index[0] + first, *index[1:])
        raise ValueError(
            f"{name}: {samples[index]} at index {place}: remove or repair that sample."
        )


def of_minibatch(dataset):
    """The samples of the first minibatch to evaluate on, for checks.

    Args:
        dataset: What `inputs.evaluation_dataset` returned.

    Returns:
        A NumPy array (m, ...).

    Raises:
        ValueError: If the dataset is empty.
    """
    with damage_in_one_line():
        for samples, *_ in _elements(dataset):
            return np.asarray(samples)
    raise ValueError("The dataset to evaluate on is empty: 0 minibatches came out of it.")


def take(dataset, number=64):
    """The first samples of training elements, for checks and for a picture.

    Args:
        dataset: Training elements, as `fit` consumes them.
        number: How many samples to collect; fewer if the data has fewer. Defaults
            to 64.

    Returns:
        `(samples, labels)`: NumPy arrays (n, ...) and (n,) of whole elements; labels are
        None if there are none.

    Raises:
        ValueError: If the dataset is empty, or holds a label out of range.
    """
    found, labels = [], []
    with errors_of_pipeline(), damage_in_one_line():
        for samples, *given in _elements(dataset):
            found.append(np.reshape(samples, (-1, *samples.shape[2:])))
            labels.extend(np.ravel(given[0]) if given else ())
            if sum(map(len, found)) >= number:
                break
    if not found:
        raise ValueError("The dataset is empty: 0 elements came out of it.")
    return np.concatenate(found), np.array(labels) if labels else None


def minibatch_size(dataset):
    """m of training elements; None if a `tf.data.Dataset` does not say."""
    if isinstance(dataset, tf.data.Dataset):
        return dataset.element_spec[0].shape[0]
    return len(dataset[0][0])


def check_packs(dataset, packing):
    """Refuses minibatches that cannot be packed.

    Args:
        dataset: Training elements, as `fit` consumes them.
        packing: p, samples that D judges together.

    Raises:
        ValueError: If m is not a multiple of `packing`; for a `PyDataset`, the m of its
            first or last element.
    """
    if packing == 1:
        return
    if isinstance(dataset, tf.data.Dataset):
        elements = [dataset.element_spec]
        if elements[0][0].shape[0] is None:
            elements = dataset.take(1)
    else:
        elements = [dataset[0], dataset[len(dataset) - 1]]
    for m in [samples.shape[0] for samples, *_ in elements]:
        if m % packing:
            raise ValueError(
                f"packing={packing} needs minibatches of a multiple of {packing} "
                f"samples, got {m}: use a batch size of {m - m % packing or packing}."
            )


def _elements(dataset):
    if isinstance(dataset, keras.utils.PyDataset):
        return (dataset[i] for i in range(len(dataset)))
    return dataset.as_numpy_iterator()
