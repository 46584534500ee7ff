"""What `scripts/faults.py` injects, as far as it needs no root and no minutes."""

import json

import pytest

from faults import FAULTS
from faults.command import Request, main
from faults.fault import CannotRun
from faults.injecting import inject
from faults.laboratory import Laboratory
from keras_gan.cli.flags import define
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


def test_some_rows_leave_the_table_of_all_rows_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    own = define(Request)
    own(["faults.py", "--rows=14", "--quick"])
    assert main(own) == 0
    assert "survived/injected: 1/1" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_the_script_starts():
    done = script("faults", "--list_rows")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == len(FAULTS)


def test_some_rows_have_a_table_of_their_own(tmp_path):
    assert inject([14], True, tmp_path / "some.json") == 0
    table = json.loads((tmp_path / "some.json").read_text(encoding="utf-8"))
    assert table["command"] == "python scripts/faults.py --rows=14 --quick"
    assert [row["verdict"] for row in table["faults"]] == ["survived"]
