"""How much memory there is, and what does not fit."""

import resource

import psutil
import pytest

from keras_gan.data import memory
from support import command


def test_no_more_than_the_machine_has():
    assert 0 < memory.available() <= psutil.virtual_memory().total


def print_available(name, arguments):
    """Under a limit 64 MiB above what the process has taken already."""
    limit = psutil.Process().memory_info().vms + 2**26
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    print(memory.available())


def test_a_limit_of_the_process_counts(tmp_path):
    done = command("memory", cwd=tmp_path, run=print_available)
    assert done.returncode == 0, done.stderr
    assert 2**25 < int(done.stdout) <= 2**26


@pytest.mark.parametrize("version", [1, 2])
def test_a_limit_of_a_container_counts_without_its_cache(tmp_path, monkeypatch, version):
    names = {
        1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "memory.stat", "total_"),
        2: ("memory.max", "memory.current", "memory.stat", ""),
    }
    limit, used, statistics, prefix = names[version]
    folder = tmp_path / "memory" if version == 1 else tmp_path
    folder.mkdir(exist_ok=True)
    monkeypatch.setattr(memory, "_CGROUP_ROOT", tmp_path)
    (folder / limit).write_text(f"{10 * 2**20}\n")
    (folder / used).write_text(f"{8 * 2**20}\n")
    cache = f"{prefix}inactive_file {2**20}\n{prefix}active_file {2**19}\nanon 9\n"
    (folder / statistics).write_text(cache)
    assert memory.available() == 3.5 * 2**20
    (folder / limit).write_text("max\n" if version == 2 else f"{2**63 - 4096}\n")
    assert memory.available() > 2**27


def test_what_fits_exactly_is_not_refused(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 3 * 2**30)
    memory.check("x", 3 * 2**30, "take less")
    words = "^x: 3.0 GiB of memory are needed, 3.0 GiB are free: take less.$"
    with pytest.raises(ValueError, match=words):
        memory.check("x", 3 * 2**30 + 1, "take less")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 KiB"),
        (2**20 - 1, "1024 KiB"),
        (2**20, "1.0 MiB"),
        (2**31, "2.0 GiB"),
        (2**50, "1024 TiB"),
    ],
)
def test_sizes_for_people(number, text):
    assert memory.size(number) == text
