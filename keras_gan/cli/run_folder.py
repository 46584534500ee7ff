"""The folder of a run: may this run go there, or go on there, and what is in it?"""

import collections
import contextlib
import json
import os
import tempfile

from keras_gan.cli.flags import Typed
from keras_gan.recipe import Recipe
from keras_gan.recipe.options import options_of, to_flags
from keras_gan.storage.checkpoints import Checkpoints, differences
from keras_gan.storage.files import publish_json
from keras_gan.storage.models import save_description
from keras_gan.storage.runs import newest_gan

# Options that decide what a run leaves behind, and not what it becomes.
_ON_THE_WAY = (
    *("eval_split", "metrics", "evaluate_every", "evaluate_num"),
    *("picture_every", "spectrum_every"),
)
# The line of flags.txt that names the preset.
_BEGAN_AS = "# Began as --preset="


def flagfile(recipe, run_dir, resume, preset=None):
    """The text of `flags.txt`, a flagfile that repeats the run."""
    lines = [*to_flags(recipe), f"--resume={resume}", f"--run_dir={run_dir}"]
    # All that the preset sets is below: its name is for those who read it.
    began = [] if preset is None else [f"{_BEGAN_AS}{preset}"]
    return "\n".join([*began, *sorted(lines)]) + "\n"


def compared_options(recipe, real):
    """What TensorBoard's HPARAMS page says of a run, as a dict.

    Options that only say where something is, or what is measured or drawn on the way,
    are left out. TensorBoard shows first those in which runs differ.

    Args:
        recipe: A `keras_gan.Recipe`.
        real: Samples to train on.
    """
    compared = {"steps": recipe.steps_for(real)}
    for name, one in options_of(type(recipe)).items():
        if not one.may_change:
            value = getattr(recipe, name)
            # None needs a text: TensorBoard would not see that it differs from a number.
            is_open = value is None or value == ()
            is_plain = isinstance(value, bool | int | float | str)
            compared[name] = value if is_plain else "none" if is_open else one.text(value)
    compared["r1"] = recipe.r1_for(real.sample_shape)  # Whichever option names it.
    return compared


def training_options(recipe):
    """How a run was trained besides its seed: a dict of texts by flag.

    Args:
        recipe: A `keras_gan.Recipe`.
    """
    length = "epochs" if recipe.steps is None else "steps"
    return {
        f"--{length}": str(getattr(recipe, length)),
        **{flag: text for flag, text in _kept(recipe).items() if flag != "--seed"},
    }


def keep_classes(run_dir, real):
    """Writes `classes.json`: of each class its name, and how many samples train on it.

    Nothing if the data has neither labels nor names of classes.
    """
    classes = collections.defaultdict(dict)
    for number, name in enumerate(real.class_names or ()):
        classes[number]["name"] = name
    if real.labels is not None:
        counts = collections.Counter(real.labels.tolist())
        for number in range(real.num_classes):
            classes[number]["samples"] = counts[number]
    if classes:
        publish_json(os.path.join(run_dir, "classes.json"), classes)


def check_run_dir(run_dir):
    """Refuses a folder that cannot be written, or holds a pipe in place of a file."""
    standing = os.path.abspath(run_dir)
    while not os.path.exists(standing):
        standing = os.path.dirname(standing)
    if not os.path.isdir(standing):
        raise ValueError(f"--run_dir={run_dir}: {standing} is a file, not a folder.")
    for folder in (run_dir, os.path.join(run_dir, "checkpoints")):
        for entry in os.scandir(folder) if os.path.isdir(folder) else ():
            # Opening a pipe waits for a writer that never comes.
            is_known = entry.is_file() or entry.is_dir()
            if os.path.exists(entry.path) and not is_known:
                raise ValueError(f"{entry.path} is no file: move it away.")
    try:
        with tempfile.TemporaryFile(dir=standing):
            pass
    except OSError as error:
        raise OSError(
            error.errno,
            f"--run_dir={run_dir}: {standing} cannot be written ({error.strerror}): "
            "choose another folder",
        ) from None


def has_trained(run_dir):
    """Whether a run has trained here; a checkpoint of step 0 holds nothing of it."""
    return any(Checkpoints(os.path.join(run_dir, "checkpoints")).steps())


def check_former_run(run_dir, recipe, resume, typed=None):
    """Refuses a folder that holds a run which this one does not continue.

    Args:
        run_dir: Folder of the run.
        recipe: A `keras_gan.Recipe`.
        resume: "auto", or "never": refuse every run.
        typed: What was `Typed` of the recipe. Defaults to None: nothing.

    Raises:
        ValueError: If the run may not or cannot be continued; says what differs from
            the former run.
    """
    steps = Checkpoints(os.path.join(run_dir, "checkpoints")).steps()
    if not os.path.exists(os.path.join(run_dir, "metrics.jsonl")) and not any(steps):
        return  # nothing was trained there yet
    is_described = os.path.exists(os.path.join(run_dir, "flags.txt"))
    if resume == "never" or not steps or not is_described:
        raise ValueError(
            f"--run_dir={run_dir} holds a run already: choose another folder, or move "
            "that one away."
        )
    former, present = _kept(Recipe.of_run(run_dir)), _kept(recipe)
    if former != present:
        changed = _changed(former, present, preset_of_run(run_dir), typed or Typed())
        raise ValueError(
            f"--run_dir={run_dir} holds another run ({changed}): use its flags, or give "
            "this one a folder of its own by --run_dir."
        )


def changed_length(run_dir, recipe, real):
    """A line on a run that goes on with more or fewer steps in all; "" if it does not.

    Args:
        run_dir: Folder of the run, before it holds the new flags.
        recipe: A `keras_gan.Recipe`.
        real: Samples to train on.
    """
    if not has_trained(run_dir):
        return ""
    former, present = (one.steps_for(real) for one in (Recipe.of_run(run_dir), recipe))
    if former == present:
        return ""
    follows = {recipe.schedule, recipe.g_schedule} & {"linear", "cosine"}
    rates = ": from here on, learning rates follow the new length" if follows else ""
    return f"length: {present:,} steps in all, and no longer {former:,}{rates}\n"


def changed_options(run_dir, recipe):
    """Lines on what a run that goes on measures or draws otherwise; "" if nothing.

    Args:
        run_dir: Folder of the run, before it holds the new flags.
        recipe: A `keras_gan.Recipe`.
    """
    if not has_trained(run_dir):
        return ""
    former, lines = Recipe.of_run(run_dir), []
    for name in _ON_THE_WAY:
        was, now = getattr(former, name), getattr(recipe, name)
        if was != now:
            text = options_of(Recipe)[name].text
            said = (text(one) if one not in (None, ()) else "none" for one in (now, was))
            lines.append(f"{name}: {', and no longer '.join(said)}\n")
    return "".join(lines)


def data_of(run_dir):
    """What a run was trained on, as its checkpoints tell data apart; "" if unknown."""
    newest = None
    with contextlib.suppress(ValueError):  # All of them are damaged.
        newest = Checkpoints(os.path.join(run_dir, "checkpoints")).newest()
    return newest.facts.get("identity", {}).get("data", "") if newest else ""


def _changed(former, present, preset, typed):
    """What differs, in terms of what was typed.

    Args:
        former: The options of the former run, as flags and texts.
        present: Those of this one.
        preset: That of the former run; None if it had none, or is of 0.1.0.
        typed: What was `Typed` of this one.
    """
    flags = {f"--{name}" for name in typed.options}
    names = {n for n in former.keys() | present.keys() if former.get(n) != present.get(n)}
    others = names - flags
    if others and preset not in (None, typed.preset):
        return f"--preset is {typed.preset or 'left out'}, was {preset}"
    if not others or preset == typed.preset:
        return differences(former, present)
    # Nobody wrote down how that run was called.
    own = differences(*(_only(flags, those) for those in (former, present)))
    return "; ".join(filter(None, (own, f"--preset={typed.preset} sets other values")))


def _only(names, options):
    return {name: text for name, text in options.items() if name in names}


def preset_of_run(run_dir):
    """The preset with which a run began; None if it is not known."""
    with open(os.path.join(run_dir, "flags.txt"), encoding="utf-8") as file:
        first = file.readline().rstrip("\n")
    return first.removeprefix(_BEGAN_AS) if first.startswith(_BEGAN_AS) else None


def _kept(recipe):
    """The options that may not change when a run is continued, as flags and texts."""
    values = ((one, getattr(recipe, n)) for n, one in options_of(Recipe).items())
    return {
        f"--{one.name}": one.text(value)
        for one, value in values
        if value is not None and not one.may_change
    }


def describe_gan(run_dir, gan):
    """Writes `gan.json`, which says what the run's checkpoints are states of."""
    save_description(os.path.join(run_dir, "gan.json"), gan)


def load_run(run_dir):
    """The `GAN` of a run folder in its newest state; says so if that is a checkpoint.

    Raises:
        ValueError: If nothing was trained, or the newest state cannot be read.
    """
    try:
        gan, state = newest_gan(run_dir)
    except ValueError as error:
        raise ValueError(f"--run_dir={error}") from error
    if state:
        print(f"{run_dir}: read is {state}.", flush=True)
    if gan.is_conditional and gan.class_names is None:  # One of before kept no names.
        gan.class_names, _ = read_classes(run_dir, gan.num_classes)
    return gan


def read_classes(run_dir, num_classes):
    """What `classes.json` says of each class of a run, in the order of the labels.

    Returns:
        `(names, numbers of training samples)`, two lists; None each if it is not known.

    Raises:
        ValueError: If the file is not one that a run of this many classes writes.
    """
    path = os.path.join(run_dir, "classes.json")
    if not os.path.isfile(path):
        return None, None
    try:
        with open(path, encoding="utf-8") as file:
            classes = json.load(file)
        if len(classes) != num_classes:
            raise ValueError(f"it has {len(classes)} classes, not {num_classes}")
        classes = [classes[str(number)] for number in range(num_classes)]
        return _all(classes, "name", str), _all(classes, "samples", int)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(
            f"--run_dir={run_dir}: {path} cannot be read ({reason}): write what is known "
            'of each class there, such as {"0": {"name": "cat", "samples": 100}}, or '
            "remove it."
        ) from None


def called(number, name=None):
    """A class in words: "3 cat"; "3" if it has no name, or that one."""
    return str(number) if name in (None, str(number)) else f"{number} {name}"


def _all(classes, name, kind):
    """What all classes have under a name; None if one of them has nothing there."""
    found = [one.get(name) for one in classes]
    if None in found:
        return None
    if not all(isinstance(one, kind) for one in found):
        raise ValueError(f"{name!r} is not always a {kind.__name__}")
    return found
