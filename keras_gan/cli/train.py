"""Trains a GAN. Without flags: the 2014 networks on 4,000 real digits.

python scripts/train.py --preset=quickstart
python scripts/train.py --preset=dcgan --dataset=folder:my_images --image_size=32
"""

from absl import flags

from keras_gan.cli import command_line

flags.DEFINE_string("preset", None, "Start from a named recipe; other flags overrule.")
flags.DEFINE_string(
    "dataset",
    "mnist5k",
    "mnist5k, a name of tensorflow-datasets, idx:PATH, folder:PATH, npz:PATH, ring, "
    "grid, gaussian1d, mixture1d or stacked_mnist:SPEC.",
)
flags.DEFINE_string("data_dir", None, "Folder of prepared tensorflow-datasets.")
flags.DEFINE_string("split", "train", "Split of the dataset to train on.")
flags.DEFINE_string("eval_split", None, "Split to evaluate on while training.")
flags.DEFINE_integer(
    "image_size", None, "Crop and resize images to this side.", lower_bound=1
)
flags.DEFINE_bool(
    "skip_bad_images", False, "Leave out the broken files of a folder, and list them."
)
flags.DEFINE_string(
    "run_dir", None, "Folder of the run. Default: runs/PRESET.", short_name="r"
)
flags.DEFINE_integer("epochs", 80, "Passes over the data.", lower_bound=1)
flags.DEFINE_integer(
    "steps",
    None,
    "Generator updates; the last of --steps and --epochs counts.",
    lower_bound=1,
)
command_line.define_finite(
    "max_seconds", None, "Stop training after so many seconds.", positive=True
)
flags.DEFINE_integer("batch_size", 64, "m, samples per minibatch.", lower_bound=1)
flags.DEFINE_integer(
    "discriminator_steps", 1, "k, updates of D per update of G.", lower_bound=1
)
flags.DEFINE_bool(
    "simultaneous",
    False,
    "Update both networks from the same point, as the paper's released code does, "
    "instead of D before G (Algorithm 1).",
)
flags.DEFINE_string(
    "loss",
    "non_saturating",
    "non_saturating, minimax, least_squares, hinge, wasserstein or relativistic.",
)
flags.DEFINE_float(
    "label_smoothing",
    0.0,
    "D's target for reals is 1 minus this; for non_saturating and minimax.",
    lower_bound=0.0,
    upper_bound=0.5,
)
command_line.define_finite("r1", 0.2, "Weight of the R1 penalty; 0: none.")
command_line.define_finite("r2", 0.0, "Weight of the R2 penalty; 0: none.")
command_line.define_finite(
    "gp",
    0.0,
    "Weight of WGAN-GP's gradient penalty; 0: none. --r1 stays on beside it unless it is "
    "0.",
)
flags.DEFINE_integer(
    "penalty_interval",
    1,
    "Updates of D per penalty, as many times as strong; above 1 training may fail.",
    lower_bound=1,
)
flags.DEFINE_list(
    "augment", [], "What D sees images through: color, translation, cutout."
)
command_line.define_finite(
    "instance_noise", 0.0, "Standard deviation of noise on all that D sees; 0: none."
)
flags.DEFINE_integer(
    "instance_noise_steps",
    None,
    "Steps until that noise has fallen to none. Default: it stays.",
    lower_bound=1,
)
flags.DEFINE_integer("packing", 1, "Samples that D judges at once.", lower_bound=1)
flags.DEFINE_bool("conditional", False, "Learn the classes of labelled data.")
flags.DEFINE_string(
    "network",
    "auto",
    "mlp, dcgan, resnet, maxout_conv for images; points, clusters, pacgan, line for "
    "points; auto: mlp or points.",
)
flags.DEFINE_bool(
    "spectral_norm",
    False,
    "Spectral normalisation of D's layers. --r1 stays on beside it unless it is 0.",
)
command_line.define_finite(
    "weight_clip",
    None,
    "Keep D's weights in [-weight_clip, weight_clip]. --r1 stays on beside it unless it "
    "is 0.",
    positive=True,
)
flags.DEFINE_integer("latent_dim", 32, "Coordinates of z.", lower_bound=1)
flags.DEFINE_string("latents", "normal", "Prior of z: normal or uniform.")
flags.DEFINE_bool(
    "mean_image_bias",
    None,
    "Start the mlp's generator at the mean training image, as the paper does. Default: "
    "yes.",
)
command_line.define_sizes("generator_units", "Layers of the mlp's generator: 1200,1200.")
command_line.define_sizes(
    "discriminator_units", "Layers of the mlp's discriminator: 240,240."
)
flags.DEFINE_bool("dropout", False, "Dropout in the discriminator of mlp or maxout_conv.")
flags.DEFINE_enum("optimizer", "adam", ["adam", "sgd"], "Of both networks.")
command_line.define_finite("lr", 1e-3, "Learning rate of both networks.", positive=True)
command_line.define_finite(
    "g_lr", None, "Learning rate of the generator. Default: --lr.", positive=True
)
command_line.define_finite("beta_1", 0.5, "Adam's.", at_most=0.999)
command_line.define_finite("beta_2", 0.99, "Adam's.", at_most=0.99999)
flags.DEFINE_enum(
    "schedule",
    "linear",
    ["constant", "linear", "cosine", "paper"],
    "Of the learning rate: constant; linearly or by a cosine to 0; or the paper's: "
    "divided by 1.000004 at each update, momentum 0.5 to 0.7 over 250 epochs.",
)
flags.DEFINE_enum(
    "g_schedule",
    None,
    ["constant", "linear", "cosine", "paper"],
    "Of the generator's learning rate. Default: --schedule.",
)
flags.DEFINE_float(
    "ema_decay",
    0.998,
    "Decay of the averaged generator; 0: no average.",
    lower_bound=0.0,
    upper_bound=0.99999,
)
flags.DEFINE_enum(
    "mixed_precision",
    "float32",
    ["float32", "mixed_float16", "mixed_bfloat16"],
    "What the networks compute in; weights, logits and losses stay float32.",
)
flags.DEFINE_enum(
    "resume",
    "auto",
    ["auto", "never"],
    "auto: go on where the run in --run_dir stopped; never: refuse such a folder.",
)
flags.DEFINE_integer(
    "checkpoint_steps", 500, "Generator updates between two checkpoints.", lower_bound=1
)
flags.DEFINE_integer("seed", 0, "Keys all randomness.", 0, 2**31 - 1)
flags.DEFINE_integer(
    "picture_every",
    None,
    "Epochs between two pictures. Default: 16 pictures in all, however short the run.",
    lower_bound=1,
)
flags.DEFINE_list(
    "metrics",
    [],
    "Measure samples while training, by the metrics of evaluate.py, and keep the best "
    "generator by the first of them.",
)
flags.DEFINE_integer(
    "evaluate_every", 10, "Epochs between two measurements.", lower_bound=1
)
flags.DEFINE_integer("evaluate_num", 10_000, "Samples to measure.", lower_bound=2)
flags.DEFINE_string("inception_path", None, "As for evaluate.py; for fid.")
flags.DEFINE_bool("dry_run", False, "Check data and networks, print the plan, stop.")
flags.DEFINE_bool("preview", False, "Write the real samples as a picture, stop.")


def main():
    """Hands the parsed flags on; Keras and TensorFlow are imported only here."""
    from keras_gan.cli.run_folder import of_run
    from keras_gan.cli.training import train

    options = flags.FLAGS
    # The flagfile leaves the preset out, so it has to name the folder itself.
    options.run_dir = of_run(options)
    return train(options, command_line.flagfile(__name__))


def run():
    """Entry point of `keras-gan-train`."""
    command_line.run(main)
