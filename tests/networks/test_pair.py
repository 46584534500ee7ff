"""What networks declare: which options they take, and which data they fit."""

import inspect

import numpy as np
import pytest

from keras_gan import networks


@pytest.mark.parametrize("name", networks.NAMES)
class TestEveryPair:
    def test_takes_what_its_function_takes(self, name):
        pair, function = networks.get(name), getattr(networks, name)
        assert pair.name == name and pair.function is function
        taken = {one for one in inspect.signature(function).parameters if pair.takes(one)}
        assert taken == set(inspect.signature(function).parameters) - set(pair.fixed)
        assert {"latent_dim", "seed"} <= taken
        assert not pair.takes("anything_else")

    def test_what_it_computes_from_the_data_is_an_argument(self, name):
        pair = networks.get(name)
        assert all(pair.takes(argument) for argument in pair.from_data)
        assert set(pair.fixed) <= set(inspect.signature(pair.function).parameters)

    def test_fits_its_own_samples_alone(self, name):
        # 20 is a multiple of 4, and 3n + 2.
        shapes = {"images": (20, 20, 1), "points": (2,), "line": (1,)}
        pair = networks.get(name)
        data = np.random.default_rng(0).uniform(0.1, 0.9, (64, *shapes[pair.data]))
        generator, discriminator = pair.build(
            shapes[pair.data],
            latent_dim=3,
            **{name: made_of(data) for name, made_of in pair.from_data.items()},
        )
        assert generator.output_shape == discriminator.input_shape
        assert generator.output_shape == (None, *shapes[pair.data])
        # Keras alone reads a saved generator.
        assert "keras_gan" not in generator.to_json()
        fitting = {kind for kind, shape in shapes.items() if pair.fits(shape)}
        also = {"line"} if pair.data == "points" else set()
        assert fitting == {pair.data} | also


def test_an_unknown_name_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="'mpl': use one of mlp, dcgan, "):
        networks.get("mpl")
