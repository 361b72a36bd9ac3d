"""Regimes whose real rows are judged too, pools that start without real rows, and a regime of one's
own that does both, as docs/regimes.md shows it."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c
from collapse.laws.gaussian_pools import fresh_mix
from collapse.loop.generation import advance
from collapse.loop.prepare import prepare
from collapse.loop.simulate import run_arm
from collapse.loop.start import begin
from collapse.numerics.pytree import seed_keys
from tests.shared import ROOT

LIMIT = 4.5
P = np.array([0.4, 0.3, 0.2, 0.1])
KEPT = np.array([0.5, 0.9, 0.6, 0.8])  # the chance that an outcome is kept
PAGE = (ROOT / "docs" / "regimes.md").read_text()


class Shares(c.Measure):
    """p of the model, outcome by outcome."""

    reads = "model"
    curves = {f"p_{i}": c.Curve("probability", 0, 1) for i in range(len(P))}

    def measure(self, key, view):
        return {f"p_{i}": view.model.p[i] for i in range(len(P))}


def arm(regime, judge=None, sampler=None, truth=None, **settings):
    truth = c.Categorical(P) if truth is None else truth
    usual = {"model": truth, "judge": judge or c.BernoulliKeep(KEPT, expected=0.5)}
    usual |= {"learner": c.MaximumLikelihood(), "sampler": sampler or c.Support()}
    usual |= {"measures": (Shares(),), "n": 200, "generations": 4}
    return c.Arm(truth=truth, regime=regime, **usual | settings)


def shares(made, seeds=1, key=0):
    """(S, T + 1, K)"""
    curves = run_arm(jax.random.key(key), made, seeds)["curves"]
    return np.stack([np.asarray(curves[f"p_{i}"], float) for i in range(len(P))], -1)


def judged(p):
    return p * KEPT / (p @ KEPT)


def mixed_chain(share, judge_real, generations=4):
    """p of generations 1 .. in endless items: real ones, judged or not, mixed with judged ones."""
    real = judged(P) if judge_real else P
    chain = [real]
    for _ in range(generations - 1):
        chain.append(share * real + (1 - share) * judged(chain[-1]))
    return np.array(chain)


# Judged real rows


@pytest.mark.parametrize("judge_real", [False, True])
def test_real_rows_pass_the_same_judge(judge_real):
    """Exactly, of the start and of what is new every generation."""
    found = shares(arm(c.FreshMix(0.3, judge_real=judge_real)))[0, 1:]
    np.testing.assert_allclose(found, mixed_chain(0.3, judge_real), rtol=2e-6)
    assert not np.allclose(found, mixed_chain(0.3, not judge_real), rtol=1e-3)


@pytest.mark.slow
def test_judged_real_rows_as_items():
    """Among 200 rows kept of 400, the mean shares are those of endless items, and all are kept."""
    made = arm(c.FreshMix(0.3, judge_real=True), sampler=c.Plain(), n=200, generations=3)
    record = run_arm(jax.random.key(1), made, 400)
    found = np.stack([record["curves"][f"p_{i}"][:, 1:] for i in range(3)], -1)
    error = found.std(0, ddof=1) / np.sqrt(len(found))
    z = np.abs((found.mean(0) - mixed_chain(0.3, True, 3)[:, :3]) / error)
    assert z.max() < LIMIT
    assert np.abs((found.mean(0) - mixed_chain(0.3, False, 3)[:, :3]) / error).max() > LIMIT
    assert (record["health"]["kept"][:, 1:] == 200).all()


def one_pool(made):
    """The pool after generation 1 of one seed."""
    keys = seed_keys(jax.random.key(0), [0])
    state, _ = begin(made, keys)
    first = jax.tree.map(lambda x: np.asarray(x)[0], state.pool)
    state, _ = advance(made, state, keys, jnp.int32(1), jnp.int32(1))
    return first, jax.tree.map(lambda x: np.asarray(x)[0], state.pool)


@pytest.mark.slow
def test_judged_real_rows_have_rewards_and_the_volume_of_others():
    """n at the start, round(share n) after it, each kept and with what the judge thought of it."""
    judge = c.TopFraction(c.TableReward(np.array([1.0, 2.0, 3.0, 4.0])), fraction=0.25)
    made = prepare(arm(c.FreshMix(0.3, judge_real=True), judge, c.Plain()))
    first, later = one_pool(made)
    assert (first.weight == 1).all()
    assert (first.source == -1).all()
    np.testing.assert_array_equal(first.reward, first.rows + 1)
    assert first.rows.mean() > P @ np.arange(4) + 0.5
    real = later.source == -1
    assert real.sum() == 60
    assert (later.weight == 1).all()
    np.testing.assert_array_equal(later.reward, later.rows + 1)
    assert (later.born[real] == 1).all()


OTHERS = {
    "replace-multiple": (c.ReplaceMultiple(judge_real=True), c.TopFraction()),
    "expanding": (c.Expanding(judge_real=True), c.BestOf(k=4)),
    "population": (c.FreshMixPopulation(judge_real=True), c.TopFraction()),
    "weighted": (c.WeightedFreshMix(judge_real=True, share=0.3), c.TopFraction()),
    "fixed": (c.FixedRealMix(judge_real=True), c.Pluralist((c.Choice(k=2), c.Choice(k=2)))),
    "soft": (c.FreshMix(judge_real=True), c.BernoulliKeep(KEPT, expected=1.0)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_regimes_and_judges_take_it(name):
    """On shapes; notes of judge and learner have their places."""
    regime, judge = OTHERS[name]
    prepare(arm(regime, judge, c.Plain(), n=24))


@pytest.mark.slow
def test_nothing_changes_where_all_is_kept():
    """A judge that keeps all: the same law, by summaries too."""
    truth = c.Gaussian(0.0, 1.0)
    kept = run_arm(
        jax.random.key(0),
        arm(
            c.FreshMix(0.5, judge_real=True),
            c.KeepAll(),
            c.Plain(),
            truth,
            measures=(c.Moments(),),
            n=10,
            generations=3,
        ),
        4000,
    )["curves"]["variance"][:, 1:]
    law = fresh_mix(np.arange(1, 4), 5, 5)[0]
    z = (kept.mean(0) - law) / (kept.std(0, ddof=1) / np.sqrt(len(kept)))
    assert np.abs(z).max() < LIMIT


def test_a_judge_outside_is_not_asked_about_real_rows():
    outside = c.TopFraction(c.ExternalReward(lambda texts: [1.0] * len(texts)))
    with pytest.raises(c.UserError, match="Leave judge_real out"):
        prepare(arm(c.FreshMix(0.3, judge_real=True), outside, c.Plain()))


# Pools that start empty


@pytest.mark.slow
@pytest.mark.parametrize("statistics", [False, True])
def test_generation_1_is_the_model_as_it_is_given(statistics):
    """Mean 3 and variance 4, whatever the truth is, and from there on a chain of its own."""
    given = c.Gaussian(3.0, 4.0)
    parts = {"model": given, "measures": (c.Moments(),), "n": 10, "statistics": statistics}
    made = arm(c.Replace(real_start=False), c.KeepAll(), c.Plain(), c.Gaussian(0.0, 1.0), **parts)
    record = run_arm(jax.random.key(0), made, 6000)
    curves = {k: np.asarray(v, float) for k, v in record["curves"].items()}
    assert (curves["variance"][:, 0] == 1).all()
    assert (curves["variance"][:, 1] == 4).all()
    assert (curves["mean_shift"][:, 1] == 3).all()
    assert (record["health"]["degenerate"][:, 1:].sum(0) == [6000, 0, 0, 0]).all()
    later = curves["variance"][:, 2:]
    law = 4 * 0.9 ** np.arange(1, 4)
    assert np.abs((later.mean(0) - law) / (later.std(0, ddof=1) / np.sqrt(6000))).max() < LIMIT


def test_an_empty_start_exactly():
    """A given table, judged from its first words on; accumulated with nothing real beside it."""
    given = np.array([0.1, 0.2, 0.3, 0.4])
    made = arm(c.Accumulate(real_start=False), model=c.Categorical(given), generations=3)
    found = shares(made)[0]
    once = judged(given)
    np.testing.assert_allclose(found[0], P, rtol=1e-6)
    np.testing.assert_allclose(found[1], given, rtol=1e-6)
    np.testing.assert_allclose(found[2], once, rtol=2e-6)
    np.testing.assert_allclose(found[3], (once + judged(once)) / 2, rtol=2e-6)


def test_what_cannot_start_empty_is_told():
    start = {"judge": c.KeepAll(), "sampler": c.Plain()}
    plane = c.Gaussian(np.zeros(2), np.eye(2))
    with pytest.raises(c.UserError, match="FixedRealMix trains on the initial real rows"):
        prepare(arm(c.FixedRealMix(real_start=False), **start))
    with pytest.raises(c.UserError, match="PriorWeighted starts with a fit to real rows"):
        prepare(arm(c.Replace(real_start=False), learner=c.PriorWeighted(), **start))
    with pytest.raises(c.UserError, match="a KDE cannot be sampled before its first fit"):
        prepare(
            arm(
                c.Replace(real_start=False),
                truth=plane,
                model=c.KDE(),
                measures=(c.Judged(),),
                **start,
            )
        )


# The page


@pytest.mark.slow
def test_the_regime_of_ones_own_on_the_page_runs():
    """Real rows are judged as the others are, and the pool starts without any."""
    (source,) = [x for x in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "class " in x]
    scope: dict = {}
    exec(source, scope)
    record = run_arm(jax.random.key(0), scope["arm"], 200)
    variance = np.asarray(record["curves"]["variance"], float)
    assert (record["health"]["degenerate"][:, 1] == 1).all()
    assert (variance[:, 1] == 4).all()
    # The half of a normal that is nearest to 0 varies by 1 - 4 z phi(z), z = 0.6745; of generation
    # t + 1 half the rows are of the truth's half, half of that of generation t.
    half, law = 0.1426, 4.0
    for t in (2, 3, 4):
        law = (half + half * law) / 2
        assert variance[:, t].mean() == pytest.approx(law, rel=0.04)
    kept = record["health"]["kept"][:, 1:]
    assert (kept == scope["arm"].n).all()
