"""One file of the user's: an image of any mode, decoded to bytes."""

import contextlib
import struct
import warnings

import numpy as np
from PIL import ExifTags, Image, ImageOps

from keras_gan.data.sources.found import vanished

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
GREY_MODES = ("1", "L", "LA", "I", "I;16", "I;16B", "I;16L")


class BrokenImage(ValueError):
    """A file that is not a complete image of a reasonable size."""


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
    except FileNotFoundError:
        raise vanished(file) from None
    except PILLOW_ERRORS as error:
        raise BrokenImage(
            f"{file}: not a readable image ({type(error).__name__}): repair or remove it."
        ) from None


def read_header(file):
    """Checks a file without decoding it; returns the mode of its pixels."""
    with _opened(file) as image:
        mode = image.mode
        image.verify()
    return mode


def read_image(file, channels, notes):
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
