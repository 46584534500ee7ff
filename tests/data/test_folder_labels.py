"""Tests of labels.csv and dataset.json, which list the classes of a folder's images."""

import json
import unicodedata

import numpy as np
import pytest
from PIL import Image

from keras_gan.data import load

CSV = "1.png,dog\n2.png,cat\nmore/3.png,dog\n"
# By class, then by file: cat 2; dog 1, 3.
GREYS, LABELS = [2, 1, 3], [0, 1, 1]


def folder(path, *files):
    """A folder of grey images whose names are their values."""
    for file in files or ("1.png", "2.png", "more/3.png"):
        (path / file).parent.mkdir(parents=True, exist_ok=True)
        stem = (path / file).stem
        Image.new("L", (2, 2), int(stem) if stem.isdigit() else 99).save(path / file)
    return path


def write(path, name, text, encoding="utf-8"):
    (path / name).write_bytes(text.encode(encoding))


def read(path, **arguments):
    return load(f"folder:{path}", **{"batch_size": 1, "labels": True, **arguments})


def greys(batches):
    return batches.samples[:, 0, 0, 0].tolist()


def fails(path, *words, **arguments):
    with pytest.raises(ValueError) as caught:
        read(path, **arguments)
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message, message


@pytest.mark.parametrize(
    "text",
    [
        CSV,
        "file,label\n" + CSV,
        "\ufeff" + CSV.replace("\n", "\r\n"),
        CSV.replace("\n", "\r"),
        "FileName;Class\n" + CSV.replace(",", ";"),
        "\n Image_Path , target \n\n" + CSV.replace(",", " , ") + "\n",
        "name\tcategory\n" + CSV.replace(",", "\t"),
        "file,name\n" + CSV,
        "image id,label\n" + CSV,
        ',label,split,path\n0,dog,a,1.png\n1,cat,a,2.png\n2,dog,b,"more/3.png"\n',
        'dog,"1.png"\n"cat", "2.png"\ndog,more\\3.png',
        "file,label\n./1.png,dog\n2.png,cat\n2.png,cat\nmore//3.png,dog\n",
    ],
)
def test_a_csv_as_people_write_it(tmp_path, text):
    write(folder(tmp_path), "labels.csv", text)
    batches = read(tmp_path)
    assert batches.class_names == ("cat", "dog")
    assert batches.num_classes == 2
    assert greys(batches) == GREYS
    np.testing.assert_array_equal(batches.labels, LABELS)


def test_names_of_files_and_classes_are_texts(tmp_path):
    """Commas, quotes, accents in both spellings, and a path that is absolute."""
    accent = unicodedata.normalize("NFD", "7é.png")
    folder(tmp_path, "1, 2.png", accent, "3.png")
    text = f'"1, 2.png","big, ""wild"" cat"\n7é.png,chat\n{tmp_path}/3.png,chat\n'
    write(tmp_path, "Labels.CSV", text)
    batches = read(tmp_path)
    assert batches.class_names == ('big, "wild" cat', "chat")
    np.testing.assert_array_equal(batches.labels, [0, 1, 1])


def test_numbers_are_names_in_the_order_of_counting(tmp_path):
    write(folder(tmp_path), "labels.csv", "1.png,10\n2.png,2\nmore/3.png,7\n")
    batches = read(tmp_path)
    assert batches.class_names == ("2", "7", "10")
    assert greys(batches) == [2, 3, 1]


@pytest.mark.parametrize("to_list", [list, dict])
def test_what_the_tool_of_stylegan_writes(tmp_path, to_list):
    """Its folders hold a thousand images each, and are no classes."""
    files = ["00000/1.png", "00000/2.png", "00001/3.png"]
    folder(tmp_path, *files)
    pairs = to_list(zip(files, [6, 1, 6], strict=True))
    write(tmp_path, "dataset.json", json.dumps({"labels": pairs}))
    batches = read(tmp_path)
    assert batches.class_names == ("1", "6")
    assert greys(batches) == GREYS
    write(tmp_path, "dataset.json", '{"labels": null}')
    assert greys(read(tmp_path, labels=False)) == [1, 2, 3]
    fails(tmp_path, "no labels")


def test_images_that_are_not_listed_are_left_out(tmp_path, caplog):
    folder(tmp_path, "1.png", "2.png", "cat/3.png", "cat/deep/4.png")
    write(tmp_path, "labels.csv", "1.png,dog\n2.png,cat\n")
    assert greys(read(tmp_path)) == greys(read(tmp_path, labels=False)) == [2, 1]
    assert "2 of 4 images left out that labels.csv does not list" in caplog.text
    assert "such as cat/3.png" in caplog.text
    assert "ignored" not in caplog.text


@pytest.mark.parametrize("is_above", [True, False])
def test_splits(tmp_path, is_above, caplog):
    """The training images number the classes, also of the test images."""
    folder(tmp_path, "train/1.png", "train/2.png", "test/3.png")
    lists = {"train": "1.png,b\n2.png,a\n", "test": "3.png,b\n"}
    if is_above:
        text = "".join(
            f"{split}/{line}\n" for split in lists for line in lists[split].split()
        )
        write(tmp_path, "labels.csv", text)
    else:
        for split, text in lists.items():
            write(tmp_path / split, "labels.csv", text)
    assert greys(read(tmp_path)) == [2, 1]
    np.testing.assert_array_equal(read(tmp_path, split="test").labels, [1])
    assert not [line for line in caplog.messages if "of [0]" not in line]
    # The two ways of a folder go together.
    if not is_above:
        (tmp_path / "test/labels.csv").unlink()
        (tmp_path / "test/3.png").unlink()
        folder(tmp_path, "test/b/3.png")
        np.testing.assert_array_equal(read(tmp_path, split="test").labels, [1])
        write(tmp_path, "labels.csv", "train/1.png,b\n")
        fails(tmp_path, "both", str(tmp_path / "train/labels.csv"))
    else:
        write(tmp_path, "labels.csv", "train/1.png,b\ntrain/2.png,b\n")
        fails(tmp_path, "lists no image of", "test", split="test")
        write(tmp_path, "labels.csv", "train/1.png,b\ntest/3.png,c\n")
        fails(tmp_path, "class 'c' without training images", split="test")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CSV + "4.png,cat", ["line 4", "no image '4.png'"]),
        (CSV + "notes.txt,cat", ["line 4", "by its suffix"]),
        (CSV + "4.tif,cat", ["line 4", "TIFF", "convert it to PNG"]),
        (CSV + "../1.png,cat", ["line 4", "leads out"]),
        (CSV + "more/../1.png,cat", ["line 4", "leads out"]),
        (CSV + "..\\1.png,cat", ["line 4", "leads out"]),
        (CSV + "/etc/1.png,cat", ["line 4", "leads out"]),
        (CSV + "\n1.png,cat", ["line 5", "'cat'", "'dog' by line 1"]),
        (CSV + "1.png", ["line 4", "an image and its class"]),
        (CSV + "1.png,\n", ["line 4", "an image and its class"]),
        (CSV + '1.png,"cat\n', ["line 4", "quotation mark"]),
        (CSV + f"1.png,{'9' * 5000}\n", ["line 4", "5000 letters"]),
        ('"1.png,cat\n' + CSV, ["quotation mark"]),
        ("file,label\n", ["lists no image"]),
        ("", ["lists no image"]),
        ("ClassId,Name\n0,Stop\n", ["line 2", "by its suffix"]),
        ("0,Stop\n", ["line 1", "write file,label"]),
        ("1.png,2,3\n", ["line 1", "two columns"]),
        ("file,class,label\n1.png,2,3\n", ["line 1", "one of labels"]),
    ],
)
def test_a_csv_that_is_wrong(tmp_path, text, words):
    write(folder(tmp_path), "labels.csv", text)
    write(tmp_path, "notes.txt", "mine")
    fails(tmp_path, "labels.csv", *words, labels=False)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"labels": [["1.png", 1]', ["no JSON"]),
        ("[" * 100_000, ["no JSON"]),
        ("[]", ['no "labels"']),
        ("{}", ['no "labels"', "move the file"]),
        ('{"labels": 3}', ["list of pairs"]),
        ('{"labels": []}', ["lists no image"]),
        ('{"labels": [["1.png", 1], ["2.png"]]}', ["entry 1", "['2.png']"]),
        ('{"labels": [["1.png", [0, 1]]]}', ["entry 0", "argmax"]),
        ('{"labels": [["1.png", 0.5]]}', ["entry 0", "0.5"]),
        ('{"labels": [["1.png", true]]}', ["entry 0", "True"]),
        ('{"labels": [["1.png", null]]}', ["entry 0", "None"]),
        ('{"labels": [["9.png", 1]]}', ["entry 0", "no image '9.png'"]),
        ('{"labels": [["1.png", 1], ["1.png", 2]]}', ["entry 1", "'1' by entry 0"]),
    ],
)
def test_a_json_that_is_wrong(tmp_path, content, words):
    write(folder(tmp_path), "dataset.json", content)
    fails(tmp_path, "dataset.json", *words, labels=False)


def test_one_list_and_one_encoding(tmp_path):
    write(folder(tmp_path), "labels.csv", CSV, "utf-16")
    fails(tmp_path, "labels.csv", "UTF-8")
    write(tmp_path, "dataset.json", '{"labels": null}')
    fails(tmp_path, "dataset.json", "labels.csv", "keep one")
