"""All that a run's folder says, as one dict that the page draws."""

import contextlib
import fractions
import json
import os
import re

from keras_gan.board.averages import last_mean, starts_of
from keras_gan.board.measured import Measured, in_words
from keras_gan.board.runs import list_pictures, modified
from keras_gan.board.verdict import is_finished, named, verdicts
from keras_gan.logs import TABLE, is_evaluation, tag_of
from keras_gan.storage.files import as_json
from keras_gan.storage.lines import read_lines

# A curve has at most about twice as many points: more than a screen has columns.
_BUCKETS = 600
# What `density.json` holds of the end of a run.
_OF_DENSITIES = {
    "jsd": "Jensen-Shannon divergence of p_g and p_data, in nats: 0 if they are equal.",
    "d_error": "Mean |D - 1/2| where there are data: 0 at equilibrium.",
}
# The game first. A chart that is not listed comes last.
_ORDER = (
    "losses",
    "scores",
    "evaluation",
    "health",
    "gradient norms",
    "value",
    "spectrum",
    "time",
)
_BY_TAG = {log.tag: log for log in TABLE.values()}
_RANK = {name: number for number, name in enumerate(TABLE)}
# Where both players can be drawn, that picture says most.
_PICTURES = {
    "plane": (
        "The plane",
        "Blue is where D says real, orange where it says fake, white where it cannot "
        "tell. Arrows show where G will move its samples (crosses); "
        "at the end they lie on the data (dots), and D is 1/2 there.",
    ),
    "density": (
        "Densities and D",
        "p_g (green) should meet the data (dotted); then D (dashed) is 1/2 where there "
        "are data.",
    ),
    "figure1": ("Figure 1", "Figure 1 of the 2014 paper, drawn from this run."),
    "fake": (
        "Samples of fixed latents",
        "The same latents at each step: what changes is the generator.",
    ),
    "real": ("Real samples", "What the generator should come to."),
    "spectrum": (
        "Spectrum of the game",
        "Eigenvalues of one training step: inside the circle the game converges, on it "
        "it turns, outside it diverges, but what lies on the right only grows, which is "
        "usual on the way.",
    ),
    "walk": (
        "Latent walk",
        "Each row leads from one latent to another. Smooth changes show that the "
        "generator has learned more than a list of images.",
    ),
    "neighbors": (
        "Nearest neighbours",
        "Each sample beside the nearest training image. It should be of the same kind; a "
        "pair that is equal in each detail shows that the generator memorises.",
    ),
}


def read_run(run_dir, name=None):
    """Reads the folder of a run, also of one that is being written.

    Args:
        run_dir: The folder.
        name: What to call the run. Defaults to None: the folder's name.

    Returns:
        A dict of plain values: `name`, `modified`, `step`, `is_finished`, `charts`,
        `curves`, `events`, `verdicts`, `pictures`, `flags`, `classes`, `numbers`,
        `averaged`: a sentence on which steps they are of, `cautions`: sentences on why
        the evaluated ones may mislead, and `problems`: a sentence for each file that
        cannot be read.
    """
    files = _Files(run_dir)
    metrics = files.lines("metrics.jsonl")
    points = files.lines("curves.jsonl")
    curves = _curves(points or list(map(_as_points, metrics)))
    if points:  # Those of unseen samples and of evaluations are in both.
        _add_missing(curves, _curves(list(map(_as_points, metrics))))
    divergence = files.json("divergence.json")
    events = _events(files.lines("events.jsonl"), divergence, files.checkpoints())
    pictures = _pictures(run_dir)
    steps = [
        s for one in curves.values() for line in one["points"].values() for s in line[0]
    ]
    steps += [picture["steps"][-1] for picture in pictures if picture["steps"]]
    steps += [event["step"] for event in events]
    last = max(steps, default=0)
    flags = _flags(files.text("flags.txt"))
    evaluations, density = files.evaluations(), files.json("density.json")
    starts = starts_of(events)
    numbers, averaged = _numbers(metrics, curves, evaluations, density, starts)
    done = _done(flags, metrics)
    evaluated = [
        *(one for of in evaluations for one in _evaluated(of, last)),
        *_of_densities(density, last),
    ]
    words = verdicts(curves, events, last=last, evaluated=evaluated, done=done)
    content = {
        "name": name or os.path.basename(os.path.abspath(run_dir)),
        "modified": modified(run_dir),
        "step": last,
        "is_finished": is_finished(done(last)),
        "curves": {name: _drawn(curve) for name, curve in curves.items()},
        "charts": _charts(curves),
        "events": events,
        "verdicts": words,
        "pictures": pictures,
        "flags": flags,
        "classes": files.json("classes.json"),
        "numbers": numbers,
        "averaged": averaged,
        "cautions": list(dict.fromkeys(c for of in evaluations for c in _cautions(of))),
        "problems": files.problems,
    }
    return as_json(content)


class _Files:
    """Reads files of a folder, and notes which cannot be read."""

    def __init__(self, folder):
        self._folder = folder
        self.problems = []

    def text(self, name):
        try:
            with open(os.path.join(self._folder, name), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""
        except (OSError, ValueError) as error:
            self._note(name, error)
            return ""

    def json(self, name):
        """A dict; an empty one if there is no such file."""
        text = self.text(name)
        try:
            content = json.loads(text) if text else {}
        except ValueError as error:
            return self._note(name, error)
        return content if isinstance(content, dict) else self._note(name, "no object")

    def evaluations(self):
        """What is in `evaluation.json`, and in former ones of the same step and data.

        Each metric is the latest: results of a former file that a later one holds, too,
        are left out.
        """
        newest = self.json("evaluation.json")
        same = ("step", "dataset", "split", "image_shape")
        found, known = [newest], set(_dict(newest.get("results")))
        for name in self._former_evaluations():
            former = self.json(name)
            results = _dict(former.get("results"))
            others = {metric: of for metric, of in results.items() if metric not in known}
            if others and all(former.get(key) == newest.get(key) for key in same):
                found.append({**former, "results": others})
                known |= others.keys()
        return found

    def _former_evaluations(self):
        """Names of the files that `evaluate.py` has kept, the latest first."""
        with contextlib.suppress(OSError), os.scandir(self._folder) as entries:
            found = [e for e in entries if re.fullmatch(r"evaluation_\d+\.json", e.name)]
            found.sort(key=lambda entry: entry.stat().st_mtime, reverse=True)
            return [entry.name for entry in found]
        return []

    def lines(self, name):
        try:
            lines, damaged = read_lines(os.path.join(self._folder, name))
        except OSError as error:
            self._note(name, error)
            return []
        sound = [line for line in lines if isinstance(line.get("step"), int)]
        damaged += len(lines) - len(sound)
        if damaged:
            lines_are = "line is" if damaged == 1 else "lines are"
            self._note(name, f"{damaged} {lines_are} damaged and left out")
        return sound

    def checkpoints(self):
        folder = os.path.join(self._folder, "checkpoints")
        names = os.listdir(folder) if os.path.isdir(folder) else ()
        found = (re.fullmatch(r"step-(\d+)\.json", name) for name in names)
        return sorted(int(match[1]) for match in found if match)

    def _note(self, name, why):
        self.problems.append(f"{name} cannot be read: {why}.")
        return {}


def _as_points(line):
    """A line of `metrics.jsonl` as lines of `curves.jsonl`, in one."""
    numbers = {n: v for n, v in line.items() if n not in ("step", "epoch")}
    unseen = {
        tag_of(n.removeprefix("val_")): v
        for n, v in numbers.items()
        if n.startswith("val_") or is_evaluation(n)
    }
    rest = {n: v for n, v in numbers.items() if not n.startswith("val_")}
    seen = {tag_of(n): v for n, v in rest.items() if not is_evaluation(n)}
    return {"step": line["step"], "numbers": seen, "unseen": unseen}


def _curves(lines):
    """Curves by name, from points of all curves at a step."""
    found = {}
    for line in lines:
        split = {"eval": "unseen", "equilibrium": "level"}.get(line.get("split"), "train")
        for where, numbers in ((split, "numbers"), ("unseen", "unseen")):
            for tag, value in _dict(line.get(numbers)).items():
                curve = found.setdefault(tag, {"points": {}, "about": ""})
                if where == "level":
                    curve["level"] = value
                elif isinstance(value, int | float):
                    # Of two points at one step the later one holds.
                    curve["points"].setdefault(where, {})[line["step"]] = value
        for tag, text in _dict(line.get("about")).items():
            found.setdefault(tag, {"points": {}, "about": ""})["about"] = text
    named = {_name(tag): _curve(tag, one) for tag, one in found.items() if one["points"]}
    # In the order of the table of logs; stable, so that metrics keep their own.
    return {n: named[n] for n in sorted(named, key=lambda n: _RANK.get(n, len(_RANK)))}


def _dict(content):
    return content if isinstance(content, dict) else {}


def _name(tag):
    return _BY_TAG[tag].name if tag in _BY_TAG else tag.partition("/")[2] or tag


def _curve(tag, found):
    log = _BY_TAG.get(tag)
    level = found.get("level")
    if level is None and log is not None and not log.of_loss:
        level = _number(log.equilibrium)
    points = {
        split: [list(column) for column in zip(*sorted(of.items()), strict=True)]
        for split, of in found["points"].items()
    }
    return {
        "group": _group(tag),
        "about": found["about"] or (log.description() if log else ""),
        "level": level if isinstance(level, int | float) else None,
        "points": points,
    }


def _group(tag):
    log = _BY_TAG.get(tag)
    return (log and log.chart) or re.sub(r"^\d+ ", "", tag.partition("/")[0])


def _number(text):
    """What a text such as "1/2" stands for; None if it is no number."""
    try:
        return float(fractions.Fraction(text))
    except (ValueError, ZeroDivisionError):
        return None


def _drawn(curve):
    """A curve as the page draws it, after what is said of all of its points."""
    of = curve["points"].items()
    points = {split: thinned(list(zip(*line, strict=True))) for split, line in of}
    return {**curve, "points": points}


def thinned(points, buckets=_BUCKETS):
    """Few points that look like many: the least and the largest of each bucket.

    Args:
        points: A list of `(step, value)`.
        buckets: How many buckets. Defaults to 600.

    Returns:
        `[steps, values]`, two lists of the same length.

    Example:

    >>> thinned([(1, 0.5), (2, 9.0), (3, 0.5), (4, 0.25)], buckets=1)
    [[1, 2, 4], [0.5, 9.0, 0.25]]
    """
    if len(points) > 2 * buckets:
        kept = {0, len(points) - 1}
        for i in range(buckets):
            of = range(i * len(points) // buckets, (i + 1) * len(points) // buckets)
            kept |= {min(of, key=lambda j: points[j][1])}
            kept |= {max(of, key=lambda j: points[j][1])}
        points = [points[j] for j in sorted(kept)]
    return [list(column) for column in zip(*points, strict=True)]


def _add_missing(curves, others):
    for name, other in others.items():
        curve = curves.setdefault(name, other)
        curve["points"] = {**other["points"], **curve["points"]}


def _charts(curves):
    """Titles, and the curves that share a chart, the game first."""
    shared = {log.chart for log in TABLE.values()} - {""}
    charts = {}
    for name, curve in curves.items():
        group = curve["group"]
        title = group if group in shared else name
        charts.setdefault((_place(group), title), []).append(name)
    return [
        {"title": title, "curves": charts[place, title]}
        for place, title in sorted(charts, key=lambda key: key[0])
    ]


def _place(group):
    return _ORDER.index(group) if group in _ORDER else len(_ORDER)


def _events(lines, divergence, checkpoints):
    events = [line for line in lines if isinstance(line.get("event"), str)]
    if isinstance(divergence.get("step"), int):
        logs = _dict(divergence.get("logs"))
        broken = [name for name, value in logs.items() if value is None]
        events.append({"step": divergence["step"], "event": "diverged", "logs": broken})
    events += [{"step": step, "event": "checkpoint"} for step in checkpoints]
    return named(sorted(events, key=lambda event: event["step"]))


def _pictures(run_dir):
    """What can be looked at, in the order in which it is shown."""
    numbered, single = list_pictures(run_dir)
    found = {
        kind: {"steps": [s for s, _ in of], "files": [name for _, name in of]}
        for kind, of in numbered.items()
    }
    for name in single:
        found[name.removesuffix(".png")] = {"steps": [], "files": [name]}
    known = [kind for kind in _PICTURES if kind in found]
    rest = [kind for kind in found if kind not in _PICTURES]
    return [
        {"kind": kind, "title": title, "about": about, **found[kind]}
        for kind in known + rest
        for title, about in [_PICTURES.get(kind, (kind, ""))]
    ]


def _flags(text):
    """The options of a run, by flag; those that only name its folder are left out."""
    found = {}
    for line in text.splitlines():
        flag, is_given, value = line.removeprefix("# Began as ").partition("=")
        if is_given and flag.startswith("--"):
            found[flag] = value
        elif flag.startswith("--no"):
            found[f"--{flag[4:]}"] = False
        elif flag.startswith("--"):
            found[flag] = True
    if found.get("--steps"):
        found.pop("--epochs", None)  # It does not count.
    return {f: v for f, v in found.items() if f not in ("--run_dir", "--resume")}


def _done(flags, metrics):
    """How much of the planned run is done at a step, as `verdicts` asks for it."""
    planned, epochs = (_whole(flags.get(flag)) for flag in ("--steps", "--epochs"))

    def done(step):
        if planned:
            return step, planned, "steps"
        if not epochs:
            return None
        ended = [line.get("epoch") for line in metrics if line["step"] <= step]
        return max(filter(_is_whole, ended), default=0), epochs, "epochs"

    return done


def _is_whole(value):
    return isinstance(value, int)


def _whole(text):
    """What a flag's text stands for; None if it is no whole number."""
    return int(text) if isinstance(text, str) and text.isdecimal() else None


def _evaluated(evaluation, last):
    """The results of `evaluation.json` that are numbers, in its order."""
    step, real = evaluation.get("step"), evaluation.get("num_real")
    few = real if _is_whole(real) and evaluation.get("is_of_few") else None
    moved = evaluation.get("changes_with_n") or []
    floors = _dict(evaluation.get("floor"))
    found = []
    for name, result in _dict(evaluation.get("results")).items():
        result, floor = _dict(result), _dict(floors.get(name))
        numbers = [
            number if isinstance(number, int | float) else None
            for one in (result, floor)
            for number in (one.get("value"), one.get("uncertainty"))
        ]
        value, error, of_real, error_of_real = numbers
        if value is not None:
            at = step if isinstance(step, int) else last
            counts = [one.get("n") for one in (result, floor)]
            counts = [n if _is_whole(n) else None for n in counts]
            found.append(
                Measured(
                    *(name, value, of_real, error, error_of_real, at, *counts),
                    few_real=few,
                    changes_with_n=name in moved,
                )
            )
    return found


def _cautions(evaluation):
    """The sentences of `evaluation.json`; a command may stand on a line of its own."""
    found = evaluation.get("cautions")
    found = found if isinstance(found, list) else []
    return [one for one in found if isinstance(one, str)]


def _of_densities(density, last):
    """How far p_g is from a density that is known; [] if nobody has measured it."""
    jsd, step = density.get("jsd"), density.get("step")
    if not isinstance(jsd, int | float):
        return []
    return [Measured("jsd", jsd, 0.0, step=step if _is_whole(step) else last)]


def _numbers(metrics, curves, evaluations, density, starts):
    """The last numbers of a run, and the measured ones, each with what it should be.

    Returns:
        `(rows, averaged)`: the numbers, and which steps those of training are of.
    """
    rows, spans = [], []
    for name, curve in curves.items():
        value, unseen = (
            _last(metrics, f"evaluation/{name}"),
            _last(metrics, f"val_{name}"),
        )
        lines = curve["points"].get("train") or curve["points"].get("unseen")
        is_of_training = "train" in curve["points"] and _last(metrics, name) is not None
        if value is None and is_of_training:
            value, *span = last_mean(*lines, starts=starts)
            spans.append(span)
        if value is None and unseen is None:
            value = lines[1][-1]
        row = {"name": name, "value": value, "unseen": unseen, "target": curve["level"]}
        rows.append({**row, "about": curve["about"]})
    averaged = ""
    if spans:
        first, last = spans[0]
        averaged = (
            "Losses, scores and norms of training are means of the last stretch, steps "
            f"{first:,} to {last:,}; a point of a curve is the mean of fewer steps, and "
            "differs."
        )
    for name, about in _OF_DENSITIES.items():
        if name in density:
            row = {"name": name, "value": density[name], "unseen": None, "target": 0.0}
            rows.append({**row, "about": about})
    rows += [row for of in evaluations for row in _evaluated_numbers(of)]
    return rows, averaged


def _evaluated_numbers(evaluation):
    """The rows of what was measured after training."""
    floors = _dict(evaluation.get("floor"))
    measured = {one.name: one for one in _evaluated(evaluation, 0)}
    for name, result in _dict(evaluation.get("results")).items():
        result, floor = _dict(result), _dict(floors.get(name))
        one = measured.get(name)
        about = {"num_real": evaluation.get("num_real"), **_dict(result.get("extra"))}
        measured_on = _measured_on(result, about["num_real"], floor)
        yield {
            "name": name,
            "value": result.get("value"),
            "uncertainty": result.get("uncertainty"),
            "unseen": None,
            "target": floor.get("value"),
            "target_uncertainty": floor.get("uncertainty"),
            "about": f"Measured after training: {measured_on}.",
            "measured_on": measured_on,
            "words": one
            and {
                "value": in_words(one.value, one.error),
                "target": in_words(one.floor, one.floor_error),
            },
            "is_evaluated": True,
        }


def _last(lines, name):
    """The last number of that name, or None."""
    numbers = (line.get(name) for line in reversed(lines))
    return next((one for one in numbers if isinstance(one, int | float)), None)


def _measured_on(result, num_real, floor):
    """What an evaluated number stands on, in words."""
    parts = [
        _counted(result.get("n"), "samples"),
        _counted(num_real, "real ones"),
        _counted(floor.get("n"), "for the floor"),
        f"extractor {result['extractor']}" if result.get("extractor") else "",
    ]
    return ", ".join(filter(None, parts))


def _counted(number, of):
    return f"{number:,} {of}" if isinstance(number, int) else ""
