"""Distances from the truth against brute force, and what a judge's measure says of a generation."""

import itertools
import math
from collections import Counter, defaultdict

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from collapse import (
    Arm,
    Categorical,
    Divergence,
    Empirical,
    Gaussian,
    GoldReward,
    Grammar,
    HeldOutLogDensity,
    Judged,
    KeepAll,
    MaximumLikelihood,
    Moments,
    NGram,
    Perplexity,
    Plain,
    Replace,
    SupportCoverage,
    TableReward,
    TailMass,
    TotalVariation,
    UserError,
    Verdict,
    Wasserstein,
    zipf,
)
from collapse.loop.prepare import prepare
from collapse.measures.fidelity import tail_bound
from collapse.types import Batch, Pool, View
from tests.shared import slots

LIMIT = 4.5


def view_of(rows, model, truth, n=None, mass=None, exact=False):
    m = len(rows)
    mass = jnp.ones(m) if mass is None else jnp.asarray(mass, float)
    kind = "support" if exact else "items"
    batch = Batch(jnp.asarray(rows), mass, jnp.zeros(m, jnp.int32), kind)
    return View(batch, model, None, truth, jnp.array(1), n or m)


@eqx.filter_jit
def measured(measure, view):
    return measure.measure(jax.random.key(0), view)


def numbers(measure, view):
    curves = measured(measure, view)
    assert curves.keys() == type(measure).curves.keys()
    return {name: float(x) for name, x in curves.items()}


# Coverage


TEMPLATES = [
    (2.0, [{1: 1.0, 2: 1.0}, {3: 1.0, 4: 3.0}]),
    (1.0, [{3: 1.0}, {1: 1.0}, {1: 1.0, 2: 1.0}]),
]


def test_coverage_of_a_categorical():
    """Distinct outcomes found over all, and the share of the output that is possible at all."""
    truth = Categorical(np.array([0.5, 0.25, 0.25, 0.0, 0.0]))
    found = numbers(SupportCoverage(), view_of([0, 0, 1, 3, 4, 3, 2, 2], truth, truth, n=6))
    assert found["support_coverage"] == pytest.approx(2 / 3)
    assert found["valid"] == pytest.approx(3 / 6)


def test_coverage_of_a_grammar():
    """By sets of tuples: rows outside the grammar neither cover nor are valid."""
    truth = Grammar.of(TEMPLATES, 5)
    possible = {(*words, 0, 0) for words in itertools.product((1, 2), (3, 4))}
    possible |= {(3, 1, 1, 0), (3, 1, 2, 0)}
    rng = np.random.default_rng(0)
    rows = np.array([*rng.permutation(sorted(possible)), *rng.integers(0, 5, (20, 4))], np.int32)
    rows = rng.permutation(np.repeat(rows[2:], 3, axis=0))
    said = set(map(tuple, rows.tolist()))
    found = numbers(SupportCoverage(), view_of(rows, truth, truth))
    assert found["support_coverage"] == pytest.approx(len(said & possible) / len(possible))
    assert found["valid"] == pytest.approx(np.mean([tuple(r) in possible for r in rows.tolist()]))
    assert 0 < found["support_coverage"] < 1
    fewer = numbers(SupportCoverage(), view_of(np.repeat(rows[:1], 5, axis=0), truth, truth))
    assert fewer["support_coverage"] < found["support_coverage"]


def test_coverage_of_a_corpus():
    corpus = np.array([[1, 2, 0], [1, 2, 0], [2, 0, 0], [3, 3, 3]], np.int32)
    truth = Empirical.of(corpus, 4)
    rows = np.array([[1, 2, 0], [1, 2, 0], [3, 3, 3], [3, 3, 1], [0, 0, 0]], np.int32)
    found = numbers(SupportCoverage(), view_of(rows, truth, truth))
    assert found["support_coverage"] == pytest.approx(2 / 3)
    assert found["valid"] == pytest.approx(3 / 5)


def test_coverage_of_an_exact_batch():
    """Outcomes of mass 0 are not said."""
    truth = Categorical(np.full(4, 0.25))
    mass = [0.5, 0.5, 0, 0]
    found = numbers(SupportCoverage(), view_of(range(4), truth, truth, n=1, mass=mass, exact=True))
    assert found == {"support_coverage": 0.5, "valid": 1.0}


# Tail


def test_tail_mass_is_the_share_of_unlikely_output():
    """Rows whose probability is at most that of the outcome at which a tenth is filled from
    below; impossible rows are in no tail."""
    p = np.array([0.4, 0.3, 0.2, 0.06, 0.04, 0.0])
    truth = Categorical(p)
    measure = TailMass(0.08, bound=tail_bound(truth, 0.08))
    assert float(measure.bound) == pytest.approx(np.log(0.06), rel=1e-5)
    rows = [0, 1, 2, 3, 4, 5, 3, 4, 0, 1]
    assert numbers(measure, view_of(rows, truth, truth))["tail_mass"] == pytest.approx(0.4)
    assert numbers(measure, view_of(rows, truth, truth, n=4))["tail_mass"] == pytest.approx(0.25)
    assert numbers(measure, view_of([0, 1, 2], truth, truth))["tail_mass"] == 0


def test_tail_of_the_truth_holds_its_share():
    """Where no outcome is heavy, the truth's own tail mass is ``share``, up to the sampling error
    of the 20,000 draws that find the bound."""
    truth = zipf(2000, 0.5)
    p = np.asarray(truth.p, float)
    for share in (0.1, 0.3):
        bound = float(tail_bound(truth, share))
        mass = p[np.log(p) <= bound + 1e-6].sum()
        assert abs(mass - share) / np.sqrt(share * (1 - share) / 20_000) < LIMIT


@pytest.mark.parametrize("size", [3, 7, 49])
def test_uniform_truth_is_all_tail(size):
    """Ties at the bound belong to the tail."""
    truth = Categorical(np.full(size, 1 / size))
    measure = TailMass(0.1, bound=tail_bound(truth, 0.1))
    assert numbers(measure, view_of(range(size), truth, truth))["tail_mass"] == 1


def test_tail_mass_of_a_gaussian():
    """The least likely tenth of a normal law lies beyond 1.645 standard deviations."""
    truth = Gaussian(0.0, 1.0)
    measure = TailMass(0.1, bound=tail_bound(truth, 0.1))
    edge = stats.norm.ppf(0.95)
    density = stats.norm.pdf(edge)
    # A quantile's standard error over its density: here in log-density, d ln f = edge dx.
    se = math.sqrt(0.1 * 0.9 / 20_000) / (2 * density) * edge
    assert abs(float(measure.bound) - stats.norm.logpdf(edge)) / se < LIMIT
    rows = jnp.array([[0.0], [1.5], [-1.8], [3.0]])
    assert numbers(measure, view_of(rows, truth, truth))["tail_mass"] == 0.5


# Distances


def test_categorical_distances_are_scipys():
    rng = np.random.default_rng(3)
    p, q = rng.dirichlet(np.ones(12), 2)
    view = view_of([0], Categorical(p), Categorical(q))
    found = numbers(Divergence(), view)
    assert found["kl_model_truth"] == pytest.approx(stats.entropy(p, q), rel=1e-5)
    assert found["kl_truth_model"] == pytest.approx(stats.entropy(q, p), rel=1e-5)
    assert found["kl_model_truth"] != pytest.approx(found["kl_truth_model"], rel=1e-2)
    total = numbers(TotalVariation(), view)["total_variation"]
    assert total == pytest.approx(np.abs(p - q).sum() / 2, rel=1e-5)


def test_a_lost_outcome_shows():
    """KL(truth || model) is infinite, KL(model || truth) is -ln of what is left, and total
    variation is what is lost."""
    q = np.array([0.5, 0.3, 0.2])
    p = np.array([0.5, 0.3, 0.0]) / 0.8
    view = view_of([0], Categorical(p), Categorical(q))
    found = numbers(Divergence(), view)
    assert found["kl_truth_model"] == np.inf
    assert found["kl_model_truth"] == pytest.approx(-np.log(0.8), rel=1e-5)
    assert numbers(TotalVariation(), view)["total_variation"] == pytest.approx(0.2, rel=1e-5)


def test_gaussian_measures_in_closed_form():
    """One dimension by hand: KL both ways, W2, moments."""
    view = view_of(jnp.zeros((2, 1)), Gaussian(1.0, 4.0), Gaussian(3.0, 9.0))
    found = numbers(Divergence(), view)
    there = math.log(3 / 2) + (4 + 4) / 18 - 0.5
    back = math.log(2 / 3) + (9 + 4) / 8 - 0.5
    assert found["kl_model_truth"] == pytest.approx(there, rel=1e-5)
    assert found["kl_truth_model"] == pytest.approx(back, rel=1e-5)
    assert numbers(Wasserstein(), view)["w2"] == pytest.approx(math.sqrt(4 + 1), rel=1e-6)
    moments = numbers(Moments(), view)
    assert moments == {
        "mean_shift": pytest.approx(2),
        "variance": pytest.approx(4),
        "log_variance": pytest.approx(math.log(4)),
    }


def test_moments_in_space():
    """The distance of the means, and the mean of the diagonal."""
    model = Gaussian(np.array([1.0, 2.0]), np.array([[2.0, 0.9], [0.9, 6.0]]))
    found = numbers(Moments(), view_of(jnp.zeros((2, 2)), model, Gaussian(np.zeros(2), np.eye(2))))
    assert found["mean_shift"] == pytest.approx(math.sqrt(5))
    assert found["variance"] == pytest.approx(4)
    assert found["log_variance"] == pytest.approx(math.log(4))


# Perplexity


def bigram_surprise(rows, held, size, smoothing):
    """(nats, tokens) of held-out rows under a dictionary of Counters; unseen contexts back off
    to all tokens."""
    table = defaultdict(Counter)
    for row in rows:
        before = size
        for token in row:
            table[before][token] += 1
            table[None][token] += 1
            before = token
            if token == 0:
                break
    nats, tokens = 0.0, 0
    for row in held:
        before = size
        for token in row:
            counts = table[before] or table[None]
            nats -= math.log((counts[token] + smoothing) / (counts.total() + smoothing * size))
            tokens, before = tokens + 1, token
            if token == 0:
                break
    return nats, tokens


def test_perplexity_is_per_token():
    """exp of the mean surprise per token, end symbols included, by brute force."""
    rng = np.random.default_rng(5)
    rows, held = rng.integers(0, 6, (40, 5)), rng.integers(0, 8, (15, 5))
    for x in (rows, held):
        x[np.cumsum(x == 0, 1) > 0] = 0
    model = NGram(8, order=2, smoothing=0.1, rows=jnp.asarray(rows, jnp.int32), weight=jnp.ones(40))
    measure = Perplexity(jnp.asarray(held, jnp.int32))
    truth = Empirical.of(rows, 8)
    found = numbers(measure, view_of(rows, model, truth))["perplexity"]
    nats, tokens = bigram_surprise(rows.tolist(), held.tolist(), 8, 0.1)
    assert found == pytest.approx(math.exp(nats / tokens), rel=1e-4)
    of = numbers(measure, view_of(rows, model, truth))["cross_entropy"]
    assert of == pytest.approx(nats / tokens, rel=1e-4)
    assert found != pytest.approx(math.exp(nats / (tokens - 15)), rel=1e-2)
    # A truth that cannot say them, as at generation 0 of a corpus.
    assert numbers(measure, view_of(rows, truth, truth))["perplexity"] == np.inf


# Judged


def judged_view(mass, reward, weight, fresh_mass, fresh_weight):
    one, zero = jnp.ones(len(fresh_mass)), jnp.zeros(len(fresh_mass), jnp.int32)
    fresh_mass, fresh_weight = jnp.asarray(fresh_mass, float), jnp.asarray(fresh_weight, float)
    fresh = Pool(zero, fresh_mass, fresh_weight, one, zero, zero, {})
    verdict = Verdict(jnp.asarray(weight, float), jnp.asarray(reward, float))
    m = len(mass)
    batch = Batch(jnp.zeros(m, jnp.int32), jnp.asarray(mass, float), jnp.zeros(m, jnp.int32))
    model = Categorical(np.array([0.5, 0.5]))
    return View(batch, model, None, model, jnp.array(1), 2, verdict=verdict, fresh=fresh)


def test_held_out_log_density_of_points():
    """The mean of scipy's log-densities; and, over 50,000 draws of the truth, -H - KL."""
    mean, cov = np.array([0.3, -1.0]), np.array([[1.5, 0.4], [0.4, 0.5]])
    truth, model = Gaussian(np.zeros(2), np.diag([2.0, 1.0])), Gaussian(mean, cov)
    held = np.random.default_rng(0).normal(size=(40, 2))
    found = numbers(HeldOutLogDensity(held_out=jnp.asarray(held)), view_of(held, model, truth))
    law = stats.multivariate_normal(mean, cov).logpdf(held).mean()
    assert found["held_out_log_density"] == pytest.approx(law, rel=5e-7)
    arm = Arm(
        truth=truth,
        model=model,
        judge=KeepAll(),
        regime=Replace(),
        learner=MaximumLikelihood(),
        sampler=Plain(),
        n=10,
    )
    drawn = HeldOutLogDensity(size=50_000).bind(arm)
    entropy = 0.5 * np.log(2.0) + 1 + np.log(2 * np.pi)
    density = np.asarray(model.log_prob(drawn.held_out), float)
    mean_law = -entropy - float(truth.kl(model))
    error = density.std() / np.sqrt(len(density))
    assert abs(density.mean() - mean_law) / error < LIMIT
    assert abs(density.mean() + entropy) / error > LIMIT  # what the truth itself would have


def test_held_out_log_density_of_what_cannot_be_said():
    """Minus infinity under a point mass; the shape of the items and their number are told."""
    truth = Gaussian(0.0, 1.0)
    point = Gaussian(0.0, 0.0)
    measure = HeldOutLogDensity(held_out=jnp.array([[0.0], [1.0]]))
    assert numbers(measure, view_of(np.zeros((2, 1)), point, truth))["held_out_log_density"] == (
        -math.inf
    )
    parts = (KeepAll(), Replace(), MaximumLikelihood(), Plain())
    with pytest.raises(UserError, match=r"items of shape \(2,\), and the truth draws \(1,\)"):
        prepare(Arm(**slots(truth, truth, *parts, (HeldOutLogDensity(held_out=np.zeros((3, 2))),))))
    with pytest.raises(UserError, match="size must be at least 1"):
        prepare(Arm(**slots(truth, truth, *parts, (HeldOutLogDensity(size=0),))))


def test_judged_numbers_by_hand():
    """Rewards and share over all candidates; Kish's size over the rows that are trained on."""
    reward, weight = np.array([1.0, 2.0, 4.0, -3.0]), np.array([1.0, 0.5, 0.25, 0.0])
    fresh = np.array([1.0, 0.5])
    found = numbers(Judged(), judged_view(np.ones(4), reward, weight, np.ones(2), fresh))
    assert found["reward_mean"] == pytest.approx(reward.mean())
    assert found["reward_variance"] == pytest.approx(reward.var())
    assert found["share_kept"] == pytest.approx(weight.mean())
    assert found["effective_sample_size"] == pytest.approx(1.5**2 / 1.25)


def test_judged_numbers_of_masses():
    """Rows that stand for several items, or for a probability, count as much."""
    mass = np.array([0.5, 0.25, 0.25])
    reward, weight = np.array([1.0, 2.0, 4.0]), np.array([1.0, 0.0, 0.5])
    found = numbers(Judged(), judged_view(mass, reward, weight, mass, weight))
    mean = np.average(reward, weights=mass)
    assert found["reward_mean"] == pytest.approx(mean)
    assert found["reward_variance"] == pytest.approx(np.average((reward - mean) ** 2, weights=mass))
    assert found["share_kept"] == pytest.approx(0.625)
    count = mass * weight
    square = (mass * weight**2).sum()  # a row of mass m is m items, and not one of weight m
    assert found["effective_sample_size"] == pytest.approx(count.sum() ** 2 / square)


def test_judged_edges():
    """Equal weights: as many effective items as rows. Nothing kept: 0. No reward yet: NaN."""
    one = np.ones(3)
    found = numbers(Judged(), judged_view(one, one * np.nan, one, one, one * 0.3))
    assert found["effective_sample_size"] == pytest.approx(3)
    assert math.isnan(found["reward_mean"])
    found = numbers(Judged(), judged_view(one, one, one * 0, one, one * 0))
    assert found["effective_sample_size"] == 0
    assert found["share_kept"] == 0


def test_a_gold_reward_is_the_mean_over_the_output():
    """Of the first n candidates, whatever the judge does; of a support, by its probabilities."""
    model = Categorical(np.array([0.2, 0.5, 0.3]))
    gold = GoldReward(TableReward(np.array([1.0, -2.0, 4.0])))
    items = jnp.array([0, 1, 1, 2, 2, 2])
    batch = Batch(items, jnp.ones(6), jnp.zeros(6, int))
    found = gold.measure(None, View(batch, model, None, model, jnp.array(1), 4))
    assert float(found["gold_reward"]) == (1 - 2 - 2 + 4) / 4
    rows, mass = model.support()
    exact = Batch(rows, mass, jnp.zeros(3, int), "support")
    found = gold.measure(None, View(exact, model, None, model, jnp.array(1), 4))
    assert float(found["gold_reward"]) == pytest.approx(0.2 - 1.0 + 1.2, rel=1e-5)
