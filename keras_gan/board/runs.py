"""Which folders are runs, and which of their files may be shown."""

import os
import re

# Either of them makes a folder that of a run; the first is there after one epoch.
_NUMBERS = ("metrics.jsonl", "curves.jsonl")
_NUMBERED = re.compile(r"([a-z]\w*)_(\d+)\.png", re.ASCII)


def find_runs(logdir):
    """The runs at, above or below a folder.

    Args:
        logdir: What TensorBoard is given: the folder of a run, its folder of event
            files, or one that holds several runs.

    Returns:
        A dict of paths by name, in the order of the names.

    Example:

    >>> find_runs("/no/such/folder")
    {}
    """
    logdir = os.path.abspath(os.path.expanduser(logdir))
    for folder in (logdir, os.path.dirname(logdir)):
        if is_run(folder):
            return {os.path.basename(folder): folder}
    found = {}
    for folder, below, _ in os.walk(logdir):
        if is_run(folder):
            found[os.path.relpath(folder, logdir)] = folder
            below.clear()  # Its thousands of pictures and event files are no runs.
    return dict(sorted(found.items()))


def is_run(folder):
    """Whether a folder is that of a run."""
    return any(os.path.isfile(os.path.join(folder, name)) for name in _NUMBERS)


def modified(run_dir):
    """When a run last wrote a number or a picture, in seconds since 1970."""
    names = (*_NUMBERS, "events.jsonl", "evaluation.json", "divergence.json", "images")
    paths = (os.path.join(run_dir, name) for name in names)
    times = (os.path.getmtime(path) for path in paths if os.path.exists(path))
    return max(times, default=os.path.getmtime(run_dir))


def list_pictures(run_dir):
    """The pictures of a run: those of a step, and the others.

    Returns:
        `(numbered, single)`: a dict from kind, such as "fake", to a list of
        `(step, name)` in the order of the steps; and a list of names. A link is none of
        them: it may lead out of the folder.
    """
    folder = os.path.join(run_dir, "images")
    numbered, single = {}, []
    for entry in os.scandir(folder) if os.path.isdir(folder) else ():
        if not entry.name.endswith(".png") or not entry.is_file(follow_symlinks=False):
            continue
        if match := _NUMBERED.fullmatch(entry.name):
            numbered.setdefault(match[1], []).append((int(match[2]), entry.name))
        elif not entry.name.startswith("."):
            single.append(entry.name)
    return {kind: sorted(numbered[kind]) for kind in sorted(numbered)}, sorted(single)
