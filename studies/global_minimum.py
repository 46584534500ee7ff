"""max_D V(D, G), which G minimizes, for generators that come nearer to the data."""

import numpy as np

from keras_gan import pictures, theory
from keras_gan.data.sources.mixtures import GaussianMixture
from studies import fixed_generator
from studies.outcome import Claim, Outcome, spread

# Distances between the means of p_g and p_data, both with standard deviation 1.
SHIFTS = (4.0, 3.0, 2.0, 1.0, 0.5, 0.0)
P_DATA = GaussianMixture([[0.0]], 1.0)
LOW, HIGH = -12.0, 16.0


def run(seeds, options):
    """Measures max_D V for each shift.

    V of the trained D is computed twice: by quadrature over both known densities, and
    from fresh samples by `GAN.evaluate`.

    Args:
        seeds: list of ints; each trains a D for every shift.
        options: `quick`: few updates and shifts, and a looser limit.

    Returns:
        An `Outcome`.
    """
    quick = options.quick
    updates = 200 if quick else 1500
    shifts = (2.0, 0.0) if quick else SHIFTS
    seeds = seeds[:1] if quick else seeds
    k = 2 if quick else fixed_generator.K
    num_fresh = 10_000 if quick else 200_000
    rows = [_row(shift, updates, seeds, k, num_fresh) for shift in shifts]
    limit = 0.05 if quick else 0.01
    gap = max(
        abs(row["V"][edge] - row["theory"]) for row in rows for edge in ("min", "max")
    )
    at_data = max(abs(rows[-1]["V"][edge] + np.log(4)) for edge in ("min", "max"))
    claims = [
        Claim("|max_D V - (-log 4 + 2 JSD)|, worst shift and seed", gap, limit),
        Claim("|max_D V + log 4| at p_g = p_data, worst seed", at_data, limit),
    ]
    return Outcome({"updates_of_d": updates, "shifts": rows}, claims, _draw(rows))


def _row(shift, updates, seeds, k, num_fresh):
    log_p = lambda x: P_DATA.log_prob(x[:, None])  # noqa: E731
    log_q = fixed_generator.log_density(shift, 1.0)
    exact, estimated = [], []
    for seed in seeds:
        gan = fixed_generator.game(shift, 1.0, updates, seed, k)
        fixed_generator.train(gan, P_DATA, updates, seed)
        logit = fixed_generator.logit(gan)
        exact.append(theory.value_densities(logit, log_p, log_q, LOW, HIGH))
        fresh = P_DATA.sample(num_fresh, seed=[seed, 8]).astype("float32")
        logs = gan.evaluate(fresh, batch_size=10_000, verbose=0)
        estimated.append(logs["value"])
    jsd = theory.jsd_densities(log_p, log_q, LOW, HIGH)
    return {
        "shift": shift,
        "jsd": jsd,
        "theory": -np.log(4) + 2 * jsd,
        "V": spread(exact),
        "V_on_fresh_samples": spread(estimated),
    }


def _draw(rows):
    figure, axes = pictures.new_figure(7.0, 4.4)
    shifts = [row["shift"] for row in rows]
    axes.plot(
        shifts, [row["theory"] for row in rows], color="0.6", label="-log 4 + 2 JSD"
    )
    axes.plot(
        shifts,
        [row["V"]["mean"] for row in rows],
        "bo",
        label="V of the trained D, by quadrature",
    )
    axes.plot(
        shifts,
        [row["V_on_fresh_samples"]["mean"] for row in rows],
        "r+",
        markersize=10,
        label="V on fresh samples, by GAN.evaluate",
    )
    axes.axhline(-np.log(4), color="black", linestyle=":", label="-log 4")
    axes.set(xlabel="distance between p_g and p_data, in standard deviations")
    axes.set(ylabel="max_D V(D, G)")
    axes.invert_xaxis()
    axes.legend()
    return pictures.figure_pixels(figure)
