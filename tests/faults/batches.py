"""Rows 9 to 16: data that `GAN.fit` cannot train on."""

from faults import tiny
from faults.fault import fault
from faults.laboratory import refused, went_well


@fault(9, "uint8 images passed to train_on_batch")
def bytes_into_a_step(lab):
    done = lab.call(_bytes_into_a_step)
    if done.code == 0:
        return went_well(done, "same update") or done.out.strip()
    return refused(done, "uint8", cure="fit")


def _bytes_into_a_step():
    import numpy as np

    by_bytes, by_floats = tiny.gan(), tiny.gan()
    images = tiny.images(4)
    by_bytes.train_on_batch(images)
    by_floats.train_on_batch(images.astype("float32") / 255)
    pairs = zip(by_bytes.get_weights(), by_floats.get_weights(), strict=True)
    if not all(np.allclose(a, b) for a, b in pairs):
        raise RuntimeError("bytes were taken as they are")
    print("scaled to the generator's range: the same update as scaled floats")


@fault(10, "images in [0, 1] and in [0, 255] for a tanh generator")
def wrong_range(lab):
    refused(lab.call(_fit_floats, 255.0), "[0, 255]", "[-1, 1]", cure="scale the data")
    return refused(lab.call(_fit_floats, 1.0), "[0, 1]", "[-1, 1]", cure="scale the data")


def _fit_floats(highest):
    images = tiny.images().astype("float32") / 255
    images[0, 0, 0], images[0, 0, 1] = 0.0, 1.0
    tiny.fit(images * highest, tanh=True)


@fault(11, "images that are all the same")
def constant_images(lab):
    done = lab.call(_fit_constant)
    return went_well(done, "is this the data?")


def _fit_constant():
    import numpy as np

    tiny.fit(np.full((40, 8, 8, 1), 7, "uint8"))


@fault(12, "a NaN pixel in the first minibatch and in a late one; infinity")
def broken_pixel(lab):
    refused(lab.call(_fit_broken, "inf", 0), "NaN or infinity", cure="remove or mend")
    done = lab.call(_fit_broken, "nan", 0)
    line = refused(done, "Sample", "NaN or infinity", cure="remove or mend")
    # Beyond the 64 samples that `fit` checks before the first update.
    went_well(lab.call(_fit_broken, "nan", 17), "iverged", "stopped before the end")
    return line


def _fit_broken(value, batch):
    """Trains on 20 minibatches, of which the given one holds a broken pixel."""
    import numpy as np
    import tensorflow as tf

    from keras_gan.callbacks import NanGuard

    images = tiny.images(80).astype("float32") / 255
    images[4 * batch + 2, 3, 3, 0] = float(value)
    data = tf.data.Dataset.from_tensor_slices(images).batch(4, drop_remainder=True)
    model = tiny.fit(data, callbacks=[NanGuard()], batch_size=None)
    if int(model.step) < 20 and np.isfinite(model.sample(2)).all():
        print("stopped before the end, weights finite")
    elif int(model.step) < 20:
        print("stopped before the end")


@fault(13, "pairs (x, y) for a GAN without labels")
def pairs_for_no_labels(lab):
    done = lab.call(_fit_pairs)
    if done.code == 0:
        return went_well(done, "took x") or done.out.strip()
    return refused(done, "label", cure="num_classes")


def _fit_pairs():
    import numpy as np
    import tensorflow as tf

    images = tiny.images().astype("float32") / 255
    pairs = tf.data.Dataset.from_tensor_slices((images, np.arange(40) % 10)).batch(4)
    bare, paired = tiny.gan(), tiny.gan()
    bare.fit(pairs.map(lambda x, y: x), verbose=0)
    paired.fit(pairs, verbose=0)
    for a, b in zip(bare.get_weights(), paired.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    print("took x: the same weights as from bare images")


@fault(14, "a label above the number of classes")
def label_too_large(lab):
    return _wrong_label(lab, 10)


@fault(15, "the label -1")
def label_below_zero(lab):
    return _wrong_label(lab, -1)


def _wrong_label(lab, label):
    import numpy as np

    images = lab.images(16, labels=np.array([0] * 15 + [label]))
    done = lab.call(_load_labelled, str(images), 10)
    return refused(done, f"label {label}", "index 15", cure="correct it, or remove")


def _load_labelled(path, num_classes):
    import numpy as np

    import keras_gan as kg

    with np.load(path, allow_pickle=False) as archive:
        images, labels = archive["images"], archive["labels"]
    kg.data.Batches(images, labels, batch_size=4, num_classes=num_classes)


@fault(16, "images of three channels for networks of one")
def wrong_channels(lab):
    return refused(
        lab.call(_fit_colours), "(8, 8, 3)", "(8, 8, 1)", cure="build the networks"
    )


def _fit_colours():
    tiny.fit(tiny.images().repeat(3, axis=-1))
