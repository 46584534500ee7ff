"""Metrics by name, against one set of real data, each with its floor."""

import dataclasses
import difflib

import numpy as np

from keras_gan.evaluation import features as extractors
from keras_gan.evaluation.frechet import frechet
from keras_gan.evaluation.inception_score import inception_score
from keras_gan.evaluation.kernel import kernel_distance
from keras_gan.evaluation.manifold import manifold
from keras_gan.evaluation.memorization import memorization
from keras_gan.evaluation.modes import mode_coverage, stacked_modes
from keras_gan.evaluation.parzen import kmeans_centers, parzen

IMAGE_METRICS = ("parzen", "fd_classifier", "kid", "prdc", "is")
POINT_METRICS = ("modes", "kid", "prdc")
METRICS = ("parzen", "kid", "prdc", "is", "memorization", "modes", "fid")
FRECHET = ("fd_pixels", "fd_classifier", "fd_inception", "fd_savedmodel:PATH")
# Below so many samples, even a perfect generator's numbers are mostly noise.
FEW_SAMPLES = 1_000

# name: (whether larger is better, meaning)
MEANINGS = {
    "parzen": (True, "Parzen log-likelihood of test images, nats. Favours blur."),
    "fd": (False, "Fréchet distance of features. Biased upwards at small n."),
    "fid": (False, "Fréchet distance of features of the Inception network of 2015."),
    "kid": (False, "Kernel distance of features, unbiased; 0 for equal distributions."),
    "is": (True, "Inception score, 1 to the number of classes. Ignores real data."),
    "precision": (True, "Share of samples that lie among real ones: realism."),
    "recall": (True, "Share of real samples that lie among samples: variety."),
    "density": (True, "How densely real samples surround samples; 1 if equal."),
    "coverage": (True, "Share of real samples with a sample nearby: variety."),
    "memorization": (True, "Distance to training images over test images'; 0: copies."),
    "modes": (True, "Modes with a sample of high quality."),
    "parzen_kmeans": (True, "parzen of k-means centres: what blur alone can get."),
}


def meaning(name):
    """(whether larger is better, one line) for a result's name."""
    return MEANINGS.get(name) or MEANINGS[name.partition("_")[0]]


@dataclasses.dataclass(frozen=True)
class Settings:
    """How samples are measured.

    Args:
        metrics: Names: "parzen", "kid", "prdc", "is", "memorization", "modes", "fid"
            or "fd_EXTRACTOR".
        extractor: Features of kid, prdc and is. Defaults to "classifier".
        dataset: Name of the real data, to find its classifier. Defaults to None.
        classifier: A classifier file. Defaults to None: that of `dataset`.
        inception: The Inception file. Defaults to None: `KERAS_GAN_INCEPTION`.
        split: What the real data is called in results. Defaults to "test".
        seed: Of shuffles and k-means. Defaults to 0.

    Example:

    >>> Settings(("fd_classifier", "prdc"), dataset="mnist")
    """

    metrics: tuple = IMAGE_METRICS
    extractor: str = "classifier"
    dataset: str | None = None
    classifier: str | None = None
    inception: str | None = None
    split: str = "test"
    seed: int = 0


class Suite:
    """Measures samples against real data, by the metrics that the settings name.

    All weights are loaded when it is made: what is missing is an error before any
    work is done.

    Args:
        train: Training samples: uint8 images (n, h, w, c) or float points (n, d), or
            what `keras_gan.data.load` returns.
        test: Unseen samples of the same shape.
        settings: `Settings`.
        mixture: `keras_gan.data.GaussianMixture` of the points. Defaults to None.

    Raises:
        ValueError: For an unknown metric, missing weights, or data that do not fit.

    Example:

    >>> suite = Suite(train, test, Settings(("fd_pixels", "prdc"), "pixels"))
    >>> results, floor = suite.measure(samples), suite.floor(len(samples))
    """

    def __init__(self, train, test, settings, *, mixture=None):
        train, test = (getattr(one, "samples", one) for one in (train, test))
        self.train = extractors.as_uint8(train, "training samples")
        self.test = extractors.as_uint8(test, "test samples")
        self.settings = settings
        self.mixture = mixture
        self._check()
        names = filter(None, map(self._extractor_of, settings.metrics))
        self.extractors = {
            name: extractors.get(
                name,
                dataset=settings.dataset,
                classifier_path=settings.classifier,
                inception_path=settings.inception,
            )
            for name in dict.fromkeys(names)
        }
        self._real = _Extracted(self.test, self.extractors)
        self._try_out()
        self._floors = {}

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
        is_points = self.test.ndim == 2
        wrong = {"parzen", "is", "memorization"} & set(self.settings.metrics)
        if is_points and wrong:
            raise ValueError(
                f"{sorted(wrong)[0]} measures images, the data are points: use "
                f"{','.join(POINT_METRICS)} with the extractor pixels."
            )
        if is_points and "modes" in self.settings.metrics and self.mixture is None:
            raise ValueError("modes needs points of a known mixture: ring or grid.")

    def _try_out(self):
        """Measures two samples: what does not fit is an error now, not an hour later."""
        few = _Extracted(self.test[:2], self.extractors)
        for metric in self.settings.metrics:
            if metric == "modes" and self.mixture is None:
                few.channel_classes()
            elif name := self._extractor_of(metric):
                if few(name)[1] is None and metric == "is":
                    raise ValueError(
                        f"is needs class predictions, which {name} has not: use "
                        "--extractor=classifier."
                    )

    def _extractor_of(self, metric):
        """Name of the extractor that a metric needs, or None."""
        if metric.startswith("fd_"):
            return metric.removeprefix("fd_")
        if metric == "modes" and self.mixture is None:
            return "classifier"
        own = {"fid": "inception", "parzen": None, "memorization": None, "modes": None}
        return own.get(metric, self.settings.extractor)

    def measure(self, samples):
        """Results by name; prdc gives four of them.

        Args:
            samples: uint8 images, float images in [0, 1], or points, of the shape of
                the real samples.

        Returns:
            A dict of `Result`s.

        Raises:
            ValueError: If the samples have another shape, or a metric cannot work.
        """
        return self._measure(self.check_samples(samples), self.settings.metrics)

    def check_samples(self, samples):
        """Samples as the metrics take them, or one line on why they cannot be."""
        samples = extractors.as_uint8(samples, "samples")
        if samples.shape[1:] != self.test.shape[1:]:
            raise ValueError(
                f"The samples have the shape {samples.shape[1:]}, the real data "
                f"{self.test.shape[1:]}: choose another --dataset, or --image_size."
            )
        if samples.dtype != np.uint8 and not np.isfinite(samples).all():
            raise ValueError("The samples hold NaN or infinity: the generator diverged.")
        if len(samples) < 2:
            raise ValueError(f"{len(samples)} samples are too few: measure at least 2.")
        return samples

    def floor(self, n):
        """The same metrics on n real training samples: what a perfect generator gets.

        memorization has no such floor: test images are at 1 by definition.
        """
        n = min(n, self.num_floor)
        if n not in self._floors:
            metrics = [m for m in self.settings.metrics if m != "memorization"]
            self._floors[n] = self._measure(self.train[:n], metrics)
        return self._floors[n]

    @property
    def num_floor(self):
        """Training samples that the floor may use: those that do not choose sigma."""
        return len(self.train) - len(self._validation)

    @property
    def _validation(self):
        # The paper's: the last 10,000 of 60,000 training images.
        return self.train[-max(1, len(self.train) // 6) :]

    def parzen_of_kmeans(self, n):
        """`parzen` with the centres of k-means clusters of training images."""
        images = extractors.in_unit_range(self.train[: self.num_floor])
        centers = kmeans_centers(images, min(n, len(images)), seed=self.settings.seed)
        result = self._parzen(centers.clip(0.0, 1.0))
        return dataclasses.replace(result, split=self.settings.split)

    def _measure(self, samples, metrics):
        extracted = _Extracted(samples, self.extractors)
        results = {}
        for metric in metrics:
            found = self._measure_one(metric, extracted)
            found = found if isinstance(found, dict) else {metric: found}
            name = self._extractor_of(metric)
            for key, result in found.items():
                results[key] = dataclasses.replace(
                    result,
                    extractor=self.extractors[name].name if name else "pixels",
                    split=self.settings.split,
                )
        return results

    def _measure_one(self, metric, fake):
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
        if metric == "is":
            logits = fake(name)[1]
            splits = min(10, len(logits) // 2)
            return inception_score(logits, num_splits=splits, seed=self.settings.seed)
        by_metric = {"kid": kernel_distance, "prdc": manifold}
        return by_metric.get(metric, frechet)(self._real(name)[0], fake(name)[0])

    def _parzen(self, centers):
        flat = [
            extractors.in_unit_range(images).reshape(len(images), -1)
            for images in (self._validation, self.test)
        ]
        return parzen(centers.reshape(len(centers), -1), *flat)

    def cautions(self, samples, results):
        """What a reader of these results has to know besides, as lines."""
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
        return lines


class _Extracted:
    """Samples, and what each extractor makes of them, once."""

    def __init__(self, samples, by_name):
        self.samples = samples
        self._by_name = by_name
        self._made = {}

    def __call__(self, name):
        """(features, logits or None)."""
        if name not in self._made:
            self._made[name] = self._by_name[name](self.samples)
        return self._made[name]

    def channel_classes(self):
        """The class of each channel alone (n, channels), and the number of classes."""
        channels = np.split(self.samples, self.samples.shape[-1], axis=-1)
        logits = [self._by_name["classifier"](channel)[1] for channel in channels]
        return np.stack(logits).argmax(axis=-1).T, logits[0].shape[1]


def check_metric(name):
    """Raises `ValueError`, with close names, unless there is such a metric."""
    known = name in METRICS or (name.startswith("fd_") and len(name) > 3)
    if not known:
        legal = (*METRICS, *FRECHET)
        close = difflib.get_close_matches(name, legal, n=3, cutoff=0.5)
        raise ValueError(
            f"Unknown metric {name!r}: "
            + (f"did you mean {' or '.join(close)}?" if close else "")
            + f" There are {', '.join(legal)}."
        )


def exact_copies(samples, others):
    """How many samples are, to the last bit, among the others."""
    known = {np.ascontiguousarray(row).tobytes() for row in others}
    return sum(np.ascontiguousarray(row).tobytes() in known for row in samples)
