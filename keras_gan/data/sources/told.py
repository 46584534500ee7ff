"""`Told`: how far a source is with what takes long."""

import time

from absl import logging

# Seconds after which somebody wonders what is going on, and between two lines.
_FIRST, _EVERY = 1.0, 10.0


class Told:
    """Logs how many images are done: after a second, then every ten seconds.

    Args:
        doing: What is done to them, and where they are from: "reading folder:photos".
        number: How many there are.
    """

    def __init__(self, doing, number):
        self._doing, self._number = doing, number
        self._due = time.monotonic() + _FIRST

    def reached(self, count):
        """Takes note that `count` images are done."""
        now = time.monotonic()
        if now >= self._due:
            self._due = now + _EVERY
            logging.info(f"{self._doing}: {count:,} of {self._number:,} images")
