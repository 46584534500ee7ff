"""Programs that train the same networks by the same algorithm, to be timed side by side.

    python -m studies.contestants W1 plain 40

Each is what a user would run instead of the others. The program trains a block of steps
and prints how long it took to get there; then a further block for each line that it
reads, and prints the milliseconds per step. `scripts/benchmark.py` starts several and
lets them take turns.
"""

import dataclasses
import json
import os
import resource
import sys
import time

_STARTED = time.time()

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import layers  # noqa: E402

import keras_gan  # noqa: E402
from studies import step_time, tutorial_pair  # noqa: E402

MINIBATCH = 100
_NUM_IMAGES = 6000


@dataclasses.dataclass(frozen=True)
class Workload:
    """What all contestants train.

    Args:
        title: What it is, in a few words.
        networks: Makes `(generator, discriminator)`.
        optimizer: Makes an optimizer as Keras has it.
        own_optimizer: Makes the same one as `keras_gan.optimizers` has it.
        low: Smallest value of a pixel.
        k: Updates of D per step. Defaults to 1.
        r1: Weight of the R1 penalty. Defaults to 0.0: none.
    """

    title: str
    networks: object
    optimizer: object
    own_optimizer: object
    low: float
    k: int = 1
    r1: float = 0.0

    def images(self):
        """Noise: how long a step takes does not depend on what is in the pictures."""
        random = np.random.default_rng(0)
        return random.integers(0, 256, (_NUM_IMAGES, 28, 28, 1), "uint8")

    def scaled(self):
        """The images as floats in the generator's range."""
        return (self.low + self.images() / 255.0 * (1.0 - self.low)).astype("float32")

    def gflop(self):
        """Floating-point operations of a step, counted from the layers, in 1e9."""
        game = step_time.game_of(
            *self.networks(), self.k, 1 if self.r1 else None, shares_pass=True
        )
        return game.flops * MINIBATCH / 1e9


def _paper():
    return keras_gan.networks.mlp((28, 28, 1), latent_dim=100)


def _paper_in_keras():
    """The same, with maxout as Keras' own layers give it: Dense, Reshape, max."""
    generator, ours = _paper()
    x = images = keras.Input((28, 28, 1))
    x = layers.Dropout(0.2)(layers.Flatten()(x))
    for _ in range(2):
        start = keras.initializers.RandomUniform(-0.005, 0.005)
        x = layers.Dense(240 * 5, kernel_initializer=start)(x)
        x = keras.ops.max(layers.Reshape((240, 5))(x), axis=-1)
        x = layers.Dropout(0.5)(x)
    discriminator = keras.Model(images, layers.Dense(1, dtype="float32")(x))
    if discriminator.count_params() != ours.count_params():
        raise ValueError("The two discriminators differ.")
    return generator, discriminator


def _ours():
    return keras_gan.networks.dcgan((28, 28, 1), latent_dim=32)


def _sgd():
    return keras.optimizers.SGD(0.05, momentum=0.5)


def _own_sgd():
    return keras_gan.optimizers.RisingMomentumSGD(0.05, start=0.5, end=0.5)


_ADAM = {"learning_rate": 1e-4}
_FAST_ADAM = {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.99}
WORKLOADS = {
    "W1": Workload("the 2014 pair", _paper, _sgd, _own_sgd, low=0.0),
    "W2": Workload(
        "tensorflow.org's DCGAN",
        lambda: tutorial_pair.build(0),
        lambda: keras.optimizers.Adam(**_ADAM),
        lambda: keras_gan.optimizers.Adam(**_ADAM),
        low=-1.0,
    ),
    "W3": Workload("the 2014 pair, k = 5", _paper, _sgd, _own_sgd, low=0.0, k=5),
    "W4": Workload(
        "the preset dcgan's pair, R1",
        _ours,
        lambda: keras.optimizers.Adam(**_FAST_ADAM),
        lambda: keras_gan.optimizers.Adam(**_FAST_ADAM),
        low=-1.0,
        r1=0.1,
    ),
}

# ----------------------------------------------------------------- what users would run


class PlainGAN(keras.Model):
    """A `train_step` in the manner of keras.io's examples: two losses, `fit`, no more."""

    def __init__(self, generator, discriminator, *, k=1, r1=0.0):
        super().__init__()
        self.generator = generator
        self.discriminator = discriminator
        self.k = k
        self.r1 = r1
        self.d_loss_metric = keras.metrics.Mean(name="d_loss")
        self.g_loss_metric = keras.metrics.Mean(name="g_loss")
        self.seed_generator = keras.random.SeedGenerator(0)
        self.built = True

    def compile(self, d_optimizer, g_optimizer):
        super().compile()
        self.d_optimizer = d_optimizer
        self.g_optimizer = g_optimizer
        self.loss_fn = keras.losses.BinaryCrossentropy(from_logits=True)

    @property
    def metrics(self):
        return [self.d_loss_metric, self.g_loss_metric]

    def latents(self, number):
        shape = (number, self.generator.input_shape[-1])
        return keras.random.normal(shape, seed=self.seed_generator)

    def gradient_penalty(self, real):
        with tf.GradientTape() as tape:
            tape.watch(real)
            logits = self.discriminator(real, training=True)
        gradient = tape.gradient(logits, real)
        squared = tf.reduce_sum(tf.square(gradient), axis=[1, 2, 3])
        return 0.5 * self.r1 * tf.reduce_mean(squared)

    def discriminator_step(self, real):
        number = tf.shape(real)[0]
        fake = self.generator(self.latents(number), training=True)
        labels = tf.concat([tf.ones((number, 1)), tf.zeros((number, 1))], axis=0)
        with tf.GradientTape() as tape:
            both = tf.concat([real, tf.cast(fake, real.dtype)], axis=0)
            loss = self.loss_fn(labels, self.discriminator(both, training=True))
            if self.r1:
                loss += self.gradient_penalty(real)
        weights = self.discriminator.trainable_weights
        gradients = tape.gradient(loss, weights)
        self.d_optimizer.apply_gradients(zip(gradients, weights, strict=True))
        return loss

    def train_step(self, real):
        for i in range(self.k):
            d_loss = self.discriminator_step(real[:, i])
        number = tf.shape(real)[0]
        with tf.GradientTape() as tape:
            fake = self.generator(self.latents(number), training=True)
            logits = self.discriminator(fake, training=True)
            g_loss = self.loss_fn(tf.ones((number, 1)), logits)
        weights = self.generator.trainable_weights
        gradients = tape.gradient(g_loss, weights)
        self.g_optimizer.apply_gradients(zip(gradients, weights, strict=True))
        self.d_loss_metric.update_state(d_loss)
        self.g_loss_metric.update_state(g_loss)
        return {m.name: m.result() for m in self.metrics}


def _minibatches(workload):
    """Shuffled minibatches (m, k, ...) without end, by `tf.data`."""
    data = tf.data.Dataset.from_tensor_slices(workload.scaled())
    data = data.shuffle(_NUM_IMAGES).repeat().batch(MINIBATCH * workload.k)
    shape = (MINIBATCH, workload.k, 28, 28, 1)
    return data.map(lambda images: tf.reshape(images, shape)).prefetch(2)


class _InTurns(keras.callbacks.Callback):
    """An epoch of `fit` is a turn."""

    def __init__(self, turns):
        super().__init__()
        self.turns = turns

    def on_epoch_begin(self, epoch, logs=None):
        self.turns.begin()

    def on_epoch_end(self, epoch, logs=None):
        self.turns.end()


def _fit(gan, data, turns, **options):
    callbacks = [_InTurns(turns)]
    steps, epochs = turns.block, 1_000_000
    gan.fit(
        data,
        steps_per_epoch=steps,
        epochs=epochs,
        callbacks=callbacks,
        verbose=0,
        **options,
    )


def plain(workload, turns):
    """Keras' `fit` of a model as on keras.io, with Keras' layers and optimizers."""
    is_paper = workload.networks is _paper
    networks = (_paper_in_keras if is_paper else workload.networks)()
    gan = PlainGAN(*networks, k=workload.k, r1=workload.r1)
    gan.compile(workload.optimizer(), workload.optimizer())
    _fit(gan, _minibatches(workload), turns, shuffle=False)


def ours(workload, turns, average=0.998):
    """This package as its presets run it: averaged, checked, logged."""
    gan = keras_gan.GAN(
        *workload.networks(), discriminator_steps=workload.k, ema_decay=average
    )
    penalties = [keras_gan.penalties.R1(workload.r1)] if workload.r1 else []
    own = workload.own_optimizer
    gan.compile(own(), own(), penalties=penalties)
    _fit(gan, keras_gan.data.Batches(workload.images(), batch_size=MINIBATCH), turns)


def without_average(workload, turns):
    """The same without the moving average."""
    ours(workload, turns, average=None)


def bfloat16(workload, turns):
    """The same as `ours` in mixed_bfloat16."""
    keras.config.set_dtype_policy("mixed_bfloat16")
    ours(workload, turns)


# --------------------------------------------------------------------- the ceiling


class HandWritten:
    """The step as TensorFlow's fastest operations give it: no logs, no checks, no `fit`.

    One pass of D, the penalty on the loss's pass, one operation per weight's update.

    Args:
        generator: A network.
        discriminator: A network.
        workload: A `Workload`.
    """

    def __init__(self, generator, discriminator, workload):
        self.generator = generator
        self.discriminator = discriminator
        self.workload = workload
        self.updates = [
            _FusedUpdate(network.trainable_weights, workload.optimizer())
            for network in (discriminator, generator)
        ]
        self.images = tf.constant(workload.scaled())
        self.step = tf.Variable(0, dtype=tf.int64)

    @tf.function(autograph=False)
    def __call__(self):
        k = self.workload.k
        for i in range(k):
            rows = (self.step * k + i) * MINIBATCH + tf.range(MINIBATCH, dtype=tf.int64)
            self._discriminator_step(tf.gather(self.images, rows % _NUM_IMAGES), i)
        with tf.GradientTape() as tape:
            fake = self.generator(self._latents(k), training=True)
            loss = tf.reduce_mean(tf.nn.softplus(-self._judge(fake)))
        self.updates[1](tape.gradient(loss, self.generator.trainable_weights))
        self.step.assign_add(1)
        return loss

    def _discriminator_step(self, real, i):
        fake = self.generator(self._latents(i), training=True)
        with tf.GradientTape() as tape:
            if self.workload.r1:
                with tf.GradientTape() as inner:
                    inner.watch(real)
                    real_logits = self._judge(real)
                slope = tf.square(inner.gradient(real_logits, real))
                fake_logits = self._judge(fake)
                penalty = 0.5 * self.workload.r1 * tf.reduce_sum(slope) / MINIBATCH
            else:
                both = tf.concat([real, tf.cast(fake, real.dtype)], axis=0)
                real_logits, fake_logits = tf.split(self._judge(both), 2)
                penalty = 0.0
            loss = tf.reduce_mean(tf.nn.softplus(-real_logits))
            loss += tf.reduce_mean(tf.nn.softplus(fake_logits)) + penalty
        self.updates[0](tape.gradient(loss, self.discriminator.trainable_weights))

    def _judge(self, samples):
        return tf.cast(self.discriminator(samples, training=True), "float32")

    def _latents(self, i):
        shape = (MINIBATCH, self.generator.input_shape[-1])
        return tf.random.stateless_normal(shape, tf.stack([self.step, i]))


class _FusedUpdate:
    """SGD with momentum, or Adam, by one operation per weight."""

    def __init__(self, weights, optimizer):
        self.weights = [weight.value for weight in weights]
        self.optimizer = optimizer
        self.rate = float(optimizer.learning_rate)
        self.moments = [
            [tf.Variable(tf.zeros(weight.shape)) for weight in self.weights]
            for _ in range(2)
        ]
        self.number = tf.Variable(0.0)

    def __call__(self, gradients):
        self.number.assign_add(1.0)
        for each in zip(self.weights, *self.moments, gradients, strict=True):
            if isinstance(self.optimizer, keras.optimizers.SGD):
                self._momentum(*each)
            else:
                self._adam(*each)

    def _momentum(self, weight, moment, _, gradient):
        tf.raw_ops.ResourceApplyKerasMomentum(
            var=weight.handle,
            accum=moment.handle,
            lr=self.rate,
            grad=gradient,
            momentum=self.optimizer.momentum,
        )

    def _adam(self, weight, moment, square, gradient):
        adam = self.optimizer
        tf.raw_ops.ResourceApplyAdam(
            var=weight.handle,
            m=moment.handle,
            v=square.handle,
            beta1_power=adam.beta_1**self.number,
            beta2_power=adam.beta_2**self.number,
            lr=self.rate,
            beta1=adam.beta_1,
            beta2=adam.beta_2,
            epsilon=adam.epsilon,
            grad=gradient,
        )


def hand_written(workload, turns):
    """A bare TensorFlow step, as a ceiling."""
    turns.repeat(HandWritten(*workload.networks(), workload))


# ------------------------------------------------------------------------ PyTorch


def pytorch(workload, turns):
    """PyTorch's usual loop: data in memory, its own layers, as PyTorch-GAN writes it."""
    from studies import torch_loop  # There may be no torch.

    turns.repeat(torch_loop.training_step(workload, MINIBATCH))


CONTESTANTS = {
    "plain fit": plain,
    "keras_gan": ours,
    "no average": without_average,
    "bfloat16": bfloat16,
    "hand-written": hand_written,
    "PyTorch": pytorch,
}


class Turns:
    """Waits for its turn, trains a block of steps, tells how long it took.

    Args:
        block: Steps in a turn.
    """

    def __init__(self, block):
        self.block = block
        self._is_first = True

    def begin(self):
        """Waits for a line of stdin; the first turn, which traces the step, does not."""
        if not self._is_first and not sys.stdin.readline():
            sys.exit()
        self._times = time.perf_counter(), time.process_time()

    def end(self):
        """Prints milliseconds per step, or how long the first turn took in all."""
        now = time.perf_counter(), time.process_time()
        real, cpu = (
            1e3 * (end - begin) / self.block
            for end, begin in zip(now, self._times, strict=True)
        )
        if self._is_first:
            self._is_first = False
            _tell(ready=time.time() - _STARTED)
            return
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        _tell(real=real, cpu=cpu, mib=memory)

    def repeat(self, step):
        """Takes turns without end."""
        while True:
            self.begin()
            for _ in range(self.block):
                step()
            self.end()


def _tell(**numbers):
    os.write(_OUT, (json.dumps(numbers) + "\n").encode())


if __name__ == "__main__":
    # Only numbers go to stdout, whatever a library prints.
    _OUT = os.dup(1)
    os.dup2(2, 1)
    CONTESTANTS[sys.argv[2]](WORKLOADS[sys.argv[1]], Turns(int(sys.argv[3])))
