"""Keeps the finished runs of a long study, so that it can be done in parts."""

import json
import os
import time

import numpy as np

from keras_gan.storage.files import as_json, publish_json, published


class Runs:
    """The runs of a study, each kept in a JSON file once it is finished.

    When the study is called again, finished runs are read from their files. A run whose
    settings have changed is made again and replaces the old one.

    Args:
        study: Name of the study.
        options: An object with the attributes `work_dir`, the folder of the files;
            `max_hours`, after which no further run begins; and `quick`.

    Attributes:
        left_out: Number of runs for which there was no time.

    Example:

    >>> import types
    >>> options = types.SimpleNamespace(work_dir="runs", max_hours=8.0, quick=False)
    >>> runs = Runs("zoo", options)
    >>> runs("hinge-0", {"loss": "hinge"}, lambda: {"fd": 2.5})["fd"]
    hinge-0: ... CPU-seconds
    2.5
    """

    def __init__(self, study, options):
        name = f"{study}-quick" if options.quick else study
        self.folder = os.path.join(options.work_dir, name)
        self._deadline = time.monotonic() + 3600 * options.max_hours
        self.left_out = 0
        self._any_found = False

    def __call__(self, name, settings, make):
        """Returns the record of a run, which is made unless it was kept.

        If the time is up no run is made, but a study always has at least one.

        Args:
            name: File name without suffix.
            settings: dict of all settings of the run.
            make: Function without arguments that trains, and returns a dict of numbers.

        Returns:
            A dict of the settings, the numbers, `cpu_seconds` and `seconds`; None if
            the time is up.
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
        """Keeps samples of a run, for the picture."""
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
