"""`LatentWalk`: a straight line through the space of latents, as pictures."""

import os

import numpy as np

from keras_gan import pictures
from keras_gan.callbacks._periodic import Periodic
from keras_gan.callbacks._tensorboard import ShowsInTensorBoard, publish_picture


def walk(start, stop, num_steps):
    """Latents on straight lines from `start` to `stop`, both included.

    Args:
        start: Array (rows, latent_dim).
        stop: Array of the same shape.
        num_steps: Points per line, at least 2.

    Returns:
        A float32 array (rows * num_steps, latent_dim), row after row.

    Example:

    >>> walk(np.zeros((1, 1)), np.ones((1, 1)), 3).ravel()
    array([0. , 0.5, 1. ], dtype=float32)

    Reference: figure 3 of Goodfellow et al. 2014, arXiv 1406.2661.
    """
    start, stop = np.asarray(start)[:, None], np.asarray(stop)[:, None]
    share = np.linspace(0.0, 1.0, num_steps)[None, :, None]
    line = (1.0 - share) * start + share * stop
    return line.reshape(-1, start.shape[-1]).astype("float32")


def along(labels, num_steps):
    """Labels of a walk: each line keeps its class; None without classes."""
    return None if labels is None else np.repeat(labels, num_steps)


class LatentWalk(ShowsInTensorBoard, Periodic):
    """Draws samples on lines between latents; the paper's figure 3, during training.

    Digits that turn into each other smoothly show that the generator has learned more
    than a list of training images. Each line of a conditional GAN keeps to one class,
    whose name stands above it if it is known. The pictures go to TensorBoard
    (`samples/latent_walk`) and to `RUN_DIR/images/walk_<step>.png`; there is none of
    step 0, which would be noise.

    Args:
        run_dir: Folder of the run.
        rows: Number of lines. Defaults to 4.
        columns: Samples on each line. Defaults to 12.
        every_steps: Draw every so many generator updates. Defaults to None.
        every_epochs: Draw every so many epochs. Defaults to 10, unless `every_steps` is
            given.
        seed: Keys the ends of the lines. Defaults to 0.

    Example:

    >>> gan.fit(data, epochs=20, callbacks=[LatentWalk("runs/a")])

    Reference: figure 3 of Goodfellow et al. 2014, arXiv 1406.2661.
    """

    acts_at_0 = False

    def __init__(
        self,
        run_dir: str | os.PathLike,
        rows: int = 4,
        columns: int = 12,
        *,
        every_steps: int | None = None,
        every_epochs: int | None = None,
        seed: int = 0,
    ):
        super().__init__(every_steps, every_epochs, default_epochs=10)
        self.run_dir = run_dir
        self.rows = rows
        self.columns = columns
        self.seed = seed

    def act(self, step):
        ends = self.model.draw_latents(2 * self.rows, self.seed)
        latents = walk(ends[: self.rows], ends[self.rows :], self.columns)
        labels = along(self.model.labels(self.rows), self.columns)
        samples = self.model.generate(latents, labels)
        captions = pictures.captions_of(labels, self.columns, self.model.class_names)
        pixels = pictures.draw(
            samples, self.model.value_range, columns=self.columns, captions=captions
        )
        about = "Each row: samples on a straight line between two latents."
        about += pictures.how_shown(samples.shape[1:])
        name, tag = f"walk_{step:06d}.png", "samples/latent_walk"
        publish_picture(self.run_dir, name, tag, pixels, step, about)
