"""How long a training step takes on several devices, in theory.

No part of a step overlaps another: the gradients of D must be there, from all workers,
before D moves, and G needs the D that has moved. So the parts are added up:

    t(W) = fixed + draw m + per_sample m / W + all-reduces(W)

with W workers and m samples in the whole minibatch.
"""

import dataclasses

import numpy as np

FLOAT = 4  # Bytes.


@dataclasses.dataclass(frozen=True)
class Device:
    """What a step costs on one device, in seconds.

    Args:
        fixed: Whatever the minibatch: both optimizers, the average, starting each
            operation.
        per_sample: Through both networks, per sample of this device's part.
        draw: Latents per sample of the whole minibatch, which every worker draws.
            Defaults to 0.
    """

    fixed: float
    per_sample: float
    draw: float = 0.0


@dataclasses.dataclass(frozen=True)
class Link:
    """What joins two neighbours in the ring.

    Args:
        bandwidth: Bytes per second.
        latency: Seconds until a message has arrived.
    """

    bandwidth: float
    latency: float


@dataclasses.dataclass(frozen=True)
class Game:
    """What the devices must tell each other in a step, and compute per sample.

    Args:
        gradients: Bytes of each update's gradients: k times those of D, then G's.
        num_small: All-reduces of a few numbers.
        flops: Floating-point operations per sample.
    """

    gradients: tuple[int, ...]
    num_small: int
    flops: float


def all_reduce_seconds(num_bytes, workers, link):
    """Time of a ring all-reduce, `2 (W-1) latency + 2 (W-1)/W bytes / bandwidth`.

    Each worker sends W-1 pieces of bytes/W to add them up, and as many to hand out sums.

    Example:

    >>> all_reduce_seconds(8e6, 2, Link(bandwidth=1e9, latency=0.001))
    0.01
    """
    sent = 2 * (workers - 1)
    return sent * link.latency + sent / workers * num_bytes / link.bandwidth


def step_seconds(workers, minibatch, game, device, link, agreement=0.0):
    """t(W), the time of a training step.

    Args:
        workers: W.
        minibatch: m, samples of all workers together.
        game: A `Game`.
        device: A `Device`.
        link: A `Link`.
        agreement: Seconds to agree, outside of the compiled step, whether to go on.
    """
    own = device.fixed + device.draw * minibatch + device.per_sample * minibatch / workers
    if workers == 1:
        return own
    messages = [*game.gradients, *[FLOAT] * game.num_small]
    told = sum(all_reduce_seconds(size, workers, link) for size in messages)
    return own + told + agreement


def strong_efficiency(workers, minibatch, *costs):
    """Share of W times the speed that W workers reach on the same minibatch."""
    alone = step_seconds(1, minibatch, *costs)
    return alone / workers / step_seconds(workers, minibatch, *costs)


def weak_efficiency(workers, minibatch, *costs):
    """The same if each worker has a minibatch of this size."""
    alone = step_seconds(1, minibatch, *costs)
    return alone / step_seconds(workers, workers * minibatch, *costs)


def pays_up_to(most, minibatch, *costs):
    """Largest of 1, 2, 4, ... workers with a strong efficiency of at least 50 %."""
    numbers = [2**n for n in range(most.bit_length()) if 2**n <= most]
    return max(w for w in numbers if strong_efficiency(w, minibatch, *costs) >= 0.5)


# ---------------------------------------------------------- counted from the networks


def game_of(generator, discriminator, k=1, penalty_interval=None, shares_pass=False):
    """The `Game` of a pair of networks.

    An update of D takes a real and a fake sample through D and back, three times the
    multiplications of the way there, and G's way there. A penalty on D's gradient, at
    every n-th update, is as much as both once more; half of it if it differentiates the
    loss's own pass. An update of G takes a sample through G and back, and through D and
    back to D's input.

    Args:
        generator: A built `keras.Model`.
        discriminator: A built `keras.Model`.
        k: Updates of D per update of G. Defaults to 1.
        penalty_interval: n. Defaults to None: no penalty.
        shares_pass: Whether the penalty differentiates the loss's pass. Defaults to
            False.
    """
    g, d = multiply_adds(generator), multiply_adds(discriminator)
    penalty = (3 if shares_pass else 6) * d / (penalty_interval or float("inf"))
    flops = 2 * (k * (6 * d + g + penalty) + 3 * g + 2 * d)
    gradients = (*[gradient_bytes(discriminator)] * k, gradient_bytes(generator))
    return Game(gradients, small_messages(generator, k), flops)


def gradient_bytes(network):
    """Bytes of a network's gradients."""
    return sum(FLOAT * int(np.prod(w.shape)) for w in network.trainable_weights)


def multiply_adds(network):
    """Multiplications of a sample's way through the layers that have a kernel.

    Example:

    >>> generator, discriminator = keras_gan.networks.mlp((28, 28, 1), 100)
    >>> multiply_adds(generator) == 100 * 1200 + 1200 * 1200 + 1200 * 784
    True
    """
    return sum(
        int(np.prod(layer.kernel.shape)) * _positions(layer)
        for layer in network.layers
        if hasattr(layer, "kernel")
    )


def _positions(layer):
    """How often a kernel is applied to a sample."""
    is_transposed = "Transpose" in type(layer).__name__
    where = layer.input if is_transposed else layer.output
    return int(np.prod(where.shape[1:-1]))


def small_messages(generator, k=1):
    """All-reduces of a few numbers in a compiled step.

    One for the logs, two to gather what the finite check has seen. Batch normalisation
    adds up three numbers per channel on each way through G, and two on the way back.
    """
    normalised = sum("BatchNorm" in type(one).__name__ for one in generator.layers)
    return 3 + normalised * (3 * (k + 1) + 2)
