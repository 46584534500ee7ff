"""`Found`: what a source has found, before anything is decoded."""

import collections
import hashlib
import json
import os

import numpy as np
from absl import logging

from keras_gan.data.sources.told import Told


class Found:
    """Samples that a source has found, and that nobody has decoded yet.

    To decode all of them takes long, and is not always needed: `keras_gan.data.prepared`
    keeps what was decoded. A source is a subclass. It says at once how many samples there
    are and what their classes are. `look` learns their shape, `blocks` decodes them.

    Attributes:
        name: Where they are from: "folder:photos".
        number: How many there are, with those that turn out to be broken.
        labels: Their classes, ints (number,), or None.
        num_classes: How many classes, or None.
        class_names: Name of each class, or None.
        cure: How this source takes less memory, for messages.
        shape: Shape of one sample, once `look` was called.
        dtype: Their dtype, likewise.
        left_out: Positions of broken samples, which are in no block; a set.
        notes: What was converted, and how often; a `Counter`.
        reached: Position up to which all have been decoded.
    """

    cure = "set a smaller image_size"

    def __init__(self, name, number, labels=None, num_classes=None, class_names=None):
        self.name, self.number = name, number
        self.labels, self.num_classes = labels, num_classes
        self.class_names = class_names
        self.shape = self.dtype = None
        self.left_out, self.notes = set(), collections.Counter()
        self.reached = 0

    # ------------------------------------------------------ what a source must say

    def look(self):
        """Learns `shape` and `dtype`; may have to read a part of each file."""
        raise NotImplementedError

    def blocks(self):
        """Decodes all samples from `reached` on, which it moves on.

        Yields:
            Arrays (k, *shape), in order; k may be 0.
        """
        raise NotImplementedError

    def place(self):
        """What was asked for: where the samples are, and all options of reading."""
        raise NotImplementedError

    def content(self):
        """What the samples depend on besides: names, sizes and times of files.

        Raises:
            ValueError: If a file is no longer there.
        """
        raise NotImplementedError

    def report(self):
        """Says what was left out and converted."""

    # ------------------------------------------------------------- what follows from it

    @property
    def most(self):
        """The shape of all samples, if none of the others is broken."""
        return (self.number - len(self.left_out), *self.shape)

    def kept_labels(self):
        """The classes of the samples that are not left out."""
        if self.labels is None or not self.left_out:
            return self.labels
        return np.delete(np.asarray(self.labels), sorted(self.left_out))

    def state(self):
        """All that decoding on from `reached` needs to know, as JSON has it."""
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
        self.left_out, self.reached = set(state["left_out"]), state["reached"]
        self.notes = collections.Counter(state["notes"])

    def into_memory(self):
        """All samples as an array."""
        samples = np.empty(self.most, self.dtype)
        count = 0
        with Told(f"reading {self.name}", self.number) as told:
            for block in self.blocks():
                samples[count : count + len(block)] = block
                count += len(block)
                told.reached(self.reached)
        return samples[:count]


def stamps(root, files):
    """What tells whether files have changed, without opening one of them.

    Args:
        root: The folder that they are in.
        files: Their paths.

    Returns:
        A digest of their names, sizes and times.

    Raises:
        ValueError: If one is no longer there.
    """
    digest = hashlib.sha256()
    for file in files:
        try:
            about = os.stat(file)
        except FileNotFoundError:
            raise vanished(file) from None
        name = os.fsencode(os.path.relpath(file, root))
        digest.update(name + f"/{about.st_size}/{about.st_mtime_ns}/".encode())
    return digest.hexdigest()


def vanished(file):
    """The error for a file that was there when its folder was listed."""
    return ValueError(
        f"{file} was there a moment ago and is gone: start again when nobody changes "
        "the files."
    )


def digest_of(content):
    """A short name for any content that JSON can hold."""
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def warn_of_notes(notes):
    """Says how many images were converted, and how."""
    if notes:
        counts = ", ".join(f"{count} {note}" for note, count in sorted(notes.items()))
        logging.warning("images converted: %s", counts)
