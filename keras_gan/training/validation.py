"""What networks, options, optimizers and callbacks must be for a GAN to train."""

import contextlib
import inspect

import keras
import tensorflow as tf
from absl import logging

from keras_gan.arguments import check_int, names_of, takes
from keras_gan.data.output_bounds import bounds_of
from keras_gan.losses import Wasserstein

# What a part of one's own is derived from, by the argument it is passed as.
_BASES = {
    "augmentations": "augmentations.Augmentation",
    "latents": "latents.Prior",
    "loss": "losses.AdversarialLoss",
    "penalties": "penalties.Penalty",
}


def check_networks(generator, discriminator, condition=None, packing=1):
    """Refuses two networks that cannot play against each other.

    Raises:
        ValueError: If one is no `keras.Model` or not built, the shapes do not match,
            weights are shared, one works on ints or has its channels first, D gives
            other than one logit per sample, ends in an activation or has bounded outputs.
    """
    for role, network in (("generator", generator), ("discriminator", discriminator)):
        if not isinstance(network, keras.Model):
            raise ValueError(
                f"The {role} must be a keras.Model, got {network!r}: build it from a "
                "keras.Input, keras.Model(x, layers(x)), or take both from "
                "keras_gan.networks: GAN(*pair)."
            )
        if not network.built or not hasattr(network, "input_shape"):
            raise ValueError(
                f"The shapes of the {role} are not known: build it from a "
                "keras.Input; of a subclassed model make one, x = keras.Input(shape) and "
                "keras.Model(x, network(x))."
            )
        # A Sequential has no `output`, but a list of one.
        output = getattr(network, "output", network.outputs[0])
        if not isinstance(output, keras.KerasTensor) or len(network.outputs) > 1:
            raise ValueError(
                f"The {role} has the outputs {network.output_shape}: build it with one, "
                "keras.Model(inputs, output)."
            )
    latents = _main_input("generator", generator, condition)
    judged = _main_input("discriminator", discriminator, condition)[1:]
    made = generator.output_shape[1:]
    seen = _packed(made, packing)
    is_judge = made[-1:] in ((), (1,)) and len(judged) == 1
    swapped = is_judge and _packed(discriminator.output_shape[1:], packing) == latents[1:]
    if swapped and seen != tuple(judged):
        raise ValueError(
            f"The generator takes {latents} and the discriminator {(None, *judged)}: "
            "swapped? Write GAN(generator, discriminator)."
        )
    if len(latents) != 2 or latents[1] is None:
        raise ValueError(
            "The generator must take latents of shape (m, latent_dim), but takes "
            f"{latents}."
        )
    if seen != tuple(judged):
        packed = f", {packing} of them packed are {seen}" if packing > 1 else ""
        raise ValueError(
            f"The generator makes samples of shape {tuple(made)}{packed}, but the "
            f"discriminator takes {tuple(judged)}: build both for the same shape."
        )
    if None in made:
        raise ValueError(
            f"The generator makes samples of the unknown shape {tuple(made)}: end it in "
            "keras.layers.Reshape(shape)."
        )
    shared = {id(v) for v in generator.weights} & {id(v) for v in discriminator.weights}
    if shared:
        raise ValueError(
            f"The networks share {len(shared)} variables, so that each update would "
            "move both players: build them from separate layers."
        )
    for role, network in (("generator", generator), ("discriminator", discriminator)):
        _check_floats(role, network)
        _check_channels_last(role, network)
    _check_logits(discriminator.output_shape)
    bounds = bounds_of(discriminator)
    if bounds.activation or bounds.are_finite:
        what = (
            f"ends in {bounds.activation}"
            if bounds.activation
            else f"puts out values in [{bounds.low:g}, {bounds.high:g}]"
        )
        raise ValueError(
            f"The discriminator {what}, but the losses work on unbounded logits: leave "
            "the last activation out."
        )


def _packed(shape, packing):
    """The shape of so many samples that are joined along the last axis."""
    known = shape and shape[-1] is not None
    return (*shape[:-1], shape[-1] * packing) if known else tuple(shape)


def _check_floats(role, network):
    """Refuses ints where gradients pass, or where they would cut off the latents."""
    given, made = network.inputs[0].dtype, network.outputs[0].dtype
    for what, dtype in (("takes", given), ("puts out", made)):
        if "float" not in dtype:
            raise ValueError(
                f"The {role} {what} {dtype}, which has no gradient: use float32."
            )


def _check_channels_last(role, network):
    """Refuses layers that take the first axis of a sample for its channels.

    Augmentations, packing, pictures and metrics take the last. Inside a network, between
    two `Permute`, channels may be first.
    """
    end, samples = {
        "generator": ("output", network.output_shape),
        "discriminator": ("input", network.inputs[0].shape),
    }[role]
    for layer in network._flatten_layers():  # However deep inside others.
        is_first = getattr(layer, "data_format", None) == "channels_first"
        if not is_first or isinstance(layer, keras.layers.Flatten):
            continue
        if tuple(_shape_at(layer, end)) == tuple(samples):
            raise ValueError(
                f"{layer.name!r} of the {role} takes the first of {tuple(samples[1:])} "
                "for the channels, but samples have their channels last: build it with "
                "data_format='channels_last'."
            )


def _shape_at(layer, end):
    # A layer that is called twice, or inside a subclass of Model, has no one end.
    with contextlib.suppress(AttributeError, ValueError):
        return getattr(layer, end).shape
    return ()


def _check_logits(shape):
    """Refuses a discriminator that gives other than one logit, or a map of them."""
    if len(shape) > 1 and shape[-1] != 1:
        raise ValueError(
            f"The discriminator puts out {shape}, but a sample has one logit, (m, 1), or "
            "one for each patch, (m, ..., 1): end it in keras.layers.Dense(1)."
        )


def check_game(discriminator_steps, simultaneous):
    """Refuses bad options for the order of updates.

    Returns:
        `discriminator_steps` as an int.

    Raises:
        ValueError: If one is out of its range, or two contradict each other.
    """
    k = check_int("discriminator_steps", discriminator_steps, at_least=1)
    if simultaneous and k != 1:
        raise ValueError(
            "simultaneous=True updates each network once per step, but "
            f"discriminator_steps={k}: use 1."
        )
    return k


def check_average(ema_decay, ema_rampup):
    """Refuses bad options for the average.

    Raises:
        ValueError: If one is out of its range.
    """
    if ema_decay is not None and not 0.0 <= ema_decay < 1.0:
        raise ValueError(f"ema_decay must be in [0, 1) or None, got {ema_decay!r}.")
    if ema_rampup is not None and not 0.0 < ema_rampup < float("inf"):
        raise ValueError(
            f"ema_rampup must be positive and finite, or None, got {ema_rampup!r}."
        )


def check_view(condition, augmentations, packing):
    """Refuses bad options for what D sees.

    Returns:
        `packing` as an int.

    Raises:
        ValueError: If one is out of its range, or two contradict each other.
    """
    packing = check_int("packing", packing, at_least=1)
    if condition is not None and packing > 1:
        raise ValueError(
            "packing joins samples of several classes, which have no common label: use "
            "packing=1 with num_classes."
        )
    check_callables("augmentations", augmentations, ("samples", "seed", "step"))
    return packing


def check_trainable(network, role):
    """Refuses a network without trainable weights: its optimizer would do nothing.

    Raises:
        ValueError: If it has none; names the network.
    """
    if not network.trainable_variables:
        raise ValueError(
            f"The {role} has no trainable weights: leave its trainable = True. "
            "You need not freeze it: an update of one network never changes the other."
        )


def check_precision(network, role):
    """Refuses weights in half precision, in which most updates would vanish.

    Raises:
        ValueError: If there are some; names what to use instead.
    """
    half = [v.dtype for v in network.trainable_variables if v.dtype.endswith("float16")]
    if half:
        raise ValueError(
            f"The {role} keeps weights in {half[0]}: set the dtype policy to "
            f"'mixed_{half[0]}', which computes in it and keeps float32 weights."
        )


def check_callables(name, callables, arguments):
    """Refuses what is no list of callables, or of callables of other arguments.

    Args:
        name: Of the argument, for messages.
        callables: What was passed.
        arguments: Names of what each will be called with.

    Returns:
        A list.

    Raises:
        ValueError: If it cannot be called like this; says how.
    """
    if not isinstance(callables, list | tuple):
        cure = "[] for none" if callables is None else "put it in []"
        if isinstance(callables, str):
            cure = "pass objects in [], not names"
        raise ValueError(f"{name} must be a list, got {callables!r}: {cure}.")
    for one in callables:
        check_callable(name, one, arguments)
    return list(callables)


def check_callable(name, one, arguments):
    """Refuses what cannot be called with these arguments.

    Args:
        name: Of the argument, for messages.
        one: What was passed.
        arguments: Names of what it will be called with.

    Raises:
        ValueError: If it cannot be called like this; says how.
    """
    if isinstance(one, type):
        raise ValueError(
            f"{name} got the class {one.__name__}, not an object of it: write "
            f"{one.__name__}()."
        )
    if not callable(one) or not takes(one, arguments):
        signature = f"({', '.join(arguments)})"
        its = (
            f"takes ({', '.join(names_of(one))})" if callable(one) else "has no __call__"
        )
        called = getattr(one, "__name__", type(one).__name__)
        raise ValueError(f"{name} must be callables {signature}, but {called} {its}.")
    warn_unless_saved(name, one)


def check_returned(name, function, found, shape):
    """Refuses what a user's own function returned, unless it is floats of a shape.

    In a step that is compiled it costs nothing: it is checked when the step is traced.

    Args:
        name: Of the argument by which the function was passed.
        function: The function, or the object that was called.
        found: What it returned.
        shape: What it should have; None where that is not known.

    Raises:
        ValueError: If it is something else; names the function, and both shapes.
    """
    came = type(found).__name__
    if hasattr(found, "shape") and hasattr(found, "dtype"):
        dtype = tf.as_dtype(found.dtype)
        is_like = tf.TensorShape(found.shape).is_compatible_with(shape)
        if is_like and dtype.is_floating:
            return
        came = f"{dtype.name} of shape {tuple(found.shape)}"
    called = getattr(function, "__name__", type(function).__name__)
    raise ValueError(
        f"{name}: {called} returned {came}, expected floats of shape {tuple(shape)}."
    )


def warn_unless_saved(name, one):
    """Warns of an object that Keras cannot write into a file, or not read from it.

    Args:
        name: Of the argument, which decides what it should be derived from.
        one: What was passed.

    Raises:
        ValueError: If it would lose an argument there.
    """
    if hasattr(one, "get_config"):
        one.get_config()
    travels = hasattr(one, "get_config") and hasattr(one, "from_config")
    if not (travels or inspect.isfunction(one)):
        logging.warning(
            "%s: %r has no get_config and from_config, so that the GAN can be trained, "
            "but not saved or resumed: derive a class from keras_gan.%s.",
            name,
            one,
            _BASES[name],
        )


def check_same_weights(compiled, trainable, role):
    """Refuses a network some of whose layers were frozen or released after `compile`.

    Raises:
        ValueError: If the trainable weights differ; names the first.
    """
    changed = {v.path: v for v in compiled}.keys() ^ {v.path: v for v in trainable}.keys()
    if changed:
        raise ValueError(
            f"{len(changed)} weights of the {role} were made trainable or not after "
            f"compile(), the first is {min(changed)}: call compile() again, so that its "
            "optimizer knows."
        )


def warn_of_batch_statistics(discriminator, penalties):
    """Warns of a layer that mixes the samples whose gradients are penalised one by one.

    Args:
        discriminator: The network.
        penalties: What `compile` was given.
    """
    per_sample = [one for one in penalties if getattr(one, "is_per_sample", False)]
    mixing = [
        layer.name
        for layer in discriminator._flatten_layers()  # However deep inside others.
        if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable
    ]
    if per_sample and mixing:
        logging.warning(
            "%s penalises the gradient of each sample by itself, but %r normalises over "
            "the minibatch, so that each logit depends on all samples: use "
            "LayerNormalization or GroupNormalization there.",
            type(per_sample[0]).__name__,
            mixing[0],
        )


def warn_of_unbounded_slope(loss, discriminator, penalties):
    """Warns of a Wasserstein loss whose critic can get as steep as it likes.

    Args:
        loss: What `compile` was given.
        discriminator: The network.
        penalties: What `compile` was given.
    """
    if not isinstance(loss, Wasserstein) or penalties:
        return
    weights = discriminator.trainable_variables
    if any(one.constraint or one.regularizer for one in weights):
        return
    if not any(map(_may_bound, discriminator._flatten_layers())):
        logging.warning(
            "The Wasserstein loss falls without end unless the discriminator's slope is "
            "bounded, and there is no penalty, no spectral normalisation and no clipping "
            "of weights: add GradientPenalty(10.0), which is --gp=10."
        )


def _may_bound(layer):
    """Whether a layer bounds its slope, or has weights that we know nothing about."""
    if isinstance(layer, keras.layers.SpectralNormalization):
        return True
    is_known = type(layer).__module__.partition(".")[0] in ("keras", "keras_gan")
    has_weights = layer._trainable_variables or layer._non_trainable_variables
    return getattr(layer, "bounds_slope", not is_known and bool(has_weights))


def get_optimizer(name, optimizer):
    """Returns an optimizer by name, or the object that was passed.

    Args:
        name: Of the argument, for messages.
        optimizer: What was passed.

    Raises:
        ValueError: If it is neither; says what is.
    """
    try:
        found = keras.optimizers.get(optimizer)
    except ValueError:
        found = None
    if found is None:
        raise ValueError(
            f"{name} must be an optimizer, such as keras.optimizers.Adam(2e-4), or its "
            f"name, got {optimizer!r}."
        )
    return found


def check_fresh(optimizer, trained, role):
    """Refuses an optimizer that holds the moments of other weights.

    Raises:
        ValueError: If it was built for another network, or for fewer weights of this.
    """
    known = {id(variable) for variable in optimizer._trainable_variables}
    if any(id(variable) not in known for variable in trained):
        raise ValueError(
            f"The optimizer of the {role} was used before, for other weights, and keeps "
            "their moments: make a new one."
        )


def check_optimizers(d_optimizer, g_optimizer):
    """Refuses optimizers that cannot train two players.

    Raises:
        ValueError: If both are the same object, or one keeps averages that only Keras'
            own `fit` would put into the weights.
    """
    if d_optimizer is g_optimizer:
        raise ValueError(
            "d_optimizer and g_optimizer are the same object, but each network "
            "needs its own moments: make two optimizers."
        )
    for name, one in (("d_optimizer", d_optimizer), ("g_optimizer", g_optimizer)):
        if getattr(one, "use_ema", False):
            raise ValueError(
                f"{name} has use_ema=True, whose average would never be used: leave it "
                "out, and use GAN(..., ema_decay=0.999)."
            )


# Keras callbacks that would silently do nothing, and what to use instead.
_BLIND_CALLBACKS = {
    keras.callbacks.TerminateOnNaN: (
        "looks only at a log called 'loss', which a GAN does not have",
        "keras_gan.callbacks.NanGuard",
    ),
    keras.callbacks.SwapEMAWeights: (
        "swaps averages kept by one optimizer",
        "GAN(..., ema_decay=0.999)",
    ),
}


def check_callbacks(callbacks):
    """Refuses callbacks that cannot see a GAN's losses or optimizers.

    Raises:
        ValueError: If there is one; names what to use instead.
    """
    for callback in callbacks:
        if isinstance(callback, type):
            name = callback.__name__
            raise ValueError(f"callbacks: {name} is a class: write {name}(...).")
        for blind, (reason, instead) in _BLIND_CALLBACKS.items():
            if isinstance(callback, blind):
                raise ValueError(f"{blind.__name__} {reason}: use {instead}.")
        backs_up = isinstance(callback, keras.callbacks.BackupAndRestore)
        if backs_up and callback.save_freq not in ("epoch", False):
            raise ValueError(
                f"BackupAndRestore(save_freq={callback.save_freq}) goes back to the "
                "beginning of an epoch with weights from its middle: use "
                "save_freq='epoch', or keras_gan.callbacks.TrainingCheckpoint."
            )


def check_steps_per_execution(steps_per_execution, steps):
    """Refuses a `steps_per_execution` that does not divide the steps of an epoch.

    Keras would round the epoch up, and train on data that belongs to the next one.

    Raises:
        ValueError: If the number of steps is known and not a multiple of it.
    """
    if steps is not None and steps % steps_per_execution:
        raise ValueError(
            f"steps_per_execution={steps_per_execution} does not divide the {steps} "
            "steps of an epoch: use a divisor, or 1."
        )


def check_count(name, number):
    """Refuses 0, which Keras would take for "until the data ends", and other mistakes.

    Returns:
        The number as an int, or None.

    Raises:
        ValueError: If it is neither None nor a positive int.
    """
    return None if number is None else check_int(name, number, at_least=1)


def _main_input(role, network, condition):
    """Shape of a network's latents or samples; a conditional one takes labels, too."""
    shapes = network.input_shape
    if condition is None:
        if isinstance(shapes, list):
            raise ValueError(
                f"The {role} takes {len(shapes)} inputs: for a conditional GAN pass "
                "num_classes."
            )
        return shapes
    if (
        not isinstance(shapes, list)
        or len(shapes) != 2
        or shapes[1][1:] != condition.shape
    ):
        what = "latents" if role == "generator" else "samples"
        raise ValueError(
            f"The {role} of a conditional GAN takes [{what}, labels], labels of shape "
            f"(m,), but takes {shapes}: add keras.Input((), dtype='int32')."
        )
    return shapes[0]


def check_added_losses(number, role, are_several):
    """Refuses losses that layers add, where replicas see parts of the minibatch.

    Raises:
        ValueError: If there are any, and several replicas.
    """
    if number and are_several:
        raise ValueError(
            f"A layer of the {role} adds a loss (add_loss, or activity_regularizer). "
            "Whether it is a sum or a mean over the minibatch is not known, so that the "
            "parts of several replicas cannot be put together: train on one device, or "
            "write it as a penalty."
        )
