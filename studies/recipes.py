"""How a study names a run of a preset: its command, and a digest of all its options."""

import dataclasses
import hashlib

from keras_gan.recipe import Recipe


def command(preset, **changed):
    """The line that trains the same from the command line.

    Args:
        preset: Name of a preset.
        **changed: Options that differ from the preset's.

    Example:

    >>> command("dcgan", seed=1)
    'python scripts/train.py --preset=dcgan --seed=1'
    """
    flags = (f"--{name}={_text(value)}" for name, value in changed.items())
    return " ".join(["python scripts/train.py", f"--preset={preset}", *flags])


def settings(preset, **changed):
    """What makes such a run what it is: its command, and a digest of all its options.

    The digest tells apart what one command meant before a preset was changed, and after.
    """
    recipe = Recipe.preset(preset, **changed)
    # Where the data stand is no part of the run.
    text = dataclasses.replace(recipe, data_dir=None).to_flags()
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]
    return {"command": command(preset, **changed), "flags_digest": digest}


def _text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)
