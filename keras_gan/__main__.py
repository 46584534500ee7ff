"""`python -m keras_gan`."""

from keras_gan.cli.overview import run

run()
