"""Runs a study and writes its numbers, its picture and its section of the page."""

import importlib
import os
import time

from keras_gan.storage.files import publish_json
from keras_gan.storage.pictures import save_png
from keras_gan.version import versions
from studies import STUDIES, page

FAILED = 1


def reproduce(name, seeds, options):
    """Runs a study, writes `<name>.json` and `<name>.png`; returns the exit code.

    Args:
        name: A name in `STUDIES`.
        seeds: list of ints.
        options: The flags of `scripts/reproduce.py`, as attributes.

    Returns:
        0, or 1 if a claim does not hold.
    """
    study = importlib.import_module(f"studies.{name}")
    began = time.monotonic()
    outcome = study.run(seeds, options)
    picture = os.path.join(options.images_dir, f"{name}.png")
    save_png(picture, outcome.pixels)
    record = {
        "study": name,
        "about": STUDIES[name],
        "command": command(name, seeds, options.quick, options.cpu_seconds),
        "quick": options.quick,
        "seeds": seeds,
        "seconds": round(time.monotonic() - began, 1),
        "versions": versions(),
        "claims": [claim.record() for claim in outcome.claims],
        "measured": outcome.measured,
    }
    path = os.path.join(options.results_dir, f"{name}.json")
    publish_json(path, record)
    if outcome.markdown and not options.quick:
        seen = os.path.relpath(picture, os.path.dirname(options.results_page) or ".")
        text = page.section(record, outcome.markdown, seen)
        page.insert(options.results_page, name, text)
    for claim in outcome.claims:
        print(claim)
    print(f"{record['seconds']} s; numbers: {path}; picture: {picture}", flush=True)
    return 0 if all(claim.holds for claim in outcome.claims) else FAILED


def command(name, seeds, quick, cpu_seconds=None):
    """Returns the command that repeats a study."""
    line = f"python scripts/reproduce.py {name} --seeds={','.join(map(str, seeds))}"
    if cpu_seconds:
        line += f" --cpu_seconds={cpu_seconds:g}"
    return line + " --quick" if quick else line
