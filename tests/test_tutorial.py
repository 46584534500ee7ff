"""The tutorial runs from top to bottom, and holds what it showed when it last ran."""

import ast
import json
import re
import sys
import types

import keras_gan as kg
from support import ROOT

NOTEBOOK = ROOT / "docs" / "tutorial.ipynb"
CELLS = [
    cell
    for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    if cell["cell_type"] == "code"
]
CODE = ["".join(cell["source"]) for cell in CELLS]
# What makes it short: fewer steps, smaller images, one update of D per update of G.
SHORTER = {
    "epochs=20": "epochs=1",
    'preset("figure1")': 'preset("figure1", steps=2, discriminator_steps=1)',
    'preset("plane")': 'preset("plane", steps=2)',
    "plane_000226": "plane_000002",
    "range(1000)": "range(40)",
    "image_size=32, steps=1500": "image_size=8, steps=2",
}


def shortened():
    code = "\0".join(CODE)
    for long, short in SHORTER.items():
        assert code.count(long) == 1, long
        code = code.replace(long, short)
    return code.split("\0")


def run_cell(code, names):
    """Runs a cell as a notebook does, and returns what it would show."""
    *lines, last = ast.parse(code).body
    if not isinstance(last, ast.Expr):
        return exec(compile(code, NOTEBOOK.name, "exec"), names)
    exec(compile(ast.Module(lines, []), NOTEBOOK.name, "exec"), names)
    return eval(compile(ast.Expression(last.value), NOTEBOOK.name, "eval"), names)


def test_runs_from_top_to_bottom(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # Of IPython, which the tests do not need, it uses what shows a drawing.
    display = types.SimpleNamespace(SVG=lambda path: (tmp_path / path).read_text())
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    names = {}
    shown = [run_cell(code, names) for code in shortened()]
    assert names["images"].shape == (64, 28, 28, 1)
    assert (tmp_path / "runs/first/images/training.gif").exists()
    assert type(names["gan"]) is kg.GAN and int(names["gan"].step.numpy()) == 40
    assert [int(names[one].step.numpy()) for one in ("game", "plane", "mine")] == [2] * 3
    assert tuple(names["mine"].sample_shape) == (8, 8, 3)
    # A cell shows something in the notebook exactly if it does here.
    for cell, value in zip(CELLS, shown, strict=True):
        results = [one for one in cell["outputs"] if one["output_type"] != "stream"]
        assert bool(results) == (value is not None), cell["source"]


def test_has_the_lines_of_readme():
    """They are run here, and nowhere else."""
    readme = (ROOT / "README.md").read_text("utf-8")
    example = re.search(r"```python\n(.*?)```", readme, flags=re.S)[1]
    lines = iter("\n".join(CODE).splitlines())
    assert not [line for line in example.splitlines() if line and line not in lines]


def test_holds_a_run_without_errors_and_stays_small():
    assert [cell["execution_count"] for cell in CELLS] == list(range(1, len(CELLS) + 1))
    outputs = [one for cell in CELLS for one in cell["outputs"]]
    assert not [one for one in outputs if one.get("name") == "stderr"]
    assert not [one for one in outputs if one["output_type"] == "error"]
    assert NOTEBOOK.stat().st_size < 1_000_000
