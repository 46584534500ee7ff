"""The Dirac-GAN: the smallest GAN on which training methods can be told apart.

The data is the point 0, the generator puts its mass on the point theta, and the
discriminator is linear with slope psi. The equilibrium is (0, 0). A training
method is a field (theta, psi) -> (v_theta, v_psi) for `simultaneous` and
`alternating`; a regularizer turns a field into another field.

Sign of psi: the paper that introduced it lets a larger output mean "more fake".
Its coordinates are kept, so that its figures can be laid over ours; in the
convention of this library (larger = more real) the logit is -psi * x.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from keras_gan.theory.dynamics import jacobian
from keras_gan.theory.losses import LOSSES

# Nodes of Gauss-Hermite quadrature per noise: error below 1e-9 while
# |psi| * noise is below 1.5, and near rounding at the equilibrium.
_NODES = 32


def dirac_gan(loss="minimax", *, noise=0.0):
    """The field of the Dirac-GAN for a loss of the library.

        real logit = -psi * x,          x = noise * standard normal
        fake logit = -psi * (theta + y),  y = noise * another standard normal
        v_theta = -d E[g_loss] / d theta
        v_psi   = -d E[d_loss] / d psi

    With s(a) = 1 / (1 + exp(-a)) and no noise, minimax gives the field
    (-psi s(-psi theta), theta s(-psi theta)), which circles around (0, 0) with
    eigenvalues +-i/2. Noise on the inputs of D makes it a stable spiral.

    Args:
        loss: Name in `LOSSES`, default "minimax".
        noise: Standard deviation of the instance noise, >= 0; the expectation is
            taken by quadrature, so the field is deterministic.

    Returns:
        Function (theta, psi) -> (v_theta, v_psi); takes floats or arrays of one
        shape, as for a plot of the flow.

    Raises:
        ValueError: If the loss is unknown or `noise` is negative.

    Example:

    >>> v_theta, v_psi = dirac_gan("wasserstein")(2.0, 1.0)
    >>> float(v_theta), float(v_psi)
    (-1.0, 2.0)

    Reference: Mescheder et al., Which Training Methods for GANs do actually
    Converge?, 2018, section 2; instance noise: section 3.2.
    """
    if loss not in LOSSES:
        raise ValueError(
            f"expected a loss among {', '.join(LOSSES)}, got {loss!r}; pass its name"
        )
    _check_weight("noise", noise)
    values = LOSSES[loss]
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES if noise else 1)
    weights = np.outer(weights, weights) / weights.sum() ** 2
    # Two axes behind those of theta and psi: noise on real and on fake samples.
    x, y = np.broadcast_arrays(noise * nodes[:, None], noise * nodes[None, :])

    def field(theta, psi):
        theta, psi = (np.asarray(v, float)[..., None, None] for v in (theta, psi))
        real_point, fake_point = np.broadcast_arrays(x + 0 * theta, y + theta)
        found = values(-psi * real_point, -psi * fake_point)
        v_theta = psi * found.g_loss_by_fake
        v_psi = found.d_loss_by_real * real_point + found.d_loss_by_fake * fake_point
        return tuple(np.sum(weights * v, axis=(-2, -1)) for v in (v_theta, v_psi))

    return field


def zero_centered_penalty(field, *, r1=0.0, r2=0.0):
    """Adds R1 and R2: the cure that converges on data of any dimension.

    R1 charges the discriminator r1/2 * |dD/dx|^2 on real, R2 the same on fake
    samples. The slope of this D is psi everywhere, so that

        v_psi <- v_psi - (r1 + r2) psi

    and the eigenvalues of the GAN become -g/2 +- sqrt(g^2/4 - 1/4), g = r1 + r2:
    a spiral for g < 1, critically damped at g = 1.

    Args:
        field: Function (theta, psi) -> (v_theta, v_psi).
        r1: Weight of the penalty on real samples, >= 0.
        r2: Weight of the penalty on fake samples, >= 0.

    Returns:
        The penalized field.

    Raises:
        ValueError: If a weight is negative.

    Example:

    >>> field = zero_centered_penalty(dirac_gan("wasserstein"), r1=0.5)
    >>> float(field(0.0, 1.0)[1])
    -0.5

    Reference: Mescheder et al., Which Training Methods for GANs do actually
    Converge?, 2018, section 4; R1 with R2: Huang et al., 2024.
    """
    _check_weight("r1", r1)
    _check_weight("r2", r2)

    def penalized(theta, psi):
        v_theta, v_psi = field(theta, psi)
        return v_theta, v_psi - (r1 + r2) * psi

    return penalized


def gradient_penalty(field, *, weight, target=1.0):
    """Adds the penalty of WGAN-GP, which pulls the slope of D to `target`.

        v_psi <- v_psi - weight * (|psi| - target) * sign(psi)

    The equilibrium wants slope 0, so the field jumps there and nothing settles:
    this is the difference to R1, which is `target` = 0.

    Args:
        field: Function (theta, psi) -> (v_theta, v_psi).
        weight: Weight of (|dD/dx| - target)^2 / 2, >= 0.
        target: Wanted norm of the gradient, default 1.

    Returns:
        The penalized field.

    Raises:
        ValueError: If `weight` or `target` is negative.

    Example:

    >>> field = gradient_penalty(dirac_gan("wasserstein"), weight=0.5)
    >>> float(field(0.0, 3.0)[1])
    -1.0

    Reference: Gulrajani et al., Improved Training of Wasserstein GANs, 2017.
    """
    _check_weight("weight", weight)
    _check_weight("target", target)

    def penalized(theta, psi):
        v_theta, v_psi = field(theta, psi)
        return v_theta, v_psi - weight * (np.abs(psi) - target) * np.sign(psi)

    return penalized


def consensus(field, *, weight):
    """Consensus optimization: both players also agree to slow down.

        v <- v - weight * gradient of |v|^2 / 2  =  v - weight * J' v

    with J the full Jacobian (to 1e-12). The GAN gets the eigenvalues
    -weight/4 +- i/2. Far from the equilibrium it may attract to points at which
    the players merely stand still.

    Args:
        field: Smooth function (theta, psi) -> (v_theta, v_psi).
        weight: Weight of the common penalty, >= 0.

    Returns:
        The regularized field.

    Raises:
        ValueError: If `weight` is negative; when called, if the field jumps.

    Example:

    >>> field = consensus(dirac_gan("wasserstein"), weight=0.5)
    >>> [round(float(v), 6) for v in field(1.0, 0.0)]
    [-0.5, 1.0]

    Reference: Mescheder et al., The Numerics of GANs, 2017.
    """
    _check_weight("weight", weight)

    def regularized(theta, psi):
        v_theta, v_psi = field(theta, psi)
        (theta_theta, theta_psi), (psi_theta, psi_psi) = jacobian(field, (theta, psi))
        return (
            v_theta - weight * (theta_theta * v_theta + psi_theta * v_psi),
            v_psi - weight * (theta_psi * v_theta + psi_psi * v_psi),
        )

    return regularized


def non_saturating_cycle_radius(step_size):
    """Radius of the limit cycle of the non-saturating GAN, simultaneous steps.

    It neither converges nor diverges. With r = |(theta, psi)|, averaged over a
    turn, the loss pulls r^2 down by h r^4 / 8 per step and the discretization
    pushes it up by h^2 r^2 / 4. They balance at

        r = sqrt(2 h)

    Args:
        step_size: h > 0; within 0.5 percent for h up to 0.4.

    Returns:
        The radius, float64.

    Example:

    >>> round(float(non_saturating_cycle_radius(0.2)), 4)
    0.6325

    Reference: averaging of the field of Mescheder et al., 2018.
    """
    return np.sqrt(2 * np.asarray(step_size, float))


def non_saturating_decay_radius(step_size, steps):
    """Distance of the non-saturating GAN from (0, 0), alternating steps.

    Alternating steps cancel the outward push, which leaves d(r^2)/dt = -r^4 / 8:
    convergence, but slower than any geometric rate.

        r(n) = sqrt(8 / (h n))     for large h n, whatever the start

    Args:
        step_size: h > 0.
        steps: Number n of updates of each player, >= 1.

    Returns:
        The distance, float64.

    Example:

    >>> round(float(non_saturating_decay_radius(0.2, 500)), 4)
    0.2828

    Reference: averaging of the field of Mescheder et al., 2018.
    """
    return np.sqrt(8 / (np.asarray(step_size, float) * steps))


def _check_weight(name, number):
    if not 0 <= number < np.inf:
        raise ValueError(
            f"expected a finite {name} >= 0, got {number!r}; 0 switches it off"
        )


class Method(NamedTuple):
    """A training method as it is simulated: a field and what weights may be.

    Args:
        field: Function (theta, psi) -> (v_theta, v_psi).
        bounds: None or the `bounds` for `simultaneous` and `alternating`.

    Example:

    >>> METHODS["wasserstein_clipped"].bounds[1]
    (-1.0, 1.0)
    """

    field: Callable
    bounds: tuple | None = None


# The settings of the published simulations (step size 0.2, start (1, 1)).
METHODS = {
    "gan": Method(dirac_gan()),
    "non_saturating": Method(dirac_gan("non_saturating")),
    "wasserstein_clipped": Method(
        dirac_gan("wasserstein"), bounds=((-np.inf, np.inf), (-1.0, 1.0))
    ),
    "wgan_gp": Method(gradient_penalty(dirac_gan("wasserstein"), weight=0.7)),
    "instance_noise": Method(dirac_gan(noise=0.7)),
    "r1": Method(zero_centered_penalty(dirac_gan(), r1=0.3)),
    "r1_critical": Method(zero_centered_penalty(dirac_gan(), r1=1.0)),
    "r1_r2": Method(zero_centered_penalty(dirac_gan(), r1=0.3, r2=0.3)),
    "consensus": Method(consensus(dirac_gan(), weight=1.0)),
    "non_saturating_r1": Method(
        zero_centered_penalty(dirac_gan("non_saturating"), r1=0.3)
    ),
}
