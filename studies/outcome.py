"""What a study hands back: numbers, claims about them, and a picture."""

import dataclasses
import typing

import numpy as np


@dataclasses.dataclass(frozen=True)
class Claim:
    """A statement of theory and the number that decides it.

    Args:
        text: What must hold, with its limit in words.
        value: The measured number; the worst one if there are many.
        limit: The largest value (or the smallest, if `at_least`) that agrees.
        at_least: Whether the limit is a lower one.

    Example:

    >>> Claim("mean |D - D*|", 0.004, 0.01).holds
    True
    """

    text: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def holds(self):
        if self.at_least:
            return bool(self.value >= self.limit)
        return bool(self.value <= self.limit)

    def __str__(self):
        sign = ">=" if self.at_least else "<="
        verdict = "holds" if self.holds else "FAILS"
        return f"{verdict}: {self.text}: {self.value:.4g} ({sign} {self.limit:g})"

    def record(self):
        """The claim as it is written to JSON."""
        return {**dataclasses.asdict(self), "holds": self.holds}


@dataclasses.dataclass(frozen=True)
class Outcome:
    """The result of a study.

    Args:
        measured: dict of JSON values.
        claims: list of `Claim`.
        pixels: The picture, uint8 (height, width, 3).
        markdown: Its table for the page of results; "" for none.
    """

    measured: dict
    claims: list
    pixels: typing.Any
    markdown: str = ""


def spread(values):
    """Mean, standard error, smallest and largest over seeds, as JSON values.

    One seed has no standard error: None.
    """
    values = np.asarray(values, float)
    several = len(values) > 1
    error = values.std(ddof=1) / np.sqrt(len(values)) if several else None
    return {
        "mean": float(values.mean()),
        "standard_error": float(error) if several else None,
        "min": float(values.min()),
        "max": float(values.max()),
    }
