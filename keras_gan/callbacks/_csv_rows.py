"""The rows of Keras' `CSVLogger` when a run is resumed."""

import os

from keras_gan.storage.files import publish_text


def forget_rows_from(logger, epoch):
    """Drops the last rows of a file, of epochs that are going to be logged again.

    Args:
        logger: A `keras.callbacks.CSVLogger` that has not opened its file yet.
        epoch: The epoch that the run goes on with, counted from 0.

    Raises:
        ValueError: If the logger would empty the file.
    """
    if not os.path.exists(logger.filename):
        return
    if not logger.append and epoch > 0:
        raise ValueError(
            f"CSVLogger({logger.filename!r}) would drop the rows of the epochs before "
            "this one: pass append=True."
        )
    with open(logger.filename, encoding="utf-8", newline="") as file:
        # If the process was killed while writing, the last line is incomplete.
        lines = [line for line in file if line.endswith("\n")]
    # Rows before these may be those of another run.
    last = float("inf")
    while lines and epoch <= (number := _epoch_of(lines[-1], logger.sep)) < last:
        last = number
        lines.pop()
    publish_text(logger.filename, "".join(lines))


def _epoch_of(line, separator):
    first = line.split(separator, 1)[0]
    return int(first) if first.isdecimal() else -1
