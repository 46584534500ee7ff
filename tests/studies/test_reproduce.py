"""The studies, in their quick form, and the command that runs them."""

import ast
import json
import pathlib
import subprocess
import sys
import types

import pytest

from studies import STUDIES, reproducing
from studies.outcome import Claim
from studies.reproduce import Options
from support import command, run_study_command

ROOT = pathlib.Path(__file__).parents[2]


def reproduce(*arguments):
    return subprocess.run(
        [sys.executable, ROOT / "scripts" / "reproduce.py", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )


@pytest.mark.parametrize("name", STUDIES)
def test_quick_study(name, tmp_path):
    options = types.SimpleNamespace(
        quick=True,
        max_hours=1.0,
        cpu_seconds=None,
        work_dir=str(tmp_path / "work"),
        results_dir=str(tmp_path),
        images_dir=str(tmp_path / "images"),
    )
    assert reproducing.reproduce(name, [0], options) == 0
    record = json.loads((tmp_path / f"{name}.json").read_text())
    assert record["study"] == name
    assert record["seconds"] > 0
    assert record["versions"]["keras"]
    assert record["command"].endswith(f"{name} --seeds=0 --quick")
    assert record["claims"]
    assert all(claim["holds"] for claim in record["claims"])
    assert (tmp_path / "images" / f"{name}.png").stat().st_size < 300_000


def test_list_names_every_study_without_tensorflow():
    done = reproduce("--list")
    assert done.returncode == 0
    for name, about in STUDIES.items():
        assert f"{name} " in done.stdout
        assert about in done.stdout
    assert len(done.stdout.splitlines()) == len(STUDIES)


def test_studies_are_files():
    files = (ROOT / "studies").glob("*.py")
    assert set(STUDIES) <= {path.stem for path in files}


@pytest.mark.parametrize("arguments", [(), ("nonsense",), ("dirac", "--seeds=a")])
def test_a_mistake_is_one_line(arguments, tmp_path):
    done = command("reproduce", *arguments, cwd=tmp_path, run=run_study_command)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    # Without a name it says which there are.
    assert all(name in done.stdout for name in STUDIES) == (not arguments)


@pytest.mark.parametrize("options", [{}, {"images_dir": "elsewhere"}])
def test_all_of_a_study_goes_into_the_folder_that_is_named(options):
    made = Options(output="mine", **options)
    assert made.work_dir == "mine/runs/reproduce"
    assert made.results_dir == "mine/results"
    assert made.results_page == "mine/docs/results.md"
    assert made.images_dir == options.get("images_dir", "mine/docs/images")


@pytest.mark.parametrize(
    ("value", "at_least", "holds"),
    [
        (0.5, False, True),
        (1.5, False, False),
        (1.5, True, True),
        (float("nan"), True, False),
    ],
)
def test_claim(value, at_least, holds):
    claim = Claim("x", value, 1.0, at_least)
    assert claim.holds is holds
    assert claim.record()["holds"] is holds


def imported(path):
    """Names of modules that a file imports, as far as they are written out."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_theory_imports_no_tensorflow():
    for path in (ROOT / "keras_gan" / "theory").glob("*.py"):
        roots = {name.split(".")[0] for name in imported(path)}
        assert not roots & {"tensorflow", "keras"}, path.name
