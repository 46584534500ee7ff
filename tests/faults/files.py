"""Rows 1 to 8 and 55: folders of images, and broken files in them."""

import struct
import zlib

from faults.fault import fault
from faults.laboratory import expect, refused, went_well

_FOLDER = ("--dataset=folder:pictures", "--batch_size=4", "--run_dir=run", "--preview")


def _train(lab, *flags):
    return lab.command("train", *_FOLDER, *flags)


@fault(1, "an empty folder")
def empty_folder(lab):
    lab.image_folder(number=0)
    return refused(_train(lab), "folder:pictures", "0 images", cure="put PNG")


@fault(2, "fewer images than one minibatch")
def few_images(lab):
    lab.image_folder(number=3)
    return refused(_train(lab), "3 samples", "batch_size=4", cure="batch_size <= 3")


@fault(3, "one corrupt PNG among good ones")
def corrupt_png(lab):
    folder = lab.image_folder()
    file = folder / "003.png"
    content = bytearray(file.read_bytes())
    content[-30] ^= 0xFF
    file.write_bytes(content)
    line = refused(_train(lab), file.name, cure="--skip_bad_images")
    went_well(_train(lab, "--skip_bad_images"), "1 of 8", file.name, "7 samples")
    return line


@fault(4, "a truncated JPEG, a file of 0 bytes, text named .png")
def broken_files(lab):
    from PIL import Image

    folder = lab.image_folder()
    whole = folder.parent / "whole.jpg"
    Image.effect_noise((64, 64), 50).save(whole)
    broken = {
        "cut.jpg": whole.read_bytes()[:-400],
        "nothing.png": b"",
        "text.png": b"this is no image",
    }
    for name, content in broken.items():
        (folder / name).write_bytes(content)
        line = refused(_train(lab, "--image_size=8"), name, cure="remove it")
        (folder / name).unlink()
    for name, content in broken.items():
        (folder / name).write_bytes(content)
    skipping = _train(lab, "--skip_bad_images")
    went_well(skipping, "3 of 11", *broken, "8 samples")
    return line


@fault(5, "images of mixed sizes and channels")
def mixed_sizes(lab):
    from PIL import Image

    folder = lab.image_folder()
    Image.new("L", (9, 7)).save(folder / "odd.png")
    line = refused(_train(lab), "odd.png", "9x7", "8x8", cure="--image_size")
    went_well(_train(lab, "--image_size=8"), "9 samples of 8x8x3")
    return line


@fault(6, "an animated WebP and GIF, and a folder of nothing but TIFFs")
def animations(lab):
    from PIL import Image

    folder = lab.image_folder(number=7)
    frames = [Image.new("RGB", (8, 8), (40 * i, 9, 9)) for i in range(3)]
    frames[0].save(folder / "moving.webp", save_all=True, append_images=frames[1:])
    frames[0].save(folder / "moving.gif", save_all=True, append_images=frames[1:])
    line = went_well(_train(lab), "2 animated (first frame taken)", "9 samples")
    for file in folder.iterdir():
        file.unlink()
    frames[0].save(folder / "scan.tif")
    refused(_train(lab), "1 of TIFF", "scan.tif", cure="convert them to PNG")
    return line


@fault(7, "CMYK, transparency, 16 bits, EXIF rotation")
def conversions(lab):
    import numpy as np
    from PIL import Image

    folder = lab.image_folder(number=4)
    Image.new("CMYK", (8, 8)).save(folder / "cmyk.jpg")
    Image.new("RGBA", (8, 8), (9, 9, 9, 0)).save(folder / "clear.png")
    deep = np.full((8, 8), 65535, "uint16")
    Image.fromarray(deep).save(folder / "deep.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (8, 8)).save(folder / "turned.jpg", exif=exif)
    notes = ("1 CMYK (to RGB)", "transparency (laid over white)", "16 bits", "EXIF")
    done = _train(lab)
    line = went_well(done, *notes)
    expect(len(done.err.splitlines()) == 1, "more than one line was logged")
    return line


@fault(8, "a PNG of 48 kB that unpacks to 4e8 pixels")
def bomb(lab):
    folder = lab.image_folder()
    (folder / "bomb.png").write_bytes(_png(20_000, 20_000))
    return refused(_train(lab), "bomb.png", "the limit of", cure="shrink or remove it")


def _png(width, height):
    """A valid black PNG, one bit per pixel."""
    row = b"\0" * (1 + width // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    packed_chunks = [
        len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)
        for kind, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed_chunks)


@fault(55, "a list of labels that is cut, contradicts itself, or leaves the folder")
def broken_labels(lab):
    folder = lab.image_folder()
    lists = {
        "000.png,cat\n001.p": ("line 2", "correct the line"),
        "000.png,cat\n000.png,dog\n": ("line 2", "keep one"),
        "../tiny.png,cat\n": ("line 1", "relative to it"),
        "000.png,cat\n008.png,dog\n": ("line 2", "correct the line"),
    }
    for text, (where, cure) in lists.items():
        (folder / "labels.csv").write_text(text)
        line = refused(_train(lab), "labels.csv", where, cure=cure)
    (folder / "labels.csv").unlink()
    (folder / "dataset.json").write_text('{"labels": [["000.png", [0, 1]]]}')
    refused(_train(lab), "dataset.json", "entry 0", cure="argmax")
    return line
