"""Priors: what their latents are distributed like."""

import keras
import numpy as np
import pytest
from scipy import stats

from keras_gan import latents

KEY = [0, 7]


class TestTruncatedNormal:
    @pytest.mark.parametrize("limit", [1e-3, 0.7, 2.0, 5.0])
    def test_each_is_the_normal_latent_at_its_quantile(self, limit):
        z = latents.Normal()((100, 50), seed=KEY).numpy().astype("float64")
        below = stats.norm.cdf(-np.abs(z))
        expected = -np.sign(z) * stats.truncnorm.ppf(below, -limit, limit)
        found = latents.TruncatedNormal(limit)((100, 50), seed=KEY).numpy()
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6 * limit)
        assert np.abs(found).max() <= limit * (1 + 1e-6)

    def test_a_large_limit_changes_nothing(self):
        z = latents.Normal()((100, 50), seed=KEY).numpy()
        found = latents.TruncatedNormal(30.0)((100, 50), seed=KEY).numpy()
        np.testing.assert_allclose(found, z, rtol=1e-6, atol=1e-7)

    def test_travels_in_a_saved_model(self):
        serialize = keras.saving.serialize_keras_object
        again = keras.saving.deserialize_keras_object(
            serialize(latents.TruncatedNormal(0.5))
        )
        assert isinstance(again, latents.TruncatedNormal) and again.limit == 0.5

    @pytest.mark.parametrize("limit", [0, -1.0, np.nan, np.inf])
    def test_refuses_what_is_no_limit(self, limit):
        with pytest.raises(ValueError, match="limit must be positive"):
            latents.TruncatedNormal(limit)


@pytest.mark.parametrize(
    ("prior", "same"),
    [
        (latents.Normal(), stats.norm()),
        (latents.Uniform(2.0), stats.uniform(-2.0, 4.0)),
        (latents.TruncatedNormal(0.7), stats.truncnorm(-0.7, 0.7)),
    ],
)
def test_quantiles(prior, same):
    share = np.linspace(0.01, 0.99, 9)
    np.testing.assert_allclose(prior.quantile(share), same.ppf(share), atol=1e-12)
