"""One training step as a map of both players' weights, and its derivative."""

import contextlib

import keras
import numpy as np
import tensorflow as tf

from keras_gan.data.elements import Element
from keras_gan.optimizers import Adam, RisingMomentumSGD

# What an optimizer may do beside its rule, which the map would have to know.
_EXTRAS = (
    "nesterov",
    "amsgrad",
    "weight_decay",
    "clipnorm",
    "clipvalue",
    "global_clipnorm",
    "gradient_accumulation_steps",
)


def why_not(model):
    """Why the step of a compiled GAN is no such map; "" if it is one."""
    for optimizer in (model.d_optimizer, model.g_optimizer):
        if type(optimizer) not in _RULES:
            return f"the rule of {type(optimizer).__name__} is not known: use SGD or Adam"
        extras = [name for name in _EXTRAS if getattr(optimizer, name, None)]
        if extras:
            return f"{type(optimizer).__name__} has {', '.join(extras)}: leave it out"
    if model.replicas.are_several:
        return "it is measured on one device only"
    return ""


class UpdateMap:
    """The next training step of a GAN on one element of data, as a map of its weights.

    Both players descend as their optimizers do, in the order of the training step,

        m <- b m + a gradient,     w <- w - r m

    with the rate r of each weight: SGD's learning rate, a = 1; Adam's learning rate over
    the root of its second moment, which is held as the next update makes it, a = 1 - b.
    If a momentum b is not 0, the momenta m belong to what is mapped. Constraints are left
    out. The model is as before when a context of it ends.

    Args:
        model: A compiled `GAN`, after a training step.
        real: An `Element` of k minibatches.

    Attributes:
        size: Number of coordinates: weights and, if there are any, momenta.
        momentum: b of both players; None if theirs differ.
        rests: Whether the rates of both are 0.
    """

    def __init__(self, model, real):
        self._model = model
        self._real = Element(
            *(part if part is None else tf.constant(part) for part in real)
        )
        k = model.discriminator_steps
        # Which player moves, on which minibatch, with which latents, in which update.
        turns = [("d", i, i, i) for i in range(k)]
        turns += [("g", k - 1, 0, 1) if model.simultaneous else ("g", k - 1, k, k)]
        # As tensors, so that one trace does for all updates of a player.
        self._turns = [(name, *map(_index, numbers)) for name, *numbers in turns]
        self._players = {"d": model.d, "g": model.g}
        self._weights = {
            name: [v.value for v in player.network.trainable_variables]
            for name, player in self._players.items()
        }
        self._shapes = [w.shape for name in "dg" for w in self._weights[name]]
        self._ends = np.cumsum([int(np.prod(shape)) for shape in self._shapes])
        self._number = int(self._ends[-1])
        self._gradients = tf.function(self._of_player)

    @contextlib.contextmanager
    def opened(self):
        """Yields the derivative of the map at the present weights."""
        with _unchanged(self._model):
            self._look()
            yield self

    def __call__(self, vector):
        """The derivative times a vector (size,), in float64."""
        pieces = [np.asarray(part, "float32") for part in np.split(vector, self._halves)]
        moved = self._split(pieces[0])
        momenta = self._split(pieces[1]) if len(pieces) > 1 else None
        before = {name: list(parts) for name, parts in moved.items()}
        for turn, point in zip(self._turns, self._points, strict=True):
            player = turn[0]
            # Both gradients of a simultaneous step are taken at the first point.
            at = before if self._model.simultaneous else moved
            self._assign(point)
            _, change = self._gradients(*turn, [*at["d"], *at["g"]])
            rule, rates = self._rules[player], self._rates[player]
            for n, turned in enumerate(change):
                pull = rule.gain * turned
                if momenta is not None:
                    pull += rule.momentum * momenta[player][n]
                    momenta[player][n] = pull
                moved[player][n] = moved[player][n] - rates[n] * pull
        return self._joined(moved, momenta)

    def _look(self):
        """Makes the step once, and keeps the points between its updates."""
        self._rules = {
            name: _RULES[type(player.optimizer)](player.optimizer)
            for name, player in self._players.items()
        }
        self.rests = not any(rule.rate for rule in self._rules.values())
        own = [self._rules[name].momentum for name in "dg"]
        self.momentum = own[0] if own[0] == own[1] else None
        self._halves = [self._number] if any(own) else []
        self.size = self._number * (2 if any(own) else 1)
        self._points, self._rates = [], {}
        still = [tf.zeros(shape) for shape in self._shapes]
        start = {n: [tf.identity(w) for w in ws] for n, ws in self._weights.items()}
        now = {name: list(ws) for name, ws in start.items()}
        momenta = {name: rule.momenta(now[name]) for name, rule in self._rules.items()}
        for turn in self._turns:
            player = turn[0]
            at = start if self._model.simultaneous else now
            self._points.append({name: list(ws) for name, ws in at.items()})
            self._assign(at)
            gradients, _ = self._gradients(*turn, still)
            rule = self._rules[player]
            if player not in self._rates:
                self._rates[player] = rule.rates(gradients)
            for n, gradient in enumerate(gradients):
                momenta[player][n] = (
                    rule.momentum * momenta[player][n] + rule.gain * gradient
                )
                step = self._rates[player][n] * momenta[player][n]
                now[player][n] = now[player][n] - step

    def _of_player(self, player, minibatch, z, i, tangents):
        """A player's gradients at the present weights, and how tangents change them."""
        real = self._real.minibatch(minibatch)
        weights = [*self._weights["d"], *self._weights["g"]]
        with tf.autodiff.ForwardAccumulator(weights, tangents) as forward:
            gradients = self._model.gradients_of(player, real, z, i)
            # Those of an embedding are sparse.
            gradients = [g if g is None else tf.convert_to_tensor(g) for g in gradients]
        own = self._weights[player]
        changes = [
            None if g is None else forward.jvp(g, tf.UnconnectedGradients.ZERO)
            for g in gradients
        ]
        return tuple(
            [
                tf.zeros_like(w) if g is None else g
                for g, w in zip(found, own, strict=True)
            ]
            for found in (gradients, changes)
        )

    def _assign(self, point):
        for name, values in point.items():
            for weight, value in zip(self._weights[name], values, strict=True):
                weight.assign(value)

    def _split(self, vector):
        parts = np.split(vector, self._ends[:-1])
        shaped = [
            tf.reshape(part, shape)
            for part, shape in zip(parts, self._shapes, strict=True)
        ]
        number = len(self._weights["d"])
        return {"d": shaped[:number], "g": shaped[number:]}

    def _joined(self, moved, momenta):
        halves = [moved] if momenta is None else [moved, momenta]
        parts = [part for half in halves for name in "dg" for part in half[name]]
        return np.concatenate([np.ravel(part) for part in parts]).astype(float)


@contextlib.contextmanager
def _unchanged(model):
    """Puts weights, statistics, random states and metrics back as they were."""
    kept = [*model.discriminator.variables, *model.generator.variables]
    kept += [v for metric in model.metrics for v in metric.variables]
    values = [keras.ops.convert_to_numpy(variable) for variable in kept]
    try:
        yield
    finally:
        for variable, value in zip(kept, values, strict=True):
            variable.assign(value)


class _SGD:
    """SGD, also with momentum."""

    gain = 1.0

    def __init__(self, optimizer):
        self.rate = _rate_of(optimizer)
        if isinstance(optimizer, RisingMomentumSGD):
            self.momentum = float(optimizer.momentum(optimizer.iterations))
            self._velocities = optimizer.velocities
        else:
            self.momentum = float(optimizer.momentum)
            self._velocities = optimizer.momentums

    def rates(self, gradients):
        return [tf.fill(gradient.shape, self.rate) for gradient in gradients]

    def momenta(self, weights):
        # Keras keeps -rate * m.
        if not self.momentum or not self.rate:
            return [tf.zeros_like(weight) for weight in weights]
        return [-v.value / self.rate for v in self._velocities]


class _Adam:
    """Adam, whose second moment is held."""

    def __init__(self, optimizer):
        self._optimizer, self.rate = optimizer, _rate_of(optimizer)
        self.momentum = float(optimizer.beta_1)
        self.gain = 1.0 - self.momentum

    def rates(self, gradients):
        optimizer, update = self._optimizer, int(self._optimizer.iterations) + 1
        unbiased = np.sqrt(1 - optimizer.beta_2**update) / (1 - self.momentum**update)
        rate = float(self.rate * unbiased)
        rates = []
        for second, gradient in zip(optimizer._velocities, gradients, strict=True):
            newest = tf.square(gradient) - second.value
            second = second.value + (1 - optimizer.beta_2) * newest
            rates.append(rate / (tf.sqrt(second) + optimizer.epsilon))
        return rates

    def momenta(self, weights):
        return [tf.identity(m.value) for m in self._optimizer._momentums]


_RULES = {
    keras.optimizers.SGD: _SGD,
    RisingMomentumSGD: _SGD,
    keras.optimizers.Adam: _Adam,
    Adam: _Adam,
}


def _index(number):
    return tf.constant(number, tf.int64)


def _rate_of(optimizer):
    return float(keras.ops.convert_to_numpy(optimizer.learning_rate))
