"""What a training step costs at each image size: parameters, time and memory.

    python -m studies.sizes '{"preset": "dcgan", "shape": [64, 64, 3], ...}'

measures one size, in a process of its own: the peak of its memory only ever rises.
"""

import functools
import json
import sys

import numpy as np

from keras_gan import pictures
from keras_gan.data import Batches, memory
from keras_gan.recipe import Recipe
from studies import apart, timed_steps
from studies.outcome import Claim, Outcome
from studies.page import table
from studies.runs import Runs

# Height and width; all images have three channels.
SIZES = ((28, 28), (32, 32), (48, 48), (64, 64), (96, 64), (96, 96), (128, 128))
# By their networks, which the presets train with minibatches of 32 and 64.
PRESETS = {"dcgan": "dcgan", "resnet": "r3gan_small"}
# Sizes that are timed, by precision.
PRECISIONS = {"float32": SIZES, "mixed_bfloat16": ((64, 64), (128, 128))}
STEPS = 2 * timed_steps.BLOCK
NUM_IMAGES = 256
# Bytes of a step above which its estimate can be checked.
LARGE = 300 * 2**20


def run(seeds, options):
    """Times a few steps at each size, and reads the peak of the memory.

    Args:
        seeds: list of ints, of which only the first is used.
        options: `quick`: one size and network, a few steps; `max_hours`, `work_dir`: see
            `Runs`.

    Returns:
        An `Outcome`.
    """
    runs = Runs("sizes", options)
    planned = [
        (precision, network, size)
        for precision, sizes in PRECISIONS.items()
        for network in PRESETS
        for size in sizes
    ]
    found = []
    measured_by = measure_apart
    if options.quick:
        planned = [("float32", "dcgan", (8, 8))]
        measured_by = measure
    for precision, network, size in planned:
        settings = {
            "preset": PRESETS[network],
            "shape": [*size, 3],
            "precision": precision,
            "steps": timed_steps.BLOCK if options.quick else STEPS,
            "seed": seeds[0],
        }
        name = f"{network}-{called(size)}-{precision}"
        one = runs(name, settings, functools.partial(measured_by, **settings))
        if one is not None:
            found.append({"network": network, "size": called(size), **one})
    measured = {"runs": found, "runs_left_out": runs.left_out}
    return Outcome(measured, claims(found), _draw(found), _text(found))


def called(size):
    """A size as `--image_size` takes it."""
    height, width = size
    return str(height) if height == width else f"{height}x{width}"


def measure(preset, shape, precision, steps, seed):
    """Trains a preset on images of a shape for a few steps; returns JSON values."""
    recipe = Recipe.preset(preset, mixed_precision=precision, seed=seed)
    random = np.random.default_rng(seed)
    images = random.integers(0, 256, (NUM_IMAGES, *shape), "uint8")
    real = Batches(images, batch_size=recipe.batch_size, seed=seed)
    gan = recipe.build(real)
    before = memory.peak()
    seconds = timed_steps.seconds_per_step(gan, real, steps)
    return {
        "generator": gan.generator.count_params(),
        "discriminator": gan.discriminator.count_params(),
        "batch_size": recipe.batch_size,
        "step": seconds,
        "peak": memory.peak(),
        "peak_before_training": before,
        "estimated": gan.nbytes_of_step(recipe.batch_size) + gan.nbytes,
    }


def claims(found):
    """Claims about what was measured: the cost of a pixel, and the estimate.

    Args:
        found: What `measure` returned, with "network", "size" and "precision".
    """
    plain = [one for one in found if one["precision"] == "float32"]
    share = max(one["estimated"] / one["peak"] for one in found)
    made = [Claim("memory: estimated for a step over the process's peak", share, 1.0)]
    for one in plain:
        took = one["peak"] - one["peak_before_training"]
        if took > LARGE:
            ratio = one["estimated"] / took
            text = f"{one['network']}, {one['size']}: estimated over measured, from 1"
            made.append(Claim(text, max(ratio, 1 / ratio), 1.25))
    by_name = {(one["network"], one["size"]): one["step"]["cpu"] for one in plain}
    for network in PRESETS:
        for small, large in (("32", "64"), ("64", "128")):
            if {(network, small), (network, large)} <= set(by_name):
                ratio = by_name[network, large] / by_name[network, small]
                text = f"{network}: a step at {large} pixels over one at {small}"
                made.append(Claim(text, ratio, 4.0))
    return made


def measure_apart(**settings):
    """What `measure` returns, in a process of its own."""
    return apart.measured("studies.sizes", settings)


def _text(found):
    by_name = {(one["network"], one["size"], one["precision"]): one for one in found}
    rows = []
    for (network, size, precision), one in by_name.items():
        if precision != "float32":
            continue
        bf16 = by_name.get((network, size, "mixed_bfloat16"))
        rows.append(
            (
                f"`{network}`",
                size,
                one["batch_size"],
                f"{one['generator'] / 1e6:.2f} + {one['discriminator'] / 1e6:.2f}",
                _milliseconds(one),
                memory.size(one["peak"]),
                _milliseconds(bf16) if bf16 else "",
                memory.size(bf16["peak"]) if bf16 else "",
            )
        )
    headings = (
        "network",
        "image_size",
        "batch_size",
        "parameters of G + D, millions",
        "CPU-ms a step",
        "peak memory",
        "the same in bfloat16",
        "peak memory",
    )
    return (
        "Colour images. The time is of all cores together, the median of blocks of "
        f"{timed_steps.BLOCK} steps; two free cores take a little more than half of it. "
        "The memory is the peak of the whole process, Python and TensorFlow with it, "
        f"with few data.\n\n{table(headings, rows)}"
    )


def _milliseconds(one):
    return f"{1000 * one['step']['cpu']:.0f}"


def _draw(found):
    figure, axes = pictures.new_figure(6.0, 3.0)
    for number, network in enumerate(PRESETS):
        for precision, style in zip(PRECISIONS, ("o-", "s--"), strict=True):
            some = [
                one
                for one in found
                if (one["network"], one["precision"]) == (network, precision)
            ]
            pixels = [one["shape"][0] * one["shape"][1] for one in some]
            axes.plot(
                pixels,
                [1000 * one["step"]["cpu"] for one in some],
                style,
                color=f"C{number}",
                label=f"{network}, {precision.removeprefix('mixed_')}",
            )
    axes.set(xlabel="pixels", ylabel="CPU-ms a step", xscale="log", yscale="log")
    axes.legend(fontsize=7)
    return pictures.figure_pixels(figure)


if __name__ == "__main__":
    print(json.dumps(measure(**json.loads(sys.argv[1]))))
