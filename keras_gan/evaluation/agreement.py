"""Does a conditional generator make the classes that it is asked for?"""

from __future__ import annotations

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
        A `Result`; its uncertainty is the standard error of a share, `standard_error`.
        `extra["by_class"]` has the share of each class, NaN where none was asked for,
        and `extra["asked"]` how many were.

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
    extra = {"by_class": by_class.tolist(), "asked": asked.tolist()}
    return Result(value, standard_error(value, n), n, extra=extra)


def standard_error(share: float, n: int) -> float:
    """Standard error of a share of n samples, also of all or none of them.

    `sqrt(q (1 - q) / (n + 2))` with `q = (n share + 1/2) / (n + 1)`: the spread of what
    the share may be after n samples, by Jeffreys' prior. The usual formula says 0 if all
    samples agree, however few they are.

    Args:
        share: In [0, 1].
        n: Number of samples.

    Returns:
        A float above 0.

    Example:

    >>> round(standard_error(0.5, 99), 3), round(standard_error(1.0, 99), 3)
    (0.05, 0.007)

    Reference: Brown, Cai, DasGupta 2001, Interval estimation for a binomial proportion.
    """
    q = (n * share + 0.5) / (n + 1)
    return float(np.sqrt(q * (1 - q) / (n + 2)))
