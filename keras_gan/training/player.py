"""`Player`: one network of the game, with its optimizer and its random layers."""

import keras
import tensorflow as tf

from keras_gan.randomness import DROPOUT, fold
from keras_gan.training import distribution, validation


class Player:
    """One network of the game: how it is run, differentiated and updated.

    Args:
        network: A built `keras.Model`.
        role: "generator" or "discriminator".
        seed: The run's seed.
        step: The variable that counts training steps.

    Attributes:
        optimizer: What updates the network; None before `compile`.
    """

    def __init__(self, network, role, *, seed, step):
        self.network = network
        self.role = role
        self.optimizer = None
        self._trained = []
        self._seed = seed
        self._step = step
        # Both players number their updates from 0: this keeps their random streams apart.
        self._number = ("generator", "discriminator").index(role)

    def compile(self, optimizer):
        """Sets the optimizer, and creates its moments.

        A network that computes in float16 gets a loss scale, so that small gradients
        do not underflow to 0. Keras' `compile` does this for one optimizer; here each
        player has its own scale, so that an overflow in one never skips the other's
        update.

        Args:
            optimizer: A `keras.optimizers.Optimizer` that the other player does not use.

        Raises:
            ValueError: If the network has no trainable weights, or the optimizer was
                used for others.
        """
        validation.check_trainable(self.network, self.role)
        validation.check_precision(self.network, self.role)
        computes_in_half = any(
            layer.compute_dtype == "float16" for layer in self.network.layers
        )
        if computes_in_half and not _scales_loss(optimizer):
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        # Keras' callbacks log a learning rate under its optimizer's name.
        optimizer.name = f"{self.role[0]}_optimizer"
        # Built here, so that the moments exist when weights are loaded.
        self._trained = self.network.trainable_variables
        optimizer.build(self._trained)
        distribution.keep_gradients(optimizer)
        validation.check_fresh(optimizer, self._trained, self.role)
        self.optimizer = optimizer
        self.first_rate = self.rate()

    def rate(self):
        """The learning rate that the optimizer has now."""
        return float(keras.ops.convert_to_numpy(self.optimizer.learning_rate))

    def check_trained(self):
        """Refuses weights that were frozen, or released, after `compile`.

        Raises:
            ValueError: If the trainable weights are no longer those of `compile`; names
                the first that changed.
        """
        validation.check_same_weights(
            self._trained, self.network.trainable_variables, self.role
        )

    def begin_update(self, i):
        """Seeds the random layers for update i of this step."""
        for state, key in self._random_states(i):
            state.assign(key)

    def frozen(self, i):
        """A context in which the network runs in training mode but keeps its state.

        Batch statistics would otherwise leak from one player's update into the other
        player's state. Random layers are seeded for update i of this step.
        """
        return keras.StatelessScope(state_mapping=self._random_states(i))

    def added_losses(self):
        """The losses that layers added in the network's last pass.

        They come from `add_loss` and `activity_regularizer`, and the network's next
        pass discards them. A frozen pass adds none.

        Returns:
            A list of tensors, without the weight regularizers.
        """
        # Keras lists the weight regularizers last.
        number = len(self.network.losses) - len(self._regularized)
        validation.check_added_losses(number, self.role, distribution.are_several())
        return self.network.losses[:number]

    def objective(self, loss, added=()):
        """What is differentiated: the loss, added losses and weight regularizers.

        Call it inside the tape. It includes the loss scale, if there is one.

        Args:
            loss: The player's loss, a scalar tensor.
            added: What `added_losses` returned after each pass of this update.
                Defaults to none.
        """
        cost = sum(weight.regularizer(weight) for weight in self._regularized)
        cost += sum(tf.reduce_sum(tf.cast(one, "float32")) for one in added)
        return self.optimizer.scale_loss(loss + cost)

    @property
    def _regularized(self):
        weights = self.network.trainable_variables
        return [weight for weight in weights if weight.regularizer is not None]

    def gradients(self, tape, objective, *, after):
        """Gradients of the objective, held back until `after` is computed.

        A gradient penalty can depend on a bias, because the bias decides which units
        are on, and still have the derivative 0 with respect to it. TensorFlow's graph
        optimizer concludes that the bias may be updated while the penalty still reads
        it. On a busy machine this sometimes happened, and the run was no longer
        bit-identical.

        Args:
            tape: The `tf.GradientTape` that recorded the objective.
            objective: What `objective` returned.
            after: Tensors that were computed from the same weights.

        Returns:
            A list with a tensor per trainable weight; None where there is no gradient.
        """
        gradients = tape.gradient(objective, self.network.trainable_variables)
        with tf.control_dependencies(after):
            held = [None if g is None else tf.identity(g) for g in gradients]
        return distribution.mean_over_replicas(held)

    def track_norm(self, tracker, gradients):
        """Records the norm of the gradients, without the loss scale, in a metric."""
        with tf.name_scope("norm"):
            norm = tf.linalg.global_norm(gradients) / self.optimizer.scale_loss(1.0)
        if not _scales_loss(self.optimizer):
            tracker.update_state(norm)
            return
        # Overflow is normal with a loss scale: the update is skipped, the scale halved.
        finite = tf.math.is_finite(norm)
        norm = tf.where(finite, norm, 0.0)
        tracker.update_state(norm, sample_weight=tf.cast(finite, "float32"))

    def apply(self, gradients):
        """Applies the gradients to the network's weights."""
        self.optimizer.apply(gradients, self.network.trainable_variables)

    def _random_states(self, i):
        """Pairs of a random layer's state and its value for update i of this step."""
        weights = {id(weight) for weight in self.network.weights}
        states = [v for v in self.network.variables if id(v) not in weights]
        pairs = []
        for n, state in enumerate(states):
            index = 2 * i + self._number
            # A layer increments the last number at each draw, so n must come before it.
            key = fold(self._seed, self._step, DROPOUT, index, n, 0)
            pairs.append((state, tf.cast(key, state.dtype)))
        return pairs


class OptimizerPair:
    """Both optimizers, with the attributes that Keras' callbacks look for.

    Not an `Optimizer`, so that Keras' `fit` never applies it to a network itself.

    Args:
        d_optimizer: The discriminator's.
        g_optimizer: The generator's.
    """

    built = True

    def __init__(self, d_optimizer, g_optimizer):
        self.optimizers = [d_optimizer, g_optimizer]

    @property
    def iterations(self):
        """Generator updates so far."""
        return self.optimizers[1].iterations

    @property
    def learning_rate(self):
        """The generator's learning rate, for callbacks that log only one."""
        return _Rate(keras.ops.convert_to_numpy(self.optimizers[1].learning_rate))

    @learning_rate.setter
    def learning_rate(self, rate):
        _refuse_one_rate()

    def get_config(self):
        """The configurations of both, by name."""
        return {one.name: one.get_config() for one in self.optimizers}

    @property
    def variables(self):
        return [v for optimizer in self.optimizers for v in optimizer.variables]


class _Rate(float):
    """A learning rate to read, with a word for those who set it."""

    def assign(self, rate):
        _refuse_one_rate()


def _refuse_one_rate():
    raise ValueError(
        "Each network has its own learning rate: set gan.d_optimizer.learning_rate or "
        "gan.g_optimizer.learning_rate."
    )


def _scales_loss(optimizer):
    return isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
