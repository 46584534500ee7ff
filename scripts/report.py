"""Writes the page of runs as one file; `python scripts/report.py --help` lists flags."""

from keras_gan.cli.report import run

if __name__ == "__main__":
    run()
