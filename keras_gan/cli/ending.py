"""What a run says when it ends: how far it came, why it ended, and how to go on."""

import os
import shlex
import shutil
import sys

from keras_gan.callbacks.progress import counted, duration
from keras_gan.cli.command_line import program


def ending(step, total, seconds, max_seconds):
    """How a run ended by itself.

    Args:
        step: Generator steps that are done.
        total: Steps of the whole run.
        seconds: How long the command took.
        max_seconds: The recipe's `max_seconds`.
    """
    took = duration(seconds)
    if step >= total:
        return f"Done: {counted(step, 'generator step')} in {took}."
    stopped = f"Stopped by --max_seconds={max_seconds:g}, in {took}"
    return f"{stopped}: {what_is_left(step, total)}"


def what_is_left(step, total):
    """How far a run came that was stopped, and the command that goes on."""
    return (
        f"{step:,} of {counted(total, 'generator step')} done, {total - step:,} left. "
        f"Run the same command to go on:\n{same_command()}"
    )


def same_command():
    """The command that was typed, quoted for a shell."""
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
