"""A lock between processes that would prepare the same data."""

import contextlib
import fcntl
import os

from absl import logging


@contextlib.contextmanager
def locked(path, waiting=None):
    """Waits until no other process is in this context; a kill sets the lock free.

    Args:
        path: The file that is locked; it and its folder are made.
        waiting: A line to log if another process has to be waited for. Defaults to
            None: none.

    Example:

    >>> with locked("prepared/lock"):
    ...     pass
    """
    while True:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if waiting is not None:
                    logging.info("%s", waiting)
                fcntl.flock(file, fcntl.LOCK_EX)
            # The folder may have been removed meanwhile, and made again by a third one.
            if os.path.exists(path) and os.path.samestat(
                os.stat(path), os.fstat(file.fileno())
            ):
                yield
                return
