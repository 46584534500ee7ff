"""The folder of a run: may this run go there, or go on there?"""

import os
import tempfile

from keras_gan.storage.checkpoints import Checkpoints, differences

# Flags that may change when a run is continued.
_FREE = {
    "checkpoint_steps",
    "data_dir",
    "epochs",
    "eval_split",
    "evaluate_every",
    "evaluate_num",
    "inception_path",
    "max_seconds",
    "metrics",
    "picture_every",
    "resume",
    "run_dir",
    "steps",
}


def of_run(options):
    """The folder that `--run_dir` names; the preset names it otherwise."""
    return options.run_dir or os.path.join("runs", options.preset or "quickstart")


def check_run_dir(run_dir):
    """Refuses a folder that cannot be written."""
    standing = os.path.abspath(run_dir)
    while not os.path.exists(standing):
        standing = os.path.dirname(standing)
    if not os.path.isdir(standing):
        raise ValueError(f"--run_dir={run_dir}: {standing} is a file, not a folder.")
    try:
        with tempfile.TemporaryFile(dir=standing):
            pass
    except OSError as error:
        raise OSError(
            error.errno,
            f"--run_dir={run_dir}: {standing} cannot be written ({error.strerror}): "
            "choose another folder",
        ) from None


def check_former_run(run_dir, flagfile, resume):
    """Refuses a folder that holds a run which this one does not continue.

    Raises:
        ValueError: If the run may not or cannot be continued; lists the flags that
            differ from the former run's.
    """
    steps = Checkpoints(os.path.join(run_dir, "checkpoints")).steps()
    path = os.path.join(run_dir, "flags.txt")
    if not os.path.exists(os.path.join(run_dir, "metrics.jsonl")) and not any(steps):
        return  # nothing was trained there yet
    if resume == "never" or not steps or not os.path.exists(path):
        raise ValueError(
            f"--run_dir={run_dir} holds a run already: choose another folder, or move "
            "that one away."
        )
    with open(path, encoding="utf-8") as file:
        former = _run_flags(file.read())
    differing = differences(former, _run_flags(flagfile))
    if differing:
        raise ValueError(
            f"--run_dir={run_dir} holds another run (flags: {differing}): use its flags, "
            "or another folder."
        )


def _run_flags(text):
    """The flags that make a run what it is; longer and watched otherwise is the same."""
    pairs = (line.strip("-\n").partition("=") for line in text.splitlines() if line)
    flags = {}
    for name, given, value in pairs:
        # absl writes a boolean flag as --name or --noname.
        is_off = not given and name.startswith("no")
        flags[name.removeprefix("no") if is_off else name] = (
            value if given else str(not is_off).lower()
        )
    return {name: value for name, value in flags.items() if name not in _FREE}
