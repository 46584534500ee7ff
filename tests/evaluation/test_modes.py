"""Counting modes: the true mixture gets every mode, a collapsed one does not."""

import numpy as np
import pytest

from keras_gan import data, evaluation
from keras_gan.evaluation.modes import expected_kl, kl_from_uniform


class TestModeCoverage:
    @pytest.mark.parametrize("mixture", [data.ring(), data.grid()])
    def test_true_mixture(self, mixture):
        found = evaluation.mode_coverage(
            mixture.sample(20_000, seed=0), mixture.modes, mixture.std
        )
        assert found.value == len(mixture.modes)
        assert found.extra["expected_high_quality"] == pytest.approx(0.98889, abs=1e-5)
        assert found.extra["high_quality"] == pytest.approx(0.9889, abs=0.003)
        assert found.extra["reverse_kl"] < 3 * found.extra["expected_reverse_kl"]

    def test_collapse(self):
        ring = data.ring()
        points = np.tile(ring.modes[:2], (50, 1))
        found = evaluation.mode_coverage(points, ring.modes, ring.std)
        assert found.value == 2
        assert found.extra["reverse_kl"] == pytest.approx(np.log(4))

    def test_no_point_of_quality(self):
        ring = data.ring()
        found = evaluation.mode_coverage(np.zeros((9, 2)), ring.modes, ring.std)
        assert found.value == 0
        assert found.to_dict()["extra"]["reverse_kl"] is None

    def test_other_dimensions(self):
        with pytest.raises(ValueError, match="Points of 3"):
            evaluation.mode_coverage(np.zeros((9, 3)), data.ring().modes, 0.01)


class TestStackedModes:
    def test_perfect_sampler_meets_the_floor(self):
        classes = np.random.default_rng(0).integers(0, 10, (26_000, 3))
        found = evaluation.stacked_modes(classes)
        assert found.value == 1000
        # 0.0194 +- 0.0010 in simulations of the protocol.
        assert found.extra["expected_kl"] == pytest.approx(0.0194, abs=0.0003)
        assert found.extra["kl"] == pytest.approx(found.extra["expected_kl"], abs=0.003)

    def test_one_number(self):
        found = evaluation.stacked_modes(np.tile([1, 2, 3], (100, 1)))
        assert found.value == 1
        assert found.extra["kl"] == pytest.approx(np.log(1000))

    def test_class_out_of_range(self):
        with pytest.raises(ValueError, match="must lie in 0..9"):
            evaluation.stacked_modes(np.array([[1, 2, 10]]))


def test_expected_kl_matches_simulation():
    generator = np.random.default_rng(0)
    drawn = [
        kl_from_uniform(np.bincount(generator.integers(0, 25, 500), minlength=25))
        for _ in range(400)
    ]
    assert np.mean(drawn) == pytest.approx(expected_kl(25, 500), rel=0.05)
    assert expected_kl(8, 2500) == pytest.approx(7 / 5000, rel=0.01)
