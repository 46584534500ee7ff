"""Exact resume: killed anywhere, a run ends in the same bits as one that was not."""

import json
import os
import signal

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import keras_gan as kg
from keras_gan.callbacks import RunLog, TrainingCheckpoint, run_log
from keras_gan.data import inputs
from keras_gan.storage.checkpoints import Checkpoints, sealed
from keras_gan.storage.files import publish_json
from keras_gan.training.identity import identity
from support import KillAt, Killed, TracedOnce, all_variables, relu_networks, tiny_gan


def conv_networks():
    """A generator with batch statistics, a discriminator with two kinds of noise."""
    keras.utils.set_random_seed(0)
    z, x = keras.Input((4,)), keras.Input((8, 8, 1))
    made = layers.BatchNormalization()(layers.Dense(32, "relu")(z))
    made = layers.Reshape((8, 8, 1))(layers.Dense(64, "sigmoid")(made))
    judged = layers.Conv2D(4, 3, strides=2)(layers.GaussianNoise(0.1)(x))
    judged = layers.Dense(1)(layers.Dropout(0.5)(layers.Flatten()(judged)))
    return keras.Model(z, made), keras.Model(x, judged)


def dropout_gan(k):
    return tiny_gan(relu_networks(dropout=0.5), discriminator_steps=k)


as_new = TracedOnce(lambda: dropout_gan(1))
plain_as_new = TracedOnce()


def conv_gan(k):
    return tiny_gan(conv_networks(), discriminator_steps=k, loss="minimax")


def averaged_gan(k):
    gan = kg.GAN(*relu_networks(), discriminator_steps=k, ema_decay=0.9)
    gan.compile(
        keras.optimizers.Adam(1e-2),
        keras.optimizers.SGD(1e-2, momentum=0.9),
        penalties=[kg.penalties.R1(1.0)],
    )
    return gan


def run(make, images, folder, *, kill_at=None, epochs=3, extra=(), every_steps=2):
    """One process: a GAN from `make`, the same fit; None if it was killed."""
    gan = make()
    checkpoint = TrainingCheckpoint(folder / "checkpoints", every_steps=every_steps)
    callbacks = [checkpoint, *extra]
    if kill_at is not None:
        callbacks.append(KillAt(kill_at))
    try:
        history = gan.fit(
            images, batch_size=2, epochs=epochs, verbose=0, callbacks=callbacks
        )
    except Killed:
        return None
    return gan, history


@pytest.fixture(autouse=True)
def no_curves(monkeypatch):
    """`RunLog` draws the losses when a run ends, which takes as long as the run."""
    monkeypatch.setattr(run_log, "plot_losses", lambda *_: None)


def metrics(folder):
    """A callback that writes the metrics."""
    return RunLog(str(folder), every_steps=3)


def state(gan):
    return [np.array(variable) for variable in all_variables(gan)]


def equal(first, second):
    return all(map(np.array_equal, first, second))


# The last one is a new GAN in each process, as a user's is; tracing it takes most of the
# time. All pairs of them, by signal 9, are row 31 of scripts/faults.py.
PLAYED = {
    "dropout": (TracedOnce(lambda: dropout_gan(2)), 2),
    "conv": (TracedOnce(lambda: conv_gan(1)), 1),
    "averaged": (lambda: averaged_gan(2), 2),
}


@pytest.mark.parametrize("make, k", PLAYED.values(), ids=PLAYED.keys())
def test_kills_leave_no_trace(make, k, images, tmp_path):
    images = images[:30]
    steps = 3 * (30 // (2 * k))

    def logged(name, **options):
        log = metrics(tmp_path / name)
        return run(make, images, tmp_path / name, extra=[log], **options)

    unbroken, history = logged("a")
    unbroken = state(unbroken)
    kills = sorted(np.random.default_rng(k).choice(np.arange(1, steps), 2, False))
    for step in kills:
        assert logged("b", kill_at=int(step)) is None
    resumed, again = logged("b")
    assert equal(unbroken, state(resumed))
    written = [(tmp_path / name / "metrics.jsonl").read_bytes() for name in "ab"]
    assert written[0] == written[1]
    assert history.history == again.history and len(again.history["d_loss"]) == 3


def zeros(shape, seed):
    return tf.zeros(shape)


def ones(shape, seed):
    return tf.ones(shape)


def test_a_prior_that_is_a_plain_function_is_known_by_its_name(images, tmp_path):
    of_zeros = TracedOnce(lambda: tiny_gan(latents=zeros))
    assert run(of_zeros, images, tmp_path, kill_at=3) is None
    gan, _ = run(of_zeros, images, tmp_path, epochs=1)
    assert int(gan.step) == 20
    with pytest.raises(ValueError, match="latents"):
        run(lambda: tiny_gan(latents=ones), images, tmp_path)


def test_a_finished_run_can_be_extended(images, tmp_path):
    images = images[:20]
    long = state(run(as_new, images, tmp_path / "a", epochs=4)[0])
    run(as_new, images, tmp_path / "b", epochs=2)
    extended, _ = run(as_new, images, tmp_path / "b", epochs=4)
    assert equal(long, state(extended))


def test_a_run_that_its_limit_cut_short_goes_on_as_if_it_had_not(images, tmp_path):
    images = images[:20]  # 10 steps an epoch

    def limited(name, steps):
        extra = [kg.callbacks.Limits(max_steps=steps), metrics(tmp_path / name)]
        gan, history = run(as_new, images, tmp_path / name, extra=extra)
        return int(gan.step), state(gan), history.history

    _, whole, history = limited("a", None)
    for steps in (7, 17, 17):
        # The second time there is nothing left to do.
        assert limited("b", steps)[0] == steps
    step, resumed, again = limited("b", None)
    assert step == 30 and equal(resumed, whole)
    written = [(tmp_path / name / "metrics.jsonl").read_bytes() for name in "ab"]
    assert written[0] == written[1]
    assert again == history


def test_a_run_that_is_to_end_before_where_it_was_killed_does_not_go_on(images, tmp_path):
    images = images[:30]  # 15 steps an epoch
    assert run(as_new, images, tmp_path, kill_at=21) is None
    gan, _ = run(as_new, images, tmp_path, epochs=1)
    assert int(gan.step) == 20


def test_a_finished_run_has_nothing_left_to_do(images, tmp_path, caplog, capsys):
    first = state(run(as_new, images, tmp_path)[0])
    progress = [kg.callbacks.Progress()]
    caplog.set_level("INFO", logger="absl")
    again, _ = run(as_new, images, tmp_path, extra=progress)
    assert equal(first, state(again))
    said = "Done before: 60 generator steps, nothing is left to do. Epochs and steps "
    assert capsys.readouterr().out == (
        f"{said}count from the beginning of the run: to go on, ask for more of them.\n"
    )
    (record,) = caplog.records
    assert "Resumed from step 60, of " in record.getMessage()
    assert record.levelname == "INFO"


def test_other_data_goes_on_at_the_last_epochs_end(images, tmp_path, caplog):
    data = tf.data.Dataset.from_tensor_slices(images).batch(4, drop_remainder=True)

    def fit(*callbacks):
        gan = as_new()
        gan.fit(data, epochs=3, verbose=0, callbacks=list(callbacks))
        return state(gan)

    with pytest.raises(Killed):
        fit(TrainingCheckpoint(tmp_path, every_steps=1), KillAt(17))
    resumed = fit(TrainingCheckpoint(tmp_path, every_steps=1))
    assert "Resumed from step 10, the last end of an epoch" in caplog.text
    assert caplog.records[-1].levelname == "WARNING"  # Steps were lost.
    assert equal(resumed, fit())


def test_what_other_callbacks_remember_comes_back(images, tmp_path):
    def stopping():
        return keras.callbacks.EarlyStopping("d_loss", mode="min", patience=50)

    before, after = stopping(), stopping()
    run(as_new, images, tmp_path, kill_at=47, extra=[before])
    seen = {}

    class Look(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            seen.setdefault("best", after.best)

    run(as_new, images, tmp_path, extra=[after, Look()])
    assert seen["best"] == before.best


def test_a_rate_that_a_callback_moved_is_the_runs_own(images, tmp_path):
    gan = tiny_gan()
    for epochs in (1, 2):
        halving = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
        checkpoint = TrainingCheckpoint(tmp_path)
        gan.fit(images, epochs=epochs, verbose=0, callbacks=[checkpoint, halving])
    for optimizer in gan.optimizer.optimizers:
        assert float(optimizer.learning_rate) == pytest.approx(1e-2 / 4)


class TestRefusals:
    def begun(self, images, folder):
        run(as_new, images, folder, kill_at=9)

    @pytest.mark.parametrize(
        "make, word",
        [
            (lambda: dropout_gan(2), "discriminator_steps is 2, was 1"),
            (lambda: averaged_gan(1), "ema_decay is 0.9, was null"),
            (lambda: tiny_gan(relu_networks(dropout=0.5), loss="minimax"), "loss"),
            (lambda: tiny_gan(relu_networks(dropout=0.5), seed=5), "seed is 5, was 0"),
        ],
    )
    def test_another_run_is_refused_with_what_differs(self, make, word, images, tmp_path):
        self.begun(images, tmp_path)
        with pytest.raises(ValueError, match=word) as caught:
            run(make, images, tmp_path)
        assert "\n" not in str(caught.value)

    def test_other_data_is_refused(self, images, tmp_path):
        self.begun(images, tmp_path)
        with pytest.raises(ValueError, match="The data has changed .* Put it back"):
            run(lambda: dropout_gan(1), 255 - images, tmp_path)

    def test_other_networks_are_refused(self, images, tmp_path):
        self.begun(images, tmp_path)
        wider = relu_networks(units=17)
        with pytest.raises(ValueError, match="generator is 1,237 param.*, was 1,168"):
            run(lambda: tiny_gan(wider), images, tmp_path)

    @pytest.mark.parametrize("change", ["activation", "precision"])
    def test_networks_of_the_same_shapes_are_told_apart(self, change, images, tmp_path):
        def networks():
            z, x = keras.Input((4,)), keras.Input((8, 8, 1))
            other = change if changed else None
            kind = "tanh" if other == "activation" else "relu"
            policy = "mixed_bfloat16" if other == "precision" else "float32"
            hidden = layers.Dense(16, kind, dtype=policy)
            made = layers.Reshape((8, 8, 1))(layers.Dense(64, "sigmoid")(hidden(z)))
            judged = layers.Dense(1)(layers.Flatten()(x))
            return keras.Model(z, made), keras.Model(x, judged)

        changed = False
        run(lambda: tiny_gan(networks()), images, tmp_path, epochs=1)
        run(lambda: tiny_gan(networks()), images, tmp_path, epochs=1)  # other names
        changed = True
        with pytest.raises(ValueError, match="generator is"):
            run(lambda: tiny_gan(networks()), images, tmp_path)

    def test_a_rate_that_was_set_after_compile_gives_way_with_a_warning(
        self, images, tmp_path, caplog
    ):
        run(lambda: dropout_gan(1), images, tmp_path, epochs=1)
        for rate, is_said in ((None, False), (0.5, True)):
            gan = dropout_gan(1)
            first = gan.g.rate()
            if rate is not None:
                gan.g_optimizer.learning_rate = rate
            run(lambda gan=gan: gan, images, tmp_path, epochs=2)
            told = f"The learning rate of g_optimizer was set to 0.5, but is {first:.7g}"
            assert (told in caplog.text) == is_said
            assert "d_optimizer" not in caplog.text
            assert gan.g.rate() == first
        # A rate that a callback had changed in the run stays, and nobody set another.
        caplog.clear()
        gan, lowered = dropout_gan(1), tmp_path / "lowered"
        scheduler = keras.callbacks.LearningRateScheduler(lambda epoch: 0.01)
        run(lambda: dropout_gan(1), images, lowered, epochs=1, extra=[scheduler])
        run(lambda: gan, images, lowered, epochs=2)
        assert gan.g.rate() == pytest.approx(0.01)
        assert "learning rate" not in caplog.text

    def test_an_option_of_a_subclass_belongs_to_its_identity(self, images, tmp_path):
        # Nothing but its config names it: no list has to be kept.
        class Warmed(kg.GAN):
            def __init__(self, *arguments, warmth, **options):
                super().__init__(*arguments, **options)
                self.warmth = warmth

            def get_config(self):
                return {**super().get_config(), "warmth": self.warmth}

        def warmed(warmth):
            gan = Warmed(*relu_networks(), warmth=warmth)
            gan.compile("adam", "adam")
            return gan

        warm = TracedOnce(lambda: warmed(1))
        assert run(warm, images, tmp_path, kill_at=3) is None
        with pytest.raises(ValueError, match="warmth is 2, was 1"):
            run(lambda: warmed(2), images, tmp_path)
        assert run(warm, images, tmp_path, kill_at=5) is None

    def test_two_checkpoints_of_one_run_are_refused(self, images, tmp_path):
        second = TrainingCheckpoint(tmp_path / "other")
        with pytest.raises(ValueError, match="2 callbacks that keep checkpoints"):
            run(as_new, images, tmp_path, extra=[second])

    def test_a_method_called_restore_makes_no_checkpoint(self, images, tmp_path):
        class Mine(keras.callbacks.Callback):
            def restore(self):
                """Has nothing to do with runs."""

        gan, _ = run(as_new, images, tmp_path, extra=[Mine()], epochs=1)
        assert int(gan.step) == 20

    @pytest.mark.parametrize("kind", ["sequential", "conditional", "spectral"])
    def test_networks_that_are_built_again_are_the_same(self, kind):
        def rebuilt():
            if kind == "conditional":
                return kg.networks.mlp((8, 8, 1), 4, num_classes=3)
            if kind == "spectral":
                return kg.networks.mlp((8, 8, 1), 4, spectral_norm=True)
            judge = keras.Sequential([layers.Flatten(), layers.Dense(1)])
            judge.build((None, 8, 8, 1))
            return relu_networks()[0], judge

        options = {"num_classes": 3} if kind == "conditional" else {}
        first, again = (identity(tiny_gan(rebuilt(), **options)) for _ in range(2))
        assert first == again

    def test_best_weights_that_no_state_holds_are_refused(self, images, tmp_path):
        stopping = keras.callbacks.EarlyStopping("d_loss", restore_best_weights=True)
        with pytest.raises(ValueError, match="restore_best_weights"):
            run(as_new, images, tmp_path, extra=[stopping])

    def test_another_order_of_the_same_data_is_refused(self, tmp_path):
        images = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), dtype="uint8")

        def fit(seed):
            checkpoint = TrainingCheckpoint(tmp_path)
            data = kg.data.Batches(images, batch_size=4, seed=seed)
            plain_as_new().fit(data, epochs=1, verbose=0, callbacks=[checkpoint])

        fit(0)
        with pytest.raises(ValueError, match="seed 1, was .*seed 0"):
            fit(1)

    def test_another_length_of_an_epoch_is_refused(self, images, tmp_path):
        def fit(steps):
            checkpoint = TrainingCheckpoint(tmp_path)
            plain_as_new().fit(
                images,
                batch_size=4,
                steps_per_epoch=steps,
                verbose=0,
                callbacks=[checkpoint],
            )

        fit(6)
        with pytest.raises(ValueError, match="steps_per_epoch is 4, was 6"):
            fit(4)

    def test_data_that_cannot_go_on_there_loses_nothing(self, images, tmp_path):
        made = run(as_new, images, tmp_path, kill_at=10)
        assert made is None
        steps = Checkpoints(tmp_path / "checkpoints").steps()
        assert steps == [8, 6, 4]
        # The same run by name, but a dataset has no middle of an epoch to go on from.
        sidecars = list((tmp_path / "checkpoints").glob("*.json"))
        data = tf.data.Dataset.from_tensor_slices(images).batch(2, drop_remainder=True)
        told = inputs.training_input(
            data,
            dropout_gan(1).sample_spec,
            discriminator_steps=1,
            batch_size=None,
            seed=0,
        ).fingerprint
        for sidecar in sidecars:
            content = json.loads(sidecar.read_text())
            content["facts"]["identity"]["data"] = told
            publish_json(sidecar, sealed(content))
        checkpoint = TrainingCheckpoint(tmp_path / "checkpoints")
        with pytest.raises(ValueError, match="no state at the end of an epoch"):
            dropout_gan(1).fit(data, verbose=0, callbacks=[checkpoint])
        assert Checkpoints(tmp_path / "checkpoints").steps() == steps

    def test_a_first_state_stands_in_nobodys_way(self, images, tmp_path):
        def broken(batch, logs):
            raise Killed

        stop = keras.callbacks.LambdaCallback(on_train_batch_begin=broken)
        assert run(as_new, images, tmp_path, extra=[stop]) is None
        assert Checkpoints(tmp_path / "checkpoints").steps() == [0]
        gan, _ = run(lambda: dropout_gan(2), images, tmp_path, epochs=1)
        assert int(gan.step) == 10

    def test_executions_that_do_not_fit_an_epoch_are_refused(self, images):
        gan = kg.GAN(*relu_networks())
        gan.compile("adam", "adam", steps_per_execution=4)
        with pytest.raises(ValueError, match="does not divide the 10 steps"):
            gan.fit(images, batch_size=4, verbose=0)
        with pytest.raises(ValueError, match="does not divide the 6 steps"):
            gan.fit(images, batch_size=4, steps_per_epoch=6, verbose=0)
        assert int(gan.step) == 0

    def test_a_second_process_is_kept_out(self, images, tmp_path):
        with Checkpoints(tmp_path / "checkpoints").locked():
            with pytest.raises(ValueError, match=f"Process {os.getpid()} is training"):
                run(as_new, images, tmp_path)


class TestCheckpoints:
    def filled(self, folder, steps=(1, 2, 3)):
        checkpoints = Checkpoints(folder)
        for step in steps:
            checkpoints.save(step, {"w": np.full(1000, step, "float32")}, {"epoch": step})
        return checkpoints

    def test_keeps_three_and_leaves_other_files_alone(self, tmp_path):
        (tmp_path / "notes.txt").write_text("mine")
        checkpoints = self.filled(tmp_path, steps=range(1, 8))
        assert checkpoints.steps() == [7, 6, 5]
        assert len(list(tmp_path.glob("step-*"))) == 6
        assert (tmp_path / "notes.txt").read_text() == "mine"

    @pytest.mark.parametrize("suffix", ["npz", "json"])
    def test_every_bit_flip_is_noticed(self, suffix, tmp_path, caplog):
        checkpoints = self.filled(tmp_path)
        newest = max(tmp_path.glob(f"*.{suffix}"))
        original = newest.read_bytes()
        generator = np.random.default_rng(0)
        for _ in range(100):
            flipped = bytearray(original)
            place = int(generator.integers(8 * len(flipped)))
            flipped[place // 8] ^= 1 << place % 8
            newest.write_bytes(flipped)
            assert checkpoints.newest().step == 2
        assert caplog.text.count("step 3 is damaged") == 100

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff\xfe"])
    def test_goes_back_when_the_sidecar_is_damaged(self, content, tmp_path):
        checkpoints = self.filled(tmp_path)
        max(tmp_path.glob("*.json")).write_bytes(content)
        assert checkpoints.newest().step == 2

    def test_goes_back_when_the_arrays_are_truncated_or_gone(self, tmp_path):
        checkpoints = self.filled(tmp_path)
        third, second = sorted(tmp_path.glob("*.npz"), reverse=True)[:2]
        third.write_bytes(third.read_bytes()[:100])
        second.unlink()
        assert checkpoints.newest().step == 1

    def test_arrays_that_a_kill_left_alone_are_removed(self, tmp_path):
        checkpoints = self.filled(tmp_path)
        max(tmp_path.glob("*.json")).unlink()
        (tmp_path / "step-mine.npz").touch()
        with checkpoints.locked():
            names = {path.name for path in tmp_path.glob("*.npz")}
        wanted = {f"step-{step:010d}.npz" for step in (1, 2)}
        assert names == {*wanted, "step-mine.npz"}

    def test_says_when_nothing_is_left(self, tmp_path):
        checkpoints = self.filled(tmp_path)
        for path in tmp_path.glob("*.npz"):
            path.write_bytes(b"")
        with pytest.raises(ValueError, match="All 3 checkpoints"):
            checkpoints.newest()

    def test_a_full_disk_leaves_the_old_ones(self, tmp_path, monkeypatch):
        checkpoints = self.filled(tmp_path)

        def full(*_, **__):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(np, "savez", full)
        with pytest.raises(OSError, match="older checkpoints are kept"):
            checkpoints.save(4, {"w": np.zeros(10)}, {})
        assert checkpoints.newest().step == 3
        assert not list(tmp_path.glob(".writing*"))

    def test_says_how_much_space_it_needs(self, tmp_path, monkeypatch):
        checkpoints = self.filled(tmp_path)
        usage = type("Usage", (), {"free": 100})
        monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
        with pytest.raises(OSError, match="needs 1.0 MiB, 0 KiB are free"):
            checkpoints.save(4, {"w": np.zeros(2**17)}, {})

    @pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
    def test_never_keeps_a_state_that_is_not_finite(self, tmp_path, dtype):
        checkpoints = self.filled(tmp_path)
        broken = np.array(keras.ops.convert_to_tensor([np.nan], dtype))
        with pytest.raises(ValueError, match="w is not finite at step 4"):
            checkpoints.save(4, {"w": broken}, {})

    def test_arrays_come_back_in_their_order(self, tmp_path):
        arrays = {f"v/{i}": np.full(2, i) for i in range(120)}
        Checkpoints(tmp_path).save(1, arrays, {})
        loaded = Checkpoints(tmp_path).newest().arrays()
        assert list(loaded) == list(arrays)
        assert all(np.array_equal(loaded[name], arrays[name]) for name in arrays)


def test_a_diverged_state_is_not_saved(images, tmp_path, caplog):
    class Poison(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if int(self.model.step.numpy()) == 5:
                weight = self.model.generator.weights[0]
                weight.assign(np.nan * np.array(weight))

    run(as_new, images, tmp_path, extra=[Poison()], epochs=1)
    newest = Checkpoints(tmp_path / "checkpoints").newest()
    assert newest.step == 4
    # Once in two steps, as often as a state is due.
    assert caplog.text.count("not saved") == 8
    assert all(np.isfinite(array).all() for array in newest.arrays().values())


@pytest.mark.parametrize("step", [19, 20, 21])
def test_a_signal_at_the_end_of_an_epoch_saves_its_end(step, images, tmp_path):
    class Terminate(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if int(self.model.step) == step:
                signal.raise_signal(signal.SIGTERM)

    with pytest.raises(SystemExit) as ended:
        run(as_new, images, tmp_path / "b", extra=[Terminate()])
    assert ended.value.code == 143
    newest = Checkpoints(tmp_path / "b" / "checkpoints").newest()
    done = (newest.facts["epoch"], newest.facts["steps_in_epoch"])
    assert newest.step == step and done == divmod(step, 20)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    resumed, again = run(as_new, images, tmp_path / "b")
    resumed = state(resumed)
    whole, history = run(as_new, images, tmp_path / "a")
    assert equal(resumed, state(whole)) and again.history == history.history


@pytest.mark.parametrize(
    "number, ending", [(signal.SIGTERM, SystemExit), (signal.SIGINT, KeyboardInterrupt)]
)
def test_a_signal_loses_no_step(number, ending, images, tmp_path):
    class Signal(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if int(self.model.step) == 7:
                os.kill(os.getpid(), number)

    with pytest.raises(ending) as ended:
        run(as_new, images, tmp_path, extra=[Signal()], every_steps=99)
    said = f"Stopped at step 8, which is saved in {tmp_path / 'checkpoints'}."
    assert str(ended.value) == (said if number == signal.SIGINT else "143")
    assert Checkpoints(tmp_path / "checkpoints").newest().step == 8


def test_the_sidecar_says_what_wrote_it(images, tmp_path):
    run(as_new, images, tmp_path, epochs=1)
    sidecar = max((tmp_path / "checkpoints").glob("*.json"))
    facts = json.loads(sidecar.read_text())["facts"]
    assert f"Keras {keras.__version__}" in facts["versions"]
    assert facts["epoch"] == 1 and facts["steps_in_epoch"] == 0
