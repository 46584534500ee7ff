"""What the server of the laboratory imports once for all the processes it forks."""

from keras_gan.cli import command_line

with command_line.quiet_stderr():
    import matplotlib.figure  # noqa: F401
    import tensorboard.plugins.custom_scalar.summary  # noqa: F401
    import tensorflow_datasets  # noqa: F401

    import keras_gan.cli.training_run  # noqa: F401
    import keras_gan.recipe.building  # noqa: F401
