"""Measures in a process of its own, which has its own memory and its own cores."""

import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[1]


def measured(module, settings, core=None):
    """What a module prints when it is run as a program, the last line, from JSON.

    Args:
        module: Its name.
        settings: dict of JSON values, its only argument.
        core: Number of the core to run on. Defaults to None: all of them.

    Raises:
        RuntimeError: If the program fails.
    """
    on_core = [] if core is None else ["taskset", "--cpu-list", str(core)]
    program = [*on_core, sys.executable, "-m", module, json.dumps(settings)]
    done = subprocess.run(program, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(f"{module} has failed: see above.")
    return json.loads(done.stdout.splitlines()[-1])
