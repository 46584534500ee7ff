"""The Inception network of 2015, which defines the FID, from its frozen graph."""

import os

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError

from keras_gan.evaluation.classifier import FeatureExtractorUnavailable, sha256

FILE_NAME = "classify_image_graph_def.pb"
URL = "http://download.tensorflow.org/models/image/imagenet/inception-2015-12-05.tgz"
VARIABLE = "KERAS_GAN_INCEPTION"
# Images in 0..255 enter before the graph resizes them to 299 x 299.
INPUT = "ExpandDims:0"
FEATURES = "pool_3:0"
# The logits without their bias, which the original inception score leaves out, too.
LOGITS = "softmax/logits/MatMul"


def find_inception(path=None):
    """Returns the file of the weights: `path`, or what `KERAS_GAN_INCEPTION` names.

    Raises:
        FeatureExtractorUnavailable: If there is no such file. The message says where
            to get it, and which metric works without.
    """
    asked = os.path.expanduser(path or os.environ.get(VARIABLE) or "")
    found = os.path.join(asked, FILE_NAME) if asked and os.path.isdir(asked) else asked
    if found and os.path.isfile(found):
        return found
    where = f"not found at {asked}" if asked else f"and ${VARIABLE} is not set"
    what = f"FID needs the Inception weights of 2015, {where}: fetch {URL}, unpack it,"
    other = "or use fd_classifier, which works offline."
    raise FeatureExtractorUnavailable(
        f"{what} set ${VARIABLE} to {FILE_NAME}, or pass its path as inception=; {other}",
        f"{what} pass --inception_path=.../{FILE_NAME}; {other}",
    )


class Inception:
    """Features (n, 2048) and logits of the Inception network of 2015.

    The graph itself resizes the images, by the bilinear rule behind published FIDs.
    Grey images are repeated in three channels, and those with alpha are laid over white.

    Args:
        path: File of the frozen graph, or its folder. Defaults to None: what the
            environment variable `KERAS_GAN_INCEPTION` names.

    Raises:
        ValueError: If the file is missing, or holds another graph.

    Example (with the weights, which do not come with the package):

    ```python
    extractor = Inception("inception/classify_image_graph_def.pb")
    features, logits = extractor(images)
    ```

    Reference: Heusel et al. 2017, arXiv 1706.08500.
    """

    name = "inception"

    def __init__(self, path=None):
        path = find_inception(path)
        self._run = _function(path)
        self.about = {"path": path, "sha256": sha256(path)}

    def __call__(self, images, batch_size=50):
        """Returns (features, logits) of uint8 images (n, h, w, 1, 3 or 4)."""
        if images.shape[-1] not in (1, 3, 4):
            raise ValueError(
                "Inception takes grey, RGB or RGBA images, got "
                f"{images.shape[-1]} channels: measure with extractor='pixels'."
            )
        features, logits = [], []
        for start in range(0, len(images), batch_size):
            batch = np.asarray(images[start : start + batch_size], "float32")
            if batch.shape[-1] == 1:
                batch = np.repeat(batch, 3, axis=-1)
            if batch.shape[-1] == 4:
                alpha = batch[..., 3:] / 255
                batch = alpha * batch[..., :3] + (1 - alpha) * 255
            pooled, scores = self._run(batch)
            features.append(pooled)
            logits.append(scores)
        return np.concatenate(features), np.concatenate(logits)


def _function(path):
    """Turns the graph, which takes a single image, into a function of a batch."""
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

    # A session, not a tf.function: the graph's batch normalisation is an operation
    # that TensorFlow accepts only in graphs as old as this one.
    with tf.Graph().as_default() as home:
        images = tf.compat.v1.placeholder(tf.float32, (None, None, None, 3))
        # A batch of any size replaces the single decoded JPEG.
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
