"""A training run: data, networks, `GAN.fit`, and a folder that keeps it all."""

import contextlib
import dataclasses
import os
import sys
import time

import keras
import numpy as np
import tensorflow as tf

from keras_gan import pictures
from keras_gan.callbacks import (
    DensityPlot,
    GameSpectrum,
    Health,
    ImageSummary,
    LatentWalk,
    Limits,
    LogitHistogram,
    NanGuard,
    NearestNeighbors,
    PlanePlot,
    Progress,
    RunLog,
    TrainingCheckpoint,
)
from keras_gan.callbacks.game_spectrum import check_game
from keras_gan.cli import advice
from keras_gan.cli.command_line import give_up_stdout, in_words, say
from keras_gan.cli.ending import ending, other_command, signal_of, stopped
from keras_gan.cli.measurement import check_weights, evaluation_of
from keras_gan.cli.report import renew_pages
from keras_gan.cli.run_folder import (
    called,
    changed_length,
    changed_options,
    check_former_run,
    check_run_dir,
    compared_options,
    describe_gan,
    flagfile,
    has_trained,
    keep_classes,
)
from keras_gan.data import memory
from keras_gan.data.choice import some_of
from keras_gan.data.first_look import take
from keras_gan.data.kinds import IMAGES, POINTS, kind_of
from keras_gan.data.on_disk import OnDisk
from keras_gan.data.sources.images import NoSuchSplit
from keras_gan.recipe import building
from keras_gan.recipe.options import naming
from keras_gan.storage.checkpoints import Checkpoints
from keras_gan.storage.files import published
from keras_gan.storage.pictures import save_png
from keras_gan.terminal import counted, duration, ordinal, prose, unbroken, wrapped
from keras_gan.training import distribution
from keras_gan.training.resuming import OfChief

DIVERGED = 3
INTERRUPTED = 130
# What a machine with a driver for NVIDIA's GPUs has.
_NVIDIA = "/dev/nvidiactl"
# Pictures of a run, unless --picture_every says how often.
NUM_PICTURES = 16
# Classes that are named when a run starts; its folder names them all.
NUM_NAMED = 20
# Images whose classes are known, for `Health`.
NUM_LABELLED_IMAGES = 2_000


def train(
    recipe,
    run_dir,
    *,
    resume="auto",
    dry_run=False,
    preview=False,
    strategy="none",
    worker_timeout=5.0,
    typed=None,
):
    """Trains into a folder; returns the exit code.

    Args:
        recipe: A `keras_gan.Recipe`.
        run_dir: Folder of the run.
        resume: "auto": continue a run that is already there; "never": refuse to.
        dry_run: Whether to run only a few steps, and keep nothing.
        preview: Whether to write only a picture of the real samples.
        strategy: One of `keras_gan.distribution.NAMES`.
        worker_timeout: Minutes to wait for the other workers.
        typed: What was `Typed` of the recipe. Defaults to None: nothing.

    Returns:
        0, or 3 if training diverged.

    Raises:
        ValueError: If the user made a mistake; one line.
    """
    resumes = has_trained(run_dir)
    # What was typed wrong comes first, then what stands in the folder.
    recipe.check(resumes=resumes)
    check_weights(recipe.metrics, recipe.inception_path)
    check_run_dir(run_dir)
    check_former_run(run_dir, recipe, resume, typed)
    devices = distribution.strategy(strategy, worker_timeout)
    is_chief = distribution.Replicas(devices).is_chief
    if not is_chief:
        give_up_stdout()  # The chief says what there is to say.
    real = recipe.load_data()
    unseen = load_unseen(recipe) if recipe.eval_split else None
    with enough_memory(recipe.batch_size, real.sample_shape, run_dir):
        with devices.scope():
            gan = recipe.build(real, resumes=resumes)
        if recipe.spectrum_every:
            with naming(spectrum_every=recipe.spectrum_every):
                check_game(gan)
        trains = not preview and not dry_run
        news = ""
        if trains:
            news = changed_length(run_dir, recipe, real) + changed_options(
                run_dir, recipe
            )
        about = describe(recipe, gan, real, run_dir, typed and typed.preset)
        say(prose(news + about, sys.stdout))
        if preview:
            return show(real, gan.value_range, run_dir) if is_chief else 0
        if dry_run:
            if recipe.metrics:  # Raises if they lack something.
                evaluation_of(recipe, run_dir, real.samples)
            return rehearse(recipe, gan, real)
        # Of a run that goes on they are there. Other data under the same name are refused
        # only by `fit`, and nothing may be written before.
        is_described = resumes and os.path.exists(os.path.join(run_dir, "gan.json"))
        if is_chief and not is_described:
            keep_classes(run_dir, real)
            describe_gan(run_dir, gan)
        flags = flagfile(recipe, run_dir, resume, typed and typed.preset)
        callbacks = build_callbacks(recipe, gan, real, run_dir, flags)
        return play(
            recipe, gan, real, unseen=unseen, run_dir=run_dir, callbacks=callbacks
        )


def load_unseen(recipe):
    """The samples of `eval_split`, which a preset may name for data that lacks it."""
    try:
        # In smaller batches if they are fewer than one: they are only looked at.
        unseen = dataclasses.replace(recipe, batch_size=1).load_data(recipe.eval_split)
        unseen.batch_size = min(recipe.batch_size, len(unseen.samples))
        return unseen
    except ValueError as error:
        if not isinstance(error.__cause__, NoSuchSplit):
            raise
        raise ValueError(
            f"{in_words(error).removesuffix('.')}. Or pass --eval_split= to train "
            "without unseen samples."
        ) from None


@contextlib.contextmanager
def enough_memory(batch_size, sample_shape, run_dir):
    """Turns an out-of-memory error into one line that says what to do.

    Args:
        batch_size: m.
        sample_shape: Shape of one sample.
        run_dir: Folder of the run; its checkpoints stay as they are.

    Raises:
        ValueError: If memory runs out; without TensorFlow's report of every
            allocation.
    """
    try:
        yield
    except (tf.errors.ResourceExhaustedError, MemoryError):
        steps = Checkpoints(os.path.join(run_dir, "checkpoints")).steps()
        kept = f"step {steps[0]} is kept in {run_dir}" if steps else "nothing was kept"
        shape = "x".join(map(str, sample_shape))
        raise ValueError(
            f"--batch_size={batch_size}: out of memory with samples of {shape} ({kept}): "
            "use a smaller --batch_size or --image_size."
        ) from None


def play(recipe, gan, real, *, unseen, run_dir, callbacks):
    """Trains, and saves the results; returns the exit code.

    Args:
        recipe: A `keras_gan.Recipe`.
        gan: The compiled `GAN`.
        real: Samples to train on.
        unseen: Samples to evaluate on, or None.
        run_dir: Folder of the run.
        callbacks: Callbacks in addition to the guard and the checkpoints.
    """
    guard = NanGuard(run_dir)
    checkpoint = TrainingCheckpoint(
        os.path.join(run_dir, "checkpoints"), every_steps=recipe.checkpoint_steps
    )
    former = _FormerModels(run_dir)
    total = recipe.steps_for(real)
    began = time.monotonic()
    with how_to_go_on(gan, total, run_dir, former):
        gan.fit(
            real,
            epochs=recipe.epochs_for(real),
            verbose=0,
            callbacks=[guard, *callbacks, former, checkpoint],
            validation_data=unseen,
            validation_freq=evaluation_rhythm(recipe, real),
        )
        if guard.diverged_at is not None:
            if gan.replicas.is_chief:
                keep_last_good(gan, guard, checkpoint, run_dir)
            return DIVERGED
        has_page = False
        if gan.replicas.is_chief:
            save(gan, run_dir)
            has_page = bool(renew_pages(run_dir))
    step, seconds = int(gan.step.numpy()), time.monotonic() - began
    began_at = checkpoint.began_at
    if began_at < total:  # Else `Progress` has said that nothing was left to do.
        say(ending(began_at, step, total, seconds, recipe.max_seconds))
    say(where_to_look(run_dir, has_page=has_page))
    return 0


@contextlib.contextmanager
def how_to_go_on(gan, total, run_dir, former):
    """Says, when a signal ends the run, what is left and how to go on.

    The models are saved as they are now, unless no step was made or kept.

    A picture of where the run is now is drawn apart from those of its film, which are
    the same whether it was stopped or not.

    Args:
        gan: The `GAN`, whose checkpoint holds every step that it has made.
        total: Steps of the whole run.
        run_dir: Folder of the run.
        former: The run's `_FormerModels`.

    Raises:
        SystemExit: With 130 after Ctrl-C; other signals' codes as they are.
    """
    began = time.monotonic()
    try:
        yield
    except (KeyboardInterrupt, SystemExit) as stop:
        step, seconds = int(gan.step.numpy()), time.monotonic() - began
        try:
            say(stopped(signal_of(stop), step, total, seconds))
        except OSError:
            # The signal was that of a terminal which has been closed.
            give_up_stdout()
        if step and gan.replicas.is_chief:
            if former.are_outdated(step):
                # Should a second signal come, no file of an older step stays.
                former.remove()
                save(gan, run_dir)
            else:
                draw_samples(gan, run_dir)
            has_page = bool(renew_pages(run_dir))
            say(where_to_look(run_dir, is_finished=False, has_page=has_page))
        if isinstance(stop, SystemExit):
            raise
        raise SystemExit(INTERRUPTED) from None


def keep_last_good(gan, guard, checkpoint, run_dir):
    """Saves the networks as they were before training diverged."""
    step = checkpoint.rewind()
    save(gan, run_dir)
    renew_pages(run_dir)
    say(
        f"Diverged at step {guard.diverged_at}: see {run_dir}/divergence.json. The "
        f"models in {run_dir} are those of step {step}, the last good state."
    )


def rhythm(recipe, real):
    """How often pictures are drawn, as an argument of the callbacks."""
    if recipe.picture_every is not None:
        return {"every_epochs": recipe.picture_every}
    epochs = recipe.epochs_for(real)
    if epochs >= NUM_PICTURES:
        return {"every_epochs": epochs // NUM_PICTURES}
    return {"every_steps": max(1, recipe.steps_for(real) // NUM_PICTURES)}


def evaluation_rhythm(recipe, real):
    """Epochs between two evaluations on `eval_split`: at least one in the run."""
    every = rhythm(recipe, real).get("every_epochs", 1)
    return min(every, recipe.epochs_for(real))


def health_rhythm(recipe, real):
    """Generator steps between two checks: ten in a short run, none in its first 100.

    Three in a row report a symptom, and a run that has just begun draws all alike.
    """
    return min(250, max(100, recipe.steps_for(real) // 10))


def build_callbacks(recipe, gan, real, run_dir, flags):
    """The callbacks of a run from the command line.

    Args:
        recipe: A `keras_gan.Recipe`.
        gan: The compiled `GAN`.
        real: Samples to train on.
        run_dir: Folder of the run.
        flags: Text of `flags.txt`.
    """
    often = rhythm(recipe, real)
    rarely = {name: 5 * every for name, every in often.items()}
    callbacks = [
        Limits(recipe.steps, recipe.max_seconds),
        RunLog(run_dir, flags, options=compared_options(recipe, real)),
        Progress(),
        ImageSummary(run_dir, **often),
        LogitHistogram(run_dir, **often),
        Health(
            run_dir,
            every_steps=health_rhythm(recipe, real),
            labelled=labelled_images(real, gan.value_range),
            advice=advice.HEALTH,
        ),
    ]
    if recipe.metrics:
        callbacks.append(evaluation_of(recipe, run_dir, real.samples))
    if kind_of(real.sample_shape) is not POINTS:
        callbacks.append(LatentWalk(run_dir, **rarely))
        callbacks.append(NearestNeighbors(run_dir, real, **rarely))
    on_the_line = real.density is not None and tuple(real.sample_shape) == (1,)
    if on_the_line and recipe.packing == 1:
        callbacks.append(DensityPlot(run_dir, real.density, print_line=say))
    in_the_plane = tuple(real.sample_shape) == (2,)
    if recipe.spectrum_every:
        callbacks.append(GameSpectrum(run_dir, every_steps=recipe.spectrum_every))
    if in_the_plane and recipe.packing == 1 and not recipe.conditional:
        callbacks.append(PlanePlot(run_dir, real.density))
    return callbacks


def labelled_images(real, value_range):
    """Images drawn at random, and their labels; None if not of several classes."""
    if real.classes is None or kind_of(real.sample_shape) is not IMAGES:
        return None
    chosen = some_of(len(real.samples), NUM_LABELLED_IMAGES)
    labels = real.classes[chosen]
    if len(np.unique(labels)) < 2:
        return None
    return real.scaled(value_range, chosen), labels


def describe(recipe, gan, real, run_dir, preset=None):
    """What is about to happen, a line for each of its parts."""
    shape = "x".join(map(str, real.sample_shape))
    size = [f"{n.count_params():,}" for n in (gan.generator, gan.discriminator)]
    return (
        f"data: {recipe.dataset}, {len(real.samples):,} samples of {shape}"
        f"{', mirrored at random' if real.mirror else ''}, {_where(real.samples)}\n"
        f"{_classes(recipe, real.class_names)}"
        f"device: {_replicas(gan.replicas)}{device()}\n"
        f"{_game(recipe, preset, real.sample_shape)}\n"
        f"networks: {_network(recipe, real)}; G has {size[0]} parameters, D has "
        f"{size[1]}\n"
        f"plan: {_plan(recipe, real)}\n"
        f"folder: {run_dir}"
    )


def _where(samples):
    """How much the samples take, in memory or on disk, and in which folder."""
    size = memory.size(samples.nbytes)
    if isinstance(samples, OnDisk):
        return f"{size} on disk, in {os.path.dirname(samples.path)}"
    return f"{size} in memory"


def _replicas(replicas):
    """How many devices there are; "" if it is one."""
    if not replicas.are_several:
        return ""
    workers = counted(replicas.num_workers, "worker")
    return f"{replicas.number} replicas of {workers}, here "


def device():
    """What computes: the GPUs that TensorFlow has found, or the CPU."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        details = map(tf.config.experimental.get_device_details, gpus)
        return ", ".join(one.get("device_name", "GPU") for one in details)
    if os.path.exists(_NVIDIA):
        return (
            "CPU; TensorFlow cannot use the GPU that is there: for an NVIDIA driver of "
            "its version, pip install 'tensorflow[and-cuda]'"
        )
    return "CPU"


def _network(recipe, real):
    """The pair that plays."""
    name = building.pair_of(recipe, real.sample_shape).name
    return f"conditional {name}" if recipe.conditional else name


def _game(recipe, preset, sample_shape):
    """What is played, after all flags; the preset is where they began."""
    r1 = recipe.r1_for(sample_shape)
    weights = {"R1": r1, "R2": recipe.r2, "gradient penalty": recipe.gp}
    penalties = [f"{name} {weight:.4g}" for name, weight in weights.items() if weight]
    every = recipe.penalty_interval
    if penalties and every > 1:
        penalties = [f"{' + '.join(penalties)} every {ordinal(every)} update"]
    rates = f"{recipe.lr:g}"
    if recipe.g_lr is not None:
        rates += f" (G {recipe.g_lr:g})"
    optimizer = {"adam": "Adam", "sgd": "SGD"}[recipe.optimizer]
    parts = [
        preset and f"preset {preset}",
        f"loss {recipe.loss}",
        *penalties,
        recipe.spectral_norm and "spectral norm",
        recipe.weight_clip and f"weight clip {recipe.weight_clip:g}",
        unbroken(f"{optimizer} {rates}"),
    ]
    return wrapped(f"game: {', '.join(filter(None, parts))}")


def _plan(recipe, real):
    """How long the run is, what a step takes, and how often each sample is seen."""
    k, m = recipe.discriminator_steps, recipe.batch_size
    steps = recipe.steps_for(real)
    passes = steps / real.steps_per_epoch(k)
    epochs = f"{passes:,.0f}" if passes >= 100 else f"{passes:.3g}"
    each = f"{k} x {m}" if k > 1 else m
    return (
        f"{counted(steps, 'step')}, each on {each} real samples: {epochs} "
        f"epoch{'s' * (epochs != '1')}"
    )


def _classes(recipe, names):
    """Which class has which number, if they are learned; "" if the names say no more."""
    if not names or all(name == str(number) for number, name in enumerate(names)):
        return ""
    if not recipe.conditional:
        how = "--preset=conditional learns them"
        return f"classes: {len(names)}, not told apart; {how}\n"
    numbered = [
        called(number, " ".join(name.split())) for number, name in enumerate(names)
    ]
    if len(names) > NUM_NAMED:
        numbered[NUM_NAMED - 1 : -1] = ["..."]
    return wrapped(f"classes: {', '.join(numbered)}") + "\n"


def show(real, value_range, run_dir):
    """Writes the first real samples as a picture; returns 0."""
    elements = real.training_elements(
        value_range, discriminator_steps=1, start_step=0, mirror=False
    )
    samples, labels = take(elements)
    labels = None if labels is None else labels[:64]
    captions = pictures.captions_of(labels, None, real.class_names)
    path = os.path.join(run_dir, "images", "real.png")
    shown = pictures.draw(samples[:64], value_range, captions=captions, are_real=True)
    save_png(path, shown)
    say(f"Real samples: {path}")
    return 0


def rehearse(recipe, gan, real, steps=5):
    """Runs a few steps, keeps nothing, and prints what the run would take; returns 0."""
    clock = _StepClock()
    free = memory.available()
    gan.fit(real, epochs=1, steps_per_epoch=steps, verbose=0, callbacks=[clock])
    each = clock.seconds_per_step()
    weights = sum(n.count_params() for n in (gan.generator, gan.discriminator))
    plan = (
        f"dry run: {1000 * each:.0f} ms per step, "
        f"{duration(each * recipe.steps_for(real))} in all; the saved models take about "
        f"{5 * 4 * weights / 2**20:.0f} MiB. Nothing was kept."
    )
    say(prose(plan, sys.stdout))
    say(prose(about_memory(recipe, gan, real, free), sys.stdout))
    return 0


def about_memory(recipe, gan, real, free):
    """A line about memory: what the parts of a run take, the peak so far, what was free.

    Args:
        recipe: The `Recipe`.
        gan: Its GAN, after some steps.
        real: Its data.
        free: Bytes that were free before the first step.
    """
    parts = gan.nbytes_of_step(recipe.batch_size), gan.nbytes, real.nbytes
    step, networks, data, free, peak = map(memory.size, (*parts, free, memory.peak()))
    return (
        f"memory: about {step} for a step, {networks} for the networks and their "
        f"moments, {data} for the data; {free} were free. With Python and TensorFlow, "
        f"this process took {peak} at its peak."
    )


class _StepClock(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.ends = []

    def on_train_batch_end(self, batch, logs=None):
        self.ends.append(time.monotonic())

    def seconds_per_step(self):
        # The first step compiles.
        return (self.ends[-1] - self.ends[0]) / (len(self.ends) - 1)


class _FormerModels(OfChief):
    """Removes the models of an earlier stop, once a checkpoint of a later step is kept.

    Whoever loads them while the run goes on, or after it was killed, would not see that
    they are old. What they held can be drawn from the checkpoints.
    """

    def __init__(self, run_dir):
        super().__init__()
        self._checkpoints = Checkpoints(os.path.join(run_dir, "checkpoints"))
        names = ("generator", "discriminator", "gan")
        self._paths = [os.path.join(run_dir, f"{name}.keras") for name in names]
        self._began_at = None
        self._are_there = False

    def on_train_begin(self, logs=None):
        self._began_at = int(self.model.step.numpy())
        self._are_there = any(map(os.path.exists, self._paths))

    def on_train_batch_end(self, batch, logs=None):
        if self._are_there and self.are_outdated():
            self.remove()
            self._are_there = False

    def are_outdated(self, step=None):
        """Whether a step of this command is kept as a checkpoint.

        Args:
            step: Which one. Defaults to None: any.
        """
        if self._began_at is None:  # Stopped while its state was being restored.
            return False
        kept = [one for one in self._checkpoints.steps() if one > self._began_at]
        return bool(kept) if step is None else step in kept

    def remove(self):
        """Removes them."""
        for path in self._paths:
            with contextlib.suppress(FileNotFoundError):
                os.remove(path)


def save(gan, run_dir):
    """Saves the trained networks, and a picture of samples."""
    saves = {
        "generator": gan.save_sampler,
        "discriminator": gan.discriminator.save,
        "gan": gan.save,
    }
    for name, save_as in saves.items():
        with published(os.path.join(run_dir, f"{name}.keras")) as temporary:
            save_as(temporary)
    draw_samples(gan, run_dir)


def draw_samples(gan, run_dir):
    """Draws 64 samples of the networks as they are, or a few less in whole rows."""
    save_png(os.path.join(run_dir, "samples.png"), gan.show(gan.whole_rows(64)))


def _films(run_dir):
    """The pictures of a whole run that are there, in words."""
    names = ("figure1.png", "density.gif", "plane.gif")
    own = [n for n in names if os.path.exists(os.path.join(run_dir, "images", n))]
    return f"{', '.join([*own, 'training.gif'])} and losses.svg"


def where_to_look(run_dir, *, is_finished=True, has_page=True):
    """The last lines that a run prints.

    Args:
        run_dir: Folder of the run.
        is_finished: Whether the run ended by itself, and drew its film. Defaults to True.
        has_page: Whether `report.html` was written. Defaults to True.
    """
    board = other_command("tensorboard", "--logdir", f"{run_dir}/tensorboard")
    sample = other_command("keras-gan-sample", f"--run_dir={run_dir}", "--num=64")
    evaluate = other_command("keras-gan-evaluate", f"--run_dir={run_dir}")
    others = f"{_films(run_dir)} in {run_dir}/images"
    if not is_finished:
        others = f"those of earlier steps in {run_dir}/images"
    drawn = f"Pictures: {run_dir}/samples.png, and {others}"
    page = f"The whole run in one page: {run_dir}/report.html\n" if has_page else ""
    return (
        f"{prose(drawn, sys.stdout)}\n"
        f"{page}"
        f"TensorBoard: {board}\n"
        f"More samples: {sample}\n"
        f"How good they are: {evaluate}"
    )
