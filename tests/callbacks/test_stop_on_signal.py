"""Signals end a run between two steps, and their handlers are given back."""

import contextlib
import signal
import time

import keras
import pytest

import keras_gan as kg
from support import TracedOnce

as_new = TracedOnce()
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@pytest.fixture
def own():
    """A handler of the program around the run."""

    def handler(number, frame):
        pass

    before = {number: signal.signal(number, handler) for number in SIGNALS}
    yield handler
    for number, old in before.items():
        signal.signal(number, old)


class Seen(keras.callbacks.Callback):
    """Notes the handlers of a step, and fails or is killed there if asked to."""

    def __init__(self, act=lambda: None):
        super().__init__()
        self.act = act

    def on_train_batch_end(self, batch, logs=None):
        self.handlers = [signal.getsignal(number) for number in SIGNALS]
        self.act()


def fail():
    raise ZeroDivisionError


CALLBACKS = {
    "alone": lambda folder: [kg.callbacks.StopOnSignal()],
    "checkpoint": lambda folder: [kg.callbacks.TrainingCheckpoint(folder)],
    "both": lambda folder: [
        kg.callbacks.StopOnSignal(),
        kg.callbacks.TrainingCheckpoint(folder),
    ],
}


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: None, None),
        (fail, ZeroDivisionError),
        (lambda: signal.raise_signal(signal.SIGTERM), SystemExit),
        (lambda: signal.raise_signal(signal.SIGINT), KeyboardInterrupt),
        (lambda: signal.raise_signal(signal.SIGHUP), SystemExit),
    ],
    ids=["end", "error", "sigterm", "ctrl-c", "closed terminal"],
)
@pytest.mark.parametrize("make", CALLBACKS.values(), ids=CALLBACKS)
def test_handlers_are_given_back(make, act, error, own, images, tmp_path):
    gan, seen = as_new(), Seen(act)
    callbacks = [*make(tmp_path / "checkpoints"), seen]
    with contextlib.nullcontext() if error is None else pytest.raises(error):
        gan.fit(images[:8], batch_size=8, verbose=0, callbacks=callbacks)
    assert own not in seen.handlers
    assert [signal.getsignal(number) for number in SIGNALS] == [own] * len(SIGNALS)


class Raise(keras.callbacks.Callback):
    """Sends a signal to this process in the third step, or at another moment."""

    def __init__(self, number, moment="on_train_batch_begin"):
        super().__init__()
        self.number = number
        setattr(self, moment, self.send)

    def send(self, position=None, logs=None):
        if int(self.model.step) >= 2:
            signal.raise_signal(self.number)


def fit(images, *callbacks):
    gan = as_new()
    gan.fit(images, batch_size=8, epochs=1, verbose=0, callbacks=list(callbacks))
    return gan


@pytest.mark.parametrize(
    "number, ending, code",
    [
        (signal.SIGTERM, SystemExit, 143),
        (signal.SIGHUP, SystemExit, 129),
        (signal.SIGINT, KeyboardInterrupt, None),
    ],
)
@pytest.mark.parametrize("moment", ["on_train_batch_begin", "on_train_end"])
def test_the_step_is_finished_and_the_process_ends(images, number, ending, code, moment):
    done = []
    # The tests may run under nohup, which ignores a closed terminal.
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    note = kg.callbacks.StopOnSignal(lambda: done.append(int(note.model.step)))
    try:
        with pytest.raises(ending) as ended:
            fit(images, Raise(number, moment), note)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert getattr(ended.value, "code", None) == code
    assert done == [3 if moment == "on_train_batch_begin" else 5]


def test_under_nohup_a_closed_terminal_ends_nothing(images):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert (
            int(fit(images, Raise(signal.SIGHUP), kg.callbacks.StopOnSignal()).step) == 5
        )
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_stop_that_takes_long_is_said_at_once(images, caplog):
    said = "Stopping after this step, which is saved. To end it at once, stop it again."

    def slow():
        deadline = time.monotonic() + 30
        while said not in caplog.text and time.monotonic() < deadline:
            time.sleep(0.05)
        return "All is saved."

    note = kg.callbacks.StopOnSignal(slow)
    with pytest.raises(KeyboardInterrupt, match=r"^All is saved\.$"):
        fit(images, Raise(signal.SIGINT), note)
    assert caplog.messages == [said]
