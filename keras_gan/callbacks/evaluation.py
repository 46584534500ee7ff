"""`Evaluation`: comparable numbers while a GAN trains, and the best generator kept."""

import contextlib
import json
import os
import threading

import numpy as np
from absl import logging

from keras_gan.arguments import check_int
from keras_gan.callbacks._periodic import Periodic
from keras_gan.callbacks._tensorboard import (
    ShowsInTensorBoard,
    write_scalars,
    write_texts,
)
from keras_gan.data.value_range import as_stored
from keras_gan.evaluation.suite import EQUALLY_OFTEN, Suite, is_better, meaning
from keras_gan.evaluation.table import as_markdown
from keras_gan.logs import tag_of
from keras_gan.storage.files import publish_json, published
from keras_gan.training.resuming import AddsLogs

# Seconds of silence after which a user wants to know what is going on.
_LONG = 20.0


class Evaluation(ShowsInTensorBoard, AddsLogs, Periodic):
    """Measures samples of the averaged generator every few epochs.

    A conditional generator is asked for each class as often as it occurs in the suite's
    test samples. Measured is after the first epoch, after every `every_epochs`, and
    after the last. Each number is a log of its epoch, `evaluation/<metric>`, which
    `EarlyStopping`, `ModelCheckpoint` and the history see wherever they stand among the
    callbacks. Epochs without a measurement repeat the last numbers, so a `patience`
    counts epochs: give it several times `every_epochs`.

    TensorBoard shows the numbers as the run `eval`, what as many real samples get as the
    run `equilibrium`, and both as a table with the uncertainties. The
    generator with the best number so far is in `RUN_DIR/best_generator.keras`, its
    number in `best_generator.json`; a resumed run compares with that number, unless it
    is of a later step.

    Args:
        run_dir: Folder of the run.
        suite: `keras_gan.evaluation.Suite`: metrics and real data.
        num_samples: Samples to measure. Defaults to 10,000.
        every_epochs: How often. Defaults to 5.
        best: Name of the result that decides which generator is best. Defaults to
            None: the first of the suite.
        seed: Keys the latents. Defaults to 0.

    Raises:
        ValueError: If there are fewer than 2 samples, or, after the first
            measurement, no result of that name.

    Example:

    >>> suite = Suite(train, test, Settings(("fd_classifier", "kid"), dataset="mnist"))
    >>> evaluation = Evaluation("runs/a", suite, num_samples=100)
    >>> stopping = keras.callbacks.EarlyStopping(
    ...     "evaluation/fd_classifier", patience=20, mode="min"
    ... )
    >>> history = gan.fit(train, epochs=5, verbose=0, callbacks=[evaluation, stopping])
    """

    REMEMBERED = ("measured",)
    acts_at_0 = False  # There is no point in measuring an untrained generator.

    def __init__(
        self,
        run_dir: str | os.PathLike,
        suite: Suite,
        num_samples: int = 10_000,
        *,
        every_epochs: int = 5,
        best: str | None = None,
        seed: int = 0,
    ):
        super().__init__(every_epochs=every_epochs)
        self.run_dir = run_dir
        self.suite = suite
        self.num_samples = check_int("num_samples", num_samples, at_least=2)
        self.best = best
        self.seed = seed
        self.results = {}
        self.measured = {}

    def on_train_begin(self, logs=None):
        self.results, self.measured = {}, {}
        self.suite.check_number(self.num_samples)
        self._is_announced = not self.model.replicas.is_chief
        with self._announced():
            self.floor = self.suite.floor(self.num_samples)
        self.best = self.best or next(iter(self.floor), "memorization")
        if self.best != "memorization" and self.best not in self.floor:
            raise ValueError(
                f"best={self.best!r} is not measured: use one of {', '.join(self.floor)}."
            )
        self._record = self._read_record()
        self._labels = self.suite.labels_for(self.model.condition, self.num_samples)
        if self.model.is_conditional and self._labels is None:
            logging.warning(
                "Evaluation: %s.", EQUALLY_OFTEN + ": pass Suite(..., labels=...)"
            )
        self._add(_values(self.floor), logs)
        super().on_train_begin(logs)

    def forget_after(self, step):
        super().forget_after(step)
        if self._record is not None and self._record["step"] > step:
            self._record = None

    def on_epoch_end(self, epoch, logs=None):
        is_last = epoch + 1 == self.params["epochs"] or self.model.stop_training
        # From the first epoch on there is a number: Keras' callbacks miss it otherwise,
        # and `CSVLogger` has no column for what comes later.
        if is_last or not self.measured:
            self._act_once()
        super().on_epoch_end(epoch, logs)
        self._add(self.measured, logs)

    def on_train_end(self, logs=None):
        super().on_train_end(logs)
        self._add(self.measured, logs)

    def act(self, step):
        samples = self.model.sample(self.num_samples, self.seed, self._labels)
        if not np.isfinite(samples).all():
            logging.warning("No evaluation of step %d: samples hold NaN.", step)
            return
        samples = as_stored(samples, self.model.value_range)
        with self._announced():
            self.results = self.suite.measure(samples, self._labels)
        self.measured = _values(self.results)
        # Every worker measures, because a callback may end the run by these numbers.
        if self.model.replicas.is_chief:
            self._write(step)
            self._keep_best(step)

    @contextlib.contextmanager
    def _announced(self):
        """Says once in a run that it measures, if training stands still for long."""
        timer = threading.Timer(_LONG, self._announce)
        timer.daemon = True
        if not self._is_announced:
            timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _announce(self):
        self._is_announced = True
        logging.warning(
            "Evaluation is measuring %s, and training waits for it: fewer samples "
            "(num_samples) take less time.",
            ", ".join(self.suite.settings.metrics),
        )

    def _add(self, values, logs):
        if logs is not None:
            logs.update({f"evaluation/{name}": value for name, value in values.items()})

    def _write(self, step):
        for results, split in ((self.results, "eval"), (self.floor, "equilibrium")):
            numbers = {}
            for name, result in results.items():
                floor = self.floor.get(name)
                about = meaning(name)[1] + (f" Real data: {floor}." if floor else "")
                numbers[tag_of(f"evaluation/{name}")] = result.value, about
            write_scalars(self.run_dir, step, numbers, split)
        table = as_markdown(self.results, self.floor)
        write_texts(self.run_dir, step, {"evaluation/table": table}, "eval")

    def _keep_best(self, step):
        result = self.results[self.best]
        if self._record is not None:
            if not is_better(self.best, result.value, self._record["value"]):
                return
        with published(self._path("keras")) as temporary:
            self.model.save_sampler(temporary)
        about = {"metric": self.best, "step": step, "latents_seed": self.seed}
        self._record = about | result.to_dict()
        publish_json(self._path("json"), self._record)

    def _read_record(self):
        try:
            with open(self._path("json"), encoding="utf-8") as file:
                record = json.load(file)
        except (OSError, ValueError):
            return None
        return record if record.get("metric") == self.best else None

    def _path(self, suffix):
        return os.path.join(self.run_dir, f"best_generator.{suffix}")


def _values(results):
    return {name: float(result.value) for name, result in results.items()}
