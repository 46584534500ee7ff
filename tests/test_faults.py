"""What `scripts/faults.py` injects, as far as it needs no root and no minutes."""

import json
import pathlib
import subprocess
import sys

import pytest

from faults import FAULTS
from faults.fault import CannotRun
from faults.laboratory import Laboratory

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
    script = pathlib.Path(__file__).parent.parent / "scripts" / "faults.py"
    command = [sys.executable, str(script), "--rows=14", "--quick"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "survived/injected: 1/1" in done.stdout and not list(tmp_path.iterdir())

    subprocess.run([*command, "--results=some.json"], cwd=tmp_path, check=True)
    table = json.loads((tmp_path / "some.json").read_text(encoding="utf-8"))
    assert table["command"] == "python scripts/faults.py --rows=14 --quick"
    assert [row["verdict"] for row in table["faults"]] == ["survived"]
