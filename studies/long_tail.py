"""Is a perfect conditional generator measured as perfect if classes are of unequal size?

It draws a real digit, which is in none of the other sets, of the class it is asked for.
"""

import numpy as np

from keras_gan.data.labels import Classes
from keras_gan.evaluation import Settings, Suite
from studies import page, perfect_generator
from studies.outcome import Claim, Outcome, spread

# Name: (shares of the classes, samples). No class may need more than a third of its 500
# digits: training, test and sampled digits are different ones.
TAILS = {
    "ten digits, each 0.6 times as often as the one before": (0.6 ** np.arange(10), 400),
    "three digits, 90, 9 and 1 %": (np.array([0.90, 0.09, 0.01]), 180),
}
METRICS = ("fd_classifier", "kid")
ROWS = {
    "floor": "floor",
    "shares": "classes as often as in the data",
    "equal": "all classes equally often",
}


def run(seeds, options):
    """Measures a perfect conditional generator by both ways to choose labels.

    Args:
        seeds: list of ints: which digits are where.
        options: `quick`: one seed.

    Returns:
        An `Outcome`.
    """
    seeds = seeds[:1] if options.quick else seeds
    records = {
        name: [_one(*tail, seed) for seed in seeds] for name, tail in TAILS.items()
    }
    measured = {
        name: {
            "shares": (shares / shares.sum()).tolist(),
            "samples": num,
            "runs": records[name],
            **{
                f"{row}_{metric}": spread([one[row][metric] for one in records[name]])
                for row in ROWS
                for metric in METRICS
            },
        }
        for name, (shares, num) in TAILS.items()
    }
    return Outcome(measured, _claims(records), _draw(records), _markdown(measured))


def _one(shares, num, seed):
    condition = Classes(len(shares))
    digits = _Digits(seed)
    labels = condition.in_shares(num, shares, seed)
    train, test = digits.draw(labels), digits.draw(labels)
    suite = Suite(train, test, Settings(METRICS, dataset="mnist5k"), labels=labels)
    found = {
        "floor": suite.measure(train),
        "shares": suite.measure(digits.draw(suite.labels_for(condition, num))),
        "equal": suite.measure(_Digits(seed, skip=labels).draw(condition.chosen(num))),
    }
    return {
        "seed": seed,
        **{
            row: {name: one.value for name, one in results.items()}
            for row, results in found.items()
        },
    }


class _Digits:
    """The 5,000 digits of mnist5k by class, each drawn once.

    Args:
        seed: Their order.
        skip: Labels of digits that are drawn twice already. Defaults to none.
    """

    def __init__(self, seed, skip=()):
        images, classes = perfect_generator.shuffled_digits(seed)
        drawn = 2 * np.bincount(np.asarray(skip, int), minlength=10)
        self.by_class = [
            iter(images[classes == digit][drawn[digit] :]) for digit in range(10)
        ]

    def draw(self, labels):
        """One image of each label that has not been drawn before."""
        return np.stack([next(self.by_class[label]) for label in labels])


def _claims(records):
    claims = []
    for name, runs in records.items():
        ratios = {
            row: [
                one[row]["fd_classifier"] / one["floor"]["fd_classifier"] for one in runs
            ]
            for row in ("shares", "equal")
        }
        text = f"{name}: fd_classifier over the floor's,"
        claims += [
            Claim(f"{text} labels as in the data, worst", max(ratios["shares"]), 1.5),
            Claim(f"{text} labels equally often, best", min(ratios["equal"]), 2.0, True),
        ]
    return claims


def _draw(records):
    return perfect_generator.draw(
        {
            f"fd_classifier: {tail}": {
                name: [one[row]["fd_classifier"] for one in runs]
                for row, name in ROWS.items()
            }
            for tail, runs in records.items()
        }
    )


def _markdown(measured):
    rows = [
        (
            name,
            what,
            page.with_error(one[f"{row}_fd_classifier"]),
            page.with_error(one[f"{row}_kid"]),
            one["samples"],
        )
        for name, one in measured.items()
        for row, what in ROWS.items()
    ]
    return (
        "The perfect generator draws a real digit, never used before, of the class it is "
        "asked for. So few samples have a high floor: what counts is how far from it."
        f"\n\n{page.table(('data', 'samples', 'fd_classifier', 'kid', 'n'), rows)}"
    )
