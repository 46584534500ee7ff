"""A quiet TensorFlow, and what every test is given."""

import atexit
import gc
import os
import shutil
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# What tests decode is not kept in the user's home. Matplotlib's list of fonts is.
os.environ.setdefault("MPLCONFIGDIR", os.path.expanduser("~/.cache/matplotlib"))
os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="keras_gan_cache_")

import numpy as np
import pytest
from absl import logging

atexit.register(shutil.rmtree, os.environ["XDG_CACHE_HOME"], ignore_errors=True)
# Graphs are many objects that live long: at Python's usual pace, a fifth of the time goes
# into looking for garbage among them.
gc.set_threshold(50_000, 10, 20)


def pytest_collection_finish():
    """Looks for no garbage among modules either: all that the tests need are here."""
    gc.freeze()


@pytest.fixture(autouse=True)
def seeded():
    """Layers without a seed of their own start alike in whatever order tests run."""
    # Not at the top: the process that deals out the tests needs no TensorFlow.
    import keras

    keras.utils.set_random_seed(0)


@pytest.fixture(autouse=True)
def as_loud_as_before():
    """A command sets what is logged, which is for its process and not for other tests."""
    logger = logging.get_absl_logger()
    before = logger.level
    yield
    logger.setLevel(before)


@pytest.fixture(autouse=True, scope="session")
def no_waiting_for_the_disk():
    """Nobody cuts the power, and each save would wait for the disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield


@pytest.fixture
def images():
    """40 uint8 images of 8x8, each different."""
    return np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), dtype="uint8")
