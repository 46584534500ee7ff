"""What the callbacks of a run remember, as a checkpoint holds it."""

import collections
import copy
import inspect

import keras
import numpy as np

from keras_gan.training.resuming import Remembers

# Their arrays stand under this name among those of a checkpoint.
_GROUP = "callbacks/"


class Memories:
    """The memories of a run's callbacks.

    Our own callbacks, and a user's that derive from `Remembers`, declare what they
    remember. For Keras' callbacks, and classes derived from them, it is every plain
    attribute that training has changed and that no constructor was given: best values,
    waits, history.

    Args:
        callbacks: The callbacks.
    """

    def __init__(self, callbacks):
        self._callbacks = dict(_numbered(callbacks))
        self._recalled = {}
        self._fresh = {}

    def begin(self):
        """Notes what the callbacks are like before training has changed them."""
        self._fresh = {key: _plain(vars(one)) for key, one in self._callbacks.items()}

    def read(self, checkpoint):
        """Takes the memories out of a checkpoint; see `recall`."""
        self._recalled = {k: dict(m) for k, m in checkpoint.facts["callbacks"].items()}
        if any(name.startswith(_GROUP) for name, *_ in checkpoint.described):
            for name, array in checkpoint.arrays().items():
                if name.startswith(_GROUP):
                    key, attribute = name.removeprefix(_GROUP).rsplit("/", 1)
                    self._recalled.setdefault(key, {})[attribute] = array

    def recall(self):
        """Gives the callbacks what `read` found."""
        for key, callback in self._callbacks.items():
            memory = self._recalled.get(key, {})
            if isinstance(callback, Remembers):
                callback.recall(memory)
            else:
                for name, value in memory.items():
                    setattr(callback, name, value)

    def collect(self):
        """What the callbacks remember now.

        Returns:
            `(facts, arrays)`: plain attributes by callback, and arrays by name.

        Raises:
            ValueError: If a callback declares something that a checkpoint cannot hold.
        """
        facts, arrays = {}, {}
        for key, callback in self._callbacks.items():
            memory = self._memory(key, callback)
            facts[key] = _plain(memory)
            for name in memory.keys() - facts[key].keys():
                arrays[f"{_GROUP}{key}/{name}"] = _array(callback, name, memory[name])
        return facts, arrays

    def _memory(self, key, callback):
        if isinstance(callback, Remembers):
            return callback.memory()
        given = _given_to(type(callback))
        if given is None:
            return {}
        fresh, recalled = self._fresh[key], self._recalled.get(key, {})
        return {
            name: value
            for name, value in _plain(vars(callback)).items()
            if name not in given
            and (name in recalled or name not in fresh or value != fresh[name])
        }


def is_of_state(name):
    """Whether an array of a checkpoint is part of the model's state."""
    return not name.startswith(_GROUP)


def _given_to(kind):
    """Attributes of a class of Keras that are no memory; None if it is not Keras'."""
    classes = [c for c in kind.__mro__ if issubclass(c, keras.callbacks.Callback)]
    plain = (keras.callbacks.Callback, keras.callbacks.LambdaCallback)
    if not any(c.__module__.startswith("keras.") and c not in plain for c in classes):
        return None
    given = {name for c in classes for name in inspect.signature(c.__init__).parameters}
    return given | vars(keras.callbacks.Callback()).keys()


def _numbered(callbacks):
    """Pairs of a key, the class name and a number within the class, and a callback."""
    seen = collections.Counter()
    for callback in callbacks:
        name = type(callback).__name__
        yield f"{name} {seen[name]}", callback
        seen[name] += 1


def _plain(values):
    """Of attributes by name, copies of those that JSON can hold."""
    plain = {n: v.item() if isinstance(v, np.generic) else v for n, v in values.items()}
    return {n: copy.deepcopy(value) for n, value in plain.items() if _is_plain(value)}


def _is_plain(value):
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(v) for key, v in value.items())
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)


def _array(callback, name, value):
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return value
    raise ValueError(
        f"{type(callback).__name__} remembers {name}, a {type(value).__name__}, which a "
        "checkpoint cannot hold: keep it as numbers, texts, lists, dicts with keys of "
        "text, or NumPy arrays."
    )
