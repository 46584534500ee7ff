"""What networks declare: which options they take, and which data they fit."""

import inspect

import numpy as np
import pytest

from keras_gan import networks

NO_SIZE = (0, -1, 1.5, True, None, "3", (3,))
# First arguments that are no sample's shape; (20, 20) lacks the channels.
NO_SHAPE = {
    "images": ((), (3,), (20, 20), (20, 20, 1, 1), (0, 20, 1), (20.0, 20, 1), "20", 20),
    "points": (*NO_SIZE, (20, 20, 1)),
    "line": NO_SIZE,
}


def refused(words, function, *arguments, **options):
    with pytest.raises(ValueError, match=words) as error:
        function(*arguments, **options)
    assert "\n" not in str(error.value)


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
        shape = np.array(shapes[pair.data])
        data = np.random.default_rng(0).uniform(0.1, 0.9, (64, *shape))
        generator, discriminator = pair.build(
            shape,
            latent_dim=np.int64(3),
            **{name: made_of(data) for name, made_of in pair.from_data.items()},
        )
        assert generator.output_shape == discriminator.input_shape
        assert generator.output_shape == (None, *shapes[pair.data])
        # Keras alone reads a saved generator.
        assert "keras_gan" not in generator.to_json()
        fitting = {kind for kind, shape in shapes.items() if pair.fits(shape)}
        also = {"line"} if pair.data == "points" else set()
        assert fitting == {pair.data} | also

    def test_wrong_sizes_are_one_line_that_names_the_argument(self, name):
        pair = networks.get(name)
        argument, *others = inspect.signature(pair.function).parameters
        for wrong in NO_SHAPE[pair.data]:
            refused(f"^{argument} .*must be .*got", pair.function, wrong)
        sizes = ("latent_dim", "_units", "_width", "units", "width", "num_blocks")
        for size in (other for other in others if other.endswith(sizes)):
            first = {"images": [(20, 20, 1)], "points": [2]}.get(pair.data, [])
            for wrong in NO_SIZE[:-1]:  # The last is legal where there are layers.
                refused(f"{size} must be", pair.function, *first, **{size: wrong})


def test_the_cure_of_a_wrong_shape_is_said():
    refused(r"with one channel it is \(28, 28, 1\)", networks.mlp, (28, 28))
    refused(r"got \(2,\): that is the shape of points", networks.dcgan, (2,))


def test_an_unknown_name_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="'mpl': use one of mlp, dcgan, "):
        networks.get("mpl")
