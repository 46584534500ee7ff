"""Injects 48 faults; `python scripts/faults.py --help` lists the flags."""

import pathlib
import sys

# Faults are tests, which are not installed.
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tests"))

from faults.command import run  # noqa: E402

if __name__ == "__main__":
    run()
