"""Runs a study and writes its numbers, its picture and its page.

python scripts/reproduce.py --list
python scripts/reproduce.py optimal_discriminator --output=my_numbers

Without --output, the numbers in this checkout are measured anew.
"""

import dataclasses
import os
import pathlib

from absl import flags

from keras_gan.cli import command_line
from keras_gan.cli.flags import SECTION, ListFlag, define, given
from keras_gan.recipe.options import check_options, option
from studies import STUDIES

ROOT = pathlib.Path(__file__).parents[1]
_PLACES = {
    "work_dir": "runs/reproduce",
    "results_dir": "results",
    "results_page": "docs/results.md",
    "images_dir": "docs/images",
}


@dataclasses.dataclass(frozen=True)
class Options:
    """How a study is run; each field is a flag."""

    seeds: tuple[str, ...] = option(("0", "1", "2"), "Seeds of the runs, such as 0,1,2.")
    quick: bool = option(False, "A few seconds, to see that it runs; looser claims.")
    max_hours: float = option(
        8.0,
        "Of long studies: begin no further run after so many hours; the same command "
        "again goes on.",
        above=0,
    )
    cpu_seconds: float | None = option(
        None,
        "zoo, conv_race: CPU-seconds of training per run, of all cores together. "
        "Default: the study's own.",
        above=0,
    )
    output: str = option(
        os.path.relpath(ROOT), "Folder that gets all of the following.", is_path=True
    )
    work_dir: str | None = option(
        None,
        "Folder of kept runs. Default: OUTPUT/runs/reproduce.",
        is_path=True,
    )
    results_dir: str | None = option(
        None, "Folder of the numbers, STUDY.json. Default: OUTPUT/results.", is_path=True
    )
    results_page: str | None = option(
        None, "Page with the tables. Default: OUTPUT/docs/results.md.", is_path=True
    )
    images_dir: str | None = option(
        None, "Folder of pictures, STUDY.png. Default: OUTPUT/docs/images.", is_path=True
    )

    def __post_init__(self):
        check_options(self)
        for name, place in _PLACES.items():
            if getattr(self, name) is None:
                path = os.path.normpath(os.path.join(self.output, place))
                object.__setattr__(self, name, path)


def main(own, study=None):
    """Runs the study that is named."""
    if study is None:
        print("\n".join(listed()))
        raise ValueError("Name one of these studies.")
    if study not in STUDIES:
        raise ValueError(
            f"Unknown study {study!r}: use one of {', '.join(STUDIES)}; --list says "
            "what they are."
        )
    options = Options(**given(Options, own))
    seeds = options.seeds
    if not seeds or not all(seed.isdecimal() for seed in seeds):
        raise ValueError(f"--seeds={','.join(seeds)} must be numbers, such as 0,1,2.")
    # Keras and TensorFlow take seconds to import: --help and --list do not wait for them.
    from studies.reproducing import reproduce

    return reproduce(study, [int(seed) for seed in seeds], options)


def run():
    """Entry point of `scripts/reproduce.py`."""
    own = define(Options)
    flags.DEFINE_flag(
        ListFlag("list", "Name all studies and stop.", listed()), own, SECTION
    )
    command_line.run(main, own, num_arguments=1)


def listed():
    """A line for each study: its name, and what it measures."""
    return [f"{name:24}{about}" for name, about in STUDIES.items()]
