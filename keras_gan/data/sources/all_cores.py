"""Decoding on all cores, in order."""

import collections
import concurrent.futures
import os

# Images that are decoded or wait for their turn, per core. Enough for one slow image.
_AHEAD = 16


def on_all_cores(function, items):
    """Applies a function to many items on all cores.

    By threads: Pillow lets go of Python's lock while it decodes and resizes.

    Args:
        function: Function of one item.
        items: An iterable, of which only a few items are taken ahead.

    Yields:
        Its results, in the order of the items. An error is raised at its item's turn.

    Example:

    >>> list(on_all_cores(abs, [-1, 2, -3]))
    [1, 2, 3]
    """
    cores = len(os.sched_getaffinity(0))
    pool = concurrent.futures.ThreadPoolExecutor(cores, "keras_gan_decoding")
    waiting = collections.deque()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) >= _AHEAD * cores:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
