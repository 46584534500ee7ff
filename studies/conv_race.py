"""Three pairs on MNIST in equal time: the preset dcgan, the tutorial's, the 2014 pair."""

import keras
import numpy as np

from keras_gan import data
from keras_gan.gan import GAN
from keras_gan.storage import pictures
from studies import equal_time, page, recipes, tutorial_pair
from studies.outcome import Claim, Outcome, spread
from studies.runs import Runs

OURS, TUTORIAL, OLD = "preset dcgan", "tensorflow.org tutorial", "preset quickstart"
# The steps of the 2014 pair are set so that its learning rate falls to 0 in this time.
PRESETS = {OURS: ("dcgan", {}), OLD: ("quickstart", {"steps": 4400})}
# Three minutes of two cores.
CPU_SECONDS = 360.0
METRICS = ("fd_classifier", "prdc")


def run(seeds, options):
    """Trains and measures the three pairs.

    Args:
        seeds: list of ints.
        options: `quick`: a second each, on 5,000 digits; `cpu_seconds`: per run, 360 if
            not given; `max_hours`, `work_dir`: see `Runs`.

    Returns:
        An `Outcome`.
    """
    dataset = "mnist5k" if options.quick else "mnist"
    num = 200 if options.quick else 10_000
    cpu_seconds = options.cpu_seconds or (1.0 if options.quick else CPU_SECONDS)
    suite = equal_time.measured_by(dataset, METRICS, num)
    runs = Runs("conv_race", options)
    found = {name: [] for name in (OURS, TUTORIAL, OLD)}
    for seed in seeds[:1] if options.quick else seeds:
        for name in found:
            record = _one(runs, name, (dataset, seed, cpu_seconds), suite, num)
            found[name] += [record] if record else []
    floor = {name: one.value for name, one in suite.floor(num).items()}
    measured = {
        "cpu_seconds_per_run": cpu_seconds,
        "samples": num,
        "floor": floor,
        "runs_left_out": runs.left_out,
        "summary": {
            name: _summary(records) for name, records in found.items() if records
        },
        "runs": found,
    }
    claims = _claims(found, floor, options.quick)
    return Outcome(measured, claims, _draw(runs, found), _markdown(measured))


def _one(runs, name, setting, suite, num):
    dataset, seed, cpu_seconds = setting
    preset, flags = PRESETS.get(name, ("", {}))
    flags = {**flags, "dataset": dataset, "seed": seed}
    file = f"{name.replace(' ', '_')}-{seed}"

    def make():
        if name == TUTORIAL:
            gan = _train_tutorial(dataset, seed, cpu_seconds)
        else:
            gan = equal_time.train(preset, flags, cpu_seconds)
        numbers, samples = equal_time.score(gan, suite, num)
        runs.keep_samples(file, samples[:36])
        return numbers

    if name == TUTORIAL:
        recipe = {"command": tutorial_pair.__name__}
    else:
        recipe = recipes.settings(preset, **flags)
    return runs(file, {**recipe, "file": file, "cpu_limit": cpu_seconds}, make)


def _train_tutorial(dataset, seed, cpu_seconds):
    """The tutorial's networks, loss, optimizers and batches, in this library's `fit`."""
    real = data.load(dataset, batch_size=256, seed=seed)
    gan = GAN(*tutorial_pair.build(seed), seed=seed)
    gan.compile(keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4))
    return equal_time.train_gan(gan, real, cpu_seconds)


def _summary(records):
    keys = ("fd_classifier", "precision", "recall", "steps", "cpu_seconds", "seconds")
    means = {key: spread([record[key] for record in records]) for key in keys}
    return {"seeds": len(records), **means}


def _claims(found, floor, quick):
    fd = {
        name: np.mean([record["fd_classifier"] for record in records])
        for name, records in found.items()
        if records
    }
    lowest = min(fd.values()) / floor["fd_classifier"]
    claims = [Claim("smallest fd_classifier over that of real images", lowest, 1.0, True)]
    for name, limit in ((TUTORIAL, 0.1), (OLD, 1 / 3)) if not quick else ():
        if not {OURS, name} <= set(fd):
            continue  # Left for a later call.
        text = f"fd_classifier of {OURS} over that of {name}"
        claims.append(Claim(text, fd[OURS] / fd[name], limit))
    return claims


def _markdown(measured):
    headings = ("pair", "fd_classifier", "precision", "recall", "steps", "seeds")
    rows = []
    for name, row in measured["summary"].items():
        numbers = [page.with_error(row["fd_classifier"])]
        numbers += [
            page.with_error(row[key], "{:.3f}") for key in ("precision", "recall")
        ]
        rows.append((name, *numbers, f"{row['steps']['mean']:,.0f}", row["seeds"]))
    floor = measured["floor"]
    real = [f"{floor[key]:.3f}" for key in ("fd_classifier", "precision", "recall")]
    rows.append(("real images", *real, "", ""))
    return (
        f"At most {measured['cpu_seconds_per_run']:g} CPU-seconds of training each, "
        f"{measured['samples']:,} samples.\n\n{page.table(headings, rows)}"
    )


def _draw(runs, found):
    shown = {name: records[0] for name, records in found.items() if records}
    figure, axes = pictures.new_figure(5.0 * len(shown), 5.6, columns=len(shown))
    for place, (name, record) in zip(np.ravel(axes), shown.items(), strict=True):
        place.imshow(pictures.draw(runs.samples(record["file"]), None))
        place.set(xticks=[], yticks=[])
        place.set_title(f"{name}: fd_classifier {record['fd_classifier']:.2f}")
    return pictures.figure_pixels(figure)
