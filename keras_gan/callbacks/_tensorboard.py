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
from absl import logging

from keras_gan.storage.files import dispensable
from keras_gan.storage.lines import append_line, keep_lines
from keras_gan.storage.pictures import (
    DifferentSizes,
    read_steps,
    remove_later,
    save_gif,
    save_png,
)
from keras_gan.training.resuming import Forgets, Holds, OfChief

# Says in the name of an event file that this package wrote it, which may then be removed.
_SUFFIX = ".keras_gan"
# By folder its writer, and the event files that stood there before.
_WRITERS = {}
# Files of a run's folder: the points of all curves, and what happened at which step.
_CURVES, _EVENTS = "curves.jsonl", "events.jsonl"
# By folder of a run, what its curves are said to mean.
_TOLD = {}


class ShowsInTensorBoard(Holds, Forgets, OfChief):
    """A callback whose `run_dir` gets pictures and event files.

    Each event file is closed when `fit` ends: an open one keeps a file and a thread for
    as long as the process lives.
    """

    def forget_after(self, step):
        remove_later(os.path.join(self.run_dir, "images"), step)
        for name in (_CURVES, _EVENTS):
            # Of step 0 there are none, so that nothing of another run is left.
            path = os.path.join(self.run_dir, name)
            keep_lines(path, lambda line: 0 < line.get("step", 0) <= step)
        # A point of a later step takes the place of its former one in TensorBoard. But a
        # curve of another run would go on beside those of this one.
        if step == 0:
            _remove_former(_root(self.run_dir))

    def release(self):
        close_writers(self.run_dir)


def close_writers(run_dir):
    """Closes the event files of a run."""
    root = _root(run_dir)
    _TOLD.pop(root, None)
    for folder in [f for f in _WRITERS if os.path.dirname(f) == root]:
        with _room(run_dir):
            writer, _ = _WRITERS.pop(folder)
            writer.close()


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
    if split != "final":
        values = {tag: number for tag, (number, _) in numbers.items()}
        line = {"step": step, "split": split, "numbers": values}
        told = _TOLD.setdefault(_root(run_dir), {})
        about = {tag: text for tag, (_, text) in numbers.items() if text}
        if news := {tag: text for tag, text in about.items() if told.get(tag) != text}:
            told.update(news)
            line["about"] = news
        _add_line(run_dir, _CURVES, line)


def write_event(run_dir, step, event, **more):
    """Adds a line to `RUN_DIR/events.jsonl`: what happened at a step.

    Args:
        run_dir: Folder of the run.
        step: Generator updates so far.
        event: What happened, in a word.
        **more: What else is known of it, as JSON.
    """
    _add_line(run_dir, _EVENTS, {"step": step, "event": event, **more})


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

    for path in _event_files(os.path.join(_root(run_dir), "final")):
        os.remove(path)
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


def write_histogram(run_dir, tag, numbers, step, description=None):
    """Shows how numbers are distributed, under a tag at a step."""

    def write():
        tf.summary.histogram(tag, numbers, description=description)

    _write(run_dir, step, "train", write)


def publish_picture(run_dir, name, tag, pixels, step, description=None):
    """Writes a uint8 picture to `RUN_DIR/images/NAME`, and under a tag of TensorBoard."""
    with dispensable(run_dir):
        save_png(os.path.join(run_dir, "images", name), pixels)
    write_image(run_dir, tag, pixels, step, description)


def publish_film(run_dir, film, name, seconds=4.0, read=None):
    """Writes the numbered pictures of a run as a GIF, `RUN_DIR/images/FILM`.

    From the files, so that the film of a resumed run has its earlier part.

    Args:
        run_dir: Folder of the run.
        film: Name of the file.
        name: Which pictures.
        seconds: As for `save_gif`. Defaults to 4.0.
        read: Function of the folder and `name` that returns the frames. Defaults to
            None: the pictures as they are.
    """
    folder = os.path.join(run_dir, "images")
    try:
        frames = read(folder, name) if read else [*read_steps(folder, name).values()]
    except DifferentSizes as error:
        logging.warning("No %s. %s", film, error)
        return
    if frames:
        with dispensable(run_dir):
            save_gif(os.path.join(folder, film), frames, seconds)


def _add_line(run_dir, name, line):
    with dispensable(run_dir):
        os.makedirs(run_dir, exist_ok=True)
        append_line(os.path.join(run_dir, name), line)


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
        former = _event_files(folder)
        writer = tf.summary.create_file_writer(folder, filename_suffix=_SUFFIX)
        _WRITERS[folder] = writer, former
    return _WRITERS[folder][0]


def _event_files(folder):
    names = os.listdir(folder) if os.path.isdir(folder) else ()
    return [
        os.path.join(folder, name)
        for name in names
        if name.startswith("events.out.tfevents.")
    ]


def _remove_former(root):
    """Removes the event files of ours that stood there before those being written."""
    for split in os.listdir(root) if os.path.isdir(root) else ():
        folder = os.path.join(root, split)
        former = _WRITERS[folder][1] if folder in _WRITERS else _event_files(folder)
        for path in former:
            if path.endswith(_SUFFIX) and os.path.exists(path):
                os.remove(path)


def _root(run_dir):
    """The folder of a run's event files."""
    return os.path.join(os.path.abspath(run_dir), "tensorboard")
