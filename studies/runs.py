"""Finished runs of a long study, kept, so that it can be done in parts."""

import json
import os
import time

import numpy as np

from keras_gan.storage.files import as_json, publish_json, published


class Runs:
    """One JSON file per finished run; the same study called again takes them from there.

    A run whose settings have changed is made anew, and takes the old one's place.

    Args:
        study: Name of the study.
        options: `work_dir`, `max_hours` and `quick`, as flags.

    Example:

    >>> runs = Runs("zoo", options)
    >>> record = runs("hinge-0", {"command": line}, lambda: {"fd": train_and_measure()})
    """

    def __init__(self, study, options):
        name = f"{study}-quick" if options.quick else study
        self.folder = os.path.join(options.work_dir, name)
        self._deadline = time.monotonic() + 3600 * options.max_hours
        self.left_out = 0
        self._any_found = False

    def __call__(self, name, settings, make):
        """The record of a run: a kept one, or a new one if there is time to begin it.

        The first is always made: a study of nothing has nothing to say.

        Args:
            name: File name without suffix.
            settings: dict of what makes the run what it is.
            make: Function without arguments that trains, and returns a dict of numbers.

        Returns:
            `settings`, the numbers, and `cpu_seconds` and `seconds`, in one dict; None
            if the time is up.
        """
        kept = self._read(name)
        if kept is not None and all(kept.get(k) == v for k, v in settings.items()):
            self._any_found = True
            return kept
        if self._any_found and time.monotonic() > self._deadline:
            self.left_out += 1
            return None
        clocks = time.process_time(), time.monotonic()
        found = make()
        record = {
            **settings,
            **found,
            "cpu_seconds": round(time.process_time() - clocks[0], 1),
            "seconds": round(time.monotonic() - clocks[1], 1),
        }
        record = as_json(record)  # a new record is what a kept one will be
        publish_json(self._path(name, "json"), record)
        self._any_found = True
        print(f"{name}: {record['cpu_seconds']} CPU-seconds", flush=True)
        return record

    def keep_samples(self, name, samples):
        """Keeps a run's samples, for the picture."""
        with published(self._path(name, "npz")) as temporary:
            np.savez_compressed(temporary, images=samples)

    def samples(self, name):
        """The samples that a run has kept."""
        with np.load(self._path(name, "npz"), allow_pickle=False) as archive:
            return archive["images"]

    def _path(self, name, suffix):
        return os.path.join(self.folder, f"{name}.{suffix}")

    def _read(self, name):
        try:
            with open(self._path(name, "json"), encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return None
