"""One file of the user's: an image of any mode, decoded to pixels."""

import contextlib
import struct
import warnings

import numpy as np
from PIL import ExifTags, Image, ImageOps

from keras_gan.data.sources.found import vanished

# Pillow's other decoders stay closed: each one is code that a crafted file could attack.
# TIFF is the worst: libtiff and Pillow's calls of it have had holes year after year, the
# last ones closed in Pillow 13.0. None is known of Pillow's own decoder of GIFs.
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif")
UNREAD_SUFFIXES = (".tif", ".tiff")
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
# A note that is left out if it is true of all images.
EIGHT_BITS = "with 8 bits (each value divided by 255)"
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
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


def read_image(file, reading, notes):
    """Decodes a file, and counts in `notes` what is converted.

    Args:
        file: A `pathlib.Path`.
        reading: A `Reading` whose `channels` is a number.
        notes: A `collections.Counter`.

    Returns:
        An array (h, w, channels) of the reading's dtype, in the size of the file.

    Raises:
        BrokenImage: If the file is not a complete image.
    """
    with _opened(file) as image:
        if getattr(image, "n_frames", 1) > 1:
            notes["animated (first frame taken)"] += 1
        # Pillow has no mode for colours of 16 bits, and cuts them while it decodes.
        cut = image.mode[0] != "I" and any(";16" in str(one.args) for one in image.tile)
        image.load()
        if image.getexif().get(ExifTags.Base.Orientation, 1) != 1:
            notes["turned as EXIF says"] += 1
        image = ImageOps.exif_transpose(image)
        if image.mode.startswith("I"):
            return _deep_grey(image, reading, notes)
        if cut:
            notes["with colours of 16 bits (8 kept)"] += 1
        pixels = np.asarray(_in_mode(image, reading.channels, notes))
    if reading.bits == 16:
        notes[EIGHT_BITS] += not cut
        pixels = pixels.astype(np.float32) / 255
    return pixels.reshape(*pixels.shape[:2], reading.channels)


def _deep_grey(image, reading, notes):
    """A grey image of 16 bits, repeated for each channel of a colour."""
    values = np.clip(np.asarray(image, np.int64), 0, 65535)[..., np.newaxis]
    if reading.bits == 16:
        grey = (values / 65535).astype(np.float32)
    else:
        notes["with 16 bits (8 kept)"] += 1
        # 65535 = 255 * 257, so white stays white; adding 128 rounds to nearest.
        grey = ((values + 128) // 257).astype(np.uint8)
    if reading.channels == 1:
        return grey
    notes[f"grey (to {_MODES[reading.channels]})"] += 1
    opaque = np.full_like(grey, 1 if reading.bits == 16 else 255)
    return np.concatenate([grey, grey, grey, opaque][: reading.channels], axis=-1)


def _in_mode(image, channels, notes):
    """An image of 8 bits in mode L, RGB or RGBA."""
    mode, is_grey = _MODES[channels], image.mode in GREY_MODES
    is_transparent = image.has_transparency_data
    if channels == 4:
        if not is_transparent:
            notes["without transparency (made opaque)"] += 1
        return _without_hidden_colours(image.convert("RGBA"))
    if is_transparent:
        notes["with transparency (laid over white)"] += 1
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("L" if is_grey else "RGB")
    elif image.mode not in ("1", "L", "RGB"):
        notes[f"{image.mode} (to RGB)"] += 1
        image = image.convert("RGB")
    if is_grey != (channels == 1):
        notes["grey (to RGB)" if is_grey else "in colour (to grey)"] += 1
    return image.convert(mode)


def _without_hidden_colours(image):
    """What is fully transparent is made black: D must not judge what nobody sees."""
    pixels = np.array(image)
    pixels[pixels[..., 3] == 0] = 0
    return pixels
