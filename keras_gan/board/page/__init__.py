"""The files of the page: modules that a browser reads as they are, and their style."""

import pathlib

# In this order, each module imports only those before it.
MODULES = (
    "element.js",
    "moment.js",
    "chart.js",
    "words.js",
    "pictures.js",
    "page.js",
)
STYLE = "style.css"
FILES = (*MODULES, "tab.js", STYLE)


def read(name):
    """The text of a file."""
    return (pathlib.Path(__file__).parent / name).read_text("utf-8")
