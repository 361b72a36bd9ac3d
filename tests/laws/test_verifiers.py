"""Laws of verifiers against draws in plain NumPy, quadrature and scipy."""

import numpy as np
import pytest
from scipy import stats

from collapse.laws.verifiers import (
    accuracy_given,
    breakdown,
    centre_rate,
    effective_number,
    exponent_where,
    kept_share,
    mean_tilt_accuracy,
    panel_accuracy,
    panel_variance,
    perfect_judge_heterozygosity,
    sharpened,
    typicality_exponent,
    verified_accuracy,
    verified_means,
    verified_normal,
)

LIMIT = 4.5


def trained_accuracies(rng, chains, n, wrong, phi, psi, d, distance):
    """Accuracy of w = mean of y' x over the kept, item by item, for many chains."""
    y = rng.choice([-1, 1], (chains, n))
    x = rng.normal(size=(chains, n, d))
    x[..., 0] += distance * y
    flipped = rng.random((chains, n)) < wrong
    kept = rng.random((chains, n)) < np.where(flipped, psi, phi)
    w = np.einsum("cn,cnd->cd", np.where(flipped, -y, y) * kept, x)
    return stats.norm.cdf(distance * w[:, 0] / np.linalg.norm(w, axis=1)), kept.mean(1)


@pytest.mark.parametrize("wrong", [0.5, 0.66, 0.8])
def test_accuracy_of_the_verified_classifier(wrong):
    """Below, at and above the breakdown point 2/3, in standard errors of 2,000 chains."""
    n, phi, psi, d, distance = 40, 0.8, 0.4, 5, 1.0
    rng = np.random.default_rng(0)
    sample, volume = trained_accuracies(rng, 2000, n, wrong, phi, psi, d, distance)
    se = sample.std(ddof=1) / np.sqrt(len(sample))
    assert abs(sample.mean() - verified_accuracy(n, wrong, phi, psi, d, distance)) < LIMIT * se
    off = wrong - 0.05 if wrong > 0.6 else wrong + 0.05
    assert abs(sample.mean() - verified_accuracy(n, off, phi, psi, d, distance)) > LIMIT * se
    se = volume.std(ddof=1) / np.sqrt(len(volume))
    assert abs(volume.mean() - kept_share(wrong, phi, psi)) < LIMIT * se


def test_accuracy_given_the_tilt():
    """Against the doubly noncentral F law of the same event, and the known ends."""
    rng = np.random.default_rng(1)
    for tilt, d, distance in ((0.0, 3, 1.0), (2.0, 4, 1.0), (-1.0, 1, 0.7), (80.0, 100, 2.0)):
        law = float(accuracy_given(tilt, d, distance))
        up = rng.noncentral_chisquare(d, (tilt + distance) ** 2 / 2, 100_000)
        down = rng.noncentral_chisquare(d, (tilt - distance) ** 2 / 2, 100_000)
        assert abs((up > down).mean() - law) < LIMIT * np.sqrt(0.25 / 100_000)
    assert accuracy_given(0.0, 7, 1.3) == pytest.approx(0.5, abs=1e-12)
    assert accuracy_given(1e4, 7, 1.3) == pytest.approx(stats.norm.cdf(1.3), abs=1e-6)
    one = stats.norm.cdf(0.8) * stats.norm.cdf(1.3) + stats.norm.cdf(-0.8) * stats.norm.cdf(-1.3)
    assert accuracy_given(0.8, 1, 1.3) == pytest.approx(one, abs=1e-12)


def test_breakdown_point():
    """There accuracy is exactly a half, at any size; elsewhere it sharpens with n."""
    for phi, psi in ((0.8, 0.4), (0.9, 0.1)):
        p = breakdown(phi, psi)
        assert verified_accuracy(100, p, phi, psi, 10, 1.0) == pytest.approx(0.5, abs=1e-9)
        below = [verified_accuracy(n, p - 0.1, phi, psi, 10, 1.0) for n in (50, 400)]
        above = [verified_accuracy(n, p + 0.09, phi, psi, 10, 1.0) for n in (50, 400)]
        assert 0.5 < below[0] < below[1] < stats.norm.cdf(1)
        assert 0.5 > above[0] > above[1] > stats.norm.cdf(-1)
    assert breakdown(1.0, 0.0) == 1


def test_mean_tilt_error_is_of_order_one_over_d():
    errors = [
        mean_tilt_accuracy(40 * d, 0.6, 0.8, 0.4, d, 1.0)
        - verified_accuracy(40 * d, 0.6, 0.8, 0.4, d, 1.0)
        for d in (10, 40)
    ]
    assert 0 < errors[0] < 0.02
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.25)


def test_perfect_judge_still_drifts():
    """Truth with 8 right of 12 outcomes; n items right or wrong, then n right ones each time."""
    rng, n, chains = np.random.default_rng(2), 20, 20_000
    right, wrong = np.full(8, 0.05), np.full(4, 0.15)
    counts = rng.multinomial(n, [*right, *wrong], chains)[:, :8]
    counts = counts[counts.sum(1) > 0]
    h0, t = 1 - 1 / 8, np.array([2, 5, 10])
    law = perfect_judge_heterozygosity(t, n, h0, 0.4)
    found = []
    for _ in range(2, 11):
        counts = rng.multinomial(n, counts / counts.sum(1, keepdims=True))
        found.append(1 - ((counts / n) ** 2).sum(1))
    found = np.array(found)[t - 2]
    se = found.std(1, ddof=1) / np.sqrt(found.shape[1])
    assert (np.abs(found.mean(1) - law) < LIMIT * se).all()
    for other in (
        perfect_judge_heterozygosity(t, n, h0, 0.4, exact_start=True),
        perfect_judge_heterozygosity(t + 1, n, h0, 0.4),
        perfect_judge_heterozygosity(t, n, h0, 1.0),
    ):
        assert (np.abs(found.mean(1) - other) > LIMIT * se).all()
    assert perfect_judge_heterozygosity(3, n, h0, 0.4, True) == pytest.approx(h0 * 0.95**2)


def test_verified_normal_is_truncated():
    for mean, sd, centre, radius in (
        (0.0, 1.0, 0.5, 1.5),
        (2.0, 0.5, 0.0, 1.0),
        (0.3, 2.0, 0.0, 9),
    ):
        a, b = (centre - radius - mean) / sd, (centre + radius - mean) / sd
        law = stats.truncnorm(a, b, mean, sd)
        found = verified_normal(mean, sd, centre, radius)
        np.testing.assert_allclose(found, [law.mean(), law.std()], rtol=1e-7)
    # Far out, on both sides: the edge nearest to the mean is what is kept.
    for centre in (30.0, -30.0):
        mean, sd = verified_normal(0.0, 1.0, centre, 1.0)
        assert abs(mean) == pytest.approx(29.034, abs=1e-3)
        assert sd == pytest.approx(0.0344, abs=1e-4)


def test_the_centre_is_where_it_ends():
    """Whatever the truth, at the rate of small distances."""
    for truth in (0.0, 3.0, -2.0):
        assert verified_means(200, truth, 1.0, 0.5, 1.5)[-1] == pytest.approx(0.5, abs=1e-9)
    near = verified_means(2, 0.5 + 1e-4, 1.0, 0.5, 1.5) - 0.5
    np.testing.assert_allclose(near[1:] / near[:-1], centre_rate(1.0, 1.5), rtol=1e-6)
    known = verified_means(2, 0.0, 1.0, 0.5, 1.5)
    assert known[1] == pytest.approx(stats.truncnorm(-1, 2).mean())
    assert (np.diff(verified_means(20, 0.0, 1.0, 0.5, 1.5)) > 0).all()


def test_typicality():
    """The optimum's exponent, by the optimality conditions; e^H of a thousand jokes, Zipf(1)."""
    p = 1 / np.arange(1, 1001)
    p = p / p.sum()
    gamma = typicality_exponent(0.57, 1.0)
    pi = sharpened(p, gamma)
    gradient = 0.57 * np.log(p) - 1.0 * (np.log(pi / p) + 1)
    assert np.ptp(gradient) < 1e-9
    assert np.ptp(0.57 * np.log(p) - np.log(sharpened(p, 1.6) / p)) > 0.1
    found = [effective_number(sharpened(p, g)) for g in (1, 1.57, 2, 3, 6.7)]
    np.testing.assert_allclose(found, [179.65, 14.475, 5.094, 1.971, 1.062], atol=5e-3)
    assert sharpened(p, 2.5)[:3].sum() == pytest.approx(0.92, abs=0.01)


def test_the_exponent_of_a_number_of_jokes():
    """It undoes ``sharpened``; equally frequent outcomes stay as many under any exponent."""
    p = 1 / np.arange(1, 1001)
    for gamma in (0.3, 1.57, 3.0):
        left = effective_number(sharpened(p, gamma))
        assert exponent_where(p, effective_number, left) == pytest.approx(gamma, rel=1e-9)
        top = sharpened(p, gamma)[:3].sum()
        assert exponent_where(p, lambda q: q[:3].sum(), top) == pytest.approx(gamma, rel=1e-9)
    assert exponent_where(p, effective_number, 3) == pytest.approx(2.410, abs=1e-3)
    assert np.isnan(exponent_where(np.ones(9), effective_number, 3))
    assert np.isnan(exponent_where([2.0, 2.0, 2.0, 2.0, 1.0], effective_number, 3))


def test_panels():
    """Votes and shared errors, by draws; known values of Condorcet."""
    np.testing.assert_allclose(
        [panel_accuracy(m, 0.7) for m in (3, 5, 9)], [0.784, 0.83692, 0.90119], atol=5e-6
    )
    assert panel_accuracy(2, 0.7) == pytest.approx(0.7)
    rng, m, rho, draws = np.random.default_rng(3), 9, 0.5, 200_000
    shared = rng.normal(size=(draws, 1)) * np.sqrt(rho)
    errors = (shared + rng.normal(size=(draws, m)) * np.sqrt(1 - rho)).mean(1)
    law = panel_variance(m, rho)
    assert law == pytest.approx(0.5556, abs=1e-4)
    assert abs((errors**2).mean() / law - 1) < LIMIT * np.sqrt(2 / draws)
    assert abs((errors**2).mean() * m - 1) > 1
