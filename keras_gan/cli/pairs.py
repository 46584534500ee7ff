"""The pair of networks that `--network` names, for samples of the data's shape."""

import numpy as np

from keras_gan import networks
from keras_gan.cli import recipe
from keras_gan.cli.command_line import naming_flag
from keras_gan.networks.clusters import frequencies_of
from keras_gan.networks.parts import check_sides

NETWORKS = (
    "auto",
    "mlp",
    "dcgan",
    "resnet",
    "maxout_conv",
    "points",
    "clusters",
    "pacgan",
    "line",
)
# These take nothing but this; all others take every option.
_TAKES = {
    "maxout_conv": set(),
    "clusters": {"packing"},
    "pacgan": {"packing"},
    "line": set(),
}
_FLAGS = {"num_classes": "--conditional"}


def check_image_size(options):
    """Refuses a size that the network cannot make, before the data are read."""
    size = options.image_size
    if size and options.network in ("dcgan", "resnet"):
        with naming_flag("image_size", size):
            check_sides(options.network, size, size)


def build_networks(options, real):
    """Builds the pair.

    Args:
        options: The flags of `scripts/train.py`, as attributes.
        real: What `keras_gan.data.load` returned.

    Returns:
        `(generator, discriminator)`.

    Raises:
        ValueError: If the network is unknown, or not made for such samples or options.
    """
    name = _name(options, real)
    recipe.check_idle_flags(options, name)
    chosen = recipe.pair_options(options, real)
    refused = [option for option in chosen if option not in _TAKES.get(name, chosen)]
    if refused:
        flag = _FLAGS.get(refused[0], f"--{refused[0]}")
        other = "points" if name in recipe.FOR_POINTS else "dcgan"
        raise ValueError(f"--network={name} does not take {flag}: use --network={other}.")
    arguments = {"latent_dim": options.latent_dim, "seed": options.seed, **chosen}
    if name == "line":
        return networks.line(**arguments)
    if name == "clusters":
        arguments["frequencies"] = frequencies_of(real.samples)
    if name in recipe.FOR_POINTS:
        return getattr(networks, name)(real.sample_shape[0], **arguments)
    if name in recipe.HAVE_DROPOUT:
        arguments["dropout"] = options.dropout
    if name == "mlp":
        from_mean = options.mean_image_bias is not False
        arguments["pixel_means"] = mean_image(real) if from_mean else None
        for sizes in ("generator_units", "discriminator_units"):
            if getattr(options, sizes):
                arguments[sizes] = getattr(options, sizes)
    return getattr(networks, name)(real.sample_shape, **arguments)


def _name(options, real):
    """The network's name, once it is known to fit the data."""
    name = options.network
    if name not in NETWORKS:
        raise ValueError(f"Unknown --network={name}: use one of {', '.join(NETWORKS)}.")
    points = len(real.sample_shape) == 1
    if name == "auto":
        return "points" if points else "mlp"
    fits = tuple(real.sample_shape) == (1,) if name == "line" else True
    if points != (name in recipe.FOR_POINTS) or not fits:
        raise ValueError(
            f"--network={name} does not make samples of the shape "
            f"{tuple(real.sample_shape)} of --dataset={options.dataset}: use "
            "--network=auto."
        )
    return name


def mean_image(real):
    """Mean of the training images, in [0, 1]."""
    mean = real.samples.mean(axis=0, dtype="float64")
    return mean / 255.0 if real.samples.dtype == np.uint8 else mean
