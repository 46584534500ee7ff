"""Draws samples from a run: finished, stopped, or still training.

keras-gan-sample --run_dir=runs/quickstart
keras-gan-sample --run_dir=runs/quickstart --num=10000 --output=samples.npz
keras-gan-sample --run_dir=runs/quickstart --seeds=0-63 --output=samples/
"""

import dataclasses
import itertools
import os
import re

from keras_gan.cli import command_line
from keras_gan.cli.flags import define, given
from keras_gan.cli.several_runs import check_one
from keras_gan.recipe import Recipe
from keras_gan.recipe.options import OptionError, check_options, naming, option

# Keras and TensorFlow take seconds to import: the functions that need them do it, so
# that --help answers at once.

SUFFIXES = (".png", ".gif", ".npz")
# What each mode writes, unless it is told.
OUTPUTS = {"grid": "samples.png", "walk": "walk.png", "neighbors": "neighbors.png"}
NUM = {"grid": 64, "walk": 64, "neighbors": 24}
MOST_SEED = 2**31 - 1
# Samples on one line of a walk, and samples with their neighbors in a row.
WALK_COLUMNS = 12
NEIGHBOR_COLUMNS = 4
# What a label takes while labels are put in order.
LABEL_BYTES = 48
# What this command calls the files in a folder.
OWN_NAME = re.compile(r"(sample|seed)_\d+.*\.png")


@dataclasses.dataclass(frozen=True)
class Request:
    """What is asked of `sample.py`; each field is a flag."""

    run_dir: str = option(
        help="Folder of the run.", is_path=True, section="What is drawn"
    )
    num: int | None = option(
        None,
        f"How many samples. Default: {NUM['grid']}, of classes in whole rows; "
        f"{NUM['neighbors']} beside their neighbors.",
        at_least=1,
    )
    seed: int | None = option(
        None, "Keys the latents. Default: 0.", at_least=0, at_most=MOST_SEED
    )
    seeds: str | None = option(
        None,
        "One sample for each seed, such as 0-63 or 1,5,9-12. A seed always gives the "
        "same sample, whatever the others are. Of n classes, those of {label} or all, "
        "seed s gets the one at s mod n, counted from 0.",
    )
    label: tuple[str, ...] | None = option(
        None,
        "Classes to sample, of a conditional run, by name or else by number, such as "
        "cat,dog or 3. Default: all, in turn in a picture, as often as in the training "
        "data in an .npz; with {seeds}, by the seed.",
    )
    truncation: float | None = option(
        None,
        "Keep each coordinate of normal latents in [-truncation, truncation], as if "
        "those beyond were drawn again: samples get more alike and, often, better. Try "
        "0.7.",
        above=0,
    )
    mode: str = option(
        "grid",
        "grid: samples; walk: lines through the latents; neighbors: each sample beside "
        "its nearest training image.",
        choices=tuple(OUTPUTS),
        section="Where to, and how it looks",
    )
    output: str | None = option(
        None,
        "A .png or .gif picture; a .npz of uint8 images and labels; or a folder, "
        "written DIR/, for a .png of each sample, pixel for pixel, which may hold no "
        "other images. Only files of this package are replaced. Default: samples.png, "
        "walk.png or neighbors.png.",
        is_path=True,
    )
    columns: int | None = option(
        None, "Samples in a row of a .png. Default: about a square.", at_least=1
    )
    scale: int | None = option(
        None,
        "Pixels of a picture per pixel of a sample. Default: 1, and in a .png or .gif "
        "of small images as many as bring them to 48 pixels.",
        at_least=1,
    )
    data_dir: str | None = option(
        None, "As for keras-gan-train; for {mode:'neighbors'}.", is_path=True
    )

    def __post_init__(self):
        check_options(self)
        if self.seeds is not None:
            for name in ("num", "seed"):
                if getattr(self, name) is not None:
                    raise OptionError(f"{{seeds}} names the samples: omit {{{name}}}.")
            if self.mode == "walk":
                raise OptionError("{seeds} does nothing with {mode:'walk'}: use {seed}.")
            ranges_of(self.seeds)
        if self.columns is not None and self.kind_of_output != ".png":
            raise OptionError("{columns} is for a .png of all samples: leave it out.")
        if self.columns == 1 and self.mode == "walk":
            raise OptionError("{mode:'walk'} needs {columns:'2'} or more.")
        if self.scale is not None and self.kind_of_output == ".npz":
            raise OptionError("{scale} is for pictures: leave it out.")
        if self.kind_of_output == "folder" and self.mode != "grid":
            raise OptionError(
                "{mode:{mode_!r}} is one picture: give a file as {output}.",
                mode_=self.mode,
            )

    @property
    def path(self):
        """Where the samples go."""
        return self.output or OUTPUTS[self.mode]

    @property
    def kind_of_output(self):
        """A suffix, or "folder"."""
        if self.path.endswith(os.sep) or os.path.isdir(self.path):
            return "folder"
        suffix = os.path.splitext(self.path)[1].lower()
        if suffix not in SUFFIXES:
            raise OptionError(
                "{output:{path!r}} must end in one of {suffixes}, or in / for a folder.",
                path=self.path,
                suffixes=", ".join(SUFFIXES),
            )
        return suffix

    @property
    def ranges(self):
        """The seeds, as ranges in their order; None if none are named."""
        return None if self.seeds is None else ranges_of(self.seeds)

    @property
    def number(self):
        """How many samples are asked for; whole lines of a walk."""
        if self.seeds:
            return sum(map(len, self.ranges))
        number = self.num or NUM[self.mode]
        columns = self.columns or WALK_COLUMNS
        return -(-number // columns) * columns if self.mode == "walk" else number


def ranges_of(text):
    """Reads seeds such as 1,5,9-12 as ranges.

    Raises:
        OptionError: If the text is something else.
    """
    parts = text.split(",")
    found = [re.fullmatch(r"\s*(\d+)(?:-(\d+))?\s*", part) for part in parts]
    ends = [(int(m[1]), int(m[2] or m[1])) for m in found if m]
    if not all(found) or not all(first <= last <= MOST_SEED for first, last in ends):
        raise OptionError(
            "{seeds:{text!r}} must be numbers and ranges up to {most}, such as 0-63 or "
            "1,5,9-12.",
            text=text,
            most=MOST_SEED,
        )
    return [range(first, last + 1) for first, last in ends]


def sample(request):
    """Draws what is asked for and writes it; returns the exit code."""
    from keras_gan.cli.run_folder import load_run, read_classes

    check_one(request.run_dir, "sample each by a command of its own")
    gan = load_run(request.run_dir)
    shares = None
    if gan.is_conditional:
        _, shares = read_classes(request.run_dir, gan.num_classes)
    classes = classes_of(request, gan)
    check_kind(gan, request)
    if request.truncation is not None:
        truncate(gan, request.truncation)
    # What was typed wrong comes first, then what stands in the way.
    check_replaced(request)
    drawing = Drawing(gan, request, classes, shares)
    about = WRITERS[request.kind_of_output](drawing)
    print(f"{drawing.about}: {request.path}{about}", flush=True)
    return 0


def check_replaced(request):
    """Refuses to replace files that this package did not write."""
    from keras_gan.storage import archives, pictures

    path, kind = request.path, request.kind_of_output
    if kind != "folder":
        is_own = archives.is_own if kind == ".npz" else pictures.is_own
        foreign = [path] if os.path.lexists(path) and not is_own(path) else []
    elif os.path.isdir(path):
        own = [os.path.join(path, n) for n in os.listdir(path) if OWN_NAME.fullmatch(n)]
        foreign = [file for file in sorted(own) if not pictures.is_own(file)]
    elif os.path.lexists(path.rstrip(os.sep)):
        raise ValueError(f"--output={path}: {path.rstrip(os.sep)} is no folder.")
    else:
        foreign = []
    if foreign:
        raise ValueError(
            f"--output={path}: {foreign[0]} was not written by this package, and would "
            "be replaced: move it away, or choose another name."
        )


def classes_of(request, gan):
    """The classes that are asked for, as numbers; None: all."""
    if request.label is None:
        return None
    asked = ",".join(request.label)
    if not gan.is_conditional:
        raise ValueError(
            f"--label={asked}: the run in {request.run_dir} is not conditional: train "
            "one with --conditional."
        )
    return [number_of(text, gan) for text in request.label]


def number_of(text, gan):
    """The number of a class, of which the name or the number is given."""
    # A class may be called by a number that is not its own: names come first.
    is_number = text.isdecimal() and text not in (gan.class_names or ())
    with naming(label=text):
        return int(gan.labels(1, int(text) if is_number else text)[0])


def check_kind(gan, request):
    """Refuses what has no meaning for samples of this kind."""
    from keras_gan.data.kinds import POINTS, kind_of

    kind = kind_of(gan.sample_shape)
    if request.scale is not None and not kind.has_pixels:
        raise ValueError(f"--scale is for pixels; the run makes {kind.name}: omit it.")
    if kind is POINTS and request.columns is not None:
        raise ValueError("--columns: points are drawn in one scatter: omit it.")
    if kind is POINTS and request.kind_of_output in (".gif", "folder"):
        raise ValueError(
            f"--output={request.path}: one point is no picture: write a .png of all, or "
            "a .npz."
        )


def truncate(gan, limit):
    """Makes the GAN draw latents without their tails."""
    from keras_gan import latents

    if not isinstance(gan.latents, latents.Normal):
        raise ValueError(
            f"--truncation={limit:g} is for normal latents, whose tails it cuts; the run "
            f"has {type(gan.latents).__name__}: leave it out."
        )
    gan.latents = latents.TruncatedNormal(limit)


class Drawing:
    """The samples that are asked for, all at once or one block after the other.

    Args:
        gan: The `GAN`.
        request: The `Request`.
        classes: Numbers of the classes to sample, or None: all.
        shares: How often the training data has each class, or None.
    """

    def __init__(self, gan, request, classes, shares):
        self.gan = gan
        self.request = request
        self.number = request.number
        self.classes = classes
        is_open = (request.num, request.seeds, request.columns) == (None, None, None)
        if is_open and (request.mode, request.kind_of_output) == ("grid", ".png"):
            self.number = self._whole_rows()
        self.shares = shares

    def _whole_rows(self):
        """As many samples as usual, with which each class has as many."""
        if self.classes is None:
            return self.gan.whole_rows(self.number)
        several = self.several
        return several.whole_rows(self.number) if several else self.number

    @property
    def several(self):
        """The chosen classes; None if it is only one."""
        from keras_gan.data.labels import Classes

        number = len(self.classes)
        return Classes(number) if number > 1 else None

    @property
    def about(self):
        """What the samples are, in a few words."""
        from keras_gan.terminal import counted

        text = f"{counted(self.number, 'sample')} of {self.request.run_dir}"
        if self.classes is None:
            return text
        named = ", ".join(map(self.called, self.classes))
        return f"{text}, class{'es' * (len(self.classes) > 1)} {named}"

    def called(self, number):
        """A class in words."""
        from keras_gan.cli.run_folder import called

        names = self.gan.class_names
        return called(number, names[number] if names else None)

    def seeds(self):
        """The seeds one after the other; None if none are named."""
        ranges = self.request.ranges
        return None if ranges is None else itertools.chain.from_iterable(ranges)

    def blocks(self):
        """Arrays (m, ...) of samples, together all of them."""
        if self.request.seeds:
            for seed in self.seeds():
                yield self.gan.sample(1, seed, self._label_of_seed(seed))
        else:
            yield from self.gan.blocks(self.number, self.request.seed or 0, self.labels())

    def blocks_of_labels(self):
        """The labels of `blocks`; None each if the run is not conditional."""
        if self.request.seeds:
            for seed in self.seeds():
                yield self.gan.labels(1, self._label_of_seed(seed))
        else:
            yield from self.gan.blocks_of_labels(self.number, self.labels())

    def _label_of_seed(self, seed):
        """A class that depends on nothing but the seed and the classes asked for."""
        if not self.gan.is_conditional:
            return None
        classes = self.classes or range(self.gan.num_classes)
        return classes[seed % len(classes)]

    def labels(self, number=None):
        """Labels of so many samples, by default of all, as `gan.sample` takes them."""
        import numpy as np

        from keras_gan.data import memory

        number = self.number if number is None else number
        if self.classes is None:
            return self._labels_of_all(number)
        if len(self.classes) == 1:
            return self.classes[0]
        memory.check(f"{number} labels", 4 * number, "draw fewer")
        return np.resize(self.classes, number).astype("int32")

    def _labels_of_all(self, number):
        """As often as in the data for an archive, which is measured; else in turn."""
        from keras_gan.data import memory

        request = self.request
        is_measured = request.kind_of_output == ".npz" and request.mode == "grid"
        if self.shares is None or not is_measured:
            return None
        memory.check(f"--num={number}", number * LABEL_BYTES, "draw fewer")
        return self.gan.condition.in_shares(number, self.shares, request.seed or 0)

    def all(self):
        """Samples of the mode that is asked for, and their labels, or None."""
        check_memory(self.gan, self.request, self.number)
        return MODES[self.request.mode](self)

    def grid(self):
        """Fresh samples."""
        import numpy as np

        return np.concatenate(list(self.blocks())), self._asked()

    def _asked(self):
        """The labels of all samples, or None."""
        import numpy as np

        labels = list(self.blocks_of_labels())
        return None if labels[0] is None else np.concatenate(labels)

    def walk(self):
        """Samples on straight lines between latents."""
        from keras_gan.callbacks.latent_walk import along, walk

        columns = self.request.columns or WALK_COLUMNS
        rows = self.number // columns
        ends = self.gan.draw_latents(2 * rows, self.request.seed or 0)
        labels = along(self.gan.labels(rows, self.labels(rows)), columns)
        latents = walk(ends[:rows], ends[rows:], columns)
        return self.gan.generate(latents, labels), labels

    def neighbors(self):
        """Each sample beside the training image that is nearest to it."""
        from keras_gan.callbacks.nearest_neighbors import Scaled, beside_neighbors

        gan, request = self.gan, self.request
        recipe = Recipe.of_run(request.run_dir)
        data_dir = request.data_dir or recipe.data_dir
        real = dataclasses.replace(recipe, data_dir=data_dir).load_alone()
        if real.sample_shape != gan.sample_shape:
            raise ValueError(
                f"--mode=neighbors: the run in {request.run_dir} makes samples of "
                f"{gan.sample_shape}, but --dataset={recipe.dataset} of its flags.txt "
                f"holds {real.sample_shape}: correct that file."
            )
        samples, training = self.grid()[0], Scaled(real, gan.value_range)
        return beside_neighbors(samples, training, real.mirror), None

    def captions(self, labels, columns):
        """What stands in a picture above the samples."""
        from keras_gan import pictures
        from keras_gan.callbacks.nearest_neighbors import captions_of_pairs

        names = self.gan.class_names
        if self.request.mode == "neighbors":
            return captions_of_pairs(self._asked(), names, columns)
        return pictures.captions_of(labels, columns, names)


MODES = {"grid": Drawing.grid, "walk": Drawing.walk, "neighbors": Drawing.neighbors}


def check_memory(gan, request, number):
    """Refuses a picture that would not fit in memory, before a sample is drawn."""
    from keras_gan.data import memory

    # The samples as float32, and the pixels of a picture in colour.
    scale = request.scale or 1
    needed = memory.nbytes((number, *gan.sample_shape), bytes_per_value=4 + 3 * scale**2)
    what = f"--seeds={request.seeds}" if request.seeds else f"--num={number}"
    what, cure = (f"--scale={scale}, {what}", "less") if scale > 1 else (what, "fewer")
    memory.check(what, needed, f"draw {cure}, or --output=NAME.npz")


# ---------------------------------------------------------------------- what is written


def write_png(drawing):
    """One picture of all samples."""
    from keras_gan import pictures
    from keras_gan.storage.pictures import save_png

    gan, request = drawing.gan, drawing.request
    samples, labels = drawing.all()
    columns = columns_of(drawing)
    pixels = pictures.draw(
        samples,
        gan.value_range,
        columns,
        captions=drawing.captions(labels, columns),
        scale=request.scale,
    )
    save_png(request.path, pixels)
    return pictures.how_shown(gan.sample_shape)


def columns_of(drawing):
    """Columns of a picture; None: about as many as rows."""
    given, mode = drawing.request.columns, drawing.request.mode
    if mode == "walk":
        return given or WALK_COLUMNS
    if mode == "neighbors":
        return 2 * (given or NEIGHBOR_COLUMNS)
    if given or not drawing.gan.is_conditional:
        return given
    if drawing.classes is None:
        return drawing.gan.columns(drawing.number)
    several = drawing.several
    return several.columns(drawing.number) if several else None


def write_gif(drawing):
    """One sample after the other."""
    from keras_gan import pictures
    from keras_gan.storage.pictures import save_gif

    gan, scale = drawing.gan, drawing.request.scale
    samples, labels = drawing.all()
    captions = [None] * len(samples)
    if labels is not None:
        captions = [drawing.captions([label], 1) for label in labels]
    frames = [
        pictures.draw(one[None], gan.value_range, scale=scale, captions=caption)
        for one, caption in zip(samples, captions, strict=True)
    ]
    save_gif(drawing.request.path, frames)
    return pictures.how_shown(gan.sample_shape)


def write_npz(drawing):
    """Samples, and their labels, while they are drawn."""
    import numpy as np

    from keras_gan.data.kinds import kind_of
    from keras_gan.data.value_range import as_stored
    from keras_gan.storage.archives import Blocks, save_npz

    gan, number = drawing.gan, drawing.number
    if drawing.request.mode == "grid":
        blocks, labels = drawing.blocks(), drawing.blocks_of_labels()
        is_labelled = gan.is_conditional
    else:
        samples, of_samples = drawing.all()
        number, is_labelled = len(samples), of_samples is not None
        blocks, labels = [samples], [of_samples]
    stored = (as_stored(block, gan.value_range) for block in blocks)
    dtype = np.uint8 if kind_of(gan.sample_shape).has_pixels else np.float32
    arrays = {"images": Blocks((number, *gan.sample_shape), dtype, stored)}
    if is_labelled:
        in_32_bits = (np.asarray(block, np.int32) for block in labels)
        arrays["labels"] = Blocks((number,), np.int32, in_32_bits)
    if drawing.request.seeds:
        seeds = (np.array([seed]) for seed in drawing.seeds())
        arrays["seeds"] = Blocks((drawing.number,), np.int64, seeds)
    save_npz(drawing.request.path, arrays)
    is_open = gan.is_conditional and drawing.classes is None and drawing.shares is None
    equally = "classes equally often: the run does not say how often the data has them"
    return f" ({equally})" if is_open else ""


def write_folder(drawing):
    """A picture of each sample, while they are drawn."""
    from keras_gan import pictures
    from keras_gan.data import memory
    from keras_gan.storage.archives import check_room
    from keras_gan.storage.pictures import save_png

    gan, path = drawing.gan, drawing.request.path
    scale = drawing.request.scale or 1
    check_room(path, scale**2 * memory.nbytes((drawing.number, *gan.sample_shape)))
    check_alone(drawing)
    value_range = gan.value_range or (-1.0, 1.0)
    samples = itertools.chain.from_iterable(drawing.blocks())
    bits = bits_of(drawing)
    for name, one in zip(names_of(drawing), samples, strict=True):
        picture = pictures.image(one, value_range, scale=scale, bits=bits)
        save_png(os.path.join(path, name), picture)
    return pictures.how_shown(gan.sample_shape)


def bits_of(drawing):
    """Bits of a picture of one sample: 16 if the run was trained on such greys."""
    from keras_gan.cli.evaluate import recipe_of_run

    recipe = recipe_of_run(drawing.request.run_dir)
    is_grey = drawing.gan.sample_shape[-1] == 1
    return recipe.bits if recipe and is_grey else 8


def check_alone(drawing):
    """Refuses a folder with images that would be taken for samples of this call."""
    from keras_gan.data.sources.decoding import SUFFIXES as OF_IMAGES

    path = drawing.request.path
    there = os.listdir(path) if os.path.isdir(path) else []
    others = {name for name in there if name.lower().endswith(OF_IMAGES)}
    if others:
        others -= set(names_of(drawing))
    if others:
        number = f"{len(others)} other image{'s' * (len(others) > 1)}"
        raise ValueError(
            f"--output={path} holds {number}, such as {min(others)}, and whoever reads "
            "the folder would take all its images for samples of this run: choose "
            "another folder, or move them away."
        )


def names_of(drawing):
    """The names of the files, one for each sample; a seed of a class always has one."""
    numbers = drawing.seeds() or itertools.count()
    kind = "seed" if drawing.request.seeds else "sample"
    labels = itertools.repeat(None, drawing.number)
    if drawing.gan.is_conditional:
        labels = itertools.chain.from_iterable(drawing.blocks_of_labels())
    for label in labels:
        yield f"{kind}_{next(numbers):06d}{_suffix_of(drawing, label)}.png"


def _suffix_of(drawing, label):
    """What the name of a file says of the class."""
    if label is None:
        return ""
    # What else may be in a name is not everywhere allowed in a file's.
    return "_" + re.sub(r"[^\w.-]+", "-", drawing.called(label))[:40]


WRITERS = {
    ".png": write_png,
    ".gif": write_gif,
    ".npz": write_npz,
    "folder": write_folder,
}


def main(own):
    """Draws what the flags ask for."""
    asked = given(Request, own)
    for name in ("label", "seeds"):
        # An empty variable of a shell, say, would draw something else than was meant.
        if name in asked and asked[name] is None:
            raise OptionError(f"{{{name}:()}} is empty: name some, or leave it out.")
    return sample(Request(**asked))


def run():
    """Entry point of `keras-gan-sample`."""
    command_line.run(main, define(Request))


if __name__ == "__main__":
    run()
