"""Where more devices stop to pay: step times measured with two, computed for 64."""

import dataclasses
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys

from keras_gan import networks, pictures
from keras_gan.recipe import Recipe
from studies import step_time, timed_steps
from studies.line import Line
from studies.outcome import Claim, Outcome
from studies.page import table

ROOT = pathlib.Path(__file__).parents[1]
PRESETS = ("mlp", "dcgan")
# Minibatches of one process, and whole ones of two.
PARTS, WHOLE = (16, 32, 64, 128), (64, 128)
ROUNDS, STEPS = 3, 16

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
    here = _tried(seeds[0]) if options.quick else _measured(seeds[0])
    elsewhere = far_away()
    text = "" if options.quick else _text(here, elsewhere)
    pixels = _draw(here, elsewhere)
    measured = {"here": here, "elsewhere": elsewhere}
    return Outcome(measured, _claims(here["presets"]), pixels, text)


# ------------------------------------------------------------------- the measurement


def device_of(timed):
    """The `Device` that one process was, from its step times by minibatch."""
    seconds = [one["real"] for one in timed["steps"].values()]
    line = Line.through([int(m) for m in timed["steps"]], seconds)
    return step_time.Device(line.fixed, line.slope - timed["draw"], timed["draw"])


def link_of(all_reduce):
    """The `Link` between two processes, from times by the number of floats."""
    sizes = [step_time.FLOAT * int(number) for number in all_reduce]
    # With two workers an all-reduce takes 2 latency + bytes / bandwidth.
    line = Line.through(sizes, list(all_reduce.values()))
    return step_time.Link(bandwidth=1 / line.slope, latency=line.fixed / 2)


def _tried(seed):
    names = PRESETS[:1]
    alone = timed_steps.measure(names, (8, 16), timed_steps.BLOCK, seed, False)
    return {"presets": {name: _preset(name, alone) for name in names}}


def _measured(seed):
    # In turns, so that whatever else the machine does disturbs both.
    rounds = [
        (_timed(seed, PARTS, number=1), _timed(seed, WHOLE, number=2))
        for _ in range(ROUNDS)
    ]
    alone, together = (_medians(found) for found in zip(*rounds, strict=True))
    return {
        "presets": {name: _preset(name, alone, together) for name in PRESETS},
        "all_reduce": together["all_reduce"],
        "link": dataclasses.asdict(link_of(together["all_reduce"])),
        "agreement": together["agreement"],
        "rounds": rounds,
    }


def _preset(name, alone, together=None):
    game, device = game_of_preset(name), device_of(alone[name])
    found = {
        **dataclasses.asdict(game),
        "device": dataclasses.asdict(device),
        "one_process": alone[name]["steps"],
    }
    if together is None:
        return found
    costs = game, device, link_of(together["all_reduce"]), together["agreement"]
    two = together[name]["steps"]
    predicted = {m: step_time.step_seconds(2, int(m), *costs) for m in two}
    return {**found, "two_processes": two, "predicted": predicted}


def _timed(seed, minibatches, number):
    """What `timed_steps` measures in a number of processes, each on a core of its own."""
    arguments = {
        "presets": PRESETS,
        "minibatches": minibatches,
        "steps": STEPS,
        "seed": seed,
        "several": number > 1,
    }
    program = [sys.executable, "-m", "studies.timed_steps", json.dumps(arguments)]
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


def _claims(presets):
    """The prediction must come near, or where none was made, the line."""
    return [
        Claim(
            f"{name}: largest |predicted / measured - 1|, 2 processes", _error(one), 0.3
        )
        if "predicted" in one
        else Claim(f"{name}: seconds per sample", one["device"]["per_sample"], 1.0)
        for name, one in presets.items()
    ]


def _error(one):
    measured = one["two_processes"]
    return max(abs(one["predicted"][m] / measured[m]["real"] - 1) for m in measured)


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
    presets, link = here["presets"], here["link"]
    places = "; ".join(
        f"{place}: {link.bandwidth / 1e9:g} GB/s, {1e6 * link.latency:g} µs a message"
        for place, (_, link) in PLACES.items()
    )
    return "\n\n".join(
        (
            "The model (`studies/step_time.py`) adds up the parts of a step, because "
            "none can overlap another: a part that does not depend on the minibatch, the "
            "samples of one worker, the latents of the whole minibatch, and all-reduces "
            "in a ring of W workers, `2 (W-1) latency + 2 (W-1)/W bytes / bandwidth`, of "
            "the gradients of both players and of a few numbers.",
            f"**Measured**: medians of {ROUNDS} rounds, in turns one process on one core "
            "and two on a core each, joined by loopback. Fixed part and cost per sample "
            f"come from one process with {', '.join(map(str, PARTS))} samples, the link "
            "from all-reduces alone: "
            f"{1000 * link['latency']:.2f} ms a message, "
            f"{link['bandwidth'] / 1e6:.0f} MB/s, and "
            f"{1000 * here['agreement']:.1f} ms a step for agreeing to go on.",
            _table_of_parts(presets),
            "From these alone, the step of two processes is predicted:",
            _table_of_steps(presets),
            "The model is too fast. It leaves out that a worker waits for the other one, "
            "which is the difference between the time of a step and that of its CPU, and "
            "that the core which computes serves the messages, too; in the all-reduces "
            "that were timed alone both workers were ready and had nothing else to do.",
            "**Computed on assumptions; no GPU and no second machine was there.** A GPU "
            f"reaches {FLOPS / 1e12:g} TFLOP/s (40 % of 20, in float32), and takes "
            f"{1000 * STARTING:g} ms a step to start operations and update weights. "
            f"{places}. Operations are counted from the layers with kernels. Strong "
            "scaling keeps the whole minibatch, as `--batch_size` does; weak scaling "
            "gives each device as many samples as one device had.",
            _table_of_places(elsewhere),
            "Strong: efficiency of all devices on m samples; weak: with m samples each. "
            "The last column is the largest number of them, 1, 2, 4, ..., at which "
            "strong scaling is at least 50 % efficient. So the small pairs for digits do "
            "not pay: starting their operations takes longer than computing them. A pair "
            "pays in a host if a step on one GPU takes tens of milliseconds, and over "
            "Ethernet if it takes a second, or if the minibatch grows with the devices. "
            "Batch normalisation is dear over many hosts: each of its layers in G adds "
            "eight small all-reduces, and a ring has 2 (W-1) messages in a row for each. "
            "NCCL can send them along a tree, 2 log2 W in a row; the model does not.",
        )
    )


def _table_of_parts(presets):
    rows = [
        (
            f"`{name}`",
            f"{1000 * one['device']['fixed']:.1f} ms",
            f"{1e6 * one['device']['per_sample']:.0f} µs",
            f"{1e6 * one['device']['draw']:.1f} µs",
            f"{one['flops'] / one['device']['per_sample'] / 1e9:.0f}",
            " + ".join(f"{size / 1e6:.2f}" for size in one["gradients"]),
            one["num_small"],
        )
        for name, one in presets.items()
    ]
    headings = (
        "preset",
        "fixed",
        "per sample",
        "drawn, per sample",
        "GFLOP/s",
        "gradients of D + G, MB",
        "small all-reduces",
    )
    return table(headings, rows)


def _table_of_steps(presets):
    rows = []
    for name, one in presets.items():
        for m, measured in one["two_processes"].items():
            alone, predicted = one["one_process"][m]["real"], one["predicted"][m]
            times = (alone, predicted, measured["real"], measured["cpu"])
            rows.append(
                (
                    f"`{name}`",
                    m,
                    *(f"{1000 * seconds:.1f}" for seconds in times),
                    f"{100 * (predicted / measured['real'] - 1):+.0f} %",
                    f"{100 * alone / measured['real'] / 2:.0f} %",
                )
            )
    headings = (
        "preset",
        "m",
        "1 process, ms",
        "2 predicted, ms",
        "2 measured, ms",
        "of it CPU, ms",
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
    for n, (name, one) in enumerate(here["presets"].items()):
        _draw_steps(axes[0], f"C{n}", name, one)
    axes[0].set(title="here", xlabel="m", ylabel="ms a step")
    axes[0].set(xlim=(0, None), ylim=(0, None))
    axes[0].legend(fontsize=7, title="points: measured", title_fontsize=7)
    for axis, place in zip(axes[1:], PLACES, strict=True):
        for n, one in enumerate(one for one in elsewhere if one["place"] == place):
            name = f"{one['game']}, m = {one['minibatch']}"
            for kind, style, label in (("strong", "-", name), ("weak", ":", None)):
                shares = [100 * share for share in one[kind].values()]
                axis.plot(list(one[kind]), shares, style, color=f"C{n}", label=label)
        axis.axhline(50, color="grey", linewidth=0.8)
        axis.set_xscale("log", base=2)
        axis.set_xticks(list(one["strong"]), list(one["strong"]))
        axis.set(title=place, xlabel="devices", ylabel="efficiency, %", ylim=(0, 105))
    axes[1].legend(fontsize=7, title="lines: same m; dots: m each", title_fontsize=7)
    return pictures.figure_pixels(figure)


def _draw_steps(axis, color, name, one):
    device = step_time.Device(**one["device"])
    sizes = [int(m) for m in one["one_process"]]
    measured = [1000 * times["real"] for times in one["one_process"].values()]
    line = [1000 * step_time.step_seconds(1, m, None, device, None) for m in sizes]
    axis.plot(sizes, measured, "o", color=color, label=f"{name}, 1 process")
    axis.plot(sizes, line, "-", color=color, label="fitted")
    if "predicted" in one:
        sizes = [int(m) for m in one["two_processes"]]
        measured = [1000 * times["real"] for times in one["two_processes"].values()]
        line = [1000 * seconds for seconds in one["predicted"].values()]
        axis.plot(sizes, measured, "s", color=color, label=f"{name}, 2 processes")
        axis.plot(sizes, line, "--", color=color, label="predicted")
