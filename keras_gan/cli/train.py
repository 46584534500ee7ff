"""Trains a GAN. Without flags: the preset quickstart.

keras-gan-train --preset=quickstart
keras-gan-train --preset=dcgan --dataset=folder:my_images --image_size=32

Other flags overrule a preset's; without --preset they overrule those of mlp.
Of --steps and --epochs the last one counts.
keras-gan-train --preset=dcgan --help shows what that preset sets.
"""

import os

from absl import flags

from keras_gan.cli import command_line
from keras_gan.cli.flags import Typed, define, given
from keras_gan.recipe import Recipe
from keras_gan.recipe.recipe import preset_names


def define_flags():
    """The flags: all options of a recipe, and what to do with it."""
    own = flags.FlagValues()
    here = {"flag_values": own, "module_name": "Run"}
    names = ", ".join(preset_names())
    flags.DEFINE_string("preset", None, f"Start from a recipe by name: {names}.", **here)
    flags.register_validator("preset", _is_preset, flag_values=own)
    text = "Folder of the run. Default: runs/PRESET."
    flags.DEFINE_string("run_dir", None, text, short_name="r", **here)
    text = "Check data and networks, print the plan, stop."
    flags.DEFINE_bool("dry_run", False, text, **here)
    text = "Write the real samples as a picture, stop."
    flags.DEFINE_bool("preview", False, text, **here)
    text = "auto: go on where the run in --run_dir stopped; never: refuse such a folder."
    flags.DEFINE_enum("resume", "auto", ["auto", "never"], text, **here)
    text = (
        "Devices to train on: one (none), all GPUs of this machine (mirrored), or those "
        "of all workers in the environment's TF_CONFIG (multi_worker)."
    )
    strategies = ["none", "mirrored", "multi_worker"]
    flags.DEFINE_enum("strategy", "none", strategies, text, **here)
    text = "Minutes to wait for the other workers."
    flags.DEFINE_float("worker_timeout", 5.0, text, lower_bound=0.0, **here)
    return define(Recipe, own)


def _is_preset(name):
    try:
        if name is not None:
            Recipe.preset(name)
    except ValueError as error:
        raise flags.ValidationError(str(error).removesuffix(".")) from None
    return True


def recipe_of(own):
    """The recipe that the flags name."""
    changed = given(Recipe, own)
    if own["preset"].value is None and changed:
        return Recipe(**changed)
    return Recipe.preset(_preset_of(own), **changed)


def typed(own):
    """What of the recipe was typed."""
    changed = tuple(given(Recipe, own))
    return Typed(own["preset"].value if changed else _preset_of(own), changed)


def run_dir_of(own):
    """The folder that `--run_dir` names; the preset names it otherwise."""
    folder = own["run_dir"].value or os.path.join("runs", _preset_of(own))
    return os.path.expanduser(folder)


def _preset_of(own):
    """What is played, and names the folder: without any flag, what `make train` does."""
    if own["preset"].value is not None:
        return own["preset"].value
    # A recipe's defaults are the preset mlp.
    return "mlp" if given(Recipe, own) else "quickstart"


def main(own):
    """Trains; returns the exit code."""
    # Keras and TensorFlow take seconds to import: --help does not wait for them.
    from keras_gan.cli import training_run

    return training_run.train(
        recipe_of(own),
        run_dir_of(own),
        resume=own["resume"].value,
        dry_run=own["dry_run"].value,
        preview=own["preview"].value,
        strategy=own["strategy"].value,
        worker_timeout=own["worker_timeout"].value,
        typed=typed(own),
    )


def values_of(argv):
    """The values that hold with the preset that is typed, and what they are called."""
    own = define_flags()
    own(argv, known_only=True)
    if own["preset"].value is None:
        return {}, "the default, unless a preset sets another value"
    return vars(recipe_of(own)), f"the value with --preset={own['preset'].value}"


def run():
    """Entry point of `keras-gan-train`."""
    command_line.run(main, define_flags(), values_of=values_of)


if __name__ == "__main__":
    run()
