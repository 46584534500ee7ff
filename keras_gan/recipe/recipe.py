"""`Recipe`: all options of a training run, as one value."""

import dataclasses
import math
import os
import pathlib
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from keras_gan.arguments import ImageSize
from keras_gan.recipe.options import (
    OptionError,
    as_argument,
    check_options,
    from_flags,
    in_words,
    naming,
    option,
    options_of,
    to_flags,
)

if TYPE_CHECKING:  # Keras and TensorFlow, as in `load_data`.
    from keras_gan.data import Batches
    from keras_gan.gan import GAN

# Named recipes: flagfiles, each with a note of the results measured for it.
PRESETS = pathlib.Path(__file__).parent / "presets"
# Flags about the folder, which flags.txt also holds; not part of the recipe.
_OF_THE_COMMAND = ("resume", "run_dir")
# Options that say how images become arrays.
_READING = ("image_size", "fit", "channels", "bits", "skip_bad_images")
# In place of one heap of images.
_LABELS_OF_A_FOLDER = (
    ": name the folder that holds one sub-folder per class, or list the classes in a "
    "labels.csv"
)
_SCHEDULES = ("constant", "linear", "cosine", "paper")


class WithoutLabels(OptionError):
    """Labels are needed, and the data has none."""


@dataclasses.dataclass(frozen=True)
class Recipe:
    """All options of a training run: data, networks, game, optimizers, length.

    The command line makes its flags from these fields, and a preset is a recipe with
    a name: the same recipe trains the same GAN from Python and from `train.py`, bit
    for bit. Without arguments it is the preset "mlp", with networks that fit the data.

    A recipe cannot be changed; `dataclasses.replace(recipe, seed=1)` makes another.
    Making one needs neither Keras nor TensorFlow; `load_data` and `build` import them.

    Raises:
        ValueError: If an option has the wrong type or is out of bounds.

    Example:

    >>> recipe = keras_gan.Recipe.preset("ring", seed=1, batch_size=10_000, epochs=2)
    >>> data = recipe.load_data()
    >>> gan = recipe.build(data)
    >>> history = gan.fit(data, epochs=recipe.epochs_for(data))
    """

    dataset: str = option(
        "mnist5k",
        "mnist5k, a name of tensorflow-datasets, idx:PATH, folder:PATH, npz:PATH, ring, "
        "grid, gaussian1d, mixture1d or stacked_mnist:SPEC.",
        section="Data",
    )
    data_dir: str | None = option(
        None, "Folder of prepared tensorflow-datasets.", may_change=True, is_path=True
    )
    split: str = option("train", "Split of the dataset to train on.")
    eval_split: str | None = option(
        None, "Split to evaluate on while training.", may_change=True
    )
    image_size: ImageSize | None = option(
        None, "Resize images to this side, or to this height x width, such as 96x64."
    )
    fit: str = option(
        "crop",
        "How an image of another shape gets {image_size}: crop, pad or stretch.",
        choices=("crop", "pad", "stretch"),
    )
    channels: str = option(
        "auto",
        "Channels of images: 1 for grey, 3 for RGB, 4 for RGB and alpha; auto: grey if "
        "all images of a folder are grey, otherwise RGB over white; files of arrays stay "
        "as they are.",
        choices=("auto", "1", "3", "4"),
    )
    bits: int = option(
        8, "Bits per channel; 16 keeps 16-bit images as floats.", choices=(8, 16)
    )
    skip_bad_images: bool = option(
        False, "Leave out the broken files of a folder, and list them."
    )
    mirror: bool = option(
        False,
        "Train on each image or, as often, on its mirror image; not for digits, texts, "
        "or classes such as left and right.",
    )
    storage: str = option(
        "auto",
        "Where samples are: memory, disk, or auto: on disk if they need more than "
        "{memory_limit}. Bits are the same.",
        choices=("auto", "memory", "disk"),
        may_change=True,
    )
    memory_limit: str | None = option(
        None,
        "What samples may take in memory, such as 200MB or 2GB. Default: half of what is "
        "free.",
        may_change=True,
    )
    cache_dir: str | None = option(
        None,
        "Folder that keeps decoded images for the next start; it may be removed at any "
        "time. Default: keras_gan in XDG_CACHE_HOME or ~/.cache.",
        may_change=True,
        is_path=True,
    )
    epochs: int = option(
        80,
        "Passes over the data, unless {steps} are given.",
        at_least=1,
        may_change=True,
        replaces="steps",
        section="Length and limits",
    )
    steps: int | None = option(
        None,
        "Generator updates, in place of {epochs}.",
        at_least=1,
        may_change=True,
    )
    max_seconds: float | None = option(
        None,
        "Stop after so many seconds of training in this call; to start, to read the data "
        "and to compile the first step does not count. The run can go on later: learning "
        "rates still follow all of its steps.",
        above=0,
        may_change=True,
    )
    batch_size: int = option(
        64,
        "m, samples per minibatch.",
        at_least=1,
        section="Training",
    )
    discriminator_steps: int = option(1, "k, updates of D per update of G.", at_least=1)
    simultaneous: bool = option(
        False,
        "Update both networks from the same point, as the paper's released code does, "
        "instead of D before G (Algorithm 1).",
    )
    loss: str = option(
        "non_saturating",
        "non_saturating, minimax, least_squares, hinge, wasserstein or relativistic.",
    )
    label_smoothing: float = option(
        0.0,
        "D's target for reals is 1 minus this; for non_saturating and minimax.",
        at_least=0.0,
        at_most=0.5,
    )
    r1: float = option(
        0.2, "Weight of the R1 penalty; 0: none.", at_least=0, replaces="r1_at_28"
    )
    r1_at_28: float | None = option(
        None,
        "Weight of R1 for images of 28x28x1, in place of {r1}. Others get it in "
        "proportion to height x width x channels, which makes it as strong.",
        at_least=0,
    )
    r2: float = option(0.0, "Weight of the R2 penalty; 0: none.", at_least=0)
    gp: float = option(
        0.0,
        "Weight of WGAN-GP's gradient penalty; 0: none. {r1} stays on beside it unless "
        "it is 0.",
        at_least=0,
    )
    penalty_interval: int = option(
        1,
        "n: penalties are applied at every n-th update of D only, n times as strong; "
        "above 1, training may fail.",
        at_least=1,
    )
    augment: tuple[str, ...] = option(
        (), "Augmentations of all that D sees: color, translation, cutout."
    )
    instance_noise: float = option(
        0.0, "Standard deviation of noise added to all that D sees; 0: none.", at_least=0
    )
    instance_noise_steps: int | None = option(
        None, "Steps over which that noise falls to 0. Default: it stays.", at_least=1
    )
    packing: int = option(1, "Samples that D judges together.", at_least=1)
    conditional: bool = option(False, "Learn the classes of labelled data.")
    network: str = option(
        "auto",
        "mlp, dcgan, resnet, maxout_conv for images; points, clusters, pacgan, line for "
        "points; auto: mlp or points.",
        section="Networks",
    )
    spectral_norm: bool = option(
        False,
        "Spectral normalisation of D's layers. {r1} stays on beside it unless it is 0.",
    )
    weight_clip: float | None = option(
        None,
        "Keep D's weights in [-weight_clip, weight_clip]. {r1} stays on beside it unless "
        "it is 0.",
        above=0,
    )
    init_from: str | None = option(
        None,
        "Begin from the weights of an older run, on other data: its folder, or its "
        "gan.keras or generator.keras. Optimizers and steps begin anew.",
        is_path=True,
    )
    freeze_d: int = option(
        0,
        "Hold the first so many layers of D as {init_from} gives them.",
        at_least=0,
    )
    latent_dim: int = option(32, "Coordinates of z.", at_least=1)
    latents: str = option("normal", "Prior of z: normal or uniform.")
    mean_image_bias: bool | None = option(
        None,
        "Start the mlp's generator at the mean training image, as the paper does. "
        "Default: yes.",
    )
    generator_units: tuple[int, ...] | None = option(
        None,
        "Sizes of the generator's hidden layers, such as 1200,1200, for mlp, clusters "
        "and pacgan.",
        at_least=1,
    )
    discriminator_units: tuple[int, ...] | None = option(
        None,
        "Sizes of the discriminator's hidden layers, such as 240,240, for mlp, clusters "
        "and pacgan.",
        at_least=1,
    )
    generator_width: int | None = option(
        None,
        "Channels of dcgan's generator at half the resolution of images below 48 "
        "pixels; half as many there for each doubling. Default: 48.",
        at_least=1,
    )
    discriminator_width: int | None = option(
        None,
        "The same of dcgan's discriminator, which doubles them after each halving. "
        "Default: 32.",
        at_least=1,
    )
    width: int | None = option(
        None,
        "Channels of both networks of resnet at half the resolution of images below "
        "96 pixels; half as many there for each doubling. Default: 32.",
        at_least=1,
    )
    dropout: bool = option(False, "Dropout in the discriminator of mlp or maxout_conv.")
    optimizer: str = option(
        "adam",
        "Optimizer of both networks.",
        choices=("adam", "sgd"),
        section="Optimizers and average",
    )
    lr: float = option(1e-3, "Learning rate of both networks.", above=0)
    g_lr: float | None = option(
        None, "Learning rate of the generator. Default: {lr}.", above=0
    )
    beta_1: float = option(0.5, "beta_1 of Adam.", at_least=0.0, at_most=0.999)
    beta_2: float = option(0.99, "beta_2 of Adam.", at_least=0.0, at_most=0.99999)
    schedule: str = option(
        "linear",
        "Learning-rate schedule: constant; linear or cosine, both to 0; or paper: "
        "divided by 1.000004 at each update, momentum 0.5 to 0.7 over 250 epochs.",
        choices=_SCHEDULES,
    )
    g_schedule: str | None = option(
        None,
        "Schedule of the generator's learning rate. Default: {schedule}.",
        choices=_SCHEDULES,
    )
    ema_decay: float = option(
        0.998,
        "Decay of the averaged generator; 0: no average.",
        at_least=0.0,
        at_most=0.99999,
    )
    ema_rampup: float = option(
        0.1,
        "The average's half-life is at most this share of the steps so far; 0: no such "
        "limit.",
        at_least=0.0,
    )
    mixed_precision: str = option(
        "float32",
        "Precision the networks compute in; weights, logits and losses stay float32.",
        choices=("float32", "mixed_float16", "mixed_bfloat16"),
    )
    checkpoint_steps: int = option(
        500,
        "Generator updates between two checkpoints.",
        at_least=1,
        may_change=True,
        section="Seed and checkpoints",
    )
    seed: int = option(0, "Seeds all randomness.", at_least=0, at_most=2**31 - 1)
    picture_every: int | None = option(
        None,
        "Epochs between two pictures. Default: 16 pictures in all, however short the "
        "run.",
        at_least=1,
        may_change=True,
        section="Pictures and measurements",
    )
    spectrum_every: int | None = option(
        None,
        "Steps between two measurements of the spectrum of the game: whether it "
        "converges, turns or diverges. For up to 100,000 weights; each takes as long as "
        "about 2,000 steps. Default: none.",
        at_least=1,
        may_change=True,
    )
    metrics: tuple[str, ...] = option(
        (),
        "Measure samples while training, by the metrics of keras-gan-evaluate, and keep "
        "the best generator by the first of them.",
        may_change=True,
    )
    evaluate_every: int = option(
        10, "Epochs between two measurements.", at_least=1, may_change=True
    )
    evaluate_num: int = option(10_000, "Samples to measure.", at_least=2, may_change=True)
    inception_path: str | None = option(
        None, "As for keras-gan-evaluate; for fid.", may_change=True, is_path=True
    )

    def __post_init__(self):
        check_options(self)

    @classmethod
    def preset(cls, name: str, **changed) -> "Recipe":
        """A recipe by name, with some options changed.

        Args:
            name: Name of a file in `keras_gan/recipe/presets`, such as "dcgan".
            **changed: Options that differ. `epochs` without `steps` takes the place of
                a preset's `steps`.

        Returns:
            A `Recipe`.

        Raises:
            ValueError: If there is no such preset; lists those that exist.

        Example:

        >>> keras_gan.Recipe.preset("paper_mnist", seed=3).lr
        0.05
        """
        path = PRESETS / f"{name}.flags"
        if not path.is_file():
            names = ", ".join(preset_names())
            raise ValueError(f"Unknown preset {name!r}: use one of {names}.")
        given = from_flags(cls, path.read_text("utf-8"))
        replaced = {options_of(cls)[n].replaces for n in changed if n in options_of(cls)}
        kept = {n: value for n, value in given.items() if n not in replaced}
        return cls(**{**kept, **changed})

    @classmethod
    def of_run(cls, run_dir: str | os.PathLike) -> "Recipe":
        """The recipe that made a run.

        Args:
            run_dir: Folder of the run, with the `flags.txt` that `train.py` wrote.

        Returns:
            A `Recipe`.

        Raises:
            ValueError: If the folder holds no `flags.txt`, or one that cannot be read.

        Example:

        >>> recipe = keras_gan.Recipe.of_run("runs/dcgan")
        """
        path = os.path.join(os.path.expanduser(run_dir), "flags.txt")
        if not os.path.isfile(path):
            raise ValueError(
                f"{run_dir} holds no flags.txt, which says how a run was made."
            )
        try:
            with open(path, encoding="utf-8") as file:
                given = from_flags(cls, file.read(), ignored=_OF_THE_COMMAND)
            if not given:  # The defaults would be another run.
                raise ValueError("it names no option.")
            return cls(**given)
        except ValueError as error:
            raise ValueError(f"{path} cannot be read: {error}") from error

    def to_flags(self) -> str:
        """The recipe as the text of a flagfile, one option per line."""
        return "\n".join(to_flags(self)) + "\n"

    def check(self, *, resumes: bool = False) -> None:
        """Refuses what can be seen to be wrong without reading the data.

        `load_data` and `build` find out, too, but only once they come to it.

        Args:
            resumes: As for `build`.

        Raises:
            ValueError: If the data are not there, a name is unknown, or an option does
                nothing beside the others.

        Example:

        >>> keras_gan.Recipe(dataset="ring", loss="hinge").check()
        """
        # As in `load_data`.
        from keras_gan.data.load import check_source, check_storage
        from keras_gan.recipe import building

        building.check(self)
        check_storage(self.dataset, self.storage, self.memory_limit)
        if not resumes:
            building.check_older(self)
        with naming(dataset=self.dataset):
            check_source(
                self.dataset,
                data_dir=self.data_dir,
                mirror=self.mirror,
                **self.reading(),
            )

    def load_data(self, split: str | None = None) -> "Batches":
        """Reads the real samples.

        Args:
            split: Split of the dataset. Defaults to None: the recipe's `split`.

        Returns:
            `keras_gan.data.Batches`, for `build` and `GAN.fit`.

        Raises:
            ValueError: If they cannot be read, or the network cannot make images of their
                size.
        """
        # Keras and TensorFlow take seconds to import: making or reading a recipe, as
        # --help does, must not wait for them.
        from keras_gan.data.load import NoLabels, check_storage, load
        from keras_gan.recipe import building

        building.check(self)
        check_storage(self.dataset, self.storage, self.memory_limit)
        with naming(dataset=self.dataset):
            try:
                return load(
                    self.dataset,
                    split=split or self.split,
                    batch_size=self.batch_size,
                    seed=self.seed,
                    data_dir=self.data_dir,
                    labels=self.conditional,
                    mirror=self.mirror,
                    **self.reading(),
                    storage=self.storage,
                    memory_limit=self.memory_limit,
                    cache_dir=self.cache_dir,
                )
            except NoLabels:
                pass  # The data is fine: the mistake is in another option.
        raise WithoutLabels(
            "{conditional} needs labels, and {dataset:{spec!r}} has none{cure}.",
            spec=self.dataset,
            cure=_LABELS_OF_A_FOLDER if self.dataset.startswith("folder:") else "",
        )

    def reading(self) -> dict:
        """The options that say how images become arrays, as arguments of `load`."""
        return {name: getattr(self, name) for name in _READING}

    def load_alone(self, split: str | None = None) -> "Batches":
        """Reads real samples to measure against; a single one without labels is enough.

        Args:
            split: As for `load_data`.

        Returns:
            `keras_gan.data.Batches` of one sample each; `samples` and, if the source
            knows them, `classes` are its arrays.
        """
        # A split to measure against may hold less than a minibatch, and no labels.
        alone = dataclasses.replace(self, batch_size=1, conditional=False)
        return alone.load_data(split)

    def build(self, data: "Batches", *, resumes: bool = False) -> "GAN":
        """Makes the compiled `GAN`.

        Args:
            data: What `load_data` returned. It decides the shape of samples, the number
                of classes, the length of an epoch, and what some networks start from.
            resumes: Whether a checkpoint is about to restore the weights, so that
                `init_from` need not be there any longer. Defaults to False.

        Returns:
            A `keras_gan.GAN`, ready for `fit`.

        Raises:
            ValueError: If the options contradict each other or do not fit the data.
        """
        from keras_gan.recipe import building  # Keras, as in `load_data`.

        return building.build(self, data, resumes)

    def r1_for(self, sample_shape: Sequence[int]) -> float:
        """The weight of R1 for samples of a shape.

        R1 adds up the squared slopes of D along all values of a sample. If each pixel
        becomes n equal ones and D says the same, each slope is an n-th, and their squares
        add up to an n-th: n times the weight makes the penalty what it was.

        Args:
            sample_shape: Such as (height, width, channels).

        Example:

        >>> recipe = keras_gan.Recipe.preset("dcgan")
        >>> recipe.r1_for((28, 28, 1)), recipe.r1_for((56, 56, 1))
        (0.15, 0.6)
        """
        if self.r1_at_28 is None:
            return self.r1
        return self.r1_at_28 * (math.prod(sample_shape) / (28 * 28))

    def epochs_for(self, data: "Batches") -> int:
        """Epochs to run: `epochs`, or as many as `steps` needs."""
        if self.steps is None:
            return self.epochs
        return math.ceil(self.steps / data.steps_per_epoch(self.discriminator_steps))

    def steps_for(self, data: "Batches") -> int:
        """Generator updates of the whole run: `steps`, or those of all `epochs`."""
        return self.steps or self.epochs * data.steps_per_epoch(self.discriminator_steps)


def preset_names():
    """Names of all presets."""
    return sorted(file.stem for file in PRESETS.glob("*.flags"))


def about_preset(name):
    """What a preset is: the first line of its file."""
    text = (PRESETS / f"{name}.flags").read_text("utf-8")
    return text.splitlines()[0].removeprefix("# ")


def _arguments():
    """The options as the `Args:` of the docstring, each described by its own help."""
    for one in options_of(Recipe).values():
        text = f"{one.name}: {in_words(one.help, as_argument)}"
        if one.default is not None:
            text += f" Defaults to {one.default!r}."
        yield textwrap.fill(text, 88, initial_indent=" " * 8, subsequent_indent=" " * 12)


if Recipe.__doc__ is not None:  # None under python -OO
    Recipe.__doc__ = Recipe.__doc__.replace(
        "    Raises:", "    Args:\n" + "\n".join(_arguments()) + "\n\n    Raises:", 1
    )
