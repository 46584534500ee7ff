"""`--train_classifier`: makes the network whose features measure samples."""

import time

from keras_gan import data
from keras_gan.evaluation import classifier
from keras_gan.evaluation.features import as_uint8


def train_classifier(options):
    """Trains on the training split, tests on the test split, records both."""
    if options.dataset is None:
        raise ValueError("--train_classifier needs --dataset=SPEC.")
    if options.split == options.train_split:
        raise ValueError(
            f"--split={options.split} is the training split: an accuracy on it says "
            "nothing; name another."
        )
    path = options.output or classifier.cache_path(options.dataset)
    if not path.endswith(".keras"):
        raise ValueError(f"--output={path} must end in .keras.")
    train = _labelled(options, options.train_split)
    test = _labelled(options, options.split)
    images = as_uint8(train.samples, "--dataset")
    began = time.monotonic()
    model = classifier.train(
        images,
        train.labels,
        num_classes=train.num_classes,
        epochs=options.epochs,
        seed=options.seed,
        say=lambda line: print(line, flush=True),
    )
    record = {
        "dataset": options.dataset,
        "train_split": options.train_split,
        "num_train": len(images),
        "test_split": options.split,
        "num_test": len(test.samples),
        "test_accuracy": classifier.accuracy(
            model, as_uint8(test.samples, "--dataset"), test.labels
        ),
        "image_shape": list(images.shape[1:]),
        "num_classes": train.num_classes,
        "epochs": options.epochs,
        "seed": options.seed,
        "seconds": round(time.monotonic() - began, 1),
    }
    record = classifier.save(path, model, record)
    print(f"test accuracy {record['test_accuracy']:.4f}: {path}", flush=True)
    return 0


def _labelled(options, split):
    return data.load(
        options.dataset,
        split=split,
        batch_size=1,
        data_dir=options.data_dir,
        image_size=options.image_size,
        labels=True,
    )
