"""What a run says when it ends: how far it came, why it ended, and how to go on."""

import os
import shlex
import shutil
import signal
import sys

from keras_gan.cli.command_line import program
from keras_gan.terminal import counted, duration, prose


def ending(began_at, step, total, seconds, max_seconds):
    """How a run ended by itself.

    Args:
        began_at: The generator step at which this command went on; 0 if it began the run.
        step: Generator steps that are done.
        total: Steps of the whole run.
        seconds: How long the command took.
        max_seconds: The recipe's `max_seconds`.
    """
    if step >= total:
        own = f", the last {step - began_at:,} of them" if began_at else ""
        return f"Done: {counted(step, 'generator step')}{own} in {duration(seconds)}."
    # It counts from the end of the first step on.
    aside = " with start and saving"
    return stopped(f"--max_seconds={max_seconds:g}", step, total, seconds, aside)


def stopped(why, step, total, seconds, aside=""):
    """How far a run came that was stopped, and the command that goes on.

    Args:
        why: What stopped it, in a word or two.
        step: Generator steps that are done.
        total: Steps of the whole run.
        seconds: How long the command took.
        aside: What is part of these seconds. Defaults to "".
    """
    said = (
        f"Stopped by {why}, after {duration(seconds)}{aside}: {step:,} of "
        f"{counted(total, 'generator step')} done, {total - step:,} left."
    )
    return f"{prose(said, sys.stdout)}\nRun the same command to go on:\n{same_command()}"


def signal_of(stop):
    """What is called the signal that raised `KeyboardInterrupt` or `SystemExit`."""
    number = None if isinstance(stop, KeyboardInterrupt) else stop.code - 128
    names = {None: "Ctrl-C", signal.SIGHUP: "the closed terminal"}
    return names.get(number) or signal.Signals(number).name


def same_command():
    """The command that was typed, quoted for a shell.

    Of a command that another one runs, such as `make train`, that one: it says so in the
    environment, by `KERAS_GAN_COMMAND`.
    """
    if typed := os.environ.get("KERAS_GAN_COMMAND"):
        return typed
    if _is_installed():
        is_found = shutil.which(program())
        name = program() if is_found else sys.argv[0]
        return shlex.join([name, *sys.argv[1:]])
    return shlex.join(sys.orig_argv)


def other_command(name, *arguments):
    """Another command of this environment, active or not, quoted for a shell.

    Args:
        name: Such as "keras-gan-sample" or "tensorboard".
        *arguments: Its flags.
    """
    there = os.path.join(os.path.dirname(sys.executable), name)
    if os.path.isfile(there) and shutil.which(name) != there:
        # `make train` needs no active environment, and what follows it should not.
        name = os.path.relpath(there)
    return shlex.join([name, *arguments])


def _is_installed():
    """Whether the command was installed, and is not a script of a checkout."""
    return os.path.splitext(program())[1] != ".py"
