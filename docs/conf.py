"""How `make docs` makes a site of the pages as they are: Sphinx, MyST and furo."""

import importlib.metadata
import inspect
import os
import pathlib
import re

from keras_gan.version import __version__

ROOT = pathlib.Path(__file__).parent.parent
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
HOME = importlib.metadata.metadata("keras-gan")["Home-page"]

project = "keras_gan"
author = copyright = "The keras_gan developers"
version = release = __version__
# The source folder is the checkout, so that links between its pages hold in both places.
root_doc = "README"
include_patterns = ["README*.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/**"]
exclude_patterns = [".*", "build", "runs", "tests", "docs/images", "docs/templates"]

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
]
nb_execution_mode = "off"  # The notebook holds its outputs.
myst_heading_anchors = 4  # GitHub's anchors
autodoc_typehints = "none"  # Args has them in words.
autodoc_member_order = "bysource"
autodoc_inherit_docstrings = False
autodoc_default_options = {"members": True}
templates_path = ["docs/templates"]
napoleon_numpy_docstring = False
default_role = "py:obj"  # `GAN` in a docstring leads to GAN.

html_theme = "furo"
html_title = f"keras_gan {release}"
html_show_sphinx = False

# Sections of a docstring, which napoleon reads.
SECTION = re.compile(r"(Args|Returns|Raises|Example|Attributes|Yields):$")
CODE = re.compile(r"(`[^`]+`)(\w?)")  # and a letter right behind it, as in `Result`s


def setup(app):
    app.connect("source-read", complete)
    app.connect("autodoc-process-docstring", as_restructured, priority=400)
    app.connect("autodoc-process-signature", signature)
    app.connect("autodoc-skip-member", is_field)


def complete(app, page, source):
    """Adds what only the site needs: its order of pages, and links to other files."""
    folder = (ROOT / page).parent
    if page == root_doc:
        source[0] += in_order()
    source[0] = re.sub(
        r"(\]\()([^)#:]+)(?=[)#])",
        lambda link: link[1] + resolved(folder, link[2]),
        source[0],
    )


def in_order():
    """The pages in the order of docs/index.md, as a hidden table of contents."""
    table = (ROOT / "docs/index.md").read_text("utf-8")
    links = re.findall(r"^\| \[(.+?)\]\(([^)#]+)\)", table, re.M)
    pages = [
        f"{title} </{(ROOT / 'docs' / link).resolve().relative_to(ROOT)}>"
        for title, link in [("All pages", "index.md"), *links]
    ]
    return "\n".join(["", "```{toctree}", ":hidden:", "", *pages, "```", ""])


def resolved(folder, path):
    """Where a link leads: a file that is no page, to where the project is published."""
    target = (folder / path).resolve()
    if target.suffix in (".md", ".ipynb", ".png") or not target.is_relative_to(ROOT):
        return path
    return f"{HOME}/blob/main/{target.relative_to(ROOT)}"


def as_restructured(app, what, name, thing, options, lines):
    """Docstrings are read as Markdown would be: what is indented is a formula."""
    read, before, in_section, in_formula = [], "", False, False
    for line in lines:
        in_section = in_section or bool(SECTION.match(line))
        if line and not before:
            was_formula = in_formula
            in_formula = line.startswith("    ") and not in_section
            if in_formula and not was_formula:
                read += ["::", ""]
        before = line
        if not in_formula and not line.lstrip().startswith((">>>", "...")):
            line = line.replace("|", r"\|")
            line = CODE.sub(lambda code: code[1] + (code[2] and rf"\ {code[2]}"), line)
        read.append(line)
    lines[:] = read


def signature(app, what, name, thing, options, found, returns):
    """Keras hides the arguments of a model's constructor."""
    if found != "(*args, **kwargs)" or what != "class":
        return None
    _, *parameters = inspect.signature(thing.__init__).parameters.values()
    bare = [one.replace(annotation=one.empty) for one in parameters]
    return str(inspect.Signature(bare)), returns


def is_field(app, what, name, thing, skip, options):
    """Args has the fields of a named tuple already."""
    return True if (thing.__doc__ or "").startswith("Alias for field number") else None
