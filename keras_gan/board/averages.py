"""The last stretch of a run, over which the page averages what training logs."""

import bisect

# Steps of the last stretch, at least; and its share of the run, if that is more.
FEWEST, SHARE = 50, 0.1


def starts_of(events):
    """The steps at which logging began anew, of a run's events."""
    return [event["step"] for event in events if event.get("event") == "continued"]


def last_mean(steps, values, until=None, starts=()):
    """The mean of the last stretch: the last points that hold enough steps.

    A run that is stopped ends with a fragment, and an epoch of two steps would say
    little: a penalty that is applied to every fourth step is 0 there. So whole points
    are taken from the end until they hold 50 steps, or a tenth of the run if that is
    more. Each is weighted by the steps that it stands for.

    Args:
        steps: Steps of the points, in their order.
        values: Values of the points, each the mean of the steps since the point before.
        until: The step at which the run is taken to end, not before the first point.
            Defaults to None: the last one.
        starts: Steps at which logging began anew: a point after one holds no step
            before it. Defaults to none.

    Returns:
        `(mean, first, last)`: the mean, and the first and last step that it is over.

    Example:

    >>> last_mean([100, 140, 200, 202], [9.0, 2.0, 3.0, 33.0])
    (3.967741935483871, 141, 202)
    >>> last_mean([200, 240], [2.0, 3.0], starts=[160])
    (2.5, 161, 240)
    """
    end = len(steps) if until is None else bisect.bisect_right(steps, until)
    last = steps[end - 1]
    enough = max(FEWEST, SHARE * last)
    total = weight = 0
    for i in range(end - 1, -1, -1):
        former = steps[i - 1] if i else 0
        before = max([former, *(start for start in starts if start < steps[i])])
        # A point at step 0, or a second one at a step, stands for itself.
        each = max(1, steps[i] - before)
        total, weight = total + each * values[i], weight + each
        if last - before >= enough:
            break
    return total / weight, before + 1, last
