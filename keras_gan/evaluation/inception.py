"""Inception of 2015, the network that FID is defined by, from its frozen graph."""

import os

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError

from keras_gan.evaluation.classifier import sha256

FILE_NAME = "classify_image_graph_def.pb"
URL = "http://download.tensorflow.org/models/image/imagenet/inception-2015-12-05.tgz"
VARIABLE = "KERAS_GAN_INCEPTION"
# Images 0..255 enter before the graph's own resizing to 299 x 299.
INPUT = "ExpandDims:0"
FEATURES = "pool_3:0"
# The matrix product behind the logits; its bias is left out, as in the original score.
LOGITS = "softmax/logits/MatMul"


class FeatureExtractorUnavailable(ValueError):
    """Weights that a metric needs are not there.

    Example:

    >>> Inception("nowhere")
    FeatureExtractorUnavailable: FID needs the Inception weights of 2015, not found ...
    """


def find_inception(path=None):
    """The weights' file: `path`, or what `KERAS_GAN_INCEPTION` names.

    Raises:
        FeatureExtractorUnavailable: If there is none; says where to get it, and what
            to do without.
    """
    asked = path or os.environ.get(VARIABLE)
    found = os.path.join(asked, FILE_NAME) if asked and os.path.isdir(asked) else asked
    if found and os.path.isfile(found):
        return found
    where = f"not found at {asked}" if asked else f"and ${VARIABLE} is not set"
    raise FeatureExtractorUnavailable(
        f"FID needs the Inception weights of 2015, {where}: fetch {URL}, unpack it, pass "
        f"--inception_path=.../{FILE_NAME}; or use fd_classifier, which works offline."
    )


class Inception:
    """Features (n, 2048) and logits of the Inception network of 2015.

    Images are fed as 0..255 in their own size, greyscale tiled to three channels; the
    graph resizes them itself, by the bilinear rule that published FIDs went through.

    Args:
        path: The frozen graph. Defaults to None: `KERAS_GAN_INCEPTION`.

    Raises:
        ValueError: If the file is missing, or is another graph.

    Example:

    >>> extractor = Inception("inception/classify_image_graph_def.pb")
    >>> features, logits = extractor(images)

    Reference: Heusel et al. 2017, arXiv 1706.08500.
    """

    name = "inception"

    def __init__(self, path=None):
        path = find_inception(path)
        self._run = _function(path)
        self.about = {"path": path, "sha256": sha256(path)}

    def __call__(self, images, batch_size=50):
        """(features, logits) of uint8 images (n, h, w, 1 or 3)."""
        features, logits = [], []
        for start in range(0, len(images), batch_size):
            batch = np.asarray(images[start : start + batch_size], "float32")
            if batch.shape[-1] == 1:
                batch = np.repeat(batch, 3, axis=-1)
            pooled, scores = self._run(batch)
            features.append(pooled)
            logits.append(scores)
        return np.concatenate(features), np.concatenate(logits)


def _function(path):
    """The graph as a function of a batch; the file itself knows single images only."""
    graph = tf.compat.v1.GraphDef()
    with open(path, "rb") as file:
        try:
            graph.ParseFromString(file.read())
        except DecodeError:
            raise ValueError(
                f"{path} is no frozen graph: pass the file {FILE_NAME} of {URL}."
            ) from None
    names = {node.name for node in graph.node}
    missing = {INPUT[:-2], FEATURES[:-2], LOGITS} - names
    if missing:
        raise ValueError(
            f"{path} is not the Inception graph of 2015, it has no "
            f"{', '.join(sorted(missing))}: pass the file {FILE_NAME} of {URL}."
        )
    weights = next(node for node in graph.node if node.name == LOGITS).input[1]

    # A session, not a tf.function: the graph of 2015 normalizes batches by an
    # operation that only graphs of its age may contain.
    with tf.Graph().as_default() as home:
        images = tf.compat.v1.placeholder(tf.float32, (None, None, None, 3))
        # Mapped in here, a batch of any size replaces the one decoded JPEG.
        pooled, matrix = tf.graph_util.import_graph_def(
            graph,
            input_map={INPUT: images},
            return_elements=[FEATURES, weights.partition(":")[0] + ":0"],
            name="",
        )
        features = tf.reshape(pooled, (-1, tf.shape(matrix)[0]))
        outputs = features, features @ matrix
    session = tf.compat.v1.Session(graph=home)
    return lambda batch: session.run(outputs, {images: batch})
