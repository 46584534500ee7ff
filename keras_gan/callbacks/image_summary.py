"""`ImageSummary`: samples of the same latents, drawn again and again."""

import os

from keras_gan import pictures
from keras_gan.callbacks._periodic import Periodic
from keras_gan.callbacks._tensorboard import (
    ShowsInTensorBoard,
    publish_film,
    publish_picture,
)


class ImageSummary(ShowsInTensorBoard, Periodic):
    """Draws samples of fixed latents during training, and real samples once.

    Pictures go to TensorBoard (tags `samples/fixed_latents` and `samples/real`, one
    slider each, with the generator step as its axis) and, with the same pixels, to
    `RUN_DIR/images/fake_<step>.png` and `real.png`; at the end all of them become
    `training.gif`, which says their steps. The samples are those of the averaged
    generator, if there is one. Each column of a conditional GAN's picture holds one
    class, whose name stands above it if the GAN knows it; above real samples, too.
    Generated points stand beside real ones.

    Args:
        run_dir: Folder of the run.
        num_samples: Samples per picture. Defaults to 64.
        every_steps: Draw every so many generator updates. Defaults to None.
        every_epochs: Draw every so many epochs. Defaults to 1, unless `every_steps`
            is given.
        seed: Keys the fixed latents. Defaults to 0.

    Raises:
        ValueError: If both `every_steps` and `every_epochs` are given.

    Example:

    >>> gan.fit(data, epochs=20, callbacks=[ImageSummary("runs/a", every_epochs=5)])
    """

    def __init__(
        self,
        run_dir: str | os.PathLike,
        num_samples: int = 64,
        *,
        every_steps: int | None = None,
        every_epochs: int | None = None,
        seed: int = 0,
    ):
        super().__init__(every_steps, every_epochs, default_epochs=1)
        self.run_dir = run_dir
        self.num_samples = num_samples
        self.seed = seed

    def on_train_begin(self, logs=None):
        self._columns = self.model.columns(self.num_samples)
        whole = self.model.whole_rows(self.num_samples)
        self._latents = self.model.draw_latents(whole, self.seed)
        names = self.model.class_names
        self._captions = pictures.captions_of(
            self.model.labels(whole), self._columns, names
        )
        self._real_samples = self.model.real_samples[:whole]
        labels = self.model.real_labels
        labels = None if labels is None else labels[:whole]
        self._publish(
            "real.png",
            "samples/real",
            self._real_samples,
            0,
            "Real samples.",
            columns=self._columns,
            captions=pictures.captions_of(labels, None, names),
            are_real=True,
        )
        super().on_train_begin(logs)

    def act(self, step):
        samples = self.model.generate(self._latents)
        about = "The same latents at each step: what changes is the generator."
        name = f"fake_{step:06d}.png"
        tag = "samples/fixed_latents"
        columns, captions = self._columns, self._captions
        real = self._real_samples
        self._publish(name, tag, samples, step, about, columns, captions, real)

    def on_train_end(self, logs=None):
        super().on_train_end(logs)
        frames = pictures.numbered_frames
        publish_film(self.run_dir, "training.gif", "fake", read=frames)

    def _publish(
        self,
        name,
        tag,
        samples,
        step,
        about,
        columns=None,
        captions=None,
        real_samples=None,
        are_real=False,
    ):
        pixels = pictures.draw(
            samples,
            self.model.value_range,
            columns=columns,
            real_samples=real_samples,
            captions=captions,
            are_real=are_real,
        )
        about += pictures.how_shown(samples.shape[1:])
        publish_picture(self.run_dir, name, tag, pixels, step, about)
