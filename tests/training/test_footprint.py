"""A minibatch that cannot fit is refused before TensorFlow aborts."""

import resource

import keras
import numpy as np
import psutil
import pytest

import keras_gan as kg
from keras_gan.data import memory
from keras_gan.training.footprint import nbytes_of_step
from support import command, fails, relu_networks, tiny_gan

# Values that the layers of `relu_networks(16)` make of one sample; reshaped, they stay
# where they are.
OF_G, OF_D = 4 + 16 + 64, 64 + 16 + 1
WEIGHTS = (5 * 16 + 17 * 64) + (65 * 16 + 17)
GRAPH = 100 * 2**20


def test_the_layers_of_both_networks_count(monkeypatch):
    gan = tiny_gan(relu_networks(16))
    images = np.random.default_rng(0).integers(0, 256, (64, 8, 8, 1), "uint8")
    # Two of the largest outputs, 64 values; five minibatches of 64; all gradients.
    needed = 4 * (32 * (OF_G + 2 * OF_D + 2 * 64 + 5 * 64) + WEIGHTS) + GRAPH
    before = gan.get_weights()
    monkeypatch.setattr(memory, "available", lambda: needed - 1)
    words = "A training step on 32 samples: .*are free: use a smaller batch_size"
    with pytest.raises(ValueError, match=words):
        gan.fit(images, batch_size=32, verbose=0)
    assert all(map(np.array_equal, before, gan.get_weights()))
    monkeypatch.setattr(memory, "available", lambda: needed)
    gan.fit(images, batch_size=32, verbose=0)
    assert int(gan.step) == 2
    assert gan.nbytes_of_step(32) == needed
    penalised = tiny_gan(relu_networks(16), penalties=[kg.penalties.R1(1.0)])
    assert penalised.nbytes_of_step(32) == needed + 4 * 32 * 2 * OF_D
    # Beside the weights two moments of each, and some counters.
    assert 0 <= gan.nbytes - 4 * 3 * WEIGHTS < 300


def test_penalties_augmentations_and_maxout_count():
    x = keras.Input((6,))
    pieces = kg.networks.Maxout(2, pieces=5)(x)
    judge = keras.Model(x, keras.layers.Dense(1)(pieces))
    made = 6 + (2 + 10) + 1  # Ten values, of which Maxout takes maxima.
    z = keras.Input((3,))
    generator = keras.Model(z, keras.layers.Dense(6, "tanh")(z))
    ends = 2 * 10 + 5 * 3 * 6  # The largest values; five elements of k = 3 minibatches.
    weights = 4 * 6 + 7 * 10 + 3
    for penalised, passes in ((False, 2), (True, 4)):
        options = {"penalised": penalised, "num_augmentations": 1}
        found = nbytes_of_step(generator, judge, 100, k=3, **options)
        of_d = passes * (made + 2 * 6)
        assert found - GRAPH == 4 * (100 * (3 + 6 + of_d + ends) + weights)


def limited(name, arguments):
    """Runs a command with little more memory than it has already."""
    from faults.laboratory import run_command

    limit = psutil.Process().memory_info().vms + 2**30
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    run_command(name, arguments)


def test_under_a_limit_the_command_ends_in_one_line(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (2048, 64, 64, 1), "uint8")
    np.savez(tmp_path / "x.npz", images=images)
    flags = ("--dataset=npz:x.npz", "--batch_size=2048", "--network=dcgan", "--run_dir=a")
    done = command("train", *flags, cwd=tmp_path, run=limited)
    fails(done, "A training step on 2048 samples", "of memory are needed", "--batch_size")
