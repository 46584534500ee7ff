"""Several runs, measured together: which they are, and what their mean is worth."""

import collections
import glob
import os

# Of two or one, a standard error is hardly known.
FEW_RUNS = 3


def folders_of(patterns):
    """The folders that `--run_dirs` names, each once.

    Args:
        patterns: Paths, such as runs/dcgan-*, which no shell expands within a flag.

    Raises:
        ValueError: If one of them is no folder, or they are fewer than two.
    """
    folders = {}
    for pattern in patterns:
        for folder in _existing(pattern):
            # a, a/ and ./a are one run.
            folders.setdefault(os.path.realpath(folder), folder)
    if len(folders) < 2:
        raise ValueError(
            f"--run_dirs={','.join(patterns)} is one run: name two or more, or use "
            "--run_dir."
        )
    return list(folders.values())


def check_one(run_dir, for_several):
    """Refuses a pattern where the folder of one run is meant.

    Args:
        run_dir: What `--run_dir` names.
        for_several: What to do for several runs.
    """
    if glob.has_magic(run_dir) and not os.path.isdir(run_dir):
        raise ValueError(
            f"--run_dir={run_dir} is one folder, and no pattern: for several runs, "
            f"{for_several}."
        )


def _existing(pattern):
    try:
        found = matching(pattern)
    except ValueError as error:
        raise ValueError(f"--run_dirs: {error}") from None
    if not any(map(os.path.isdir, found)):
        raise ValueError(f"--run_dirs: there is no folder {pattern}: check the path.")
    return found


def matching(pattern):
    """The folders that match a pattern which no shell has expanded.

    Args:
        pattern: Such as runs/dcgan-*; a path without wildcards, or of a folder that is
            there, stands for itself.

    Raises:
        ValueError: If no folder matches.
    """
    if os.path.isdir(pattern) or not glob.has_magic(pattern):
        return [pattern]
    found = sorted(filter(os.path.isdir, glob.glob(pattern)))
    if not found:
        raise ValueError(f"no folder matches {pattern}: check the pattern.")
    return found


def cautions_on_runs(steps, seeds, options):
    """Lines on why a mean over runs may mislead.

    Args:
        steps: A dict of the updates of G by run.
        seeds: A dict of the training seed by run; None if it is not known.
        options: A dict, by run, of how it was trained besides the seed: a dict of texts
            by flag; None if it is not known.

    Returns:
        A list of texts.

    Example:

    >>> cautions_on_runs({"a": 5, "b": 7}, {"a": 0, "b": 1}, {"a": {}, "b": {}})
    ... # doctest: +NORMALIZE_WHITESPACE
    ['2 runs are few: train three seeds or more, or take the standard error for a guess.',
     'The runs differ in steps (5, 7): their mean is that of no one method.']
    """
    lines = []
    if len(steps) < FEW_RUNS:
        lines.append(
            f"{len(steps)} runs are few: train three seeds or more, or take the standard "
            "error for a guess."
        )
    known = [one for one in options.values() if one is not None]
    flags = {flag for one in known for flag in one}
    if len(set(steps.values())) > 1:  # Said once.
        flags -= {"--steps", "--epochs"}
    found = {"steps": list(steps.values())}
    found |= {flag: [one.get(flag, "not set") for one in known] for flag in sorted(flags)}
    differing = [
        f"{name} ({', '.join(map(str, dict.fromkeys(values)))})"
        for name, values in found.items()
        if len(set(values)) > 1
    ]
    if differing:
        lines.append(
            f"The runs differ in {', '.join(differing)}: their mean is that of no one "
            "method."
        )
    runs_of = collections.defaultdict(list)
    for run, seed in seeds.items():
        runs_of[seed].append(run)
    unknown = runs_of.pop(None, [])
    for seed, runs in runs_of.items():
        if len(runs) > 1:
            lines.append(
                f"{', '.join(runs)} have the same training seed, {seed}: the standard "
                "error counts what they share as agreement."
            )
    if unknown:
        lines.append(
            f"{', '.join(unknown)}: without flags.txt, nothing is known of the training "
            "seed and options."
        )
    return lines


def said_once(lines):
    """Lines about runs as one list: what is said of all once, others with their runs.

    Args:
        lines: A dict of lists of texts by run.

    Example:

    >>> said_once({"a": ["x", "y"], "b": ["x"]})
    ['x', 'a: y']
    """
    runs_of = collections.defaultdict(list)
    for run, own in lines.items():
        for line in own:
            runs_of[line].append(run)
    return [
        line if len(runs) == len(lines) else f"{', '.join(runs)}: {line}"
        for line, runs in runs_of.items()
    ]
