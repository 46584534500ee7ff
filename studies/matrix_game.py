"""Zero-sum games given by a table of payoffs, and gradient descent-ascent on them.

No network is trained here: everything is computed by `keras_gan.theory`.
"""

import numpy as np

from keras_gan import pictures, theory
from studies.outcome import Claim, Outcome

GAMES = {"convoy": theory.CONVOY_GAME, "matching pennies": theory.MATCHING_PENNIES}
START, H, STEPS = (0.4, 0.3), 0.02, 2000


def run(seeds, options):
    """Solves both games and follows the gradients of their players.

    Args:
        seeds: Ignored: nothing is random.
        options: Ignored: this takes a second.

    Returns:
        An `Outcome`.
    """
    measured, paths = {}, {}
    for name, payoff in GAMES.items():
        equilibrium = theory.mixed_equilibrium(payoff)
        paths[name] = {
            "simultaneous": theory.simultaneous(
                theory.strategy_field(payoff), START, H, STEPS, bounds=theory.UNIT_SQUARE
            ),
            "alternating": theory.alternating(
                theory.strategy_field(payoff), START, H, STEPS, bounds=theory.UNIT_SQUARE
            ),
        }
        measured[name] = {
            "payoff": [list(row) for row in payoff],
            "pure_maximin": theory.pure_maximin(payoff),
            "pure_minimax": theory.pure_minimax(payoff),
            "saddle_points": theory.saddle_points(payoff),
            "value": equilibrium.value,
            "row_strategy": equilibrium.row.tolist(),
            "column_strategy": equilibrium.column.tolist(),
            "descent_ascent": {
                order: _summary(path, payoff) for order, path in paths[name].items()
            },
        }
    return Outcome(measured, _claims(measured), _draw(paths))


def _summary(path, payoff):
    """Where the players end, and their payoffs."""
    theta, psi = path.T
    (a, b), (c, d) = payoff
    gain = psi * (a * theta + b * (1 - theta))
    gain += (1 - psi) * (c * theta + d * (1 - theta))
    return {
        "last": path[-1].tolist(),
        "mean": path.mean(axis=0).tolist(),
        "last_payoff": float(gain[-1]),
        "mean_payoff": float(gain.mean()),
        "distance_from_centre": float(np.linalg.norm(path[-1] - 0.5)),
    }


def _claims(measured):
    convoy, pennies = measured["convoy"], measured["matching pennies"]
    start = float(np.linalg.norm(np.subtract(START, 0.5)))
    return [
        Claim("convoy game, |value - 2|", abs(convoy["value"] - 2), 1e-9),
        Claim(
            "convoy game, |last payoff of simultaneous steps - 2|",
            abs(convoy["descent_ascent"]["simultaneous"]["last_payoff"] - 2),
            1e-6,
        ),
        Claim("matching pennies, |value|", abs(pennies["value"]), 1e-9),
        Claim(
            "matching pennies, simultaneous steps move away from 1/2: last over "
            "first distance",
            pennies["descent_ascent"]["simultaneous"]["distance_from_centre"] / start,
            1.5,
            at_least=True,
        ),
        Claim(
            "matching pennies, alternating steps keep their distance: |last/first - 1|",
            abs(
                pennies["descent_ascent"]["alternating"]["distance_from_centre"] / start
                - 1
            ),
            0.1,
        ),
    ]


def _draw(paths):
    figure, axes = pictures.new_figure(9.0, 4.6, columns=len(paths))
    for place, (name, by_order) in zip(axes, paths.items(), strict=True):
        for order, path in by_order.items():
            place.plot(*path.T, label=order, linewidth=1.2)
        place.plot(*START, "ko", markersize=4, label="start")
        place.set(
            title=name,
            xlabel="theta: probability of the first column (minimizes)",
            ylabel="psi: probability of the first row (maximizes)",
            xlim=(-0.03, 1.03),
            ylim=(-0.03, 1.03),
        )
        place.legend(loc="lower left", fontsize=8)
    return pictures.figure_pixels(figure)
