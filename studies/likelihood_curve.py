"""`LikelihoodCurve`: the validation likelihood of a generator during training."""

import os

import keras
import numpy as np

from keras_gan.callbacks._periodic import Periodic
from keras_gan.evaluation import log_density
from keras_gan.evaluation.parzen import NUM_VALIDATION, PAPER_SIGMAS
from keras_gan.storage.files import published

KINDS = ("last", "averaged")


class LikelihoodCurve(Periodic):
    """Parzen log-likelihood of validation images, with and without averaged weights.

    sigma is the best of the paper's grid. Of each kind of weights, the generator with the
    highest likelihood is kept, and only that one is measured on test images. A
    `TrainingCheckpoint` saves the curve.

    Args:
        folder: Folder of the run, for `best_last.keras` and `best_averaged.keras`.
        validation: Images in [0, 1], of which the first 1,000 are used.
        num_samples: Number of kernel centres. Defaults to 10,000, as in the paper.
        every_epochs: Epochs between two measurements. Defaults to 5.
    """

    REMEMBERED = ("curve",)

    def __init__(self, folder, validation, num_samples=10_000, *, every_epochs=5):
        super().__init__(every_epochs=every_epochs)
        self.folder = folder
        self.validation = validation[:NUM_VALIDATION]
        self.num_samples = num_samples
        self.curve = []

    def act(self, step):
        if self.curve and self.curve[-1]["step"] == step:
            return  # A resumed run begins where this point was measured.
        networks = (self.model.generator, self.model.ema_generator)
        point = {"step": step, "ema_decay": float(self.model.ema_decay)}
        for kind, network in zip(KINDS, networks, strict=True):
            point[kind] = self._score(network)
        self.curve.append(point)
        for kind, network in zip(KINDS, networks, strict=True):
            if self.best(kind)["step"] == step:
                with published(self._path(kind)) as temporary:
                    network.save(temporary)

    def _score(self, network):
        centers = _images(network, self.model.draw_latents(self.num_samples))
        means = log_density(centers, self.validation, PAPER_SIGMAS).mean(axis=1)
        best = int(means.argmax())
        return {"validation": float(means[best]), "sigma": float(PAPER_SIGMAS[best])}

    def best(self, kind):
        """The point of the curve with the highest likelihood of a kind of weights."""
        point = max(self.curve, key=lambda point: point[kind]["validation"])
        return {"step": point["step"], **point[kind]}

    def kept_off_by(self, kind):
        """Difference in nats between the kept generator's likelihood and the curve's."""
        scored = self._score(self._kept(kind))["validation"]
        return abs(scored - self.best(kind)["validation"])

    def best_samples(self, kind, seed, shrink=1.0):
        """Samples of the generator that was kept for a kind of weights.

        The latents are multiplied by `shrink`: below 1, samples vary less than those
        that the generator was trained for.
        """
        z = shrink * self.model.draw_latents(self.num_samples, seed)
        return _images(self._kept(kind), z)

    def _kept(self, kind):
        return keras.models.load_model(self._path(kind), compile=False, safe_mode=True)

    def _path(self, kind):
        return os.path.join(self.folder, f"best_{kind}.keras")


def _images(network, z):
    blocks = range(0, len(z), 1000)
    return np.concatenate([network(z[i : i + 1000], training=False) for i in blocks])
