"""Rows 27 to 30 and 46 to 48: what goes wrong while a GAN learns."""

from keras_gan.commands.fault_rows import tiny
from keras_gan.commands.fault_rows.fault import fault
from keras_gan.commands.fault_rows.laboratory import (
    expect,
    read_json,
    refused,
    went_well,
)
from keras_gan.commands.fault_rows.processes import newest_step

_RUN = ("--batch_size=4", "--run_dir=run", "--network=mlp")


def _train(lab, *flags):
    lab.images(40)
    return lab.command("train", "--dataset=npz:tiny.npz", *_RUN, *flags)


@fault(27, "a learning rate of 1e20")
def huge_rate(lab):
    done = _train(lab, "--lr=1e20", "--epochs=2")
    expect(done.code == 3, f"exit code {done.code}, not 3: {done.err[-300:]}")
    expect("Traceback" not in done.err, "a traceback was shown")
    expect("iverged at step" in done.err and "ower" in done.err, done.err[-300:])
    expect(not list((lab.folder / "run").glob("*.keras")), "broken networks were saved")
    newest_step(lab.folder / "run" / "checkpoints")
    return done.err.splitlines()[0], done.code


@fault(28, "NaN written into one weight in mid-run")
def broken_weight(lab):
    done = lab.call(_fit_with_broken_weight, str(lab.folder / "checkpoints"))
    line = went_well(done, "iverged at step", "stopped at step")
    kept = newest_step(lab.folder / "checkpoints")
    expect(0 < kept <= 30, f"the last good state is that of step {kept}")
    return line


def _fit_with_broken_weight(folder):
    import keras
    import numpy as np

    from keras_gan.callbacks import NanGuard, TrainingCheckpoint

    class Poison(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if int(self.model.step) == 30:
                # Before a ReLU: its output, and so the losses, need not show it.
                bias = self.model.discriminator.layers[2].weights[1]
                bias.assign(np.r_[np.nan, np.array(bias)[1:]])

    callbacks = [Poison(), NanGuard(), TrainingCheckpoint(folder, every_steps=10)]
    model = tiny.fit(tiny.images(400), callbacks=callbacks)
    print(f"stopped at step {int(model.step)}")
    if int(model.step) > 32:
        raise RuntimeError(f"broken at step 30, stopped at step {int(model.step)}")


@fault(46, "the same seed twice, another number of threads, other versions")
def same_seed(lab):
    for name, threads in (("a", 2), ("b", 2), ("c", 1)):
        went_well(lab.call(_fit_into, str(lab.folder / name), threads))
    sums = [_state_of(lab.folder / name) for name in "abc"]
    expect(sums[0] == sums[1], "the same seed gave other weights")
    threads = "the same" if sums[0] == sums[2] else "other"
    sidecar = max((lab.folder / "a").glob("step-*.json"))
    text = sidecar.read_text("utf-8")
    sidecar.write_text(text.replace('"keras_gan ', '"keras_gan 0.0 and '), "utf-8")
    done = lab.call(_fit_into, str(lab.folder / "a"), 2, 3)
    line = went_well(done, "was written with keras_gan 0.0", "last bits may differ")
    return f"{line} (equal bits twice; {threads} bits with another number of threads)"


def _fit_into(folder, threads, epochs=2):
    import tensorflow as tf

    from keras_gan.callbacks import TrainingCheckpoint

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tiny.fit(tiny.images(), epochs=epochs, callbacks=[TrainingCheckpoint(folder)])


def _state_of(folder):
    return read_json(max(folder.glob("step-*.json")))["sha256"]


@fault(47, "a minibatch that does not fit in memory")
def out_of_memory(lab):
    went_well(_train(lab, "--epochs=1"))
    before = newest_step(lab.folder / "run" / "checkpoints")
    pixels = lab.images(40_000, side=32, name="many.npz")
    flags = ("--dataset=npz:many.npz", "--batch_size=40000", "--run_dir=large")
    done = lab.call(_train_in_little_memory, [*flags, f"--dataset=npz:{pixels}"])
    line = refused(
        done,
        "--batch_size=40000",
        "32x32",
        cure="smaller",
        changed={name for name in done.changed if name.startswith("large/")},
    )
    expect(newest_step(lab.folder / "run" / "checkpoints") == before, "a state was lost")
    return line, 1


def _train_in_little_memory(flags):
    import resource

    from keras_gan.commands.fault_rows.laboratory import run_command

    with open("/proc/self/statm", encoding="ascii") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    limit = used + 2**30
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    run_command("train", flags)
