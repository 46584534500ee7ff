"""Files that appear whole or not at all."""

import contextlib
import json
import os
import tempfile


@contextlib.contextmanager
def published(path):
    """Gives a temporary path, whose file then takes the place of `path`.

    A reader never sees half a file, and a kill in between leaves the old one.

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
    handle, temporary = tempfile.mkstemp(suffix, prefix=".writing-", dir=folder)
    os.close(handle)
    # mkstemp keeps its files to the owner; a published file is for everyone.
    os.chmod(temporary, 0o666 & ~_umask())
    try:
        yield temporary
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def publish_text(path, text):
    """Writes a text file, whole or not at all."""
    with published(path) as temporary, open(temporary, "w", encoding="utf-8") as file:
        file.write(text)


def publish_json(path, content):
    """Writes a JSON file, whole or not at all."""
    publish_text(path, json.dumps(content, indent=2) + "\n")


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
