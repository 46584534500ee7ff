"""Options: fields of a dataclass that are checked, and written and read as flags.

A field is declared once, by `option`; its check, its command-line flag and its
documentation are all made from that.
"""

import contextlib
import csv
import dataclasses
import functools
import io
import math
import numbers
import os
import typing

from keras_gan.arguments import ImageSize

_QUOTES = "'\""


def option(default=dataclasses.MISSING, help="", **properties):
    """Declares a field of a dataclass of options.

    Args:
        default: Its default; without one, the option is required.
        help: What it does. `{name}` stands for another option, `{name:value}` for
            another option and its value; see `OptionError`.
        **properties: Properties of `Option`: `choices`, the bounds `above`, `at_least`
            and `at_most`, `may_change`, `replaces`, `is_path`, `section`.
    """
    return dataclasses.field(
        default=default, metadata={"option": {"help": help, **properties}}
    )


@dataclasses.dataclass(frozen=True)
class Option:
    """One option: what values it takes, and how they are written.

    Attributes:
        name: Its name.
        kind: bool, int, float, str or `ImageSize`; the type of its items, if it is a
            list.
        is_list: Whether its values are tuples.
        is_optional: Whether it may be None.
        default: Its default, or `dataclasses.MISSING`.
        help: What it does.
        choices: The allowed values. Defaults to None: any.
        above: Number that it must exceed. Defaults to None.
        at_least: Smallest number. Defaults to None.
        at_most: Largest number. Defaults to None.
        may_change: Whether it may change when a run is continued. Defaults to False.
        replaces: Another option for the same thing, which is dropped when this one is
            given. Defaults to None.
        is_path: Whether it is a path, whose ~ means the user's home. No shell expands
            it in --name=~/folder. Defaults to False.
        section: Title of the section of `--help` that begins with it. Defaults to None:
            it is in the section of the option before it.
    """

    name: str
    kind: type
    is_list: bool
    is_optional: bool
    default: object
    help: str
    choices: tuple | None = None
    above: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    may_change: bool = False
    replaces: str | None = None
    is_path: bool = False
    section: str | None = None

    @property
    def is_required(self):
        """Whether it has no default."""
        return self.default is dataclasses.MISSING

    @property
    def meaning(self):
        """What its values are, in a few words."""
        if self.choices:
            return f"one of {'|'.join(map(str, self.choices))}"
        if self.kind is bool:
            return "True or False"
        if self.kind is ImageSize:
            return "pixels above 0: a side, such as 64, or height x width, such as 96x64"
        if self.kind is str:
            return "a tuple of texts" if self.is_list else "a text of one line"
        if self.is_list:
            return "positive integers, such as 1200,1200"
        words = ["finite"] if self.kind is float else []
        if self.at_most is not None:
            bounds = f" in the range [{self.at_least}, {self.at_most}]"
        elif self.above == 0 or (self.kind is int and self.at_least == 1):
            words, bounds = [*words, "positive"], ""
        elif self.at_least == 0:
            words, bounds = [*words, "non-negative"], ""
        else:
            bounds = "" if self.at_least is None else f" >= {self.at_least}"
        words.append("integer" if self.kind is int else "number")
        return f"{'an' if words[0] == 'integer' else 'a'} {' '.join(words)}{bounds}"

    def check(self, value):
        """Returns the value as the option's own type.

        Raises:
            ValueError: If the value is of another type or out of bounds.
        """
        if self.is_optional and (value is None or value == "" or value == ()):
            return None
        if not self.is_list:
            return self._checked(value)
        if not isinstance(value, list | tuple):
            raise ValueError(f"must be {self.meaning}")
        items = (item.strip() if isinstance(item, str) else item for item in value)
        return tuple(self._checked(item) for item in items)

    def _checked(self, value):
        if self.choices:
            return self._chosen(value)
        accepted = {
            bool: bool,
            int: numbers.Integral,
            float: numbers.Real,
            str: str | os.PathLike,
            ImageSize: int | str | tuple | list,
        }[self.kind]
        is_bool = isinstance(value, bool)
        if not isinstance(value, accepted) or is_bool != (self.kind is bool):
            raise ValueError(f"must be {self.meaning}")
        try:
            value = os.fspath(value) if self.kind is str else self.kind(value)
        except ValueError:  # A size that is none.
            raise ValueError(f"must be {self.meaning}") from None
        if self._is_legal(value):
            return os.path.expanduser(value) if self.is_path else value
        raise ValueError(f"must be {self.meaning}")

    def _chosen(self, value):
        for choice in self.choices:
            # In Python, 4 is as good as "4".
            if not isinstance(value, bool) and str(value) == str(choice):
                return choice
        raise ValueError(f"must be {self.meaning}")

    def _is_legal(self, value):
        if self.kind is str:
            # Each option is a line of a run's flags.
            return not {"\n", "\r"} & set(value)
        return self.kind is ImageSize or (
            math.isfinite(value)
            and (self.above is None or value > self.above)
            and (self.at_least is None or value >= self.at_least)
            and (self.at_most is None or value <= self.at_most)
        )

    def parse(self, text):
        """Reads a value as written after `--name=`; an empty one means None.

        Raises:
            ValueError: If the text is not a legal value of the option.
        """
        if not text and self.is_optional:
            return None
        try:
            if self.is_list:
                items = next(csv.reader([text], strict=True), [])
                return self.check([self._read(item) for item in items])
            return self.check(self._read(text))
        except (ValueError, csv.Error):
            raise ValueError(f"must be {self.meaning}") from None

    def _read(self, text):
        if self.kind is bool:
            return {"true": True, "false": False}.get(text.lower(), text)
        return self.kind(text)

    def text(self, value):
        """The value as written after `--name=`."""
        if self.kind is bool:
            return str(value).lower()
        if not self.is_list:
            return str(value)
        row = io.StringIO()
        csv.writer(row, lineterminator="").writerow(value)
        return row.getvalue()

    def flag(self, value):
        """The whole flag, `--name=value`; for a bool, `--name` or `--noname`."""
        if self.kind is bool:
            return f"--{'' if value else 'no'}{self.name}"
        return f"--{self.name}={self.text(value)}"


@functools.cache
def options_of(kind):
    """The options of a dataclass, as a dict by name."""
    types = typing.get_type_hints(kind)
    return {
        field.name: Option(
            name=field.name,
            default=field.default,
            **_type_of(types[field.name]),
            **field.metadata["option"],
        )
        for field in dataclasses.fields(kind)
    }


def _type_of(annotation):
    """What `int`, `int | None` or `tuple[int, ...] | None` says."""
    arms = [arm for arm in typing.get_args(annotation) if arm is not type(None)]
    is_optional = type(None) in typing.get_args(annotation)
    (kind,) = arms if is_optional else [annotation]
    is_list = typing.get_origin(kind) is tuple
    kind = typing.get_args(kind)[0] if is_list else kind
    return {"kind": kind, "is_list": is_list, "is_optional": is_optional}


def check_options(instance):
    """Checks all options of a frozen dataclass; for its `__post_init__`.

    Raises:
        OptionError: If one is not legal; names the first.
    """
    for name, one in options_of(type(instance)).items():
        value = getattr(instance, name)
        try:
            checked = one.check(value)
        except ValueError as error:
            raise OptionError(
                f"{{{name}}} {{reason}}, got {{value!r}}.", reason=error, value=value
            ) from None
        # The class is frozen; a list becomes a tuple, 1 becomes 1.0.
        object.__setattr__(instance, name, checked)


def to_flags(instance):
    """The options of an instance as lines of a flagfile, sorted.

    One that is None has no line, nor has one at its default in whose place another is
    set, such as epochs beside steps.
    """
    options = options_of(type(instance))
    values = {name: getattr(instance, name) for name in options}
    return sorted(
        one.flag(values[name])
        for name, one in options.items()
        if values[name] is not None
        and (values.get(one.replaces) is None or values[name] != one.default)
    )


def from_flags(kind, text, ignored=()):
    """The options that a flagfile names, as a dict.

    Args:
        kind: The dataclass of options.
        text: Lines `--name=value`, `--name` or `--noname`; all others are comments.
        ignored: Names of flags to skip, which are not options of the class.

    Raises:
        ValueError: If a flag is unknown or not legal; names it.
    """
    options, found = options_of(kind), {}
    for line in text.split("\n"):
        if not line.startswith("--"):
            continue
        name, equals, value = line[2:].partition("=")
        if name in ignored:
            continue
        is_off = not equals and name not in options and name.startswith("no")
        one = options.get(name.removeprefix("no") if is_off else name)
        if one is None or (not equals and one.kind is not bool):
            raise ValueError(f"{line} is no option of this version of keras_gan.")
        try:
            found[one.name] = one.parse(value) if equals else not is_off
        except ValueError as error:
            raise ValueError(f"{line}: {error}.") from None
    return found


class OptionError(ValueError):
    """A mistake in options, worded for whoever gave them.

    Python users gave arguments, `network='mlp'`; command-line users gave flags,
    `--network=mlp`.

    Args:
        message: As for `str.format`: `{network}` names an option, `{network:'mlp'}`
            also says its value, as Python writes it.
        **texts: Values of the message's other placeholders, by name.

    Example:

    >>> error = OptionError("{dropout} does nothing without {network:'mlp'}.")
    >>> str(error), error.in_flags()
    ("dropout does nothing without network='mlp'.",
     '--dropout does nothing without --network=mlp.')
    """

    def __init__(self, message, **texts):
        super().__init__(in_words(message, as_argument, **texts))
        self._message, self._texts = message, texts

    def in_flags(self):
        """The message for the command line."""
        return in_words(self._message, as_flag, **self._texts)


@contextlib.contextmanager
def naming(**option):
    """Makes an error about the value of an option name that option."""
    ((name, value),) = option.items()
    try:
        yield
    except ValueError as error:
        message = f"{{{name}:{{value!r}}}}: {{reason}}"
        reason = str(error).removeprefix(f"{value}: ")
        raise OptionError(message, value=value, reason=reason) from error


def in_words(message, style, **texts):
    """Formats a message, naming options as arguments or as flags.

    Args:
        message: As in `OptionError`.
        style: `as_argument` or `as_flag`.
        **texts: As in `OptionError`.
    """
    return message.format_map(_Named(style, texts))


def as_argument(name, value=""):
    """`name`, or `name=value`."""
    return f"{name}={value}" if value else name


def as_flag(name, value=""):
    """`--name`, `--name=value` or `--noname`; the value is written as in Python."""
    if value in ("", "True"):
        return f"--{name}"
    if value == "False":
        return f"--no{name}"
    nothing = value in ("None", "()")
    return f"--{name}=" if nothing else f"--{name}={value.strip(_QUOTES)}"


class _Named(dict):
    """What a message's placeholders stand for: its texts, or else options."""

    def __init__(self, style, texts):
        super().__init__(texts)
        self._style = style

    def __missing__(self, name):
        return _Name(name, self._style)


class _Name:
    """An option's name; the format specification is its value."""

    def __init__(self, name, style):
        self._name = name
        self._style = style

    def __format__(self, value):
        return self._style(self._name, value)
