"""Results of several runs, such as of several training seeds, as one."""

import math
import statistics

from keras_gan.evaluation.result import Result


def over_runs(results):
    """The mean of each result over runs, how far they lie apart, and the ± of one.

    The standard deviation is that of the runs, `sqrt(sum (x - mean)^2 / (n - 1))`; the
    standard error of the mean is `deviation / sqrt(n)`. The uncertainty of one
    evaluation is the root mean square of theirs.

    Args:
        results: Of each of at least two runs a dict of `Result`s by name. A name that a
            run lacks, or whose value is NaN, is left out of all.

    Returns:
        A dict of dicts "mean", "deviation", "error" and "one_evaluation" by name.

    Example:

    >>> runs = [{"kid": keras_gan.evaluation.Result(x, 0.5, n=100)} for x in (1.0, 3.0)]
    >>> found = over_runs(runs)["kid"]
    >>> found["mean"], round(found["error"], 6), found["one_evaluation"]
    (2.0, 1.0, 0.5)
    """
    means = {}
    for name in results[0]:
        found = [one[name] for one in results if name in one]
        values = [one.value for one in found]
        if len(found) < len(results) or not all(map(math.isfinite, values)):
            continue
        deviation = statistics.stdev(values)
        squares = [one.uncertainty**2 for one in found]
        means[name] = {
            "mean": statistics.fmean(values),
            "deviation": deviation,
            "error": deviation / len(values) ** 0.5,
            "one_evaluation": statistics.fmean(squares) ** 0.5,
        }
    return means


def mean_results(results, uncertainty="error"):
    """The means of `over_runs` as `Result`s, for a table.

    Args:
        results: As for `over_runs`.
        uncertainty: Which number of `over_runs` is their ±. Defaults to "error".
    """
    means = {}
    for name, of in over_runs(results).items():
        found = [one[name] for one in results]
        first = found[0]
        means[name] = Result(
            of["mean"],
            of[uncertainty],
            n=first.n,
            extractor=first.extractor,
            split=first.split,
            extra=_mean_details([one.extra for one in found]),
        )
    return means


def _mean_details(extras):
    """The means of the details that are one finite number in each run."""
    means = {}
    for key in extras[0]:
        values = [one.get(key) for one in extras]
        if all(isinstance(x, int | float) and math.isfinite(x) for x in values):
            means[key] = statistics.fmean(values)
    return means
