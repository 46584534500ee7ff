"""Metrics that compare samples with real data: arrays in, `Result`s out."""

from keras_gan.evaluation.agreement import agreement
from keras_gan.evaluation.classifier import FeatureExtractorUnavailable
from keras_gan.evaluation.frechet import Moments, frechet, gaussian_distance
from keras_gan.evaluation.inception_score import inception_score
from keras_gan.evaluation.kernel import kernel_distance
from keras_gan.evaluation.manifold import expected_coverage, manifold
from keras_gan.evaluation.memorization import memorization
from keras_gan.evaluation.modes import mode_coverage, stacked_modes
from keras_gan.evaluation.parzen import kmeans_centers, log_density, parzen
from keras_gan.evaluation.result import Result
from keras_gan.evaluation.suite import Settings, Suite

__all__ = [
    "FeatureExtractorUnavailable",
    "Moments",
    "Result",
    "Settings",
    "Suite",
    "agreement",
    "expected_coverage",
    "frechet",
    "gaussian_distance",
    "inception_score",
    "kernel_distance",
    "kmeans_centers",
    "log_density",
    "manifold",
    "memorization",
    "mode_coverage",
    "parzen",
    "stacked_modes",
]


def __dir__():
    return __all__
