"""`PlanePlot`: what it shows against closed forms, and the files of a run."""

import dataclasses
import os

import keras
import numpy as np
import pytest
from PIL import Image
from scipy.special import expit
from scipy.stats import norm

import keras_gan as kg
from keras_gan.board.run_data import read_run
from keras_gan.callbacks import plane_plot
from keras_gan.callbacks._plane_figure import panel
from keras_gan.callbacks._plane_game import (
    NUM_LINES,
    NUM_NODES,
    density_on,
    observe,
    view_of,
)
from keras_gan.data.sources.mixtures import GaussianMixture

SLOPE, BIAS = np.array([2.0, -1.0]), 0.5
MATRIX, SHIFT = np.array([[0.5, 0.2], [-0.3, 0.4]]), np.array([0.1, -0.2])
REAL = np.array([[-1.0, -1.0], [1.0, 1.0], [0.0, 0.5]], "float32")
VIEW = view_of(REAL)


def linear_gan(loss="non_saturating", latents="normal", seed=0):
    """A game whose G is z -> z MATRIX + SHIFT, and whose logit is SLOPE . x + BIAS."""
    constant = keras.initializers.Constant

    def linear(kernel, bias):
        start = {"kernel_initializer": constant(kernel)}
        x = keras.Input((2,))
        layer = keras.layers.Dense(len(bias), bias_initializer=constant(bias), **start)
        return keras.Model(x, layer(x))

    generator, discriminator = linear(MATRIX, SHIFT), linear(SLOPE[:, None], [BIAS])
    gan = kg.GAN(generator, discriminator, latents, seed=seed)
    gan.compile(keras.optimizers.SGD(0.01), keras.optimizers.SGD(0.01), loss)
    return gan


def looked_at(gan):
    return observe(gan, REAL, gan.draw_latents(60), VIEW, 0)


def logits(points):
    return points @ SLOPE + BIAS


@pytest.fixture(scope="module")
def gan():
    """Tests may change its loss and its weights, and so may not train it."""
    return linear_gan()


@pytest.fixture(scope="module")
def moment(gan):
    return looked_at(gan)


class TestMoment:
    def test_the_map_is_d_on_an_even_grid(self, moment):
        assert VIEW == (-1.5, 1.5, -1.5, 1.5)
        nodes = np.linspace(-1.5, 1.5, NUM_NODES)
        x, y = np.meshgrid(nodes, nodes)
        expected = expit(SLOPE[0] * x + SLOPE[1] * y + BIAS)
        np.testing.assert_allclose(moment.d, expected, atol=1e-6)
        assert moment.level == 0 and moment.is_probability

    @pytest.mark.parametrize(
        ("loss", "strength"),
        [
            ("non_saturating", lambda a: expit(-a)),
            ("minimax", expit),
            ("least_squares", lambda a: 1 - a),
            ("wasserstein", np.ones_like),
            ("hinge", np.ones_like),
            # Each fake is compared with all real points.
            ("relativistic", lambda a: expit(logits(REAL)[:, None] - a).mean(axis=0)),
        ],
    )
    def test_the_arrows_are_minus_the_gradient_of_g_s_loss(
        self, gan, loss, strength, monkeypatch
    ):
        monkeypatch.setattr(gan, "adversarial_loss", kg.losses.get(loss))
        moment = looked_at(gan)
        pushed = moment.fake[: len(moment.push)]
        expected = strength(logits(pushed))[:, None] * SLOPE
        np.testing.assert_allclose(moment.push, expected, rtol=1e-4, atol=1e-6)
        # Undecided is what the loss says, or else in the middle of real and fake.
        middle = (logits(REAL).mean() + logits(moment.fake).mean()) / 2
        said = {"non_saturating": 0.0, "minimax": 0.0, "least_squares": 0.5}
        assert moment.level == pytest.approx(said.get(loss, middle), abs=1e-5)
        assert moment.is_probability == (said.get(loss) == 0)

    @pytest.mark.parametrize(
        ("prior", "quantile"),
        [
            ("normal", norm.ppf),
            ("uniform", lambda share: np.sqrt(3) * (2 * share - 1)),
        ],
    )
    def test_the_grid_is_the_affine_image_of_lines_at_even_quantiles(
        self, gan, prior, quantile, monkeypatch
    ):
        monkeypatch.setattr(gan, "latents", kg.latents.get(prior))
        grid = looked_at(gan).grid
        assert len(grid) == 2 * NUM_LINES
        ends = quantile(np.array([1, NUM_LINES]) / (NUM_LINES + 1))
        for n, line in enumerate(grid):
            z = (line - SHIFT) @ np.linalg.inv(MATRIX)
            fixed, free = (0, 1) if n < NUM_LINES else (1, 0)
            share = (n % NUM_LINES + 1) / (NUM_LINES + 1)
            np.testing.assert_allclose(z[:, fixed], quantile(share), atol=1e-4)
            np.testing.assert_allclose(z[[0, -1], free], ends, atol=1e-4)
            np.testing.assert_allclose(np.diff(z[:, free], 2), 0, atol=1e-4)

    def test_a_prior_without_quantiles_has_no_grid(self, gan, monkeypatch):
        monkeypatch.setattr(gan, "latents", lambda *given: kg.latents.Normal()(*given))
        assert looked_at(gan).grid is None

    def test_the_density_has_the_mass_that_lies_in_view(self):
        p_data = GaussianMixture([[0.0, 0.0]], 0.1)
        density = density_on(VIEW, p_data)
        cell = (3 / (len(density) - 1)) ** 2
        assert density.sum() * cell == pytest.approx(1, abs=1e-6)


class TestPicture:
    def test_the_line_and_the_colours_lie_where_d_says(self, gan, moment):
        # D is 1/2 at x = -0.5, a third of the way through the view.
        row = expit(4 * np.linspace(-1.5, 1.5, NUM_NODES) + 2)
        d = np.broadcast_to(row, moment.d.shape)
        pixels = panel(dataclasses.replace(moment, d=d)).astype(int)
        black = pixels.max(axis=2) < 60
        columns = np.flatnonzero(black.sum(axis=0) > 0.7 * black.sum(axis=0).max())
        # Frame, line and frame, each of a pixel or two; then the frame of the colours.
        left, line, right = (columns[np.diff(columns, prepend=-9) > 3])[:3]
        assert (line - left) / (right - left) == pytest.approx(1 / 3, abs=0.01)
        warmth = np.median(pixels[..., 0] - pixels[..., 2], axis=0)
        assert warmth[left + 9] > 50 and warmth[right - 9] < -50

    def test_points_that_are_far_away_are_no_trouble(self, gan, moment):
        weights = gan.generator.get_weights()
        gan.generator.set_weights([MATRIX * 1e20, SHIFT])
        far = looked_at(gan)
        gan.generator.set_weights(weights)
        assert far.is_finite
        assert panel(far).shape == panel(moment).shape


POINTS = GaussianMixture([[0.5, 0.5]], 0.1).sample(64, seed=0).astype("float32")


def fit(run_dir, *more):
    """A GAN, trained for 16 steps unless a callback ends it."""
    plot = kg.callbacks.PlanePlot(run_dir, num_samples=20)
    kept = kg.callbacks.TrainingCheckpoint(run_dir / "checkpoints", every_steps=4)
    gan = linear_gan()
    gan.fit(POINTS, batch_size=4, verbose=0, callbacks=[plot, *more, kept])
    return gan


class Killed(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.step.numpy()) == 10:
            raise KeyboardInterrupt


def map_alone(moment, density):
    """A picture that is drawn faster."""
    return np.repeat((255 * moment.d).astype("uint8")[..., None], 3, axis=-1)


class TestRun:
    @pytest.fixture(autouse=True, scope="class")
    def fast(self):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(plane_plot, "panel", map_alone)
            yield

    @pytest.fixture(scope="class")
    def whole(self, tmp_path_factory):
        """Folder and GAN of a run of 16 steps."""
        run_dir = tmp_path_factory.mktemp("whole")
        return run_dir, fit(run_dir)

    def test_pictures_and_film(self, whole):
        images = whole[0] / "images"
        names = sorted(path.name for path in images.glob("plane_*.png"))
        steps = [*range(8), 9, 11, 13, 15, 16]
        assert names == [f"plane_{step:06d}.png" for step in steps]
        with Image.open(images / "plane.gif") as film:
            assert film.n_frames == len(steps)
        assert os.listdir(whole[0] / "tensorboard" / "train")

    def test_the_page_shows_it(self, whole):
        (picture,) = [one for one in read_run(whole[0])["pictures"]]
        assert picture["title"] == "The plane" and picture["steps"][-1] == 16

    def test_a_killed_run_has_the_film_of_one_that_was_not(self, whole, tmp_path):
        with pytest.raises(KeyboardInterrupt):
            fit(tmp_path, Killed())
        fit(tmp_path)
        for path in (whole[0] / "images").iterdir():
            assert path.read_bytes() == (tmp_path / "images" / path.name).read_bytes()

    def test_watching_does_not_change_training(self, whole):
        gan = linear_gan()
        gan.fit(POINTS, batch_size=4, verbose=0)
        for one, other in zip(gan.get_weights(), whole[1].get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("dimensions", "options", "why"),
    [
        (1, {}, r"shape \(1,\)"),
        (2, {"packing": 2}, "packing=2"),
        (2, {"num_classes": 3}, "conditional"),
    ],
)
def test_games_that_it_cannot_draw_are_refused(tmp_path, dimensions, options, why):
    pair = kg.networks.points(dimensions, 2, units=(4,), **options)
    plot = kg.callbacks.PlanePlot(tmp_path)
    plot.set_model(kg.GAN(*pair, **options))
    with pytest.raises(ValueError, match=f"{why}.*ImageSummary"):
        plot.on_train_begin()
