"""What a checkpoint keeps besides arrays comes back as it was."""

import concurrent.futures
import errno
import math
import threading

import numpy as np
import pytest

from keras_gan.storage.checkpoints import Checkpoints, differences


def test_a_best_value_of_infinity_survives(tmp_path):
    # Keras' ReduceLROnPlateau begins with it. A report would have null in its place.
    facts = {"callbacks": {"ReduceLROnPlateau 0": {"best": math.inf, "wait": 0}}}
    checkpoints = Checkpoints(str(tmp_path), keep=2)
    checkpoints.save(0, {"weight": np.ones(3)}, facts)
    assert checkpoints.newest().facts == facts


class TestInTheBackground:
    @pytest.fixture
    def gate(self, monkeypatch):
        """Holds back every write until it is opened, for 0.2 seconds at most."""
        gate = threading.Event()
        write = Checkpoints._write

        def held_back(self, step, *rest):
            gate.wait(0.2)
            write(self, step, *rest)

        monkeypatch.setattr(Checkpoints, "_write", held_back)
        return gate

    def test_goes_on_before_it_is_written_and_reads_after(self, tmp_path, gate):
        checkpoints = Checkpoints(tmp_path)
        facts = {"rows": [1]}
        checkpoints.save(1, {"w": np.arange(3.0)}, facts, wait=False)
        facts["rows"].append(2)  # What comes later is not in it.
        assert checkpoints.steps() == []
        gate.set()
        newest = checkpoints.newest()
        assert newest.step == 1 and newest.facts == {"rows": [1]}

    def test_one_at_a_time_and_the_lock_is_kept(self, tmp_path, gate):
        checkpoints = Checkpoints(tmp_path, keep=1)
        with checkpoints.locked():
            for step in (1, 2):
                checkpoints.save(step, {"w": np.zeros(3)}, {}, wait=False)
        assert checkpoints.steps() == [2]

    @pytest.mark.parametrize("after", ["finish", "save", "newest"])
    def test_a_failure_is_told_at_the_next_call(self, tmp_path, monkeypatch, after):
        def fail(self, *_):
            raise OSError(errno.EIO, "broken disk")

        checkpoints = Checkpoints(tmp_path)
        checkpoints.save(1, {"w": np.zeros(3)}, {})
        with monkeypatch.context() as context:
            context.setattr(Checkpoints, "_write", fail)
            checkpoints.save(2, {"w": np.zeros(3)}, {}, wait=False)
            concurrent.futures.wait([checkpoints._being_written])
        calls = {
            "finish": lambda: checkpoints.finish(wait=False),
            "save": lambda: checkpoints.save(3, {"w": np.zeros(3)}, {}),
            "newest": checkpoints.newest,
        }
        with pytest.raises(OSError, match="broken disk"):
            calls[after]()
        assert checkpoints.newest().step == 1


def test_of_texts_that_are_json_only_what_differs_is_named():
    adam = '{"class": "Adam", "beta_1": 0.5, "learning_rate": {"rate": 1.0, "steps": 9}}'
    other = adam.replace("0.5", "0.9").replace('"rate": 1.0', '"rate": 2.0')
    former = {"a": adam, "loss": "{not JSON", "same": adam}
    present = {"a": other, "loss": "hinge", "same": adam, "new": None}
    assert differences(former, present) == (
        "a.beta_1 is 0.9, was 0.5; a.learning_rate.rate is 2, was 1; "
        "loss is hinge, was {not JSON"
    )
    assert differences(former, former) == ""
    # Another class has other options: it alone is named. Of a list, what differs.
    nadam = '{"class": "Nadam", "decay": 1}'
    assert differences({"a": adam}, {"a": nadam}) == "a.class is Nadam, was Adam"
    lists = [{"p": f'[{{"class": "R1", "weight": {w}}}]'} for w in (0.1, 0.30000001192)]
    assert differences(*lists) == "p.0.weight is 0.3, was 0.1"
    assert differences({"p": "[]"}, {"p": '["R1"]'}) == "p is {0: 'R1'}, was []"
    # A value that is there or not: None is no value of a flag.
    assert differences({"--r1": "1"}, {"--r2": "1"}) == (
        "--r1 is not given, was 1; --r2 is 1, was not given"
    )
