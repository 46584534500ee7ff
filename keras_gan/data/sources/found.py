"""`Found`: what a source has found, before anything is decoded."""

import collections
import hashlib
import json
import os

import numpy as np
from absl import logging

from keras_gan.data.sources.images import check_memory
from keras_gan.data.sources.told import Told


class Found:
    """Samples that a source has found, and that nobody has decoded yet.

    To decode all of them may take long, and need more memory than there is. A source
    says at once how many there are; `look` learns their shape, and `blocks` decodes them
    in order, into memory or onto the disk.

    Args:
        name: Where they are from, such as "folder:photos".
        number: How many there are, with those that turn out to be broken.
        cure: How this source takes less memory, for messages.
        labels: Their classes, ints (number,). Defaults to None: not known.
        num_classes: How many classes. Defaults to None: the source does not say.
        class_names: Name of each class. Defaults to None: the source does not say.

    Attributes:
        is_slow: Whether decoding takes so long that what was decoded is worth keeping.
        shape: Shape of one sample; None until `look` was called.
        dtype: Their dtype, likewise.
        left_out: Positions of broken samples, which are in no block.
        notes: What was converted, and how often.
        reached: Position up to which `blocks` has decoded.
    """

    is_slow = False

    def __init__(
        self, name, number, *, cure, labels=None, num_classes=None, class_names=None
    ):
        self.name, self.number, self.cure = name, number, cure
        self.labels, self.num_classes = labels, num_classes
        self.class_names = class_names
        self.shape = self.dtype = None
        self.left_out, self.notes = set(), collections.Counter()
        self.reached = 0

    # --------------------------------------------------------- what each source says

    def look(self):
        """Learns shape and dtype; may read a part of each file."""
        raise NotImplementedError

    def blocks(self):
        """Decodes the samples from `reached` on, and moves it on.

        Yields:
            Arrays (k, *shape), in order; k may be 0.
        """
        raise NotImplementedError

    def place(self):
        """What was asked for: an absolute path, and a text on how it is read."""
        raise NotImplementedError

    def content(self):
        """What tells whether files have changed, as text; see `stamps`."""
        raise NotImplementedError

    def report(self):
        """Says what was left out and converted, once all samples are decoded."""

    # -------------------------------------------------------------- what all of them do

    @property
    def most(self):
        """Shape of all samples, if no more of them turn out to be broken."""
        return (self.number - len(self.left_out), *self.shape)

    def kept_labels(self):
        """The classes of those samples that are not left out."""
        if self.labels is None or not self.left_out:
            return self.labels
        return np.delete(self.labels, sorted(self.left_out))

    def state(self):
        """All that is needed to decode the rest, as JSON has it."""
        return {
            "shape": list(map(int, self.shape)),
            "dtype": str(np.dtype(self.dtype)),
            "left_out": sorted(self.left_out),
            "notes": dict(self.notes),
            "reached": self.reached,
        }

    def restore(self, state):
        """Takes back what `state` gave, in place of `look`."""
        self.shape, self.dtype = tuple(state["shape"]), np.dtype(state["dtype"])
        self.left_out = set(state["left_out"])
        self.notes = collections.Counter(state["notes"])
        self.reached = state["reached"]

    def begin(self):
        """Forgets what was decoded, but not what `look` has learned."""
        self.notes.clear()
        self.reached = 0

    def check_memory(self):
        """Refuses samples that do not fit in memory."""
        check_memory(self.name, self.most, self.dtype.itemsize, cure=self.cure)

    def into_memory(self):
        """Decodes all samples into an array.

        Raises:
            ValueError: If they cannot be read, or do not fit in memory.
        """
        if self.shape is None:
            self.look()
        self.check_memory()
        self.begin()
        samples, count = np.empty(self.most, self.dtype), 0
        with Told("reading", self.name, self.number) as told:
            for block in self.blocks():
                samples[count : count + len(block)] = block
                count += len(block)
                told.reached(self.reached)
        self.report()
        return samples[:count]


def stamps(root, files):
    """Names, sizes and times of files: what changes if one of them does.

    No file is opened.

    Args:
        root: The folder that they are in.
        files: Their paths.

    Returns:
        A digest.

    Raises:
        ValueError: If one is no longer there.
    """
    digest = hashlib.sha256()
    for file in files:
        try:
            about = os.stat(file)
        except FileNotFoundError:
            raise vanished(file) from None
        name = os.fsencode(os.fspath(file).removeprefix(f"{root}/"))
        digest.update(name + f"/{about.st_size}/{about.st_mtime_ns}/".encode())
    return digest.hexdigest()


def vanished(file):
    """The error for a file that was there when its folder was listed."""
    return ValueError(
        f"{file} was there when the folder was listed, and is gone: start again once "
        "nobody changes the files."
    )


def digest_of(content):
    """A short name of anything that JSON can hold."""
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def warn_of_notes(notes):
    """Says how many images were converted, and how."""
    if notes:
        counts = ", ".join(f"{count} {note}" for note, count in sorted(notes.items()))
        logging.warning("images converted: %s", counts)
