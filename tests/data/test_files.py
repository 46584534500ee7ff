"""Tests of the user's own files: image folders, IDX files, NumPy archives."""

import gzip
import io
import itertools
import os
import struct
import types
import unicodedata
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from keras_gan.data import load, memory
from keras_gan.data.sources import decoding
from keras_gan.data.sources.reading import Reading


def fails(spec, *words, **arguments):
    """Asserts that loading fails in one line that holds all the words."""
    with pytest.raises(ValueError) as caught:
        load(spec, **{"batch_size": 1, **arguments})
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message, message


def picture(path, size=(6, 4), color=(200, 100, 50), mode="RGB", **arguments):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, color).save(path, **arguments)
    return path


def read(path, **arguments):
    return load(f"folder:{path}", **{"batch_size": 1, **arguments}).samples


def bytes_of_png(width, height, bits=8, colors=0, rows=b""):
    """A PNG of a few bytes whose header announces any size, bits and type of colours."""

    def chunk(kind, content):
        body = kind + content
        return (
            struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))
        )

    header = struct.pack(">IIBBBBB", width, height, bits, colors, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("seconds, told", [(0.6, (2, 19)), (0.04, ())])
def test_what_takes_long_says_how_far_it_is(seconds, told, tmp_path, monkeypatch, caplog):
    """After a second, and then every ten seconds; nothing if it is quick."""
    moments = itertools.count(0, seconds)
    clock = types.SimpleNamespace(monotonic=lambda: next(moments))
    monkeypatch.setattr("keras_gan.data.sources.told.time", clock)
    caplog.set_level("INFO")
    for number in range(20):
        picture(tmp_path / f"many/{number}.png", color=(number, 0, 0))
    read(tmp_path / "many", image_size=2)
    left = {2: "11 s", 19: "1 s"}  # 0.6 s for each of the others.
    assert caplog.messages == [
        f"{doing} folder:{tmp_path}/many: {count} of 20 images, {left[count]} to go"
        for doing in ("looking at", "reading")
        for count in told
    ]


class TestFolder:
    def test_flat_folder_is_sorted_and_has_no_labels(self, tmp_path):
        for name, grey in (("b.png", 2), ("a.bmp", 1), ("C.PNG", 0)):
            picture(tmp_path / name, color=grey, mode="L")
        samples = read(tmp_path)
        assert samples.shape == (3, 4, 6, 1)
        np.testing.assert_array_equal(samples[:, 0, 0, 0], [0, 1, 2])
        fails(f"folder:{tmp_path}", "no labels", labels=True)

    def test_subfolders_are_classes(self, tmp_path):
        for name in ("dog/1.png", "cat/2.png", "cat/1.png"):
            picture(tmp_path / name)
        (tmp_path / "empty").mkdir()
        batches = load(f"folder:{tmp_path}", batch_size=3, labels=True)
        assert batches.num_classes == 2
        np.testing.assert_array_equal(batches.labels, [0, 0, 1])

    def test_a_class_has_one_number_however_its_accents_are_written(self, tmp_path):
        names = ("Würfel", "étoile", "zebra")
        found = {}
        for form in ("NFC", "NFD"):
            for name in names:
                picture(tmp_path / form / unicodedata.normalize(form, name) / "1.png")
            found[form] = load(f"folder:{tmp_path / form}", batch_size=3, labels=True)
        composed = [unicodedata.normalize("NFC", name) for name in names]
        for batches in found.values():
            assert sorted(batches.class_names) == sorted(composed)
            assert batches.class_names == found["NFC"].class_names

    def test_train_and_test_share_the_numbers_of_classes(self, tmp_path):
        for name in ("train/a/1.png", "train/b/1.png", "test/b/1.png"):
            picture(tmp_path / name)
        batches = load(f"folder:{tmp_path}", split="test", batch_size=1, labels=True)
        np.testing.assert_array_equal(batches.labels, [1])
        assert batches.num_classes == 2
        picture(tmp_path / "test/c/1.png")
        fails(f"folder:{tmp_path}", "class 'c' without training images", split="test")

    def test_splits(self, tmp_path):
        picture(tmp_path / "1.png")
        fails(f"folder:{tmp_path}", "no split 'test'", "move", split="test")
        fails(f"folder:{tmp_path}", "'tran'", "train, test", split="tran")

    def test_hidden_and_other_files_are_passed_over(self, tmp_path, caplog):
        picture(tmp_path / "1.png")
        picture(tmp_path / ".hidden.png", size=(9, 9))
        (tmp_path / "notes.txt").write_text("x")
        (tmp_path / "Thumbs.db").write_text("x")
        assert len(read(tmp_path)) == 1
        assert (
            "ignored: 2 files without the suffix of an image, such as Thumbs.db"
            in caplog.text
        )

    def test_nothing_to_read(self, tmp_path):
        fails(f"folder:{tmp_path}", "0 images", "PNG", "train and test")
        picture(tmp_path / "deep/deeper/1.png")
        fails(f"folder:{tmp_path}", "0 images", f"write folder:{tmp_path}/deep")

    def test_two_levels_at_once(self, tmp_path):
        picture(tmp_path / "1.png")
        picture(tmp_path / "cat/1.png")
        fails(f"folder:{tmp_path}", "both", "1.png", "cat")

    @pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp"])
    def test_broken_files_are_named(self, tmp_path, suffix):
        generator = np.random.default_rng(0)
        noise = Image.fromarray(generator.integers(0, 256, (32, 32, 3), np.uint8))
        good = tmp_path / f"good.{suffix}"
        noise.save(good)
        bad = tmp_path / f"x_bad.{suffix}"
        content = good.read_bytes()
        bad.write_bytes(content[: len(content) // 2])
        fails(f"folder:{tmp_path}", str(bad), "not a readable image", "remove")
        bad.write_bytes(b"")
        fails(f"folder:{tmp_path}", str(bad), "0 bytes")
        bad.write_text("this is text")
        fails(f"folder:{tmp_path}", str(bad), "not a readable image")

    def test_damage_that_pillow_stumbles_over_is_named_too(self, tmp_path, caplog):
        picture(tmp_path / "good.png")
        # A turned image (0x0112) whose resolution (0x011a) is a text.
        tags = struct.pack(">HHHIHHHHI4s", 2, 0x0112, 3, 1, 6, 0, 0x011A, 2, 2, b"x")
        exif = b"Exif\0\0MM\0*" + struct.pack(">I", 8) + tags + bytes(4)
        bad = picture(tmp_path / "x_bad.jpg", exif=exif)
        short = bytes_of_png(6, 4)
        (tmp_path / "y_bad.png").write_bytes(
            short[:8] + struct.pack(">I", 5) + short[12:]
        )
        fails(f"folder:{tmp_path}", "y_bad.png", "not a readable image", "remove")
        assert len(read(tmp_path, skip_bad_images=True)) == 1
        assert "2 of 3 images are broken" in caplog.text and bad.name in caplog.text

    def test_splits_have_their_names(self, tmp_path):
        for name in ("train/a.png", "val/a.png"):
            picture(tmp_path / name)
        fails(f"folder:{tmp_path}", "rename val to test")

    @pytest.mark.parametrize(
        ("train", "test"),
        [
            ("Train", "Test"),
            ("TRAIN", "test"),
            ("training", "testing"),
            ("training_set", "test_set"),
            ("train-images", "test-images"),
        ],
    )
    def test_splits_go_by_many_names(self, tmp_path, train, test):
        for name in (f"{train}/a/1.png", f"{train}/b/1.png", f"{test}/b/1.png"):
            picture(tmp_path / name)
        batches = load(f"folder:{tmp_path}", batch_size=1, labels=True)
        assert batches.class_names == ("a", "b")
        np.testing.assert_array_equal(batches.labels, [0, 1])
        tested = load(f"folder:{tmp_path}", split="test", batch_size=1, labels=True)
        np.testing.assert_array_equal(tested.labels, [1])
        picture(tmp_path / "train/a/1.png")
        picture(tmp_path / "Train/a/1.png")
        fails(f"folder:{tmp_path}", "Train", "train", "keep one")

    def test_validation_of_another_case_is_named(self, tmp_path):
        for name in ("Train/a.png", "Val/a.png"):
            picture(tmp_path / name)
        fails(f"folder:{tmp_path}", "rename Val to test")

    def test_a_split_alone(self, tmp_path):
        picture(tmp_path / "train/a/1.png")
        picture(tmp_path / "train/b/1.png")
        batches = load(f"folder:{tmp_path}", batch_size=1, labels=True)
        assert batches.class_names == ("a", "b")
        fails(f"folder:{tmp_path}", "no split 'test'", "beside train", split="test")
        picture(tmp_path / "only/test/a/1.png")
        fails(f"folder:{tmp_path / 'only'}", "only test holds images", "rename it")

    def test_a_class_may_be_called_train(self, tmp_path):
        for name in ("train/1.png", "bus/1.png"):
            picture(tmp_path / name)
        batches = load(f"folder:{tmp_path}", batch_size=1, labels=True)
        assert batches.class_names == ("bus", "train")

    def test_images_beside_the_splits_are_counted(self, tmp_path, caplog):
        for name in ("train/1.png", "test/1.png", "val/1.png", "more/a/1.png", "1.png"):
            picture(tmp_path / name)
        assert len(read(tmp_path)) == 1
        assert "3 images beside train and test ignored" in caplog.text

    def test_classes_are_numbered_as_people_count(self, tmp_path):
        for number in range(12):
            picture(tmp_path / f"{number}/1.png", color=number, mode="L")
        batches = load(f"folder:{tmp_path}", batch_size=1, labels=True)
        assert batches.class_names == tuple(map(str, range(12)))
        np.testing.assert_array_equal(batches.labels, range(12))
        np.testing.assert_array_equal(batches.samples[:, 0, 0, 0], range(12))

    def test_what_is_no_file_is_counted(self, tmp_path, caplog):
        picture(tmp_path / "cat/1.png")
        (tmp_path / "dog").symlink_to(tmp_path / "nowhere")
        (tmp_path / "cat/2.png").symlink_to(tmp_path / "nowhere.png")
        (tmp_path / "cat/3.png").symlink_to("3.png")
        (tmp_path / "cat/self").symlink_to("..")
        os.mkfifo(tmp_path / "cat/4.png")
        assert len(read(tmp_path)) == 1
        assert "5 entries ignored" in caplog.text
        for name in ("dog", "cat/2.png", "cat/3.png", "cat/self", "cat/4.png"):
            assert name in caplog.text

    def test_linked_classes_are_classes(self, tmp_path):
        picture(tmp_path / "elsewhere/1.png")
        (tmp_path / "data").mkdir()
        (tmp_path / "data/cat").symlink_to(tmp_path / "elsewhere")
        assert load(f"folder:{tmp_path / 'data'}", batch_size=1).class_names == ("cat",)

    def test_a_folder_that_contains_itself_ends(self, tmp_path):
        (tmp_path / "again").symlink_to(tmp_path)
        (tmp_path / "deeper").mkdir()
        (tmp_path / "deeper" / "again").symlink_to(tmp_path)
        fails(f"folder:{tmp_path}", "0 images")

    def test_a_file_is_no_folder(self, tmp_path):
        fails(f"folder:{picture(tmp_path / '1.png')}", "is a file", "npz:")

    def test_images_that_lie_too_deep_are_counted(self, tmp_path, caplog):
        for name in ("cat/1.png", "dog/1.png", "cat/more/2.png", "cat/more/3.png"):
            picture(tmp_path / name)
        assert len(read(tmp_path)) == 2
        assert "2 images ignored" in caplog.text
        (tmp_path / "cat/1.png").unlink()
        (tmp_path / "dog/1.png").unlink()
        fails(f"folder:{tmp_path}", "0 images", f"folder:{tmp_path / 'cat'}")

    def test_a_flipped_bit_is_noticed(self, tmp_path):
        file = picture(tmp_path / "1.png", size=(64, 64))
        content = bytearray(file.read_bytes())
        content[content.index(b"IDAT") + 10] ^= 1
        file.write_bytes(content)
        fails(f"folder:{tmp_path}", str(file))

    def test_other_formats_in_disguise_are_refused(self, tmp_path):
        Image.new("RGB", (4, 4)).save(tmp_path / "1.png", format="TIFF")
        fails(f"folder:{tmp_path}", "1.png", "not a readable image")

    @pytest.mark.parametrize("side", [8193, 12_000, 40_000, 2_000_000])
    def test_pixel_bombs_are_refused_before_decoding(self, tmp_path, side):
        (tmp_path / "bomb.png").write_bytes(bytes_of_png(side, side))
        fails(f"folder:{tmp_path}", "bomb.png")

    def test_differing_sizes_name_the_first_such_file(self, tmp_path):
        picture(tmp_path / "1.png", size=(6, 4))
        picture(tmp_path / "2.png", size=(5, 4))
        fails(f"folder:{tmp_path}", "2.png: 5x4", "1.png", "6x4", "image_size")
        assert read(tmp_path, image_size=2).shape == (2, 2, 2, 3)

    def test_grey_only_with_all_grey(self, tmp_path, caplog):
        picture(tmp_path / "1.png", mode="L", color=7)
        picture(tmp_path / "2.png", mode="1", color=1)
        samples = read(tmp_path)
        assert samples.shape == (2, 4, 6, 1)
        assert (samples[0].max(), samples[1].min()) == (7, 255)
        picture(tmp_path / "3.png")
        assert read(tmp_path)[:, 0, 0].tolist() == [[7] * 3, [255] * 3, [200, 100, 50]]
        assert "images converted: 2 grey (to RGB)" in caplog.text

    @pytest.mark.parametrize(
        ("mode", "color", "suffix", "expected", "note"),
        [
            ("RGBA", (200, 0, 0, 0), "png", [255, 255, 255], "transparency"),
            ("RGBA", (200, 0, 0, 255), "png", [200, 0, 0], "transparency"),
            ("LA", (100, 0), "png", [255], "transparency"),
            ("I;16", 65535, "png", [255], "16 bits"),
            ("I;16", 257 * 90, "png", [90], "16 bits"),
            ("CMYK", (0, 0, 0, 0), "jpg", [255, 255, 255], "CMYK"),
            ("P", 0, "png", [0, 0, 0], "P (to RGB)"),
        ],
    )
    def test_conversions(self, tmp_path, caplog, mode, color, suffix, expected, note):
        for name in "12":
            picture(tmp_path / f"{name}.{suffix}", mode=mode, color=color)
        assert read(tmp_path)[0, 0, 0].tolist() == expected
        assert f"2 {note}" in caplog.text or f"2 with {note}" in caplog.text

    def test_gif_is_read_and_tiff_is_counted(self, tmp_path, caplog):
        picture(tmp_path / "b/1.GIF", mode="P", color=0, format="GIF")
        for name in ("a/1.tif", "b/2.TIFF"):
            picture(tmp_path / name, format="TIFF")
        assert read(tmp_path).shape == (1, 4, 6, 3)
        said = "TIFF is not read, so ignored: 2, such as 1.tif: convert them to PNG"
        assert said in caplog.text
        (tmp_path / "b/1.GIF").unlink()
        fails(f"folder:{tmp_path}", "0 images, but 2 of TIFF", "convert them to PNG")

    def test_exif_rotation(self, tmp_path, caplog):
        exif = Image.Exif()
        exif[0x0112] = 6
        picture(tmp_path / "1.jpg", size=(6, 4), exif=exif)
        assert read(tmp_path).shape == (1, 6, 4, 3)
        assert "1 turned" in caplog.text

    def test_first_frame_of_an_animation(self, tmp_path, caplog):
        second = Image.new("RGB", (6, 4), "blue")
        picture(
            tmp_path / "1.webp",
            color="red",
            save_all=True,
            append_images=[second],
            lossless=True,
        )
        assert read(tmp_path)[0, 0, 0].tolist() == [255, 0, 0]
        assert "1 animated" in caplog.text

    def test_memory_limit(self, tmp_path, monkeypatch):
        picture(tmp_path / "1.png")
        monkeypatch.setattr(memory, "available", lambda: 2 * 72 - 1)
        words = ("1 samples of shape (4, 6, 3)", "image_size")
        fails(f"folder:{tmp_path}", *words, storage="memory")

    def test_sizes_are_checked_before_resizing(self, tmp_path):
        picture(tmp_path / "1.png")
        words = ("shape (1000000, 1000000, 3)", "TiB of memory are needed", "image_size")
        fails(f"folder:{tmp_path}", *words, image_size=10**6, storage="memory")
        with pytest.raises(OSError, match=r"0, 3\) need .* TiB on disk.*image_size"):
            read(tmp_path, image_size=10**6)

    def test_pixel_limit_is_below_that_of_pillow(self):
        assert decoding.PIXEL_LIMIT < Image.MAX_IMAGE_PIXELS


class TestPixels:
    """What `channels` and `bits` keep of images, and what is said of it."""

    @pytest.mark.parametrize(
        ("channels", "mode", "color", "expected", "note"),
        [
            (4, "RGBA", (200, 100, 50, 30), [200, 100, 50, 30], None),
            (4, "RGBA", (200, 100, 50, 0), [0, 0, 0, 0], None),
            (4, "LA", (90, 30), [90, 90, 90, 30], None),
            (4, "RGB", (200, 100, 50), [200, 100, 50, 255], "1 without transparency"),
            ("4", "I;16", 257 * 90, [90, 90, 90, 255], "1 grey (to RGBA), 1 with 16"),
            (3, "L", 90, [90, 90, 90], "1 grey (to RGB)"),
            # 0.299 * 200 + 0.587 * 100 + 0.114 * 50
            (1, "RGB", (200, 100, 50), [124], "1 in colour (to grey)"),
            (1, "RGBA", (0, 0, 0, 51), [204], "1 in colour (to grey), 1 with transp"),
            ("auto", "RGBA", (0, 0, 0, 51), [204] * 3, "1 with transparency (laid over"),
        ],
    )
    def test_channels(self, tmp_path, caplog, channels, mode, color, expected, note):
        picture(tmp_path / "1.png", mode=mode, color=color)
        samples = read(tmp_path, channels=channels)
        assert samples.dtype == np.uint8
        assert samples[0, 0, 0].tolist() == expected
        assert note is None or f"images converted: {note}" in caplog.text
        assert note or not caplog.text

    @pytest.mark.parametrize("dtype", [np.uint8, np.float32])
    def test_what_cannot_be_seen_lends_no_colour(self, dtype):
        """The left half is red, the right half transparent, with green beneath."""
        white = 255 if dtype == np.uint8 else 1
        image = np.zeros((8, 8, 4), dtype)
        image[:, :4] = [white, 0, 0, white]
        image[:, 4:] = [0, white, 0, 0]
        small = Reading((2, 3), "stretch", channels=4).resize(image)
        assert small.dtype == dtype
        assert 0.4 < small[0, 1, 3] / white < 0.6  # half of it is seen
        seen = small[small[..., 3] > 0]
        np.testing.assert_array_equal(seen[:, :3], [[white, 0, 0]] * len(seen))
        white = Reading((2, 3), "stretch", channels=3)
        (over,) = white.convert(white.resize(image)[None])
        np.testing.assert_allclose(over[..., 1], over[..., 2])  # red to white, no green
        padded = Reading((4, 8), "pad", channels=4).resize(image)
        assert not padded[:, [0, 1, 6, 7]].any()

    def test_16_bits_are_kept_beside_8(self, tmp_path, caplog):
        picture(tmp_path / "1.png", mode="I;16", color=12_345)
        picture(tmp_path / "2.png", mode="L", color=51)
        samples = read(tmp_path, bits=16)
        assert samples.dtype == np.float32 and samples.shape == (2, 4, 6, 1)
        np.testing.assert_allclose(samples[:, 0, 0, 0], [12_345 / 65_535, 0.2], 1e-7)
        assert "images converted: 1 with 8 bits" in caplog.text
        # Lanczos keeps what is even, to the last of the 16 bits.
        small = read(tmp_path, bits=16, image_size="2x3", channels=3)
        assert small.shape == (2, 2, 3, 3)
        np.testing.assert_allclose(small[0], 12_345 / 65_535, atol=1e-5)

    def test_16_bits_that_are_not_there_are_said_once(self, tmp_path, caplog):
        picture(tmp_path / "1.png", color=(51, 0, 255))
        samples = read(tmp_path, bits=16)
        np.testing.assert_allclose(samples[0, 0, 0], [0.2, 0, 1], 1e-7)
        assert len(caplog.messages) == 1 and "no image has 16 bits" in caplog.text

    @pytest.mark.parametrize("bits", [8, 16])
    def test_colours_of_16_bits_are_cut_and_counted(self, tmp_path, caplog, bits):
        rows = zlib.compress(b"\0" + struct.pack(">3H", 65_535, 257 * 51, 0))
        (tmp_path / "1.png").write_bytes(bytes_of_png(1, 1, 16, 2, rows))
        expected = np.array([[[[255, 51, 0]]]]) / (255 if bits == 16 else 1)
        np.testing.assert_allclose(read(tmp_path, bits=bits), expected, 1e-7)
        note = "images converted: 1 with colours of 16 bits (8 kept)"
        assert caplog.messages[-1] == note

    def test_arrays(self, tmp_path, caplog):
        colours = np.full((3, 4, 6, 4), [200, 100, 50, 51], np.uint8)
        file = tmp_path / "a.npz"
        np.savez(file, images=colours)
        for channels, expected in (
            ("auto", [200, 100, 50, 51]),
            (4, [200, 100, 50, 51]),
            (3, [244, 224, 214]),
            (1, [229]),
        ):
            samples = load(f"npz:{file}", batch_size=1, channels=channels).samples
            assert samples[0, 0, 0].tolist() == expected
        assert [message.partition(": images")[2] for message in caplog.messages[:2]] == [
            " converted: 3 with alpha (laid over white)",
            " converted: 3 with alpha (laid over white, to grey)",
        ]
        deep = load(f"npz:{file}", batch_size=1, bits=16).samples
        np.testing.assert_allclose(deep[0, 0, 0], [200 / 255, 100 / 255, 50 / 255, 0.2])
        assert "no image has 16 bits: leave out bits=16" in caplog.text
        np.savez(file, images=np.full((3, 4, 6, 3), 13_107, np.uint16))
        fails(f"npz:{file}", "3 channels have no alpha", channels=4, bits=16)
        fails(f"npz:{file}", "uint16", "keep 0..65535 with bits=16")
        samples = load(f"npz:{file}", batch_size=1, bits=16, channels=1).samples
        assert samples.shape == (3, 4, 6, 1) and samples.dtype == np.float32
        np.testing.assert_allclose(samples, 0.2, 1e-6)

    def test_what_a_source_cannot_have_is_refused_unread(self):
        fails("mnist5k", "the images are grey, without alpha", "channels=4", channels=4)
        fails("idx:/nowhere", "are grey, without alpha", "channels=4", channels=4)
        fails("mnist5k", "the images have 8 bits", "bits=16", bits=16)
        fails(
            "stacked_mnist:mnist5k", "grey images are stacked", "channels=3", channels=3
        )


def idx(values):
    """The bytes of an IDX file of unsigned bytes."""
    header = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
    return header + values.astype(np.uint8).tobytes()


class TestIdx:
    digits = np.arange(5 * 3 * 2).reshape(5, 3, 2)
    labels = np.array([1, 0, 2, 2, 1])

    @pytest.mark.parametrize("prefix", ["", "emnist-letters-"])
    @pytest.mark.parametrize("zipped", [False, True])
    @pytest.mark.parametrize(("split", "word"), [("train", "train"), ("test", "t10k")])
    def test_published_names(self, tmp_path, prefix, zipped, split, word):
        for kind, values in (
            ("images-idx3", self.digits),
            ("labels-idx1", self.labels),
        ):
            file = tmp_path / f"{prefix}{word}-{kind}-ubyte{'.gz' if zipped else ''}"
            file.write_bytes(gzip.compress(idx(values)) if zipped else idx(values))
        batches = load(f"idx:{tmp_path}", split=split, batch_size=2, labels=True)
        np.testing.assert_array_equal(batches.samples[..., 0], self.digits)
        np.testing.assert_array_equal(batches.labels, self.labels)

    def test_no_pixels(self, tmp_path):
        spec = self.write(tmp_path, idx(np.zeros((5, 0, 3))))
        fails(spec, "train-images-idx3-ubyte", "3x0 pixels", image_size=4)
        fails(spec, "train-images-idx3-ubyte", "3x0 pixels")
        fails(self.write(tmp_path, idx(np.zeros((0, 0, 0)))), "0 samples", image_size=4)

    def test_links_and_pipes_are_no_files(self, tmp_path):
        (tmp_path / "train-images-idx3-ubyte").symlink_to(tmp_path / "nowhere")
        os.mkfifo(tmp_path / "a-train-images-idx3-ubyte")
        fails(f"idx:{tmp_path}", "holds no train-images-idx3-ubyte")

    def write(self, tmp_path, content, name="train-images-idx3-ubyte"):
        (tmp_path / name).write_bytes(content)
        return f"idx:{tmp_path}"

    def test_labels_are_optional(self, tmp_path):
        spec = self.write(tmp_path, idx(self.digits))
        assert len(load(spec, batch_size=2).samples) == 5
        fails(spec, "no labels", labels=True)

    def test_emnist_test_files_and_resizing(self, tmp_path):
        spec = self.write(
            tmp_path, idx(self.digits), "emnist-digits-test-images-idx3-ubyte"
        )
        assert load(spec, split="test", batch_size=2, image_size=2).sample_shape == (
            2,
            2,
            1,
        )

    def test_a_plain_file_and_its_gzipped_twin_are_one(self, tmp_path):
        self.write(tmp_path, b"ignored", "train-images-idx3-ubyte.gz")
        assert load(self.write(tmp_path, idx(self.digits)), batch_size=1)

    def test_missing_and_ambiguous(self, tmp_path):
        fails(f"idx:{tmp_path}", "train-images-idx3-ubyte.gz", "split")
        self.write(tmp_path, idx(self.digits), "a-train-images-idx3-ubyte")
        spec = self.write(tmp_path, idx(self.digits), "b-train-images-idx3-ubyte")
        fails(spec, "several", "a-train", "b-train")
        fails(spec, "'tran'", "train, test", split="tran")

    @pytest.mark.parametrize(
        ("change", "word"),
        [
            (lambda content: content[:-1], "30 bytes, the file holds 29"),
            (lambda content: content + b"x", "holds 31"),
            (lambda content: content[:7], "too short"),
            (lambda content: b"", "too short"),
            (lambda content: b"\0\0\x0b\x03" + content[4:], "0x00000b03"),
            (
                lambda content: content[:4] + b"\xff" * 12 + content[16:],
                "announces 79228162458924105385300197375 b",
            ),
        ],
    )
    def test_headers_are_not_believed(self, tmp_path, change, word):
        spec = self.write(tmp_path, change(idx(self.digits)))
        fails(spec, "train-images-idx3-ubyte", word)

    @pytest.mark.parametrize("change", [lambda c: c[:-9], lambda c: b"text" + c])
    def test_broken_gzip(self, tmp_path, change):
        content = change(gzip.compress(idx(self.digits)))
        spec = self.write(tmp_path, content, "train-images-idx3-ubyte.gz")
        fails(spec, "train-images-idx3-ubyte.gz", "download it again")

    def test_labels_must_fit(self, tmp_path):
        self.write(tmp_path, idx(self.labels[:3]), "train-labels-idx1-ubyte")
        fails(self.write(tmp_path, idx(self.digits)), "3 labels", "5 images")


class TestNpz:
    pixels = np.arange(5 * 4 * 4, dtype=np.uint8).reshape(5, 4, 4)

    def write(self, tmp_path, **arrays):
        np.savez(tmp_path / "data.npz", **arrays)
        return f"npz:{tmp_path / 'data.npz'}"

    @pytest.mark.parametrize("shape", [(5, 4, 4), (5, 4, 4, 1)])
    def test_bytes_are_taken_as_they_are(self, tmp_path, shape):
        spec = self.write(tmp_path, images=self.pixels.reshape(shape))
        samples = load(spec, batch_size=1).samples
        assert samples.dtype == np.uint8
        np.testing.assert_array_equal(samples[..., 0], self.pixels)

    def test_names_of_arrays(self, tmp_path):
        labels = np.arange(5)[:, None]
        spec = self.write(tmp_path, images=self.pixels, labels=labels, other=labels)
        batches = load(spec, batch_size=1, labels=True)
        np.testing.assert_array_equal(batches.labels, np.arange(5))
        fails(spec, "no split 'test'", split="test")
        assert load(self.write(tmp_path, only=self.pixels), batch_size=1)
        spec = self.write(tmp_path, a=self.pixels, b=self.pixels)
        fails(spec, "data.npz", "a, b", "'images'")

    def test_train_and_test(self, tmp_path):
        spec = self.write(
            tmp_path,
            x_train=self.pixels,
            y_train=np.zeros(5, int),
            x_test=self.pixels[:2],
            y_test=np.ones(2, int),
        )
        assert len(load(spec, batch_size=1, labels=True).samples) == 5
        test = load(spec, split="test", batch_size=1, labels=True)
        np.testing.assert_array_equal(test.labels, [1, 1])

    @pytest.mark.parametrize("low", [0, -1])
    def test_floats_stay_floats(self, tmp_path, caplog, low):
        values = np.linspace(low, 1, 32).reshape(2, 4, 4)
        batches = load(self.write(tmp_path, images=values), batch_size=2)
        assert f"[{low}, 1]" in caplog.text
        assert batches.samples.dtype == np.float32
        scaled = next(batches.evaluation_dataset((low, 1)).as_numpy_iterator())
        np.testing.assert_allclose(scaled[..., 0], values, atol=2e-7)

    def test_floats_out_of_range(self, tmp_path):
        values = self.pixels.astype(float)
        fails(self.write(tmp_path, images=values), "[0, 79]", "uint8")
        values[3, 2, 1] = np.nan
        fails(self.write(tmp_path, images=values), "nan at index (3, 2, 1, 0)")

    def test_points_stay_as_they_are(self, tmp_path):
        points = np.array([[300.0, -2.0], [0.5, 7.0]])
        spec = self.write(tmp_path, points=points, labels=np.array([1, 0]))
        batches = load(spec, batch_size=1, labels=True)
        assert batches.samples.dtype == np.float32 and batches.density is None
        np.testing.assert_array_equal(batches.samples, points)
        np.testing.assert_array_equal(batches.labels, [1, 0])
        fails(spec, "there are no images", image_size=8)

    @pytest.mark.parametrize(
        ("array", "word"),
        [
            (np.zeros((5, 4, 4), np.int64), "int64"),
            (np.zeros((5, 64)), "(5, 64)"),
            (np.zeros((5, 2), np.uint8), "expected points of floats, got uint8"),
            (np.zeros((0, 2)), "0 samples"),
            (np.full((5, 2), 1e300), "inf at index (0, 0)"),
            (np.uint8(1), "()"),
            (np.zeros((5, 8, 8, 33), np.uint8), "keep up to 32 of the 33 channels"),
            (np.zeros((5, 0, 8, 1), np.uint8), "5 images of 8x0 pixels"),
            (np.array([["a"]] * 2)[..., None], "<U1"),
            (np.zeros((2, 2, 2), [("x", "u1")]), "'u1'"),
            (np.zeros((5, 3, 8, 8), np.uint8), "channels last"),
            (np.zeros((0, 4, 4), np.uint8), "0 samples"),
            (np.array([[[None]]]), "'images': cannot be read"),
        ],
    )
    def test_what_is_no_image(self, tmp_path, array, word):
        fails(self.write(tmp_path, images=array), word)

    def test_broken_archives(self, tmp_path):
        file = tmp_path / "data.npz"
        file.write_text("text")
        fails(f"npz:{file}", str(file))
        file.write_bytes(b"")
        fails(f"npz:{file}", str(file))
        self.write(tmp_path, images=self.pixels)
        file.write_bytes(file.read_bytes()[:100])
        fails(f"npz:{file}", str(file))
        self.write(tmp_path, images=self.pixels)
        content = bytearray(file.read_bytes())
        content[200] ^= 1
        file.write_bytes(content)
        fails(f"npz:{file}", str(file), "cannot be read")
        np.save(tmp_path / "one.npy", self.pixels)
        fails(f"npz:{tmp_path / 'one.npy'}", "numpy.savez")

    @pytest.mark.parametrize("name", ["images", "readme.txt", "images.npy"])
    @pytest.mark.parametrize("content", [b"", b"hello", b"\x93NUMPY\x09\x09"])
    def test_an_archive_of_no_arrays(self, tmp_path, name, content):
        with zipfile.ZipFile(tmp_path / "data.npz", "w") as archive:
            archive.writestr(name, content)
        fails(f"npz:{tmp_path / 'data.npz'}", "cannot be read", "numpy.savez")

    def test_a_password(self, tmp_path):
        spec = self.write(tmp_path, images=self.pixels)
        content = bytearray((tmp_path / "data.npz").read_bytes())
        for start, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            content[content.index(start) + flags] |= 1
        (tmp_path / "data.npz").write_bytes(content)
        fails(spec, "encrypted", "without a password")

    def test_a_folder(self, tmp_path):
        fails(f"npz:{tmp_path}", "is a folder", f"folder:{tmp_path}")

    def test_no_header_is_believed(self, tmp_path):
        header = io.BytesIO()
        shape = {"descr": "|u1", "fortran_order": False, "shape": (10**6, 10**6, 28)}
        np.lib.format.write_array_header_1_0(header, shape)
        with zipfile.ZipFile(tmp_path / "data.npz", "w") as archive:
            archive.writestr("images.npy", header.getvalue())
        spec = f"npz:{tmp_path / 'data.npz'}"
        words = ("1000000 samples of shape (1000000, 28, 1)", "TiB of memory are needed")
        fails(spec, *words, storage="memory")
        with pytest.raises(OSError, match="TiB on disk.*keep fewer samples in the file"):
            load(spec, batch_size=1)

    def test_sizes_are_checked_before_resizing(self, tmp_path):
        spec = self.write(tmp_path, images=self.pixels)
        words = ("5 samples of shape (1000000, 1000000, 1)", "of memory are needed")
        fails(spec, *words, image_size=10**6, storage="memory")

    def test_memory_limit(self, tmp_path, monkeypatch):
        spec = self.write(tmp_path, images=self.pixels)
        monkeypatch.setattr(memory, "available", lambda: 2 * self.pixels.size)
        assert len(load(spec, batch_size=1).samples) == 5
        monkeypatch.setattr(memory, "available", lambda: 2 * self.pixels.size - 1)
        words = ("5 samples of shape (4, 4, 1)", "free", "fewer samples in the file")
        fails(spec, *words, storage="memory")

    def test_binary_images_are_suspicious(self, tmp_path, caplog):
        load(self.write(tmp_path, images=self.pixels // 64), batch_size=1)
        assert "largest value is 1" in caplog.text


@pytest.mark.parametrize(
    "shape, fit, said",
    [
        (
            (100, 151),
            "crop",
            "images converted: 1 cut by more than a third of their area",
        ),
        ((100, 149), "crop", ""),
        ((100, 151), "pad", ""),
        ((60, 60), "crop", "images converted: 1 enlarged by more than a half"),
    ],
)
def test_what_resizing_loses_is_counted(shape, fit, said, tmp_path, caplog):
    Image.fromarray(np.zeros(shape, "uint8")).save(tmp_path / "a.png")
    size = 100 if shape == (60, 60) else 64
    load(f"folder:{tmp_path}", image_size=size, fit=fit, batch_size=1)
    assert ("images converted" in caplog.text) == bool(said) and said in caplog.text
