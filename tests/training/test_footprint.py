"""A minibatch that cannot fit is refused before TensorFlow aborts."""

import resource

import numpy as np
import psutil
import pytest

from keras_gan.data import memory
from support import command, fails, relu_networks, tiny_gan

# Values that the layers of `relu_networks(16)` make of one sample.
OF_G = 4 + 16 + 64 + 64
OF_D = 64 + 64 + 16 + 1


def test_the_layers_of_both_networks_count(monkeypatch):
    gan = tiny_gan(relu_networks(16))
    images = np.random.default_rng(0).integers(0, 256, (64, 8, 8, 1), "uint8")
    # 64, the largest output; five minibatches of 64 values; then G's gradients.
    needed = 4 * (32 * (OF_G + 2 * OF_D + 64 + 5 * 64) + 80 + 1088)
    before = gan.get_weights()
    monkeypatch.setattr(memory, "available", lambda: needed - 1)
    words = "A training step on 32 samples: .*are free: use a smaller batch_size"
    with pytest.raises(ValueError, match=words):
        gan.fit(images, batch_size=32, verbose=0)
    assert all(map(np.array_equal, before, gan.get_weights()))
    monkeypatch.setattr(memory, "available", lambda: needed)
    gan.fit(images, batch_size=32, verbose=0)
    assert int(gan.step) == 2


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
