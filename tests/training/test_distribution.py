"""One game on several devices: equal to one device, also after a worker was killed."""

import functools
import json
import os
import pathlib
import socket
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gan
import replicas
from faults.laboratory import Laboratory, run_command
from keras_gan.cli import train
from keras_gan.training import cluster
from support import ROOT, command, fails

# After 12 steps, as far as the precision of the networks goes.
CLOSE = {"float32": 1e-6, "mixed_bfloat16": 1e-3}


def in_processes(folder, *works):
    """Does each work in a forked process, all at the same time; all must end well.

    Args:
        folder: Where the processes get a folder each to stand in.
        *works: Of each process: what it calls, and with which arguments.
    """
    processes = []
    for n, work in enumerate(works):
        stand = folder / f"process{n}"
        stand.mkdir(parents=True)
        laboratory = Laboratory(stand)
        processes.append((laboratory, laboratory.start(*work)))
    for laboratory, process in processes:
        done = laboratory.wait(process)
        assert done.code == 0, done.err


def in_cluster(folder, *works):
    """Does each work as a worker of one cluster."""
    configs = clustered(len(works))
    calls = [(replicas.as_worker, *one) for one in zip(configs, works, strict=True)]
    in_processes(folder, *calls)


def clustered(number):
    """TF_CONFIG of workers on this machine."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    addresses = [f"127.0.0.1:{one.getsockname()[1]}" for one in sockets]
    for one in sockets:
        one.close()
    return [tf_config(addresses, n) for n in range(number)]


def tf_config(addresses, index, kind="worker"):
    task = {"type": kind, "index": index}
    return json.dumps({"cluster": {"worker": addresses}, "task": task})


@functools.cache
def on_one_device(name):
    """What a case must come to."""
    before = keras.config.dtype_policy()
    try:
        return replicas.trained(tf.distribute.get_strategy(), name)
    finally:
        keras.config.set_dtype_policy(before)


def check_equal_to_one_device(folder, names):
    for name in names:
        expected = on_one_device(name)
        tolerance = CLOSE[replicas.CASES[name][-1]]
        with np.load(folder / f"{name}.npz") as found:
            assert set(found.files) == set(expected)
            for key, value in expected.items():
                np.testing.assert_allclose(
                    found[key], value, 0, tolerance, err_msg=f"{name} {key}"
                )


# Together they hold each option of the game; a pass over all of them takes minutes.
ON_TWO_DEVICES = ("packed", "images")
ON_TWO_WORKERS = ("averaged", "conditional", "bfloat16")


def test_two_devices_play_the_game_of_one(tmp_path):
    in_processes(
        tmp_path, (replicas.train_all, "mirrored", str(tmp_path), ON_TWO_DEVICES)
    )
    check_equal_to_one_device(tmp_path, ON_TWO_DEVICES)


def test_two_workers_play_the_game_of_one(tmp_path):
    folders = [tmp_path / "0", tmp_path / "1"]
    for folder in folders:
        folder.mkdir()
    names = ON_TWO_WORKERS
    in_cluster(
        tmp_path,
        *((replicas.train_all, "multi_worker", str(one), names) for one in folders),
    )
    for folder in folders:
        check_equal_to_one_device(folder, names)


def test_a_strategy_of_one_device_has_the_bits_of_none():
    found = replicas.trained(tf.distribute.MirroredStrategy(["CPU:0"]), "averaged")
    for key, value in on_one_device("averaged").items():
        np.testing.assert_array_equal(found[key], value, err_msg=key)


LAUNCH = (sys.executable, ROOT / "scripts" / "launch_local.py", "--workers=2", "--")
RUN = (
    "--preset=mlp",
    "--image_size=8",
    "--generator_units=8",
    "--discriminator_units=8",
    "--eval_split=",
    "--steps=24",
    "--batch_size=200",
    "--checkpoint_steps=4",
    "--picture_every=100",
)


def train_on_two_workers(folder, run_dir):
    flags = ["--strategy=multi_worker", *RUN, f"--run_dir={run_dir}"]
    in_cluster(folder, *[(run_command, "train", flags)] * 2)


def test_killed_workers_go_on_with_the_same_bits(tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    launcher = subprocess.Popen(
        [*LAUNCH, *RUN, f"--run_dir={broken}", "--max_seconds=300"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    wait_for(broken / "checkpoints" / "step-0000000008.json")
    children = pathlib.Path(f"/proc/{launcher.pid}/task/{launcher.pid}/children")
    *_, second = map(int, children.read_text("utf-8").split())
    os.kill(second, 9)
    killed = time.monotonic()
    _, err = launcher.communicate(timeout=60)
    assert time.monotonic() - killed < 30
    assert launcher.returncode == 1
    assert "has lost another" in err
    assert "Traceback" not in err
    train_on_two_workers(tmp_path / "again", broken)
    train_on_two_workers(tmp_path / "once", whole)
    last = "checkpoints/step-0000000024.npz"
    with np.load(whole / last) as expected, np.load(broken / last) as found:
        for one, other in zip(expected.files, found.files, strict=True):
            np.testing.assert_array_equal(found[other], expected[one])
    logs = "metrics.jsonl"
    assert (broken / logs).read_text("utf-8") == (whole / logs).read_text("utf-8")
    # One run, written by one worker.
    assert len(list((broken / "tensorboard" / "train").iterdir())) == 2


@pytest.mark.parametrize("flag, code", [("--help", 0), ("--lr=nan", 1)])
def test_the_launcher_ends_as_its_workers_do(flag, code):
    done = subprocess.run([*LAUNCH, flag], capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stderr
    assert done.stderr.count("--lr=nan") == 2 * code
    assert done.stdout.count("--batch_size:") == 2 * (1 - code)


def wait_for(path, seconds=120):
    until = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < until, path
        time.sleep(0.02)


def test_what_several_devices_cannot_do_is_one_line():
    program = """
import sys
sys.path.insert(0, {tests!r})
import keras_gan.training.distribution  # Any module of the room may be the first.
import numpy as np, keras, replicas, keras_gan
from support import refused
strategy = replicas.two_devices()
adam, points = replicas.adam, np.zeros((40, 4), "float32")
outside = replicas.dense_networks()
with strategy.scope():
    inside = replicas.dense_networks()
    optimizer = adam()
    with refused("not made in the same strategy.scope()"):
        keras_gan.GAN(*outside)
    gan = keras_gan.GAN(*inside, packing=1)
    for option in ("run_eagerly", "jit_compile"):
        with refused(option, "on one device"):
            gan.compile(adam(), adam(), **{{option: True}})
    gan.compile(optimizer, adam())
    with refused("Call fit outside of strategy.scope()"):
        gan.fit(points, verbose=0)
other = adam()
with refused("An optimizer was not made in the same strategy.scope()"):
    gan.compile(other, "adam")
with refused("Minibatches of 5 do not divide among 2 replicas", "4 or 6"):
    gan.fit(points, batch_size=5, verbose=0)

class Numbers(keras.utils.PyDataset):
    def __len__(self):
        return 5
    def __getitem__(self, index):
        return points[:8]

with strategy.scope():
    packed = keras_gan.GAN(*replicas.dense_networks(packing=2), packing=2)
    packed.compile(adam(), adam())
with refused("Minibatches of 6 do not divide among 2 replicas in packs of 2", "4 or 8"):
    packed.train_on_batch(points[:6])
with refused("PyDataset", "2 replicas"):
    gan.fit(Numbers(), verbose=0)
with strategy.scope():
    x = keras.Input((4,))
    y = keras.layers.Dense(1, activity_regularizer="l2")(x)
    gan = keras_gan.GAN(inside[0], keras.Model(x, y))
    gan.compile(adam(), adam())
with refused("discriminator adds a loss"):
    gan.fit(points, batch_size=4, verbose=0)
print("all refused")
"""
    program = program.format(tests=str(ROOT / "tests"))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "all refused\n", done.stderr


class TestCluster:
    ADDRESSES = ("host0:2222", "host1:2222")

    def test_reads_who_is_who(self):
        assert cluster.read(tf_config(self.ADDRESSES, 1)) == ([*self.ADDRESSES], 1)

    def test_the_chief_is_the_first(self):
        jobs = {"chief": ["a:1"], "worker": ["b:1", "c:1"]}
        config = {"cluster": jobs, "task": {"type": "worker", "index": 1}}
        assert cluster.read(json.dumps(config)) == (["a:1", "b:1", "c:1"], 2)
        config["task"] = {"type": "chief", "index": 0}
        assert cluster.read(json.dumps(config)) == (["a:1", "b:1", "c:1"], 0)

    @pytest.mark.parametrize(
        ("config", "words"),
        [
            (None, "TF_CONFIG is not set"),
            ("", "TF_CONFIG is not set"),
            ("{", "cannot be read"),
            ("[]", "cannot be read"),
            ("{}", "cannot be read"),
            ('{"cluster": {"worker": ["a:1"]}}', "cannot be read"),
            (tf_config(["a:1"], 1), "numbers this task 1, but names 1"),
            (tf_config(["a:1"], -1), "numbers this task -1"),
            (tf_config(["a:1"], 0, "ps"), 'only "chief" and "worker" train'),
            (tf_config(["a"], 0), "no host:port"),
            (tf_config(["a:1", "a:1"], 0), "twice"),
        ],
    )
    def test_refuses_what_is_no_cluster(self, config, words):
        with pytest.raises(ValueError, match=words):
            cluster.read(config)

    def test_names_a_worker_that_does_not_answer(self):
        _, missing = clustered(2)
        addresses, _ = cluster.read(missing)
        with pytest.raises(ConnectionError, match=f"worker 1 .{addresses[1]}"):
            cluster.meet(addresses, 0, seconds=0.3)

    def test_says_that_a_port_is_taken(self):
        with socket.create_server(("", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            with pytest.raises(ConnectionError, match="cannot listen"):
                cluster.meet([address], 0, seconds=0.3)


def test_an_unknown_strategy_is_refused():
    with pytest.raises(ValueError, match="none, mirrored, multi_worker"):
        keras_gan.distribution.strategy("ring")


def test_the_flag_knows_every_strategy():
    # The command cannot read them: --help must not wait for TensorFlow.
    flag = train.define_flags()["strategy"]
    assert tuple(flag.parser.enum_values) == keras_gan.distribution.NAMES


def test_a_run_without_its_cluster_is_one_line(tmp_path, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    done = command("train", "--strategy=multi_worker", cwd=tmp_path)
    fails(done, "TF_CONFIG is not set")
