"""Injects 48 faults into the installed package, and counts those that it survives.

python scripts/faults.py
python scripts/faults.py --rows=1,2,31 --quick
"""

import dataclasses

from absl import flags

from faults import FAULTS
from keras_gan.cli import command_line
from keras_gan.cli.flags import SECTION, ListFlag, define, given
from keras_gan.recipe.options import check_options, option


@dataclasses.dataclass(frozen=True)
class Request:
    """Which faults are injected; each field is a flag."""

    rows: tuple[str, ...] | None = option(
        None, "Rows to run, such as 1,2,31. Default: all."
    )
    quick: bool = option(False, "Few kills and bit flips instead of many.")
    results: str | None = option(
        None,
        "File of the table. Default: results/faults.json for all rows without {quick}; "
        "else the table is printed only.",
    )

    def __post_init__(self):
        check_options(self)


def main(own):
    """Injects the faults that the flags name."""
    request = Request(**given(Request, own))
    names = request.rows or map(str, FAULTS)
    rows = [int(name) if name.isdecimal() else 0 for name in names]
    if not set(rows) <= FAULTS.keys():
        raise ValueError(
            f"--rows={','.join(request.rows)} must be numbers from 1 to {max(FAULTS)}: "
            "see --list_rows."
        )
    from faults.injecting import inject

    whole = rows == list(FAULTS) and not request.quick
    path = request.results or ("results/faults.json" if whole else None)
    return inject(rows, request.quick, path)


def run():
    """Runs the command."""
    own = define(Request)
    lines = [f"{fault.row:3}  {fault.injected}" for fault in FAULTS.values()]
    flags.DEFINE_flag(
        ListFlag("list_rows", "Name all faults and stop.", lines), own, SECTION
    )
    command_line.run(main, own)
