"""A table of results and their floors, as text or in Markdown."""

from keras_gan.evaluation.suite import meaning

HEADINGS = ("metric", "value", "floor", "better", "n", "extractor")


def rows(results, floor):
    """Rows of texts, in the order of `HEADINGS`; one per result and per detail of it.

    Args:
        results: A dict of `Result`s by name.
        floor: A dict of `Result`s of real samples; names may be missing.

    Returns:
        A list of tuples.
    """
    lines = []
    for name, result in results.items():
        real = floor.get(name)
        lines.append(
            (
                name,
                str(result),
                f"{real} (n={real.n:,})" if real else "",
                "higher" if meaning(name)[0] else "lower",
                f"{result.n:,}",
                result.extractor or "",
            )
        )
        lines.extend(_details(name, result, real))
    return lines


# Numbers of `extra` that the table shows, each with its name for perfect samples.
_SHOWN = {
    "parzen": {"sigma": None, "fine_value": None, "fine_sigma": None},
    "memorization": {"copied": None},
    "kid": {"subsets": None},
    "precision": {"k3": None},
    "recall": {"k3": None},
    "modes": {
        "high_quality": "expected_high_quality",
        "reverse_kl": "expected_reverse_kl",
        "kl": "expected_kl",
    },
}


def _details(name, result, real):
    for key, expected in _SHOWN.get(name, {}).items():
        if key not in result.extra:
            continue
        floor = ""
        if real is not None and key in real.extra:
            floor = f"{real.extra[key]:.4g}"
        if expected:
            floor = f"{result.extra[expected]:.4g}"
        if key == "copied":
            floor = "0.01"
        yield (f"  {key}", f"{result.extra[key]:.4g}", floor, "", "", "")


def as_text(results, floor):
    """The table in columns, for a terminal."""
    table = [HEADINGS, *rows(results, floor)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in table
    )


def as_markdown(results, floor):
    """The table in Markdown, for TensorBoard."""
    table = [HEADINGS, ("---",) * len(HEADINGS), *rows(results, floor)]
    return "\n".join("| " + " | ".join(row) + " |" for row in table)
