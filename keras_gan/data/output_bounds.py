"""The bounds of a network's outputs: interval arithmetic over its operations."""

import functools
import math
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import layers


class Bounds(NamedTuple):
    """What is known of the values of a tensor.

    Attributes:
        low: No value is below it; may be -inf.
        high: No value is above it; may be inf.
        activation: Name of the activation that the values come from, with nothing but
            arithmetic after it; None if there is none.
        unknown: Name of the operation through which the values could be anything; None
            if every operation is known.
    """

    low: float = -math.inf
    high: float = math.inf
    activation: str | None = None
    unknown: str | None = None

    @property
    def are_finite(self):
        """Whether there is a bound on both sides."""
        return math.isfinite(self.low) and math.isfinite(self.high)


def bounds_of(network):
    """Bounds of a network's outputs, whatever its weights and inputs are.

    Each operation maps intervals to an interval: a sigmoid maps all numbers to [0, 1],
    `2 * x - 1` maps [0, 1] to [-1, 1]. A layer with weights has no bounds before its
    activation. What a `Lambda` or a user's own layer does is not known.

    Args:
        network: A built `keras.Model`. Models and wrappers inside it are searched, too.

    Returns:
        `Bounds`.

    Example:

    >>> x = keras.Input((3,))
    >>> y = (keras.ops.tanh(keras.layers.Dense(2)(x)) + 1) / 2
    >>> bounds_of(keras.Model(x, y))
    Bounds(low=0.0, high=1.0, activation='tanh', unknown=None)
    """
    return _of_operation(network, [Bounds])


# Layers that run what their user wrote.
_OPAQUE = (
    layers.Lambda,
    layers.TFSMLayer,
    layers.JaxLayer,
    layers.FlaxLayer,
    layers.TorchModuleWrapper,
)
_DIMENSIONS = ("1D", "2D", "3D")
# Layers that put out values of their inputs, or means of them; noise is for training.
_PASSING = (
    layers.InputLayer,
    layers.Identity,
    layers.ActivityRegularization,
    layers.Reshape,
    layers.Flatten,
    layers.Permute,
    layers.RepeatVector,
    layers.CenterCrop,
    layers.Dropout,
    layers.AlphaDropout,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.UpSampling1D,
    layers.UpSampling3D,
    *(
        getattr(layers, kind + dimension)
        for dimension in _DIMENSIONS
        for kind in (
            "Cropping",
            "SpatialDropout",
            "AveragePooling",
            "MaxPooling",
            "GlobalAveragePooling",
            "GlobalMaxPooling",
            "AdaptiveAveragePooling",
            "AdaptiveMaxPooling",
        )
    ),
)
_PADDING = tuple(getattr(layers, f"ZeroPadding{dimension}") for dimension in _DIMENSIONS)
# The same for operations, by the names of their classes in lower case.
_PASSING_OPERATIONS = frozenset(
    "adaptiveaveragepool adaptivemaxpool amax amin averagepool broadcastto cast copy "
    "converttotensor cropimages depthtospace diagonal expanddims flip fliplr flipud "
    "getitem identity max maxpool mean median min moveaxis nanmax nanmean nanmedian "
    "nanmin ravel rearrange repeat reshape roll rot90 slice sort spacetodepth split "
    "squeeze stopgradient swapaxes take takealongaxis tile transpose unstack".split()
)
_JOINING_OPERATIONS = frozenset("append concatenate dstack hstack stack vstack".split())
# Operations and activations that grow with their argument: they map the ends of an
# interval to the ends of another.
_MONOTONE = frozenset(
    "arcsinh arctan cbrt ceil celu deg2rad elu erf exp exp2 expm1 exponential floor "
    "hardsigmoid hardtanh leakyrelu log log10 log1p log2 logsigmoid rad2deg relu relu6 "
    "round selu sigmoid sign sinh softplus softsign sparseplus sparsesigmoid sqrt "
    "squareplus tanh tanhshrink trunc".split()
)
_FIXED = {
    **dict.fromkeys(("softmax", "sparsemax", "onehot", "multihot"), (0.0, 1.0)),
    **dict.fromkeys(("sin", "cos"), (-1.0, 1.0)),
    "logsoftmax": (-math.inf, 0.0),
    "norm": (0.0, math.inf),
    "std": (0.0, math.inf),
    "var": (0.0, math.inf),
}
# Operations without bounds; or with bounds that no output of a network is scaled by.
_UNBOUNDED = frozenset(
    "batchnorm conv convtranspose cumsum depthwiseconv dot einsum gelu glu hardshrink "
    "hardsilu hardswish inner layernorm logsumexp matmul mish outer prod rmsnorm "
    "separableconv silu softshrink sum swish tensordot threshold vdot".split()
)

# Bounds are passed as functions that find them: those of a layer's inputs are needed
# only if the layer passes its inputs on.


def _of_operation(operation, inputs, output=0):
    """Bounds of one output of an operation.

    Args:
        operation: A layer, a model, or an operation of `keras.ops`.
        inputs: Functions that return the bounds of its arguments.
        output: Which of its outputs, if there are several. Defaults to 0.
    """
    if isinstance(operation, keras.Sequential):
        for layer in operation.layers:
            inputs = [functools.partial(_of_operation, layer, inputs)]
        return inputs[0]()
    if isinstance(operation, layers.Wrapper):  # e.g. SpectralNormalization
        return _of_operation(operation.layer, inputs)
    if not _is_of_keras(operation):
        return _of_own_layer(operation)
    if isinstance(operation, keras.Model):
        return _of_graph(operation, inputs, output)
    if isinstance(operation, keras.Layer):
        return _of_layer(operation, inputs)
    return _of_function(operation, inputs)


def _is_of_keras(operation):
    """Whether what runs is Keras' code or this package's, and not a user's."""
    if isinstance(operation, _OPAQUE):
        return False
    return type(operation).call.__module__.partition(".")[0] in ("keras", "keras_gan")


def _of_own_layer(layer):
    """By convention, a layer ends in the activation that it keeps under this name."""
    activation = getattr(layer, "activation", None)
    if activation is None:
        return Bounds(unknown=layer.name)
    return _of_activation(activation, Bounds)


def _of_graph(network, inputs, output):
    """Bounds of an output of a functional model, from the end of its graph backwards."""
    if not getattr(network, "outputs", None):
        return Bounds(unknown=network.name)
    outer = {id(one): bounds for one, bounds in zip(network.inputs, inputs, strict=False)}

    @functools.cache
    def of_tensor(tensor_id):
        tensor = tensors[tensor_id]
        if tensor_id in outer:
            return outer[tensor_id]()
        operation, node_index, number = tensor._keras_history
        arguments = operation._inbound_nodes[node_index].arguments
        given = keras.tree.flatten((arguments.args, arguments.kwargs))
        given = [of_argument(one) for one in given if one is not None]
        return _of_operation(operation, given or [Bounds], number)

    def of_argument(argument):
        if not isinstance(argument, keras.KerasTensor):
            return functools.partial(_of_constant, argument)
        tensors[id(argument)] = argument
        return functools.partial(of_tensor, id(argument))

    tensors = {}
    return of_argument(network.outputs[output])()


def _of_constant(value):
    if isinstance(value, keras.Variable | tf.Variable):
        return Bounds()
    values = np.asarray(value)
    if values.dtype.kind not in "biuf" or not values.size:
        return Bounds()
    # Constants that differ, say one for each channel, have no bounds in common.
    low, high = float(values.min()), float(values.max())
    return Bounds(low, high) if low == high else Bounds()


def _of_layer(layer, inputs):
    if isinstance(layer, _PASSING):
        return inputs[0]()
    if isinstance(layer, layers.Rescaling):
        scaled = _multiplied(inputs[0](), _of_constant(layer.scale))
        return _added(scaled, _of_constant(layer.offset))
    if isinstance(layer, layers.UpSampling2D | layers.Resizing):
        return _interpolated(layer.interpolation, inputs)
    if isinstance(layer, layers.ReLU | layers.LeakyReLU | layers.ELU):
        return _monotone(layer.call, inputs[0]())._replace(activation=layer.name)
    if isinstance(layer, layers.Softmax):
        return Bounds(0.0, 1.0, activation=layer.name)
    if isinstance(layer, _PADDING):
        return _hull(inputs[0](), _ZERO)
    if type(layer) in _MERGING:
        return _MERGING[type(layer)](*(one() for one in inputs))
    # Weights come before the activation, except in the layer that is an activation.
    before = inputs[0] if isinstance(layer, layers.Activation) else Bounds
    return _of_activation(getattr(layer, "activation", None), before)


def _of_activation(activation, before):
    """Bounds after an activation: None, a function or a layer."""
    if activation in (None, keras.activations.linear):
        return before()
    if isinstance(activation, keras.Layer):
        return _of_operation(activation, [before])
    name = getattr(activation, "__name__", type(activation).__name__)
    bounds = _elementwise(_key(name), activation, before) or Bounds(unknown=name)
    return bounds._replace(activation=name)


def _of_function(operation, inputs):
    """Bounds of an operation of `keras.ops`."""
    key = _key(type(operation).__name__)
    if key in _PASSING_OPERATIONS:
        return inputs[0]()
    if key in _ARITHMETIC:
        return _ARITHMETIC[key](*(one() for one in inputs))
    if key == "clip":
        limits = map(_of_constant, (operation.x_min, operation.x_max))
        return _clipped(inputs[0](), *limits)
    if key == "where":
        return _hull(*(one() for one in inputs[1:]))
    if key == "pad":
        constants = [one() for one in inputs[1:]] or [_ZERO]
        return _hull(inputs[0](), *constants if operation.mode == "constant" else ())
    if key == "resize":
        return _interpolated(operation.interpolation, inputs)
    bounds = _elementwise(key, operation.call, inputs[0])
    if bounds is None:
        return Bounds(unknown=operation.name)
    if key in _ACTIVATIONS:
        return bounds._replace(activation=_ACTIVATIONS[key])
    return bounds


def _key(name):
    return name.replace("_", "").lower()


def _elementwise(key, function, before):
    """Bounds of a function of one tensor; None if it is not known."""
    if key in _MONOTONE:
        return _monotone(function, before())
    if key in _FIXED:
        return Bounds(*_FIXED[key])
    return Bounds() if key in _UNBOUNDED else None


def _monotone(function, bounds):
    """Bounds of a function that grows: its values at both ends."""
    low, high = _values(function, (bounds.low, bounds.high))
    if math.isnan(low + high):  # Some limits at infinity are not computed.
        far_low, far_high = _values(function, np.clip(bounds[:2], -1e30, 1e30))
        low = far_low if math.isnan(low) else low
        high = far_high if math.isnan(high) else high
    return _result(low, high, bounds)


def _values(function, x):
    with tf.init_scope():
        return [float(y) for y in np.asarray(function(np.array(x, "float64")))]


def _result(low, high, *sources):
    """Bounds with what is inherited from those that they were computed from."""
    bounds = Bounds(
        -math.inf if math.isnan(low) else low, math.inf if math.isnan(high) else high
    )
    varying = [one for one in sources if one.low < one.high]
    if len(varying) == 1:
        bounds = bounds._replace(activation=varying[0].activation)
    if bounds.are_finite:
        return bounds
    return bounds._replace(
        unknown=next((one.unknown for one in sources if one.unknown), None)
    )


def _added(*parts):
    return _result(*map(sum, _ends(parts)), *parts)


def _multiplied(*factors):
    return functools.reduce(_product, factors)


def _product(a, b):
    corners = [x * y if x and y else 0.0 for x in a[:2] for y in b[:2]]
    return _result(min(corners), max(corners), a, b)


def _negative(a):
    return _result(-a.high, -a.low, a)


def _subtracted(a, b):
    return _added(a, _negative(b))


def _divided(a, b):
    if b.low == b.high != 0.0:
        return _result(*sorted((a.low / b.low, a.high / b.low)), a)
    return _product(a, _reciprocal(b))


def _reciprocal(a):
    if a.low < 0.0 < a.high or a.low == a.high == 0.0:
        return _result(-math.inf, math.inf, a)
    low = -math.inf if a.high == 0.0 else 1.0 / a.high
    high = math.inf if a.low == 0.0 else 1.0 / a.low
    return _result(low, high, a)


def _absolute(a):
    ends = sorted((abs(a.low), abs(a.high)))
    return _result(0.0 if a.low < 0.0 < a.high else ends[0], ends[1], a)


def _square(a):
    size = _absolute(a)
    return _result(size.low**2, size.high**2, a)


def _power(a, b):
    exponent = b.low
    if b.low != b.high or exponent != int(exponent) or exponent < 1:
        return _result(-math.inf, math.inf, a, b)
    base = a if exponent % 2 else _absolute(a)
    return _result(base.low**exponent, base.high**exponent, a)


def _clipped(a, low, high):
    return _minimum(_maximum(a, low), high)


def _maximum(*parts):
    return _result(*map(max, _ends(parts)), *parts)


def _minimum(*parts):
    return _result(*map(min, _ends(parts)), *parts)


def _average(*parts):
    return _divided(_added(*parts), _of_constant(len(parts)))


def _hull(*parts):
    lows, highs = _ends(parts)
    return _result(min(lows), max(highs), *parts)


def _joined(*parts):
    """Channels side by side have bounds in common only if their bounds are equal."""
    if len({one[:2] for one in parts}) == 1:
        return parts[0]
    return _result(-math.inf, math.inf, *parts)


def _interpolated(interpolation, inputs):
    """Bicubic and Lanczos interpolation overshoot."""
    if interpolation in ("nearest", "bilinear", "area"):
        return inputs[0]()
    return Bounds()


def _ends(parts):
    return [one.low for one in parts], [one.high for one in parts]


_ZERO = Bounds(0.0, 0.0)
_ACTIVATIONS = {_key(name): name for name in dir(keras.activations)}
_ARITHMETIC = {
    "absolute": _absolute,
    "add": _added,
    "divide": _divided,
    "maximum": _maximum,
    "minimum": _minimum,
    "multiply": _multiplied,
    "negative": _negative,
    "power": _power,
    "reciprocal": _reciprocal,
    "square": _square,
    "subtract": _subtracted,
    "truedivide": _divided,
    **dict.fromkeys(_JOINING_OPERATIONS, _joined),
}
_MERGING = {
    layers.Add: _added,
    layers.Average: _average,
    layers.Concatenate: _joined,
    layers.Maximum: _maximum,
    layers.Minimum: _minimum,
    layers.Multiply: _multiplied,
    layers.Subtract: _subtracted,
}
