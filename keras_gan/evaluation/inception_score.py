"""The inception score: are class predictions confident, and are they varied?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from keras_gan.evaluation.result import Result, as_rows


def inception_score(logits: ArrayLike, *, num_splits: int = 10, seed: int = 0) -> Result:
    """exp of the mean divergence of each prediction from the mean prediction.

    `exp(mean_x KL(p(y|x) || p(y)))`, from 1 (all predictions equal) to the number of
    classes; higher is better. It never looks at real data.

    Args:
        logits: Logits of the samples (n, classes).
        num_splits: Number of parts; by convention the score is the mean of theirs.
            Defaults to 10.
        seed: Seed of the shuffle before the split: samples may come sorted by class.
            Defaults to 0.

    Returns:
        A `Result`; by convention its uncertainty is the standard deviation over the
        parts. `extra["unsplit"]` is the score of all samples at once.

    Raises:
        ValueError: If there are fewer than 2 samples per part, or a logit is NaN or
            infinite.

    Example:

    >>> logits = 100.0 * np.eye(10).repeat(100, axis=0)  # 10 classes, all sure
    >>> round(inception_score(logits).extra["unsplit"], 6)
    10.0

    Reference: Salimans et al. 2016, arXiv 1606.03498.
    """
    logits = as_rows("logits", logits, at_least=2 * num_splits)
    n = len(logits)
    logits = logits[np.random.default_rng(seed).permutation(n)]
    log_p = logits - logits.max(axis=1, keepdims=True)
    log_p -= np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    edges = [i * n // num_splits for i in range(num_splits + 1)]
    parts = zip(edges[:-1], edges[1:], strict=True)
    scores = [_score(log_p[start:stop]) for start, stop in parts]
    extra = {"num_splits": num_splits, "unsplit": _score(log_p)}
    return Result(
        float(np.mean(scores)), float(np.std(scores)), n, None, None, seed, extra
    )


def _score(log_p):
    p = np.exp(log_p)
    # A class whose probability underflows to 0 adds 0 log 0, which is 0.
    log_mean = np.log(np.maximum(p.mean(axis=0), np.finfo("float64").tiny))
    return float(np.exp((p * (log_p - log_mean)).sum(axis=1).mean()))
