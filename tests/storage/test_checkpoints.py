"""What a checkpoint keeps besides arrays comes back as it was."""

import math

import numpy as np

from keras_gan.storage.checkpoints import Checkpoints


def test_a_best_value_of_infinity_survives(tmp_path):
    # Keras' ReduceLROnPlateau begins with it. A report would have null in its place.
    facts = {"callbacks": {"ReduceLROnPlateau 0": {"best": math.inf, "wait": 0}}}
    checkpoints = Checkpoints(str(tmp_path), keep=2)
    checkpoints.save(0, {"weight": np.ones(3)}, facts)
    assert checkpoints.newest().facts == facts
