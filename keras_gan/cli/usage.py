"""What `--help` prints: the flags in the sections in which they were defined."""

import textwrap

COLUMNS = 80
ASKED = {"-h", "-help", "--help", "-helpshort", "--helpshort"}


def usage(about, own, values=None, of="the default"):
    """The lines of a command's help.

    Args:
        about: What the command does.
        own: `absl.flags.FlagValues`, its flags. Their modules are titles of sections.
        values: Values that hold in place of defaults, by name. Defaults to None: none.
        of: What the values in brackets are. Defaults to "the default".
    """
    yield f"{about.strip()}\n\nIn brackets: {of}."
    sections = own.flags_by_module_dict()
    held = {
        flag.name: (values or {}).get(flag.name, flag.default)
        for members in sections.values()
        for flag in members
    }
    for title, members in sections.items():
        yield f"\n{title}:"
        for flag in members:
            # The value of an option whose place another takes does not hold.
            other = held.get(getattr(flag, "replaces", None))
            yield _entry(flag, held[flag.name] if other is None else None)
    yield "\n--help or -h prints this, --helpfull also what absl adds."


def _entry(flag, value):
    names = f"--[no]{flag.name}" if flag.boolean else f"--{flag.name}"
    short = f"-{flag.short_name}," if flag.short_name else ""
    text = f"{short}{names}: {flag.help}"
    if flag.parser.syntactic_help.startswith("one of"):
        text += f" ({flag.parser.syntactic_help.replace('|', ', ')})"
    if not (value is None or value is False or value == ()):
        shown = "on" if value is True else flag.serializer.serialize(value)
        text += f" [{shown.removeprefix(f'--{flag.name}=')}]"
    return textwrap.fill(text, COLUMNS, initial_indent="  ", subsequent_indent=" " * 6)
