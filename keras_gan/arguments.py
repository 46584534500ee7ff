"""Checks of arguments that every room makes in the same words."""

import inspect
import numbers
import re


def check_int(name, value, *, at_least, at_most=None):
    """Returns an argument as an int, if it is a whole number in its range.

    NumPy's integers count as ints, `True` and `False` do not.

    Args:
        name: Name of the argument, for the message.
        value: What was passed.
        at_least: Smallest legal value.
        at_most: Largest legal value. Defaults to None: no limit.

    Returns:
        The value as a Python int.

    Raises:
        ValueError: If it is no int, or out of range.

    Example:

    >>> check_int("packing", 2, at_least=1)
    2
    """
    is_int = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    in_range = is_int and value >= at_least and (at_most is None or value <= at_most)
    if not in_range:
        legal = f">= {at_least}" if at_most is None else f"from {at_least} to {at_most}"
        raise ValueError(f"{name} must be an int {legal}, got {value!r}.")
    return int(value)


def check_ints(name, values, *, at_least):
    """Returns an argument as a tuple of ints, if it holds whole numbers in their range.

    Args:
        name: Name of the argument, for the message.
        values: What was passed: a tuple, or another sequence.
        at_least: Smallest legal value.

    Returns:
        A tuple of Python ints.

    Raises:
        ValueError: If it is no sequence, or one value is no int or out of range.

    Example:

    >>> check_ints("units", [128, 64], at_least=1)
    (128, 64)
    """
    try:
        return tuple(check_int(name, value, at_least=at_least) for value in values)
    except (TypeError, ValueError):
        raise ValueError(
            f"{name} must be a tuple of ints >= {at_least}, got {values!r}."
        ) from None


class ImageSize(tuple):
    """Height and width in pixels.

    Args:
        value: A side, or height and width: 64, "64", (96, 64) or "96x64".

    Raises:
        ValueError: If it is none of these.

    Example:

    >>> ImageSize("96x64") == (96, 64), str(ImageSize(64))
    (True, '64')
    """

    __slots__ = ()

    def __new__(cls, value):
        try:
            sides = check_ints("image_size", _sides(value), at_least=1)
        except ValueError:
            raise ValueError(
                "image_size must be pixels above 0: a side, such as 64, or height x "
                f"width, such as 96x64, got {value!r}."
            ) from None
        return super().__new__(cls, sides)

    @property
    def height(self):
        """Pixels from top to bottom."""
        return self[0]

    @property
    def width(self):
        """Pixels from left to right."""
        return self[1]

    def __str__(self):
        return str(self[0]) if self[0] == self[1] else f"{self[0]}x{self[1]}"

    def __repr__(self):
        return str(self) if self[0] == self[1] else repr(str(self))


def _sides(value):
    if isinstance(value, str):
        found = re.fullmatch(r"(\d+)(?:x(\d+))?", value.strip().lower())
        value = found and [int(side) for side in found.groups(found[1])]
    elif isinstance(value, numbers.Integral):
        value = (value, value)
    if isinstance(value, list | tuple) and len(value) == 2:
        return value
    raise ValueError


def takes(function, arguments):
    """Whether a function can be called with so many arguments, by their order.

    Args:
        function: A callable. One in C need not say what it takes: it counts as one that
            can.
        arguments: What it would be called with; their number matters.

    Example:

    >>> takes(pow, ("base", "exponent")), takes(lambda z: z, ("z", "labels"))
    (True, False)
    """
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def names_of(function):
    """Names of a function's arguments, in their order; none if it does not say.

    Example:

    >>> names_of(lambda samples, seed=0: samples)
    ('samples', 'seed')
    """
    try:
        return tuple(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return ()


def what_came(value):
    """A value that is no tensor, in words: "None", or its type.

    Example:

    >>> what_came(None), what_came((1, 2))
    ('None', 'a tuple')
    """
    return "None" if value is None else f"a {type(value).__name__}"
