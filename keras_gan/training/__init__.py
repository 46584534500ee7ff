"""What Keras' `fit` lacks for two players."""
