"""`DensityPlot`: its curves against known densities, and the files of a run."""

import json

import keras
import numpy as np
import pytest
from scipy.stats import norm

import keras_gan as kg
from keras_gan import theory
from keras_gan.callbacks._line_game import NUM_ARROWS, observe
from keras_gan.data.sources.mixtures import GaussianMixture
from keras_gan.storage.pictures import read_png

P_DATA = GaussianMixture([[1.0]], 0.5)


def line_gan(mean=1.5, std=0.7, logit_slope=0.0):
    """A game whose p_g is N(mean, std^2) and whose D is linear."""
    constant = keras.initializers.Constant
    z, x = keras.Input((1,)), keras.Input((1,))
    made = keras.layers.Dense(
        1, kernel_initializer=constant(std), bias_initializer=constant(mean)
    )(z)
    logits = keras.layers.Dense(1, kernel_initializer=constant(logit_slope))(x)
    gan = kg.GAN(keras.Model(z, made), keras.Model(x, logits))
    gan.compile(keras.optimizers.Adam(1e-2), keras.optimizers.Adam(1e-2))
    return gan


class TestMoment:
    def test_jsd_agrees_with_quadrature(self):
        gan = line_gan()
        moment = observe(gan, P_DATA, gan.draw_latents(50_000), 0)
        expected = theory.jsd_densities(
            lambda x: P_DATA.log_prob(x[:, None]), norm(1.5, 0.7).logpdf, -6.0, 8.0
        )
        assert moment.jsd == pytest.approx(expected, abs=4e-3)

    def test_jsd_of_equal_densities_is_near_0(self):
        gan = line_gan(1.0, 0.5)
        assert observe(gan, P_DATA, gan.draw_latents(50_000), 0).jsd < 1e-3

    def test_jsd_of_disjoint_densities_is_log_2(self):
        gan = line_gan(50.0, 0.5)
        moment = observe(gan, P_DATA, gan.draw_latents(5_000), 0)
        assert moment.jsd == pytest.approx(np.log(2), abs=1e-3)

    def test_curves_are_densities_and_d_star_is_theirs(self):
        gan = line_gan()
        moment = observe(gan, P_DATA, gan.draw_latents(20_000), 0)
        width = moment.x[1] - moment.x[0]
        assert moment.p_g.sum() * width == pytest.approx(1, abs=1e-6)
        assert moment.p_data.sum() * width == pytest.approx(1, abs=1e-3)
        support = moment.p_data + moment.p_g > 1e-6
        expected = theory.optimal_discriminator(moment.p_data, moment.p_g)
        np.testing.assert_allclose(moment.d_star[support], expected[support])

    def test_d_error_is_0_only_when_d_gives_up(self):
        gan = line_gan(logit_slope=0.0)
        assert observe(gan, P_DATA, gan.draw_latents(1_000), 0).d_error == 0
        gan = line_gan(logit_slope=5.0)
        assert observe(gan, P_DATA, gan.draw_latents(1_000), 0).d_error > 0.2

    def test_arrows_follow_the_generator(self):
        gan = line_gan(1.5, 0.7)
        moment = observe(gan, P_DATA, gan.draw_latents(1_000), 0)
        assert len(moment.z) == NUM_ARROWS
        np.testing.assert_allclose(moment.g_of_z, 1.5 + 0.7 * moment.z, rtol=1e-5)


class TestRun:
    @pytest.fixture(scope="class")
    def run(self, tmp_path_factory):
        """(folder, lines that were printed)."""
        run_dir, lines = tmp_path_factory.mktemp("run"), []
        callback = kg.callbacks.DensityPlot(
            str(run_dir), P_DATA, num_samples=2_000, print_line=lines.append
        )
        points = P_DATA.sample(320, seed=0).astype("float32")
        line_gan().fit(points, batch_size=32, verbose=0, callbacks=[callback])
        return run_dir, lines

    def test_files(self, run):
        run_dir, _ = run
        images = run_dir / "images"
        assert read_png(images / "figure1.png").shape[2] == 3
        assert (images / "density.gif").read_bytes().startswith(b"GIF")
        frames = sorted(path.name for path in images.glob("density_*.png"))
        assert frames == [f"density_{step:06d}.png" for step in (*range(8), 9, 10)]
        assert list(run_dir.glob("tensorboard/train/events*"))

    def test_numbers(self, run):
        run_dir, lines = run
        numbers = json.loads((run_dir / "density.json").read_text())
        assert numbers["step"] == 10
        assert 0 < numbers["jsd"] < np.log(2)
        assert 0 < numbers["d_error"] < 0.5
        assert f"{numbers['jsd']:.4f} nats" in lines[0]


def test_a_killed_run_has_the_pictures_of_one_that_was_not(tmp_path):
    points = P_DATA.sample(640, seed=0).astype("float32")

    def fit(folder, *more):
        plot = kg.callbacks.DensityPlot(folder, P_DATA, num_samples=500)
        checkpoint = kg.callbacks.TrainingCheckpoint(folder / "c", every_steps=4)
        callbacks = [plot, checkpoint, *more]
        line_gan().fit(points, batch_size=32, verbose=0, callbacks=callbacks)
        return {
            path.name: path.read_bytes() for path in (folder / "images").iterdir()
        } | {"numbers": (folder / "density.json").read_bytes()}

    def kill(batch, logs=None):
        if batch == 9:  # After the checkpoint of step 8, which is not drawn.
            raise KeyboardInterrupt

    whole = fit(tmp_path / "whole")
    killed = keras.callbacks.LambdaCallback(on_train_batch_end=kill)
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path / "killed", killed)
    assert fit(tmp_path / "killed") == whole
    assert "figure1.png" in whole and "density_000009.png" in whole


def test_watching_does_not_change_training(tmp_path):
    points = P_DATA.sample(320, seed=0).astype("float32")
    weights = []
    for callbacks in (
        [],
        [kg.callbacks.DensityPlot(str(tmp_path), P_DATA, num_samples=500)],
    ):
        gan = line_gan()
        gan.fit(points, batch_size=32, verbose=0, callbacks=callbacks)
        weights.append(gan.get_weights())
    for first, second in zip(*weights, strict=True):
        np.testing.assert_array_equal(first, second)


def test_refuses_samples_that_are_not_on_the_line(tmp_path):
    gan = kg.GAN(*kg.networks.points(2, 2, units=(4,)))
    gan.compile("adam", "adam")
    callback = kg.callbacks.DensityPlot(str(tmp_path), P_DATA)
    with pytest.raises(ValueError, match="ImageSummary"):
        gan.fit(
            np.zeros((8, 2), "float32"), batch_size=4, verbose=0, callbacks=[callback]
        )


def test_loaded_points_carry_their_density():
    data = kg.data.load("gaussian1d", batch_size=10)
    assert np.isfinite(data.density.log_prob(data.samples[:5])).all()
    assert kg.data.load("mnist5k", batch_size=10).density is None
