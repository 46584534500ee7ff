"""The page of results: sections that a study replaces, and nothing else."""

import pytest

from studies import page
from studies.outcome import spread

RECORD = {
    "study": "zoo",
    "about": "every loss",
    "command": "python scripts/reproduce.py zoo --seeds=0",
    "claims": [
        {"text": "modes", "value": 7.0, "limit": 8, "at_least": True, "holds": False}
    ],
    "measured": {},
}


def test_a_section_has_its_command_and_says_what_is_not_reached():
    text = page.section(RECORD, "| a |", "images/zoo.png")
    assert text.startswith("## zoo\n\nEvery loss.")
    assert RECORD["command"] in text
    assert "| a |" in text
    assert "* **Not reached**: modes: 7 (>= 8)" in text
    assert text.endswith("![zoo](images/zoo.png)")


def test_a_section_says_how_much_is_not_done():
    assert "not done" not in page.section(RECORD, "| a |", "images/zoo.png")
    partly = {**RECORD, "measured": {"runs_left_out": 3}}
    text = page.section(partly, "| a |", "images/zoo.png")
    assert "3 of the planned runs are not done yet." in text


def test_a_section_is_replaced_in_its_place(tmp_path):
    path = str(tmp_path / "results.md")
    page.insert(path, "a", "old a")
    page.insert(path, "b", "old b")
    before = (tmp_path / "results.md").read_text()
    page.insert(path, "a", "new a")
    after = (tmp_path / "results.md").read_text()
    assert after == before.replace("old a", "new a")
    assert after.startswith("# Results")
    assert after.index("new a") < after.index("old b")


def test_a_missing_mark_is_named(tmp_path):
    path = tmp_path / "results.md"
    path.write_text("<!-- study a -->\ntext\n")
    with pytest.raises(ValueError, match="<!-- end of a -->"):
        page.insert(str(path), "a", "new")
    assert path.read_text() == "<!-- study a -->\ntext\n"


def test_tables_and_errors():
    assert page.table(("a", "b"), [(1, 2)]) == "| a | b |\n|---|---|\n| 1 | 2 |"
    assert page.with_error(spread([1.0])) == "1.00"
    assert page.with_error(spread([1.0, 3.0]), "{:.1f}") == "2.0 ± 1.0"
