"""Three pairs on MNIST in equal time: the preset dcgan, the tutorial's, the 2014 pair."""

import keras
import numpy as np

from keras_gan import data
from keras_gan.gan import GAN
from studies import contest, equal_time, recipes, tutorial_pair
from studies.outcome import Claim, Outcome
from studies.runs import Runs

OURS, TUTORIAL, OLD = "preset dcgan", "tensorflow.org tutorial", "preset mlp"
# The steps of the 2014 pair are set so that its learning rate falls to 0 in this time.
PRESETS = {OURS: ("dcgan", {}), OLD: ("mlp", {"steps": 4400})}
# Three minutes of two cores.
CPU_SECONDS = 360.0


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
    suite = equal_time.measured_by(dataset, contest.METRICS, num)
    runs = Runs("conv_race", options)

    def one(name, seed, file):
        preset, flags = PRESETS.get(name, ("", {}))
        flags = {**flags, "dataset": dataset, "seed": seed}

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
        return {**recipe, "cpu_limit": cpu_seconds}, make

    seeds = seeds[:1] if options.quick else seeds
    found = contest.run_all(runs, (OURS, TUTORIAL, OLD), seeds, one)
    floor = {name: one.value for name, one in suite.floor(num).items()}
    measured = {
        "cpu_seconds_per_run": cpu_seconds,
        "samples": num,
        "floor": floor,
        "runs_left_out": runs.left_out,
        "summary": contest.summary(found),
        "runs": found,
    }
    claims = _claims(found, floor, options.quick)
    text = (
        f"At most {cpu_seconds:g} CPU-seconds of training each, {num:,} samples.\n\n"
        f"{contest.table('pair', measured['summary'], floor)}"
    )
    return Outcome(measured, claims, contest.sheets(runs, found), text)


def _train_tutorial(dataset, seed, cpu_seconds):
    """The tutorial's networks, loss, optimizers and batches, in this library's `fit`."""
    real = data.load(dataset, batch_size=256, seed=seed)
    gan = GAN(*tutorial_pair.build(seed), seed=seed)
    gan.compile(keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4))
    return equal_time.train_gan(gan, real, cpu_seconds)


def _claims(found, floor, quick):
    fd = {
        name: np.mean([record["fd_classifier"] for record in records])
        for name, records in found.items()
    }
    claims = [contest.above_floor(fd.values(), floor)]
    for name, limit in ((TUTORIAL, 0.1), (OLD, 1 / 3)) if not quick else ():
        if not {OURS, name} <= set(fd):
            continue  # Left for a later call.
        text = f"fd_classifier of {OURS} over that of {name}"
        claims.append(Claim(text, fd[OURS] / fd[name], limit))
    return claims
