"""`Result`: a number, and everything needed to compare it with another."""

import dataclasses

import numpy as np

from keras_gan.data.choice import random_order
from keras_gan.storage.files import as_json


@dataclasses.dataclass(frozen=True)
class Result:
    """A measured number, its uncertainty, and how it was measured.

    Two numbers can be compared only if n, extractor and split agree.

    Args:
        value: The number.
        uncertainty: Its standard error, unless the metric says otherwise; NaN if it is
            unknown.
        n: Number of samples.
        extractor: Name of the feature extractor. Defaults to None: unknown.
        split: The real data, such as "test". Defaults to None: unknown.
        seed: Seed of what is random in the metric. Defaults to None: nothing is.
        extra: A dict of further numbers and settings. Defaults to an empty one.

    Example:

    >>> print(Result(225.0, 2.0, n=10_000))
    225.0 +- 2.0
    """

    value: float
    uncertainty: float
    n: int
    extractor: str | None = None
    split: str | None = None
    seed: int | None = None
    extra: dict = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        if not np.isfinite(self.uncertainty) or self.uncertainty <= 0:
            return f"{self.value:.4g}"
        error = in_digits(self.uncertainty)
        decimals = len(error.partition(".")[2])
        return f"{self.value:.{decimals}f} +- {error}"

    def to_dict(self) -> dict:
        """Returns the result as plain Python for JSON; NaN and infinity become None."""
        return as_json(dataclasses.asdict(self))


def in_digits(uncertainty):
    """An uncertainty as text: two digits that count, but one decimal from 1 on.

    Args:
        uncertainty: A finite number above 0.

    Example:

    >>> in_digits(0.01234), in_digits(12.34)
    ('0.012', '12.3')
    """
    decimals = int(np.clip(1 - np.floor(np.log10(uncertainty)), 0, 6))
    return f"{uncertainty:.{1 if uncertainty >= 1 else decimals}f}"


def random_groups(rows, number):
    """Splits rows at random into groups of about equal size, always in the same way.

    Every tenth row would not do: samples of ten classes may come with the classes in
    turn, and each group would then be one class.

    Args:
        rows: Array (n, ...).
        number: Number of groups.

    Returns:
        A list of arrays.
    """
    return [rows[part] for part in np.array_split(random_order(len(rows)), number)]


def jackknife(values):
    """Standard error from the values that g groups give, each left out in turn.

    `sqrt((g - 1) / g * sum_i (value_i - mean)^2)`; NaN for fewer than two groups.

    Args:
        values: The g values.

    Returns:
        A float.
    """
    g = len(values)
    if g < 2:
        return float("nan")
    return float(np.sqrt((g - 1) * np.var(values)))


def as_rows(name, array, *, at_least=2, dtype="float64"):
    """Checks an array and flattens each of its rows.

    Args:
        name: Name of the array, for the message.
        array: Numbers (n, ...).
        at_least: Smallest n that is accepted. Defaults to 2.
        dtype: Type of the rows. Defaults to "float64".

    Returns:
        An array (n, d).

    Raises:
        ValueError: If there are too few rows, or a value is NaN or infinite.
    """
    array = np.asarray(array)
    if array.ndim < 2:
        raise ValueError(
            f"{name} must be an array (n, ...) with one sample per row, got the shape "
            f"{array.shape}."
        )
    if len(array) < at_least:
        raise ValueError(
            f"{name}: {len(array)} samples are too few, at least {at_least} are needed."
        )
    rows = array.reshape(len(array), -1).astype(dtype, copy=False)
    if not np.isfinite(rows).all():
        first = int(np.argmin(np.isfinite(rows).all(axis=1)))
        raise ValueError(f"{name}: sample {first} holds NaN or infinity.")
    return rows


def as_pairs(real, fake, *, at_least=2, dtype="float64"):
    """Applies `as_rows` to real and fake features, which must agree in d."""
    real = as_rows("real features", real, at_least=at_least, dtype=dtype)
    fake = as_rows("fake features", fake, at_least=at_least, dtype=dtype)
    if real.shape[1] != fake.shape[1]:
        raise ValueError(
            f"Real features have {real.shape[1]} numbers each, fake ones "
            f"{fake.shape[1]}: take both from the same extractor and image size."
        )
    return real, fake
