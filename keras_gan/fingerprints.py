"""What tells one data set from another, for a run that is stopped and resumed."""

import zlib

import keras
import numpy as np
import tensorflow as tf

from keras_gan import labels


def can_start_anywhere(x):
    """Whether the order of this input is known for any step: ours, and arrays."""
    return hasattr(x, "training_dataset") or not isinstance(
        x, tf.data.Dataset | keras.utils.PyDataset
    )


def fingerprint(x, batch_size, num_classes=None):
    """A text that tells one data set from another, for a run that is resumed."""
    if hasattr(x, "training_dataset"):
        arrays = [x.samples] if num_classes is None else [x.samples, x.labels]
        return _array_fingerprint(arrays, x.batch_size)
    if isinstance(x, tf.data.Dataset):
        return f"{x.element_spec} x {int(x.cardinality())}"
    if isinstance(x, keras.utils.PyDataset):
        return f"{type(x).__name__} x {len(x)}"
    arrays = [] if num_classes is None else [np.asarray(labels.pick(x))]
    while isinstance(x, (tuple, list)):
        x = x[0]
    x = next(iter(x.values())) if isinstance(x, dict) else x
    return _array_fingerprint([np.asarray(x), *arrays], batch_size)


def _array_fingerprint(arrays, batch_size):
    checksum = 0
    for array in arrays:
        checksum = zlib.crc32(np.ascontiguousarray(array).data, checksum)
    first = arrays[0]
    return f"{first.dtype} {first.shape} crc32 {checksum:08x}, batch size {batch_size}"
