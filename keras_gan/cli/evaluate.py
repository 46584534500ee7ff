"""Measures a trained run, or any .npz of images, against real data.

python scripts/evaluate.py --run_dir=runs/quickstart
python scripts/evaluate.py --samples=samples.npz --dataset=mnist --metrics=parzen,prdc
python scripts/evaluate.py --train_classifier --dataset=fashion_mnist
"""

from absl import flags

from keras_gan.cli import command_line

flags.DEFINE_string("run_dir", None, "Folder of the run to measure.")
flags.DEFINE_string("samples", None, "A .npz of images to measure, instead of a run.")
flags.DEFINE_string(
    "dataset", None, "Real data, as for train.py. Default: what the run was trained on."
)
flags.DEFINE_string("split", "test", "Split to measure against.")
flags.DEFINE_string(
    "train_split",
    "train",
    "Split for the floor, for Parzen's sigma and for memorization. If it is the same "
    "as --split, that split is cut into two halves.",
)
flags.DEFINE_string("data_dir", None, "Folder of prepared tensorflow-datasets.")
flags.DEFINE_integer(
    "image_size", None, "Crop and resize real images to this side.", lower_bound=1
)
flags.DEFINE_list(
    "metrics",
    None,
    "parzen, fd_EXTRACTOR, fid, kid, prdc, is, memorization, modes. Default: "
    "parzen,fd_classifier,kid,prdc,is for images, modes,kid,prdc for points.",
)
flags.DEFINE_integer("num", 10_000, "Samples to measure.", lower_bound=2)
flags.DEFINE_integer("seed", 0, "Keys latents, shuffles and k-means.", lower_bound=0)
flags.DEFINE_string(
    "extractor",
    None,
    "Features of kid, prdc and is: pixels, classifier, inception or savedmodel:PATH. "
    "Default: classifier for images, pixels for points.",
)
flags.DEFINE_string(
    "classifier", None, "A classifier file. Default: shipped (MNIST), or the cache's."
)
flags.DEFINE_string(
    "inception_path",
    None,
    "classify_image_graph_def.pb of 2015. Default: $KERAS_GAN_INCEPTION.",
)
flags.DEFINE_bool(
    "parzen_kmeans", False, "Also show parzen of k-means centres of training images."
)
flags.DEFINE_string("json", None, "Output file. Default: RUN_DIR/evaluation.json.")
flags.DEFINE_bool("train_classifier", False, "Train --dataset's classifier and stop.")
flags.DEFINE_string(
    "output", None, "File of --train_classifier. Default: in ~/.keras/keras_gan."
)
flags.DEFINE_integer("epochs", 8, "Epochs of --train_classifier.", lower_bound=1)


def main():
    """Hands the parsed flags on; Keras and TensorFlow are imported only here."""
    if flags.FLAGS.train_classifier:
        from keras_gan.cli.train_classifier import train_classifier

        return train_classifier(flags.FLAGS)
    from keras_gan.cli.evaluating import evaluate

    return evaluate(flags.FLAGS)


def run():
    """Entry point of `keras-gan-evaluate`."""
    command_line.run(main)
