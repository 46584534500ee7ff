"""`NearestNeighbors`: does the generator invent, or does it remember?"""

import os

import numpy as np

from keras_gan import pictures
from keras_gan.callbacks._periodic import Periodic
from keras_gan.callbacks._tensorboard import ShowsInTensorBoard, publish_picture
from keras_gan.data.in_memory import Batches
from keras_gan.data.mirroring import mirrored
from keras_gan.evaluation.memorization import nearest_training

# What stands above each of the two columns of pairs.
CAPTIONS = ("generated", "nearest real")
_COLUMNS_OF_PAIRS = 4


class Scaled:
    """Training samples in the generator's range, scaled when they are looked at.

    Args:
        batches: `keras_gan.data.Batches`.
        value_range: (low, high) of the generator, or None.

    Example:

    >>> len(Scaled(data, (0.0, 1.0))) == len(data.samples)
    True
    """

    def __init__(self, batches, value_range):
        self.batches = batches
        self.value_range = value_range

    def __len__(self):
        return len(self.batches.samples)

    def __getitem__(self, rows):
        return self.batches.scaled(self.value_range, rows)


def beside_neighbors(samples, training_samples, mirror=False):
    """Samples and their neighbours, alternating: sample, neighbour, sample, ...

    Args:
        samples: Array (n, ...).
        training_samples: Array (N, ...) in the same range, or `Scaled`.
        mirror: Whether mirror images of the training samples are searched, too.
            Defaults to False.
    """
    neighbors = training_samples[nearest_training(samples, training_samples)]
    if mirror:
        # As far as a sample from a mirror image is its own mirror image from the image.
        others = training_samples[nearest_training(mirrored(samples), training_samples)]
        others = mirrored(others)
        axes = tuple(range(1, samples.ndim))
        distances = (
            np.square(samples - one).sum(axis=axes, keepdims=True)
            for one in (neighbors, others)
        )
        neighbors = np.where(np.less(*distances), neighbors, others)
    pairs = np.stack([samples, neighbors], axis=1)
    return pairs.reshape(-1, *samples.shape[1:])


def captions_of_pairs(labels, names, columns):
    """What stands above samples and their neighbors.

    Args:
        labels: Classes of the samples, or None.
        names: Name of each class, or None.
        columns: Columns of the picture, two for each pair.

    Returns:
        A list or tuple of texts, as `pictures.grid` takes them.

    Example:

    >>> captions_of_pairs([1, 0], ["cat", "dog"], 4)
    ['dog', 'nearest real', 'cat', 'nearest real']
    """
    if labels is None or not names:
        return CAPTIONS * (columns // 2)
    return [text for label in labels for text in (names[label], CAPTIONS[1])]


class NearestNeighbors(ShowsInTensorBoard, Periodic):
    """Draws samples beside their nearest training images; the paper's figure 2.

    If the two images of a pair look the same in every detail, the generator memorises.
    The pictures go to TensorBoard (`samples/nearest_neighbors`) and to
    `RUN_DIR/images/neighbors_<step>.png`; there is none of step 0, which would be noise.

    Args:
        run_dir: Folder of the run.
        training_samples: All training images: what `keras_gan.data.load` returns, or an
            array (N, ...) in the generator's range. If they are mirrored in training,
            their mirror images are searched, too. The picture's description says how
            many were searched.
        num_samples: How many samples. Defaults to 24.
        every_steps: Draw every so many generator updates. Defaults to None.
        every_epochs: Draw every so many epochs. Defaults to 10, unless `every_steps` is
            given.
        seed: Keys the latents. Defaults to 0.

    Example:

    >>> callback = NearestNeighbors("runs/a", training_samples=images)
    >>> gan.fit(images, batch_size=100, epochs=20, callbacks=[callback])

    Reference: figure 2 of Goodfellow et al. 2014, arXiv 1406.2661.
    """

    acts_at_0 = False

    def __init__(
        self,
        run_dir: str | os.PathLike,
        training_samples: np.ndarray | Batches,
        num_samples: int = 24,
        *,
        every_steps: int | None = None,
        every_epochs: int | None = None,
        seed: int = 0,
    ):
        super().__init__(every_steps, every_epochs, default_epochs=10)
        self.run_dir = run_dir
        self.training_samples = training_samples
        self.num_samples = num_samples
        self.seed = seed

    def act(self, step):
        latents = self.model.draw_latents(self.num_samples, self.seed)
        samples = self.model.generate(latents)
        training = self.training_samples
        mirror = isinstance(training, Batches) and training.mirror
        if isinstance(training, Batches):
            training = Scaled(training, self.model.value_range)
        pairs = beside_neighbors(samples, training, mirror)
        pixels = pictures.draw(
            pairs,
            self.model.value_range,
            columns=2 * _COLUMNS_OF_PAIRS,
            captions=captions_of_pairs(
                self.model.labels(self.num_samples),
                self.model.class_names,
                2 * _COLUMNS_OF_PAIRS,
            ),
        )
        about = (
            "Odd columns: samples. To the right of each: the nearest of "
            f"{len(training):,} training images"
            f"{' and their mirror images' if mirror else ''}."
        )
        about += pictures.how_shown(samples.shape[1:])
        name, tag = f"neighbors_{step:06d}.png", "samples/nearest_neighbors"
        publish_picture(self.run_dir, name, tag, pixels, step, about)
