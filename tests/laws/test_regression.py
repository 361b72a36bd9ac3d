"""The regression laws against chains in plain NumPy, quadrature, and each other."""

import numpy as np
import pytest
from scipy import integrate, stats

from collapse.laws.regression import (
    accumulate_limit,
    accumulate_risk,
    carried_share,
    fit_risk,
    fixed_design_spread,
    fresh_mix_risk,
    minimum_norm_risk,
    mixed_risk,
    replace_multiple_risk,
    replace_risk,
    replace_spread,
    risk_given_design,
)
from collapse.laws.ridge import effective_penalty, ridge_limit, ridge_risk, spectral_mean

LIMIT = 4.5
SEEDS, DIM, ROWS, NOISE, LAST = 4_000, 3, 12, 0.7, 4
T = np.arange(1, LAST + 1)


def z_of_mean(sample, law):
    gap = np.asarray(sample, float) - law
    return gap.mean(0) / (gap.std(0, ddof=1) / np.sqrt(len(gap)))


def fit(x, y):
    """(seeds, d) least squares of each seed's rows."""
    gram = np.einsum("sni,snj->sij", x, x)
    return np.linalg.solve(gram, np.einsum("sni,sn->si", x, y)[..., None])[..., 0]


def label(rng, x, w):
    return np.einsum("sni,si->sn", x, w) + NOISE * rng.normal(size=x.shape[:2])


def chain(regime, design, seed=0, seeds=SEEDS, real=0):
    """(seeds, LAST) excess risks by a chain written out: w* = 0 without loss of generality."""
    rng = np.random.default_rng(seed)
    w = np.zeros((seeds, DIM))
    first = rng.normal(size=(seeds, ROWS, DIM))
    pool_x, pool_y, risks = first[:, :0], first[:, :0, 0], []
    for t in T:
        times = t if regime == "multiple" else 1
        if design == "fixed":
            x = np.tile(first, (1, times, 1))
        else:
            x = rng.normal(size=(seeds, times * ROWS, DIM))
        labels = label(rng, x, w)
        if regime == "mix" and t > 1:
            labels[:, :real] = NOISE * rng.normal(size=(seeds, real))
        if regime == "accumulate":
            pool_x = np.concatenate([pool_x, x], axis=1)
            pool_y = np.concatenate([pool_y, labels], axis=1)
            x, labels = pool_x, pool_y
        w = fit(x, labels)
        risks.append((w**2).sum(1))
    return np.stack(risks, 1)


LAWS = {
    ("replace", "fixed"): replace_risk,
    ("replace", "fresh"): replace_risk,
    ("accumulate", "fixed"): accumulate_risk,
    ("accumulate", "fresh"): lambda *x: accumulate_risk(*x, design="fresh"),
    ("multiple", "fixed"): replace_multiple_risk,
    ("multiple", "fresh"): lambda *x: replace_multiple_risk(*x, design="fresh"),
}


@pytest.mark.parametrize(("regime", "design"), LAWS)
def test_risk_against_numpy_chains(regime, design):
    """Each law passes and fails one generation off."""
    sample, law = chain(regime, design), LAWS[regime, design]
    assert np.abs(z_of_mean(sample, law(T, ROWS, DIM, NOISE))).max() < LIMIT
    early = z_of_mean(sample, law(T - 1, ROWS, DIM, NOISE))[:2]
    assert np.abs(early).min() > LIMIT


def test_the_designs_are_told_apart():
    """Fresh inputs stay below the fixed-design formulas, and the chains see it."""
    for regime, law in (("accumulate", accumulate_risk), ("multiple", replace_multiple_risk)):
        sample = chain(regime, "fresh", seed=1, seeds=20_000)
        assert z_of_mean(sample, law(T, ROWS, DIM, NOISE))[2:].max() < -LIMIT
        assert (law(T, ROWS, DIM)[1:] > law(T, ROWS, DIM, design="fresh")[1:]).all()


@pytest.mark.parametrize("design", ["fixed", "fresh"])
def test_spread_of_the_risk(design):
    """Variance over seeds under replace, in standard errors of the squared gap."""
    sample = chain("replace", design, seed=2, seeds=30_000)
    mean = replace_risk(T, ROWS, DIM, NOISE)
    fixed = fixed_design_spread(T, ROWS, DIM, NOISE)
    law, other = fixed, replace_spread(T, ROWS, DIM, NOISE)
    if design == "fresh":
        law, other = other, law
    squares = (sample - mean) ** 2
    assert np.abs(z_of_mean(squares, law**2)).max() < LIMIT
    assert np.abs(z_of_mean(squares, other**2))[2:].min() > LIMIT


def test_risk_of_a_fixed_design_is_an_f_distribution():
    """Not only its moments: at t = 3, by Kolmogorov and Smirnov."""
    sample = chain("replace", "fixed", seed=3)[:, 2]
    scale = 3 * NOISE**2 * DIM / (ROWS - DIM + 1)
    law = stats.f(DIM, ROWS - DIM + 1, scale=scale)
    assert stats.kstest(sample, law.cdf).pvalue > 1e-5
    assert stats.kstest(sample, stats.f(DIM, ROWS - DIM + 1, scale=scale * 4 / 3).cdf).pvalue < 1e-9


def test_risk_given_a_design():
    """Mean over labels for one design with a covariance of its own, and over designs."""
    rng = np.random.default_rng(4)
    spread = np.array([3.0, 1.0, 0.2])
    design = rng.normal(size=(ROWS, DIM)) * np.sqrt(spread)
    errors = NOISE * rng.normal(size=(20_000, ROWS))
    risks = ((errors @ np.linalg.pinv(design).T) ** 2 * spread).sum(1)
    law = risk_given_design(design, NOISE, np.diag(spread))
    assert abs(z_of_mean(risks, law)) < LIMIT
    assert abs(z_of_mean(risks, risk_given_design(design, NOISE))) > LIMIT
    many = [risk_given_design(rng.normal(size=(ROWS, DIM)), NOISE) for _ in range(4_000)]
    assert abs(z_of_mean(many, fit_risk(ROWS, DIM, NOISE))) < LIMIT
    assert abs(z_of_mean(many, fit_risk(ROWS + 1, DIM, NOISE))) > LIMIT


def test_reference_values():
    """Dimension 8, 40 rows: one fit 8 / 31; partial sums of 1 / k^2 and their limit."""
    one = fit_risk(40, 8)
    assert one == pytest.approx(0.258065, abs=5e-7)
    sums = accumulate_risk(np.array([0, 1, 2, 3, 5, 10, 100]), 40, 8) / one
    np.testing.assert_allclose(
        sums, [0, 1, 1.25, 1.361111, 1.463611, 1.549768, 1.634984], atol=5e-7
    )
    far = accumulate_risk(np.array([100_000]), 40, 8)[0]
    assert far == pytest.approx(accumulate_limit(40, 8), rel=2e-5)
    assert far < accumulate_limit(40, 8)
    with pytest.raises(ValueError, match="too few"):
        fit_risk(9, 8)


@pytest.mark.parametrize("design", ["fixed", "fresh"])
@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_minimum_norm_chains(design, noise):
    """5 rows in 8 dimensions by numpy's pseudo-inverse; noiseless labels collapse all the same."""
    rng = np.random.default_rng(5)
    dim, rows, seeds = 8, 5, 4_000
    truth = np.arange(dim) / 4
    w, x, risks = np.tile(truth, (seeds, 1)), None, []
    for _ in T:
        x = rng.normal(size=(seeds, rows, dim)) if x is None or design == "fresh" else x
        y = np.einsum("sni,si->sn", x, w) + noise * rng.normal(size=(seeds, rows))
        w = np.einsum("sin,sn->si", np.linalg.pinv(x), y)
        risks.append(((w - truth) ** 2).sum(1))
    sample, strength = np.stack(risks, 1), truth @ truth
    law = minimum_norm_risk(T, rows, dim, strength, noise, design)
    assert np.abs(z_of_mean(sample, law)).max() < LIMIT
    other = "fresh" if design == "fixed" else "fixed"
    wrong = minimum_norm_risk(T, rows, dim, strength, noise, other)
    assert np.abs(z_of_mean(sample, wrong))[1:].min() > LIMIT
    assert minimum_norm_risk(0, rows, dim) == 0


@pytest.mark.parametrize(("real", "synthetic", "dim"), [(7, 5, 3), (2, 9, 4), (6, 6, 1)])
def test_what_a_mixture_carries_over(real, synthetic, dim):
    """Exact at small sizes, where the leading terms are off; noiseless labels."""
    rng = np.random.default_rng(6)
    gap = np.ones(dim)
    a = rng.normal(size=(30_000, real, dim))
    b = rng.normal(size=(30_000, synthetic, dim))
    gram = np.einsum("sni,snj->sij", b, b)
    whole = gram + np.einsum("sni,snj->sij", a, a)
    risks = (np.linalg.solve(whole, (gram @ gap)[..., None])[..., 0] ** 2).sum(1)
    law = mixed_risk(real, synthetic, dim, dim, 0.0)
    assert abs(z_of_mean(risks, law)) < LIMIT
    p, n = synthetic / (real + synthetic), real + synthetic
    if dim > 1:
        leading = dim * (p**2 + p * (1 - p) * (dim + 1) / n)
        assert abs(z_of_mean(risks, leading)) > LIMIT


def test_a_mixture_levels_off_and_has_its_ends():
    """p^2 c^2 however many rows; all real carries nothing, all synthetic everything."""
    assert carried_share(0, 20, 3) == pytest.approx(1)
    assert carried_share(20, 0, 3) == 0
    assert carried_share(900_000, 100_000, 5) == pytest.approx(0.01, rel=1e-3)
    leading = 0.25 + 0.25 * 6 / 2000
    assert carried_share(1000, 1000, 5) == pytest.approx(leading, rel=1e-4)


def test_fresh_mix_against_numpy_chains():
    sample = chain("mix", "fresh", seed=7, seeds=8_000, real=5)
    law = fresh_mix_risk(T, 5, ROWS - 5, DIM, NOISE)
    assert np.abs(z_of_mean(sample, law)).max() < LIMIT
    assert abs(z_of_mean(sample, fresh_mix_risk(T, 6, ROWS - 6, DIM, NOISE))[-1]) > LIMIT
    np.testing.assert_allclose(fresh_mix_risk(T, 0, ROWS, DIM), replace_risk(T, ROWS, DIM))


# Ridge


def test_ridge_limit_solves_its_equation():
    for rows, dim, penalty in ((20, 10, 0.3), (10, 20, 0.3), (30, 5, 0.0)):
        kappa, ratio = effective_penalty(rows, dim, penalty), dim / rows
        assert kappa * (1 + kappa) == pytest.approx(penalty * (1 + kappa) + kappa * ratio)


@pytest.mark.parametrize(("rows", "dim"), [(20, 10), (10, 20), (40, 3)])
def test_ridge_limit_is_the_uncorrected_integral(rows, dim):
    """The closed form in kappa and the Marchenko-Pastur integrals are the same numbers."""
    penalty, ratio = 0.3, dim / rows
    parts = [
        spectral_mean(f, rows, dim, corrected=False)
        for f in (
            lambda x: (penalty / (x + penalty)) ** 2,
            lambda x: ratio * x / (x + penalty) ** 2,
            lambda x: (x / (x + penalty)) ** 2,
        )
    ]
    limit = ridge_limit(rows, dim, penalty, 2.0, 0.5, 0.8)
    assert limit == pytest.approx(np.dot(parts, [2.0, 0.25, 0.8]), rel=1e-9)


def test_ridge_limit_without_a_penalty_is_least_squares():
    """phi / (1 - phi), Dohmatob et al. (2024), eq. of Theorem 4.1; what the model is off by
    passes through whole."""
    assert ridge_limit(40, 10, 0.0, 5.0, 1.0, 0.7) == pytest.approx(1 / 3 + 0.7)
    many = ridge_limit(40_000, 8_000, 0.0)
    assert many == pytest.approx(fit_risk(40_000, 8_000), rel=1e-3)


def test_marchenko_and_pastur_by_quadrature():
    """The first moments of the law are 1 and 1 + y; a singular matrix has its atom at 0."""
    for rows, dim in ((30, 10), (10, 30)):
        assert spectral_mean(lambda x: x, rows, dim, False) == pytest.approx(1)
        assert spectral_mean(lambda x: x**2, rows, dim, False) == pytest.approx(1 + dim / rows)
        # E tr G^2 / d = 1 + (d + 1) / n exactly: the correction is all there is.
        exact = 1 + (dim + 1) / rows
        assert spectral_mean(lambda x: x**2, rows, dim) == pytest.approx(exact)


def test_ridge_correction_has_second_order_error():
    """One dimension by quadrature of chi-squares; then errors of the correction fall fourfold as
    the sizes double, and those of the limit twofold."""
    rows, penalty = 30, 0.4
    law = stats.chi2(rows, scale=1 / rows)
    exact = integrate.quad(lambda x: (penalty / (x + penalty)) ** 2 * law.pdf(x), 0, np.inf)[0]
    found = spectral_mean(lambda x: (penalty / (x + penalty)) ** 2, rows, 1)
    assert found == pytest.approx(exact, rel=0.003)
    rng = np.random.default_rng(8)
    errors = []
    for dim, seeds in ((3, 100_000), (6, 60_000)):
        x = rng.normal(size=(seeds, 2 * dim, dim))
        values = np.linalg.eigvalsh(np.einsum("sni,snj->sij", x, x) / (2 * dim))
        sample = ((penalty / (values + penalty)) ** 2).mean(1)
        law = [
            spectral_mean(lambda x: (penalty / (x + penalty)) ** 2, 2 * dim, dim, corrected)
            for corrected in (True, False)
        ]
        errors.append(np.array(law) - sample.mean())
    first, second = np.abs(errors[0] / errors[1])
    assert 2.4 < first < 8
    assert 1.6 < second < 2.4


def test_ridge_risk_against_numpy_chains():
    """A chain of two least-squares fits, then ridge; the limit alone is seen to be off."""
    rng = np.random.default_rng(9)
    dim, rows, seeds, penalty, noise = 6, 15, 20_000, 0.5, 0.6
    truth = np.ones(dim)
    w = np.tile(truth, (seeds, 1))
    for _ in range(2):
        x = rng.normal(size=(seeds, 12, dim))
        w = fit(x, label(rng, x, w))
    x = rng.normal(size=(seeds, rows, dim))
    y = np.einsum("sni,si->sn", x, w) + noise * rng.normal(size=(seeds, rows))
    gram = np.einsum("sni,snj->sij", x, x) / rows + penalty * np.eye(dim)
    v = np.linalg.solve(gram, (np.einsum("sni,sn->si", x, y) / rows)[..., None])[..., 0]
    sample = ((v - truth) ** 2).sum(1)
    upstream = float(replace_risk(2, 12, dim, NOISE))
    law = ridge_risk(rows, dim, penalty, dim, noise, upstream)
    error = 3 / dim**2 * law / 10
    standard = sample.std() / np.sqrt(seeds)
    assert abs(sample.mean() - law) < LIMIT * standard + error
    assert abs(sample.mean() - ridge_limit(rows, dim, penalty, dim, noise, upstream)) > 2 * error
    late = ridge_risk(rows, dim, penalty, dim, noise, upstream * 1.5)
    assert abs(sample.mean() - late) > LIMIT * standard + error
