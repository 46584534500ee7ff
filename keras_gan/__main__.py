"""`python -m keras_gan`."""

from keras_gan.cli.overview import run

if __name__ == "__main__":
    run()
