"""Losses of both players and their gradients, directly from the formulas.

The conventions: a larger logit means "more real", D(x) = sigmoid(logit), both losses are
minimized, and `d_loss` is the SUM of its real and fake terms. With both logits 0
(D = 1/2 everywhere) the losses are

    loss            d_loss    g_loss
    minimax         2 log 2   -log 2
    non_saturating  2 log 2   log 2
    least_squares   1/2       1/2
    hinge           2         0
    wasserstein     0         0
    relativistic    log 2     log 2

These are also the values at equilibrium, except for least_squares: there the logit is
1/2, d_loss is 1/4 and g_loss 1/8. `AT_EQUILIBRIUM` holds the values at equilibrium.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, log_expit


class LossValues(NamedTuple):
    """Per-sample losses of both players, with their derivatives.

    `d_loss_by_fake` is the derivative of d_loss with respect to the fake logit, and so
    on. The derivatives are those of the per-sample loss: divide by the batch size to
    compare with the gradient of a mean.

    Args:
        d_loss: What the discriminator minimizes, shape of the logits.
        g_loss: What the generator minimizes, same shape.
        d_loss_by_real: Derivative d d_loss / d real_logit, same shape.
        d_loss_by_fake: Derivative d d_loss / d fake_logit, same shape.
        g_loss_by_real: Derivative d g_loss / d real_logit; zero unless the loss pairs
            real with fake samples.
        g_loss_by_fake: Derivative d g_loss / d fake_logit, same shape. Never positive,
            since descent makes fakes look more real; only that of least_squares is
            positive where a logit is above its target.

    Example:

    >>> values = non_saturating(0.0, 0.0)
    >>> float(values.g_loss_by_fake)
    -0.5
    """

    d_loss: np.ndarray
    g_loss: np.ndarray
    d_loss_by_real: np.ndarray
    d_loss_by_fake: np.ndarray
    g_loss_by_real: np.ndarray
    g_loss_by_fake: np.ndarray


def minimax(real_logits: ArrayLike, fake_logits: ArrayLike) -> LossValues:
    """The original game, in which the generator minimizes what D maximizes.

    The generator's gradient vanishes when D is sure that fakes are fake. That is why
    `non_saturating` is used for training.

        d_loss = -log D(real) - log(1 - D(fake))     in (0, inf)
        g_loss =                log(1 - D(fake))     in (-inf, 0)

    The mean of -d_loss is V(D, G).

    Args:
        real_logits: Logits of real samples, any shape.
        fake_logits: Logits of generated samples, same shape.

    Returns:
        `LossValues` of float64 arrays in the shape of the logits.

    Raises:
        ValueError: If the shapes differ.

    Example:

    >>> round(float(minimax(0.0, 0.0).d_loss), 4)
    1.3863

    Reference: Goodfellow et al., Generative Adversarial Nets, 2014, eq. 1.
    """
    real, fake = _pair(real_logits, fake_logits)
    # sigmoid(-a), not 1 - sigmoid(a), which rounds to 0 above a = 37.
    return LossValues(
        d_loss=-log_expit(real) - log_expit(-fake),
        g_loss=log_expit(-fake),
        d_loss_by_real=-expit(-real),
        d_loss_by_fake=expit(fake),
        g_loss_by_real=np.zeros_like(real),
        g_loss_by_fake=-expit(fake),
    )


def non_saturating(real_logits: ArrayLike, fake_logits: ArrayLike) -> LossValues:
    """The heuristic of the 2014 paper: the generator maximizes log D(fake).

    The discriminator and the fixed point are those of `minimax`, but the generator's
    gradient is largest where the fakes are worst.

        d_loss = -log D(real) - log(1 - D(fake))     in (0, inf)
        g_loss = -log D(fake)                        in (0, inf)

    Args:
        real_logits: Logits of real samples, any shape.
        fake_logits: Logits of generated samples, same shape.

    Returns:
        `LossValues` of float64 arrays in the shape of the logits.

    Raises:
        ValueError: If the shapes differ.

    Example:

    >>> round(float(non_saturating(0.0, 0.0).g_loss), 4)
    0.6931

    Reference: Goodfellow et al., Generative Adversarial Nets, 2014, section 3.
    """
    _, fake = _pair(real_logits, fake_logits)
    return minimax(real_logits, fake_logits)._replace(
        g_loss=-log_expit(fake), g_loss_by_fake=-expit(-fake)
    )


def least_squares(real_logits: ArrayLike, fake_logits: ArrayLike) -> LossValues:
    """Regression of the logit to 1 for real and 0 for fake samples.

    The gradient grows with the distance to the target instead of saturating. The targets
    are a = 0 (fake), b = 1 (real) and c = 1 (the generator's). The factors 1/2 are those
    of the paper:

        d_loss = (real - 1)^2 / 2 + fake^2 / 2       in [0, inf)
        g_loss = (fake - 1)^2 / 2                    in [0, inf)

    Here D* is the logit itself, p / (p + q): 1/2 where real and fake agree.

    Args:
        real_logits: Logits of real samples, any shape.
        fake_logits: Logits of generated samples, same shape.

    Returns:
        `LossValues` of float64 arrays in the shape of the logits.

    Raises:
        ValueError: If the shapes differ.

    Example:

    >>> float(least_squares(1.0, 0.0).d_loss)
    0.0

    Reference: Mao et al., Least Squares Generative Adversarial Networks, 2017.
    """
    real, fake = _pair(real_logits, fake_logits)
    return LossValues(
        d_loss=(real - 1) ** 2 / 2 + fake**2 / 2,
        g_loss=(fake - 1) ** 2 / 2,
        d_loss_by_real=real - 1,
        d_loss_by_fake=fake,
        g_loss_by_real=np.zeros_like(real),
        g_loss_by_fake=fake - 1,
    )


def hinge(real_logits: ArrayLike, fake_logits: ArrayLike) -> LossValues:
    """Margin loss: samples on the right side of D's margin no longer count.

        d_loss = max(0, 1 - real) + max(0, 1 + fake)     in [0, inf)
        g_loss = -fake                                   in (-inf, inf)

    On the margin itself (real = 1, fake = -1) the derivative is taken as 0.

    Args:
        real_logits: Logits of real samples, any shape.
        fake_logits: Logits of generated samples, same shape.

    Returns:
        `LossValues` of float64 arrays in the shape of the logits.

    Raises:
        ValueError: If the shapes differ.

    Example:

    >>> float(hinge(2.0, 0.5).d_loss)
    1.5

    Reference: Lim and Ye, Geometric GAN, 2017.
    """
    real, fake = _pair(real_logits, fake_logits)
    return LossValues(
        d_loss=np.maximum(0, 1 - real) + np.maximum(0, 1 + fake),
        g_loss=-fake,
        d_loss_by_real=np.where(real < 1, -1.0, 0.0),
        d_loss_by_fake=np.where(fake > -1, 1.0, 0.0),
        g_loss_by_real=np.zeros_like(real),
        g_loss_by_fake=-np.ones_like(fake),
    )


def wasserstein(real_logits: ArrayLike, fake_logits: ArrayLike) -> LossValues:
    """Difference of critic values; -d_loss estimates the Wasserstein-1 distance.

    It does so only if the critic is 1-Lipschitz: clip its weights or add a penalty.

        d_loss = fake - real      in (-inf, inf)
        g_loss = -fake            in (-inf, inf)

    Args:
        real_logits: Critic values of real samples, any shape.
        fake_logits: Critic values of generated samples, same shape.

    Returns:
        `LossValues` of float64 arrays in the shape of the logits.

    Raises:
        ValueError: If the shapes differ.

    Example:

    >>> float(wasserstein(3.0, 1.0).d_loss)
    -2.0

    Reference: Arjovsky et al., Wasserstein GAN, 2017.
    """
    real, fake = _pair(real_logits, fake_logits)
    return LossValues(
        d_loss=fake - real,
        g_loss=-fake,
        d_loss_by_real=-np.ones_like(real),
        d_loss_by_fake=np.ones_like(fake),
        g_loss_by_real=np.zeros_like(real),
        g_loss_by_fake=-np.ones_like(fake),
    )


def relativistic(real_logits: ArrayLike, fake_logits: ArrayLike) -> LossValues:
    """Compares each fake with a real sample: only the difference of logits counts.

    A constant that is added to every logit changes nothing. So D cannot win by moving a
    threshold, and the generator loses when it drops a mode.

        d_loss = softplus(-(real - fake))     in (0, inf)
        g_loss = softplus(-(fake - real))     in (0, inf)

    where softplus(-a) = -log sigmoid(a).

    Args:
        real_logits: Logits of real samples, any shape.
        fake_logits: Logits of generated samples, same shape; the i-th fake is
            paired with the i-th real sample.

    Returns:
        `LossValues` of float64 arrays in the shape of the logits.

    Raises:
        ValueError: If the shapes differ.

    Example:

    >>> bool(relativistic(5.0, 4.0).d_loss == relativistic(1.0, 0.0).d_loss)
    True

    Reference: Jolicoeur-Martineau, The Relativistic Discriminator, 2019;
    Huang et al., The GAN Is Dead; Long Live the GAN!, 2024.
    """
    real, fake = _pair(real_logits, fake_logits)
    margin = real - fake
    return LossValues(
        d_loss=-log_expit(margin),
        g_loss=-log_expit(-margin),
        d_loss_by_real=-expit(-margin),
        d_loss_by_fake=expit(-margin),
        g_loss_by_real=expit(margin),
        g_loss_by_fake=-expit(margin),
    )


LOSSES = {
    "minimax": minimax,
    "non_saturating": non_saturating,
    "least_squares": least_squares,
    "hinge": hinge,
    "wasserstein": wasserstein,
    "relativistic": relativistic,
}

# (logit, d_loss, g_loss) at p_g = p_data with an optimal D. The logit of hinge may be any
# constant in [-1, 1], that of wasserstein and relativistic any constant: here it is 0.
AT_EQUILIBRIUM = {
    "minimax": (0.0, 2 * np.log(2), -np.log(2)),
    "non_saturating": (0.0, 2 * np.log(2), np.log(2)),
    "least_squares": (0.5, 0.25, 0.125),
    "hinge": (0.0, 2.0, 0.0),
    "wasserstein": (0.0, 0.0, 0.0),
    "relativistic": (0.0, np.log(2), np.log(2)),
}


def saturating_gradient(logit: ArrayLike) -> np.ndarray:
    """Size of the gradient of log(1 - D), which vanishes when D is sure of a fake.

        |d/da log(1 - sigmoid(a))| = sigmoid(a)     in (0, 1)

    A fake with D(G(z)) = eps gives the generator a gradient of size eps only.

    Args:
        logit: Logit a of a generated sample, any shape.

    Returns:
        The size of the gradient, float64, same shape.

    Example:

    >>> bool(saturating_gradient(-10.0) < 1e-4)
    True

    Reference: Goodfellow et al., Generative Adversarial Nets, 2014, section 3.
    """
    return expit(np.asarray(logit, float))


def non_saturating_gradient(logit: ArrayLike) -> np.ndarray:
    """Size of the gradient of -log D, which is largest when D is sure of a fake.

        |d/da -log sigmoid(a)| = 1 - sigmoid(a)     in (0, 1)

    The ratio to `saturating_gradient` is (1 - D) / D = exp(-a).

    Args:
        logit: Logit a of a generated sample, any shape.

    Returns:
        The size of the gradient, float64, same shape.

    Example:

    >>> bool(non_saturating_gradient(-10.0) > 0.9999)
    True

    Reference: Goodfellow et al., Generative Adversarial Nets, 2014, section 3.
    """
    return expit(-np.asarray(logit, float))


def _pair(real_logits, fake_logits):
    real, fake = np.asarray(real_logits, float), np.asarray(fake_logits, float)
    if real.shape != fake.shape:
        raise ValueError(
            f"Expected real and fake logits of one shape, got {real.shape} and "
            f"{fake.shape}; use as many fake as real samples."
        )
    return real, fake
