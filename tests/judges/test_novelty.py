"""Novelty against a k-d tree and the cells of a map against counting, and rules a little wrong."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial import cKDTree

import collapse
from collapse import FunctionReward, MapElites, Novelty, Switch, TableReward, TopFraction
from collapse.judges.novelty import level
from collapse.loop.check_judge import try_judge
from collapse.loop.prepare import prepare
from collapse.loop.simulate import run_arm
from collapse.numerics.pytree import replace
from collapse.scenario.load import build
from collapse.scenario.registry import part_named
from collapse.types import Batch, View

RNG = np.random.default_rng(0)


def view_of(items, t=1, mass=None, slots=0):
    m, kind = len(items), "items" if mass is None else "support"
    mass = jnp.ones(m) if mass is None else jnp.asarray(mass)
    batch = Batch(jnp.asarray(items), mass, jnp.zeros(m, jnp.int32), kind)
    return View(batch, None, None, None, jnp.array(t), m, slots=slots)


@eqx.filter_jit
def judged(judge, key, view):
    return judge.judge(key, view)


# Novelty

M, K, SIZE, ADDED = 70, 4, 25, 10


def generations(last):
    """Points that move, so that the archive is another set each time."""
    shift = np.array([0.3, -0.2])
    return [RNG.normal(size=(M, 2)).astype(np.float32) + t * shift for t in range(last)]


def nearest(points, archive, k):
    """(m,) by a k-d tree of population and archive; the first neighbour is the point itself."""
    everyone = np.concatenate([points, archive]) if len(archive) else points
    return cKDTree(everyone).query(points, k + 1)[0][:, 1:].mean(1)


def test_novelty_is_the_distance_to_the_nearest_of_all_so_far():
    """Five generations: a first-in-first-out archive of 25, ten new ones a time, goes round. The
    archive alone, the population alone and one neighbour more are told apart."""
    judge, archive = (
        Novelty(embed=None, width=2, size=SIZE, k=K, added=ADDED, fraction=0.2).bind(None),
        np.zeros((0, 2)),
    )
    for t, points in enumerate(generations(5)):
        law = nearest(points, archive, K)
        verdict, judge = judged(judge, jax.random.key(t), view_of(points))
        np.testing.assert_allclose(verdict.reward, law, rtol=1e-3, atol=1e-5)
        order = np.argsort(-law)
        np.testing.assert_array_equal(np.flatnonzero(verdict.weight), np.sort(order[: M // 5]))
        wrong = [nearest(points, archive, K + 1), nearest(points, np.zeros((0, 2)), K)]
        if len(archive) >= K:
            wrong.append(cKDTree(archive).query(points, K)[0].mean(1))
        for other in wrong[: 1 if t == 0 else 3]:
            assert np.abs(verdict.reward - other).max() > 0.01
        archive = np.concatenate([archive, points[order[:ADDED]]])[-SIZE:]
        held = np.asarray(judge.archive)[: len(archive)]
        np.testing.assert_allclose(np.sort(held, 0), np.sort(archive, 0), rtol=1e-6)
    assert int(judge.joined) == 50


def test_what_the_archive_holds_is_not_new():
    """Points at k archived copies of themselves score 0, and so do outcomes and token rows."""
    rows = np.array([[1, 2, 3, 0], [2, 2, 1, 1], [3, 0, 0, 0]])
    for items in (np.array([[1e3, 0.1], [1e3, 0.2], [1e3, 0.3]], np.float32), np.arange(3), rows):
        judge = Novelty(embed=None, width=8, size=6, k=2, added=3)
        items = jnp.asarray(items)
        for _ in range(2):
            verdict, judge = judged(judge.bind(None), jax.random.key(0), view_of(items))
            assert (verdict.reward > 0).all()
        np.testing.assert_array_equal(judged(judge, jax.random.key(0), view_of(items))[0].reward, 0)


def test_random_additions_are_any_of_the_candidates():
    """Every candidate joins with chance added / m; the most novel no more often than others."""
    points = np.linspace(0, 1, 40)[:, None] ** 3
    judge = Novelty(embed=None, width=1, size=10, k=3, added=10, take="random").bind(None)
    join = lambda key: judge.judge(key, view_of(points))[1].archive[:, 0]  # noqa: E731
    held = np.asarray(jax.jit(jax.vmap(join))(jax.random.split(jax.random.key(0), 2000)))
    share = np.array([(held == np.float32(x)).any(1).mean() for x in points[:, 0]])
    assert (np.abs(share - 0.25) < 4.5 * np.sqrt(0.25 * 0.75 / 2000)).all()
    novel, after = judged(replace(judge, take="novel"), jax.random.key(0), view_of(points))
    assert set(np.asarray(after.archive[:, 0])) == set(
        points[np.argsort(-np.asarray(novel.reward))[:10], 0].astype(np.float32)
    )


def arm(judge, model=None, **fields):
    model = model or collapse.Gaussian(np.zeros(2), np.eye(2))
    return collapse.Arm(
        truth=model,
        model=model,
        judge=judge,
        regime=collapse.Replace(),
        learner=collapse.MaximumLikelihood(),
        sampler=fields.pop("sampler", collapse.Plain()),
        measures=fields.pop("measures", ()),
        **({"n": 40, "generations": 3} | fields),
    )


@pytest.mark.slow
def test_the_archive_is_carried_through_a_run():
    """Also inside a schedule of judges, where it rests while another judges; a run cut in two is
    the same run."""
    novelty = Novelty(embed=None, width=2, size=30, k=3, added=5)
    ready = prepare(
        arm(
            Switch((TopFraction(FunctionReward(first), fraction=0.2), novelty), starts=(1, 2)),
            generations=4,
        )
    )
    keys = jax.random.split(jax.random.key(0), 2)
    number = lambda x: jnp.array(x, jnp.int32)  # noqa: E731
    begun = collapse.begin(ready, keys)[0]
    whole, _ = collapse.advance(ready, begun, keys, number(1), number(4))
    half, _ = collapse.advance(ready, begun, keys, number(1), number(2))
    rest, _ = collapse.advance(ready, half, keys, number(3), number(2))
    assert half.judge.judges[1].joined.tolist() == [5, 5]
    assert whole.judge.judges[1].joined.tolist() == [15, 15]
    np.testing.assert_array_equal(whole.judge.judges[1].archive, rest.judge.judges[1].archive)
    assert (np.abs(whole.judge.judges[1].archive[:, :15]).sum(-1) > 0).all()


def first(items):
    return items[:, 0]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["novelty", "learned", "detector", "importance"])
def test_named_judges_judge_text(name):
    """The door's own trial; what compares with the reference says that it needs one."""
    plain = build("jokes").arms["typical-fifth"]
    plain = replace(plain, judge=part_named("judge", name), n=100, generations=3, candidates=None)
    if name in ("detector", "importance"):
        with pytest.raises(collapse.UserError, match="keep_reference"):
            prepare(plain)
    try_judge(prepare(replace(plain, keep_reference=True)))


# The cells of a map

REWARD = np.array([0.3, 2.0, -1.0, 0.5, 0.5, 1.5, 0.0, 3.0])
CELL = np.array([0, 0, 1, 1, 1, 2, 3, 3])


def cell_of(items):
    return jnp.asarray(CELL)[items]


def elites(fraction=0.25, cells=4):
    return MapElites(TableReward(REWARD), cell=cell_of, cells=cells, fraction=fraction)


def by_counting(items, total):
    """Cells take one more each, in turn, as long as all that have another can."""
    cell, kept = CELL[items], np.zeros(len(items))
    lists = [np.flatnonzero(cell == c) for c in range(4)]
    lists = [x[np.argsort(-REWARD[items[x]], kind="stable")] for x in lists]
    quota = 1
    while sum(min(len(x), quota + 1) for x in lists) <= total and quota < len(items):
        quota += 1
    for x in lists:
        kept[x[:quota]] = 1
    return kept


@pytest.mark.parametrize("fraction", [0.05, 0.25, 0.6, 1.0])
def test_every_cell_keeps_as_many_of_its_best(fraction):
    for seed in range(5):
        p = np.random.default_rng(seed).dirichlet(np.full(8, 0.5))
        items = np.random.default_rng(seed).choice(8, 120, p=p)
        verdict, _ = judged(elites(jnp.asarray(fraction)), jax.random.key(0), view_of(items))
        kept = np.asarray(verdict.weight)
        np.testing.assert_array_equal(kept, by_counting(items, round(fraction * 120)))
        assert set(CELL[items[kept > 0]]) == set(CELL[items])  # no cell dies
        count, before = np.bincount(CELL[items[kept > 0]]), np.bincount(CELL[items])
        assert (count == np.minimum(before[: len(count)], count.max())).all()


def test_the_best_fraction_alone_lets_cells_die():
    items = np.repeat(np.arange(8), 15)
    best = TopFraction(TableReward(REWARD), fraction=0.25)
    kept = judged(best, jax.random.key(0), view_of(items))[0].weight
    assert len(set(CELL[items[np.asarray(kept) > 0]])) < 4


def test_what_lies_in_no_cell_is_not_kept():
    items = np.arange(8)
    kept = judged(elites(1.0, 3), jax.random.key(0), view_of(items))[0].weight
    np.testing.assert_array_equal(kept, CELL < 3)
    exact = judged(elites(1.0, 3), jax.random.key(0), view_of(items, mass=np.full(8, 1 / 8)))
    np.testing.assert_allclose(exact[0].weight, CELL < 3)


P = np.array([0.05, 0.25, 0.2, 0.1, 0.1, 0.02, 0.18, 0.1])


class Shares(collapse.Measure):
    reads = "model"
    curves = {"p": collapse.Curve("probability", 0, 1)}

    def measure(self, key, view):
        return {"p": view.model.p}


def test_cells_exactly_by_hand():
    """A quarter kept: the cell of mass 0.02 whole, the others (0.25 - 0.02) / 3 each of their best;
    outcomes that tie share alike."""
    each = 0.23 / 3
    law = np.array([0, each / 0.25, 0, each / 0.2, each / 0.2, 1, 0, each / 0.1])
    verdict, _ = judged(elites(), jax.random.key(0), view_of(np.arange(8), mass=P))
    np.testing.assert_allclose(verdict.weight, law, rtol=1e-5)
    assert float(verdict.weight @ P) == pytest.approx(0.25, rel=1e-5)


@pytest.mark.slow
def test_cells_of_samples_tend_to_the_exact_ones():
    """The model after three generations, over 100 seeds, within 4.5 standard errors."""
    model, last = collapse.Categorical(P), 3

    def shares(sampler, seeds, judge):
        one = arm(judge, model, sampler=sampler, n=4000, generations=last, measures=(Shares(),))
        return run_arm(jax.random.key(0), one, seeds)["curves"]["p"][:, last]

    exact = shares(collapse.Support(), 1, elites(0.5))[0]
    found = shares(collapse.Plain(), 100, elites(0.5))
    error = np.sqrt(np.maximum(found.var(0, ddof=1), 1e-9) / 100)
    assert (np.abs(found.mean(0) - exact) < 4.5 * error + 2e-5).all()
    assert (
        np.abs(found.mean(0) - shares(collapse.Support(), 1, elites(0.56))[0]) > 9 * error
    ).any()


def test_level():
    have = jnp.array([5.0, 0.0, 1.0, 9.0])
    for total, law in ((3, 1.0), (4, 1.5), (9, 4.0), (11, 5.0), (13, 7.0), (15, 9.0), (20, 9.0)):
        assert float(level(have, jnp.array(float(total)))) == pytest.approx(law)


def test_mistakes_are_sentences():
    outcomes = collapse.Categorical(P)
    wrong = [
        (Novelty(width=2, fraction=0.0), None, "fraction must lie in"),
        (Novelty(width=2, k=0), None, "k must be at least 1"),
        (Novelty(width=2, added=500), None, "added must lie in"),
        (Novelty(width=2, take="old"), None, "take must be"),
        (Novelty(width=1), None, "do not fit width=1"),
        (Novelty(width=2, k=300), None, "needs at least 301 candidates"),
        (elites(2.0), outcomes, "fraction must lie in"),
        (elites(cells=0), outcomes, "cells must be at least 1"),
        (elites(cells=41), outcomes, "41 cells in 40 slots"),
        (MapElites(cell=first_number, cells=4), outcomes, "must return a whole number"),
    ]
    for judge, model, sentence in wrong:
        with pytest.raises(collapse.UserError, match=sentence):
            prepare(arm(judge, model))
    with pytest.raises(collapse.UserError, match="no exact form"):
        prepare(arm(Novelty(), outcomes, sampler=collapse.Support()))
    with pytest.raises(collapse.UserError, match="has settings without default"):
        part_named("judge", "map-elites")


def first_number(items):
    return items * 0.5
