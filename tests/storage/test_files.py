"""Files appear whole or not at all."""

import json
import math
import os
import stat
import subprocess
import sys

import numpy as np
import pytest

from keras_gan.storage.files import (
    publish_json,
    publish_text,
    published,
    remove_unfinished,
)


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def test_file_takes_its_place_only_when_it_is_whole(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with published(str(path)) as temporary:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_temporary_file_stands_in_the_same_folder_with_the_same_suffix(tmp_path):
    with published(str(tmp_path / "model.keras")) as temporary:
        assert os.path.dirname(temporary) == str(tmp_path)
        assert temporary.endswith(".keras")


def test_failure_keeps_the_old_file_and_leaves_nothing_behind(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), published(str(path)) as temporary:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write("half of the n")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_failure_makes_no_file_where_there_was_none(tmp_path):
    with pytest.raises(ZeroDivisionError), published(str(tmp_path / "a.txt")):
        raise ZeroDivisionError
    assert os.listdir(tmp_path) == []


def test_folder_in_the_place_of_the_file_stays_and_nothing_is_left(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError):
        publish_text(str(tmp_path / "taken"), "text")
    assert os.listdir(tmp_path) == ["taken"]
    assert (tmp_path / "taken").is_dir()


@pytest.mark.parametrize("umask, expected", [(0o022, 0o644), (0o027, 0o640)])
def test_permissions_are_those_of_any_new_file(tmp_path, umask, expected):
    before = os.umask(umask)
    try:
        publish_text(str(tmp_path / "a.txt"), "text")
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "a.txt") == expected


def test_the_umask_of_the_process_is_never_touched(tmp_path, monkeypatch):
    # Another thread could make a file in that moment.
    monkeypatch.delattr(os, "umask")
    publish_text(str(tmp_path / "a.txt"), "text")


def test_what_a_living_process_writes_is_not_removed(tmp_path):
    script = """
import sys
from keras_gan.storage.files import published
with published(sys.argv[1]) as temporary:
    print(temporary, flush=True)
    sys.stdin.read()
    """
    other = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "b.txt")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    unfinished = other.stdout.readline().strip()
    remove_unfinished(tmp_path)
    assert os.path.exists(unfinished)
    other.kill()
    other.communicate()
    assert os.path.exists(unfinished)
    remove_unfinished(tmp_path)
    assert os.listdir(tmp_path) == []


def test_what_a_former_process_of_our_number_left_is_removed(tmp_path):
    # In a container, the next run often has the number of the one that was killed.
    for name in (f".writing-{os.getpid()}-a.png", ".writing-abc.png"):
        (tmp_path / name).touch()
    remove_unfinished(tmp_path)
    remove_unfinished(tmp_path / "missing")
    assert os.listdir(tmp_path) == []


def test_folders_are_made(tmp_path):
    publish_text(str(tmp_path / "a" / "b" / "c.txt"), "text")
    assert (tmp_path / "a" / "b" / "c.txt").read_text() == "text"


def test_bare_name_is_written_to_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    publish_text("a.txt", "text")
    assert (tmp_path / "a.txt").read_text() == "text"


def test_text_is_utf_8_and_json_ends_with_a_line(tmp_path):
    publish_text(str(tmp_path / "a.txt"), "größer")
    assert (tmp_path / "a.txt").read_bytes() == "größer".encode()
    publish_json(str(tmp_path / "a.json"), {"a": [1, 2.5, None]})
    text = (tmp_path / "a.json").read_text()
    assert json.loads(text) == {"a": [1, 2.5, None]}
    assert text.endswith("}\n")


def test_json_reports_are_strict_and_plain(tmp_path):
    publish_json(
        str(tmp_path / "a.json"),
        {
            "nan": float("nan"),
            "nested": [{"inf": np.float32("inf")}, (1.5, -math.inf)],
            "array": np.array([[1.0, np.nan], [2.0, 3.0]]),
            3: np.int64(4),
            "flag": np.bool_(True),
            "text": "nan",
        },
    )

    def refuse(word):
        raise ValueError(f"{word} is not JSON")

    text = (tmp_path / "a.json").read_text()
    assert json.loads(text, parse_constant=refuse) == {
        "nan": None,
        "nested": [{"inf": None}, [1.5, None]],
        "array": [[1.0, None], [2.0, 3.0]],
        "3": 4,
        "flag": True,
        "text": "nan",
    }
