"""Flags made from the fields of a dataclass of options."""

import sys
from typing import NamedTuple

from absl import flags

from keras_gan.recipe.options import as_flag, in_words, options_of

# The section of `--help` for options that are in no other.
SECTION = "Flags"


def define(kind, own=None):
    """Makes a flag of every option of a dataclass.

    Args:
        kind: A dataclass whose fields are `keras_gan.recipe.options.option`s.
        own: Flags to add these to. Defaults to None: none.

    Returns:
        `absl.flags.FlagValues`. Each command has its own, because commands share names.
        What absl takes for the module of a flag is its section of `--help`.
    """
    own = flags.FlagValues() if own is None else own
    section = SECTION
    for one in options_of(kind).values():
        section = one.section or section
        flags.DEFINE_flag(_flag(one, own), own, module_name=section)
        if one.is_required:
            flags.mark_flag_as_required(one.name, own)
    return own


def given(kind, own):
    """The options that were given as flags, as arguments of the dataclass."""
    return {name: own[name].value for name in options_of(kind) if own[name].present}


class Typed(NamedTuple):
    """What was typed of a recipe.

    Attributes:
        preset: Name of the preset, or None. Defaults to None.
        options: Names of the options that were given as flags. Defaults to ().
    """

    preset: str | None = None
    options: tuple[str, ...] = ()


def _flag(one, own):
    default = None if one.is_required else one.default
    text = in_words(one.help, as_flag)
    if one.kind is bool:
        return flags.BooleanFlag(one.name, default, text)
    return _OptionFlag(one, own, one.name, default, text)


class _OptionFlag(flags.Flag):
    """A flag that takes back the one that stood in its place, `replaces`, or is None."""

    def __init__(self, one, own, name, default, text):
        super().__init__(_Parser(one), _Serializer(one), name, default, text)
        self.replaces, self._own = one.replaces, own

    def parse(self, argument):
        super().parse(argument)
        if self.replaces is not None:
            self._own[self.replaces].unparse()


class _Parser(flags.ArgumentParser):
    def __init__(self, one):
        self._option = one
        self.syntactic_help = one.meaning if one.kind is not str or one.choices else ""

    def parse(self, argument):
        if isinstance(argument, str):
            return self._option.parse(argument)
        return self._option.check(argument)

    def flag_type(self):
        return self._option.kind.__name__


class _Serializer(flags.ArgumentSerializer):
    def __init__(self, one):
        self._option = one

    def serialize(self, value):
        return self._option.text(value)


class ListFlag(flags.BooleanFlag):
    """A flag that prints lines while the flags are parsed, as `--help` does, and stops.

    Args:
        name: Name of the flag.
        text: Its help.
        lines: What it prints; no TensorFlow is needed for it.
    """

    def __init__(self, name, text, lines):
        super().__init__(name, False, text)
        self._lines = lines

    def parse(self, arg):
        if arg:
            print("\n".join(self._lines))
            sys.exit(0)
