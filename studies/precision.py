"""What bfloat16 costs in quality: two presets in both precisions, side by side."""

from studies import contest, equal_time
from studies.outcome import Claim, Outcome
from studies.runs import Runs

FLOAT, HALF = "float32", "mixed_bfloat16"
PRESETS = ("mlp", "dcgan")
DATASET = "mnist5k"
NUM_SAMPLES = 10_000
# Standard errors of a difference within which two means are one, by chance.
CLOSE = 3.0


def run(seeds, options):
    """Trains each preset in each precision to its end and measures it in float32.

    Args:
        seeds: list of ints, at least two for a claim.
        options: `quick`: three steps of `mlp`; `max_hours`, `work_dir`: see `Runs`.

    Returns:
        An `Outcome`.
    """
    num = 200 if options.quick else NUM_SAMPLES
    presets = PRESETS[:1] if options.quick else PRESETS
    flags = {"steps": 3} if options.quick else {}
    suite = equal_time.measured_by(DATASET, contest.METRICS, num)
    runs = Runs("precision", options)

    def one(name, seed, file):
        preset, precision = name.split()
        changed = {"seed": seed, "mixed_precision": precision, **flags}
        return contest.to_its_end(runs, file, suite, num, preset, **changed)

    names = [f"{preset} {precision}" for preset in presets for precision in (FLOAT, HALF)]
    found = contest.run_all(runs, names, seeds, one)
    measured = contest.record(runs, found, suite, num)
    floor = measured["floor"]
    text = (
        f"{num:,} samples of each against the 1,000 test digits of {DATASET}; means and "
        "standard errors over seeds. The CPU has instructions for bfloat16.\n\n"
        f"{contest.table('preset and precision', measured['summary'], floor)}"
    )
    pixels = contest.sheets(runs, found, columns=2)
    return Outcome(measured, _claims(measured["summary"], presets, floor), pixels, text)


def _claims(summary, presets, floor):
    distances = [row["fd_classifier"]["mean"] for row in summary.values()]
    claims = [contest.above_floor(distances, floor)]
    for preset in presets:
        names = [f"{preset} {precision}" for precision in (FLOAT, HALF)]
        if not all(name in summary and summary[name]["seeds"] > 1 for name in names):
            continue
        ours, half = (summary[name]["fd_classifier"] for name in names)
        error = (ours["standard_error"] ** 2 + half["standard_error"] ** 2) ** 0.5
        worse = (half["mean"] - ours["mean"]) / error
        text = f"{preset}: fd_classifier that bfloat16 adds, in standard errors"
        claims.append(Claim(text, worse, CLOSE))
    return claims
