"""Rows 33 to 35 and 41: full disks, folders that cannot be written, users' own files."""

import os

from faults.fault import SLOW, fault
from faults.laboratory import expect, refused, went_well
from faults.processes import newest_step

_MOUNTS = "mounts small disks, which only root may"


def _flags(run="run", epochs=1):
    return (
        "--dataset=npz:tiny.npz",
        "--batch_size=4",
        f"--run_dir={run}",
        f"--epochs={epochs}",
        "--picture_every=1",
        "--latent_dim=2",
        "--checkpoint_steps=4",
    )


@fault(33, "a full disk while a checkpoint is written", by_hand=_MOUNTS)
def disk_full_in_checkpoint(lab):
    lab.images(16)
    # Measures a checkpoint, to leave room for two of them.
    went_well(lab.command("train", *_flags("measured")))
    size = max(f.stat().st_size for f in (lab.folder / "measured").rglob("*.npz"))
    name = "run/checkpoints"
    with lab.small_disk(name, int(2.5 * size / 1024)) as checkpoints:
        done = lab.command("train", *_flags(epochs=9))
        line = _full(done, code=4)
        step = newest_step(checkpoints)
        expect(step > 0, "no state was kept")
        expect(not list(checkpoints.glob(".writing-*")), "half a checkpoint was left")
        again = lab.command("train", *_flags(epochs=9))
        expect(f"Resumed from step {step}" in again.err, "the state could not go on")
    _nearly_full(lab, size)
    return line, 4


def _nearly_full(lab, size):
    """There is room when it is checked, but no longer when the checkpoint is written."""
    with lab.small_disk("disk", int(1.5 * size / 1024)) as disk:
        done = lab.call(_save_while_it_fills, str(disk), size)
        went_well(done, "kept step 1", "free")


def _save_while_it_fills(disk, size):
    import shutil

    import numpy as np

    from keras_gan.storage.checkpoints import Checkpoints

    checkpoints = Checkpoints(disk)
    state = {"w": np.zeros(size // 8, "float64")}
    checkpoints.save(1, state, {})
    roomy = type("Usage", (), {"free": 2**40})
    shutil.disk_usage, usage = lambda _: roomy, shutil.disk_usage
    try:
        checkpoints.save(2, state, {})
    except OSError as error:
        print(error)
    finally:
        shutil.disk_usage = usage
    print(f"kept step {checkpoints.newest().step}; {os.listdir(disk)}")
    if any(name.startswith(".writing-") for name in os.listdir(disk)):
        raise RuntimeError("half a checkpoint was left")


def _full(done, code):
    expect(done.code == code, f"exit code {done.code}, not {code}: {done.err[-300:]}")
    expect("Traceback" not in done.err, "a traceback was shown")
    lines = [line for line in done.err.splitlines() if "free" in line]
    expect(len(lines) == 1, f"{len(lines)} lines tell of the disk: {done.err[-300:]}")
    return lines[0]


@fault(34, "a full disk in the event file and in the pictures", by_hand=_MOUNTS)
def disk_full_in_pictures(lab):
    lab.images(16)
    for name in ("tensorboard", "images"):
        run = f"run-{name}"
        with lab.small_disk(f"{run}/{name}", 8) as disk:
            (disk / "full").write_bytes(b"\0" * 8192)
            done = lab.command("train", *_flags(run, epochs=6))
            line = went_well(done, "Done: 24 generator steps", "not written")
            told = done.err.count("not written")
            expect(told == 1, f"warned {told} times: {done.err[-500:]}")
            expect(not list(disk.rglob(".writing-*")), "half a picture was left")
        expect((lab.folder / run / "generator.keras").exists(), "networks were not saved")
        newest_step(lab.folder / run / "checkpoints")
    return line


@fault(35, "a run folder that is a file, or read-only")
def folder_cannot_be_written(lab):
    lab.images(16)
    (lab.folder / "file").write_text("mine")
    for run in ("file", "file/below"):
        done = lab.command("train", *_flags(run))
        line = refused(done, f"--run_dir={run}", "is a file", cure="not a folder")
    (lab.folder / "closed").mkdir(mode=0o555)
    if os.access(lab.folder / "closed", os.W_OK):  # root may write anywhere
        with lab.small_disk("read_only", 8, options="ro"):
            done = lab.command("train", *_flags("read_only/run"))
            return refused(done, "--run_dir=read_only/run", cure="another", code=4), 4
    done = lab.command("train", *_flags("closed/run"))
    line = refused(done, "--run_dir=closed/run", cure="another", code=4)
    return line, 4


@fault(41, "the user's own files in the run folder", by_hand=SLOW)
def users_files(lab):
    lab.images(16)
    mine = (
        "run/notes.txt",
        "run/checkpoints/step-best.npz",
        "run/checkpoints/notes.json",
        "run/images/fake_mine.png",
        "run/images/fake_000001_edited.png",
        "run/tensorboard/mine/notes.txt",
    )
    for name in mine:
        (lab.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (lab.folder / name).write_text(name)
    for epochs in (1, 5):
        done = lab.command("train", *_flags(epochs=epochs))
        went_well(done, "Done")
        touched = sorted(done.changed & set(mine))
        expect(not touched, f"changed: {', '.join(touched)}")
    return f"{len(mine)} files of the user stand as they were after two runs"
