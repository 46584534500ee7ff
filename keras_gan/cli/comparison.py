"""A table of methods in Markdown: each call of `evaluate.py` adds its row."""

import os

from keras_gan.storage.files import publish_text

_FIRST = ("runs", "seeds", "steps", "samples")


def add_row(path, name, results, floor, steps):
    """Adds a row to a table, or replaces the row of that name.

    The first row is that of real samples, where a perfect generator would be. Numbers
    depend on how many samples were measured, so all rows are of as many.

    Args:
        path: The file; it is made unless it is there.
        name: What is measured, such as runs/dcgan-*.
        results: A dict of `Result`s by name. Of several runs, their means.
        floor: The same of real samples; names may be missing.
        steps: The updates of G of each run, a list; empty if there is no run.

    Raises:
        ValueError: If the file is no such table, or has other columns, or its rows were
            measured otherwise.

    Example:

    >>> fd = keras_gan.evaluation.Result(11.4, 0.21, n=100)
    >>> add_row("table.md", "dcgan-*", {"fd": fd}, {}, [600, 600, 600])
    >>> print(open("table.md").read(), end="")
    | runs | seeds | steps | samples | fd |
    |---|---|---|---|---|
    | real samples |  |  |  |  |
    | dcgan-* | 3 | 600 | 100 | 11.40 ± 0.21 |
    """
    head = _row((*_FIRST, *results))
    ruler = f"|{'---|' * (len(_FIRST) + len(results))}"
    real = [floor[key] if key in floor else "" for key in results]
    real = _row(("real samples", "", "", _counted(floor), *real))
    former, *rows = read(path, head)[2:] or [real]
    rows = [row for row in rows if not row.startswith(_row((name,)) + " ")]
    samples = _counted(results)
    if rows and (former != real or any(_samples(row) != samples for row in rows)):
        raise ValueError(
            f"--markdown={path} has rows that were measured otherwise (real samples, or "
            "the number of samples, differ): measure all of them alike, by --num, "
            "--num_real and --seed, or name another file."
        )
    each = ", ".join(f"{one:,}" for one in dict.fromkeys(steps))
    # The ± of one run would be that of its evaluation, and not of its method.
    values = results.values()
    if len(steps) < 2:
        values = [f"{one.value:.4g}" for one in values]
    new = _row((name, len(steps) or "", each, samples, *values))
    publish_text(path, "\n".join([head, ruler, real, *rows, new]) + "\n")


def read(path, head=None):
    """The lines of a table that is there; none if there is no file.

    Args:
        path: The file.
        head: Its first line. Defaults to None: that of any such table.

    Raises:
        ValueError: If its first line is another.
    """
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    start = _row(_FIRST) + " "
    if not lines or not lines[0].startswith(start) or head not in (None, lines[0]):
        raise ValueError(
            f"--markdown={path} is there and has no such columns: name another file."
        )
    return lines


def _counted(results):
    """How many samples the results are of."""
    return ", ".join(f"{n:,}" for n in sorted({one.n for one in results.values()}))


def _samples(row):
    return row.split("|")[1 + _FIRST.index("samples")].strip()


def _row(cells):
    return f"| {' | '.join(str(cell).replace('+-', '±') for cell in cells)} |"
