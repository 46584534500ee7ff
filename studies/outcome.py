"""What a study returns: numbers, claims about them, and a picture."""

import dataclasses
import typing

import numpy as np


@dataclasses.dataclass(frozen=True)
class Claim:
    """A statement and the number that decides whether it holds.

    Args:
        text: What is measured.
        value: The measured number; of several, the worst.
        limit: The largest value with which the claim holds, or with `at_least` the
            smallest.
        at_least: Whether `limit` is a lower limit. Defaults to False.

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
        """Returns the claim as a dict for JSON."""
        return {**dataclasses.asdict(self), "holds": self.holds}


@dataclasses.dataclass(frozen=True)
class Outcome:
    """The result of a study.

    Args:
        measured: dict of JSON values.
        claims: list of `Claim`s.
        pixels: The picture, uint8 (height, width, 3).
        markdown: Its section of the page of results. Defaults to "": none.
    """

    measured: dict
    claims: list
    pixels: typing.Any
    markdown: str = ""


def spread(values):
    """Mean, standard error, minimum and maximum over seeds, as JSON values.

    For one seed the standard error is None.
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
