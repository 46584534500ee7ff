"""Rows 31, 32 and 36 to 40: kills, damaged checkpoints, two runs in one folder."""

import os
import random
import signal
import time

from faults import tiny
from faults.fault import SLOW, fault
from faults.laboratory import expect, refused, until, went_well
from faults.resuming import end_of, exact_after_kills

_MANY, _FEW = 50, 3
_FLIPS, _FEW_FLIPS = 100, 10


def newest_step(folder):
    """Step of the newest checkpoint that is intact; NotSurvived if there is none."""
    from keras_gan.storage.checkpoints import Checkpoints

    newest = Checkpoints(folder).newest()
    expect(newest is not None, "no checkpoint can be loaded")
    newest.arrays()
    return newest.step


def _steps_there(folder):
    from keras_gan.storage.checkpoints import Checkpoints

    return max(Checkpoints(folder).steps(), default=-1)


def train(folder, epochs, every_steps=1, batch_size=4):
    """Trains a tiny GAN, from the newest checkpoint in `folder` if there is one."""
    from keras_gan.callbacks import RunLog

    _train(folder, epochs, every_steps, batch_size, RunLog(folder))


def train_unlogged(folder, epochs):
    """The same without a log: to draw its curves takes as long as the training."""
    _train(folder, epochs)


def _train(folder, epochs, every_steps=1, batch_size=4, *callbacks):
    from absl import logging

    from keras_gan.callbacks import TrainingCheckpoint

    logging.set_verbosity(logging.INFO)  # "Resumed ..." is news, not a warning.
    checkpoint = TrainingCheckpoint(
        os.path.join(folder, "checkpoints"), every_steps=every_steps
    )
    tiny.fit(
        tiny.images(),
        epochs=epochs,
        batch_size=batch_size,
        callbacks=[*callbacks, checkpoint],
        ema_decay=0.9,
    )


@fault(31, "SIGKILL at random moments, also while a checkpoint is written", by_hand=SLOW)
def kills(lab):
    run, checkpoints = lab.folder / "run", lab.folder / "run" / "checkpoints"
    number = _FEW if lab.quick else _MANY
    moments, caught = random.Random(0), 0
    for _ in range(number):
        before = _steps_there(checkpoints)
        # With a checkpoint after each step, one is being written most of the time.
        process = lab.start(train, str(run), 10**6)
        until(lambda before=before: _steps_there(checkpoints) > before)
        time.sleep(moments.uniform(0.0, 0.3))
        process.kill()
        process.join()
        caught += any(checkpoints.glob(".writing-*"))
        expect(newest_step(checkpoints) > before, "a kill lost what was saved before it")
    epochs = newest_step(checkpoints) // 10 + 1
    went_well(lab.call(train, str(run), epochs))
    went_well(lab.call(train, str(lab.folder / "unbroken"), epochs, 10**6))
    expect(not list(run.rglob(".writing-*")), "half a file was left")
    ends = [end_of(lab.folder / name) for name in ("run", "unbroken")]
    expect(ends[0] == ends[1], "the killed run and an unbroken one differ")
    more = 0 if lab.quick else exact_after_kills(lab)
    return (
        f"{number} kills, {caught} of them while a file was written: {number} loadable "
        f"checkpoints; after {10 * epochs} steps the same bits as an unbroken run; and "
        f"after {more} kills of three models, k = 1 and 3"
    ), -signal.SIGKILL


@fault(32, "SIGTERM and Ctrl-C", by_hand=SLOW)
def signals(lab):
    lab.images()
    flags = ("--dataset=npz:tiny.npz", "--batch_size=4", "--epochs=100000")
    for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
        run = f"run{code}"
        checkpoints = lab.folder / run / "checkpoints"
        process = lab.start(
            _train_command, [*flags, "--checkpoint_steps=2", f"--run_dir={run}"]
        )
        until(lambda folder=checkpoints: _steps_there(folder) > 0)
        os.kill(process.pid, number)
        done = lab.wait(process)
        expect(done.code == code, f"exit code {done.code}, not {code}: {done.err}")
        expect("Traceback" not in done.err, "a traceback was shown")
        (line,) = (one for one in done.out.splitlines() if "Stopped by" in one)
        said = f": {newest_step(checkpoints):,} of "
        expect(said in line, f"steps were lost: {line}")
    return line, code


def _train_command(flags):
    from faults.laboratory import run_command

    run_command("train", flags)


def _with_checkpoints(lab):
    """Trains a run with checkpoints of the steps 8, 9 and 10; returns their folder."""
    went_well(lab.call(train_unlogged, str(lab.folder / "run"), 1))
    return lab.folder / "run" / "checkpoints"


def _goes_back(lab, word="step 10 is damaged"):
    done = lab.call(train_unlogged, str(lab.folder / "run"), 2)
    line = went_well(done, word, "Resumed from step 9")
    return line


@fault(36, "the newest checkpoint cut off")
def cut_checkpoint(lab):
    newest = max(_with_checkpoints(lab).glob("*.npz"))
    newest.write_bytes(newest.read_bytes()[:-1000])
    return _goes_back(lab)


@fault(37, "a flipped bit in the newest checkpoint")
def flipped_bit(lab):
    from keras_gan.storage.checkpoints import Checkpoints

    checkpoints = _with_checkpoints(lab)
    number = _FEW_FLIPS if lab.quick else _FLIPS
    places = random.Random(0)
    for suffix, share in (("npz", 0.8), ("json", 0.2)):
        newest = max(checkpoints.glob(f"*.{suffix}"))
        whole = newest.read_bytes()
        for _ in range(round(number * share)):
            flipped = bytearray(whole)
            place = places.randrange(8 * len(flipped))
            flipped[place // 8] ^= 1 << place % 8
            newest.write_bytes(flipped)
            found = Checkpoints(checkpoints).newest().step
            expect(found == 9, f"bit {place} of {newest.name} was not noticed")
        newest.write_bytes(whole)
    newest = max(checkpoints.glob("*.npz"))
    flipped = bytearray(newest.read_bytes())
    flipped[len(flipped) // 2] ^= 1
    newest.write_bytes(flipped)
    return f"{number} of {number} flips noticed; {_goes_back(lab)}"


@fault(38, "the newest checkpoint's JSON empty, or garbage")
def broken_sidecar(lab):
    checkpoints = _with_checkpoints(lab)
    newest = max(checkpoints.glob("*.json"))
    from keras_gan.storage.checkpoints import Checkpoints

    for content in (b"", b"{", b"[]", b"{}", b"null", b"\xff\xfe"):
        newest.write_bytes(content)
        expect(Checkpoints(checkpoints).newest().step == 9, f"{content} was taken")
    return _goes_back(lab)


@fault(39, "a checkpoint of other networks, other flags, other data", by_hand=SLOW)
def another_run(lab):
    lab.images(16)
    lab.images(20, name="other.npz")
    flags = ["--dataset=npz:tiny.npz", "--batch_size=4", "--run_dir=run"]
    went_well(lab.command("train", *flags, "--epochs=1"))
    for flag, former in (
        ("--network=dcgan", "network is dcgan, was auto"),
        ("--lr=0.5", "lr is 0.5, was 0.001"),
        ("--dataset=npz:other.npz", "dataset is npz:other.npz, was npz:tiny.npz"),
    ):
        done = lab.command("train", *flags, flag, "--epochs=2")
        line = refused(done, "--run_dir=run", former, cure="a folder of its own")
    # Other images under the same name.
    (lab.folder / "other.npz").replace(lab.folder / "tiny.npz")
    done = lab.command("train", *flags, "--epochs=2")
    lock = {"run/checkpoints/lock"}  # names the last process that opened the folder
    refused(done, "The data has changed", "was", cure="Put it back", changed=lock)
    return line


@fault(40, "two processes in one run folder")
def two_processes(lab):
    run = lab.folder / "run"
    process = lab.start(train, str(run), 10**6, 10**6)
    lock = run / "checkpoints" / "lock"
    until(lambda: lock.exists() and lock.read_text() and (run / "versions.json").exists())
    done = lab.call(train, str(run), 10**6, 10**6)
    try:
        # The first process continues to write these.
        growing = ("run/metrics", "run/tensorboard", "run/checkpoints")
        own = {name for name in done.changed if name.startswith(growing)}
        named = f"Process {process.pid} is training in"
        return refused(done, named, cure="another folder", changed=own)
    finally:
        process.kill()
        process.join()
