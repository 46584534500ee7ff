"""Modes and KL of Stacked MNIST: the preset stacked_mnist in VEEGAN's setting."""

import os
import time

from keras_gan import data, pictures
from keras_gan.callbacks import Limits, TrainingCheckpoint
from keras_gan.data.value_range import unscale
from keras_gan.evaluation import Settings, Suite
from keras_gan.recipe import Recipe
from studies import page, recipes
from studies.equal_time import CpuTime
from studies.outcome import Claim, Outcome, spread

NUM_SAMPLES = 26_000
# method: (modes of 1,000, KL in nats).
PUBLISHED = {
    "DCGAN (VEEGAN paper)": (99, 3.40),
    "ALI (VEEGAN paper)": (16, 5.40),
    "Unrolled GAN (VEEGAN paper)": (48.7, 4.32),
    "VEEGAN": (150, 2.95),
    "DCGAN (PacGAN paper)": (78.9, 4.50),
    "PacDCGAN2": (1000, 0.06),
    "small ResNet, RpGAN + R1 + R2 (R3GAN paper)": (1000, 0.0781),
    "small ResNet, GAN + R1 + R2 (R3GAN paper)": (693, 0.9270),
    "R3GAN": (1000, 0.029),
}
SOURCES = (
    "Srivastava et al. 2017, arXiv 1705.07761, table 2",
    "Lin et al. 2018, arXiv 1712.04086, table 2",
    "Huang et al. 2024, arXiv 2501.05441, tables 1 and 3",
)
QUICK = {"dataset": "stacked_mnist:mnist5k", "steps": 3}


def run(seeds, options):
    """Trains the preset and counts three-digit numbers.

    Args:
        seeds: list of ints, one run each.
        options: `quick`: three steps; `max_hours`: time for training, shared by the
            seeds; `work_dir`: folder of the runs, which are resumed.

    Returns:
        An `Outcome`.
    """
    deadline = time.monotonic() + 3600 * options.max_hours
    name = "stacked_mnist-quick" if options.quick else "stacked_mnist"
    folder = os.path.join(options.work_dir, name)
    num = 300 if options.quick else NUM_SAMPLES
    dataset = QUICK["dataset"] if options.quick else "stacked_mnist:mnist"
    test = data.load(dataset, split="test", batch_size=1).samples
    suite = Suite(test, test, Settings(("modes",), dataset=dataset))
    seeds = seeds[:1] if options.quick else seeds
    runs, pixels = [], None
    for n, seed in enumerate(seeds):
        share = (deadline - time.monotonic()) / (len(seeds) - n)
        flags = {"dataset": dataset, "seed": seed}
        flags |= QUICK if options.quick else {}
        gan, record = _train(flags, os.path.join(folder, str(seed)), max(share, 1.0))
        samples = unscale(gan.sample(num, seed=1), gan.value_range)
        runs.append({**record, **_modes(suite, samples)})
        pixels = pictures.draw(samples[:64], None) if pixels is None else pixels
    real = _modes(suite, test[:num])
    measured = {
        "published": PUBLISHED,
        "published_sources": SOURCES,
        "samples": num,
        "floor": real,
        "modes": spread([one["modes"] for one in runs]),
        "kl": spread([one["kl"] for one in runs]),
        "runs": runs,
    }
    claims = _claims(runs, real, options.quick)
    return Outcome(measured, claims, pixels, _markdown(measured))


def _train(flags, folder, seconds):
    """Resumes a run or starts it; returns the GAN and how far it came."""
    recipe = Recipe.preset("stacked_mnist", **flags)
    real = recipe.load_data()
    gan = recipe.build(real)
    clock = CpuTime()
    gan.fit(
        real,
        epochs=10**6,
        verbose=0,
        callbacks=[
            Limits(recipe.steps, seconds),
            clock,
            TrainingCheckpoint(os.path.join(folder, "checkpoints"), every_steps=1000),
        ],
    )
    return gan, {
        "command": recipes.command("stacked_mnist", **flags),
        "steps": int(gan.step.numpy()),
        "steps_planned": recipe.steps,
        "cpu_seconds": round(clock.seconds, 1),
    }


def _modes(suite, samples):
    found = suite.measure(samples)["modes"]
    names = ("kl", "expected_modes", "expected_kl")
    return {"modes": found.value, **{name: found.extra[name] for name in names}}


def _markdown(measured):
    rows = [
        (f"{name} (published)", f"{modes:g}", f"{kl:g}", "")
        for name, (modes, kl) in PUBLISHED.items()
    ]
    for one in measured["runs"]:
        steps = f"{one['steps']:,} ({one['cpu_seconds']:,.0f} CPU-seconds)"
        modes, kl = f"{one['modes']:g}", f"{one['kl']:.4f}"
        rows.append((f"preset stacked_mnist: `{one['command']}`", modes, kl, steps))
    floor = measured["floor"]
    rows.append(("real digits", f"{floor['modes']:g}", f"{floor['kl']:.4f}", ""))
    perfect = f"{floor['expected_modes']:.1f}", f"{floor['expected_kl']:.4f}"
    rows.append(("floor: a perfect sampler", *perfect, ""))
    return (
        f"{measured['samples']:,} samples. Published: {'; '.join(SOURCES)}.\n\n"
        + page.table(("method", "modes of 1,000", "KL, nats", "steps"), rows)
    )


def _claims(runs, real, quick):
    floor = Claim(
        "KL of real stacked digits over that of a uniform sampler",
        real["kl"] / real["expected_kl"],
        1.5,
    )
    if quick:
        return [floor]
    return [
        floor,
        Claim("modes of 1,000, worst seed", min(r["modes"] for r in runs), 1000, True),
        Claim("KL in nats, worst seed", max(r["kl"] for r in runs), 0.1),
    ]
