"""One TensorBoard writer per folder, shared by all callbacks of a process.

TensorBoard stops reading the older of two event files that grow in one folder.
"""

import os

import tensorflow as tf

_WRITERS = {}


def writer(run_dir, split="train"):
    """The writer of `RUN_DIR/tensorboard/SPLIT`, made at first use."""
    folder = os.path.join(os.path.abspath(run_dir), "tensorboard", split)
    # A folder that was removed took the writer's file with it.
    if folder not in _WRITERS or not os.path.isdir(folder):
        os.makedirs(folder, exist_ok=True)
        _WRITERS[folder] = tf.summary.create_file_writer(folder)
    return _WRITERS[folder]


def write_image(run_dir, tag, pixels, step, description=None):
    """Shows a uint8 picture (height, width, 3) under a tag at a step."""
    with writer(run_dir).as_default(step=step):
        tf.summary.image(tag, pixels[None], description=description)
    writer(run_dir).flush()
