"""Every public name can be read about: a docstring, and an example where it helps."""

import ast
import importlib
import inspect
import os
import re

import pytest

import keras_gan
from keras_gan.version import versions
from support import ROOT

MODULES = [
    "augmentations",
    "callbacks",
    "data",
    "evaluation",
    "latents",
    "losses",
    "networks",
    "optimizers",
    "penalties",
    "pictures",
]

ROOMS = [*MODULES, "theory"]
# Methods of GAN that override Keras' own, which have no types.
CALLED_BY_USERS = (
    "compile",
    "evaluate",
    "export",
    "fit",
    "save",
    "test_on_batch",
    "train_on_batch",
)


def public_names():
    for module_name in MODULES:
        module = importlib.import_module(f"keras_gan.{module_name}")
        names = getattr(module, "__all__", None) or [
            name
            for name, value in vars(module).items()
            if getattr(value, "__module__", None) == module.__name__
            and not name.startswith("_")
        ]
        for name in names:
            yield pytest.param(getattr(module, name), id=f"{module_name}.{name}")
    yield pytest.param(keras_gan.GAN, id="GAN")
    yield pytest.param(keras_gan.Recipe, id="Recipe")


@pytest.mark.parametrize("thing", public_names())
def test_has_a_docstring_with_an_example(thing):
    text = inspect.getdoc(thing)
    assert text and text.splitlines()[0].endswith((".", ":"))
    assert "Example" in text


@pytest.mark.parametrize("name", keras_gan.__all__)
def test_every_name_is_there(name):
    assert getattr(keras_gan, name) is not None


def test_type_checkers_see_every_name():
    # They read the file; at run time each name is imported when it is asked for.
    tree = ast.parse(inspect.getsource(keras_gan))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert set(keras_gan.__all__) <= {one.name for node in imports for one in node.names}


@pytest.mark.parametrize("name", ROOMS)
def test_completion_shows_the_public_names_alone(name):
    room = importlib.import_module(f"keras_gan.{name}")
    assert dir(room) == sorted(room.__all__)


def typed_things():
    """What a user calls: functions, constructors, own methods and properties."""
    for name in ROOMS:
        room = importlib.import_module(f"keras_gan.{name}")
        yield from ((f"{name}.{one}", getattr(room, one)) for one in room.__all__)
    # GAN's own base classes stand in no room that is public.
    own = [c for c in keras_gan.GAN.__mro__ if c.__module__.startswith("keras_gan.")]
    yield from ((one.__name__, one) for one in (*own, keras_gan.Recipe))


def functions_of(name, thing):
    """`(name, function)` of a function, or of what a class adds to its base classes.

    A method that overrides another has the types of the other; Keras' hooks have none.
    """
    if inspect.isfunction(thing):
        yield name, thing
    if not inspect.isclass(thing):
        return
    for method, value in vars(thing).items():
        inherited = any(hasattr(base, method) for base in thing.__bases__)
        if (
            method == "__init__"
            or method in CALLED_BY_USERS
            or (not inherited and (not method.startswith("_") or method == "__call__"))
        ):
            value = getattr(value, "fget", getattr(value, "__func__", value))
            if inspect.isfunction(value) and value.__name__ == method:
                yield f"{name}.{method}", value


def untyped(name, function):
    """What lacks a type: parameters, and the result."""
    signature = inspect.signature(function)
    for one in signature.parameters.values():
        others = one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD)  # typed elsewhere
        if one.annotation is one.empty and not others and one.name not in ("self", "cls"):
            yield f"{name}({one.name})"
    if signature.return_annotation is signature.empty and not name.endswith("__init__"):
        yield f"{name}() ->"


@pytest.mark.parametrize("thing", [pytest.param(t, id=t[0]) for t in typed_things()])
def test_says_its_types(thing):
    lacking = [one for function in functions_of(*thing) for one in untyped(*function)]
    assert not lacking


@pytest.mark.parametrize("thing", [pytest.param(t, id=t[0]) for t in typed_things()])
def test_help_names_types_as_the_source_does(thing):
    for name, function in functions_of(*thing):
        # NumPy's ArrayLike is a union of a dozen classes: no screen holds it.
        assert "_array_like" not in str(inspect.signature(function)), name


@pytest.mark.parametrize("name", ["augmentations", "latents", "optimizers", "penalties"])
def test_a_module_of_one_file_lists_all_that_it_defines(name):
    module = importlib.import_module(f"keras_gan.{name}")
    own = {
        one
        for one, value in vars(module).items()
        if getattr(value, "__module__", None) == module.__name__
        and not one.startswith("_")
    }
    assert own == set(module.__all__) == set(dir(module))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nothing"):
        keras_gan.nothing  # noqa: B018


def test_the_version_is_the_one_that_the_changelog_describes():
    """What a run records must not be a release whose bits were others."""
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    versions = re.findall(r"^## (\d\S*)( \(unreleased\))?$", changes, re.MULTILINE)
    newest, unreleased = versions[0]
    assert keras_gan.__version__ == newest + (".dev0" if unreleased else "")
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\nversion: {keras_gan.__version__}\n" in citation


def test_counts_the_cpus_that_the_process_may_use():
    usual = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(usual)})
    try:
        assert versions()["cpus"] == 1
    finally:
        os.sched_setaffinity(0, usual)
