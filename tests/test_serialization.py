"""Importing the package costs nothing, and saved GANs load all the same."""

import functools
import json
import os
import subprocess
import sys

import keras
import pytest
import tensorflow as tf

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


@keras.saving.register_keras_serializable("test")
class Brighter(keras_gan.augmentations.Augmentation):
    def __init__(self, amount=0.2):
        self.amount = amount

    def __call__(self, samples, seed, step):
        return samples + self.amount


@keras.saving.register_keras_serializable("test")
class Scaled(keras_gan.latents.Prior):
    def __init__(self, std=1.0):
        self.std = std

    def __call__(self, shape, seed):
        return self.std * tf.random.stateless_normal(shape, seed)


def half(x):
    return x / 2


def relu(x):
    return x / 3


def hinge(one, *more):
    return 0.0


def shade(samples, seed, step):
    return samples / 2


def pull(discriminator, real_samples, fake_samples, seed):
    return discriminator(real_samples) ** 2


class Shader:
    def shade(self, samples, seed, step):
        return samples / 2


class NotMade:
    """Keras can write it, but not read it."""

    def get_config(self):
        return {}

    def __call__(self, samples, seed, step):
        return samples


@keras.saving.register_keras_serializable("test")
class Doubled(keras.layers.Layer):
    def call(self, x):
        return 2 * x


def gan_with(*layers, **options):
    x = keras.Input((2,))
    judged = keras.Sequential(layers)(x) if layers else x
    judge = keras.Model(x, keras.layers.Dense(1)(judged))
    z = keras.Input((2,))
    generator = keras.Model(z, keras.layers.Dense(2)(z))
    return tiny_gan((generator, judge), **options)


class TestPartsOfYourOwn:
    def test_augmentation_and_prior_come_back_with_their_arguments(
        self, tmp_path, caplog
    ):
        gan = gan_with(augmentations=[Brighter(0.3)], latents=Scaled(0.5))
        gan.save(tmp_path / "gan.keras")
        loaded = keras.models.load_model(tmp_path / "gan.keras")
        (augmentation,) = loaded.augmentations
        assert type(augmentation) is Brighter and augmentation.amount == 0.3
        assert type(loaded.latents) is Scaled and loaded.latents.std == 0.5
        assert not caplog.records

    @pytest.mark.parametrize(
        ("layers", "options", "names"),
        [
            ([], {"augmentations": [shade], "penalties": [pull]}, "pull shade"),
            (
                [
                    keras.layers.Lambda(half, output_shape=(2,)),
                    keras.layers.Dense(2, activation=half, kernel_regularizer="l2"),
                    keras.layers.Lambda(keras.activations.relu, output_shape=(2,)),
                ],
                {},
                "half",
            ),
        ],
        ids=["functions", "in layers"],
    )
    def test_all_that_are_not_registered_are_named(
        self, tmp_path, caplog, layers, options, names
    ):
        gan = gan_with(*layers, **options)
        assert not caplog.records  # To train they need not be.
        gan.save(tmp_path / "gan.keras")
        (record,) = caplog.records
        for name in names.split():
            assert f"'{name}': {name}" in record.getMessage()
        with pytest.raises(
            ValueError, match="not registered: pass custom_objects={'"
        ) as error:
            keras.models.load_model(tmp_path / "gan.keras")
        assert len(str(error.value)) < 200
        own = {name: globals()[name] for name in names.split()}
        assert keras.models.load_model(tmp_path / "gan.keras", custom_objects=own)
        assert keras_gan.GAN.from_config(gan.get_config(), own)

    @pytest.mark.parametrize(
        ("layers", "options"),
        [
            ([keras.layers.Dense(2, activation=lambda x: x)], {}),
            ([keras.layers.Lambda(lambda x: x, output_shape=(2,))], {}),
            ([], {"latents": lambda shape, seed: tf.zeros(shape)}),
            ([], {"augmentations": [Shader().shade]}),
        ],
        ids=["activation", "layer", "prior", "method"],
    )
    def test_what_has_no_name_is_said_to_be_lost(self, tmp_path, caplog, layers, options):
        gan_with(*layers, **options).save(tmp_path / "gan.keras")
        assert "load_model will not read it" in caplog.records[-1].getMessage()
        with pytest.raises(ValueError, match="lambda|method"):
            keras.models.load_model(tmp_path / "gan.keras")

    @pytest.mark.parametrize(
        ("layers", "options", "name"),
        [
            ([keras.layers.Dense(2, activation=relu)], {}, "relu"),
            ([keras.layers.Lambda(relu, output_shape=(2,))], {}, "relu"),
            ([keras.layers.Dense(2, kernel_regularizer=hinge)], {}, "hinge"),
            ([], {"penalties": [hinge]}, "hinge"),
        ],
        ids=["activation", "layer", "regularizer", "penalty"],
    )
    def test_keras_own_of_the_same_name_is_not_taken_silently(
        self, tmp_path, caplog, layers, options, name
    ):
        gan_with(*layers, **options).save(tmp_path / "gan.keras")
        (record,) = caplog.records
        assert record.getMessage().startswith(f"{name}: Keras has a function")

    @pytest.mark.parametrize("one", [keras.activations.relu, tf.nn.relu, "relu"])
    def test_those_of_the_libraries_are_saved_without_a_word(self, tmp_path, caplog, one):
        gan_with(keras.layers.Dense(2, activation=one)).save(tmp_path / "gan.keras")
        assert not caplog.records

    @pytest.mark.parametrize(
        "one",
        [functools.partial(shade), Shader().shade, NotMade()],
        ids=["partial", "method", "object"],
    )
    def test_what_cannot_be_written_or_read_is_said_at_once(self, caplog, one):
        gan_with(augmentations=[one])
        (record,) = caplog.records
        assert "keras_gan.augmentations.Augmentation" in record.getMessage()

    def test_a_program_without_their_module_is_told_to_import_it(self, tmp_path):
        gan = gan_with(Doubled(), augmentations=[Brighter()])
        config = json.dumps(gan.get_config()).replace('"test>', '"elsewhere>')
        config = json.loads(config.replace('"Doubled"', '"Other"'))
        with pytest.raises(ValueError) as error:
            keras_gan.GAN.from_config(config)
        said = str(error.value)
        assert "elsewhere>Doubled" in said and f"import the module ({__name__})" in said
        assert "\n" not in said and len(said) < 250
