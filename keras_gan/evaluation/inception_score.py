"""The inception score: confident and varied class predictions."""

import numpy as np

from keras_gan.evaluation.result import Result, as_rows


def inception_score(logits, *, num_splits=10, seed=0):
    """exp of the mean divergence of each prediction from the mean prediction.

    `exp(mean_x KL(p(y|x) || p(y)))`, from 1 (all alike, or all unsure) to the number
    of classes; higher is better. It never looks at real data.

    Args:
        logits: Array (n, classes).
        num_splits: Parts that are scored apart and averaged, as is custom. Defaults
            to 10.
        seed: Shuffles the samples first, which may lie in order. Defaults to 0.

    Returns:
        A `Result`; by custom the uncertainty is the standard deviation over the
        parts. `extra["unsplit"]` is the score of all samples at once.

    Raises:
        ValueError: For fewer than 2 samples per part, or NaN.

    Example:

    >>> inception_score(np.eye(10).repeat(100, axis=0) * 100).value
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
    # A class that no sample has any share of adds 0 log 0 = 0.
    log_mean = np.log(np.maximum(p.mean(axis=0), np.finfo("float64").tiny))
    return float(np.exp((p * (log_p - log_mean)).sum(axis=1).mean()))
