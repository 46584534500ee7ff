"""What `scripts/faults.py` injects, as far as it needs no root and no minutes."""

import json

import pytest

from faults import FAULTS
from faults.fault import CannotRun
from faults.injecting import inject
from faults.laboratory import Laboratory
from support import script

QUICK = [fault for fault in FAULTS.values() if not fault.by_hand]


@pytest.mark.parametrize("fault", QUICK, ids=lambda fault: f"row{fault.row}")
def test_is_survived(fault, tmp_path):
    folder = tmp_path / "laboratory"
    folder.mkdir()
    try:
        assert fault.inject(Laboratory(folder, quick=True))
    except CannotRun as reason:
        pytest.skip(str(reason))


def test_some_rows_leave_the_table_of_all_rows_alone(tmp_path):
    done = script("faults", "--rows=14", "--quick", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "survived/injected: 1/1" in done.stdout and not list(tmp_path.iterdir())


def test_some_rows_have_a_table_of_their_own(tmp_path):
    assert inject([14], True, tmp_path / "some.json") == 0
    table = json.loads((tmp_path / "some.json").read_text(encoding="utf-8"))
    assert table["command"] == "python scripts/faults.py --rows=14 --quick"
    assert [row["verdict"] for row in table["faults"]] == ["survived"]
