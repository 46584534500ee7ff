"""How every script of keras_gan parses its flags and reports a user's mistake.

Imports neither Keras nor TensorFlow, so that `--help` answers at once.
"""

import atexit
import contextlib
import difflib
import errno
import functools
import gc
import logging as python_logging
import os
import re
import sys
import tempfile

from absl import app, flags, logging

from keras_gan.cli import usage
from keras_gan.cli.flags import ListFlag
from keras_gan.storage.files import is_full
from keras_gan.terminal import StatusLine, is_terminal, prose
from keras_gan.version import __version__

# Not its name alone: a checkout called keras_gan may hold the libraries, too.
_PACKAGE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "")
# Flags that other commands have for the folders of runs.
_FOLDERS = ("run_dir", "run_dirs", "r")
# What shells report of a program whose reader went away.
_BROKEN_PIPE = 141
# What keeps from writing anything at a place.
_CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM)


def run(command, own=None, num_arguments=0, values_of=None, needs_tensorflow=True):
    """Runs a script: parse, set the surroundings, call the command, report.

    A user's mistake ends in one line on stderr and exit code 1, never in a
    traceback; no space or no permission ends in exit code 4.

    Args:
        command: Function of `own` and of the arguments that are no flags. Its result
            is the exit code, None is 0; its module's docstring is the script's help.
        own: `absl.flags.FlagValues`, the flags of the script. Defaults to None: it has
            none.
        num_arguments: How many arguments that are no flags `command` takes at most.
        values_of: Function of the command line, without `--help`. Returns the values
            that `--help` shows in place of defaults, by name, and what they are.
            Defaults to None: the defaults.
        needs_tensorflow: Whether to start it, which takes seconds; `command` may do it
            itself. Defaults to True.
    """
    _open_closed_streams()
    # Python looks for cycles among TensorFlow's objects before it exits: seconds for
    # nothing, in which the command seems to hang.
    atexit.register(gc.freeze)
    own = own if own is not None else flags.FlagValues()
    text = "Print the version of keras_gan, stop."
    version = ListFlag("version", text, [__version__])
    flags.DEFINE_flag(version, own, module_name="Package")
    main, module = sys.modules["__main__"], sys.modules[command.__module__]
    main.__doc__ = module.__doc__
    flags.FLAGS.append_flag_values(own)
    for section, members in own.flags_by_module_dict().items():
        for flag in members:
            flags.FLAGS.register_flag_by_module(section, flag)
    with output_checked():
        if usage.ASKED & set(sys.argv[1:]):
            _help(module.__doc__, own, values_of)
        app.run(
            lambda argv: _reported(
                functools.partial(command, own, *argv[1:]), needs_tensorflow
            ),
            flags_parser=functools.partial(_parse, num_arguments=num_arguments),
        )


def _help(about, own, values_of):
    """Prints the help, and exits."""
    asked = [one for one in sys.argv if one not in usage.ASKED]
    try:
        shown = values_of(asked) if values_of else ()
    except flags.Error as error:
        _exit(f"{error}: see --help.")
    print("\n".join(usage.usage(about, own, *shown)))
    sys.exit(0)


def _open_closed_streams():
    """Opens what `>&-` closed: the next file to be opened would become the output."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # The lowest free number is this one.
            mode = "r" if number == 0 else "w"
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))
    if hasattr(sys.stdout, "reconfigure"):
        # A name that is no text, of a file or of a class, can still be printed.
        sys.stdout.reconfigure(errors="backslashreplace")


@contextlib.contextmanager
def output_checked():
    """Writes out what was printed while its failure can still be reported."""
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # `| head` has read enough. Python would try to write the rest, and complain.
        give_up_stdout()
        sys.exit(_BROKEN_PIPE)
    except OSError as error:
        give_up_stdout()
        _exit(f"The output cannot be written: {error.strerror}.", code=4)


def say(text):
    """Prints at once, even into a pipe: what follows may take minutes."""
    print(text, flush=True)


def give_up_stdout():
    """Lets what is still to be printed go nowhere: nobody reads it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parse(argv, num_arguments):
    _check_text(argv)
    try:
        arguments = flags.FLAGS(argv)
    except flags.UnrecognizedFlagError as error:
        if num_arguments and error.flagname in _FOLDERS:
            folders = error.flagvalue.partition("=")[2] or "FOLDER"
            folder = " ".join(folders.split(","))
            _exit(
                f"--{error.flagname} is no flag here: name folders without one, as in "
                f"{program()} {folder}"
            )
        close = difflib.get_close_matches(error.flagname, flags.FLAGS, n=1)
        meant = f" Did you mean --{close[0]}?" if close else ""
        _exit(f"There is no flag --{error.flagname}.{meant} All flags: --help.")
    except flags.Error as error:
        _exit(f"{error}: see --help.")
    except UnicodeDecodeError:
        named = [one for one in argv if one.lstrip("-").startswith("flagfile")]
        _exit(
            f"{' '.join(named) or 'A flagfile'} is no text file: give lines --name=value."
        )
    except SystemExit:
        # absl ends --helpfull with 1, as if it had been a mistake.
        sys.exit(0)
    if len(arguments) > 1 + num_arguments:
        _exit(
            f"Unexpected argument {arguments[1 + num_arguments]!r}: flags are written "
            "--name=value."
        )
    return arguments


def _check_text(argv):
    """Refuses names that are not UTF-8: TensorFlow and JSON have no others."""
    for argument in argv:
        try:
            argument.encode("utf-8")
        except UnicodeEncodeError:
            shown = argument.encode("utf-8", "backslashreplace").decode("utf-8")
            _exit(f"{shown} is not UTF-8: choose another name, or rename it.")


def _reported(command, needs_tensorflow):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.set_verbosity(logging.INFO)
    handler = logging.get_absl_handler()
    handler.addFilter(_News())
    handler.setFormatter(_Wrapped(f"{program()}: %(message)s"))
    try:
        if needs_tensorflow:
            start_tensorflow()
        return command()
    except KeyboardInterrupt:
        _exit("Stopped by Ctrl-C.", code=130)
    except ModuleNotFoundError as error:
        _exit(f"{error}: pip install keras-gan brings all it needs.")
    except BrokenPipeError:
        raise
    except PermissionError as error:
        _exit(f"No permission: {error}: choose another folder.", code=4)
    except OSError as error:
        no_place = is_full(error) or error.errno in _CLOSED
        _exit(f"{_words(error)}.", code=4 if no_place else 1)
    except (ImportError, ValueError) as error:
        _exit(in_words(error))


class _Wrapped(python_logging.Formatter):
    """Wraps messages for a terminal; in a file each is one line, to be searched for."""

    def format(self, record):
        return prose(super().format(record), sys.stderr)


class _News(python_logging.Filter):
    """Lets through what this package has to say, each line once.

    What another library says about itself is no news to our users, and what each of
    several runs says again, such as those of a study, is none the second time.
    """

    def __init__(self):
        super().__init__()
        self._said = set()

    def filter(self, record):
        line = record.getMessage()
        is_news = record.pathname.startswith(_PACKAGE) and line not in self._said
        self._said.add(line)
        return is_news


def in_words(error):
    """What a mistake is called on the command line, where arguments are flags.

    The library speaks of arguments. Those that are two words, such as `image_size`, are
    turned into flags here; single words, such as `split`, may be no names at all, unless
    a value follows, as in `channels=4`.
    """
    # Where an argument's name would not do, the error knows both wordings.
    in_flags = getattr(error, "in_flags", error.__str__)
    return _in_flags(in_flags())


def _in_flags(text):
    words = list(filter(str.isidentifier, flags.FLAGS))
    names = "|".join(name for name in words if "_" in name)
    text = re.sub(rf"(?<![\w\-./])({names})(?![\w/]|\.\w)", r"--\1", text)
    text = re.sub(rf"(?<=\s)({'|'.join(words)})(?==\w)", r"--\1", text)
    return re.sub(r"(--\w+)=True\b", r"\1", text)


def _words(error):
    """What an `OSError` says, without the number that stands for it."""
    if error.strerror is None:
        return str(error).removesuffix(".")
    said = filter(None, (error.filename, error.strerror))
    return _in_flags(": ".join(map(str, said)))


def start_tensorflow():
    """Starts it, in seconds, and without what it says about itself."""
    line = StatusLine(sys.stderr) if is_terminal(sys.stderr) else None
    if line is not None:
        line.show("starting TensorFlow ...")
    try:
        with quiet_stderr():
            import tensorflow as tf

            tf.config.list_physical_devices()
    finally:
        if line is not None:
            line.close()


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
    # ASCII's spaces alone: others keep a command in one line.
    message = re.sub(r"\s+", " ", message.strip(), flags=re.ASCII)
    print(prose(f"{program()}: {message}", sys.stderr), file=sys.stderr)
    sys.exit(code)


def program():
    """Name under which the script was started."""
    return os.path.basename(sys.argv[0])
