"""What a pair of networks can be asked for, and which data it is made for."""

import dataclasses
import inspect
from collections.abc import Callable, Mapping, Sequence

import keras

from keras_gan.data.kinds import kind_of


def _any_shape(image_shape):
    """Accepts every image."""


@dataclasses.dataclass(frozen=True)
class Pair:
    """A function that builds two networks, with what must be known to choose it.

    Which options a pair takes is read off the function's signature, so an option that
    a function gains can be used at once by every recipe.

    Args:
        function: Returns `(generator, discriminator)`.
        data: What it makes: the name of a kind of samples, such as "images", or "line"
            for points (1,). The function takes the shape of a sample as its first
            argument; for points the number of dimensions, for the line nothing.
        from_data: Arguments that are computed from the training samples, as
            `{argument: function of the samples}`. Defaults to none.
        check_shape: Function of an image's shape that raises `ValueError` if the pair
            cannot make such images. Defaults to accepting all.
        fixed: Arguments of the function that no recipe sets. Defaults to none.

    Example:

    >>> pair = keras_gan.networks.get("dcgan")
    >>> pair.takes("packing"), pair.takes("dropout"), pair.fits((2,))
    (True, False, False)
    """

    function: Callable
    data: str
    from_data: Mapping = dataclasses.field(default_factory=dict)
    check_shape: Callable = _any_shape
    fixed: tuple = ()

    @property
    def name(self) -> str:
        """The function's name, by which a recipe chooses the pair."""
        return self.function.__name__

    def takes(self, argument: str) -> bool:
        """Whether the function has an argument of this name that a recipe may set."""
        arguments = inspect.signature(self.function).parameters
        return argument in arguments and argument not in self.fixed

    def fits(self, sample_shape: Sequence[int]) -> bool:
        """Whether the pair makes samples of this shape, as far as its rank goes."""
        if self.data == "line":
            return tuple(sample_shape) == (1,)
        return kind_of(sample_shape).name == self.data

    def build(
        self, sample_shape: Sequence[int], **arguments
    ) -> tuple[keras.Model, keras.Model]:
        """The two networks for samples of this shape.

        Args:
            sample_shape: Shape of one sample, without the batch.
            **arguments: Further arguments of the function.

        Returns:
            `(generator, discriminator)`.
        """
        special = {"points": tuple(sample_shape), "line": ()}
        return self.function(*special.get(self.data, (tuple(sample_shape),)), **arguments)
