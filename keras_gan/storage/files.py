"""Files that appear whole or not at all."""

import contextlib
import errno
import json
import math
import os
import uuid

from absl import logging

# No space, no quota, and a file larger than may be.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_UNFINISHED = ".writing-"
_told = set()


@contextlib.contextmanager
def published(path):
    """Gives a temporary path, whose file then takes the place of `path`.

    A reader never sees half a file; a kill, a full disk or a power cut in between
    leaves the old one.

    Args:
        path: Where the file will stand; folders are made as needed.

    Yields:
        A path in the same folder with the same suffix.

    Example:

    >>> with published("runs/a/samples.png") as temporary:
    ...     picture.save(temporary)
    """
    folder = os.path.dirname(os.path.abspath(path))
    os.makedirs(folder, exist_ok=True)
    suffix = os.path.splitext(path)[1]
    name = f"{_UNFINISHED}{os.getpid()}-{uuid.uuid4().hex}{suffix}"
    temporary = os.path.join(folder, name)
    # Unlike those of `tempfile`, with the permissions of any new file.
    open(temporary, "x").close()
    try:
        yield temporary
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
        _sync_folder(folder)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def publish_text(path, text):
    """Writes a text file, whole or not at all."""
    with published(path) as temporary, open(temporary, "w", encoding="utf-8") as file:
        file.write(text)


def publish_json(path, content):
    """Writes a report as a JSON file, whole or not at all.

    NaN and infinity become null: see `as_json`.
    """
    publish_text(path, json_text(as_json(content)))


def remove_later_report(path, step):
    """Removes a report that `publish_json` wrote about a later step, if there is one."""
    try:
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
    except (FileNotFoundError, ValueError):
        return  # There is none, or it is someone else's.
    reported = report.get("step") if isinstance(report, dict) else None
    if isinstance(reported, int) and reported > step:
        os.remove(path)


def as_json(content):
    """What every reader of JSON understands: plain values, null for NaN and infinity.

    Args:
        content: Dicts, lists, tuples, arrays, strings, numbers, booleans or None.

    Returns:
        The same as plain Python, with str keys and None for numbers that are not finite.

    Example:

    >>> as_json({"fid": np.float32(2.5), "error": float("nan")})
    {'fid': 2.5, 'error': None}
    """
    if isinstance(content, dict):
        return {str(key): as_json(value) for key, value in content.items()}
    if hasattr(content, "tolist"):  # an array or a scalar of NumPy
        content = content.tolist()
    if isinstance(content, list | tuple):
        return [as_json(value) for value in content]
    if isinstance(content, float) and not math.isfinite(content):
        return None
    return content


def json_text(content):
    """JSON as it stands in a file, for people to read; NaN and infinity as they are."""
    return json.dumps(content, indent=2) + "\n"


def remove_unfinished(folder):
    """Removes what killed processes left half written; not what others write just now.

    Call it while this process writes nothing there: a former one may have had its number.
    """
    names = os.listdir(folder) if os.path.isdir(folder) else ()
    for name in names:
        if name.startswith(_UNFINISHED) and not _is_being_written(name):
            with contextlib.suppress(FileNotFoundError):
                os.remove(os.path.join(folder, name))


def _is_being_written(name):
    writer = name.removeprefix(_UNFINISHED).partition("-")[0]
    if not writer.isdecimal() or int(writer) == os.getpid():
        return False
    try:
        os.kill(int(writer), 0)  # Sends nothing: only asks whether it is there.
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass  # It is there, and someone else's.
    return True


def is_full(error):
    """Whether an `OSError` means that the disk, or a quota, has no room left."""
    return error.errno in _FULL


@contextlib.contextmanager
def dispensable(folder):
    """Lets a run go on without a picture or a log that the disk has no room for.

    Says so once per folder. Other errors pass.

    Args:
        folder: Where is written.

    Example:

    >>> with dispensable("runs/a"):
    ...     save_png("runs/a/images/real.png", pixels)
    """
    try:
        yield
    except OSError as error:
        if not is_full(error):
            raise
        if folder not in _told:
            _told.add(folder)
            logging.warning(
                "Pictures or logs in %s are not written (%s): training goes on without "
                "them; make room on the disk.",
                folder,
                error.strerror,
            )


def _sync_folder(folder):
    """Makes the new name last: after a power cut it would else be the old one's."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
