"""The evaluation command: samples of a run or a file, measured and written down."""

import os
import time

import numpy as np

from keras_gan import data
from keras_gan.callbacks import Evaluation
from keras_gan.cli.sampling import load_run, read_flags
from keras_gan.data import value_range as ranges
from keras_gan.data.sources.npz import ZIP_ERRORS, from_npz
from keras_gan.evaluation import Settings, Suite
from keras_gan.evaluation.inception import find_inception
from keras_gan.evaluation.suite import IMAGE_METRICS, POINT_METRICS, check_metric, meaning
from keras_gan.evaluation.table import as_text
from keras_gan.storage.files import publish_json
from keras_gan.version import versions

_MIXTURES = {"ring": data.ring, "grid": data.grid}


def evaluate(options):
    """Measures what the flags name, prints a table, writes JSON; returns 0.

    Raises:
        ValueError: On a user's mistake, in one line, before any work where possible.
    """
    if (options.run_dir is None) == (options.samples is None):
        raise ValueError("Give either --run_dir or --samples.")
    check_weights(options.metrics or (), options.inception_path, options.extractor)
    flags = {}
    if options.run_dir:
        gan = load_run(options.run_dir)
        path = os.path.join(options.run_dir, "flags.txt")
        flags = read_flags(path) if os.path.exists(path) else {}
    dataset = options.dataset or flags.get("dataset")
    if dataset is None:
        raise ValueError("Name the real data to measure against: --dataset=SPEC.")
    samples = None if options.run_dir else read_samples(options)
    began = time.monotonic()
    suite = build_suite(options, dataset, flags)
    if options.run_dir:
        samples = draw(gan, options)
    samples = suite.check_samples(samples)
    results = suite.measure(samples)
    floor = suite.floor(len(samples))
    if options.parzen_kmeans:
        results["parzen_kmeans"] = suite.parzen_of_kmeans(len(samples))
    cautions = suite.cautions(samples, results)
    report(options, dataset, (results, floor), cautions)
    path = options.json or (
        os.path.join(options.run_dir, "evaluation.json") if options.run_dir else None
    )
    if path:
        seconds = round(time.monotonic() - began, 1)
        publish_json(
            path,
            as_json(options, dataset, suite, (results, floor))
            | {"cautions": cautions, "seconds": seconds, "versions": versions()},
        )
        print(f"written: {path}", flush=True)
    return 0


def check_weights(metrics, inception_path, extractor=None):
    """Refuses, before anything is loaded, a metric that cannot work."""
    for metric in metrics:
        check_metric(metric)
    if {*metrics, extractor} & {"fid", "fd_inception", "inception"}:
        find_inception(inception_path)


def build_suite(options, dataset, flags):
    """The metrics and the real data that the flags name."""
    train, test = load_real(options, dataset, flags)
    points = test.ndim == 2
    metrics = options.metrics or usual_metrics(dataset, points)
    settings = Settings(
        metrics=tuple(dict.fromkeys(metrics)),
        extractor=options.extractor or ("pixels" if points else "classifier"),
        dataset=dataset,
        classifier=options.classifier,
        inception=options.inception_path,
        split=options.split,
        seed=options.seed,
    )
    mixture = _MIXTURES[dataset]() if dataset in _MIXTURES else None
    return Suite(train, test, settings, mixture=mixture)


def usual_metrics(dataset, points):
    """What is measured if nothing is named."""
    if dataset.startswith("stacked_mnist"):
        return ("modes",)
    if not points:
        return IMAGE_METRICS
    has_modes = dataset in _MIXTURES
    return [name for name in POINT_METRICS if name != "modes" or has_modes]


def load_real(options, dataset, flags):
    """(training samples, samples to measure against), at most `--num` of the latter."""

    def load(split):
        image_size = options.image_size or flags.get("image_size")
        return data.load(
            dataset,
            split=split,
            batch_size=1,
            seed=int(flags.get("seed", 0)),
            data_dir=options.data_dir or flags.get("data_dir"),
            image_size=int(image_size) if image_size else None,
            skip_bad_images="skip_bad_images" in flags,
        ).samples

    if options.split == options.train_split:
        samples = load(options.split)
        order = np.random.default_rng(options.seed).permutation(len(samples))
        halves = np.array_split(samples[order], 2)
        return halves[0], halves[1][: options.num]
    try:
        return load(options.train_split), load(options.split)[: options.num]
    except ValueError as error:
        raise ValueError(
            f"{error} (data of one split only: pass --split={options.train_split}, "
            "which is then cut into two halves)"
            if "split" in str(error)
            else str(error)
        ) from None


def build_evaluation(options, run_dir, train):
    """The callback that measures while `train.py` trains, from its flags.

    Args:
        options: The flags of `scripts/train.py`, as attributes.
        run_dir: Folder of the run.
        train: Training samples.
    """
    points = train.ndim == 2
    split = options.eval_split or "test"
    try:
        test = data.load(
            options.dataset,
            split=split,
            batch_size=1,
            data_dir=options.data_dir,
            image_size=options.image_size,
            skip_bad_images=options.skip_bad_images,
        )
    except ValueError as error:
        raise ValueError(
            f"--metrics measures against the split {split!r}: {error}, or name another "
            "split by --eval_split"
        ) from None
    settings = Settings(
        metrics=tuple(dict.fromkeys(options.metrics)),
        extractor="pixels" if points else "classifier",
        dataset=options.dataset,
        inception=options.inception_path,
        split=split,
        seed=options.seed,
    )
    mixture = _MIXTURES[options.dataset]() if options.dataset in _MIXTURES else None
    suite = Suite(train, test.samples[: options.evaluate_num], settings, mixture=mixture)
    every = options.evaluate_every
    return Evaluation(run_dir, suite, options.evaluate_num, every_epochs=every)


def draw(gan, options):
    """Samples of a run, in blocks, as uint8 images or as points."""
    samples = gan.sample(options.num, options.seed)
    if samples.ndim == 2:
        return samples
    return ranges.unscale(samples, gan.value_range)


def read_samples(options):
    """Samples of a file; float images in [0, 1] or [-1, 1] are told apart by range."""
    if is_points(options.samples):
        with np.load(options.samples, allow_pickle=False) as archive:
            return archive["images"][: options.num].astype("float32")
    return from_npz(options.samples, split="train").samples[: options.num]


def is_points(path):
    """Whether a file is what `sample.py` writes for points: `images` of (n, d)."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            return "images" in archive and archive["images"].ndim == 2
    except (OSError, ValueError, EOFError, *ZIP_ERRORS):
        return False


def report(options, dataset, tables, cautions):
    """Prints the table, with how to read it."""
    results, floor = tables
    source = options.run_dir or options.samples
    n = next(iter(floor.values())).n if floor else 0
    print(f"{source} against {dataset}, split {options.split}\n")
    print(as_text(results, floor))
    print(f"\nfloor: the same metrics on {n:,} real training samples.")
    for name in results:
        print(f"  {name}: {meaning(name)[1]}")
    for caution in cautions:
        print(f"Caution: {caution}")


def as_json(options, dataset, suite, tables):
    """All numbers with what they depend on, for the file."""
    results, floor = tables
    return {
        "samples": options.run_dir or options.samples,
        "dataset": dataset,
        "split": options.split,
        "train_split": options.train_split,
        "seed": options.seed,
        "num_real": len(suite.test),
        "results": {name: result.to_dict() for name, result in results.items()},
        "floor": {name: result.to_dict() for name, result in floor.items()},
        "extractors": {one.name: one.about for one in suite.extractors.values()},
    }
