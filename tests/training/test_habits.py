"""Habits of Keras' users: each works, or is refused in a line that names the cure."""

import importlib
import inspect
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import keras_gan as kg
from keras_gan import networks
from support import relu_networks, tiny_gan

IMAGES = np.random.default_rng(0).random((16, 8, 8, 1)).astype("float32")


def refused(words, function, *arguments, **options):
    with pytest.raises(ValueError, match=words):
        function(*arguments, **options)


def crop(samples, seed, step):
    return samples[:, :7, :7]


class CallsLikeALayer:
    def call(self, discriminator, real_samples, fake_samples, seed):
        return 0.0


class Cropped(kg.augmentations.Augmentation):
    def __call__(self, samples, seed, step):
        return samples[:, 2:6, 2:6]


def endless():
    while True:
        yield IMAGES[:4]


class EndlessSequence(keras.utils.PyDataset):
    num_batches = None

    def __getitem__(self, index):
        return IMAGES[:4]


ENDLESS = {
    "repeated": lambda: tf.data.Dataset.from_tensor_slices(IMAGES).batch(4).repeat(),
    "generator": lambda: tf.data.Dataset.from_generator(
        endless, output_signature=tf.TensorSpec((4, 8, 8, 1))
    ),
}


class TestEndless:
    @pytest.mark.parametrize("make", ENDLESS.values(), ids=ENDLESS)
    def test_evaluation_data_need_steps(self, make):
        gan = tiny_gan()
        refused("pass steps=", gan.evaluate, make())
        refused("pass validation_steps=", gan.fit, IMAGES, validation_data=make())
        assert int(gan.step.numpy()) == 0
        assert "d_loss" in gan.evaluate(make(), steps=2, verbose=0)

    def test_a_sequence_needs_its_number(self):
        refused("num_batches", tiny_gan().evaluate, EndlessSequence())
        refused("num_batches", tiny_gan().fit, IMAGES, validation_data=EndlessSequence())

    @pytest.mark.parametrize("number", [0, -1, 1.5, True])
    def test_numbers_of_steps_are_positive(self, number):
        gan, repeated = tiny_gan(), ENDLESS["repeated"]()
        refused("steps must be an int", gan.evaluate, repeated, steps=number)
        refused("steps_per_epoch", gan.fit, repeated, steps_per_epoch=number)
        options = {"validation_data": repeated, "validation_steps": number}
        refused("validation_steps", gan.fit, IMAGES, **options)


class TestOptimizers:
    def test_one_learning_rate_for_both_is_refused(self):
        gan = tiny_gan()
        with pytest.raises(ValueError, match="gan.d_optimizer.learning_rate"):
            gan.optimizer.learning_rate = 1e-3
        refused("gan.d_optimizer", gan.optimizer.learning_rate.assign, 1e-3)
        for optimizer in (gan.d_optimizer, gan.g_optimizer):
            assert float(optimizer.learning_rate) == pytest.approx(1e-2)

    def test_the_configuration_holds_both(self):
        config = tiny_gan().optimizer.get_config()
        assert [config[name]["beta_1"] for name in ("d_optimizer", "g_optimizer")] == [
            0.5,
            0.5,
        ]


class TestFiles:
    def test_an_exported_gan_samples(self, tmp_path):
        gan = tiny_gan(ema_decay=0.9)
        gan.ema_generator.set_weights([w + 1 for w in gan.generator.get_weights()])
        gan.export(str(tmp_path), verbose=False)
        z = gan.draw_latents(4)
        exported = tf.saved_model.load(str(tmp_path))
        np.testing.assert_allclose(exported.serve(z), gan.generate(z), atol=1e-6)

    def test_a_saved_sampler_needs_keras_alone_and_can_be_trained_further(self, tmp_path):
        gan = tiny_gan(networks.mlp((4, 4, 1), latent_dim=3), ema_decay=0.9)
        gan.ema_generator.set_weights([w + 1 for w in gan.generator.get_weights()])
        gan.save_sampler(tmp_path / "generator.keras")
        code = (
            "import sys, keras, numpy; sys.modules['keras_gan'] = None;"
            "network = keras.models.load_model(sys.argv[1]);"
            "assert len(network.trainable_weights) == 6;"
            "numpy.save(sys.argv[2], network(numpy.ones((2, 3), 'float32')))"
        )
        files = [str(tmp_path / "generator.keras"), str(tmp_path / "samples.npy")]
        subprocess.run([sys.executable, "-c", code, *files], check=True)
        samples = gan.generate(np.ones((2, 3), "float32"))
        np.testing.assert_allclose(np.load(files[1]), samples, rtol=1e-6)
        assert not gan.ema_generator.trainable

    def test_hdf5_is_refused(self, tmp_path):
        refused(".keras", tiny_gan().save, tmp_path / "gan.h5")
        refused(".keras", tiny_gan().save_sampler, tmp_path / "generator.h5")
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("part", ["penalties", "augmentations", "latents", "loss"])
    def test_what_cannot_be_saved_is_said_at_once(self, part, caplog):
        class Nameless:
            def __call__(self, samples, *others):
                return samples

            discriminator_loss = generator_loss = __call__

        tiny_gan(**{part: Nameless() if part in ("latents", "loss") else [Nameless()]})
        (record,) = caplog.records
        assert part in record.getMessage() and "get_config" in record.getMessage()


def twice(role, output):
    networks = dict(zip(("generator", "discriminator"), relu_networks(), strict=True))
    one = networks[role]
    networks[role] = keras.Model(one.input, output(one.output))
    return tuple(networks.values())


def judging(*ends):
    """A pair whose discriminator has other ends."""
    generator, x = relu_networks()[0], keras.Input((8, 8, 1))
    return generator, keras.Sequential([x, layers.Flatten(), *ends])


class Unknown(layers.Layer):
    """Passes on what it gets, and says little of its shape."""

    def call(self, x):
        return x

    def compute_output_shape(self, shape):
        return (None, None, shape[-1])


class TestArguments:
    @pytest.mark.parametrize("steps", ["auto", 0, 2.0])
    def test_steps_per_execution_is_a_number(self, steps):
        options = {"steps_per_execution": steps}
        refused("steps_per_execution", tiny_gan().compile, "sgd", "sgd", **options)

    @pytest.mark.parametrize(
        "options, words",
        [
            ({"penalties": kg.penalties.R1()}, "penalties must be a list"),
            ({"penalties": ["r1"]}, "discriminator, real_samples, fake_samples, seed"),
            ({"penalties": [lambda d, x: x]}, r"seed\), but <lambda> takes \(d, x\)\."),
            ({"penalties": [CallsLikeALayer()]}, "CallsLikeALayer has no __call__"),
            ({"augmentations": kg.augmentations.InstanceNoise()}, "must be a list"),
            ({"augmentations": [lambda x: x]}, r"\(samples, seed, step\)"),
            ({"penalties": [kg.penalties.R1]}, r"the class R1.*write R1\(\)"),
            ({"latents": lambda shape: shape}, r"\(shape, seed\)"),
            ({"latents": kg.latents.Uniform}, r"the class Uniform.*write Uniform\(\)"),
            ({"latents": ["normal"]}, "Unknown latents"),
            ({"loss": kg.losses.Hinge}, r"the class Hinge: write Hinge\(\)"),
            ({"loss": keras.losses.BinaryCrossentropy()}, "use one of minimax"),
        ],
    )
    def test_callables_are_checked(self, options, words):
        refused(words, tiny_gan, **options)

    @pytest.mark.parametrize(
        "wrong, words",
        [
            (lambda z: z, "got <function.*keras.Input"),
            (layers.Dense(1), "got <Dense.*keras.Input"),
            ("mlp", "got 'mlp'.*keras_gan.networks"),
            (None, "got None"),
        ],
    )
    def test_networks_are_models(self, wrong, words):
        generator, discriminator = relu_networks()
        told = f"must be a keras.Model, {words}"
        refused(f"^The generator {told}", kg.GAN, wrong, discriminator)
        refused(f"^The discriminator {told}", kg.GAN, generator, wrong)

    @pytest.mark.parametrize("penalties", [(), [kg.penalties.R1()]])
    @pytest.mark.parametrize(
        "augmentation, words",
        [
            (crop, r"\[1\]: crop returned float32 of shape \(4, 7, 7, 1\), .*4, 8, 8, 1"),
            (lambda x, seed, step: x[..., 0], r"<lambda> .*\(4, 8, 8\), expected"),
            (lambda x, seed, step: tf.cast(x, "uint8"), "returned uint8 of"),
            (lambda x, seed, step: None, "returned NoneType"),
            (Cropped(), r"Cropped returned float32 of shape \(4, 4, 4, 1\)"),
        ],
    )
    def test_an_augmentation_keeps_the_shape(self, augmentation, words, penalties):
        noise = kg.augmentations.InstanceNoise()
        gan = tiny_gan(augmentations=[noise, augmentation], penalties=penalties)
        refused(f"^augmentations.*{words}", gan.fit, IMAGES, batch_size=4, verbose=0)
        assert int(gan.step.numpy()) == 0

    @pytest.mark.parametrize(
        "latents, words",
        [
            (lambda shape, seed: tf.zeros((shape[0], 3)), r"float32 .*3\), .*, 4\)\.$"),
            (lambda shape, seed: tf.zeros(shape, "int32"), "int32 of shape"),
            (lambda shape, seed: None, "NoneType"),
        ],
    )
    def test_latents_have_the_shape_that_is_asked_for(self, latents, words):
        gan, words = tiny_gan(latents=latents), f"^latents: <lambda> returned {words}"
        refused(words, gan.fit, IMAGES, batch_size=4, verbose=0)
        refused(words, gan.evaluate, IMAGES, batch_size=4, verbose=0)
        refused(words, gan.sample, 4)

    @pytest.mark.parametrize("role", ["generator", "discriminator"])
    @pytest.mark.parametrize("output", [lambda y: [y, y], lambda y: {"y": y}])
    def test_a_network_has_one_output(self, role, output):
        refused(f"{role} has the outputs", kg.GAN, *twice(role, output))

    def test_a_sample_has_one_logit(self):
        refused(r"\(None, 3\).*Dense\(1\)", kg.GAN, *judging(layers.Dense(3)))
        gan = tiny_gan(judging(layers.Dense(4), layers.Reshape((2, 2, 1))))  # Of patches.
        assert "d_loss" in gan.train_on_batch(IMAGES[:4], return_dict=True)

    @pytest.mark.parametrize("role", [0, 1])
    def test_ints_have_no_gradient(self, role):
        networks = list(relu_networks())
        x = keras.Input(networks[role].input_shape[1:], dtype="int32")
        networks[role] = keras.Model(x, networks[role](keras.ops.cast(x, "float32")))
        refused("takes int32.*float32", kg.GAN, *networks)
        networks = relu_networks()
        rounded = keras.ops.cast(networks[0].output, "int32")
        networks = keras.Model(networks[0].input, rounded), networks[1]
        refused("generator puts out int32", kg.GAN, *networks)

    def test_shapes_are_known(self):
        z, x = keras.Input((None,)), keras.Input((None, 3))
        made = keras.ops.expand_dims(z, -1) * np.ones(3, "float32")
        judged = keras.Model(x, layers.Dense(1)(keras.ops.mean(x, axis=1)))
        refused(r"latents.*\(None, None\)", kg.GAN, keras.Model(z, made), judged)
        z = keras.Input((4,))
        unknown = keras.Model(z, Unknown()(layers.Reshape((3, 3))(layers.Dense(9)(z))))
        refused("unknown shape.*Reshape", kg.GAN, unknown, judged)

    def test_networks_that_share_are_refused(self):
        x = keras.Input((8,))
        one = keras.Model(x, layers.Dense(8)(x))
        refused("share 2 variables", kg.GAN, one, one)

    @pytest.mark.parametrize("wrong", ["adamm", None, 1e-3, keras.optimizers.Adam])
    def test_optimizers_are_objects_or_names(self, wrong):
        refused("d_optimizer must be.*Adam", tiny_gan().compile, wrong, "sgd")
        refused("g_optimizer must be.*Adam", tiny_gan().compile, "sgd", wrong)

    def test_an_optimizer_serves_one_network(self):
        first, optimizers = tiny_gan(), [keras.optimizers.Adam() for _ in range(2)]
        refused("same object", first.compile, optimizers[0], optimizers[0])
        for _ in range(2):  # Again is legal.
            first.compile(*optimizers)
        assert "d_loss" in first.train_on_batch(IMAGES[:4], return_dict=True)
        refused("discriminator was used before", first.compile, *optimizers[::-1])
        refused("make a new one", tiny_gan().compile, *optimizers)

    def test_float16_weights_are_refused(self):
        x = keras.Input((8, 8, 1))
        logit = layers.Dense(1, dtype="float16")(layers.Flatten()(x))
        refused("mixed_float16", tiny_gan, (relu_networks()[0], keras.Model(x, logit)))

    def test_a_lambda_cannot_be_averaged(self):
        generator, discriminator = relu_networks()
        made = layers.Lambda(lambda x: x / 2)(generator.output)
        generator = keras.Model(generator.input, made)
        refused("ema_decay.*Lambda", kg.GAN, generator, discriminator, ema_decay=0.9)

    def test_latents_are_not_a_number_of_samples(self):
        refused(r"\(3, 4\).*latents=", tiny_gan().sample, np.zeros((3, 4)))

    def test_labels_that_are_not_needed_are_ignored(self):
        gan = tiny_gan()
        assert gan.evaluate(IMAGES, np.zeros(16), verbose=0) == gan.evaluate(
            IMAGES, verbose=0
        )

    def test_a_dataset_of_unknown_rank_is_refused(self):
        dataset = tf.data.Dataset.from_generator(endless, output_types=tf.float32)
        refused("output_signature", tiny_gan().fit, dataset, steps_per_epoch=1)

    @pytest.mark.parametrize("config", ["channels_last", "channels_first"])
    def test_channels_are_last_in_networks_of_ones_own(self, config, monkeypatch):
        def convolution(filters, data_format):
            return layers.Conv2D(filters, 3, padding="same", data_format=data_format)

        # Keras hides keras.src as an attribute, unless somebody has imported it.
        settings = importlib.import_module("keras.src.backend.config")
        monkeypatch.setattr(settings, "_IMAGE_DATA_FORMAT", config)
        (generator, judge), first = relu_networks(), "channels_first"
        x = keras.Input((8, 8, 1))
        nested = keras.Sequential([x, keras.Sequential([convolution(8, first), judge])])
        refused("of the discriminator.*channels_last", kg.GAN, generator, nested)
        turned = convolution(1, first)(layers.Reshape((1, 8, 8))(generator.output))
        z, judged = generator.input, judge(convolution(1, "channels_last")(x))
        to_last = keras.Model(z, layers.Permute((2, 3, 1))(turned))
        assert kg.GAN(to_last, keras.Model(x, judged)).sample_shape == (8, 8, 1)
        wrong = convolution(8, first)(layers.Reshape((8, 8, 1))(turned))
        made = keras.Model(z, layers.Activation("tanh")(wrong))
        refused("of the generator.*channels_last", kg.GAN, made, judge)

    @pytest.mark.parametrize("make", ["dcgan", "resnet", "maxout_conv"])
    def test_channels_first_is_refused(self, make, monkeypatch):
        monkeypatch.setattr(keras.config, "image_data_format", lambda: "channels_first")
        refused("channels_last", getattr(kg.networks, make), (32, 32, 1))


class TestSignatures:
    """What a method of Keras takes and a GAN's does not is refused in our terms."""

    BOTH = "d_optimizer= and g_optimizer=.*keras.optimizers.Adam"

    @pytest.mark.parametrize(
        "arguments, options, words",
        [
            ([], {}, BOTH),
            (["adam"], {}, BOTH),
            ([], {"optimizer": "adam", "loss": "hinge"}, BOTH),
            (["adam", "adam"], {"metrics": ["accuracy"]}, "callbacks.Evaluation"),
            (["adam", "adam"], {"loss_fn": "hinge"}, "pass loss="),
            (["adam", "adam"], {"los": "hinge"}, "'los'.*takes d_optimizer, g_opt"),
            (["adam", "adam", "hinge", [], True], {}, "too many.*run_eagerly="),
        ],
    )
    def test_compile(self, arguments, options, words):
        refused(
            f"^compile.. of a GAN.*{words}", tiny_gan().compile, *arguments, **options
        )

    @pytest.mark.parametrize(
        "options, words",
        [
            ({"loss": "hinge"}, r"loss: pass it to gan.compile\(\)"),
            ({"d_optimizer": "adam"}, r"d_optimizer: pass it to gan.compile\(\)"),
            ({"optimizer": "adam"}, f"optimizer: pass {BOTH}"),
            ({"metrics": []}, "metrics: .*callbacks.Evaluation"),
            ({"epochs": 3}, r"epochs: pass it to gan.fit\(\)"),
        ],
    )
    def test_the_constructor(self, options, words):
        refused(f"^GAN.. has no {words}", kg.GAN, *relu_networks(), **options)

    def test_networks_are_named(self):
        refused("GAN.. needs discriminator: .*a pair, GAN..pair", kg.GAN, relu_networks())
        refused("GAN.. needs generator", kg.GAN)
        refused("'ema'.*takes generator, .*ema_decay=", kg.GAN, *relu_networks(), ema=0.9)

    @pytest.mark.parametrize("name", [*inspect.signature(kg.GAN).parameters][2:])
    def test_what_the_constructor_takes_is_not_for_compile(self, name):
        words = f"of a GAN has no {name}: pass it to GAN"
        refused(words, tiny_gan().compile, "adam", "adam", **{name: None})
        refused(words, tiny_gan().fit, IMAGES, **{name: None})

    def test_data(self):
        gan = tiny_gan()
        refused("validation_data=", gan.fit, IMAGES, validation_split=0.2)
        refused("too many.*batch_size=, epochs=", gan.fit, IMAGES, None, 32, 5)
        for method in (gan.fit, gan.evaluate, gan.train_on_batch, gan.test_on_batch):
            refused("repeat in x", method, IMAGES, sample_weight=np.ones(16))

    @pytest.mark.parametrize("name", ["compile", "fit", "evaluate"])
    def test_what_keras_takes_is_taken_or_has_a_cure(self, name):
        gan, ours = tiny_gan(), inspect.signature(getattr(kg.GAN, name)).parameters
        passed_on = {"verbose", "steps", "callbacks"} if name == "evaluate" else set()
        for habit in inspect.signature(getattr(keras.Model, name)).parameters:
            if habit not in {*ours, *passed_on, "kwargs"}:
                refused(f"of a GAN has no {habit}: ", getattr(gan, name), **{habit: 1})
