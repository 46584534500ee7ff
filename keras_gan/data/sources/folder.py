"""Folders of the user's own images."""

import collections
import contextlib
import pathlib
import struct
import warnings

import numpy as np
from absl import logging
from PIL import ExifTags, Image, ImageOps

from keras_gan.data.sources.images import (
    Samples,
    check_memory,
    check_split,
    square_resize,
)

# Pillow's other decoders stay closed: photographs do not need them, and each one is
# code that a crafted file could attack.
FORMATS = ("PNG", "JPEG", "WEBP", "BMP")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
# 8192 x 8192. A file of a few kilobytes can unpack to gigabytes.
PIXEL_LIMIT = 2**26
# All that Pillow has been seen to raise on damaged files.
PILLOW_ERRORS = (
    OSError,
    SyntaxError,
    EOFError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    struct.error,
    Image.DecompressionBombError,
)
# Common names for the folder of test images, suggested for renaming.
_VALIDATION = {"val", "valid", "validation"}
GREY_MODES = ("1", "L", "LA", "I", "I;16", "I;16B", "I;16L")


class BrokenImage(ValueError):
    """A file that is not a complete image of a reasonable size."""


def from_folder(path, *, split, image_size=None, skip_bad_images=False):
    """Reads a folder of PNG, JPEG, WEBP and BMP files; its sub-folders are classes.

    Images are converted to 8-bit greyscale if all of them are grey, to 8-bit RGB
    otherwise. Transparent images are laid over white, the EXIF rotation is applied,
    and an animation gives its first frame. One log line counts these conversions.
    Hidden files and files with other suffixes are ignored.

    Args:
        path: The folder. If it has sub-folders `train` and `test`, they are the
            splits; otherwise all images belong to `"train"`.
        split: `"train"` or `"test"`.
        image_size: Side in pixels: images are cropped to their centre square and
            resized. Defaults to None: as stored, and all must have one size.
        skip_bad_images: Whether to leave out broken files and list them in one log
            line. Defaults to False: the first broken file is an error.

    Returns:
        `Samples` with uint8 images (n, h, w, c), sorted by class and file name. The
        labels number the sub-folders in the order of their names.

    Raises:
        ValueError: If there are no images, a file is not a readable image, or the
            sizes differ. The message is one line that names the folder or the file.

    Example:

    >>> picture = Image.new("RGB", (20, 16))
    >>> pathlib.Path("photos").mkdir()
    >>> picture.save("photos/one.png")
    >>> from_folder("photos", split="train", image_size=8).samples.shape
    (1, 8, 8, 3)
    """
    root = pathlib.Path(path).expanduser()
    classes, files = _find(root, split)
    bad = _BadImages(skip_bad_images)
    modes = {}
    for file, _ in files:
        with bad.noted(file):
            modes[file] = _read_header(file)
    channels = 1 if all(mode in GREY_MODES for mode in modes.values()) else 3
    images = _read_all(list(modes), channels, image_size, bad)
    bad.report(root, len(files))
    if not len(images):
        raise ValueError(
            f"folder:{root}: 0 images in split {split!r}: put {', '.join(FORMATS)} "
            "files into it, or into one sub-folder per class; with splits, into train "
            "and test, or into one sub-folder per class of each."
        )
    if not classes:
        return Samples(images)
    labels = [label for file, label in files if file not in bad.files]
    return Samples(images, np.array(labels), len(classes))


def _find(root, split):
    """Returns the class names and a sorted list of pairs (file, label)."""
    check_split(f"folder:{root}", split)
    if not root.is_dir():
        raise ValueError(f"folder:{root}: there is no such folder: check the path.")
    top = root
    names = {folder.name.lower() for folder in _subfolders(root)}
    if "train" in names and names & _VALIDATION and "test" not in names:
        raise ValueError(
            f"folder:{root}: the splits are called train and test: rename "
            f"{', '.join(sorted(names & _VALIDATION))} to test."
        )
    if (root / "train").is_dir() and (root / "test").is_dir():
        root, top = root / split, root / "train"
    elif split == "test":
        raise ValueError(
            f"folder:{root}: there is no split 'test': move the images to "
            f"{root / 'train'} and {root / 'test'}."
        )
    # Both splits number their classes by the training folders, so that a class that is
    # missing from the test images shifts no label.
    classes = [folder.name for folder in _subfolders(top) if _images_in(folder)]
    flat = _images_in(root)
    subfolders = [folder for folder in _subfolders(root) if _images_in(folder)]
    if flat and subfolders:
        raise ValueError(
            f"folder:{root}: images both in the folder ({flat[0].name}) and in its "
            f"sub-folder {subfolders[0].name}: move them to one level."
        )
    for folder in subfolders:
        if folder.name not in classes:
            raise ValueError(f"{folder}: class without training images: add some.")
    _warn_of_ignored(root, subfolders)
    if flat:
        return [], [(file, None) for file in flat]
    return classes, [
        (file, classes.index(folder.name))
        for folder in subfolders
        for file in _images_in(folder)
    ]


def _warn_of_ignored(root, subfolders):
    ignored = sum(len(_other_files(folder)) for folder in (root, *subfolders))
    if ignored:
        logging.warning("folder:%s: %d files with other suffixes ignored", root, ignored)
    deeper = sum(map(_num_images_below, _subfolders(root)))
    if deeper:
        logging.warning(
            "folder:%s: %d images ignored, deeper than one sub-folder per class",
            root,
            deeper,
        )


def _visible(folder):
    return sorted(entry for entry in folder.iterdir() if entry.name[0] != ".")


def _subfolders(folder):
    return [entry for entry in _visible(folder) if entry.is_dir()]


def _images_in(folder):
    files = [entry for entry in _visible(folder) if entry.is_file()]
    return [file for file in files if file.suffix.lower() in SUFFIXES]


def _num_images_below(folder):
    """Counts the images in all sub-folders of a folder, at any depth."""
    inner = _subfolders(folder)
    return sum(len(_images_in(one)) + _num_images_below(one) for one in inner)


def _other_files(folder):
    files = [entry for entry in _visible(folder) if entry.is_file()]
    return [file for file in files if file.suffix.lower() not in SUFFIXES]


class _BadImages:
    """Collects the broken files; without `skip`, the first one is an error."""

    def __init__(self, skip):
        self.skip = skip
        self.files = []

    @contextlib.contextmanager
    def noted(self, file):
        """Notes `file` as broken, or raises, if what is done with it shows it is."""
        try:
            yield
        except BrokenImage as error:
            if not self.skip:
                raise BrokenImage(
                    f"{error} To leave out such files, set skip_bad_images."
                ) from None
            self.files.append(file)

    def report(self, root, number):
        if self.files:
            names = ", ".join(str(file.relative_to(root)) for file in sorted(self.files))
            logging.warning(
                "folder:%s: %d of %d images are broken and skipped: %s",
                root,
                len(self.files),
                number,
                names,
            )


def _open(file):
    """Opens a file whose header announces an image of a reasonable size."""
    if file.stat().st_size == 0:
        raise BrokenImage(f"{file}: the file is empty (0 bytes): remove it.")
    try:
        with warnings.catch_warnings():
            # Pillow warns above its own, larger limit. Ours is an error, below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(file, formats=FORMATS)
    except Image.DecompressionBombError:
        raise _too_large(file) from None
    if image.width * image.height > PIXEL_LIMIT:
        image.close()
        raise _too_large(file, f"{image.width}x{image.height}, ")
    return image


def _too_large(file, size=""):
    return BrokenImage(
        f"{file}: {size}more than the limit of {PIXEL_LIMIT} pixels: shrink or remove it."
    )


@contextlib.contextmanager
def _opened(file):
    """Opens an image; an error of Pillow, now or while it is read, names the file."""
    try:
        with _open(file) as image:
            yield image
    except BrokenImage:
        raise
    except PILLOW_ERRORS as error:
        raise BrokenImage(
            f"{file}: not a readable image ({type(error).__name__}): repair or remove it."
        ) from None


def _read_header(file):
    """Checks a file without decoding it; returns the mode of its pixels."""
    with _opened(file) as image:
        mode = image.mode
        image.verify()
    return mode


def _read_all(files, channels, image_size, bad):
    notes = collections.Counter()
    images, count = np.empty((0, 0, 0, channels), np.uint8), 0
    for file in files:
        image = None
        with bad.noted(file):
            image = _read_image(file, channels, notes)
        if image is None:
            continue
        if image_size is not None:
            image = square_resize(image, image_size)
        if count == 0:
            shape = (len(files), *image.shape)
            check_memory(f"folder:{file.parent}", shape)
            images, first = np.empty(shape, np.uint8), file.name
        elif image.shape != images.shape[1:]:
            raise ValueError(
                f"{file}: {image.shape[1]}x{image.shape[0]} pixels, but the first "
                f"image ({first}) has {images.shape[2]}x{images.shape[1]}: set "
                "image_size, or make all images one size."
            )
        images[count] = image
        count += 1
    if notes:
        counts = ", ".join(f"{count} {note}" for note, count in sorted(notes.items()))
        logging.warning("images converted: %s", counts)
    return images[:count]


def _read_image(file, channels, notes):
    """Decodes a file to uint8 (h, w, channels); counts in `notes` what it converted."""
    with _opened(file) as image:
        if getattr(image, "n_frames", 1) > 1:
            notes["animated (first frame taken)"] += 1
        image.load()
        if image.getexif().get(ExifTags.Base.Orientation, 1) != 1:
            notes["turned as EXIF says"] += 1
        image = _as_bytes(ImageOps.exif_transpose(image), notes)
        pixels = np.asarray(image.convert("L" if channels == 1 else "RGB"))
    return pixels.reshape(*pixels.shape[:2], channels)


def _as_bytes(image, notes):
    """Converts an image of any mode to mode L or RGB."""
    if image.mode.startswith("I"):
        notes["with 16 bits (8 kept)"] += 1
        values = np.clip(np.asarray(image, np.int64), 0, 65535)
        # 65535 = 255 * 257, so white stays white; adding 128 rounds to nearest.
        return Image.fromarray(((values + 128) // 257).astype(np.uint8))
    if image.has_transparency_data:
        notes["with transparency (laid over white)"] += 1
        grey = image.mode in GREY_MODES
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("L" if grey else "RGB")
    if image.mode not in ("1", "L", "RGB"):
        notes[f"{image.mode} (to RGB)"] += 1
        return image.convert("RGB")
    return image
