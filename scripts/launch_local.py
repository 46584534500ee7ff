"""Trains with several workers on this machine, to try --strategy=multi_worker.

python scripts/launch_local.py --workers=2 -- --preset=quickstart --epochs=2

What follows -- are flags of train.py. The workers share the machine's cores: this shows
that a run works on a cluster, not how fast it is there.
"""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

from absl import app, flags

TRAIN = pathlib.Path(__file__).parent / "train.py"
# Seconds that workers get to end by themselves, once one has failed.
GRACE = 30.0
WORKERS = flags.DEFINE_integer("workers", 2, "Processes to start.", lower_bound=1)


def main(argv):
    """Starts the workers; returns the exit code of the first that failed, or 0."""
    addresses = free_addresses(WORKERS.value)
    workers = [start(addresses, n, argv[1:]) for n in range(len(addresses))]
    # A terminal sends Ctrl-C to all of them, and each knows what to do with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: send(workers, number))
    return wait(workers)


def free_addresses(number):
    """Addresses of this machine at which nothing listens."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    addresses = [f"127.0.0.1:{one.getsockname()[1]}" for one in sockets]
    for one in sockets:
        one.close()
    return addresses


def start(addresses, number, arguments):
    """Starts worker `number`."""
    task = {"type": "worker", "index": number}
    config = json.dumps({"cluster": {"worker": addresses}, "task": task})
    command = [sys.executable, str(TRAIN), "--strategy=multi_worker", *arguments]
    # Of a lost worker, TensorFlow reports every call that failed; train.py says it once.
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.Popen(command, env={**quiet, **os.environ, "TF_CONFIG": config})


def send(workers, number):
    """Sends a signal to all workers."""
    for worker in workers:
        worker.send_signal(number)


def wait(workers):
    """Waits for all of them, and ends those that do not notice that one has failed."""
    until = None
    while any(worker.poll() is None for worker in workers):
        if until is None and any(worker.poll() for worker in workers):
            until = time.monotonic() + GRACE
        if until is not None and time.monotonic() > until:
            send(workers, signal.SIGKILL)
        time.sleep(0.1)
    codes = [worker.returncode for worker in workers]
    # A negative code is the number of the signal that ended a process.
    return next((code if code > 0 else 128 - code for code in codes if code), 0)


if __name__ == "__main__":
    app.run(main)
