"""A table of methods in Markdown: each call of `evaluate.py` adds its row."""

import os

from keras_gan.storage.files import publish_text

_FIRST = ("runs", "seeds", "steps", "samples")


def add_row(path, name, results, floor, steps, caption=""):
    """Adds a row to a table, or replaces the row of that name.

    The first row is that of real samples, where a perfect generator would be. Numbers
    depend on how many samples were measured, so all rows are of as many.

    Args:
        path: The file; it is made unless it is there.
        name: What is measured, such as runs/dcgan-*.
        results: A dict of `Result`s by name. Of several runs, their means.
        floor: The same of real samples; names may be missing.
        steps: The updates of G of each run, a list; empty if there is no run.
        caption: What stands below the table: how all of its rows were measured. Defaults
            to "".

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
    lines = read(path, head)
    table = [line for line in lines if line.startswith("|")]
    below = "\n".join(lines[len(table) :]).strip()
    former, *rows = table[2:] or [real]
    rows = [row for row in rows if not row.startswith(_row((name,)) + " ")]
    samples = _counted(results)
    is_alike = (former, below) == (real, caption)
    if rows and not (is_alike and all(_samples(row) == samples for row in rows)):
        raise ValueError(
            f"--markdown={path} has rows that were measured otherwise (the data, real "
            "samples, the number of samples or the classifier differ): measure all of "
            "them alike, by --dataset, --num, --num_real, --seed and --classifier, or "
            "name another file."
        )
    each = ", ".join(f"{one:,}" for one in dict.fromkeys(steps))
    # The ± of one run would be that of its evaluation, and not of its method.
    values = results.values()
    if len(steps) < 2:
        values = [f"{one.value:.4g}" for one in values]
    new = _row((name, len(steps) or "", each, samples, *values))
    text = "\n".join([head, ruler, real, *rows, new])
    publish_text(path, f"{text}\n\n{caption}\n" if caption else f"{text}\n")


def caption_of(numbers):
    """How the rows of a table were measured, as far as it is the same for all of them.

    Args:
        numbers: What the JSON file of one of them holds.

    Returns:
        A line for below the table.

    Example:

    >>> numbers = {"dataset": "mnist5k", "image_shape": [28, 28, 1], "split": "test"}
    >>> caption_of({**numbers, "num_real": 1000, "num_floor": None, "extractors": {}})
    ... # doctest: +NORMALIZE_WHITESPACE
    'mnist5k, 28x28x1, against 1,000 real samples, split test. ±: standard error of the
    mean over training seeds; a row of one run has none.'
    """
    size = "x".join(map(str, numbers["image_shape"]))
    said = [
        f"{numbers['dataset']}, {size}, against {numbers['num_real']:,} real samples, "
        f"split {numbers['split']}"
    ]
    if numbers["num_floor"]:
        said.append(f"Row real samples: {numbers['num_floor']:,} training samples")
    said += [f"Extractor {line}" for line in extractors_in_words(numbers["extractors"])]
    said.append(
        "±: standard error of the mean over training seeds; a row of one run has none"
    )
    return ". ".join(said) + "."


def extractors_in_words(extractors):
    """A line for each extractor that was trained or came as a file; none for pixels.

    Args:
        extractors: A dict, by name, of dicts that describe them.

    Example:

    >>> about = {"test_accuracy": 0.9941, "test_split": "test", "sha256": "78a00aeb" * 8}
    >>> extractors_in_words({"classifier": about, "pixels": {}})
    ['classifier: 99.41 % right on its test split, SHA-256 78a00aeb']
    """
    lines = []
    for name, about in extractors.items():
        said = []
        if "test_accuracy" in about:
            accuracy, split = 100 * about["test_accuracy"], about["test_split"]
            said.append(f"{accuracy:.2f} % right on {_the_split(split)}")
        if "sha256" in about:
            said.append(f"SHA-256 {about['sha256'][:8]}")
        if said:
            lines.append(f"{name}: {', '.join(said)}")
    return lines


def _the_split(name):
    """Such as "its test split"; "a fifth of train" says so itself."""
    return name if " " in name else f"its {name} split"


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
