"""`Health`: finds the ways in which a GAN fails while its losses look fine."""

import numpy as np
from absl import logging
from scipy.spatial.distance import pdist
from scipy.stats import entropy

from keras_gan.arguments import check_int
from keras_gan.callbacks._periodic import Periodic
from keras_gan.callbacks._tensorboard import ShowsInTensorBoard, write_scalars
from keras_gan.callbacks.nearest_neighbors import nearest
from keras_gan.logs import TABLE

# Beyond these limits a number is a symptom.
LEAST_DIVERSITY = 0.1
LEAST_ENTROPY = 0.3
SATURATED_LOSS, SCORES_APART = 0.1, 0.2
VANISHED_NORM, REJECTED_SCORE = 1e-3, 0.1
MEMORY_GAP = 0.3
# A symptom is reported when it is found in this many checks in a row.
CHECKS = 3

SYMPTOMS = {
    "collapsed": "the samples are nearly all alike (mode collapse)",
    "one-sided": "the samples fall into few of the classes (mode collapse)",
    "frozen": "the samples do not change any more",
    "starved": "the generator's gradient has vanished, and the discriminator rejects all "
    "its samples",
    "saturated": "the discriminator tells real from fake without a mistake, so the "
    "generator learns little",
    "memorising": "the discriminator scores training images far above unseen ones: it "
    "memorises",
}
ADVICE = {
    "collapsed": "Raise the weight of R1, lower the generator's learning rate, or try "
    "loss='relativistic'",
    "one-sided": "Raise the weight of R1, or try packing=2",
    "frozen": "Is the generator's learning rate 0, or are its outputs saturated? Lower "
    "the learning rates",
    "starved": "Use loss='non_saturating', or raise the weight of R1",
    "saturated": "Raise the weight of R1, or lower the discriminator's learning rate",
    "memorising": "Use more data, raise the weight of R1, or try "
    "augmentations=[DiffAugment()]",
}


def diversity(samples, real_samples, labels=None, real_labels=None):
    """How far apart samples lie, relative to real ones.

    `mean_ij |x_i - x_j| / mean_ij |r_i - r_j|`, in [0, inf); 0 when all are equal, 1
    when they differ as much as real samples do. With labels, only samples of
    one class are compared: a conditional generator that ignores z still makes different
    samples for different classes.

    Args:
        samples: Array (n, ...), n >= 2.
        real_samples: Array (m, ...), m >= 2.
        labels: Classes of the samples, ints (n,). Defaults to None: one class.
        real_labels: Classes of the real samples, ints (m,). Defaults to None.

    Returns:
        A float; NaN if no two are of the same class.

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
    """How evenly samples spread over the classes, relative to real samples.

    `H(q) / H(p)` with `H(p) = -sum_c p_c log p_c`, in [0, inf); 0 when all fall into
    one class, 1 when they spread as real samples do. A sample's class is that of the
    nearest real sample. q is the distribution of the samples over the classes,
    p that of as many real samples: a few samples cannot cover many classes, even if
    they are real.

    Args:
        samples: Array (n, ...).
        labelled_samples: Array (m, ...) of real samples.
        labels: Their classes, ints (m,); at least two different ones.

    Returns:
        A float, not negative.

    Example:

    >>> class_entropy(np.zeros((4, 1)), np.array([[0.0], [1.0]]), np.array([0, 1]))
    0.0
    """
    found = labels[nearest(samples, labelled_samples)]
    # Spread evenly over the data, which may be sorted by class.
    spread = np.linspace(0, len(labels) - 1, min(len(samples), len(labels))).astype(int)
    expected = _entropy_of_shares(labels[spread]) or _entropy_of_shares(labels)
    return float(_entropy_of_shares(found) / expected)


def _entropy_of_shares(labels):
    return entropy(np.unique(labels, return_counts=True)[1])


class Health(ShowsInTensorBoard, Periodic):
    """Notices mode collapse, a discriminator that has won, and one that memorises.

    At every check it maps the same latents through the generator that is being trained
    (not its average) and writes `health/...` to TensorBoard: `diversity` of the samples
    relative to real ones, `change` since the last check, and `class_entropy` when
    classes are known. With validation data it also writes `memory_gap` after each epoch.
    A symptom found in three checks in a row is reported once, as a warning with advice.

    Args:
        run_dir: Folder of the run.
        every_steps: Generator steps between two checks. Defaults to 250.
        labelled: `(samples, labels)`: real samples in the generator's range and their
            classes. Defaults to None: classes are not known.
        num_samples: Samples to draw, at least 2. Defaults to 64.
        seed: Seeds the latents. Defaults to 0.
        advice: Dict from symptom to advice. Its texts take the place of those in
            `keras_gan.callbacks.health.ADVICE`, which speak of Python arguments.
            Defaults to None: all texts of `ADVICE`.

    Attributes:
        warned: Dict of each reported symptom to the step of its report.

    Raises:
        ValueError: If `num_samples` is below 2, or `advice` names an unknown symptom.

    Example:

    >>> gan.fit(data, epochs=20, callbacks=[Health("runs/a")])
    """

    REMEMBERED = ("checks_in_a_row", "warned", "largest_norm")

    def __init__(
        self,
        run_dir,
        *,
        every_steps=250,
        labelled=None,
        num_samples=64,
        seed=0,
        advice=None,
    ):
        super().__init__(every_steps=every_steps)
        unknown = set(advice or ()) - set(SYMPTOMS)
        if unknown:
            raise ValueError(
                f"advice names unknown symptoms {sorted(unknown)}: use "
                f"{', '.join(SYMPTOMS)}."
            )
        self.run_dir = run_dir
        self.labelled = labelled
        self.num_samples = check_int("num_samples", num_samples, at_least=2)
        self.seed = seed
        self.advice = {**ADVICE, **(advice or {})}

    def on_train_begin(self, logs=None):
        self.checks_in_a_row = {}
        self.warned = {}
        self.largest_norm = 0.0
        self._logs = None
        self._latents = self.model.draw_latents(self.num_samples, self.seed)
        self._labels = None
        if self.model.num_classes is not None:
            # At least four samples of each class, because distances need pairs.
            classes = min(self.model.num_classes, max(1, self.num_samples // 4))
            self._labels = np.arange(self.num_samples, dtype="int32") % classes
        self._previous = self._draw()
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
        """Does nothing: checks are due every `every_steps` only, not at the end."""

    def act(self, step):
        if step == 0:
            return  # There is nothing to find before the first update.
        samples = self._draw()
        if not np.isfinite(samples).all():
            return  # `NanGuard` reports it.
        numbers = {
            "diversity": self._diversity(samples),
            "change": float(np.abs(samples - self._previous).mean()),
        }
        if self.labelled is not None:
            numbers["class_entropy"] = class_entropy(samples, *self.labelled)
        self._previous = samples
        self._write(numbers, step)
        self._judge(self._symptoms(numbers), step)

    def _draw(self):
        return self.model.generate(self._latents, self._labels, averaged=False)

    def _diversity(self, samples):
        if self._labels is None or self.labelled is None:
            return diversity(samples, self.model.real_samples[: self.num_samples])
        # Spread evenly over the data, which may be sorted by class.
        stride = max(1, len(self.labelled[0]) // (8 * self.num_samples))
        real, real_labels = (x[::stride] for x in self.labelled)
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
            # A plain dict, because a checkpoint keeps it as JSON.
            counts = self.checks_in_a_row
            counts[symptom] = counts.get(symptom, 0) + 1 if present else 0
            if counts[symptom] == CHECKS and symptom not in self.warned:
                self.warned[symptom] = step
                logging.warning(
                    "Step %d: training looks unhealthy (%s): %s. %s.",
                    step,
                    symptom,
                    SYMPTOMS[symptom],
                    self.advice[symptom],
                )

    def _write(self, numbers, step):
        described = {
            TABLE[name].tag: (number, TABLE[name].description)
            for name, number in numbers.items()
        }
        write_scalars(self.run_dir, step, described)
