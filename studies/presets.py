"""What the small presets reach on the digits that come with the package."""

from studies import contest, equal_time, recipes
from studies.outcome import Outcome
from studies.runs import Runs

NAMES = ("quickstart", "dcgan", "lsgan", "sngan", "wgan_gp", "r3gan_small")
DATASET = "mnist5k"
NUM_SAMPLES = 10_000


def run(seeds, options):
    """Trains each preset to its end and measures it.

    Args:
        seeds: list of ints.
        options: `quick`: three steps of two presets; `max_hours`, `work_dir`: see
            `Runs`.

    Returns:
        An `Outcome`.
    """
    num = 200 if options.quick else NUM_SAMPLES
    flags = {"steps": 3} if options.quick else {}
    suite = equal_time.measured_by(DATASET, contest.METRICS, num)
    runs = Runs("presets", options)

    def one(name, seed, file):
        def make():
            gan = equal_time.train(name, {"seed": seed, **flags}, None)
            numbers, samples = equal_time.score(gan, suite, num)
            runs.keep_samples(file, samples[:36])
            return numbers

        return recipes.settings(name, seed=seed, **flags), make

    names, seeds = (NAMES[:2], seeds[:1]) if options.quick else (NAMES, seeds)
    found = contest.run_all(runs, names, seeds, one)
    floor = {name: one.value for name, one in suite.floor(num).items()}
    measured = {
        "samples": num,
        "floor": floor,
        "runs_left_out": runs.left_out,
        "summary": contest.summary(found),
        "runs": found,
    }
    claim = contest.above_floor(
        (row["fd_classifier"]["mean"] for row in measured["summary"].values()), floor
    )
    text = (
        f"{num:,} samples of each against the 1,000 test digits of {DATASET}; means and "
        "standard errors over seeds. Each preset is trained to its own end. Only "
        "`quickstart` and `dcgan` were tuned here; the others use the losses and "
        "optimizers of their papers.\n\n"
        f"{contest.table('preset', measured['summary'], floor)}"
    )
    return Outcome(measured, [claim], contest.sheets(runs, found), text)
