"""A growing web and its crawls: slot by slot, against the law, and bad settings refused."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c
from collapse.laws.web import web_path
from collapse.loop.prepare import prepare
from collapse.loop.settle import unjudged
from collapse.loop.simulate import run_arm
from collapse.numerics.pytree import replace
from collapse.samplers.base import Plain
from collapse.types import REAL
from tests.regimes.test_regimes import TRUTH, N, fresh_pool, real_pool

P = np.array([0.4, 0.3, 0.2, 0.1])
SHARES = np.array([0.1, 0.3, 0.5, 0.7])


def after(web, t):
    """The pool after generations 1 .. t, of N human and N AI rows each."""
    web = replace(web, n=N, each=N)
    pool = web.start(real_pool(), 5)
    for generation in range(1, t + 1):
        fresh = replace(fresh_pool(generation), weight=jnp.ones(N))
        key, t_now = jax.random.key(generation), jnp.array(generation)
        pool = web.absorb(key, pool, fresh, TRUTH, Plain(), t_now)
    return web, pool


def test_every_year_adds_human_rows_and_ai_rows_of_their_share():
    web, pool = after(c.Web(0.2, stock=3.0), 2)
    data = web.select(jax.random.key(0), pool, jnp.array(3))
    ai, born, count = (np.asarray(x) for x in (data.source != REAL, data.born, data.count))
    assert len(count) == 11 * N
    np.testing.assert_allclose([count[~ai & (born == t)].sum() for t in range(3)], [3 * N, N, N])
    np.testing.assert_allclose([count[ai & (born == t)].sum() for t in (1, 2)], [N / 4] * 2)
    assert count[5 * N :].sum() == 0
    rows = np.asarray(data.rows)[ai & (count > 0)]
    np.testing.assert_array_equal(rows, np.r_[100 + np.arange(N), 200 + np.arange(N)])


def test_a_crawler_weighs_by_detector_date_and_quota():
    web, pool = after(c.Web(0.5), 3)
    ai, born = np.asarray(pool.source != REAL), np.asarray(pool.born)

    def taken(**crawl):
        count = np.asarray(c.Crawler(**crawl).taken(pool).count)
        return [count[~ai].sum() / N, count[ai].sum() / N]

    np.testing.assert_allclose(taken(), [4, 3])
    np.testing.assert_allclose(taken(hit=0.9, false_alarm=0.25), [3, 0.3], rtol=1e-5)
    np.testing.assert_allclose(taken(until=1), [2, 1])
    np.testing.assert_allclose(taken(until=1, misdated=0.5), [3, 2])
    np.testing.assert_allclose(taken(human=0.8), [4, 1], rtol=1e-5)
    np.testing.assert_allclose(taken(human=0.5), [4, 3])
    np.testing.assert_allclose(taken(human=1.0), [4, 0])
    assert born.max() == 3


def exact(web, truth=None, power=2.0, generations=4):
    truth = c.Categorical(P) if truth is None else truth
    measures = (c.OutcomeShares(len(P)), c.SyntheticShare())
    sampler = c.Support(c.Tempered(1 / power))
    return c.Arm(
        truth=truth, regime=web, sampler=sampler, measures=measures, generations=generations
    )


CRAWLS = [
    {},
    {"hit": 0.8, "false_alarm": 0.1},
    {"human": 0.7},
    {"until": 1.0, "misdated": 0.3},
]


@pytest.mark.parametrize("crawl", CRAWLS)
def test_endless_pages_follow_the_law(crawl):
    web = c.Web(c.Schedule(SHARES, np.arange(1, 5)), stock=2.0, crawlers=(c.Crawler(**crawl),))
    curves = run_arm(jax.random.key(0), exact(web), 1)["curves"]
    models, left = web_path(P, SHARES, 2.0, stock=2.0, **crawl)
    found = np.stack([curves[f"share_{i}"][0, 1:] for i in range(4)], 1)
    np.testing.assert_allclose(found, models, rtol=2e-5)
    np.testing.assert_allclose(curves["synthetic_share"][0, 1:], left, atol=2e-6)
    wrong, _ = web_path(P, SHARES, 2.0, stock=2.5, **crawl)
    assert not np.allclose(found, wrong, rtol=1e-3)


@pytest.mark.slow
def test_drawn_pages_follow_it_on_average_and_labs_read_their_own_crawl():
    """To first order in 1 / n; the second lab's detector finds everything."""
    labs = (c.Crawler(), c.Crawler(hit=1.0))
    web = c.Web(0.5, crawlers=labs)
    truth = c.Categorical(P)
    arm = c.Arm(
        truth=truth,
        model=c.Population.of([truth, truth]),
        regime=web,
        sampler=c.Tempered(0.5),
        measures=(c.MemberMeans(),),
        n=4000,
        generations=4,
    )
    curves = run_arm(jax.random.key(0), arm, 40)["curves"]
    last = [curves[f"mean_{k}"][:, -1] for k in (0, 1)]
    error = [x.std(ddof=1) / np.sqrt(len(x)) for x in last]
    assert abs(last[1].mean() - P[0]) < 4.5 * error[1]
    assert last[0].mean() > P[0] + 10 * error[0]


@pytest.mark.slow
def test_pages_that_people_begin_keep_their_beginning():
    table = np.array([[0, 0.5, 0.5], [0, 0.9, 0.1], [0, 0.1, 0.9], [0, 0.5, 0.5]])
    truth, n = c.TokenTable(table, 6), 64
    arm = prepare(c.Arm(truth=truth, regime=c.Web(0.5, written=0.5), n=n, generations=2))
    pool = arm.regime.start(real_rows(truth, n), 2, arm.model)
    fresh = replace(real_rows(truth, n), source=jnp.zeros(n, jnp.int32))
    made = arm.regime.absorb(
        jax.random.key(1), pool, fresh, truth, arm.sampler, jnp.array(1), model=truth
    )
    human, ai = np.asarray(made.rows[n : 2 * n]), np.asarray(made.rows[2 * n : 3 * n])
    np.testing.assert_array_equal(human[:, :3], ai[:, :3])
    assert (human[:, 3:] != ai[:, 3:]).any()
    assert (np.asarray(made.source[2 * n : 3 * n]) == 0).all()


def real_rows(truth, n):
    return unjudged(truth.real(jax.random.key(0), n), n, {})


BAD = [
    (c.Web(1.0), r"Web share must lie in \[0, 1\), not 1"),
    (c.Web(-0.1), r"Web share must lie in \[0, 1\)"),
    (c.Web(stock=0.0), "Web stock must be above 0"),
    (c.Web(written=0.0), r"Web written must lie in \(0, 1\]"),
    (c.Web(crawlers=(c.Crawler(hit=1.2),)), r"Crawler hit must lie in \[0, 1\], not 1.2"),
    (c.Web(crawlers=()), "Web needs at least one crawler"),
    (c.Web(crawlers=(c.Crawler(), c.Crawler())), "2 crawlers, one for each member"),
    (c.Web(written=0.5), "Web lets the model complete rows of tokens, and Categorical cannot"),
    (c.Completions(0.0), r"Completions share must lie in \(0, 1\]"),
    (c.Completions(), "Completions lets the model complete rows of tokens"),
]


@pytest.mark.parametrize(("regime", "sentence"), BAD)
def test_bad_settings_are_told(regime, sentence):
    with pytest.raises(c.UserError, match=sentence):
        prepare(c.Arm(truth=c.Categorical(P), regime=regime, n=20, generations=2), checked=False)


def test_a_population_of_one_needs_one_crawler():
    truth = c.Categorical(P)
    arm = c.Arm(
        truth=truth,
        model=c.Population.of([truth]),
        regime=c.Web(crawlers=(c.Crawler(), c.Crawler())),
        measures=(c.MemberMeans(),),
        n=20,
        generations=2,
    )
    with pytest.raises(c.UserError, match="the model Population has 1 members"):
        prepare(arm, checked=False)


def test_crawls_of_several_members_hide_who_wrote_a_page():
    """Pages become private to a member, and no longer say that a model wrote them."""
    truth = c.Categorical(P)
    parts = {"truth": truth, "measures": (c.MemberMeans(),), "n": 20, "generations": 2}
    model, crawlers = c.Population.of([truth, truth]), (c.Crawler(), c.Crawler())
    arm = c.Arm(model=model, regime=c.Web(crawlers=crawlers), learner=c.BehindDetector(), **parts)
    with pytest.raises(c.UserError, match="BehindDetector cannot tell AI pages from human ones"):
        prepare(arm, checked=False)
