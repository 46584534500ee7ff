"""Each metric against a closed form, another library, or an independent rendering."""

import sys
import tracemalloc

import numpy as np
import pytest
import scipy.linalg
import scipy.stats
from prdc import compute_prdc
from sklearn.metrics import accuracy_score, recall_score
from sklearn.neighbors import KernelDensity

from keras_gan import evaluation
from keras_gan.evaluation.kernel import kernel_distance_of_subsets
from keras_gan.evaluation.result import Result, random_groups


def drawn(seed, n=300, d=8, shift=0.0, scale=1.0):
    return shift + scale * np.random.default_rng(seed).standard_normal((n, d))


class TestGaussianDistance:
    def test_line(self):
        # (m1 - m2)^2 + (s1 - s2)^2
        assert evaluation.gaussian_distance([1.0], [[4.0]], [4.0], [[25.0]]) == (
            pytest.approx(18.0, rel=1e-12)
        )

    def test_commuting_covariances(self):
        rotation = np.linalg.qr(drawn(0, 6, 6))[0]
        first, second = np.arange(1.0, 7.0), np.linspace(0.1, 9.0, 6)
        c1, c2 = (rotation * s @ rotation.T for s in (first, second))
        expected = 6 * 0.25 + np.square(np.sqrt(first) - np.sqrt(second)).sum()
        found = evaluation.gaussian_distance(np.zeros(6), c1, np.full(6, 0.5), c2)
        assert found == pytest.approx(expected, rel=1e-9)

    def test_matches_matrix_root(self):
        # As torch-fidelity and TTUR write it, by a general matrix square root.
        c1, c2 = np.cov(drawn(1).T), np.cov(drawn(2, scale=2.0).T @ np.eye(300))
        root = scipy.linalg.sqrtm(c1 @ c2).real
        expected = np.trace(c1) + np.trace(c2) - 2 * np.trace(root)
        found = evaluation.gaussian_distance(np.zeros(8), c1, np.zeros(8), c2)
        assert found == pytest.approx(expected, rel=1e-6)


class TestFrechet:
    def test_matches_numpy_moments(self):
        real, fake = drawn(0), drawn(1, 200, shift=1.0)
        expected = evaluation.gaussian_distance(
            real.mean(0), np.cov(real.T), fake.mean(0), np.cov(fake.T)
        )
        assert evaluation.frechet(real, fake).value == pytest.approx(expected, rel=1e-9)

    @pytest.mark.parametrize("n", [300, 5])  # 5: the covariance is singular
    def test_identical_sets_give_zero(self, n):
        features = drawn(0, n, 20, shift=50.0)
        assert evaluation.frechet(features, features).value < 1e-9

    @pytest.mark.parametrize("sizes", [(12, 9), (9, 30), (30, 30)])
    @pytest.mark.parametrize("d", [25, 40])
    def test_more_features_than_samples_match_matrix_root(self, sizes, d):
        real, fake = drawn(0, sizes[0], d), drawn(1, sizes[1], d, 0.5, 2.0)
        c1, c2 = np.cov(real.T), np.cov(fake.T)
        # Lifted off the singular, where a matrix root has no digits left.
        lift = 1e-10 * np.eye(d)
        root = np.trace(scipy.linalg.sqrtm((c1 + lift) @ (c2 + lift)).real)
        shift = np.square(real.mean(0) - fake.mean(0)).sum()
        expected = shift + np.trace(c1) + np.trace(c2) - 2 * root
        found = evaluation.frechet(real, fake)
        assert found.value == pytest.approx(expected, rel=1e-4)
        assert found.uncertainty > 0

    def test_both_sides_agree_to_rounding(self, monkeypatch):
        real, fake = drawn(0, 30, 40, shift=1e3), drawn(1, 35, 40, shift=1e3)
        module = sys.modules["keras_gan.evaluation.frechet"]
        monkeypatch.setattr(module, "BLOCK_COLUMNS", 7)
        few = evaluation.frechet(real, fake)
        covariances = evaluation.gaussian_distance(
            real.mean(0), np.cov(real.T), fake.mean(0), np.cov(fake.T)
        )
        assert few.value == pytest.approx(covariances, rel=1e-7)

    def test_images_of_128_by_128_take_no_square_of_their_pixels(self):
        real, fake = drawn(0, 60, 49_152), drawn(1, 50, 49_152, 0.1)
        tracemalloc.start()
        found = evaluation.frechet(real.astype("f4"), fake.astype("f4"))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        # |m1 - m2|^2 + tr C1 + tr C2 - 2 tr root, from 60 x 50 singular values.
        x, y = real - real.mean(0), fake - fake.mean(0)
        root = np.linalg.svd(x @ y.T, compute_uv=False).sum() / np.sqrt(59 * 49)
        shift = np.square(real.mean(0) - fake.mean(0)).sum()
        traces = np.square(x).sum() / 59 + np.square(y).sum() / 49
        assert found.value == pytest.approx(shift + traces - 2 * root, rel=1e-6)
        assert peak < 300e6  # of 19 GB for one covariance

    def test_too_large_is_one_line_at_once(self):
        zeros = np.zeros((4_097, 4_097), "float32")
        with pytest.raises(ValueError, match="measure at most 4,096 samples") as caught:
            evaluation.frechet(zeros, zeros)
        assert "\n" not in str(caught.value)

    def test_known_gaussians(self):
        found = evaluation.frechet(drawn(0, 40_000, 2), drawn(1, 40_000, 2, 3.0, 2.0))
        assert abs(found.value - 20.0) < 5 * found.uncertainty
        assert found.uncertainty < 0.5

    def test_moments_do_not_depend_on_batches(self):
        features = drawn(0, 100, shift=1e6)
        whole, parts = evaluation.Moments(features), evaluation.Moments()
        for batch in np.split(features, [1, 8, 60]):
            parts.update(batch)
        np.testing.assert_allclose(parts.mean, whole.mean, rtol=1e-14)
        np.testing.assert_allclose(parts.covariance, np.cov(features.T), atol=1e-8)


def torch_fidelity_kid(x, y):
    """The published formula of torch-fidelity's metric_kid.py, written anew."""
    m, d = x.shape
    k_xx, k_yy, k_xy = ((a @ b.T / d + 1) ** 3 for a, b in ((x, x), (y, y), (x, y)))
    off_diagonal = k_xx.sum() - np.trace(k_xx) + k_yy.sum() - np.trace(k_yy)
    return off_diagonal / (m * (m - 1)) - 2 * k_xy.sum() / m**2


class TestKernelDistance:
    def test_matches_torch_fidelity_formula(self):
        x, y = drawn(0), drawn(1, shift=0.5)
        found = evaluation.kernel_distance(x, y).value
        assert found == pytest.approx(torch_fidelity_kid(x, y), rel=1e-10)

    def test_agrees_with_mean_over_subsets(self):
        x, y = drawn(0, 1000), drawn(1, 1000, shift=0.3)
        generator = np.random.default_rng(2)
        pick = [generator.choice(1000, 200, replace=False) for _ in range(100)]
        mean = np.mean([torch_fidelity_kid(x[i], y[i]) for i in pick])
        found = evaluation.kernel_distance(x, y)
        assert abs(found.value - mean) < 2 * found.uncertainty

    def test_zero_mean_and_honest_error_for_equal_distributions(self):
        found = [
            evaluation.kernel_distance(drawn(2 * i, 100), drawn(2 * i + 1, 100))
            for i in range(60)
        ]
        values = [result.value for result in found]
        assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(60)
        typical = np.mean([result.uncertainty for result in found])
        assert 0.5 < typical / np.std(values) < 2.0

    def test_sets_of_other_sizes(self):
        assert np.isfinite(evaluation.kernel_distance(drawn(0, 33), drawn(1, 57)).value)


@pytest.mark.parametrize("metric", [evaluation.frechet, evaluation.kernel_distance])
def test_uncertainty_does_not_depend_on_the_order_of_classes(metric):
    # 10 classes far apart: groups of one class each would be off by a large factor.
    centers = 3.0 * drawn(9, 10, 4)
    rows = [np.tile(centers, (60, 1)) + drawn(seed, 600, 4) for seed in (0, 1)]
    mixed = [r[np.random.default_rng(2).permutation(600)] for r in rows]
    in_turn, in_any_order = metric(*rows), metric(*mixed)
    assert in_turn.value == pytest.approx(in_any_order.value, rel=1e-6)
    assert 0.4 < in_turn.uncertainty / in_any_order.uncertainty < 2.5


def test_kid_of_subsets_is_that_of_torch_fidelity():
    x, y = drawn(0, 60), drawn(1, 50, shift=0.3)
    generator, expected = np.random.default_rng(3), []
    for _ in range(5):
        pick = [generator.choice(len(rows), 20, replace=False) for rows in (x, y)]
        expected.append(torch_fidelity_kid(x[pick[0]], y[pick[1]]))
    found = kernel_distance_of_subsets(x, y, num_subsets=5, size=20, seed=3)
    assert found == pytest.approx((np.mean(expected), np.std(expected)))
    with pytest.raises(ValueError, match="at least 51"):
        kernel_distance_of_subsets(x, y, size=51)


class TestInceptionScore:
    def test_perfect_and_worthless(self):
        logits = 100.0 * np.eye(10).repeat(100, axis=0)
        assert evaluation.inception_score(logits).extra["unsplit"] == pytest.approx(10)
        assert evaluation.inception_score(0 * logits).value == pytest.approx(1.0)

    def test_matches_torch_fidelity_formula(self):
        # metric_isc.py, written anew, on the same shuffle.
        logits = drawn(0, 105, 10, scale=3.0)
        shuffled = logits[np.random.default_rng(7).permutation(105)]
        p = np.exp(shuffled) / np.exp(shuffled).sum(axis=1, keepdims=True)
        scores = []
        for i in range(10):
            part = p[i * 105 // 10 : (i + 1) * 105 // 10]
            kl = part * (np.log(part) - np.log(part.mean(axis=0)))
            scores.append(np.exp(kl.sum(axis=1).mean()))
        found = evaluation.inception_score(logits, seed=7)
        assert found.value == pytest.approx(np.mean(scores), rel=1e-12)
        assert found.uncertainty == pytest.approx(np.std(scores), rel=1e-9)
        assert found == evaluation.inception_score(logits, seed=7)


class TestManifold:
    @pytest.mark.parametrize("k", [1, 3, 5])
    def test_matches_prdc_package(self, k, capsys):
        real, fake = drawn(0, 250), drawn(1, 180, shift=0.4)
        found = evaluation.manifold(real, fake, k)
        expected = compute_prdc(real, fake, nearest_k=k)
        capsys.readouterr()
        for name, value in expected.items():
            assert found[name].value == pytest.approx(value, abs=1e-12), name

    def test_matches_prdc_package_in_1000_dimensions(self, capsys):
        real, fake = drawn(0, 200, 1000), drawn(1, 200, 1000)
        expected = compute_prdc(real, fake, nearest_k=5)
        capsys.readouterr()
        found = evaluation.manifold(real, fake)
        assert {k: r.value for k, r in found.items()} == pytest.approx(expected)

    def test_expected_coverage(self):
        assert evaluation.expected_coverage(10_000, 10_000, 5) == (
            pytest.approx(0.9688, abs=1e-4)
        )
        assert evaluation.expected_coverage(10_000, 10_000, 3) == (
            pytest.approx(0.8750, abs=1e-4)
        )

    def test_direction(self):
        # One mode of two: precise, without recall; never the other way round.
        real = np.concatenate([drawn(0, 100, 2), drawn(1, 100, 2, shift=100.0)])
        found = evaluation.manifold(real, drawn(2, 200, 2))
        assert found["precision"].value > 0.8 > 0.6 > found["recall"].value

    def test_does_not_depend_on_block_size(self):
        real, fake = drawn(0, 101), drawn(1, 57)
        whole = evaluation.manifold(real, fake)
        assert whole == evaluation.manifold(real, fake, rows=7)

    @pytest.mark.parametrize(("n", "d", "shift"), [(150, 2, 0.7), (150, 16, 0.3)])
    def test_uncertainty_covers(self, n, d, shift):
        # Against the spread over 60 fresh pairs of sets. Uncertainties of single
        # sets differ by a quarter, and the spread by a tenth.
        found = [
            evaluation.manifold(drawn(2 * i, n, d), drawn(2 * i + 1, n, d, shift))
            for i in range(60)
        ]
        for name in found[0]:
            spread = np.std([one[name].value for one in found], ddof=1)
            claimed = np.sqrt(np.mean([one[name].uncertainty ** 2 for one in found]))
            assert 0.9 < claimed / spread < 2.8, name

    def test_uncertainty_is_the_jackknife(self):
        # By its definition: the whole computation again without each group.
        real, fake = drawn(0, 90), drawn(1, 70, shift=0.4)
        found = evaluation.manifold(real, fake, 3)
        groups = [random_groups(x, 10) for x in (real, fake)]
        left_out = []
        for i in range(10):
            rest = [np.concatenate(g[:i] + g[i + 1 :]) for g in groups]
            left_out.append(compute_prdc(*rest, nearest_k=3))
        for name, result in found.items():
            values = [one[name] for one in left_out]
            assert result.uncertainty == pytest.approx(np.sqrt(9 * np.var(values))), name

    def test_no_uncertainty_of_few_samples(self):
        found = evaluation.manifold(drawn(0, 19), drawn(1, 100))
        assert np.isnan(found["recall"].uncertainty) and found["recall"].value >= 0

    def test_too_few(self):
        with pytest.raises(ValueError, match="5 samples are too few, at least 6"):
            evaluation.manifold(drawn(0, 5), drawn(1, 100))


class TestParzen:
    def test_matches_kernel_density_of_scikit_learn(self):
        centers, points = np.random.default_rng(0).random((2, 60, 30))
        sigmas = [0.1, 0.2, 1.0]
        found = evaluation.log_density(centers, points, sigmas)
        for row, sigma in zip(found, sigmas, strict=True):
            expected = KernelDensity(bandwidth=sigma).fit(centers).score_samples(points)
            np.testing.assert_allclose(row, expected, rtol=1e-9)

    def test_far_points_do_not_underflow(self):
        found = evaluation.log_density(np.zeros((3, 2)), np.full((1, 2), 100.0), [0.1])
        assert found[0, 0] == pytest.approx(-1e6 - 2 * np.log(0.1 * np.sqrt(2 * np.pi)))

    def test_protocol(self):
        samples, validation, test = np.random.default_rng(0).random((3, 200, 4))
        found = evaluation.parzen(samples, validation, test)
        grid = np.logspace(-1, 0, 10)
        scores = evaluation.log_density(samples, validation, grid).mean(axis=1)
        logs = evaluation.log_density(samples, test, [grid[scores.argmax()]])[0]
        assert found.extra["sigma"] == grid[scores.argmax()]
        assert found.value == pytest.approx(logs.mean())
        assert found.uncertainty == pytest.approx(logs.std() / np.sqrt(200))

    def test_does_not_depend_on_block_size(self):
        samples, validation, test = np.random.default_rng(0).random((3, 100, 4))
        whole = evaluation.parzen(samples, validation, test)
        small = evaluation.parzen(samples, validation, test, rows=7)
        assert small.value == pytest.approx(whole.value, rel=1e-12)

    def test_other_range_is_refused(self):
        images = np.random.default_rng(0).random((3, 20, 4))
        with pytest.raises(ValueError, match=r"samples must lie in \[0, 1\]"):
            evaluation.parzen(images[0] * 255, images[1], images[2])

    def test_kmeans_centers(self):
        points = np.concatenate([drawn(i, 50, 2, 10.0 * i, 0.1) for i in range(4)])
        first = evaluation.kmeans_centers(points, 40, seed=3)
        np.testing.assert_array_equal(
            first, evaluation.kmeans_centers(points, 40, seed=3)
        )
        nearest = np.abs(points[:, None] - first).sum(axis=-1).min(axis=1)
        assert nearest.max() < 0.5


class TestMemorization:
    def test_copies_and_strangers(self):
        training, test, strangers = np.random.default_rng(0).random((3, 100, 16))
        copied = evaluation.memorization(training[:50], training, test)
        assert copied.value == 0.0
        assert copied.extra["copied"] == 1.0
        fresh = evaluation.memorization(strangers, training, test)
        assert abs(fresh.value - 1.0) < 4 * fresh.uncertainty
        assert fresh.extra["copied"] < 0.06

    def test_matches_plain_distances(self):
        samples, training, test = np.random.default_rng(0).random((3, 40, 9))
        plain = [
            np.linalg.norm(x[:, None] - training, axis=-1).min(axis=1).mean()
            for x in (samples, test)
        ]
        found = evaluation.memorization(samples, training, test, rows=7)
        assert found.value == pytest.approx(plain[0] / plain[1], rel=1e-6)


@pytest.mark.parametrize(
    "metric",
    [evaluation.frechet, evaluation.kernel_distance, evaluation.manifold],
)
class TestBadFeatures:
    def test_nan_is_named(self, metric):
        broken = drawn(0)
        broken[7, 2] = np.nan
        with pytest.raises(ValueError, match="fake features: sample 7 holds NaN"):
            metric(drawn(1), broken)

    def test_other_width(self, metric):
        with pytest.raises(ValueError, match="8 numbers each, fake ones 9"):
            metric(drawn(0), drawn(0, d=9))

    def test_one_sample(self, metric):
        with pytest.raises(ValueError, match="1 samples are too few"):
            metric(drawn(0), drawn(0, n=1))


class TestResult:
    def test_text_follows_the_uncertainty(self):
        assert str(Result(225.123, 2.04, 10)) == "225.1 +- 2.0"
        assert str(Result(0.97351, 0.0021, 10)) == "0.9735 +- 0.0021"
        assert str(Result(8.0, float("nan"), 10)) == "8"

    def test_json_has_no_nan(self):
        found = Result(8.0, float("nan"), 10, extra={"sigma": np.float64(0.5)})
        assert found.to_dict()["uncertainty"] is None
        assert type(found.to_dict()["extra"]["sigma"]) is float


class TestAgreement:
    def test_is_accuracy_and_the_recall_of_each_class(self):
        logits = drawn(0, n=500, d=4)
        labels = np.random.default_rng(1).choice(4, 500, p=[0.4, 0.3, 0.2, 0.1])
        found, read = evaluation.agreement(logits, labels), logits.argmax(axis=1)
        p = accuracy_score(labels, read)
        assert found.value == p and found.n == 500
        assert found.uncertainty == pytest.approx((p * (1 - p) / 500) ** 0.5, rel=0.01)
        by_class = recall_score(labels, read, average=None)
        np.testing.assert_allclose(found.extra["by_class"], by_class)
        assert found.extra["asked"] == np.bincount(labels).tolist()

    def test_a_class_that_was_not_asked_for_has_no_share(self):
        found = evaluation.agreement(np.eye(3)[[2, 2, 0]], [2, 2, 2])
        assert found.value == pytest.approx(2 / 3) and found.extra["asked"] == [0, 0, 3]
        assert found.to_dict()["extra"]["by_class"] == [None, None, found.value]

    def test_a_share_of_all_is_uncertain_too(self):
        # Of the share after k of n, Jeffreys' posterior is Beta(k + 1/2, n - k + 1/2).
        for k, n in ((20, 20), (0, 20), (7, 20), (999, 1000)):
            logits = np.eye(2)[np.r_[np.zeros(k, int), np.ones(n - k, int)]]
            found = evaluation.agreement(logits, np.zeros(n, int))
            spread = scipy.stats.beta(k + 0.5, n - k + 0.5).std()
            assert found.uncertainty == pytest.approx(spread, rel=1e-9)

    @pytest.mark.parametrize(
        "labels, message",
        [
            ([0, 1], "3 integers, one for each sample"),
            ([0.0, 1.0, 1.0], "got float64"),
            (np.eye(3, dtype=int), r"shape \(3, 3\)"),
            ([0, 1, 3], r"lie in 0\.\.2.* got 0 to 3"),
            ([-1, 1, 2], "got -1 to 2"),
        ],
    )
    def test_labels_that_do_not_fit(self, labels, message):
        with pytest.raises(ValueError, match=message):
            evaluation.agreement(np.eye(3), labels)
