"""What tells collapsed samples from real ones, with limits that the data itself sets."""

import dataclasses

import numpy as np
from scipy.spatial.distance import pdist, squareform

from keras_gan.data.choice import some_of
from keras_gan.evaluation.memorization import nearest_training

# Collapsed below this share of the real samples' mean distance.
LEAST_DIVERSITY = 0.1
# By how much more than real samples they may repeat themselves and miss the classes.
MARGIN_OF_TWINS, MARGIN_OF_CLASSES = 0.35, 0.1
# So much nearer than real samples, two samples are near copies.
TWIN = 1.0 / 8.0
# A limit of real samples is passed by one set of them in a thousand.
RARE = 0.001
# Real samples that are compared with each other, per generated one.
REAL_PER_SAMPLE = 8
_SETS, _DRAWS = 200, 4_000
_TINY = np.finfo(float).tiny


@dataclasses.dataclass(frozen=True)
class Reference:
    """What as many real samples are like as the generator is asked for.

    Args:
        distance: Mean distance of two real samples (of one class, if conditional).
        least_diversity: The smallest `diversity` of samples that have not collapsed.
        twin_ratio: Two samples are twins if they are no farther apart than this, as a
            share of the width of all samples.
        num_twins_among: How many samples it holds for: the fewer, the farther apart.
        most_twins: The largest share of samples with a twin.
        shares: Shares of the classes that real samples are taken for; None if the
            classes are not known.
        most_class_gap: The largest distance from them, or None.
        usual_class_gap: What it is of as many real samples, on average; None if it is not
            known.
    """

    distance: float
    least_diversity: float
    twin_ratio: float
    num_twins_among: int
    most_twins: float
    shares: list | None = None
    most_class_gap: float | None = None
    usual_class_gap: float | None = None


def reference(real_samples, num_samples, *, labels=None, asked=None):
    """Measures real samples, in sets of as many as the generator is asked for.

    Args:
        real_samples: Array (N, ...), N >= 2.
        num_samples: n, how many samples will be compared.
        labels: Classes of the real samples, (N,). Defaults to None: not known.
        asked: Classes that a conditional generator is asked for, ints (n,). Defaults to
            None: it makes what it likes.

    Returns:
        A `Reference`.
    """
    rng = np.random.default_rng(0)
    chosen = some_of(len(real_samples), REAL_PER_SAMPLE * num_samples)
    some = np.asarray(real_samples)[chosen]
    classes = None if labels is None else np.asarray(labels)[chosen]
    apart_by = squareform(pdist(_flat(some)))
    # Only real samples of known classes can be put together as the generator is asked.
    among = None if classes is None else asked
    compared = None if among is None else classes
    sets = [_as_asked(classes, len(some), num_samples, among, rng) for _ in range(_SETS)]
    distance = _mean(apart_by, compared)
    # Where there are few, sets of half of them: all of them would show no spread.
    halves = [one[: max(2, len(some) // 2)] for one in sets]
    means = [
        _mean(apart_by[np.ix_(one, one)], None if compared is None else compared[one])
        for one in halves
    ]
    spread = np.quantile(np.nan_to_num(means) / max(distance, _TINY), RARE)
    ratios = np.concatenate([_to_nearest(apart_by[np.ix_(one, one)]) for one in sets])
    twin_ratio = TWIN * np.quantile(ratios, 0.05)
    with_twin = np.mean(ratios <= twin_ratio)
    of_classes = {}
    if classes is not None:
        parts = _parts(real_samples, labels, chosen, num_samples, asked)
        shares = sum(number * of for number, of in parts) / sum(n for n, _ in parts)
        gaps = _gaps([(num_samples, shares)], shares, rng)
        most = np.quantile(gaps, 1.0 - RARE) + MARGIN_OF_CLASSES
        of_classes = {
            "shares": shares.tolist(),
            "most_class_gap": float(most),
            "usual_class_gap": float(_gaps(parts, shares, rng).mean()),
        }
    return Reference(
        distance=float(distance),
        least_diversity=float(min(LEAST_DIVERSITY, spread)),
        twin_ratio=float(twin_ratio),
        num_twins_among=min(map(len, sets)),
        most_twins=float(with_twin + MARGIN_OF_TWINS),
        **of_classes,
    )


def diversity(samples, reference, labels=None):
    """How far apart samples lie, relative to real ones.

    `mean_ij |x_i - x_j| / mean_ij |r_i - r_j|`, in [0, inf); 0 when all are equal, 1
    when they differ as much as real samples do. With labels, only samples of
    one class are compared: a conditional generator that ignores z still makes different
    samples for different classes.

    Args:
        samples: Array (n, ...), n >= 2.
        reference: `Reference` of the real samples r.
        labels: Classes of the samples, ints (n,). Defaults to None: one class.

    Returns:
        A float; NaN if no two are of the same class.
    """
    distance = _mean(squareform(pdist(_flat(samples))), labels)
    return float(distance / max(reference.distance, _TINY))


def twins(samples, reference):
    """Share of samples that have a twin, in [0, 1].

    It is a birthday test: a generator of m different images gives a sample among n no
    twin with probability (1 - 1/m)^(n - 1). 64 samples of 32 images have twins in 86 of
    100 cases, of 1,000 images in 6. Twins are 8 times nearer to each other than all but
    5 % of real samples are to their nearest neighbours. Distances are relative to the
    width of all samples: a young generator makes samples that are all similar.

    Args:
        samples: Array (n, ...).
        reference: `Reference` of real samples.
    """
    some = _flat(samples)[: reference.num_twins_among]
    return float(np.mean(_to_nearest(squareform(pdist(some))) <= reference.twin_ratio))


def class_gap(samples, reference, real_samples, labels):
    """How far the samples' classes are from the data's, in [0, 1].

    `1/2 sum_c |q_c - p_c|`: the share of samples that would have to be of other classes.
    A sample's class is that of the nearest real sample. q are the shares of the samples,
    p those of real ones (of the classes asked for, if conditional).

    Args:
        samples: Array (n, ...).
        reference: `Reference` of the labelled samples.
        real_samples: Array (N, ...).
        labels: Their classes, (N,).
    """
    _, codes = np.unique(labels, return_inverse=True)
    found = np.bincount(
        codes[nearest_training(samples, real_samples)], minlength=len(reference.shares)
    )
    return float(np.abs(found / len(samples) - reference.shares).sum() / 2.0)


def measure(samples, reference, *, asked=None, labelled=None):
    """Everything that can be told of samples.

    Args:
        samples: Array (n, ...).
        reference: `Reference` of real samples.
        asked: Classes that the samples were asked for, ints (n,). Defaults to None.
        labelled: `(real samples, their classes)`, those of the reference. Defaults to
            None: classes are not known.

    Returns:
        A dict of `diversity`, `twins` and, if classes are known, `class_gap`.
    """
    numbers = {
        "diversity": diversity(samples, reference, asked),
        "twins": twins(samples, reference),
    }
    if labelled is not None:
        numbers["class_gap"] = class_gap(samples, reference, *labelled)
    return numbers


def symptoms(numbers, reference):
    """Which symptoms of collapse there are.

    Args:
        numbers: What `measure` returned.
        reference: `Reference` of real samples.

    Returns:
        A dict of bools by symptom.
    """
    gap = numbers.get("class_gap")
    return {
        "collapsed": numbers["diversity"] < reference.least_diversity,
        "repeated": numbers["twins"] > reference.most_twins,
        "one-sided": gap is not None and gap > reference.most_class_gap,
    }


def strengths(numbers):
    """How strong each symptom is, if there is one: what falls as it passes.

    Args:
        numbers: What `measure` returned.

    Returns:
        A dict of floats by symptom.
    """
    known = {
        # Nearer than a hundredth of the real samples' distance, all are equally alike.
        "collapsed": 1.0 / max(numbers["diversity"], 0.01),
        "repeated": numbers["twins"],
        "one-sided": numbers.get("class_gap"),
    }
    return {symptom: float(one) for symptom, one in known.items() if one is not None}


def levels(reference):
    """What as many real samples have, the most of it, and the most that is no symptom.

    Args:
        reference: `Reference` of real samples.

    Returns:
        A dict of `(usual, most, limit)` by the number's name.
    """
    limit = reference.most_twins
    known = {"twins": (limit - MARGIN_OF_TWINS, limit - MARGIN_OF_TWINS, limit)}
    if reference.usual_class_gap is not None:
        limit = reference.most_class_gap
        known["class_gap"] = reference.usual_class_gap, limit - MARGIN_OF_CLASSES, limit
    return known


def _flat(samples):
    return np.reshape(samples, (len(samples), -1))


def _mean(distances, labels=None):
    """Mean distance of two different samples, of one class if there are labels."""
    pairs = ~np.eye(len(distances), dtype=bool)
    if labels is not None:
        pairs &= np.equal.outer(np.asarray(labels), np.asarray(labels))
    return distances[pairs].mean() if pairs.any() else np.nan


def _to_nearest(distances):
    """Distance of each sample to its nearest, over the width of the whole set.

    The width is a distance that nine of ten pairs fall short of: a mean would shrink when
    half of the pairs are copies.
    """
    nearest = (distances + np.diag(np.full(len(distances), np.inf))).min(axis=1)
    return nearest / max(np.quantile(distances, 0.9), _TINY)


def _as_asked(classes, number, num_samples, asked, rng):
    """Positions of real samples, of the classes asked for if there are enough of them."""
    order = rng.permutation(number)
    if asked is None:
        return order[:num_samples]
    wanted, counts = np.unique(asked, return_counts=True)
    chosen = [order[classes[order] == c][:n] for c, n in zip(wanted, counts, strict=True)]
    chosen = rng.permutation(np.concatenate(chosen))
    return chosen if len(chosen) > 1 else order[:num_samples]


def _gaps(parts, shares, rng):
    """Distances from the shares of random samples of these parts, (_DRAWS,)."""
    drawn = sum(rng.multinomial(number, of, size=_DRAWS) for number, of in parts)
    return np.abs(drawn / drawn.sum(axis=1, keepdims=True) - shares).sum(axis=1) / 2.0


def _parts(real_samples, labels, chosen, num_samples, asked):
    """What classes real samples are taken for, by their nearest others.

    Returns:
        A list of `(number, shares)`: so many of the samples, of each class that is asked
        for, and the shares of the classes that they are taken for.
    """
    kinds, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    own = codes[chosen]
    found = codes[nearest_training(real_samples[chosen], real_samples, but=chosen)]
    # The only one of its class is what others of its class would be taken for.
    found = np.where(counts[own] > 1, found, own)
    taken = np.zeros((len(kinds), len(kinds)))
    np.add.at(taken, (own, found), 1.0)
    unseen = taken.sum(axis=1) == 0.0
    taken[unseen, unseen] = 1.0
    taken /= taken.sum(axis=1, keepdims=True)
    of_all = counts / counts.sum() @ taken
    if asked is None:
        return [(num_samples, of_all)]
    wanted, numbers = np.unique(asked, return_counts=True)
    places = dict(zip(kinds.tolist(), taken, strict=True))
    # Of a class that the data does not have, anything may be expected.
    return [
        (number, places.get(kind, of_all))
        for kind, number in zip(wanted.tolist(), numbers, strict=True)
    ]
