"""What training costs against m, k and the number of steps: whether each is a line.

    python -m studies.linear_cost '{"preset": "mlp", "minibatches": [25, 50], ...}'

measures one preset, in a process of its own: TensorFlow counts the cores that it may use
only once.
"""

import json
import sys
import tempfile
import time

import numpy as np

from keras_gan import pictures
from keras_gan.callbacks import Health, Limits, NanGuard
from keras_gan.recipe import Recipe
from studies import apart, timed_steps
from studies.line import Line
from studies.outcome import Claim, Outcome
from studies.page import table

PRESETS = ("mlp", "dcgan")
# What varies: m with k = 1, k with the preset's m, and the steps of one `fit`.
SETTINGS = {
    "minibatches": (25, 50, 100, 200, 400),
    "updates": (1, 2, 4, 8, 16),
    "steps": (100, 200, 400, 800),
    "rounds": 5,
}
QUICK = "plane"
TINY = {"minibatches": (128, 256), "updates": (1, 2), "steps": (8, 16), "rounds": 1}
# A whole round of what a step does only every fourth or eighth time.
BLOCK = 8
# Set before measuring. Of costs that grow like a power, these pass up to about 1.15: its
# best line is off by 9 % over a factor of 16, by 5 % over one of 8.
BOUNDS = {"m": 0.1, "k": 0.1, "steps": 0.05}
GROWTH = 1.1
CLOCKS = {"cpu": "CPU time", "real": "time"}


def run(seeds, options):
    """Times steps with several m and k, and a run after several numbers of steps.

    Args:
        seeds: list of ints, of which only the first is used.
        options: `quick`: one preset, in this process, with two values of each.

    Returns:
        An `Outcome`.
    """
    if options.quick:
        found = {QUICK: measure(QUICK, **TINY, seed=seeds[0])}
    else:
        found = {
            name: apart.measured(
                "studies.linear_cost",
                {"preset": name, **SETTINGS, "seed": seeds[0]},
                core=0,
            )
            for name in PRESETS
        }
    for one in found.values():
        one["lines"] = {name: lines(one[name]) for name in BOUNDS}
    # Of a few steps the second half may take any time.
    growth = 10.0 if options.quick else GROWTH
    return Outcome(found, claims(found, growth), _draw(found), _text(found))


# ------------------------------------------------------------------- the measurement


def measure(preset, minibatches, updates, steps, rounds, seed):
    """Trains a preset as it is, but for m or k; returns JSON values.

    Args:
        preset: Its name.
        minibatches: Values of m.
        updates: Values of k.
        steps: After how many steps of a run its time is taken.
        rounds: Blocks of steps for each m and k, which take turns.
        seed: Seed of the runs.
    """
    own = Recipe.preset(preset).batch_size
    varied = {"m": [(m, 1) for m in minibatches], "k": [(own, k) for k in updates]}
    games = {
        (m, k): _game(preset, seed, batch_size=m, discriminator_steps=k)
        for m, k in sorted({*varied["m"], *varied["k"]})
    }
    for gan, real in games.values():
        timed_steps.seconds_of_steps(gan, real, 1)  # Compiles.
    taken = {game: [] for game in games}
    for _ in range(rounds):
        for game, (gan, real) in games.items():
            block = timed_steps.seconds_of_steps(gan, real, BLOCK, [NanGuard()])
            taken[game].append(block.mean(axis=0).tolist())
    ends = _ends(preset, seed, max(steps))
    per_step = np.diff(ends, axis=0)
    # The first step compiles.
    quarter = len(per_step) // 4
    first, last = per_step[1 : 1 + quarter], per_step[-quarter:]
    return {
        "batch_size": own,
        "m": {str(m): _medians(taken[m, k]) for m, k in varied["m"]},
        "k": {str(k): _medians(taken[m, k]) for m, k in varied["k"]},
        "steps": {str(n): _by_clock(ends[n]) for n in steps},
        "growth": _by_clock(last.mean(axis=0) / first.mean(axis=0)),
    }


def lines(points):
    """The `Line` through points by each clock, and its largest error."""
    found = {}
    for clock in CLOCKS:
        x, y = [int(n) for n in points], [one[clock] for one in points.values()]
        line = Line.through(x, y)
        found[clock] = {**vars(line), "error": line.error(x, y)}
    return found


def _game(preset, seed, **changed):
    recipe = Recipe.preset(preset, seed=seed, **changed)
    real = recipe.load_data()
    return recipe.build(real), real


def _ends(preset, seed, steps):
    """When each step of a run had ended, real and of the CPU; first, when it began."""
    gan, real = _game(preset, seed)
    clock = timed_steps.Clock()
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter(), time.process_time()
        guards = [NanGuard(folder), Health(folder, every_steps=250)]
        callbacks = [*guards, Limits(steps), clock]
        gan.fit(real, epochs=steps, verbose=0, callbacks=callbacks)
    return np.array([began, *clock.ends]) - began


def _medians(rounds):
    return {**_by_clock(np.median(rounds, axis=0)), "rounds": rounds}


def _by_clock(pair):
    real, cpu = map(float, pair)
    return {"real": real, "cpu": cpu}


# ------------------------------------------------------------------- what it says


def claims(found, growth=GROWTH):
    """Claims about what was measured: that each cost is a line, and stays what it is.

    Args:
        found: What `measure` returned, and its "lines", by preset.
        growth: What a later step may take, over an earlier one.
    """
    made = []
    for preset, one in found.items():
        for name, bound in BOUNDS.items():
            error = one["lines"][name]["cpu"]["error"]
            text = f"{preset}: CPU time off its line in {name}, largest share"
            made.append(Claim(text, error, bound))
        text = f"{preset}: CPU time of a step, last quarter of the run over the first"
        made.append(Claim(text, one["growth"]["cpu"], growth))
    return made


def _text(found):
    rows = [
        _row(preset, one, name, clock)
        for preset, one in found.items()
        for name in BOUNDS
        for clock in CLOCKS
    ]
    headings = (
        "preset",
        "x",
        "values of x",
        "clock",
        "measured",
        "line",
        "off by at most",
    )
    settings = [times for one in found.values() for times in (one["m"], one["k"])]
    cpu = np.array(
        [np.array(one["rounds"])[:, 1] for each in settings for one in each.values()]
    )
    spread = 100 * np.median(np.ptp(cpu, axis=1) / np.median(cpu, axis=1))
    minibatches = ", ".join(f"{one['batch_size']} for `{n}`" for n, one in found.items())
    return (
        "Presets as they are, with the average, all logs and the guards, each in a "
        "process on one core. Varied are m with k = 1, k with the preset's m "
        f"({minibatches}), and the number of steps in one `fit`. In m and k: "
        f"milliseconds a step of G, medians of {SETTINGS['rounds']} blocks of {BLOCK} "
        "steps, which take turns; the CPU times of the slowest block and the fastest "
        f"differ by {spread:.0f} %, in the median. In steps: seconds since `fit` was "
        "called, which begins by building the graph. A line has the least squares of "
        "relative errors. Unlike the CPU time, the time depends on what else the machine "
        "does; nothing is claimed of it."
        f"\n\n{table(headings, rows)}"
    )


def _row(preset, one, name, clock):
    scale, unit = _unit(name)
    line = one["lines"][name][clock]
    times = (_short(scale * times[clock]) for times in one[name].values())
    return (
        f"`{preset}`",
        name,
        ", ".join(one[name]),
        f"{CLOCKS[clock]}, {unit}",
        ", ".join(times),
        f"{_short(scale * line['fixed'])} + {_short(scale * line['slope'])} x",
        f"{100 * line['error']:.1f} %",
    )


def _short(number):
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"


def _unit(name):
    """How many units of time are a second, and the unit, by what varies."""
    return (1, "s") if name == "steps" else (1000, "ms")


def _draw(found):
    figure, axes = pictures.new_figure(10.0, 3.4, columns=len(BOUNDS))
    for axis, name in zip(axes, BOUNDS, strict=True):
        scale, unit = _unit(name)
        for number, (preset, one) in enumerate(found.items()):
            line = one["lines"][name]["cpu"]
            x = [int(n) for n in one[name]]
            y = [scale * times["cpu"] for times in one[name].values()]
            ends = np.array([0, max(x)])
            fitted = scale * Line(line["fixed"], line["slope"])(ends)
            axis.plot(x, y, "o", color=f"C{number}", label=preset)
            axis.plot(ends, fitted, "-", color=f"C{number}")
        axis.set(xlabel=name, ylabel=f"CPU time, {unit}", xlim=(0, None), ylim=(0, None))
    axes[0].legend(fontsize=8, title="points: measured", title_fontsize=8)
    return pictures.figure_pixels(figure)


if __name__ == "__main__":
    print(json.dumps(measure(**json.loads(sys.argv[1]))))
