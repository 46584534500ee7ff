"""Injects faults, and writes a table of what happened."""

import pathlib
import tempfile
import time

import PIL

from faults import FAULTS
from faults.fault import CannotRun, NotSurvived
from faults.laboratory import Laboratory
from keras_gan.storage.files import publish_json
from keras_gan.version import versions

FAILED = 1
SURVIVED, NOT_SURVIVED, NOT_RUN = "survived", "not survived", "not run"


def inject(rows, quick, path):
    """Injects faults, prints each, writes the table; returns the exit code.

    Args:
        rows: Numbers of the faults.
        quick: Whether few repetitions are enough.
        path: JSON file of the table, or None: it is only printed.

    Returns:
        0, or 1 if a fault was not survived.
    """
    table = []
    for row in rows:
        record = try_out(FAULTS[row], quick)
        table.append(record)
        print(f"{row:3} {record['verdict']:13} {record['injected']}", flush=True)
        print(f"    {record['said']}", flush=True)
    verdicts = [record["verdict"] for record in table]
    survived, not_run = verdicts.count(SURVIVED), verdicts.count(NOT_RUN)
    print(f"survived/injected: {survived}/{len(table) - not_run}")
    if path is not None:
        publish_json(
            path,
            {
                "command": "python scripts/faults.py" + _options(rows, quick),
                "survived": survived,
                "injected": len(table) - not_run,
                "seconds": round(sum(record["seconds"] for record in table), 1),
                "versions": {**versions(), "pillow": PIL.__version__},
                "faults": table,
            },
        )
        print(f"table: {path}")
    return FAILED if NOT_SURVIVED in verdicts else 0


def _options(rows, quick):
    some = f" --rows={','.join(map(str, rows))}" if rows != list(FAULTS) else ""
    return some + (" --quick" if quick else "")


def try_out(fault, quick):
    """Injects a fault; returns its row of the table."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as home:
        folder = pathlib.Path(home) / "laboratory"
        folder.mkdir()
        code = None
        try:
            said, verdict = fault.inject(Laboratory(folder, quick)), SURVIVED
            said, code = said if isinstance(said, tuple) else (said, 0)
        except NotSurvived as error:
            said, verdict = str(error), NOT_SURVIVED
        except CannotRun as error:
            said, verdict = str(error), NOT_RUN
    return {
        "row": fault.row,
        "injected": fault.injected,
        "exit_code": code,
        "said": said.replace(home, "."),
        "verdict": verdict,
        "seconds": round(time.monotonic() - began, 1),
    }
