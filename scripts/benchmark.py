"""Times this package beside what users would run instead, in turns.

python scripts/benchmark.py --quick
"""

import pathlib
import sys

# It times the programs of this checkout.
sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from studies.benchmark import run  # noqa: E402

if __name__ == "__main__":
    run()
