"""The 48 faults: what is injected, and the code that decides whether it was survived."""

from keras_gan.commands.fault_rows import (  # noqa: F401
    batches,
    files,
    flags,
    folders,
    models,
    processes,
    training,
)
from keras_gan.commands.fault_rows.fault import FAULTS as _LISTED

FAULTS = dict(sorted(_LISTED.items()))
