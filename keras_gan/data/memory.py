"""How much memory there is, and whether something fits: asked before it is allocated."""

import math
import numbers
import pathlib
import re
import resource
import sys

import psutil

# Limits of a container, for cgroups 2 and 1: the limit, what is used, and how much of
# that is file cache, which gives way.
_CGROUPS = (
    ("memory.max", "memory.current", "memory.stat", ("inactive_file", "active_file")),
    (
        "memory/memory.limit_in_bytes",
        "memory/memory.usage_in_bytes",
        "memory/memory.stat",
        ("total_inactive_file", "total_active_file"),
    ),
)
_CGROUP_ROOT = pathlib.Path("/sys/fs/cgroup")


def available():
    """Bytes that this process can still take: of the machine, its container, its limits.

    Example:

    >>> available() > 2**20
    True
    """
    free = [psutil.virtual_memory().available, *_free_in_container(), *_free_in_limits()]
    return max(0, min(free))


def _free_in_container():
    for limit, used, statistics, cached in _CGROUPS:
        try:
            texts = [(_CGROUP_ROOT / name).read_text() for name in (limit, used)]
            lines = (_CGROUP_ROOT / statistics).read_text().splitlines()
        except OSError:
            continue
        if texts[0].strip() != "max":
            sizes = dict(line.split() for line in lines)
            cache = sum(int(sizes.get(name, 0)) for name in cached)
            yield int(texts[0]) - int(texts[1]) + cache


def _free_in_limits():
    """What `ulimit -v` and `ulimit -d` leave."""
    limits = {"RLIMIT_AS": "vms", "RLIMIT_DATA": "data"}
    memory = psutil.Process().memory_info()
    for limit, used in limits.items():
        soft, _ = resource.getrlimit(getattr(resource, limit))
        if soft != resource.RLIM_INFINITY and hasattr(memory, used):
            yield soft - getattr(memory, used)


def peak():
    """Most bytes of memory that this process has had at a time.

    Example:

    >>> peak() > 2**20
    True
    """
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most * (1 if sys.platform == "darwin" else 1024)


def check(what, needed, cure):
    """Refuses what does not fit in memory.

    Linux promises memory that it does not have. What is not refused here may end the
    process with a signal, long afterwards and without a word.

    Args:
        what: What needs it, for the message.
        needed: Bytes it takes, at least.
        cure: What to do about it, for the message.

    Raises:
        ValueError: If more is needed than is available.

    Example:

    >>> check("x", 10**18, "take less")
    Traceback (most recent call last):
    ...
    ValueError: x: 909495 TiB of memory are needed, ...
    """
    free = available()
    if needed > free:
        raise ValueError(
            f"{what}: {size(needed)} of memory are needed, {size(free)} are free: {cure}."
        )


def size(number):
    """A number of bytes for people.

    Example:

    >>> size(3 * 2**29), size(2**14)
    ('1.5 GiB', '16 KiB')
    """
    units = ("KiB", "MiB", "GiB", "TiB")
    power = min(max(1, int(math.log2(max(number, 1)) // 10)), len(units))
    amount = number / 2 ** (10 * power)
    return f"{amount:.{0 if power == 1 or amount >= 1000 else 1}f} {units[power - 1]}"


def nbytes(shape, bytes_per_value=1):
    """Bytes of an array, however large: Python's integers do not overflow.

    Example:

    >>> nbytes((10, 28, 28, 1), bytes_per_value=4)
    31360
    """
    return math.prod(map(int, shape)) * bytes_per_value


def in_bytes(name, amount):
    """A number of bytes as people write it.

    Args:
        name: Name of the argument, for the message.
        amount: An int of bytes, or a text such as "200MB" or "1.5GiB": MB is 10^6 bytes,
            MiB 2^20.

    Raises:
        ValueError: If it is neither.

    Example:

    >>> in_bytes("memory_limit", "200MB"), in_bytes("memory_limit", "1.5 GiB")
    (200000000, 1610612736)
    """
    if isinstance(amount, numbers.Integral) and not isinstance(amount, bool):
        if amount > 0:
            return int(amount)
    elif isinstance(amount, str):
        found = re.fullmatch(r"(\d+(?:\.\d+)?) *([KMGT])(i?)B?", amount.strip(), re.I)
        if found and float(found[1]) > 0:
            power = " KMGT".index(found[2].upper())
            return int(float(found[1]) * (1024 if found[3] else 1000) ** power)
    raise ValueError(
        f"{name} must be a size in memory, such as 200MB or 2GB, got {amount!r}."
    )
