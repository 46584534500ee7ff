"""Runs a study and writes its numbers, its picture and its page.

python scripts/reproduce.py --list
python scripts/reproduce.py optimal_discriminator
"""

import dataclasses

from absl import flags

from keras_gan.cli import command_line
from keras_gan.cli.flags import ListFlag, define, given
from keras_gan.recipe.options import check_options, option
from studies import STUDIES


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
    work_dir: str = option(
        "runs/reproduce", "Folder of runs that are kept.", is_path=True
    )
    results_dir: str = option("results", "Folder of the numbers: STUDY.json.")
    results_page: str = option("docs/results.md", "Page with the tables.")
    images_dir: str = option("docs/images", "Folder of the pictures: STUDY.png.")

    def __post_init__(self):
        check_options(self)


def main(own, study=None):
    """Runs the study that is named."""
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
    lines = [f"{name:24}{about}" for name, about in STUDIES.items()]
    flags.DEFINE_flag(ListFlag("list", "Name all studies and stop.", lines), own)
    command_line.run(main, own, num_arguments=1)
