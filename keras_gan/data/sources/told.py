"""`Told`: how far a source is with what takes long."""

import math
import sys
import time

from absl import logging

from keras_gan.terminal import StatusLine, duration, fitted, is_terminal

# Seconds after which somebody wonders what is going on.
_FIRST = 1.0
# Seconds between two lines, and between two updates of a line that is rewritten.
_EVERY, _REDRAWN_EVERY = 10.0, 0.1


class Told:
    """Says how many images are done, and how long the others will take.

    After a second. On a terminal it is a bar at its foot, elsewhere a line that is
    logged, and another one every ten seconds. Use it in a `with` statement, which takes
    the bar away.

    Args:
        doing: What is done to them, such as "reading".
        name: Where they are from, such as "folder:photos".
        number: How many there are.
        done: How many were done before, by a process that was stopped. Defaults to 0.
    """

    def __init__(self, doing, name, number, done=0):
        self._doing, self._name = doing, name
        self._number, self._done = number, done
        self._began = time.monotonic()
        self._due = self._began + _FIRST
        self._line = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._line is not None:
            self._line.close()

    def reached(self, count):
        """Takes note that `count` images are done."""
        now = time.monotonic()
        if now < self._due:
            return
        left = []
        if count > self._done:
            each = (now - self._began) / (count - self._done)
            left = [f"{duration(math.ceil(each * (self._number - count)))} to go"]
        images = f"{count:,} of {self._number:,} images"
        if not is_terminal(sys.stderr):
            self._due = now + _EVERY
            logging.info(", ".join([f"{self._doing} {self._name}: {images}", *left]))
            return
        self._due = now + _REDRAWN_EVERY
        self._line = self._line or StatusLine(sys.stderr)
        parts, more = [f"{self._doing} {images}", *left], [self._name]
        share = count / self._number
        self._line.show(fitted(parts, more, share, self._line.columns - 1))
