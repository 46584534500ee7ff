"""What a terminal shows: a line at its foot, rewritten in place, and how it is worded."""

import os
import sys
import textwrap

# Back to the beginning of the line, and clear it. No colours: NO_COLOR changes nothing.
_CLEAR = "\r\x1b[K"
# Columns that the graphic may take.
_NARROWEST, _WIDEST = 8, 50


def is_terminal(stream):
    """Whether a line that was written to the stream can be rewritten."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


class StatusLine:
    """A line that is rewritten in place, below everything else that is printed.

    While it is open, whatever is written to `sys.stdout` or `sys.stderr` first takes the
    line away, so that nothing is glued to it. The next `show` brings it back.

    Args:
        stream: The terminal. Defaults to None: `sys.stdout`.
    """

    def __init__(self, stream=None):
        self._stream = stream or sys.stdout
        self._shown = False
        # Somebody else's line that has not ended yet.
        self._unended = False
        # Log handlers hold the stream itself: to replace sys.stderr would miss them.
        self._guarded = [one for one in (sys.stdout, sys.stderr) if is_terminal(one)]
        for one in self._guarded:
            one.write = self._above(one.write)

    def show(self, text):
        """Writes the line anew; its end is cut off if the terminal is too narrow."""
        if not self._unended:
            # A character in the last column would begin a new line on some terminals.
            # The cursor returns to the first: what TensorFlow's C++ prints begins there.
            self._write(_CLEAR + text[: self.columns - 1] + "\r")
            self._shown = True

    def clear(self):
        """Takes the line away."""
        if self._shown:
            self._shown = False
            self._write(_CLEAR)

    def close(self):
        """Takes the line away for good."""
        self.clear()
        for one in self._guarded:
            del one.write
        self._guarded = []

    @property
    def columns(self):
        """Width of the terminal now, which its user may change at any time."""
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or 80
        except OSError:
            return 80

    def _above(self, write):
        def write_above(text):
            self.clear()
            if text:
                self._unended = not text.endswith("\n")
            return write(text)

        return write_above

    def _write(self, text):
        try:
            self._stream.flush()
            os.write(self._stream.fileno(), text.encode("ascii", "replace"))
        except OSError:
            # The terminal was closed. SIGHUP ends the run, after it has been saved.
            pass


def fitted(parts, more, share, columns):
    """A line, and a graphic of the share of the run that is done.

    Args:
        parts: Texts; if there are too many, the last ones are left out.
        more: Texts for a wide terminal: those for which there is room.
        share: From 0 to 1, or None: no graphic.
        columns: The line is not longer than this.

    Returns:
        The line: `fitted(["g_loss 0.70"], [], 0.5, 24)` is "g_loss 0.70 [=====     ]".
    """
    parts = list(parts)
    while parts and len(", ".join(parts)) > columns:
        parts.pop()
    graphic = 0 if share is None else 1 + _NARROWEST
    for text in more:
        if len(", ".join([*parts, text])) + graphic <= columns:
            parts.append(text)
    line = ", ".join(parts)
    width = min(_WIDEST, columns - len(line) - 1)
    if share is None or width < _NARROWEST:
        return line
    full = int(min(1.0, share) * (width - 2))
    return f"{line} [{'=' * full}{' ' * (width - 2 - full)}]"


_NO_BREAK = "\N{NO-BREAK SPACE}"


def unbroken(text):
    """Words that stay in one line of prose, such as a command, to be copied."""
    return text.replace(" ", _NO_BREAK)


def wrapped(text):
    """Prose in lines of at most 80 columns; words, such as paths, are never broken.

    Example:

    >>> print(wrapped(f"{'to make one, once, ' * 4}{unbroken('make train')}"))
    to make one, once, to make one, once, to make one, once, to make one, once,
    make train
    """
    options = {"break_long_words": False, "break_on_hyphens": False}
    lines = [textwrap.fill(line, 80, **options) for line in text.splitlines()]
    return "\n".join(lines).replace(_NO_BREAK, " ")


def prose(text, stream):
    """Prose as a stream shall have it: wrapped on a terminal, else one line to search."""
    return wrapped(text) if is_terminal(stream) else text.replace(_NO_BREAK, " ")


def duration(seconds):
    """Seconds in words: `duration(125)` is "2 min 5 s"."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def counted(number, noun):
    """A number of things: `counted(1, "epoch")` is "1 epoch"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def ordinal(number):
    """A position: `ordinal(2)` is "2nd"."""
    ends = {1: "st", 2: "nd", 3: "rd"}
    is_teen = number % 100 in (11, 12, 13)
    return f"{number}{'th' if is_teen else ends.get(number % 10, 'th')}"
