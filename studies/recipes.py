"""Presets as the studies train them: in this process, with a few flags changed."""

import copy
import hashlib
import json

from absl import flags

from keras_gan.cli import command_line, train, training


def options(preset, **changed):
    """The flags of `scripts/train.py` as a preset sets them, parsed as the script does.

    Args:
        preset: Name of a preset.
        **changed: Flags that differ from the preset's.

    Returns:
        An object with one attribute per flag.

    Example:

    >>> options("paper_mnist", seed=3).lr
    0.05
    """
    values = flags.FlagValues()
    # Copies: the flags of two commands must not change each other.
    for flag in flags.FLAGS.get_flags_for_module(train.__name__):
        values[flag.name] = copy.deepcopy(flag)
    values(command_line.with_preset(["train.py", *_arguments(preset, changed)]))
    return values


def command(preset, **changed):
    """The line that trains the same from the command line."""
    return " ".join(["python scripts/train.py", *_arguments(preset, changed)])


def settings(preset, **changed):
    """What makes such a run what it is: its command, and a digest of all its flags.

    The digest tells apart what one command meant before a preset was changed, and after.
    """
    values = options(preset, **changed).flag_values_dict()
    values.pop("data_dir")
    text = json.dumps(values, sort_keys=True, default=str)
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]
    return {"command": command(preset, **changed), "flags_digest": digest}


def build(chosen):
    """(data, compiled `GAN`) for such flags."""
    real = training.load_data(chosen, chosen.split)
    return real, training.build(chosen, real)


def _arguments(preset, changed):
    pairs = (f"--{name}={_text(value)}" for name, value in changed.items())
    return [f"--preset={preset}", *pairs]


def _text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)
