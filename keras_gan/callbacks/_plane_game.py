"""A game in the plane at one moment: D, both kinds of points and G's push, as arrays."""

import dataclasses

import numpy as np
import tensorflow as tf
from scipy.special import expit

from keras_gan import losses
from keras_gan.penalties import input_gradient
from keras_gan.training.discriminator_view import DiscriminatorView

# Points along each side of the square on which D is computed. A density may be narrower.
NUM_NODES, _NUM_FINE_NODES = 161, 601
NUM_ARROWS = 50
# Lines of the grid in each direction of z, and points along each.
NUM_LINES, _NUM_BENDS = 15, 61
# Half the side of the picture, relative to that of the smallest square around the data.
_MARGIN = 1.5


@dataclasses.dataclass(frozen=True)
class Moment:
    """Both players at one step.

    Args:
        step: Generator updates so far.
        view: `(left, right, bottom, top)`, the square that is looked at.
        d: sigmoid(D(x) - level) on a grid over the square, (rows, columns), from the
            lower left corner.
        level: The logit at which D says neither "real" nor "fake".
        is_probability: Whether `d` is D's probability of "real".
        real: Real points (n, 2).
        fake: Generated points (n, 2).
        push: The direction in which G's loss falls fastest, at the first NUM_ARROWS of
            the generated points: minus its gradient with respect to the point.
        grid: G of lines through the latents, each (bends, 2); None unless z has two
            coordinates and its prior has quantiles.
    """

    step: int
    view: tuple[float, float, float, float]
    d: np.ndarray
    level: float
    is_probability: bool
    real: np.ndarray
    fake: np.ndarray
    push: np.ndarray
    grid: list[np.ndarray] | None

    @property
    def is_finite(self):
        """Whether there is anything to draw."""
        parts = (self.d, self.fake, self.push)
        return all(np.isfinite(part).all() for part in parts)


def observe(model, real, latents, view, step):
    """Looks at both networks as they are now.

    Args:
        model: A compiled GAN of points (m, 2).
        real: Real points (n, 2).
        latents: Array (n, latent_dim).
        view: As in `Moment`.
        step: Generator updates so far.

    Returns:
        A `Moment`. It shows the generator that is being trained, not its average, and
        D without augmentations.
    """
    real = np.asarray(real, "float32")
    fake = model.generate(latents, averaged=False)
    d = DiscriminatorView(model.discriminator)
    real_logits = d(real, training=False)
    fake_logits = d(fake, training=False)
    loss = model.adversarial_loss
    level = _level(loss, real_logits, fake_logits)
    nodes = _nodes(view, NUM_NODES).reshape(-1, 2).astype("float32")
    logits = d(nodes, training=False).numpy().astype(float)
    return Moment(
        step=step,
        view=view,
        d=expit(logits - level).reshape(NUM_NODES, NUM_NODES),
        level=level,
        is_probability=losses.equilibrium(loss)[1] == (0.5,),
        real=real,
        fake=fake,
        push=push(d, loss, fake[:NUM_ARROWS], real_logits),
        grid=_grid(model),
    )


def push(d, loss, fake, real_logits):
    """Minus the gradient of G's loss with respect to each of its samples.

    A loss that compares fakes with reals is averaged over all of these.

    Args:
        d: Function of samples that gives logits (n, 1).
        loss: The loss in force.
        fake: Generated samples (n, 2).
        real_logits: D's logits on real samples, (r, 1).

    Returns:
        An array (n, 2).
    """

    def gain(samples, training):
        logits, others = d(samples, training=False), None
        if losses.needs_real_logits(loss):
            others = tf.repeat(tf.transpose(real_logits), len(logits), axis=0)
            logits = tf.repeat(logits, len(real_logits), axis=1)
        return -tf.reduce_mean(losses.of_generator(loss, logits, others), axis=1)

    # The loss of one sample depends on no other, as do logits.
    return input_gradient(gain, tf.convert_to_tensor(fake)).numpy()


def view_of(points):
    """A square around points (n, 2), with room on each side."""
    low, high = points.min(axis=0), points.max(axis=0)
    (x, y), reach = (low + high) / 2, _MARGIN * max((high - low).max() / 2, 1e-6)
    return tuple(map(float, (x - reach, x + reach, y - reach, y + reach)))


def density_on(view, density):
    """p_data on a grid over the square, (rows, columns), from the lower left corner."""
    # A row at a time, so that many modes fit in memory, too.
    return np.exp([density.log_prob(row) for row in _nodes(view, _NUM_FINE_NODES)])


def _nodes(view, number):
    """A grid over the square, (number, number, 2), row by row from below."""
    x, y = np.linspace(*view[:2], number), np.linspace(*view[2:], number)
    return np.stack(np.meshgrid(x, y), axis=-1)


def _level(loss, real_logits, fake_logits):
    """The logit of "undecided": what the loss says, or D's mean if that may drift."""
    if losses.equilibrium(loss)[1]:
        return losses.decision_boundary(loss)
    return float(tf.reduce_mean(real_logits) + tf.reduce_mean(fake_logits)) / 2


def _grid(model):
    quantile = getattr(model.latents, "quantile", None)
    if model.latent_dim != 2 or quantile is None:
        return None
    # Between two neighbouring lines lies the same share of all z.
    lines = quantile(np.linspace(0, 1, NUM_LINES + 2)[1:-1])
    along = np.linspace(lines[0], lines[-1], _NUM_BENDS)
    upright = np.stack(np.meshgrid(lines, along, indexing="ij"), axis=-1)
    z = np.concatenate([upright, upright[..., ::-1]]).reshape(-1, 2).astype("float32")
    made = model.generate(z, averaged=False)
    return list(made.reshape(-1, _NUM_BENDS, 2))
