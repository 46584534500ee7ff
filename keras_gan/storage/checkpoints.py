"""Checkpoints on disk: written whole, verified before use, the newest few kept.

One checkpoint is `step-<step>.npz` (arrays) and `step-<step>.json` (what they are, that
file's SHA-256, the caller's own facts, and a SHA-256 of all this). The JSON is written
last: a checkpoint exists only once it does.
"""

import concurrent.futures
import contextlib
import copy
import errno
import fcntl
import hashlib
import json
import os
import re
import shutil

import numpy as np
from absl import logging

from keras_gan.arguments import check_int
from keras_gan.data.memory import size
from keras_gan.storage.files import (
    is_full,
    json_text,
    publish_text,
    published,
    remove_unfinished,
)


class BrokenState(ValueError):
    """A state with NaN or infinity, which is not worth keeping."""


class Checkpoints:
    """The checkpoints of one run.

    Args:
        directory: Folder; made at the first save.
        keep: How many to keep. Defaults to 3.

    Example:

    >>> checkpoints = Checkpoints("runs/a/checkpoints")
    >>> checkpoints.save(7, {"weight": np.zeros(3)}, {"epoch": 1})
    >>> checkpoints.newest().facts
    {'epoch': 1}
    """

    def __init__(self, directory, keep=3):
        self.directory = os.fspath(directory)
        self.keep = check_int("keep", keep, at_least=1)
        self._writer = None  # A thread, once one is needed.
        self._being_written = None

    def save(self, step, arrays, facts, wait=True):
        """Writes a checkpoint and removes those that are no longer kept.

        Args:
            step: The step whose state this is.
            arrays: Dict of names and NumPy arrays, which nobody changes afterwards.
            facts: What else to keep, as JSON.
            wait: Whether to return only when it is on disk. Otherwise a thread writes
                it, and `finish` says whether it could. Defaults to True.

        Raises:
            BrokenState: If an array holds NaN or infinity: a state worth keeping has
                none.
            OSError: If there is not enough space, for this one or the one before; older
                checkpoints are untouched.
        """
        self.finish()
        for name, array in arrays.items():
            # bfloat16 is of kind V.
            if array.dtype.kind in "fV" and not np.isfinite(array).all():
                raise BrokenState(f"{name} is not finite at step {step}: not saved.")
        os.makedirs(self.directory, exist_ok=True)
        needed = sum(array.nbytes for array in arrays.values())
        if shutil.disk_usage(self.directory).free < needed:
            raise self._no_space(needed)
        if wait:
            self._replace(step, arrays, facts, needed)
            return
        if self._writer is None:
            self._writer = concurrent.futures.ThreadPoolExecutor(1)
        self._being_written = self._writer.submit(
            self._replace, step, arrays, copy.deepcopy(facts), needed
        )

    def finish(self, wait=True):
        """Ends what `save` left to a thread.

        Args:
            wait: Whether to wait for it. Otherwise only an error of one that has ended
                is raised. Defaults to True.

        Raises:
            OSError: If it could not be written; older checkpoints are untouched.
        """
        writing = self._being_written
        if writing is not None and (wait or writing.done()):
            self._being_written = None
            writing.result()

    def _replace(self, step, arrays, facts, needed):
        try:
            self._write(step, arrays, facts)
        except OSError as error:
            raise self._no_space(needed) if is_full(error) else error from None
        self._remove_old(step)

    def _write(self, step, arrays, facts):
        numbered = {f"{i:05d}": array for i, array in enumerate(arrays.values())}
        with published(self._path(step, "npz")) as temporary:
            with open(temporary, "wb") as file:
                np.savez(file, **numbered)
            digest = sha256(temporary)
        content = {
            "step": step,
            "sha256": digest,
            "arrays": [[n, list(a.shape), str(a.dtype)] for n, a in arrays.items()],
            "facts": facts,
        }
        # Not publish_json: a state is kept as it is, and a callback's best value may be
        # infinite.
        publish_text(self._path(step, "json"), json_text(sealed(content)))

    def steps(self):
        """Steps of the checkpoints that are there, newest first; none is verified."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            names = os.listdir(self.directory)
            found = (re.fullmatch(r"step-(\d+)\.json", name) for name in names)
            return sorted((int(match[1]) for match in found if match), reverse=True)
        return []

    def newest(self, accept=lambda facts: True):
        """The newest checkpoint that verifies, or None.

        Says so when it has to walk back past one that is damaged.

        Args:
            accept: Function of the facts: whether this checkpoint would do.

        Raises:
            ValueError: If there are checkpoints and all of them are damaged.
        """
        self.finish()
        steps = self.steps()
        damaged = 0
        for step in steps:
            try:
                checkpoint = self._read(step)
            except (OSError, ValueError, KeyError, TypeError) as error:
                damaged += 1
                logging.warning(
                    "The checkpoint of step %d is damaged (%s): going back by one.",
                    step,
                    " ".join(str(error).split()) or type(error).__name__,
                )
                continue
            if accept(checkpoint.facts):
                return checkpoint
        if damaged and damaged == len(steps):
            raise ValueError(
                f"All {damaged} checkpoints in {self.directory} are damaged: start anew "
                "in another folder."
            )
        return None

    def _read(self, step):
        with open(self._path(step, "json"), encoding="utf-8") as file:
            text = file.read()
        content = json.loads(text)
        # The very text: a flipped bit can also turn one spelling into another.
        if not isinstance(content, dict) or json_text(sealed(content)) != text:
            raise ValueError("its JSON does not have its SHA-256")
        path = self._path(step, "npz")
        found = sha256(path)
        if found != content["sha256"]:
            raise ValueError(f"{os.path.basename(path)} does not have its SHA-256")
        return Checkpoint(path, content)

    def _no_space(self, needed):
        free = shutil.disk_usage(self.directory).free
        return OSError(
            errno.ENOSPC,
            f"A checkpoint needs {size(needed)}, {size(free)} are free; older "
            "checkpoints are kept: make room, then run the same again",
            self.directory,
        )

    def _remove_old(self, step):
        """Keeps the newest; steps beyond this one belong to a past that is gone."""
        steps = self.steps()
        stale = [s for s in steps if s > step]
        for old in stale + [s for s in steps if s <= step][self.keep :]:
            # The JSON first: without it the arrays are no checkpoint.
            for suffix in ("json", "npz"):
                with contextlib.suppress(FileNotFoundError):
                    os.remove(self._path(old, suffix))

    def _remove_arrays_alone(self):
        """Removes what a kill left between the arrays and their JSON."""
        for name in os.listdir(self.directory):
            match = re.fullmatch(r"step-(\d+)\.npz", name)
            if match and not os.path.exists(self._path(int(match[1]), "json")):
                os.remove(os.path.join(self.directory, name))

    def _path(self, step, suffix):
        return os.path.join(self.directory, f"step-{step:010d}.{suffix}")

    @contextlib.contextmanager
    def locked(self):
        """Keeps other processes out of the folder; the system frees it after a kill.

        Raises:
            ValueError: If another process holds it; names its process id.
        """
        os.makedirs(self.directory, exist_ok=True)
        path = os.path.join(self.directory, "lock")
        with open(path, "a+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.seek(0)
                raise ValueError(
                    f"Process {file.read().strip() or '?'} is training in "
                    f"{self.directory}: wait for it, or choose another folder."
                ) from None
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            remove_unfinished(self.directory)
            self._remove_arrays_alone()
            try:
                yield
            finally:
                # Nobody else may write here while a thread of ours does.
                self.finish()


class Checkpoint:
    """One checkpoint that was verified: its step, its facts, its arrays."""

    def __init__(self, path, content):
        self.path = path
        self.step = content["step"]
        self.facts = content["facts"]
        self.described = [
            (name, tuple(shape), dt) for name, shape, dt in content["arrays"]
        ]

    def arrays(self):
        """The arrays by name."""
        with np.load(self.path, allow_pickle=False) as file:
            keys = sorted(file.files)
            return {d[0]: file[k] for d, k in zip(self.described, keys, strict=True)}

    def assign_to(self, variables, is_theirs):
        """Puts arrays of the checkpoint into variables.

        Args:
            variables: Dict of names and variables, as `named` makes it.
            is_theirs: Function of an array's name: whether it belongs to them.

        Raises:
            ValueError: If they have other shapes or dtypes; names the first.
        """
        ours = [
            (name, tuple(v.shape), str(np.array(v).dtype))
            for name, v in variables.items()
        ]
        theirs = [one for one in self.described if is_theirs(one[0])]
        # Layer names differ from process to process, so their order identifies them.
        differing = [
            f"{name} is {shape} {dtype}, was {other[1]} {other[2]}"
            for (name, shape, dtype), other in zip(ours, theirs, strict=False)
            if (shape, dtype) != other[1:]
        ]
        if differing or len(ours) != len(theirs):
            first = (
                differing[0]
                if differing
                else (f"{len(ours)} variables, were {len(theirs)}")
            )
            raise ValueError(
                f"The checkpoint of step {self.step} belongs to other networks or "
                f"optimizers ({first}): build the same ones, or use another folder."
            )
        arrays = [array for name, array in self.arrays().items() if is_theirs(name)]
        for variable, array in zip(variables.values(), arrays, strict=True):
            variable.assign(array)


def named(group, variables):
    """Variables by the names that they have in a checkpoint."""
    return {f"{group}/{i}/{one.path}": one for i, one in enumerate(variables)}


def sealed(content):
    """The content of a checkpoint's JSON with the SHA-256 of everything else in it."""
    rest = {name: value for name, value in content.items() if name != "seal"}
    seal = hashlib.sha256(json_text(rest).encode("utf-8")).hexdigest()
    return {**rest, "seal": seal}


def sha256(path):
    """Hexadecimal SHA-256 of a file's content."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def differences(former, present):
    """What differs between two descriptions of a run, as one text; "" if nothing.

    Args:
        former: A dict of texts by name. Of one that is a JSON object, only the entries
            that differ are named, as in `d_optimizer.beta_1`.
        present: The same of now.

    Example:

    >>> differences({"k": "2", "d": '{"lr": 1, "b": 2}'}, {"d": '{"lr": 3, "b": 2}'})
    'd.lr is 3, was 1; k is not given, was 2'
    """
    lines = []
    for name in sorted(former.keys() | present.keys()):
        was, now = (_opened(one.get(name)) for one in (former, present))
        if isinstance(was, dict) and isinstance(now, dict):
            if was.get("class") != now.get("class"):  # It says the rest.
                was, now = ({"class": one.get("class")} for one in (was, now))
            inner = [{f"{name}.{key}": v for key, v in d.items()} for d in (was, now)]
            lines += filter(None, [differences(*inner)])
        elif was != now:
            lines.append(f"{name} is {_shown(now)}, was {_shown(was)}")
    return "; ".join(lines)


def _opened(value):
    """What a text writes as JSON, a list as a dict by position; other values stay."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        with contextlib.suppress(ValueError):
            value = json.loads(value)
    return dict(enumerate(value)) if isinstance(value, list) and value else value


def _shown(value):
    if isinstance(value, float):
        return f"{value:.7g}"  # As many digits as float32 has.
    return "not given" if value is None else value
