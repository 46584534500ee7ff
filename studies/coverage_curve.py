"""`CoverageCurve`: the modes that a generator of points covers during training."""

import numpy as np

from keras_gan.callbacks._periodic import Periodic
from keras_gan.evaluation import mode_coverage


class CoverageCurve(Periodic):
    """Measures modes, high quality and reverse KL before, during and after training.

    The latents are always the same. If no point is at a mode, or points are not finite,
    the worst values are recorded.

    Args:
        density: A mixture with `modes` and `std`.
        num_points: Number of samples to measure.
        every_steps: Steps between two measurements.

    Attributes:
        curve: List of dicts with `steps`, `modes`, `high_quality`, `reverse_kl`.
        points: The samples that were measured last, or None.
    """

    def __init__(self, density, num_points, *, every_steps):
        super().__init__(every_steps=every_steps)
        self.density = density
        self.num_points = num_points
        self.curve = []
        self.points = None

    def act(self, step):
        self.points = self.model.sample(self.num_points, seed=1)
        self.curve.append({"steps": step, **self._measure()})

    def _measure(self):
        modes = self.density.modes
        diverged = not np.isfinite(self.points).all()
        if not diverged:
            found = mode_coverage(self.points, modes, self.density.std)
            if found.value:
                return {
                    "modes": found.value,
                    "high_quality": found.extra["high_quality"],
                    "reverse_kl": found.extra["reverse_kl"],
                }
        worst_kl = float(np.log(len(modes)))  # as if all points were at one mode
        worst = {"modes": 0.0, "high_quality": 0.0, "reverse_kl": worst_kl}
        return {**worst, "diverged": True} if diverged else worst
