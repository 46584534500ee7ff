"""Reading a saved model from a file that may be damaged, forged or another program's."""

import contextlib
import json
import os
import stat
import warnings
import zipfile

import keras

from keras_gan.storage.files import publish_text

# What a damaged or forged file raises when Keras reads it.
_UNREADABLE = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    NotImplementedError,
    UserWarning,
    zipfile.BadZipFile,
)
# Keras stores weights as they are; only a bomb unpacks to so many times its size.
MOST_EXPANSION = 100


def load_model(path, what, cure):
    """Reads a whole `.keras` file, and never runs code that it holds.

    Args:
        path: The file.
        what: What it should be, for the message, such as "a GAN".
        cure: What to do about a file that is not, for the message.

    Returns:
        The `keras.Model`.

    Raises:
        ValueError: If it cannot be read as one.
        PermissionError: If it may not be read.

    Example:

    >>> gan.save("gan.keras")
    >>> load_model("gan.keras", "a GAN", "train again").sample(2).shape
    (2, 28, 28, 1)
    """
    with _readable(path, what, cure):
        _check_sizes(path)
        with warnings.catch_warnings():
            # Half a model is none.
            warnings.filterwarnings("error", "(?s).*freshly-initialized")
            return keras.models.load_model(path, safe_mode=True)


def save_description(path, model):
    """Writes how a model is built, without its weights, as JSON."""
    publish_text(path, json.dumps(keras.saving.serialize_keras_object(model)) + "\n")


def load_description(path, what, cure):
    """Builds the model that `save_description` described, with fresh weights.

    Args:
        path: As for `load_model`.
        what: As for `load_model`.
        cure: As for `load_model`.

    Returns:
        The `keras.Model`.

    Raises:
        ValueError: As `load_model`.

    Example:

    >>> save_description("gan.json", gan)
    >>> load_description("gan.json", "a GAN", "train again").sample_shape
    (28, 28, 1)
    """
    with _readable(path, what, cure), open(path, encoding="utf-8") as file:
        return keras.saving.deserialize_keras_object(json.load(file), safe_mode=True)


@contextlib.contextmanager
def _readable(path, what, cure):
    """Turns what a damaged or forged file raises into one line."""
    try:
        yield
    except PermissionError:
        raise
    except _UNREADABLE as error:
        # The first sentence; Keras' next ones tell how to switch its safety off.
        reason = " ".join(str(error).partition(". ")[0].split())
        reason = reason or type(error).__name__
        raise ValueError(
            f"{path} cannot be read as {what} ({reason}): {cure}."
        ) from error


def _check_sizes(path):
    """Refuses an archive that would unpack to far more than it is; weights never do."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise ValueError("it is no file")
    with zipfile.ZipFile(path) as archive:
        for part in archive.infolist():
            if part.file_size > MOST_EXPANSION * max(part.compress_size, 2**14):
                size = part.file_size // 2**20
                raise ValueError(f"{part.filename} unpacks to {size} MiB")
