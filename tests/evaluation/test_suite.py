"""The suite: names to numbers, with floors, cautions and errors before work."""

import dataclasses

import numpy as np
import pytest

from keras_gan import data
from keras_gan.evaluation import FeatureExtractorUnavailable, Settings, Suite
from keras_gan.evaluation.suite import METRICS, check_metric, exact_copies, meaning
from keras_gan.evaluation.table import as_markdown, as_text

PIXELS = Settings(("fd_pixels", "kid", "prdc", "memorization"), "pixels")


def pictures(seed, n=60, low=0, high=256):
    generator = np.random.default_rng(seed)
    return generator.integers(low, high, (n, 8, 8, 1), dtype="uint8")


@pytest.fixture
def suite():
    return Suite(pictures(0, 120), pictures(1), PIXELS)


class TestMeasure:
    def test_names_and_circumstances(self, suite):
        found = suite.measure(pictures(2))
        assert list(found) == [
            *("fd_pixels", "kid", "precision", "recall", "density", "coverage"),
            "memorization",
        ]
        for result in found.values():
            assert (result.n, result.extractor, result.split) == (60, "pixels", "test")

    def test_same_samples_same_values(self, suite):
        again = Suite(pictures(0, 120), pictures(1), PIXELS)
        assert suite.measure(pictures(2)) == again.measure(pictures(2))

    def test_floats_measure_like_the_uint8_they_round_to(self, suite):
        as_floats = pictures(2) / 255.0
        assert suite.measure(as_floats) == suite.measure(pictures(2))

    def test_worse_samples_score_worse(self, suite):
        floor, bad = suite.floor(60), suite.measure(pictures(2, high=100))
        for name, real in floor.items():
            higher, _ = meaning(name)
            # Dark images are far from real ones, and no real one is near them.
            if name != "recall":
                assert (bad[name].value < real.value) == higher, name

    def test_parzen(self):
        train, test = pictures(0, 600), pictures(1, 50)
        suite = Suite(train, test, Settings(("parzen",)))
        floor = suite.floor(1000)["parzen"]
        assert floor.n == suite.num_floor == 500
        assert suite.measure(train[:500])["parzen"].value == floor.value
        assert suite.parzen_of_kmeans(20).n == 20

    def test_points(self):
        ring = data.ring()
        train, test = ring.sample(300, 0), ring.sample(200, 1)
        settings = Settings(("modes", "kid", "prdc"), "pixels")
        suite = Suite(train, test, settings, mixture=ring)
        found = suite.measure(ring.sample(250, 2))
        assert found["modes"].value == 8
        assert found["precision"].value > 0.8

    def test_stacked_digits(self):
        digits = data.load("mnist5k", split="test", batch_size=1).samples[:60]
        stacked = np.concatenate([digits[:20], digits[20:40], digits[40:]], axis=-1)
        settings = Settings(("modes",), dataset="stacked_mnist")
        suite = Suite(stacked, stacked, settings)
        assert 2 <= suite.measure(stacked)["modes"].value <= 20


class TestErrors:
    @pytest.mark.parametrize(
        ("name", "close"),
        [("parzn", "parzen"), ("prcd", "prdc"), ("memorisation", "memorization")],
    )
    def test_unknown_metric_names_close_ones(self, name, close):
        with pytest.raises(ValueError, match=f"did you mean .*{close}"):
            check_metric(name)

    def test_other_shape(self, suite):
        with pytest.raises(ValueError, match=r"\(9, 9, 1\), the real data \(8, 8, 1\)"):
            suite.measure(np.zeros((5, 9, 9, 1), "uint8"))

    def test_one_sample(self, suite):
        with pytest.raises(ValueError, match="measure at least 2"):
            suite.measure(pictures(0, 1))

    def test_floats_out_of_range(self, suite):
        with pytest.raises(ValueError, match=r"got \[-1, -1\]"):
            suite.measure(np.full((5, 8, 8, 1), -1.0))

    def test_points_with_nan(self):
        ring = data.ring()
        points = ring.sample(50, 0)
        suite = Suite(points, points, Settings(("modes",), "pixels"), mixture=ring)
        with pytest.raises(ValueError, match="NaN"):
            suite.measure(np.full((5, 2), np.nan))

    def test_fid_without_weights_fails_before_any_work(self, monkeypatch):
        monkeypatch.delenv("KERAS_GAN_INCEPTION", raising=False)
        with pytest.raises(FeatureExtractorUnavailable, match="fd_classifier"):
            Suite(pictures(0), pictures(1), Settings(("fd_pixels", "fid"), "pixels"))

    def test_score_without_predictions(self):
        with pytest.raises(ValueError, match="pixels does not give"):
            Suite(pictures(0), pictures(1), Settings(("is",), "pixels"))

    def test_image_metric_on_points(self):
        points = np.zeros((50, 2), "float32")
        with pytest.raises(ValueError, match="parzen measures images"):
            Suite(points, points, Settings(("parzen",)))


class TestCautions:
    def test_few_samples_copies_and_singular_covariance(self, suite):
        samples = pictures(0, 10)
        lines = "\n".join(suite.cautions(samples, suite.measure(samples)))
        assert "10 samples are few" in lines
        assert "fd_pixels: 10 samples for 64 features" in lines
        assert "10 of 10 samples are exact copies of training samples" in lines

    def test_exact_copies(self):
        assert exact_copies(pictures(0), pictures(0)[5:]) == 55


class TestTable:
    def test_floor_stands_beside_each_value(self, suite):
        found, floor = suite.measure(pictures(2)), suite.floor(60)
        text = as_text(found, floor)
        assert text.splitlines()[0].split()[:4] == ["metric", "value", "floor", "better"]
        for name, real in floor.items():
            line = next(row for row in text.splitlines() if row.startswith(name))
            assert str(found[name]) in line and str(real) in line
        assert as_markdown(found, floor).count("\n") == len(text.splitlines())

    def test_every_metric_has_a_meaning(self):
        for name in {*METRICS, "fd_pixels"} - {"prdc"}:
            assert meaning(name)[1].endswith(".")


def test_settings_are_plain():
    assert dataclasses.replace(Settings(), seed=3).seed == 3
