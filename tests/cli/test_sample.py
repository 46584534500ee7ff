"""What sample.py draws from a conditional run."""

import json
import os
import shutil

import numpy as np
import pytest
from PIL import Image, ImageSequence

import keras_gan as kg
from keras_gan import latents, pictures
from keras_gan.cli import sample
from keras_gan.cli.flags import define
from keras_gan.cli.given_samples import read_samples
from keras_gan.cli.run_folder import load_run, read_classes
from keras_gan.data import memory
from keras_gan.randomness import SAMPLE, fold
from keras_gan.storage.pictures import read_png
from support import conditional_networks, refused, sampled, tiny_gan


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a conditional run, and its GAN."""
    run_dir = tmp_path_factory.mktemp("run")
    gan = tiny_gan(conditional_networks(), num_classes=3)
    gan.save(run_dir / "gan.keras")
    return run_dir, gan


class TestLabel:
    @pytest.mark.parametrize("label", [None, ["1"], ["1", "1"], ["2", "0"]])
    def test_a_picture_needs_no_other_flag(self, run, tmp_path, label):
        sampled(run[0], tmp_path / "a.png", num=None, label=label)
        with Image.open(tmp_path / "a.png") as picture:
            width, height = picture.size
        assert 300 < width < 600 and 300 < height < 600  # About 64 of 48 pixels.

    def test_npz_holds_the_labels(self, run, tmp_path, capsys):
        run_dir, gan = run
        sampled(run_dir, tmp_path / "all.npz", num=5)
        assert "(classes equally often: " in capsys.readouterr().out
        sampled(run_dir, tmp_path / "two.npz", num=5, label=["2"])
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

    def test_a_picture_has_whole_rows_unless_a_number_is_asked_for(self, run, tmp_path):
        two = {"num": None, "label": ["0", "2"]}
        for asked, number in (({"num": None}, 63), ({"num": 64}, 64), (two, 64)):
            sampled(run[0], tmp_path / "rows.png", **asked)
            labels = None if "label" not in asked else [0, 2] * 32
            columns = 9 if labels is None else 8
            expected = pictures.draw(run[1].sample(number, 0, labels), (0, 1), columns)
            np.testing.assert_array_equal(read_png(tmp_path / "rows.png"), expected)
        sampled(run[0], tmp_path / "all.npz", num=None)
        assert len(np.load(tmp_path / "all.npz")["images"]) == 64

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
        sampled(run_dir, tmp_path / "walk.npz", mode="walk", num=12, label=["1"])
        with np.load(tmp_path / "walk.npz") as archive:
            ends = np.rint(gan.generate(gan.draw_latents(2), 1) * 255)
            np.testing.assert_allclose(archive["images"][[0, -1]], ends, atol=1)

    def test_a_film_names_the_class_of_each_frame(self, tmp_path):
        names = ["cat", "dog", "owl"]
        gan = tiny_gan(conditional_networks(), num_classes=3, class_names=names)
        gan.save(tmp_path / "gan.keras")
        path = tmp_path / "walk.gif"
        sampled(tmp_path, path, mode="walk", num=24, label=["cat", "owl"], scale=8)
        with Image.open(path) as film:
            frames = [
                np.asarray(one.convert("L")) for one in ImageSequence.Iterator(film)
            ]
        # A line of text above the sample, the same for frames of one class.
        rise = frames[0].shape[0] - frames[0].shape[1]
        assert rise > 8
        first, second, *_, last = (frame[:rise] for frame in frames)
        np.testing.assert_array_equal(first, second)
        assert (first != last).any()

    def test_refuses_a_class_that_there_is_not(self, run, tmp_path):
        with refused("--label=3", "0..2"):
            sampled(run[0], tmp_path / "x.npz", label=["3"])

    def test_a_misspelt_folder_names_the_one_beside_it(self, tmp_path):
        (tmp_path / "quickstart").mkdir()
        with refused("quikstart: there is no such folder, but ", "/quickstart."):
            sampled(tmp_path / "quikstart", tmp_path / "x.npz")

    def test_a_pattern_names_no_run(self, tmp_path):
        with refused(f"--run_dir={tmp_path}/* is one folder", "sample each"):
            sampled(f"{tmp_path}/*", tmp_path / "x.npz")

    @pytest.mark.parametrize("flag", ["--label=", "--seeds="])
    def test_an_empty_flag_does_not_draw_something_else(self, run, flag, tmp_path):
        own = define(sample.Request)
        own(["sample.py", f"--run_dir={run[0]}", f"--output={tmp_path}/x.png", flag])
        with refused(f"{flag} is empty: name some, or leave it out."):
            sample.main(own)
        assert not list(tmp_path.iterdir())

    def test_several_classes_in_turn(self, run, tmp_path):
        sampled(run[0], tmp_path / "two.npz", num=5, label=["2", "0"])
        with np.load(tmp_path / "two.npz") as archive:
            np.testing.assert_array_equal(archive["labels"], [2, 0, 2, 0, 2])
            expected = run[1].sample(5, labels=np.array([2, 0, 2, 0, 2]))
            np.testing.assert_array_equal(archive["images"], np.rint(expected * 255))


class TestNames:
    """Classes named as their folders were: the class 2 is not the one of number 2."""

    @pytest.fixture(scope="class")
    def run_dir(self, tmp_path_factory):
        run_dir = tmp_path_factory.mktemp("run")
        tiny_gan(conditional_networks(), num_classes=3).save(run_dir / "gan.keras")
        names = {n: {"name": name} for n, name in enumerate(["2", "1", "a/b dog"])}
        (run_dir / "classes.json").write_text(json.dumps(names))
        return run_dir

    @pytest.mark.parametrize(
        "label, number, told",
        [
            ("a/b dog", 2, "2 a/b dog"),
            ("A/B Dog", 2, "2 a/b dog"),
            ("2", 0, "0 2"),
            ("1", 1, "1"),
            ("0", 0, "0 2"),
        ],
    )
    def test_a_name_comes_before_a_number(
        self, run_dir, tmp_path, label, number, told, capsys
    ):
        sampled(run_dir, tmp_path / "x.npz", label=[label])
        assert (np.load(tmp_path / "x.npz")["labels"] == number).all()
        assert f", class {told}: " in capsys.readouterr().out

    def test_what_the_gan_knows_comes_before_the_file(self, run_dir, tmp_path):
        shutil.copytree(run_dir, tmp_path / "run")
        gan = load_run(run_dir)
        assert gan.class_names == ["2", "1", "a/b dog"]
        gan.class_names = ["a", "b", "c"]
        gan.save(tmp_path / "run" / "gan.keras")
        assert load_run(tmp_path / "run").class_names == ["a", "b", "c"]

    def test_an_unknown_name_is_answered_with_those_there_are(self, run_dir, tmp_path):
        said = "--label=dog: There is no class 'dog' (did you mean 'a/b dog'?)"
        with refused(said, "2, 1, a/b dog", "0..2"):
            sampled(run_dir, tmp_path / "x.npz", label=["1", "dog"])
        assert not list(tmp_path.iterdir())

    def test_they_stand_above_their_columns_and_in_the_names_of_files(
        self, run_dir, tmp_path
    ):
        sampled(run_dir, tmp_path / "all.png", num=6)
        names = ["2", "1", "a/b dog"]
        samples = load_run(run_dir).sample(6)
        expected = pictures.draw(samples, (0, 1), 3, captions=names)
        np.testing.assert_array_equal(read_png(tmp_path / "all.png"), expected)
        sampled(run_dir, f"{tmp_path}/all/", num=4)
        assert sorted(path.name for path in (tmp_path / "all").iterdir()) == [
            "sample_000000_0-2.png",
            "sample_000001_1.png",
            "sample_000002_2-a-b-dog.png",
            "sample_000003_0-2.png",
        ]

    @pytest.mark.parametrize(
        "content",
        [
            "",
            "[]",
            '{"0": {}}',
            '{"0": 1, "1": 2}',
            '{"0": {"name": 1}, "1": {"name": 2}}',
        ],
    )
    def test_a_damaged_list_of_names_is_one_line(self, tmp_path, content):
        (tmp_path / "classes.json").write_text(content)
        with refused("classes.json cannot be read", "or remove it"):
            read_classes(tmp_path, 2)


class TestSeeds:
    def test_a_seed_is_one_sample_whatever_the_others_are(self, run, tmp_path):
        run_dir, gan = run
        sampled(run_dir, tmp_path / "a.npz", num=None, seeds="7,2-4")
        with np.load(tmp_path / "a.npz") as archive:
            np.testing.assert_array_equal(archive["seeds"], [7, 2, 3, 4])
            np.testing.assert_array_equal(archive["labels"], [1, 2, 0, 1])
            for seed, image, label in zip(
                archive["seeds"], archive["images"], archive["labels"], strict=True
            ):
                (expected,) = gan.sample(1, seed=seed, labels=label)
                np.testing.assert_array_equal(image, np.rint(255 * expected))

    def test_a_folder_holds_them_pixel_for_pixel(self, run, tmp_path):
        run_dir, gan = run
        (tmp_path / "mine.txt").write_text("mine")
        for _ in range(2):  # The second time it replaces what is its own.
            sampled(run_dir, f"{tmp_path}/", num=None, seeds="2-4", label=["1"])
        assert len(list(tmp_path.iterdir())) == 4
        with Image.open(tmp_path / "seed_000003_1.png") as image:
            expected = np.rint(255 * gan.sample(1, seed=3, labels=1)[0, ..., 0])
            np.testing.assert_array_equal(np.asarray(image), expected)
        # They are samples to be measured.
        folder = read_samples(str(tmp_path), 3)
        sampled(run_dir, tmp_path / "a.npz", num=None, seeds="0-3,9", label=["2", "0"])
        with np.load(tmp_path / "a.npz") as archive:  # At seed mod 2.
            np.testing.assert_array_equal(archive["labels"], [2, 0, 2, 0, 0])
        sampled(run_dir, tmp_path / "a.npz", num=None, seeds="2-4", label=["1"])
        archive = read_samples(str(tmp_path / "a.npz"), 3)
        np.testing.assert_array_equal(folder, archive)

    def test_a_folder_of_a_run_of_16_bits_has_16_bits(self, run, tmp_path):
        run_dir = shutil.copytree(run[0], tmp_path / "run")
        (run_dir / "flags.txt").write_text("--bits=16\n")
        sampled(run_dir, f"{tmp_path}/deep/", num=None, seeds="3", label=["1"])
        with Image.open(tmp_path / "deep/seed_000003_1.png") as image:
            expected = np.rint(65_535 * run[1].sample(1, seed=3, labels=1)[0, ..., 0])
            np.testing.assert_array_equal(np.asarray(image), expected)

    def test_a_folder_holds_no_samples_but_these(self, run, tmp_path):
        run_dir, _ = run
        sampled(run_dir, f"{tmp_path}/", num=3)
        before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
        fewer, others = {"num": 2}, {"num": None, "seeds": "0-2"}
        for options, words in (
            (fewer, ["holds 1 other image, such as sample_000002_2.png"]),
            (others, ["holds 3 other images, such as sample_000000_0.png"]),
            ({"num": 3, "label": ["1"]}, ["holds 2 other images", "move them away"]),
        ):
            with refused(f"--output={tmp_path}/", *words):
                sampled(run_dir, f"{tmp_path}/", **options)
        assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before
        sampled(run_dir, f"{tmp_path}/", num=5)  # All of them are written anew.
        assert len(list(tmp_path.iterdir())) == 5
        (tmp_path / "photo.JPG").write_text("not ours")
        with refused("holds 1 other image, such as photo.JPG"):
            sampled(run_dir, f"{tmp_path}/", num=5)

    @pytest.mark.parametrize(
        "seeds", ["a", "1-", "-3", "5-2", "1,,2", "0-2147483648", ""]
    )
    def test_what_are_no_seeds_is_said(self, seeds):
        if seeds:
            with refused(f"--seeds={seeds} must be", "such as 0-63"):
                sample.Request(run_dir="a", seeds=seeds)
        else:
            assert sample.Request(run_dir="a", seeds=seeds).number == 64


class TestOptions:
    @pytest.fixture(scope="class")
    def run(self, tmp_path_factory):
        run_dir = tmp_path_factory.mktemp("run")
        gan = tiny_gan()
        gan.save(run_dir / "gan.keras")
        return run_dir, gan

    def test_columns_and_scale(self, run, tmp_path):
        sampled(run[0], tmp_path / "a.png", num=6, columns=2, scale=3)
        expected = pictures.draw(run[1].sample(6), (0, 1), columns=2, scale=3)
        np.testing.assert_array_equal(read_png(tmp_path / "a.png"), expected)
        sampled(run[0], tmp_path / "w.npz", mode="walk", num=3)
        assert len(np.load(tmp_path / "w.npz")["images"]) == 12
        sampled(run[0], tmp_path / "w.png", mode="walk", num=4, columns=3, scale=1)
        assert read_png(tmp_path / "w.png").shape == (22, 32, 3)

    def test_truncation(self, run, tmp_path):
        run_dir, gan = run
        sampled(run_dir, tmp_path / "a.npz", truncation=0.5)
        z = latents.TruncatedNormal(0.5)((256, 4), fold(0, 0, SAMPLE))[:4]
        expected = np.rint(255 * gan.sample(latents=z))
        np.testing.assert_allclose(
            np.load(tmp_path / "a.npz")["images"], expected, atol=1
        )

    def test_truncation_is_for_normal_latents(self, tmp_path):
        tiny_gan(latents="uniform").save(tmp_path / "gan.keras")
        with refused("--truncation=0.5", "normal latents", "Uniform"):
            sampled(tmp_path, tmp_path / "a.npz", truncation=0.5)

    def test_each_mode_has_a_file_of_its_own(self, run, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        for mode in ("grid", "walk"):
            sample.sample(sample.Request(run_dir=str(run[0]), num=3, mode=mode))
        assert sorted(os.listdir()) == ["samples.png", "walk.png"]
        assert sample.Request(run_dir="a", mode="neighbors").path == "neighbors.png"

    @pytest.mark.parametrize("name", ["a.png", "a.gif", "a.npz", "sample_000001.png"])
    def test_nothing_of_others_is_replaced(self, run, tmp_path, name):
        (tmp_path / name).write_bytes(b"mine")
        output = tmp_path / name
        output = f"{tmp_path}/" if name.startswith("sample_") else output
        with refused(f"--output={output}", f"{name} was not written by this package"):
            sampled(run[0], output)
        assert (tmp_path / name).read_bytes() == b"mine"
        assert len(list(tmp_path.iterdir())) == 1

    @pytest.mark.parametrize(
        "given, words",
        [
            ({"seeds": "0-3", "num": 5}, ["--seeds", "--num"]),
            ({"seeds": "0-3", "seed": 5}, ["--seeds", "--seed"]),
            ({"seeds": "0-3", "mode": "walk"}, ["--seeds", "--mode=walk"]),
            ({"columns": 3, "output": "a.npz"}, ["--columns", ".png"]),
            ({"columns": 3, "output": "a/"}, ["--columns", ".png"]),
            ({"columns": 1, "mode": "walk"}, ["--mode=walk", "--columns=2"]),
            ({"scale": 3, "output": "a.npz"}, ["--scale"]),
            ({"mode": "walk", "output": "a/"}, ["--mode=walk", "--output"]),
            ({"output": "a.jpg"}, ["--output=a.jpg", ".png, .gif, .npz", "folder"]),
            ({"truncation": 0.0}, ["--truncation", "positive"]),
        ],
    )
    def test_what_contradicts_itself_is_one_line(self, given, words):
        with refused(*words):
            sample.Request(run_dir="a", **given)

    def test_points_have_no_pictures_of_their_own(self, tmp_path):
        gan = kg.GAN(*kg.networks.points(2))
        gan.compile("adam", "adam")
        gan.save(tmp_path / "gan.keras")
        for given, words in [
            ({"output": "a/"}, "one point is no picture"),
            ({"output": "a.gif"}, "one point is no picture"),
            ({"output": "a.png", "columns": 3}, "--columns"),
            ({"output": "a.png", "scale": 3}, "--scale"),
        ]:
            with refused(words):
                sampled(tmp_path, **given)
