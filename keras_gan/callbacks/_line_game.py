"""A game on the line at one moment: the curves of the classic figure, as arrays."""

import dataclasses

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.special import expit, rel_entr

# The width of the picture, in smoothing widths of p_g: narrow enough to keep the shape
# of each mode, wide enough that 50,000 samples leave no visible noise.
_SPAN_PER_WIDTH = 350
_NODES_PER_WIDTH = 2
NUM_ARROWS = 15


@dataclasses.dataclass(frozen=True)
class Moment:
    """Both players at one step.

    Args:
        step: Generator updates so far.
        x: Points on the line, evenly spaced over the data and all samples, (n,).
        p_data: Density of the data at x, (n,).
        p_g: Density of the generator at x, estimated from samples, (n,).
        d: D(x), (n,).
        z: Latents that the arrows start from, (NUM_ARROWS,); None if latent_dim > 1.
        g_of_z: Where the arrows end, (NUM_ARROWS,); None if latent_dim > 1.
    """

    step: int
    x: np.ndarray
    p_data: np.ndarray
    p_g: np.ndarray
    d: np.ndarray
    z: np.ndarray | None
    g_of_z: np.ndarray | None

    @property
    def d_star(self):
        """The best D against this generator, p_data / (p_data + p_g); NaN for 0 / 0."""
        total = self.p_data + self.p_g
        return np.divide(
            self.p_data, total, out=np.full_like(total, np.nan), where=total > 1e-12
        )

    @property
    def jsd(self):
        """Jensen-Shannon divergence of p_g and p_data, in [0, log 2] nats."""
        # Far from the data, half of a density may underflow to 0.
        middle = (self.p_data + self.p_g) / 2 + np.finfo(float).tiny
        terms = rel_entr(self.p_data, middle) + rel_entr(self.p_g, middle)
        return float(terms.sum() * (self.x[1] - self.x[0]) / 2)

    @property
    def d_error(self):
        """Mean |D - 1/2| where p_data exceeds 1 % of its peak; 0 if D is 1/2 there."""
        support = self.p_data > 0.01 * self.p_data.max()
        return float(np.abs(self.d - 0.5)[support].mean())


# Samples farther from the view than this many of its widths are clipped.
_REACH = 5.0


def observe(model, density, latents, step):
    """Measures both networks as they are now.

    Args:
        model: A GAN of points (m, 1).
        density: Density of the data, with `sample(n, seed)` and `log_prob(x)`.
        latents: Array (n, latent_dim) of many latents.
        step: Generator updates so far.

    Returns:
        A `Moment`. It shows the generator that is being trained, not its average.
    """
    low, high = view(density)
    # The samples of a generator that diverges are drawn at the border.
    reach = _REACH * (high - low)
    samples = model.generate(latents, averaged=False)[:, 0].astype(float)
    samples = np.clip(samples, low - reach, high + reach)
    width = (high - low) / _SPAN_PER_WIDTH
    edges = np.arange(
        min(low, samples.min()) - 5 * width,
        max(high, samples.max()) + 5 * width,
        width / _NODES_PER_WIDTH,
    )
    x = (edges[:-1] + edges[1:]) / 2
    counts = np.histogram(samples, edges, density=True)[0]
    z, g_of_z = _arrows(np.asarray(latents), samples)
    return Moment(
        step=step,
        x=x,
        p_data=np.exp(density.log_prob(x[:, None])),
        p_g=gaussian_filter1d(counts, _NODES_PER_WIDTH, mode="constant"),
        d=_discriminate(model, x[:, None].astype("float32")),
        z=z,
        g_of_z=g_of_z,
    )


def _discriminate(model, x):
    """D(x); of a conditional GAN, the mean over the classes."""
    if model.num_classes is None:
        inputs = [x]
    else:
        inputs = [[x, np.full(len(x), c, "int32")] for c in range(model.num_classes)]
    logits = [model.discriminator(one, training=False) for one in inputs]
    return expit(np.asarray(logits, float)[..., 0]).mean(axis=0)


def view(density):
    """(low, high) of a picture: the data's range, and a quarter more on each side."""
    points = density.sample(20_000, seed=0)[:, 0]
    margin = 0.25 * np.ptp(points)
    return points.min() - margin, points.max() + margin


def _arrows(latents, samples):
    """Latents at evenly spaced ranks, and their samples."""
    if latents.shape[1] != 1:
        return None, None
    order = np.argsort(latents[:, 0])
    ranks = np.linspace(0, len(order) - 1, NUM_ARROWS).astype(int)
    return latents[order[ranks], 0], samples[order[ranks]]
