"""One TensorBoard writer per folder, shared by all callbacks of a process.

TensorBoard stops reading the older of two event files that grow in one folder.
"""

import contextlib
import errno
import os

# `tf.summary` imports it when the first chart is written. If it is missing, this line
# fails before training begins.
import tensorboard  # noqa: F401
import tensorflow as tf

from keras_gan.storage.files import dispensable
from keras_gan.storage.pictures import save_png
from keras_gan.training.resuming import Holds

_WRITERS = {}


class ShowsInTensorBoard(Holds):
    """A callback whose `run_dir` gets event files.

    Each is closed when `fit` ends: an open one keeps a file and a thread for as long as
    the process lives.
    """

    def release(self):
        root = _root(self.run_dir)
        for folder in [f for f in _WRITERS if os.path.dirname(f) == root]:
            with _room(self.run_dir):
                _WRITERS.pop(folder).close()


def write_scalars(run_dir, step, numbers, split="train"):
    """Adds points to curves.

    Args:
        run_dir: Folder of the run.
        step: Generator updates so far.
        numbers: Dict of `(number, description)` by tag; a description may be None.
        split: "train", "eval", "equilibrium" or "final", a run in TensorBoard's list.
            Defaults to "train".
    """

    def write():
        for tag, (number, description) in numbers.items():
            tf.summary.scalar(tag, number, description=description)

    _write(run_dir, step, split, write)


def write_texts(run_dir, step, texts, split="train"):
    """Shows Markdown texts, given by tag."""

    def write():
        for tag, text in texts.items():
            tf.summary.text(tag, text)

    _write(run_dir, step, split, write)


def write_charts(run_dir, charts):
    """Puts several curves on one chart of TensorBoard's custom scalars.

    Args:
        run_dir: Folder of the run.
        charts: Dict of lists of tags by title.
    """
    from tensorboard.plugins.custom_scalar import layout_pb2, summary

    parts = [
        layout_pb2.Chart(
            title=title, multiline=layout_pb2.MultilineChartContent(tag=tags)
        )
        for title, tags in charts.items()
    ]
    category = layout_pb2.Category(title="the game", chart=parts)
    _write_raw(run_dir, "train", summary.pb(layout_pb2.Layout(category=[category])))


def begin_session(run_dir, options):
    """Names a run's options on TensorBoard's HPARAMS page.

    What an earlier process wrote there is removed: of options and of a status,
    TensorBoard shows the first that it finds.

    Args:
        run_dir: Folder of the run.
        options: Dict of bools, numbers and texts.
    """
    from tensorboard.plugins.hparams import summary

    folder = os.path.join(_root(run_dir), "final")
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        if name.startswith("events.out.tfevents."):
            os.remove(os.path.join(folder, name))
    _write_raw(run_dir, "final", summary.session_start_pb(options))


def end_session(run_dir, succeeded):
    """Says on the HPARAMS page that a run has ended, and whether it went well."""
    from tensorboard.plugins.hparams import api_pb2, summary

    status = api_pb2.STATUS_SUCCESS if succeeded else api_pb2.STATUS_FAILURE
    _write_raw(run_dir, "final", summary.session_end_pb(status))


def write_image(run_dir, tag, pixels, step, description=None):
    """Shows a uint8 picture (height, width, 3) under a tag at a step."""

    def write():
        tf.summary.image(tag, pixels[None], description=description)

    _write(run_dir, step, "train", write)


def publish_picture(run_dir, name, tag, pixels, step, description=None):
    """Writes a uint8 picture to `RUN_DIR/images/NAME`, and under a tag of TensorBoard."""
    with dispensable(run_dir):
        save_png(os.path.join(run_dir, "images", name), pixels)
    write_image(run_dir, tag, pixels, step, description)


def _write_raw(run_dir, split, summary):
    """Writes a summary that a plugin of TensorBoard made."""

    def write():
        tf.summary.experimental.write_raw_pb(summary.SerializeToString(), step=0)

    _write(run_dir, 0, split, write)


def _write(run_dir, step, split, write):
    """Calls `write` with its summaries going to `RUN_DIR/tensorboard/SPLIT`.

    Readers see them at once.
    """
    # On leaving this context, TensorFlow flushes the writer.
    with _room(run_dir), _writer(run_dir, split).as_default(step=step):
        write()


@contextlib.contextmanager
def _room(run_dir):
    """A full disk is warned of once and does not end a run."""
    with dispensable(run_dir):
        try:
            yield
        except tf.errors.ResourceExhaustedError:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from None


def _writer(run_dir, split):
    """The writer of a folder, made at first use."""
    folder = os.path.join(_root(run_dir), split)
    # If the folder was removed, the writer's file is gone with it.
    if folder not in _WRITERS or not os.path.isdir(folder):
        os.makedirs(folder, exist_ok=True)
        _WRITERS[folder] = tf.summary.create_file_writer(folder)
    return _WRITERS[folder]


def _root(run_dir):
    """The folder of a run's event files."""
    return os.path.join(os.path.abspath(run_dir), "tensorboard")
