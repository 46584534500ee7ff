"""Rows 17 to 26: flags, names, and what is not installed."""

from faults.fault import fault
from faults.laboratory import refused


@fault(17, "image sizes that cannot be made: 30, 0x64; --channels=4 of grey images")
def unreachable_size(lab):
    lab.image_folder(side=30)
    flags = ("--dataset=folder:pictures", "--network=dcgan", "--batch_size=4")
    refused(lab.command("train", *flags), "30x30", "28 or 32", cure="--image_size")
    # By the flag alone, before any data is looked for.
    flags = ("--dataset=folder:nowhere", "--network=dcgan", "--image_size=30")
    done = lab.command("train", *flags)
    line = refused(done, "--image_size=30", cure="28 or 32")
    refused(lab.command("train", "--image_size=0x64"), "0x64", cure="such as 96x64")
    refused(lab.command("train", "--channels=4"), "mnist5k", cure="--channels=4")
    return line


@fault(18, "--epochs=0, --batch_size=-1, an unknown --optimizer")
def illegal_numbers(lab):
    for flag in ("--epochs=0", "--batch_size=-1"):
        refused(lab.command("train", flag), flag, cure="--help")
    done = lab.command("train", "--optimizer=adagrad")
    return refused(done, "--optimizer=adagrad", cure="adam|sgd")


@fault(19, "--lr=nan, --lr=inf, --r1=nan")
def numbers_that_are_none(lab):
    for flag in ("--r1=nan", "--lr=inf"):
        refused(lab.command("train", flag), flag, cure="finite")
    return refused(lab.command("train", "--lr=nan"), "--lr=nan", cure="finite")


@fault(20, "a mistyped flag and a stray argument")
def unknown_flag(lab):
    refused(lab.command("train", "stray"), "'stray'", cure="--name=value")
    done = lab.command("train", "--batchsize=4")
    return refused(done, "batchsize", cure="batch_size")


@fault(21, "an unknown name of a dataset")
def unknown_dataset(lab):
    done = lab.command("train", "--dataset=mnsit")
    line = refused(done, "--dataset=mnsit", cure="did you mean mnist")
    return line


@fault(22, "a dataset that is not prepared, and no network")
def no_network(lab):
    done = lab.call(_load_without_network, str(lab.folder / "prepared"))
    return refused(done, "'mnist'", "no network", cure="set data_dir")


def _load_without_network(data_dir):
    import socket

    import keras_gan as kg

    def unreachable(*_, **__):
        raise OSError(101, "Network is unreachable")

    socket.create_connection = socket.socket.connect = unreachable
    kg.data.load("mnist", batch_size=4, data_dir=data_dir)


@fault(23, "a download whose checksum is wrong")
def wrong_checksum(lab):
    done = lab.call(_download_altered_file, str(lab.folder / "prepared"))
    expected = {name for name in done.changed if name.startswith("prepared/")}
    return refused(done, "checksum", cure="try again", changed=expected)


def _served(content):
    """The address of a local server that answers everything with `content`."""
    import http.server
    import threading

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802
            self.send_response(200)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/digits.bin"


def _download_altered_file(data_dir):
    import contextlib
    import io

    import tensorflow_datasets as tfds

    import keras_gan as kg

    url = _served(b"altered on the way")
    expected = tfds.download.checksums.UrlInfo(18, "0" * 64, "digits.bin")

    class AlteredDigits(tfds.core.GeneratorBasedBuilder):
        VERSION = tfds.core.Version("1.0.0")
        url_infos = {url: expected}

        def _info(self):
            image = tfds.features.Image(shape=(8, 8, 1))
            return self.dataset_info_from_configs(
                features=tfds.features.FeaturesDict({"image": image})
            )

        def _split_generators(self, dl_manager):
            return {"train": self._generate_examples(dl_manager.download(url))}

        def _generate_examples(self, path):
            yield 0, {"image": path}

    # What TFDS shows meanwhile: bars of its progress.
    with contextlib.redirect_stderr(io.StringIO()):
        kg.data.load("altered_digits", batch_size=1, data_dir=data_dir)


@fault(24, "a mistyped split: 'tran'")
def unknown_split(lab):
    flags = ("--dataset=mnist5k", f"--data_dir={lab.folder / 'prepared'}")
    lab.command("train", *flags, "--preview", "--run_dir=preview")
    done = lab.command("train", *flags, "--split=tran")
    return refused(done, "'tran'", cure="test, train")


@fault(25, "KERAS_BACKEND=jax")
def other_backend(lab):
    done = lab.fresh("train", KERAS_BACKEND="jax")
    return refused(done, "KERAS_BACKEND", "jax", cure="set KERAS_BACKEND=tensorflow")


@fault(26, "no TensorBoard installed")
def no_tensorboard(lab):
    images = lab.images(16)
    flags = (f"--dataset=npz:{images}", "--batch_size=4", "--run_dir=run", "--epochs=1")
    missing = "sys.modules['tensorboard'] = None"
    done = lab.fresh("train", *flags, before=missing)
    return refused(done, "tensorboard", cure="pip install")
