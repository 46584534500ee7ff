"""The smallest GANs that train, for faults in `GAN.fit`."""


def gan(tanh=False, **options):
    """A compiled GAN of 8x8 images, in [0, 1] or, with `tanh`, in [-1, 1]."""
    import keras

    import keras_gan as kg

    keras.utils.set_random_seed(0)
    z, x = keras.Input((4,)), keras.Input((8, 8, 1))
    made = keras.layers.Dense(64, "tanh" if tanh else "sigmoid")(
        keras.layers.Dense(16, "relu")(z)
    )
    judged = keras.layers.Dense(16, "relu")(keras.layers.Flatten()(x))
    model = kg.GAN(
        keras.Model(z, keras.layers.Reshape((8, 8, 1))(made)),
        keras.Model(x, keras.layers.Dense(1)(judged)),
        **options,
    )
    model.compile(keras.optimizers.Adam(1e-2), keras.optimizers.Adam(1e-2))
    return model


def images(number=40):
    """Random uint8 images of 8x8, the same each time."""
    import numpy as np

    generator = np.random.default_rng(0)
    return generator.integers(0, 256, (number, 8, 8, 1), dtype="uint8")


def fit(data, *, tanh=False, callbacks=(), epochs=1, batch_size=4, **options):
    """Trains a new tiny GAN and returns it; `options` are those of `gan`."""
    keywords = {} if batch_size is None else {"batch_size": batch_size}
    model = gan(tanh=tanh, **options)
    model.fit(data, epochs=epochs, verbose=0, callbacks=list(callbacks), **keywords)
    return model
