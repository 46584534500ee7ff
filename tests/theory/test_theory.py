"""`keras_gan.theory` as a whole: its names, and what it may import."""

import ast
import pathlib

import pytest

from keras_gan import theory

FILES = sorted(pathlib.Path(theory.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("name", theory.__all__)
def test_public_name_is_documented(name):
    thing = getattr(theory, name)
    if callable(thing):
        assert ">>>" in thing.__doc__
        assert "Args:" in thing.__doc__


def test_public_names_are_sorted_and_complete():
    imported = {
        name
        for name, thing in vars(theory).items()
        if not name.startswith("_") and type(thing) is not type(ast)
    }
    assert set(theory.__all__) == imported
    assert len(theory.__all__) == len(set(theory.__all__))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_imports_only_arrays_and_the_standard_library(file):
    allowed = {"__future__", "numpy", "scipy", "typing", "collections"}
    for node in ast.walk(ast.parse(file.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module]
        for name in names:
            assert name.startswith("keras_gan.theory") or name.split(".")[0] in allowed


def test_every_loss_is_public_under_its_name():
    for name, loss in theory.LOSSES.items():
        assert getattr(theory, name) is loss
