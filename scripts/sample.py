"""Draws samples from a trained run; `--help` lists the flags."""

from keras_gan.cli.sample import run

if __name__ == "__main__":
    run()
