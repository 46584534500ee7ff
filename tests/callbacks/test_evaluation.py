"""The callback: numbers from the averaged weights, and the best generator kept."""

import json
import time
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gan.callbacks import Evaluation, RunLog
from keras_gan.data.value_range import unscale
from keras_gan.evaluation import Settings, Suite
from support import (
    TracedOnce,
    brightness_classifier,
    conditional_networks,
    tiny_gan,
)

as_new = TracedOnce(lambda: tiny_gan(ema_decay=0.9))


def images(seed, n=40):
    return np.random.default_rng(seed).integers(0, 256, (n, 8, 8, 1), dtype="uint8")


@pytest.fixture
def suite():
    return Suite(images(0), images(1), Settings(("fd_pixels", "kid"), "pixels"))


def summaries(run_dir, split="eval", values=False):
    """{tag: last step, or last value} of one of the run's folders."""
    files = (run_dir / "tensorboard" / split).iterdir()
    return {
        value.tag: tf.make_ndarray(value.tensor).tolist() if values else event.step
        for file in files
        for event in tf.compat.v1.train.summary_iterator(str(file))
        for value in event.summary.value
    }


def test_writes_and_keeps_the_best(tmp_path, suite):
    model = as_new()
    callback = Evaluation(str(tmp_path), suite, num_samples=30, every_epochs=2)
    model.fit(images(0), batch_size=10, epochs=3, verbose=0, callbacks=[callback])
    # After epochs 2 and 3: every second one, and the last.
    tags = summaries(tmp_path)
    assert tags["3 evaluation/fd_pixels"] == tags["evaluation/table"] == 12
    record = json.loads((tmp_path / "best_generator.json").read_text())
    assert record["metric"] == "fd_pixels" and record["n"] == 30
    best = keras.models.load_model(tmp_path / "best_generator.keras")
    z = model.draw_latents(30)
    samples = unscale(np.asarray(best(z)), (0.0, 1.0))
    assert suite.measure(samples)["fd_pixels"].value == pytest.approx(record["value"])


def test_says_once_that_it_measures_if_that_takes_long(
    tmp_path, suite, caplog, monkeypatch
):
    monkeypatch.setattr("keras_gan.callbacks.evaluation._LONG", 0.0)
    measure = suite.measure

    def slowly(*arguments):
        until = time.monotonic() + 20
        while "Evaluation is measuring" not in caplog.text and time.monotonic() < until:
            time.sleep(0.001)
        return measure(*arguments)

    monkeypatch.setattr(suite, "measure", slowly)
    callback = Evaluation(str(tmp_path), suite, num_samples=30, every_epochs=1)
    as_new().fit(images(0), batch_size=10, epochs=2, verbose=0, callbacks=[callback])
    assert caplog.text.count("Evaluation is measuring fd_pixels, kid") == 1


def test_numbers_are_logs_which_other_callbacks_use(tmp_path, suite):
    model, measured = as_new(), {}

    class Spy(Evaluation):
        def act(self, step):
            super().act(step)
            measured[step] = dict(self.measured)

    evaluation = Spy(str(tmp_path), suite, num_samples=30, every_epochs=3)
    # In whatever order they stand.
    others = [
        RunLog(tmp_path, options={}),
        keras.callbacks.CSVLogger(tmp_path / "log.csv"),
        # No epoch counts as better than the first.
        keras.callbacks.EarlyStopping(
            "evaluation/fd_pixels", patience=4, mode="min", min_delta=1e9
        ),
        keras.callbacks.ModelCheckpoint(
            str(tmp_path / "{epoch}.weights.h5"),
            monitor="evaluation/kid",
            mode="min",
            save_best_only=True,
            save_weights_only=True,
        ),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        history = model.fit(
            images(0), batch_size=10, epochs=9, verbose=0, callbacks=[*others, evaluation]
        ).history
    # Measured after epochs 1 and 3 of 4 steps, and where patience ends, after epoch 5.
    assert list(measured) == [4, 12, 20]
    epochs = [4, 4, 12, 12, 12]
    for name in ("fd_pixels", "kid"):
        expected = [measured[step][name] for step in epochs]
        assert history[f"evaluation/{name}"] == expected
        lines = (tmp_path / "metrics.jsonl").read_text().splitlines()
        assert [json.loads(line)[f"evaluation/{name}"] for line in lines] == expected
        tags = summaries(tmp_path, "final", values=True)
        assert tags[f"3 evaluation/{name}"] == pytest.approx(measured[20][name])
        floor = suite.floor(30)[name].value
        assert tags[f"floor/{name}"] == pytest.approx(floor)
        tags = summaries(tmp_path, "equilibrium", values=True)
        assert tags[f"3 evaluation/{name}"] == pytest.approx(floor)
    best = [1] + [3] * (measured[12]["kid"] < measured[4]["kid"])
    assert sorted(tmp_path.glob("*.h5")) == [tmp_path / f"{n}.weights.h5" for n in best]
    header = (tmp_path / "log.csv").read_text().splitlines()[0].split(",")
    assert {"evaluation/fd_pixels", "evaluation/kid"} <= set(header)


def test_measures_the_average(tmp_path, suite):
    model = as_new()
    callback = Evaluation(str(tmp_path), suite, num_samples=30)
    model.fit(images(0), batch_size=10, epochs=1, verbose=0, callbacks=[callback])
    samples = unscale(model.sample(30), (0.0, 1.0))
    assert suite.measure(samples) == callback.results


@pytest.mark.parametrize("step", [1, 4, 5])
def test_worse_does_not_replace_better_of_this_run(tmp_path, suite, step):
    record = {"metric": "fd_pixels", "step": step, "value": -1.0}
    (tmp_path / "best_generator.json").write_text(json.dumps(record))
    callback = Evaluation(str(tmp_path), suite, num_samples=30)
    model = as_new()
    model.step.assign(4)  # a run that is taken up again
    model.fit(images(0), batch_size=10, epochs=1, verbose=0, callbacks=[callback])
    # What is of a later step belongs to another run.
    assert (tmp_path / "best_generator.keras").exists() == (step > 4)


def test_diverged_generator_is_not_measured(tmp_path, suite):
    model = as_new()
    callback = Evaluation(str(tmp_path), suite, num_samples=30)
    callback.set_model(model)
    callback.on_train_begin()
    for weight in model.sampler.weights:
        weight.assign(np.full(weight.shape, np.nan))
    callback.act(3)
    assert callback.results == {}


def test_unknown_best_fails_before_training(tmp_path, suite):
    callback = Evaluation(str(tmp_path), suite, num_samples=30, best="fd_nothing")
    model = as_new()
    with pytest.raises(ValueError, match="use one of fd_pixels, kid"):
        model.fit(images(0), batch_size=10, epochs=1, verbose=0, callbacks=[callback])
    assert int(model.step.numpy()) == 0


def test_one_sample_is_refused(tmp_path, suite):
    with pytest.raises(ValueError, match=">= 2"):
        Evaluation(str(tmp_path), suite, num_samples=1)


class TestConditional:
    """A perfect conditional generator, on data of classes .90, .09, .01."""

    LABELS = np.repeat([0, 1, 2], [90, 9, 1])

    def fitted(self, tmp_path, labels, metric="fd_pixels"):
        # Images of a class are equal: class c is 100 c everywhere, in uint8.
        real = (100 * self.LABELS).astype("uint8")[:, None, None, None]
        real = np.tile(real, (1, 8, 8, 1))
        path = str(tmp_path / "c.keras")
        brightness_classifier(path, (0, 100, 200))
        settings = Settings((metric,), "pixels", classifier=path)
        suite = Suite(real, real, settings, labels=labels)
        z, label = keras.Input((4,)), keras.Input((), dtype="int32")
        table = keras.layers.Embedding(3, 64)
        made = keras.layers.Reshape((8, 8, 1))(table(label))
        made = keras.layers.Activation("sigmoid")(made)
        generator = keras.Model([z, label], made)
        shades = np.array([1e-9, 100 / 255, 200 / 255])
        logits = np.log(shades / (1 - shades))
        table.set_weights([np.repeat(logits[:, None], 64, axis=1)])
        model = tiny_gan((generator, conditional_networks()[1]), num_classes=3)
        callback = Evaluation(str(tmp_path), suite, num_samples=100)
        callback.set_model(model)
        callback.on_train_begin()
        model.step.assign(1)
        callback.act(1)
        return callback.results[metric].value

    def test_labels_are_drawn_as_the_data_has_them(self, tmp_path):
        assert self.fitted(tmp_path, self.LABELS) < 1e-6

    def test_it_makes_what_it_is_asked_for(self, tmp_path):
        assert self.fitted(tmp_path, self.LABELS, "agreement") == 1.0

    def test_unknown_shares_are_said(self, tmp_path, caplog):
        with caplog.at_level("WARNING", "absl"):
            assert self.fitted(tmp_path, None) > 1.0
        assert "sampled equally often: pass Suite(..., labels=...)" in caplog.text
