"""Generative adversarial nets for Keras, after Goodfellow et al. 2014.

Importing the package is instant: Keras and TensorFlow are imported when a name is
first used.
"""

import importlib
import os
from typing import TYPE_CHECKING

from keras_gan import serialization
from keras_gan.version import __version__

__all__ = [
    "GAN",
    "Page",
    "Recipe",
    "__version__",
    "augmentations",
    "callbacks",
    "data",
    "distribution",
    "evaluation",
    "latents",
    "losses",
    "networks",
    "optimizers",
    "penalties",
    "pictures",
    "theory",
]

if TYPE_CHECKING:  # What __getattr__ imports, for editors and type checkers.
    from keras_gan import (
        augmentations,
        callbacks,
        data,
        evaluation,
        latents,
        losses,
        networks,
        optimizers,
        penalties,
        pictures,
        theory,
    )
    from keras_gan.board.report import Page
    from keras_gan.gan import GAN
    from keras_gan.recipe import Recipe
    from keras_gan.training import distribution

# Where the names stand that are no modules of the package itself.
_ELSEWHERE = {
    "GAN": "keras_gan.gan",
    "Page": "keras_gan.board.report",
    "Recipe": "keras_gan.recipe",
    "distribution": "keras_gan.training",
}

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

# A saved GAN must load whichever of keras and keras_gan was imported first. Another
# backend is refused only when Keras is needed: a command then says it in one line.
serialization.when_imported("keras", serialization.register, serialization.check_backend)


def __getattr__(name):
    if name not in __all__:
        raise AttributeError(f"module 'keras_gan' has no attribute {name!r}")
    if name in _ELSEWHERE:
        return getattr(importlib.import_module(_ELSEWHERE[name]), name)
    return importlib.import_module(f"keras_gan.{name}")


def __dir__():
    return __all__
