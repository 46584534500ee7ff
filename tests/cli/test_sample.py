"""What sample.py draws from a conditional run."""

import json
import shutil

import numpy as np
import pytest

from keras_gan.data import memory
from keras_gan.storage.pictures import read_png
from support import conditional_networks, refused, sampled, tiny_gan


class TestLabel:
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

    def test_npz_has_the_classes_as_often_as_the_training_data(self, run, tmp_path):
        run_dir = shutil.copytree(run[0], tmp_path / "run")
        classes = {number: {"samples": n} for number, n in enumerate((70, 20, 10))}
        (run_dir / "classes.json").write_text(json.dumps(classes))
        sampled(run_dir, tmp_path / "all.npz", num=300)
        with np.load(tmp_path / "all.npz") as archive:
            labels, images = archive["labels"], archive["images"]
        assert np.bincount(labels).tolist() == [210, 60, 30]
        assert np.abs(np.bincount(labels[:100]) - [70, 20, 10]).max() <= 2
        made = np.rint(run[1].sample(300, labels=labels) * 255)
        np.testing.assert_array_equal(images, made)
        sampled(run_dir, tmp_path / "all.png", num=6)  # Still a column per class.
        assert read_png(tmp_path / "all.png").shape[:2] == (102, 152)
        for wrong in ("{", "[]", '{"0": "name"}', "{}", "\0"):
            (run_dir / "classes.json").write_text(wrong)
            with refused("classes.json", "of 3 classes has: move it away"):
                sampled(run_dir, tmp_path / "all.npz")

    def test_many_are_written_a_block_at_a_time(self, run, tmp_path, monkeypatch):
        run_dir, gan = run
        whole = gan.sample(600, seed=3)
        # Room for a block, but not for all.
        monkeypatch.setattr(memory, "available", lambda: 2 * whole[:256].nbytes)
        sampled(run_dir, tmp_path / "all.npz", num=600, seed=3)
        with np.load(tmp_path / "all.npz") as archive:
            assert archive["images"].dtype == np.uint8
            np.testing.assert_array_equal(archive["images"], np.rint(whole * 255))
            np.testing.assert_array_equal(archive["labels"], np.arange(600) % 3)
        with refused("--num=600", "of memory are needed", "--output=NAME.npz"):
            sampled(run_dir, tmp_path / "all.png", num=600)
        with pytest.raises(ValueError, match="num_samples=600: .*GiB|.*KiB.*use blocks"):
            gan.sample(600)

    def test_what_can_never_be_written_is_said_at_once(self, run, tmp_path):
        with pytest.raises(OSError, match="are to be written.*are free: make fewer"):
            sampled(run[0], tmp_path / "all.npz", num=10**13)
        with refused("--num=10000000000000", "TiB of memory are needed"):
            sampled(run[0], tmp_path / "all.png", num=10**13)
        assert not list(tmp_path.iterdir())

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
        with refused("--label=3", "0..2"):
            sampled(run[0], tmp_path / "x.npz", label=3)
