"""Folders of the user's own images."""

import collections
import dataclasses
import errno
import functools
import itertools
import operator
import os
import pathlib
import re
import unicodedata

import numpy as np
from absl import logging

from keras_gan.data.sources import folder_labels
from keras_gan.data.sources.all_cores import on_all_cores
from keras_gan.data.sources.decoding import (
    EIGHT_BITS,
    FORMATS,
    GREY_MODES,
    SUFFIXES,
    UNREAD_SUFFIXES,
    BrokenImage,
    read_header,
    read_image,
)
from keras_gan.data.sources.found import Found, stamps, warn_of_notes
from keras_gan.data.sources.images import NoSuchSplit, check_split
from keras_gan.data.sources.reading import AS_STORED, warn_of_8_bits
from keras_gan.data.sources.told import Told
from keras_gan.terminal import counted

# What people call the folders of the splits, in lower case.
_SPLIT_NAMES = {
    kind: re.compile(rf"({names})([ _.-]?(set|split|data|images|imgs))?")
    for kind, names in {
        "train": "train|training",
        "test": "test|testing",
        "validation": "val|valid|validation|dev|eval|evaluation",
    }.items()
}
# Bytes of image files that are decoded at once, and are not worth keeping.
_FEW_BYTES = 10**6
# How many folders are searched for images that lie too deep.
MOST_FOLDERS = 10_000


def from_folder(path, *, split, reading=AS_STORED):
    """Finds the PNG, JPEG, WEBP, BMP and GIF files of a folder; sub-folders are classes.

    Or a file in it lists the classes: `labels.csv`, with lines `file,label` and perhaps a
    header, or `dataset.json` as StyleGAN's tool writes it. Sub-folders are then no
    classes, and images that are not listed are left out and counted in one log line.

    By default, images are converted to 8-bit greyscale if all of them are grey, to 8-bit
    RGB otherwise, and transparent images are laid over white. The EXIF rotation is
    applied, and an animation gives its first frame. One log line counts these
    conversions. Hidden files, files with other suffixes, TIFF among them, links to
    nowhere and pipes are ignored; what is not hidden is counted in a log line.

    Args:
        path: The folder. If it has sub-folders `train` and `test`, or `Training` and
            `test_set`, they are the splits; otherwise all images belong to `"train"`.
            A list lies in each split, or above both, with paths such as `train/1.png`.
        split: `"train"` or `"test"`.
        reading: A `Reading`: how images become arrays. Defaults to as stored.

    Returns:
        A `Found` of images (h, w, c), uint8, or float32 in [0, 1] for `bits=16`, sorted
        by class and file name. The labels number the classes in the natural order of
        their names: 2 before 10.

    Raises:
        ValueError: If there are no images, or the list names an image that is not there
            or leads out of the folder, or two classes for one image; once they are read,
            if a file is not a readable image, or the sizes differ. The message is one
            line that names the folder or the file.

    Example:

    >>> import PIL.Image
    >>> from keras_gan.data.sources.reading import Reading
    >>> picture = PIL.Image.new("RGB", (20, 16))
    >>> pathlib.Path("photos").mkdir()
    >>> picture.save("photos/one.png")
    >>> from_folder("photos", split="train", reading=Reading(8)).into_memory().shape
    (1, 8, 8, 3)
    """
    root = pathlib.Path(path).expanduser()
    classes, files = _find(root, split)
    if not files:
        raise _no_images(root, split)
    return _Images(root, split, reading, files, classes)


def check_is_folder(path):
    """Refuses a path at which there is no folder."""
    root = pathlib.Path(path).expanduser()
    if not root.is_dir():
        raise ValueError(
            f"folder:{root} is a file: give the folder of the images, or write npz:FILE "
            "for a NumPy archive."
            if root.exists()
            else f"folder:{root}: there is no such folder: check the path."
        )


def _no_images(root, split):
    """The error for a folder without images; names the place where there are some."""
    top = _Listing(root)
    deep = None if _splits(top)[0] else next(_images_below([root]), None)
    if deep is not None:
        return ValueError(
            f"folder:{root}: 0 images, but there are some deeper, such as {deep}: write "
            f"folder:{deep.parent.parent} or folder:{deep.parent}; images lie in the "
            "folder itself or in one sub-folder per class."
        )
    unread = top.unread_below()
    if unread:
        return ValueError(
            f"folder:{root}: 0 images, but {len(unread)} of TIFF, such as "
            f"{unread[0].name}, which is not read: convert them to PNG."
        )
    return ValueError(
        f"folder:{root}: 0 images in split {split!r}: put {', '.join(FORMATS)} "
        "files into it, or into one sub-folder per class; with splits, into train "
        "and test, or into one sub-folder per class of each."
    )


def _find(root, split):
    """Returns the class names and a sorted list of pairs (file, label)."""
    check_split(f"folder:{root}", split)
    check_is_folder(root)
    top = _Listing(root)
    train, test = _splits(top)
    if split == "test" and test is None:
        cure = (
            f"put images into {root / 'test'}, beside {train.name}"
            if train
            else f"move about one image in ten to {root / 'test'} and the others to "
            f"{root / 'train'}, with their sub-folders"
        )
        raise NoSuchSplit(f"folder:{root}: there is no split 'test': {cure}.")
    if train is not None:
        _warn_of_siblings(top, [one for one in (train, test) if one])
    # Both splits number their classes by the training images, so that a class that is
    # missing from the test images shifts no label.
    trained = _named(top, train or top)
    classes = sorted({name for _, name in trained if name is not None}, key=natural_order)
    named = trained if split == "train" else _named(top, test)
    chosen = {"train": train or top, "test": test}[split]
    _warn_of_ignored(chosen, _list_of(top, chosen))
    if any(name is None for _, name in named):
        return [], named
    numbers = {name: number for number, name in enumerate(classes)}
    unknown = [name for _, name in named if name not in numbers]
    if unknown:
        raise ValueError(
            f"folder:{chosen.path}: class {_as_text(unknown[0])!r} without training "
            "images: add some."
        )
    pairs = sorted((numbers[name], file) for file, name in named)
    return list(map(_as_text, classes)), [(file, label) for label, file in pairs]


def _named(top, chosen):
    """The images of a split, each with the name of its class; with None if not known.

    A name is the same, and has the same place among others, however its accents are
    written: a folder from a Mac may write them in another way.
    """
    return [
        (image, name and unicodedata.normalize("NFC", name))
        for image, name in _as_named(top, chosen)
    ]


def _as_named(top, chosen):
    """As `_named`, with names as they are written."""
    file = _list_of(top, chosen)
    if file is not None:
        return _listed(file, top, chosen)
    subfolders = chosen.classes()
    if chosen.images and subfolders:
        raise ValueError(
            f"folder:{chosen.path}: images both in the folder ({chosen.images[0].name}) "
            f"and in its sub-folder {subfolders[0].name}: move them to one level."
        )
    if chosen.images:
        return [(image, None) for image in chosen.images]
    return [(image, folder.name) for folder in subfolders for image in folder.images]


def _list_of(top, chosen):
    """The file that lists the labels of a split, in its folder or above; or None."""
    files = [folder_labels.find(one.others) for one in (top, chosen)]
    above, own = files
    if above is not None and own not in (None, above):
        raise ValueError(f"labels both in {above} and in {own}: keep one of them.")
    return above or own


def _listed(file, top, chosen):
    """As `_named`, of a split whose labels a file lists."""
    own = chosen.images_at_any_depth()
    everything = own if file.parent == chosen.path else top.images_at_any_depth()
    names = folder_labels.read(file, everything)
    if names is None:
        return [(image, None) for image in own]
    unlisted = [image for image in own if image not in names]
    if len(unlisted) == len(own):
        raise ValueError(f"{file} lists no image of {chosen.path}: add some.")
    if unlisted:
        logging.warning(
            "folder:%s: %d of %d images left out that %s does not list, such as %s",
            chosen.path,
            len(unlisted),
            len(own),
            file.name,
            _as_text(str(unlisted[0].relative_to(chosen.path))),
        )
    return [(image, names[image]) for image in own if image in names]


class _Listing:
    """What is in a folder, listed once: images, sub-folders, and what is ignored.

    Attributes:
        path: The folder.
        images: Its images, sorted.
        unread: Its images of formats that are not read.
        others: Its files with other suffixes.
        strange: What is neither a file nor a folder: links to nowhere or in a loop,
            pipes, sockets, devices.
    """

    def __init__(self, path):
        self.path = path
        self.images, self.unread, self.others = [], [], []
        self.strange, self._folders = [], []
        with os.scandir(path) as entries:
            found = sorted(entries, key=operator.attrgetter("name"))
        for entry in found:
            if entry.name[0] != ".":
                self._kind(entry).append(path / entry.name)

    def _kind(self, entry):
        """The list that an entry of the folder belongs into."""
        try:
            is_folder, is_file = entry.is_dir(), entry.is_file()
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            return self.strange
        if is_folder:
            return self._folders
        if not is_file:
            return self.strange
        suffix = os.path.splitext(entry.name)[1].lower()
        if suffix in SUFFIXES:
            return self.images
        return self.unread if suffix in UNREAD_SUFFIXES else self.others

    @property
    def name(self):
        """The folder's own name."""
        return self.path.name

    @property
    def links(self):
        """Paths of the sub-folders that are links to others."""
        return [path for path in self._folders if path.is_symlink()]

    @property
    def own_folders(self):
        """Paths of the sub-folders that are no links."""
        return [path for path in self._folders if not path.is_symlink()]

    @functools.cached_property
    def folders(self):
        """Listings of the sub-folders, in the natural order of their names."""
        return [_Listing(path) for path in sorted(self._folders, key=_by_name)]

    def unread_below(self):
        """Its images of formats that are not read, and those of its sub-folders."""
        return [file for one in (self, *self.folders) for file in one.unread]

    def classes(self):
        """Listings of the sub-folders that hold images."""
        return [folder for folder in self.folders if folder.images]

    def images_at_any_depth(self):
        """All images in the folder and below, sorted."""
        near = [image for one in (self, *self.folders) for image in one.images]
        return sorted({*near, *_images_below(self.own_folders)})


def has_splits(path):
    """Whether a folder holds a training and a test folder, and no images of its own.

    Example:

    >>> pathlib.Path("photos/train").mkdir(parents=True)
    >>> has_splits("photos")
    False
    """
    root = pathlib.Path(path).expanduser()
    return root.is_dir() and None not in _splits(_Listing(root))


def natural_order(name):
    """Key that sorts names as people count: class_2 before class_10."""
    parts = re.split(r"(\d+)", name)
    return [int(part) if i % 2 else part for i, part in enumerate(parts)], name


def _by_name(path):
    return natural_order(path.name)


def _as_text(name):
    """A name from the disk as text that can be printed and stored."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _splits(top):
    """Listings of the training and the test folder; None, None without splits."""
    found = {
        kind: [one for one in top.folders if pattern.fullmatch(one.name.lower())]
        for kind, pattern in _SPLIT_NAMES.items()
    }
    train, test, validation = (next(iter(one), None) for one in found.values())
    if train and test:
        _refuse_twins(top, found["train"], found["test"])
        return train, test
    if train and validation:
        raise ValueError(
            f"folder:{top.path}: the splits are called train and test: rename "
            f"{validation.name} to test."
        )
    alone = train or test or validation
    # A class among others may have such a name: train, the vehicle. A split is alone.
    if alone is None or top.images or _num_images(top, besides=[alone]):
        return None, None
    if train is None:
        raise ValueError(
            f"folder:{top.path}: only {alone.name} holds images, none are to train on: "
            f"rename it to train, or write folder:{alone.path}."
        )
    return train, None


def _refuse_twins(top, *found):
    for several in found:
        if len(several) > 1:
            names = " and ".join(one.name for one in several)
            raise ValueError(
                f"folder:{top.path}: {names} are two folders for one split: keep one."
            )


def _warn_of_siblings(top, splits):
    beside = _num_images(top, besides=splits) + len(top.images)
    if beside:
        names = " and ".join(one.name for one in splits)
        logging.warning("folder:%s: %d images beside %s ignored", top.path, beside, names)


def _warn_of_ignored(top, labels):
    unread = top.unread_below()
    if unread and (top.images or top.classes()):
        logging.warning(
            "folder:%s: TIFF is not read, so ignored: %d, such as %s: convert them "
            "to PNG",
            top.path,
            len(unread),
            unread[0].name,
        )
    ignored = [file for one in (top, *top.classes()) for file in one.others]
    ignored = [name for name in ignored if name != labels]
    if ignored:
        logging.warning(
            "folder:%s: ignored: %s without the suffix of an image, such as %s",
            top.path,
            counted(len(ignored), "file"),
            ignored[0].name,
        )
    strange = [path for one in (top, *top.folders) for path in one.strange]
    strange += [path for one in top.folders for path in one.links]
    if strange:
        listed = ", ".join(
            _as_text(str(one.relative_to(top.path))) for one in strange[:5]
        )
        logging.warning(
            "folder:%s: %d entries ignored that are pipes, devices, or links to nowhere "
            "or to a folder below a class: %s",
            top.path,
            len(strange),
            listed + (", ..." if len(strange) > 5 else ""),
        )
    if labels is not None:
        return  # It may list images at any depth.
    below = itertools.chain.from_iterable(one.own_folders for one in top.folders)
    deeper = sum(1 for _ in _images_below(below))
    if deeper:
        logging.warning(
            "folder:%s: %d images ignored, deeper than one sub-folder per class",
            top.path,
            deeper,
        )


def _num_images(top, besides):
    """Counts the images below a folder, at any depth, besides some sub-folders."""
    folders = [one.path for one in top.folders if one not in besides]
    return sum(1 for _ in _images_below(folders))


def _images_below(folders):
    """Images at any depth in folders. Links to folders may loop: none is followed."""
    walk = itertools.chain.from_iterable(map(os.walk, folders))
    for here, inner, names in itertools.islice(walk, MOST_FOLDERS):
        inner[:] = [name for name in inner if name[0] != "."]
        for name in sorted(names):
            path = pathlib.Path(here, name)
            if name[0] != "." and path.suffix.lower() in SUFFIXES and path.is_file():
                yield path


class _Images(Found):
    """The images of a folder."""

    def __init__(self, root, split, reading, files, classes):
        labels = np.array([label for _, label in files]) if classes else None
        super().__init__(
            f"folder:{root}",
            len(files),
            cure="set a smaller image_size, or keep fewer images there",
            labels=labels,
            num_classes=len(classes) or None,
            class_names=tuple(classes) or None,
        )
        self._root, self._split, self._reading = root, split, reading
        self._files = [file for file, _ in files]
        skipping = "skipping" * reading.skip_bad_images
        self._place = str(root.resolve()), f"{split} {reading.key} {skipping}"

    @property
    def is_slow(self):
        return sum(os.stat(file).st_size for file in self._files) > _FEW_BYTES

    def place(self):
        return self._place

    def content(self):
        return stamps(self._root, self._files)

    def look(self):
        modes = []
        headers = on_all_cores(_or_broken(read_header), self._files)
        with Told("looking at", self.name, self.number) as told:
            for position, mode in enumerate(headers):
                if self._is_image(position, mode):
                    modes.append(mode)
                told.reached(position + 1)
        if self._reading.channels == "auto":
            self._decide(1 if all(mode in GREY_MODES for mode in modes) else 3)
        self.dtype = self._reading.dtype
        sides = self._reading.image_size or self._first_sides()
        self.shape = (*sides, self._reading.channels)

    def _decide(self, channels):
        self._reading = dataclasses.replace(self._reading, channels=channels)

    def _first_sides(self):
        """Height and width of the first image that is not broken."""
        for position, file in enumerate(self._files):
            if position not in self.left_out:
                image = _or_broken(self._decoded)(file)
                if self._is_image(position, image):
                    return image[0].shape[:2]
        raise _no_images(self._root, self._split)

    def restore(self, state):
        super().restore(state)
        self._decide(self.shape[-1])

    def blocks(self):
        wanted = [
            (position, file)
            for position, file in enumerate(self._files)
            if position >= self.reached and position not in self.left_out
        ]
        files = (file for _, file in wanted)
        images = on_all_cores(_or_broken(self._decoded), files)
        for (position, file), image in zip(wanted, images, strict=True):
            if self._is_image(position, image):
                pixels, notes = image
                self._check_size(file, pixels)
                self.notes.update(notes)
                block = pixels[None]
            else:
                block = np.empty((0, *self.shape), self.dtype)
            self.reached = position + 1
            yield block
        self.reached = self.number
        if len(self.left_out) == self.number:
            raise _no_images(self._root, self._split)

    def _decoded(self, file):
        """An image in the wanted size, and a count of what was converted."""
        notes = collections.Counter()
        image = read_image(file, self._reading, notes)
        notes.update(self._reading.losses_of(*image.shape[:2]))
        return self._reading.resize(image), notes

    def _is_image(self, position, found):
        """Whether an image is not broken; if it is, notes or raises that."""
        if not isinstance(found, BrokenImage):
            return True
        if not self._reading.skip_bad_images:
            raise BrokenImage(
                f"{found} To leave out such files, set skip_bad_images=True."
            )
        self.left_out.add(position)
        return False

    def _check_size(self, file, pixels):
        if pixels.shape == self.shape:
            return
        known = next(i for i in range(self.number) if i not in self.left_out)
        raise ValueError(
            f"{file}: {pixels.shape[1]}x{pixels.shape[0]} pixels, but the first "
            f"image ({self._files[known].name}) has {self.shape[1]}x{self.shape[0]}: set "
            "image_size, or make all images one size."
        )

    def report(self):
        notes = self.notes.copy()
        if notes[EIGHT_BITS] == self.number - len(self.left_out):
            warn_of_8_bits(self.name)
            del notes[EIGHT_BITS]
        warn_of_notes(+notes)
        if self.left_out:
            broken = (self._files[position] for position in sorted(self.left_out))
            logging.warning(
                "%s: %d of %d images %s broken and skipped: %s",
                self.name,
                len(self.left_out),
                self.number,
                "is" if len(self.left_out) == 1 else "are",
                ", ".join(str(file.relative_to(self._root)) for file in broken),
            )


def _or_broken(read):
    """Makes a function return the error of a broken image: threads are ahead of it."""

    def reading(file):
        try:
            return read(file)
        except BrokenImage as broken:
            return broken

    return reading
