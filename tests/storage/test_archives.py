"""Archives that are written a block at a time."""

import numpy as np
import pytest

from keras_gan.storage.archives import Blocks, save_npz

NUMBERS = np.arange(35 * 4, dtype="float32").reshape(35, 4)


def test_numpy_reads_what_was_written_in_blocks(tmp_path):
    parts = (NUMBERS[i : i + 10] for i in range(0, 35, 10))
    labels = Blocks((35,), "int32", [np.arange(35, dtype="int32")])
    path = tmp_path / "x.npz"
    save_npz(path, {"images": Blocks((35, 4), "float32", parts), "labels": labels})
    with np.load(path) as archive:
        np.testing.assert_array_equal(archive["images"], NUMBERS)
        np.testing.assert_array_equal(archive["labels"], np.arange(35))


def test_it_is_compressed(tmp_path):
    zeros = np.zeros((100, 1000), "uint8")
    save_npz(tmp_path / "x.npz", {"images": Blocks(zeros.shape, "uint8", [zeros])})
    assert (tmp_path / "x.npz").stat().st_size < zeros.nbytes / 50


def test_only_one_block_is_there_at_a_time(tmp_path):
    alive = []

    def parts():
        for first in range(0, 30, 10):
            alive.append(first)
            assert len(alive) == 1, "the block before is still being held"
            yield NUMBERS[first : first + 10]
            alive.pop()

    save_npz(tmp_path / "x.npz", {"images": Blocks((30, 4), "float32", parts())})


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([NUMBERS[:10]], "10 in place of 35"),
        ([NUMBERS.astype("float64")], "float64"),
        ([NUMBERS[:, :3]], "shape"),
    ],
)
def test_what_was_not_announced_is_refused_and_leaves_nothing(tmp_path, parts, words):
    with pytest.raises(ValueError, match=words):
        save_npz(tmp_path / "x.npz", {"images": Blocks((35, 4), "float32", parts)})
    assert not list(tmp_path.iterdir())


def test_room_is_asked_for_before_anything_is_made(tmp_path):
    def never():
        raise AssertionError("nothing must be made")
        yield

    huge = Blocks((10**14, 4), "float32", never())
    with pytest.raises(OSError, match="TiB are to be written"):
        save_npz(tmp_path / "new/x.npz", {"images": huge})
    assert not list(tmp_path.iterdir())
