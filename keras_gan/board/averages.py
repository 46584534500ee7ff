"""Means of a curve over enough steps: a run that is stopped ends with a fragment."""

# Steps of the last mean, at least; and the share of the run, if that is more.
FEWEST, SHARE = 50, 0.1


def last_mean(points):
    """The mean of the last points, each weighted by the steps that it stands for.

    An epoch of two steps would say little: a penalty that is applied to every fourth
    step is 0 there. So points are taken from the end until they hold 50 steps, or a
    tenth of the run if that is more.

    Args:
        points: A list of `(step, value)` in the order of the steps, each value the mean
            of the steps since the point before; not empty. None is left out.

    Returns:
        `(mean, first, last)`: the mean, and the first and last step that it is over.

    Example:

    >>> last_mean([(100, 9.0), (140, 2.0), (200, 3.0), (202, 33.0)])
    (3.967741935483871, 141, 202)
    """
    last = points[-1][0]
    enough = max(FEWEST, SHARE * last)
    total = weight = 0
    for i in range(len(points) - 1, -1, -1):
        step, value = points[i]
        before = points[i - 1][0] if i else 0
        # A point at step 0, or a second one at a step, stands for itself.
        each = max(1, step - before)
        total, weight = total + each * value, weight + each
        if last - before >= enough:
            break
    return total / weight, before + 1, last
