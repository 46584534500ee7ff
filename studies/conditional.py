"""Does a conditional GAN make the digits it is asked for? A classifier reads them."""

from keras_gan import data, pictures
from keras_gan.data.value_range import unscale
from keras_gan.evaluation import agreement, classifier
from studies import contest, equal_time, page, recipes
from studies.outcome import Claim, Outcome, spread
from studies.runs import Runs

DIGITS = 10
NUM_SAMPLES = 10_000
AIM = 0.97
QUICK = {"dataset": "mnist5k", "steps": 3}


def run(seeds, options):
    """Trains the preset conditional, and asks for digits as often as the data has them.

    Args:
        seeds: list of ints, one run each.
        options: `quick`: three steps; `max_hours`, `work_dir`: see `Runs`.

    Returns:
        An `Outcome`.
    """
    num = 500 if options.quick else NUM_SAMPLES
    flags = QUICK if options.quick else {}
    judge, _ = classifier.load(classifier.find("mnist"))
    # The classifier was trained on digits of mnist5k, but not on MNIST's test images.
    dataset = "mnist5k" if options.quick else "mnist"
    test = data.load(dataset, split="test", batch_size=1)
    suite = equal_time.measured_by(dataset, contest.METRICS, num)
    runs = Runs("conditional", options)
    records = []
    for seed in seeds[:1] if options.quick else seeds:
        record = _one(runs, {**flags, "seed": seed}, judge, suite, num)
        records += [record] if record else []
    measured = {
        "samples": num,
        "real_test_digits": _agreement(judge, test.samples, test.classes),
        "floor": {name: one.value for name, one in suite.floor(num).items()},
        "runs_left_out": runs.left_out,
        "agreement": spread([one["agreement"] for one in records]),
        "runs": records,
    }
    pixels = pictures.draw(runs.samples(records[0]["file"]), None)
    claims = _claims(measured, options.quick)
    return Outcome(measured, claims, pixels, _markdown(measured))


def _one(runs, flags, judge, suite, num):
    file = f"conditional-{flags['seed']}"
    settings = {
        **recipes.settings("conditional", **flags),
        "file": file,
        "labels": "as often as among the test images",
    }

    def make():
        gan = equal_time.train("conditional", flags, None)
        labels = suite.labels_for(gan.condition, num)
        samples = unscale(gan.sample(num, seed=1, labels=labels), gan.value_range)
        shown = gan.sample(DIGITS * DIGITS, seed=1)  # the digits in turn
        runs.keep_samples(file, unscale(shown, gan.value_range))
        found = {name: one.value for name, one in suite.measure(samples).items()}
        return {
            "steps": int(gan.step.numpy()),
            **_agreement(judge, samples, labels),
            **found,
        }

    return runs(file, settings, make)


def _agreement(judge, images, labels):
    """Share of images that a classifier reads as their label, overall and by class."""
    _, logits = judge.predict(images, batch_size=500, verbose=0)
    found = agreement(logits, labels)
    return {"agreement": found.value, "agreement_by_class": found.extra["by_class"]}


def _claims(measured, quick):
    real = measured["real_test_digits"]["agreement"]
    claims = [Claim("agreement on real test digits", real, 0.98, True)]
    if not quick:
        worst = measured["agreement"]["min"]
        claims.append(Claim("agreement on samples, worst seed", worst, AIM, True))
    return claims


def _markdown(measured):
    headings = ("", "agreement", *map(str, range(DIGITS)), "fd_classifier", "recall")
    rows = [
        _row(f"`{one['command']}`", one, one["fd_classifier"], one["recall"])
        for one in measured["runs"]
    ]
    floor = measured["floor"]
    real = measured["real_test_digits"]
    rows.append(_row("real test digits", real, floor["fd_classifier"], floor["recall"]))
    return (
        f"{measured['samples']:,} samples, each digit asked for as often as it occurs "
        "among the test images: the share that the shipped classifier reads as what was "
        "asked for, in all and by digit. "
        "Real digits: MNIST's test images, unseen by the GAN and by the classifier."
        f"\n\n{page.table(headings, rows)}"
    )


def _row(name, one, distance, recall):
    shares = (one["agreement"], *one["agreement_by_class"])
    percents = [f"{100 * share:.1f} %" for share in shares]
    return (name, *percents, f"{distance:.2f}", f"{recall:.3f}")
