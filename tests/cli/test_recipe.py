"""What the flags of train.py make of the game, and sample.py of a conditional run."""

import types

import keras
import numpy as np
import pytest

import keras_gan as kg
from keras_gan.cli import recipe
from keras_gan.storage.pictures import read_png
from support import conditional_networks, parsed, sampled, tiny_gan


class TestGame:
    @pytest.mark.parametrize("name", kg.losses.NAMES)
    def test_every_loss_has_its_name(self, name):
        loss = recipe.build_loss(parsed(f"--loss={name}"))
        assert type(loss) is type(kg.losses.get(name))

    def test_label_smoothing_lowers_the_target_of_reals(self):
        loss = recipe.build_loss(parsed("--label_smoothing=0.1"))
        assert loss.real_label == 0.9

    def test_refuses_to_smooth_what_has_no_labels(self):
        with pytest.raises(ValueError, match="label_smoothing.*cross-entropy"):
            recipe.build_loss(parsed("--label_smoothing=0.1", "--loss=hinge"))

    def test_penalties_are_those_with_a_weight(self):
        given = recipe.build_penalties(
            parsed("--r1=0.5", "--r2=2", "--gp=0", "--penalty_interval=4")
        )
        assert [type(one) for one in given] == [kg.penalties.R1, kg.penalties.R2]
        assert [one.weight for one in given] == [0.5, 2.0]
        assert {one.interval for one in given} == {4}
        (only,) = recipe.build_penalties(parsed("--r1=0", "--gp=10"))
        assert type(only) is kg.penalties.GradientPenalty and only.weight == 10.0

    @pytest.mark.parametrize(
        "network, arguments, needed",
        [
            ("dcgan", ["--dropout"], "--network=mlp"),
            ("points", ["--mean_image_bias"], "--network=mlp"),
            ("resnet", ["--generator_units=8"], "--network=mlp"),
            ("dcgan", ["--discriminator_units=8"], "--network=mlp"),
            ("clusters", ["--augment=color"], "images"),
        ],
    )
    def test_refuses_flags_that_would_do_nothing(self, network, arguments, needed):
        flag = arguments[0].partition("=")[0]
        with pytest.raises(ValueError, match=f"{flag} does nothing without {needed}"):
            recipe.check_idle_flags(parsed(*arguments), network)
        if needed == "--network=mlp":
            recipe.check_idle_flags(parsed(*arguments), "mlp")
        recipe.check_idle_flags(parsed(), network)

    def test_what_d_sees(self):
        options = parsed(
            "--augment=color,cutout", "--instance_noise=0.2", "--instance_noise_steps=9"
        )
        augment, noise = recipe.build_augmentations(options, (0.0, 1.0))
        assert augment.get_config() == {"policy": "color,cutout", "value_width": 1.0}
        assert noise.get_config() == {"std": 0.2, "steps": 9}
        assert recipe.build_augmentations(parsed(), (0.0, 1.0)) == []

    def test_networks_are_told_of_classes_and_packs(self):
        real = types.SimpleNamespace(num_classes=10)
        assert recipe.pair_options(parsed(), real) == {}
        assert recipe.pair_options(parsed("--packing=2"), real) == {"packing": 2}
        assert recipe.pair_options(parsed("--conditional"), real) == {"num_classes": 10}
        with pytest.raises(ValueError, match="one class"):
            recipe.pair_options(
                parsed("--conditional"), types.SimpleNamespace(num_classes=1)
            )


class TestSchedules:
    def rates(self, *arguments, steps=50):
        options = parsed("--lr=0.1", "--discriminator_steps=2", *arguments)
        pair = recipe.build_optimizers(options, steps=10, total=100)
        rates = []
        for optimizer, updates in zip(pair, (2 * steps, steps), strict=True):
            optimizer.build([keras.Variable(0.0)])
            optimizer.iterations.assign(updates)
            rates.append(float(optimizer.learning_rate))
        return rates

    def test_both_reach_half_at_half_time(self):
        np.testing.assert_allclose(self.rates("--schedule=linear"), [0.05, 0.05], 1e-5)

    def test_the_generator_may_have_its_own(self):
        found = self.rates("--schedule=linear", "--g_schedule=constant", "--g_lr=0.2")
        np.testing.assert_allclose(found, [0.05, 0.2], 1e-5)


class TestLabelOfSamplePy:
    @pytest.fixture(scope="class")
    def run(self, tmp_path_factory):
        run_dir = tmp_path_factory.mktemp("run")
        gan = tiny_gan(conditional_networks(), num_classes=3)
        gan.save(run_dir / "gan.keras")
        return run_dir, gan

    def test_npz_holds_the_labels(self, run, tmp_path):
        run_dir, gan = run
        sampled(run_dir, tmp_path / "all.npz", num=5)
        sampled(run_dir, tmp_path / "two.npz", num=5, label=2)
        with np.load(tmp_path / "all.npz") as archive:
            np.testing.assert_array_equal(archive["labels"], [0, 1, 2, 0, 1])
        with np.load(tmp_path / "two.npz") as archive:
            np.testing.assert_array_equal(archive["labels"], [2] * 5)
            expected = np.rint(gan.sample(5, labels=2) * 255)
            np.testing.assert_allclose(archive["images"], expected, atol=1)

    def test_a_picture_of_all_has_a_column_per_class(self, run, tmp_path):
        sampled(run[0], tmp_path / "all.png", num=6)
        assert read_png(tmp_path / "all.png").shape[:2] == (102, 152)

    def test_walk_of_one_class(self, run, tmp_path):
        run_dir, gan = run
        sampled(run_dir, tmp_path / "walk.npz", mode="walk", num=12, label=1)
        with np.load(tmp_path / "walk.npz") as archive:
            ends = np.rint(gan.generate(gan.draw_latents(2), 1) * 255)
            np.testing.assert_allclose(archive["images"][[0, -1]], ends, atol=1)

    def test_refuses_a_class_that_there_is_not(self, run, tmp_path):
        with pytest.raises(ValueError, match="--label=3.*0..2"):
            sampled(run[0], tmp_path / "x.npz", label=3)
