"""`README.md` of a run's folder: a model card, from the run's own data."""

import glob
import os
import shlex

from keras_gan.board.measured import in_words
from keras_gan.board.report import is_own
from keras_gan.board.run_data import read_run
from keras_gan.storage.files import publish_text

_MARK = "<!-- Written by keras_gan whenever a run ends"
_FIRST_LINE = f"{_MARK} or is measured. Remove this line to keep what you change. -->"

_USE = """```python
import keras

import keras_gan

gan = keras.models.load_model("gan.keras")
samples = gan.sample(64, seed=1)
```"""
_LIMITS = """* The generator makes what its training data held, with its gaps and biases.
* Samples may resemble training samples: see the nearest neighbours in the report before
  publishing samples of personal data.
* Numbers compare only with numbers of the same samples, features and split."""


def write_model_card(run_dir):
    """Writes `README.md`: data, recipe, numbers with what they should be, and limits.

    Args:
        run_dir: Folder of the run.

    Returns:
        Whether it was written: a README.md that is the user's own stays.

    Example:

    >>> write_model_card("runs/dcgan")
    True
    """
    path = os.path.join(run_dir, "README.md")
    if not is_own(path, _MARK):
        return False
    publish_text(path, _card(read_run(run_dir), run_dir))
    return True


def _card(run, run_dir):
    end = run["verdicts"][-1]
    words = " ".join(filter(None, [f"{end['title']}.", end["text"], end["advice"]]))
    parts = [
        _FIRST_LINE,
        f"# {run['name']}",
        f"A generative adversarial net, trained by keras_gan for {run['step']:,} "
        f"generator steps. What there was to say at its end: {words}",
        *_pictures(run_dir),
        "## Data",
        _data(run),
        "## Recipe",
        _recipe(run, run_dir),
        "## Numbers",
        _numbers(run),
        "## Use",
        _use(run, run_dir),
        "## Limits",
        _limits(run),
        "## Licence",
        "To be filled in by whoever publishes this model. The licence of the training "
        "data may limit what is allowed.",
    ]
    return "\n\n".join(parts) + "\n"


def _pictures(run_dir):
    for name, text in (
        ("samples.png", "Samples of the generator"),
        ("images/figure1.png", "Both players, as in figure 1 of the 2014 paper"),
    ):
        if os.path.exists(os.path.join(run_dir, name)):
            yield f"![{text}]({name})"
    if os.path.exists(os.path.join(run_dir, "report.html")):
        yield "[report.html](report.html) shows the whole run."


def _data(run):
    name = run["flags"].get("--dataset")
    lines = [f"`{name}`" if name else "The training data is not known."]
    for number, about in run["classes"].items():
        if isinstance(about, dict):
            samples = about.get("samples")
            size = "" if samples is None else f", {samples:,} samples"
            name = about.get("name", number)
            # Many data sets call their classes by their numbers.
            called = "" if name in (number, str(number)) else f": {name}"
            lines.append(f"* class {number}{called}{size}")
    return "\n".join([lines[0], *([""] if lines[1:] else []), *lines[1:]])


def _recipe(run, run_dir):
    if not run["flags"]:
        return "It is not known: the run has no flags.txt."
    options = dict(run["flags"])
    preset = options.pop("--preset", None)
    began = "" if preset is None else f"It began as the preset {preset}. "
    lines = "\n".join(_flag(flag, value) for flag, value in options.items())
    # Its own run_dir is among the flags: without another it would go on there.
    path = os.path.join(os.fspath(run_dir), "flags.txt")
    command = shlex.join(["keras-gan-train", f"--flagfile={path}", "--run_dir=NEW"])
    return f"{began}`{command}` repeats it.\n\n```\n{lines}\n```"


def _flag(flag, value):
    if isinstance(value, bool):
        return flag if value else f"--no{flag[2:]}"
    return f"{flag}={value}"


def _use(run, run_dir):
    """How to draw samples. A `gan.keras` of before the run went on would mislead."""
    path = os.path.join(run_dir, "gan.keras")
    saved = [os.path.getmtime(one) for one in _checkpoints(run_dir)]
    is_whole = run["is_finished"] is not False and os.path.exists(path)
    if is_whole and os.path.getmtime(path) >= max(saved, default=0):
        return _USE
    command = f"keras-gan-sample --run_dir={shlex.quote(os.fspath(run_dir))}"
    return f"`{command}` draws samples of the newest checkpoint."


def _checkpoints(run_dir):
    return glob.glob(os.path.join(glob.escape(run_dir), "checkpoints", "step-*.json"))


def _numbers(run):
    head = ("number", "value", "on unseen data", "equilibrium, or real samples")
    rows = [f"| {' | '.join((*head, 'measured on'))} |", "|---|---|---|---|---|"]
    for row in run["numbers"]:
        name = f"{row['name']}, evaluated" if row.get("is_evaluated") else row["name"]
        cells = (
            in_words(row["value"], row.get("uncertainty")),
            in_words(row["unseen"]),
            in_words(row["target"], row.get("target_uncertainty")),
            row.get("measured_on", ""),
        )
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join([*rows, *(["", run["averaged"]] if run["averaged"] else [])])


def _limits(run):
    found = [
        f"* Step {event['step']:,}: {_what(event)}."
        for event in run["events"]
        if event["event"] in ("unhealthy", "diverged")
    ]
    return "\n".join([_LIMITS, *map(_caution, run["cautions"]), *found])


def _caution(text):
    """Why evaluated numbers may mislead, and what to do as code."""
    prose, *commands = text.split("\n")
    return " ".join(
        [f"* Evaluated numbers: {prose}", *(f"`{c.strip()}`" for c in commands)]
    )


def _what(event):
    """A symptom by its name, and whether it is gone."""
    if "name" not in event:
        return event["event"]
    gone = "" if event["gone"] is None else f"; gone since step {event['gone']:,}"
    said = event.get("text", "found three times, and stays")
    return f"{event['name']}: {said}{gone}"
