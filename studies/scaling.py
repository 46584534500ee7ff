"""Where more devices stop to pay: step times measured with two, computed for 64."""

import dataclasses
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys

import numpy as np

from keras_gan import networks, pictures
from keras_gan.recipe import Recipe
from studies import step_time, timed_steps
from studies.outcome import Claim, Outcome
from studies.page import table

ROOT = pathlib.Path(__file__).parents[1]
PRESETS = ("mlp", "dcgan")
# Minibatches of one process, and whole ones of two.
PARTS, WHOLE = (16, 32, 64, 128), (64, 128)
ROUNDS, STEPS = 3, 24

# Assumed, not measured. A GPU: float32 operations per second that it reaches in
# convolutions and products, and seconds to start a step's operations one by one.
FLOPS, STARTING = 8e12, 5e-3
# Assumed: what a ring of each kind reaches, bytes per second and seconds per message.
PLACES = {
    "8 GPUs of a host, NVLink": (8, step_time.Link(200e9, 10e-6)),
    "64 hosts of one GPU, 25 Gbit/s": (64, step_time.Link(2.5e9, 50e-6)),
}


def run(seeds, options):
    """Times steps of one process and of two, and predicts the second from the first.

    Args:
        seeds: list of ints, of which only the first is used.
        options: `quick`: one process, one preset, a few steps; nothing is predicted.

    Returns:
        An `Outcome`.
    """
    if options.quick:
        here = {"mlp": _alone_only("mlp", seeds[0])}
    else:
        here = {name: _measure(name, seeds[0]) for name in PRESETS}
    elsewhere = far_away()
    text = "" if options.quick else _text(here, elsewhere)
    pixels = _draw(here, elsewhere)
    measured = {"here": here, "elsewhere": elsewhere}
    return Outcome(measured, _claims(here, options.quick), pixels, text)


# ------------------------------------------------------------------- the measurement


def fit_line(x, y):
    """`(a, b)` of y = a + b x, with the least sum of squared relative errors."""
    slope, intercept = np.polyfit(x, y, 1, w=1 / np.asarray(y))
    return float(intercept), float(slope)


def device_of(timed):
    """The `Device` that a process is, from what `timed_steps.measure` returns."""
    sizes = [int(m) for m in timed["step"]]
    draw = timed["draw"] / max(sizes)
    fixed, per_sample = fit_line(sizes, list(timed["step"].values()))
    return step_time.Device(fixed, per_sample - draw, draw)


def link_of(timed):
    """The `Link` between two processes, from their all-reduces."""
    sizes = [step_time.FLOAT * int(number) for number in timed["all_reduce"]]
    # With two workers an all-reduce takes 2 latency + bytes / bandwidth.
    twice, per_byte = fit_line(sizes, list(timed["all_reduce"].values()))
    return step_time.Link(bandwidth=1 / per_byte, latency=twice / 2)


def _alone_only(preset, seed):
    timed = timed_steps.measure(preset, (8, 16), timed_steps.BLOCK, seed, False)
    return _found(preset, timed)


def _measure(preset, seed):
    # In turns, so that whatever else the machine does disturbs both.
    rounds = [
        (_started(preset, seed, PARTS, 1), _started(preset, seed, WHOLE, 2))
        for _ in range(ROUNDS)
    ]
    alone, together = (_medians(found) for found in zip(*rounds, strict=True))
    found = _found(preset, alone)
    game, device, link = game_of_preset(preset), device_of(alone), link_of(together)
    agreement = together["agreement"]
    seconds = {
        m: step_time.step_seconds(2, int(m), game, device, link, agreement)
        for m in together["step"]
    }
    return {
        **found,
        "two_processes": together,
        "link": dataclasses.asdict(link),
        "predicted": seconds,
        "rounds": rounds,
    }


def _found(preset, alone):
    return {
        **dataclasses.asdict(game_of_preset(preset)),
        "one_process": alone,
        "device": dataclasses.asdict(device_of(alone)),
    }


def _started(preset, seed, minibatches, number):
    """What `timed_steps` measures with a number of processes, each on its own core."""
    arguments = json.dumps(
        {
            "preset": preset,
            "minibatches": minibatches,
            "steps": STEPS,
            "seed": seed,
            "several": number > 1,
        }
    )
    program = [sys.executable, "-m", "studies.timed_steps", arguments]
    workers = [
        subprocess.Popen(
            ["taskset", "--cpu-list", str(n), *program],
            cwd=ROOT,
            env={**os.environ, "TF_CONFIG": config},
            stdout=subprocess.PIPE,
            text=True,
        )
        for n, config in enumerate(_configs(number))
    ]
    printed = [worker.communicate(timeout=600)[0] for worker in workers]
    if any(worker.returncode for worker in workers):
        raise RuntimeError("A process that timed steps has failed: see above.")
    return json.loads(printed[0].splitlines()[-1])


def _configs(number):
    """TF_CONFIG of each process."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    addresses = [f"127.0.0.1:{one.getsockname()[1]}" for one in sockets]
    for one in sockets:
        one.close()
    tasks = [{"type": "worker", "index": n} for n in range(number)]
    return [json.dumps({"cluster": {"worker": addresses}, "task": t}) for t in tasks]


def _medians(rounds):
    """Medians of the numbers of several rounds, which are dicts of them, or numbers."""
    if isinstance(rounds[0], dict):
        return {name: _medians([one[name] for one in rounds]) for name in rounds[0]}
    return statistics.median(rounds)


def _claims(here, quick):
    if quick:
        device = here["mlp"]["device"]
        return [Claim("mlp: seconds per sample", device["per_sample"], 1.0)]
    return [
        Claim(
            f"{name}: largest |predicted / measured - 1|, 2 processes", _error(one), 0.3
        )
        for name, one in here.items()
    ]


def _error(one):
    measured = one["two_processes"]["step"]
    return max(abs(one["predicted"][m] / measured[m] - 1) for m in measured)


# ------------------------------------------------------------------- what is not here


def game_of_preset(preset):
    """The `Game` that a preset plays."""
    recipe = Recipe.preset(preset)
    pair = networks.get(recipe.network).function
    return step_time.game_of(
        *pair((28, 28, 1), recipe.latent_dim),
        k=recipe.discriminator_steps,
        penalty_interval=recipe.penalty_interval,
    )


def games():
    """Names of games, each with its minibatch and its `Game`: ours, and larger ones."""
    found = {
        f"preset {name}": (Recipe.preset(name).batch_size, game_of_preset(name))
        for name in PRESETS
    }
    larger = networks.dcgan((64, 64, 3), 128, generator_width=64, discriminator_width=64)
    found["dcgan, 64x64x3"] = 256, step_time.game_of(*larger, penalty_interval=4)
    larger = networks.resnet((128, 128, 3), 128, width=128)
    found["resnet, 128x128x3"] = 256, step_time.game_of(*larger, penalty_interval=4)
    return found


def far_away():
    """Step times and efficiencies with the devices that are assumed above."""
    found = []
    for name, (m, game) in games().items():
        gpu = step_time.Device(STARTING, game.flops / FLOPS)
        for place, (workers, link) in PLACES.items():
            costs = m, game, gpu, link
            numbers = [2**n for n in range(workers.bit_length())]
            found.append(
                {
                    "game": name,
                    "place": place,
                    "minibatch": m,
                    "flops_per_sample": game.flops,
                    "gradient_bytes": sum(game.gradients),
                    "one": step_time.step_seconds(1, *costs),
                    "all": step_time.step_seconds(workers, *costs),
                    "strong": {
                        w: step_time.strong_efficiency(w, *costs) for w in numbers
                    },
                    "weak": {w: step_time.weak_efficiency(w, *costs) for w in numbers},
                    "pays_up_to": step_time.pays_up_to(workers, *costs),
                }
            )
    return found


# ------------------------------------------------------------------- the page


def _text(here, elsewhere):
    return "\n\n".join(
        (
            "The model adds up the parts of a step, as none can overlap another: what "
            "does not depend on the minibatch, the samples of one worker, the latents of "
            "the whole minibatch, and all-reduces in a ring, `2 (W-1) latency + 2 (W-1)/W "
            "bytes / bandwidth`, of the gradients of both players and of a few numbers. "
            "`studies/step_time.py` computes it.",
            f"**Measured**: {ROUNDS} rounds in turns, one process on a core and two on a "
            "core each, joined by loopback. The cost of a sample comes from one process "
            f"with {', '.join(map(str, PARTS))} samples, latency and bandwidth from "
            "all-reduces alone; the step of two processes is predicted from these.",
            _table_of_parts(here),
            _table_of_steps(here),
            "Two processes on this machine share its memory, and the loopback's "
            "messages are copied by the two cores that compute: this shows that the parts "
            "of a step are known, not how fast a network is.",
            "**Computed, on assumptions; no GPU and no second machine was there.** A GPU "
            f"reaches {FLOPS / 1e12:g} TFLOP/s (40 % of 20 in float32) and takes "
            f"{1000 * STARTING:g} ms a step to start its operations and to update the "
            "weights. "
            + "; ".join(
                f"{place}: {link.bandwidth / 1e9:g} GB/s and {1e6 * link.latency:g} µs a "
                "message"
                for place, (_, link) in PLACES.items()
            )
            + ". Operations are counted from the layers with kernels. Strong scaling keeps "
            "the whole minibatch, as `--batch_size` does; weak scaling gives each device "
            "as many samples as one device had.",
            _table_of_places(elsewhere),
            "The last column is the largest number of devices, 1, 2, 4, ..., that reaches "
            "half of W times the speed or more on the same minibatch. A network of this "
            "size on digits does not pay anywhere: starting its operations takes longer "
            "than they do. Several devices pay where a step computes for tens of "
            "milliseconds, and over Ethernet only with larger minibatches. Between many "
            "hosts the latency of the small all-reduces counts as well: each batch "
            "normalisation adds eight to a step. NCCL sends small messages along a tree, "
            "with 2 log2 W messages in a row where a ring has 2 (W-1), and would be "
            "faster there.",
        )
    )


def _table_of_parts(here):
    rows = [
        (
            f"`{name}`",
            f"{1000 * one['device']['fixed']:.1f} ms",
            f"{1e6 * one['device']['per_sample']:.0f} µs",
            f"{1e6 * one['device']['draw']:.2f} µs",
            f"{one['flops'] / one['device']['per_sample'] / 1e9:.0f} GFLOP/s",
            " + ".join(f"{size / 1e6:.2f}" for size in one["gradients"]) + " MB",
            one["num_small"],
            f"{1000 * one['link']['latency']:.2f} ms",
            f"{one['link']['bandwidth'] / 1e6:.0f} MB/s",
            f"{1000 * one['two_processes']['agreement']:.1f} ms",
        )
        for name, one in here.items()
    ]
    headings = (
        "preset",
        "fixed",
        "per sample",
        "drawn, per sample",
        "reached",
        "gradients of D + G",
        "small all-reduces",
        "latency",
        "bandwidth",
        "agreement to go on",
    )
    return table(headings, rows)


def _table_of_steps(here):
    rows = []
    for name, one in here.items():
        for m, measured in one["two_processes"]["step"].items():
            alone, predicted = one["one_process"]["step"][m], one["predicted"][m]
            numbers = (1000 * seconds for seconds in (alone, predicted, measured))
            rows.append(
                (
                    f"`{name}`",
                    m,
                    *(f"{number:.1f}" for number in numbers),
                    f"{100 * (predicted / measured - 1):+.0f} %",
                    f"{100 * alone / measured / 2:.0f} %",
                )
            )
    headings = (
        "preset",
        "m",
        "1 process, ms",
        "2 predicted, ms",
        "2 measured, ms",
        "predicted / measured - 1",
        "efficiency",
    )
    return table(headings, rows)


def _table_of_places(elsewhere):
    rows = [
        (
            one["game"],
            one["place"],
            one["minibatch"],
            f"{one['flops_per_sample'] / 1e9:.2g}",
            f"{one['gradient_bytes'] / 1e6:.3g}",
            f"{1000 * one['one']:.1f}",
            f"{1000 * one['all']:.1f}",
            f"{100 * list(one['strong'].values())[-1]:.0f} %",
            f"{100 * list(one['weak'].values())[-1]:.0f} %",
            one["pays_up_to"],
        )
        for one in elsewhere
    ]
    headings = (
        "networks",
        "devices",
        "m",
        "GFLOP a sample",
        "gradients, MB",
        "1 device, ms",
        "all, ms",
        "strong",
        "weak",
        "pays up to",
    )
    return table(headings, rows)


def _draw(here, elsewhere):
    figure, axes = pictures.new_figure(11.0, 3.8, columns=1 + len(PLACES))
    _draw_steps(axes[0], here)
    for axis, place in zip(axes[1:], PLACES, strict=True):
        for n, one in enumerate(one for one in elsewhere if one["place"] == place):
            name = f"{one['game']}, m={one['minibatch']}"
            for kind, style in (("strong", "-"), ("weak", ":")):
                shares = [100 * share for share in one[kind].values()]
                label = name if kind == "strong" else None
                axis.plot(list(one[kind]), shares, style, color=f"C{n}", label=label)
        axis.axhline(50, color="grey", linewidth=0.8)
        axis.set_xscale("log", base=2)
        axis.set(title=place, xlabel="devices", ylabel="efficiency, %", ylim=(0, 105))
    axes[1].legend(fontsize=7, title="line: same m; dots: m each", title_fontsize=7)
    return pictures.figure_pixels(figure)


def _draw_steps(axis, here):
    for n, (name, one) in enumerate(here.items()):
        device = step_time.Device(**one["device"])
        sizes = [int(m) for m in one["one_process"]["step"]]
        measured = [1000 * seconds for seconds in one["one_process"]["step"].values()]
        line = [1000 * step_time.step_seconds(1, m, None, device, None) for m in sizes]
        axis.plot(sizes, measured, "o", color=f"C{n}", label=f"{name}, 1 process")
        axis.plot(sizes, line, "-", color=f"C{n}")
        if "predicted" in one:
            both = one["two_processes"]["step"]
            whole = [int(m) for m in both]
            seconds = [1000 * s for s in both.values()]
            axis.plot(whole, seconds, "s", color=f"C{n}", label=f"{name}, 2 processes")
            seconds = [1000 * s for s in one["predicted"].values()]
            axis.plot(whole, seconds, "--", color=f"C{n}")
    axis.set(
        title="here: points measured, lines computed", xlabel="m", ylabel="ms a step"
    )
    axis.set(xlim=(0, None), ylim=(0, None))
    axis.legend(fontsize=7)
