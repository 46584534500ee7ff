"""`StopOnSignal` gives back the handlers it found, however the run ends."""

import signal

import keras
import pytest

import keras_gan as kg
from support import tiny_gan

SIGNALS = (signal.SIGTERM, signal.SIGINT)


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
    ],
    ids=["end", "error", "sigterm", "ctrl-c"],
)
@pytest.mark.parametrize("make", CALLBACKS.values(), ids=CALLBACKS)
def test_handlers_are_given_back(make, act, error, own, images, tmp_path):
    gan, seen = tiny_gan(), Seen(act)
    callbacks = [*make(tmp_path / "checkpoints"), seen]
    if error is None:
        gan.fit(images[:4], batch_size=4, verbose=0, callbacks=callbacks)
    else:
        with pytest.raises(error):
            gan.fit(images[:4], batch_size=4, verbose=0, callbacks=callbacks)
    assert own not in seen.handlers
    assert [signal.getsignal(number) for number in SIGNALS] == [own, own]
