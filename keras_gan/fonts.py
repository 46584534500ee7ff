"""Which font has the letters of a text, for captions in pictures."""

import functools
import os

from absl import logging


def file_for(text: str) -> str:
    """The file of a font with all the letters of a text.

    Matplotlib's own font has Latin, Greek and Cyrillic letters, and so have pictures on
    every machine. For other letters, such as those of Korean or Japanese, a font of this
    machine is taken. If none has them all, a warning says so once.

    Args:
        text: What is to be written.

    Returns:
        The path of the file.

    Example:

    >>> os.path.basename(file_for("cat, кот"))
    'DejaVuSans.ttf'
    """
    missing = frozenset(map(ord, text)) - _letters(_own())
    return _file_with(missing) if missing else _own()


@functools.cache
def _file_with(letters):
    from matplotlib import font_manager

    for path in sorted(font_manager.findSystemFonts(), key=_regular_first):
        if letters <= _letters(path):
            return path
    logging.warning(
        "No font of this machine has the letters %s of a caption: install one that does, "
        "such as Noto (on Debian, fonts-noto-cjk has Chinese, Japanese and Korean).",
        "".join(map(chr, sorted(letters))),
    )
    return _own()


def _regular_first(path):
    return "Regular" not in path, path


@functools.cache
def _letters(path):
    """The letters of a font, as numbers; none if the file cannot be read."""
    from matplotlib import ft2font

    try:
        return frozenset(ft2font.FT2Font(path).get_charmap())
    except (OSError, RuntimeError):
        return frozenset()


def _own():
    import matplotlib

    return os.path.join(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
