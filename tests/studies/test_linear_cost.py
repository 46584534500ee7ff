"""What is read off the times of steps, against costs whose form is known."""

import pytest

from studies import apart, linear_cost
from studies.line import Line

MINIBATCHES = (25, 50, 100, 200, 400)


def points(cost, numbers=MINIBATCHES):
    return {str(n): {"cpu": cost(n), "real": 2 * cost(n)} for n in numbers}


def held(m, growth=1.0):
    """Which claims hold for this cost in m, and growth; in k and steps it is a line."""
    one = {
        "m": points(m),
        "k": points(lambda k: 1 + 2 * k),
        "steps": points(lambda n: 5 + n),
        "growth": {"cpu": growth, "real": 1.0},
    }
    one["lines"] = {name: linear_cost.lines(one[name]) for name in ("m", "k", "steps")}
    return [claim.holds for claim in linear_cost.claims({"mlp": one})]


def test_a_line_is_found_again():
    found = linear_cost.lines(points(lambda m: 3 + 0.25 * m))
    assert found["cpu"] == pytest.approx({"fixed": 3, "slope": 0.25, "error": 0})
    assert found["real"] == pytest.approx({"fixed": 6, "slope": 0.5, "error": 0})


def test_errors_are_relative():
    # y = 1, 2, 1 at x = 1, 2, 3: weights 1, 1/4, 1 and symmetry make the line flat, at
    # (1 + 2/4 + 1) / (1 + 1/4 + 1).
    line = Line.through([1, 2, 3], [1, 2, 1])
    assert vars(line) == pytest.approx({"fixed": 10 / 9, "slope": 0})
    assert line.error([1, 2, 3], [1, 2, 1]) == pytest.approx(4 / 9)


def test_what_is_not_a_line_is_called_so():
    assert held(lambda m: 3 + m) == [True] * 4
    assert held(lambda m: m**1.1) == [True] * 4
    assert held(lambda m: m**1.25) == [False, True, True, True]
    assert held(lambda m: 3 + m, growth=1.2) == [True, True, True, False]


def test_measured_apart(monkeypatch, tmp_path):
    monkeypatch.setattr(apart, "ROOT", tmp_path)
    program = tmp_path / "cores.py"
    program.write_text(
        "import json, os, sys\n"
        "print('something else')\n"
        "cores = list(os.sched_getaffinity(0))\n"
        "print(json.dumps([json.loads(sys.argv[1]), cores]))\n"
    )
    assert apart.measured("cores", {"a": [1]}, core=0) == [{"a": [1]}, [0]]
    program.write_text("raise SystemExit(3)")
    with pytest.raises(RuntimeError, match="cores has failed"):
        apart.measured("cores", {})
