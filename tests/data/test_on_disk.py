"""Samples on disk are those in memory; what was decoded is kept, and never trusted."""

import errno
import fcntl
import gzip
import logging
import os
import shutil
import threading

import numpy as np
import pytest
from PIL import Image

from keras_gan.data import inputs, load, on_disk, prepared
from keras_gan.data.elements import SampleSpec
from keras_gan.data.on_disk import (
    DamagedSamples,
    Rows,
    blocks,
    damage_in_one_line,
    rows_of,
)
from keras_gan.data.sources import decoding, folder
from keras_gan.data.sources.told import Told
from keras_gan.evaluation import Settings, Suite
from keras_gan.networks.mlp import mean_image
from support import FakeClock, Terminal

PIXELS = np.random.default_rng(0).integers(0, 256, (13, 6, 5, 3), dtype="uint8")


@pytest.fixture
def photos(tmp_path):
    """A folder of 13 images in two classes; one of the files is broken."""
    for number, pixels in enumerate(PIXELS):
        path = tmp_path / "photos" / "ab"[number % 2] / f"{number:02d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
    (tmp_path / "photos/b/99.png").write_bytes(b"no image")
    return tmp_path / "photos"


def read(source, storage="disk", **arguments):
    source = f"folder:{source}" if os.path.isdir(source) else source
    named = {"batch_size": 3, "labels": True, "skip_bad_images": "folder:" in source}
    return load(source, storage=storage, **named | arguments)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Where samples are kept, unless a folder is named."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "keras_gan"


def written(kind, tmp_path, photos):
    """A source of some kind."""
    grey = PIXELS[..., 0]
    labels = np.arange(13, dtype="uint8") % 3
    if kind == "idx":
        header = b"\0\0\x08\x03" + b"".join(n.to_bytes(4) for n in grey.shape)
        with gzip.open(tmp_path / "train-images-idx3-ubyte.gz", "wb") as file:
            file.write(header + grey.tobytes())
        name = tmp_path / "train-labels-idx1-ubyte"
        name.write_bytes(b"\0\0\x08\x01" + (13).to_bytes(4) + labels.tobytes())
        return f"idx:{tmp_path}"
    floats = PIXELS / 127.5 - 1
    arrays = {"bytes": PIXELS, "floats": floats, "fortran": np.asfortranarray(floats)}
    if kind in arrays:
        np.savez_compressed(tmp_path / "a.npz", images=arrays[kind], labels=labels)
        return f"npz:{tmp_path / 'a.npz'}"
    return {"folder": f"folder:{photos}", "tfds": "mnist5k"}[kind]


@pytest.mark.parametrize("image_size", [None, (4, 3)])
@pytest.mark.parametrize("kind", ["folder", "bytes", "floats", "fortran", "idx", "tfds"])
def test_order_and_bits_are_those_in_memory(kind, image_size, tmp_path, photos, cache):
    source = written(kind, tmp_path, photos)
    options = {"image_size": image_size, "seed": 3}
    options["split"] = "test" if kind == "tfds" else "train"
    inside, outside, again = (
        read(source, storage, **options) for storage in ("memory", "disk", "disk")
    )
    assert isinstance(outside.samples, Rows) and not isinstance(inside.samples, Rows)
    assert outside.samples.path == again.samples.path
    for one in (outside, again):
        np.testing.assert_array_equal(one.samples[:], inside.samples)
        np.testing.assert_array_equal(one.labels, inside.labels)
        assert one.class_names == inside.class_names
    elements = [
        one.training_dataset((-1, 1), discriminator_steps=2, start_step=5).take(3)
        for one in (inside, outside)
    ] + [one.evaluation_dataset((0, 1)).take(2) for one in (inside, outside)]
    for one, other in (elements[:2], elements[2:]):
        assert one.element_spec == other.element_spec
        for first, second in zip(one, other, strict=True):
            for array, read_array in zip(first, second, strict=True):
                np.testing.assert_array_equal(array, read_array)
    # So a run that began in memory goes on from disk.
    spec = SampleSpec(tuple(inside.sample_shape), (-1, 1))
    arguments = {"discriminator_steps": 1, "batch_size": None, "seed": 0}
    first, second = (
        inputs.training_input(one, spec, **arguments) for one in (inside, outside)
    )
    assert first.fingerprint == second.fingerprint


class TestRows:
    @pytest.fixture
    def samples(self, photos, cache):
        return read(photos).samples

    @pytest.mark.parametrize(
        "rows",
        [
            0,
            -1,
            np.int64(5),
            slice(2, 9, 3),
            slice(None, None, -1),
            [3, 1, 3],
            np.array([-1, 0]),
            np.arange(13) % 2 == 0,
            [],
        ],
        ids=str,
    )
    def test_are_indexed_as_an_array_is(self, samples, rows):
        whole = samples[:]
        np.testing.assert_array_equal(samples[rows], whole[rows])
        assert samples[rows].dtype == np.uint8
        if isinstance(rows, list) and rows:
            np.testing.assert_array_equal(rows_of(samples, rows)[1:], whole[rows][1:])

    @pytest.mark.parametrize("rows", [13, -14, [0, 13], 1.5, (0, 1), None, "a"], ids=str)
    def test_refuse_what_is_no_row(self, samples, rows):
        with pytest.raises(IndexError):
            samples[rows]

    def test_are_never_read_whole_by_the_way(self, samples):
        for function in (np.asarray, np.mean, lambda rows: rows + 1):
            with pytest.raises(TypeError):
                function(samples)
        with pytest.raises(TypeError, match="on disk, and are not read into memory"):
            np.array(samples)

    def test_are_announced_to_the_disk_before_they_are_read(self, samples, monkeypatch):
        monkeypatch.setattr(on_disk, "_ANNOUNCED", 2)
        announced = []
        monkeypatch.setattr(os, "posix_fadvise", lambda *place: announced.append(place))
        expected = samples[[12, 3, 7]]
        with open(samples.path, "rb") as file:
            for row, (_, start, size, advice) in zip(expected, announced, strict=True):
                file.seek(start)
                assert file.read(size) == row.tobytes()
                assert advice == os.POSIX_FADV_WILLNEED

    def test_stay_readable_when_the_cache_is_removed(self, samples, cache):
        shutil.rmtree(cache)
        assert samples[:].shape == (13, 6, 5, 3)

    @pytest.mark.parametrize("change", ["cut", "altered"])
    def test_damage_while_they_are_read_is_one_line(self, photos, cache, change):
        batches = read(photos)
        damage(batches.samples.path, change)
        with pytest.raises(DamagedSamples, match=r"damaged \((it was cut|sample 12 has)"):
            batches.samples[12]
        with pytest.raises(DamagedSamples) as caught:
            with damage_in_one_line():
                list(batches.evaluation_dataset((-1, 1)))
        assert "\n" not in str(caught.value) and "start again" in str(caught.value)
        # Whoever starts again gets what was there.
        assert read(photos).samples[:].sum() == read(photos, "memory").samples.sum()

    def test_are_measured_as_those_in_memory_are(self, samples):
        whole = samples[:]
        assert sum(map(len, blocks(samples, rows=5))) == 13
        np.testing.assert_array_equal(mean_image(samples), whole.mean(axis=0) / 255)
        settings = Settings(("kid", "parzen", "memorization"), extractor="pixels")
        fakes = np.random.default_rng(1).integers(0, 256, whole.shape, dtype="uint8")
        fakes[0] = whole[7]
        unseen = np.random.default_rng(2).integers(0, 256, whole.shape, dtype="uint8")
        found = [Suite(real, unseen, settings) for real in (samples, whole)]
        assert found[0].measure(fakes) == found[1].measure(fakes)
        assert found[0].floor(4) == found[1].floor(4)
        assert found[0].cautions(fakes, {}) == found[1].cautions(fakes, {})
        assert any(line.startswith("1 of 13") for line in found[0].cautions(fakes, {}))


def damage(path, change):
    with open(path, "r+b") as file:
        if change == "cut":
            file.truncate(os.path.getsize(path) - 1)
        elif change == "altered":
            file.seek(-1, os.SEEK_END)
            last = file.read(1)[0]
            file.seek(-1, os.SEEK_END)
            file.write(bytes([last ^ 1]))
        else:
            file.truncate(0)


class TestPrepared:
    @pytest.mark.parametrize("storage", ["memory", "disk"])
    def test_nothing_is_decoded_again(self, photos, cache, storage, monkeypatch, caplog):
        monkeypatch.setattr(folder, "_FEW_BYTES", 0)
        first = read(photos, storage)
        for name in ("read_header", "read_image"):
            monkeypatch.setattr(folder, name, None)
        caplog.clear()
        np.testing.assert_array_equal(read(photos, storage).samples[:], first.samples[:])
        assert "1 of 14 images is broken and skipped: b/99.png" in caplog.text

    def test_a_few_small_files_leave_nothing_behind(self, photos, cache):
        read(photos, "memory")
        read(photos, "auto")
        assert not cache.exists()

    @pytest.mark.parametrize("limit, is_on_disk", [("1KB", True), (1170, False)])
    def test_samples_beyond_the_limit_are_on_disk(self, photos, cache, limit, is_on_disk):
        batches = read(photos, "auto", memory_limit=limit)
        assert isinstance(batches.samples, Rows) == is_on_disk

    @pytest.mark.parametrize("change", ["cut", "altered", "empty"])
    @pytest.mark.parametrize("name", ["samples.npy", "checksums", "about.json"])
    def test_what_was_damaged_is_prepared_anew(self, photos, cache, name, change, caplog):
        expected = read(photos).samples[:]
        (kept,) = cache.iterdir()
        damage(kept / name, change)
        caplog.clear()
        np.testing.assert_array_equal(read(photos).samples[:], expected)
        assert caplog.text.count("), and are prepared anew") == 1, caplog.text
        caplog.clear()
        read(photos)
        assert "prepared anew" not in caplog.text

    def test_a_missing_file_is_made_anew(self, photos, cache):
        expected = read(photos).samples[:]
        (kept,) = cache.iterdir()
        (kept / "samples.npy").unlink()
        np.testing.assert_array_equal(read(photos).samples[:], expected)

    def test_the_same_folder_and_a_copied_cache_are_recognised(
        self, photos, cache, tmp_path, monkeypatch
    ):
        expected = read(photos).samples[:]
        monkeypatch.chdir(photos.parent)
        # However the folder is called.
        assert read("photos").samples.path == read(f"{photos}/").samples.path
        shutil.copytree(cache, tmp_path / "other", copy_function=shutil.copyfile)
        monkeypatch.setattr(folder, "read_image", None)
        other = read(photos, cache_dir=tmp_path / "other").samples
        np.testing.assert_array_equal(other[:], expected)

    def test_what_changes_is_prepared_anew(self, photos, cache):
        samples, small = read(photos).samples, read(photos, image_size=2).samples
        Image.fromarray(PIXELS[0]).save(photos / "a" / "new.png")
        assert len(read(photos).samples) == len(samples) + 1
        # Of the former images, that is removed; those of another size are not asked for.
        assert not os.path.exists(samples.path) and os.path.exists(small.path)
        former = read(photos).samples.path
        os.utime(photos / "a" / "new.png", (1, 1))
        assert read(photos).samples.path != former
        assert len(list(cache.iterdir())) == 2

    def test_a_stopped_preparation_goes_on(self, photos, cache, monkeypatch):
        expected = read(photos, "memory").samples
        decoded = []

        def stopping(file, *arguments):
            decoded.append(file.name)
            if file.name == "05.png" and decoded.count("05.png") == 1:
                raise KeyboardInterrupt
            return decoding.read_image(file, *arguments)

        monkeypatch.setattr(folder, "read_image", stopping)
        arguments = {"image_size": (6, 5)}  # Else the first one is read for its size.
        with pytest.raises(KeyboardInterrupt):
            read(photos, **arguments)
        decoded[:] = ["05.png"]
        monkeypatch.setattr(folder, "read_header", None)
        np.testing.assert_array_equal(read(photos, **arguments).samples[:], expected)
        # The odd numbers are class b, and come last.
        assert "00.png" not in decoded and "05.png" in decoded[1:]

    def test_another_process_is_waited_for(self, photos, cache, caplog):
        caplog.set_level(logging.INFO)
        expected = read(photos).samples
        kept = cache / os.path.basename(os.path.dirname(expected.path))
        os.remove(kept / "about.json")
        with open(kept / "lock") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            found = []
            other = threading.Thread(target=lambda: found.append(read(photos)))
            other.start()
            while "waiting" not in caplog.text:
                other.join(0.01)
            # The folder is taken away meanwhile: whoever comes next makes another one.
            shutil.rmtree(kept)
        other.join()
        np.testing.assert_array_equal(found[0].samples[:], expected[:])

    @pytest.mark.parametrize("storage", ["memory", "disk"])
    def test_a_full_disk(self, photos, cache, storage, monkeypatch, caplog):
        monkeypatch.setattr(folder, "_FEW_BYTES", 0)
        usage = type("Usage", (), {"free": 1000})
        monkeypatch.setattr(prepared.shutil, "disk_usage", lambda _: usage)
        line = f"need 1 KiB on disk, 1 KiB are free in cache_dir={cache}: set a smaller"
        if storage == "memory":
            assert len(read(photos, storage).samples) == 13
            assert "decoded at each start" in caplog.text
        else:
            with pytest.raises(OSError, match=line) as caught:
                read(photos, storage)
            assert caught.value.errno == errno.ENOSPC
        assert not list(cache.glob("*/samples.npy"))

    def test_a_folder_that_cannot_be_written(self, photos, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(OSError, match="cache_dir=.*file cannot be written .*another"):
            read(photos, cache_dir=tmp_path / "file")

    def test_a_file_that_vanishes_is_never_left_out(self, photos, cache):
        for gone in ("a/00.png", "b/11.png"):
            found = folder.from_folder(photos, split="train")
            os.rename(photos / gone, photos / "away")
            with pytest.raises(ValueError, match=rf"{gone} was there .* is gone: start"):
                prepared.prepare(found)
            with pytest.raises(ValueError, match=rf"{gone} was there .* is gone: start"):
                found.into_memory()
            os.rename(photos / "away", photos / gone)
        assert not list(cache.glob("*/samples.npy"))

    def test_a_folder_that_changes_while_it_is_read(self, photos, cache, monkeypatch):
        def changing(file, *arguments):
            os.utime(photos / "a" / "00.png", ns=(1, len(decoded)))
            decoded.append(file)
            return decoding.read_image(file, *arguments)

        decoded = []
        monkeypatch.setattr(folder, "read_image", changing)
        with pytest.raises(ValueError, match="has changed while it was read"):
            read(photos)
        assert not list(cache.glob("*/about.json"))


def test_where_samples_are_is_checked_before_they_are_read():
    def refused(match, spec="mnist5k", **arguments):
        with pytest.raises(ValueError, match=match):
            load(spec, batch_size=1, **arguments)

    refused("storage must be one of auto, memory, disk, got 'ram'", storage="ram")
    for limit in ("200", "", "-1MB", "0MB", "200 apples", 0, -5, True, 2.5, [1]):
        refused("memory_limit must be a size .*such as 200MB", memory_limit=limit)
    for spec in ("ring", "stacked_mnist:mnist5k"):
        refused("drawn into memory", spec, storage="disk")


def test_a_bar_shows_how_long_it_will_take(monkeypatch):
    clock = FakeClock()
    monkeypatch.setattr("keras_gan.data.sources.told.time", clock)
    terminal = Terminal(monkeypatch)
    told = Told("reading", "a", 40, done=10)
    clock.now += 5
    told.reached(20)
    (row,) = terminal.rows()
    text, bar = row.split(" [")
    assert text == "reading 20 of 40 images, 10 s to go, a"
    assert bar.count("=") == bar.count(" ") > 8 and bar.endswith("]")
