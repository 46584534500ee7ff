"""Part of row 31: three models that are killed again and again end in the same bits."""

import os
import random
import signal

from faults import tiny
from faults.laboratory import expect, read_json, went_well

MODELS = ("dropout", "batch_norm", "averaged")
KILLS, EPOCHS = 5, 3


def exact_after_kills(lab):
    """Kills each model with k = 1 and k = 3 at five random steps; counts the kills.

    Raises:
        NotSurvived: If the networks, optimizers or metrics of a resumed run differ from
            those of one that was never killed.
    """
    moments, number = random.Random(1), 0
    for model in MODELS:
        for k in (1, 3):
            steps = EPOCHS * (60 // (4 * k))
            ends = []
            for name, times in (("unbroken", 0), ("killed", KILLS)):
                folder = lab.folder / f"{model}{k}-{name}"
                kills = sorted(moments.sample(range(1, steps), times))
                for step in kills:
                    process = lab.start(train, str(folder), model, k, step)
                    process.join()
                    expect(process.exitcode == -signal.SIGKILL, "it was not killed")
                    number += 1
                went_well(lab.call(train, str(folder), model, k))
                ends.append(end_of(folder))
            parts = ("step", "state", "metrics")
            for part, *pair in zip(parts, *ends, strict=True):
                otherwise = f"{model}, k={k}: another {part} after kills at {kills}"
                expect(pair[0] == pair[1], otherwise)
    return number


def train(folder, model, k, kill_at=None):
    """Trains in one process, which kills itself with signal 9 after step `kill_at`."""
    import keras

    from keras_gan.callbacks import RunLog, TrainingCheckpoint

    class Kill(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if int(self.model.step) == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    checkpoint = TrainingCheckpoint(os.path.join(folder, "checkpoints"), every_steps=2)
    callbacks = [RunLog(folder), checkpoint, Kill()]
    gan = build(model, k)
    gan.fit(tiny.images(60), batch_size=4, epochs=EPOCHS, verbose=0, callbacks=callbacks)


def build(model, k):
    """Builds and compiles one of the three models."""
    import keras

    import keras_gan as kg

    if model == "batch_norm":
        networks = kg.networks.dcgan(
            (8, 8, 1), 4, generator_width=4, discriminator_width=4
        )
    else:
        networks = kg.networks.mlp(
            (8, 8, 1), 4, generator_units=(16, 16), discriminator_units=(8, 8)
        )
    averaged = model == "averaged"
    gan = kg.GAN(*networks, discriminator_steps=k, ema_decay=0.9 if averaged else None)
    g_optimizer = (
        keras.optimizers.SGD(1e-2, momentum=0.9)
        if averaged
        else keras.optimizers.Adam(1e-2)
    )
    gan.compile(keras.optimizers.Adam(1e-2), g_optimizer, penalties=[kg.penalties.R1()])
    return gan


def end_of(folder):
    """Name and SHA-256 of the newest checkpoint, and the file of metrics."""
    newest = max((folder / "checkpoints").glob("step-*.json"))
    metrics = (folder / "metrics.jsonl").read_bytes()
    return newest.name, read_json(newest)["sha256"], metrics
