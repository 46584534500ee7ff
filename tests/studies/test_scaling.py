"""The model of a step's time on several devices, against closed forms."""

import keras
import pytest

from keras_gan import networks
from studies import scaling, step_time
from studies.step_time import Device, Game, Link

# 1 ms a message, 1 MB a second; D's gradients have 3 kB, G's 1 kB.
LINK = Link(bandwidth=1e6, latency=1e-3)
GAME = Game(gradients=(3000, 1000), num_small=0, flops=0.0)
DEVICE = Device(fixed=0.01, per_sample=0.002, draw=0.0001)


def test_a_step_of_four_by_hand():
    # 10 samples each, 40 drawn; 6 messages in a row, of 750 and of 250 bytes.
    seconds = step_time.step_seconds(4, 40, GAME, DEVICE, LINK, agreement=0.5)
    assert seconds == pytest.approx(0.01 + 0.02 + 0.004 + (0.006 + 0.0045) + 0.0075 + 0.5)


def test_one_device_tells_nobody():
    assert step_time.step_seconds(1, 40, GAME, DEVICE, LINK, 0.5) == pytest.approx(0.094)
    assert step_time.strong_efficiency(1, 40, GAME, DEVICE, LINK) == 1.0


def test_small_messages_cost_their_latency():
    chatty = Game(GAME.gradients, num_small=10, flops=0.0)
    fast = Link(bandwidth=1e12, latency=1e-3)
    more = step_time.step_seconds(2, 40, chatty, DEVICE, fast)
    assert more - step_time.step_seconds(2, 40, GAME, DEVICE, fast) == pytest.approx(0.02)


def test_without_a_link_only_the_fixed_part_counts():
    free, device = Link(float("inf"), 0.0), Device(fixed=1.0, per_sample=0.1)
    costs = 40, GAME, device, free  # 5 s alone, 1 + 4 / W on W.
    assert step_time.strong_efficiency(4, *costs) == pytest.approx(5 / 4 / 2)
    assert step_time.weak_efficiency(4, *costs) == pytest.approx(1.0)
    # 5 / (W + 4) >= 1/2 up to W = 6.
    assert step_time.pays_up_to(64, *costs) == 4
    assert step_time.pays_up_to(3, *costs) == 2


def test_operations_are_counted_by_layer():
    network = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Conv2D(5, 3, strides=2, padding="same"),  # to 4x4
            keras.layers.Conv2DTranspose(2, 4, strides=2, padding="same"),  # from 4x4
            keras.layers.Flatten(),
            keras.layers.Dense(7),
        ]
    )
    convolutions = 4 * 4 * 3 * 3 * 3 * 5 + 4 * 4 * 4 * 4 * 5 * 2
    assert step_time.multiply_adds(network) == convolutions + 8 * 8 * 2 * 7


def test_a_game_counts_k_updates_and_normalisation():
    generator, discriminator = networks.dcgan((8, 8, 1), 4)
    sent = [
        4 * sum(w.numpy().size for w in n.trainable_weights)
        for n in (discriminator, generator)
    ]
    game = step_time.game_of(generator, discriminator, k=3)
    assert game.gradients == (sent[0], sent[0], sent[0], sent[1])
    normalised = [one for one in generator.layers if "normalization" in one.name]
    # Four ways through G and one back; three numbers and two.
    assert game.num_small == 3 + len(normalised) * (4 * 3 + 2)
    g, d = step_time.multiply_adds(generator), step_time.multiply_adds(discriminator)
    assert game.flops == 2 * (3 * (6 * d + g) + 3 * g + 2 * d)
    lazy = step_time.game_of(generator, discriminator, penalty_interval=4)
    assert lazy.flops == 2 * (7.5 * d + g + 3 * g + 2 * d)


def test_device_and_link_are_found_again():
    sizes = (16, 32, 64)
    steps = {
        str(m): {"real": step_time.step_seconds(1, m, GAME, DEVICE, LINK)} for m in sizes
    }
    found = scaling.device_of({"steps": steps, "draw": DEVICE.draw})
    assert vars(found) == pytest.approx(vars(DEVICE))
    times = {
        str(n): step_time.all_reduce_seconds(4 * n, 2, LINK) for n in (1, 1000, 100_000)
    }
    assert vars(scaling.link_of(times)) == pytest.approx(vars(LINK))
