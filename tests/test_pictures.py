"""Pictures: where each pixel lies, what is refused, what a notebook shows."""

import io

import numpy as np
import pytest
from PIL import Image

from keras_gan import pictures
from keras_gan.storage.pictures import save_png

BORDER = 2
GREY = 96


def numbered(shape):
    """uint8 images in which every pixel of every channel has a value of its own."""
    return (np.arange(np.prod(shape)) * 7 % 251).astype("uint8").reshape(shape)


def expected_grid(images, columns, zoom):
    """The grid, pixel by pixel."""
    number, height, width, channels = images.shape
    rows = -(-number // columns)
    tall, wide = height * zoom + BORDER, width * zoom + BORDER
    grid = np.full((rows * tall + BORDER, columns * wide + BORDER, 3), GREY, "uint8")
    for i, y, x in np.ndindex(number, height * zoom, width * zoom):
        row, column = divmod(i, columns)
        pixel = images[i, y // zoom, x // zoom]
        grid[BORDER + row * tall + y, BORDER + column * wide + x] = pixel
    return grid


class TestGrid:
    @pytest.mark.parametrize(
        "shape, columns, zoom",
        [
            ((5, 8, 8, 1), 3, 6),  # an incomplete last row
            ((5, 8, 8, 3), 2, 6),  # colour
            ((2, 5, 7, 1), 1, 7),  # not square: 48 / 7 rounded up
            ((3, 28, 28, 1), 3, 2),
            ((2, 60, 40, 3), 2, 1),  # large images stay as they are
        ],
    )
    def test_every_pixel_lies_where_it_should(self, shape, columns, zoom):
        images = numbered(shape)
        drawn = pictures.draw(images, (0.0, 1.0), columns=columns)
        assert drawn.dtype == np.uint8
        np.testing.assert_array_equal(drawn, expected_grid(images, columns, zoom))

    @pytest.mark.parametrize("number, columns", [(1, 1), (4, 2), (5, 3), (64, 8)])
    def test_grid_is_about_square(self, number, columns):
        drawn = pictures.draw(np.zeros((number, 48, 48, 1), "uint8"), None)
        rows = -(-number // columns)
        assert drawn.shape == (rows * 50 + 2, columns * 50 + 2, 3)

    @pytest.mark.parametrize("value_range", [(0.0, 1.0), (-1.0, 1.0), None])
    def test_bytes_pass_unchanged_whatever_the_range(self, value_range):
        images = np.arange(256, dtype="uint8").reshape(1, 16, 16, 1)
        drawn = pictures.draw(images, value_range)
        inside = drawn[BORDER:-BORDER:3, BORDER:-BORDER:3]
        np.testing.assert_array_equal(inside[..., 1], images[0, ..., 0])

    @pytest.mark.parametrize(
        "value_range, values",
        [((0.0, 1.0), [0.0, 0.2, 1.0]), ((-1.0, 1.0), [-1.0, -0.6, 1.0])],
    )
    def test_floats_are_scaled_from_the_generators_range(self, value_range, values):
        images = (
            np.array(values, "float32").reshape(3, 1, 1, 1).repeat(48, 1).repeat(48, 2)
        )
        drawn = pictures.draw(images, value_range, columns=3)
        assert [drawn[20, 20 + 50 * i, 0] for i in range(3)] == [0, 51, 255]

    @pytest.mark.parametrize(
        "channels, rows, columns", [(2, 1, 2), (5, 2, 3), (13, 4, 4)]
    )
    def test_other_channels_lie_in_grey_beside_each_other(self, channels, rows, columns):
        images = numbered((2, 48, 50, channels))
        drawn = pictures.draw(images, None, columns=2)
        tall, wide = rows * 49 - 1, columns * 51 - 1
        assert drawn.shape == (tall + 4, 2 * (wide + 2) + 2, 3)
        for i, channel in np.ndindex(2, channels):
            row, column = divmod(channel, columns)
            top, left = BORDER + row * 49, BORDER + i * (wide + 2) + column * 51
            shown = drawn[top : top + 48, left : left + 50]
            expected = images[i, ..., channel, None].repeat(3, axis=-1)
            np.testing.assert_array_equal(shown, expected)

    def test_a_checkerboard_shows_through_alpha(self, tmp_path):
        images = numbered((1, 48, 50, 4))
        y, x = np.indices((48, 50))
        square = np.where((y // 4 + x // 4) % 2, 204, 255)[..., None]
        alpha = images[0, ..., 3:] / 255
        expected = alpha * images[0, ..., :3] + (1 - alpha) * square
        drawn = pictures.draw(images, None)[BORDER:-BORDER, BORDER:-BORDER]
        np.testing.assert_allclose(drawn, expected, atol=0.5001)
        # Alone, a picture keeps its alpha; in a film there is none.
        alone = pictures.image(images[0])
        assert alone.mode == "RGBA"
        np.testing.assert_array_equal(np.asarray(alone), images[0])
        for frame in (alone, images[0]):
            (shown,) = pictures.film([frame], scale=1).frames
            np.testing.assert_array_equal(shown, drawn)

    def test_grey_floats_can_be_drawn_in_16_bits(self):
        levels = np.array([-1, -0.5, 1], "float32")[:, None, None]
        picture = pictures.image(levels, (-1, 1), bits=16)
        assert picture.mode == "I;16"
        assert np.asarray(picture)[:, 0].tolist() == [0, 16_384, 65_535]
        for sample, bits in ((levels.repeat(3, -1), 16), (levels, 12)):
            with pytest.raises(ValueError, match="bits must be 8, or 16 for grey"):
                pictures.image(sample, (-1, 1), bits=bits)

    @pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("shape", [(4, 8, 8, 1), (4, 1), (4, 2)])
    def test_what_is_no_number_is_refused(self, shape, broken):
        samples = np.zeros(shape, "float32")
        samples.flat[-1] = broken
        with pytest.raises(pictures.NotFinite, match="diverged"):
            pictures.draw(samples, (0.0, 1.0))


class TestSignalsAndVolumes:
    def test_a_volume_shows_its_middle_slice(self):
        volumes = numbered((5, 3, 8, 8, 1))
        drawn = pictures.draw(volumes, None, columns=2)
        np.testing.assert_array_equal(drawn, expected_grid(volumes[:, 1], 2, zoom=6))

    def test_a_signal_is_a_line_in_a_cell_of_its_own(self):
        ramps = np.linspace(-1, 1, 20)[None, :, None] * np.ones((4, 1, 1))
        ramps[3] = -1  # a flat line at the foot of the last cell
        drawn = pictures.draw(ramps, None)
        green = drawn[..., 1].astype(int) - drawn[..., 0] > 40
        middle = [int(side / 2) for side in green.shape]
        rows, columns = np.nonzero(green[middle[0] :, middle[1] :])
        assert np.ptp(rows) <= 2 < np.ptp(columns)
        rows, columns = np.nonzero(green[: middle[0], : middle[1]])
        assert np.corrcoef(rows, columns)[0, 1] < -0.99  # rows count downwards

    @pytest.mark.parametrize(
        "shape, sentence",
        [
            ((28, 28, 1), ""),
            ((28, 28, 3), ""),
            ((28, 28, 4), ""),
            ((28, 28, 2), "channels 0 to 1 side by side"),
            ((28, 28, 6), "channels 0 to 5 side by side"),
            ((2,), ""),
            ((5,), "2 of 5 dimensions"),
            ((9, 2), ""),
            ((9, 4), "channels 0 to 2"),
            ((9, 4, 4, 1), "slice 4 of 9"),
            ((9, 4, 4, 2), "slice 4 of 9, channels 0 to 1 side by side"),
        ],
    )
    def test_what_is_not_drawn_is_said(self, shape, sentence):
        assert pictures.how_shown(shape) == (f" Shown: {sentence}." if sentence else "")

    def test_other_shapes_are_refused_in_one_line(self):
        with pytest.raises(ValueError, match="cannot be drawn: draw points"):
            pictures.draw(np.zeros((1, 2, 2, 2, 2, 2)), None)


class TestPoints:
    def test_plane_shows_real_points_beside_generated_ones_and_behind_them(self):
        points = np.array([[0.0, 0.0], [1.0, 1.0]], "float32")
        alone = pictures.draw(points, None)
        # One real point is where a generated one covers it, the other is not.
        both = pictures.draw(points, None, real_samples=points * [[1, 1], [3, 3]])
        assert alone.shape == (600, 600, 3) and both.shape == (630, 1200, 3)
        assert alone.dtype == np.uint8

        def dots(picture, color):
            inside = picture[20:-30, 40:-8]  # Without the numbers at the axes.
            return (inside == color).all(axis=-1).sum()

        green, grey = (44, 160, 44), (102, 102, 102)
        assert dots(alone, green) > 0 == dots(alone, grey)
        left, right = np.split(both, 2, axis=1)
        assert dots(left, green) == 0 < dots(right, green)
        assert dots(left, grey) > dots(right, grey) > 0

    @pytest.mark.parametrize("dimensions", [1, 2])
    def test_real_points_alone_are_grey_as_beside_generated_ones(self, dimensions):
        points = np.random.default_rng(0).normal(size=(500, dimensions))
        of_real, generated = (
            pictures.draw(points, None, are_real=are_real).astype(int)
            for are_real in (True, False)
        )
        assert np.ptp(of_real, axis=-1).max() == 0 < np.ptp(generated, axis=-1).max()
        np.testing.assert_array_equal(of_real.min(-1) < 255, generated.min(-1) < 255)

    def test_line_is_a_histogram(self):
        left = np.linspace(-1.0, -0.9, 500)[:, None]
        drawn = pictures.draw(left, None, real_samples=left + 1.9)
        greenish = drawn[..., 1].astype(int) - drawn[..., 0] > 40
        # The legend's patch is small and above; the histogram's bars are tall.
        columns = np.flatnonzero(greenish.sum(axis=0) > 100)
        assert columns.size and columns.max() < 300

    def test_no_legend_covers_the_highest_bar(self):
        points = np.array([0.0] + 99 * [1.0])[:, None]
        drawn = pictures.draw(points, None, real_samples=points).astype(int)
        frame = np.flatnonzero((drawn < 80).all(axis=-1).mean(axis=1) > 0.8)
        bar = (drawn[..., 1] - drawn[..., 0] > 40).sum(axis=0).max()
        # Matplotlib leaves 5 % above it.
        assert bar == pytest.approx(np.ptp(frame) / 1.05, abs=4)


class TestCaptions:
    def test_each_stands_above_its_column_and_nothing_below_moves(self):
        images = numbered((6, 48, 48, 1))
        plain = pictures.draw(images, None, columns=3)
        captions = ["I", "a name that is far too long", "I"]
        drawn = pictures.draw(images, None, columns=3, captions=captions)
        strip, rest = np.split(drawn, [len(drawn) - len(plain)])
        np.testing.assert_array_equal(rest, plain)
        letters = np.flatnonzero((strip != GREY).any(axis=(0, 2)))
        # Columns of 48 pixels and a border each, centred at 26, 76 and 126.
        first, last = letters[letters < 50], letters[letters > 102]
        assert abs(first.mean() - 26) <= 2 and abs(last.mean() - 126) <= 2
        middle = letters[(letters >= 50) & (letters <= 102)]
        assert np.ptp(middle) > 30

    def test_lines_have_them_too(self):
        signals = np.zeros((4, 9, 1))
        plain = pictures.draw(signals, None, columns=2)
        named = pictures.draw(signals, None, columns=2, captions=["cat", "dog"])
        assert (plain != named).any()
        each = ["cat", "dog", "dog", "dog"]
        assert (pictures.draw(signals, None, 2, captions=each) != named).any()

    @pytest.mark.parametrize(
        "labels, columns, expected",
        [
            ([0, 1, 0, 1], 2, ["cat", "dog"]),
            ([1, 0, 1], 2, ["dog", "cat"]),
            ([0, 1, 1, 0], 2, ["cat", "dog", "dog", "cat"]),
            ([0, 0, 0, 1, 1, 1], 3, 3 * ["cat"] + 3 * ["dog"]),
            ([1, 1, 1, 1], 2, ["dog", "dog"]),
            ([0, 1], 3, ["cat", "dog"]),
            ([0, 1, 0, 1, 0], None, ["cat", "dog", "cat", "dog", "cat"]),  # in 3 columns
        ],
    )
    def test_a_column_is_named_if_it_holds_one_class_else_each_sample(
        self, labels, columns, expected
    ):
        found = pictures.captions_of(np.array(labels), columns, ["cat", "dog"])
        assert found == expected
        assert pictures.captions_of(np.array(labels), columns, None) is None
        pictures.draw(np.zeros((len(labels), 8, 8, 1)), (0, 1), columns, captions=found)

    def test_of_each_sample_stands_above_it(self):
        images = numbered((5, 48, 48, 1))
        texts = ["I", "L", "T", "I", "L"]
        drawn = pictures.draw(images, None, columns=3, captions=texts)
        # Two rows, each as it is alone.
        first = pictures.draw(images[:3], None, columns=3, captions=texts[:3])
        np.testing.assert_array_equal(drawn[:66], first[:66])
        assert drawn.shape == (2 * 66 + 2, 3 * 50 + 2, 3)
        np.testing.assert_array_equal(
            drawn[68 + 16 : 68 + 64, 2:50, 0], images[3, ..., 0]
        )
        second = pictures.draw(images[3:], None, columns=3, captions=texts[3:])
        np.testing.assert_array_equal(drawn[66:], second)

    def test_of_a_whole_row_is_written_once_in_its_middle(self):
        images = numbered((6, 48, 48, 1))
        texts = 3 * ["I"] + 3 * ["a walk of one class"]
        drawn = pictures.draw(images, None, columns=3, captions=texts)
        once = np.flatnonzero((drawn[:16] != GREY).any(axis=(0, 2)))
        assert abs(once.mean() - 76) <= 2 and np.ptp(once) < 12
        wide = pictures.draw(images[:3], None, columns=3, captions=3 * texts[3:4])
        letters = np.flatnonzero((wide[:16] != GREY).any(axis=(0, 2)))
        assert np.ptp(letters) > 80  # More than a column has room for.
        # Not by chance, among rows of several classes.
        drawn = pictures.draw(images, None, columns=3, captions=[*texts[:5], "I"])
        each = np.flatnonzero((drawn[:16] != GREY).any(axis=(0, 2)))
        assert np.ptp(each) > 90

    def test_what_does_not_fit_is_refused(self):
        with pytest.raises(ValueError, match="captions must be 2 texts.* or 3, one"):
            pictures.grid(numbered((3, 8, 8, 1)), columns=2, captions=["cat"])


class TestNotebook:
    def test_a_grid_shows_itself(self):
        images = numbered((5, 8, 8, 3)) / np.float32(255)
        picture = pictures.grid(images, (0, 1), columns=2, scale=3)
        with Image.open(io.BytesIO(picture._repr_png_())) as shown:
            expected = expected_grid(numbered((5, 8, 8, 3)), 2, zoom=3)
            np.testing.assert_array_equal(np.asarray(shown), expected)

    def test_grey_bytes_need_no_axis_of_channels(self):
        images = numbered((4, 9, 7))
        expected = pictures.draw(images[..., None], None)
        np.testing.assert_array_equal(np.asarray(pictures.grid(images)), expected)
        raw = np.asarray(pictures.image(images[0]))
        np.testing.assert_array_equal(raw, images[0])

    def test_one_image_is_shown_pixel_for_pixel(self):
        colour = numbered((9, 7, 3))
        np.testing.assert_array_equal(np.asarray(pictures.image(colour)), colour)
        twice = np.asarray(pictures.image(colour[..., :1] / 255.0, (0, 1), scale=2))
        np.testing.assert_array_equal(twice[::2, 1::2], colour[..., 0])
        volume = numbered((3, 9, 7, 1))
        np.testing.assert_array_equal(
            np.asarray(pictures.image(volume)), volume[1, ..., 0]
        )
        assert np.asarray(pictures.image(np.zeros((20, 2)))).ndim == 3  # a signal

    def test_bytes(self):
        levels = np.arange(256, dtype="uint8")
        for low, high in [(0.0, 1.0), (-1.0, 1.0)]:
            floats = low + (high - low) * levels / 255
            np.testing.assert_array_equal(pictures.to_uint8(floats, (low, high)), levels)
        assert pictures.to_uint8(levels) is levels

    def test_a_film_plays_its_frames(self, tmp_path):
        frames = numbered((3, 8, 6, 3))
        film = pictures.film(list(frames), seconds=3.0, scale=1)
        assert repr(film) == "<Film: 3 frames of 6x8>"
        film.save(tmp_path / "film.png")
        for source in (io.BytesIO(film._repr_png_()), tmp_path / "film.png"):
            with Image.open(source) as played:
                assert played.n_frames == len(film) == 3
                for i, frame in enumerate(frames):
                    played.seek(i)
                    np.testing.assert_array_equal(np.asarray(played), frame)
        film.save(tmp_path / "film.gif")
        with Image.open(tmp_path / "film.gif") as played:
            assert (played.n_frames, played.size) == (3, (6, 8))
        small = pictures.film([Image.fromarray(one) for one in frames])
        assert small.frames[0].shape == (48, 36, 3)

    def test_a_film_of_a_run_goes_by_its_steps(self, tmp_path):
        (tmp_path / "images").mkdir()
        for step in (1_000_000, 999_999, 7):
            picture = pictures.image(np.full((50, 50, 3), step % 251, "uint8"))
            picture.save(tmp_path / f"images/fake_{step:06d}.png")
        frames = pictures.film(tmp_path).frames
        shades = [one[0, 0, 0] for one in frames]
        assert shades == [step % 251 for step in (7, 999_999, 1_000_000)]
        # Below each, outside of the picture, stands its step.
        captions = [one[50:] for one in frames]
        assert {one.shape for one in captions} == {(16, 50, 3)}
        assert len({one.tobytes() for one in captions}) == 3
        with pytest.raises(ValueError, match="holds no pictures walk_<step>.png"):
            pictures.film(tmp_path, name="walk")

    def test_pictures_of_two_sizes_are_named(self, tmp_path):
        for step, width in ((0, 50), (5, 50), (40, 60)):
            save_png(
                tmp_path / f"images/fake_{step:06d}.png",
                np.zeros((50, width, 3), "uint8"),
            )
        with pytest.raises(
            ValueError,
            match="one size: .*/images/fake_000000.png is 50x50, "
            ".*/images/fake_000040.png is 60x50: move",
        ):
            pictures.film(tmp_path)

    @pytest.mark.parametrize(
        "call, words",
        [
            (lambda x: pictures.grid(x / 255.0), "Float pixels need value_range"),
            (lambda x: pictures.to_uint8(x / 255.0), "Float pixels need value_range"),
            (lambda x: pictures.grid(x / 255.0, (1, 0)), "low < high"),
            (lambda x: pictures.grid(x / 255.0, 1), "low < high"),
            (
                lambda x: pictures.grid(np.full_like(x, np.nan, float), (0, 1)),
                "NaN or infinity",
            ),
            (lambda x: pictures.grid(x.astype(int)), "got int64"),
            (lambda x: pictures.grid(x[0]), "one image.*images.None"),
            (lambda x: pictures.grid(x[:0]), "Samples must be"),
            (lambda x: pictures.grid([x[0], x[0, :3]]), "one shape"),
            (lambda x: pictures.grid(x, columns=0), "columns must be an int >= 1"),
            (lambda x: pictures.grid(x, scale=1.5), "scale must be an int >= 1"),
            (lambda x: pictures.image(np.zeros(2)), "One point is no picture"),
            (lambda x: pictures.film([]), "at least one frame"),
            (
                lambda x: pictures.film([x[0], x[0, :3]]),
                "frame 0 is 8x8, frame 1 is 8x3: resize",
            ),
            (
                lambda x: pictures.Film([*x.repeat(3, axis=3), x[0, :3]]),
                "frame 0 is 8x8, frame 4 is 8x3: resize",
            ),
            (lambda x: pictures.film(x, seconds=0), "seconds must be a positive"),
            (lambda x: pictures.film(x).save("a.mp4"), "saved as .gif or .png"),
        ],
    )
    def test_mistakes_are_one_line(self, call, words):
        with pytest.raises(ValueError, match=words) as caught:
            call(numbered((4, 8, 8, 1)))
        assert "\n" not in str(caught.value)
