"""The training command: data, networks, `GAN.fit`, and a folder that keeps it all."""

import math
import os
import sys
import time

import keras
import numpy as np

from keras_gan import data, latents
from keras_gan.callbacks import (
    DensityPlot,
    Health,
    ImageSummary,
    LatentWalk,
    Limits,
    NanGuard,
    NearestNeighbors,
    Progress,
    RunLog,
    TrainingCheckpoint,
)
from keras_gan.callbacks.progress import duration
from keras_gan.cli import advice, recipe
from keras_gan.cli.command_line import naming_flag
from keras_gan.cli.evaluating import build_evaluation, check_weights
from keras_gan.cli.memory import enough_memory
from keras_gan.cli.pairs import build_networks, check_image_size
from keras_gan.cli.run_folder import check_former_run, check_run_dir, of_run
from keras_gan.cli.sampling import NUM_TRAINING_IMAGES, in_range
from keras_gan.data.first_look import take
from keras_gan.data.value_range import range_of as of_generator
from keras_gan.gan import GAN
from keras_gan.storage import pictures
from keras_gan.storage.files import published

DIVERGED = 3
# Pictures of a run, unless --picture_every says how often.
NUM_PICTURES = 16
# Images whose classes are known, for the class entropy of `Health`.
NUM_LABELLED_IMAGES = 2_000


def train(options, flagfile):
    """Trains as the flags say; returns the exit code.

    Args:
        options: The flags of `scripts/train.py`, as attributes.
        flagfile: Text of a flagfile that repeats the run.

    Returns:
        0, or 3 if training diverged.

    Raises:
        ValueError: On a user's mistake, in one line.
    """
    keras.config.set_dtype_policy(options.mixed_precision)
    run_dir = of_run(options)
    check_run_dir(run_dir)
    check_former_run(run_dir, flagfile, options.resume)
    check_image_size(options)
    check_weights(options.metrics, options.inception_path)
    real = load_data(options, options.split)
    unseen = load_data(options, options.eval_split) if options.eval_split else None
    with enough_memory(options.batch_size, real.sample_shape, run_dir):
        gan = build(options, real)
        say(describe(options, gan, real, run_dir))
        if options.preview:
            return preview(real, gan.value_range, run_dir)
        if options.dry_run:
            if options.metrics:  # Says what they lack.
                build_evaluation(options, run_dir, real.samples)
            return dry_run(options, gan, real)
        watchers = build_callbacks(options, gan, real, run_dir, flagfile)
        return play(options, gan, run_dir, (real, unseen, watchers))


def play(options, gan, run_dir, surroundings):
    """Trains and publishes what came of it; returns the exit code.

    Args:
        options: The flags of `scripts/train.py`, as attributes.
        gan: A compiled `GAN`.
        run_dir: Folder of the run.
        surroundings: `(real, unseen, watchers)`: samples to train on, samples to
            evaluate on or None, callbacks.
    """
    real, unseen, watchers = surroundings
    guard = NanGuard(run_dir)
    checkpoint = TrainingCheckpoint(
        os.path.join(run_dir, "checkpoints"), every_steps=options.checkpoint_steps
    )
    began = time.monotonic()
    gan.fit(
        real,
        epochs=num_epochs(options, real),
        verbose=1 if sys.stdout.isatty() else 0,
        callbacks=[guard, *watchers, checkpoint],
        validation_data=unseen,
        validation_freq=evaluation_rhythm(options, real),
    )
    if guard.diverged_at is not None:
        keep_last_good(gan, guard, checkpoint, run_dir)
        return DIVERGED
    save(gan, run_dir)
    seconds = duration(time.monotonic() - began)
    say(f"Done: {int(gan.step.numpy())} generator steps in {seconds}.")
    say(where_to_look(run_dir))
    return 0


def keep_last_good(gan, guard, checkpoint, run_dir):
    """Publishes the networks as they were before training diverged."""
    step = checkpoint.rewind()
    save(gan, run_dir)
    say(
        f"Diverged at step {guard.diverged_at}: see {run_dir}/divergence.json. The "
        f"models in {run_dir} are those of step {step}, the last good state."
    )


def say(text):
    """Prints at once, also into a pipe."""
    print(text, flush=True)


def load_data(options, split):
    """The real samples that the flags name."""
    with naming_flag("dataset", options.dataset):
        return data.load(
            options.dataset,
            split=split,
            batch_size=options.batch_size,
            seed=options.seed,
            data_dir=options.data_dir,
            image_size=options.image_size,
            labels=options.conditional,
            skip_bad_images=options.skip_bad_images,
        )


def build(options, real):
    """A compiled `GAN` for the data."""
    generator, discriminator = build_networks(options, real)
    with naming_flag("loss", options.loss):
        loss = recipe.build_loss(options)
    with naming_flag("latents", options.latents):
        prior = latents.get(options.latents)
    with naming_flag("augment", ",".join(options.augment)):
        seen_through = recipe.build_augmentations(options, of_generator(generator))
    gan = GAN(
        generator,
        discriminator,
        latents=prior,
        discriminator_steps=options.discriminator_steps,
        ema_decay=options.ema_decay or None,
        simultaneous=options.simultaneous,
        num_classes=real.num_classes if options.conditional else None,
        augmentations=seen_through,
        packing=options.packing,
        seed=options.seed,
    )
    steps = real.steps_per_epoch(options.discriminator_steps)
    total = options.steps or num_epochs(options, real) * steps
    d_optimizer, g_optimizer = recipe.build_optimizers(options, steps, total)
    gan.compile(
        d_optimizer=d_optimizer,
        g_optimizer=g_optimizer,
        loss=loss,
        penalties=recipe.build_penalties(options),
    )
    return gan


def num_epochs(options, real):
    """Epochs to run: `--epochs`, or as many as `--steps` needs."""
    if options.steps is None:
        return options.epochs
    return math.ceil(options.steps / real.steps_per_epoch(options.discriminator_steps))


def rhythm(options, real):
    """How often pictures are drawn, as an argument of the callbacks."""
    if options.picture_every is not None:
        return {"every_epochs": options.picture_every}
    epochs = num_epochs(options, real)
    if epochs >= NUM_PICTURES:
        return {"every_epochs": epochs // NUM_PICTURES}
    steps = options.steps or epochs * real.steps_per_epoch(options.discriminator_steps)
    return {"every_steps": max(1, steps // NUM_PICTURES)}


def evaluation_rhythm(options, real):
    """Epochs between two evaluations on `--eval_split`: at least one in the run."""
    every = rhythm(options, real).get("every_epochs", 1)
    return min(every, num_epochs(options, real))


def build_callbacks(options, gan, real, run_dir, flagfile):
    """What watches a run from the command line."""
    often = rhythm(options, real)
    seldom = {name: 5 * every for name, every in often.items()}
    watchers = [
        Limits(options.steps, options.max_seconds),
        RunLog(run_dir, flagfile),
        Progress(say),
        ImageSummary(run_dir, **often),
        Health(
            run_dir,
            labelled=labelled_images(real, gan.value_range),
            advice=advice.HEALTH,
        ),
    ]
    if options.metrics:
        watchers.append(build_evaluation(options, run_dir, real.samples))
    if len(real.sample_shape) == 3:
        images = in_range(real.samples[:NUM_TRAINING_IMAGES], gan.value_range)
        watchers.append(LatentWalk(run_dir, **seldom))
        watchers.append(NearestNeighbors(run_dir, images, **seldom))
    on_the_line = real.density is not None and tuple(real.sample_shape) == (1,)
    if on_the_line and options.packing == 1:
        watchers.append(DensityPlot(run_dir, real.density, print_line=say))
    return watchers


def labelled_images(real, value_range):
    """Images spread over the data, and their labels; None if they are of one class."""
    if real.classes is None or len(real.sample_shape) != 3:
        return None
    apart = -(-len(real.samples) // NUM_LABELLED_IMAGES)
    labels = real.classes[::apart]
    if len(np.unique(labels)) < 2:
        return None
    return in_range(real.samples[::apart], value_range), labels


def describe(options, gan, real, run_dir):
    """What is about to happen, in three lines."""
    steps = real.steps_per_epoch(options.discriminator_steps)
    shape = "x".join(map(str, real.sample_shape))
    size = [f"{n.count_params():,}" for n in (gan.generator, gan.discriminator)]
    return (
        f"data: {options.dataset}, {len(real.samples):,} samples of {shape}\n"
        f"networks: generator {size[0]}, discriminator {size[1]} parameters\n"
        f"plan: {num_epochs(options, real)} epochs of {steps} steps, each "
        f"{options.discriminator_steps} x {options.batch_size} samples, into {run_dir}"
    )


def preview(real, value_range, run_dir):
    """Writes the first real samples as a picture."""
    first = take(real.training_dataset(value_range))[:64]
    path = os.path.join(run_dir, "images", "real.png")
    pictures.save_png(path, pictures.draw(first, value_range, real_samples=first))
    say(f"Real samples: {path}")
    return 0


def dry_run(options, gan, real, steps=5):
    """Runs a few steps that are not kept, and says what the run would take."""
    clock = _StepClock()
    gan.fit(real, epochs=1, steps_per_epoch=steps, verbose=0, callbacks=[clock])
    total = options.steps or num_epochs(options, real) * real.steps_per_epoch(
        options.discriminator_steps
    )
    each = clock.seconds_per_step()
    weights = sum(n.count_params() for n in (gan.generator, gan.discriminator))
    say(
        f"dry run: {1000 * each:.0f} ms per step, {duration(each * total)} in all; the "
        f"saved models take about {5 * 4 * weights / 2**20:.0f} MiB. Nothing was kept."
    )
    return 0


class _StepClock(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.ends = []

    def on_train_batch_end(self, batch, logs=None):
        self.ends.append(time.monotonic())

    def seconds_per_step(self):
        # The first step compiles.
        return (self.ends[-1] - self.ends[0]) / (len(self.ends) - 1)


def save(gan, run_dir):
    """Publishes the trained networks, and a picture of 64 samples."""
    models = {
        "generator": gan.sampler,
        "discriminator": gan.discriminator,
        "gan": gan,
    }
    for name, model in models.items():
        with published(os.path.join(run_dir, f"{name}.keras")) as temporary:
            model.save(temporary)
    samples = pictures.draw(gan.sample(64), gan.value_range, columns=gan.columns(64))
    pictures.save_png(os.path.join(run_dir, "samples.png"), samples)


def where_to_look(run_dir):
    """The lines that end a run."""
    return (
        f"Pictures: {run_dir}/samples.png, and training.gif and losses.svg in "
        f"{run_dir}/images\n"
        f"TensorBoard: tensorboard --logdir {run_dir}/tensorboard --host localhost "
        "--samples_per_plugin images=1000\n"
        f"More samples: python scripts/sample.py --run_dir={run_dir} --num=64"
    )
