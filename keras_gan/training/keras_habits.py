"""Arguments that a method of a GAN lacks, of Keras or of another: what to do instead.

The check stands outside of the methods, so that their signatures show what a GAN takes.
"""

import functools
import inspect
from collections.abc import Callable
from typing import ParamSpec, TypeVar

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

_OPTIMIZERS = (
    "pass d_optimizer= and g_optimizer=, such as keras.optimizers.Adam(2e-4, beta_1=0.5)"
)
_LOSS = "pass loss=, such as 'hinge', or an object with the losses of both networks"
_METRICS = "keras_gan.callbacks.Evaluation measures samples while a GAN trains"
_WEIGHTS = "each sample counts once, so repeat in x what shall count more"
_NETWORKS = "pass both networks, GAN(generator, discriminator), or a pair, GAN(*pair)"
_INSTEAD = {
    "generator": _NETWORKS,
    "discriminator": _NETWORKS,
    "d_optimizer": _OPTIMIZERS,
    "g_optimizer": _OPTIMIZERS,
    "optimizer": _OPTIMIZERS,
    "loss_fn": _LOSS,
    "d_loss_fn": _LOSS,
    "g_loss_fn": _LOSS,
    "loss_weights": "each network has one loss, and each penalty a weight of its own",
    "metrics": _METRICS,
    "weighted_metrics": _METRICS,
    "auto_scale_loss": "leave it out, a network in mixed_float16 gets its loss scale",
    "validation_split": "pass validation_data=, samples that are not in x",
    "validation_batch_size": "batch_size is that of validation_data, too",
    "shuffle": "leave it out, arrays are always shuffled, by the seed and the epoch",
    "class_weight": _WEIGHTS,
    "sample_weight": _WEIGHTS,
    "x": "pass real samples",
}
# Where an argument may belong that another one of them was given.
_METHODS = {"__init__": "GAN()", "compile": "gan.compile()", "fit": "gan.fit()"}


def in_our_terms(
    method: Callable[_Arguments, _Result],
) -> Callable[_Arguments, _Result]:
    """Makes a method refuse wrong arguments in one line that says what to do.

    Python's own `TypeError` names the method, but no cure: it is often an argument of
    another method.

    Args:
        method: A method of a GAN, or its constructor. What it passes on to Keras by `**`
            may be Keras' default, None: `fit` of Keras calls `evaluate` like this.

    Returns:
        The method, with the same signature.
    """
    signature = inspect.signature(method)
    given = [one for one in signature.parameters.values() if one.name != "self"]
    required = [
        one.name
        for one in given
        if one.default is one.empty and one.kind is not one.VAR_KEYWORD
    ]
    takes = ", ".join(
        f"{one.name}=" if one.kind is one.KEYWORD_ONLY else one.name for one in given
    )
    is_open = any(one.kind is one.VAR_KEYWORD for one in given)
    is_constructor = method.__name__ == "__init__"
    call = "GAN()" if is_constructor else f"{method.__name__}() of a GAN"

    @functools.wraps(method)
    def checked(*arguments: _Arguments.args, **options: _Arguments.kwargs) -> _Result:
        for name in [name for name in options if name not in signature.parameters]:
            cure = None if is_open else _elsewhere(type(arguments[0]), method, name)
            if cure is None and options[name] is not None:
                cure = _INSTEAD.get(name)
            if cure is not None:
                raise ValueError(f"{call} has no {name}: {cure}.")
        try:
            bound = signature.bind_partial(*arguments, **options)
        except TypeError as error:
            raise ValueError(f"{call}: {error}, it takes {takes}.") from None
        for name in required:
            if name not in bound.arguments:
                raise ValueError(f"{call} needs {name}: {_INSTEAD[name]}.")
        return method(*arguments, **options)

    return checked


def _elsewhere(cls, method, argument):
    """What to do with an argument that another method takes; None if none does."""
    for name, call in _METHODS.items():
        is_other = name != method.__name__
        if is_other and argument in inspect.signature(getattr(cls, name)).parameters:
            return f"pass it to {call}"
    return None
