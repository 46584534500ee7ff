"""Rows 42 to 45 and 56: broken and crafted model files, and misleading measurements."""

import zipfile

from faults import tiny
from faults.fault import SLOW, fault
from faults.laboratory import expect, read_json, refused, went_well

_SAMPLE = ("--run_dir=run", "--num=4", "--output=samples.png")


def _saved_gan(lab):
    (lab.folder / "run").mkdir()
    path = lab.folder / "run" / "gan.keras"
    went_well(lab.call(_save_gan, str(path)))
    return path


def _save_gan(path):
    tiny.gan().save(path)


@fault(42, "a missing model, one that is junk, one with a lambda layer")
def broken_model(lab):
    refused(lab.command("sample", *_SAMPLE), "--run_dir=run", cure="train first")
    path = _saved_gan(lab)
    whole = path.read_bytes()
    for junk in (b"", b"junk", whole[: len(whole) // 2]):
        path.write_bytes(junk)
        refused(lab.command("sample", *_SAMPLE), "gan.keras", cure="train again")
    went_well(lab.call(_save_lambda, str(path)))
    done = lab.command("sample", *_SAMPLE)
    line = refused(done, "gan.keras", "ambda", cure="train again")
    return line, 1


def _save_lambda(path):
    import keras

    doubled = keras.layers.Lambda(lambda x: 2 * x)
    keras.Sequential([keras.Input((4,)), doubled]).save(path)


@fault(
    43, "a .keras file that is a bomb; weights that link to another file", by_hand=SLOW
)
def crafted_model(lab):
    path = _saved_gan(lab)
    whole = path.read_bytes()
    _replace_weights(path, whole, b"\0" * 2**28)
    done = lab.command("sample", *_SAMPLE)
    refused(done, "gan.keras", "unpacks to 256 MiB", cure="train again")
    (lab.folder / "secret").write_bytes(b"\1" * 4096)
    for craft in (_link_to_file, _store_elsewhere):
        weights = lab.folder / "crafted.h5"
        path.write_bytes(whole)
        with zipfile.ZipFile(path) as archive:
            weights.write_bytes(archive.read("model.weights.h5"))
        craft(weights, lab.folder / "secret")
        _replace_weights(path, whole, weights.read_bytes())
        done = lab.command("sample", *_SAMPLE)
        line = refused(done, "gan.keras", cure="train again")
    return line, 1


def _replace_weights(path, whole, content):
    """Writes the archive `whole` to `path`, with other weights in it."""
    path.write_bytes(whole)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["model.weights.h5"] = content
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)


_WEIGHT = "generator/layers/dense/vars/0"


def _link_to_file(weights, secret):
    import h5py

    with h5py.File(secret.with_suffix(".h5"), "w") as other:
        other["stolen"] = [1.0]
    with h5py.File(weights, "a") as file:
        del file[_WEIGHT]
        file[_WEIGHT] = h5py.ExternalLink(str(secret.with_suffix(".h5")), "stolen")


def _store_elsewhere(weights, secret):
    import h5py

    with h5py.File(weights, "a") as file:
        shape, dtype = file[_WEIGHT].shape, file[_WEIGHT].dtype
        del file[_WEIGHT]
        size = dtype.itemsize
        for length in shape:
            size *= length
        file.create_dataset(_WEIGHT, shape, dtype, external=[(str(secret), 0, size)])


_EVALUATE = ("--dataset=npz:real.npz", "--extractor=pixels", "--metrics=fd_pixels")


def _real(lab):
    """Writes 200 training images and 200 test images to a file; returns both."""
    import numpy as np

    pixels = np.random.default_rng(1).integers(0, 256, (400, 8, 8, 1), dtype="uint8")
    np.savez(lab.folder / "real.npz", x_train=pixels[:200], x_test=pixels[200:])
    return pixels[:200], pixels[200:]


@fault(
    44,
    "metrics of 1 sample, of fewer than dimensions, of NaN, of the real data; "
    "broken weights",
)
def wrong_measurements(lab):
    import numpy as np

    train, test = _real(lab)
    cases = {"one": test[:1], "few": test[:10] // 2, "same": test}
    for name, images in cases.items():
        np.savez(lab.folder / f"{name}.npz", images=images)
    broken = np.where(np.arange(64).reshape(8, 8, 1) == 9, np.nan, test / 255.0)
    np.savez(lab.folder / "nan.npz", images=broken.astype("float32"))

    def evaluate(name, *flags):
        return lab.command("evaluate", f"--samples={name}.npz", *_EVALUATE, *flags)

    refused(evaluate("one"), "1 sample is too few", cure="at least 2")
    refused(evaluate("nan"), "nan.npz", "nan", cure="remove or repair")
    went_well(evaluate("few"), "10 samples for 64 features", "the distance means little")
    same = evaluate("same", "--json=same.json")
    line = went_well(same) or "200 of 200 samples are exact copies of real samples"
    expect(line in same.out, "copies were not noticed")
    distance = read_json(lab.folder / "same.json")["results"]["fd_pixels"]["value"]
    expect(abs(distance) < 1e-6, f"real images are {distance} from themselves")
    (lab.folder / "weights.pb").write_bytes(b"no graph")
    fid = evaluate("same", "--metrics=fid", "--inception_path=weights.pb")
    refused(fid, "weights.pb", cure="pass the file")
    _damaged_classifier(lab, evaluate)
    return line


def _damaged_classifier(lab, evaluate):
    import importlib.resources

    shipped = importlib.resources.files("keras_gan.evaluation") / "classifiers"
    for name in ("mnist.keras", "mnist.json"):
        content = bytearray((shipped / name).read_bytes())
        if name == "mnist.keras":
            content[len(content) // 2] ^= 1
        (lab.folder / name).write_bytes(content)
    flags = ("--extractor=classifier", "--metrics=kid", "--classifier=mnist.keras")
    refused(evaluate("same", *flags), "mnist.keras", "SHA-256", cure="train it again")


@fault(45, "training images passed off as samples, and the test split used twice")
def leaks(lab):
    import numpy as np

    train, test = _real(lab)
    copies = np.concatenate([train[:30], test[:20], 255 - test[:50]])
    np.savez(lab.folder / "copies.npz", images=copies)
    flags = ("--samples=copies.npz", *_EVALUATE, "--num_real=0", "--json=leaks.json")
    done = lab.command("evaluate", *flags)
    said = "30 of 100 samples are exact copies of training samples"
    went_well(done, said, "20 of 100 samples are exact copies of real samples")
    table = read_json(lab.folder / "leaks.json")
    expect((table["split"], table["train_split"]) == ("test", "train"), "splits unsaid")
    expect(len(table["cautions"]) >= 2, "the cautions are not in the JSON")
    # If training and test are one split, it is cut into halves that share no image.
    one = lab.command("evaluate", *flags, "--split=train")
    went_well(one, "split train")
    expect(read_json(lab.folder / "leaks.json")["num_real"] == 100, "halves overlap")
    return said


@fault(56, "--init_from a run that is empty, damaged, or of other networks")
def broken_older_run(lab):
    lab.images()
    flags = ("--dataset=npz:tiny.npz", "--init_from=run", "--run_dir=new")
    refused(lab.command("train", *flags), "--init_from=run", cure="check the path")
    path = _saved_gan(lab)
    whole = path.read_bytes()
    line = refused(lab.command("train", *flags), "other layers", cure="the same options")
    path.write_bytes(whole[: len(whole) // 2])
    refused(lab.command("train", *flags), "--init_from=run", cure="train again")
    path.unlink()
    refused(lab.command("train", *flags), "--init_from=run", cure="train first")
    return line
