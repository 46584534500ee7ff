"""Files of JSON lines, which grow while a run lasts and may end in half a line."""

import json
import os

from absl import logging

from keras_gan.storage.files import as_json, publish_text


def append_line(path, content, is_lasting=False):
    """Adds one line; NaN and infinity become null.

    Args:
        path: The file; made if it is not there.
        content: As for `as_json`.
        is_lasting: Whether to wait until a power cut cannot take it. Defaults to False.
    """
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(as_json(content)) + "\n")
        if is_lasting:
            file.flush()
            os.fsync(file.fileno())


def read_lines(path):
    """The objects of a file, and how many of its lines cannot be read.

    Half a line at the end is being written, and counts as none.

    Args:
        path: The file.

    Returns:
        `(objects, damaged)`: a list of dicts and a number; nothing if there is no file.
    """
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = [line for line in file if line.endswith("\n")]
    except FileNotFoundError:
        return [], 0
    found = list(map(_object, lines))
    objects = [one for one in found if one is not None]
    return objects, len(found) - len(objects)


def keep_lines(path, is_wanted):
    """Removes lines, and half a line at the end; does nothing if there is no file.

    Args:
        path: The file.
        is_wanted: Function of the object of a line. Whole lines that hold none are
            damaged: they go, and are counted in one line.
    """
    if not os.path.exists(path):
        return
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = [line for line in file if line.endswith("\n")]
    found = [(line, _object(line)) for line in lines]
    damaged = sum(one is None for _, one in found)
    if damaged:
        logging.warning("%s: %d damaged lines are removed", path, damaged)
    kept = [line for line, one in found if one is not None and is_wanted(one)]
    publish_text(path, "".join(kept))


def _object(line):
    try:
        content = json.loads(line)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None
