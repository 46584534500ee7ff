"""The callback: numbers from the averaged weights, and the best generator kept."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gan.callbacks import Evaluation
from keras_gan.data.value_range import unscale
from keras_gan.evaluation import Settings, Suite
from support import tiny_gan


def images(seed, n=40):
    return np.random.default_rng(seed).integers(0, 256, (n, 8, 8, 1), dtype="uint8")


@pytest.fixture
def suite():
    return Suite(images(0), images(1), Settings(("fd_pixels", "kid"), "pixels"))


def gan():
    return tiny_gan(ema_decay=0.9)


def summaries(run_dir):
    """{tag: step} of the run's eval folder."""
    files = (run_dir / "tensorboard" / "eval").iterdir()
    return {
        value.tag: event.step
        for file in files
        for event in tf.compat.v1.train.summary_iterator(str(file))
        for value in event.summary.value
    }


def test_writes_and_keeps_the_best(tmp_path, suite):
    model = gan()
    callback = Evaluation(str(tmp_path), suite, num_samples=30, every_epochs=2)
    model.fit(images(0), batch_size=10, epochs=3, verbose=0, callbacks=[callback])
    # After epochs 2 and 3: every second one, and the last.
    tags = summaries(tmp_path)
    assert tags["evaluation/fd_pixels"] == tags["evaluation/table"] == 12
    record = json.loads((tmp_path / "best_generator.json").read_text())
    assert record["metric"] == "fd_pixels" and record["n"] == 30
    best = keras.models.load_model(tmp_path / "best_generator.keras")
    z = model.draw_latents(30)
    samples = unscale(np.asarray(best(z)), (0.0, 1.0))
    assert suite.measure(samples)["fd_pixels"].value == pytest.approx(record["value"])


def test_measures_the_average(tmp_path, suite):
    model = gan()
    callback = Evaluation(str(tmp_path), suite, num_samples=30)
    model.fit(images(0), batch_size=10, epochs=1, verbose=0, callbacks=[callback])
    samples = unscale(model.sample(30), (0.0, 1.0))
    assert suite.measure(samples) == callback.results


def test_worse_does_not_replace_better(tmp_path, suite):
    record = {"metric": "fd_pixels", "step": 1, "value": -1.0}
    (tmp_path / "best_generator.json").write_text(json.dumps(record))
    callback = Evaluation(str(tmp_path), suite, num_samples=30)
    model = gan()
    model.step.assign(4)  # a run that is taken up again
    model.fit(images(0), batch_size=10, epochs=1, verbose=0, callbacks=[callback])
    assert not (tmp_path / "best_generator.keras").exists()


def test_diverged_generator_is_not_measured(tmp_path, suite):
    model = gan()
    callback = Evaluation(str(tmp_path), suite, num_samples=30)
    callback.set_model(model)
    callback.on_train_begin()
    for weight in model.sampler.weights:
        weight.assign(np.full(weight.shape, np.nan))
    callback.act(3)
    assert callback.results == {}


def test_unknown_best_fails_before_training(tmp_path, suite):
    callback = Evaluation(str(tmp_path), suite, num_samples=30, best="fd_nothing")
    model = gan()
    with pytest.raises(ValueError, match="use one of fd_pixels, kid"):
        model.fit(images(0), batch_size=10, epochs=1, verbose=0, callbacks=[callback])
    assert int(model.step.numpy()) == 0


def test_one_sample_is_refused(tmp_path, suite):
    with pytest.raises(ValueError, match=">= 2"):
        Evaluation(str(tmp_path), suite, num_samples=1)
