"""Metrics by name, measured against one set of real data."""

from __future__ import annotations

import collections
import dataclasses
import difflib

import numpy as np
from absl import logging
from numpy.typing import ArrayLike

from keras_gan.arguments import ImageSize
from keras_gan.data import kinds, memory
from keras_gan.data.choice import random_order
from keras_gan.data.in_memory import Batches
from keras_gan.data.labels import Classes
from keras_gan.data.on_disk import Rows, blocks, rows_of
from keras_gan.data.sources.mixtures import GaussianMixture
from keras_gan.evaluation import classifier
from keras_gan.evaluation import features as extractors
from keras_gan.evaluation.agreement import agreement
from keras_gan.evaluation.frechet import check_size, frechet, is_slow
from keras_gan.evaluation.inception_score import inception_score
from keras_gan.evaluation.kernel import kernel_distance, kernel_distance_of_subsets
from keras_gan.evaluation.manifold import manifold
from keras_gan.evaluation.memorization import memorization
from keras_gan.evaluation.modes import mode_coverage, stacked_modes
from keras_gan.evaluation.parzen import kmeans_centers, parzen
from keras_gan.evaluation.result import Result

# What is usually measured; the modes of points only if they are known.
METRICS_OF = {
    kinds.POINTS: ("kid", "prdc"),
    kinds.SIGNALS: ("kid", "prdc"),
    kinds.IMAGES: ("parzen", "fd_classifier", "kid", "prdc", "is"),
    kinds.VOLUMES: ("parzen", "kid", "prdc"),
    kinds.ARRAYS: ("kid", "prdc"),
}
METRICS = ("parzen", "kid", "prdc", "is", "memorization", "modes", "fid", "agreement")
FRECHET = ("fd_pixels", "fd_classifier", "fd_inception", "fd_savedmodel:PATH")
# With fewer samples, even the numbers of a perfect generator are mostly noise.
FEW_SAMPLES = 1_000
# Share of its test images on which a classifier should be right.
_POOR = 0.8
# Samples in a subset of the published KID.
SUBSET = 1_000

# Said of a Fréchet distance.
SLOW = (
    "%s of %d features and %d samples takes minutes each time, and has no +-: measure at "
    "most 2,048 samples against as many real ones, or use an extractor of at most 2,048 "
    "features."
)
# Said of a conditional generator if nothing better is known.
EQUALLY_OFTEN = (
    "the classes of the real samples are not known, so all are sampled equally often"
)

# name: (which values are better, meaning)
MEANINGS = {
    "parzen": ("higher", "Parzen log-likelihood of test images, nats. Favours blur."),
    "fd": ("lower", "Fréchet distance of features. Biased upwards at small n."),
    "fid": ("lower", "Fréchet distance of features of the Inception network of 2015."),
    "kid": (
        "lower",
        "Kernel distance of features, unbiased; around 0 if they are equal.",
    ),
    "is": ("higher", "Inception score, 1 to the number of classes. Ignores real data."),
    "precision": ("higher", "Share of samples that lie among real ones: realism."),
    "recall": ("higher", "Share of real samples that lie among samples: variety."),
    "density": ("higher", "How densely real samples surround samples; 1 if equal."),
    "coverage": ("higher", "Share of real samples with a sample nearby: variety."),
    "memorization": (
        "near 1",
        "Distance to training images over test images'; 0: copies, 1: as test images, "
        "above 1: far from all images, as bad samples are, too.",
    ),
    "modes": ("higher", "Modes with a sample of high quality."),
    "agreement": (
        "higher",
        "Share read as the class asked for; floor: real test images.",
    ),
    "parzen_kmeans": ("higher", "parzen of k-means centres: what blur alone can get."),
}


def extractor_of(kind):
    """Name of the extractor that suits a kind of samples."""
    return "classifier" if kind is kinds.IMAGES else "pixels"


def meaning(name):
    """Returns ("higher", "lower" or "near 1", one line) for the name of a result."""
    return MEANINGS.get(name) or MEANINGS[name.partition("_")[0]]


# More samples of the same distribution raise or, of a Fréchet distance, lower it. Many
# lie nearer to each other, and so the real ones among samples that differ are fewer.
_MOVED_BY_N = ("parzen", "fd", "fid", "is", "recall", "coverage", "modes")


def changes_with_n(name):
    """Whether a result depends on the number of samples, by its name.

    Example:

    >>> [name for name in ("fd_pixels", "kid", "recall") if changes_with_n(name)]
    ['fd_pixels', 'recall']
    """
    return name.partition("_")[0] in _MOVED_BY_N


def is_better(name, value, former):
    """Whether a value of the metric of that name is better than a former one.

    Example:

    >>> is_better("kid", 0.1, 0.2), is_better("memorization", 1.4, 0.9)
    (True, False)
    """
    better, _ = meaning(name)
    if better == "near 1":
        return abs(value - 1) < abs(former - 1)
    return value > former if better == "higher" else value < former


@dataclasses.dataclass(frozen=True)
class Settings:
    """What to measure, and with which features.

    Args:
        metrics: Names: "parzen", "kid", "prdc", "is", "memorization", "modes", "fid",
            "agreement" or "fd_EXTRACTOR". Defaults to those that suit images.
        extractor: Feature extractor of kid, prdc and is. Defaults to "classifier".
        dataset: Name of the real data, to find its classifier. Defaults to None.
        classifier: A classifier file, or "mnist": the shipped one, such as for MNIST's
            files as `idx:FOLDER`. Defaults to None: that of `dataset`.
        inception: File of Inception's weights. Defaults to None: what
            `KERAS_GAN_INCEPTION` names.
        split: Name of the real data in results. Defaults to "test".
        seed: Seed of the choice of real samples, of shuffles and of k-means. Defaults
            to 0.
        train_checksum: CRC-32 of the whole training split, as the record of a classifier
            of it has. Defaults to None: not compared.
        reading: Flags of `evaluate.py` that make images of the data what they are here,
            for the command that makes a classifier. Defaults to (): none are needed.

    Example:

    >>> settings = Settings(("fd_classifier", "prdc"), dataset="mnist")
    >>> settings.split
    'test'
    """

    metrics: tuple = METRICS_OF[kinds.IMAGES]
    extractor: str = "classifier"
    dataset: str | None = None
    classifier: str | None = None
    inception: str | None = None
    split: str = "test"
    seed: int = 0
    train_checksum: int | None = None
    reading: tuple = ()


class Suite:
    """Measures samples against real data.

    All weights are loaded when the suite is made, so that a missing file is an error
    before any work is done.

    Args:
        train: Training samples: images (n, h, w, c), uint8 or floats in [0, 1], or
            points (n, d); or what `keras_gan.data.load` returns.
        test: Unseen samples of the same shape.
        settings: `Settings`: the metrics and their features.
        mixture: `keras_gan.data.GaussianMixture` of points, for the metric "modes".
            Defaults to None.
        labels: Classes of the test samples, ints (n,), by which `labels_for` samples a
            conditional generator, and which the metric "agreement" needs. Defaults to
            None: those that `test` knows.

    Raises:
        ValueError: If a metric is unknown, its weights are missing, or the data do not
            fit it.

    Example:

    >>> ring = keras_gan.data.ring()
    >>> train, test = ring.sample(500, seed=0), ring.sample(500, seed=1)
    >>> settings = Settings(("modes", "kid"), extractor="pixels")
    >>> suite = Suite(train, test, settings, mixture=ring)
    >>> results = suite.measure(ring.sample(100, seed=2))
    >>> results["modes"].value
    8.0
    """

    def __init__(
        self,
        train: ArrayLike | Batches,
        test: ArrayLike | Batches,
        settings: Settings,
        *,
        mixture: GaussianMixture | None = None,
        labels: ArrayLike | None = None,
    ):
        self.labels = getattr(test, "classes", None) if labels is None else labels
        train, test = (getattr(one, "samples", one) for one in (train, test))
        self.train = extractors.as_uint8(train, "training samples")
        self.test = _whole(extractors.as_uint8(test, "test samples"))
        self.settings = settings
        self.mixture = mixture
        self._check()
        # The first of them are for the floor, the last sixth chooses sigma.
        self._order = random_order(len(self.train), settings.seed)
        names = filter(None, map(self._extractor_of, settings.metrics))
        self.extractors = {
            name: extractors.get(
                name,
                dataset=settings.dataset,
                classifier_path=settings.classifier,
                inception_path=settings.inception,
                reading=settings.reading,
            )
            for name in dict.fromkeys(names)
        }
        self._real = _Extracted(self.test, self.extractors)
        self._try_out()
        self._floors, self._of_centers = {}, {}

    def _check(self):
        for metric in self.settings.metrics:
            check_metric(metric)
        if self.train.shape[1:] != self.test.shape[1:]:
            raise ValueError(
                f"Training samples of {self.train.shape[1:]} and test samples of "
                f"{self.test.shape[1:]} differ in shape."
            )
        if min(len(self.train), len(self.test)) < 2:
            raise ValueError("The real data need at least 2 samples in each split.")
        kind = kinds.kind_of(self.test.shape[1:])
        wrong = {"parzen", "is", "memorization"} & set(self.settings.metrics)
        if wrong and not kind.has_pixels:
            raise ValueError(
                f"{sorted(wrong)[0]} measures images, the data are {kind.name}: use "
                f"{','.join(METRICS_OF[kind])} with the extractor {extractor_of(kind)}."
            )
        has_modes = kind is kinds.IMAGES or self.mixture is not None
        if "modes" in self.settings.metrics and not has_modes:
            raise ValueError("modes needs points of a known mixture: ring or grid.")

    def _try_out(self):
        """Extracts features of two samples: what fails would fail after training, too."""
        few = self._few = _Extracted(self.test[:2], self.extractors)
        for metric in self.settings.metrics:
            if metric == "modes" and self.mixture is None:
                few.channel_classes()
            elif metric == "agreement":
                self._check_classes(few("classifier")[1].shape[1])
            elif name := self._extractor_of(metric):
                if few(name)[1] is None and metric == "is":
                    raise ValueError(
                        f"is needs class predictions, which {name} does not give: use "
                        "the extractor classifier."
                    )

    def _check_classes(self, number):
        """Refuses to compare labels with a classifier of other classes."""
        if Classes(number).shares_of(self.labels) is None:
            raise ValueError(
                "agreement needs the classes of the test samples, integers in "
                f"0..{number - 1}, as the classifier has them: pass labels=, or leave it "
                "out."
            )

    def _extractor_of(self, metric):
        """Name of the extractor that a metric needs; None if it needs none."""
        if metric.startswith("fd_"):
            return metric.removeprefix("fd_")
        if metric == "agreement" or (metric == "modes" and self.mixture is None):
            return "classifier"
        own = {"fid": "inception", "parzen": None, "memorization": None, "modes": None}
        return own.get(metric, self.settings.extractor)

    def measure(
        self, samples: ArrayLike, labels: ArrayLike | None = None
    ) -> dict[str, Result]:
        """Measures samples by all metrics of the settings.

        Args:
            samples: Images, uint8 or floats in [0, 1], or points, in the shape of the
                real samples.
            labels: Classes that they were asked for, ints (n,), for the metric
                "agreement". Defaults to None: not known.

        Returns:
            A dict of `Result`s by name. "prdc" gives four: "precision", "recall",
            "density" and "coverage".

        Raises:
            ValueError: If the samples have another shape, or are too few, or a metric
                lacks their labels.
        """
        metrics = self.settings.metrics
        if "agreement" in metrics and labels is None:
            raise ValueError(
                "agreement needs labels, the classes that the samples were asked for."
            )
        extracted = _Extracted(self.check_samples(samples), self.extractors)
        return self._measure(extracted, metrics, labels)

    def check_samples(self, samples: ArrayLike) -> np.ndarray:
        """Returns samples as the metrics take them, or raises a `ValueError`."""
        samples = extractors.as_uint8(samples, "samples")
        if samples.shape[1:] != self.test.shape[1:]:
            raise ValueError(
                f"The samples have the shape {samples.shape[1:]}, the real data "
                f"{self.test.shape[1:]}: {self._cure(samples.shape[1:])}."
            )
        if samples.dtype != np.uint8 and not np.isfinite(samples).all():
            raise ValueError("The samples hold NaN or infinity: the generator diverged.")
        if len(samples) < 2:
            raise ValueError(f"{len(samples)} samples are too few: measure at least 2.")
        return samples

    def _cure(self, shape):
        """How samples of another shape are made comparable with the real ones."""
        wanted = self.test.shape[1:]
        if {kinds.kind_of(shape), kinds.kind_of(wanted)} != {kinds.IMAGES}:
            return "measure against data of the samples' shape"
        cures = []
        if shape[-1] != wanted[-1]:
            color = {1: "grey", 3: "RGB", 4: "RGBA"}.get(
                wanted[-1], f"{wanted[-1]} channels"
            )
            cures.append(f"convert them to {color}")
        if shape[:2] != wanted[:2]:
            size = "x".join(map(str, wanted[:2]))
            cures.append(f"crop (if they are padded) or resize them to {size}")
            # A classifier takes one size only, that of the real images.
            if "classifier" not in self.extractors:
                size = ImageSize(shape[:2])
                cures[-1] += f", or real images to the samples' size: image_size={size!r}"
        return " and ".join(cures)

    def floor(self, n: int) -> dict[str, Result]:
        """Measures n real training samples: about what a perfect generator gets.

        They are drawn at random, once for each seed of the settings. For agreement it
        is the test samples: the classifier has learned the training samples' classes.

        There is no floor for memorization, which is 1 for test images by definition.

        Args:
            n: Number of samples; at most `num_floor` are used.

        Returns:
            A dict of `Result`s by name.
        """
        n = min(n, self.num_floor)
        if n not in self._floors:
            some = _Extracted(self._some(self._order[:n]), self.extractors)
            found = {}
            for metric in self.settings.metrics:
                if metric == "agreement":
                    found |= self._measure(self._real, [metric], self.labels)
                elif metric != "memorization":
                    found |= self._measure(some, [metric])
            self._floors[n] = found
        return self._floors[n]

    @property
    def num_floor(self) -> int:
        """Number of training samples for the floor: those that do not choose sigma."""
        return len(self.train) - max(1, len(self.train) // 6)

    @property
    def _validation(self):
        # A sixth, as in the paper: 10,000 of MNIST's 60,000 training images.
        return self._some(self._order[self.num_floor :])

    def _some(self, rows):
        """Some training samples, which may be on disk, in memory."""
        return _whole(rows_of(self.train, rows))

    def check_number(self, number: int) -> None:
        """Refuses so many samples, before they are drawn, if a metric cannot take them.

        Warns of a Fréchet distance that takes minutes.

        Args:
            number: How many samples will be measured.

        Raises:
            ValueError: If a Fréchet distance would be too large.
        """
        for metric in self.settings.metrics:
            if metric == "fid" or metric.startswith("fd_"):
                width = self._few(self._extractor_of(metric))[0].shape[1]
                sizes = len(self.test), number, width
                check_size(*sizes)
                if is_slow(*sizes):
                    logging.warning(SLOW, metric, width, number)

    def labels_for(self, condition: Classes | None, number: int) -> np.ndarray | None:
        """Labels to sample a generator by, each class as often as among the test samples.

        Args:
            condition: `keras_gan.data.labels.Classes` of a conditional GAN, or None.
            number: How many samples.

        Returns:
            An int32 array (number,); None if the GAN is not conditional, or if the
            classes of the test samples are not known.

        Raises:
            ValueError: If "agreement" is to be measured of a GAN that is not asked for
                the classifier's classes.
        """
        if "agreement" in self.settings.metrics:
            about = self.extractors["classifier"].about
            if not classifier.knows(about, condition):
                raise ValueError(
                    "agreement is for a conditional GAN of the classes that the "
                    f"classifier of {about['dataset']} knows: leave it out."
                )
        shares = condition and condition.shares_of(self.labels)
        if shares is None:
            return None
        return condition.in_shares(number, shares, self.settings.seed)

    def parzen_of_kmeans(self, n: int) -> Result:
        """Measures `parzen` of n centres of k-means clusters of training images."""
        if n not in self._of_centers:
            images = extractors.in_unit_range(self._some(self._order[: self.num_floor]))
            centers = kmeans_centers(images, min(n, len(images)), seed=self.settings.seed)
            result = self._parzen(centers.clip(0.0, 1.0))
            result = dataclasses.replace(result, split=self.settings.split)
            self._of_centers[n] = result
        return self._of_centers[n]

    def _measure(self, extracted, metrics, labels=None):
        results = {}
        for metric in metrics:
            found = self._measure_one(metric, extracted, labels)
            found = found if isinstance(found, dict) else {metric: found}
            name = self._extractor_of(metric)
            for key, result in found.items():
                results[key] = dataclasses.replace(
                    result,
                    extractor=self.extractors[name].name if name else "pixels",
                    split=self.settings.split,
                )
        return results

    def _measure_one(self, metric, fake, labels):
        if metric == "parzen":
            return self._parzen(extractors.in_unit_range(fake.samples))
        if metric == "memorization":
            images = (fake.samples, self.train, self.test)
            return memorization(*map(extractors.in_unit_range, images))
        if metric == "modes" and self.mixture is not None:
            return mode_coverage(fake.samples, self.mixture.modes, self.mixture.std)
        if metric == "modes":
            return stacked_modes(*fake.channel_classes())
        name = self._extractor_of(metric)
        if metric == "agreement":
            return agreement(fake(name)[1], labels)
        if metric == "is":
            logits = fake(name)[1]
            splits = min(10, len(logits) // 2)
            return inception_score(logits, num_splits=splits, seed=self.settings.seed)
        by_metric = {"kid": _kid, "prdc": _prdc}
        return by_metric.get(metric, frechet)(self._real(name)[0], fake(name)[0])

    def _parzen(self, centers):
        flat = [
            extractors.in_unit_range(images).reshape(len(images), -1)
            for images in (self._validation, self.test)
        ]
        return parzen(centers.reshape(len(centers), -1), *flat)

    def cautions(self, samples: np.ndarray, results: dict[str, Result]) -> list[str]:
        """Returns lines on why these results may mislead, such as too few samples."""
        lines = []
        for what, number in (("samples", len(samples)), ("real samples", len(self.test))):
            if number < FEW_SAMPLES:
                lines.append(
                    f"{number} {what} are few: use {FEW_SAMPLES:,} or more, or take the "
                    "numbers for noise."
                )
            for name, result in results.items():
                dimensions = result.extra.get("dimensions", 0)
                if name.startswith("f") and number <= dimensions:
                    lines.append(
                        f"{name}: {number} {what} for {dimensions} features: their "
                        "covariance is singular, the distance means little."
                    )
        for what, others in (("training", self.train), ("real", self.test)):
            copies = exact_copies(samples, others)
            if copies:
                lines.append(
                    f"{copies} of {len(samples)} samples are exact copies of {what} "
                    "samples."
                )
        return lines + self._seen() + self._of_others() + self._poor()

    def _poor(self):
        """A line if the classifier does not tell the classes well."""
        for one in self.extractors.values():
            accuracy = one.about.get("test_accuracy", 1.0)
            if accuracy < _POOR:
                return [
                    f"The classifier is right on only {100 * accuracy:.0f} % of its test "
                    "split: its features say little of these images."
                ]
        return []

    def _of_others(self):
        """A line if the classifier of this data set was made from other images."""
        if "classifier" not in map(self._extractor_of, self.settings.metrics):
            return []
        about = self.extractors["classifier"].about
        made_from = about.get("train_checksum")
        of = self.settings
        if None in (made_from, of.train_checksum) or about["dataset"] != of.dataset:
            return []
        if made_from == of.train_checksum:
            return []
        return [
            "The classifier was not trained on the training images here, though its name "
            f"is theirs: if {about['dataset']} is another folder by now, or has changed, "
            "train it again."
        ]

    def _seen(self):
        """A line if features of real samples come from a classifier trained on them."""
        compared = {*self.settings.metrics} - {"is", "modes"}
        if "classifier" not in map(self._extractor_of, compared):
            return []
        about, of = self.extractors["classifier"].about, self.settings
        if not classifier.has_seen(about, of.dataset or "", of.split):
            return []
        shipped = about["dataset"] in classifier.SHIPPED.values()
        offline = f" (without a network: {classifier.BY_FILES})" if shipped else ""
        return [
            f"The classifier was trained on {about['dataset']}, split "
            f"{about['train_split']}, where these real samples are from: such numbers "
            "compare runs with each other; to publish, measure against images that it "
            f"has not seen: {about['dataset']}, "
            f"{about.get('test_split', 'another split')}{offline}."
        ]


def _whole(samples):
    """Samples that may be on disk, read into memory; refused if they do not fit."""
    if not isinstance(samples, Rows):
        return samples
    # As they are, and as floats.
    needed = memory.nbytes(samples.shape, samples.dtype.itemsize + 4)
    memory.check(f"{len(samples):,} real samples to measure", needed, "measure fewer")
    return samples[:]


def _kid(real, fake):
    """The kernel distance; beside it, if there are enough samples, as it is published."""
    result = kernel_distance(real, fake)
    if min(len(real), len(fake)) >= SUBSET:
        mean, deviation = kernel_distance_of_subsets(real, fake, size=SUBSET)
        result.extra.update(subsets=mean, subsets_std=deviation)
    return result


def _prdc(real, fake):
    """The four numbers at k = 5; beside them precision and recall at k = 3."""
    results = manifold(real, fake, k=5)
    published = manifold(real, fake, k=3, uncertainty=False)
    for name in ("precision", "recall"):
        results[name].extra["k3"] = published[name].value
    return results


class _Extracted:
    """Samples, and their features by each extractor, computed once."""

    def __init__(self, samples, by_name):
        self.samples = samples
        self._by_name = by_name
        self._made = {}

    def __call__(self, name):
        """Returns (features, logits or None) by the extractor of that name."""
        if name not in self._made:
            self._made[name] = self._by_name[name](self.samples)
        return self._made[name]

    def channel_classes(self):
        """Returns the class of each channel (n, channels), and the number of classes."""
        channels = np.split(self.samples, self.samples.shape[-1], axis=-1)
        logits = [self._by_name["classifier"](channel)[1] for channel in channels]
        return np.stack(logits).argmax(axis=-1).T, logits[0].shape[1]


def check_metric(name):
    """Raises a `ValueError`, with close names, if there is no such metric."""
    known = name in METRICS or (name.startswith("fd_") and len(name) > 3)
    if not known:
        legal = (*METRICS, *FRECHET)
        close = difflib.get_close_matches(name, legal, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(close)}? " if close else ""
        raise ValueError(f"Unknown metric {name!r}: {hint}Use one of {', '.join(legal)}.")


def exact_copies(samples, others):
    """Counts the samples that are among the others, bit for bit."""
    found = collections.Counter(row.tobytes() for row in samples)
    among = set()
    for part in blocks(others):
        among.update(found.keys() & {row.tobytes() for row in part})
    return sum(found[row] for row in among)
