"""Measures what theory says; `python scripts/reproduce.py --list` names the studies."""

import pathlib
import sys

# Studies run from a checkout: they write its results and its docs.
sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from studies.reproduce import run  # noqa: E402

if __name__ == "__main__":
    run()
