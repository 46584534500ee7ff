"""Measures a run or a file of images; `python scripts/evaluate.py --help` lists flags."""

from keras_gan.cli.evaluate import run

if __name__ == "__main__":
    run()
