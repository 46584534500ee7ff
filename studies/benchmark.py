"""Speed side by side: programs that train the same networks take turns.

    python scripts/benchmark.py
    python scripts/benchmark.py --quick

Each contestant is a process of its own. They take turns, a block of steps each, so that
whatever else the machine does falls on all of them. A ratio is that of two neighbouring
blocks, and its median over many such pairs is what counts.
"""

import contextlib
import dataclasses
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy as np

from keras_gan.cli import command_line
from keras_gan.cli.flags import define, given
from keras_gan.recipe.options import check_options, option
from keras_gan.terminal import wrapped

ROOT = pathlib.Path(__file__).parents[1]
BASE = "plain fit"


@dataclasses.dataclass(frozen=True)
class Options:
    """What is measured; each field is a flag."""

    quick: bool = option(False, "Under three minutes: W1 and W2, three contestants.")
    workloads: tuple[str, ...] = option(
        ("W1", "W2", "W3", "W4"), "Which of W1, W2, W3, W4."
    )
    pairs: int = option(9, "Turns of each contestant.", above=0)
    seconds: float = option(1.5, "Length of a turn, about.", above=0)
    output: str = option(
        os.path.relpath(ROOT / "results" / "benchmark.json"),
        "File of the numbers.",
        is_path=True,
    )

    def __post_init__(self):
        check_options(self)


class Contestant:
    """A running program that trains a block of steps when it is asked to.

    Args:
        workload: Name of the workload.
        name: Name of the contestant.
        block: Steps in a block.
    """

    def __init__(self, workload, name, block):
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, "-m", "studies.contestants", workload, name, str(block)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        )
        self.ready = self._told()["ready"]
        self.turns = []

    def take_turn(self):
        """Trains a block; keeps milliseconds per step, of the clock and of the CPU."""
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        self.turns.append(self._told())

    def stop(self):
        """Ends the program, whose threads may not end by themselves."""
        self._process.kill()
        self._process.wait()

    def _told(self):
        line = self._process.stdout.readline()
        if not line:
            raise ValueError(f"{self.name} stopped with code {self._process.wait()}.")
        return json.loads(line)


def main(own):
    """Measures, prints the tables, writes the file."""
    options = Options(**given(Options, own))
    from studies.contestants import CONTESTANTS, WORKLOADS

    unknown = set(options.workloads) - set(WORKLOADS)
    if unknown:
        raise ValueError(f"--workloads={','.join(unknown)}: use {', '.join(WORKLOADS)}.")
    names, workloads, pairs = list(CONTESTANTS), options.workloads, options.pairs
    if options.quick:
        names, workloads, pairs = names[:2] + ["bfloat16"], ("W1", "W2"), 3
    if importlib.util.find_spec("torch") is None:
        names = [name for name in names if name != "PyTorch"]
    peaks = {dtype: gemm_peak(dtype) for dtype in ("float32", "bfloat16")}
    print("Products of large matrices, GFLOP/s: " + _in_line(peaks))
    measured = {}
    for name in workloads:
        workload = WORKLOADS[name]
        with_torch = name != "W4"  # Its networks are not written in PyTorch.
        here = [one for one in names if with_torch or one != "PyTorch"]
        measured[name] = measure(name, here, pairs, options.seconds)
        measured[name] |= {"title": workload.title, "gflop": round(workload.gflop(), 2)}
        print(f"\n{name}, {workload.title}: {measured[name]['gflop']} GFLOP a step\n")
        print("\n".join(rows_of(measured[name], peaks)))
    command = "python scripts/benchmark.py" + " --quick" * options.quick
    machine = {"cores": os.cpu_count(), "gflops": peaks}
    result = {"command": command, "machine": machine, "workloads": measured}
    path = pathlib.Path(options.output)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    about = (
        "Medians (and quartiles) over turns; 1.10 is 10 % faster than the plain fit. "
        "peak: share of the product's GFLOP/s. s: from the start of the process to its "
        f"first block of steps. {path} holds these numbers."
    )
    print(f"\n{wrapped(about)}")


def measure(workload, names, pairs, seconds):
    """Lets contestants take turns.

    Args:
        workload: Name of a workload.
        names: Names of contestants, `BASE` among them.
        pairs: Turns of each.
        seconds: Length of a turn, about.

    Returns:
        A dict; "contestants" holds a dict of numbers for each.
    """
    with contextlib.ExitStack() as stack:

        def start(name, block):
            contestant = Contestant(workload, name, block)
            stack.callback(contestant.stop)
            return contestant

        trial = start(BASE, 4)
        trial.take_turn()
        trial.take_turn()
        block = max(4, round(1e3 * seconds / trial.turns[-1]["real"]))
        running = [start(name, block) for name in names]
        for one in running:
            one.take_turn()  # Warms up.
            one.turns.clear()
        for turn in range(pairs):
            # Nobody always follows the same one.
            for n in range(len(running)):
                running[(n + turn) % len(running)].take_turn()
    (base,) = (one for one in running if one.name == BASE)
    return {"block": block, "contestants": {one.name: _of(one, base) for one in running}}


def _of(contestant, base):
    numbers = {"ready_s": round(contestant.ready, 1)}
    for key in ("real", "cpu"):
        own = np.array([turn[key] for turn in contestant.turns])
        ratios = np.array([turn[key] for turn in base.turns]) / own
        numbers[f"{key}_ms"] = round(float(np.median(own)), 2)
        quartiles = np.percentile(ratios, (25, 50, 75))
        numbers[f"{key}_ratio"] = [round(float(one), 3) for one in quartiles]
    numbers["mib"] = round(max(turn["mib"] for turn in contestant.turns))
    return numbers


_FORM = "{:12} {:>7} {:>17} {:>7} {:>17} {:>5} {:>5} {:>3}"


def rows_of(measured, peaks):
    """Lines of a table of one workload, at most 80 columns wide.

    Args:
        measured: What `measure` returned, and "gflop".
        peaks: GFLOP/s by type.
    """
    head = ("", "ms", "times plain fit", "CPU ms", "times plain fit", "peak", "MiB", "s")
    lines = [_FORM.format(*head)]
    for name, one in measured["contestants"].items():
        peak = peaks["bfloat16" if name == "bfloat16" else "float32"]
        share = measured["gflop"] / one["real_ms"] * 1e3 / peak
        numbers = (
            f"{one['real_ms']:.1f}",
            _spread(one["real_ratio"]),
            f"{one['cpu_ms']:.1f}",
            _spread(one["cpu_ratio"]),
            f"{share:.2f}",
            f"{one['mib']}",
            f"{one['ready_s']:.0f}",
        )
        lines.append(_FORM.format(name, *numbers))
    return lines


def _spread(quartiles):
    low, median, high = quartiles
    return f"{median:.2f} ({low:.2f}-{high:.2f})"


def gemm_peak(dtype, side=2048, trials=8):
    """GFLOP/s of this machine's product of two square matrices, the best of some."""
    import tensorflow as tf

    a = tf.cast(tf.random.normal((side, side)), dtype)
    product = tf.function(lambda: tf.matmul(a, a))
    product()
    best = float("inf")
    for _ in range(trials):
        start = time.perf_counter()
        product()
        best = min(best, time.perf_counter() - start)
    return round(2 * side**3 / best / 1e9)


def _in_line(numbers):
    return ", ".join(f"{name} {value}" for name, value in numbers.items())


def run():
    """Entry point of `scripts/benchmark.py`."""
    command_line.run(main, define(Options))
