"""The Dirac-GAN: the smallest GAN on which training methods can be told apart.

All data lie at the point 0, all samples at the point theta, and the discriminator is
linear with slope psi. The equilibrium is (0, 0). A training method is a field
(theta, psi) -> (v_theta, v_psi) for `simultaneous` and `alternating`; a regularizer turns
a field into another field.

The sign of psi is that of the paper, so that its figures can be compared with ours. There
a larger output of D means "more fake". In this library, where a larger logit means "more
real", the logit is -psi * x.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from keras_gan.theory.dynamics import jacobian
from keras_gan.theory.losses import AT_EQUILIBRIUM, LOSSES

# Losses of D whose slopes are sigmoids: -s(-real logit) and s(fake logit).
_CROSS_ENTROPIES = ("minimax", "non_saturating")
# Nodes of Gauss-Hermite quadrature for each of the two noises. The error is below 1e-9
# while |psi| * noise < 1.5, and near rounding at the equilibrium.
_NODES = 32


def dirac_gan(loss: str = "minimax", *, noise: float = 0.0) -> Callable:
    """The field of the Dirac-GAN for one of the losses.

        real logit = c - psi * x,            x = noise * standard normal
        fake logit = c - psi * (theta + y),  y = noise * another standard normal
        v_theta = -d E[g_loss] / d theta
        v_psi   = -d E[d_loss] / d psi

    The constant c is the logit at equilibrium, of `AT_EQUILIBRIUM`: 1/2 for
    least_squares, whose D could not reach it by its slope alone, and 0 for the others.
    So (0, 0) is the equilibrium of each.

    With s(a) = 1 / (1 + exp(-a)) and no noise, minimax gives the field
    (-psi s(-psi theta), theta s(-psi theta)), which circles around (0, 0): its
    eigenvalues are +-i/2, as are those of least_squares. Noise on the inputs of D makes
    it a stable spiral.

    Args:
        loss: Name in `LOSSES`. Defaults to "minimax".
        noise: Standard deviation of the instance noise, >= 0. The expectation is
            taken by quadrature, so the field is not random. Defaults to 0.0.

    Returns:
        Function (theta, psi) -> (v_theta, v_psi) of floats or of arrays of one shape.

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
            f"Expected a loss among {', '.join(LOSSES)}, got {loss!r}; pass its name."
        )
    _check_weight("noise", noise)
    values, constant = LOSSES[loss], AT_EQUILIBRIUM[loss][0]
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES if noise else 1)
    weights = np.outer(weights, weights) / weights.sum() ** 2
    # The last two axes are the nodes of the noise on real and on fake samples.
    x, y = np.broadcast_arrays(noise * nodes[:, None], noise * nodes[None, :])

    def field(theta, psi):
        theta, psi = (np.asarray(v, float)[..., None, None] for v in (theta, psi))
        real_point, fake_point = np.broadcast_arrays(x + 0 * theta, y + theta)
        found = values(constant - psi * real_point, constant - psi * fake_point)
        v_theta = psi * found.g_loss_by_fake
        v_psi = found.d_loss_by_real * real_point + found.d_loss_by_fake * fake_point
        if loss in _CROSS_ENTROPIES:
            # E[y f(y)] = noise^2 E[f'(y)] (Stein's lemma). Near (0, 0) the left side is
            # a difference of large numbers, whose rounding would hide the damping.
            bend = sum(expit(a) * expit(-a) for a in (psi * real_point, psi * fake_point))
            v_psi = found.d_loss_by_fake * theta - noise**2 * psi * bend
        return tuple(np.sum(weights * v, axis=(-2, -1)) for v in (v_theta, v_psi))

    return field


def zero_centered_penalty(
    field: Callable, *, r1: float = 0.0, r2: float = 0.0
) -> Callable:
    """Adds the penalties R1 and R2, with which training converges.

    R1 adds r1/2 * |dD/dx|^2 on real samples to D's loss, R2 adds r2/2 * |dD/dx|^2 on
    fake samples. The slope of this D is psi everywhere, so that

        v_psi <- v_psi - (r1 + r2) psi

    and the eigenvalues of the GAN become -g/2 +- sqrt(g^2/4 - 1/4), g = r1 + r2:
    a spiral for g < 1, critically damped at g = 1.

    Args:
        field: Function (theta, psi) -> (v_theta, v_psi).
        r1: Weight of the penalty on real samples, >= 0. Defaults to 0.0.
        r2: Weight of the penalty on fake samples, >= 0. Defaults to 0.0.

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


def gradient_penalty(field: Callable, *, weight: float, target: float = 1.0) -> Callable:
    """Adds the penalty of WGAN-GP, which pulls the slope of D to `target`.

        v_psi <- v_psi - weight * (|psi| - target) * sign(psi)

    At equilibrium the slope is 0, where this field jumps, so training does not
    converge. R1 is the case `target` = 0, whose field is smooth.

    Args:
        field: Function (theta, psi) -> (v_theta, v_psi).
        weight: Weight of (|dD/dx| - target)^2 / 2, >= 0.
        target: Norm that the gradient is pulled to, >= 0. Defaults to 1.0.

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


def consensus(field: Callable, *, weight: float) -> Callable:
    """Adds the regularizer of consensus optimization: both players also slow down.

        v <- v - weight * gradient of |v|^2 / 2  =  v - weight * J' v

    with the Jacobian J of the field, accurate to 1e-12. The eigenvalues of the GAN become
    -weight/4 +- i/2. Far from the equilibrium, training may be attracted to points where
    the field is 0 but which are not equilibria.

    Args:
        field: Smooth function (theta, psi) -> (v_theta, v_psi).
        weight: Weight of |v|^2 / 2, which both players minimize, >= 0.

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


def non_saturating_cycle_radius(step_size: float) -> float:
    """Radius of the limit cycle of the non-saturating GAN with simultaneous steps.

    With these steps it neither converges nor diverges. Let r = |(theta, psi)|. Averaged
    over a turn, each step lowers r^2 by h r^4 / 8 through the loss, and raises it by
    h^2 r^2 / 4 because the step is finite. The two cancel at

        r = sqrt(2 h)

    Args:
        step_size: Step size h > 0. The formula is within 0.5 % for h up to 0.4.

    Returns:
        The radius, float64.

    Example:

    >>> round(float(non_saturating_cycle_radius(0.2)), 4)
    0.6325

    Reference: Derived here, by averaging the field of Mescheder et al., Which Training
    Methods for GANs do actually Converge?, 2018.
    """
    return np.sqrt(2 * np.asarray(step_size, float))


def non_saturating_decay_radius(step_size: float, steps: int) -> float:
    """Distance of the non-saturating GAN from (0, 0) after n alternating steps.

    With alternating steps nothing pushes outwards, and d(r^2)/dt = -r^4 / 8 is left:
    training converges, but more slowly than any geometric rate.

        r(n) = sqrt(8 / (h n))     for large h n, from any start

    Args:
        step_size: Step size h > 0.
        steps: Number n of updates of each player, >= 1.

    Returns:
        The distance, float64.

    Example:

    >>> round(float(non_saturating_decay_radius(0.2, 500)), 4)
    0.2828

    Reference: Derived here, by averaging the field of Mescheder et al., Which Training
    Methods for GANs do actually Converge?, 2018.
    """
    return np.sqrt(8 / (np.asarray(step_size, float) * steps))


def _check_weight(name, number):
    if not 0 <= number < np.inf:
        raise ValueError(
            f"Expected a finite {name} >= 0, got {number!r}; 0 switches it off."
        )


class Method(NamedTuple):
    """A training method: a field, and the bounds of theta and psi.

    Args:
        field: Function (theta, psi) -> (v_theta, v_psi).
        bounds: `bounds` of `simultaneous` and `alternating`. Defaults to None.

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
