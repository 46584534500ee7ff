"""What 0.1 has written: a saved GAN is read, the checkpoint of a run is refused.

Both were made by 0.1.0 with the networks, options and images of this file.
"""

import shutil

import keras
import numpy as np
import pytest

import keras_gan as kg
from support import ROOT

FOLDER = ROOT / "tests" / "written_by_0_1"


def gan_networks():
    return kg.networks.mlp(
        (8, 8, 1),
        latent_dim=2,
        generator_units=(4,),
        discriminator_units=(3,),
        pieces=2,
    )


def gan():
    made = kg.GAN(
        *gan_networks(),
        ema_decay=0.9,
        augmentations=[kg.augmentations.InstanceNoise(0.1)],
        seed=3,
    )
    made.compile(
        keras.optimizers.Adam(1e-2, beta_1=0.5),
        keras.optimizers.SGD(1e-2, momentum=0.5),
        loss=kg.losses.NonSaturating(real_label=0.9),
        penalties=[kg.penalties.R1(0.1, interval=2)],
    )
    return made


def test_a_saved_gan_loads_with_all_it_held():
    loaded = keras.models.load_model(FOLDER / "gan.keras")
    samples = loaded.sample(2, seed=1)
    np.testing.assert_allclose(samples, np.load(FOLDER / "samples.npy"), atol=1e-6)
    assert int(loaded.step) == int(loaded.g_optimizer.iterations) == 10
    assert loaded.adversarial_loss.real_label == 0.9
    assert loaded.penalties[0].interval == 2
    assert loaded.augmentations[0].std == 0.1
    momenta = [np.abs(v).max() for v in loaded.g_optimizer.variables[2:]]
    assert max(momenta) > 0


def test_a_run_is_not_continued_with_the_bits_of_another_version(images, tmp_path):
    shutil.copytree(FOLDER / "checkpoints", tmp_path / "checkpoints")
    checkpoint = kg.callbacks.TrainingCheckpoint(tmp_path / "checkpoints")
    refused = r"step 7 was written with keras_gan 0\.1\.0.*same seed gave other bits"
    with pytest.raises(ValueError, match=refused):
        gan().fit(images, batch_size=4, verbose=0, callbacks=[checkpoint])


def test_a_saved_gan_is_trained_on(images):
    loaded = keras.models.load_model(FOLDER / "gan.keras")
    average = loaded.ema_generator.get_weights()
    loaded.fit(images, batch_size=4, verbose=0)
    assert int(loaded.step) == 20
    assert loaded.ema_rampup == kg.GAN(*gan_networks()).ema_rampup
    moved = loaded.ema_generator.get_weights()
    assert not any(map(np.array_equal, average, moved))
