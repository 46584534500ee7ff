"""What it costs to read minibatches from disk: by format, and as a share of a step."""

import functools
import os
import tempfile
import time

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds
from array_record.python import array_record_data_source, array_record_module
from PIL import Image

from keras_gan import pictures
from keras_gan.data import Batches, load, memory
from keras_gan.recipe import Recipe
from studies import timed_steps
from studies.outcome import Claim, Outcome
from studies.page import table
from studies.runs import Runs

# Side and number of the colour images that are read.
SIZES = {64: 20_000, 128: 10_000}
MINIBATCH = 64
# Minibatches of a block; blocks of a format take turns with those of the others.
IN_BLOCK, BLOCKS, BLOCKS_DROPPED = 20, 15, 5
# What is trained: shape of the images, and how many there are.
PRESETS = {"dcgan": ((64, 64, 3), 10_000), "mlp": ((28, 28, 1), 20_000)}
PAIRS = 31
STEPS = {"dcgan": 4 * timed_steps.BLOCK, "mlp": 10 * timed_steps.BLOCK}
# Minibatches that are taken from a pipeline without training on them.
ELEMENTS = 300
MEMORY, ROWS, MAP = "an array in memory", "rows of a file", "the file as a memory map"
RECORDS, PACKED = "ArrayRecord, pixels", "ArrayRecord, pixels in zstd"
ENCODED = "ArrayRecord as TFDS writes it"


def run(seeds, options):
    """Reads the same minibatches from each format, and times steps from two of them.

    Args:
        seeds: list of ints, of which only the first is used.
        options: `quick`: a few small images, and one pair of blocks of steps;
            `max_hours`, `work_dir`: see `Runs`.

    Returns:
        An `Outcome`.
    """
    runs, seed = Runs("disk_formats", options), seeds[0]
    sizes, presets = SIZES, PRESETS
    blocks, pairs, steps = [BLOCKS, BLOCKS_DROPPED], PAIRS, STEPS
    if options.quick:
        sizes, presets = {8: 70}, {"mlp": ((4, 4, 1), 200)}
        blocks, pairs, steps = [1, 1], 1, {"mlp": timed_steps.BLOCK}
    reading, training = {}, {}
    for side, number in sizes.items():
        settings = {"side": side, "number": number, "blocks": blocks, "seed": seed}
        make = functools.partial(read_all, **settings)
        if one := runs(f"reading-{side}", settings, make):
            reading[str(side)] = one["formats"]
    for name, (shape, number) in presets.items():
        settings = {"preset": name, "shape": list(shape), "number": number}
        settings |= {"seed": seed, "pairs": pairs, "steps": steps[name]}
        make = functools.partial(train, **settings)
        if one := runs(f"training-{name}", settings, make):
            training[name] = one
    measured = {"reading": reading, "training": training}
    measured["runs_left_out"] = runs.left_out
    claims = _claims(reading) if options.quick else claims_of(reading, training)
    return Outcome(measured, claims, _draw(reading), _text(reading, training))


def photographs(number, shape, random):
    """Smooth colours with noise, which PNG makes about a third smaller."""
    height, width, channels = shape
    images = np.empty((number, *shape), np.uint8)
    for image in images:
        rough = random.integers(0, 256, (8, 8, channels), np.uint8)
        rough = Image.fromarray(rough.squeeze()).resize((width, height), Image.BICUBIC)
        smooth = np.asarray(rough, np.int16).reshape(shape)
        noise = random.integers(-6, 7, shape, np.int16)
        image[...] = np.clip(smooth + noise, 0, 255)
    return images


# ------------------------------------------------------------------------- the formats


def _kept(images, folder):
    """The images as `load` keeps them in memory and on disk, by these two words."""
    path = os.path.join(folder, "images.npz")
    np.savez(path, images=images)
    options = {"batch_size": 1, "cache_dir": os.path.join(folder, "cache")}
    kept = {
        storage: load(f"npz:{path}", storage=storage, **options).samples
        for storage in ("memory", "disk")
    }
    os.remove(path)
    return kept


def _written(images, folder):
    """Writes images in each format.

    Returns:
        A dict of pairs: a function that opens the format and returns one that reads
        rows; and its files.
    """
    kept = _kept(images, folder)["disk"]
    shape = images.shape[1:]
    checksums = os.path.join(os.path.dirname(kept.path), "checksums")
    written = {
        MEMORY: (lambda: images.__getitem__, []),
        ROWS: (lambda: kept.read, [kept.path, checksums]),
        MAP: (lambda: np.load(kept.path, mmap_mode="r").__getitem__, [kept.path]),
    }
    for name, how in ((RECORDS, ",uncompressed"), (PACKED, "")):
        path = os.path.join(folder, f"{len(written)}.array_record")
        writer = array_record_module.ArrayRecordWriter(path, f"group_size:1{how}")
        for image in images:
            writer.write(image.tobytes())
        writer.close()
        written[name] = (lambda path=path: _records(path, shape), [path])
    written[ENCODED] = _written_by_tfds(images, folder)
    return written


def _records(path, shape):
    """Reads rows of an ArrayRecord file whose records are pixels."""
    source = array_record_data_source.ArrayRecordDataSource(path)

    def read(rows):
        pixels = b"".join(source.__getitems__(rows.tolist()))
        return np.frombuffer(pixels, np.uint8).reshape(-1, *shape)

    return read


def _written_by_tfds(images, folder):
    image = tfds.features.Image(shape=images.shape[1:])
    features = tfds.features.FeaturesDict({"image": image})
    builder = tfds.dataset_builders.store_as_tfds_dataset(
        "photographs",
        "1.0.0",
        features,
        {"train": [(row, {"image": image}) for row, image in enumerate(images)]},
        data_dir=folder,
        file_format="array_record",
        disable_shuffling=True,
    )

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def decoded(records):
        # On all cores; TFDS itself decodes by Pillow, one after the other.
        return tf.map_fn(
            lambda record: features.deserialize_example(record)["image"],
            records,
            fn_output_signature=tf.TensorSpec(images.shape[1:], tf.uint8),
            parallel_iterations=MINIBATCH,
        )

    def opened():
        raw = tfds.decode.DeserializeMethod.RAW_BYTES
        source = builder.as_data_source("train", deserialize_method=raw)
        return lambda rows: decoded(source.__getitems__(rows.tolist())).numpy()

    return opened, [str(path) for path in builder.data_path.glob("*array_record*")]


# --------------------------------------------------------------------- the measurements


def read_all(side, number, blocks, seed):
    """Reads images from each format; returns JSON values.

    Args:
        side: Their height and width.
        number: How many there are.
        blocks: How many blocks of minibatches to time, and how many of dropped pages.
        seed: Seed of the images and of their order.
    """
    random = np.random.default_rng(seed)
    images = photographs(number, (side, side, 3), random)
    with tempfile.TemporaryDirectory() as folder:
        return {"formats": _read_from(_written(images, folder), images, blocks, random)}


def _read_from(written, images, blocks, random):
    os.sync()  # Pages that are not written yet cannot be dropped.
    found = {
        name: {
            "bytes": sum(map(os.path.getsize, files)) or images.nbytes,
            "process_grows": _growth(opened, len(images)),
            "warm": [],
            "dropped": [],
        }
        for name, (opened, files) in written.items()
    }
    rows = [random.permutation(len(images))[:MINIBATCH] for _ in range(IN_BLOCK)]
    for state, number in zip(("warm", "dropped"), blocks, strict=True):
        for _ in range(number):
            for name, (opened, files) in written.items():
                if state == "dropped":
                    _drop(files)
                found[name][state].append(_seconds(opened, rows))
    for name, (opened, _) in written.items():
        read = opened()
        differ = [np.any(read(some) != images[some]) for some in rows]
        found[name]["wrong"] = int(np.sum(differ))
    return found


def _seconds(opened, rows):
    """Seconds per minibatch, real and of the CPU, of a block of them."""
    read = opened()
    read(rows[0][:1])
    before = time.perf_counter(), time.process_time()
    for some in rows:
        read(some)
    after = time.perf_counter(), time.process_time()
    return [(b - a) / len(rows) for a, b in zip(before, after, strict=True)]


def _growth(opened, number):
    """Bytes by which the process grows while all is read."""
    read = opened()
    read(np.arange(MINIBATCH))
    before = _resident()
    for first in range(0, number - MINIBATCH, MINIBATCH):
        read(np.arange(first, first + MINIBATCH))
    return max(0, _resident() - before)


def _resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _drop(files):
    """Asks Linux to forget what it holds of files."""
    for path in files:
        with open(path, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def train(preset, shape, number, seed, pairs, steps):
    """Times steps from memory and from disk in turns; returns JSON values.

    Args:
        preset: Its name.
        shape: Shape of the images.
        number: How many there are.
        seed: Seed of the images and of the run.
        pairs: Pairs of blocks of steps.
        steps: Steps in a block.
    """
    images = photographs(number, shape, np.random.default_rng(seed))
    recipe = Recipe.preset(preset, seed=seed)
    options = {"batch_size": recipe.batch_size, "seed": seed}
    with tempfile.TemporaryDirectory() as folder:
        real = {
            storage: Batches(samples, **options)
            for storage, samples in _kept(images, folder).items()
        }
    gan = recipe.build(real["memory"])
    times, elements = ({storage: [] for storage in real} for _ in range(2))
    for pair in range(pairs):
        # Each comes first as often as the other.
        for storage in sorted(real, reverse=pair % 2):
            times[storage].append(timed_steps.seconds_per_step(gan, real[storage], steps))
            dataset = real[storage].training_dataset(gan.value_range)
            elements[storage].append(_cpu_seconds(dataset))
    ratios = {
        clock: np.percentile(
            [
                disk[clock] / inside[clock]
                for disk, inside in zip(times["disk"], times["memory"], strict=True)
            ],
            (25, 50, 75),
        )
        for clock in ("cpu", "real")
    }
    batch_size = recipe.batch_size
    return {"batch_size": batch_size, "ratio": ratios, "times": times, "data": elements}


def _cpu_seconds(dataset):
    """CPU time of a minibatch on its way from where it is."""
    iterator = iter(dataset)
    next(iterator)
    before = time.process_time()
    for _ in range(ELEMENTS):
        next(iterator)
    return (time.process_time() - before) / ELEMENTS


# -------------------------------------------------------------------------- what it says


def _claims(reading):
    wrong = sum(one["wrong"] for found in reading.values() for one in found.values())
    return [Claim("minibatches that are not those in memory, all formats", wrong, 0)]


def claims_of(reading, training):
    """Claims about what was measured.

    Args:
        reading: By side and format, what was measured of reading.
        training: By preset, what was measured of steps.
    """
    made = _claims(reading)
    for side, found in reading.items():
        ratio = _median(found[ROWS], "warm") / _median(found[RECORDS], "warm")
        text = f"{side} pixels: CPU time of rows over that of ArrayRecord's pixels"
        made.append(Claim(text, ratio, 1.0))
    if "64" in reading and "dcgan" in training:
        dcgan = training["dcgan"]
        decoding = _median(reading["64"][ENCODED], "warm")
        share = decoding / MINIBATCH * dcgan["batch_size"] / _step(dcgan, "cpu")
        text = "64 pixels: CPU time to decode what TFDS writes, share of a step of dcgan"
        made.append(Claim(text, share, 0.03, at_least=True))
    for name, one in training.items():
        text = f"{name}: CPU time to read from disk, not memory, as a share of a step"
        made.append(Claim(text, _reading_share(one), 0.03))
        text = f"{name}: CPU time of a step from disk over one from memory, median"
        made.append(Claim(text, one["ratio"]["cpu"][1], 1.03))
    return made


def _median(one, state, clock=1):
    return float(np.median(one[state], axis=0)[clock])


def _step(one, clock):
    """Median time of a step from memory."""
    return float(np.median([step[clock] for step in one["times"]["memory"]]))


def _reading_share(one):
    disk, inside = (np.median(one["data"][storage]) for storage in ("disk", "memory"))
    return float(disk - inside) / _step(one, "cpu")


def _text(reading, training):
    rows = []
    for side, found in reading.items():
        for name, one in found.items():
            texts = [f"{1000 * _median(one, 'warm', clock):.2f}" for clock in (1, 0)]
            texts.append(f"{1000 * _median(one, 'dropped', 0):.2f}")
            number = (side, name, *texts)
            sizes = memory.size(one["bytes"]), memory.size(one["process_grows"])
            rows.append((*number, *sizes))
    headings = (
        "image_size",
        "read from",
        "CPU-ms a minibatch",
        "ms",
        "ms, pages dropped",
        "bytes",
        "the process grows by",
    )
    steps = []
    for name, one in training.items():
        for clock, called in (("cpu", "CPU time"), ("real", "time")):
            low, middle, high = one["ratio"][clock]
            steps.append(
                (
                    f"`{name}`, {'x'.join(map(str, one['shape']))}",
                    called,
                    f"{1000 * _step(one, clock):.1f}",
                    f"{middle:.3f} ({low:.3f} to {high:.3f})",
                    f"{100 * _reading_share(one):.2f} %" if clock == "cpu" else "",
                )
            )
    counts = ", ".join(f"{n:,} of {side} pixels" for side, n in SIZES.items())
    return (
        f"Minibatches of {MINIBATCH} shuffled colour images out of {counts}: smooth "
        "colours with noise. Medians over blocks that take turns; of all cores "
        "together, where it says CPU. Pages are dropped by `posix_fadvise`, which leaves "
        "what the disk itself or a host of this machine keeps in memory. Rows of a file "
        "are checked against their CRC-32, which is timed, too.\n\n"
        f"{table(headings, rows)}\n\n"
        "A training step with real samples from disk, over one from memory: median and "
        f"quartiles of {PAIRS} pairs of blocks. The time, unlike the CPU time, depends "
        "on what else the machine does. Beside it the CPU time of a minibatch on its way "
        "from disk, less that from memory, as a share of a step; measured without "
        "training, which varies by more.\n\n"
        f"{table(('preset', 'clock', 'ms in memory', 'ratio', 'reading'), steps)}"
    )


def _draw(reading):
    figure, axes = pictures.new_figure(6.0, 3.0)
    for number, (side, found) in enumerate(reading.items()):
        places = np.arange(len(found)) + 0.4 * number
        times = [1000 * _median(one, "warm") for one in found.values()]
        axes.barh(places, times, 0.4, label=f"{side} pixels")
    axes.set(xlabel=f"CPU-ms per {MINIBATCH} images", xscale="log")
    axes.set_yticks(range(len(found)), list(found), fontsize=7)
    axes.invert_yaxis()
    axes.legend(fontsize=7)
    return pictures.figure_pixels(figure)
