"""The page of results: one section per study, written when the study runs."""

import os

from keras_gan.storage.files import publish_text

_TITLE = """# Results

Every number here was measured by the command above it, on the machine that its JSON file
in `results/` describes. Rows marked "published" are from the papers that are named, for
comparison; nothing else is. `python scripts/reproduce.py NAME` writes a section anew.
"""


def table(headings, rows):
    """Formats rows of texts as a Markdown table.

    Example:

    >>> print(table(("a", "b"), [("1", "2")]))
    | a | b |
    |---|---|
    | 1 | 2 |
    """
    lines = [headings, ["---"] * len(headings), *rows]
    marks = ["| " + " | ".join(map(str, line)) + " |" for line in lines]
    marks[1] = marks[1].replace(" ", "")
    return "\n".join(marks)


def with_error(numbers, form="{:.2f}"):
    """Formats what `spread` returns: mean and standard error over seeds."""
    if numbers["standard_error"] is None:
        return form.format(numbers["mean"])
    return " ± ".join(form.format(numbers[key]) for key in ("mean", "standard_error"))


def section(record, markdown, picture):
    """Formats the section of a study.

    Args:
        record: The content of its JSON file.
        markdown: Its table and notes.
        picture: Path of its picture, relative to the page.

    Returns:
        The text of the section.
    """
    claims = [
        f"* {'Holds' if claim['holds'] else '**Not reached**'}: {claim['text']}: "
        f"{claim['value']:.4g} ({'>=' if claim['at_least'] else '<='} {claim['limit']:g})"
        for claim in record["claims"]
    ]
    left_out = record["measured"].get("runs_left_out", 0)
    parts = [
        f"## {record['study']}",
        f"{record['about'][:1].upper()}{record['about'][1:]}.",
        f"```\n{record['command']}\n```",
        markdown,
        f"{left_out} of the planned runs are not done yet." if left_out else "",
        "\n".join(claims),
        f"![{record['study']}]({picture})",
    ]
    return "\n\n".join(part for part in parts if part)


def insert(path, name, text):
    """Replaces the section of a study on the page, or appends it if it is new.

    Args:
        path: Markdown file; it is created if it does not exist.
        name: Name of the study.
        text: Its section.

    Raises:
        ValueError: If the section's end mark is missing.
    """
    page = _TITLE
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            page = file.read()
    begin, end = f"<!-- study {name} -->\n", f"<!-- end of {name} -->\n"
    whole = f"{begin}{text}\n{end}"
    if begin not in page:
        publish_text(path, f"{page.rstrip()}\n\n{whole}")
        return
    before, _, rest = page.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{path}: the line {end.strip()} is missing: put it back.")
    publish_text(path, before + whole + after)
