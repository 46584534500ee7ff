"""Measures what theory says; `python scripts/reproduce.py --list` names the studies."""

from keras_gan.commands.reproduce import run

if __name__ == "__main__":
    run()
