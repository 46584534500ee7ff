"""Are folders of one class each measured like the same images in any order?

A folder is read class by class, so that its first rows are one class. The images of the
perfect generator are real digits that are in none of the folders.
"""

import os
import tempfile

import numpy as np
from PIL import Image

from keras_gan.cli import evaluate
from keras_gan.evaluation import classifier, parzen
from keras_gan.evaluation.features import in_unit_range
from studies import page, perfect_generator
from studies.outcome import Claim, Outcome, spread

NUM_TRAIN, NUM_TEST, NUM = 3_000, 1_000, 500
METRICS = ("parzen", "fd_classifier")
ROWS = {
    "perfect": "perfect generator",
    "floor": "floor",
    "first_rows": "the first rows as floor",
}


def run(seeds, options):
    """Measures unseen real digits against ten folders of digits.

    Args:
        seeds: list of ints: which digits are where.
        options: `quick`: one seed.

    Returns:
        An `Outcome`.
    """
    records = [_one(seed) for seed in (seeds[:1] if options.quick else seeds)]
    measured = {
        "samples": NUM,
        "runs": records,
        **{
            f"{row}_{metric}": spread([one[row][metric] for one in records])
            for row in ROWS
            for metric in METRICS
        },
    }
    return Outcome(measured, _claims(records), _draw(records), _markdown(measured))


def _one(seed):
    images, labels = perfect_generator.shuffled_digits(seed)
    parts = {
        "train": slice(NUM_TRAIN),
        "test": slice(NUM_TRAIN, NUM_TRAIN + NUM_TEST),
    }
    with tempfile.TemporaryDirectory() as folder:
        for split, part in parts.items():
            _write(os.path.join(folder, split), images[part], labels[part])
        suite = _suite(folder)
    first, last = suite.train[:NUM], suite.train[-len(suite.train) // 6 :]
    found = {
        "perfect": suite.measure(images[NUM_TRAIN + NUM_TEST :][:NUM]),
        "floor": suite.floor(NUM),
        "first_rows": suite.measure(first),
    }
    # Sigma chosen on the last rows, which are all of the last classes.
    found["first_rows"]["parzen"] = parzen(*map(in_unit_range, (first, last, suite.test)))
    return {"seed": seed, **{row: _values(results) for row, results in found.items()}}


def _values(results):
    values = {name: one.value for name, one in results.items()}
    errors = {f"{name}_error": one.uncertainty for name, one in results.items()}
    return values | errors


def _suite(folder):
    """What evaluate.py measures with."""
    request = evaluate.Request(
        samples="of the perfect generator",
        dataset=f"folder:{folder}",
        num=NUM,
        metrics=METRICS,
        classifier=classifier.find("mnist"),
    )
    return evaluate.build_suite(request, evaluate.recipe_of(request), NUM)


def _write(folder, images, labels):
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        place = os.path.join(folder, str(label))
        os.makedirs(place, exist_ok=True)
        Image.fromarray(image[..., 0]).save(os.path.join(place, f"{i:04d}.png"))


def _claims(records):
    claims = []
    for metric in METRICS:
        gaps = [
            abs(one["floor"][metric] - one["perfect"][metric])
            / np.hypot(*(one[row][f"{metric}_error"] for row in ("floor", "perfect")))
            for one in records
        ]
        text = f"{metric}, floor off perfect generator, standard errors, worst"
        claims.append(Claim(text, max(gaps), 3.0))
    wrong = [
        one["first_rows"]["fd_classifier"] / one["perfect"]["fd_classifier"]
        for one in records
    ]
    nats = [one["perfect"]["parzen"] - one["first_rows"]["parzen"] for one in records]
    return [
        *claims,
        Claim("fd_classifier, first rows over perfect, smallest", min(wrong), 5.0, True),
        Claim("parzen, first rows below perfect, nats, smallest", min(nats), 50.0, True),
    ]


def _draw(records):
    return perfect_generator.draw(
        {
            metric: {
                name: [one[row][metric] for one in records] for row, name in ROWS.items()
            }
            for metric in METRICS
        }
    )


def _markdown(measured):
    rows = [
        (
            name,
            page.with_error(measured[f"{row}_fd_classifier"]),
            page.with_error(measured[f"{row}_parzen"], "{:.1f}"),
        )
        for row, name in ROWS.items()
    ]
    return (
        f"{NUM_TRAIN:,} training and {NUM_TEST:,} test digits in ten folders each, read "
        f"class by class; {NUM} samples. The perfect generator draws real digits that "
        "are in no folder. The first rows are what a floor must not be made of: they are "
        "of few classes, and so are the last ones, on which sigma is chosen there."
        f"\n\n{page.table(('samples', 'fd_classifier', 'parzen, nats'), rows)}"
    )
