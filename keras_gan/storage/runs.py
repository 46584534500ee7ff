"""The newest state of the GAN that a run folder holds."""

import difflib
import os

from keras_gan.storage.checkpoints import Checkpoints, named
from keras_gan.storage.models import load_description, load_model


def newest_gan(run_dir):
    """The GAN of a run folder in its newest state.

    While a run lasts, and after it was killed, its checkpoints are newer than its
    `gan.keras`, if it has one.

    Args:
        run_dir: Folder of the run.

    Returns:
        `(gan, state)`: the `GAN`, and which state it is, as a text; "" if it is that of
        `gan.keras`, which a run writes when it ends or is stopped.

    Raises:
        ValueError: If nothing was trained, or the newest state cannot be read. The
            message begins with the folder.

    Example:

    >>> os.makedirs("runs/mine")
    >>> gan.save("runs/mine/gan.keras")
    >>> newest_gan("runs/mine")[0].sample_shape
    (28, 28, 1)
    """
    gan, state = _finished(run_dir), ""
    checkpoints = Checkpoints(os.path.join(run_dir, "checkpoints"))
    reached = 0 if gan is None else int(gan.step)
    if max(checkpoints.steps(), default=0) > reached:
        newest = _newest(checkpoints, run_dir, is_needed=gan is None)
        if newest is not None and newest.step > reached:
            gan = gan or _described(run_dir)
            try:
                newest.assign_to(
                    named("gan", gan.variables), lambda name: name.startswith("gan/")
                )
            except ValueError as error:
                raise ValueError(f"{run_dir}: {error}") from error
            state = f"its newest checkpoint, step {newest.step}"
        elif gan is not None:
            state = f"its gan.keras, step {reached}: later checkpoints are damaged"
    if gan is None and not os.path.isdir(run_dir):
        raise ValueError(f"{run_dir}: there is no such folder{_near(run_dir)}.")
    if gan is None:
        raise ValueError(
            f"{run_dir} holds no gan.keras and no checkpoint of a trained GAN: train "
            f"first, with keras-gan-train --run_dir={run_dir}. {_IN_PYTHON}."
        )
    return gan, state


_IN_PYTHON = "What was trained in Python is read from gan.save('RUN_DIR/gan.keras')"


def _near(run_dir):
    """The folder that may be meant; "" if none beside it has a similar name."""
    parent, name = os.path.split(os.path.abspath(run_dir))
    others = os.listdir(parent) if os.path.isdir(parent) else []
    near = difflib.get_close_matches(name, others, n=1)
    if not near:
        return ": check the path, or train first"
    return f", but {os.path.join(os.path.dirname(os.fspath(run_dir)), near[0])}"


def is_gan(model):
    """Whether a model is a GAN; Keras reads any model, such as a generator."""
    return hasattr(model, "sampler")


def _newest(checkpoints, run_dir, is_needed):
    """The newest checkpoint that verifies; None if none does and none is needed."""
    try:
        return checkpoints.newest()
    except ValueError as error:
        if is_needed:
            raise ValueError(f"{run_dir}: {error}") from error
        return None


def _finished(run_dir):
    """The GAN that a run saved at its end, or None."""
    path = os.path.join(run_dir, "gan.keras")
    return _read(load_model, run_dir, path) if os.path.isfile(path) else None


def _described(run_dir):
    """The GAN whose states the checkpoints are, with fresh weights."""
    path = os.path.join(run_dir, "gan.json")
    if not os.path.isfile(path):
        raise ValueError(
            f"{run_dir} holds checkpoints, but no gan.json that says of what: run its "
            f"training command again. {_IN_PYTHON}."
        )
    return _read(load_description, run_dir, path)


def _read(load, run_dir, path):
    try:
        gan = load(path, "a GAN", "train again")
    except ValueError as error:
        raise ValueError(f"{run_dir}: {error}") from error
    if not is_gan(gan):
        raise ValueError(
            f"{run_dir}: {path} holds no GAN, but a {type(gan).__name__}: train again."
        )
    return gan
