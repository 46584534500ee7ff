"""`LogitHistogram`: what D thinks of each sample, not only on average."""

import os

import numpy as np
import tensorflow as tf

from keras_gan.callbacks._periodic import Periodic
from keras_gan.callbacks._tensorboard import ShowsInTensorBoard, write_histogram
from keras_gan.training.discriminator_view import DiscriminatorView, fill_up

_ABOUT = (
    "D's logits on {}; log-odds with the cross-entropy losses. At equilibrium both "
    "histograms are one peak at 0. Apart, D tells reals from fakes; one far-off peak "
    "among the fakes is a kind of sample that D knows and G still makes."
)


class LogitHistogram(ShowsInTensorBoard, Periodic):
    """Shows D's logits on real and on generated samples as histograms in TensorBoard.

    Means hide two cases: a D that is sure of some samples and guesses the others, and
    fakes that fall into good and bad ones. Tags are `logits/real` and `logits/fake`. The
    samples are the real ones of the pictures and as many of the generator that is being
    trained, of fixed latents; D is in inference mode and sees them without augmentation.

    Args:
        run_dir: Folder of the run.
        every_steps: Draw every so many generator updates. Defaults to None.
        every_epochs: Draw every so many epochs. Defaults to 1, unless `every_steps`
            is given.
        seed: Keys the fixed latents. Defaults to 0.

    Raises:
        ValueError: If both `every_steps` and `every_epochs` are given.

    Example:

    >>> gan.fit(data, epochs=20, callbacks=[LogitHistogram("runs/a")])
    """

    def __init__(
        self,
        run_dir: str | os.PathLike,
        *,
        every_steps: int | None = None,
        every_epochs: int | None = None,
        seed: int = 0,
    ):
        super().__init__(every_steps, every_epochs, default_epochs=1)
        self.run_dir = run_dir
        self.seed = seed

    def on_train_begin(self, logs=None):
        model = self.model
        self._labels = model.real_labels
        self._real = tf.convert_to_tensor(model.real_samples)
        self._latents = model.draw_latents(len(self._real), self.seed)
        super().on_train_begin(logs)

    def act(self, step):
        fake = self.model.generate(self._latents, self._labels, averaged=False)
        for kind, samples in (("real", self._real), ("fake", fake)):
            logits = self._judged(samples)
            if np.isfinite(logits).all():  # Otherwise NanGuard says what happened.
                about = _ABOUT.format(f"{kind} samples")
                write_histogram(self.run_dir, f"logits/{kind}", logits, step, about)

    def _judged(self, samples):
        packing, labels = self.model.packing, self._labels
        if labels is not None:  # Keras takes no array beside a tensor.
            labels = tf.convert_to_tensor(labels)
        view = DiscriminatorView(self.model.discriminator, labels, packing=packing)
        samples = fill_up(tf.convert_to_tensor(samples), packing)
        return np.array(view(samples, training=False))[:, 0]
