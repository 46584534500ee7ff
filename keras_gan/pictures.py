"""Samples as pictures: a grid for a notebook, bytes, one raw image, a film.

Every picture is a `PIL.Image.Image` or a `Film`, which a notebook shows when it is the
last value of a cell, and whose `save` writes it.
"""

from __future__ import annotations

import functools
import math
import numbers
import os
import pathlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw, ImageFont

from keras_gan import fonts
from keras_gan.arguments import check_int
from keras_gan.data import kinds
from keras_gan.data.value_range import check_range, unscale
from keras_gan.storage import pictures as files

__all__ = ["Film", "film", "grid", "image", "to_uint8"]


def __dir__():
    return __all__


# Each pixel of a smaller image is repeated until the image has this side.
_READABLE_SIDE = 48
_BORDER = 2
_BORDER_COLOR = 96
# Height of the strip with the names above a grid, and sizes of its letters, in pixels.
_CAPTION_HEIGHT = 16
_CAPTION_SIZES = (11, 10, 9, 8)
# Channels of a signal that are drawn, each as a line.
_MOST_CHANNELS = 3
# Channels that are one picture: grey; red, green and blue; these and alpha.
_AS_COLORS = (1, 3, 4)
# Side of the squares behind what is transparent, in pixels, and their two greys.
_SQUARE, _SQUARE_COLORS = 4, (255, 204)


class NotFinite(ValueError):
    """Samples cannot be drawn because they hold NaN or infinity."""


def grid(
    samples: ArrayLike,
    value_range: tuple[float, float] | None = None,
    *,
    columns: int | None = None,
    captions: Sequence[str] | None = None,
    scale: int | None = None,
    real_samples: ArrayLike | None = None,
) -> Image.Image:
    """Draws samples as one picture, which a notebook shows.

    Images become a grid, volumes a grid of their middle slices, signals a grid of
    lines, and points a scatter, or a histogram if they have one dimension. The fourth
    channel of images is alpha, and a checkerboard shows through them; of two channels,
    or of five or more, each is drawn in grey, beside the others. `gan.show()` is the same
    for fresh samples.

    Args:
        samples: Array (n, ...) of any kind: points (n, dimensions), signals
            (n, time, channels), images (n, height, width, channels), volumes
            (n, depth, height, width, channels); uint8 images also (n, height, width).
        value_range: (low, high) of float pixels, `gan.value_range` for samples of a
            GAN. Not needed for uint8, and for samples without pixels. Defaults to
            None.
        columns: Samples per row. Defaults to None: about sqrt(n).
        captions: Texts above the columns, one for each, or above the samples, one for
            each. One that is the same for a whole row is written once. Defaults to
            None: none.
        scale: Pixels of the picture per pixel of an image. Defaults to None: 1, or as
            many as bring small images to 48 pixels.
        real_samples: Real points to draw beside the samples, and in grey behind them;
            ignored for other kinds. Defaults to None.

    Returns:
        A `PIL.Image.Image` in RGB.

    Raises:
        ValueError: If the samples hold NaN or infinity or have another shape, if float
            pixels come without their range, or if an option is out of range.

    Example:

    >>> picture = keras_gan.pictures.grid(gan.sample(64), gan.value_range)
    >>> picture.save("samples.png")
    >>> keras_gan.pictures.grid(images[:6], columns=3).size
    (176, 118)
    """
    samples = _as_samples(samples)
    if kinds.kind_of(samples.shape[1:]).has_pixels:
        samples = to_uint8(samples, value_range)
    pixels = draw(
        samples,
        value_range,
        columns=columns,
        captions=captions,
        scale=scale,
        real_samples=real_samples,
    )
    return Image.fromarray(pixels)


def image(
    sample: ArrayLike,
    value_range: tuple[float, float] | None = None,
    *,
    scale: int = 1,
    bits: int = 8,
) -> Image.Image:
    """Turns one sample into a picture of its own, pixel for pixel.

    A volume shows its middle slice, a signal becomes a line.

    Args:
        sample: Array (height, width, channels) of an image, or one signal or volume;
            an image of bytes also (height, width).
        value_range: As for `grid`.
        scale: Pixels of the picture per pixel of the image. Defaults to 1.
        bits: 16 for a picture of 16 bits, of a grey image of floats. Defaults to 8.

    Returns:
        A `PIL.Image.Image`: grey for one channel, RGB for three, RGBA for four. Other
        numbers of channels lie in grey beside each other.

    Raises:
        ValueError: As `grid`; for a point, which is no picture alone; and for 16 bits
            of what is not grey or no floats.

    Example:

    >>> keras_gan.pictures.image(images[0]).size
    (28, 28)
    >>> one = keras_gan.pictures.image(gan.sample(1)[0], gan.value_range, scale=8)
    >>> one.save("one.png")
    """
    sample = np.asarray(sample)
    if sample.dtype == np.uint8 and sample.ndim == 2:
        sample = sample[..., None]
    kind = kinds.kind_of(sample.shape)
    if kind is kinds.POINTS:
        raise ValueError("One point is no picture: draw many of them with grid.")
    if not kind.has_pixels:
        return Image.fromarray(draw(sample[None], None))
    zoom = check_int("scale", scale, at_least=1)
    (shown,) = _flat(_in_bits(sample[None], value_range, bits))
    shown = shown.repeat(zoom, axis=0).repeat(zoom, axis=1)
    return Image.fromarray(shown[..., 0] if shown.shape[-1] == 1 else shown)


def _in_bits(images, value_range, bits):
    if bits == 8:
        return to_uint8(images, value_range)
    if bits != 16 or images.dtype.kind != "f" or images.shape[-1] != 1:
        raise ValueError(
            f"bits must be 8, or 16 for grey images of floats, got {bits!r} for "
            f"{images.dtype} of {images.shape[-1]} channels."
        )
    to_uint8(images, value_range)  # The same checks.
    return unscale(images, check_range(value_range), np.uint16)


def to_uint8(
    images: ArrayLike, value_range: tuple[float, float] | None = None
) -> np.ndarray:
    """Turns images into bytes, as files and other libraries take them.

    `round(255 * (x - low) / (high - low))`, clipped to 0..255. uint8 images pass as they
    are.

    Args:
        images: Array of any shape, floats or uint8.
        value_range: (low, high), the values of black and white: `gan.value_range` for
            samples of a GAN; (-1, 1) if its generator has no bounds. Defaults to None,
            for uint8 only.

    Returns:
        A uint8 array of the same shape.

    Raises:
        ValueError: If floats come without their range, or hold NaN or infinity.

    Example:

    >>> keras_gan.pictures.to_uint8(np.array([-1.0, 0.0, 1.0]), (-1, 1))
    array([  0, 128, 255], dtype=uint8)
    >>> samples = keras_gan.pictures.to_uint8(gan.sample(64), gan.value_range)
    """
    images = np.asarray(images)
    if images.dtype == np.uint8:
        return images
    if images.dtype.kind != "f":
        raise ValueError(
            f"Pixels must be uint8 or floats, got {images.dtype}: convert 0..255 with "
            ".astype('uint8')."
        )
    if value_range is None:
        raise ValueError(
            "Float pixels need value_range, the values of black and white: pass "
            "gan.value_range, or (-1, 1) if that is None, too: the generator's range is "
            "then not known."
        )
    _check_finite(images)
    return unscale(images, check_range(value_range))


def film(
    source: str | os.PathLike | Iterable,
    value_range: tuple[float, float] | None = None,
    *,
    name: str = "fake",
    seconds: float = 4.0,
    scale: int | None = None,
) -> Film:
    """Makes a film of a run's pictures, or of pictures of your own.

    Args:
        source: Folder of a run, whose pictures are shown in the order of their steps,
            each above its step; or frames of one size: `PIL.Image.Image`s, or images as
            `image` takes them.
        value_range: As for `grid`, of frames that are floats.
        name: Which pictures of a run: "fake", "walk", "neighbors" or "density". Defaults
            to "fake".
        seconds: Length of the film; the last frame stays two seconds longer. Defaults
            to 4.0.
        scale: As for `grid`.

    Returns:
        A `Film`: a notebook plays it, `save` writes it.

    Raises:
        ValueError: If there are no frames, or they differ in size.

    Example:

    >>> film = keras_gan.pictures.film(gan.sample(12), gan.value_range)
    >>> film.save("samples.gif")
    >>> gan.fit(data, epochs=2, callbacks=[keras_gan.callbacks.ImageSummary("runs/a")])
    >>> keras_gan.pictures.film("runs/a").save("training.png")
    """
    if isinstance(source, str | os.PathLike):
        folder = os.path.join(os.path.expanduser(source), "images")
        frames = numbered_frames(folder, name)
        if not frames:
            raise ValueError(
                f"{folder} holds no pictures {name}_<step>.png: pass the folder of a run "
                "that ImageSummary or keras-gan-train drew in, or another name."
            )
    else:
        frames = [_frame(one, value_range) for one in source]
    files.check_sizes(frames)  # As they came, not as they are shown.
    zoom = _zoom(scale, frames[0].shape[:2]) if frames else 1
    return Film(
        [frame.repeat(zoom, axis=0).repeat(zoom, axis=1) for frame in frames], seconds
    )


class Film:
    """Frames that follow each other; a notebook plays them.

    Args:
        frames: uint8 arrays (height, width, 3) of one size.
        seconds: As for `film`. Defaults to 4.0.

    Raises:
        ValueError: If there are no frames, they differ in size, or `seconds` is not
            positive.

    Example:

    >>> fade = [np.full((8, 8, 3), 50 * i, "uint8") for i in range(5)]
    >>> film = keras_gan.pictures.Film(fade, seconds=1.0)
    >>> film.save("fade.gif")
    >>> len(film)
    5
    """

    def __init__(self, frames: Iterable[np.ndarray], seconds: float = 4.0):
        self.frames = list(frames)
        self.seconds = seconds
        if not self.frames:
            raise ValueError("A film needs at least one frame.")
        files.check_sizes(self.frames)
        is_number = isinstance(seconds, numbers.Real) and not isinstance(seconds, bool)
        if not (is_number and 0 < seconds < math.inf):
            raise ValueError(f"seconds must be a positive number, got {seconds!r}.")

    def __len__(self) -> int:
        return len(self.frames)

    def __repr__(self) -> str:
        height, width = self.frames[0].shape[:2]
        plural = "" if len(self) == 1 else "s"
        return f"<Film: {len(self):,} frame{plural} of {width}x{height}>"

    def save(self, path: str | os.PathLike) -> None:
        """Writes the film.

        Args:
            path: A .gif, of at most 256 colours, or a .png, an animated PNG of all.

        Raises:
            ValueError: If the path ends otherwise.
        """
        suffix = os.path.splitext(path)[1].lower()
        savers = {".gif": files.save_gif, ".png": files.save_apng}
        if suffix not in savers:
            raise ValueError(f"A film is saved as .gif or .png, got {os.fspath(path)}.")
        savers[suffix](os.fspath(path), self.frames, self.seconds)

    def _repr_png_(self):
        return files.apng_bytes(self.frames, self.seconds)


# ------------------------------------------------------------------------- drawing


def draw(
    samples,
    value_range,
    columns=None,
    real_samples=None,
    captions=None,
    scale=None,
    are_real=False,
):
    """`grid` as a uint8 array (height, width, 3), for samples of a generator.

    `how_shown` says what the picture does not say itself.

    Args:
        samples: Array (n, ...), as for `grid`.
        value_range: The generator's range (low, high); None if it has no bounds, for
            uint8, and for samples without pixels.
        columns: As for `grid`.
        real_samples: As for `grid`.
        captions: As for `grid`.
        scale: As for `grid`.
        are_real: Whether the samples are real: their points are grey, as beside
            generated ones. Defaults to False.

    Raises:
        NotFinite: If a sample holds NaN or infinity.
        ValueError: As `grid`.

    Example:

    >>> draw(np.zeros((4, 28, 28, 1), "uint8"), None).shape
    (118, 118, 3)
    """
    _check_finite(samples)
    kind = kinds.kind_of(np.shape(samples)[1:])
    if columns is None:
        columns = _usual_columns(samples)
    columns = check_int("columns", columns, at_least=1)
    if captions is not None and len(captions) not in (columns, len(samples)):
        raise ValueError(
            f"captions must be {columns} texts, one above each column, or "
            f"{len(samples)}, one above each sample, got {len(captions)}."
        )
    if kind is kinds.POINTS:
        groups = {"real": real_samples, "generated": samples}
        return _scatter({"real": samples} if are_real else groups)
    if kind is kinds.SIGNALS:
        return _lines(samples[..., :_MOST_CHANNELS], columns, captions)
    if not kind.has_pixels:
        raise ValueError(
            f"Samples of the shape {np.shape(samples)[1:]} cannot be drawn: draw "
            f"{kinds.in_words()}."
        )
    if samples.dtype != np.uint8:
        samples = unscale(samples, value_range)
    shown = _on_checkerboard(_flat(samples))
    return _grid(shown, columns, captions, _zoom(scale, shown.shape[1:3]))


def numbered_frames(folder, name):
    """The frames of a run's film: its pictures, each above the number of its step.

    Args:
        folder: The folder with the pictures `<name>_<step>.png`.
        name: As for `film`.

    Raises:
        DifferentSizes: If the pictures differ in size.
    """
    return [
        np.concatenate([picture, _strip([f"step {step:,}"], *[picture.shape[1]] * 2)])
        for step, picture in files.read_steps(folder, name).items()
    ]


def how_shown(sample_shape):
    """What must be said of how `draw` shows samples of this shape: a sentence, or ""."""
    kind = kinds.kind_of(sample_shape)
    last = sample_shape[-1] if sample_shape else 1
    if kind is kinds.POINTS:
        return f" Shown: 2 of {last} dimensions." if last > 2 else ""
    shown = []
    if kind is kinds.VOLUMES:
        shown.append(f"slice {sample_shape[0] // 2} of {sample_shape[0]}")
    if kind is kinds.SIGNALS and last > _MOST_CHANNELS:
        shown.append(f"channels 0 to {_MOST_CHANNELS - 1}")
    if kind.has_pixels and last not in _AS_COLORS:
        shown.append(f"channels 0 to {last - 1} side by side")
    return f" Shown: {', '.join(shown)}." if shown else ""


def captions_of(labels, columns, names):
    """The names of the classes in a picture, for `captions`.

    Args:
        labels: Classes of the samples of a picture, ints (n,), or None.
        columns: As for `grid`.
        names: Name of each class, in the order of the labels, or None.

    Returns:
        A list of texts: one for each column if it holds a single class, else one for
        each sample. None if the classes have no names.

    Example:

    >>> captions_of(np.array([0, 1, 0, 1]), 2, ["cat", "dog"])
    ['cat', 'dog']
    >>> captions_of(np.array([0, 0, 1, 1]), 2, ["cat", "dog"])
    ['cat', 'cat', 'dog', 'dog']
    """
    if labels is None or not names:
        return None
    columns = columns or _usual_columns(labels)
    in_columns = all(label == labels[i % columns] for i, label in enumerate(labels))
    named = labels[:columns] if in_columns else labels
    return [names[label] for label in named]


def _usual_columns(samples):
    """Samples in a row of a picture that is about square."""
    return math.ceil(math.sqrt(len(samples)))


def _as_samples(samples):
    """An array (n, ...) with an axis of channels."""
    try:
        samples = np.asarray(samples)
    except ValueError:
        raise ValueError("Samples must all have one shape.") from None
    if samples.ndim < 2 or not samples.size or samples.dtype.kind not in "fiub":
        raise ValueError(
            f"Samples must be numbers, {kinds.in_words()}, got {samples.dtype} of the "
            f"shape {samples.shape}."
        )
    if samples.dtype != np.uint8 or samples.ndim != 3:
        return samples
    if samples.shape[-1] <= 4:  # Channels, so the first axis counts rows.
        raise ValueError(
            f"{samples.shape} is the shape of one image: draw it with image, or pass "
            "images[None]."
        )
    return samples[..., None]


def _frame(one, value_range):
    """A frame of a film as uint8 (height, width, 3)."""
    picture = one if isinstance(one, Image.Image) else image(one, value_range)
    if picture.has_transparency_data:
        return _on_checkerboard(np.asarray(picture.convert("RGBA"))[None])[0]
    return np.asarray(picture.convert("RGB"))


def _check_finite(samples):
    if not np.isfinite(samples).all():
        raise NotFinite(
            "The samples hold NaN or infinity: the generator's training has diverged."
        )


def _flat(samples):
    """What is shown of samples with pixels: images (n, h, w, c), c 1, 3 or 4."""
    if kinds.kind_of(samples.shape[1:]) is kinds.VOLUMES:
        samples = samples[:, samples.shape[1] // 2]
    if samples.shape[-1] in _AS_COLORS:
        return samples
    return _side_by_side(samples)


def _side_by_side(images):
    """Each channel in grey: images (n, h, w, c) become (n, rows, columns, 1)."""
    number, height, width, channels = images.shape
    columns = math.ceil(math.sqrt(channels))
    rows = math.ceil(channels / columns)
    shape = (number, rows * (height + 1) - 1, columns * (width + 1) - 1, 1)
    shown = np.full(shape, _BORDER_COLOR, images.dtype)
    for channel in range(channels):
        top = channel // columns * (height + 1)
        left = channel % columns * (width + 1)
        place = shown[:, top : top + height, left : left + width, 0]
        place[...] = images[..., channel]
    return shown


def _on_checkerboard(images):
    """Images of bytes over squares, if they have alpha."""
    if images.shape[-1] != 4:
        return images
    rows, columns = (np.arange(side) // _SQUARE for side in images.shape[1:3])
    squares = np.take(_SQUARE_COLORS, (rows[:, None] + columns) % 2)[..., None]
    alpha = images[..., 3:] / np.float32(255)
    return np.rint(alpha * images[..., :3] + (1 - alpha) * squares).astype(np.uint8)


def _zoom(scale, sides):
    """Pixels of the picture per pixel of an image."""
    if scale is not None:
        return check_int("scale", scale, at_least=1)
    return max(1, math.ceil(_READABLE_SIDE / max(sides)))


def _lines(signals, columns, captions):
    """Signals (n, time, channels) as small line plots of one scale, a colour each."""
    rows = math.ceil(len(signals) / columns)
    low, high = float(signals.min()), float(signals.max())
    # The title must fit.
    figure, axes = new_figure(max(2.8, 1.2 * columns), 1.2 * rows)
    time = np.linspace(0.05, 0.95, signals.shape[1])
    for i, signal in enumerate(signals):
        bottom = rows - 1 - i // columns
        heights = bottom + 0.1 + 0.8 * (signal - low) / max(high - low, 1e-12)
        for channel, color in enumerate(("tab:green", "tab:blue", "tab:red")):
            if channel < signal.shape[-1]:
                axes.plot(i % columns + time, heights[:, channel], color, linewidth=0.8)
    axes.set(
        xlim=(0, columns),
        ylim=(0, rows),
        xticks=range(columns + 1),
        yticks=range(rows + 1),
        xticklabels=[],
        yticklabels=[],
    )
    # The captions of the first row stand between the title and the lines.
    axes.set_title(f"each from {low:.3g} to {high:.3g}", pad=18 if captions else 6)
    axes.grid(color="0.8")
    for row, texts, width in _rows_of(captions or (), columns):
        for i, text in enumerate(texts):
            axes.text(
                (i + 0.5) * width,
                rows - row,
                text,
                ha="center",
                va="top" if row else "bottom",
                fontsize="small",
                font=pathlib.Path(fonts.file_for(text)),
            )
    return figure_pixels(figure)


def _grid(images, columns, captions, zoom):
    number, height, width, _ = images.shape
    images = images.repeat(zoom, axis=1).repeat(zoom, axis=2)
    rows = math.ceil(number / columns)
    cell_height, cell_width = height * zoom + _BORDER, width * zoom + _BORDER
    shape = (rows * cell_height + _BORDER, columns * cell_width + _BORDER, 3)
    canvas = np.full(shape, _BORDER_COLOR, "uint8")
    for i, pixels in enumerate(images):
        top = i // columns * cell_height + _BORDER
        left = i % columns * cell_width + _BORDER
        canvas[top : top + height * zoom, left : left + width * zoom] = pixels
    if captions is None:
        return canvas
    parts, last = [], 0
    for row, texts, cells in _rows_of(captions, columns):
        top = row * cell_height
        strip = _strip(texts, cells * cell_width, shape[1])
        parts += [canvas[last:top], strip]
        last = top
    return np.concatenate([*parts, canvas[last:]])


def _rows_of(captions, columns):
    """The captions of each row: its number, the texts, and columns for each of them."""
    rows = [captions[i : i + columns] for i in range(0, len(captions), columns)]
    # Once for a row, if each row is of one class.
    is_once = all(len(set(texts)) == 1 for texts in rows)
    for row, texts in enumerate(rows):
        yield (row, texts[:1], len(texts)) if is_once else (row, texts, 1)


def _strip(captions, cell_width, width):
    """The texts in a row, each in the middle above its cell."""
    strip = Image.new("RGB", (width, _CAPTION_HEIGHT), (_BORDER_COLOR,) * 3)
    drawing = ImageDraw.Draw(strip)
    for column, text in enumerate(captions):
        text, font = _fitted(" ".join(text.split()), cell_width - _BORDER)
        middle = _BORDER / 2 + (column + 0.5) * cell_width
        place = (middle, _CAPTION_HEIGHT / 2)
        drawing.text(place, text, "white", font=font, anchor="mm")
    return np.asarray(strip)


def _fitted(text, width):
    """The text, shortened if need be, and the largest letters in which it fits."""
    for size in _CAPTION_SIZES:
        font = _font(fonts.file_for(text), size)
        if font.getlength(text) <= width:
            return text, font
    while text and font.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text}…", font


@functools.cache
def _font(path, size):
    return ImageFont.truetype(path, size)


def _scatter(points):
    """Points of a plane beside real ones, those of a line in one histogram with them.

    Args:
        points: A dict of "real" and "generated" points, in this order; None for none.
    """
    colors = {"real": "0.4", "generated": "tab:green"}
    groups = {n: (colors[n], group) for n, group in points.items() if group is not None}
    if all(group.shape[1] == 1 for _, group in groups.values()):
        figure, axes = new_figure()
        bins = np.histogram_bin_edges(
            np.concatenate([g[:, 0] for _, g in groups.values()]), 40
        )
        for label, (color, group) in groups.items():
            axes.hist(
                group[:, 0], bins, density=True, alpha=0.6, color=color, label=label
            )
        if len(groups) > 1:
            figure.legend(loc="outside upper right", ncols=2)
        return figure_pixels(figure)
    # The panels are square, and each has a title if there are two.
    height = 6.0 if len(groups) == 1 else 6.3
    figure, panels = new_figure(6.0 * len(groups), height, columns=len(groups))
    seen = np.concatenate([group[:, :2] for _, group in groups.values()])
    middle = (seen.min(axis=0) + seen.max(axis=0)) / 2
    reach = max(1.05 * np.abs(seen - middle).max(), 1e-6)
    for axes, title in zip(np.ravel(panels), groups, strict=True):
        # Generated points cover those behind them: both are seen in two panels only.
        for color, group in list(groups.values())[: list(groups).index(title) + 1]:
            axes.scatter(group[:, 0], group[:, 1], s=6, color=color)
        axes.set_aspect("equal")
        axes.set(
            xlim=(middle[0] - reach, middle[0] + reach),
            ylim=(middle[1] - reach, middle[1] + reach),
        )
        if len(groups) > 1:
            axes.set_title(title)
    return figure_pixels(figure)


def new_figure(width=6.0, height=6.0, rows=1, columns=1):
    """Makes a Matplotlib figure that needs no screen.

    Not by pyplot, which would choose a backend for the whole process.

    Args:
        width: In inches of 100 pixels. Defaults to 6.0.
        height: In inches of 100 pixels. Defaults to 6.0.
        rows: Rows of axes. Defaults to 1.
        columns: Columns of axes. Defaults to 1.

    Returns:
        `(figure, axes)`; with several axes, an array of them.
    """
    from matplotlib.figure import Figure

    figure = Figure((width, height), dpi=100, layout="constrained")
    return figure, figure.subplots(rows, columns)


def figure_pixels(figure):
    """Draws a Matplotlib figure into a uint8 array (height, width, 3)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
