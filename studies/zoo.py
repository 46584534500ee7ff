"""Every loss with every penalty on MNIST in equal CPU time: which one to choose."""

import numpy as np

from keras_gan import pictures
from studies import contest, equal_time, page, recipes
from studies.outcome import Outcome, spread
from studies.runs import Runs

LOSSES = (
    "non_saturating",
    "relativistic",
    "hinge",
    "least_squares",
    "wasserstein",
    "minimax",
)
# penalty: flags. R1 and R2 have the weight and the interval of the preset dcgan; the
# gradient penalty must be applied in every update to keep the slope near 1.
PENALTIES = {
    "none": {"r1": 0, "penalty_interval": 1},
    "R1": {},
    "R2": {"r1": 0, "r2": 0.05},
    "R1 + R2": {"r2": 0.05},
    "gradient penalty": {"r1": 0, "gp": 10, "penalty_interval": 1},
}
# The number of steps is not known beforehand, so the learning rate is constant.
COMMON = {"schedule": "constant", "steps": 10**6}
CPU_SECONDS = 60.0
NUM_SAMPLES = 5_000


def run(seeds, options):
    """Trains the preset dcgan with every pair of a loss and a penalty.

    Args:
        seeds: list of ints.
        options: `quick`: one pair for a second, on 5,000 digits; `cpu_seconds`:
            per run, 60 if not given; `max_hours`, `work_dir`: see `Runs`.

    Returns:
        An `Outcome`.
    """
    dataset = "mnist5k" if options.quick else "mnist"
    num = 200 if options.quick else NUM_SAMPLES
    cpu_seconds = options.cpu_seconds or (1.0 if options.quick else CPU_SECONDS)
    suite = equal_time.measured_by(dataset, contest.METRICS, num)
    runs = Runs("zoo", options)
    pairs = [(loss, penalty) for penalty in PENALTIES for loss in LOSSES]
    pairs = pairs[:1] if options.quick else pairs
    found = {pair: [] for pair in pairs}
    for seed in seeds[:1] if options.quick else seeds:
        for pair in pairs:
            flags = _flags(*pair) | {"dataset": dataset, "seed": seed}
            record = _one(runs, pair, flags, (suite, num, cpu_seconds))
            found[pair] += [record] if record else []
    summary = {pair: _summary(records) for pair, records in found.items() if records}
    floor = {name: one.value for name, one in suite.floor(num).items()}
    measured = {
        "cpu_seconds_per_run": cpu_seconds,
        "samples": num,
        "floor": floor,
        "runs_left_out": runs.left_out,
        "summary": [
            {"loss": loss, "penalty": penalty, **row}
            for (loss, penalty), row in summary.items()
        ],
        "runs": [record for records in found.values() for record in records],
    }
    claim = contest.above_floor(
        (row["fd_classifier"]["mean"] for row in summary.values()), floor
    )
    text = _markdown(summary, measured)
    return Outcome(measured, [claim], _draw(summary), text)


def _flags(loss, penalty):
    return {**COMMON, "loss": loss, **PENALTIES[penalty]}


def _one(runs, pair, flags, measurement):
    suite, num, cpu_seconds = measurement

    def make():
        gan = equal_time.train("dcgan", flags, cpu_seconds)
        try:
            return equal_time.score(gan, suite, num)[0]
        except ValueError as error:  # NaN: that a pair diverges is a result.
            return {"diverged": str(error), "steps": int(gan.step.numpy())}

    name = "-".join((*pair, str(flags["seed"]))).replace(" ", "_")
    settings = {**recipes.settings("dcgan", **flags), "cpu_limit": cpu_seconds}
    return runs(name, settings, make)


def _summary(records):
    whole = [record for record in records if "diverged" not in record]
    row = {"seeds": len(records), "diverged": len(records) - len(whole)}
    for key in ("fd_classifier", "precision", "recall", "steps"):
        # A run that diverged counts as infinitely bad, never as absent.
        worst = 0.0 if key in ("precision", "recall", "steps") else 1e9
        row[key] = spread([record.get(key, worst) for record in records])
    return row


def _markdown(summary, measured):
    """Tabulates the pairs from best to worst."""
    headings = (
        "loss",
        "penalty",
        "fd_classifier",
        "precision",
        "recall",
        "steps",
        "seeds",
    )
    rows = []
    for (loss, penalty), row in _ranked(summary):
        fd = row["fd_classifier"]
        numbers = [page.with_error(fd)]
        if row["diverged"]:
            numbers = [f"{row['diverged']} of {row['seeds']} diverged"]
        numbers += [f"{row[key]['mean']:.3f}" for key in ("precision", "recall")]
        numbers += [f"{row['steps']['mean']:,.0f}", row["seeds"]]
        rows.append((loss, penalty, *numbers))
    floor = measured["floor"]
    real = [f"{floor[key]:.3f}" for key in ("fd_classifier", "precision", "recall")]
    rows.append(("real images", "", *real, "", ""))
    return (
        f"{measured['cpu_seconds_per_run']:g} CPU-seconds per run, "
        f"{measured['samples']:,} samples; means and standard errors over seeds; the "
        "best pair first. It says how far a pair gets in that time, not whether a longer "
        f"run stays stable.\n\n{page.table(headings, rows)}"
    )


def _ranked(summary):
    return sorted(summary.items(), key=lambda item: item[1]["fd_classifier"]["mean"])


def _draw(summary):
    ranked = _ranked(summary)
    figure, axes = pictures.new_figure(9.0, 1.2 + 0.28 * len(ranked))
    names = [f"{loss}, {penalty}" for (loss, penalty), _ in ranked]
    fds = [row["fd_classifier"] for _, row in ranked]
    places = np.arange(len(ranked))
    means = np.array([fd["mean"] for fd in fds])
    reach = np.array([(fd["mean"] - fd["min"], fd["max"] - fd["mean"]) for fd in fds])
    axes.errorbar(means, places, xerr=reach.T, fmt="o", color="tab:blue", capsize=2)
    axes.set_yticks(places, names)
    axes.set(xscale="log", xlabel="fd_classifier (lower is better), mean and range")
    axes.invert_yaxis()
    axes.grid(axis="x", alpha=0.4)
    return pictures.figure_pixels(figure)
