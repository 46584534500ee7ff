"""Writes the page of a run, or of several side by side, as one file.

keras-gan-report runs/quickstart
keras-gan-report runs/a runs/b --output=both.html

Of one run it also writes the model card, README.md in its folder.
"""

import itertools
import os

from absl import flags, logging

from keras_gan.board.model_card import write_model_card
from keras_gan.board.report import Page
from keras_gan.board.runs import is_run
from keras_gan.cli import command_line
from keras_gan.cli.command_line import say
from keras_gan.cli.several_runs import matching
from keras_gan.storage.files import dispensable

# More stand side by side on no screen.
MOST_RUNS = 100


def define_flags():
    """The flags of the command."""
    own = flags.FlagValues()
    text = "The file to write. Default: report.html in the folder of the run."
    flags.DEFINE_string("output", None, text, flag_values=own, module_name="Report")
    return own


def main(own, *run_dirs):
    """Writes the report; returns nothing.

    Raises:
        ValueError: If the user made a mistake.
    """
    patterns = [os.path.normpath(os.path.expanduser(one)) for one in run_dirs]
    run_dirs = list(dict.fromkeys(itertools.chain(*map(matching, patterns))))
    if not run_dirs:
        raise ValueError("Name the folder of a run: keras-gan-report runs/quickstart.")
    page = Page(*run_dirs)
    output = own["output"].value
    if output is None and len(run_dirs) > 1:
        raise ValueError("--output is needed for several runs: name the file to write.")
    if output is None:
        say(f"written: {write_pages(run_dirs[0])}")
    else:
        page.save(os.path.expanduser(output))
        say(f"written: {output}")


def write_pages(run_dir):
    """Writes `report.html` into the folder of a run, and what `write_model_card` does.

    Returns:
        What was written, and what stays, in words.
    """
    Page(run_dir).save(os.path.join(run_dir, "report.html"))
    is_written = write_model_card(run_dir)
    card = " and README.md" if is_written else "; README.md is yours, and stays"
    return f"{run_dir}/report.html{card}"


def renew_pages(run_dir):
    """Does so when a run ends or was measured; no full disk and no user's file stops it.

    Returns:
        As `write_pages`; "" if nothing was written.
    """
    if not is_run(run_dir):
        return ""  # It was stopped before its first number.
    with dispensable(run_dir):
        try:
            return write_pages(run_dir)
        except ValueError as error:
            logging.warning("%s", error)
    return ""


def run():
    """Entry point of `keras-gan-report`."""
    command_line.run(
        main, define_flags(), num_arguments=MOST_RUNS, needs_tensorflow=False
    )
