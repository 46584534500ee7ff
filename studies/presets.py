"""What the small presets reach on the digits that come with the package."""

from studies import contest, equal_time
from studies.outcome import Claim, Outcome
from studies.runs import Runs

QUICKSTART, OLD = "quickstart", "mlp"
NAMES = (QUICKSTART, OLD, "dcgan", "lsgan", "sngan", "wgan_gp", "r3gan_small")
DATASET = "mnist5k"
NUM_SAMPLES = 10_000


def run(seeds, options):
    """Trains each preset to its end and measures it.

    Args:
        seeds: list of ints, all for `quickstart`, which has a name to keep; the others,
            which can take half an hour a run, are trained with the first.
        options: `quick`: three steps of `quickstart`; `max_hours`, `work_dir`: see
            `Runs`.

    Returns:
        An `Outcome`.
    """
    num = 200 if options.quick else NUM_SAMPLES
    flags = {"steps": 3} if options.quick else {}
    suite = equal_time.measured_by(DATASET, contest.METRICS, num)
    runs = Runs("presets", options)

    def one(name, seed, file):
        return contest.to_its_end(runs, file, suite, num, name, seed=seed, **flags)

    others = () if options.quick else NAMES[1:]
    found = {
        **contest.run_all(runs, (QUICKSTART,), seeds, one),
        **contest.run_all(runs, others, seeds[:1], one),
    }
    measured = contest.record(runs, found, suite, num)
    floor = measured["floor"]
    text = (
        f"{num:,} samples of each against the 1,000 test digits of {DATASET}; means and "
        "standard errors over seeds. Each preset is trained to its own end. "
        "`quickstart` is told the classes, and the others are not: it is asked for each "
        "digit equally often, as often as the test digits have it. Only `quickstart`, "
        "`mlp` and `dcgan` were tuned here; the others use the losses and optimizers of "
        "their papers.\n\n"
        f"{contest.table('preset', measured['summary'], floor)}"
    )
    pixels = contest.sheets(runs, found, columns=4)
    return Outcome(measured, _claims(measured["summary"], floor), pixels, text)


def _claims(summary, floor):
    fd = {name: row["fd_classifier"] for name, row in summary.items()}
    claims = [contest.above_floor((one["mean"] for one in fd.values()), floor)]
    if OLD in fd:
        text = f"fd_classifier of {QUICKSTART}, worst seed, over that of {OLD}"
        claims.append(Claim(text, fd[QUICKSTART]["max"] / fd[OLD]["mean"], 0.5))
    return claims
