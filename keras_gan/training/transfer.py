"""Beginning from trained networks: which weights are taken, which layers are held."""

import zlib

import keras
import numpy as np

# Layers that a message names.
_NUM_NAMED = 5


def layers_of(network):
    """The layers of a network that have weights, from its input on.

    A layer that wraps another is one of them; a model within the network is not, but its
    layers are.
    """
    for layer in network.layers:
        if isinstance(layer, keras.Model):
            yield from layers_of(layer)
        elif layer.weights:
            yield layer


class Taking:
    """What one network takes of another of the same architecture.

    Nothing is changed before `carry_out`.

    Args:
        network: A built `keras.Model`.
        source: The network whose weights it takes.
        role: What they are, for messages: "generator" or "discriminator".

    Attributes:
        number: How many layers with weights there are.
        left: Positions of those whose weights have other shapes, from 0.

    Raises:
        ValueError: If the layers are others, or less than half of them have weights of
            the same shapes.
    """

    def __init__(self, network, source, role):
        self._role = role
        self._pairs = _pairs(network, source, role)
        self.number = len(self._pairs)
        self.left = tuple(
            n
            for n, pair in enumerate(self._pairs)
            if _shapes(pair[0]) != _shapes(pair[1])
        )
        if 2 * len(self.left) > self.number:
            raise ValueError(
                f"Of {self.number} layers of the {role}, {len(self.left)} do not fit the "
                f"older one ({_listed(self.misfits())}): make it with the same options, "
                "such as its widths and the size of images."
            )

    def misfits(self):
        """Of each layer that keeps its own weights, what and why, as texts."""
        for n in self.left:
            own, old = self._pairs[n]
            changed = (
                f"{weight.name} is {shape}, was {former}"
                for weight, shape, former in zip(
                    own.weights, _shapes(own), _shapes(old), strict=False
                )
                if shape != former
            )
            yield f"{self._role} layer {n + 1}, {_kind(own)}: {next(changed, 'weights')}"

    def carry_out(self):
        """Assigns the weights; returns a checksum of them."""
        checksum = 0
        for n, (own, old) in enumerate(self._pairs):
            if n in self.left:
                continue
            for weight, other in zip(own.weights, old.weights, strict=True):
                weight.assign(other)
                if weight.constraint is not None:  # Such as a smaller `WeightClip`.
                    weight.assign(weight.constraint(weight))
                checksum = zlib.crc32(np.array(weight).tobytes(), checksum)
        return checksum


def in_one_line(takings):
    """What is taken of an older pair, and what starts fresh, as a text."""
    taken = (
        f"in {one.number - len(one.left)} of {one.number} layers of the {role}"
        for role, one in takings.items()
    )
    text = f"Begins with the older weights {' and '.join(taken)}"
    fresh = [misfit for one in takings.values() for misfit in one.misfits()]
    return f"{text}; these start fresh: {_listed(fresh)}." if fresh else f"{text}."


def hold(network, number, fresh=()):
    """Makes the first layers with weights untrainable, for good.

    Args:
        network: A `keras.Model` that is not compiled into a GAN yet.
        number: How many.
        fresh: Positions of layers that hold nothing worth keeping. Defaults to none.

    Raises:
        ValueError: If no layer would be left to train, or a fresh one would be held.
    """
    layers = list(layers_of(network))
    if number >= max(1, len(layers)):
        raise ValueError(
            f"{number} layers cannot be held: the discriminator has {len(layers)} with "
            f"weights, and one must train: hold at most {len(layers) - 1}."
        )
    held_fresh = [n for n in fresh if n < number]
    if held_fresh:
        raise ValueError(
            f"{number} layers cannot be held: layer {held_fresh[0] + 1} of the "
            "discriminator starts fresh, because the older one does not fit: hold "
            f"{held_fresh[0]}."
        )
    for layer in layers[:number]:
        layer.trainable = False


def _pairs(network, source, role):
    """Layers of both, in pairs.

    Raises:
        ValueError: If they are not of the same kinds.
    """
    own, old = list(layers_of(network)), list(layers_of(source))
    differing = [
        f"layer {n + 1} is {_kind(one)}, was {_kind(other)}"
        for n, (one, other) in enumerate(zip(own, old, strict=False))
        if _kind(one) != _kind(other)
    ]
    if len(own) != len(old):
        differing.insert(0, f"{len(own)} layers with weights, were {len(old)}")
    if differing:
        raise ValueError(
            f"The {role} is built of other layers than the older one "
            f"({_listed(differing)}): make it with the same options, such as the network "
            "and the size of images."
        )
    return list(zip(own, old, strict=True))


def _kind(layer):
    kind = type(layer).__name__
    if isinstance(layer, keras.layers.Wrapper):
        return f"{kind} of {_kind(layer.layer)}"
    return kind


def _shapes(layer):
    return [tuple(weight.shape) for weight in layer.weights]


def _listed(texts):
    texts = list(texts)
    more = [f"{len(texts) - _NUM_NAMED} more"] * (len(texts) > _NUM_NAMED)
    return "; ".join([*texts[:_NUM_NAMED], *more])
