"""What a run says when it ends, and that it goes on when told to."""

import os
import shlex
import signal
import sys

import keras
import numpy as np
import pytest

import keras_gan as kg
from keras_gan.cli import ending, training_run
from support import Terminal, TracedOnce, trained


@pytest.fixture
def archive(tmp_path):
    """64 images of 8x8 pixels in a .npz file whose name needs quotes."""
    path = tmp_path / "it's a file.npz"
    images = np.random.default_rng(0).integers(0, 256, (64, 8, 8, 1), dtype="uint8")
    np.savez(path, images=images)
    return path


def typed(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", list(words))
    monkeypatch.setattr(sys, "orig_argv", ["python", *words])


def rows_of_a_stopped_run(monkeypatch, archive, tmp_path, stops):
    """What a terminal shows of a run that a callback stops as Ctrl-C does."""
    with monkeypatch.context() as patch:
        patch.setattr(training_run, "Health", lambda *_, **__: stops)
        terminal = Terminal(patch)
        with pytest.raises(SystemExit) as stop:
            trained(
                archive, tmp_path / "run", "--picture_every=1", "--checkpoint_steps=1"
            )
        assert stop.value.code == 130
        return terminal.rows()


def test_a_stopped_run_says_how_to_go_on(monkeypatch, archive, tmp_path):
    class CtrlC(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if int(self.model.step) == 3:
                os.kill(os.getpid(), signal.SIGINT)

    words = ["scripts/train.py", f"--dataset=npz:{archive}", "--run_dir=a run"]
    typed(monkeypatch, *words)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "README.md").write_text("mine")
    (tmp_path / "run" / "gan.keras").write_text("of an earlier stop")
    (tmp_path / "run" / "curves.jsonl").touch()
    rows = rows_of_a_stopped_run(monkeypatch, archive, tmp_path, CtrlC())
    assert sum("epoch 1/1" in row for row in rows) == 1
    assert any(row.startswith("d_loss ") and "step 3/4" in row for row in rows)
    # The news once: what was done, and how to go on.
    (told,) = (i for i, row in enumerate(rows) if "3 of 4 generator steps done" in row)
    assert rows[told].startswith("Stopped by Ctrl-C, after ")
    assert rows[told + 1] == "Run the same command to go on:"
    command, rest = "".join(rows[told + 2 :]).split("Pictures:")
    assert shlex.split(command) == ["python", *words]
    # A picture of step 3, and none of it among those of the film.
    folder = tmp_path / "run"
    images, rest = rest.split("The whole run in one page: ")
    drawn = f"{folder}/samples.png, and those of earlier steps in {folder}/images"
    assert images.replace(" ", "") == drawn.replace(" ", "")  # Wrapped at words.
    assert rest.startswith(f"{folder}/report.htmlTensorBoard: ")
    assert "More samples: " in rest
    # The models of step 3, each of them.
    gan = keras.models.load_model(folder / "gan.keras")
    assert int(gan.step) == 3
    discriminator = keras.models.load_model(folder / "discriminator.keras")
    np.testing.assert_equal(discriminator.get_weights(), gan.discriminator.get_weights())
    generator = keras.models.load_model(folder / "generator.keras")
    np.testing.assert_equal(generator.get_weights(), gan.sampler.get_weights())
    assert (folder / "samples.png").exists()
    assert (folder / "report.html").exists()
    assert (folder / "README.md").read_text() == "mine"  # A user's own stays.
    assert not any("README" in row for row in rows)
    assert not (folder / "images" / "fake_000003.png").exists()
    assert not any("saved" in row or "Stopping" in row for row in rows)

    class AtOnce(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            raise KeyboardInterrupt

    # Stopped before its first step, a run may be restored by half: nothing is saved.
    written = os.stat(folder / "gan.keras").st_mtime_ns
    rows_of_a_stopped_run(monkeypatch, archive, tmp_path, AtOnce())
    assert os.stat(folder / "gan.keras").st_mtime_ns == written


def test_so_does_one_that_is_stopped_while_it_saves(monkeypatch, archive, tmp_path):
    path = tmp_path / "run" / "gan.keras"
    path.parent.mkdir()
    path.write_text("of an earlier stop")

    def ctrl_c(path):
        raise KeyboardInterrupt

    class CtrlC(keras.callbacks.Callback):
        def on_train_end(self, logs=None):
            # Since step 1 was kept, nobody can take it for the newest.
            assert not path.exists()
            self.model.save_sampler = ctrl_c
            # The first time only.
            monkeypatch.setattr(training_run, "signal_of", self.go_on)

        def go_on(self, stop):
            del self.model.save_sampler
            return ending.signal_of(stop)

    typed(monkeypatch, "keras-gan-train", "--steps=4")
    rows = rows_of_a_stopped_run(monkeypatch, archive, tmp_path, CtrlC())
    assert any("4 of 4 generator steps done, 0 left." in row for row in rows)
    assert int(keras.models.load_model(path).step) == 4


@pytest.mark.parametrize("is_active", [True, False])
def test_where_to_look_can_be_pasted(monkeypatch, tmp_path, is_active):
    folder = tmp_path / ".venv" / "bin"
    folder.mkdir(parents=True)
    for name in ("tensorboard", "keras-gan-sample", "keras-gan-evaluate"):
        (folder / name).touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setenv("PATH", str(folder) if is_active else "/nowhere")
    place = "" if is_active else ".venv/bin/"
    told = training_run.where_to_look("it's a")
    _, report, tensorboard, samples, numbers = told.splitlines()
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "plane.gif").touch()
    told = training_run.where_to_look(tmp_path)
    assert "samples.png, and plane.gif, training.gif and losses.svg in " in told
    assert report.endswith(": it's a/report.html")
    told = shlex.split(tensorboard.removeprefix("TensorBoard: "))
    assert told[:3] == [f"{place}tensorboard", "--logdir", "it's a/tensorboard"]
    assert shlex.split(samples.removeprefix("More samples: ")) == [
        *(f"{place}keras-gan-sample", "--run_dir=it's a", "--num=64")
    ]
    assert shlex.split(numbers.removeprefix("How good they are: ")) == [
        *(f"{place}keras-gan-evaluate", "--run_dir=it's a")
    ]


@pytest.mark.parametrize(
    "facts, words",
    [
        ((0, 20, 20, 65, None), "Done: 20 generator steps in 1 min 5 s."),
        ((0, 1, 1, 0, None), "Done: 1 generator step in 0 s."),
        (
            (700, 1000, 1000, 9, None),
            "Done: 1,000 generator steps, the last 300 of them in 9 s.",
        ),
        (
            (600, 1200, 3000, 61, 60.0),
            "Stopped by --max_seconds=60, after 1 min 1 s with start and saving: 1,200 "
            "of 3,000 generator steps done, 1,800 left.\nRun the same command to go on:\n"
            "python x.py",
        ),
    ],
)
def test_why_it_ended(monkeypatch, facts, words):
    typed(monkeypatch, "x.py")
    assert ending.ending(*facts) == words


def test_a_run_is_done_when_it_made_a_step(archive, tmp_path, capsys):
    recipe = kg.Recipe(dataset=f"npz:{archive}", batch_size=16, steps=4)
    real, as_new, run_dir = recipe.load_data(), TracedOnce(), tmp_path / "run"

    def ending_of_a_run():
        options = {"unseen": None, "run_dir": str(run_dir), "callbacks": []}
        assert training_run.play(recipe, as_new(), real, **options) == 0
        return capsys.readouterr().out.splitlines()[0]

    done = "Done: 4 generator steps in "
    assert ending_of_a_run().startswith(done)
    made = (run_dir / "samples.png").read_bytes()
    assert ending_of_a_run().startswith("Pictures: ")
    # The last state is gone, so that the run goes on from an older one.
    (run_dir / "checkpoints" / "step-0000000004.npz").write_bytes(b"")
    assert ending_of_a_run().startswith(done)
    assert (run_dir / "samples.png").read_bytes() == made


def test_an_installed_command_is_called_by_its_name(monkeypatch, tmp_path):
    path = tmp_path / "keras-gan-train"
    path.touch(mode=0o755)
    typed(monkeypatch, str(path), "--run_dir=a b")
    monkeypatch.setenv("PATH", "")
    assert ending.same_command() == f"{path} '--run_dir=a b'"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ending.same_command() == "keras-gan-train '--run_dir=a b'"
    # What runs it, such as make, may do more afterwards.
    monkeypatch.setenv("KERAS_GAN_COMMAND", "make train")
    assert ending.same_command() == "make train"
