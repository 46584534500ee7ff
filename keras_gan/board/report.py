"""The page of runs by itself: `report.html`, or shown in a notebook."""

import base64
import html
import io
import json
import os
import re

from keras_gan.board import page
from keras_gan.board.run_data import read_run
from keras_gan.board.runs import is_run
from keras_gan.storage.files import publish_text

# Of all pictures of a file, as base64; the rest is numbers and the page itself.
_ROOM = 7_000_000
# The same of a notebook, which keeps what each of its cells shows.
_ROOM_IN_A_CELL = 2_000_000
# Pixels of the page in a notebook, beyond which it scrolls.
_HEIGHT_OF_A_CELL = 900
# A larger picture is made smaller: the report is to be sent by mail.
_LARGE, _SIDE = 300_000, 1200
# Says in a file that this package wrote it, which may then be replaced.
_MARK = '<meta name="generator" content="keras_gan">'


class Page:
    """The page of one or more runs: pictures and curves at one step, and a verdict.

    In a notebook it shows itself if it is the last value of a cell, also of a run that
    still trains: it is read anew each time. If there are too many pictures, every other
    one is left out; the first and the last stay.

    Args:
        *run_dirs: Folders of runs, such as `RunLog` writes.

    Raises:
        ValueError: If one of them is not the folder of a run.

    Example:

    >>> log = keras_gan.callbacks.RunLog("runs/first")
    >>> history = gan.fit(images, batch_size=50, verbose=0, callbacks=[log])
    >>> keras_gan.Page("runs/first").save("first.html")
    >>> keras_gan.Page("runs/first")  # a notebook shows the page here
    <Page of runs/first>
    """

    def __init__(self, *run_dirs: str | os.PathLike):
        self.run_dirs = list(map(os.fspath, run_dirs))
        if not self.run_dirs:
            raise ValueError("A page needs the folder of a run.")
        for run_dir in self.run_dirs:
            if not is_run(run_dir):
                lacks = (
                    "it has no metrics.jsonl: train with callbacks=[kg.callbacks."
                    f"RunLog({run_dir!r}), ...]"
                )
                if os.path.exists(os.path.join(run_dir, "versions.json")):
                    lacks = "RunLog has begun there, but no epoch has ended yet: train on"
                if not os.path.isdir(run_dir):
                    lacks = "there is no such folder"
                raise ValueError(f"{run_dir} is not the folder of a run: {lacks}.")

    def __repr__(self) -> str:
        return f"<Page of {', '.join(self.run_dirs)}>"

    def save(self, path: str | os.PathLike) -> None:
        """Writes one file of less than 8 MB, which needs no server and no network.

        Args:
            path: The file. One that this package did not write is not replaced.

        Raises:
            ValueError: If the file is someone else's.
        """
        if not is_own(path, _MARK):
            raise ValueError(
                f"{path} was not written by keras_gan: choose another file, or move it "
                "away."
            )
        publish_text(path, self._document(_ROOM))

    def _repr_html_(self):
        """In a frame, so that its style does not change the notebook's."""
        inside = html.escape(self._document(_ROOM_IN_A_CELL))
        return (
            f'<iframe srcdoc="{inside}" title="{html.escape(repr(self))}" '
            f'style="width: 100%; height: {_HEIGHT_OF_A_CELL}px; border: 0"></iframe>'
        )

    def _document(self, room):
        runs = list(map(read_run, self.run_dirs, _names(self.run_dirs)))
        pictures = {
            run["name"]: _embedded(run, run_dir, room // len(runs))
            for run, run_dir in zip(runs, self.run_dirs, strict=True)
        }
        return _document(runs, pictures)


def is_own(path, mark):
    """Whether a file may be replaced: there is none, or it holds this package's mark."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return mark in file.read(2_000)
    except FileNotFoundError:
        return True


def _names(run_dirs):
    """What to call each run: its folder's name, or its path if that is another's too."""
    short = [os.path.basename(os.path.abspath(run_dir)) for run_dir in run_dirs]
    is_clear = len(set(short)) == len(short)
    return short if is_clear else run_dirs


def _embedded(run, run_dir, room):
    """The pictures of a run by file, as data, and `run` without those left out."""
    addresses = {}

    def size(picture, every):
        for file in _every(picture["files"], every):
            if file not in addresses:
                addresses[file] = _address(os.path.join(run_dir, "images", file))
        kept = [addresses[file] for file in _every(picture["files"], every)]
        return sum(len(address) for address in kept if address)

    # As many as fit, without reading all of a long run: from few to more.
    every = 1 << max((len(p["files"]).bit_length() for p in run["pictures"]), default=0)
    while every > 1 and sum(size(p, every // 2) for p in run["pictures"]) <= room:
        every //= 2
    shown = []
    for picture in run["pictures"]:
        size(picture, every)
        files = [f for f in _every(picture["files"], every) if addresses[f]]
        steps = dict(zip(picture["files"], picture["steps"], strict=False))
        left_out = len(picture["files"]) - len(files)
        about = picture["about"]
        if left_out:
            are = "picture is" if left_out == 1 else "pictures are"
            about += f" {left_out} {are} left out, to keep this file small."
        if files:
            known = [steps[file] for file in files if file in steps]
            shown.append({**picture, "files": files, "steps": known, "about": about})
    run["pictures"] = shown
    return {file: addresses[file] for picture in shown for file in picture["files"]}


def _every(files, every):
    """Every n-th file, the first and the last among them."""
    return files if every == 1 else list(dict.fromkeys([*files[:-1:every], *files[-1:]]))


def _address(path):
    """A picture as a data URI; None if it cannot be read."""
    from PIL import Image

    try:
        with open(path, "rb") as file:
            content, kind = file.read(), "png"
        if len(content) > _LARGE:
            with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
                small = image.convert("RGB")
            small.thumbnail((_SIDE, _SIDE))
            stream = io.BytesIO()
            small.save(stream, format="JPEG", quality=85)
            content, kind = stream.getvalue(), "jpeg"
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _document(runs, pictures):
    title = html.escape("GAN: " + ", ".join(run["name"] for run in runs))
    data = json.dumps({"runs": runs, "pictures": pictures})
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
{_MARK}
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>
{page.read(page.STYLE)}</style>
</head>
<body>
<div id="page">
{"".join(map(_table, runs))}</div>
<script type="application/json" id="runs">{_inside_script(data)}</script>
<script type="module">
{_in_one_module()}</script>
</body>
</html>
"""


def _table(run):
    """The numbers of a run for readers without JavaScript."""
    head = ("number", "last", "unseen", "equilibrium, or real samples", "meaning")
    keys = ("name", "value", "unseen", "target", "about")
    rows = [head, *([row[key] for key in keys] for row in run["numbers"])]
    lines = ("".join(f"<td>{_shown(cell)}</td>" for cell in row) for row in rows)
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    table = f"<table>\n<caption>{_shown(run['name'])}</caption>\n{body}\n</table>\n"
    cautions = "".join(f"<li>{_shown(one)}</li>\n" for one in run["cautions"])
    return table + (f"<ul>\n{cautions}</ul>\n" if cautions else "")


def _shown(cell):
    return "" if cell is None else html.escape(str(cell))


def _inside_script(data):
    """JSON whose texts cannot end the element that holds it."""
    return data.replace("<", "\\u003c")


def _in_one_module():
    """All modules as one: a browser imports none from a file."""
    texts = [page.read(name) for name in (*page.MODULES, "report.js")]
    joined = "".join(re.sub(r"^import .*;\n", "", text, flags=re.M) for text in texts)
    return re.sub(r"^export ", "", joined, flags=re.M)
