"""What Keras' `fit` lacks for two players."""

# Importing Keras imports all serializable classes, `GAN` among them, which need the
# modules of this room: before any of these is half imported itself.
import keras  # noqa: F401
