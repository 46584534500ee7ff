"""What 0.1 has written is read: a saved GAN, and the checkpoint of a run.

Both were made by 0.1.0 with the networks, options and images of this file.
"""

import shutil

import keras
import numpy as np

import keras_gan as kg
from support import ROOT

FOLDER = ROOT / "tests" / "written_by_0_1"


def gan():
    generator, discriminator = kg.networks.mlp(
        (8, 8, 1),
        latent_dim=2,
        generator_units=(4,),
        discriminator_units=(3,),
        pieces=2,
    )
    made = kg.GAN(
        generator,
        discriminator,
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


def test_a_run_goes_on_from_its_checkpoint(images, tmp_path):
    shutil.copytree(FOLDER / "checkpoints", tmp_path / "checkpoints")
    checkpoint = kg.callbacks.TrainingCheckpoint(tmp_path / "checkpoints")
    resumed, whole = gan(), gan()
    resumed.fit(images, batch_size=4, verbose=0, callbacks=[checkpoint])
    whole.fit(images, batch_size=4, verbose=0)
    assert int(resumed.step) == 10
    # The other machine's last bits may differ from this one's.
    for ours, expected in zip(resumed.weights, whole.weights, strict=True):
        np.testing.assert_allclose(ours, expected, atol=1e-5)
