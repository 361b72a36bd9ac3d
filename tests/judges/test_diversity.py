"""Judges of whole groups against brute force, and against laws a little wrong."""

from itertools import combinations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import collapse
from collapse import DPP, MMR, Categorical, SharedReward, TableReward
from collapse.judges.diversity import alike
from collapse.loop.prepare import prepare
from collapse.loop.simulate import run_arm
from collapse.types import Batch, View
from tests.shared import slots

P = np.array([0.5, 0.3, 0.15, 0.05])
VALUES = np.array([1.0, 2.0, 0.5, 1.5])
RNG = np.random.default_rng(0)


def view_of(items, group):
    m = len(items)
    batch = Batch(jnp.asarray(items), jnp.ones(m), jnp.zeros(m, jnp.int32))
    return View(batch, Categorical(P), None, None, jnp.array(1), m, group)


class First(collapse.Reward):
    def score(self, key, view):
        return view.items[:, 0]


def kept_by(judge, items, key=0):
    weight = judge.judge(jax.random.key(key), view_of(items, judge.group))[0].weight
    return np.asarray(weight).reshape(-1, judge.group) > 0


def similarity(points):
    return np.exp(-((points[:, None] - points[None]) ** 2).sum(-1) / 2)


def greedy(points, keep, trade):
    """The definition, one candidate after another."""
    similar, kept = similarity(points), []
    for _ in range(keep):
        left = [i for i in range(len(points)) if i not in kept]
        nearest = [max((similar[i, j] for j in kept), default=0.0) for i in left]
        value = [trade * points[i, 0] - (1 - trade) * s for i, s in zip(left, nearest, strict=True)]
        kept.append(left[int(np.argmax(value))])
    return sorted(kept)


@pytest.mark.parametrize("trade", [0.0, 0.3, 1.0])
def test_mmr_is_its_definition(trade):
    points = RNG.normal(size=(40, 6, 2)).astype(np.float32)
    found = kept_by(MMR(First(), k=6, keep=3, trade=trade), points.reshape(-1, 2))
    law = [greedy(group, 3, trade) for group in points]
    assert [list(np.flatnonzero(group)) for group in found] == law
    best = np.sort(np.argsort(-points[:, :, 0], axis=1)[:, :3], axis=1)
    assert (np.array(law) == best).all() == (trade == 1)


def test_a_dpp_keeps_sets_by_their_determinants():
    """Frequencies of all pairs of four against det L_S by enumeration; other qualities or
    similarities are told apart."""
    points, times = np.array([[0.0, 0.0], [0.3, 0.2], [1.5, 0.0], [-0.5, 1.0]]), 20_000
    pairs = list(combinations(range(4), 2))

    def law(strength, similar):
        quality = np.exp(strength * points[:, 0])
        kernel = quality[:, None] * quality * similar
        det = np.array([np.linalg.det(kernel[np.ix_(pair, pair)]) for pair in pairs])
        return det / det.sum()

    found = kept_by(DPP(First(), k=4, keep=2, strength=0.7), np.tile(points, (times, 1)))
    counts = np.array([(found[:, list(pair)].all(1)).sum() for pair in pairs])
    assert counts.sum() == times
    pvalue = lambda p: stats.chisquare(counts, times * p).pvalue  # noqa: E731
    assert pvalue(law(0.7, similarity(points))) > 1e-4
    assert pvalue(law(0.6, similarity(points))) < 1e-4
    assert pvalue(law(0.7, np.eye(4))) < 1e-4


@pytest.mark.slow
def test_the_same_thing_is_kept_twice_only_where_nothing_else_is_left():
    groups = np.array([[0, 0, 0, 1], [2, 2, 2, 2]] * 50)
    for judge in (
        DPP(TableReward(VALUES), k=4, keep=2),
        MMR(TableReward(VALUES), k=4, keep=2, trade=0.1),
    ):
        found = kept_by(judge, groups.ravel())
        assert (found.sum(1) == 2).all()
        assert found[::2, 3].all()


def test_similarity_of_tokens_and_outcomes():
    rows = jnp.array([[1, 2, 3, 0], [1, 2, 0, 0], [3, 3, 3, 3]])
    expected = np.array([[1, 0.75, 0.25], [0.75, 1, 0], [0.25, 0, 1]])
    np.testing.assert_allclose(alike(rows), expected, atol=1e-6)
    np.testing.assert_allclose(alike(jnp.array([1, 1, 2])), [[1, 1, 0], [1, 1, 0], [0, 0, 1]])


class Shares(collapse.Measure):
    reads = "model"
    curves = {"p": collapse.Curve("probability", 0, 1)}

    def measure(self, key, view):
        return {"p": view.model.p}


def arm(judge, sampler, **fields):
    settings = {"n": 400, "generations": 4, "measures": (Shares(),)} | fields
    parts = Categorical(P), Categorical(P), judge, collapse.Replace()
    return collapse.Arm(**slots(*parts, collapse.MaximumLikelihood(), sampler), **settings)


@pytest.mark.slow
def test_crowded_outcomes_share_what_they_earn():
    """One round takes any distribution to the rewards' own, exactly and by the items."""
    law = VALUES / VALUES.sum()
    judge = SharedReward(TableReward(VALUES))
    exact = run_arm(jax.random.key(0), arm(judge, collapse.Support()), 1)
    np.testing.assert_allclose(exact["curves"]["p"][0, 2:], np.tile(law, (3, 1)), rtol=1e-4)
    soft = arm(judge, collapse.Plain(), candidates=400, generations=2)
    p = run_arm(jax.random.key(0), soft, 500)["curves"]["p"][:, 2]
    error = p.std(0, ddof=1) / np.sqrt(500)
    # With as many candidates as items the weights are soft, and equal to the rewards of what was
    # said at all: nearly every outcome is, of 400 items.
    assert (np.abs(p.mean(0) - law) < 4.5 * error + 1e-4).all()
    assert np.abs(P - law).max() > 0.1


def test_groups_have_no_exact_form():
    for judge in (MMR(TableReward(VALUES)), DPP(TableReward(VALUES))):
        with pytest.raises(collapse.UserError, match="no exact form"):
            prepare(arm(judge, collapse.Support()))


def test_mistakes_are_sentences():
    for judge, sentence in (
        (MMR(k=4, keep=5), "keep must lie in"),
        (MMR(trade=2.0), "trade must lie in"),
        (DPP(k=60, keep=20), "sets per group: lower k or keep"),
    ):
        with pytest.raises(collapse.UserError, match=sentence):
            prepare(arm(judge, collapse.Plain()))


@pytest.mark.slow
def test_a_diverse_judge_keeps_more_alive_than_the_best_of_a_group():
    reward = TableReward(np.log(P))  # likes the typical
    runs = {
        "best": collapse.BestOf(reward, k=4),
        "mmr": MMR(reward, k=4, keep=2, trade=0.2),
        "dpp": DPP(reward, k=4, keep=2, strength=0.5),
    }
    last = {
        name: run_arm(jax.random.key(0), arm(judge, collapse.Plain()), 50)["curves"]["p"]
        for name, judge in runs.items()
    }
    entropy = {k: stats.entropy(x[:, -1], axis=1).mean() for k, x in last.items()}
    assert entropy["mmr"] > entropy["best"] + 0.3
    assert entropy["dpp"] > entropy["best"] + 0.3
