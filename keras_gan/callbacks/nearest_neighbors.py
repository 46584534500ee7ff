"""`NearestNeighbors`: does the generator invent, or does it remember?"""

import numpy as np

from keras_gan.callbacks._periodic import Periodic
from keras_gan.callbacks._tensorboard import ShowsInTensorBoard, publish_picture
from keras_gan.storage import pictures


def nearest(samples, training_samples):
    """The training sample nearest to each sample, by squared pixel distance.

    Args:
        samples: Array (n, ...).
        training_samples: Array (N, ...), in the same range.

    Returns:
        An int array (n,) of positions in `training_samples`.

    Example:

    >>> nearest(np.array([[0.9]]), np.array([[0.0], [1.0]]))
    array([1])
    """
    flat = np.reshape(samples, (len(samples), -1)).astype("float32")
    training = np.reshape(training_samples, (len(training_samples), -1))
    training = training.astype("float32")
    # |a - b|^2 without |a|^2, which is the same for all training samples.
    distance = np.square(training).sum(axis=1) - 2.0 * flat @ training.T
    return distance.argmin(axis=1)


def beside_neighbors(samples, training_samples):
    """Samples and their neighbours, alternating: sample, neighbour, sample, ..."""
    neighbors = training_samples[nearest(samples, training_samples)]
    pairs = np.stack([samples, neighbors], axis=1)
    return pairs.reshape(-1, *samples.shape[1:])


class NearestNeighbors(ShowsInTensorBoard, Periodic):
    """Draws samples beside their nearest training images; the paper's figure 2.

    If the two images of a pair look the same in every detail, the generator memorises.
    The pictures go to TensorBoard (`samples/nearest_neighbors`) and to
    `RUN_DIR/images/neighbors_<step>.png`.

    Args:
        run_dir: Folder of the run.
        training_samples: Array (N, ...) of training images in the generator's range.
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

    def __init__(
        self,
        run_dir,
        training_samples,
        num_samples=24,
        *,
        every_steps=None,
        every_epochs=None,
        seed=0,
    ):
        super().__init__(every_steps, every_epochs, default_epochs=10)
        self.run_dir = run_dir
        self.training_samples = training_samples
        self.num_samples = num_samples
        self.seed = seed

    def act(self, step):
        latents = self.model.draw_latents(self.num_samples, self.seed)
        samples = self.model.generate(latents)
        pairs = beside_neighbors(samples, self.training_samples)
        pixels = pictures.draw(pairs, self.model.value_range, columns=8)
        about = "Odd columns: samples. To the right of each: its nearest training image."
        about += pictures.left_out(samples.shape[1:])
        name, tag = f"neighbors_{step:06d}.png", "samples/nearest_neighbors"
        publish_picture(self.run_dir, name, tag, pixels, step, about)
