"""Sufficient statistics: when they are drawn, and that they are equal in law to the items."""

import functools

import jax
import numpy as np
import pytest

import collapse
from collapse.loop.prepare import prepare, rows_reason
from collapse.loop.simulate import run_arm

LIMIT = 4.5
SEEDS = 20_000
TIMES = np.array([1, 2, 5, 8])
REGIMES = {
    "replace": collapse.Replace(),
    "accumulate": collapse.Accumulate(),
    "fresh mix": collapse.FreshMix(0.3),
}


def arm(regime=None, statistics=None, **fields):
    settings = {
        "judge": collapse.KeepAll(),
        "learner": collapse.MaximumLikelihood(),
        "sampler": collapse.Plain(),
        "measures": (collapse.Moments(),),
        "n": 10,
        "generations": 8,
    }
    truth = collapse.Gaussian(0.5, 2.0)
    return collapse.Arm(
        truth=truth,
        model=truth,
        regime=regime or collapse.Replace(),
        statistics=statistics,
        **settings | fields,
    )


@functools.cache
def curves(regime, statistics):
    """The shift of the mean, squared, and the log-variance, of 20,000 seeds."""
    key = jax.random.key(3 if statistics else 4)
    found = run_arm(key, arm(REGIMES[regime], statistics), SEEDS)["curves"]
    shift = np.asarray(found["mean_shift"], float)[:, TIMES] ** 2
    return shift, np.asarray(found["log_variance"], float)[:, TIMES]


def z_of(a, b):
    error = np.sqrt(a.var(0, ddof=1) / len(a) + b.var(0, ddof=1) / len(b))
    return (a.mean(0) - b.mean(0)) / error


@pytest.mark.slow
@pytest.mark.parametrize("regime", REGIMES)
def test_statistics_are_equal_in_law_to_items(regime):
    """Means and spreads of both parameters at several generations."""
    for items, summaries in zip(curves(regime, False), curves(regime, True), strict=True):
        assert np.abs(z_of(items, summaries)).max() < LIMIT
        centred = ((x - x.mean(0)) ** 2 for x in (items, summaries))
        assert np.abs(z_of(*centred)).max() < LIMIT


@pytest.mark.slow
def test_the_comparison_can_fail():
    """Another regime, and one generation off."""
    replace, mix = curves("replace", False), curves("fresh mix", True)
    assert abs(z_of(replace[1], mix[1])[-1]) > LIMIT
    assert abs(z_of(replace[1][:, :-1], curves("replace", True)[1][:, 1:])).min() > LIMIT


@pytest.mark.slow
def test_in_many_dimensions_too():
    """Means of log-determinants and of squared shifts of a full covariance in 3 dimensions."""

    class LogDeterminant(collapse.Measure):
        reads = "model"

        def measure(self, key, view):
            model = view.model
            size = jax.numpy.linalg.slogdet(model.cov)[1] + 3 * model.log_scale
            return {"log_determinant": size, "shift": (model.mean**2).sum()}

    cov = np.array([[2.0, 0.5, 0.0], [0.5, 1.0, 0.3], [0.0, 0.3, 1.0]])
    truth = collapse.Gaussian(np.zeros(3), cov)
    found = []
    for statistics in (False, True):
        own = arm(None, statistics, measures=(LogDeterminant(),), n=12, generations=4)
        own = collapse.Arm(**vars(own) | {"truth": truth, "model": truth})
        record = run_arm(jax.random.key(int(statistics)), own, 6000)["curves"]
        found.append([np.asarray(record[k], float) for k in ("log_determinant", "shift")])
    for items, summaries in zip(*found, strict=True):
        assert np.abs(z_of(items[:, 1:], summaries[:, 1:])).max() < LIMIT
    assert abs(z_of(found[0][0][:, 2], found[1][0][:, 3])) > LIMIT


@pytest.mark.slow
def test_a_chain_of_statistics_goes_on_past_any_underflow():
    """1000 generations of 3 items: the log-variance reaches e^-1000 and follows its law."""
    from collapse.laws.gaussian import replace_log_variance

    own = arm(statistics=True, n=3, generations=1000)
    found = run_arm(jax.random.key(5), own, 200)["curves"]
    last = np.asarray(found["log_variance"], float)[:, 1000]
    mean, spread = replace_log_variance(1000, 3, 0)
    assert last.mean() < -900
    assert np.isfinite(np.asarray(found["log_variance"])).all()
    assert abs(last.mean() - np.log(2.0) - mean) / np.sqrt(spread / len(last)) < LIMIT
    assert not any(np.isnan(np.asarray(curve)).any() for curve in found.values())


@pytest.mark.slow
def test_items_past_the_precision_are_said_to_be():
    """The same chain drawing items stands still once they differ by rounding; the record says so
    from the generation on where it happens, and no curve becomes undefined."""
    own = arm(statistics=False, n=3, generations=200)
    record = run_arm(jax.random.key(6), own, 50)
    past = np.asarray(record["health"]["past_precision"])
    assert past[:, 200].all()
    assert not past[:, :5].any()
    assert not np.isnan(np.asarray(record["curves"]["variance"])).any()
    free = run_arm(jax.random.key(6), arm(statistics=True, n=3, generations=200), 50)
    assert not np.asarray(free["health"]["past_precision"]).any()


# When they are drawn


def test_chosen_where_judge_measures_and_regime_allow():
    kinds = {
        "summary": [arm(), arm(collapse.Accumulate()), arm(collapse.FreshMix(0.5))],
        "items": [
            arm(judge=collapse.RandomFraction(0.5)),
            arm(measures=(collapse.Spread(),)),
            arm(collapse.AccumulateSubsample()),
            arm(collapse.RealKeep(0.1)),
            arm(statistics=False),
        ],
    }
    for kind, arms in kinds.items():
        for each in arms:
            ready = prepare(each, checked=False)
            assert ready.sampler.kind == kind
            assert rows_reason(ready).startswith("items" if kind == "items" else "sufficient")
    reason = rows_reason(prepare(arm(collapse.AccumulateSubsample()), checked=False))
    assert "AccumulateSubsample chooses among items" in reason


def test_forced_in_vain_is_a_sentence():
    with pytest.raises(collapse.UserError, match="RealKeep chooses among items"):
        prepare(arm(collapse.RealKeep(0.1), statistics=True))
    assert prepare(arm(statistics=True)).sampler.kind == "summary"


def test_a_summary_that_would_be_no_smaller_is_not_drawn():
    """A table of more outcomes than items is more work than the items."""
    for n, kind in ((1000, "items"), (100_000, "summary")):
        many = collapse.zipf(100)
        fields = {"truth": many, "model": many, "n": n, "measures": (collapse.ModelDiversity(),)}
        own = collapse.Arm(**vars(arm()) | fields)
        assert prepare(own, checked=False).sampler.kind == kind


@pytest.mark.slow
def test_multinomial_counts_of_a_summary():
    """Counts add up to n; means, variances and covariances as of a multinomial."""
    from collapse.models.distributions.categorical import multinomial

    p, n, draws = np.array([0.5, 0.0, 0.3, 0.15, 0.05]), 1000, 20_000
    keys = jax.random.split(jax.random.key(7), draws)
    sample = jax.jit(jax.vmap(lambda key: multinomial(key, float(n), jax.numpy.asarray(p))))
    counts = np.asarray(sample(keys), float)
    assert (counts.sum(1) == n).all()
    assert (counts[:, 1] == 0).all()
    alive = p > 0
    gap = (counts - n * p)[:, alive]
    spread = np.sqrt(n * p * (1 - p))[alive]
    assert np.abs(gap.mean(0) / (spread / np.sqrt(draws))).max() < LIMIT
    products = gap[:, :, None] * gap[:, None]
    law = n * (np.diag(p) - np.outer(p, p))[np.ix_(alive, alive)]
    z = (products.mean(0) - law) / (products.std(0) / np.sqrt(draws))
    assert np.abs(z).max() < LIMIT


CHANCES = (0.9, 0.5, 0.3)


def judged(statistics, chances=CHANCES, regime=None, n=200, candidates=350, **more):
    truth = collapse.Categorical([0.4, 0.3, 0.3])
    judge, regime = collapse.BernoulliKeep(chances, **more), regime or collapse.Replace()
    parts = {"truth": truth, "judge": judge, "regime": regime, "statistics": statistics}
    sizes = {"n": n, "candidates": candidates, "generations": 3}
    return collapse.Arm(**parts, **sizes, measures=(collapse.ModelDiversity(),))


def gaps(first, second, seeds):
    """Differences in standard errors: of means and of squares, of curves and of the number kept."""
    records = [run_arm(jax.random.key(i), each, seeds) for i, each in enumerate((first, second))]
    found = []
    for record in records:
        curves = {k: np.asarray(x, float)[:, 1:] for k, x in record["curves"].items()}
        curves["kept"] = np.asarray(record["health"]["kept"], float)[:, 1:]
        found.append(curves | {f"{k} squared": x**2 for k, x in curves.items()})
    return {
        name: (a.mean(0) - b.mean(0)) / np.sqrt((a.var(0) + b.var(0) + 1e-20) / seeds)
        for (name, a), b in zip(found[0].items(), found[1].values(), strict=True)
    }


@pytest.mark.parametrize("seeds", [1000, pytest.param(SEEDS, marks=pytest.mark.slow)])
def test_what_a_judge_keeps_is_drawn_in_the_law_of_the_items(seeds):
    """With more candidates than slots, of which too few are kept at first."""
    found = gaps(judged(True), judged(None), seeds)
    assert set(found) >= {"model_gini", "kept", "kept squared"}
    for name, gap in found.items():
        assert (np.abs(gap) < LIMIT).all(), (name, gap)
    other = gaps(judged(True, (0.9, 0.5, 0.4)), judged(None), seeds)
    assert np.abs(other["kept"]).max() > LIMIT


@pytest.mark.slow
def test_what_a_judge_decides_itself_is_drawn_in_the_law_of_the_items():
    """With hard decisions on as many candidates as slots, and a pool of all generations."""
    more = {"hard": True, "candidates": 200, "regime": collapse.Accumulate()}
    for name, gap in gaps(judged(True, **more), judged(None, **more), 4000).items():
        assert (np.abs(gap) < LIMIT).all(), (name, gap)


def test_the_statistic_of_what_is_kept_is_drawn_on_demand_alone():
    assert type(prepare(judged(None)).sampler) is collapse.Plain
    assert type(prepare(judged(True)).sampler) is collapse.KeptStatistic
    with pytest.raises(collapse.UserError, match="the chances are weights"):
        prepare(judged(True, candidates=200))
    with pytest.raises(collapse.UserError, match="FreshMix does not take all rows"):
        prepare(judged(True, regime=collapse.FreshMix(0.5)))
    with pytest.raises(collapse.UserError, match="the judge RandomFraction looks at items"):
        prepare(collapse.Arm(**{**vars(judged(True)), "judge": collapse.RandomFraction(0.5)}))
