"""Networks: sizes of the paper, shapes, seeds, closed forms of their layers."""

import keras
import numpy as np
import pytest

from keras_gan import networks, ranges


class TestMaxout:
    def test_is_the_largest_of_its_linear_pieces(self):
        layer = networks.Maxout(3, pieces=4)
        x = np.random.default_rng(0).normal(size=(5, 2)).astype("float32")
        outputs = np.array(layer(x))
        pieces = x @ np.array(layer.kernel) + np.array(layer.bias)
        np.testing.assert_allclose(
            outputs, pieces.reshape(5, 4, 3).max(axis=1), rtol=1e-5
        )

    def test_one_piece_is_a_dense_layer(self):
        layer = networks.Maxout(3, pieces=1)
        x = np.ones((2, 2), "float32")
        np.testing.assert_allclose(layer(x), x @ np.array(layer.kernel), rtol=1e-6)

    def test_config_round_trip(self):
        layer = networks.Maxout(3, pieces=4, kernel_initializer="ones")
        again = networks.Maxout.from_config(layer.get_config())
        assert (again.units, again.pieces) == (3, 4)
        assert again(np.ones((1, 2), "float32")).shape == (1, 3)

    @pytest.mark.parametrize("units, pieces", [(0, 5), (5, 0)])
    def test_refuses_nothing(self, units, pieces):
        with pytest.raises(ValueError, match="at least 1"):
            networks.Maxout(units, pieces)


class TestMlp:
    def test_has_the_papers_size(self):
        generator, discriminator = networks.mlp((28, 28, 1))
        # 100-1200-1200-784 and 784-240x5-240x5-1, with biases
        assert generator.count_params() == 2_503_984
        assert discriminator.count_params() == 1_231_441

    def test_starts_in_the_papers_ranges(self):
        generator, discriminator = networks.mlp((28, 28, 1))
        for network, limit in ((generator, 0.05), (discriminator, 0.005)):
            kernels = [np.array(w) for w in network.weights if w.name == "kernel"]
            assert len(kernels) == 3
            for kernel in kernels:
                assert 0.95 * limit < np.abs(kernel).max() <= limit or kernel.size < 500
                assert np.abs(kernel.mean()) < limit / 10

    def test_pixel_means_are_what_it_makes_of_zero_latents(self):
        means = np.random.default_rng(0).uniform(0.01, 0.99, (6, 5, 1))
        generator, _ = networks.mlp((6, 5, 1), latent_dim=3, pixel_means=means)
        np.testing.assert_allclose(generator(np.zeros((1, 3)))[0], means, rtol=1e-4)

    def test_pixel_means_of_zero_and_one_stay_finite(self):
        means = np.array([0.0, 1.0]).reshape(1, 2, 1)
        generator, _ = networks.mlp((1, 2, 1), latent_dim=3, pixel_means=means)
        assert np.isfinite(generator.get_weights()[-1]).all()

    def test_refuses_pixel_means_of_another_shape(self):
        with pytest.raises(ValueError, match=r"\(6, 5, 1\).*\(5, 6, 1\)"):
            networks.mlp((6, 5, 1), pixel_means=np.zeros((5, 6, 1)))

    def test_dropout_rates_are_the_papers(self):
        _, discriminator = networks.mlp((28, 28, 1))
        rates = [layer.rate for layer in discriminator.layers if hasattr(layer, "rate")]
        np.testing.assert_allclose(rates, [0.2, 0.5, 0.5])
        _, without = networks.mlp((28, 28, 1), dropout=False)
        assert not [layer for layer in without.layers if hasattr(layer, "rate")]


class TestPacgan:
    @pytest.mark.parametrize("packing", [1, 2])
    def test_has_the_papers_size(self, packing):
        generator, discriminator = networks.pacgan(packing=packing)
        dense = 2 * 400 + 3 * 400 * 400
        assert generator.count_params() == dense + 4 * 4 * 400 + 401 * 2
        maxout = (2 * packing + 1) * 1000 + 2 * 201 * 1000
        assert discriminator.count_params() == maxout + 201

    def test_starts_as_the_papers(self):
        for network in networks.pacgan():
            for weight in network.weights:
                values = np.array(weight)
                if weight.name == "kernel" and values.size > 10_000:
                    assert values.std() == pytest.approx(0.02, rel=0.02)
                    assert np.abs(values).max() > 0.06  # no truncation
                elif weight.name == "bias":
                    assert not values.any()


PAIRS = {
    "mlp": lambda **o: networks.mlp((8, 12, 3), latent_dim=5, **o),
    "dcgan": lambda **o: networks.dcgan((8, 12, 3), latent_dim=5, **o),
    "points": lambda **o: networks.points(2, latent_dim=5, **o),
    "pacgan": lambda **o: networks.pacgan(2, latent_dim=5, **o),
}


@pytest.mark.parametrize("name", PAIRS)
class TestEveryPair:
    def test_the_networks_meet(self, name):
        generator, discriminator = PAIRS[name]()
        samples = generator(np.zeros((3, 5), "float32"))
        assert samples.shape[1:] == discriminator.input_shape[1:]
        assert discriminator(samples).shape == (3, 1)

    def test_a_seed_fixes_the_initial_weights(self, name):
        first, again, other = (PAIRS[name](seed=seed) for seed in (3, 3, 4))
        for network in range(2):
            ours = first[network].get_weights()
            assert all(map(np.array_equal, ours, again[network].get_weights()))
            assert not all(map(np.array_equal, ours, other[network].get_weights()))

    def test_no_two_layers_start_alike(self, name):
        kernels = [
            np.array(weight).ravel()[:4]
            for network in PAIRS[name]()
            for weight in network.weights
            if weight.name == "kernel"
        ]
        scaled = {tuple(np.round(k / np.abs(k).max(), 5)) for k in kernels}
        assert len(scaled) == len(kernels)

    def test_output_and_logits_stay_float32_in_mixed_precision(self, name):
        keras.config.set_dtype_policy("mixed_bfloat16")
        try:
            generator, discriminator = PAIRS[name]()
        finally:
            keras.config.set_dtype_policy("float32")
        samples = generator(np.zeros((3, 5), "float32"))
        assert samples.dtype == "float32" == discriminator(samples).dtype

    def test_survives_saving(self, name, tmp_path):
        for network in PAIRS[name]():
            network.save(tmp_path / "network.keras")
            loaded = keras.models.load_model(tmp_path / "network.keras")
            assert all(map(np.array_equal, network.get_weights(), loaded.get_weights()))


def test_ranges_are_read_off_the_last_activation():
    found = {name: ranges.of_generator(make()[0]) for name, make in PAIRS.items()}
    assert found == {
        "mlp": (0.0, 1.0),
        "dcgan": (-1.0, 1.0),
        "points": None,
        "pacgan": None,
    }


@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 32, 3), (64, 64, 3), (20, 36, 1)])
def test_dcgan_makes_any_multiple_of_4(shape):
    generator, discriminator = networks.dcgan(shape)
    assert generator.output_shape[1:] == discriminator.input_shape[1:] == shape


@pytest.mark.parametrize("side, nearest", [(30, "28 or 32"), (4, "8")])
def test_dcgan_names_the_nearest_legal_size(side, nearest):
    with pytest.raises(ValueError, match=nearest):
        networks.dcgan((side, side, 1))


def test_dcgan_discriminator_judges_each_sample_alone():
    _, discriminator = networks.dcgan((8, 8, 1))
    x = np.random.default_rng(0).normal(size=(4, 8, 8, 1)).astype("float32")
    together = np.array(discriminator(x, training=True))
    alone = np.array(discriminator(x[:1], training=True))
    np.testing.assert_allclose(together[:1], alone, rtol=1e-4, atol=1e-6)
