"""How images become arrays, the same for every source."""

import dataclasses

import numpy as np
from absl import logging
from PIL import Image

from keras_gan.arguments import ImageSize
from keras_gan.data.sources.all_cores import on_all_cores

# What of an array can be converted, from how many channels to how many.
_CONVERTED = {
    (1, 3): "grey (to RGB)",
    (3, 1): "in colour (to grey)",
    (4, 1): "with alpha (laid over white, to grey)",
    (4, 3): "with alpha (laid over white)",
}
# How bright red, green and blue are, after ITU-R 601, as Pillow has it.
_BRIGHTNESS = np.array([0.299, 0.587, 0.114], np.float32)
FITS = ("crop", "pad", "stretch")
CHANNELS = ("auto", 1, 3, 4)
BITS = (8, 16)


@dataclasses.dataclass(frozen=True)
class Reading:
    """How images become arrays: their size, channels and bits.

    Args:
        image_size: Height and width in pixels, such as 64, (96, 64) or "96x64".
            Defaults to None: as stored, and all must have one size.
        fit: How an image of another shape gets this size: "crop" cuts out the largest
            centred part of the right shape, "pad" keeps the whole image between black
            edges (transparent ones, with `channels=4`), and "stretch" distorts it.
            Defaults to "crop".
        channels: 1 for grey, 3 for RGB, 4 for RGB and alpha. Defaults to "auto": grey
            if all images of a folder are grey, otherwise RGB, with transparent images
            laid over white; arrays keep the channels they have.
        bits: 8 for uint8; 16 for float32 in [0, 1], which keeps 16-bit images whole.
            Defaults to 8.
        skip_bad_images: Whether the broken files of a folder are left out. Defaults to
            False: the first one is an error.

    Raises:
        ValueError: If a value is not legal, or `fit` is given without `image_size`.

    Example:

    >>> reading = Reading(image_size="30x20", fit="pad")
    >>> reading.resize(np.ones((64, 64, 3), np.uint8)).shape
    (30, 20, 3)
    """

    image_size: ImageSize | None = None
    fit: str = "crop"
    channels: int | str = "auto"
    bits: int = 8
    skip_bad_images: bool = False

    def __post_init__(self):
        if self.image_size is not None:
            object.__setattr__(self, "image_size", ImageSize(self.image_size))
        for name, legal in (("fit", FITS), ("channels", CHANNELS), ("bits", BITS)):
            value, by_text = getattr(self, name), {str(one): one for one in legal}
            if str(value) not in by_text:  # 4 is as good as "4", but 4.0 is not.
                listed = ", ".join(by_text)
                raise ValueError(f"{name} must be one of {listed}, got {value!r}.")
            object.__setattr__(self, name, by_text[str(value)])
        if self.fit != "crop" and self.image_size is None:
            raise ValueError(f"fit={self.fit!r} does nothing without image_size: set it.")

    def check_array(self, name, channels, number):
        """Refuses an array of images that cannot be read so; says what is converted.

        Args:
            name: The source, for messages.
            channels: How many channels the array has.
            number: How many images.

        Raises:
            ValueError: If there is no way to the wanted channels.
        """
        if self.channels in ("auto", channels):
            return
        if (channels, self.channels) not in _CONVERTED:
            lack = "no alpha to keep" if self.channels == 4 else "no such colours"
            raise ValueError(
                f"{name}: images of {_counted(channels)} have {lack}: leave out "
                f"channels={self.channels}."
            )
        what = _CONVERTED[channels, self.channels]
        logging.warning("%s: images converted: %d %s", name, number, what)

    @property
    def key(self):
        """All that decides what an image's array holds, as text that stays the same."""
        size = "stored" if self.image_size is None else self.image_size
        return f"size={size} fit={self.fit} channels={self.channels} bits={self.bits}"

    @property
    def dtype(self):
        """The dtype of arrays that are made of files."""
        return np.dtype(np.uint8 if self.bits == 8 else np.float32)

    def shape_of(self, shape):
        """The shape (height, width, channels) that an image of this one gets."""
        *sides, stored = shape
        channels = stored if self.channels == "auto" else self.channels
        return (*(self.image_size or sides), channels)

    def of_arrays(self, images):
        """Images (n, h, w, c) in the wanted size and channels."""
        return self.convert(self.resize_all(images))

    def convert(self, images):
        """Images of an array with the wanted channels, once `check_array` has passed.

        Args:
            images: Array (n, h, w, c), uint8 or float32 in [0, 1].

        Returns:
            An array (n, h, w, channels) of the same dtype.
        """
        channels = images.shape[-1]
        if self.channels in ("auto", channels):
            return images
        converted = np.empty((*images.shape[:-1], self.channels), images.dtype)
        for image, place in zip(images, converted, strict=True):
            place[...] = _in_channels(image, self.channels)
        return converted

    def resize(self, image):
        """An image in the wanted size, with antialiasing.

        Without antialiasing, shrinking skips pixels, and the generator learns the jagged
        edges that this leaves.

        Args:
            image: Array (h, w, c), uint8 or float32 in [0, 1].

        Returns:
            An array (height, width, c) of the same dtype.
        """
        size = self.image_size
        if size is None or image.shape[:2] == size:
            return image
        # Four channels need not be colours and alpha, unless channels are spoken of.
        has_alpha = image.shape[-1] == 4 and self.channels != "auto"
        resized = _with_alpha if has_alpha else _by_channel
        if self.fit == "stretch":
            return resized(image, size)
        if self.fit == "crop":
            return resized(_centre(image, size), size)
        return _between_edges(image, size, resized)

    def losses_of(self, height, width):
        """What an image of this size loses in `resize`, in words, if it is much.

        Example:

        >>> list(Reading(image_size=(64, 64)).losses_of(100, 200))
        ['cut by more than a third of their area']
        """
        if self.image_size is None:
            return
        rows, columns = self.image_size
        scale = min(height / rows, width / columns)  # Of what "crop" cuts out.
        kept = scale**2 * rows * columns / (height * width)
        if self.fit == "crop" and kept < 2 / 3:
            yield "cut by more than a third of their area"
        if scale < 2 / 3:
            yield "enlarged by more than a half"

    def resize_all(self, images):
        """Applies `resize` to every image, on all cores.

        Args:
            images: Array (n, h, w, c), uint8 or float32 in [0, 1].

        Returns:
            An array (n, height, width, c) of the same dtype.
        """
        size = self.image_size
        if size is None or images.shape[1:3] == size or not len(images):
            return images
        return np.stack(list(on_all_cores(self.resize, images)))


# Images as they are stored.
AS_STORED = Reading()


def warn_of_8_bits(name):
    """Says that `bits=16` keeps nothing of a source."""
    logging.warning(
        "%s: no image has 16 bits: leave out bits=16, which takes four times the memory",
        name,
    )


def _counted(channels):
    return f"{channels} channel{'s' * (channels > 1)}"


def _in_channels(image, wanted):
    """One image (h, w, c) with other channels; see `_CONVERTED`."""
    if image.shape[-1] == 1:
        return image.repeat(3, axis=-1)
    white = 255 if image.dtype == np.uint8 else 1
    pixels = image.astype(np.float32)
    if image.shape[-1] == 4:
        alpha = pixels[..., 3:] / white
        pixels = pixels[..., :3] * alpha + white * (1 - alpha)
    if wanted == 1:
        pixels = pixels @ _BRIGHTNESS[:, np.newaxis]
    return np.rint(pixels) if white == 255 else pixels


def _centre(image, size):
    """The largest centred part whose sides are as those of the size."""
    height, width = image.shape[:2]
    high = min(height, max(1, round(width * size.height / size.width)))
    wide = min(width, max(1, round(height * size.width / size.height)))
    top, left = (height - high) // 2, (width - wide) // 2
    return image[top : top + high, left : left + wide]


def _between_edges(image, size, resized):
    """The whole image, as large as the size allows, between edges of zeros."""
    height, width = image.shape[:2]
    scale = min(size.height / height, size.width / width)
    inner = [max(1, round(side * scale)) for side in (height, width)]
    high, wide = np.minimum(inner, size)
    top, left = (size.height - high) // 2, (size.width - wide) // 2
    padded = np.zeros((*size, image.shape[-1]), image.dtype)
    padded[top : top + high, left : left + wide] = resized(image, (high, wide))
    return padded


def _with_alpha(image, size):
    """Resized so that what cannot be seen lends no colour to what can."""
    if image.shape[:2] == tuple(size):
        return image
    white = 255 if image.dtype == np.uint8 else 1
    image = image / np.float32(white)
    seen = np.concatenate([image[..., :3] * image[..., 3:], image[..., 3:]], axis=-1)
    seen = _by_channel(seen, size)
    colours, alpha = seen[..., :3], seen[..., 3:]
    colours = colours / np.where(alpha > 0, alpha, 1)
    image = np.concatenate([np.minimum(colours, 1), alpha], axis=-1)
    if white == 255:
        image = np.rint(255 * image).astype(np.uint8)
        image[image[..., 3] == 0] = 0
    return image


def _by_channel(image, size):
    if image.shape[:2] == tuple(size):
        return image
    height, width = size
    # One channel at a time: Pillow has no mode for float images with several channels.
    channels = [
        Image.fromarray(np.ascontiguousarray(image[..., channel])).resize(
            (width, height), Image.Resampling.LANCZOS
        )
        for channel in range(image.shape[-1])
    ]
    resized = np.stack([np.asarray(channel) for channel in channels], axis=-1)
    # Lanczos overshoots at edges. Pillow clips bytes, but not floats.
    return resized if image.dtype == np.uint8 else np.clip(resized, 0, 1)
