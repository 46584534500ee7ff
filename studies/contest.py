"""What studies share that train several GANs and compare their samples."""

import numpy as np

from keras_gan import pictures
from studies import equal_time, page, recipes
from studies.outcome import Claim, spread

METRICS = ("fd_classifier", "prdc")
_SHOWN = ("fd_classifier", "precision", "recall")


def run_all(runs, names, seeds, one):
    """Makes the runs of all seeds, seed after seed.

    Args:
        runs: `Runs`, which keeps them.
        names: What takes part.
        seeds: list of ints.
        one: Function of a name, a seed and a file name; it returns the settings of the
            run, and a function that makes it.

    Returns:
        A dict of lists of records by name; runs that had no time are left out.
    """
    found = {name: [] for name in names}
    for seed in seeds:
        for name in names:
            file = f"{name.replace(' ', '_')}-{seed}"
            settings, make = one(name, seed, file)
            record = runs(file, {**settings, "file": file}, make)
            found[name] += [record] if record else []
    return {name: records for name, records in found.items() if records}


def to_its_end(runs, file, suite, num, preset, **changed):
    """What `run_all` wants of one run: a preset, trained to its own end and measured.

    Args:
        runs: `Runs`, which keeps 36 of its samples.
        file: Its file name.
        suite: The `Suite` that measures it.
        num: How many samples.
        preset: Name of a preset.
        **changed: Options that differ from the preset's.
    """

    def make():
        gan = equal_time.train(preset, changed, None)
        numbers, samples = equal_time.score(gan, suite, num)
        runs.keep_samples(file, samples[:36])
        return numbers

    return recipes.settings(preset, **changed), make


def record(runs, found, suite, num):
    """What an `Outcome` keeps of the runs that `run_all` returned."""
    return {
        "samples": num,
        "floor": {name: one.value for name, one in suite.floor(num).items()},
        "runs_left_out": runs.left_out,
        "summary": summary(found),
        "runs": found,
    }


def summary(found):
    """Means and standard errors over the seeds, by name."""
    keys = (*_SHOWN, "steps", "cpu_seconds", "seconds")
    return {
        name: {
            "seeds": len(records),
            **{key: spread([record[key] for record in records]) for key in keys},
        }
        for name, records in found.items()
    }


def above_floor(distances, floor):
    """The claim that nothing is better than real images: else the measure is wrong.

    Args:
        distances: `fd_classifier` of each that takes part.
        floor: The numbers of real images, by name.
    """
    ratio = min(distances) / floor["fd_classifier"]
    text = "smallest fd_classifier over that of real images"
    return Claim(text, ratio, 1.0, at_least=True)


def table(heading, rows, floor):
    """The table of a summary, with real images in its last row.

    Args:
        heading: What takes part, such as "pair".
        rows: What `summary` returned.
        floor: The same numbers of real images, by name.
    """
    headings = (heading, *_SHOWN, "steps", "CPU-seconds", "seeds")
    lines = []
    for name, row in rows.items():
        numbers = [page.with_error(row["fd_classifier"])]
        numbers += [page.with_error(row[key], "{:.3f}") for key in _SHOWN[1:]]
        counts = [f"{row[key]['mean']:,.0f}" for key in ("steps", "cpu_seconds")]
        lines.append((name, *numbers, *counts, row["seeds"]))
    real = [f"{floor[key]:.3f}" for key in _SHOWN]
    return page.table(headings, [*lines, ("real images", *real, "", "", "")])


def sheets(runs, found, columns=3):
    """A picture with the kept samples of the first run of each."""
    columns = min(columns, len(found))
    rows = -(-len(found) // columns)
    figure, axes = pictures.new_figure(
        5.0 * columns, 5.6 * rows, rows=rows, columns=columns
    )
    for place in np.ravel(axes):
        place.set_axis_off()
    for place, (name, (record, *_)) in zip(np.ravel(axes), found.items(), strict=False):
        place.imshow(pictures.draw(runs.samples(record["file"]), None))
        place.set_title(f"{name}: fd_classifier {record['fd_classifier']:.2f}")
    return pictures.figure_pixels(figure)
