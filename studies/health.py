"""How often `Health` misses a collapse, and how often it raises a false alarm."""

import numpy as np

from keras_gan import data, pictures
from keras_gan.callbacks import collapse
from studies import page
from studies.outcome import Claim, Outcome

NUM_SAMPLES, RUNS = 64, 100
# Shares of the digits; what is left is not in the data.
SHARES = {
    "10 digits": np.full(10, 0.1),
    "10 digits, long tail": 0.6 ** np.arange(10),
    "2 digits, 99:1": np.array([0.99, 0.01]),
}
IMAGES, CLASSES = (1, 2, 4, 8, 16, 32, 64, 128), (1, 2, 3, 4, 5, 6, 7, 8)
# Standard deviation of the noise on repeated images, as a share of their range.
NOISE = 0.01
# What has to be found, by number of images and of classes.
FEW_IMAGES, FEW_CLASSES = 64, 5


def run(seeds, options):
    """Gives `Health` the samples of generators whose faults are known.

    A generator is simulated by drawing real digits: all kinds, as often as in the data,
    or a few of them. It stands still, so that one check decides: a generator that moves
    has to be found at fault three times in a row.

    Args:
        seeds: list of ints, of which only the first is used.
        options: `quick`: fewer runs.

    Returns:
        An `Outcome`.
    """
    runs = 3 if options.quick else RUNS
    digits = data.load("mnist5k", batch_size=1)
    pixels = digits.scaled((0.0, 1.0))
    found = {}
    for n in range(runs):
        rng = np.random.default_rng((seeds[0], n))
        for name, shares in SHARES.items():
            for labels_known in (True, False):
                game = _Game(pixels, digits.classes, shares, labels_known, rng)
                for generator, samples in game.generators():
                    row = (name, "known" if labels_known else "not known", generator)
                    found.setdefault(row, []).append(game.symptoms(samples))
    rows = [
        {
            "data": name,
            "classes": known,
            "generator": generator,
            "reported": sum(any(one.values()) for one in seen),
            **{k: sum(one[k] for one in seen) for k in seen[0]},
        }
        for (name, known, generator), seen in found.items()
    ]
    measured = {"runs": runs, "num_samples": NUM_SAMPLES, "rows": rows}
    return Outcome(
        measured, _claims(rows, runs), _draw(rows, runs), _markdown(rows, runs)
    )


def _of(number):
    """Name of a generator of so many images."""
    return "1 image" if number == 1 else f"{number} images"


class _Game:
    """Digits in given shares: some that `Health` knows, the others for generators.

    Args:
        pixels: Digits (N, 28, 28, 1).
        labels: What they are, (N,).
        shares: Of the first digits; in a random order.
        labels_known: Whether `Health` knows the labels.
        rng: NumPy generator.
    """

    def __init__(self, pixels, labels, shares, labels_known, rng):
        self.rng = rng
        self.pixels = pixels
        self.shares = shares / shares.sum()
        order = rng.permutation(len(labels))
        kinds = rng.permutation(np.unique(labels))[: len(shares)]
        of_kinds = [order[labels[order] == kind] for kind in kinds]
        # As many as there can be with these shares, from half of the digits.
        most = min(len(o) // 2 / s for o, s in zip(of_kinds, self.shares, strict=True))
        counts = np.maximum(1, (most * self.shares).astype(int))
        known = [o[:c] for o, c in zip(of_kinds, counts, strict=True)]
        self.unseen = [o[len(o) // 2 :] for o in of_kinds]
        real = rng.permutation(np.concatenate(known))
        self.labelled = (pixels[real], labels[real]) if labels_known else None
        if not labels_known:
            real = real[:NUM_SAMPLES]  # About as many as `fit` keeps.
        self.reference = collapse.reference(
            pixels[real], NUM_SAMPLES, labels=labels[real] if labels_known else None
        )

    def symptoms(self, samples):
        numbers = collapse.measure(samples, self.reference, labelled=self.labelled)
        return collapse.symptoms(numbers, self.reference)

    def generators(self):
        """Yields names of generators and their samples."""
        yield "perfect", self._draw(NUM_SAMPLES)
        for number in IMAGES:
            images = self._draw(number)
            yield _of(number), images[self.rng.integers(number, size=NUM_SAMPLES)]
        few = self._draw(2)[self.rng.integers(2, size=NUM_SAMPLES)]
        yield "2 images, noisy", few + self.rng.normal(0.0, NOISE, few.shape)
        if np.ptp(self.shares) == 0.0:
            for number in CLASSES:
                kept = self.rng.permutation(len(self.shares))[:number]
                yield f"{number} of 10 classes", self._draw(NUM_SAMPLES, kept)
        else:
            rarest = np.array([len(self.shares) - 1])
            yield "the rarest class", self._draw(NUM_SAMPLES, rarest)

    def _draw(self, number, kept=slice(None)):
        """Unseen digits of the classes that are kept, in the data's shares."""
        shares = np.zeros(len(self.shares))
        shares[kept] = self.shares[kept]
        kinds = self.rng.choice(len(shares), size=number, p=shares / shares.sum())
        chosen = [
            self.rng.choice(self.unseen[c], n, replace=False)
            for c, n in enumerate(np.bincount(kinds, minlength=len(shares)))
        ]
        return self.pixels[self.rng.permutation(np.concatenate(chosen))]


def _claims(rows, runs):
    alarms = [row["reported"] for row in rows if row["generator"] == "perfect"]
    images = [
        runs - row["reported"]
        for row in rows
        for number in IMAGES
        if number <= FEW_IMAGES and row["generator"] == _of(number)
    ]
    classes = [
        runs - row["reported"]
        for row in rows
        for number in CLASSES
        if number <= FEW_CLASSES
        and row["generator"] == f"{number} of 10 classes"
        and row["classes"] == "known"
    ]
    return [
        Claim(f"false alarms in {runs} runs, worst data", max(alarms), runs / 100),
        Claim(
            f"misses in {runs} runs of at most {FEW_IMAGES} images, worst",
            max(images),
            runs / 100,
        ),
        Claim(
            f"misses in {runs} runs of at most {FEW_CLASSES} of 10 known classes, worst",
            max(classes),
            runs / 20,
        ),
    ]


def _markdown(rows, runs):
    columns = list(dict.fromkeys((row["data"], row["classes"]) for row in rows))
    reported = {
        (row["generator"], row["data"], row["classes"]): row["reported"] for row in rows
    }
    headings = ["generator", *(f"{name}, classes {known}" for name, known in columns)]
    lines = [
        (generator, *(reported.get((generator, *column), "") for column in columns))
        for generator in dict.fromkeys(row["generator"] for row in rows)
    ]
    about = (
        f"In how many of {runs} runs a symptom of collapse is reported. A perfect "
        f"generator draws {NUM_SAMPLES} unseen digits as the data has them, the others "
        "draw from a few images or classes. None of them moves, so that a single check "
        "decides, which is the worst case for false alarms."
    )
    return f"{about}\n\n{page.table(headings, lines)}"


def _draw(rows, runs):
    figure, axes = pictures.new_figure(9.0, 3.6, columns=2)
    kinds = {
        "images": {_of(n): n for n in IMAGES},
        "of the 10 classes": {f"{n} of 10 classes": n for n in CLASSES},
    }
    for place, (words, numbers) in zip(axes, kinds.items(), strict=True):
        curves = {}
        for row in rows:
            if row["generator"] in numbers:
                label = f"{row['data']}, classes {row['classes']}"
                point = (numbers[row["generator"]], 100.0 * row["reported"] / runs)
                curves.setdefault(label, []).append(point)
        for label, points in curves.items():
            place.plot(*zip(*points, strict=True), "o-", label=label)
        place.set(xlabel=f"the generator makes so many {words}", ylabel="reported, %")
        place.legend(fontsize=7)
    axes[0].set_xscale("log", base=2)
    return pictures.figure_pixels(figure)
