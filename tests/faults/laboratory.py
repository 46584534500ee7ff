"""The laboratory: a folder, and processes that run in it and are watched.

Importing TensorFlow takes longer than most faults. So a server imports it once and forks
a process for each command. What such a process prints and how it ends is as for a user.
"""

import contextlib
import hashlib
import json
import multiprocessing
import multiprocessing.forkserver
import os
import pathlib
import subprocess
import sys
import time
from typing import NamedTuple

from faults.fault import CannotRun, NotSurvived
from keras_gan.cli import command_line

TIMEOUT_SECONDS = 300
_PRELOADED = "faults.preloaded"


class Done(NamedTuple):
    """How a process ended.

    Attributes:
        code: Its exit code; -n after signal n.
        out: What it printed on stdout.
        err: What it printed on stderr.
        changed: Names of the files in the folder that it made, changed or removed.
    """

    code: int
    out: str
    err: str
    changed: frozenset


class Laboratory:
    """Runs commands and functions in a folder, each in a process of its own.

    Args:
        folder: An empty folder.
        quick: Whether few repetitions are enough where many would be more convincing.
            Defaults to False.
    """

    def __init__(self, folder, quick=False):
        self.folder = pathlib.Path(folder).resolve()
        self.quick = quick
        # The server inherits it; TensorFlow reads it when it is loaded.
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        self._server = multiprocessing.get_context("forkserver")
        self._server.set_forkserver_preload([_PRELOADED])
        _start_server()
        self._streams = 0

    # ------------------------------------------------------------------- running

    def command(self, name, *arguments):
        """Runs a command of the package, such as "train", as its user would."""
        return self.wait(self.start(run_command, name, list(map(str, arguments))))

    def call(self, function, *arguments):
        """Runs a function of the library; a ValueError's text is what its user sees."""
        return self.wait(self.start(run_function, function, arguments))

    def start(self, work, *arguments):
        """Forks a process that calls `work(*arguments)`, and does not wait for it."""
        self._streams += 1
        streams = [self._aside / f"{self._streams}.{kind}" for kind in ("out", "err")]
        process = self._server.Process(
            target=_forked, args=(str(self.folder), streams, work, arguments)
        )
        process.before = self._digests()
        process.streams = streams
        process.start()
        return process

    def wait(self, process, seconds=TIMEOUT_SECONDS):
        """Waits for a process that `start` began, at most so long."""
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise NotSurvived(f"still running after {seconds} s")
        out, err = (stream.read_text("utf-8", "replace") for stream in process.streams)
        return Done(process.exitcode, out, err, self._changes(process.before))

    def fresh(self, name, *arguments, before="", **environment):
        """Runs a command in a new interpreter, after the code `before`."""
        code = f"import sys; sys.argv[0] = {name + '.py'!r}\n{before}\n"
        code += f"from keras_gan.cli.{name} import run; run()"
        digests = self._digests()
        done = subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=self.folder,
            env={**os.environ, **environment},
            timeout=TIMEOUT_SECONDS,
        )
        changed = self._changes(digests)
        return Done(done.returncode, done.stdout, done.stderr, changed)

    # ------------------------------------------------------------------ what is there

    @property
    def _aside(self):
        aside = self.folder.with_name(self.folder.name + "-streams")
        aside.mkdir(exist_ok=True)
        return aside

    def _digests(self):
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return {
            str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).digest()
            for path in files
        }

    def _changes(self, before):
        after = self._digests()
        names = before.keys() | after.keys()
        return frozenset(n for n in names if before.get(n) != after.get(n))

    def images(self, number=64, side=8, name="tiny.npz", **more):
        """Path of a `.npz` file of random images, the same each time."""
        import numpy as np

        pixels = np.random.default_rng(0).integers(
            0, 256, (number, side, side, 1), dtype="uint8"
        )
        np.savez(self.folder / name, images=pixels, **more)
        return self.folder / name

    def image_folder(self, number=8, side=8, name="pictures"):
        """Path of a folder of random PNG files."""
        import numpy as np
        from PIL import Image

        folder = self.folder / name
        folder.mkdir()
        generator = np.random.default_rng(0)
        for i in range(number):
            pixels = generator.integers(0, 256, (side, side, 3), dtype="uint8")
            Image.fromarray(pixels).save(folder / f"{i:03d}.png")
        return folder

    @contextlib.contextmanager
    def small_disk(self, name, kilobytes, options="rw"):
        """Mounts a disk of so many kilobytes in the laboratory.

        Raises:
            CannotRun: If only the administrator may mount.
        """
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        options = f"size={kilobytes}k,{options}"
        mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        try:
            subprocess.run(mount, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            raise CannotRun("a small disk can only be mounted by root") from None
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _start_server():
    """Starts the server of all laboratories, if it does not run yet."""
    # It looks for what it preloads where a new interpreter looks, and goes on without
    # a word if there is nothing: `sys.path` reaches only the processes that it forks.
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    try:
        multiprocessing.forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


# ------------------------------------------------------------ in the forked process


def _forked(folder, streams, work, arguments):
    if _PRELOADED not in sys.modules:
        raise RuntimeError(f"The server could not import {_PRELOADED}.")
    command_line.start_tensorflow()
    os.chdir(folder)
    for number, stream in zip((1, 2), streams, strict=False):
        handle = os.open(stream, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        os.dup2(handle, number)
    work(*arguments)


def run_command(name, arguments):
    """Runs a command as `python scripts/NAME.py ARGUMENTS` does."""
    import importlib

    sys.argv = [f"{name}.py", *arguments]
    importlib.import_module(f"keras_gan.cli.{name}").run()


def run_function(function, arguments):
    """Calls a function; on a ValueError, prints its text and exits with code 1."""
    from absl import flags, logging

    flags.FLAGS.mark_as_parsed()
    logging.use_absl_handler()
    try:
        function(*arguments)
    except ValueError as error:
        print(error, file=sys.stderr)
        sys.exit(1)


# ------------------------------------------------------------------------- verdicts


def refused(done, *named, cure, code=1, changed=()):
    """Checks that a mistake ended in one line that names it and says what to do.

    Args:
        done: How the process ended.
        *named: What the line must name: flags, files, values.
        cure: A word or phrase that says what to do.
        code: The exit code. Defaults to 1.
        changed: Files that may have changed. Defaults to (): none.

    Returns:
        The line.

    Raises:
        NotSurvived: If any of this does not hold.
    """
    lines = done.err.splitlines()
    expect(done.code == code, f"exit code {done.code}, not {code}: {done.err[-300:]}")
    expect("Traceback" not in done.err + done.out, "a traceback was shown")
    expect(len(lines) == 1, f"{len(lines)} lines on stderr: {done.err[-300:]}")
    for word in (*named, cure):
        expect(str(word) in lines[0], f"{word!r} is not in: {lines[0]}")
    touched = sorted(done.changed - set(changed))
    expect(not touched, f"files were changed: {', '.join(touched)}")
    return lines[0]


def went_well(done, *said):
    """Checks for exit code 0, no traceback, and that all of `said` was printed.

    Returns:
        The first line on stderr that holds one of `said`, or "".
    """
    text = done.out + done.err
    expect(done.code == 0, f"exit code {done.code}: {done.err[-300:]}")
    expect("Traceback" not in text, "a traceback was shown")
    for word in said:
        expect(str(word) in text, f"{word!r} was not said: {text[-300:]}")
    lines = (line for line in done.err.splitlines() for word in said if str(word) in line)
    return next(lines, "")


def expect(holds, otherwise):
    """Raises `NotSurvived(otherwise)` unless `holds`."""
    if not holds:
        raise NotSurvived(" ".join(otherwise.split()))


def until(condition, seconds=240.0):
    """Waits until `condition()` is true.

    Raises:
        NotSurvived: If it is not true within so many seconds.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        expect(time.monotonic() < deadline, f"nothing happened within {seconds:g} s")
        time.sleep(0.005)


def read_json(path):
    """The content of a JSON file."""
    return json.loads(pathlib.Path(path).read_text("utf-8"))
