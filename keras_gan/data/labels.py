"""Class labels of real samples, as a conditional GAN needs them."""

import contextlib

import numpy as np
import tensorflow as tf

# The error message of `checked`.
_OUT_OF_RANGE = "A label of the data is out of range: correct it, or num_classes."


def pick(element):
    """Takes the labels out of a dataset's element: (samples, labels) or a dict.

    Returns:
        Integer labels, as the element holds them.

    Raises:
        ValueError: If there are none, or they are not integers.
    """
    if isinstance(element, (tuple, list)) and len(element) == 1:
        return pick(element[0])
    if isinstance(element, (tuple, list)):
        found = element[1]
    elif isinstance(element, dict) and "label" in element:
        found = element["label"]
    else:
        raise ValueError(
            "A conditional GAN (num_classes=...) trains on samples with labels, but "
            "the data has none: pass fit(x, y), pairs (samples, labels), dicts with "
            "'label', or keras_gan.data.load(..., labels=True)."
        )
    if not hasattr(found, "dtype"):
        found = np.asarray(found)
    if not tf.as_dtype(found.dtype).is_integer:
        raise ValueError(
            f"Labels must be integers, got {tf.as_dtype(found.dtype).name}: pass the "
            "number of each sample's class."
        )
    return found


def as_vector(labels):
    """Converts labels (m,) or (m, 1) to int32 (m,).

    Raises:
        ValueError: If they have another shape, e.g. one-hot.
    """
    if len(labels.shape) == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if len(labels.shape) != 1:
        raise ValueError(
            f"Labels must have the shape (m,), one number per sample, got "
            f"{tuple(labels.shape)}: use argmax on one-hot labels."
        )
    if isinstance(labels, np.ndarray):
        return labels.astype("int32")
    return tf.cast(labels, "int32")


def check(labels, num_classes):
    """Refuses labels that are out of range.

    Args:
        labels: Integer array.
        num_classes: How many classes there are.

    Raises:
        ValueError: If one is out of range; names the first.
    """
    wrong = _out_of_range(labels, num_classes)
    if wrong.size:
        raise ValueError(
            f"Label {np.ravel(labels)[wrong[0]]} of sample {wrong[0]} is not in "
            f"0..{num_classes - 1}: correct the data, or num_classes={num_classes}."
        )


def _out_of_range(labels, num_classes):
    """Indices of the labels that are out of range."""
    return np.flatnonzero((labels < 0) | (labels >= num_classes))


def checked(labels, num_classes):
    """Labels as int32 (m,); one out of range is an error when the pipeline runs."""
    labels = as_vector(labels)
    sound = tf.reduce_all((labels >= 0) & (labels < num_classes))
    with tf.control_dependencies([tf.debugging.Assert(sound, [_OUT_OF_RANGE, labels])]):
        return tf.identity(labels)


@contextlib.contextmanager
def errors_of_pipeline():
    """Turns the error of `checked` in a pipeline into a one-line `ValueError`."""
    try:
        yield
    except tf.errors.InvalidArgumentError as error:
        # TensorFlow has no error type for it: only the message identifies it.
        if _OUT_OF_RANGE not in str(error):
            raise
        raise ValueError(_OUT_OF_RANGE) from None


def check_batches(batches, num_classes):
    """Refuses `keras_gan.data` batches whose labels do not fit `num_classes`.

    Raises:
        ValueError: If they have no labels, or one is out of range.
    """
    if batches.labels is None:
        pick(None)
    check(batches.labels, num_classes)


def chosen(number, num_classes, labels=None):
    """Labels to sample by.

    Args:
        number: How many samples.
        num_classes: Classes of the GAN, or None if it is not conditional.
        labels: A class, or an array (number,) of classes. Defaults to None: the
            classes in turn, 0, 1, ..., 0, 1, ...

    Returns:
        An int32 array (number,), or None if the GAN is not conditional.

    Raises:
        ValueError: If the labels do not fit.
    """
    if num_classes is None:
        if labels is not None:
            raise ValueError(
                "The GAN is not conditional, so samples cannot be asked for by label: "
                "train one with num_classes."
            )
        return None
    if labels is None:
        return np.arange(number, dtype="int32") % num_classes
    labels = np.asarray(labels)
    if labels.dtype.kind not in "iu" or labels.shape not in ((), (number,)):
        raise ValueError(
            f"labels must be a class or {number} of them, integers, got {labels.dtype} "
            f"of shape {labels.shape}."
        )
    wrong = _out_of_range(labels, num_classes)
    if wrong.size:
        first = np.ravel(labels)[wrong[0]]
        raise ValueError(f"There is no label {first}: use 0..{num_classes - 1}.")
    return np.broadcast_to(labels, (number,)).astype("int32")
