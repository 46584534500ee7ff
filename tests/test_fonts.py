"""Captions in any script: on each machine if a font of it has the letters."""

import os

import numpy as np
import pytest
from matplotlib import font_manager, ft2font

from keras_gan import fonts, pictures

KOREAN = "고양이"


@pytest.fixture
def machine(monkeypatch):
    """Gives the machine the fonts that are named, and no others."""

    def has(*paths):
        fonts._file_with.cache_clear()
        found = lambda *_: list(map(str, paths))  # noqa: E731
        monkeypatch.setattr(font_manager, "findSystemFonts", found)

    yield has
    fonts._file_with.cache_clear()


@pytest.fixture
def with_letters(monkeypatch):
    """Makes files of fonts with the given letters."""
    letters = {}

    class Font:
        def __init__(self, path):
            if path not in letters:
                raise RuntimeError("no font")

            self.get_charmap = lambda: dict.fromkeys(map(ord, letters[path]))

    def make(path, text):
        letters[str(path)] = text
        return str(path)

    own = fonts.file_for("")
    make(own, "abc ")
    fonts._letters.cache_clear()
    monkeypatch.setattr(ft2font, "FT2Font", Font)
    yield make
    fonts._letters.cache_clear()


@pytest.mark.parametrize("text", ["", "cat", "Ñandú", "кот", "γάτα", "3 – 5 …"])
def test_latin_greek_and_cyrillic_are_those_of_every_machine(text, machine):
    machine("elsewhere.ttf")
    assert os.path.basename(fonts.file_for(text)) == "DejaVuSans.ttf"


def test_the_first_font_that_has_all_letters_is_taken(machine, with_letters, caplog):
    few = with_letters("a-few.ttf", "고")
    bold, regular = (with_letters(f"Noto-{n}.ttc", KOREAN) for n in ("Bold", "Regular"))
    machine(few, "broken.ttf", bold, regular)
    assert fonts.file_for(f"{KOREAN} a") == regular
    assert fonts.file_for("고") == regular  # The regular one comes first.
    assert not caplog.records


def test_letters_that_no_font_has_are_said_once(machine, with_letters, caplog):
    machine(with_letters("a-few.ttf", "고"))
    for _ in range(2):
        assert os.path.basename(fonts.file_for(KOREAN)) == "DejaVuSans.ttf"
    (record,) = caplog.records
    assert "양" in record.getMessage() and "fonts-noto-cjk" in record.getMessage()


@pytest.mark.skipif(
    not any("CJK" in path for path in font_manager.findSystemFonts()),
    reason="there is no font with Korean letters",
)
@pytest.mark.parametrize("shape", [(2, 48, 48, 1), (2, 16, 1)], ids=["images", "signals"])
def test_two_korean_names_look_different(shape, caplog, recwarn):
    samples = np.zeros(shape, "uint8" if len(shape) == 4 else "float32")
    one, other = (
        pictures.draw(samples, None, columns=2, captions=[name, name[::-1]])
        for name in ("가나", "다라")
    )
    assert (one != other).any()
    assert not caplog.records and not recwarn.list
