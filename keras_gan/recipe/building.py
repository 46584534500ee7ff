"""From a recipe to a compiled GAN: networks, loss, penalties, what D sees, optimizers."""

import contextlib
import inspect
import os

import keras
import tensorflow as tf
from absl import logging

from keras_gan import augmentations, latents, losses, networks, penalties
from keras_gan.data import memory
from keras_gan.data.value_range import range_of
from keras_gan.gan import GAN
from keras_gan.optimizers import Adam, InverseDecay, RisingMomentumSGD
from keras_gan.recipe.options import OptionError, naming, options_of
from keras_gan.recipe.recipe import Recipe, preset_names
from keras_gan.storage.models import load_model
from keras_gan.storage.runs import newest_gan

# Of each weight in training: itself, its gradient, and two moments of Adam.
_COPIES = 4
_SMALLER = "use a smaller image_size or latent_dim, or narrower networks"
# How options and arguments end that say how large networks are.
_SIZES = ("units", "width")
# Options that the networks carry out, and the argument of theirs that each one needs.
NETWORK_ARGUMENTS = {
    "dropout": "dropout",
    "mean_image_bias": "pixel_means",
    "generator_units": "generator_units",
    "discriminator_units": "discriminator_units",
    "generator_width": "generator_width",
    "discriminator_width": "discriminator_width",
    "width": "width",
    "conditional": "num_classes",
    "packing": "packing",
    "spectral_norm": "spectral_norm",
    "weight_clip": "weight_clip",
}


def build(recipe, data, resumes=False):
    """The compiled GAN; see `Recipe.build`."""
    with _dtype_policy(recipe.mixed_precision):
        with _weights_in_memory():
            generator, discriminator = networks_of(recipe, data)
        gan = GAN(
            generator,
            discriminator,
            latents=prior_of(recipe),
            discriminator_steps=recipe.discriminator_steps,
            ema_decay=recipe.ema_decay or None,
            ema_rampup=recipe.ema_rampup or None,
            simultaneous=recipe.simultaneous,
            num_classes=data.num_classes if recipe.conditional else None,
            class_names=data.class_names if recipe.conditional else None,
            augmentations=augmentations_of(recipe, range_of(generator)),
            packing=recipe.packing,
            seed=recipe.seed,
        )
        if recipe.init_from is not None and not resumes:
            begin_from_older(gan, recipe)
        with naming(freeze_d=recipe.freeze_d):
            gan.freeze_d(recipe.freeze_d)
        steps = data.steps_per_epoch(recipe.discriminator_steps)
        d_optimizer, g_optimizer = optimizers_of(recipe, steps, recipe.steps_for(data))
        gan.compile(
            d_optimizer=d_optimizer,
            g_optimizer=g_optimizer,
            loss=loss_of(recipe),
            penalties=penalties_of(recipe, data.sample_shape),
        )
    return gan


@contextlib.contextmanager
def _dtype_policy(name):
    """Keras' policy for the layers that are made meanwhile; each keeps it for good."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


@contextlib.contextmanager
def _weights_in_memory():
    """Refuses networks that do not fit in memory, before their weights are allocated.

    Raises:
        ValueError: At the first weight that is too much.
    """
    total = 0

    def create(next_creator, **kwargs):
        nonlocal total
        start = kwargs["initial_value"]
        with tf.Graph().as_default():  # Here, nothing is computed but the shape.
            start = tf.convert_to_tensor(start() if callable(start) else start)
        total += _COPIES * memory.nbytes(start.shape, start.dtype.size)
        memory.check("the networks", total, _SMALLER)
        return next_creator(**kwargs)

    with tf.variable_creator_scope(create):
        yield


# ------------------------------------------------------------------------ the networks


def networks_of(recipe, data):
    """The pair of networks for the data's samples.

    Returns:
        `(generator, discriminator)`.

    Raises:
        ValueError: If the network is unknown, or not made for such samples or options.
    """
    pair = pair_of(recipe, tuple(data.sample_shape))
    check_idle(recipe, pair)
    arguments = {
        argument: function(data.samples) for argument, function in pair.from_data.items()
    }
    if recipe.mean_image_bias is False:
        arguments.pop("pixel_means", None)
    if recipe.conditional:
        arguments["num_classes"] = _num_classes(recipe, data)
    for name, argument in NETWORK_ARGUMENTS.items():
        value = getattr(recipe, name)
        if name == argument and pair.takes(argument) and value is not None:
            arguments[argument] = value
    return pair.build(
        data.sample_shape, latent_dim=recipe.latent_dim, seed=recipe.seed, **arguments
    )


def pair_of(recipe, shape):
    """The pair that is named, once it is known to fit the data."""
    if recipe.network == "auto":
        return networks.usual(shape)
    with naming(network=recipe.network):
        pair = networks.get(recipe.network)
    if not pair.fits(shape):
        raise OptionError(
            "{network:{chosen!r}} does not make samples of the shape {shape} of "
            "{dataset:{spec!r}}: use {network:'auto'}.",
            chosen=recipe.network,
            shape=shape,
            spec=recipe.dataset,
        )
    try:
        pair.check_shape(shape)
    except ValueError as error:
        raise OptionError("{reason} See {image_size}.", reason=error) from error
    return pair


def check(recipe):
    """Refuses what is wrong whatever the data are, before they are read.

    Raises:
        ValueError: If a name is unknown, an option does nothing beside the others, or
            the network cannot make images of the size.
    """
    loss_of(recipe)
    augmentations_of(recipe, None)
    prior_of(recipe)
    if recipe.freeze_d and recipe.init_from is None:
        raise OptionError(
            "{freeze_d} holds layers that an older run has trained: give {init_from}, "
            "too, or leave it out."
        )
    if recipe.fit != "crop" and recipe.image_size is None:
        raise OptionError(
            "{fit:{fit_of!r}} does nothing without {image_size}.", fit_of=recipe.fit
        )
    if recipe.network == "auto":
        return
    with naming(network=recipe.network):
        pair = networks.get(recipe.network)
    check_idle(recipe, pair)
    size = recipe.image_size
    if size is not None and pair.data == "images":
        with naming(image_size=size):
            pair.check_shape((*size, 1))


def check_older(recipe):
    """Refuses a run to begin from that is not there.

    Raises:
        ValueError: If `init_from` names nothing.
    """
    if recipe.init_from is not None and not os.path.exists(recipe.init_from):
        raise OptionError(
            "{init_from:{path!r}}: there is no such run or file: check the path.",
            path=recipe.init_from,
        )


def begin_from_older(gan, recipe):
    """Takes the weights that `init_from` names.

    Raises:
        ValueError: If they cannot be read, or do not fit.
    """
    check_older(recipe)
    path = recipe.init_from
    with naming(init_from=path):
        if os.path.isdir(path):
            source, state = newest_gan(path)
            read = f"{path}, {state or f'step {int(source.step):,}'}"
        else:
            read = path
            source = load_model(
                path,
                "a GAN or a generator",
                "give a run's folder, or its gan.keras or generator.keras",
            )
    try:
        gan.init_from(source)
    except ValueError as error:
        message = f"{{init_from:{{path!r}}}}: {{reason}}{_built_otherwise(recipe)}"
        raise OptionError(message, path=path, reason=str(error)) from error
    logging.info("Begun from %s.", read)


def _built_otherwise(recipe):
    """What makes other networks here than in the run that `init_from` names.

    Returns:
        A part of the message of an `OptionError`; "" if nothing is known.
    """
    try:
        older = type(recipe).of_run(recipe.init_from)
    except (OSError, ValueError):
        return ""  # It is a file, or the folder of a run without options.
    changed = []
    for name in ("network", "latent_dim", "image_size", "channels", *NETWORK_ARGUMENTS):
        one, values = (
            options_of(type(recipe))[name],
            (getattr(recipe, name), getattr(older, name)),
        )
        if values[0] != values[1]:
            now, was = ("not set" if v is None else one.text(v) for v in values)
            changed.append(f"{{{name}}} is {now}, was {was}")
    return f" Here {'; '.join(changed)}." if changed else ""


def check_idle(recipe, pair):
    """Refuses options that would do nothing with this pair of networks.

    Raises:
        ValueError: Names the option, and what to use in its place.
    """
    for name, argument in NETWORK_ARGUMENTS.items():
        others = [
            other for other in networks.NAMES if networks.get(other).takes(argument)
        ]
        needed = " or ".join(f"{{network:{other!r}}}" for other in others)
        instead = _widths(pair) if name.endswith(_SIZES) else ""
        _refuse_idle(recipe, name, pair, needed, pair.takes(argument), instead)
    _refuse_idle(recipe, "augment", pair, "images", pair.data == "images")


def _widths(pair):
    """What to use for the size of a pair: options, or arguments in Python."""
    arguments = inspect.signature(pair.function).parameters
    widths = [name for name in arguments if name.endswith(_SIZES)]
    if not widths:
        return ""
    options = [f"{{{n}}}" for n in widths if n in NETWORK_ARGUMENTS and pair.takes(n)]
    if options:
        return f"use {' and '.join(options)}"
    given = ", ".join(f"{name}=..." for name in widths)
    return f"use keras_gan.networks.{pair.name}({given}) in Python"


def _refuse_idle(recipe, name, pair, needed, is_there, instead=""):
    one, value = options_of(type(recipe))[name], getattr(recipe, name)
    if is_there or not value or value == one.default:
        return
    cure = ", or ".join(filter(None, (instead, "leave it out")))
    presets = [preset for preset in preset_names() if _sets(preset, name, value)]
    if presets:
        off = False if one.kind is bool else one.default
        cure += f", or add {{{name}:{off!r}}} if a preset such as {presets[-1]} sets it"
    raise OptionError(
        f"{{{name}}} does nothing with {{network:{pair.name!r}}}, only with {needed}: "
        f"{cure}."
    )


def _sets(preset, name, value):
    """Whether a preset may be why an option has this value."""
    return getattr(Recipe.preset(preset), name) == value


def _num_classes(recipe, data):
    if data.num_classes is None or data.num_classes < 2:
        raise OptionError(
            "{conditional}: {spec} has {found} only.",
            spec=recipe.dataset,
            found="one class" if data.num_classes else "samples without labels",
        )
    return data.num_classes


# ---------------------------------------------------------------------------- the game


def prior_of(recipe):
    """What latents are drawn from."""
    with naming(latents=recipe.latents):
        return latents.get(recipe.latents)


def loss_of(recipe):
    """The loss, with `label_smoothing` if it knows labels.

    Raises:
        ValueError: If there is no such loss, or it has no labels to smooth.
    """
    with naming(loss=recipe.loss):
        loss = losses.get(recipe.loss)
    if not recipe.label_smoothing:
        return loss
    if "real_label" not in inspect.signature(type(loss)).parameters:
        raise OptionError(
            "{label_smoothing} is for the cross-entropy losses: use "
            "{loss:'non_saturating'} or {loss:'minimax'}."
        )
    return type(loss)(real_label=1.0 - recipe.label_smoothing)


def penalties_of(recipe, sample_shape):
    """The penalties that have a weight, on samples of a shape."""
    kinds = (
        (penalties.R1, recipe.r1_for(sample_shape)),
        (penalties.R2, recipe.r2),
        (penalties.GradientPenalty, recipe.gp),
    )
    every = recipe.penalty_interval
    return [kind(weight, interval=every) for kind, weight in kinds if weight]


def augmentations_of(recipe, value_range):
    """What stands between the samples and D.

    Args:
        recipe: A `Recipe`.
        value_range: `(low, high)` of the generator's images, or None: no bounds.
    """
    built = []
    if recipe.augment:
        low, high = value_range or (-1.0, 1.0)
        policy = ",".join(recipe.augment)
        with naming(augment=policy):
            built.append(augmentations.DiffAugment(policy, value_width=high - low))
    if recipe.instance_noise:
        noise = augmentations.InstanceNoise(
            recipe.instance_noise, steps=recipe.instance_noise_steps
        )
        built.append(noise)
    return built


# ---------------------------------------------------------------------- the optimizers


def optimizers_of(recipe, steps, total):
    """The optimizers of D and G, each on its own schedule.

    Args:
        recipe: A `Recipe`.
        steps: Training steps of an epoch.
        total: Training steps of the run.

    Returns:
        `(d_optimizer, g_optimizer)`.
    """
    k = recipe.discriminator_steps
    g_schedule = recipe.g_schedule or recipe.schedule
    g_rate = recipe.g_lr or recipe.lr
    return (
        _optimizer(recipe, recipe.schedule, recipe.lr, total * k, steps * k),
        _optimizer(recipe, g_schedule, g_rate, total, steps),
    )


def _optimizer(recipe, schedule, rate, total_updates, epoch_updates):
    if schedule == "linear":
        rate = keras.optimizers.schedules.PolynomialDecay(rate, total_updates, 0.0)
    if schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, total_updates)
    if schedule == "paper":
        rate = InverseDecay(rate)
    if recipe.optimizer == "sgd":
        rise = 250 if schedule == "paper" else 0
        return RisingMomentumSGD(
            rate,
            end=0.7 if rise else 0.5,
            rise_steps=max(1, rise * epoch_updates),
        )
    return Adam(rate, recipe.beta_1, recipe.beta_2)
