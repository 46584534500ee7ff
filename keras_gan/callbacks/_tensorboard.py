"""One TensorBoard writer per folder, shared by all callbacks of a process.

TensorBoard stops reading the older of two event files that grow in one folder.
"""

import contextlib
import errno
import os

# tf.summary looks for it when a run has begun: its absence shall show before.
import tensorboard  # noqa: F401
import tensorflow as tf

from keras_gan.storage.files import dispensable
from keras_gan.storage.pictures import save_png

_WRITERS = {}


@contextlib.contextmanager
def summaries(run_dir, step, split="train"):
    """What `tf.summary` writes within goes to `RUN_DIR/tensorboard/SPLIT`, at a step.

    A full disk is warned of once, and no reason to end a run.
    """
    writer = None
    with dispensable(run_dir), _full_disk_as_os_error():
        writer = _writer(run_dir, split)
    if writer is None:
        yield  # without a writer, summaries are dropped
        return
    with dispensable(run_dir), _full_disk_as_os_error(), writer.as_default(step=step):
        yield


def flush(run_dir, split="train"):
    """Lets readers see what was written so far."""
    with dispensable(run_dir), _full_disk_as_os_error():
        _writer(run_dir, split).flush()


def publish_picture(run_dir, name, tag, pixels, step, description=None):
    """Writes a uint8 picture to `RUN_DIR/images/NAME`, and under a tag of TensorBoard."""
    with dispensable(run_dir):
        save_png(os.path.join(run_dir, "images", name), pixels)
    write_image(run_dir, tag, pixels, step, description)


def write_image(run_dir, tag, pixels, step, description=None):
    """Shows a uint8 picture (height, width, 3) under a tag at a step."""
    with summaries(run_dir, step):
        tf.summary.image(tag, pixels[None], description=description)
    flush(run_dir)


def _writer(run_dir, split):
    """The writer of a folder, made at first use."""
    folder = os.path.join(os.path.abspath(run_dir), "tensorboard", split)
    # A folder that was removed took the writer's file with it.
    if folder not in _WRITERS or not os.path.isdir(folder):
        os.makedirs(folder, exist_ok=True)
        _WRITERS[folder] = tf.summary.create_file_writer(folder)
    return _WRITERS[folder]


@contextlib.contextmanager
def _full_disk_as_os_error():
    try:
        yield
    except tf.errors.ResourceExhaustedError:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from None
