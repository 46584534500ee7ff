"""Injects 48 faults; `python scripts/faults.py --help` lists the flags."""

from keras_gan.commands.faults import run

if __name__ == "__main__":
    run()
