"""Tests of minibatches whose order is a pure function of (seed, epoch)."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_gan.data import Batches, load
from keras_gan.data.order import shuffled
from keras_gan.data.value_range import unscale
from keras_gan.randomness import DATA_ORDER, fold

few = settings(max_examples=12, deadline=None)


def numbered(n, batch_size, seed=0):
    """Points that say which sample they are."""
    return Batches(
        np.arange(n, dtype=np.float32)[:, None], batch_size=batch_size, seed=seed
    )


def elements(batches, count, **arguments):
    dataset = batches.training_dataset(None, **arguments).take(count)
    return [element[..., 0].astype(int) for element in dataset.as_numpy_iterator()]


@st.composite
def sizes(draw):
    """n, m, k with at least one step."""
    m, k = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    return draw(st.integers(m * k, 60)), m, k


def test_is_shown_in_one_line():
    images, labels = np.zeros((4_000, 28, 28, 1), "uint8"), np.arange(4_000) % 10
    images[0] = 1

    def shown(**options):
        return repr(Batches(images, batch_size=100, name="digits", **options))

    line = "<Batches digits: 4,000 samples of 28x28x1, batches of 100"
    assert shown() == f"{line}>"
    assert shown(labels=labels) == f"{line}, 10 classes>"
    assert shown(labels=labels, num_classes=12) == f"{line}, 12 classes>"
    assert shown(classes=labels.astype(str)) == f"{line}, 10 classes (labels left out)>"
    assert repr(numbered(9, 2)) == "<Batches samples: 9 samples of 1, batches of 2>"


@few
@given(sizes(), st.integers(0, 2**31 - 1))
def test_an_epoch_repeats_no_sample(size, seed):
    n, m, k = size
    batches = numbered(n, m, seed)
    steps = batches.steps_per_epoch(k)
    assert steps == n // (m * k)
    for epoch in np.array_split(elements(batches, 2 * steps, discriminator_steps=k), 2):
        assert epoch.shape == (steps, m, k)
        assert len(np.unique(epoch)) == epoch.size
        assert epoch.min() >= 0 and epoch.max() < n


@few
@given(sizes(), st.integers(0, 12))
def test_any_step_can_be_the_first(size, start):
    n, m, k = size
    batches = numbered(n, m)
    whole = elements(batches, start + 3, discriminator_steps=k)
    late = elements(batches, 3, discriminator_steps=k, start_step=start)
    np.testing.assert_array_equal(whole[start:], late)


def test_a_whole_epoch_is_a_permutation():
    epoch = np.concatenate(elements(numbered(40, 10), 4), axis=None)
    assert sorted(epoch) == list(range(40))


def test_order_depends_on_seed_and_epoch_alone():
    epochs = {
        (seed, epoch): tuple(
            np.concatenate(
                elements(numbered(40, 10, seed), 4, start_step=4 * epoch), None
            )
        )
        for seed, epoch in itertools.product(range(3), range(4))
    }
    assert len(set(epochs.values())) == len(epochs)
    again = tuple(np.concatenate(elements(numbered(40, 10, 1), 4, start_step=8), None))
    assert again == epochs[1, 2]


def test_minibatches_of_one_element_follow_each_other():
    one_by_one = elements(numbered(60, 5), 12)
    grouped = elements(numbered(60, 5), 4, discriminator_steps=3)
    flat = [minibatch[:, None] for group in grouped for minibatch in group.T]
    np.testing.assert_array_equal(one_by_one, flat)


def test_samples_left_over_differ_between_epochs():
    epochs = [
        set(elements(numbered(13, 12), 1, start_step=e)[0].ravel()) for e in range(20)
    ]
    assert len({frozenset(epoch) for epoch in epochs}) > 3


@pytest.fixture
def images():
    generator = np.random.default_rng(0)
    return generator.integers(0, 256, (11, 4, 4, 3), np.uint8)


def test_elements_of_images(images):
    labels = np.arange(11) % 3
    batches = Batches(images, labels, batch_size=2, name="mine")
    assert (len(batches), batches.sample_shape) == (5, (4, 4, 3))
    assert (batches.num_classes, batches.name, batches.seed) == (3, "mine", 0)
    dataset = batches.training_dataset((-1, 1), discriminator_steps=2)
    assert dataset.cardinality() == tf.data.INFINITE_CARDINALITY
    assert dataset.element_spec == (
        tf.TensorSpec((2, 2, 4, 4, 3), tf.float32),
        tf.TensorSpec((2, 2), tf.int32),
    )
    for one in (dataset, batches.evaluation_dataset((-1, 1))):
        assert one.options().deterministic
        # Whoever drops an iterator need not wait for the thread that tunes.
        assert one.options().autotune.enabled is False


def test_labels_stay_with_their_images(images):
    labels = np.arange(11)
    batches = Batches(images, labels, batch_size=3)
    dataset = batches.training_dataset((0, 1), discriminator_steps=2).take(4)
    for samples, chosen in dataset.as_numpy_iterator():
        np.testing.assert_array_equal(unscale(samples, (0, 1)), images[chosen])


def test_evaluation_shows_every_sample_once(images):
    batches = Batches(images, np.arange(11), batch_size=4)
    dataset = batches.evaluation_dataset((-1, 1))
    assert dataset.cardinality() == 3
    samples, labels = zip(*dataset.as_numpy_iterator(), strict=True)
    assert [len(batch) for batch in samples] == [4, 4, 3]
    np.testing.assert_array_equal(unscale(np.concatenate(samples), (-1, 1)), images)
    np.testing.assert_array_equal(np.concatenate(labels), np.arange(11))


@pytest.mark.parametrize("value_range", [(0, 1), (-1, 1), None])
def test_all_bytes_survive_the_pipeline(value_range):
    every_byte = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    batches = Batches(every_byte, batch_size=1)
    low, high = value_range or (-1, 1)
    for dataset in (
        batches.evaluation_dataset(value_range),
        batches.training_dataset(value_range).map(lambda element: element[:, 0]),
    ):
        scaled = next(dataset.as_numpy_iterator())
        assert (scaled.min(), scaled.max()) == (low, high)
        assert scaled.dtype == np.float32
        np.testing.assert_array_equal(unscale(scaled, value_range), every_byte)


def test_float_images_are_scaled_without_rounding():
    images = np.linspace(0, 1, 2 * 16, dtype=np.float32).reshape(2, 4, 4, 1)
    batches = Batches(images, batch_size=2, value_range=(0, 1))
    scaled = next(batches.evaluation_dataset((-1, 1)).as_numpy_iterator())
    np.testing.assert_allclose(scaled, 2 * images - 1, atol=1e-7)
    unit = next(batches.evaluation_dataset((0, 1)).as_numpy_iterator())
    np.testing.assert_array_equal(unit, images)


def test_floats_of_no_known_range_are_in_the_generators_range():
    images = np.linspace(-3, 5, 2 * 16, dtype=np.float32).reshape(2, 4, 4, 1)
    batches = Batches(images, batch_size=2)
    for value_range in ((-1, 1), (0, 1), None):
        same = next(batches.evaluation_dataset(value_range).as_numpy_iterator())
        np.testing.assert_array_equal(same, images)


def refused(word, samples, labels=None, **arguments):
    with pytest.raises(ValueError, match=word) as caught:
        Batches(samples, labels, **{"batch_size": 2, **arguments})
    assert "\n" not in str(caught.value)


def test_refuses_samples_it_cannot_train_on(images):
    refused("0 samples.*batch_size=2", images[:0])
    refused("mine: 11 samples .*batch_size=12: use batch_size <= 11", images,
            batch_size=12, name="mine")  # fmt: skip
    refused("expected float32 samples", images.astype(np.int64))
    refused("expected float32 samples", images[..., 0])
    refused("expected float32 samples", np.zeros((4, 2)))
    floats = images.astype(np.float32)
    refused(r"float images must lie in \[0, 1\]", floats, value_range=(0, 1))
    points = np.zeros((5, 2), np.float32)
    for bad in (np.nan, np.inf, -np.inf):
        points[3, 1] = bad
        refused(rf"{bad} at index \(3, 1\)", points)


@pytest.mark.parametrize("batch_size", [0, -1, 2.0, True, None])
def test_refuses_batch_sizes(images, batch_size):
    refused("batch_size must be an int >= 1", images, batch_size=batch_size)


def test_refuses_labels_that_do_not_fit(images):
    labels = np.zeros(11, int)
    refused("11 integer labels.*float64", images, labels.astype(float))
    refused("11 integer labels", images, labels[:5])
    labels[4] = -1
    refused("label -1 at index 4.*remove", images, labels)
    labels[4] = 10
    refused(r"label 10 at index 4.*0\.\.9", images, labels, num_classes=10)


def test_refuses_seeds(images):
    refused("seed must be an int", images, seed=-1)


def test_refuses_too_little_data_for_a_step(images):
    batches = Batches(images, batch_size=4)
    for use in (
        batches.steps_per_epoch,
        lambda k: elements(batches, 1, discriminator_steps=k),
    ):
        with pytest.raises(ValueError, match="11 samples.*at most 2") as caught:
            use(5)
        assert "\n" not in str(caught.value)
    assert Batches(images, batch_size=2).steps_per_epoch(5) == 1


@pytest.mark.parametrize(
    ("value_range", "arguments", "word"),
    [
        ((1, -1), {}, "value_range"),
        ((-1, 1), {"start_step": -1}, "start_step"),
        ((-1, 1), {"discriminator_steps": 0}, "discriminator_steps"),
    ],
)
def test_refuses_arguments(images, value_range, arguments, word):
    with pytest.raises(ValueError, match=word):
        Batches(images, batch_size=2).training_dataset(value_range, **arguments)


def test_warns_of_constant_images(images, caplog):
    Batches(np.full_like(images, 7), batch_size=2)
    assert "all values equal 7" in caplog.text


@pytest.mark.parametrize("classes", [np.array(3), np.zeros(9, int), np.eye(10)])
def test_what_is_no_class_per_sample_is_left_out_and_said(classes, caplog):
    images = np.zeros((10, 4, 4, 1), np.uint8)
    images[0] = 1
    assert Batches(images, batch_size=2, classes=classes).classes is None
    assert "no class of each of 10 samples" in caplog.text


def test_a_class_without_samples_is_said(caplog):
    images = np.zeros((4, 4, 4, 1), np.uint8)
    images[0] = 1
    Batches(images, np.array([1, 2, 4, 4]), batch_size=2)
    assert "no sample has a label of [0, 3]" in caplog.text


def orders(n, seeds, epochs):
    """Whole epochs as rows: the order of n samples for each seed and epoch."""
    rows = []
    for seed in seeds:
        steps = elements(numbered(n, n, seed), epochs)
        rows.extend(step.ravel() for step in steps)
    return np.array(rows)


def test_every_sample_is_equally_likely_at_every_position():
    n, count = 40, 400
    rows = orders(n, seeds=range(4), epochs=count // 4)
    found = np.array([np.bincount(column, minlength=n) for column in rows.T])
    # Pearson's statistic of uniform random orders has (n - 1)^2 degrees of freedom.
    chi_squared = ((found - count / n) ** 2 / (count / n)).sum()
    degrees = (n - 1) ** 2
    assert abs(chi_squared - degrees) < 5.0 * np.sqrt(2.0 * degrees)


def test_there_are_far_more_than_two_to_the_24_orders():
    def first_samples(epoch):
        return shuffled(tf.range(3), fold(0, epoch, DATA_ORDER), 50_000)

    epochs = tf.data.Dataset.range(20_000).map(first_samples).batch(20_000)
    (rows,) = epochs.as_numpy_iterator()
    found = {row.tobytes() for row in rows}
    # Of 20,000 draws among 2**24 orders, about 12 pairs would be alike.
    assert len(found) == 20_000


def test_neighbours_in_memory_are_no_neighbours_in_an_epoch():
    n, count = 1000, 100
    rows = orders(n, seeds=(0,), epochs=count)
    serial = [np.corrcoef(row[:-1], row[1:])[0, 1] for row in rows]
    # Of random orders: mean -1 / (n - 1), standard deviation n**-0.5.
    assert abs(np.mean(serial) + 1.0 / (n - 1)) < 5.0 / np.sqrt(n * count)
    assert 0.8 < np.std(serial) * np.sqrt(n) < 1.2
    # Two samples side by side in memory are neighbours 2 (n - 1) / n times per epoch.
    beside = np.sum(np.abs(np.diff(rows, axis=1)) == 1, axis=1)
    assert abs(beside.mean() - 2.0 * (n - 1) / n) < 5.0 * np.sqrt(2.0 / count)


def test_orders_of_consecutive_epochs_and_seeds_are_unrelated():
    rows = orders(200, seeds=range(3), epochs=40)
    places = np.argsort(rows, axis=1)
    related = np.corrcoef(places)[np.triu_indices(len(places), 1)]
    assert np.abs(related).max() < 6.0 / np.sqrt(200)


N = 400


def tossed(seed=0, m=N, k=1, start=0, epochs=1):
    """For each epoch, which of N mirrored images were the other way round: {index: bool}.

    An image is its number beside -1.
    """
    images = np.stack([np.arange(N), np.full(N, -1)], axis=-1).astype("float32")
    images = images[:, None, :, None]
    data = Batches(images, np.arange(N), batch_size=m, seed=seed, mirror=True)
    options = {"discriminator_steps": k, "start_step": start}
    each = N // (m * k)
    found = [{} for _ in range(epochs)]
    dataset = data.training_dataset(None, **options).take(epochs * each)
    for n, (shown, labels) in enumerate(dataset.as_numpy_iterator()):
        left, right = np.moveaxis(shown[:, :, 0, :, 0], -1, 0)
        np.testing.assert_array_equal(np.maximum(left, right), labels)
        np.testing.assert_array_equal(np.minimum(left, right), -1)
        found[n // each].update(zip(labels.ravel(), (left == -1).ravel(), strict=True))
    return found


def test_a_coin_decides_which_way_round_an_image_is():
    """Fair for each image, in each epoch, and between neighbours of all kinds."""
    epochs = 60
    runs = [
        np.array([[epoch[i] for i in range(N)] for epoch in tossed(seed, epochs=epochs)])
        for seed in (0, 1)
    ]
    signs = [2.0 * run - 1 for run in runs]
    for sign in signs:
        assert abs(sign.mean()) < 4 / sign.size**0.5
        assert np.abs(sign.mean(axis=0)).max() < 5 / epochs**0.5
        assert np.abs(sign.mean(axis=1)).max() < 5 / N**0.5
        assert (np.abs(sign.mean(axis=0)) < 1).all()  # Each image was seen both ways.
        for lag in (1, 2, 31, 32, 64):
            neighbours = sign[:, lag:] * sign[:, :-lag]
            assert abs(neighbours.mean()) < 4 / neighbours.size**0.5
        assert abs((sign[1:] * sign[:-1]).mean()) < 4 / sign[1:].size ** 0.5
    assert abs((signs[0] * signs[1]).mean()) < 4 / signs[0].size ** 0.5


@pytest.mark.parametrize("m, k, start", [(10, 1, 0), (5, 4, 0), (8, 5, 10), (N, 1, 1)])
def test_the_coin_depends_on_seed_epoch_and_index_alone(m, k, start):
    first = start * m * k // N
    for coins, expected in zip(
        tossed(3, m, k, start, epochs=2), tossed(3, epochs=3)[first:], strict=False
    ):
        assert coins == {index: expected[index] for index in coins} and len(coins) == N


def test_only_training_sees_mirror_images(images):
    plain = Batches(images, batch_size=11)
    data = Batches(images, batch_size=11, mirror=True)
    np.testing.assert_array_equal(data.scaled((0, 1)), plain.scaled((0, 1)))
    for dataset in (
        Batches.evaluation_dataset,
        lambda one, r: one.training_elements(r, 1, 0, mirror=False),
    ):
        ours, others = (next(iter(dataset(one, (0, 1)))) for one in (data, plain))
        np.testing.assert_array_equal(ours, others)
    words = "points have no left and right: leave out mirror"
    with pytest.raises(ValueError, match=words):
        Batches(np.eye(2, dtype="float32"), batch_size=1, mirror=True)
    with pytest.raises(ValueError, match="signals have no left and right"):
        Batches(np.zeros((3, 4, 1), "float32"), batch_size=1, mirror=True)
    with pytest.raises(ValueError, match="no images: leave out mirror=True"):
        load("ring", batch_size=1, mirror=True)


def test_class_names_are_kept_in_the_order_of_the_labels():
    x = np.zeros((4, 2), "float32") + np.arange(4, dtype="float32")[:, None]
    batches = Batches(x, [0, 1, 1, 0], batch_size=2, class_names=["cat", "dog"])
    assert batches.class_names == ("cat", "dog")
    assert Batches(x, batch_size=2).class_names is None
    with pytest.raises(ValueError, match="class_names must name 2 classes, got 1: cat"):
        Batches(x, [0, 1, 1, 0], batch_size=2, class_names=["cat"])
