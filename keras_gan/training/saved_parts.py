"""Whether Keras will find, or has found, all that a saved GAN names.

What counts is the configuration that is written: a part may be deep inside another one,
as the activation of a layer in a network.
"""

import inspect
import warnings

import keras
from absl import logging

# Whose functions Keras reads as its own of the same name, which compute the same.
_LIBRARIES = ("keras", "tensorflow")


def warn_of_unknown(model, parts=()):
    """Warns before a file is written that Keras could not read, or would misread.

    Args:
        model: A GAN, or a network.
        parts: What a GAN has beside its layers, such as penalties. Defaults to ().
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of a lambda; saving itself says it, too.
        config = keras.saving.serialize_keras_object(model)
    names, nameless = _unknown(config)
    if nameless:
        logging.warning(
            "A %s is written, but keras.models.load_model will not read it: write a "
            "function by def, or a class, with "
            "@keras.saving.register_keras_serializable() above it.",
            nameless[0],
        )
    if names:
        logging.warning(
            "%s %s not registered with Keras: the file is written, but to load it needs "
            "custom_objects={%s}. Put @keras.saving.register_keras_serializable() above "
            "%s.",
            _listed(names),
            _are(names),
            ", ".join(f"{name!r}: {name}" for name in names),
            "each of them" if len(names) > 1 else "it",
        )
    taken = sorted(set(_taken_for_keras_own(model, parts)))
    if taken:
        logging.warning(
            "%s: Keras has a function of this name, which keras.models.load_model will "
            "take. Put @keras.saving.register_keras_serializable() above yours.",
            _listed(taken),
        )


def check_known(config, custom_objects=None):
    """Refuses what Keras does not find, before its own error repeats the whole file.

    Args:
        config: What `get_config` or `get_compile_config` returned when it was saved.
        custom_objects: As in Keras. Defaults to None.

    Raises:
        ValueError: If a part is not registered; names all of them.
    """
    names, nameless = _unknown(config, custom_objects)
    # A lambda is read if Keras is told to trust the file; else it says so itself.
    nameless = [kind for kind in nameless if kind != "lambda"]
    if nameless:
        raise ValueError(
            f"The saved GAN had a {nameless[0]}, which no file holds: build the GAN "
            "with a registered function or class in its place."
        )
    # What was registered has the name of a package before its own.
    named = {name: module for name, module in names.items() if ">" in str(name)}
    modules = sorted({module for module in named.values() if module})
    where = f" ({_listed(modules)})" if modules else ""
    cures = []
    if named:
        cures.append(
            f"{_listed(named)} {_are(named)} registered elsewhere: import the module"
            f"{where} that does it before you load"
        )
    if bare := [name for name in names if name not in named]:
        given = ", ".join(f"{name!r}: {name}" for name in bare)
        cures.append(
            f"{_listed(bare)} {_are(bare)} not registered: pass custom_objects="
            f"{{{given}}}"
        )
    if cures:
        raise ValueError(f"The saved GAN has parts of your own. {'; '.join(cures)}.")


def _are(names):
    return "are" if len(names) > 1 else "is"


def _unknown(config, custom_objects=None):
    """The parts of a configuration that Keras does not find.

    Returns:
        `(names, nameless)`: a dict from what Keras looks for to its module, None if that
        is not known; and a list of the kinds of those that it cannot look for.
    """
    names, nameless = {}, []
    for part in _parts(config):
        kind, inner = part["class_name"], part["config"]
        if kind.startswith("__lambda__"):
            nameless.append(kind.replace("__", ""))
        elif kind == "function":
            if not _is_found(part, custom_objects):
                names[inner] = None
        elif not (kind.startswith("__") or _is_known_class(part, custom_objects)):
            if isinstance(inner, dict):
                module = part["module"]
                name = part.get("registered_name") or kind
                names[name] = None if module == "__main__" else module
            else:
                nameless.append(kind)
    return names, nameless


def _taken_for_keras_own(model, parts):
    """Names of functions in whose place Keras reads one of its own."""
    of_layers = (
        getattr(layer, name, None)
        for layer in model._flatten_layers()
        for name in layer.get_config()
    )
    for one in filter(inspect.isfunction, (*of_layers, *parts)):
        is_theirs = one.__module__.partition(".")[0] in _LIBRARIES
        if not is_theirs and one.__name__ != "<lambda>" and _read_back(one) != one:
            yield one.__name__


def _read_back(function):
    """What Keras finds for a function that it wrote; the same one if it finds none."""
    try:
        return keras.saving.deserialize_keras_object(
            keras.saving.serialize_keras_object(function)
        )
    except (TypeError, ValueError):
        return function


def _parts(config):
    """All objects and functions in a configuration, as Keras describes them."""
    if isinstance(config, list | tuple):
        for one in config:
            yield from _parts(one)
    elif isinstance(config, dict):
        is_described = config.keys() >= {"class_name", "config", "module"}
        if is_described or config.get("class_name") == "__lambda__":
            yield config
        for name, one in config.items():
            is_code = isinstance(one, dict) and "value" in one
            if is_code and str(name).endswith("activation"):
                # Keras writes the code of a lambda alone, and never reads it.
                yield {"class_name": f"__lambda__ as {name}", "config": one}
            yield from _parts(one)


def _is_found(function, custom_objects):
    try:
        keras.saving.deserialize_keras_object(function, custom_objects)
    except (TypeError, ValueError):
        return False
    return True


def _is_known_class(part, custom_objects):
    if (part["module"] or "").partition(".")[0] == "keras":
        return True
    names = (part.get("registered_name"), part["class_name"])
    find = keras.saving.get_registered_object
    return any(find(name, custom_objects) is not None for name in names)


def _listed(names):
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
