"""Does a conditional generator make the classes that it is asked for?"""

import numpy as np
from numpy.typing import ArrayLike

from keras_gan.evaluation.result import Result, as_rows


def agreement(logits: ArrayLike, labels: ArrayLike) -> Result:
    """Share of samples that a classifier reads as the class that was asked for.

    `mean_i [argmax_c logits_ic = label_i]`, from 0 to 1; higher is better. The ceiling
    is the classifier's accuracy on real images, which a perfect generator gets.

    Args:
        logits: The classifier's logits of the samples (n, classes).
        labels: The classes that they were asked for, ints (n,).

    Returns:
        A `Result`; its uncertainty is the standard error of a share,
        `sqrt(value (1 - value) / n)`. `extra["by_class"]` has the share of each class,
        NaN where none was asked for, `extra["asked"]` how many were, and
        `extra["worst_class"]` the number of the class with the lowest share.

    Raises:
        ValueError: If the labels are not one class for each sample, or a logit is NaN or
            infinite.

    Example:

    >>> logits = [[3.0, 0.0], [2.0, 1.0], [0.0, 1.0], [5.0, 0.0]]
    >>> result = agreement(logits, labels=[0, 0, 1, 1])
    >>> result.value, result.extra["by_class"]
    (0.75, [1.0, 0.5])
    """
    logits = as_rows("logits", logits, at_least=1)
    n, num_classes = logits.shape
    labels = np.asarray(labels)
    if labels.shape != (n,) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"labels must be {n} integers, one for each sample, got {labels.dtype} of "
            f"shape {labels.shape}."
        )
    if labels.min() < 0 or labels.max() >= num_classes:
        raise ValueError(
            f"labels must lie in 0..{num_classes - 1}, the classes of the logits, got "
            f"{labels.min()} to {labels.max()}."
        )
    agrees = logits.argmax(axis=1) == labels
    asked = np.bincount(labels, minlength=num_classes)
    read = np.bincount(labels[agrees], minlength=num_classes)
    by_class = np.full(num_classes, np.nan)
    np.divide(read, asked, out=by_class, where=asked > 0)
    value = float(agrees.mean())
    extra = {
        "by_class": by_class.tolist(),
        "asked": asked.tolist(),
        "worst_class": int(np.nanargmin(by_class)),
    }
    return Result(value, float(np.sqrt(value * (1.0 - value) / n)), n, extra=extra)
