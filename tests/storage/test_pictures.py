"""Pictures and films as files: what they hold, and whose they are."""

import os

import numpy as np
import pytest
from PIL import Image

from keras_gan.storage import archives
from keras_gan.storage.pictures import (
    is_own,
    read_png,
    read_steps,
    save_apng,
    save_gif,
    save_png,
)


def numbered(shape):
    """uint8 images in which every pixel of every channel has a value of its own."""
    return (np.arange(np.prod(shape)) * 7 % 251).astype("uint8").reshape(shape)


def decoded_gif(path):
    """Frames (n, height, width, 3), milliseconds of each, and the loop count."""
    with Image.open(path) as gif:
        frames, milliseconds = [], []
        for i in range(gif.n_frames):
            gif.seek(i)
            frames.append(np.asarray(gif.convert("RGB")))
            milliseconds.append(gif.info["duration"])
        return np.stack(frames), milliseconds, gif.info["loop"]


class TestFiles:
    @pytest.mark.parametrize("shape", [(9, 7, 3), (48, 50, 3)])
    def test_png_gives_back_every_pixel(self, tmp_path, shape):
        path = str(tmp_path / "new" / "a.png")
        pixels = numbered(shape)
        save_png(path, pixels)
        np.testing.assert_array_equal(read_png(path), pixels)
        with Image.open(path) as image:
            assert image.format == "PNG"
            np.testing.assert_array_equal(np.asarray(image), pixels)

    def test_grey_film_keeps_every_frame_exactly_and_repeats_for_ever(self, tmp_path):
        path = str(tmp_path / "a.gif")
        ramp = np.arange(256, dtype="uint8").reshape(16, 16, 1).repeat(3, axis=2)
        frames = [np.roll(ramp, 3 * i, axis=0) for i in range(5)]
        save_gif(path, frames, seconds=4.0)
        decoded, milliseconds, loop = decoded_gif(path)
        np.testing.assert_array_equal(decoded, frames)
        assert milliseconds == [800] * 4 + [2800]
        assert loop == 0

    def test_colour_film_has_one_palette(self, tmp_path):
        path = str(tmp_path / "a.gif")
        rng = np.random.default_rng(0)
        frames = rng.integers(0, 256, (12, 40, 40, 3), dtype="uint8")
        frames[:, :10] = (200, 30, 60)
        save_gif(path, list(frames))
        decoded, _, _ = decoded_gif(path)
        assert len(decoded) == 12
        still = decoded[:, :10].astype(int)
        assert (still == still[0, 0, 0]).all()
        assert np.abs(still[0, 0, 0] - (200, 30, 60)).max() <= 16
        # 256 colours in all frames together, not in each.
        assert len(np.unique(decoded.reshape(-1, 3), axis=0)) <= 256

    def test_a_thin_line_keeps_its_colour(self, tmp_path):
        # Beside all greys, of which none is as rare as it is.
        rng = np.random.default_rng(0)
        frame = np.full((300, 300, 3), rng.integers(0, 256, (300, 300, 1)), "uint8")
        frame[40, 20:30] = (120, 30, 200)
        save_gif(str(tmp_path / "a.gif"), [frame] * 3)
        decoded, _, _ = decoded_gif(tmp_path / "a.gif")
        assert np.abs(decoded[0].astype(int) - frame).max() <= 16

    def test_single_frame_is_a_film_and_none_is_refused(self, tmp_path):
        frame = np.zeros((8, 8, 3), "uint8")
        save_gif(str(tmp_path / "a.gif"), [frame])
        with Image.open(tmp_path / "a.gif") as gif:
            assert gif.size == (8, 8)
        with pytest.raises(ValueError, match="No frames"):
            save_gif(str(tmp_path / "b.gif"), [])
        for save in (save_gif, save_apng):
            with pytest.raises(ValueError, match="frame 0 is 8x8, frame 1 is 8x4"):
                save(str(tmp_path / "b"), [frame, frame[:4]])
        assert not (tmp_path / "b").exists()

    def test_many_frames_never_flicker_faster_than_browsers_show(self, tmp_path):
        frames = [np.full((4, 4, 3), i, "uint8") for i in range(200)]
        save_gif(str(tmp_path / "a.gif"), frames, seconds=1.0)
        _, milliseconds, _ = decoded_gif(str(tmp_path / "a.gif"))
        assert len(milliseconds) == 200
        assert min(milliseconds) == 40


def test_steps_are_read_in_the_order_of_their_numbers(tmp_path):
    for step in (1_000_000, 999_999, 7):
        pixels = np.full((2, 2, 3), step % 251, "uint8")
        save_png(str(tmp_path / f"fake_{step:06d}.png"), pixels)
    frames = read_steps(str(tmp_path), "fake")
    assert list(frames) == [7, 999_999, 1_000_000]
    for step, frame in frames.items():
        assert frame[0, 0, 0] == step % 251


def test_what_this_package_wrote_is_told_from_what_it_did_not(tmp_path):
    frames = numbered((2, 8, 8, 3))
    save_png(tmp_path / "own.png", frames[0])
    save_gif(tmp_path / "own.gif", frames)
    save_apng(tmp_path / "own_film.png", frames)
    archives.save_npz(tmp_path / "own.npz", {"x": archives.Blocks((0,), "uint8", [])})
    Image.fromarray(frames[0]).save(tmp_path / "foreign.png")
    Image.fromarray(frames[0]).save(tmp_path / "foreign.gif")
    np.savez(tmp_path / "foreign.npz", x=frames)
    (tmp_path / "foreign.txt").write_text("keras_gan")
    (tmp_path / "foreign.d").mkdir()
    os.mkfifo(tmp_path / "foreign_pipe.png")
    os.mkfifo(tmp_path / "foreign_pipe.npz")
    for path in tmp_path.iterdir():
        found = archives.is_own(path) if path.suffix == ".npz" else is_own(path)
        assert found == path.name.startswith("own"), path
