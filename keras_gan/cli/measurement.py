"""Which metrics are computed, and against which real samples."""

import dataclasses

from keras_gan import data
from keras_gan.callbacks import Evaluation
from keras_gan.cli.command_line import in_words
from keras_gan.data import memory
from keras_gan.data.choice import some_of
from keras_gan.data.kinds import kind_of
from keras_gan.evaluation import Settings, Suite
from keras_gan.evaluation.inception import find_inception
from keras_gan.evaluation.suite import METRICS_OF, check_metric, extractor_of

# Data whose modes are known points.
_MIXTURES = {"ring": data.ring, "grid": data.grid}
# Metrics of images that need no features but the pixels.
PIXEL_METRICS = ("parzen", "kid", "prdc")


def check_weights(metrics, inception_path, extractor=None):
    """Refuses, before anything is loaded, a metric that cannot work."""
    for metric in metrics:
        check_metric(metric)
    if {*metrics, extractor} & {"fid", "fd_inception", "inception"}:
        find_inception(inception_path)


def check_num(flag, num, sample_shape):
    """Refuses to measure more samples than fit in memory, before one is drawn."""
    # As float32 and as uint8; what the metrics take comes on top.
    needed = memory.nbytes((num, *sample_shape), bytes_per_value=4 + 1)
    memory.check(f"{flag}={num}", needed, "measure fewer; 10,000 are usual")


def usual_metrics(dataset, samples, has_classifier=True, reads_classes=False):
    """What is measured if nothing is named.

    Args:
        dataset: The recipe's `dataset`.
        samples: Real samples.
        has_classifier: Whether images of this data set have one.
        reads_classes: Whether it reads the classes that the samples are asked for.
    """
    if dataset.startswith("stacked_mnist"):
        return ("modes",)
    usual = METRICS_OF[kind_of(samples.shape[1:])]
    if not has_classifier:
        usual = tuple(metric for metric in usual if metric in PIXEL_METRICS)
    if reads_classes and "fd_classifier" in usual:
        usual = (*usual, "agreement")
    return ("modes", *usual) if dataset in _MIXTURES else usual


def suite_of(train, test, *, dataset, metrics, labels=None, extractor=None, **settings):
    """The metrics of samples of a data set.

    Args:
        train: Training samples.
        test: Samples to measure against.
        dataset: The recipe's `dataset`.
        metrics: Names of metrics; each counts once.
        labels: Classes of the samples to measure against. Defaults to None: not known.
        extractor: Features of kid, prdc and is. Defaults to None: "classifier" for
            images, "pixels" for other samples.
        **settings: Further arguments of `Settings`.

    Returns:
        A `keras_gan.evaluation.Suite`.
    """
    settings = Settings(
        metrics=tuple(dict.fromkeys(metrics)),
        extractor=extractor or extractor_of(kind_of(test.shape[1:])),
        dataset=dataset,
        **settings,
    )
    mixture = _MIXTURES[dataset]() if dataset in _MIXTURES else None
    return Suite(train, test, settings, mixture=mixture, labels=labels)


def taken(real, rows):
    """(samples, their classes or None) of loaded data, those in `rows`."""
    classes = None if real.classes is None else real.classes[rows]
    return real.samples[rows], classes


def evaluation_of(recipe, run_dir, train):
    """The callback that measures the recipe's `metrics` while `train.py` trains.

    Args:
        recipe: A `keras_gan.Recipe`.
        run_dir: Folder of the run.
        train: Training samples.
    """
    check_num("--evaluate_num", recipe.evaluate_num, train.shape[1:])
    split = recipe.eval_split or "test"
    try:
        # Seed 0, as below: runs of all seeds are measured against the same samples.
        test = dataclasses.replace(recipe, seed=0).load_alone(split)
    except ValueError as error:
        # The training split was there: it is this split that is not.
        raise ValueError(
            f"--metrics measures against the split {split!r}: {in_words(error)}, or name "
            "another split by --eval_split"
        ) from None
    samples, labels = taken(test, some_of(len(test.samples), recipe.evaluate_num))
    suite = suite_of(
        train,
        samples,
        labels=labels,
        dataset=recipe.dataset,
        metrics=recipe.metrics,
        inception=recipe.inception_path,
        split=split,
    )
    every = recipe.evaluate_every
    return Evaluation(run_dir, suite, recipe.evaluate_num, every_epochs=every)
