"""What the flags say about the game itself: loss, penalties, what D sees, schedules."""

import inspect

import keras

from keras_gan import augmentations, losses, penalties
from keras_gan.optimizers import InverseDecay, RisingMomentumSGD

FOR_POINTS = ("points", "clusters", "pacgan", "line")
HAVE_DROPOUT = ("mlp", "maxout_conv")


def check_idle_flags(options, network):
    """Refuses flags that would do nothing beside the others.

    Args:
        options: The flags of `scripts/train.py`, as attributes.
        network: Name of the pair that is built.

    Raises:
        ValueError: Names the flag, and what it needs.
    """
    is_mlp = network == "mlp"
    needs = (
        (
            "dropout",
            options.dropout,
            "--network=mlp or maxout_conv",
            network in HAVE_DROPOUT,
        ),
        ("mean_image_bias", options.mean_image_bias, "--network=mlp", is_mlp),
        ("generator_units", options.generator_units, "--network=mlp", is_mlp),
        ("discriminator_units", options.discriminator_units, "--network=mlp", is_mlp),
        ("augment", options.augment, "images", network not in FOR_POINTS),
    )
    for flag, is_given, needed, is_there in needs:
        if is_given and not is_there:
            none = f"--no{flag}" if is_given is True else f"--{flag}="
            raise ValueError(
                f"--{flag} does nothing without {needed}: leave it out, or add {none} "
                "if a preset sets it."
            )


def build_loss(options):
    """The loss that `--loss` names, with `--label_smoothing` if it knows labels.

    Raises:
        ValueError: If there is no such loss, or it has no labels to smooth.
    """
    loss = losses.get(options.loss)
    if not options.label_smoothing:
        return loss
    if "real_label" not in inspect.signature(type(loss)).parameters:
        raise ValueError(
            f"--label_smoothing={options.label_smoothing} is for the cross-entropy "
            "losses: use --loss=non_saturating or minimax."
        )
    return type(loss)(real_label=1.0 - options.label_smoothing)


def build_penalties(options):
    """The penalties that `--r1`, `--r2` and `--gp` weigh."""
    kinds = (
        (penalties.R1, options.r1),
        (penalties.R2, options.r2),
        (penalties.GradientPenalty, options.gp),
    )
    every = options.penalty_interval
    return [kind(weight, interval=every) for kind, weight in kinds if weight]


def build_augmentations(options, value_range):
    """What `--augment` and `--instance_noise` put between the samples and D."""
    built = []
    if options.augment:
        low, high = value_range or (-1.0, 1.0)
        policy = ",".join(options.augment)
        built.append(augmentations.DiffAugment(policy, value_width=high - low))
    if options.instance_noise:
        noise = augmentations.InstanceNoise(
            options.instance_noise, steps=options.instance_noise_steps
        )
        built.append(noise)
    return built


def pair_options(options, real):
    """Arguments of `keras_gan.networks` for networks that play by these flags.

    Raises:
        ValueError: If `--conditional` meets data of one class.
    """
    arguments = {}
    if options.conditional:
        if real.num_classes < 2:
            raise ValueError(f"--conditional: {options.dataset} has one class only.")
        arguments["num_classes"] = real.num_classes
    if options.packing > 1:
        arguments["packing"] = options.packing
    if options.spectral_norm:
        arguments["spectral_norm"] = True
    if options.weight_clip is not None:
        arguments["weight_clip"] = options.weight_clip
    return arguments


def build_optimizers(options, steps, total):
    """The optimizers of D and G, each on its own schedule.

    Args:
        options: The flags of `scripts/train.py`, as attributes.
        steps: Training steps of an epoch.
        total: Training steps of the run.

    Returns:
        `(d_optimizer, g_optimizer)`.
    """
    k = options.discriminator_steps
    g_schedule = options.g_schedule or options.schedule
    g_rate = options.g_lr or options.lr
    return (
        _optimizer(options, options.schedule, options.lr, total * k, steps * k),
        _optimizer(options, g_schedule, g_rate, total, steps),
    )


def _optimizer(options, schedule, rate, total_updates, epoch_updates):
    if schedule == "linear":
        rate = keras.optimizers.schedules.PolynomialDecay(rate, total_updates, 0.0)
    if schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, total_updates)
    if schedule == "paper":
        rate = InverseDecay(rate)
    if options.optimizer == "sgd":
        rise = 250 if schedule == "paper" else 0
        return RisingMomentumSGD(
            rate,
            end=0.7 if rise else 0.5,
            rise_steps=max(1, rise * epoch_updates),
        )
    return keras.optimizers.Adam(rate, options.beta_1, options.beta_2)
