"""How this package's classes travel inside a saved model, and how Keras finds them.

`keras.models.load_model` finds a class only after its module was imported. Importing
all of them with the package would make `import keras_gan`, and each `--help`, wait for
TensorFlow. So they are imported as soon as Keras is.
"""

import importlib
import importlib.abc
import importlib.util
import inspect
import os
import sys

# Rooms with serializable classes.
_ROOMS = (
    "augmentations",
    "gan",
    "latents",
    "losses",
    "networks",
    "optimizers",
    "penalties",
)


class Serializable:
    """An object that is rebuilt from its constructor's arguments.

    A subclass keeps each argument as an attribute of its name, or writes `get_config`.
    """

    def get_config(self) -> dict:
        """The constructor's arguments by name.

        Raises:
            ValueError: If one of them is not kept: a saved GAN would be loaded with
                another.
        """
        return arguments_of(self)

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def arguments_of(part, *, besides=(), may_lack=False):
    """The arguments that an object was made from, by name, as it keeps them.

    Args:
        part: The object. Each argument of its constructor is an attribute of that name.
        besides: Names that are left out. Defaults to none.
        may_lack: Whether arguments that it does not keep are left out, too. Defaults to
            False.

    Raises:
        ValueError: If one of them is not kept.
    """
    kind = type(part)
    names = [
        name
        for name, one in inspect.signature(kind.__init__).parameters.items()
        if name not in ("self", *besides)
        and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    ]
    lacking = [name for name in names if not hasattr(part, name)]
    if lacking and not may_lack:
        raise ValueError(
            f"{kind.__name__} does not keep its argument {lacking[0]}, so that a saved "
            f"GAN would be loaded without it: set self.{lacking[0]}, or write get_config."
        )
    return {name: getattr(part, name) for name in names if name not in lacking}


def register():
    """Imports every module that holds a serializable class.

    Raises:
        ImportError: If Keras was imported with another backend.
    """
    keras = importlib.import_module("keras")
    if keras.backend.backend() != "tensorflow":
        raise ImportError(
            "keras_gan runs on Keras' TensorFlow backend, but Keras was imported with "
            f"{keras.backend.backend()!r}: set KERAS_BACKEND=tensorflow."
        )
    for name in _ROOMS:
        importlib.import_module(f"keras_gan.{name}")


def check_backend():
    """Refuses another backend before Keras looks for it.

    Raises:
        ImportError: If `KERAS_BACKEND` is another.
    """
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if backend != "tensorflow":
        raise ImportError(
            "keras_gan runs on Keras' TensorFlow backend, but KERAS_BACKEND is "
            f"{backend!r}: set KERAS_BACKEND=tensorflow."
        )


def when_imported(name, action, before=lambda: None):
    """Calls `before()` and `action()` around the import of a module.

    If it is imported already, only `action()` is called, and now.
    """
    if name in sys.modules:
        action()
    else:
        sys.meta_path.insert(0, _Watcher(name, action, before))


class _Watcher(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Steps aside for the real import of one module, then acts."""

    def __init__(self, name, action, before):
        self.name = name
        self.action = action
        self.before = before
        self.searching = False

    def find_spec(self, fullname, path, target=None):
        if fullname != self.name or self.searching:
            return None
        # This is also reached by code that only asks whether the module exists.
        self.searching = True
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self.searching = False
        if spec is not None:
            self.loader, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self.loader
        self.before()
        self.loader.exec_module(module)
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        self.action()
