"""Draws samples from a trained run.

python scripts/sample.py --run_dir=runs/quickstart
python scripts/sample.py --run_dir=runs/quickstart --num=10000 --output=samples.npz
"""

import dataclasses
import os

from keras_gan.cli import command_line
from keras_gan.cli.flags import define, given
from keras_gan.recipe import Recipe
from keras_gan.recipe.options import check_options, naming, option

# Keras and TensorFlow take seconds to import: the functions that need them do it, so
# that --help answers at once.

SUFFIXES = (".png", ".gif", ".npz")
# Samples on one line of a walk.
WALK_COLUMNS = 12


@dataclasses.dataclass(frozen=True)
class Request:
    """What is asked of `sample.py`; each field is a flag."""

    run_dir: str = option(help="Folder of the run.", is_path=True)
    num: int = option(64, "How many samples.", at_least=1)
    seed: int = option(0, "Keys the latents.", at_least=0, at_most=2**31 - 1)
    label: int | None = option(
        None, "Class to sample, of a conditional run. Default: all in turn."
    )
    mode: str = option(
        "grid",
        "grid: samples; walk: lines through the latents; neighbors: each sample beside "
        "its nearest training image.",
        choices=("grid", "walk", "neighbors"),
    )
    output: str = option(
        "samples.png",
        "A .png or .gif picture, or .npz: uint8 images and labels.",
        is_path=True,
    )
    data_dir: str | None = option(
        None, "As for train.py; for {mode:'neighbors'}.", is_path=True
    )

    def __post_init__(self):
        check_options(self)


def sample(request):
    """Draws what is asked for and writes it; returns the exit code."""
    from keras_gan import pictures
    from keras_gan.cli.run_folder import load_run
    from keras_gan.data.value_range import as_stored
    from keras_gan.storage.archives import Blocks, save_npz
    from keras_gan.storage.pictures import save_gif, save_png

    suffix = os.path.splitext(request.output)[1].lower()
    if suffix not in SUFFIXES:
        raise ValueError(
            f"--output={request.output} must end in one of {', '.join(SUFFIXES)}."
        )
    gan = load_run(request.run_dir)
    if request.label is not None and not gan.is_conditional:
        raise ValueError(
            f"--label={request.label}: the run in {request.run_dir} is not conditional: "
            "train one with --conditional."
        )
    with naming(label=request.label):
        gan.labels(1, request.label)
    if suffix == ".npz" and request.mode == "grid":
        save_blocks(gan, request)
        return said(request, request.num)
    check_memory(gan, request)
    samples = MODES[request.mode](gan, request)
    if suffix == ".npz":
        shown = as_stored(samples, gan.value_range)
        save_npz(request.output, {"images": Blocks(shown.shape, shown.dtype, [shown])})
    elif suffix == ".gif":
        frames = [pictures.draw(one[None], gan.value_range) for one in samples]
        save_gif(request.output, frames)
    else:
        columns = {"walk": WALK_COLUMNS, "neighbors": 8}.get(request.mode)
        if request.mode == "grid" and request.label is None:
            columns = gan.columns(request.num)
        drawn = pictures.draw(samples, gan.value_range, columns=columns)
        save_png(request.output, drawn)
    return said(request, len(samples))


def said(request, num):
    """Says what was written; returns the exit code."""
    print(f"{num} samples of {request.run_dir}: {request.output}", flush=True)
    return 0


def check_memory(gan, request):
    """Refuses a picture that would not fit in memory, before a sample is drawn."""
    from keras_gan.data import memory

    # The samples as float32, and as the pixels of a picture in colour.
    needed = memory.nbytes((request.num, *gan.sample_shape), bytes_per_value=4 + 3)
    memory.check(f"--num={request.num}", needed, "draw fewer, or --output=NAME.npz")


def save_blocks(gan, request):
    """Writes fresh samples, and their labels, while they are drawn."""
    import numpy as np

    from keras_gan.data.kinds import kind_of
    from keras_gan.data.value_range import as_stored
    from keras_gan.storage.archives import Blocks, save_npz

    num, label = request.num, request.label
    drawn = gan.blocks(num, request.seed, label)
    stored = (as_stored(block, gan.value_range) for block in drawn)
    dtype = np.uint8 if kind_of(gan.sample_shape).has_pixels else np.float32
    arrays = {"images": Blocks((num, *gan.sample_shape), dtype, stored)}
    if gan.is_conditional:
        labels = gan.blocks_of_labels(num, label)
        arrays["labels"] = Blocks((num,), np.int32, labels)
    save_npz(request.output, arrays)


def grid(gan, request):
    """Fresh samples."""
    return gan.sample(request.num, request.seed, request.label)


def latent_walk(gan, request):
    """Samples on straight lines between latents; `num` is rounded to whole lines."""
    from keras_gan.callbacks.latent_walk import along, walk

    rows = -(-request.num // WALK_COLUMNS)
    ends = gan.draw_latents(2 * rows, request.seed)
    labels = gan.labels(rows, request.label)
    latents = walk(ends[:rows], ends[rows:], WALK_COLUMNS)
    return gan.generate(latents, along(labels, WALK_COLUMNS))


def neighbors(gan, request):
    """Each sample beside the training image that is nearest to it."""
    from keras_gan.callbacks.nearest_neighbors import Scaled, beside_neighbors

    recipe = Recipe.of_run(request.run_dir)
    data_dir = request.data_dir or recipe.data_dir
    real = dataclasses.replace(recipe, data_dir=data_dir).load_alone()
    if real.sample_shape != gan.sample_shape:
        raise ValueError(
            f"--mode=neighbors: the run in {request.run_dir} makes samples of "
            f"{gan.sample_shape}, but --dataset={recipe.dataset} of its flags.txt holds "
            f"{real.sample_shape}: correct that file."
        )
    samples = gan.sample(request.num, request.seed, request.label)
    return beside_neighbors(samples, Scaled(real, gan.value_range))


MODES = {"grid": grid, "walk": latent_walk, "neighbors": neighbors}


def main(own):
    """Draws what the flags ask for."""
    return sample(Request(**given(Request, own)))


def run():
    """Entry point of `keras-gan-sample`."""
    command_line.run(main, define(Request))


if __name__ == "__main__":
    run()
