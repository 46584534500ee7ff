"""What tells one GAN from another: its networks, its options, its optimizers."""

import hashlib
import json

import keras

# Generation of bits: what a seed gives. Raised by a change that moves the bits of
# training, so that a run which began before it is not continued with other numbers.
BITS = 2

# Keys of a network's configuration whose values name layers.
_HOLD_NAMES = {"name", "keras_history", "input_layers", "output_layers"}


# What may change when a run is resumed: names, and how Keras executes it.
MAY_CHANGE = (
    "name",
    "class_names",
    "run_eagerly",
    "steps_per_execution",
    "jit_compile",
)
_NETWORKS = ("generator", "discriminator")


def identity(gan):
    """What a saved state must match to belong to this GAN, as strings by name.

    Everything in `get_config` and `get_compile_config` except `MAY_CHANGE`: an option
    that a subclass adds to its config is part of its identity. And the generation of
    bits.

    Args:
        gan: A compiled `GAN`.

    Returns:
        A dict of strings.
    """
    config = {**gan.get_config(), **gan.get_compile_config()}
    for player in gan.players:
        name = player.optimizer.name
        config[name] = _starting_at(config[name], player.first_rate)
    texts = {"bits": str(BITS)}
    texts |= {role: _description(getattr(gan, role), config[role]) for role in _NETWORKS}
    for name, value in config.items():
        if name not in (*_NETWORKS, *MAY_CHANGE):
            texts[name] = json.dumps(_lasting(value), sort_keys=True)
    return texts


def _description(network, config):
    """A short text that differs for another architecture or precision."""
    # Layer names differ from process to process, so their order identifies them.
    numbers = {layer.name: n for n, layer in enumerate(_all_layers(network))}
    text = json.dumps(_renamed(config, numbers), sort_keys=True)
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()[:8]
    return f"{network.count_params():,} parameters, architecture {digest}"


def _all_layers(network):
    """Everything with such a name: layers, inputs, operations, wrapped layers."""
    yield network
    if isinstance(network, keras.Sequential):
        # Its own list lacks the input layer; the functional model inside has it.
        network = network._functional or network
    for part in getattr(network, "operations", getattr(network, "layers", ())):
        yield from _all_layers(part)
    if isinstance(network, keras.layers.Wrapper):
        yield from _all_layers(network.layer)


def _renamed(config, numbers, is_name=False):
    """A configuration with the names of layers replaced by their numbers."""
    if isinstance(config, dict):
        return {k: _renamed(v, numbers, k in _HOLD_NAMES) for k, v in config.items()}
    if isinstance(config, list | tuple):
        return [_renamed(part, numbers, is_name) for part in config]
    return numbers.get(config, config) if is_name else config


def _starting_at(optimizer, rate):
    """An optimizer's configuration with the learning rate it started from."""
    config = optimizer["config"]
    if "inner_optimizer" in config:  # A `LossScaleOptimizer`.
        moved = {"inner_optimizer": _starting_at(config["inner_optimizer"], rate)}
    else:
        is_schedule = isinstance(config["learning_rate"], dict)
        moved = {} if is_schedule else {"learning_rate": rate}
    return {**optimizer, "config": {**config, **moved}}


def _lasting(config):
    """A configuration without what a longer run changes: the end of a schedule."""
    if isinstance(config, dict):
        short = {k: _lasting(v) for k, v in config.items() if k != "decay_steps"}
        if "registered_name" in short:
            # For a plain function, the configuration is its name.
            inner = short["config"] or {}
            inner = inner if isinstance(inner, dict) else {"config": inner}
            return {"class": short["class_name"], **inner}
        return short
    if isinstance(config, list):
        return [_lasting(part) for part in config]
    return config
