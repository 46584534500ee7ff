"""What a run shows while it trains: on a terminal one line, elsewhere plain lines."""

import io
import logging
import sys
import types

import numpy as np
import pytest

from keras_gan.callbacks import Limits, limits, progress
from support import FakeClock, Terminal, tiny_gan

STEPS = 5
LOGS = {"d_loss": 1.384, "g_loss": 0.7, "value": -1.0, "d_grad_norm": 2.0}
SCORES = {"real_score": 0.5, "fake_score": 0.25}


class Run:
    """A run of the callback alone, with a clock that is moved by hand.

    Args:
        monkeypatch: Pytest's fixture.
        epochs: Of 5 steps each. Defaults to 4.
        at: Step that the run has reached already. Defaults to 0.
        logs: Of every step. Defaults to two losses.
        max_steps, max_seconds: As of `Limits`. Defaults to None.
        **options: Arguments of the callback.
    """

    def __init__(self, monkeypatch, epochs=4, at=0, logs=LOGS, **options):
        self.clock = FakeClock()
        for module in (progress, limits):
            monkeypatch.setattr(module, "time", self.clock)
        self.epochs, self.step, self.logs = epochs, np.array(at), logs
        model = types.SimpleNamespace(
            step=types.SimpleNamespace(numpy=lambda: self.step), stop_training=False
        )
        bounds = {n: options.pop(n, None) for n in ("max_steps", "max_seconds")}
        self.limits = Limits(**bounds)
        self.callback = progress.Progress(**options)
        self.callback.limits = [self.limits]
        for one in (self.limits, self.callback):
            one.set_model(model)
            one.set_params({"epochs": epochs, "steps": STEPS})
            one.on_train_begin()

    def play(self, seconds, first=None, between=lambda step: None):
        """Takes all steps, of so many seconds each; the first one may take longer."""
        first = seconds if first is None else first
        callback, model, begins = self.callback, self.callback.model, True
        while self.step < self.epochs * STEPS and not model.stop_training:
            epoch, batch = divmod(int(self.step), STEPS)
            if batch == 0 or begins:
                callback.on_epoch_begin(epoch)
            callback.on_train_batch_begin(batch)
            self.clock.now += first
            first, begins = seconds, False
            self.step = self.step + 1
            for one in (self.limits, callback):
                one.on_train_batch_end(batch, self.logs)
            between(int(self.step))
            if batch + 1 == STEPS:
                callback.on_epoch_end(epoch, self.logs)
        callback.on_train_end()


class TestPlainLines:
    def lines(self, monkeypatch, *, seconds=2.0, first=100.0, at_most_every=0.0, **run):
        lines = []
        Run(
            monkeypatch, print_line=lines.append, at_most_every=at_most_every, **run
        ).play(seconds, first)
        return lines

    def test_time_to_go_leaves_out_the_step_that_compiles(self, monkeypatch):
        assert self.lines(monkeypatch, first=50.0) == [
            "d_loss 1.38, g_loss 0.70, epoch 1/4, step 5/20, 30 s to go, 2000 ms/step",
            "d_loss 1.38, g_loss 0.70, epoch 2/4, step 10/20, 20 s to go, 2000 ms/step",
            "d_loss 1.38, g_loss 0.70, epoch 3/4, step 15/20, 10 s to go, 2000 ms/step",
            "d_loss 1.38, g_loss 0.70, epoch 4/4, step 20/20, 2000 ms/step",
        ]

    def test_continued_run_has_a_rate_of_its_own(self, monkeypatch):
        # Step 12 is the first of this process; half of the third epoch is left.
        begins, *lines = self.lines(monkeypatch, at=12, first=50.0)
        assert begins == "Going on after step 12."
        assert [line.split(", ")[3:5] for line in lines] == [
            ["step 15/20", "10 s to go"],
            ["step 20/20", "2000 ms/step"],
        ]

    @pytest.mark.parametrize(
        "limit, step, left",
        [
            ({"max_steps": 12}, "step 5/12", "14 s to go"),
            ({"max_steps": 99}, "step 5/20", "30 s to go"),
            ({"max_seconds": 25.0}, "step 5/20", "stops in 17 s"),  # From step 1 on.
            ({"max_seconds": 99.0}, "step 5/20", "30 s to go"),
            ({"max_steps": 7, "max_seconds": 25.0}, "step 5/7", "4 s to go"),
        ],
    )
    def test_the_run_ends_with_the_first_limit(self, monkeypatch, limit, step, left):
        line, *_ = self.lines(monkeypatch, first=2.0, **limit)
        assert line.split(", ")[3:5] == [step, left]

    @pytest.mark.parametrize("place", [0, 1])
    def test_a_limit_among_the_callbacks_is_known(self, place):
        lines, images = [], np.zeros((24, 8, 8, 1), "float32")
        callbacks = [progress.Progress(print_line=lines.append)]
        callbacks.insert(place, Limits(max_steps=8))
        tiny_gan().fit(images, batch_size=4, epochs=3, verbose=0, callbacks=callbacks)
        assert "epoch 2/3, step 8/8" in lines[-1]

    def test_what_the_log_says_already_is_not_said_again(self, monkeypatch):
        monkeypatch.setattr(progress.logging, "level_info", lambda: True)
        assert "step 13/20" in self.lines(monkeypatch, at=12)[0]

    def test_tiny_epochs_keep_a_distance(self, monkeypatch):
        lines = self.lines(
            monkeypatch, seconds=0.125, first=0, at_most_every=10, epochs=99
        )
        assert [line.split(", ")[3] for line in lines] == [
            *(f"step {5 * n}/495" for n in (17, 33, 49, 65, 81, 97)),
            "step 495/495",
        ]

    def test_long_epochs_have_lines_inside(self, monkeypatch):
        lines = self.lines(monkeypatch, seconds=40.0, first=0, at_most_every=10, epochs=2)
        assert [line.split(", ")[3] for line in lines] == [
            *(f"step {step}/10" for step in (3, 5, 7, 9, 10)),
        ]

    def test_a_pipe_gets_text_alone(self, monkeypatch):
        monkeypatch.setattr(sys, "stdout", pipe := io.StringIO())
        Run(monkeypatch, at_most_every=0.0).play(2.0)
        assert len(pipe.getvalue().splitlines()) == 4
        assert pipe.getvalue().replace("\n", "").isprintable()

    def test_a_terminal_that_cannot_rewrite_gets_plain_lines(self, monkeypatch):
        terminal = Terminal(monkeypatch)
        monkeypatch.setenv("TERM", "dumb")
        Run(monkeypatch, at_most_every=0.0).play(2.0)
        assert len(terminal.rows()) == 4


class TestTerminal:
    def test_one_line_that_nothing_is_glued_to(self, monkeypatch):
        terminal = Terminal(monkeypatch)
        handler = logging.StreamHandler()  # Holds the stream from before the run.

        def between(step):
            if step == 3:
                print("a line", "of another callback")
            if step == 8:
                handler.emit(logging.makeLogRecord({"msg": "a warning"}))
            if step == 12:
                print("half a line", end="")
            if step == 13:
                print(", and the rest")

        run = Run(monkeypatch, logs={**LOGS, **SCORES})
        run.play(0.5, between=between)
        assert terminal.rows() == [
            "a line of another callback",
            "a warning",
            "half a line, and the rest",
            "d_loss 1.38, g_loss 0.70, epoch 4/4, step 20/20, 500 ms/step",
        ]

    @pytest.mark.parametrize("columns", [20, 80, 200])
    def test_the_line_fits_when_the_terminal_changes(self, monkeypatch, columns):
        terminal = Terminal(monkeypatch, 120)
        run = Run(monkeypatch, logs={**LOGS, **SCORES})

        def between(step):
            if step == 3:
                print("narrower, or wider")
                terminal.resize(columns)
            if step == 19:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run.play(0.5, between=between)
        # What a kill leaves behind is the line of step 19, as it was drawn.
        first, row = terminal.rows()
        assert first == "narrower, or wider"
        assert len(row) < columns
        shown = "d_loss 1.38, g_loss 0.70, epoch 4/4, step 19/20, 0 s to go"
        assert row.startswith(shown[: len(row)])
        assert ("fake_score" in row) == (columns == 200)
        assert row.endswith("]") == (columns > 20)

    def test_the_bar_is_full_when_the_time_is_up(self, monkeypatch):
        lines = []
        monkeypatch.setattr(progress.StatusLine, "show", lambda _, one: lines.append(one))
        Terminal(monkeypatch)
        Run(monkeypatch, max_seconds=8.0).play(2.0)
        # The clock begins with the end of step 1, and stops the run of 20 steps at 5.
        for step, line in enumerate(lines[1:], 1):
            told, _, bar = line.removesuffix("]").partition(" [")
            assert f", step {step}/20, stops in {8 - 2 * (step - 1)} s" in told
            assert bar.count("=") == (step - 1) * len(bar) // 4
        assert step == 5

    def test_an_interrupted_run_leaves_its_last_step(self, monkeypatch):
        terminal = Terminal(monkeypatch)
        run = Run(monkeypatch)
        with pytest.raises(KeyboardInterrupt):
            run.play(0.01, between=lambda step: step < 7 or self.interrupt())
        run.callback.release()
        print("after it")
        assert terminal.rows() == [
            "d_loss 1.38, g_loss 0.70, epoch 2/4, step 7/20, 10 ms/step",
            "after it",
        ]

    @staticmethod
    def interrupt():
        raise KeyboardInterrupt
