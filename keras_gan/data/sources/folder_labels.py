"""Labels of a folder's images that a file lists: labels.csv or dataset.json."""

import csv
import io
import json
import pathlib
import re
import unicodedata
from typing import NamedTuple

from keras_gan.data.sources.decoding import SUFFIXES, UNREAD_SUFFIXES

# What people call the columns, in lower case and without spaces, dashes, underscores.
_FILE = "file filename filepath fname image imagename imagepath img path name".split()
_LABEL = "label labels class classname category target".split()
# Programs write one of them by their own language.
_DELIMITERS = ",;\t"
# Letters of a class's name, as of a folder's.
_LONGEST_NAME = 255


class _Entry(NamedTuple):
    """What a list says of one image, and on which line or in which entry."""

    file: str
    name: str
    where: str


def find(files):
    """The list among a folder's files: labels.csv or dataset.json; None if none is there.

    Args:
        files: Paths of the files of one folder.

    Raises:
        ValueError: If there are two.
    """
    found = [file for file in files if file.name.lower() in _READERS]
    if len(found) > 1:
        first, second = found[:2]
        raise ValueError(
            f"folder:{first.parent}: labels both in {first.name} and in {second.name}: "
            "keep one of them."
        )
    return found[0] if found else None


def read(file, images):
    """What a list says of images.

    Args:
        file: What `find` found.
        images: Paths of all images in its folder, at any depth.

    Returns:
        A dict from image to the name of its class; None if the file says that nothing
        has a label.

    Raises:
        ValueError: If it cannot be read, names an image that is not there, or names two
            classes for one. The message is one line that names the file and the line.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
        entries = _READERS[file.name.lower()](text)
    except UnicodeDecodeError:
        raise ValueError(f"{file} is not in UTF-8: save it in that encoding.") from None
    except _Unreadable as error:
        raise ValueError(f"{file}{error}") from None
    if entries is None:
        return None
    if not entries:
        raise ValueError(f"{file} lists no image: write lines file,label, or remove it.")
    there = {_normal(str(one.relative_to(file.parent))): one for one in images}
    named, said = {}, {}
    for entry in entries:
        image = there.get(_normal(_inside(file, entry)))
        if image is None:
            raise ValueError(f"{file}, {entry.where}: {_absent(file.parent, entry.file)}")
        former = said.setdefault(image, entry)
        if former.name != entry.name:
            raise ValueError(
                f"{file}, {entry.where}: {entry.file!r} is {entry.name!r}, but it is "
                f"{former.name!r} by {former.where}: keep one of them."
            )
        named[image] = entry.name
    return named


class _Unreadable(ValueError):
    """What is wrong with a list, as the end of a message that begins with its path."""


def _entry(file, name, where):
    if len(name) > _LONGEST_NAME:
        raise _Unreadable(
            f", {where}: the class {name[:20]!r}... has {len(name)} letters: shorten it, "
            "or is a quotation mark missing?"
        )
    return _Entry(file.replace("\\", "/"), name, where)


def _inside(file, entry):
    """The path of an entry relative to its list, which it must not leave."""
    path = pathlib.PurePosixPath(entry.file)
    if path.is_absolute() and path.is_relative_to(file.parent.absolute()):
        path = path.relative_to(file.parent.absolute())
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(
            f"{file}, {entry.where}: {entry.file!r} leads out of the folder: write paths "
            "relative to it."
        )
    return str(path)


def _absent(folder, name):
    """What is wrong with the name of an image that is not among the images."""
    if name.lower().endswith(UNREAD_SUFFIXES):
        return f"{name!r} is a TIFF, which is not read: convert it to PNG."
    if not name.lower().endswith(SUFFIXES):
        return (
            f"{name!r} is no image by its suffix: write names such as cat/1.png, and "
            "above them file,label."
        )
    return (
        f"there is no image {name!r}: correct the line, or remove it; paths are relative "
        f"to {folder}."
    )


def _normal(name):
    """A name as it is compared: some disks spell an accent as a letter of its own."""
    return unicodedata.normalize("NFC", name)


# ------------------------------------------------------------------------ labels.csv


def _of_csv(text):
    """The entries of a labels.csv: two columns, or a header that says which they are."""
    delimiter = _delimiter(text)
    rows = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        skipinitialspace=True,
        strict=True,
    )
    entries, columns = [], None
    try:
        for row in rows:
            row = [cell.strip() for cell in row]
            if not any(row):
                continue
            where = f"line {rows.line_num}"
            if columns is None:
                columns = _columns(row, where)
                if not _has_image(row):
                    continue
            file, label = columns
            if max(columns) >= len(row) or not (row[file] and row[label]):
                raise _Unreadable(
                    f", {where}: expected an image and its class, got "
                    f"{delimiter.join(row)!r}: correct the line, or remove it."
                )
            entries.append(_entry(row[file], row[label], where))
    except csv.Error as error:
        raise _Unreadable(
            f", line {rows.line_num}: {error}: is a quotation mark missing?"
        ) from None
    return entries


def _delimiter(text):
    """What stands between the columns: the first that makes sense of the first line."""
    first = re.split("[\r\n]", text.strip(), maxsplit=1)[0]
    for one in _DELIMITERS:
        row = next(csv.reader([first], delimiter=one, skipinitialspace=True), [])
        if len(row) > 1 and (_has_image(row) or {*_FILE, *_LABEL} & {*_titles(row)}):
            return one
    return _DELIMITERS[0]


def _columns(row, where):
    """Positions of the file and its label in the rows, told by the first one."""
    if _has_image(row):
        if len(row) != 2:
            raise _Unreadable(
                f", {where}: expected two columns, file and label, got {len(row)}: write "
                "a first line that names them, such as file,label."
            )
        file = 0 if _is_image(row[0]) else 1
        return file, 1 - file
    titles = _titles(row)
    files = [titles.index(title) for title in _FILE if title in titles]
    labels = [i for i, title in enumerate(titles) if title in _LABEL]
    if len(row) == 2 and (files or labels):
        file = files[0] if files else 1 - labels[0]
        return file, 1 - file
    if not files or len(labels) != 1:
        raise _Unreadable(
            f", {where}: expected an image and its class, or the names of one column of "
            f"files and one of labels, got {', '.join(row)!r}: write file,label there."
        )
    return files[0], labels[0]


def _titles(row):
    return [re.sub("[ _-]", "", cell.lower()) for cell in row]


def _has_image(row):
    return any(map(_is_image, row))


def _is_image(cell):
    return cell.lower().endswith(SUFFIXES)


# ---------------------------------------------------------------------- dataset.json


def _of_json(text):
    """The entries of a dataset.json as StyleGAN's tool writes it; None without labels."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _Unreadable(f" is no JSON ({error}): write it again.") from None
    if not isinstance(content, dict) or "labels" not in content:
        raise _Unreadable(
            ' holds no "labels": write {"labels": [["1.png", 0], ...]}, or null for '
            "none; or move the file away if it is about something else."
        )
    pairs = content["labels"]
    if pairs is None:
        return None
    pairs = list(pairs.items()) if isinstance(pairs, dict) else pairs
    if not isinstance(pairs, list):
        raise _Unreadable(f': "labels" must be a list of pairs, got {pairs!r:.40}.')
    return [_pair(pair, f"entry {number}") for number, pair in enumerate(pairs)]


def _pair(pair, where):
    is_pair = isinstance(pair, list | tuple) and len(pair) == 2
    if not is_pair or not isinstance(pair[0], str):
        raise _Unreadable(f', {where}: expected ["1.png", 0], got {pair!r:.60}.')
    file, label = pair
    if not isinstance(label, int | str) or isinstance(label, bool) or label == "":
        raise _Unreadable(
            f", {where}: the label of {file!r} must be the number or the name of one "
            f"class, got {label!r:.60}: use the argmax of one-hot labels."
        )
    return _entry(file, str(label), where)


_READERS = {"labels.csv": _of_csv, "dataset.json": _of_json}
