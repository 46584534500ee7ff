"""The 56 faults: what is injected, and how it is decided whether it was survived."""

from faults import (  # noqa: F401
    batches,
    caches,
    files,
    flags,
    folders,
    models,
    processes,
    training,
)
from faults.fault import FAULTS as _LISTED

FAULTS = dict(sorted(_LISTED.items()))
