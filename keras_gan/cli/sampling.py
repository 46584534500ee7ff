"""The sampling command: pictures or arrays from a trained run."""

import os
import warnings
import zipfile

import keras
import numpy as np

from keras_gan import data
from keras_gan.callbacks.latent_walk import along, walk
from keras_gan.callbacks.nearest_neighbors import beside_neighbors
from keras_gan.cli.command_line import naming_flag
from keras_gan.data import value_range as ranges
from keras_gan.storage import pictures
from keras_gan.storage.files import published

SUFFIXES = (".png", ".gif", ".npz")
# Samples on one line of a walk, and training images that neighbours are sought in.
WALK_COLUMNS = 12
NUM_TRAINING_IMAGES = 10_000
_UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    UserWarning,
    zipfile.BadZipFile,
)
# Keras stores weights as they are; only a bomb unpacks to so many times its size.
MOST_EXPANSION = 100


def sample(options):
    """Draws what the flags ask for and writes it; returns the exit code."""
    suffix = os.path.splitext(options.output)[1].lower()
    if suffix not in SUFFIXES:
        raise ValueError(
            f"--output={options.output} must end in one of {', '.join(SUFFIXES)}."
        )
    gan = load_run(options.run_dir)
    with naming_flag("label", options.label):
        labels = gan.labels(options.num, options.label)
    samples = MODES[options.mode](gan, options)
    if suffix == ".npz":
        labels = labels if options.mode == "grid" else None
        save_npz(options.output, samples, gan.value_range, labels)
    elif suffix == ".gif":
        frames = [pictures.draw(one[None], gan.value_range) for one in samples]
        pictures.save_gif(options.output, frames)
    else:
        columns = {"walk": WALK_COLUMNS, "neighbors": 8}.get(options.mode)
        if options.mode == "grid" and options.label is None:
            columns = gan.columns(options.num)
        drawn = pictures.draw(samples, gan.value_range, columns=columns)
        pictures.save_png(options.output, drawn)
    print(f"{len(samples)} samples of {options.run_dir}: {options.output}", flush=True)
    return 0


def load_run(run_dir):
    """The trained `GAN` of a run folder.

    Raises:
        ValueError: If there is none, or its file cannot be read.
    """
    path = os.path.join(run_dir, "gan.keras")
    if not os.path.isfile(path):
        raise ValueError(
            f"--run_dir={run_dir} holds no gan.keras: train first, with "
            f"python scripts/train.py --run_dir={run_dir}."
        )
    try:
        _check_sizes(path)
        with warnings.catch_warnings():
            # Half a model is none.
            warnings.filterwarnings("error", "(?s).*freshly-initialized")
            return keras.models.load_model(path, safe_mode=True)
    except PermissionError:
        raise
    except _UNREADABLE as error:
        # The first sentence; Keras' next ones tell how to switch its safety off.
        reason = str(error).partition(". ")[0]
        raise ValueError(
            f"--run_dir={run_dir}: {path} cannot be read as a GAN ({reason}): train "
            "again."
        ) from error


def _check_sizes(path):
    """Refuses an archive that would unpack to far more than it is; weights never do."""
    with zipfile.ZipFile(path) as archive:
        for part in archive.infolist():
            if part.file_size > MOST_EXPANSION * max(part.compress_size, 2**14):
                size = part.file_size // 2**20
                raise ValueError(f"{part.filename} unpacks to {size} MiB")


def grid(gan, options):
    """Fresh samples."""
    return gan.sample(options.num, options.seed, options.label)


def latent_walk(gan, options):
    """Samples on straight lines between latents; `num` is rounded to whole lines."""
    rows = -(-options.num // WALK_COLUMNS)
    ends = gan.draw_latents(2 * rows, options.seed)
    labels = gan.labels(rows, options.label)
    latents = walk(ends[:rows], ends[rows:], WALK_COLUMNS)
    return gan.generate(latents, along(labels, WALK_COLUMNS))


def neighbors(gan, options):
    """Each sample beside the training image that is nearest to it."""
    flags = read_flags(os.path.join(options.run_dir, "flags.txt"))
    real = data.load(
        flags["dataset"],
        split=flags.get("split", "train"),
        batch_size=1,
        seed=int(flags["seed"]),
        data_dir=options.data_dir or flags.get("data_dir"),
        image_size=int(flags["image_size"]) if "image_size" in flags else None,
        skip_bad_images="skip_bad_images" in flags,
    )
    images = in_range(real.samples[:NUM_TRAINING_IMAGES], gan.value_range)
    samples = gan.sample(options.num, options.seed, options.label)
    return beside_neighbors(samples, images)


def in_range(samples, value_range):
    """Stored samples, in the generator's range."""
    whole = data.Batches(samples, batch_size=len(samples))
    return next(iter(whole.evaluation_dataset(value_range))).numpy()


MODES = {"grid": grid, "walk": latent_walk, "neighbors": neighbors}


def read_flags(path):
    """The flags of a run, as a dict of texts."""
    with open(path, encoding="utf-8") as file:
        lines = [line.strip() for line in file if line.startswith("--")]
    return dict(line[2:].partition("=")[::2] for line in lines)


def save_npz(path, samples, value_range, labels=None):
    """Writes `images` as uint8 (n, h, w, c), and `labels`; points stay float32."""
    if samples.ndim == 4:
        samples = ranges.unscale(samples, value_range)
    arrays = {"images": samples} | ({} if labels is None else {"labels": labels})
    with published(path) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, **arrays)
