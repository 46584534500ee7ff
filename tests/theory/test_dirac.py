"""The Dirac-GAN: every published rate and distance, and the closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_gan.theory import (
    LOSSES,
    METHODS,
    alternating,
    alternating_radius,
    consensus,
    dirac_gan,
    eigenvalues,
    gradient_penalty,
    jacobian,
    non_saturating_cycle_radius,
    non_saturating_decay_radius,
    simultaneous,
    simultaneous_radius,
    zero_centered_penalty,
)

# No deadline: machines that run tests are slow at times.
unhurried = settings(max_examples=40, deadline=None)

H, STEPS, START = 0.2, 500, (1.0, 1.0)
POSITIONS = st.floats(-2, 2)

# Eigenvalue (the one with positive imaginary part) at the equilibrium. From the
# linearization, with f(t) = -log(1 + exp(-t)), f'(0) = 1/2, f''(0) = -1/4:
# R1 and R2: -g/2 +- sqrt(g^2/4 - f'(0)^2); noise of variance s = .7^2:
# f''(0) s +- sqrt(f''(0)^2 s^2 - f'(0)^2); consensus: -f'(0)^2 +- i f'(0).
EIGENVALUE = {
    "gan": 0.5j,
    "non_saturating": 0.5j,
    "wasserstein_clipped": 1j,
    "instance_noise": -0.1225 + 1j * np.sqrt(0.25 - 0.1225**2),
    "r1": -0.15 + 1j * np.sqrt(0.25 - 0.15**2),
    "r1_critical": -0.5,
    "r1_r2": -0.3 + 0.4j,
    "consensus": -0.25 + 0.5j,
    "non_saturating_r1": -0.15 + 1j * np.sqrt(0.25 - 0.15**2),
}

# Spectral radius at step size 0.2: simultaneous, alternating with 1 and 5 steps of
# the discriminator. Computed from the definitions of Mescheder et al. 2018.
RADIUS = {
    "gan": (1.00499, 1, 1),
    "non_saturating": (1.00499, 1, 1),
    "wasserstein_clipped": (1.0198, 1, 1),
    "instance_noise": (0.98031, 0.97519, 0.88196),
    "r1": (0.97468, 0.96954, 0.85668),
    "r1_critical": (0.90000, 0.92702, 0.94865),
    "r1_r2": (0.94340, 0.93808, 0.90569),
    "consensus": (0.95525, 0.95000, 0.85737),
    "non_saturating_r1": (0.97468, 0.96954, 0.85668),
}

# Distance from the equilibrium after 500 steps of size 0.2 from (1, 1), generator
# first, written to the digits that are compared; columns as in RADIUS.
DISTANCE = {
    "gan": ("3.097", "1.421", "1.845"),
    "non_saturating": ("0.640", "0.2839", "0.1389"),
    "wasserstein_clipped": ("1.00", "1.02", "0.92"),
    "wgan_gp": ("1.80", "1.22", "0.72"),
    # Published: 5e-17, where the rounding of a plain quadrature holds it. The radius
    # .88196 to the power of 500 is 5e-28.
    "instance_noise": ("5.7e-05", "4.0e-06", "6.0e-28"),
    "r1": ("2.64e-06", "2.30e-07", "9e-34"),
    "r1_critical": ("9.5e-22", "7.5e-17", "5.1e-12"),
    "r1_r2": ("2.2e-13", "1.2e-14", "8e-22"),
    # Five steps per turn carry the discriminator out of the basin of (0, 0).
    "consensus": ("2.6e-10", "1.7e-11", "10.97"),
    "non_saturating_r1": ("2.21e-06", "1.50e-07", "4e-34"),
}


def distance(path):
    return np.linalg.norm(path, axis=-1)


def final_distances(name):
    field, bounds = METHODS[name]
    yield distance(simultaneous(field, START, H, STEPS, bounds=bounds))[-1]
    for k in (1, 5):
        path = alternating(
            field,
            START,
            H,
            STEPS,
            discriminator_steps=k,
            generator_first=True,
            bounds=bounds,
        )
        yield distance(path)[-1]


def printed_like(number, text):
    """The number in as many digits as the text has."""
    digits = len(text.split("e")[0].partition(".")[2])
    return f"{number:.{digits}{'e' if 'e' in text else 'f'}}"


def test_every_method_is_tested():
    assert set(METHODS) == set(DISTANCE) == {*EIGENVALUE, "wgan_gp"}
    assert set(EIGENVALUE) == set(RADIUS)


class TestPublishedNumbers:
    @pytest.mark.parametrize("name", EIGENVALUE)
    def test_eigenvalues(self, name):
        expected = EIGENVALUE[name]
        # A double eigenvalue moves by the root of the error of the Jacobian.
        tolerance = 1e-5 if name == "r1_critical" else 1e-9
        found = eigenvalues(METHODS[name].field)
        np.testing.assert_allclose(
            found, [np.conj(expected), expected], rtol=0, atol=tolerance
        )

    @pytest.mark.parametrize("name", RADIUS)
    def test_spectral_radius(self, name):
        field = METHODS[name].field
        found = [simultaneous_radius(field, H)]
        found += [alternating_radius(field, H, k) for k in (1, 5)]
        np.testing.assert_allclose(found, RADIUS[name], rtol=0, atol=6e-6)

    @pytest.mark.parametrize("name", DISTANCE)
    def test_distance_after_500_steps(self, name):
        for found, expected in zip(final_distances(name), DISTANCE[name], strict=True):
            assert printed_like(found, expected) == expected

    def test_wgan_gp_has_no_linearization(self):
        with pytest.raises(ValueError, match="one that jumps"):
            eigenvalues(METHODS["wgan_gp"].field)

    def test_orbits_of_the_gan(self):
        field = METHODS["gan"].field
        sim = distance(simultaneous(field, START, H, STEPS))
        alt = distance(alternating(field, START, H, STEPS, generator_first=True))
        assert sim[-1] > sim[0]
        assert printed_like(alt.min(), "1.34") == "1.34"
        assert printed_like(alt.max(), "1.422") == "1.422"


class TestClosedForms:
    @pytest.mark.parametrize("weight", [0.1, 0.3, 0.9, 1.5])
    def test_r1(self, weight):
        field = zero_centered_penalty(dirac_gan(), r1=weight)
        root = np.sqrt(weight**2 / 4 - 0.25 + 0j)
        expected = np.sort_complex([-weight / 2 - root, -weight / 2 + root])
        np.testing.assert_allclose(eigenvalues(field), expected, atol=1e-9)
        if weight < 1:
            sim, alt = simultaneous_radius(field, H), alternating_radius(field, H)
            assert sim == pytest.approx(np.sqrt(1 - H * weight + H**2 / 4))
            assert alt == pytest.approx(np.sqrt(1 - H * weight))

    @pytest.mark.parametrize("k", [1, 2, 5])
    def test_alternating_gan_only_rotates(self, k):
        # 1 - a^2/2 +- sqrt((1 - a^2/2)^2 - 1) with a = sqrt(k) h / 2: on the unit
        # circle until a = 2.
        step = 4 / np.sqrt(k)
        assert alternating_radius(dirac_gan(), 0.9 * step, k) == pytest.approx(1)
        half = 1 - 0.5 * 1.1**2 * 4
        expected = abs(half - np.sqrt(half**2 - 1))
        found = alternating_radius(dirac_gan(), 1.1 * step, k)
        assert found == pytest.approx(expected, rel=1e-9)

    @unhurried
    @given(theta=POSITIONS, psi=POSITIONS)
    def test_field_of_the_gan(self, theta, psi):
        slope = 1 / (1 + np.exp(theta * psi))
        found = dirac_gan()(theta, psi)
        np.testing.assert_allclose(found, [-psi * slope, theta * slope], rtol=1e-13)

    @unhurried
    @given(theta=POSITIONS, psi=POSITIONS)
    def test_field_of_the_non_saturating_gan(self, theta, psi):
        up, down = 1 / (1 + np.exp(theta * psi)), 1 / (1 + np.exp(-theta * psi))
        found = dirac_gan("non_saturating")(theta, psi)
        np.testing.assert_allclose(found, [-psi * down, theta * up], rtol=1e-13)

    @unhurried
    @given(theta=POSITIONS, psi=POSITIONS)
    def test_relativistic_equals_non_saturating(self, theta, psi):
        # The real logit is 0, so comparing with it changes nothing.
        np.testing.assert_allclose(
            dirac_gan("relativistic")(theta, psi),
            dirac_gan("non_saturating")(theta, psi),
            rtol=1e-13,
        )

    @unhurried
    @given(theta=POSITIONS, psi=POSITIONS)
    def test_consensus_has_the_exact_gradient(self, theta, psi):
        # |v|^2 / 2 = (theta^2 + psi^2) f'(theta psi)^2 / 2.
        up = 1 / (1 + np.exp(theta * psi))
        bend = -up * (1 - up) * up * (theta**2 + psi**2)
        expected = np.array(dirac_gan()(theta, psi)) - [
            theta * up**2 + bend * psi,
            psi * up**2 + bend * theta,
        ]
        found = consensus(dirac_gan(), weight=1.0)(theta, psi)
        np.testing.assert_allclose(found, expected, atol=1e-10)

    @unhurried
    @given(theta=POSITIONS, psi=st.floats(-1.5, 1.5))
    def test_instance_noise_is_an_expectation(self, theta, psi):
        z = np.linspace(-10, 10, 2001)
        weights = np.exp(-(z**2) / 2)
        weights /= weights.sum()
        fake, real = theta + 0.7 * z, 0.7 * z
        up = 1 / (1 + np.exp(psi * fake))
        expected = [
            -psi * np.sum(weights * up),
            np.sum(weights * (fake * up - real / (1 + np.exp(-psi * real)))),
        ]
        found = METHODS["instance_noise"].field(theta, psi)
        np.testing.assert_allclose(found, expected, atol=1e-9)

    @pytest.mark.parametrize("h", [0.1, 0.2, 0.4])
    def test_limit_cycle_of_simultaneous_non_saturating(self, h):
        path = simultaneous(dirac_gan("non_saturating"), START, h, 3000)
        found = distance(path)[-500:].mean()
        assert found == pytest.approx(non_saturating_cycle_radius(h), rel=6e-3)

    def test_alternating_non_saturating_decays_like_a_root(self):
        path = alternating(
            dirac_gan("non_saturating"), START, H, 2000, generator_first=True
        )
        for n, measured in ((500, 0.2839), (2000, 0.1416)):
            found = distance(path)[n]
            assert found == pytest.approx(measured, abs=5e-5)
            assert found == pytest.approx(non_saturating_decay_radius(H, n), rel=5e-3)


class TestFields:
    @pytest.mark.parametrize("name", sorted(set(METHODS) - {"consensus"}))
    def test_takes_arrays(self, name):
        theta, psi = np.meshgrid(np.linspace(-1, 1, 3), np.linspace(-1, 1, 4))
        found = METHODS[name].field(theta, psi)
        for v, expected in zip(
            found, np.vectorize(METHODS[name].field)(theta, psi), strict=True
        ):
            assert v.shape == (4, 3)
            np.testing.assert_allclose(v, expected, atol=1e-15)

    def test_consensus_takes_arrays(self):
        field = METHODS["consensus"].field
        theta, psi = np.linspace(-1, 1, 5), np.linspace(0, 2, 5)
        np.testing.assert_allclose(
            np.transpose(field(theta, psi)),
            [field(*point) for point in zip(theta, psi, strict=True)],
            atol=1e-12,
        )

    @pytest.mark.parametrize("name", METHODS)
    def test_equilibrium(self, name):
        np.testing.assert_allclose(METHODS[name].field(0.0, 0.0), 0, atol=1e-15)

    @pytest.mark.parametrize("loss", LOSSES)
    def test_is_minus_the_gradient_of_the_losses(self, loss):
        theta, psi, h = 0.7, -0.4, 1e-6

        def losses(theta, psi):
            constant = 0.5 if loss == "least_squares" else 0.0
            return np.array(LOSSES[loss](constant, constant - psi * theta)[:2])

        by_theta = (losses(theta + h, psi) - losses(theta - h, psi)) / (2 * h)
        by_psi = (losses(theta, psi + h) - losses(theta, psi - h)) / (2 * h)
        found = dirac_gan(loss)(theta, psi)
        np.testing.assert_allclose(found, [-by_theta[1], -by_psi[0]], rtol=1e-8)

    @pytest.mark.parametrize("loss", LOSSES)
    def test_every_loss_turns_around_its_equilibrium(self, loss):
        # v_theta = psi g'(c), v_psi = theta f'(c): of the closed forms of the losses,
        # -g'(c) = f'(c) = 1/2, but 1 for those that are linear at c.
        speed = 1.0 if loss in ("wasserstein", "hinge") else 0.5
        found = eigenvalues(dirac_gan(loss))
        np.testing.assert_allclose(found, [-1j * speed, 1j * speed], atol=1e-9)

    def test_penalties_with_weight_zero_change_nothing(self):
        field = dirac_gan()
        for same in (
            zero_centered_penalty(field),
            gradient_penalty(field, weight=0.0),
            consensus(field, weight=0.0),
        ):
            assert same(0.3, -0.8) == field(0.3, -0.8)

    def test_r1_is_the_gradient_penalty_with_target_zero(self):
        one = zero_centered_penalty(dirac_gan(), r1=0.4)
        other = gradient_penalty(dirac_gan(), weight=0.4, target=0.0)
        np.testing.assert_allclose(one(0.3, -0.8), other(0.3, -0.8))

    def test_r1_and_r2_are_one_penalty_on_a_line(self):
        one = zero_centered_penalty(dirac_gan(), r1=0.4)
        other = zero_centered_penalty(dirac_gan(), r1=0.1, r2=0.3)
        np.testing.assert_allclose(one(0.3, -0.8), other(0.3, -0.8))

    def test_unknown_loss_raises(self):
        with pytest.raises(ValueError, match="Expected a loss among minimax"):
            dirac_gan("magic")

    @pytest.mark.parametrize("weight", [-1.0, np.inf, np.nan])
    def test_bad_weight_raises(self, weight):
        for make in (
            lambda: dirac_gan(noise=weight),
            lambda: zero_centered_penalty(dirac_gan(), r1=weight),
            lambda: zero_centered_penalty(dirac_gan(), r2=weight),
            lambda: gradient_penalty(dirac_gan(), weight=weight),
            lambda: gradient_penalty(dirac_gan(), weight=1.0, target=weight),
            lambda: consensus(dirac_gan(), weight=weight),
        ):
            with pytest.raises(ValueError, match="switches it off"):
                make()


def rotation(theta, psi):
    return -psi, theta


class TestMaps:
    def test_who_sees_what(self):
        sim = simultaneous(rotation, START, 0.5, 1)[-1]
        d_first = alternating(rotation, START, 0.5, 1)[-1]
        g_first = alternating(rotation, START, 0.5, 1, generator_first=True)[-1]
        np.testing.assert_array_equal(sim, [0.5, 1.5])
        np.testing.assert_array_equal(d_first, [0.25, 1.5])
        np.testing.assert_array_equal(g_first, [0.5, 1.25])

    def test_discriminator_steps(self):
        path = alternating(rotation, START, 0.5, 1, discriminator_steps=3)
        np.testing.assert_array_equal(path[-1], [1 - 0.5 * 2.5, 2.5])

    def test_orders_interleave(self):
        # Generator first from (theta, psi) is discriminator first from the same
        # theta and a psi that is one discriminator update younger.
        field = dirac_gan()
        first = alternating(field, START, H, 10, generator_first=True)
        psi = first[:-1, 1]
        second = alternating(field, (first[1, 0], psi[0]), H, 9)
        np.testing.assert_allclose(second[:, 0], first[1:, 0], rtol=1e-12)
        np.testing.assert_allclose(second[:, 1], psi, rtol=1e-12)

    def test_bounds_clip_each_player(self):
        bounds = ((-np.inf, np.inf), (-0.1, 0.1))
        for moves in (simultaneous, alternating):
            path = moves(rotation, START, 0.5, 20, bounds=bounds)
            assert np.abs(path[1:, 1]).max() <= 0.1
            assert np.abs(path[1:, 0]).max() > 0.1

    def test_no_steps(self):
        np.testing.assert_array_equal(simultaneous(rotation, START, 0.5, 0), [START])

    @unhurried
    @given(theta=POSITIONS, psi=POSITIONS)
    def test_jacobian(self, theta, psi):
        found = jacobian(lambda t, p: (np.sin(t) * p, t * p**2), (theta, psi))
        expected = [
            [np.cos(theta) * psi, np.sin(theta)],
            [psi**2, 2 * theta * psi],
        ]
        np.testing.assert_allclose(found, expected, atol=1e-11)

    @pytest.mark.parametrize("radius", [simultaneous_radius, alternating_radius])
    def test_radius_is_the_measured_rate(self, radius):
        field = METHODS["r1_r2"].field
        moves = {simultaneous_radius: simultaneous, alternating_radius: alternating}
        path = distance(moves[radius](field, (1e-3, 0.0), H, 400))
        assert (path[-1] / path[0]) ** (1 / 400) == pytest.approx(
            radius(field, H), rel=3e-3
        )

    @pytest.mark.parametrize(
        "arguments, message",
        [
            (((1.0,), 0.2, 5), "start"),
            (((1.0, np.nan), 0.2, 5), "start"),
            ((START, 0.0, 5), "step_size"),
            ((START, 0.2, -1), "steps"),
            ((START, 0.2, 2.5), "steps"),
        ],
    )
    def test_malformed_raises(self, arguments, message):
        for moves in (simultaneous, alternating):
            with pytest.raises(ValueError, match=f"Expected .*{message}"):
                moves(rotation, *arguments)

    @pytest.mark.parametrize("bounds", [(0.0, 1.0), ((1.0, 0.0), (0.0, 1.0))])
    def test_malformed_bounds_raise(self, bounds):
        with pytest.raises(ValueError, match="Expected bounds"):
            simultaneous(rotation, START, 0.2, 1, bounds=bounds)

    @pytest.mark.parametrize("k", [0, 1.5, True])
    def test_malformed_discriminator_steps_raise(self, k):
        with pytest.raises(ValueError, match="discriminator_steps"):
            alternating(rotation, START, 0.2, 1, discriminator_steps=k)
        with pytest.raises(ValueError, match="discriminator_steps"):
            alternating_radius(rotation, 0.2, k)


def test_relativistic_pairing_is_the_non_saturating_game_here():
    # The data is the point 0, whose logit is 0: nothing is left to compare with.
    theta, psi = np.random.default_rng(0).normal(0, 2, (2, 100))
    paired = dirac_gan("relativistic")(theta, psi)
    plain = dirac_gan("non_saturating")(theta, psi)
    np.testing.assert_allclose(paired, plain, rtol=1e-12)
