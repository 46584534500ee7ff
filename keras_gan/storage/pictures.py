"""Samples as pictures: sheets of images or lines, scatters of points, PNGs and GIFs."""

import math
import os
import re

import numpy as np

from keras_gan.data import kinds
from keras_gan.data.value_range import unscale
from keras_gan.storage.files import published

# In a grid, each pixel of a smaller image is repeated until the image has this side.
_READABLE_SIDE = 48
_BORDER = 2
# Channels of a signal that are drawn, each as a line.
_MOST_CHANNELS = 3
# Number of frames from which the palette of a film is chosen.
_PALETTE_FRAMES = 8


class NotFinite(ValueError):
    """Samples cannot be drawn because they hold NaN or infinity."""


def draw(samples, value_range, columns=None, real_samples=None):
    """Draws samples as one picture.

    Images become a grid, volumes a grid of their middle slices, signals a grid of
    lines, and points a scatter, or a histogram if they have one dimension. `left_out`
    says what of the samples is not drawn.

    Args:
        samples: Array (n, ...) of any kind of `keras_gan.data.kinds`. Pixels are floats
            in `value_range`, or uint8.
        value_range: The generator's range (low, high); None for uint8 and for samples
            without pixels.
        columns: Samples per row. Defaults to None: about sqrt(n).
        real_samples: Points to draw behind the samples; ignored for other kinds.
            Defaults to None.

    Returns:
        A uint8 array (height, width, 3).

    Raises:
        NotFinite: If a sample holds NaN or infinity.
        ValueError: If samples of this shape cannot be drawn.

    Example:

    >>> draw(np.zeros((4, 28, 28, 1), "uint8"), (0.0, 1.0)).shape
    (118, 118, 3)
    """
    if not np.isfinite(samples).all():
        raise NotFinite(
            "The samples hold NaN or infinity: the generator's training has diverged."
        )
    kind = kinds.kind_of(np.shape(samples)[1:])
    columns = columns or math.ceil(math.sqrt(len(samples)))
    if kind is kinds.POINTS:
        return _scatter(samples, real_samples)
    if kind is kinds.SIGNALS:
        return _lines(samples[..., :_MOST_CHANNELS], columns)
    if not kind.has_pixels:
        raise ValueError(
            f"Samples of the shape {np.shape(samples)[1:]} cannot be drawn: draw "
            f"{kinds.in_words()}."
        )
    if samples.dtype != np.uint8:
        samples = unscale(samples, value_range)
    if kind is kinds.VOLUMES:
        samples = samples[:, samples.shape[1] // 2]
    return _grid(samples[..., : _num_shown(samples.shape[-1])], columns)


def left_out(sample_shape):
    """What `draw` does not show of samples of this shape, as a sentence, or ""."""
    kind = kinds.kind_of(sample_shape)
    last = sample_shape[-1] if sample_shape else 1
    if kind is kinds.POINTS:
        return f" Shown: 2 of {last} dimensions." if last > 2 else ""
    shown = []
    if kind is kinds.VOLUMES:
        shown.append(f"slice {sample_shape[0] // 2} of {sample_shape[0]}")
    most = min(last, _MOST_CHANNELS) if kind is kinds.SIGNALS else _num_shown(last)
    if most < last:
        shown.append(f"channels 0 to {most - 1}" if most > 1 else "channel 0")
    return f" Shown: {', '.join(shown)}." if shown else ""


def _num_shown(channels):
    """How many channels of images a picture shows: grey, or red, green and blue."""
    return 1 if channels < 3 else 3


def _lines(signals, columns):
    """Signals (n, time, channels) as small line plots of one scale, a colour each."""
    rows = math.ceil(len(signals) / columns)
    low, high = float(signals.min()), float(signals.max())
    figure, axes = new_figure(1.2 * columns, 1.2 * rows)
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
        title=f"each from {low:.3g} to {high:.3g}",
    )
    axes.grid(color="0.8")
    return figure_pixels(figure)


def _grid(images, columns):
    number, height, width, _ = images.shape
    zoom = max(1, math.ceil(_READABLE_SIDE / max(height, width)))
    images = images.repeat(zoom, axis=1).repeat(zoom, axis=2)
    rows = math.ceil(number / columns)
    cell_height, cell_width = height * zoom + _BORDER, width * zoom + _BORDER
    canvas = np.full(
        (rows * cell_height + _BORDER, columns * cell_width + _BORDER, 3), 96, "uint8"
    )
    for i, image in enumerate(images):
        top = i // columns * cell_height + _BORDER
        left = i % columns * cell_width + _BORDER
        canvas[top : top + height * zoom, left : left + width * zoom] = image
    return canvas


def _scatter(points, real_points):
    figure, axes = new_figure()
    groups = [("real", "0.6", real_points), ("generated", "tab:green", points)]
    for label, color, group in groups:
        if group is None:
            continue
        if group.shape[1] == 1:
            axes.hist(group[:, 0], 100, density=True, alpha=0.6, color=color, label=label)
        else:
            axes.scatter(group[:, 0], group[:, 1], s=3, color=color, label=label)
            axes.set_aspect("equal", adjustable="datalim")
    axes.legend(loc="upper right")
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


def save_png(path, pixels):
    """Writes a uint8 array (height, width, 3) as a PNG, whole or not at all."""
    from PIL import Image

    with published(path) as temporary:
        Image.fromarray(pixels).save(temporary, format="PNG")


def read_png(path):
    """Reads a PNG that `save_png` wrote, as uint8 (height, width, 3)."""
    from PIL import Image

    with Image.open(path, formats=("PNG",)) as image:
        return np.asarray(image.convert("RGB"))


def read_steps(folder, name):
    """Reads the pictures `<name>_<step>.png` of a folder, in the order of their steps."""
    names = os.listdir(folder) if os.path.isdir(folder) else ()
    found = map(re.compile(rf"{name}_(\d+)\.png").fullmatch, names)
    steps = {int(match[1]): match[0] for match in found if match}
    return [read_png(os.path.join(folder, steps[step])) for step in sorted(steps)]


def save_gif(path, frames, seconds=4.0):
    """Writes uint8 arrays of one size as a GIF that repeats forever.

    Args:
        path: The file.
        frames: Arrays (height, width, 3).
        seconds: Length of the film. The last frame stays two seconds longer. Defaults
            to 4.0.

    Raises:
        ValueError: If there are no frames.
    """
    if not frames:
        raise ValueError(f"No frames for {path}: draw at least one picture first.")
    first, *rest = _in_one_palette(frames)
    each = max(40, int(1000 * seconds / len(frames)))
    with published(path) as temporary:
        first.save(
            temporary,
            format="GIF",
            save_all=True,
            append_images=rest,
            duration=[each] * len(rest) + [each + 2000],
            loop=0,
        )


def _in_one_palette(frames):
    """Converts frames to PIL images with one palette, so that no colour changes."""
    from PIL import Image

    if all((frame == frame[..., :1]).all() for frame in frames):
        return [Image.fromarray(frame[..., 0]) for frame in frames]
    chosen = np.linspace(0, len(frames) - 1, _PALETTE_FRAMES).round().astype(int)
    shown = np.concatenate([frames[i] for i in sorted(set(chosen))])
    palette = Image.fromarray(shown).quantize(256)
    return [
        Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE)
        for frame in frames
    ]
