"""Networks: sizes of the paper, shapes, seeds, closed forms of their layers."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import keras_gan
from keras_gan import networks
from keras_gan.data.elements import Element
from keras_gan.data.value_range import range_of


class TestMaxout:
    def test_is_the_largest_of_its_linear_pieces(self):
        layer = networks.Maxout(3, pieces=4)
        x = np.random.default_rng(0).normal(size=(5, 2)).astype("float32")
        outputs = np.array(layer(x))
        pieces = x @ np.array(layer.kernel) + np.array(layer.bias)
        np.testing.assert_allclose(
            outputs, pieces.reshape(5, 4, 3).max(axis=1), rtol=1e-5
        )

    def test_the_largest_piece_gets_the_gradient(self):
        layer = networks.Maxout(3, pieces=4)
        x = tf.constant(np.random.default_rng(0).normal(size=(5, 7, 2)), "float32")
        upstream = np.random.default_rng(1).normal(size=(5, 7, 3)).astype("float32")
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x)
        gradient = tape.gradient(outputs, x, upstream)
        kernel = np.array(layer.kernel).reshape(2, 4, 3)
        of_pieces = np.einsum("mtd,dpu->mtpu", x, kernel)
        largest = of_pieces == of_pieces.max(axis=2, keepdims=True)
        expected = np.einsum("mtu,mtpu,dpu->mtd", upstream, largest, kernel)
        np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-6)

    def test_equal_pieces_share_the_gradient(self):
        layer = networks.Maxout(2, pieces=5, kernel_initializer="ones")
        x = tf.ones((1, 3))
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x)
        np.testing.assert_allclose(tape.gradient(outputs, x), [[2.0] * 3], rtol=1e-6)

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
        with pytest.raises(ValueError, match=">= 1"):
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

    def test_normalises_as_the_papers(self):
        generator, _ = networks.pacgan()
        dense, norm = generator.layers[1:3]
        z = np.random.default_rng(0).normal(size=(100, 2)).astype("float32")
        units = z @ np.array(dense.kernel)
        mean, variance = units.mean(axis=0), units.var(axis=0)
        made = keras.Model(generator.input, norm.output)(z, training=True)
        expected = (units - mean) / np.sqrt(variance + 1e-4)
        np.testing.assert_allclose(made, expected, atol=1e-4)
        np.testing.assert_allclose(norm.moving_mean, 0.05 * mean, atol=1e-6)
        np.testing.assert_allclose(
            norm.moving_variance, 0.95 + 0.05 * variance, atol=1e-5
        )


class TestMaxoutConv:
    def test_has_the_papers_size(self):
        generator, discriminator = networks.maxout_conv()
        # 100-8000-8000 as 10x10x80, and one 5x5 deconvolution to three channels
        dense = 101 * 8000 + 8001 * 8000
        assert generator.count_params() == dense + 25 * 80 * 3 + 3
        # 32 + 8 - 8 + 1 = 33, pooled to 16; 15, pooled to 7; 9, pooled to 5. pylearn2
        # pools up to the edge: ceil((33 - 4) / 2) + 1 = 16.
        convolutions = (64 * 3 + 1) * 64 + (64 * 32 + 1) * 64 + (25 * 32 + 1) * 384
        dense = (5 * 5 * 192 + 1) * 2500 + 501
        assert discriminator.count_params() == convolutions + dense

    def test_pools_up_to_the_edge(self):
        _, discriminator = networks.maxout_conv(generator_units=4, dropout=False)
        one = next(
            layer
            for layer in discriminator.layers
            if isinstance(layer, layers.MaxPooling2D)
        )
        before = next(
            layer for layer in discriminator.layers if isinstance(layer, layers.Maximum)
        )
        # Below 0, where zeros around the image would win.
        for piece in discriminator.layers:
            if isinstance(piece, layers.Conv2D):
                piece.bias.assign(piece.bias - 1.0)
        seen = keras.Model(discriminator.input, [before.output, one.output])
        images = np.random.default_rng(0).normal(size=(2, 32, 32, 3)).astype("float32")
        x, pooled = map(np.array, seen(images))
        expected = [
            [x[:, i : i + 4, j : j + 4].max(axis=(1, 2)) for j in range(0, 32, 2)]
            for i in range(0, 32, 2)
        ]
        assert x.shape[1:3] == (33, 33)
        np.testing.assert_array_equal(pooled, np.transpose(expected, (2, 0, 1, 3)))

    def test_a_deconvolution_of_stride_3_meets_the_side(self):
        generator, discriminator = networks.maxout_conv((14, 17, 1), generator_units=4)
        assert generator.output_shape == discriminator.input_shape == (None, 14, 17, 1)

    @pytest.mark.parametrize("side", [8, 28, 33])
    def test_refuses_other_sides(self, side):
        with pytest.raises(ValueError, match=f"3n \\+ 2.*{side}x32.*resize to 32"):
            networks.maxout_conv((side, 32, 3))
        with pytest.raises(ValueError, match="54x96: resize to 32, or to 53x95 to keep"):
            networks.maxout_conv((54, 96, 3))


PAIRS = {
    "mlp": lambda **o: networks.mlp((8, 12, 3), latent_dim=5, **o),
    "dcgan": lambda **o: networks.dcgan((8, 12, 3), latent_dim=5, **o),
    "points": lambda **o: networks.points(2, latent_dim=5, **o),
    "pacgan": lambda **o: networks.pacgan(2, latent_dim=5, **o),
    "resnet": lambda **o: networks.resnet((8, 12, 3), latent_dim=5, **o),
    "clusters": lambda **o: networks.clusters(2, latent_dim=5, **o),
    "maxout_conv": lambda **o: networks.maxout_conv(
        (14, 17, 3), latent_dim=5, generator_units=6, **o
    ),
}
# All but the published ones, which are what they are.
CLOSED = ("pacgan", "maxout_conv", "clusters")
OPEN_PAIRS = [name for name in PAIRS if name not in CLOSED]
SPECTRAL = {"num_classes": 4, "spectral_norm": True}


def random_starts(network):
    """The first values of each weight that starts at random, relative to the first."""
    for weight in network.weights:
        values = np.array(weight, "float64").ravel()[:4]
        # The same numbers on another scale are still the same numbers. Zeros, ones and
        # evenly spaced values are no random numbers.
        if (
            weight.trainable
            and len(values) == 4
            and np.abs(np.diff(values, 2)).max() > 1e-6
        ):
            yield values[1:] / values[0]


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
        # Within a pair, and in the pairs of neighbouring seeds.
        drawn = [
            start
            for seed in range(4)
            for network in PAIRS[name](seed=seed)
            for start in random_starts(network)
        ]
        assert len({tuple(np.round(start, 4)) for start in drawn}) == len(drawn)

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


@pytest.mark.parametrize("name", OPEN_PAIRS)
class TestEveryOption:
    def test_conditional_networks_take_labels(self, name):
        generator, discriminator = PAIRS[name](num_classes=4)
        for network in (generator, discriminator):
            labels = network.inputs[1]
            assert (labels.name, labels.dtype, labels.shape) == (
                "labels",
                "int32",
                (None,),
            )
        z = np.ones((4, 5), "float32")
        samples = np.array(generator([z, np.arange(4)]))
        assert samples.shape[1:] == discriminator.inputs[0].shape[1:]
        assert len(np.unique(samples.reshape(4, -1), axis=0)) == 4
        assert discriminator([samples, np.arange(4)]).shape == (4, 1)

    def test_z_moves_a_sample_more_than_its_class_does(self, name):
        generator, _ = PAIRS[name](num_classes=4)
        z = np.random.default_rng(0).normal(size=(64, 5)).astype("float32")

        def variance(z, labels):
            samples = np.array(generator([z, labels])).reshape(64, -1)
            return samples.var(axis=0).mean()

        classes = np.arange(64) % 4
        by_z = variance(z, np.zeros(64, int))
        by_class = np.mean([variance(np.tile(one, (64, 1)), classes) for one in z[:8]])
        assert by_z > 2 * by_class > 0

    def test_the_label_enters_the_logit_as_a_projection(self, name):
        generator, discriminator = PAIRS[name](num_classes=4)
        shape = (3, *generator.output_shape[1:])
        x = np.random.default_rng(0).normal(size=shape).astype("float32")
        dense = [d for d in discriminator.layers if isinstance(d, layers.Dense)]
        linear, projection = sorted(dense[-2:], key=lambda d: d.units)
        features = keras.Model(discriminator.inputs[0], linear.input)
        h = np.array(features(x))
        w, b, v = (
            np.array(weight) for weight in (linear.kernel, linear.bias, projection.kernel)
        )
        y = np.array([0, 3, 1])
        expected = h @ w[:, 0] + b + np.sum(h * v.T[y], axis=1)
        logits = np.array(discriminator([x, y]))[:, 0]
        np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-5)

    def test_spectral_norm_wraps_each_layer_of_d_only(self, name):
        generator, discriminator = PAIRS[name](**SPECTRAL)
        wrapped = [w.path for w in discriminator.weights if w.name == "u"]
        kernels = [w.path for w in discriminator.weights if w.name == "kernel"]
        assert len(wrapped) == len(kernels) > 2
        assert not [w for w in generator.weights if w.name == "u"]

    def test_spectral_norm_bounds_the_slope(self, name):
        _, discriminator = PAIRS[name](spectral_norm=True)
        shape = (16, *discriminator.input_shape[1:])
        x, step = np.random.default_rng(0).normal(size=(2, *shape)).astype("float32")
        call = tf.function(lambda x: discriminator(x, training=True))
        for _ in range(30):
            before = np.array(call(x))
        change = np.array(discriminator(x + step)) - before
        distance = np.sqrt(np.sum(step**2, axis=tuple(range(1, step.ndim))))
        # Overlapping patches let a convolution exceed its kernel's slope; residual
        # sums double it.
        assert (np.abs(change[:, 0]) < 16 * distance).all()

    def test_a_generator_step_leaves_all_of_d_as_it_is(self, name):
        gan = keras_gan.GAN(*PAIRS[name](**SPECTRAL), num_classes=4, seed=0)
        gan.compile(d_optimizer="sgd", g_optimizer="sgd")
        samples = tf.zeros((4, *gan.sample_shape))
        before = [np.array(v) for v in gan.discriminator.variables]
        real = Element(samples, tf.range(4))
        gan._generator_step(real, gan.draw_latents(4), 1)
        assert all(map(np.array_equal, before, gan.discriminator.variables))
        gan._discriminator_step(real, gan.draw_latents(4), 0)
        moved = [
            not np.array_equal(*pair)
            for pair in zip(before, gan.discriminator.variables, strict=True)
        ]
        assert sum(moved) > len(moved) / 2

    def test_weight_clip_holds_for_all_of_d_and_none_of_g(self, name):
        generator, discriminator = PAIRS[name](num_classes=4, weight_clip=0.01)
        limits = {w.constraint.limit for w in discriminator.trainable_weights}
        assert limits == {0.01}
        assert not [w for w in generator.weights if w.constraint]

    @pytest.mark.parametrize("packing", [1, 3])
    def test_packing_widens_the_last_axis(self, name, packing):
        generator, discriminator = PAIRS[name](packing=packing)
        *sides, last = generator.output_shape[1:]
        assert discriminator.input_shape[1:] == (*sides, packing * last)

    @pytest.mark.parametrize("packing", [0, 1.5])
    def test_refuses_no_packing(self, name, packing):
        with pytest.raises(ValueError, match="packing must be an int >= 1"):
            PAIRS[name](packing=packing)

    @pytest.mark.parametrize("num_classes", [0, 2.0])
    def test_refuses_no_classes(self, name, num_classes):
        with pytest.raises(ValueError, match="num_classes must be an int >= 1"):
            PAIRS[name](num_classes=num_classes)

    def test_options_survive_saving(self, name, tmp_path):
        z, y = np.ones((2, 5), "float32"), np.array([1, 3])
        generator, discriminator = PAIRS[name](weight_clip=0.5, **SPECTRAL)
        x = np.array(generator([z, y]))
        discriminator([x, y], training=True)
        for network, inputs in ((generator, z), (discriminator, x)):
            network.save(tmp_path / "network.keras")
            loaded = keras.models.load_model(tmp_path / "network.keras")
            np.testing.assert_array_equal(loaded([inputs, y]), network([inputs, y]))


class TestResnet:
    def test_blocks_start_as_the_identity(self):
        # So nothing but the resampling stands between the first layer and the last.
        for network in networks.resnet((8, 8, 1), num_blocks=1):
            sums = [layer for layer in network.layers if isinstance(layer, layers.Add)]
            assert len(sums) == 2
            probe = keras.Model(network.inputs, [[s.input[0], s.output] for s in sums])
            x = np.random.default_rng(0).normal(size=(2, *network.input_shape[1:]))
            for before, after in probe(x.astype("float32")):
                np.testing.assert_array_equal(before, after)

    def test_other_convolutions_shrink_with_the_number_of_blocks(self):
        spreads = []
        for num_blocks in (1, 4):
            generator, _ = networks.resnet((8, 8, 1), width=64, num_blocks=num_blocks)
            kernels = [np.array(w) for w in generator.weights if w.name == "kernel"]
            inner = [k for k in kernels if k.shape == (3, 3, 64, 64)]
            spreads.append(np.mean([kernel.std() for kernel in inner]))
        # L is two resolutions times num_blocks.
        assert spreads[0] == pytest.approx(np.sqrt(2 / 576) * 2**-0.25, rel=0.02)
        assert spreads[0] / spreads[1] == pytest.approx(4**0.25, rel=0.02)

    def test_spectral_norm_needs_no_identity(self):
        _, discriminator = networks.resnet((8, 8, 1), spectral_norm=True)
        kernels = [np.array(w) for w in discriminator.weights if w.name == "kernel"]
        assert all(kernel.any() for kernel in kernels)


@pytest.mark.parametrize(
    "ending, expected",
    [
        ([layers.Dense(4, "sigmoid"), layers.Reshape((2, 2, 1), name="image")], (0, 1)),
        ([layers.Dense(4, "tanh"), layers.Activation("linear")], (-1, 1)),
        ([layers.Activation("sigmoid"), layers.Dense(4)], None),
        ([layers.Dense(4, "tanh"), layers.Rescaling(0.5, 0.5)], (0, 1)),
        ([layers.Dense(4, "sigmoid"), layers.Rescaling(-2.0, 1.0)], (-1, 1)),
        (
            [
                layers.Dense(4, "tanh"),
                layers.Rescaling(0.5, 0.5),
                layers.Rescaling(4.0, -1.0),
            ],
            (-1, 3),
        ),
        ([layers.Dense(4), layers.Rescaling(2.0)], None),
        ([layers.Dense(2, "tanh"), layers.Rescaling([1.0, 2.0])], None),
        ([keras.Sequential([layers.Dense(4, "tanh"), layers.Reshape((2, 2))])], (-1, 1)),
    ],
)
def test_ranges_of_generators_of_ones_own(ending, expected):
    generator = keras.Sequential([keras.Input((3,)), *ending])
    assert range_of(generator) == expected


def test_ranges_are_read_off_the_last_activation():
    found = {name: range_of(make()[0]) for name, make in PAIRS.items()}
    sigmoid, tanh = (0.0, 1.0), (-1.0, 1.0)
    bounded = {"mlp": sigmoid, "dcgan": tanh, "resnet": tanh, "maxout_conv": sigmoid}
    of_points = dict.fromkeys(("points", "pacgan", "clusters"))
    assert found == {**bounded, **of_points}


@pytest.mark.parametrize("make", [networks.dcgan, networks.resnet])
@pytest.mark.parametrize(
    "shape", [(8, 8, 1), (28, 28, 1), (32, 32, 3), (64, 64, 3), (20, 36, 1), (8, 128, 4)]
)
def test_makes_any_multiple_of_4(make, shape):
    generator, discriminator = make(shape)
    assert generator.output_shape[1:] == discriminator.input_shape[1:] == shape


@pytest.mark.parametrize("make", [networks.dcgan, networks.resnet])
@pytest.mark.parametrize("side, nearest", [(30, "28 or 32"), (4, "8")])
def test_names_the_nearest_legal_size(make, side, nearest):
    with pytest.raises(ValueError, match=f"{make.__name__}.*{nearest}"):
        make((side, side, 1))


@pytest.mark.parametrize("make", [networks.dcgan, networks.resnet])
def test_the_discriminator_judges_each_sample_alone(make):
    _, discriminator = make((8, 8, 1))
    x = np.random.default_rng(0).normal(size=(4, 8, 8, 1)).astype("float32")
    together = np.array(discriminator(x, training=True))
    alone = np.array(discriminator(x[:1], training=True))
    np.testing.assert_allclose(together[:1], alone, rtol=1e-4, atol=1e-6)


def channels(network):
    """The most channels at each side of a map, smaller than the image."""
    found = {}
    for layer in network.layers:
        if isinstance(layer, layers.Conv2D | layers.Conv2DTranspose):
            side, filters = layer.output.shape[1], layer.filters
            found[side] = max(filters, found.get(side, 0))
    return found


@pytest.mark.parametrize(
    "make, side, widest",
    [
        (networks.dcgan, 32, (96, 128)),
        (functools.partial(networks.resnet, num_blocks=1), 64, (128, 128)),
    ],
)
def test_a_larger_image_adds_maps_of_fewer_channels(make, side, widest):
    pairs = zip(make((side, side, 3)), make((128, 128, 3)), strict=True)
    for (small, large), most in zip(pairs, widest, strict=True):
        small, large = channels(small), channels(large)
        assert max(small.values()) == most
        small.pop(side, None)  # The image that G makes.
        assert {one: large[one] for one in small} == small
        added = [large[one] for one in (128, 64, 32, 16) if one in large]
        assert added == sorted(added) and 16 in added


@pytest.mark.parametrize(
    "sides, cure",
    [
        ((30, 30), "resize to 28 or 32."),
        ((30, 37), "resize to 28x36 or 32x40, or crop to a square of 28 or 32."),
        ((54, 96), "resize to 52x96 or 56x96, or crop to a square of 52 or 56."),
        ((32, 37), "resize to 32x36 or 32x40, or crop to a square of 32."),
        ((5, 64), "resize to 8x64, or crop to a square of 8."),
    ],
)
def test_the_cure_for_odd_sides_keeps_the_proportions(sides, cure):
    with pytest.raises(ValueError, match=f"{cure}$"):
        networks.dcgan((*sides, 1))


@pytest.mark.parametrize(
    "sides, said",
    [
        ((100, 100), "100x100 images can be halved only 2 times: networks for 96 or 104"),
        ((300, 300), "networks for 288 or 320 are"),
        ((100, 180), "networks for 96x184 or 104x184 are"),
        ((64, 64), ""),
        ((48, 128), ""),
        ((96, 64), ""),
    ],
)
def test_sides_that_leave_large_maps_are_warned_of(sides, said, caplog):
    networks.parts.warn_of_large_networks("dcgan", (*sides, 3))
    assert said in caplog.text and bool(said) == bool(caplog.text)
