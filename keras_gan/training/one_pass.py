"""Whether two minibatches can go through a network in one pass, as they would in two."""

import keras
from keras import layers

_DIMENSIONS = ("1D", "2D", "3D")
# Layers of Keras whose output for a sample depends on this sample alone.
_ALONE = (
    layers.InputLayer,
    layers.Identity,
    layers.Dense,
    layers.EinsumDense,
    layers.Embedding,
    layers.CategoryEncoding,
    layers.Activation,
    layers.ReLU,
    layers.LeakyReLU,
    layers.PReLU,
    layers.ELU,
    layers.Flatten,
    layers.Reshape,
    layers.Permute,
    layers.RepeatVector,
    layers.Rescaling,
    layers.LayerNormalization,
    layers.GroupNormalization,
    layers.Add,
    layers.Subtract,
    layers.Multiply,
    layers.Average,
    layers.Maximum,
    layers.Minimum,
    layers.DepthwiseConv1D,
    layers.DepthwiseConv2D,
    layers.SeparableConv1D,
    layers.SeparableConv2D,
    *(
        getattr(layers, kind + dimension)
        for dimension in _DIMENSIONS
        for kind in (
            "Conv",
            "Cropping",
            "ZeroPadding",
            "UpSampling",
            "AveragePooling",
            "MaxPooling",
            "GlobalAveragePooling",
            "GlobalMaxPooling",
        )
    ),
    *(getattr(layers, f"Conv{dimension}Transpose") for dimension in _DIMENSIONS),
)
# The same for what the networks of this package use of `keras.ops`.
_ALONE_OPERATIONS = ("Add", "Subtract", "Multiply", "OneHot", "LeakyRelu", "Relu")
# Random numbers for each element: other ones in one pass than in two, of the same law.
_NOISE = (layers.Dropout, layers.GaussianNoise)


def judges_alone(network, *, noise):
    """Whether each output of a network depends on one sample, in training mode, too.

    A layer that is not known to do so does not: a minibatch's statistics, a spectral
    norm that takes a step at each pass, losses that layers add to a pass. A layer of
    one's own says so by an attribute `judges_alone = True`.

    Args:
        network: A built `keras.Model`.
        noise: Whether dropout and Gaussian noise may be in it.

    Returns:
        A bool.

    Example:

    >>> dense = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    >>> judges_alone(dense, noise=False)
    True
    >>> dense.add(keras.layers.BatchNormalization())
    >>> judges_alone(dense, noise=False)
    False
    """
    return all(_is_alone(one, noise) for one in _parts(network))


def _parts(network):
    """The operations of a functional or sequential model; of another, itself."""
    if isinstance(network, keras.Sequential):
        return network.layers
    return getattr(network, "operations", [network])


def _is_alone(operation, noise):
    if getattr(operation, "activity_regularizer", None) is not None:
        return False
    if isinstance(operation, keras.Sequential) or hasattr(operation, "operations"):
        return type(operation).call.__module__.startswith("keras.") and judges_alone(
            operation, noise=noise
        )
    if getattr(operation, "judges_alone", False):
        return True
    # A subclass may do anything.
    kind = type(operation)
    if kind in _ALONE:
        return _is_elementwise(getattr(operation, "activation", None))
    if kind in _NOISE:
        return noise and getattr(operation, "noise_shape", None) is None
    if not kind.__module__.startswith("keras."):
        return False
    if kind.__name__ in ("Sum", "Mean", "Max", "Concatenate"):
        return _keeps_samples(operation)
    if kind.__name__ == "Pad":
        return tuple(operation.pad_width[0]) == (0, 0)
    return kind.__name__ in _ALONE_OPERATIONS


def _is_elementwise(activation):
    """Whether an activation is none, or one of Keras'."""
    if activation is None or type(activation) in _ALONE:
        return True
    module = getattr(activation, "__module__", "")
    return module.startswith("keras.") and not isinstance(activation, keras.Layer)


def _keeps_samples(operation):
    """Whether a reduction, or a concatenation, leaves the first axis, the samples'."""
    axes = operation.axis
    axes = axes if isinstance(axes, tuple | list) else (axes,)
    rank = len(keras.tree.flatten(operation.input)[0].shape)
    return all(axis is not None and axis % rank != 0 for axis in axes)
