"""The categorical model against numpy, and its chains against the laws of genetic drift."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from collapse import (
    Accumulate,
    Arm,
    Categorical,
    KeepAll,
    MaximumLikelihood,
    Measure,
    ModelDiversity,
    Plain,
    Replace,
    zipf,
)
from collapse.laws.categorical import (
    accumulate_heterozygosity,
    replace_heterozygosity,
    replace_support,
)
from collapse.loop.simulate import run_arm
from collapse.types import Pool
from tests.shared import slots

LIMIT = 4.5
K, N = 50, 100
P = (1 / np.arange(1, K + 1)) / (1 / np.arange(1, K + 1)).sum()
H0 = 1 - (P**2).sum()


class Probabilities(Measure):
    """All probabilities of the model, for laws that no single curve shows."""

    def measure(self, key, view):
        return {"p": view.model.p}


def pool(rows, weight, mass=None):
    one = jnp.ones(len(rows))
    mass = one if mass is None else jnp.asarray(mass, float)
    zero = jnp.zeros(len(rows), jnp.int32)
    return Pool(jnp.asarray(rows), mass, jnp.asarray(weight, float), one, zero, zero, {})


def z_of_mean(sample, law):
    sample = np.asarray(sample, float)
    return (sample.mean(0) - law) / (sample.std(0, ddof=1) / np.sqrt(len(sample)))


# The model alone


def test_fit_is_the_weighted_frequency():
    """bincount with weights = mass times weight, over its sum."""
    rng = np.random.default_rng(0)
    rows, weight, mass = rng.integers(0, 7, 60), rng.uniform(0, 1, 60), rng.integers(1, 4, 60)
    expected = np.bincount(rows, weight * mass, minlength=8)
    fitted = Categorical(np.full(8, 0.125)).fit(None, pool(rows, weight, mass))
    np.testing.assert_allclose(fitted.p, expected / expected.sum(), rtol=1e-5)
    assert fitted.p[7] == 0
    assert int(fitted.support_size) == 7


def test_fit_to_nothing_is_undefined():
    """A pool of weight 0 leaves the old model in place."""
    old = Categorical(np.array([0.25, 0.75]))
    empty = pool(np.array([0, 1]), [0, 0])
    assert not bool(old.defined(empty))
    new, _ = MaximumLikelihood().learn(None, old, empty, None)
    np.testing.assert_array_equal(new.p, old.p)


def test_samples_have_the_frequencies_and_never_an_outcome_of_probability_0():
    p = np.array([0, 0.3, 0, 0.05, 0.6, 0.05, 0])
    rows = np.asarray(Categorical(p).sample(jax.random.key(0), 100_000))
    counts = np.bincount(rows, minlength=7)
    assert counts[p == 0].sum() == 0
    alive = p > 0
    assert stats.chisquare(counts[alive], p[alive] * len(rows)).pvalue > 1e-5
    off = np.array([0.3, 0.06, 0.59, 0.05])
    assert stats.chisquare(counts[alive], off * len(rows)).pvalue < 1e-9


def test_samples_of_many_outcomes_are_never_impossible():
    """The same with 20,000 outcomes, half of them lost, whose cumulative sum is rounded."""
    rng = np.random.default_rng(0)
    p = rng.uniform(0, 1, 20_000) * (rng.random(20_000) < 0.5)
    draw = jax.jit(lambda key, p: (p[Categorical(p).sample(key, 2_000_000)] == 0).sum())
    assert int(draw(jax.random.key(0), jnp.asarray(p / p.sum()))) == 0


def test_log_prob_kl_and_total_variation_are_scipys():
    rng = np.random.default_rng(1)
    a, b = rng.dirichlet(np.ones(9), 2)
    a[2] = 0
    a /= a.sum()
    first, second = Categorical(a), Categorical(b)
    alive = np.flatnonzero(a)
    np.testing.assert_allclose(first.log_prob(jnp.asarray(alive)), np.log(a[alive]), rtol=1e-5)
    assert float(first.log_prob(jnp.array([2]))[0]) == -np.inf
    np.testing.assert_allclose(first.kl(second), stats.entropy(a, b), rtol=1e-5)
    assert float(second.kl(first)) == np.inf
    assert float(first.kl(first)) == 0
    np.testing.assert_allclose(first.total_variation(second), np.abs(a - b).sum() / 2, rtol=1e-5)


def test_zipf_is_the_power_law():
    for exponent in (1.0, 1.5):
        expected = np.arange(1, 31) ** -exponent
        np.testing.assert_allclose(zipf(30, exponent).p, expected / expected.sum(), rtol=1e-5)


# Chains


def chain(n, generations, seeds, regime, key):
    arm = Arm(
        truth=Categorical(P),
        model=Categorical(P),
        judge=KeepAll(),
        regime=regime,
        learner=MaximumLikelihood(),
        sampler=Plain(),
        measures=(ModelDiversity(), Probabilities()),
        n=n,
        generations=generations,
    )
    curves = run_arm(jax.random.key(key), arm, seeds)["curves"]
    return {name: np.asarray(curve, float) for name, curve in curves.items()}


@pytest.fixture(scope="module")
def replaced():
    """50 outcomes p ~ 1/i, 100 items a generation, 30 generations, 2,000 seeds."""
    return chain(N, 30, 2_000, Replace(), 0)


@pytest.fixture(scope="module")
def accumulated():
    return chain(10, 10, 8_000, Accumulate(), 1)


def test_heterozygosity_decays_by_one_over_n(replaced):
    """E[H_t] = H_0 (1 - 1/N)^t, exact; seen to fail one generation off and for another N."""
    t = np.array([1, 2, 5, 15, 30])
    sample = replaced["model_gini"][:, t]
    assert np.abs(z_of_mean(sample, replace_heterozygosity(t, N, H0))).max() < LIMIT
    assert np.abs(z_of_mean(sample[:, :3], replace_heterozygosity(t[:3] - 1, N, H0))).min() > LIMIT
    assert np.abs(z_of_mean(sample, replace_heterozygosity(t, N // 2, H0))).min() > 2 * LIMIT


def test_probabilities_are_a_martingale(replaced):
    """E[p_t] = p_0 outcome by outcome, and Var[p_t] = p (1 - p) (1 - (1 - 1/N)^t)."""
    for t in (1, 10, 30):
        sample = replaced["p"][:, t]
        assert np.abs(z_of_mean(sample, P)).max() < LIMIT
        variance = P * (1 - P) * (1 - (1 - 1 / N) ** t)
        assert np.abs(z_of_mean((sample - P) ** 2, variance)[:10]).max() < LIMIT
        late = P * (1 - P) * (1 - (1 - 1 / N) ** (2 * t))
        assert np.abs(z_of_mean((sample - P) ** 2, late)[:5]).max() > LIMIT


def test_expected_support_is_the_markov_chain(replaced):
    """Outcomes left: the exact transition matrix; fails one generation off and without skew."""
    law = replace_support(P, N, 31)
    t = np.array([1, 2, 5, 30])
    sample = replaced["model_support"][:, t]
    assert np.abs(z_of_mean(sample, law[t])).max() < LIMIT
    assert np.abs(z_of_mean(sample[:, :3], law[t[:3] + 1])).min() > 2 * LIMIT
    uniform = replace_support(np.full(K, 1 / K), N, 30)
    assert np.abs(z_of_mean(sample, uniform[t])).min() > 2 * LIMIT
    assert (replaced["model_support"][:, 0] == K).all()
    assert (np.diff(replaced["model_support"], axis=1) <= 0).all()


def test_model_curves_are_those_of_its_probabilities(replaced):
    """model_entropy and model_gini recomputed from the recorded p by scipy and numpy."""
    p = replaced["p"][:20]
    np.testing.assert_allclose(replaced["model_entropy"][:20], stats.entropy(p, axis=2), rtol=1e-4)
    np.testing.assert_allclose(replaced["model_gini"][:20], 1 - (p**2).sum(2), rtol=1e-5)
    np.testing.assert_array_equal(replaced["model_support"][:20], (p > 0).sum(2))


def test_accumulated_heterozygosity_is_a_polya_urn(accumulated):
    """E[H_t] = H_0 prod_k (1 - 1 / (n k^2)): most is lost in the first fit."""
    t = np.array([1, 2, 5, 10])
    sample = accumulated["model_gini"][:, t]
    assert np.abs(z_of_mean(sample, accumulate_heterozygosity(t, 10, H0))).max() < LIMIT
    early = accumulate_heterozygosity(t[:2] - 1, 10, H0)
    assert np.abs(z_of_mean(sample[:, :2], early)).min() > LIMIT
    replace = replace_heterozygosity(t[1:], 10, H0)
    assert np.abs(z_of_mean(sample[:, 1:], replace)).min() > 2 * LIMIT


def test_accumulated_outcomes_are_never_lost(accumulated):
    """The pool keeps every row: the support of the first fit stays."""
    support = accumulated["model_support"][:, 1:]
    assert (np.diff(support, axis=1) == 0).all()


@pytest.mark.slow
def test_rows_stand_for_their_distribution():
    """A model fitted to whole rows keeps them: the same p, entropy, support and heterozygosity
    as from a table, and the same law of draws; empty slots behind the filled ones do not count."""
    from collapse.models.distributions.categorical import Resampled
    from collapse.types import REAL, Pool

    rows = jnp.array([3, 0, 3, 1, 3, 9, 9, 9], jnp.int32)
    weight = (jnp.arange(8) < 5).astype(float)
    zero = jnp.zeros(8, jnp.int32)
    pool = Pool(rows, jnp.ones(8), weight, 0 * weight, zero + REAL, zero, {})
    key = jax.random.key(0)
    start = jnp.full(10, 0.1)
    table, kept = (Categorical(start, keeps_rows=keeps).fit(key, pool) for keeps in (False, True))
    assert isinstance(kept, Resampled)
    np.testing.assert_allclose(kept.p, table.p, rtol=1e-6)
    for mine, its in zip(kept.diversity(), table.diversity(), strict=True):
        assert float(mine) == pytest.approx(float(its), rel=1e-5)
    drawn = np.asarray(kept.sample(key, 50_000))
    share = np.bincount(drawn, minlength=10) / len(drawn)
    p = np.asarray(table.p, float)
    z = (share - p) / np.sqrt(np.maximum(p * (1 - p), 1e-12) / len(drawn))
    assert np.abs(z).max() < 4.5
    again = kept.fit(key, pool)
    assert jax.tree.structure(again) == jax.tree.structure(kept)


def test_rows_are_kept_only_where_every_slot_is_filled():
    import collapse
    from collapse.loop.prepare import prepare

    def arm(judge, regime):
        truth = Categorical(jnp.full(10, 0.1))
        parts = (collapse.MaximumLikelihood(), collapse.Plain())
        measures = (collapse.ItemDiversity(),)
        return collapse.Arm(**slots(truth, truth, judge, regime, *parts), measures=measures, n=20)

    keep, part = collapse.KeepAll(), collapse.Threshold(expected=0.5)
    for judge, regime, keeps in (
        (keep, collapse.Replace(), True),
        (keep, collapse.Accumulate(), True),
        (part, collapse.Accumulate(), False),
        (keep, collapse.WeightedFreshMix(0.5, weight=0.5), False),
    ):
        assert prepare(arm(judge, regime), checked=False).model.keeps_rows is keeps
