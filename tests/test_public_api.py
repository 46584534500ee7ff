"""Every public name can be read about: a docstring, and an example where it helps."""

import ast
import importlib
import inspect

import pytest

import keras_gan

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
