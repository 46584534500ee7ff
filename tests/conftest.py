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

import keras
import numpy as np
import pytest

atexit.register(shutil.rmtree, os.environ["XDG_CACHE_HOME"], ignore_errors=True)
# Graphs are many objects that live long: at Python's usual pace, a fifth of the time goes
# into looking for garbage among them.
gc.freeze()
gc.set_threshold(50_000, 10, 20)


@pytest.fixture(autouse=True)
def seeded():
    """Layers without a seed of their own start alike in whatever order tests run."""
    keras.utils.set_random_seed(0)


@pytest.fixture
def images():
    """40 uint8 images of 8x8, each different."""
    return np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), dtype="uint8")
