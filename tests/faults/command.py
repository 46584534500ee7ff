"""Injects 48 faults into the installed package, and counts those that it survives.

python scripts/faults.py
python scripts/faults.py --rows=1,2,31 --quick
"""

from absl import flags

from faults import FAULTS
from keras_gan.cli import command_line

# The forked processes of a row parse the flags of another command in the same registry:
# no flag here may have the name of one of theirs.
flags.DEFINE_flag(
    command_line.ListFlag(
        "list_rows",
        "Name all faults and stop.",
        [f"{fault.row:3}  {fault.injected}" for fault in FAULTS.values()],
    )
)
flags.DEFINE_list("rows", None, "Rows to run, such as 1,2,31. Default: all.")
flags.DEFINE_bool("quick", False, "Few kills and bit flips instead of many.")
flags.DEFINE_string(
    "results",
    None,
    "File of the table. Default: results/faults.json for all rows without --quick; else "
    "the table is printed only.",
)


def main():
    """Injects the faults that the flags name."""
    names = flags.FLAGS.rows or map(str, FAULTS)
    rows = [int(name) if name.isdecimal() else 0 for name in names]
    if not set(rows) <= FAULTS.keys():
        raise ValueError(
            f"--rows={','.join(flags.FLAGS.rows)} must be numbers from 1 to "
            f"{max(FAULTS)}: see --list_rows."
        )
    from faults.injecting import inject

    whole = rows == list(FAULTS) and not flags.FLAGS.quick
    path = flags.FLAGS.results or ("results/faults.json" if whole else None)
    return inject(rows, flags.FLAGS.quick, path)


def run():
    """Runs the command."""
    command_line.run(main)
