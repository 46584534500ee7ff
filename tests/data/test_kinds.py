"""Points, signals, images, volumes: each is held, trained on, drawn and measured."""

import keras
import numpy as np
import pytest

import keras_gan as kg
from keras_gan import evaluation
from keras_gan.callbacks import ImageSummary, LatentWalk, NearestNeighbors
from keras_gan.data import kinds
from keras_gan.evaluation.suite import METRICS_OF, extractor_of
from keras_gan.storage.pictures import read_png

SHAPES = {
    kinds.POINTS: (2,),
    kinds.SIGNALS: (12, 2),
    kinds.IMAGES: (8, 6, 1),
    kinds.VOLUMES: (4, 6, 5, 1),
}


def dense_gan(shape):
    """A GAN of samples of any shape."""
    size = int(np.prod(shape))
    generator = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(size, "tanh"),
            keras.layers.Reshape(shape),
        ]
    )
    discriminator = keras.Sequential(
        [keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(1)]
    )
    gan = kg.GAN(generator, discriminator)
    gan.compile(d_optimizer="sgd", g_optimizer="sgd")
    return gan


def test_a_kind_is_told_by_the_number_of_axes():
    assert [kinds.kind_of(shape) for shape in SHAPES.values()] == list(SHAPES)
    assert kinds.kind_of((2, 2, 2, 2, 2)) is kinds.kind_of(()) is kinds.ARRAYS


@pytest.mark.parametrize("kind", SHAPES, ids=lambda kind: kind.name)
def test_each_kind_trains_is_drawn_and_measured(tmp_path, kind):
    shape = SHAPES[kind]
    rng = np.random.default_rng(0)
    if kind.has_pixels:
        real = rng.integers(0, 256, (40, *shape), dtype="uint8")
    else:
        real = rng.uniform(-1, 1, (40, *shape)).astype("float32")
    data = kg.data.Batches(real, batch_size=8)
    assert data.scaled((-1.0, 1.0)).shape == real.shape
    gan = dense_gan(shape)
    callbacks = [
        ImageSummary(tmp_path),
        LatentWalk(tmp_path, every_steps=5),
        NearestNeighbors(tmp_path, data.scaled(gan.value_range), every_steps=5),
    ]
    gan.fit(data, epochs=1, verbose=0, callbacks=callbacks)
    for name in ("real", "fake_000005", "walk_000005", "neighbors_000005"):
        pixels = read_png(tmp_path / "images" / f"{name}.png")
        assert pixels.std() > 0
    metrics = tuple(name for name in METRICS_OF[kind] if name != "is")
    metrics = tuple(name for name in metrics if not name.startswith("fd_"))
    settings = evaluation.Settings(metrics, extractor="pixels")
    suite = evaluation.Suite(real[:20], real[20:], settings)
    same = suite.measure(real[20:])
    assert same["precision"].value == same["recall"].value == 1.0


@pytest.mark.parametrize("dtype", ["uint8", "float64"])
@pytest.mark.parametrize("kind", [kinds.POINTS, kinds.SIGNALS], ids=lambda k: k.name)
def test_samples_without_pixels_are_float32(kind, dtype):
    with pytest.raises(ValueError, match="expected float32 samples, points"):
        kg.data.Batches(np.zeros((4, *SHAPES[kind]), dtype), batch_size=2)


def test_only_images_are_measured_by_a_classifier():
    assert [extractor_of(kind) for kind in SHAPES] == [
        "pixels",
        "pixels",
        "classifier",
        "pixels",
    ]


def test_no_network_makes_signals_and_that_is_said():
    assert kg.networks.usual((28, 28, 1)).name == "mlp"
    assert kg.networks.usual((3,)).name == "points"
    with pytest.raises(ValueError, match="No network of keras_gan makes signals"):
        kg.networks.usual((12, 2))
