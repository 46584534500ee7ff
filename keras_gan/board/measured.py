"""A measured number beside what real samples get, in words, and whether it is far off."""

import dataclasses
import math

# A distance is far off above so many times what real samples get, that one's error
# added; a number that real samples make high, below this share of theirs.
_TIMES, _SHARE = 10, 0.5
_DISTANCES = ("fd", "fid", "kid")
# The divergence of two known densities is at most log 2, about 0.69 nats.
_FAR_JSD = 0.1
# Of numbers that change with n, one is no yardstick for another of so many times its n.
_ALIKE = 4
_HIGH = ("precision", "recall", "coverage", "is", "modes", "agreement")


@dataclasses.dataclass(frozen=True)
class Measured:
    """What a metric said of the samples, beside what real ones get.

    Args:
        name: Of the metric.
        value: What samples get.
        floor: What real samples get; None if it is not known.
        error: Of `value`. Defaults to None: not known.
        floor_error: Of `floor`. Defaults to None: not known.
        step: Generator steps of the samples. Defaults to 0.
        n: How many samples were measured. Defaults to None: not known.
        floor_n: How many real samples the floor is of. Defaults to None: not known.
        few_real: How many real samples it was measured against, if they are so few that
            it is mostly noise. Defaults to None: they are not.
        changes_with_n: Whether it depends on n. Defaults to False.

    Example:

    >>> found = Measured("fd_classifier", 11.46, 0.1, 0.88, 0.06, step=600)
    >>> str(found)
    'fd_classifier is 11.46 ± 0.88 at step 600, where real samples get 0.100 ± 0.060.'
    >>> found.is_far
    True
    """

    name: str
    value: float
    floor: float | None
    error: float | None = None
    floor_error: float | None = None
    step: int = 0
    n: int | None = None
    floor_n: int | None = None
    few_real: int | None = None
    changes_with_n: bool = False

    @property
    def is_judged(self):
        """Whether a number can be said to be far off, or not."""
        return self._limit is not None

    @property
    def is_far(self):
        """Whether it is far from what real samples get."""
        limit = self._limit
        if limit is None:
            return False
        return self.value < limit if self._kind in _HIGH else self.value > limit

    @property
    def _limit(self):
        """Where far off begins; None if nothing gives a scale."""
        if self.floor is None:
            return None
        if self.changes_with_n and self.n and self.floor_n:
            if not 1 / _ALIKE <= self.n / self.floor_n <= _ALIKE:
                return None
        if self._kind == "jsd":
            return _FAR_JSD
        if self._kind in _HIGH:
            return _SHARE * self.floor
        if self._kind not in _DISTANCES:
            return None
        # The floor of kid is around 0: there, only its error gives a scale.
        if self._kind == "kid" and not self.floor_error:
            return None
        return _TIMES * (max(self.floor, 0.0) + (self.floor_error or 0.0)) or None

    @property
    def _kind(self):
        return self.name.partition("_")[0]

    def __str__(self):
        of = f" of {self.n:,} samples" if self.n else ""
        is_now = in_words(self.value, self.error)
        words = f"{self.name}{of} is {is_now} at step {self.step:,}"
        if self.floor is None:
            return f"{words}."
        if self._kind == "jsd":
            at_most = f"{math.log(2):.2f} where they do not meet"
            return f"{words}: how far p_g is from p_data, from 0 to {at_most}."
        real = f"{self.floor_n:,} real ones" if self.floor_n else "real samples"
        floor = in_words(self.floor, self.floor_error)
        aside = ""
        if self.few_real is not None:
            aside = f"; against only {self.few_real:,} real ones it is mostly noise"
        return f"{words}, where {real} get {floor}{aside}."


def in_words(value, error=None):
    """A number as text, rounded to where its error has two digits.

    Args:
        value: A number, or None for none.
        error: Its error. Defaults to None: not known.

    Example:

    >>> in_words(11.459, 0.8818), in_words(1234.5, 123.4), in_words(0.5)
    ('11.46 ± 0.88', '1,230 ± 120', '0.5')
    """
    if value is None:
        return ""
    if not error or error < 0:
        return f"{value:.4g}"
    decimals = 1 - math.floor(math.log10(float(f"{error:.1e}")))
    value, error = (round(one, decimals) for one in (value, error))
    decimals = max(0, decimals)
    return f"{value:,.{decimals}f} ± {error:,.{decimals}f}"
