"""What a user hears when memory does not suffice."""

import contextlib
import os

import tensorflow as tf

from keras_gan.storage.checkpoints import Checkpoints


@contextlib.contextmanager
def enough_memory(batch_size, sample_shape, run_dir):
    """Turns an exhausted memory into one line with what to do.

    Args:
        batch_size: m.
        sample_shape: Shape of one sample.
        run_dir: Folder of the run; its checkpoints stay as they are.

    Raises:
        ValueError: In place of TensorFlow's report of every allocation.
    """
    try:
        yield
    except (tf.errors.ResourceExhaustedError, MemoryError):
        steps = Checkpoints(os.path.join(run_dir, "checkpoints")).steps()
        kept = f"step {steps[0]} is kept in {run_dir}" if steps else "nothing was kept"
        shape = "x".join(map(str, sample_shape))
        raise ValueError(
            f"--batch_size={batch_size}: out of memory with samples of {shape} ({kept}): "
            "use a smaller --batch_size or --image_size."
        ) from None
