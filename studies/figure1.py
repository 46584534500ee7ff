"""Runs the preset figure1 as a user would, for several seeds."""

import json
import os
import subprocess
import sys
import tempfile

from keras_gan.storage.pictures import read_png
from studies.outcome import Claim, Outcome, spread

_QUICK = ("--steps=5", "--discriminator_steps=2")
_TRAIN = "from keras_gan.cli.train import run; run()"


def run(seeds, options):
    """Trains on the line and reads how far the end is from theory.

    Args:
        seeds: list of ints, one training run each; the picture is that of the first.
        options: `quick`: 5 steps of one run with a smaller k, and looser limits.

    Returns:
        An `Outcome`.
    """
    quick = options.quick
    seeds = seeds[:1] if quick else seeds
    runs, pixels = [], []
    for seed in seeds:
        with tempfile.TemporaryDirectory() as run_dir:
            _train(run_dir, seed, _QUICK if quick else [])
            with open(os.path.join(run_dir, "density.json"), encoding="utf-8") as file:
                runs.append({"seed": seed, **json.load(file)})
            path = os.path.join(run_dir, "images", "figure1.png")
            pixels.append(read_png(path))
    measured = {
        "runs": runs,
        "jsd": spread([one["jsd"] for one in runs]),
        "d_error": spread([one["d_error"] for one in runs]),
    }
    # A few steps from log 2, with which it begins.
    jsd_limit, d_limit = (0.5, 0.45) if quick else (0.01, 0.05)
    claims = [
        Claim("JSD(p_g, p_data) in nats, worst seed", measured["jsd"]["max"], jsd_limit),
        Claim(
            "mean |D - 1/2| on the data's support, worst seed",
            measured["d_error"]["max"],
            d_limit,
        ),
    ]
    return Outcome(measured, claims, pixels[0])


def _train(run_dir, seed, more):
    # As a user does it, in a process of its own.
    flags = ["--preset=figure1", f"--seed={seed}", f"--run_dir={run_dir}", *more]
    done = subprocess.run(
        [sys.executable, "-c", _TRAIN, *flags], capture_output=True, text=True
    )
    if done.returncode:
        raise ValueError(f"The preset figure1 failed: {done.stderr.strip()[-500:]}")
