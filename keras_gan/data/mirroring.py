"""Mirror images: which samples are shown the other way round, and how that is done."""

import tensorflow as tf

from keras_gan.data.kinds import kind_of

_BITS = 32


def check_can_be_mirrored(name, sample_shape):
    """Refuses to mirror samples that have no left and right.

    Args:
        name: What the samples are, for the message.
        sample_shape: Shape of one sample.

    Raises:
        ValueError: If they have no width.
    """
    kind = kind_of(sample_shape)
    if "width" not in kind.axes:
        raise ValueError(
            f"{name}: {kind.name} have no left and right: leave out mirror, which is for "
            "images."
        )


def coins(index, key, num_samples):
    """One fair coin per sample, whatever else is in its minibatch.

    Args:
        index: An int tensor (m,) of numbers below `num_samples`.
        key: A key of `keras_gan.randomness`: each has coins of its own.
        num_samples: How many samples there are.

    Returns:
        A bool tensor (m,).
    """
    # A bit of the stream for each sample: of a million, they take 4 kB times 32.
    number = -(-num_samples // _BITS)
    words = tf.random.stateless_uniform((number,), key, None, None, tf.uint32)
    place = tf.cast(index % _BITS, tf.uint32)
    bits = tf.bitwise.right_shift(tf.gather(words, index // _BITS), place)
    return tf.cast(bits & 1, tf.bool)


def mirrored(images):
    """Images with left and right exchanged.

    Args:
        images: Array or tensor (..., width, channels).

    Example:

    >>> mirrored(np.array([[[[1], [2], [3]]]]))[0, 0, :, 0]
    array([3, 2, 1])
    """
    return images[..., ::-1, :]


def mirrored_where(coins, images):
    """Images, or the mirror image of each whose coin says so: tensors (m,), (m, ...)."""
    coins = tf.reshape(coins, (-1, *[1] * (len(images.shape) - 1)))
    return tf.where(coins, mirrored(images), images)
