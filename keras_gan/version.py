"""The version of this package, and of what a result depends on besides."""

import os
import platform

__version__ = "0.2.0.dev0"


def versions():
    """What a result depends on besides its flags and its data.

    Returns:
        A dict of the versions of this package, TensorFlow, Keras, NumPy and Python, of
        the machine's kind, and of the number of CPUs that this process may use.

    Example:

    >>> versions()["keras_gan"]
    '0.2.0.dev0'
    """
    # Here, so that importing the package does not import them.
    import keras
    import numpy as np
    import tensorflow as tf

    return {
        "keras_gan": __version__,
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        # Those that TensorFlow makes threads for: taskset and cpusets leave fewer.
        "cpus": len(os.sched_getaffinity(0)),
    }
