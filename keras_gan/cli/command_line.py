"""How every script of keras_gan parses its flags and reports a user's mistake.

Imports neither Keras nor TensorFlow, so that `--help` answers at once.
"""

import contextlib
import errno
import functools
import importlib.util
import logging as python_logging
import math
import os
import pathlib
import re
import sys
import tempfile

from absl import app, flags, logging

from keras_gan.storage.files import is_full

# Flags defined here on behalf of a script are that script's flags.
flags.disclaim_key_flags()

_LENGTH = re.compile(r"--?(steps|epochs)(=.*)?")
# What a flagfile that repeats a run leaves out.
_NOT_REPEATED = {"preset", "dry_run", "preview"}


def run(command, num_arguments=0):
    """Runs a script: parse, set the surroundings, call `command()`, report.

    A user's mistake ends in one line on stderr and exit code 1, never in a
    traceback; no space or no permission ends in exit code 4.

    Args:
        command: Function whose result is the exit code, None is 0. The flags of its
            module are the script's flags.
        num_arguments: How many arguments that are no flags `command` takes at most.
    """
    main, module = sys.modules["__main__"], sys.modules[command.__module__]
    main.__doc__ = module.__doc__
    for flag in flags.FLAGS.get_flags_for_module(module.__name__):
        flags.FLAGS.register_key_flag_for_module(sys.argv[0], flag)
    app.run(
        lambda argv: _reported(functools.partial(command, *argv[1:])),
        flags_parser=functools.partial(_parse, num_arguments=num_arguments),
    )


def _parse(argv, num_arguments):
    try:
        arguments = flags.FLAGS(with_preset(argv))
    except flags.Error as error:
        _exit(f"{error}: see --help.")
    except SystemExit:
        # absl ends --help with 1, as if it had been a mistake.
        sys.exit(0)
    if len(arguments) > 1 + num_arguments:
        _exit(
            f"Unexpected argument {arguments[1 + num_arguments]!r}: flags are written "
            "--name=value."
        )
    return arguments


def _reported(command):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.set_verbosity(logging.WARNING)
    handler = logging.get_absl_handler()
    # What another library has to say about itself is no news to our users.
    handler.addFilter(lambda log: "keras_gan" in log.pathname)
    handler.setFormatter(python_logging.Formatter(f"{program()}: %(message)s"))
    try:
        with quiet_stderr():
            start_tensorflow()
        return command()
    except KeyboardInterrupt:
        _exit("Stopped by Ctrl-C.", code=130)
    except ModuleNotFoundError as error:
        _exit(f"{error}: pip install keras-gan brings all it needs.")
    except PermissionError as error:
        _exit(f"No permission: {error}: choose another folder.", code=4)
    except OSError as error:
        no_place = is_full(error) or error.errno == errno.EROFS
        _exit(f"{_words(error)}.", code=4 if no_place else 1)
    except (ImportError, ValueError) as error:
        _exit(str(error))


def _words(error):
    """What an `OSError` says, without the number that stands for it."""
    if error.strerror is None:
        return str(error)
    return ": ".join(map(str, filter(None, (error.filename, error.strerror))))


def start_tensorflow():
    import tensorflow as tf

    tf.config.list_physical_devices()


@contextlib.contextmanager
def quiet_stderr():
    """Holds back what TensorFlow's C++ prints while it starts; shows it on failure.

    Its log level variables do not reach these lines.
    """
    with tempfile.TemporaryFile() as aside:
        stderr = os.dup(2)
        os.dup2(aside.fileno(), 2)
        failed = True
        try:
            yield
            failed = False
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            if failed:
                aside.seek(0)
                os.write(2, aside.read())


def _exit(message, code=1):
    print(f"{program()}: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(code)


def program():
    """Name under which the script was started."""
    return os.path.basename(sys.argv[0])


def with_preset(argv):
    """Puts the flags of `--preset=NAME` ahead of all others.

    Of `--steps` and `--epochs` the one that comes last is the length of the run.

    Raises:
        flags.Error: If there is no such preset; names those that there are.
    """
    rest, name = [], None
    remaining = iter(flags.FLAGS.read_flags_from_files(argv[1:]))
    for argument in remaining:
        flag, equals, value = argument.partition("=")
        if flag in ("--preset", "-preset"):
            name = value if equals else next(remaining, "")
        else:
            rest.append(argument)
    if name is None:
        return [argv[0], *_of_one_length(rest)]
    folder = presets_folder()
    path = folder / f"{name}.flags"
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in folder.glob("*.flags")))
        raise flags.Error(f"Unknown preset {name!r}, use one of {names}")
    preset = flags.FLAGS.read_flags_from_files([f"--flagfile={path}"])
    return [argv[0], *_of_one_length([*preset, f"--preset={name}", *rest])]


def _of_one_length(arguments):
    """The flags without `--steps`, which would win, if `--epochs` comes after it."""
    lengths = [n for n, one in enumerate(arguments) if _LENGTH.fullmatch(one)]
    if not lengths or "epochs" not in arguments[lengths[-1]]:
        return arguments
    dropped = {n for n in lengths if "steps" in arguments[n]}
    dropped |= {n + 1 for n in dropped if "=" not in arguments[n]}  # --steps 100
    return [one for n, one in enumerate(arguments) if n not in dropped]


def presets_folder():
    """Where the presets are; found without importing the package."""
    package = importlib.util.find_spec("keras_gan").submodule_search_locations[0]
    return pathlib.Path(package) / "presets"


def define_finite(name, default, text, *, positive=False, at_most=None):
    """Defines a float flag that refuses NaN, infinity and numbers out of range."""
    flags.DEFINE_float(name, default, text, lower_bound=0.0, upper_bound=at_most)

    def is_legal(value):
        return value is None or (math.isfinite(value) and (value > 0 or not positive))

    kind = "positive" if positive else "non-negative"
    flags.register_validator(name, is_legal, f"must be a finite {kind} number")


def define_sizes(name, text):
    """Defines a flag of positive integers with commas between them, or none."""
    parser = _Sizes()
    serializer = flags.ListSerializer(",")
    flags.DEFINE(parser, name, None, text, serializer=serializer)


class _Sizes(flags.ArgumentParser):
    def parse(self, argument):
        if not argument:
            return None  # Takes back what a preset set.
        sizes = argument if isinstance(argument, list) else argument.split(",")
        try:
            sizes = [int(size) for size in sizes]
        except ValueError:
            sizes = []
        if not sizes or min(sizes) < 1:
            raise ValueError("must be positive integers, such as 1200,1200")
        return sizes

    def flag_type(self):
        return "sizes"


@contextlib.contextmanager
def naming_flag(name, value):
    """Lets a mistake in a flag's value say which flag it was."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"--{name}={value}: {error}") from error


def flagfile(command):
    """The flags of a command's module as the text of a flagfile that repeats the run."""
    own = flags.FLAGS.get_key_flags_for_module(command)
    repeated = [flag for flag in own if flag.name not in _NOT_REPEATED]
    lines = [flag.serialize() for flag in repeated if flag.value is not None]
    return "\n".join(sorted(lines)) + "\n"


class ListFlag(flags.BooleanFlag):
    """A flag that prints lines while the flags are parsed, as `--help` does, and stops.

    Args:
        name: Name of the flag.
        text: Its help.
        lines: What it prints; no TensorFlow is needed for it.
    """

    def __init__(self, name, text, lines):
        super().__init__(name, False, text)
        self._lines = lines

    def parse(self, arg):
        if arg:
            print("\n".join(self._lines))
            sys.exit(0)
