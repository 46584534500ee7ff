"""Trains the Dirac-GAN with `GAN` and SGD, and compares with what theory predicts.

The coordinates of theory are (theta, psi). The discriminator's only weight is -psi,
because in this library a larger logit means "more real". Methods that need more than a
loss and R1 are computed from theory alone.
"""

import keras
import numpy as np
import tensorflow as tf

from keras_gan import penalties, pictures, theory
from keras_gan.gan import GAN
from studies.outcome import Claim, Outcome

H, STEPS, START = 0.2, 500, (1.0, 1.0)

# name in theory.METHODS: (loss, weight of R1) as the library trains it
PLAYED = {
    "gan": ("minimax", 0.0),
    "non_saturating": ("non_saturating", 0.0),
    "r1": ("minimax", 0.3),
    "r1_critical": ("minimax", 1.0),
    "non_saturating_r1": ("non_saturating", 0.3),
}
CONVERGENT = {"r1", "r1_critical", "non_saturating_r1"}
# column of the table: updates of D per update of G, None for both at once
ORDERS = {"simultaneous": None, "alternating_1": 1, "alternating_5": 5}

# Distances after 500 steps, with the digits that were published; see docs/theory.md.
PUBLISHED = {
    "gan": (3.097, 1.421, 1.845),
    "non_saturating": (0.640, 0.2839, 0.1389),
    "wasserstein_clipped": (1.00, 1.02, 0.92),
    "wgan_gp": (1.80, 1.22, 0.72),
    "instance_noise": (5.7e-5, 4.0e-6, 5e-17),
    "r1": (2.64e-6, 2.30e-7, 9e-34),
    "r1_critical": (9.5e-22, 7.5e-17, 5.1e-12),
    "r1_r2": (2.2e-13, 1.2e-14, 8e-22),
    "consensus": (2.6e-10, 1.7e-11, 10.97),
    "non_saturating_r1": (2.21e-6, 1.50e-7, 4e-34),
}


def run(seeds, options):
    """Trains with every method in every order.

    Args:
        seeds: Ignored: nothing here is random.
        options: `quick`: two methods, and fewer steps of them and of the limit cycle.

    Returns:
        An `Outcome`.
    """
    quick = options.quick
    played = ["r1", "non_saturating"] if quick else list(PLAYED)
    steps = 150 if quick else STEPS
    table, paths = {}, {}
    for name in theory.METHODS:
        table[name] = {}
        for column, order in enumerate(ORDERS):
            predicted = predict(name, order, steps=steps)
            entry = {
                "published": PUBLISHED[name][column],
                "theory": _distance(predicted),
                "radius": _radius(name, order),
            }
            if name in played and not (quick and order == "alternating_5"):
                path = play(name, order, steps=steps)
                paths[name, order] = path, predicted
                entry["library"] = _distance(path)
                entry["relative_error"] = abs(entry["library"] / entry["theory"] - 1)
            table[name][order] = entry
    cycles = [_cycle(h, quick) for h in ((0.4,) if quick else (0.1, 0.2, 0.4))]
    measured = {"h": H, "steps": steps, "methods": table, "cycles": cycles}
    return Outcome(measured, _claims(table, cycles, quick), _draw(paths))


def play(name, order, step_size=H, steps=STEPS, start=START):
    """Trains the Dirac-GAN with the library.

    The published simulations update the generator first, the library (Algorithm 1) the
    discriminator. The sequence of updates is the same if the library starts after the
    generator's first update, and theta is read one update earlier than psi.

    Args:
        name: A key of `PLAYED`.
        order: A key of `ORDERS`.
        step_size: Learning rate of both players. Defaults to `H`.
        steps: Number of generator updates. Defaults to `STEPS`.
        start: The pair (theta, psi). Defaults to `START`.

    Returns:
        Path in the published order, shape (steps + 1, 2), columns theta and psi.
    """
    loss, weight = PLAYED[name]
    theta, psi = start
    d_steps = ORDERS[order]
    if d_steps:
        theta += step_size * float(theory.METHODS[name].field(theta, psi)[0])
    gan = GAN(
        _one_weight(theta),
        _one_weight(-psi),
        latents=lambda shape, seed: tf.ones(shape),
        discriminator_steps=d_steps or 1,
        simultaneous=d_steps is None,
    )
    gan.compile(
        d_optimizer=keras.optimizers.SGD(step_size),
        g_optimizer=keras.optimizers.SGD(step_size),
        loss=loss,
        penalties=[penalties.R1(weight)] if weight else [],
    )
    recorder = _Recorder()
    real = np.zeros((steps * (d_steps or 1), 1), "float32")
    gan.fit(real, batch_size=1, epochs=1, verbose=0, callbacks=[recorder])
    path = np.array([(theta, psi), *recorder.points])
    if d_steps:
        thetas = np.concatenate([[start[0]], path[:-1, 0]])
        path = np.stack([thetas, path[:, 1]], axis=1)
    return path


def predict(name, order, step_size=H, steps=STEPS, start=START):
    """Computes the path that theory predicts for the same, in float64."""
    field, bounds = theory.METHODS[name]
    if ORDERS[order] is None:
        return theory.simultaneous(field, start, step_size, steps, bounds=bounds)
    return theory.alternating(
        field,
        start,
        step_size,
        steps,
        discriminator_steps=ORDERS[order],
        generator_first=True,
        bounds=bounds,
    )


class _Recorder(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.points = []

    def on_train_batch_end(self, batch, logs=None):
        theta = self.model.generator.get_weights()[0].item()
        psi = -self.model.discriminator.get_weights()[0].item()
        self.points.append((theta, psi))


def _one_weight(weight):
    x = keras.Input((1,))
    start = keras.initializers.Constant(weight)
    dense = keras.layers.Dense(1, use_bias=False, kernel_initializer=start)
    return keras.Model(x, dense(x))


def _distance(path):
    return float(np.linalg.norm(path[-1]))


def _radius(name, order):
    """Predicted factor per step; None where the field jumps at the equilibrium."""
    field = theory.METHODS[name].field
    try:
        if ORDERS[order] is None:
            return theory.simultaneous_radius(field, H)
        return theory.alternating_radius(field, H, ORDERS[order])
    except ValueError:
        return None


def _cycle(step_size, quick):
    """Radius of the limit cycle of the non-saturating loss with simultaneous steps."""
    steps = int((2 if quick else 5) * 8 / step_size**2)
    path = play("non_saturating", "simultaneous", step_size, steps)
    turn = path[-int(4 * np.pi / step_size) :]
    return {
        "h": step_size,
        "theory": float(theory.non_saturating_cycle_radius(step_size)),
        "library": float(np.linalg.norm(turn, axis=1).mean()),
    }


def _claims(table, cycles, quick):
    played = {
        (name, order): entry
        for name, row in table.items()
        for order, entry in row.items()
        if "library" in entry
    }
    convergent = [e for (name, _), e in played.items() if name in CONVERGENT]
    others = [e for (name, _), e in played.items() if name not in CONVERGENT]
    off = [abs(cycle["library"] / cycle["theory"] - 1) for cycle in cycles]
    return [
        Claim(
            "relative error of the distance, convergent methods against theory",
            max(entry["relative_error"] for entry in convergent),
            1e-3,
        ),
        Claim(
            "relative error of the distance, all other played methods",
            max(entry["relative_error"] for entry in others),
            1e-2,
        ),
        Claim(
            "largest distance of a convergent method",
            max(entry["library"] for entry in convergent),
            0.05 if quick else 1e-5,
        ),
        Claim("relative error of the limit cycle's radius sqrt(2 h)", max(off), 1e-2),
    ]


def _draw(paths):
    names = list(dict.fromkeys(name for name, _ in paths))
    orders = list(dict.fromkeys(order for _, order in paths))
    figure, axes = pictures.new_figure(
        2.9 * len(names), 2.9 * len(orders), rows=len(orders), columns=len(names)
    )
    for row, order in zip(np.atleast_2d(axes), orders, strict=True):
        for place, name in zip(row, names, strict=True):
            path, predicted = paths[name, order]
            place.plot(*predicted.T, color="0.7", linewidth=3)
            place.plot(*path.T, "b.", markersize=2)
            place.plot(0, 0, "r+", markersize=10)
            place.set_title(f"{name}, {order}", fontsize=8)
            place.set_aspect("equal", adjustable="datalim")
            place.tick_params(labelsize=7)
    figure.suptitle("theta across, psi up; grey: theory, blue: the library", fontsize=10)
    return pictures.figure_pixels(figure)
