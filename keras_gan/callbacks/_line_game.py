"""A game on the line at one moment: the curves of the classic figure, as arrays."""

import dataclasses

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.special import expit, rel_entr

# The picture's span over the smoothing width of p_g: fine enough to keep the shape of
# each mode, wide enough that 50,000 samples leave no visible noise.
_SPAN_PER_WIDTH = 350
_NODES_PER_WIDTH = 2
NUM_ARROWS = 15


@dataclasses.dataclass(frozen=True)
class Moment:
    """Both players at one step.

    Args:
        step: generator updates so far.
        x: points on the line, evenly spaced over the data and all samples, (n,).
        p_data: density of the data at x.
        p_g: density of the generator at x, from samples.
        d: D(x).
        z: latents that arrows start from, (NUM_ARROWS,); None unless z is a number.
        g_of_z: where they end.
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
        """The best D against this generator, p_data / (p_data + p_g); else NaN."""
        total = self.p_data + self.p_g
        return np.divide(
            self.p_data, total, out=np.full_like(total, np.nan), where=total > 1e-12
        )

    @property
    def jsd(self):
        """Jensen-Shannon divergence of p_g and p_data, in [0, log 2] nats."""
        # Far out the densities are so small that half of one is 0.
        middle = (self.p_data + self.p_g) / 2 + np.finfo(float).tiny
        terms = rel_entr(self.p_data, middle) + rel_entr(self.p_g, middle)
        return float(terms.sum() * (self.x[1] - self.x[0]) / 2)

    @property
    def d_error(self):
        """Mean |D - 1/2| where p_data exceeds 1 % of its peak; 0 when D gives up."""
        support = self.p_data > 0.01 * self.p_data.max()
        return float(np.abs(self.d - 0.5)[support].mean())


# How far beyond the data's view samples are drawn where they lie, in widths of it.
_REACH = 5.0


def observe(model, density, latents, step):
    """Looks at both networks as they stand.

    Args:
        model: a GAN of points (m, 1).
        density: the data's, with `sample(n, seed)` and `log_prob(x)`.
        latents: array (n, latent_dim) of many latents.
        step: generator updates so far.

    Returns:
        A `Moment`. The generator that plays is shown, not its average.
    """
    low, high = view(density)
    # A generator on its way to infinity is drawn at the border.
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
        d=_judged(model, x[:, None].astype("float32")),
        z=z,
        g_of_z=g_of_z,
    )


def _judged(model, x):
    """D(x); of a conditional GAN, the mean over the classes."""
    if model.num_classes is None:
        given = [x]
    else:
        given = [[x, np.full(len(x), c, "int32")] for c in range(model.num_classes)]
    logits = [model.discriminator(one, training=False) for one in given]
    return expit(np.asarray(logits, float)[..., 0]).mean(axis=0)


def view(density):
    """(low, high) of a picture: all of the data, and a quarter more on both sides."""
    points = density.sample(20_000, seed=0)[:, 0]
    margin = 0.25 * np.ptp(points)
    return points.min() - margin, points.max() + margin


def _arrows(latents, samples):
    """Latents at evenly spaced ranks of their prior, and their images."""
    if latents.shape[1] != 1:
        return None, None
    order = np.argsort(latents[:, 0])
    ranks = np.linspace(0, len(order) - 1, NUM_ARROWS).astype(int)
    return latents[order[ranks], 0], samples[order[ranks]]
