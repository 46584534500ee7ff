"""Pictures and films as files: PNG and GIF."""

import io
import os
import re
import warnings

import numpy as np

from keras_gan.storage.files import published

# Number of frames from which the palette of a GIF is chosen.
_PALETTE_FRAMES = 8
# Colours of that palette that are chosen because no other is near, and not for being
# frequent.
_RARE = 64
# Browsers show faster frames more slowly. In milliseconds.
_SHORTEST_FRAME = 40
_LAST_FRAME = 2000
# Pictures of a run that are numbered by their steps, and what is made of them.
_NUMBERED = ("fake", "walk", "neighbors", "density", "plane", "spectrum")
_FILMS = ("training.gif", "density.gif", "plane.gif", "figure1.png")
# Says in a file that this package wrote it, which may then be replaced.
_MARK = "keras_gan"


def save_png(path, pixels):
    """Writes a picture as a PNG, whole or not at all.

    Args:
        path: The file.
        pixels: A uint8 array (height, width, 3), or a `PIL.Image.Image`.
    """
    from PIL import Image

    image = Image.fromarray(pixels) if isinstance(pixels, np.ndarray) else pixels
    with published(path) as temporary:
        image.save(temporary, format="PNG", pnginfo=_png_mark())


def read_png(path):
    """Reads a PNG that `save_png` wrote, as uint8 (height, width, 3)."""
    from PIL import Image

    with Image.open(path, formats=("PNG",)) as image:
        return np.asarray(image.convert("RGB"))


def read_steps(folder, name):
    """The pictures `<name>_<step>.png` of a folder by step, in the order of the steps.

    Raises:
        DifferentSizes: If they cannot be the frames of one film.
    """
    paths = _paths(folder, name)
    frames = {step: read_png(path) for step, path in paths.items()}
    names = [os.fspath(path) for path in paths.values()]
    check_sizes(list(frames.values()), names, "move those of one size away")
    return frames


def remove_later(folder, step):
    """Removes this package's pictures of later steps, and the films that show them.

    Args:
        folder: The folder with the pictures `<name>_<step>.png`.
        step: The last step whose pictures stay.
    """
    numbered = [_paths(folder, name).items() for name in _NUMBERED]
    later = [path for paths in numbered for number, path in paths if number > step]
    later = [path for path in later if is_own(path)]
    films = [os.path.join(folder, name) for name in _FILMS] if later else []
    for path in [*later, *filter(is_own, films)]:
        os.remove(path)


def _paths(folder, name):
    """The files `<name>_<step>.png` of a folder by step, in the order of the steps."""
    names = os.listdir(folder) if os.path.isdir(folder) else ()
    found = map(re.compile(rf"{re.escape(name)}_(\d+)\.png").fullmatch, names)
    steps = {int(match[1]): os.path.join(folder, match[0]) for match in found if match}
    return dict(sorted(steps.items()))


class DifferentSizes(ValueError):
    """Frames that are no film, because they differ in size."""


def check_sizes(frames, names=None, cure="resize them"):
    """Refuses frames that differ in size.

    Args:
        frames: Arrays (height, width, ...).
        names: What to call each of them. Defaults to "frame 0", "frame 1", ...
        cure: What to do about it. Defaults to "resize them".

    Raises:
        DifferentSizes: Names the first frame, and the first that differs from it.
    """
    names = names or [f"frame {i}" for i in range(len(frames))]
    sizes = [f"{width}x{height}" for height, width in (f.shape[:2] for f in frames)]
    for name, size in zip(names, sizes, strict=True):
        if size != sizes[0]:
            raise DifferentSizes(
                f"A film needs frames of one size: {names[0]} is {sizes[0]}, {name} is "
                f"{size}: {cure}."
            )


def save_gif(path, frames, seconds=4.0):
    """Writes uint8 arrays of one size as a GIF that repeats forever.

    A GIF has at most 256 colours; `save_apng` keeps all.

    Args:
        path: The file.
        frames: Arrays (height, width, 3).
        seconds: Length of the film. The last frame stays two seconds longer. Defaults
            to 4.0.

    Raises:
        ValueError: If there are no frames, or they differ in size.
    """
    _check_frames(path, frames)
    with published(path) as temporary:
        _write(temporary, _in_one_palette(frames), seconds, format="GIF", comment=_MARK)


def save_apng(path, frames, seconds=4.0):
    """Writes uint8 arrays as an animated PNG, which browsers and notebooks play.

    Args:
        path: The file.
        frames: As for `save_gif`.
        seconds: As for `save_gif`.

    Raises:
        ValueError: If there are no frames, or they differ in size.
    """
    _check_frames(path, frames)
    with published(path) as temporary:
        _write_apng(temporary, frames, seconds)


def apng_bytes(frames, seconds=4.0):
    """What `save_apng` would write."""
    stream = io.BytesIO()
    _write_apng(stream, frames, seconds)
    return stream.getvalue()


def is_own(path):
    """Whether this package wrote a PNG or a GIF."""
    from PIL import Image

    if not os.path.isfile(path):  # To open a pipe would wait for its writer.
        return False
    try:
        with warnings.catch_warnings():
            # Only the header is read, however many pixels there are.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=("PNG", "GIF")) as image:
                marks = (image.info.get("Software"), image.info.get("comment"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return False
    return bool({_MARK, _MARK.encode()} & set(marks))


def _check_frames(path, frames):
    if not len(frames):
        raise ValueError(f"No frames for {path}: draw at least one picture first.")
    check_sizes(frames)


def _write_apng(file, frames, seconds):
    from PIL import Image

    images = [Image.fromarray(frame) for frame in frames]
    _write(file, images, seconds, format="PNG", pnginfo=_png_mark())


def _write(file, images, seconds, **options):
    first, *rest = images
    each = max(_SHORTEST_FRAME, int(1000 * seconds / len(images)))
    first.save(
        file,
        save_all=True,
        append_images=rest,
        duration=[each] * len(rest) + [each + _LAST_FRAME],
        loop=0,
        **options,
    )


def _png_mark():
    from PIL.PngImagePlugin import PngInfo

    mark = PngInfo()
    mark.add_text("Software", _MARK)
    return mark


def _in_one_palette(frames):
    """Converts frames to PIL images with one palette, so that no colour changes."""
    from PIL import Image

    if all((frame == frame[..., :1]).all() for frame in frames):
        return [Image.fromarray(frame[..., 0]) for frame in frames]
    chosen = np.linspace(0, len(frames) - 1, _PALETTE_FRAMES).round().astype(int)
    shown = Image.fromarray(np.concatenate([frames[i] for i in sorted(set(chosen))]))
    # By frequency alone, a thin line would be drawn in another's colour.
    rare = shown.quantize(_RARE, method=Image.Quantize.MAXCOVERAGE)
    frequent = shown.quantize(256 - _RARE)
    palette = Image.new("P", (1, 1))
    palette.putpalette([*rare.getpalette(), *frequent.getpalette()])
    return [
        Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE)
        for frame in frames
    ]
