"""The folder of a run: may this run go there, or go on there, and what is in it?"""

import collections
import json
import os
import tempfile

from keras_gan.recipe import Recipe
from keras_gan.recipe.options import options_of, to_flags
from keras_gan.storage.checkpoints import Checkpoints, differences
from keras_gan.storage.files import publish_json
from keras_gan.storage.models import load_model


def flagfile(recipe, run_dir, resume):
    """The text of `flags.txt`, a flagfile that repeats the run."""
    lines = [*to_flags(recipe), f"--resume={resume}", f"--run_dir={run_dir}"]
    return "\n".join(sorted(lines)) + "\n"


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


def class_shares(run_dir, num_classes):
    """How often the training data has each class: numbers in the order of the labels.

    Returns:
        A list; None if the run folder does not say, as before 0.2.0.

    Raises:
        ValueError: If `classes.json` is not what a run of this many classes writes.
    """
    path = os.path.join(run_dir, "classes.json")
    try:
        with open(path, encoding="utf-8") as file:
            classes = json.load(file)
        return [int(classes[str(n)]["samples"]) for n in range(num_classes)]
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ValueError(
            f"{path} does not say how many samples each of {num_classes} classes has: "
            "move it away, and all classes are drawn equally often."
        ) from None


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


def check_former_run(run_dir, recipe, resume):
    """Refuses a folder that holds a run which this one does not continue.

    Raises:
        ValueError: If the run may not or cannot be continued; lists the options that
            differ from the former run's.
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
    differing = differences(_kept(Recipe.of_run(run_dir)), _kept(recipe))
    if differing:
        raise ValueError(
            f"--run_dir={run_dir} holds another run ({differing}): use its flags, "
            "or another folder."
        )


def _kept(recipe):
    """The options that may not change when a run is continued, as flags and texts."""
    values = ((one, getattr(recipe, n)) for n, one in options_of(Recipe).items())
    return {
        f"--{one.name}": one.text(value)
        for one, value in values
        if value is not None and not one.may_change
    }


def load_run(run_dir):
    """The trained `GAN` of a run folder.

    Raises:
        ValueError: If there is none, or its file cannot be read.
    """
    path = os.path.join(run_dir, "gan.keras")
    if not os.path.isfile(path):
        raise ValueError(
            f"--run_dir={run_dir} holds no gan.keras: train first, with "
            f"python scripts/train.py --run_dir={run_dir}."
        )
    try:
        return load_model(path, "a GAN", "train again")
    except ValueError as error:
        raise ValueError(f"--run_dir={run_dir}: {error}") from error
