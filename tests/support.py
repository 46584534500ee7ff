"""What tests share: the smallest GANs that train, and the scripts as users run them."""

import contextlib
import fcntl
import os
import pathlib
import pty
import re
import struct
import subprocess
import sys
import termios
import threading

import keras
import numpy as np
import pytest
from keras import layers

import keras_gan as kg
from faults.laboratory import Laboratory, run_command
from keras_gan.cli import command_line, sample, train
from keras_gan.data import inputs
from keras_gan.evaluation import classifier

ROOT = pathlib.Path(__file__).parent.parent


def tiny_networks(**options):
    """The 2014 pair for 8x8 images: maxout and dropout, which take long to trace."""
    sizes = {"latent_dim": 4, "generator_units": (16, 16), "discriminator_units": (8, 8)}
    return kg.networks.mlp((8, 8, 1), **{**sizes, **options})


def relu_networks(units=16, dropout=0.0):
    """The pair that traces fastest, always with the same initial weights.

    Args:
        units: Of both hidden layers.
        dropout: Share that D drops. Defaults to 0: nothing random in it.
    """
    starts = (keras.initializers.GlorotUniform(seed=n) for n in range(4))

    def dense(x, units, activation=None):
        layer = keras.layers.Dense(units, activation, kernel_initializer=next(starts))
        return layer(x)

    z, x = keras.Input((4,)), keras.Input((8, 8, 1))
    made = dense(dense(z, units, "relu"), 64, "sigmoid")
    generator = keras.Model(z, keras.layers.Reshape((8, 8, 1))(made))
    judged = dense(keras.layers.Flatten()(x), units, "relu")
    if dropout:
        judged = keras.layers.Dropout(dropout)(judged)
    return generator, keras.Model(x, dense(judged, 1))


def conditional_networks(num_classes=3):
    """A pair for 8x8 images of a class each; labels come in as one-hot."""
    z, label = keras.Input((4,)), keras.Input((), dtype="int32")
    one_hot = layers.CategoryEncoding(num_classes, "one_hot")
    made = layers.Dense(16, "relu")(layers.Concatenate()([z, one_hot(label)]))
    made = layers.Reshape((8, 8, 1))(layers.Dense(64, "sigmoid")(made))
    x, given = keras.Input((8, 8, 1)), keras.Input((), dtype="int32")
    seen = layers.Concatenate()([layers.Flatten()(x), one_hot(given)])
    logits = layers.Dense(1)(layers.Dense(32, "leaky_relu")(seen))
    return keras.Model([z, label], made), keras.Model([x, given], logits)


def brightness_classifier(path, shades):
    """Writes a classifier of 8x8 images whose classes are mean values in 0..255."""
    shades = np.array(shades) / 255
    x = keras.Input((8, 8, 1))
    mean = layers.GlobalAveragePooling2D()(layers.Rescaling(1 / 255)(x))
    features = layers.Dense(64, kernel_initializer="ones", name="features")(mean)
    logits = layers.Dense(len(shades), name="logits")
    model = keras.Model(x, logits(features))
    # -(mean - shade)^2, up to what is the same for all classes.
    logits.set_weights([np.tile(2 * shades / 64, (64, 1)), -(shades**2)])
    record = {"dataset": "tiles", "image_shape": [8, 8, 1], "num_classes": len(shades)}
    classifier.save(path, model, record)


def tiny_gan(
    networks=None,
    loss="non_saturating",
    penalties=(),
    adam=keras.optimizers.Adam,
    **options,
):
    """A compiled GAN on 8x8 images, with Adam for both networks."""
    gan = kg.GAN(*(networks or relu_networks()), **options)
    gan.compile(
        d_optimizer=adam(1e-2, beta_1=0.5),
        g_optimizer=adam(1e-2, beta_1=0.5),
        loss=loss,
        penalties=penalties,
    )
    return gan


class TracedOnce:
    """A GAN whose training step is traced once; each call returns it as it was when new.

    Tracing takes longer than 50 steps. This is for tests of what goes on around the
    steps; those of what a GAN itself keeps need a new one.

    Args:
        make: Makes the GAN. Defaults to `tiny_gan`.
    """

    def __init__(self, make=tiny_gan):
        self._make = make
        self._start = []

    def __call__(self):
        if not self._start:
            self._gan = self._make()
            self._start = [np.array(variable) for variable in all_variables(self._gan)]
        for variable, value in zip(all_variables(self._gan), self._start, strict=True):
            variable.assign(value)
        self._gan.reset_metrics()
        self._gan.finite_check.reset()
        return self._gan


def all_variables(gan):
    """Those of the GAN and of both optimizers."""
    return [*gan.variables, *gan.d_optimizer.variables, *gan.g_optimizer.variables]


class FakeClock:
    """Takes the place of the module `time`; moved by hand."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now


class Terminal:
    """A real pseudo-terminal as `sys.stdout` and `sys.stderr`, and what it shows.

    Args:
        monkeypatch: Pytest's fixture.
        columns: Its width. Defaults to 80.
    """

    def __init__(self, monkeypatch, columns=80):
        self._master, self._slave = pty.openpty()
        self._written = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.resize(columns)
        monkeypatch.setenv("TERM", "xterm")
        self._streams = [open(os.dup(self._slave), "w", encoding="utf-8") for _ in "oe"]
        monkeypatch.setattr(sys, "stdout", self._streams[0])
        monkeypatch.setattr(sys, "stderr", self._streams[1])

    def resize(self, columns):
        """Makes it narrower or wider."""
        size = struct.pack("HHHH", 24, columns, 0, 0)
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, size)
        # Tells `rows` when it was, in xterm's words.
        os.write(self._slave, f"\x1b[8;24;{columns}t".encode())

    def _read(self):
        with contextlib.suppress(OSError):  # Nobody can write any more.
            while read := os.read(self._master, 2**16):
                self._written += read

    def rows(self):
        """Closes the terminal; returns what it shows, rows that were too long in two."""
        for stream in self._streams:
            stream.close()
        os.close(self._slave)
        self._reader.join(timeout=10)
        os.close(self._master)
        rows, x, columns = [""], 0, 0
        for one in re.findall(r"\x1b\[[0-9;]*[Kt]|[^\x1b]", self._written.decode()):
            if one.endswith("t") and one[0] == "\x1b":
                columns = int(one[:-1].rsplit(";")[-1])
            elif one == "\r":
                x = 0
            elif one == "\n":
                rows.append("")
            elif one == "\x1b[K":
                rows[-1] = rows[-1][:x]
            else:
                if x == columns:
                    rows.append("")
                    x = 0
                rows[-1] = rows[-1][:x].ljust(x) + one + rows[-1][x + 1 :]
                x += 1
        return rows if rows[-1] else rows[:-1]


class Killed(Exception):
    """What stands for a kill: nothing after it runs."""


class KillAt(keras.callbacks.Callback):
    """Kills a run after a step, before later callbacks learn of it."""

    def __init__(self, step):
        super().__init__()
        self.step = step

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.step) == self.step:
            raise Killed


def training_input(gan, x, batch_size=None):
    """What `fit` makes of its data."""
    return inputs.training_input(
        x,
        gan.sample_spec,
        discriminator_steps=gan.discriminator_steps,
        batch_size=batch_size,
        seed=gan.seed,
    )


def script(name, *arguments, cwd=None):
    """Runs a script as its user does, in a new interpreter: seconds, once it needs Keras.

    Returns:
        A `subprocess.CompletedProcess`.
    """
    return subprocess.run(
        [sys.executable, str(ROOT / "scripts" / f"{name}.py"), *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=cwd,
    )


def command(name, *arguments, cwd, run=run_command):
    """Runs a command in a forked process, where TensorFlow is loaded already.

    Args:
        name: Of the command, such as "train".
        *arguments: Its flags.
        cwd: Folder to run it in, which should hold little: each file is read.
        run: What the process calls with the name and the arguments.

    Returns:
        A `subprocess.CompletedProcess`, as of `script`.
    """
    arguments = [str(argument) for argument in arguments]
    laboratory = Laboratory(cwd)
    done = laboratory.wait(laboratory.start(run, name, arguments))
    return subprocess.CompletedProcess([name, *arguments], done.code, done.out, done.err)


def run_study_command(name, arguments):
    """What `command` is told to call for the command that is part of the studies."""
    from studies import reproduce

    sys.argv = [f"{name}.py", *arguments]
    reproduce.run()


def fails(done, *words):
    """Asserts exit code 1 and exactly one line on stderr, with all the words."""
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "Traceback" not in line
    for word in words:
        assert word in line, line


def flags_of_train(*arguments):
    """The flags of train.py, parsed as the script parses them."""
    own = train.define_flags()
    own(["train.py", *map(str, arguments)])
    return own


def parsed(*arguments):
    """The recipe that flags of train.py name."""
    return train.recipe_of(flags_of_train(*arguments))


def trained(archive, run_dir, *arguments):
    """Trains in this process, as train.py does; returns the exit code."""
    common = (f"--dataset=npz:{archive}", "--batch_size=16", "--epochs=1")
    return train.main(flags_of_train(*common, f"--run_dir={run_dir}", *arguments))


def sampled(run_dir, output, **options):
    """Samples in this process, 4 of them by default; returns the exit code."""
    request = {"run_dir": str(run_dir), "output": str(output), "num": 4, **options}
    return sample.sample(sample.Request(**request))


@contextlib.contextmanager
def refused(*words):
    """Asserts a mistake that names all the words on the command line; yields it."""
    with pytest.raises(ValueError) as caught:
        yield caught
    message = command_line.in_words(caught.value)
    for word in words:
        assert word in message, message
