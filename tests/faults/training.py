"""Rows 27 to 30 and 46 to 48: what goes wrong while a GAN learns."""

from faults import tiny
from faults.fault import SLOW, fault
from faults.laboratory import expect, read_json, refused, went_well
from faults.processes import newest_step

_RUN = ("--batch_size=4", "--run_dir=run", "--network=mlp")


def _train(lab, *flags):
    lab.images(40)
    return lab.command("train", "--dataset=npz:tiny.npz", *_RUN, *flags)


@fault(27, "a learning rate of 1e20", by_hand=SLOW)
def huge_rate(lab):
    done = _train(lab, "--lr=1e20", "--epochs=2")
    expect(done.code == 3, f"exit code {done.code}, not 3: {done.err[-300:]}")
    expect("Traceback" not in done.err, "a traceback was shown")
    expect("iverged at step" in done.err and "ower" in done.err, done.err[-300:])
    expect((lab.folder / "run" / "divergence.json").exists(), "no divergence.json")
    newest_step(lab.folder / "run" / "checkpoints")
    went_well(lab.command("sample", "--run_dir=run", "--num=4", "--output=a.png"))
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
                # Before a ReLU, which on some processors turns NaN into 0. Then the
                # losses do not show it, and the guard must find it in the weights.
                bias = self.model.discriminator.layers[2].weights[1]
                bias.assign(np.r_[np.nan, np.array(bias)[1:]])

    callbacks = [Poison(), NanGuard(), TrainingCheckpoint(folder, every_steps=10)]
    model = tiny.fit(tiny.images(400), callbacks=callbacks)
    print(f"stopped at step {int(model.step)}")
    if int(model.step) > 40:  # the next step in which all weights are read
        raise RuntimeError(f"broken at step 30, stopped at step {int(model.step)}")


@fault(29, "a collapsed generator, and one that is frozen")
def collapse(lab):
    frozen = lab.call(_fit_failing, str(lab.folder / "a"), "frozen")
    went_well(frozen, "the samples do not change", "warned by check 3")
    collapsed = lab.call(_fit_failing, str(lab.folder / "b"), "collapsed")
    line = went_well(collapsed, "nearly all alike", "warned by check 3")
    expect("nearly all alike" not in frozen.err, "collapse was seen where there was none")
    return line


def _fit_failing(folder, symptom):
    """Trains while the generator is kept collapsed or frozen; checks every 5 steps."""
    import keras
    import numpy as np

    from keras_gan.callbacks import Health

    class Failure(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if symptom == "collapsed":
                kernel, bias = self.model.generator.layers[2].weights
                kernel.assign(
                    1e-4 * np.random.default_rng(batch).normal(size=kernel.shape)
                )
                bias.assign(np.random.default_rng(batch).normal(size=bias.shape))
            else:
                self.model.g_optimizer.learning_rate = 0.0

    health = Health(folder, every_steps=5)
    tiny.fit(tiny.images(160), callbacks=[Failure(), health])
    if health.warned.get(symptom, 99) <= 15:
        print("warned by check 3")


@fault(30, "a discriminator that has won: its loss is 0")
def saturated(lab):
    done = lab.call(_fit_won, str(lab.folder / "a"))
    return went_well(done, "real from fake without a mistake", "learning rate")


def _fit_won(folder):
    import keras
    import numpy as np

    import keras_gan as kg
    from keras_gan.callbacks import Health

    model = tiny.gan()
    quick, none = keras.optimizers.Adam(3e-2), keras.optimizers.SGD(1e-4)
    model.compile(quick, none, loss=kg.losses.NonSaturating())
    health = Health(folder, every_steps=50)
    white = np.full((400, 8, 8, 1), 255, "uint8")
    white[::2, 0] = 250
    model.fit(white, batch_size=4, epochs=4, verbose=0, callbacks=[health])


@fault(48, "mixed_float16 without a scale of the loss")
def half_precision(lab):
    done = lab.call(_fit_in_half_precision, "mixed_float16")
    went_well(done, "d_optimizer LossScaleOptimizer, g_optimizer LossScaleOptimizer")
    expect("logits float32" in done.out, "the logits are not float32")
    return done.out.strip()


def _fit_in_half_precision(policy):
    import keras
    import numpy as np

    import keras_gan as kg

    keras.config.set_dtype_policy(policy)
    pair = kg.networks.mlp(
        (8, 8, 1), 4, generator_units=(16, 16), discriminator_units=(8, 8)
    )
    model = kg.GAN(*pair)
    model.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3))
    model.fit(tiny.images(), batch_size=4, verbose=0)
    kinds = [type(o).__name__ for o in (model.d_optimizer, model.g_optimizer)]
    print(f"d_optimizer {kinds[0]}, g_optimizer {kinds[1]}", end="; ")
    if not all(np.isfinite(weight).all() for weight in model.get_weights()):
        raise RuntimeError("the weights are not finite")
    logits = model.discriminator(tiny.images(2) / 255.0)
    print(f"logits {keras.backend.standardize_dtype(logits.dtype)}")


@fault(46, "the same seed twice, another number of threads, other versions", by_hand=SLOW)
def same_seed(lab):
    from keras_gan.storage.checkpoints import sealed
    from keras_gan.storage.files import publish_json

    for name, threads in (("a", 2), ("b", 2), ("c", 1)):
        went_well(lab.call(_fit_into, str(lab.folder / name), threads))
    sums = [_state_of(lab.folder / name) for name in "abc"]
    expect(sums[0] == sums[1], "the same seed gave other weights")
    threads = "the same" if sums[0] == sums[2] else "other"
    sidecar = max((lab.folder / "a").glob("step-*.json"))
    content = read_json(sidecar)
    content["facts"]["versions"] = "keras_gan 0.0"
    publish_json(sidecar, sealed(content))
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


@fault(47, "a minibatch that does not fit in memory", by_hand=SLOW)
def out_of_memory(lab):
    went_well(_train(lab, "--epochs=1"))
    before = newest_step(lab.folder / "run" / "checkpoints")
    pixels = lab.images(40_000, side=32, name="many.npz")
    flags = ("--dataset=npz:many.npz", "--batch_size=40000", "--run_dir=large")
    done = lab.call(_train_in_little_memory, [*flags, f"--dataset=npz:{pixels}"])
    line = refused(
        done,
        "A training step on 40000 samples",
        "memory are needed",
        cure="use a smaller --batch_size",
        changed={name for name in done.changed if name.startswith("large/")},
    )
    expect(newest_step(lab.folder / "run" / "checkpoints") == before, "a state was lost")
    return line, 1


def _train_in_little_memory(flags):
    import resource

    from faults.laboratory import run_command

    with open("/proc/self/statm", encoding="ascii") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    limit = used + 2**30
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    run_command("train", flags)
