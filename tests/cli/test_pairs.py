"""Flags of train.py that choose the networks."""

import types

import numpy as np
import pytest

from keras_gan.cli.pairs import build_networks
from support import parsed

SHAPES = {
    "mlp": (8, 8, 1),
    "dcgan": (8, 12, 3),
    "resnet": (8, 8, 3),
    "maxout_conv": (14, 14, 3),
    "points": (2,),
    "clusters": (2,),
    "pacgan": (2,),
    "line": (1,),
}


def built(name, shape, *arguments):
    samples = np.arange(30 * np.prod(shape)).reshape(30, *shape)
    samples = samples.astype("uint8" if len(shape) == 3 else "float32")
    real = types.SimpleNamespace(samples=samples, sample_shape=shape, num_classes=10)
    return build_networks(parsed(f"--network={name}", *arguments), real)


@pytest.mark.parametrize("name", SHAPES)
def test_builds_what_it_names_for_samples_of_the_data(name):
    shape = SHAPES[name]
    generator, discriminator = built(name, shape, "--latent_dim=7")
    assert name.removesuffix("s") in generator.name
    assert generator.input_shape == (None, 7)
    assert generator.output_shape == discriminator.input_shape == (None, *shape)


@pytest.mark.parametrize("name", ["mlp", "dcgan", "resnet", "points"])
def test_bounds_of_d_are_handed_on(name):
    _, discriminator = built(name, SHAPES[name], "--spectral_norm", "--weight_clip=0.5")
    assert [w for w in discriminator.weights if w.name == "u"]
    assert {w.constraint.limit for w in discriminator.trainable_weights} == {0.5}


def test_the_mlp_has_the_sizes_that_are_asked_for():
    pair = built("mlp", (8, 8, 1), "--generator_units=5,6", "--discriminator_units=3")
    widths = [
        [w.shape[-1] for w in network.weights if w.name == "kernel"] for network in pair
    ]
    assert widths == [[5, 6, 64], [3 * 5, 1]]


def test_idle_flags_are_refused():
    with pytest.raises(ValueError, match="--dropout does nothing without --network=mlp"):
        built("dcgan", SHAPES["dcgan"], "--dropout")


@pytest.mark.parametrize(
    "name, flag",
    [
        ("pacgan", "--spectral_norm"),
        ("line", "--weight_clip=0.5"),
        ("pacgan", "--conditional"),
        ("line", "--packing=2"),
    ],
)
def test_networks_refuse_options_that_they_have_not(name, flag):
    taken = flag.partition("=")[0]
    with pytest.raises(ValueError, match=f"--network={name} does not take {taken}: use"):
        built(name, SHAPES[name], flag)


def test_labels_and_packs_are_handed_on():
    generator, _ = built("resnet", SHAPES["resnet"], "--conditional")
    assert [x.name for x in generator.inputs] == ["latents", "labels"]
    _, discriminator = built("pacgan", SHAPES["pacgan"], "--packing=3")
    assert discriminator.input_shape == (None, 6)


def test_waves_of_clusters_follow_the_data():
    _, discriminator = built("clusters", (2,))
    waves = discriminator.get_layer(index=1)
    # 30 points in a row: nothing is finer than the row itself.
    assert waves.low == waves.high == pytest.approx(1 / (2 * np.arange(30).std()))
