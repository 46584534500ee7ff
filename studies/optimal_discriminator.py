"""D, trained by `GAN.fit` against a fixed G, becomes p / (p + q)."""

import numpy as np
from scipy.special import expit

from keras_gan import pictures, theory
from keras_gan.data.sources.mixtures import GaussianMixture, mixture1d
from studies import fixed_generator
from studies.outcome import Claim, Outcome, spread

# name: (p_data, mean of p_g, std of p_g)
PAIRS = {
    "shifted": (GaussianMixture([[0.0]], 1.0), 1.5, 1.0),
    "too wide": (GaussianMixture([[0.0]], 0.7), 0.0, 1.5),
    "one mode for two": (mixture1d(), 0.0, 1.5),
}


def run(seeds, options):
    """Measures |D - D*| for all pairs of densities.

    Args:
        seeds: list of ints; D is trained for every pair and every seed.
        options: `quick`: a tenth of the updates, and looser limits.

    Returns:
        An `Outcome`.
    """
    quick = options.quick
    updates = 300 if quick else 3000
    seeds = seeds[:1] if quick else seeds
    measured, curves = {}, {}
    for name, pair in PAIRS.items():
        found = [
            _curves(*pair, updates, seed, 2 if quick else fixed_generator.K)
            for seed in seeds
        ]
        curves[name] = found[0]
        measured[name] = {
            "mean_error": spread([np.mean(_error(each)) for each in found]),
            "sup_error": spread([np.max(_error(each)) for each in found]),
        }
    worst = {
        kind: max(pair[kind]["max"] for pair in measured.values())
        for kind in ("mean_error", "sup_error")
    }
    loose = 5.0 if quick else 1.0
    where = "where p_data + p_g > 0.01, worst pair and seed"
    claims = [
        Claim(f"mean |D - D*| {where}", worst["mean_error"], 0.01 * loose),
        Claim(f"sup |D - D*| {where}", worst["sup_error"], 0.05 * loose),
    ]
    return Outcome({"updates_of_d": updates, "pairs": measured}, claims, _draw(curves))


def _curves(p_data, mean, std, updates, seed, k):
    """(x, p, q, D, D*) where p + q > 0.01."""
    gan = fixed_generator.game(mean, std, updates, seed, k)
    fixed_generator.train(gan, p_data, updates, seed)
    x = np.linspace(-8, 8, 3201)
    p = np.exp(p_data.log_prob(x[:, None]))
    q = np.exp(fixed_generator.log_density(mean, std)(x))
    support = p + q > 0.01
    x, p, q = x[support], p[support], q[support]
    d = expit(fixed_generator.logit(gan)(x))
    return x, p, q, d, theory.optimal_discriminator(p, q)


def _error(curves):
    *_, d, d_star = curves
    return np.abs(d - d_star)


def _draw(curves):
    figure, axes = pictures.new_figure(12.0, 3.6, columns=len(curves))
    for place, (name, (x, p, q, d, d_star)) in zip(axes, curves.items(), strict=True):
        place.plot(x, p, "k:", label="p_data")
        place.plot(x, q, "g-", label="p_g")
        place.plot(x, d_star, color="0.6", linewidth=4, label="D* = p_data/(p_data+p_g)")
        place.plot(x, d, "b--", label="D, trained")
        place.set(title=name, xlabel="x", ylim=(0, 1.05))
    figure.legend(
        *axes[0].get_legend_handles_labels(),
        loc="outside upper center",
        ncols=4,
        frameon=False,
    )
    return pictures.figure_pixels(figure)
