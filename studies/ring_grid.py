"""Mode collapse on a ring of 8 and a grid of 25 Gaussians, by PacGAN's protocol."""

import numpy as np

from keras_gan import pictures
from keras_gan.callbacks import Limits
from keras_gan.data import grid, ring
from keras_gan.evaluation import mode_coverage
from keras_gan.recipe import Recipe
from studies import page, recipes
from studies.coverage_curve import CoverageCurve
from studies.outcome import Claim, Outcome, spread
from studies.runs import Runs

NUM_POINTS = 2500
SHAPES = {"ring": 8, "grid": 25}
# A run passes if it covers all modes with at least this share of high quality.
QUALITY = {"ring": 0.97, "grid": 0.95}

# Modes, share of high quality, reverse KL; mean and standard error of 10 trials.
PUBLISHED = {
    "ring": {
        "GAN": ((6.3, 0.5), (0.982, 0.002), (0.45, 0.09)),
        "PacGAN2": ((7.9, 0.1), (0.956, 0.020), (0.07, 0.03)),
        "PacGAN3": ((7.8, 0.1), (0.977, 0.003), (0.10, 0.02)),
        "PacGAN4": ((7.8, 0.1), (0.959, 0.014), (0.07, 0.02)),
    },
    "grid": {
        "GAN": ((17.3, 0.8), (0.948, 0.007), (0.70, 0.07)),
        "PacGAN2": ((23.8, 0.7), (0.913, 0.008), (0.13, 0.04)),
        "PacGAN3": ((24.6, 0.4), (0.942, 0.004), (0.06, 0.02)),
        "PacGAN4": ((24.8, 0.2), (0.936, 0.006), (0.04, 0.01)),
    },
}
SOURCE = "Lin et al. 2018, arXiv 1712.04086, table 1; 400,000 updates per run"

RECOMMENDED, PLAIN = "recommended", "plain GAN"
# PacGAN's networks and optimizers, with a quarter of its updates.
PACGAN = {
    "network": "pacgan",
    "latent_dim": 2,
    "loss": "non_saturating",
    "simultaneous": True,
    "r1": 0,
    "r2": 0,
    "instance_noise": 0,
    "batch_size": 100,
    "lr": 1e-4,
    "g_lr": 1e-4,
    "beta_1": 0.8,
    "beta_2": 0.999,
    "schedule": "constant",
    "ema_decay": 0,
    "steps": 100_000,
}
# method: (flags that differ from the preset, most seeds). Apart from the recommended
# recipe and the two with PacGAN's networks, each changes one thing of that recipe.
METHODS = {
    RECOMMENDED: ({}, 10),
    PLAIN: (PACGAN, 3),
    # PacGAN's minibatch is 100 packs.
    "packing 2": ({**PACGAN, "packing": 2, "batch_size": 200}, 1),
    "no penalty": ({"r1": 0, "r2": 0}, 3),
    "R1 alone": ({"r2": 0}, 3),
    "minimax": ({"loss": "minimax"}, 3),
    "non_saturating": ({"loss": "non_saturating"}, 3),
    "least_squares": ({"loss": "least_squares"}, 3),
    "hinge": ({"loss": "hinge"}, 3),
    "wasserstein": ({"loss": "wasserstein"}, 3),
    "no instance noise": ({"instance_noise": 0}, 3),
    "network points": ({"network": "points"}, 3),
}
QUICK = (PLAIN,)
# Measurements of a run, evenly spaced.
NUM_MEASUREMENTS = 20


def run(seeds, options):
    """Trains every method on both shapes and counts modes.

    Args:
        seeds: list of ints. The recommended recipe is trained with all of them, packing
            with the first, which takes half an hour, the other methods with the first
            three.
        options: `quick`: 4 steps of one method; `max_hours`, `work_dir`: see `Runs`.

    Returns:
        An `Outcome`.
    """
    runs = Runs("ring_grid", options)
    methods = QUICK if options.quick else METHODS
    found = {shape: {method: [] for method in methods} for shape in SHAPES}
    # All methods with one seed before the next seed: if the study is stopped, whole
    # seeds are missing and not methods.
    for n, seed in enumerate(seeds):
        for method in methods:
            changed, most_seeds = METHODS[method]
            for shape in SHAPES if n < most_seeds else ():
                more = {"steps": 4} if options.quick else {}
                flags = {**changed, **more, "seed": seed}
                record = _one(runs, shape, method, flags)
                found[shape][method] += [record] if record else []
    measured = {
        "published": PUBLISHED,
        "published_source": SOURCE,
        "protocol": f"{NUM_POINTS} points, high quality within 3 standard deviations",
        "runs_left_out": runs.left_out,
        "methods": {
            shape: {m: _summary(shape, rs) for m, rs in by_method.items() if rs}
            for shape, by_method in found.items()
        },
        "runs": found,
    }
    claims = _claims(found, options.quick)
    text = _markdown(measured["methods"]) + "\n\n" + _over_updates(found)
    return Outcome(measured, claims, _draw(runs, found), text)


def _one(runs, shape, method, flags):
    """Returns the record of a run, which is trained unless it was kept."""
    name = f"{shape}-{method.replace(' ', '_')}-{flags['seed']}"

    def make():
        recipe = Recipe.preset(shape, **flags)
        real = recipe.load_data()
        gan = recipe.build(real)
        rhythm = max(1, recipe.steps // NUM_MEASUREMENTS)
        watch = CoverageCurve(real.density, NUM_POINTS, every_steps=rhythm)
        gan.fit(real, epochs=10**6, verbose=0, callbacks=[Limits(recipe.steps), watch])
        runs.keep_samples(name, watch.points)
        return {**watch.curve[-1], "curve": watch.curve}

    settings = {**recipes.settings(shape, **flags), "file": name}
    return runs(name, settings, make)


def passes(shape, record):
    """Whether a run covers all modes with enough points of high quality."""
    whole = record["modes"] == SHAPES[shape]
    return whole and record["high_quality"] >= QUALITY[shape]


def _summary(shape, records):
    return {
        "seeds": len(records),
        "passed": sum(passes(shape, record) for record in records),
        **{
            key: spread([record[key] for record in records])
            for key in ("modes", "high_quality", "reverse_kl", "steps", "cpu_seconds")
        },
    }


def _claims(found, quick):
    claims = [_ceiling(shape) for shape in SHAPES]
    for shape in SHAPES if not quick else ():
        records = found[shape][RECOMMENDED]
        if not records:
            continue  # Left for a later call.
        share = np.mean([passes(shape, record) for record in records])
        text = (
            f"{shape}: share of seeds with {SHAPES[shape]}/{SHAPES[shape]} modes and at "
            f"least {QUALITY[shape]:.0%} high quality, recommended recipe"
        )
        claims.append(Claim(text, float(share), 0.9, at_least=True))
    return claims


def _ceiling(shape):
    """Applies the protocol to points of the mixture itself."""
    density = {"ring": ring, "grid": grid}[shape]()
    real = density.sample(NUM_POINTS, seed=0)
    found = mode_coverage(real, density.modes, density.std).extra
    off = abs(found["high_quality"] - found["expected_high_quality"])
    return Claim(f"{shape}: high quality of real points off 98.89 %", off, 0.01)


def _markdown(methods):
    headings = (
        "data",
        "method",
        "modes",
        "% high quality",
        "reverse KL",
        "updates",
        "seeds",
        "passed",
    )
    rows = []
    for shape, whole in SHAPES.items():
        for name, numbers in PUBLISHED[shape].items():
            texts = [
                f"{100 * mean:.1f} ± {100 * error:.1f}"
                if n == 1
                else f"{mean:g} ± {error:g}"
                for n, (mean, error) in enumerate(numbers)
            ]
            rows.append((shape, f"{name} (published)", *texts, "400,000", 10, ""))
        for method, row in methods[shape].items():
            quality = {
                key: None if value is None else 100 * value
                for key, value in row["high_quality"].items()
            }
            texts = [page.with_error(row["modes"], "{:.1f}") + f" of {whole}"]
            texts += [page.with_error(quality, "{:.1f}")]
            texts += [page.with_error(row["reverse_kl"], "{:.3f}")]
            counts = f"{row['steps']['mean']:,.0f}", row["seeds"], row["passed"]
            rows.append((shape, method, *texts, *counts))
    return (
        f"{NUM_POINTS} points; high quality: within 3 standard deviations of a mode, "
        f"98.89 % of real points. Published: {SOURCE}. Passed: all modes, and "
        f"{QUALITY['ring']:.0%} (ring) or {QUALITY['grid']:.0%} (grid) high quality.\n\n"
        + page.table(headings, rows)
    )


def _over_updates(found):
    """Tabulates the plain GAN at five steps of its runs, as means over seeds."""
    rows = []
    for shape in SHAPES:
        curves = [record["curve"] for record in found[shape].get(PLAIN, [])]
        moments = list(zip(*curves, strict=False))
        stride = max(1, len(moments) // 5)
        for points in moments[stride::stride]:
            modes, quality, kl = (
                np.mean([point[key] for point in points])
                for key in ("modes", "high_quality", "reverse_kl")
            )
            updates = f"{points[0]['steps']:,}"
            numbers = f"{modes:.1f}", f"{100 * quality:.1f}", f"{kl:.3f}"
            rows.append((shape, updates, *numbers, len(points)))
    headings = ("data", "updates", "modes", "% high quality", "reverse KL", "seeds")
    return "The plain GAN as it trains:\n\n" + page.table(headings, rows)


def _draw(runs, found):
    methods = [m for m in found["ring"] if found["ring"][m] or found["grid"][m]][:4]
    figure, axes = pictures.new_figure(3.2 * len(methods), 6.6, 2, len(methods))
    for row, shape in zip(np.reshape(axes, (2, -1)), SHAPES, strict=True):
        for place, method in zip(row, methods, strict=True):
            if not found[shape][method]:
                place.axis("off")
                continue
            record = found[shape][method][0]
            place.scatter(*runs.samples(record["file"]).T, s=2, color="tab:green")
            side = 1.5 if shape == "ring" else 5.0
            place.set(xlim=(-side, side), ylim=(-side, side), aspect="equal")
            place.set_title(
                f"{method}: {record['modes']:.0f}/{SHAPES[shape]} modes,\n"
                f"{record['high_quality']:.1%} high quality",
                fontsize=9,
            )
    return pictures.figure_pixels(figure)
