"""Which operations a step's time goes to, ours and a hand-written step's.

    python -m studies.operations '{"workload": "W1", "name": "keras_gan", "steps": 60}'

measures one workload, in a process of its own, by TensorFlow's profiler.
"""

import collections
import contextlib
import glob
import json
import pathlib
import re
import sys
import tempfile

import matplotlib
import tensorflow as tf
from tensorflow.tsl.profiler.protobuf import xplane_pb2

from keras_gan import pictures
from studies import apart, contestants
from studies.outcome import Claim, Outcome
from studies.page import table

NAMES = ("keras_gan", "hand-written")
WORKLOADS = ("W1", "W2", "W3", "W4")
STEPS = 60
# What an operation is for, by its path in the graph and its type: the first that fits.
KINDS = {
    "average of G": r"\baverage/",
    "norms of gradients": r"\bnorm/",
    "finite checks": r"\bfinite_check/",
    "scores": r"\bscores/",
    "matrix products": r"MatMul",
    "convolutions": r"Conv2D",
    "updates of weights": r"ResourceApply",
    "batch normalisation": r"/batch_normalization",
    "dropout": r"dropout",
    "maxout": r"/maxout",
    "other activations": r"(?i)relu|tanh|sigmoid",
    "latents": r"Random",
}
OTHER = "all else"
# What a step has besides Algorithm 1.
OWN = ("average of G", "norms of gradients", "finite checks", "scores")
# Largest share of a step that these may take.
BOUNDS = {"W1": 0.15, "W2": 0.03, "W3": 0.15, "W4": 0.05}


def run(seeds, options):
    """Profiles steps of each workload.

    Args:
        seeds: list of ints; it does not matter which operations they draw.
        options: `quick`: a few steps of W1, in this process.

    Returns:
        An `Outcome`.
    """
    workloads = ("W1",) if options.quick else WORKLOADS
    names = NAMES[:1] if options.quick else NAMES
    found = {}
    for workload in workloads:
        for name in names:
            settings = {"workload": workload, "name": name}
            if options.quick:
                one = measure(**settings, steps=2)
            else:
                one = apart.measured("studies.operations", {**settings, "steps": STEPS})
            found.setdefault(workload, {})[name] = one
    # A run's first steps move the average each time.
    bounds = dict.fromkeys(BOUNDS, 0.9) if options.quick else BOUNDS
    return Outcome(found, claims(found, bounds), _draw(found), _text(found))


# ------------------------------------------------------------------- the measurement


def measure(workload, name, steps):
    """Milliseconds of a step by kind of operation, of one contestant.

    An operation's time is that from its beginning to its end. Where two run at once, on
    two cores, both count.

    Args:
        workload: Its name, such as "W1".
        name: The contestant's.
        steps: How many to profile.

    Returns:
        A dict of floats by kind.
    """
    contestant = contestants.CONTESTANTS[name]
    with tempfile.TemporaryDirectory() as folder:
        with contextlib.suppress(_IsDone):
            contestant(contestants.WORKLOADS[workload], _Profiled(steps, folder))
        (file,) = glob.glob(f"{folder}/**/*.xplane.pb", recursive=True)
        times = by_kind(_operations_in(file))
    return {kind: time / steps for kind, time in times.items()}


class _IsDone(Exception):
    """Ends a contestant, which trains without end."""


class _Profiled:
    """Takes the place of `contestants.Turns`: the third block of steps is profiled.

    Args:
        block: Steps in a block.
        folder: For the profiler's file.
    """

    def __init__(self, block, folder):
        self.block = block
        self._folder = folder
        self._number = 0

    def begin(self):
        """Counts the blocks."""
        self._number += 1
        if self._number == 3:
            tf.profiler.experimental.start(self._folder)

    def end(self):
        """Raises an exception after the last block."""
        if self._number == 3:
            tf.profiler.experimental.stop()
            raise _IsDone

    repeat = contestants.Turns.repeat


def by_kind(operations):
    """Adds up times by kind, the longest first.

    Args:
        operations: Pairs of an operation's path and type, "path:type", and its time.

    Example:

    >>> by_kind([("d/maxout_1/Maximum:Maximum", 2.0), ("g/dense/Relu:MatMul", 3.0)])
    {'matrix products': 3.0, 'maxout': 2.0}
    """
    times = collections.Counter()
    for operation, time in operations:
        fits = (kind for kind, form in KINDS.items() if re.search(form, operation))
        times[next(fits, OTHER)] += time
    return dict(times.most_common())


def _operations_in(file):
    """Pairs of what TensorFlow's operations are called and their milliseconds."""
    space = xplane_pb2.XSpace()
    space.ParseFromString(pathlib.Path(file).read_bytes())
    for plane in space.planes:
        if not plane.name.startswith("/host:CPU"):
            continue
        names = {key: one.name for key, one in plane.event_metadata.items()}
        for line in plane.lines:
            for event in line.events:
                name = names[event.metadata_id]
                # Python's functions, and what runs whole graphs, are no operations.
                if re.fullmatch(r"[\w/.]+:_?[A-Z]\w*", name) and "::" not in name:
                    yield name, event.duration_ps / 1e9


# ------------------------------------------------------------------- what it says


def claims(found, bounds):
    """That what a step has besides Algorithm 1 takes a small part of it.

    Args:
        found: What `measure` returned, by workload and contestant.
        bounds: The largest share, by workload.
    """
    made = []
    for workload, ones in found.items():
        times = ones["keras_gan"]
        share = sum(times.get(kind, 0.0) for kind in OWN) / sum(times.values())
        text = f"{workload}: share of average, norms, checks and scores"
        made.append(Claim(text, share, bounds[workload]))
    return made


def _columns(found):
    return {
        f"{workload}, {name}": times
        for workload, ones in found.items()
        for name, times in ones.items()
    }


def _text(found):
    columns = _columns(found)
    kinds = [kind for kind in (*KINDS, OTHER) if any(kind in c for c in columns.values())]
    rows = [
        (kind, *(_per_cent(times, kind) for times in columns.values())) for kind in kinds
    ]
    rows.append(("in all, ms", *(f"{sum(one.values()):.0f}" for one in columns.values())))
    return (
        f"Per cent of the time of all operations, by TensorFlow's profiler, over {STEPS} "
        "steps. Where two operations run at once, on two cores, both count. The "
        "workloads and the contestants are those of [where the time goes](speed.md). "
        "Operations are told apart by their path in the graph; *maxout* is what the "
        "layer does after its product."
        f"\n\n{table(('', *columns), rows)}"
    )


def _per_cent(times, kind):
    return f"{100 * times[kind] / sum(times.values()):.1f}" if kind in times else ""


def _draw(found):
    columns = _columns(found)
    figure, axis = pictures.new_figure(9.0, 0.4 * len(columns) + 2.0)
    start = dict.fromkeys(columns, 0.0)
    for number, kind in enumerate((*KINDS, OTHER)):
        widths = {name: times.get(kind, 0.0) for name, times in columns.items()}
        color = matplotlib.colormaps["tab20"](number)
        axis.barh([*columns], [*widths.values()], left=[*start.values()], color=color)
        axis.plot([], [], "s", color=color, label=kind)
        start = {name: start[name] + width for name, width in widths.items()}
    axis.invert_yaxis()
    axis.set_xlabel("time of all operations, ms a step")
    axis.legend(fontsize=8, ncols=5, loc="lower center", bbox_to_anchor=(0.45, 1.0))
    return pictures.figure_pixels(figure)


if __name__ == "__main__":
    settings = json.loads(sys.argv[1])
    print(json.dumps(measure(**settings)))
