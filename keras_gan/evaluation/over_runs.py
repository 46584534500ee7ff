"""Numbers of several runs, such as of several training seeds, as one."""

import statistics


def over_runs(values):
    """The mean of each number over runs, and how far they lie apart.

    The standard deviation is that of the runs, `sqrt(sum (x - mean)^2 / (n - 1))`; the
    standard error of the mean is `deviation / sqrt(n)`.

    Args:
        values: Of each of at least two runs a dict of numbers by name. A number that a
            run lacks, or that is None, is left out of all.

    Returns:
        A dict of dicts "mean", "deviation" and "error" by name.

    Example:

    >>> over_runs([{"kid": 1.0}, {"kid": 3.0}])
    {'kid': {'mean': 2.0, 'deviation': 1.4142135623730951, 'error': 1.0}}
    """
    means = {}
    for name in values[0]:
        found = [one.get(name) for one in values]
        if None in found:
            continue
        deviation = statistics.stdev(found)
        means[name] = {
            "mean": statistics.fmean(found),
            "deviation": deviation,
            "error": deviation / len(found) ** 0.5,
        }
    return means
