"""A table of methods in Markdown: each call of `evaluate.py` adds its row."""

import os

from keras_gan.storage.files import publish_text
from keras_gan.version import __version__

_FIRST = ("runs", "seeds", "steps", "samples")


def add_row(path, name, results, floor, steps, caption="", ones=None):
    """Adds a row to a table, or replaces the row of that name; see `table_with`."""
    publish_text(path, table_with(path, name, results, floor, steps, caption, ones))


def table_with(path, name, results, floor, steps, caption="", ones=None):
    """The text of a table with a row more, or with another row of that name.

    The first row is that of real samples, where a perfect generator would be. Numbers
    depend on how many samples were measured, so all rows are of as many.

    Args:
        path: The file; it need not be there.
        name: What is measured, such as runs/dcgan-*.
        results: A dict of `Result`s by name. Of several runs, their means.
        floor: The same of real samples; names may be missing.
        steps: The updates of G of each run, a list; empty if there is no run.
        caption: What stands below the table: how all of its rows were measured. Defaults
            to "".
        ones: Of several runs, results whose ± is that of one evaluation. Defaults to
            None: `results` are of one.

    Raises:
        ValueError: If the file is no such table, or has other columns, or its rows were
            measured otherwise.

    Example:

    >>> one = keras_gan.evaluation.Result(11.4, 0.3, n=100)
    >>> mean = keras_gan.evaluation.Result(11.4, 0.21, n=100)
    >>> steps = [600, 600, 600]
    >>> print(table_with("t.md", "dcgan-*", {"fd": mean}, {}, steps, ones={"fd": one}))
    | runs | seeds | steps | samples | fd |
    |---|---|---|---|---|
    | real samples |  |  |  |  |
    | dcgan-* | 3 | 600 | 100 | 11.40 ± 0.21 (0.30) |
    <BLANKLINE>
    """
    head = _row((*_FIRST, *results))
    ruler = f"|{'---|' * (len(_FIRST) + len(results))}"
    real = [_cell(floor[key]) if key in floor else "" for key in results]
    real = _row(("real samples", "", "", _counted(floor), *real))
    lines = read(path, head)
    table = [line for line in lines if line.startswith("|")]
    below = "\n".join(lines[len(table) :]).strip()
    former, *rows = table[2:] or [real]
    rows = [row for row in rows if not row.startswith(_row((name,)) + " ")]
    samples = _counted(results)
    is_alike = (former, below) == (real, caption)
    if rows and not (is_alike and all(_samples(row) == samples for row in rows)):
        raise _measured_otherwise(path)
    each = ", ".join(f"{one:,}" for one in dict.fromkeys(steps))
    if ones is None:
        cells = [_cell(one) for one in results.values()]
    else:
        cells = [_cell(ones[key], mean) for key, mean in results.items()]
    new = _row((name, len(steps) or "", each, samples, *cells))
    below = ["", caption] if caption else []
    return "\n".join([head, ruler, real, *rows, new, *below]) + "\n"


def check_table(path, number):
    """Refuses a file that is no such table, or has rows of another number of samples.

    Args:
        path: The file; it need not be there.
        number: How many samples will be measured; None if that is not known yet.

    Raises:
        ValueError: If a row of so many samples cannot go there.
    """
    rows = [line for line in read(path) if line.startswith("|")][3:]
    if number is not None and any(_samples(row) != f"{number:,}" for row in rows):
        raise _measured_otherwise(path)


def _measured_otherwise(path):
    return ValueError(
        f"--markdown={path} has rows that were measured otherwise (the data, real "
        "samples, the number of samples or the classifier differ): measure all of "
        "them alike, by --dataset, --num, --num_real, --seed and --classifier, or name "
        "another file."
    )


def _cell(one, mean=None):
    """A number, over runs with its ±, and in brackets the ± of one evaluation."""
    from keras_gan.evaluation.result import in_digits  # With it comes TensorFlow.

    # The ± of one run would be that of its evaluation, and not of its method.
    said = str(one).partition(" +- ")[0] if mean is None else str(mean)
    error = one.uncertainty
    return f"{said} ({in_digits(error)})" if 0 < error < float("inf") else said


def caption_of(numbers):
    """How the rows of a table were measured, as far as it is the same for all of them.

    Args:
        numbers: What the JSON file of one of them holds.

    Returns:
        A line for below the table.

    Example:

    >>> about = {"dataset": "mnist5k", "image_shape": [28, 28, 1], "split": "test"}
    >>> about |= {"num_real": 1000, "num_floor": None, "extractors": {}}
    >>> print(caption_of({**about, "results": {"recall": {"extra": {"k": 5}}}}))
    ... # doctest: +ELLIPSIS, +NORMALIZE_WHITESPACE
    mnist5k, 28x28x1: samples against 1,000 real ones, split test. k = 5 neighbours.
    ±: standard error of the mean over training seeds, of fewer than three a guess;
    in brackets: of one evaluation, ...
    Measured by keras_gan ...
    """
    size = "x".join(map(str, numbers["image_shape"]))
    said = [
        f"{numbers['dataset']}, {size}: samples against {numbers['num_real']:,} real "
        f"ones, split {numbers['split']}"
    ]
    if numbers["num_floor"]:
        said.append("Row real samples: training samples in their place")
    said += [f"Features of {line}" for line in extractors_in_words(numbers["extractors"])]
    from keras_gan.evaluation.suite import changes_with_n  # With it comes TensorFlow.

    extras = [one["extra"] for one in numbers["results"].values()]
    neighbours = {extra["k"] for extra in extras if "k" in extra}
    said += [f"k = {k} neighbours" for k in sorted(neighbours)]
    if numbers["num_floor"] not in (None, numbers["num_samples"]):
        moved = [name for name in numbers["results"] if changes_with_n(name)]
        if moved:
            what = ", ".join(moved)
            said.append(
                f"The row real samples is of another n, with which these change: {what}"
            )
    if any("compare runs with each other" in one for one in numbers["cautions"]):
        seen = "The classifier was trained on these real samples"
        said.append(f"{seen}: the rows compare with each other alone")
    said.append(
        "±: standard error of the mean over training seeds, of fewer than three a guess; "
        "in brackets: of one evaluation, which counts the choice of real samples, too"
    )
    said.append(f"Measured by keras_gan {__version__}")
    return ". ".join(said) + "."


def extractors_in_words(extractors):
    """A line for each extractor that was trained or came as a file; none for pixels.

    Args:
        extractors: A dict, by name, of dicts that describe them.

    Example:

    >>> about = {"dataset": "mnist", "train_split": "train", "test_split": "test"}
    >>> about |= {"test_accuracy": 0.9941, "sha256": "78a00aeb" * 8}
    >>> extractors_in_words({"classifier": about, "pixels": {}})
    ... # doctest: +NORMALIZE_WHITESPACE
    ['classifier: trained on mnist, split train, 99.41 % right on its test split,
    SHA-256 78a00aeb']
    """
    lines = []
    for name, about in extractors.items():
        said = []
        if "train_split" in about:
            said.append(f"trained on {about['dataset']}, split {about['train_split']}")
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
    if not lines or not lines[0].startswith(start):
        raise ValueError(
            f"--markdown={path} is there and is no such table: name another file."
        )
    if head not in (None, lines[0]):
        there, new = (
            one.split(" | ", len(_FIRST))[-1].strip(" |") for one in (lines[0], head)
        )
        raise ValueError(
            f"--markdown={path} has the columns {there}, not {new}: measure the same by "
            "--metrics, or name another file."
        )
    return lines


def _counted(results):
    """How many samples the results are of."""
    return ", ".join(f"{n:,}" for n in sorted({one.n for one in results.values()}))


def _samples(row):
    return row.split("|")[1 + _FIRST.index("samples")].strip()


def _row(cells):
    return f"| {' | '.join(str(cell).replace('+-', '±') for cell in cells)} |"
