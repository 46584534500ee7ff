"""Draws samples from a trained run.

python scripts/sample.py --run_dir=runs/quickstart
python scripts/sample.py --run_dir=runs/quickstart --num=10000 --output=samples.npz
"""

from absl import flags

from keras_gan.cli import command_line

flags.DEFINE_string("run_dir", None, "Folder of the run.", required=True)
flags.DEFINE_integer("num", 64, "How many samples.", lower_bound=1)
flags.DEFINE_integer("seed", 0, "Keys the latents.", 0, 2**31 - 1)
flags.DEFINE_integer(
    "label", None, "Class to sample, of a conditional run. Default: all in turn."
)
flags.DEFINE_enum(
    "mode",
    "grid",
    ["grid", "walk", "neighbors"],
    "grid: samples; walk: lines through the latents; neighbors: each sample beside "
    "its nearest training image.",
)
flags.DEFINE_string(
    "output", "samples.png", "A .png or .gif picture, or .npz: uint8 images and labels."
)
flags.DEFINE_string("data_dir", None, "As for train.py; for --mode=neighbors.")


def main():
    """Hands the parsed flags on; Keras and TensorFlow are imported only here."""
    from keras_gan.cli.sampling import sample

    return sample(flags.FLAGS)


def run():
    """Entry point of `keras-gan-sample`."""
    command_line.run(main)
