"""Bounds on the slope of D: spectral normalisation and weight clipping."""

import math

import keras
from keras import ops
from keras.src.backend import AutocastScope

from keras_gan.arguments import check_int


@keras.saving.register_keras_serializable(package="keras_gan")
class SpectralNormalization(keras.layers.Wrapper):
    """Divides the kernel W of a layer by its largest singular value sigma.

    A dense layer then has a slope of at most 1. W itself is not changed: the layer is
    called with W / sigma in its place. The gradient goes through sigma, too,

        d loss / d W = (G - <G, W / sigma> u v^T) / sigma,    G = d loss / d (W / sigma)

    so that it never merely stretches W. sigma is found by power iteration, which
    continues from call to call: the singular vector u is a weight that is updated in
    training calls only. A kernel of more than two axes is taken as a matrix whose
    columns are its last axis: the outputs of a convolution, the inputs of a transposed
    convolution.

    Args:
        layer: A layer with a `kernel`, such as Dense, Conv2D or `Maxout`.
        power_iterations: Power iterations per call. Defaults to 1.
        **layer_arguments: Other arguments of `keras.layers.Wrapper`.

    Raises:
        ValueError: If `power_iterations` is below 1; when built, if the layer has no
            kernel.

    Example:

    >>> SpectralNormalization(keras.layers.Dense(3))(keras.ops.ones((2, 5))).shape
    TensorShape([2, 3])

    Reference: Miyato, Kataoka, Koyama, Yoshida 2018, arXiv 1802.05957.
    """

    bounds_slope = True  # For `compile`, which warns of a critic without a bound.

    def __init__(
        self, layer: keras.layers.Layer, power_iterations: int = 1, **layer_arguments
    ):
        # Else a float32 layer in a float16 model would get inputs rounded to float16.
        super().__init__(layer, **{"dtype": layer.dtype_policy, **layer_arguments})
        self.power_iterations = check_int(
            "power_iterations", power_iterations, at_least=1
        )

    def build(self, input_shape):
        super().build(input_shape)
        if not hasattr(self.layer, "kernel"):
            raise ValueError(
                "SpectralNormalization needs a layer with a kernel, got "
                f"{type(self.layer).__name__}: wrap a Dense, a convolution or a Maxout."
            )
        self.u = self.add_weight(
            name="u",
            shape=(self.layer.kernel.shape[-1],),
            initializer=keras.initializers.RandomNormal(stddev=1.0, seed=0),
            trainable=False,
            dtype="float32",
            autocast=False,
            aggregation="only_first_replica",
        )

    def call(self, x, training=False):
        # In mixed precision Keras rounds a weight when it is read, and it has no public
        # way to read the weight as it is stored.
        with AutocastScope(None):
            kernel = ops.cast(self.layer.kernel, "float32")
        sigma, u = self._largest_singular_value(kernel)
        # A kernel of zeros has no singular vector: neither it nor u is changed.
        known = sigma > 0.0
        sigma = ops.where(known, sigma, 1.0)
        if training:
            self.u.assign(ops.where(known, u, self.u))
        scaled = [(self.layer.kernel, kernel / sigma)]
        scope = keras.StatelessScope(state_mapping=scaled, collect_losses=True)
        with scope:
            y = self.layer(x)
        self.add_loss(scope.losses)  # Such as those of an activity_regularizer.
        return y

    def _largest_singular_value(self, kernel):
        """Returns (sigma, u): v = W u and u = W^T v of length 1, sigma = v^T W u."""
        matrix = ops.reshape(kernel, (-1, kernel.shape[-1]))
        fixed = ops.stop_gradient(matrix)
        u = ops.convert_to_tensor(self.u)
        for _ in range(self.power_iterations):
            v = _unit(ops.matmul(fixed, u))
            u = _unit(ops.matmul(v, fixed))
        return ops.sum(ops.matmul(v, matrix) * u), u

    def compute_output_shape(self, input_shape):
        return self.layer.compute_output_shape(input_shape)

    def get_config(self):
        return {**super().get_config(), "power_iterations": self.power_iterations}


def _unit(vector):
    # Not Keras' normalize, whose epsilon would change small kernels.
    return vector * ops.rsqrt(ops.maximum(ops.sum(ops.square(vector)), 1e-30))


@keras.saving.register_keras_serializable(package="keras_gan")
class WeightClip(keras.constraints.Constraint):
    """Constraint that keeps weights in [-limit, limit].

    Keras' optimizers apply it after each update. It was the first way to bound the slope
    of a Wasserstein critic, but it also limits what the critic can represent: the
    gradient penalty and spectral normalisation are better.

    Args:
        limit: Largest absolute value of a weight, positive.

    Raises:
        ValueError: If `limit` is not positive and finite.

    Example:

    >>> layer = keras.layers.Dense(3, kernel_constraint=WeightClip(0.01))

    Reference: Arjovsky, Chintala, Bottou 2017, arXiv 1701.07875.
    """

    def __init__(self, limit: float):
        if not 0.0 < limit < math.inf:
            raise ValueError(f"limit must be positive and finite, got {limit!r}.")
        self.limit = limit

    def __call__(self, weight):
        return ops.clip(weight, -self.limit, self.limit)

    def get_config(self):
        return {"limit": self.limit}


class Bounded:
    """Makes the layers of a discriminator, each with the same bounds on its weights.

    Args:
        spectral_norm: Whether layers are wrapped in `SpectralNormalization`. Defaults
            to False.
        weight_clip: Limit of `WeightClip` for kernels and biases. Defaults to None: no
            limit.

    Example:

    >>> bounded = Bounded(spectral_norm=True)
    >>> bounded(keras.layers.Dense, 3)(keras.ops.ones((2, 5))).shape
    TensorShape([2, 3])
    """

    def __init__(self, spectral_norm=False, weight_clip=None):
        self._wrap = SpectralNormalization if spectral_norm else lambda layer: layer
        self._constraints = {}
        if weight_clip is not None:
            clip = WeightClip(weight_clip)
            self._constraints = {"kernel_constraint": clip, "bias_constraint": clip}

    def __call__(self, layer, *arguments, **options):
        return self._wrap(layer(*arguments, **self._constraints, **options))
