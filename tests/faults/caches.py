"""Rows 49 to 54: what was decoded and is kept on disk, and what may happen to it."""

import os
import pathlib
import time

from faults.fault import fault
from faults.laboratory import expect, refused, run_function, until, went_well

_SAME = "tests/data/test_on_disk.py does the same in one process"
_MOUNTS = "mounts small disks, which only root may"
_FLAGS = (
    "--dataset=folder:pictures",
    "--storage=disk",
    "--cache_dir=cache",
    "--batch_size=4",
    "--run_dir=run",
    "--preview",
)


def read(seconds=0.0, vanishing="", roomy=False):
    """Loads the pictures from disk, and prints the digest of what it has got.

    Args:
        seconds: How long each image takes. Defaults to 0.
        vanishing: Name of a picture that is removed when the first one is decoded.
        roomy: Whether the disk pretends to have room. Defaults to False.
    """
    import hashlib
    import shutil

    from absl import logging

    from keras_gan.data import load, prepared
    from keras_gan.data.sources import folder

    logging.set_verbosity(logging.INFO)
    decode = folder.read_image

    def slow(file, *arguments):
        time.sleep(seconds)
        pathlib.Path("pictures", vanishing or "none").unlink(missing_ok=True)
        return decode(file, *arguments)

    folder.read_image, prepared._SYNCED_EVERY = slow, 0.0
    if roomy:
        shutil.disk_usage = lambda _: type("Usage", (), {"free": 2**40})
    batches = load("folder:pictures", batch_size=4, storage="disk", cache_dir="cache")
    print(hashlib.sha256(batches.samples[:].tobytes()).hexdigest())


def _kept(lab):
    (samples,) = (lab.folder / "cache").glob("*/samples.npy")
    return samples


@fault(49, "what was decoded is cut, or altered by a bit", by_hand=_SAME)
def damaged_cache(lab):
    lab.image_folder()
    first = lab.call(read)
    for change in (lambda c: c[:-7], lambda c: c[:-1] + bytes([c[-1] ^ 1])):
        samples = _kept(lab)
        samples.write_bytes(change(samples.read_bytes()))
        done = lab.call(read)
        line = went_well(done, "prepared anew")
        expect(done.out == first.out, "the samples are other ones")
    return line


@fault(50, "a folder that changed after it was prepared", by_hand=_SAME)
def changed_folder(lab):
    pictures = lab.image_folder()
    first, former = lab.call(read), _kept(lab)
    (pictures / "000.png").write_bytes((pictures / "001.png").read_bytes())
    done = lab.call(read)
    line = went_well(done, "prepared before the files changed")
    expect(done.out != first.out, "the former picture was shown")
    expect(not former.exists(), "what was of no more use was kept")
    return line


@fault(51, "a full disk while pictures are prepared", by_hand=_MOUNTS)
def full_cache(lab):
    lab.image_folder(number=64, side=64)
    with lab.small_disk("cache", 200) as cache:
        done = lab.command("train", *_FLAGS)
        line = refused(done, "need 768 KiB", "--cache_dir", cure="another", code=4)
        done = lab.wait(lab.start(_full, read, 0.0, "", True))
        expect("No space left" in done.err, f"no word of the disk: {done.err[-300:]}")
        expect(not list(cache.iterdir()), "the disk was left full")
    return line


def _full(function, *arguments):
    try:
        run_function(function, arguments)
    except OSError as error:
        import sys

        print(error, file=sys.stderr)


@fault(52, "two processes that prepare the same pictures")
def two_at_once(lab):
    lab.image_folder()
    both = [lab.start(run_function, read, (0.02,)) for _ in range(2)]
    done = [lab.wait(process) for process in both]
    expect(done[0].out == done[1].out != "", "the samples are other ones")
    made = [one for one in done if " samples are kept in" in one.err]
    expect(len(made) == 1, f"{len(made)} of 2 processes have prepared them")
    waited = [one for one in done if one not in made]
    return went_well(waited[0], "another process prepares it")


@fault(53, "a picture that vanishes while they are prepared", by_hand=_SAME)
def vanishing_picture(lab):
    lab.image_folder(number=80)
    done = lab.call(read, 0.0, "079.png")
    gone = {"pictures/079.png"}
    return refused(done, "079.png was there", cure="start again", changed=gone)


@fault(54, "SIGKILL while pictures are prepared")
def killed_preparation(lab):
    lab.image_folder(number=12)
    process = lab.start(run_function, read, (0.1,))
    until(lambda: any('"rows": 2' in path.read_text() for path in _states(lab)))
    process.kill()
    process.join()
    done = lab.call(read)
    line = went_well(done, "of 12 images were prepared before")
    os.rename(lab.folder / "cache", lab.folder / "former")
    expect(lab.call(read).out == done.out, "the samples are other ones")
    return line


def _states(lab):
    return (lab.folder / "cache").glob("*/preparing.json")
