"""Losses of both players and their gradients, straight from the formulas.

One convention for all: a larger logit means "more real", D(x) = sigmoid(logit),
both losses are minimized, and `d_loss` is the SUM of the real and the fake term.
With both logits 0 (D = 1/2 everywhere) that gives

    loss            d_loss    g_loss
    minimax         2 log 2   -log 2
    non_saturating  2 log 2   log 2
    least_squares   1/2       1/2
    hinge           2         0
    wasserstein     0         0
    relativistic    log 2     log 2

That is the equilibrium of all but least_squares, whose D answers 1/2 there: its
d_loss is 1/4 and its g_loss 1/8. `AT_EQUILIBRIUM` has these numbers.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit, log_expit


class LossValues(NamedTuple):
    """Per-sample losses of both players, with their derivatives.

    A name such as `d_loss_by_fake` reads "the derivative of d_loss with respect
    to the fake logit". The derivatives are those of the per-sample loss: divide
    by the batch size to compare with the gradient of a mean.

    Args:
        d_loss: What the discriminator minimizes, shape of the logits.
        g_loss: What the generator minimizes, same shape.
        d_loss_by_real: d d_loss / d real_logit, same shape.
        d_loss_by_fake: d d_loss / d fake_logit, same shape.
        g_loss_by_real: d g_loss / d real_logit; zero unless the loss pairs real
            with fake samples.
        g_loss_by_fake: d g_loss / d fake_logit, same shape. Not positive (descent
            makes fakes look more real), but for least_squares beyond its target.

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


def minimax(real_logits, fake_logits):
    """The original game, in which the generator minimizes what D maximizes.

    Its generator gradient vanishes when D rejects the fakes with confidence,
    which is why `non_saturating` is used to train.

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
    # 1 - sigmoid(a) is written sigmoid(-a): the difference is 0 beyond a = 37.
    return LossValues(
        d_loss=-log_expit(real) - log_expit(-fake),
        g_loss=log_expit(-fake),
        d_loss_by_real=-expit(-real),
        d_loss_by_fake=expit(fake),
        g_loss_by_real=np.zeros_like(real),
        g_loss_by_fake=-expit(fake),
    )


def non_saturating(real_logits, fake_logits):
    """The heuristic of the first paper: the generator maximizes log D(fake).

    Same discriminator and same fixed point as `minimax`, but the generator has
    the largest gradient where the fakes are worst.

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


def least_squares(real_logits, fake_logits):
    """Regression of the logit to 1 for real and 0 for fake samples.

    The gradient grows with the distance to the target instead of saturating.
    Targets a = 0 (fake), b = 1 (real), c = 1 (what the generator wants), and the
    halves of the paper are kept:

        d_loss = (real - 1)^2 / 2 + fake^2 / 2       in [0, inf)
        g_loss = (fake - 1)^2 / 2                    in [0, inf)

    Here D* is the logit itself, p / (p + q): 1/2 where real and fake agree.

    Args:
        real_logits: Outputs of D for real samples, any shape, no sigmoid.
        fake_logits: Outputs of D for generated samples, same shape.

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


def hinge(real_logits, fake_logits):
    """Margin loss: D stops caring about samples that it separates by 1.

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


def wasserstein(real_logits, fake_logits):
    """Difference of critic values; -d_loss estimates the Wasserstein-1 distance.

    Only if the critic is 1-Lipschitz: clip its weights or add a penalty.

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


def relativistic(real_logits, fake_logits):
    """Each fake is compared with one real sample; only the difference counts.

    Adding a constant to every logit changes nothing, so D cannot win by a
    threshold alone, and dropping a mode costs the generator.

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

# (D's logit, d_loss, g_loss) at p_g = p_data, D at its best. The hinge's D may be any
# constant in [-1, 1], the last two's any number: 0 stands for them.
AT_EQUILIBRIUM = {
    "minimax": (0.0, 2 * np.log(2), -np.log(2)),
    "non_saturating": (0.0, 2 * np.log(2), np.log(2)),
    "least_squares": (0.5, 0.25, 0.125),
    "hinge": (0.0, 2.0, 0.0),
    "wasserstein": (0.0, 0.0, 0.0),
    "relativistic": (0.0, np.log(2), np.log(2)),
}


def saturating_gradient(logit):
    """How hard log(1 - D) pushes the generator: it fades when D is sure.

        |d/da log(1 - sigmoid(a))| = sigmoid(a)     in (0, 1)

    A fake that D rejects with D(G(z)) = eps moves the generator by only eps.

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


def non_saturating_gradient(logit):
    """How hard -log D pushes the generator: fully when D is sure.

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
            f"expected real and fake logits of one shape, got {real.shape} and "
            f"{fake.shape}; use as many fake as real samples"
        )
    return real, fake
