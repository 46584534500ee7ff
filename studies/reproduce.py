"""Runs a study and writes its numbers, its picture and its page.

python scripts/reproduce.py --list
python scripts/reproduce.py optimal_discriminator
"""

from absl import flags

from keras_gan.cli import command_line
from studies import STUDIES

flags.DEFINE_flag(
    command_line.ListFlag(
        "list",
        "Name all studies and stop.",
        [f"{name:24}{about}" for name, about in STUDIES.items()],
    )
)
flags.DEFINE_list("seeds", ["0", "1", "2"], "Seeds of the runs, such as 0,1,2.")
flags.DEFINE_bool("quick", False, "A few seconds, to see that it runs; looser claims.")
command_line.define_finite(
    "max_hours",
    8.0,
    "Of long studies: begin no further run after so many hours; the same command "
    "again goes on.",
    positive=True,
)
command_line.define_finite(
    "cpu_seconds",
    None,
    "zoo, conv_race: CPU-seconds of training per run, of all cores together. Default: "
    "the study's own.",
    positive=True,
)
flags.DEFINE_string("work_dir", "runs/reproduce", "Folder of runs that are kept.")
flags.DEFINE_string("results_dir", "results", "Folder of the numbers: STUDY.json.")
flags.DEFINE_string("results_page", "docs/results.md", "Page with the tables.")
flags.DEFINE_string("images_dir", "docs/images", "Folder of the pictures: STUDY.png.")


def main(study=None):
    """Runs the study that is named; Keras and TensorFlow are imported only here."""
    if study not in STUDIES:
        raise ValueError(
            f"Unknown study {study!r}: use one of {', '.join(STUDIES)}; --list says "
            "what they are."
        )
    seeds = flags.FLAGS.seeds
    if not seeds or not all(seed.isdecimal() for seed in seeds):
        raise ValueError(f"--seeds={','.join(seeds)} must be numbers, such as 0,1,2.")
    from studies.reproducing import reproduce

    return reproduce(study, [int(seed) for seed in seeds], flags.FLAGS)


def run():
    """Runs the command."""
    command_line.run(main, num_arguments=1)
