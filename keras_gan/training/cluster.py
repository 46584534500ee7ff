"""Who the workers of a cluster are, and whether all of them are there."""

import json
import socket
import time

_EXAMPLE = (
    '{"cluster": {"worker": ["host0:2222", "host1:2222"]}, '
    '"task": {"type": "worker", "index": 0}}'
)


def read(config):
    """Reads the environment's variable TF_CONFIG.

    Args:
        config: Its text, or None if it is not set.

    Returns:
        `(addresses, worker)`: "host:port" of all workers, the chief first if there is
        one, and the number of this process among them.

    Raises:
        ValueError: If it is not set, or does not say this; says what is wrong.
    """
    if not config:
        raise ValueError(f"TF_CONFIG is not set: each worker needs one, as {_EXAMPLE}.")
    try:
        parsed = json.loads(config)
        jobs, task = parsed["cluster"], parsed["task"]
        addresses = [*jobs.get("chief", []), *jobs.get("worker", [])]
        kind, index = task["type"], int(task["index"])
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise ValueError(
            f"TF_CONFIG cannot be read ({type(error).__name__}: {error}): write it as "
            f"{_EXAMPLE}."
        ) from None
    if kind not in ("chief", "worker"):
        raise ValueError(
            f'TF_CONFIG calls this task a {kind!r}: only "chief" and "worker" train.'
        )
    if not 0 <= index < len(jobs.get(kind, [])):
        raise ValueError(
            f"TF_CONFIG numbers this task {index}, but names {len(jobs.get(kind, []))} "
            f"of type {kind!r}, counted from 0."
        )
    for address in addresses:
        if not str(address).rpartition(":")[2].isdigit():
            raise ValueError(f"TF_CONFIG names {address!r}, which is no host:port.")
    if len(set(addresses)) < len(addresses):
        raise ValueError("TF_CONFIG names an address twice.")
    return addresses, index + (len(jobs.get("chief", [])) if kind == "worker" else 0)


def meet(addresses, worker, seconds):
    """Waits until all workers can be reached; TensorFlow itself would wait for ever.

    Args:
        addresses: "host:port" of all workers.
        worker: Number of this process among them.
        seconds: How long to wait.

    Raises:
        ConnectionError: If a worker cannot be reached in time, or this one's port is
            taken.
    """
    missing = {n: one for n, one in enumerate(addresses) if n != worker}
    port = int(addresses[worker].rpartition(":")[2])
    try:
        listening = socket.create_server(("", port), backlog=len(addresses))
    except OSError as error:
        raise ConnectionError(
            f"Worker {worker} cannot listen at {addresses[worker]} ({error.strerror}): "
            "end what uses that port, or name another in TF_CONFIG."
        ) from None
    until = time.monotonic() + seconds
    with listening:
        while missing and time.monotonic() < until:
            missing = {n: one for n, one in missing.items() if not _answers(one)}
            time.sleep(0.1 if missing else 0.0)
    if missing:
        named = ", ".join(f"{n} ({one})" for n, one in missing.items())
        raise ConnectionError(
            f"No answer from worker {named} in {seconds / 60:g} minutes: start one "
            "process for each address in TF_CONFIG, and check that they can be reached."
        )


def _answers(address):
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1.0).close()
    except OSError:
        return False
    return True
