"""Trains a GAN; `python scripts/train.py --help` lists the flags."""

from keras_gan.cli.train import run

if __name__ == "__main__":
    run()
