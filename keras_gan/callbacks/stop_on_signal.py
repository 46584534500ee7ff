"""`StopOnSignal`: signals end training between two steps."""

import signal
import sys
import threading
from collections.abc import Callable

from absl import logging

from keras_gan.training.resuming import Holds

# Seconds after which somebody who pressed Ctrl-C wonders whether it was noticed.
_LONG = 1.0


class StopOnSignal(Holds):
    """Lets the running step finish, then ends the process as the signal asked.

    SIGTERM ends it with exit code 143, a closed terminal (SIGHUP) with 129, Ctrl-C with
    `KeyboardInterrupt`. A second signal ends the process at once. SIGHUP under `nohup`
    ends nothing. A log message says that it stops, if this takes longer than a second.
    `TrainingCheckpoint` includes one, which saves first.

    Args:
        before_exit: Function without arguments, called after the step. If it returns
            False, it is called again at the end of the epoch; a text that it returns is
            the message of the `KeyboardInterrupt`. Defaults to None.

    Example:

    >>> gan.fit(data, epochs=20, verbose=0, callbacks=[StopOnSignal()]).epoch[-1]
    19
    """

    def __init__(self, before_exit: Callable[[], bool | str | None] | None = None):
        super().__init__()
        self.before_exit = before_exit
        self._handlers = {}
        self._signal = None
        self._notice = None

    def on_train_begin(self, logs=None):
        self._signal = None
        # Python sets signal handlers in the main thread only.
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            ignored = signal.getsignal(number) == signal.SIG_IGN
            if not (ignored and number == signal.SIGHUP):
                self._handlers[number] = signal.signal(number, self._note)

    def on_train_batch_end(self, batch, logs=None):
        self._exit_if_asked()

    def on_epoch_end(self, epoch, logs=None):
        self._exit_if_asked()

    def on_train_end(self, logs=None):
        # It may have come while the other callbacks ended the run.
        self._exit_if_asked()

    def release(self):
        """Restores the previous signal handlers."""
        if self._notice is not None:
            self._notice.cancel()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers = {}

    def _note(self, number, frame):
        signal.signal(number, signal.SIG_DFL)
        self._signal = number
        # Not from here: the signal may have come while a line is written.
        self._notice = threading.Timer(_LONG, self._say_that_it_stops)
        self._notice.daemon = True
        self._notice.start()

    def _say_that_it_stops(self):
        logging.warning(
            "Stopping after this step%s. To end it at once, stop it again.",
            "" if self.before_exit is None else ", which is saved",
        )

    def _exit_if_asked(self):
        # A signal to one worker ends all of them, after the same step.
        self._signal = max(self.model.replicas.of_all(self._signal or 0)) or None
        if self._signal is None:
            return
        answer = None if self.before_exit is None else self.before_exit()
        if answer is False:
            return
        if self._signal == signal.SIGINT:
            raise KeyboardInterrupt(answer or f"Stopped at step {int(self.model.step)}.")
        sys.exit(128 + self._signal)
