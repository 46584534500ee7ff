"""What theory says a GAN must do, in float64 NumPy and SciPy.

Here the quantities that the library trains and logs are computed in another way: by the
formula of a paper, by quadrature, or by linear programming. Tests and studies compare
with them. Training never imports this package, and it does not import TensorFlow. The
callback `GameSpectrum` takes `spectrum` from it.

* `optimum`: D*, V(D, G) and C(G).
* `divergences`: Kullback-Leibler and Jensen-Shannon.
* `densities`: the same for densities on the line, by quadrature.
* `losses`: all losses and their gradients with respect to the logits.
* `slopes`: gradient penalties of a critic whose gradient is known.
* `games`: zero-sum games given by a table of payoffs.
* `dynamics`: gradient steps of two players, and how fast they converge.
* `spectrum`: the eigenvalues of one training step of a game of any size.
* `dirac`: the smallest GAN on which training methods can be told apart.
"""

from keras_gan.theory.densities import jsd_densities, kl_densities, value_densities
from keras_gan.theory.dirac import (
    METHODS,
    Method,
    consensus,
    dirac_gan,
    gradient_penalty,
    non_saturating_cycle_radius,
    non_saturating_decay_radius,
    zero_centered_penalty,
)
from keras_gan.theory.divergences import gaussian_kl, jsd, kl
from keras_gan.theory.dynamics import (
    alternating,
    alternating_radius,
    eigenvalues,
    jacobian,
    simultaneous,
    simultaneous_radius,
)
from keras_gan.theory.games import (
    CONVOY_GAME,
    MATCHING_PENNIES,
    UNIT_SQUARE,
    MixedEquilibrium,
    mixed_equilibrium,
    pure_maximin,
    pure_minimax,
    saddle_points,
    strategy_field,
)
from keras_gan.theory.losses import (
    AT_EQUILIBRIUM,
    LOSSES,
    LossValues,
    hinge,
    least_squares,
    minimax,
    non_saturating,
    non_saturating_gradient,
    relativistic,
    saturating_gradient,
    wasserstein,
)
from keras_gan.theory.optimum import (
    generator_criterion,
    optimal_discriminator,
    optimal_discriminator_from_logs,
    optimal_logit,
    value,
    value_at_optimum,
)
from keras_gan.theory.slopes import (
    norm_penalty,
    norm_penalty_of_paraboloid,
    zero_centered,
)
from keras_gan.theory.spectrum import (
    behaviour,
    grows,
    leading_eigenvalues,
    moving,
    rate_limit,
    without_momentum,
)

__all__ = [
    "AT_EQUILIBRIUM",
    "CONVOY_GAME",
    "LOSSES",
    "MATCHING_PENNIES",
    "METHODS",
    "UNIT_SQUARE",
    "LossValues",
    "Method",
    "MixedEquilibrium",
    "alternating",
    "alternating_radius",
    "behaviour",
    "consensus",
    "dirac_gan",
    "eigenvalues",
    "gaussian_kl",
    "generator_criterion",
    "gradient_penalty",
    "grows",
    "hinge",
    "jacobian",
    "jsd",
    "jsd_densities",
    "kl",
    "kl_densities",
    "leading_eigenvalues",
    "least_squares",
    "minimax",
    "mixed_equilibrium",
    "moving",
    "non_saturating",
    "non_saturating_cycle_radius",
    "non_saturating_decay_radius",
    "non_saturating_gradient",
    "norm_penalty",
    "norm_penalty_of_paraboloid",
    "optimal_discriminator",
    "optimal_discriminator_from_logs",
    "optimal_logit",
    "pure_maximin",
    "pure_minimax",
    "rate_limit",
    "relativistic",
    "saddle_points",
    "saturating_gradient",
    "simultaneous",
    "simultaneous_radius",
    "strategy_field",
    "value",
    "value_at_optimum",
    "value_densities",
    "wasserstein",
    "without_momentum",
    "zero_centered",
    "zero_centered_penalty",
]


def __dir__():
    return __all__
