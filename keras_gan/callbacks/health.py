"""`Health`: the ways in which a GAN fails while its losses look well."""

import numpy as np
import tensorflow as tf
from absl import logging
from scipy.spatial.distance import pdist
from scipy.stats import entropy

from keras_gan.callbacks._periodic import Periodic
from keras_gan.callbacks._tensorboard import summaries
from keras_gan.callbacks.nearest_neighbors import nearest

# Beyond these a number is a symptom; three checks in a row make a warning.
LEAST_DIVERSITY = 0.1
LEAST_ENTROPY = 0.3
SATURATED_LOSS, SCORES_APART = 0.1, 0.2
VANISHED_NORM, REJECTED_SCORE = 1e-3, 0.1
MEMORY_GAP = 0.3
CHECKS = 3

ADVICE = {
    "collapsed": "its samples are nearly all alike (mode collapse). Raise --r1, lower "
    "the generator's learning rate, or try --loss=relativistic",
    "one-sided": "its samples fall into few of the classes (mode collapse). Raise --r1, "
    "or try --packing=2",
    "frozen": "its samples do not change any more. Is its learning rate 0, or are its "
    "outputs saturated? Lower the learning rates",
    "starved": "its gradient has vanished, and the discriminator rejects all it makes. "
    "Use --loss=non_saturating, or raise --r1",
    "saturated": "the discriminator tells real from fake without a mistake, so that the "
    "generator learns little. Raise --r1, or lower the discriminator's learning rate",
    "memorising": "the discriminator's score of training images is far above that of "
    "unseen ones: it memorises. Use more data, raise --r1, or try --augment",
}


def diversity(samples, real_samples, labels=None, real_labels=None):
    """How far samples lie apart, relative to real ones.

    `mean_ij |x_i - x_j| / mean_ij |r_i - r_j|`, in [0, inf); 0 when all are equal, 1
    when they differ as real samples do. With labels, only pairs of one class count:
    a conditional generator that ignores z still makes another sample of each class.

    Args:
        samples: Array (n, ...), n >= 2.
        real_samples: Array (m, ...), m >= 2.
        labels: Classes of the samples, ints (n,). Defaults to None: all are one.
        real_labels: Classes of the real samples, ints (m,). Defaults to None.

    Returns:
        A float; NaN if no two are of one class.

    Example:

    >>> diversity(np.zeros((2, 1)), np.array([[0.0], [1.0]]))
    0.0
    """
    real_distance = _mean_distance(real_samples, real_labels)
    distance = _mean_distance(samples, labels)
    return float(distance / max(real_distance, np.finfo(float).tiny))


def _mean_distance(samples, labels):
    distances = pdist(np.reshape(samples, (len(samples), -1)))
    if labels is not None:
        distances = distances[pdist(np.reshape(labels, (-1, 1))) == 0.0]
    return distances.mean() if len(distances) else np.nan


def class_entropy(samples, labelled_samples, labels):
    """How many classes samples spread over, relative to real samples.

    `H(q) / H(p)`, `H(p) = -sum_c p_c log p_c`: q are the shares of the classes of the
    real samples nearest to the samples, p those of as many real samples: few samples
    cannot meet many classes. 0 when all fall into one class, 1 when they spread as real
    samples do.

    Args:
        samples: Array (n, ...).
        labelled_samples: Array (m, ...) of real samples.
        labels: Their classes, ints (m,), two at least.

    Returns:
        A float, not negative.

    Example:

    >>> class_entropy(np.zeros((4, 1)), np.array([[0.0], [1.0]]), np.array([0, 1]))
    0.0
    """
    found = labels[nearest(samples, labelled_samples)]
    # Spread over the data, which may be sorted by class.
    spread = np.linspace(0, len(labels) - 1, min(len(samples), len(labels))).astype(int)
    expected = _entropy_of_shares(labels[spread]) or _entropy_of_shares(labels)
    return float(_entropy_of_shares(found) / expected)


def _entropy_of_shares(labels):
    return entropy(np.unique(labels, return_counts=True)[1])


class Health(Periodic):
    """Notices collapse, a discriminator that has won, and one that memorises.

    Every so many steps it draws the same latents with the generator that is being
    trained and writes `health/...` to TensorBoard: `diversity` of the samples relative
    to real ones, `change` since the last check, `class_entropy` when classes are known.
    A symptom that stands for three checks in a row is one warning with advice; it is
    said once.

    Args:
        run_dir: Folder of the run.
        every_steps: Generator steps between two checks. Defaults to 250.
        labelled: `(samples, labels)`: real samples in the generator's range and their
            classes. Defaults to None: classes are not known.
        num_samples: Samples to draw, at least 2. Defaults to 64.
        seed: Keys the latents. Defaults to 0.

    Attributes:
        warned: Symptoms that were reported, with the step.

    Raises:
        ValueError: If `num_samples` is below 2.

    Example:

    >>> gan.fit(data, epochs=20, callbacks=[Health("runs/a")])
    """

    REMEMBERED = ("strikes", "warned", "largest_norm")

    def __init__(
        self, run_dir, *, every_steps=250, labelled=None, num_samples=64, seed=0
    ):
        super().__init__(every_steps=every_steps)
        if num_samples < 2:
            raise ValueError(f"num_samples must be at least 2, got {num_samples}.")
        self.run_dir = run_dir
        self.labelled = labelled
        self.num_samples = num_samples
        self.seed = seed

    def on_train_begin(self, logs=None):
        self.strikes = {}
        self.warned = {}
        self.largest_norm = 0.0
        self._logs = None
        self._latents = self.model.draw_latents(self.num_samples, self.seed)
        self._labels = None
        if self.model.num_classes is not None:
            # Four of a class, where there are many: alone, none has a distance.
            classes = min(self.model.num_classes, max(1, self.num_samples // 4))
            self._labels = np.arange(self.num_samples, dtype="int32") % classes
        self._former = self._draw()
        super().on_train_begin(logs)

    def on_train_batch_end(self, batch, logs=None):
        self._logs = logs
        super().on_train_batch_end(batch, logs)

    def on_epoch_end(self, epoch, logs=None):
        if "val_real_score" in logs:
            gap = logs["real_score"] - logs["val_real_score"]
            self._judge({"memorising": gap > MEMORY_GAP}, self._step())
            self._write({"memory_gap": gap}, self._step())

    def on_train_end(self, logs=None):
        """Nothing: the last check was no longer ago than the others."""

    def act(self, step):
        if step == 0:
            return  # before the first update there is nothing to find
        samples = self._draw()
        if not np.isfinite(samples).all():
            return  # NanGuard's business
        numbers = {
            "diversity": self._diversity(samples),
            "change": float(np.abs(samples - self._former).mean()),
        }
        if self.labelled is not None:
            numbers["class_entropy"] = class_entropy(samples, *self.labelled)
        self._former = samples
        self._write(numbers, step)
        self._judge(self._symptoms(numbers), step)

    def _draw(self):
        return self.model.generate(self._latents, self._labels, averaged=False)

    def _diversity(self, samples):
        if self._labels is None or self.labelled is None:
            return diversity(samples, self.model.real_samples[: self.num_samples])
        # Spread over the data, which may be sorted by class.
        apart = max(1, len(self.labelled[0]) // (8 * self.num_samples))
        real, real_labels = (x[::apart] for x in self.labelled)
        return diversity(samples, real, self._labels, real_labels)

    def _symptoms(self, numbers):
        logs = self._logs
        norm = float(logs["g_grad_norm"])
        self.largest_norm = max(norm, self.largest_norm)
        apart = logs["real_score"] - logs["fake_score"] > SCORES_APART
        return {
            "collapsed": numbers["diversity"] < LEAST_DIVERSITY,
            "one-sided": numbers.get("class_entropy", 1.0) < LEAST_ENTROPY,
            "frozen": numbers["change"] == 0.0,
            "starved": norm < VANISHED_NORM * self.largest_norm
            and logs["fake_score"] < REJECTED_SCORE,
            "saturated": 0.0 <= logs["d_loss"] < SATURATED_LOSS and apart,
        }

    def _judge(self, symptoms, step):
        for symptom, present in symptoms.items():
            # After a resume it is what JSON made of it, a plain dict.
            self.strikes[symptom] = self.strikes.get(symptom, 0) + 1 if present else 0
            if self.strikes[symptom] == CHECKS and symptom not in self.warned:
                self.warned[symptom] = step
                logging.warning(
                    "Step %d: the GAN is ill (%s): %s.", step, symptom, ADVICE[symptom]
                )

    def _write(self, numbers, step):
        with summaries(self.run_dir, step):
            for name, number in numbers.items():
                tf.summary.scalar(f"health/{name}", number, description=MEANINGS[name])


# log: meaning and value at equilibrium
MEANINGS = {
    "diversity": "Mean distance between samples of fixed latents (of one class, if "
    "conditional), relative to real samples. At equilibrium 1; below 0.1: collapse.",
    "class_entropy": "Entropy of the classes of the real samples nearest to the samples, "
    "relative to that of real ones. At equilibrium 1; below 0.3: collapse.",
    "change": "Mean change of the samples of fixed latents since the last check. Small "
    "at equilibrium; exactly 0: the generator is frozen.",
    "memory_gap": "real_score on training samples minus real_score on unseen ones. At "
    "equilibrium 0; above 0.3: D memorises.",
}
