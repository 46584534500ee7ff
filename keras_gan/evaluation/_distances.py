"""Squared distances between all rows of two arrays, computed block by block."""

import numpy as np

# Values in one block of distances: 32 MiB of float64.
BLOCK_NUMBERS = 4 * 2**20


def blocks(n, width, rows=None):
    """Cuts n rows into slices, so that a block of `width` columns stays small."""
    rows = rows or max(1, BLOCK_NUMBERS // max(width, 1))
    return [slice(start, min(start + rows, n)) for start in range(0, n, rows)]


def squared_distances(x, y, rows=None):
    """Yields `(rows of x, |x_i - y_j|^2)` block by block.

    `|x - y|^2 = |x|^2 - 2 x.y + |y|^2` turns the work into matrix products. The mean
    of y is subtracted first: far from the origin, the difference of three large terms
    would lose most of its digits.

    Args:
        x: Float array (n, d); distances are computed in its dtype.
        y: Float array (m, d) of the same dtype.
        rows: Rows per block. Defaults to None: blocks of 32 MiB.

    Yields:
        A slice of the rows of x, and their distances (rows, m), never negative.
    """
    center = y.mean(axis=0, dtype="float64").astype(y.dtype)
    x, y = x - center, y - center
    squares_x = np.einsum("ij,ij->i", x, x)
    squares_y = np.einsum("ij,ij->i", y, y)
    for part in blocks(len(x), len(y), rows):
        block = x[part] @ y.T
        block *= -2.0
        block += squares_x[part, None]
        block += squares_y
        yield part, np.maximum(block, 0.0, out=block)


def nearest(x, y, rows=None):
    """Index of the row of y that is nearest to each row of x, int64 (n,).

    Computed in float32, which is twice as fast. If two rows of y are almost equally
    near, it may return either.
    """
    x, y = x.astype("float32", copy=False), y.astype("float32", copy=False)
    found = np.empty(len(x), "int64")
    for part, block in squared_distances(x, y, rows):
        found[part] = block.argmin(axis=1)
    return found
