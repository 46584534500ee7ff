"""Pictures: where each pixel lies, what is refused, what a notebook shows."""

import numpy as np
import pytest

from keras_gan import pictures

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

    def test_two_channels_show_the_first_and_four_leave_out_alpha(self):
        two, four = numbered((1, 48, 48, 2)), numbered((1, 48, 48, 4))
        inside = (slice(BORDER, -BORDER), slice(BORDER, -BORDER))
        np.testing.assert_array_equal(
            pictures.draw(two, None)[inside], two[0, ..., [0, 0, 0]].transpose(1, 2, 0)
        )
        np.testing.assert_array_equal(pictures.draw(four, None)[inside], four[0, ..., :3])

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
            ((28, 28, 2), "channel 0"),
            ((28, 28, 6), "channels 0 to 2"),
            ((2,), ""),
            ((5,), "2 of 5 dimensions"),
            ((9, 2), ""),
            ((9, 4), "channels 0 to 2"),
            ((9, 4, 4, 1), "slice 4 of 9"),
            ((9, 4, 4, 2), "slice 4 of 9, channel 0"),
        ],
    )
    def test_what_is_not_drawn_is_said(self, shape, sentence):
        assert pictures.left_out(shape) == (f" Shown: {sentence}." if sentence else "")

    def test_other_shapes_are_refused_in_one_line(self):
        with pytest.raises(ValueError, match="cannot be drawn: draw points"):
            pictures.draw(np.zeros((1, 2, 2, 2, 2, 2)), None)


class TestPoints:
    def test_plane_shows_generated_points_green_on_real_points_grey(self):
        real = np.array([[0.0, 0.0], [1.0, 1.0]], "float32")
        alone = pictures.draw(real, None)
        both = pictures.draw(real, None, real_samples=real + 10.0)
        assert alone.shape == both.shape == (600, 600, 3)
        assert alone.dtype == np.uint8
        green = (44, 160, 44)  # tab:green
        assert (alone == green).all(axis=-1).any()
        assert (both == green).all(axis=-1).any()
        assert (both == 153).all(axis=-1).sum() > (alone == 153).all(axis=-1).sum()

    def test_line_is_a_histogram(self):
        left = np.linspace(-1.0, -0.9, 500)[:, None]
        drawn = pictures.draw(left, None, real_samples=left + 1.9)
        greenish = drawn[..., 1].astype(int) - drawn[..., 0] > 40
        # The legend's patch is small and above; the histogram's bars are tall.
        columns = np.flatnonzero(greenish.sum(axis=0) > 100)
        assert columns.size and columns.max() < 300
