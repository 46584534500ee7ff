"""D*, V, C(G), KL and JSD: limits, symmetry, SciPy, and inequalities."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.integrate import quad
from scipy.spatial.distance import jensenshannon
from scipy.special import expit
from scipy.stats import entropy, multivariate_normal, norm, uniform

from keras_gan.theory import (
    gaussian_kl,
    generator_criterion,
    jsd,
    jsd_densities,
    kl,
    kl_densities,
    optimal_discriminator,
    optimal_discriminator_from_logs,
    optimal_logit,
    value,
    value_at_optimum,
    value_densities,
)

# No deadline: machines that run tests are slow at times.
unhurried = settings(max_examples=40, deadline=None)

LOG_2, LOG_4 = np.log(2), np.log(4)
PROBABILITIES = arrays(float, 6, elements=st.floats(0, 1))


@st.composite
def histograms(draw):
    """Masses on 6 points, some of them zero."""
    counts = draw(arrays(float, 6, elements=st.integers(0, 9)).filter(np.any))
    return counts / counts.sum()


class TestOptimalDiscriminator:
    def test_known_points(self):
        d = optimal_discriminator([0.0, 1.0, 1.0, 3.0], [1.0, 0.0, 1.0, 1.0])
        np.testing.assert_array_equal(d, [0, 1, 0.5, 0.75])

    def test_undefined_where_nothing_lives(self):
        assert np.isnan(optimal_discriminator(0.0, 0.0))
        assert np.isnan(optimal_discriminator_from_logs(-np.inf, -np.inf))

    def test_logs_agree_with_densities(self):
        x = np.linspace(-3, 3, 31)
        p, q = norm(0.5, 1.0), norm(-1.0, 2.0)
        np.testing.assert_allclose(
            optimal_discriminator_from_logs(p.logpdf(x), q.logpdf(x)),
            optimal_discriminator(p.pdf(x), q.pdf(x)),
            rtol=1e-13,
        )

    def test_survives_underflow(self):
        p, q = norm(1.0, 1.0), norm(0.0, 1.0)
        assert p.pdf(60.0) == q.pdf(60.0) == 0
        # Two Gaussians of one width: the logit is the line x - 1/2.
        assert optimal_logit(p.logpdf(60.0), q.logpdf(60.0)) == pytest.approx(59.5)
        tail = optimal_discriminator_from_logs(p.logpdf(-60.0), q.logpdf(-60.0))
        assert tail == pytest.approx(np.exp(-60.5))

    def test_is_the_best_answer_at_each_point(self):
        p, q, d = 0.3, 0.7, np.linspace(0.01, 0.99, 99)
        best = d[np.argmax(p * np.log(d) + q * np.log(1 - d))]
        assert best == pytest.approx(float(optimal_discriminator(p, q)))

    @unhurried
    @given(p=histograms(), q=histograms())
    def test_change_of_sides(self, p, q):
        total = optimal_discriminator(p, q) + optimal_discriminator(q, p)
        np.testing.assert_allclose(total[p + q > 0], 1)

    @pytest.mark.parametrize("p", [[-0.1, 1.1], [np.nan, 1.0], [np.inf, 1.0]])
    def test_no_density_raises(self, p):
        with pytest.raises(ValueError, match="Expected p finite and >= 0"):
            optimal_discriminator(p, [0.5, 0.5])


class TestValue:
    @unhurried
    @given(p=histograms(), q=histograms(), d=PROBABILITIES)
    def test_no_discriminator_beats_the_optimum(self, p, q, d):
        assert value(d, p, q) <= value_at_optimum(p, q) + 1e-12

    @unhurried
    @given(p=histograms(), q=histograms())
    def test_optimum_is_the_criterion(self, p, q):
        assert value_at_optimum(p, q) == pytest.approx(
            generator_criterion(p, q), abs=1e-12
        )

    @unhurried
    @given(p=histograms(), q=histograms())
    def test_a_coin_scores_minus_log_4(self, p, q):
        assert value(np.full(6, 0.5), p, q) == pytest.approx(-LOG_4)

    @unhurried
    @given(p=histograms(), q=histograms())
    def test_criterion_is_lowest_at_the_data(self, p, q):
        assert generator_criterion(p, p) == -LOG_4 <= generator_criterion(p, q) <= 0

    def test_sure_and_wrong_is_minus_infinity(self):
        assert value([0.0, 1.0], [0.5, 0.5], [0.5, 0.5]) == -np.inf

    def test_logits_raise(self):
        with pytest.raises(ValueError, match="apply the sigmoid"):
            value([-1.0, 3.0], [0.5, 0.5], [0.5, 0.5])


class TestDiscreteDivergences:
    @unhurried
    @given(p=histograms(), q=histograms())
    def test_matches_scipy(self, p, q):
        assert kl(p, q) == pytest.approx(entropy(p, q), abs=1e-12)
        root = jensenshannon(p, q)
        if root > 1e-6:  # below, SciPy's form is all rounding, even NaN
            assert jsd(p, q) == pytest.approx(root**2, abs=1e-12)

    @unhurried
    @given(p=histograms(), q=histograms())
    def test_jsd_is_symmetric_and_bounded(self, p, q):
        assert jsd(p, q) == jsd(q, p)
        assert 0 <= jsd(p, q) <= LOG_2
        assert kl(p, q) >= 0

    @unhurried
    @given(p=histograms(), q=histograms(), r=histograms())
    def test_root_of_jsd_is_a_metric(self, p, q, r):
        a, b, c = (np.sqrt(jsd(*pair)) for pair in ((p, q), (q, r), (p, r)))
        assert c <= a + b + 1e-7

    @unhurried
    @given(p=histograms())
    def test_zero_where_equal(self, p):
        assert jsd(p, p) == kl(p, p) == 0

    def test_disjoint_supports(self):
        p, q = [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]
        assert jsd(p, q) == pytest.approx(LOG_2)
        assert kl(p, q) == np.inf

    def test_by_hand(self):
        # m = (3/4, 1/4).
        expected = (np.log(4 / 3) + (np.log(2 / 3) + np.log(2)) / 2) / 2
        assert jsd([1.0, 0.0], [0.5, 0.5]) == pytest.approx(expected)

    def test_close_distributions_keep_their_digits(self):
        # The tilt (p - q) / (p + q) is e / 2; JSD = sum (p + q) tilt^2 / 4.
        e = 1e-6
        found = jsd([0.5 + e / 2, 0.5 - e / 2], [0.5, 0.5])
        assert found == pytest.approx(e**2 / 8, rel=1e-4)

    def test_shape_does_not_matter(self):
        p, q = np.full((2, 3), 1 / 6), np.arange(6).reshape(2, 3) / 15
        assert jsd(p, q) == jsd(p.ravel(), q.ravel())

    @pytest.mark.parametrize("divergence", [kl, jsd, generator_criterion])
    def test_malformed_raises(self, divergence):
        with pytest.raises(ValueError, match="Expected q to sum to 1"):
            divergence([0.5, 0.5], [1.0, 1.0])
        with pytest.raises(ValueError, match="of one shape"):
            divergence([0.5, 0.5], [1.0])


class TestGaussianKL:
    def test_known_points(self):
        assert gaussian_kl(3.0, 2.0, 3.0, 2.0) == 0
        assert gaussian_kl(2.0, 1.0, 0.0, 1.0) == pytest.approx(2.0)

    @unhurried
    @given(mean=st.floats(-3, 3), std_p=st.floats(0.3, 3), std_q=st.floats(0.3, 3))
    def test_matches_quadrature(self, mean, std_p, std_q):
        p, q = norm(mean, std_p), norm(0.0, std_q)
        found = kl_densities(p.logpdf, q.logpdf, -40, 40)
        expected = gaussian_kl(mean, std_p, 0.0, std_q)
        assert found == pytest.approx(float(expected), abs=1e-10)

    def test_independent_coordinates_add(self):
        total = gaussian_kl([1.0, -1.0], [1.0, 2.0], [0.0, 0.0], [1.0, 1.0]).sum()
        p = multivariate_normal([1.0, -1.0], np.diag([1.0, 4.0]))
        q = multivariate_normal([0.0, 0.0], np.eye(2))
        x = p.rvs(200_000, random_state=0)
        assert total == pytest.approx((p.logpdf(x) - q.logpdf(x)).mean(), abs=0.02)

    def test_bad_width_raises(self):
        with pytest.raises(ValueError, match="positive standard deviations"):
            gaussian_kl(0.0, 0.0, 0.0, 1.0)


class TestDensities:
    P, Q = norm(0.5, 0.8), norm(-0.5, 1.3)

    def test_jsd_matches_adaptive_quadrature(self):
        def term(x):
            p, q = self.P.pdf(x), self.Q.pdf(x)
            m = (p + q) / 2
            return (p * np.log(p / m) + q * np.log(q / m)) / 2

        expected, _ = quad(term, -12, 12, epsabs=1e-13, limit=200)
        found = jsd_densities(self.P.logpdf, self.Q.logpdf, -15, 15)
        assert found == pytest.approx(expected, abs=1e-11)

    def test_optimum_is_the_criterion(self):
        p, q = self.P.logpdf, self.Q.logpdf
        best = value_densities(lambda x: optimal_logit(p(x), q(x)), p, q, -15, 15)
        criterion = -LOG_4 + 2 * jsd_densities(p, q, -15, 15)
        assert best == pytest.approx(criterion, abs=1e-12)

    @unhurried
    @given(slope=st.floats(-5, 5), offset=st.floats(-5, 5))
    def test_no_line_beats_the_optimum(self, slope, offset):
        p, q = self.P.logpdf, self.Q.logpdf
        found = value_densities(lambda x: slope * x + offset, p, q, -15, 15)
        assert found < -LOG_4 + 2 * jsd_densities(p, q, -15, 15)

    def test_histogram_approaches_density(self):
        edges = np.linspace(-12, 12, 2001)
        p, q = np.diff(self.P.cdf(edges)), np.diff(self.Q.cdf(edges))
        expected = jsd_densities(self.P.logpdf, self.Q.logpdf, -12, 12)
        assert jsd(p, q) == pytest.approx(expected, abs=1e-4)

    def test_limits(self):
        same = jsd_densities(self.P.logpdf, self.P.logpdf, -15, 15)
        apart = jsd_densities(norm(-20, 1).logpdf, norm(20, 1).logpdf, -35, 35)
        assert same == 0
        assert apart == pytest.approx(LOG_2, abs=1e-12)

    def test_tail_where_one_density_underflows(self):
        # q(x) is 0 in floating point beyond 39; the KL is not infinite.
        found = kl_densities(norm(0, 10).logpdf, norm(0, 1).logpdf, -120, 120)
        assert found == pytest.approx(float(gaussian_kl(0, 10, 0, 1)), abs=1e-9)

    def test_jump_costs_one_spacing(self):
        p, q = uniform(0, 2).logpdf, uniform(1, 2).logpdf
        found = jsd_densities(p, q, -1, 4)
        assert found == pytest.approx(LOG_2 / 2, abs=5 / 20_000)
        assert kl_densities(p, q, -1, 4) == np.inf

    def test_perfect_discriminator_of_disjoint_supports(self):
        p, q = uniform(0, 1).logpdf, uniform(2, 1).logpdf
        found = value_densities(lambda x: np.where(x < 1.5, np.inf, -np.inf), p, q, -1, 4)
        assert found == 0

    def test_matches_samples(self):
        rng = np.random.default_rng(0)
        real, fake = rng.normal(0.5, 0.8, 200_000), rng.normal(-0.5, 1.3, 200_000)
        sampled = np.log(expit(real)).mean() + np.log(expit(-fake)).mean()
        found = value_densities(lambda x: x, self.P.logpdf, self.Q.logpdf, -15, 15)
        assert found == pytest.approx(sampled, abs=0.01)

    def test_cut_off_density_raises(self):
        with pytest.raises(ValueError, match="log_q.*widen the interval"):
            jsd_densities(self.P.logpdf, norm(9, 1).logpdf, -15, 9)

    def test_bad_interval_raises(self):
        with pytest.raises(ValueError, match="low < high"):
            jsd_densities(self.P.logpdf, self.Q.logpdf, 1, -1)
