"""What D sees: ranges, randomness, and gradients that come back."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from keras_gan.augmentations import DiffAugment, InstanceNoise

POLICIES = ["color", "translation", "cutout", "color,translation,cutout"]
SEED = [1, 2]


def random_images(shape, seed=0):
    return tf.random.stateless_uniform(shape, [seed, seed], -1.0, 1.0)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("policy", POLICIES)
class TestEveryPolicy:
    def test_keeps_shape_and_changes_images(self, policy, channels):
        images = random_images((6, 9, 12, channels))
        seen = DiffAugment(policy)(images, SEED, 0)
        assert seen.shape == images.shape and seen.dtype == images.dtype
        assert np.isfinite(seen).all() and not np.allclose(seen, images)

    def test_is_a_function_of_the_seed(self, policy, channels):
        images, augment = random_images((6, 8, 8, channels)), DiffAugment(policy)
        np.testing.assert_array_equal(augment(images, SEED, 0), augment(images, SEED, 9))
        assert not np.allclose(augment(images, SEED, 0), augment(images, [1, 3], 0))

    def test_each_image_has_its_own(self, policy, channels):
        images = tf.repeat(random_images((1, 16, 16, channels)), 8, axis=0)
        seen = np.array(DiffAugment(policy)(images, SEED, 0))
        assert not np.allclose(seen[0], seen[1]) or not np.allclose(seen[0], seen[2])

    def test_gradients_come_back(self, policy, channels):
        # Each map is linear in the image, up to a constant: a finite difference is
        # exact, and its gradient is not None, not zero and not NaN.
        images = random_images((4, 8, 8, channels))
        direction = random_images(images.shape, 5)
        augment = DiffAugment(policy)
        probe = random_images(images.shape, 7)
        with tf.GradientTape() as tape:
            tape.watch(images)
            total = tf.reduce_sum(probe * augment(images, SEED, 0))
        slope = tf.reduce_sum(tape.gradient(total, images) * direction)
        moved = tf.reduce_sum(probe * augment(images + direction, SEED, 0))
        np.testing.assert_allclose(slope, moved - total, rtol=1e-3, atol=1e-3)
        assert abs(float(slope)) > 0

    def test_runs_in_a_graph_of_any_batch_size(self, policy, channels):
        augment = DiffAugment(policy)
        spec = tf.TensorSpec((None, 8, 8, channels))
        graph = tf.function(lambda x: augment(x, SEED, 0), input_signature=[spec])
        images = random_images((3, 8, 8, channels))
        np.testing.assert_allclose(graph(images), augment(images, SEED, 0), atol=1e-6)


def test_brightness_alone_moves_a_constant_image():
    # Saturation and contrast leave a grey constant image as it is.
    for width in (1.0, 2.0):
        seen = DiffAugment("color", value_width=width)(tf.zeros((4000, 2, 2, 3)), SEED, 0)
        brightness = np.array(seen)[:, 0, 0, 0]
        np.testing.assert_allclose(np.ptp(seen, axis=(1, 2, 3)), 0.0, atol=1e-6)
        uniform = stats.uniform(-width / 4, width / 2)
        assert stats.kstest(brightness, uniform.cdf).pvalue > 0.01


def test_saturation_keeps_the_grey_and_scales_the_colour():
    images = random_images((2000, 1, 1, 3))
    seen = np.array(DiffAugment("color")(images, SEED, 0))[:, 0, 0]
    before = np.array(images)[:, 0, 0]
    # One pixel: contrast scales about the image's mean, which is the pixel's grey.
    colour = (seen - seen.mean(1, keepdims=True))[:, 0]
    scale = colour / (before - before.mean(1, keepdims=True))[:, 0]
    assert 0.0 <= scale.min() and scale.max() <= 3.0
    np.testing.assert_allclose(scale.mean(), 1.0, atol=0.1)


def test_grey_images_keep_one_channel_and_no_saturation():
    images = random_images((50, 4, 4, 1))
    seen = np.array(DiffAugment("color")(images, SEED, 0))
    scale = seen.std(axis=(1, 2, 3)) / np.std(images, axis=(1, 2, 3))
    assert 0.5 <= scale.min() and scale.max() <= 1.5


def test_translation_shifts_by_up_to_an_eighth_and_fills_with_zeros():
    image = np.zeros((1, 16, 24, 1), "float32")
    image[0, 8, 12] = 1.0
    n = 2000
    seen = np.array(DiffAugment("translation")(tf.repeat(image, n, axis=0), SEED, 0))
    found, rows, columns, _ = np.nonzero(seen)
    np.testing.assert_array_equal(found, np.arange(n))
    assert set(rows - 8) == set(range(-2, 3)) and set(columns - 12) == set(range(-3, 4))
    counts = np.unique(rows, return_counts=True)[1]
    assert stats.chisquare(counts).pvalue > 0.01
    ones = DiffAugment("translation")(tf.ones((n, 16, 24, 1)), SEED, 0)
    assert set(np.unique(ones)) == {0.0, 1.0}


def test_cutout_zeroes_one_rectangle_of_half_the_sides():
    n = 2000
    seen = np.array(DiffAugment("cutout")(tf.ones((n, 16, 12, 3)), SEED, 0))
    cut = (seen[..., 0] == 0) & (seen[..., 1] == 0)
    heights, widths = cut.any(axis=2).sum(axis=1), cut.any(axis=1).sum(axis=1)
    np.testing.assert_array_equal(cut.sum(axis=(1, 2)), heights * widths)
    assert heights.max() == 8 and widths.max() == 6
    # Corners are cut less often than the middle, but they are cut.
    assert 0 < cut[:, 0, 0].mean() < cut[:, 8, 6].mean()
    np.testing.assert_allclose(cut[:, 0, 0].mean(), cut[:, -1, -1].mean(), atol=0.05)


# Odd sides, sides of which an eighth or a half is half a pixel, and tiny ones.
SIDES = [1, 3, 4, 5, 7, 9, 20, 28, 36, 52]


@pytest.mark.parametrize("side", SIDES)
def test_translation_shifts_as_far_as_the_published_code(side):
    numbers = tf.reshape(tf.range(1.0, side + 1), (1, side, 1, 1))
    images = tf.tile(numbers, (1500, 1, side, 1))
    seen = np.array(DiffAugment("translation")(images, SEED, 0)).max(axis=2)[..., 0]
    most = int(side * 0.125 + 0.5)
    padded = np.pad(np.arange(1.0, side + 1), most)
    expected = {tuple(padded[s : s + side]) for s in range(2 * most + 1)}
    # An image that is shifted out of its side has no pixel left.
    found = {tuple(row) for row in seen if row.any()}
    assert found == {row for row in expected if any(row)}


@pytest.mark.parametrize("side", SIDES)
def test_cutout_cuts_what_the_published_code_cuts(side):
    images = tf.ones((3000, side, side, 1))
    seen = np.array(DiffAugment("cutout")(images, SEED, 0))[..., 0] == 0
    length = int(side * 0.5 + 0.5)
    expected = set()
    for offset in range(side + 1 - length % 2):
        cut = np.clip(np.arange(length) + offset - length // 2, 0, side - 1)
        expected.add(tuple(np.isin(np.arange(side), cut)))
    assert {tuple(rows) for rows in seen.any(axis=2)} == expected
    assert {tuple(columns) for columns in seen.any(axis=1)} == expected


class TestInstanceNoise:
    def noise(self, step, **options):
        noise = InstanceNoise(0.5, **options)(tf.ones((4000, 2)), SEED, step)
        return np.array(noise) - 1.0

    @pytest.mark.parametrize(
        ("step", "std"), [(0, 0.5), (50, 0.125), (100, 0.0), (150, 0.0)]
    )
    def test_falls_to_none_by_the_square(self, step, std):
        noise = self.noise(tf.constant(step, "int64"), steps=100)
        np.testing.assert_allclose(noise.std(), std, rtol=0.05)
        assert abs(noise.mean()) <= 4 * std / np.sqrt(noise.size)

    def test_stays_without_steps(self):
        np.testing.assert_allclose(self.noise(10**6).std(), 0.5, rtol=0.05)


@pytest.mark.parametrize(
    "augmentation", [DiffAugment("cutout,color", 1.0), InstanceNoise(0.3, steps=7)]
)
def test_config_round_trip(augmentation):
    config = keras.saving.serialize_keras_object(augmentation)
    again = keras.saving.deserialize_keras_object(config)
    assert type(again) is type(augmentation)
    assert again.get_config() == augmentation.get_config()


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: DiffAugment("blur"), "blur.*color, translation, cutout"),
        (lambda: DiffAugment(""), "policy"),
        (lambda: DiffAugment(value_width=0.0), "value_width"),
        (lambda: InstanceNoise(-1.0), "std"),
        (lambda: InstanceNoise(float("nan")), "std"),
        (lambda: InstanceNoise(0.1, steps=0), "steps"),
        (lambda: DiffAugment()(tf.zeros((3, 2)), SEED, 0), "images.*InstanceNoise"),
    ],
)
def test_refuses(make, match):
    with pytest.raises(ValueError, match=match):
        make()
