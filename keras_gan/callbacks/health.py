"""`Health`: finds the ways in which a GAN fails while its losses look fine."""

from __future__ import annotations

import dataclasses
import os

import numpy as np
from absl import logging
from numpy.typing import ArrayLike

from keras_gan.arguments import check_int
from keras_gan.callbacks import collapse
from keras_gan.callbacks._periodic import Periodic
from keras_gan.callbacks._tensorboard import (
    ShowsInTensorBoard,
    write_event,
    write_scalars,
)
from keras_gan.logs import TABLE

# Beyond these limits a number is a symptom.
SATURATED_LOSS, SCORES_APART = 0.1, 0.2
VANISHED_NORM, REJECTED_SCORE = 1e-3, 0.1
MEMORY_GAP = 0.3
# A symptom is reported when it is found in this many checks in a row, and does not pass:
# from one check to the next, its number keeps more than this share.
CHECKS, PASSES = 3, 0.9

SYMPTOMS = {
    "collapsed": "the samples are nearly all alike (mode collapse)",
    "repeated": "many samples are near copies of each other (mode collapse)",
    "one-sided": "the samples miss classes that the data has (mode collapse)",
    "frozen": "the samples do not change any more",
    "starved": "the generator's gradient has vanished, and the discriminator rejects all "
    "its samples",
    "saturated": "the discriminator tells real from fake without a mistake, so the "
    "generator learns little",
    "memorising": "the discriminator scores training images far above unseen ones: it "
    "memorises",
}
ADVICE = {
    "collapsed": "Raise the weight of R1, lower the generator's learning rate, or try "
    "loss='relativistic'",
    "repeated": "Raise the weight of R1, lower the generator's learning rate, or, "
    "without classes, try packing=2",
    "one-sided": "Raise the weight of R1, or, without classes, try packing=2",
    "frozen": "Is the generator's learning rate 0, or are its outputs saturated? Lower "
    "the learning rates",
    "starved": "Use loss='non_saturating', or raise the weight of R1",
    "saturated": "Raise the weight of R1, or lower the discriminator's learning rate",
    "memorising": "Use more data, raise the weight of R1, or try "
    "augmentations=[DiffAugment()]",
}


class Health(ShowsInTensorBoard, Periodic):
    """Notices mode collapse, a discriminator that has won, and one that memorises.

    At every check it maps the same latents through the generator that is being trained
    (not its average) and writes `health/...` to TensorBoard: `diversity` of the samples
    relative to real ones, the share of them that have `twins`, `change` since the last
    check, and `class_gap` when classes are known. With validation data it also writes
    `memory_gap` after each epoch. A symptom found in three checks in a row is reported
    once, as a warning with advice; `events.jsonl` also says when it was first found, and
    when it was gone. One of collapse that is a tenth weaker than at the check before is
    passing, as in a young generator: then counting begins anew.

    What is too little diversity, too many twins or too large a gap is measured on as many
    real samples, with the data's own shares of the classes; what they have is the level
    of `twins` and `class_gap`. Losses, scores and gradient norms are means since the last
    check.

    Args:
        run_dir: Folder of the run.
        every_steps: Generator steps between two checks. Defaults to 250.
        labelled: `(samples, labels)`: real samples in the generator's range and their
            classes. Defaults to None: classes are not known.
        num_samples: Samples to draw, at least 2. Defaults to 64.
        seed: Seeds the latents. Defaults to 0.
        advice: Dict from symptom to advice. Its texts take the place of those in
            `keras_gan.callbacks.health.ADVICE`, which speak of Python arguments.
            Defaults to None: all texts of `ADVICE`.

    Attributes:
        warned: Dict of each reported symptom to the step of its report.

    Raises:
        ValueError: If `num_samples` is below 2, or `advice` names an unknown symptom.

    Example:

    >>> gan.fit(data, epochs=20, callbacks=[Health("runs/a")])
    """

    REMEMBERED = (
        "checks_in_a_row",
        "strengths",
        "warned",
        "largest_norm",
        "previous",
        "reference",
        "window",
    )

    def __init__(
        self,
        run_dir: str | os.PathLike,
        *,
        every_steps: int = 250,
        labelled: tuple[ArrayLike, ArrayLike] | None = None,
        num_samples: int = 64,
        seed: int = 0,
        advice: dict[str, str] | None = None,
    ):
        super().__init__(every_steps=every_steps)
        unknown = set(advice or ()) - set(SYMPTOMS)
        if unknown:
            raise ValueError(
                f"advice names unknown symptoms {sorted(unknown)}: use "
                f"{', '.join(SYMPTOMS)}."
            )
        self.run_dir = run_dir
        self.labelled = labelled and tuple(map(np.asarray, labelled))
        self.num_samples = check_int("num_samples", num_samples, at_least=2)
        self.seed = seed
        self.advice = {**ADVICE, **(advice or {})}

    def on_train_begin(self, logs=None):
        self.checks_in_a_row = {}
        self.strengths = {}
        self.warned = {}
        self.largest_norm = 0.0
        self.reference = None
        self._logs = None
        self._latents = self.model.draw_latents(self.num_samples, self.seed)
        self._labels = None
        if self.model.num_classes is not None:
            # At least four samples of each class, because distances need pairs.
            classes = min(self.model.num_classes, max(1, self.num_samples // 4))
            self._labels = np.arange(self.num_samples, dtype="int32") % classes
            if self.labelled is not None and self.labelled[1].dtype.kind not in "iu":
                raise ValueError(
                    "labelled has classes that are no numbers, but a conditional GAN is "
                    "asked for 0, 1, 2, ...: give the labels that it is trained with."
                )
        self.previous = self._draw()
        self.window = {"epoch": self._step(), "check": self._step(), "sums": {}}
        super().on_train_begin(logs)

    def on_train_batch_end(self, batch, logs=None):
        self._logs = logs
        super().on_train_batch_end(batch, logs)

    def on_epoch_end(self, epoch, logs=None):
        if "val_real_score" in logs:
            gap = logs["real_score"] - logs["val_real_score"]
            self._judge({"memorising": gap > MEMORY_GAP}, self._step())
            self._write({"memory_gap": gap}, self._step())
        # The logs of the next epoch are means that begin anew.
        before = self.window["sums"]
        left = {name: before.get(name, 0.0) - s for name, s in self._sums().items()}
        self.window = {**self.window, "epoch": self._step(), "sums": left}
        self._logs = None

    def on_train_end(self, logs=None):
        """Does nothing: checks are due every `every_steps` only, not at the end."""

    def act(self, step):
        if step == 0:
            return  # There is nothing to find before the first update.
        samples = self._draw()
        if not np.isfinite(samples).all():
            return  # `NanGuard` reports it.
        self.reference = self.reference or dataclasses.asdict(self._measure_real())
        real = collapse.Reference(**self.reference)
        numbers = collapse.measure(
            samples, real, asked=self._labels, labelled=self.labelled
        )
        numbers["change"] = float(np.abs(samples - self.previous).mean())
        self.previous = samples
        self._write(numbers, step, collapse.levels(real))
        before, self.strengths = self.strengths, collapse.strengths(numbers)
        passing = {
            symptom
            for symptom, strength in self.strengths.items()
            if symptom in before and strength <= PASSES * before[symptom]
        }
        self._judge(self._symptoms(numbers, real, self._means(step)), step, passing)

    def _draw(self):
        return self.model.generate(self._latents, self._labels, averaged=False)

    def _measure_real(self):
        """What as many real samples are like."""
        samples, labels = self.labelled or (self.model.real_samples, None)
        return collapse.reference(
            samples, self.num_samples, labels=labels, asked=self._labels
        )

    def _sums(self):
        """Sums of the logs, which are means since the epoch began."""
        steps = self._step() - self.window["epoch"]
        return {name: steps * float(mean) for name, mean in (self._logs or {}).items()}

    def _means(self, step):
        """Means of the logs since the last check, however long the epoch is."""
        sums, before = self._sums(), self.window["sums"]
        steps = step - self.window["check"]
        self.window = {**self.window, "check": step, "sums": sums}
        return {name: (s - before.get(name, 0.0)) / steps for name, s in sums.items()}

    def _symptoms(self, numbers, real, logs):
        norm = logs["g_grad_norm"]
        self.largest_norm = max(norm, self.largest_norm)
        apart = logs["real_score"] - logs["fake_score"] > SCORES_APART
        return {
            **collapse.symptoms(numbers, real),
            "frozen": numbers["change"] == 0.0,
            "starved": norm < VANISHED_NORM * self.largest_norm
            and logs["fake_score"] < REJECTED_SCORE,
            "saturated": 0.0 <= logs["d_loss"] < SATURATED_LOSS and apart,
        }

    def _judge(self, symptoms, step, passing=()):
        for symptom, present in symptoms.items():
            # A plain dict, because a checkpoint keeps it as JSON.
            counts = self.checks_in_a_row
            before = counts.get(symptom, 0)
            if present and before < CHECKS and symptom in passing:
                counts[symptom] = 1
            else:
                counts[symptom] = before + 1 if present else 0
            is_reported = counts[symptom] == CHECKS
            if is_reported or (present and not before):
                event = "unhealthy" if is_reported else "suspected"
                said = {"text": SYMPTOMS[symptom], "advice": self.advice[symptom]}
                write_event(self.run_dir, step, event, symptom=symptom, **said)
            elif before and not present:
                write_event(self.run_dir, step, "recovered", symptom=symptom)
            if counts[symptom] == CHECKS and symptom not in self.warned:
                self.warned[symptom] = step
                logging.warning(
                    "Step %d: training looks unhealthy: %s. %s.",
                    step,
                    SYMPTOMS[symptom],
                    self.advice[symptom],
                )

    def _write(self, numbers, step, levels=None):
        about = {name: TABLE[name].description() for name in numbers}
        usual = {}
        for name, (at, most, limit) in (levels or {}).items():
            theirs = f"{at:.2g}" if most == at else f"{at:.2g}, at most {most:.2g}"
            said = f"Here real samples have {theirs}; above {limit:.2g} is a symptom."
            about[name] += f" {said}"
            usual[TABLE[name].tag] = at, about[name]
        described = {TABLE[n].tag: (number, about[n]) for n, number in numbers.items()}
        write_scalars(self.run_dir, step, described)
        if usual:
            write_scalars(self.run_dir, step, usual, "equilibrium")
