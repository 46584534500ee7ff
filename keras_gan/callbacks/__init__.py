"""Callbacks that watch a GAN: pictures, numbers, and warnings."""

from keras_gan.callbacks.density_plot import DensityPlot
from keras_gan.callbacks.evaluation import Evaluation
from keras_gan.callbacks.game_spectrum import GameSpectrum
from keras_gan.callbacks.health import Health
from keras_gan.callbacks.image_summary import ImageSummary
from keras_gan.callbacks.latent_walk import LatentWalk
from keras_gan.callbacks.limits import Limits
from keras_gan.callbacks.logit_histogram import LogitHistogram
from keras_gan.callbacks.nan_guard import NanGuard
from keras_gan.callbacks.nearest_neighbors import NearestNeighbors
from keras_gan.callbacks.plane_plot import PlanePlot
from keras_gan.callbacks.progress import Progress
from keras_gan.callbacks.run_log import RunLog
from keras_gan.callbacks.stop_on_signal import StopOnSignal
from keras_gan.callbacks.training_checkpoint import TrainingCheckpoint

__all__ = [
    "DensityPlot",
    "Evaluation",
    "GameSpectrum",
    "Health",
    "ImageSummary",
    "LatentWalk",
    "Limits",
    "LogitHistogram",
    "NanGuard",
    "NearestNeighbors",
    "PlanePlot",
    "Progress",
    "RunLog",
    "StopOnSignal",
    "TrainingCheckpoint",
]


def __dir__():
    return __all__
