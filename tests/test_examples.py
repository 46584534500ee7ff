"""Every `>>>` example in a docstring runs, and shows what it says."""

import ast
import doctest
import functools
import importlib
import pkgutil

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import keras_gan
import studies
from support import conditional_networks, tiny_gan

# Modules that define flags: two commands cannot be imported into one process.
COMMANDS = ("keras_gan.cli.", "studies.reproduce")
NEEDS_TORCH = "studies.torch_loop"
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL


def examples():
    """All docstrings with examples, of `keras_gan` and of `studies`."""
    for package in (keras_gan, studies):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name.startswith((*COMMANDS, NEEDS_TORCH)):
                continue
            module = importlib.import_module(found.name)
            for docstring in doctest.DocTestFinder().find(module):
                if docstring.examples:
                    yield docstring


@functools.cache
def pixels(num=100):
    return np.random.default_rng(0).integers(0, 256, (num, 28, 28, 1), dtype="uint8")


def batches():
    return keras_gan.data.Batches(pixels(), batch_size=100)


def networks(**options):
    sizes = {"generator_units": (8,), "discriminator_units": (4,)}
    return keras_gan.networks.mlp((28, 28, 1), latent_dim=4, **sizes, **options)


@functools.cache
def shared_gan():
    """One for all examples that train: its training step is traced only once."""
    return tiny_gan(networks())


def gan():
    """As a new one, for whoever asks how many steps it has made."""
    shared_gan().step.assign(0)
    return shared_gan()


# What an example may speak of without making it.
PREPARED = {
    "GAN": lambda: keras_gan.GAN,
    "Settings": lambda: keras_gan.evaluation.Settings,
    "Suite": lambda: keras_gan.evaluation.Suite,
    "conditional_gan": lambda: tiny_gan(conditional_networks(10), num_classes=10),
    "data": batches,
    "discriminator": lambda: networks(packing=2)[1],
    "gan": gan,
    "images": pixels,
    "networks": networks,
    "picture": lambda: Image.new("RGB", (8, 8)),
    "pixels": lambda: np.zeros((8, 8, 3), "uint8"),
    "samples": lambda: tf.constant(pixels(64) / 255.0, "float32"),
    "save_png": lambda: importlib.import_module("keras_gan.storage.pictures").save_png,
    "test": batches,
    "train": batches,
}


def names_in(docstring):
    """The variables that a docstring's examples read or set."""
    trees = (ast.walk(ast.parse(example.source)) for example in docstring.examples)
    return {node.id for tree in trees for node in tree if isinstance(node, ast.Name)}


class ShownOutput(doctest.OutputChecker):
    """Compares only what an example shows: many show a call and not its result."""

    def check_output(self, want, got, flags):
        return not want or super().check_output(want, got, flags)


@pytest.mark.parametrize("docstring", examples(), ids=lambda docstring: docstring.name)
def test_example_runs(docstring, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = tmp_path / "runs" / "dcgan"
    run.mkdir(parents=True)
    (run / "flags.txt").write_text(keras_gan.Recipe.preset("dcgan").to_flags())
    known = {"np": np, "tf": tf, "keras": keras, "kg": keras_gan, "keras_gan": keras_gan}
    made = {name: PREPARED[name]() for name in names_in(docstring) & PREPARED.keys()}
    if any("gan.compile" in example.source for example in docstring.examples):
        made["gan"] = keras_gan.GAN(*networks())
    docstring.globs = {**known, **made, **docstring.globs}
    report = []
    runner = doctest.DocTestRunner(ShownOutput(), verbose=False, optionflags=FLAGS)
    runner.run(docstring, out=report.append)
    assert not report, "".join(report)
