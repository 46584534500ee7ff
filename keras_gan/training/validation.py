"""What two networks, and the options of their game, must be to play."""

import keras

from keras_gan.data import value_range as ranges


def check_networks(generator, discriminator, num_classes=None, packing=1):
    """Refuses two networks that cannot play against each other.

    Raises:
        ValueError: If one is not built, the shapes do not meet, weights are shared,
            or D ends in an activation.
    """
    for role, network in (("generator", generator), ("discriminator", discriminator)):
        if not network.built or not hasattr(network, "input_shape"):
            raise ValueError(
                f"The shapes of the {role} are not known: make it of layers from a "
                "keras.Input on; a subclassed model by keras.Model(x, network(x))."
            )
    latents = _main_input("generator", generator, num_classes)
    judged = _main_input("discriminator", discriminator, num_classes)[1:]
    made = generator.output_shape[1:]
    if len(latents) != 2:
        raise ValueError(
            "The generator must take latents of shape (m, latent_dim), but takes "
            f"{latents}."
        )
    seen = (*made[:-1], made[-1] * packing)
    if seen != tuple(judged):
        packed = f", {packing} of them packed are {seen}" if packing > 1 else ""
        raise ValueError(
            f"The generator makes samples of shape {tuple(made)}{packed}, but the "
            f"discriminator takes {tuple(judged)}: build both for one shape."
        )
    shared = {id(v) for v in generator.weights} & {id(v) for v in discriminator.weights}
    if shared:
        raise ValueError(
            f"The networks share {len(shared)} variables, so that each update would "
            "move both players: build them from separate layers."
        )
    last, _ = ranges.ending(discriminator)
    if last not in (None, keras.activations.linear):
        raise ValueError(
            f"The discriminator ends in {last.__name__}, but the losses work on "
            "unbounded logits: leave the last activation out."
        )


def check_trainable(generator, discriminator):
    """Refuses a network without trainable weights: its optimizer would do nothing.

    Raises:
        ValueError: Names the network.
    """
    for role, network in (("generator", generator), ("discriminator", discriminator)):
        if not network.trainable_variables:
            raise ValueError(
                f"The {role} has no trainable weights: leave its trainable = True. "
                "Neither network moves while the other is updated, without that."
            )


def check_single(strategy):
    """Refuses several replicas, on which noise and gradients would not be one game's.

    Raises:
        ValueError: If there is more than one.
    """
    if strategy.num_replicas_in_sync > 1:
        raise ValueError(
            f"{strategy.num_replicas_in_sync} replicas: a GAN trains on one device so "
            "far. Build and compile it outside of strategy.scope()."
        )


def check_sight(num_classes, augmentations, packing):
    """Refuses options of `GAN` about what D sees that are out of range.

    Raises:
        ValueError: With what was expected.
    """
    counts = {"packing": (packing, 1)}
    if num_classes is not None:
        counts["num_classes"] = (num_classes, 2)
    for name, (count, smallest) in counts.items():
        if not isinstance(count, int) or isinstance(count, bool) or count < smallest:
            raise ValueError(f"{name} must be an int >= {smallest}, got {count!r}.")
    if num_classes is not None and packing > 1:
        raise ValueError(
            "packing joins samples of several classes, which have no common label: use "
            "packing=1 with num_classes."
        )
    for augmentation in augmentations:
        if not callable(augmentation):
            raise ValueError(
                f"augmentations must be callables (samples, seed, step), got "
                f"{augmentation!r}."
            )


def check_options(discriminator_steps, ema_decay, simultaneous):
    """Refuses options of `GAN` that are out of range.

    Raises:
        ValueError: With what was expected.
    """
    if not isinstance(discriminator_steps, int) or discriminator_steps < 1:
        raise ValueError(
            f"discriminator_steps must be an int >= 1, got {discriminator_steps!r}."
        )
    if ema_decay is not None and not 0.0 <= ema_decay < 1.0:
        raise ValueError(f"ema_decay must be in [0, 1) or None, got {ema_decay!r}.")
    if simultaneous and discriminator_steps != 1:
        raise ValueError(
            "simultaneous=True updates each network once per step, but "
            f"discriminator_steps={discriminator_steps}: use 1."
        )


def _main_input(role, network, num_classes):
    """Shape of a network's latents or samples; a conditional one takes labels, too."""
    shapes = network.input_shape
    if num_classes is None:
        if isinstance(shapes, list):
            raise ValueError(
                f"The {role} takes {len(shapes)} inputs: for a conditional GAN pass "
                "num_classes."
            )
        return shapes
    if not isinstance(shapes, list) or len(shapes) != 2 or len(shapes[1]) != 1:
        what = "latents" if role == "generator" else "samples"
        raise ValueError(
            f"The {role} of a conditional GAN takes [{what}, labels], labels of shape "
            f"(m,), but takes {shapes}: add keras.Input((), dtype='int32')."
        )
    return shapes[0]
