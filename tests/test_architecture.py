"""The house: which rooms there are, which way imports point, what never stands."""

import ast
import re

import pytest

from support import ROOT

PACKAGE = ROOT / "keras_gan"
FILES = sorted(PACKAGE.rglob("*.py"))

# Every room, from the ground up, and the rooms that it may import. A room is a file or a
# folder right under keras_gan.
ARROWS = {
    "version": "",
    "arguments": "",
    "serialization": "",
    "theory": "",
    "logs": "",
    "fonts": "",
    "terminal": "",
    "randomness": "arguments",
    "latents": "serialization",
    "augmentations": "arguments serialization",
    "optimizers": "serialization",
    "losses": "arguments serialization",
    "penalties": "arguments serialization",
    "data": "arguments randomness terminal",
    "networks": "arguments data randomness serialization",
    "storage": "arguments data",
    "board": "logs storage",
    "pictures": "arguments data fonts storage",
    "evaluation": "arguments data randomness storage terminal version",
    "training": "arguments data losses pictures randomness",
    "gan": "data latents losses penalties randomness serialization training",
    "callbacks": (
        "arguments data evaluation logs losses optimizers penalties pictures storage "
        "terminal theory training version"
    ),
    "recipe": (
        "arguments augmentations data gan latents losses networks optimizers penalties "
        "storage"
    ),
    "cli": (
        "arguments board callbacks data evaluation latents pictures recipe storage "
        "terminal training version"
    ),
}


def imports_of(path):
    """Dotted names of this package that a file imports, at the top or in a function."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_imported_by(path):
    names = (name.split(".") for name in imports_of(path))
    return {parts[1] for parts in names if parts[0] == "keras_gan" and parts[1:]}


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def name(path):
    return str(path.relative_to(PACKAGE))


def test_every_room_is_on_the_map():
    rooms = {
        path.name.removesuffix(".py")
        for path in PACKAGE.iterdir()
        if path.suffix != ".typed" and not path.name.startswith("__")
    }
    assert rooms == set(ARROWS)


def test_arrows_make_no_circle():
    built = set()
    for room, below in ARROWS.items():
        assert set(below.split()) <= built, f"{room} stands below what it imports"
        built.add(room)


def test_no_arrow_is_listed_in_vain():
    used = {room: set() for room in ARROWS}
    for path in FILES:
        if room_of(path) in ARROWS:
            used[room_of(path)] |= rooms_imported_by(path) - {room_of(path)}
    assert {room: set(below.split()) for room, below in ARROWS.items()} == used


def the_map():
    lines = [f"{room:14} -> {below.replace(' ', ', ')}" for room, below in ARROWS.items()]
    return "\n".join(line.removesuffix(" -> ").rstrip() for line in lines)


def test_contributing_shows_the_map():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    shown = re.search(r"<!-- map -->\n```\n(.*?)\n```\n<!-- end of map -->", text, re.S)
    assert shown, "CONTRIBUTING.md has no map"
    assert shown[1] == the_map(), f"the map in CONTRIBUTING.md should be\n{the_map()}"


@pytest.mark.parametrize("path", FILES, ids=name)
class TestEveryFile:
    def test_imports_what_its_room_may(self, path):
        room = room_of(path)
        if room in ARROWS:  # The doors of the house, __init__ and __main__, are none.
            assert rooms_imported_by(path) <= {room, *ARROWS[room].split()}

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
        found = [word for word in unsafe if word in text.replace("literal_eval(", "")]
        assert not found

    def test_guesses_nothing_of_other_rooms_by_the_names_of_methods(self, path):
        # What rooms ask of each other is declared in training/resuming.py. Foreign
        # objects (losses and networks of the user's own) may be asked what they have.
        if room_of(path) in ("training", "gan", "callbacks", "data"):
            handshakes = re.findall(
                r'hasattr\(\w+, "(restore|follow|is_reached|\w+_dataset|\w+_elements)"',
                path.read_text("utf-8"),
            )
            assert not handshakes

    def test_only_the_train_steps_and_penalties_differentiate(self, path):
        tree = ast.parse(path.read_text("utf-8"))
        tapes = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "GradientTape"
        ]
        assert not tapes or room_of(path) in ("gan", "penalties")

    def test_only_one_file_knows_tf_distribute(self, path):
        if name(path) != "training/distribution.py":
            assert "tf.distribute" not in path.read_text("utf-8")


def test_training_imports_nothing_of_theory():
    importers = {name(p) for p in FILES if "theory" in rooms_imported_by(p)}
    own = {name(p) for p in FILES if room_of(p) == "theory"}
    # __init__ names it for type checkers, and imports it when it is asked for.
    assert importers - own <= {"__init__.py", "callbacks/game_spectrum.py"}


def test_theory_needs_no_tensorflow():
    for path in (PACKAGE / "theory").glob("*.py"):
        assert not {n.split(".")[0] for n in imports_of(path)} & {"tensorflow", "keras"}


def test_the_page_needs_no_tensorflow():
    """TensorBoard and the report start at once, and so must all that they import."""
    modules = {}
    for path in FILES:
        parts = path.relative_to(ROOT).with_suffix("").parts
        modules[".".join(parts).removesuffix(".__init__")] = path
    seen, left = set(), [name for name in modules if name.startswith("keras_gan.board")]
    while left:
        module = left.pop()
        seen.add(module)
        names = set(imports_of(modules[module]))
        assert not {name.split(".")[0] for name in names} & {"tensorflow", "keras"}, (
            module
        )
        # A name is a module, or stands in one; the packages around it are imported, too.
        parts = [name.split(".") for name in names]
        around = {".".join(of[:n]) for of in parts for n in range(2, len(of) + 1)}
        left += (around & set(modules)) - seen


def test_nothing_installed_imports_studies_or_tests():
    for path in FILES:
        roots = {imported.split(".")[0] for imported in imports_of(path)}
        assert not roots & {"studies", "tests", "faults", "support", "scripts"}


def test_train_step_can_be_quoted():
    gan = ast.parse((PACKAGE / "gan.py").read_text("utf-8"))
    (step,) = [f for f in ast.walk(gan) if getattr(f, "name", "") == "train_step"]
    assert step.end_lineno - step.body[1].lineno + 1 <= 15


def test_nothing_is_called_utils():
    assert not [path for path in PACKAGE.rglob("*") if "util" in path.name.lower()]
