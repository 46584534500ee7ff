"""A table of results and their floors, as text or in Markdown."""

import numpy as np

from keras_gan.evaluation.over_runs import mean_results
from keras_gan.evaluation.result import in_digits
from keras_gan.evaluation.suite import meaning

# What test images get by definition.
_BY_DEFINITION = {"memorization": "1", "copied": "0.01"}


def headings(results, floor):
    """The names of the columns, with the number of samples of each kind.

    Args:
        results: A dict of `Result`s by name; not empty.
        floor: A dict of `Result`s of real samples; may be empty.
    """
    value, real = (
        f"{word} (n={_number(found):,})" if found else word
        for word, found in (("value", results), ("floor", floor))
    )
    return ("metric", value, real, "better", "extractor")


def _number(results):
    return next(iter(results.values())).n


def rows(results, floor):
    """Rows of texts, in the order of `headings`; one per result and per detail of it.

    Args:
        results: A dict of `Result`s by name; not empty.
        floor: A dict of `Result`s of real samples; names may be missing.

    Returns:
        A list of tuples.
    """
    lines = []
    for name, result in results.items():
        real = floor.get(name, _BY_DEFINITION.get(name, ""))
        better, _ = meaning(name)
        lines.append((name, str(result), str(real), better, result.extractor or ""))
        # k-means has as many centres as it can; agreement's floor is real test images.
        own = floor[name].n if name in floor else _number(floor or results)
        if (result.n, own) != (_number(results), _number(floor or results)):
            of_floor = f"{own:,}" if name in floor else ""
            lines.append(("  n", f"{result.n:,}", of_floor, "", ""))
        lines.extend(_details(name, result, floor.get(name)))
    return lines


# Numbers of `extra` that the table shows, each with its name for perfect samples.
_SHOWN = {
    "parzen": {"sigma": None, "fine_value": None, "fine_sigma": None},
    "memorization": {"copied": None},
    "kid": {"subsets": None},
    "precision": {"k3": None},
    "recall": {"k3": None},
    "coverage": {"expected": None},
    "modes": {
        "high_quality": "expected_high_quality",
        "reverse_kl": "expected_reverse_kl",
        "kl": "expected_kl",
    },
}


# What the names of rows below a number mean.
_DETAILS = {
    "sigma": "sigma: width of Parzen's Gaussians, chosen on training samples.",
    "fine_value": "fine_value, fine_sigma: parzen with a finer grid of sigma than the "
    "paper's.",
    "copied": "copied: share of samples as near to a training image as the nearest 1 % "
    "of test images.",
    "subsets": "subsets: kid as it is usually published, the mean over subsets of 1,000.",
    "k3": "k3: precision, recall with 3 neighbours; all else with 5.",
    "expected": "expected: coverage of perfect samples, as many as these.",
    "high_quality": "high_quality: share of samples within 3 deviations of a mode.",
    "kl": "kl: divergence of the modes' shares from those of real samples, nats.",
    "reverse_kl": "reverse_kl: divergence of the modes' shares from equal ones, nats.",
}


def details_in_words(results):
    """Lines on the rows that stand below numbers in the table.

    Example:

    >>> kid = keras_gan.evaluation.Result(0.1, 0.01, n=100)  # Too few for `subsets`.
    >>> recall = keras_gan.evaluation.Result(0.9, 0.01, n=100, extra={"k3": 0.8})
    >>> details_in_words({"kid": kid, "recall": recall})
    ['k3: precision, recall with 3 neighbours; all else with 5.']
    """
    shown = {
        key
        for name, result in results.items()
        for key in _SHOWN.get(name, {})
        if key in result.extra
    }
    return [text for key, text in _DETAILS.items() if key in shown]


def _details(name, result, real):
    for key, expected in _SHOWN.get(name, {}).items():
        if key not in result.extra:
            continue
        floor = _BY_DEFINITION.get(key, "")
        if real is not None and key in real.extra:
            floor = f"{real.extra[key]:.4g}"
        if expected:
            floor = f"{result.extra[expected]:.4g}"
        yield (f"  {key}", f"{result.extra[key]:.4g}", floor, "", "")


def as_text(results, floor):
    """The table in columns, for a terminal."""
    return _in_columns([headings(results, floor), *rows(results, floor)])


def means_as_text(results, floors):
    """A table of means over runs, for a terminal.

    Args:
        results: Of each of at least two runs a dict of `Result`s by name.
        floors: The same of real samples; names may be missing.
    """
    means, ones = mean_results(results), mean_results(results, "one_evaluation")
    table = rows(means, mean_results(floors, "one_evaluation"))
    # Each run's own table says the extractor: here it would be wider than a terminal.
    _, value, *others, _ = headings(means, floors[0])
    lines = [("metric", value.replace("value", "mean"), "+- of one", *others)]
    for name, mean, *rest, _ in table:
        error = ones[name].uncertainty if name in ones else 0
        one = in_digits(error) if np.isfinite(error) and error > 0 else ""
        lines.append((name, mean, one, *rest))
    return _in_columns(lines)


def _in_columns(table):
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in table
    )


def as_markdown(results, floor):
    """The table in Markdown, for TensorBoard."""
    names = headings(results, floor)
    table = [names, ("---",) * len(names), *rows(results, floor)]
    return "\n".join("| " + " | ".join(row) + " |" for row in table)
