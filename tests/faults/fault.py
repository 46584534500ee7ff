"""What a fault is, and the list of all of them."""

from collections.abc import Callable
from typing import NamedTuple

FAULTS = {}
# Why some rows are not part of `make test`, which has similar tests in one process.
SLOW = "trains through the command line for half a minute"


class Fault(NamedTuple):
    """One row of the list.

    Attributes:
        row: Its number.
        injected: What is done to the package, in a few words.
        inject: Function of a `Laboratory` that does it, checks what happens, and
            returns what was printed; raises `NotSurvived` or `CannotRun`.
        by_hand: Why it is not part of `make test`. Defaults to "": it is.
    """

    row: int
    injected: str
    inject: Callable
    by_hand: str = ""


class NotSurvived(Exception):
    """What the package did wrong."""


class CannotRun(Exception):
    """Why a fault cannot be injected on this machine."""


def fault(row, injected, by_hand=""):
    """Registers the decorated function as the fault of that row."""

    def listed(inject):
        FAULTS[row] = Fault(row, injected, inject, by_hand)
        return inject

    return listed
