"""The suite: names to numbers, with floors, cautions and errors before work."""

import dataclasses
import itertools

import numpy as np
import pytest

from keras_gan import data
from keras_gan.data.labels import Classes
from keras_gan.evaluation import (
    FeatureExtractorUnavailable,
    Result,
    Settings,
    Suite,
    manifold,
    parzen,
)
from keras_gan.evaluation.kernel import kernel_distance_of_subsets
from keras_gan.evaluation.suite import (
    METRICS,
    check_metric,
    exact_copies,
    is_better,
    meaning,
)
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
            # Dark images are far from real ones, and no real one is near them.
            if name != "recall":
                assert is_better(name, real.value, bad[name].value), name
                assert not is_better(name, bad[name].value, real.value), name

    def test_parzen(self):
        train, test = pictures(0, 600), pictures(1, 50)
        suite = Suite(train, test, Settings(("parzen",)))
        floor = suite.floor(1000)["parzen"]
        assert floor.n == suite.num_floor == 500
        assert floor.extra["num_test"] == 50
        assert suite.parzen_of_kmeans(20).n == 20

    def test_as_published_stands_beside(self):
        real, fake = data.ring().sample(1100, 0), data.ring().sample(1050, 1)
        suite = Suite(fake, real, Settings(("kid", "prdc"), "pixels"))
        found = suite.measure(fake)
        mean, deviation = kernel_distance_of_subsets(real, fake)
        assert found["kid"].extra["subsets"] == pytest.approx(mean)
        assert found["kid"].extra["subsets_std"] == pytest.approx(deviation)
        at_3 = manifold(real, fake, 3)
        for name in ("precision", "recall"):
            assert found[name].extra["k"] == 5
            assert found[name].extra["k3"] == at_3[name].value
        # 1,000 samples make a subset; the floor has fewer and leaves the cell empty.
        floor = suite.floor(1000)
        assert floor["kid"].n == 875 and "subsets" not in floor["kid"].extra
        (line,) = [row for row in as_text(found, floor).splitlines() if "subsets" in row]
        assert line.split() == ["subsets", f"{mean:.4g}"]

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


class TestDataInOrder:
    """Real samples stored by class are measured like the same ones in any order."""

    SETTINGS = Settings(("parzen", "fd_pixels", "prdc"), "pixels")

    @staticmethod
    def of_class(c, n, seed):
        return pictures([seed, c], n, low=25 * c, high=25 * c + 30)

    def suite(self, order):
        # 10 classes of 60; a period of 10 is as bad as ten runs.
        train = np.concatenate([self.of_class(c, 60, 0) for c in range(10)])
        test = np.concatenate([self.of_class(c, 20, 1) for c in range(10)])
        positions = {
            "sorted": np.arange(600),
            "reversed": np.arange(600)[::-1],
            "in turn": np.arange(600).reshape(10, 60).T.ravel(),
        }[order]
        return Suite(train[positions], test, self.SETTINGS)

    @pytest.mark.parametrize("order", ["sorted", "reversed", "in turn"])
    def test_floor_and_sigma_are_those_of_all_classes(self, order):
        suite = self.suite(order)
        floor = suite.floor(200)
        # Samples of two classes of ten are farther by orders of magnitude.
        two = suite.measure(np.concatenate([self.of_class(c, 100, 2) for c in (0, 1)]))
        assert floor["fd_pixels"].value < 0.02 * two["fd_pixels"].value
        assert floor["coverage"].value > 0.8
        # sigma suits images of all classes, as when it is chosen on all test images.
        centers = suite.train[np.random.default_rng(0).permutation(600)[:200]] / 255.0
        expected = parzen(centers, suite.test / 255.0, suite.test / 255.0)
        assert floor["parzen"].value == pytest.approx(expected.value, rel=0.15)

    def test_sigma_is_not_chosen_on_the_last_rows(self):
        # They are all black, so that they alone would choose the smallest sigma.
        train, test = pictures(0, 600), pictures(1, 50)
        train[-100:] = 0
        suite = Suite(train, test, Settings(("parzen",)))
        assert suite.floor(500)["parzen"].extra["sigma"] > 0.1

    def test_the_choice_is_keyed_by_the_seed(self):
        train, test = pictures(0, 400), pictures(1)
        floors = [
            Suite(train, test, Settings(("fd_pixels",), "pixels", seed=seed)).floor(50)
            for seed in (0, 0, 1)
        ]
        assert floors[0] == floors[1] != floors[2]


class TestLabels:
    def test_as_often_as_in_the_test_samples(self):
        labels = np.repeat([0, 1, 2], [45, 12, 3])
        suite = Suite(pictures(0), pictures(1), PIXELS, labels=labels)
        found = suite.labels_for(Classes(3), 1000)
        assert np.bincount(found).tolist() == [750, 200, 50]

    def test_loaded_data_know_them(self):
        test = data.Batches(
            pictures(1), batch_size=1, classes=np.repeat([0, 1], [40, 20])
        )
        found = Suite(pictures(0), test, PIXELS).labels_for(Classes(2), 30)
        assert np.bincount(found).tolist() == [20, 10]

    @pytest.mark.parametrize(
        ("condition", "labels"),
        [
            (None, np.zeros(60, int)),  # not conditional
            (Classes(2), None),  # not known
            (Classes(2), np.full(60, 2)),  # classes of something else
            (Classes(2), np.full(60, "cat")),
        ],
    )
    def test_none_if_there_are_none(self, condition, labels):
        suite = Suite(pictures(0), pictures(1), PIXELS, labels=labels)
        assert suite.labels_for(condition, 10) is None


class TestAgreement:
    """Real digits, asked for as what they are."""

    SETTINGS = Settings(("agreement",), dataset="mnist5k")

    @pytest.fixture(scope="class")
    def digits(self):
        return data.load("mnist5k", split="test", batch_size=1)

    def test_real_samples_get_the_accuracy_of_the_classifier(self, digits):
        images, labels = digits.samples[:300], digits.classes[:300]
        suite = Suite(images[::-1], images, self.SETTINGS, labels=labels)
        accuracy = np.mean(suite.extractors["classifier"](images)[1].argmax(1) == labels)
        (found,) = suite.measure(images, labels).values()
        assert found.value == accuracy > 0.98 and found.extractor == "classifier"
        # The test samples, not the training samples, are what it can reach.
        assert suite.floor(100) == {"agreement": found}
        assert suite.measure(images, (labels + 1) % 10)["agreement"].value < 0.02
        assert len(suite.labels_for(Classes(10), 20)) == 20

    def test_is_refused_where_it_has_no_meaning(self, digits):
        images, labels = digits.samples[:20], digits.classes[:20]
        for unknown in (None, labels + 1, labels.astype(float)):
            with pytest.raises(ValueError, match=r"classes of the test.*0\.\.9"):
                Suite(images, images, self.SETTINGS, labels=unknown)
        suite = Suite(images, images, self.SETTINGS, labels=labels)
        with pytest.raises(ValueError, match="needs labels"):
            suite.measure(images)
        for condition in (None, Classes(9)):
            with pytest.raises(ValueError, match="is for a conditional GAN"):
                suite.labels_for(condition, 20)


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

    @pytest.mark.parametrize(
        ("shape", "cure"),
        [
            ((8, 8, 3), r"\(8, 8, 1\): convert them to grey\.$"),
            ((10, 12, 1), r"crop .* resize them to 8x8, or .*: image_size='10x12'\.$"),
            ((10, 10, 1), r"resize them to 8x8, or .*: image_size=10\.$"),
            ((64,), r"measure against data of the samples' shape\.$"),
        ],
    )
    def test_says_how_samples_of_another_shape_are_compared(self, suite, shape, cure):
        with pytest.raises(ValueError, match=cure):
            suite.check_samples(np.zeros((5, *shape), "uint8"))

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

    def test_too_large_is_refused_before_samples_are_drawn(self):
        images = np.zeros((4_097, 32, 32, 5), "uint8")
        suite = Suite(images, images, Settings(("fd_pixels",), "pixels"))
        suite.check_number(4_000)
        with pytest.raises(ValueError, match="5,120 features of 4,097 real and 10,000"):
            suite.check_number(10_000)


class TestCautions:
    def test_few_samples_copies_and_singular_covariance(self, suite):
        samples = pictures(0, 10)
        lines = "\n".join(suite.cautions(samples, suite.measure(samples)))
        assert "10 samples are few" in lines
        assert "fd_pixels: 10 samples for 64 features" in lines
        assert "10 of 10 samples are exact copies of training samples" in lines

    @pytest.mark.parametrize("accuracy", [0.72, 0.99])
    def test_a_classifier_that_is_often_wrong(self, accuracy):
        digits = np.zeros((1_000, 28, 28, 1), "uint8")
        digits[:, 0, 0, 0] = np.arange(1_000) % 256
        suite = Suite(digits, digits, Settings(("kid",), dataset="mnist"))
        suite.extractors["classifier"].about["test_accuracy"] = accuracy
        lines = suite.cautions(255 - digits, {})
        assert [line[:42] for line in lines] == [
            "The classifier is right on only 72 % of it"
        ] * (accuracy < 0.8)

    @pytest.mark.parametrize(
        ("metrics", "split", "number"),
        [(("kid",), "train", 1), (("kid",), "test", 0), (("is",), "train", 0)],
    )
    def test_a_classifier_that_has_seen_the_real_samples(self, metrics, split, number):
        digits = np.zeros((1_000, 28, 28, 1), "uint8")
        digits[:, 0, 0, 0] = np.arange(1_000) % 256
        suite = Suite(digits, digits, Settings(metrics, dataset="mnist", split=split))
        lines = suite.cautions(255 - digits, {})
        assert len(lines) == number
        assert all("that it has not seen: mnist, test (" in line for line in lines)
        assert all("idx:FOLDER of its four files" in line for line in lines)
        # Real images of another size would be refused by the classifier.
        with pytest.raises(ValueError, match="resize them to 28x28.$"):
            suite.check_samples(digits[:5, :20, :20])

    def test_exact_copies(self):
        assert exact_copies(pictures(0), pictures(0)[5:]) == 55


class TestTable:
    def test_floor_stands_beside_each_value(self, suite):
        found, floor = suite.measure(pictures(2)), suite.floor(60)
        text = as_text(found, floor)
        names = ["metric", "value", "(n=60)", "floor", "(n=60)", "better", "extractor"]
        assert text.splitlines()[0].split() == names
        for name, real in floor.items():
            line = next(row for row in text.splitlines() if row.startswith(name))
            assert str(found[name]) in line and str(real) in line
        assert as_markdown(found, floor).count("\n") == len(text.splitlines())

    def test_says_where_n_differs(self):
        found = {"parzen": Result(225.0, 2.0, n=10_000)}
        found["parzen_kmeans"] = Result(335.0, 2.0, n=3_334)
        lines = [line.split() for line in as_text(found, {}).splitlines()]
        assert lines == [
            ["metric", "value", "(n=10,000)", "floor", "better", "extractor"],
            ["parzen", "225.0", "+-", "2.0", "higher"],
            ["parzen_kmeans", "335.0", "+-", "2.0", "higher"],
            ["n", "3,334"],
        ]
        # The floor of agreement is of other images than the others'.
        found = {name: Result(0.5, 0.1, n=60) for name in ("recall", "agreement")}
        floor = {"recall": Result(0.9, 0.1, n=80), "agreement": Result(1.0, 0.1, n=30)}
        lines = [line.split() for line in as_text(found, floor).splitlines()]
        assert lines[0][3:5] == ["floor", "(n=80)"] and lines[1][0] == "recall"
        assert lines[2][0] == "agreement" and lines[3:] == [["n", "60", "30"]]

    def test_every_metric_has_a_meaning(self):
        for name in {*METRICS, "fd_pixels"} - {"prdc"}:
            assert meaning(name)[1].endswith(".")

    def test_a_distance_of_minutes_is_announced(self, caplog):
        """Of 3,072 features, unless so few samples are compared that it is quick."""
        images = np.zeros((2_500, 32, 32, 3), "uint8")
        settings = Settings(("fd_pixels",), extractor="pixels")
        suite = Suite(images[:2], images, settings)
        suite.check_number(1_500)
        assert caplog.text == ""
        suite.check_number(2_000)
        assert "fd_pixels of 3072 features and 2000 samples takes minutes" in caplog.text

    def test_memorization_is_best_at_1(self):
        """Far from all images is no better than a copy."""
        values = (1.35, 0.0, 0.8, 1.1, 1.0)
        for worse, better in itertools.pairwise(values):
            assert is_better("memorization", better, worse) == (better != 0.0)


def test_settings_are_plain():
    assert dataclasses.replace(Settings(), seed=3).seed == 3
