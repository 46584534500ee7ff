"""`Classes`: the class labels that a conditional GAN trains on and samples by."""

import collections
import contextlib
import difflib
import functools
import numbers
import unicodedata

import numpy as np
import tensorflow as tf

from keras_gan.arguments import check_int

# The error message of `Classes.checked`.
_OUT_OF_RANGE = (
    "A label of the data is out of range: labels count from 0 to num_classes - 1, so "
    "correct them, or num_classes."
)
# Names of classes in a message.
_NUM_NAMED = 20
# Of those that do not fit.
_NUM_SHOWN = 5
# More columns make samples too small to see.
_MOST_COLUMNS = 20


class Classes:
    """What a conditional GAN is told of each sample: one of several classes.

    Nothing else knows what a label is: how it is found in the data, when it is legal,
    and which ones are sampled by. Another condition, such as a text, would be another
    class with these methods; `networks/parts.py` says how it enters the networks.

    Args:
        number: Number of classes; labels are 0..number-1.
        names: Name of each class, in the order of the labels. Defaults to None: not
            known.

    Attributes:
        shape: Shape of one label, as the networks take it.

    Raises:
        ValueError: If `number` is not an int >= 2, or `names` are not as many texts, each
            another one.
    """

    shape = ()

    def __init__(self, number, names=None):
        self.number = check_int("num_classes", number, at_least=2)
        self.names = None if names is None else check_class_names(names, self.number)

    def taught(self, names):
        """These classes, with the names that the data has for them, if they have none.

        Args:
            names: Name of each class of the data, or None.

        Returns:
            A `Classes`.

        Raises:
            ValueError: If the data has another number for one of the names.
        """
        if self.names is None:
            # The data may lack the last classes; then it cannot name them all.
            is_whole = names is not None and len(names) == self.number
            return Classes(self.number, names) if is_whole else self
        number = self.contradicted_by(names)
        if number is not None:
            raise ValueError(
                f"Class {number} of the data is called {names[number]!r}, which is class "
                f"{self.names.index(names[number])} of the GAN: correct its class_names, "
                "or the data's labels."
            )
        return self

    def contradicted_by(self, names):
        """The first class that others name like another one of these; None if none.

        Args:
            names: Name of each class, in the order of the labels, or None.
        """
        own = self.names or ()
        for number, name in enumerate(names or ()):
            if name in own and own[number : number + 1] != (name,):
                return number
        return None

    # ------------------------------------------------------------------ in the data

    def pick(self, element):
        """Takes the labels out of a dataset's element: (samples, labels) or a dict.

        Returns:
            Integer labels, as the element holds them.

        Raises:
            ValueError: If there are none, or they are not integers.
        """
        if isinstance(element, (tuple, list)) and len(element) == 1:
            return self.pick(element[0])
        if isinstance(element, (tuple, list)):
            found = element[1]
        elif isinstance(element, dict) and "label" in element:
            found = element["label"]
        else:
            raise ValueError(
                "A conditional GAN (num_classes=...) trains on samples with labels, but "
                "the data has none: pass fit(x, y), pairs (samples, labels), dicts with "
                "'label', or keras_gan.data.load(..., labels=True)."
            )
        if not hasattr(found, "dtype"):
            found = np.asarray(found)
        if not tf.as_dtype(found.dtype).is_integer:
            raise ValueError(
                f"Labels must be integers, got {tf.as_dtype(found.dtype).name}: pass the "
                "number of each sample's class, the argmax of one-hot labels."
            )
        return found

    def as_vector(self, labels):
        """Converts labels (m,) or (m, 1) to int32 (m,).

        Raises:
            ValueError: If they have another shape, e.g. one-hot.
        """
        if len(labels.shape) == 2 and labels.shape[1] == 1:
            labels = labels[:, 0]
        if len(labels.shape) != 1:
            raise ValueError(
                f"Labels must have the shape (m,), one number per sample, got "
                f"{tuple(labels.shape)}: {_cure(labels)}."
            )
        if isinstance(labels, np.ndarray):
            return labels.astype("int32")
        return tf.cast(labels, "int32")

    def of_array(self, labels, number):
        """Labels of an array of samples, checked: int32 (n,).

        Args:
            labels: What `pick` found.
            number: n, how many samples there are.

        Raises:
            ValueError: If their number or shape does not fit, or one is out of range;
                names the first.
        """
        labels = self.as_vector(np.asarray(labels))
        if len(labels) != number:
            raise ValueError(f"{number} samples have {len(labels)} labels.")
        wrong = self._out_of_range(labels)
        if wrong.size:
            raise ValueError(
                f"Label {labels[wrong[0]]} of sample {wrong[0]} is not in "
                f"0..{self.number - 1}: {self._cure_of_range(labels)}."
            )
        return labels

    def checked(self, labels):
        """Labels as int32 (m,); one out of range is an error when the pipeline runs."""
        labels = self.as_vector(labels)
        sound = tf.reduce_all((labels >= 0) & (labels < self.number))
        with tf.control_dependencies(
            [tf.debugging.Assert(sound, [_OUT_OF_RANGE, labels])]
        ):
            return tf.identity(labels)

    def check_batches(self, batches):
        """Refuses `keras_gan.data` batches whose labels do not fit.

        Raises:
            ValueError: If they have no labels, or one is out of range.
        """
        if batches.labels is None:
            self.pick(None)
        self.of_array(batches.labels, len(batches.labels))

    # ------------------------------------------------------------------ for samples

    def chosen(self, number, labels=None, first=0):
        """Labels to sample by.

        Args:
            number: How many samples.
            labels: A class, or an array (number,) of classes, by their numbers or
                names. Defaults to None: the classes in turn, 0, 1, ..., 0, 1, ...
            first: Of the classes in turn, how many were sampled before. Defaults to 0.

        Returns:
            An int32 array (number,).

        Raises:
            ValueError: If the labels do not fit.
        """
        if labels is None:
            return (np.arange(first, first + number) % self.number).astype("int32")
        labels = self._in_numbers(labels)
        if labels.dtype.kind not in "iu" or labels.shape not in ((), (number,)):
            cure = f": {_cure(labels)}" if labels.ndim == 2 else ""
            raise ValueError(
                f"labels must be a class or {number} of them, integers or names, got "
                f"{labels.dtype} of shape {labels.shape}{cure}."
            )
        wrong = self._out_of_range(labels)
        if wrong.size:
            raise self._no_such(np.ravel(labels)[wrong[0]])
        return np.broadcast_to(labels, (number,)).astype("int32")

    def _in_numbers(self, labels):
        """Labels as an array, with numbers in place of names."""
        array = np.asarray(labels)
        if array.dtype.kind not in "OSTU":
            return array
        # Of [2, "owl"] NumPy has made texts.
        array = np.asarray(labels, object)
        if not all(map(_may_be_a_class, array.flat)):
            return array
        found = [self._number_of(o) if isinstance(o, str) else o for o in array.flat]
        if wrong := [one for one in found if not 0 <= one < self.number]:
            raise self._no_such(wrong[0])  # It may be too large for an array of integers.
        return np.array(found, "int32").reshape(array.shape)

    def _no_such(self, number):
        return ValueError(f"There is no label {number}: {self._legal()}.")

    def _legal(self):
        """Which classes there are, for a message; names that say something come first."""
        legal = f"0..{self.number - 1}"
        names = self.names or ()
        if all(name == str(number) for number, name in enumerate(names)):
            return f"use {legal}"
        listed = [" ".join(one.split()) for one in names[:_NUM_NAMED]]
        listed += ["..."] * (len(names) > _NUM_NAMED)
        return f"the classes are {', '.join(listed)}, or by number {legal}"

    def _number_of(self, name):
        """The number of the class of that name; its case counts only where it must.

        Raises:
            ValueError: If there is none; says which names there are.
        """
        names = self.names or ()
        if name in names:
            return names.index(name)
        # A Mac writes accents otherwise than a keyboard does.
        composed = functools.partial(unicodedata.normalize, "NFC")
        for as_compared in (composed, lambda one: composed(one).casefold()):
            compared = list(map(as_compared, names))
            if compared.count(as_compared(name)) == 1:
                return compared.index(as_compared(name))
        nameless = "" if names else "the classes have no names, "
        raise ValueError(
            f"There is no class {name!r}{_meant(name, names)}: {nameless}{self._legal()}."
        )

    def shares_of(self, labels):
        """How often each class occurs: floats (number of classes,) that sum to 1.

        Args:
            labels: Classes of real samples, ints (n,), or None.

        Returns:
            A float64 array; None if the labels are not known, or not such classes.
        """
        labels = np.empty(0) if labels is None else np.asarray(labels)
        if labels.ndim != 1 or not labels.size or labels.dtype.kind not in "iu":
            return None
        if self._out_of_range(labels).size:
            return None
        return np.bincount(labels, minlength=self.number) / len(labels)

    def in_shares(self, number, shares, seed=0):
        """Labels to sample by, each class as often as its share says.

        Class c occurs `number * shares[c]` times, rounded by the largest remainders, and
        is spread over the whole array, so that the first labels are in these shares,
        too. The order has no period that could fall in step with blocks of samples.

        Args:
            number: How many samples.
            shares: Floats (number of classes,), none negative; only their ratios count.
            seed: Chooses the order. Defaults to 0.

        Returns:
            An int32 array (number,), a pure function of the arguments.

        Raises:
            ValueError: If the shares do not fit.

        Example:

        >>> np.bincount(Classes(3).in_shares(100, [0.90, 0.09, 0.01]))
        array([90,  9,  1])
        """
        shares = np.asarray(shares, "float64")
        legal = shares.shape == (self.number,) and np.isfinite(shares).all()
        if not legal or shares.min() < 0 or shares.sum() <= 0:
            raise ValueError(
                f"shares must be {self.number} numbers, one for each class, none "
                f"negative and not all 0, got {shares}."
            )
        wanted = number * shares / shares.sum()
        counts = np.floor(wanted).astype(int)
        missing = number - counts.sum()
        counts[np.argsort(counts - wanted, kind="stable")[:missing]] += 1
        # The j-th of a class's n labels stands at random in the j-th of n equal parts.
        labels = np.repeat(np.arange(self.number, dtype="int32"), counts)
        within = np.concatenate([np.arange(n) for n in counts])
        jitter = np.random.default_rng([seed, number]).random(number)
        return labels[np.argsort((within + jitter) / counts[labels], kind="stable")]

    def columns(self, num_samples):
        """Columns of a picture of samples with the classes in turn, one class in each.

        As many whole sets of classes as make it about square, if possible so that they
        fill the last row; None if there are more classes than samples, or so many that
        one row of them would be hard to see.
        """
        if self.number > min(num_samples, _MOST_COLUMNS):
            return None
        side = num_samples**0.5
        nearest = self.number * max(1, round(side / self.number))
        several = range(self.number, num_samples + 1, self.number)
        filled = [
            columns
            for columns in several
            if num_samples % columns == 0 and side / 2 <= columns <= side * 2
        ]
        return min(filled, key=lambda columns: abs(columns - side), default=nearest)

    def whole_rows(self, num_samples):
        """At most so many samples, which fill the rows of their picture.

        So that no class is drawn more often than another.
        """
        columns = self.columns(num_samples)
        return num_samples if columns is None else num_samples // columns * columns

    def _cure_of_range(self, labels):
        """What to do about labels of which some are out of range."""
        if labels.min() < 0:
            return "correct the data"
        more = f"use num_classes={labels.max() + 1}"
        if labels.min() == 1 and labels.max() == self.number:
            return f"labels count from 0, so subtract 1, or {more}"
        return f"correct the data, or {more}"

    def _out_of_range(self, labels):
        """Indices of the labels that are out of range."""
        return np.flatnonzero((labels < 0) | (labels >= self.number))


def condition_of(num_classes, class_names=None):
    """The condition of a GAN with these arguments: `Classes`, or None without classes.

    Raises:
        ValueError: If there are names, but no classes, or as `Classes`.
    """
    if num_classes is not None:
        return Classes(num_classes, class_names)
    if class_names is not None:
        raise ValueError(
            "class_names are for a conditional GAN: give num_classes, too, or leave them "
            "out."
        )
    return None


def check_class_names(names, number=None):
    """Names of classes as texts, in the order of the labels.

    Args:
        names: The names.
        number: How many classes there are. Defaults to None: not known.

    Returns:
        A tuple of texts.

    Raises:
        ValueError: If they are no list, not as many as there are classes, or two of them
            read alike.
    """
    if isinstance(names, str | bytes | dict | set) or not np.iterable(names):
        raise ValueError(
            "class_names must be a list of texts in the order of the labels, got "
            f"{names!r}."
        )
    names = tuple(map(str, names))
    if number not in (None, len(names)):
        raise ValueError(
            f"class_names must name {number} classes, got {len(names)}: {_some(names)}."
        )
    numbers_of = collections.defaultdict(list)
    for label, name in enumerate(names):
        numbers_of[_as_read(name)].append(label)
    twins = [f"{n!r} ({_some(ones)})" for n, ones in numbers_of.items() if len(ones) > 1]
    if twins:
        raise ValueError(
            f"class_names must differ, but several classes are called {_some(twins)}: "
            "give each a name of its own."
        )
    return names


def _as_read(name):
    """A name as a reader sees it: however its accents and spaces are written."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def _some(things):
    """The first of them, separated by commas, and whether there are more."""
    shown = [*things[:_NUM_SHOWN], *["..."] * (len(things) > _NUM_SHOWN)]
    return ", ".join(map(str, shown))


def _may_be_a_class(one):
    return isinstance(one, str | numbers.Integral) and not isinstance(one, bool)


def _meant(name, names):
    """What was perhaps meant, in brackets, or ""."""
    if "," in name:
        parts = [part.strip() for part in name.split(",")]
        return f" (of several classes pass a list, {parts})"
    by_lower = {one.lower(): one for one in names}
    near = difflib.get_close_matches(name.lower(), by_lower, n=1)
    close = near or [one for one in by_lower if name.lower() in one]
    return f" (did you mean {by_lower[close[0]]!r}?)" if close else ""


def _cure(labels):
    """What to do about labels of several numbers per sample, as far as they tell."""
    one_hot = "use argmax on one-hot labels"
    several = "choose one class for each sample, a GAN cannot learn several at once"
    if not isinstance(labels, np.ndarray) or labels.ndim != 2:
        return f"{one_hot}; with several classes per sample, {several}"
    is_one_hot = ((labels == 0) | (labels == 1)).all() and (labels.sum(axis=1) == 1).all()
    return one_hot if is_one_hot else several


@contextlib.contextmanager
def errors_of_pipeline():
    """Turns the error of `Classes.checked` in a pipeline into a one-line `ValueError`."""
    try:
        yield
    except tf.errors.InvalidArgumentError as error:
        # TensorFlow has no error type for it: only the message identifies it.
        if _OUT_OF_RANGE not in str(error):
            raise
        raise ValueError(_OUT_OF_RANGE) from None
