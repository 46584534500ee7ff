"""Importing the package costs nothing, and saved GANs load all the same."""

import os
import subprocess
import sys

import pytest

import keras_gan
from keras_gan import serialization
from support import tiny_gan

HEAVY = ("keras", "tensorflow", "tensorflow_datasets", "matplotlib", "sklearn", "PIL")

LOAD = f"""
import sys
import keras_gan
heavy = [name for name in {HEAVY!r} if name in sys.modules]
assert not heavy, heavy

# Libraries ask whether Keras is there before anybody imports it.
import importlib.util
assert importlib.util.find_spec("keras") is not None
assert "keras" not in sys.modules

import keras
gan = keras.models.load_model(sys.argv[1])
assert type(gan).__module__ == "keras_gan.gan"
assert keras.__spec__.loader is keras.__loader__
assert not [finder for finder in sys.meta_path if "keras_gan" in type(finder).__module__]
print(gan.sample(2).shape, int(gan.g_optimizer.iterations))
"""


def python(code, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
    )


def test_import_is_light_and_a_saved_gan_loads_without_naming_the_package(
    tmp_path, images
):
    gan = tiny_gan(ema_decay=0.9, latents="uniform")
    gan.fit(images, batch_size=20, verbose=0)
    path = str(tmp_path / "gan.keras")
    gan.save(path)
    done = python(LOAD, path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "(2, 8, 8, 1) 2\n"


def test_other_backend_is_refused_in_one_line():
    done = python("import keras_gan; keras_gan.GAN", KERAS_BACKEND="jax")
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last == (
        "ImportError: keras_gan runs on Keras' TensorFlow backend, but KERAS_BACKEND is "
        "'jax': set KERAS_BACKEND=tensorflow."
    )
    assert "No module named" not in done.stderr  # refused before Keras looked for it


@pytest.fixture
def module_on_disk(tmp_path, monkeypatch):
    """An importable module `waited_for`; the list says what has happened."""
    (tmp_path / "waited_for.py").write_text("ready = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    finders = list(sys.meta_path)
    yield "waited_for"
    sys.modules.pop("waited_for", None)
    sys.meta_path[:] = finders


class TestWhenImported:
    def test_acts_once_right_after_the_import(self, module_on_disk):
        acted = []
        serialization.when_imported(
            module_on_disk, lambda: acted.append(sys.modules["waited_for"].ready)
        )
        assert acted == []
        __import__("waited_for")
        __import__("waited_for")
        assert acted == [True]

    def test_acts_now_if_the_module_is_there_already(self, module_on_disk):
        __import__(module_on_disk)
        acted = []
        serialization.when_imported(module_on_disk, lambda: acted.append(1))
        assert acted == [1]

    def test_other_imports_and_missing_modules_are_left_alone(self, tmp_path):
        finders, acted = list(sys.meta_path), []
        serialization.when_imported("no_such_module", lambda: acted.append(1))
        try:
            with pytest.raises(ModuleNotFoundError, match="no_such_module"):
                __import__("no_such_module")
            import colorsys

            assert colorsys.__spec__.loader is not None
        finally:
            sys.meta_path[:] = finders
        assert acted == []


class Kept(keras_gan.losses.AdversarialLoss):
    """A loss with an argument, and no get_config of its own."""

    def __init__(self, slope):
        self.slope = slope

    def discriminator_loss(self, real_logits, fake_logits):
        return self.slope * (fake_logits - real_logits)

    def generator_loss(self, fake_logits, real_logits=None):
        return -self.slope * fake_logits


class Lost(Kept):
    def __init__(self, factor):
        super().__init__(2.0 * factor)


class Steeper(keras_gan.penalties.R1):
    """A penalty that takes one argument more."""

    def __init__(self, weight=1.0, interval=1, power=2):
        super().__init__(weight, interval)
        self.power = power


class TestArgumentsOfYourOwn:
    @pytest.mark.parametrize(
        "one, config",
        [
            (Kept(0.5), {"slope": 0.5}),
            (Steeper(3.0, power=4), {"weight": 3.0, "interval": 1, "power": 4}),
        ],
        ids=lambda one: type(one).__name__,
    )
    def test_all_are_saved(self, one, config):
        assert one.get_config() == config
        assert type(one).from_config(config).get_config() == config

    def test_one_that_would_be_lost_is_refused_by_compile(self):
        gan = tiny_gan()
        with pytest.raises(ValueError, match="Lost does not keep its argument factor"):
            gan.compile("adam", "adam", loss=Lost(1.0))
