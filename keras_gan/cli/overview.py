"""`keras-gan`, or `python -m keras_gan`: the version, the commands, the presets."""

import importlib
import sys
import textwrap

from keras_gan.cli.command_line import output_checked
from keras_gan.recipe.recipe import about_preset, preset_names
from keras_gan.version import __version__

COMMANDS = ("train", "sample", "evaluate", "report")


def main(arguments):
    """Runs the command that the first argument names, or tells which there are."""
    command, *rest = arguments or ["--help"]
    if command == "--version":
        print(__version__)
    elif command in COMMANDS:
        sys.argv = [f"keras-gan-{command}", *rest]
        importlib.import_module(f"keras_gan.cli.{command}").run()
    elif command in ("-h", "--help"):
        print("\n".join(_overview()))
    else:
        sys.exit(f"keras_gan: no command {command!r}: use {', '.join(COMMANDS)}.")


def _overview():
    yield f"keras_gan {__version__}: generative adversarial nets for Keras"
    yield "\nCommands, each with --help:"
    for name in COMMANDS:
        about = importlib.import_module(f"keras_gan.cli.{name}").__doc__
        yield _entry(f"keras-gan-{name}", about.splitlines()[0])
    yield "\nPresets, as in keras-gan-train --preset=dcgan:"
    for name in preset_names():
        yield _entry(name, about_preset(name))


def _entry(name, about):
    return textwrap.fill(f"  {name:<19} {about}", 80, subsequent_indent=" " * 22)


def run():
    """Entry point of `keras-gan`."""
    with output_checked():
        main(sys.argv[1:])
