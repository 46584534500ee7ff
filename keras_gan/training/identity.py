"""What tells one run from another: its data, its networks, its rules."""

import hashlib
import json
import zlib

import keras
import numpy as np
import tensorflow as tf

from keras_gan.data import labels

# Where the configuration of a network names its layers.
_HOLD_NAMES = {"name", "keras_history", "input_layers", "output_layers"}


def can_start_anywhere(x):
    """Whether the order of this input is known for any step: ours, and arrays."""
    return hasattr(x, "training_dataset") or not isinstance(
        x, tf.data.Dataset | keras.utils.PyDataset
    )


def fingerprint(x, batch_size, num_classes=None):
    """A text that tells one data set from another, for a run that is resumed."""
    if hasattr(x, "training_dataset"):
        arrays = [x.samples] if num_classes is None else [x.samples, x.labels]
        return f"{_array_fingerprint(arrays, x.batch_size)}, seed {x.seed}"
    if isinstance(x, tf.data.Dataset):
        return f"{x.element_spec} x {int(x.cardinality())}"
    if isinstance(x, keras.utils.PyDataset):
        return f"{type(x).__name__} x {x.num_batches}"
    arrays = [] if num_classes is None else [np.asarray(labels.pick(x))]
    while isinstance(x, (tuple, list)):
        x = x[0]
    x = next(iter(x.values())) if isinstance(x, dict) else x
    return _array_fingerprint([np.asarray(x), *arrays], batch_size)


def _array_fingerprint(arrays, batch_size):
    checksum = 0
    for array in arrays:
        checksum = zlib.crc32(np.ascontiguousarray(array).data, checksum)
    first = arrays[0]
    return f"{first.dtype} {first.shape} crc32 {checksum:08x}, batch size {batch_size}"


def identity(gan):
    """What a saved state must agree with to be this GAN's, as texts by name."""
    config = {**gan.get_config(), **gan.get_compile_config()}
    for name, rate in gan.compiled_rates.items():
        config[name] = _starting_at(config[name], rate)
    names = (
        "latents",
        "discriminator_steps",
        "ema_decay",
        "simultaneous",
        "num_classes",
        "augmentations",
        "packing",
        "seed",
        "loss",
        "penalties",
        "d_optimizer",
        "g_optimizer",
    )
    texts = {name: json.dumps(_lasting(config[name]), sort_keys=True) for name in names}
    for role in ("generator", "discriminator"):
        texts[role] = _description(getattr(gan, role), config[role])
    return texts


def _description(network, config):
    """A network in short; another architecture or precision reads otherwise."""
    # Layers are numbered anew in each process: their order says which is which.
    numbers = {layer.name: n for n, layer in enumerate(_all_layers(network))}
    text = json.dumps(_renamed(config, numbers), sort_keys=True)
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()[:8]
    return f"{network.count_params():,} parameters, architecture {digest}"


def _all_layers(network):
    """All that is numbered anew: layers, inputs, operations, what a wrapper holds."""
    yield network
    if isinstance(network, keras.Sequential):
        # Its own list lacks the input layer, which the functional model inside names.
        network = network._functional or network
    for part in getattr(network, "operations", getattr(network, "layers", ())):
        yield from _all_layers(part)
    if isinstance(network, keras.layers.Wrapper):
        yield from _all_layers(network.layer)


def _renamed(config, numbers, is_name=False):
    """A configuration with the numbers of layers where their names stood."""
    if isinstance(config, dict):
        return {k: _renamed(v, numbers, k in _HOLD_NAMES) for k, v in config.items()}
    if isinstance(config, list | tuple):
        return [_renamed(part, numbers, is_name) for part in config]
    return numbers.get(config, config) if is_name else config


def _starting_at(optimizer, rate):
    """An optimizer's configuration before a callback moved the rate."""
    config = optimizer["config"]
    if "inner_optimizer" in config:  # It scales the loss of another one.
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
            # Of a plain function, the configuration is its name.
            inner = short["config"] or {}
            inner = inner if isinstance(inner, dict) else {"config": inner}
            return {"class": short["class_name"], **inner}
        return short
    if isinstance(config, list):
        return [_lasting(part) for part in config]
    return config
