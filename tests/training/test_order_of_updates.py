"""No update of a weight may overtake a read of it, whatever TensorFlow optimizes."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.eager import context

import keras_gan as kg
from keras_gan.training.player import Player
from support import tiny_gan, training_input


def optimized_graph(gan, images):
    """The graph of one training step, as it runs."""
    element = next(iter(training_input(gan, images, batch_size=4).elements(0)))
    context.enable_run_metadata()
    tf.function(gan.train_step)(element)
    graphs = context.export_run_metadata().function_graphs
    context.disable_run_metadata()
    largest = max(graphs, key=lambda graph: len(graph.post_optimization_graph.node))
    return largest.post_optimization_graph


def name_of(edge):
    return edge.lstrip("^").partition(":")[0]


def ancestors(graph):
    """{node: the nodes that run before it}, as sets of bits, one for each node.

    Of a loop it is one pass: what begins the next one also ends the loop.
    """
    again = {node.name for node in graph.node if node.op == "NextIteration"}
    inputs_of = {}
    for node in graph.node:
        inputs = {name_of(edge) for edge in node.input}
        inputs_of[node.name] = inputs | again if node.op == "Exit" else inputs - again
    bit = {name: 1 << n for n, name in enumerate(inputs_of)}
    found = {}
    for start in inputs_of:
        pending = [start]
        while pending:
            name = pending[-1]
            unknown = [other for other in inputs_of[name] if other not in found]
            pending.extend(unknown)
            if not unknown:
                before = 0
                for other in inputs_of[name]:
                    before |= found[other] | bit[other]
                found[name] = before
                pending.pop()
    return found, bit


def unordered(graph):
    """(a, b): accesses to one variable, at least one of them an update, in no order."""
    nodes = {node.name: node for node in graph.node}

    def variable(node, n=0):
        source = nodes[name_of(node.input[n])]
        passes_on = source.op in ("Identity", "Enter", "Switch", "Merge")
        return variable(source) if passes_on else source.name

    accesses = {}
    for node in graph.node:
        if node.op == "ReadVariableOp" or node.op.startswith(("Assign", "Resource")):
            # A fused update of a weight moves its moments, too.
            for n in range({"ResourceApplyAdam": 3}.get(node.op, 1)):
                accesses.setdefault(variable(node, n), []).append(node)
    before, bit = ancestors(graph)
    pairs = []
    for found in accesses.values():
        for n, one in enumerate(found):
            for other in found[:n]:
                reads_only = one.op == other.op == "ReadVariableOp"
                ordered = before[one.name] & bit[other.name]
                ordered |= before[other.name] & bit[one.name]
                if not reads_only and not ordered:
                    pairs.append((other.name, one.name))
    return pairs


R1, R2 = kg.penalties.R1(1.0), kg.penalties.R2(1.0)


@pytest.mark.parametrize(
    "options",
    [
        {"penalties": [R1]},
        {
            "penalties": [R1],
            "discriminator_steps": 3,
            "ema_decay": 0.9,
            "adam": kg.optimizers.Adam,
        },
        {"penalties": [R1, R2], "loss": "relativistic", "simultaneous": True},
        {"penalties": [kg.penalties.R1(1.0, interval=2)], "loss": "hinge"},
        {"penalties": [kg.penalties.GradientPenalty()], "loss": "wasserstein"},
    ],
    ids=["r1", "k", "relativistic", "lazy", "wasserstein"],
)
def test_no_update_overtakes_a_read(images, options):
    assert unordered(optimized_graph(tiny_gan(**options), images)) == []


def test_nor_with_convolutions_and_batch_statistics(images):
    networks = kg.networks.dcgan((8, 8, 1), latent_dim=4)
    gan = tiny_gan(networks, penalties=[R1], adam=kg.optimizers.Adam)
    assert unordered(optimized_graph(gan, images)) == []


def test_the_check_sees_an_update_in_no_order():
    with tf.Graph().as_default() as graph:
        handle = tf.raw_ops.VarHandleOp(dtype=tf.float32, shape=())
        tf.raw_ops.ReadVariableOp(resource=handle, dtype=tf.float32, name="read")
        tf.raw_ops.AssignVariableOp(resource=handle, value=2.0, name="update")
    assert unordered(graph.as_graph_def()) == [("read", "update")]


def test_gradients_keep_their_values_and_kinds():
    dense, unused = keras.layers.Dense(1, use_bias=False), keras.layers.Dense(1)
    table = keras.layers.Embedding(4, 2)
    x = keras.Input((), dtype="int32")
    y = dense(table(x))
    network = keras.Model(x, [y, unused(y)])
    player = Player(network, "generator", seed=0, step=tf.Variable(0))
    player.compile(keras.optimizers.SGD())
    dense.set_weights([np.array([[1.0], [2.0]])])
    with tf.GradientTape() as tape:
        objective = player.objective(tf.reduce_sum(network(tf.constant([3]))[0]))
    rows, kernel, *nothing = player.gradients(tape, objective, after=(objective,))
    assert nothing == [None, None]
    assert isinstance(rows, tf.IndexedSlices)
    np.testing.assert_array_equal(rows.values, [[1.0, 2.0]])
    np.testing.assert_array_equal(rows.indices, [3])
    np.testing.assert_array_equal(kernel[:, 0], table.embeddings[3])
