"""The house: which way imports point, how large a room may grow, what never stands."""

import ast
import pathlib

import pytest

ROOT = pathlib.Path(__file__).parent.parent / "keras_gan"
FILES = sorted(ROOT.rglob("*.py"))
MAX_LINES, MAX_BODY, MAX_ARGUMENTS = 400, 40, 7

# What a room must not import; a room is a file or folder right under keras_gan.
FORBIDDEN = {
    "losses": {"penalties", "gan", "data", "networks", "callbacks", "evaluation"},
    "penalties": {"losses", "gan", "data", "networks", "callbacks", "evaluation"},
    "randomness": {"gan", "data", "inputs", "networks", "callbacks", "evaluation"},
    "latents": {"gan", "data", "inputs", "networks", "callbacks", "evaluation"},
    "augmentations": {"gan", "data", "inputs", "networks", "callbacks", "evaluation"},
    "networks": {"gan", "data", "callbacks", "evaluation"},
    "data": {"gan", "networks", "callbacks", "evaluation"},
    "gan": {"networks", "callbacks", "evaluation"},
    "callbacks": {"gan", "networks"},
    "evaluation": {"gan", "networks", "callbacks"},
}


def rooms_imported_by(path):
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            parts = node.module.split(".")
            if parts[0] == "keras_gan":
                rooms |= {parts[1]} if parts[1:] else {alias.name for alias in node.names}
        if isinstance(node, ast.Import):
            names = (alias.name.split(".") for alias in node.names)
            rooms |= {
                parts[1] for parts in names if parts[0] == "keras_gan" and parts[1:]
            }
    return rooms


def room_of(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def functions(path):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    tree = ast.parse(path.read_text("utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def body_lines(function):
    """Lines of a function without its signature and docstring."""
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        if len(function.body) == 1:
            return 0
        first = function.body[1]
    return function.end_lineno - first.lineno + 1


def name(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=name)
class TestEveryFile:
    def test_imports_point_one_way(self, path):
        room, imported = room_of(path), rooms_imported_by(path)
        assert not imported & FORBIDDEN.get(room, set())
        if room != "cli":
            assert "cli" not in imported
            assert "theory" not in imported or room == "theory"

    def test_holds_one_idea(self, path):
        assert len(path.read_text("utf-8").splitlines()) <= MAX_LINES

    def test_functions_fit_on_a_screen(self, path):
        long = [f.name for f in functions(path) if body_lines(f) > MAX_BODY]
        assert not long

    def test_arguments_can_be_remembered(self, path):
        # Keras' fit has more, and its users know them.
        positional = {
            f.name: len([a for a in f.args.args if a.arg not in ("self", "cls")])
            for f in functions(path)
        }
        assert not {f: n for f, n in positional.items() if n > MAX_ARGUMENTS}

    def test_raises_instead_of_asserting(self, path):
        tree = ast.parse(path.read_text("utf-8"))
        assert not [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Assert)]
        handlers = [n for n in ast.walk(tree) if isinstance(n, ast.ExceptHandler)]
        assert all(handler.type is not None for handler in handlers)

    def test_says_what_it_is(self, path):
        assert ast.get_docstring(ast.parse(path.read_text("utf-8")))

    def test_loads_nothing_that_can_run_code(self, path):
        text = path.read_text("utf-8")
        unsafe = ("pickle.", "allow_pickle=True", "safe_mode=False", "bind_all", "eval(")
        found = [word for word in unsafe if word in text.replace("def eval(", "")]
        assert not found

    def test_only_one_other_tape_than_the_train_steps(self, path):
        tapes = path.read_text("utf-8").count("GradientTape(")
        assert tapes == {"gan.py": 2, "penalties.py": 1}.get(name(path), 0)


def test_train_step_can_be_quoted():
    gan = ast.parse((ROOT / "gan.py").read_text("utf-8"))
    steps = [f for f in ast.walk(gan) if getattr(f, "name", "") == "train_step"]
    assert len(steps) == 1 and body_lines(steps[0]) <= 15


def test_nothing_is_called_utils():
    assert not [path for path in ROOT.rglob("*") if "util" in path.name.lower()]
