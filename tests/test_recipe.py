"""Recipe: what it refuses, what it reads and writes, and the GAN that it builds."""

import dataclasses
import inspect
import subprocess
import sys
import types

import hypothesis
import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies as st
from PIL import Image

import keras_gan as kg
from keras_gan.arguments import ImageSize
from keras_gan.cli import train, training_run
from keras_gan.recipe import building
from keras_gan.recipe.options import OptionError, options_of
from support import ROOT, flags_of_train, parsed, refused, script

OPTIONS = options_of(kg.Recipe)


def values_of(one):
    """Everything that an option may be, as a strategy of hypothesis."""
    if one.choices:
        value = st.sampled_from(one.choices)
    elif one.kind is bool:
        value = st.booleans()
    elif one.kind is str:
        value = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"))
    elif one.kind is ImageSize:
        value = st.integers(1) | st.tuples(st.integers(1), st.integers(1))
    elif one.kind is int:
        value = st.integers(one.at_least, one.at_most)
    else:
        bounds = {"allow_nan": False, "allow_infinity": False}
        low = one.above if one.at_least is None else one.at_least
        value = st.floats(low, one.at_most, exclude_min=one.above is not None, **bounds)
    if one.is_list:
        value = st.lists(value, min_size=1 if one.is_optional else 0).map(tuple)
    return st.none() | value if one.is_optional else value


RECIPES = st.fixed_dictionaries(
    {}, optional={name: values_of(one) for name, one in OPTIONS.items()}
)


class TestFlags:
    @hypothesis.given(RECIPES)
    @hypothesis.settings(
        deadline=None,
        suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
    )
    def test_what_is_written_is_read_again(self, tmp_path, values):
        recipe = kg.Recipe(**values)
        (tmp_path / "flags.txt").write_text(recipe.to_flags(), encoding="utf-8")
        assert kg.Recipe.of_run(tmp_path) == recipe

    @pytest.mark.parametrize("name", ["dcgan", "paper_cifar10_mlp", "ring"])
    def test_the_command_line_reads_what_is_written(self, tmp_path, name):
        recipe = kg.Recipe.preset(name, augment=("color", "cutout"), metrics=["kid"])
        (tmp_path / "flags.txt").write_text(recipe.to_flags(), encoding="utf-8")
        assert parsed(f"--flagfile={tmp_path / 'flags.txt'}") == recipe

    def test_a_run_of_the_first_version_is_read(self, tmp_path):
        # Options that were not given have no line; the folder's own flags are no options.
        lines = "--augment=\n--conditional\n--lr=0.003\n--nodropout\n--resume=auto\n"
        lines += "--run_dir=/some/where\n--generator_units=8,9\n--steps=4\n"
        (tmp_path / "flags.txt").write_text(lines)
        expected = kg.Recipe(conditional=True, lr=0.003, generator_units=(8, 9), steps=4)
        assert kg.Recipe.of_run(str(tmp_path)) == expected

    @pytest.mark.parametrize(
        "line", ["--no_such_option=1", "--lr=fast", "--steps", "--lr=-1", "--nolr"]
    )
    def test_a_damaged_file_is_named(self, tmp_path, line):
        (tmp_path / "flags.txt").write_text(f"--seed=1\n{line}\n")
        with pytest.raises(ValueError, match=f"flags.txt cannot be read: {line}"):
            kg.Recipe.of_run(tmp_path)

    def test_a_folder_without_flags_is_named(self, tmp_path):
        with pytest.raises(ValueError, match=f"{tmp_path} holds no flags.txt"):
            kg.Recipe.of_run(tmp_path)

    def test_every_option_is_a_flag_and_in_the_docstring(self):
        said = script("train", "--help").stdout
        for name in OPTIONS:
            assert f"--{name}:" in said or f"--[no]{name}:" in said
            assert f"\n        {name}: " in kg.Recipe.__doc__

    def test_names_of_networks_losses_and_presets_can_be_read_from_the_help(self):
        said = " ".join(script("train", "--help").stdout.split())
        assert all(name in said for name in kg.networks.NAMES)
        assert all(name in said for name in kg.losses.NAMES)
        presets = [
            path.stem for path in (ROOT / "keras_gan/recipe/presets").glob("*.flags")
        ]
        assert ", ".join(sorted(presets)) in said


class TestPresets:
    def test_changes_overrule(self):
        recipe = kg.Recipe.preset("paper_mnist", seed=3, simultaneous=True)
        assert (recipe.lr, recipe.g_lr, recipe.optimizer) == (0.05, 0.1, "sgd")
        assert recipe.seed == 3 and recipe.simultaneous
        assert kg.Recipe.preset("paper_mnist").seed == 0

    @pytest.mark.parametrize(
        "changed, steps, epochs",
        [
            ({}, 3500, 80),
            ({"epochs": 5}, None, 5),
            ({"steps": 7}, 7, 80),
            ({"steps": 7, "epochs": 5}, 7, 5),
        ],
    )
    def test_epochs_take_the_place_of_a_presets_steps(self, changed, steps, epochs):
        recipe = kg.Recipe.preset("dcgan", **changed)
        assert (recipe.steps, recipe.epochs) == (steps, epochs)

    def test_an_unknown_one_names_those_there_are(self):
        with pytest.raises(ValueError, match="'dgcan': use one of conditional, dcgan, "):
            kg.Recipe.preset("dgcan")

    def test_an_unknown_option_is_a_wrong_argument(self):
        with pytest.raises(TypeError, match="learning_rate"):
            kg.Recipe.preset("dcgan", learning_rate=1.0)


class TestValues:
    @pytest.mark.parametrize(
        "name, value, needed",
        [
            ("lr", float("nan"), "a finite positive number"),
            ("lr", 0, "a finite positive number"),
            ("lr", True, "a finite positive number"),
            ("r1", -1, "a finite non-negative number"),
            ("ema_decay", float("nan"), "a finite number in the range [0.0, 0.99999]"),
            ("steps", 2.5, "a positive integer"),
            ("seed", 2**31, "an integer in the range [0, 2147483647]"),
            ("evaluate_num", 1, "an integer >= 2"),
            ("dropout", 1, "True or False"),
            ("optimizer", "sdg", "one of adam|sgd"),
            ("augment", "color", "a tuple of texts"),
            ("generator_units", (8, 0), "positive integers, such as 1200,1200"),
            ("generator_units", 8, "positive integers, such as 1200,1200"),
            ("dataset", None, "a text of one line"),
            ("dataset", "a\nb", "a text of one line"),
        ],
    )
    def test_out_of_bounds_or_of_another_type(self, name, value, needed):
        with pytest.raises(ValueError) as caught:
            kg.Recipe(**{name: value})
        assert str(caught.value) == f"{name} must be {needed}, got {value!r}."

    def test_numbers_and_lists_get_the_types_of_the_options(self):
        recipe = kg.Recipe(r1=0, lr=np.float64(0.5), seed=np.int64(3), augment=["color"])
        assert recipe == kg.Recipe(r1=0.0, lr=0.5, seed=3, augment=("color",))
        assert type(recipe.r1) is float and type(recipe.seed) is int

    def test_cannot_be_changed_but_copied_with_changes(self):
        recipe = kg.Recipe()
        with pytest.raises(dataclasses.FrozenInstanceError):
            recipe.lr = 1.0
        assert dataclasses.replace(recipe, lr=1).lr == 1.0
        with pytest.raises(ValueError, match="lr must be"):
            dataclasses.replace(recipe, lr=-1)

    def test_takes_neither_numpy_nor_tensorflow(self):
        program = (
            "import sys, keras_gan as kg; kg.Recipe.preset('dcgan', seed=1).to_flags()\n"
            "print(sorted({'numpy', 'keras', 'tensorflow', 'absl'} & set(sys.modules)))"
        )
        run = [sys.executable, "-c", program]
        done = subprocess.run(run, capture_output=True, text=True, cwd=ROOT)
        assert (done.stdout, done.stderr) == ("[]\n", "")


class TestWords:
    """One mistake, in the words of Python and of the command line."""

    @pytest.mark.parametrize(
        "message, arguments, flags",
        [
            ("{dropout}", "dropout", "--dropout"),
            ("{network:'mlp'}", "network='mlp'", "--network=mlp"),
            ("{image_size:30}", "image_size=30", "--image_size=30"),
            ("{dropout:False}", "dropout=False", "--nodropout"),
            ("{dropout:True}", "dropout=True", "--dropout"),
            ("{augment:()}", "augment=()", "--augment="),
            ("{weight_clip:None}", "weight_clip=None", "--weight_clip="),
            ("{dataset:{spec!r}}", "dataset='a {b}'", "--dataset=a {b}"),
        ],
    )
    def test_an_option_is_an_argument_or_a_flag(self, message, arguments, flags):
        error = OptionError(message + " {is} wrong", **{"is": "is", "spec": "a {b}"})
        assert str(error) == f"{arguments} is wrong"
        assert error.in_flags() == f"{flags} is wrong"


def data_of(shape, num_classes=10):
    samples = np.arange(30 * np.prod(shape)).reshape(30, *shape)
    samples = samples.astype("uint8" if len(shape) == 3 else "float32")
    return types.SimpleNamespace(
        samples=samples, sample_shape=shape, num_classes=num_classes
    )


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


def built(name, **options):
    recipe = kg.Recipe(network=name, **options)
    return building.networks_of(recipe, data_of(SHAPES[name]))


class TestNetworks:
    def test_all_are_tried_here(self):
        assert set(SHAPES) == set(kg.networks.NAMES)

    @pytest.mark.parametrize("name", SHAPES)
    def test_makes_samples_of_the_data(self, name):
        generator, discriminator = built(name, latent_dim=7)
        assert name.removesuffix("s") in generator.name
        assert generator.input_shape == (None, 7)
        assert generator.output_shape == discriminator.input_shape
        assert generator.output_shape == (None, *SHAPES[name])

    @pytest.mark.parametrize("name", ["mlp", "dcgan", "resnet", "points"])
    def test_bounds_of_d_are_handed_on(self, name):
        _, discriminator = built(name, spectral_norm=True, weight_clip=0.5)
        assert [w for w in discriminator.weights if w.name == "u"]
        assert {w.constraint.limit for w in discriminator.trainable_weights} == {0.5}

    def test_the_sizes_are_those_that_are_asked_for(self):
        pair = built("mlp", generator_units=(5, 6), discriminator_units=(3,))
        widths = [
            [w.shape[-1] for w in network.weights if w.name == "kernel"]
            for network in pair
        ]
        assert widths == [[5, 6, 64], [3 * 5, 1]]
        # Channels at half the resolution: of 8x8 pixels the one level there is.
        for name, options in (
            ("dcgan", {"generator_width": 3, "discriminator_width": 5}),
            ("resnet", {"width": 6}),
        ):
            signature = inspect.signature(kg.networks.get(name).function).parameters
            for option in options:
                about = OPTIONS[option].help
                assert about.endswith(f"Default: {signature[option].default}.")
            arguments = {"latent_dim": 32, "seed": 0, **options}
            expected = kg.networks.get(name).build(SHAPES[name], **arguments)
            for one, other in zip(built(name, **options), expected, strict=True):
                assert [w.shape for w in one.weights] == [w.shape for w in other.weights]
        generator, _ = built("pacgan", generator_units=(5,))
        assert [w.shape for w in generator.weights if w.name == "kernel"] == [
            (32, 5),
            (5, 2),
        ]

    @pytest.mark.parametrize("name", ["mlp", "maxout_conv"])
    def test_dropout_is_handed_on(self, name):
        for dropout in (True, False):
            _, discriminator = built(name, dropout=dropout)
            kinds = {type(layer) for layer in discriminator.layers}
            assert (keras.layers.Dropout in kinds) is dropout

    def test_labels_and_packs_are_handed_on(self):
        generator, _ = built("resnet", conditional=True)
        assert [x.name for x in generator.inputs] == ["latents", "labels"]
        _, discriminator = built("pacgan", packing=3)
        assert discriminator.input_shape == (None, 6)

    def test_the_mlp_starts_at_the_mean_image_or_not(self):
        mean = data_of(SHAPES["mlp"]).samples.mean(axis=0).ravel() / 255
        biases = [
            built("mlp", mean_image_bias=choice)[0].trainable_weights[-1].numpy()
            for choice in (None, True, False)
        ]
        np.testing.assert_allclose(biases[0], np.log(mean / (1 - mean)), rtol=1e-5)
        np.testing.assert_array_equal(biases[0], biases[1])
        np.testing.assert_array_equal(biases[2], 0.0)

    def test_waves_of_clusters_follow_the_data(self):
        _, discriminator = built("clusters")
        waves = discriminator.get_layer(index=1)
        # 30 points in a row: nothing is finer than the row itself.
        assert waves.low == waves.high == pytest.approx(1 / (2 * np.arange(30).std()))

    def test_every_option_of_the_networks_is_one_of_a_function(self):
        for argument in building.NETWORK_ARGUMENTS.values():
            assert any(kg.networks.get(n).takes(argument) for n in kg.networks.NAMES)


class TestWhatDoesNotGoTogether:
    @pytest.mark.parametrize(
        "name, options, needed",
        [
            ("dcgan", {"dropout": True}, "--network=mlp"),
            ("points", {"mean_image_bias": True}, "--network=mlp"),
            ("resnet", {"generator_units": (8,)}, "use --width, or"),
            ("mlp", {"width": 8}, ": use --generator_units and --discriminator_units"),
            ("resnet", {"generator_width": 8}, "--network=dcgan"),
            ("points", {"discriminator_units": (8,)}, "networks.points(units=...)"),
            (
                "maxout_conv",
                {"generator_units": (8,)},
                "maxout_conv(generator_units=...)",
            ),
            ("dcgan", {"width": 8}, "use --generator_width and --discriminator_width, "),
            ("clusters", {"augment": ("color",)}, "images"),
            ("pacgan", {"spectral_norm": True}, "--network=points"),
            ("line", {"weight_clip": 0.5}, "--network=points"),
            ("pacgan", {"conditional": True}, "--network=dcgan"),
            ("line", {"packing": 2}, "--network=pacgan"),
        ],
    )
    def test_options_that_would_do_nothing(self, name, options, needed):
        (option,) = options
        with refused(f"--{option} does nothing with --network={name}", needed):
            built(name, **options)
        if needed.startswith("--network="):
            pair = kg.networks.get(needed.partition("=")[2])
            building.check_idle(kg.Recipe(**options), pair)
        building.check_idle(kg.Recipe(), kg.networks.get(name))

    def test_in_python_they_are_arguments(self):
        with pytest.raises(ValueError) as caught:
            built("dcgan", dropout=True)
        assert str(caught.value) == (
            "dropout does nothing with network='dcgan', only with network='mlp' or "
            "network='maxout_conv': leave it out, or add dropout=False if a preset such "
            "as paper_mnist sets it."
        )

    def test_a_preset_is_blamed_only_if_it_sets_the_option(self):
        with refused(
            "--width does nothing with --network=dcgan, only with --network=resnet: use "
            "--generator_width and --discriminator_width, or leave it out."
        ):
            built("dcgan", width=8)

    def test_an_unknown_network(self):
        with refused("--network=foo", ", ".join(kg.networks.NAMES)):
            building.networks_of(kg.Recipe(network="foo"), data_of((8, 8, 1)))

    @pytest.mark.parametrize("name, shape", [("mlp", (2,)), ("points", (8, 8, 1))])
    def test_a_network_for_other_data(self, name, shape):
        with refused(f"--network={name} does not make", "--network=auto"):
            building.networks_of(kg.Recipe(network=name), data_of(shape))

    @pytest.mark.parametrize("name, cure", [("dcgan", "28 or 32"), ("maxout_conv", "32")])
    def test_images_of_a_side_that_the_network_cannot_make(self, name, cure):
        with refused("30x30", f"resize to {cure}", "See --image_size"):
            building.networks_of(kg.Recipe(network=name), data_of((30, 30, 1)))
        # By the option alone, before any data are looked for.
        with refused("--image_size=30", f"resize to {cure}"):
            kg.Recipe(network=name, dataset="nowhere", image_size=30).load_data()

    @pytest.mark.parametrize("num_classes", [1, None])
    def test_classes_that_are_none(self, num_classes):
        data = data_of(SHAPES["mlp"], num_classes)
        with refused("--conditional", "one class" if num_classes else "without labels"):
            building.networks_of(kg.Recipe(conditional=True), data)

    def test_labels_to_smooth_of_a_loss_without_labels(self):
        with refused("--label_smoothing", "cross-entropy", "--loss=non_saturating"):
            building.loss_of(kg.Recipe(label_smoothing=0.1, loss="hinge"))


class TestGame:
    @pytest.mark.parametrize("name", kg.losses.NAMES)
    def test_every_loss_has_its_name(self, name):
        loss = building.loss_of(kg.Recipe(loss=name))
        assert type(loss) is type(kg.losses.get(name))

    def test_label_smoothing_lowers_the_target_of_reals(self):
        loss = building.loss_of(kg.Recipe(label_smoothing=0.1))
        assert loss.real_label == 0.9

    def test_penalties_are_those_with_a_weight(self):
        recipe = kg.Recipe(r1=0.5, r2=2, gp=0, penalty_interval=4)
        found = building.penalties_of(recipe, (8, 8, 1))
        assert [type(one) for one in found] == [kg.penalties.R1, kg.penalties.R2]
        assert [one.weight for one in found] == [0.5, 2.0]
        assert {one.interval for one in found} == {4}
        (only,) = building.penalties_of(kg.Recipe(r1=0, gp=10), (8, 8, 1))
        assert type(only) is kg.penalties.GradientPenalty and only.weight == 10.0

    @pytest.mark.parametrize("side, channels", [(56, 1), (28, 3), (84, 3)])
    def test_the_same_picture_in_more_values_has_the_same_penalty(self, side, channels):
        slopes = np.random.default_rng(0).normal(size=(28, 28, 1)).astype("float32")

        def sees(x, training):
            # What the values of a pixel that became several have in common.
            x = tf.reduce_mean(x, -1, keepdims=True)
            x = tf.nn.avg_pool2d(x, x.shape[1] // 28, x.shape[1] // 28, "VALID")
            return tf.reduce_sum(x * slopes, axis=(1, 2))

        recipe = kg.Recipe.preset("conditional")
        found = []
        for shape in ((28, 28, 1), (side, side, channels)):
            (r1,) = building.penalties_of(recipe, shape)
            found.append(float(r1(sees, tf.zeros((1, *shape)), None, None)[0]))
        assert found[0] == pytest.approx(0.5 * 0.3 * np.square(slopes).sum(), rel=1e-5)
        assert found[1] == pytest.approx(found[0], rel=1e-5)

    def test_a_heap_of_images_has_no_classes_and_what_to_do_is_said(self, tmp_path):
        Image.new("L", (8, 8)).save(tmp_path / "a.png")
        recipe = kg.Recipe(dataset=f"folder:{tmp_path}", conditional=True, batch_size=1)
        with pytest.raises(ValueError, match=r"has none: name the folder that holds one"):
            recipe.load_data()

    def test_a_weight_that_is_given_stays_as_it_is(self):
        shape = (64, 64, 3)
        assert kg.Recipe.preset("dcgan", r1=0.5).r1_for(shape) == 0.5
        assert parsed("--preset=dcgan", "--r1=0.5").r1_for(shape) == 0.5
        assert parsed("--r1=0.5", "--preset=dcgan").r1_for(shape) == 0.5
        of_preset = parsed("--preset=dcgan").r1_for(shape)
        assert of_preset == kg.Recipe.preset("dcgan").r1_for(shape)
        assert of_preset == pytest.approx(0.15 * 12288 / 784)

    def test_what_d_sees(self):
        recipe = kg.Recipe(
            augment=("color", "cutout"), instance_noise=0.2, instance_noise_steps=9
        )
        augment, noise = building.augmentations_of(recipe, (0.0, 1.0))
        assert augment.get_config() == {"policy": "color,cutout", "value_width": 1.0}
        assert noise.get_config() == {"std": 0.2, "steps": 9}
        assert building.augmentations_of(kg.Recipe(), (0.0, 1.0)) == []


class TestSchedules:
    def rates(self, steps=50, **options):
        recipe = kg.Recipe(lr=0.1, discriminator_steps=2, **options)
        pair = building.optimizers_of(recipe, steps=10, total=100)
        rates = []
        for optimizer, updates in zip(pair, (2 * steps, steps), strict=True):
            optimizer.build([keras.Variable(0.0)])
            optimizer.iterations.assign(updates)
            rates.append(float(optimizer.learning_rate))
        return rates

    def test_both_reach_half_at_half_time(self):
        np.testing.assert_allclose(self.rates(schedule="linear"), [0.05, 0.05], 1e-5)

    def test_the_generator_may_have_its_own(self):
        found = self.rates(schedule="linear", g_schedule="constant", g_lr=0.2)
        np.testing.assert_allclose(found, [0.05, 0.2], 1e-5)


class TestBuild:
    @pytest.mark.parametrize(
        "options",
        [
            {"generator_units": (10**9,)},
            {"discriminator_units": (10**4, 10**8)},
            {"latent_dim": 10**9},
            {"network": "dcgan", "latent_dim": 10**9},
        ],
        ids=str,
    )
    def test_networks_without_end_are_refused_at_once(self, options):
        images = np.zeros((4, 8, 8, 1), "uint8")
        images[0] = 255
        data = kg.data.Batches(images, batch_size=2)
        words = ("the networks", "of memory are needed", "latent_dim")
        with refused(*words):
            kg.Recipe(**options).build(data)

    def test_trains_to_the_bit_what_the_command_trains(self, tmp_path):
        """The same weights from Python's lines as from the files of `train.py`."""
        images = np.random.default_rng(0).integers(0, 256, (16, 8, 8, 1), "uint8")
        np.savez(tmp_path / "tiny.npz", x_train=images)
        spec = f"npz:{tmp_path / 'tiny.npz'}"
        flags = ("--preset=dcgan", f"--dataset={spec}", "--steps=4", "--batch_size=4")
        flags = (*flags, "--seed=3", f"--run_dir={tmp_path / 'run'}")
        assert train.main(flags_of_train(*flags)) == 0
        options = {"dataset": spec, "steps": 4, "batch_size": 4, "seed": 3}
        recipe = kg.Recipe.preset("dcgan", **options)
        assert kg.Recipe.of_run(tmp_path / "run") == recipe
        data = recipe.load_data()
        gan = recipe.build(data)
        limits = kg.callbacks.Limits(recipe.steps)
        gan.fit(data, epochs=recipe.epochs_for(data), verbose=0, callbacks=[limits])
        commands = keras.models.load_model(tmp_path / "run" / "gan.keras")
        assert int(commands.step) == int(gan.step) == 4
        for ours, theirs in zip(gan.weights, commands.weights, strict=True):
            np.testing.assert_array_equal(ours, theirs)

    @pytest.mark.parametrize(
        ("given", "expected"), [({}, 0.1), ({"ema_rampup": 0.3}, 0.3)]
    )
    def test_the_ramp_of_the_average(self, given, expected):
        recipe = kg.Recipe(dataset="ring", r1=0.0, **given)
        data = recipe.load_data()
        assert recipe.build(data).ema_rampup == expected
        without = dataclasses.replace(recipe, ema_rampup=0.0)
        assert without.build(data).ema_rampup is None

    def test_the_length_of_a_run(self):
        images = np.zeros((64, 8, 8, 1), "float32")
        images[0] = 1
        data = kg.data.Batches(images, batch_size=16)
        by_epochs = kg.Recipe(epochs=3, discriminator_steps=2)
        assert by_epochs.epochs_for(data) == 3 and by_epochs.steps_for(data) == 6
        by_steps = kg.Recipe(epochs=3, steps=5, discriminator_steps=2)
        assert by_steps.epochs_for(data) == 3 and by_steps.steps_for(data) == 5

    def test_half_precision_stays_with_the_networks(self):
        points = np.arange(80, dtype="float32").reshape(40, 2)
        data = kg.data.Batches(points, batch_size=4)
        recipe = kg.Recipe(mixed_precision="mixed_float16")
        gan = recipe.build(data)
        policies = {layer.dtype_policy.name for layer in gan.generator.layers}
        assert "mixed_float16" in policies
        assert keras.config.dtype_policy().name == "float32"

    def test_a_data_set_that_is_not_there(self):
        with pytest.raises(ValueError, match="^dataset='mnsit': .*did you mean mnist"):
            kg.Recipe(dataset="mnsit").load_data()

    def test_metrics_are_measured_against_the_same_points_for_every_seed(self, tmp_path):
        recipes = [
            kg.Recipe(dataset="ring", metrics=("kid",), seed=seed) for seed in (0, 1)
        ]
        first, other = (
            training_run.evaluation_of(recipe, tmp_path, np.zeros((5, 2))).suite.test
            for recipe in recipes
        )
        np.testing.assert_array_equal(first, other)
