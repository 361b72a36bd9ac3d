"""What the next generation trains on: slot by slot, and by the laws of categorical chains.

The laws are recursions for E|p_t - q|^2, all from one fact: n independent items drawn from p have
frequencies f with E|f - q|^2 = |p - q|^2 + (1 - |p|^2) / n.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse
from collapse import (
    Accumulate,
    AccumulateSubsample,
    Arm,
    Balanced,
    Categorical,
    Expanding,
    FixedRealMix,
    FreshMix,
    FreshMixPopulation,
    Incremental,
    KeepAll,
    MaximumLikelihood,
    Measure,
    MultiModel,
    PastMixture,
    Plain,
    RealKeep,
    Replace,
    ReplaceMultiple,
    Schedule,
    WeightedFreshMix,
)
from collapse.judges.base import top_fraction
from collapse.laws import gaussian_pools
from collapse.loop.prepare import prepare
from collapse.loop.settle import unjudged
from collapse.loop.simulate import run_arm
from collapse.numerics.pytree import replace
from collapse.regimes import Regime
from collapse.types import REAL, Pool
from tests.shared import slots

LIMIT = 4.5
N = 10
TRUTH = Categorical(np.array([0.5, 0.5]))


def real_pool(n=N):
    """Rows 0 .. n - 1, from the truth."""
    one, zero = jnp.ones(n), jnp.zeros(n, jnp.int32)
    rows = jnp.arange(n, dtype=jnp.int32)
    return Pool(rows, one, one, 0 * one, zero + REAL, zero, {"seen": zero})


def fresh_pool(t, n=N):
    """Rows 100 t .. 100 t + n - 1, drawn in generation t and given weight 1/2."""
    one, number = jnp.ones(n), jnp.arange(n, dtype=jnp.int32)
    notes = {"seen": number + 1}
    return Pool(100 * t + number, one, one / 2, 0.5 + number, 0 * number, 0 * number + t, notes)


def select(regime, pool, t, key=0):
    t = jnp.asarray(t)
    return jax.tree.map(np.asarray, selecting(met(regime), jax.random.key(key), pool, t))


def met(regime):
    """The regime knowing its arm's n, as ``prepare`` leaves it."""
    return replace(regime, n=N)


@eqx.filter_jit
def selecting(regime, key, pool, t):
    return regime.select(key, pool, t)


@eqx.filter_jit
def absorbing(regime, key, pool, fresh, t):
    return regime.absorb(key, pool, fresh, TRUTH, Plain(), t)


def absorb(regime, pool, t, key=0):
    """The pool after generation t; its fresh rows are those of ``fresh_pool``."""
    return absorbing(met(regime), jax.random.key(key), pool, fresh_pool(t), jnp.asarray(t))


def after(regime, t):
    """The pool after generations 1 .. t."""
    pool = met(regime).start(real_pool(), 5)
    for generation in range(1, t + 1):
        pool = absorb(regime, pool, generation)
    return pool


# Slot by slot


def test_replace_is_the_last_generation():
    """All of it and nothing else, with its weights."""
    data = select(Replace(), after(Replace(), 3), 4)
    np.testing.assert_array_equal(data.rows, 300 + np.arange(N))
    np.testing.assert_array_equal(data.count, np.full(N, 0.5))
    first = select(Replace(), Replace().start(real_pool(), 5), 1)
    np.testing.assert_array_equal(first.rows, range(N))


def test_accumulate_is_everything_so_far():
    """Real rows, then every generation in its slots; what is to come has weight 0."""
    regime = Accumulate()
    data = select(regime, after(regime, 3), 4)
    assert data.rows.shape == (6 * N,)
    filled = data.count > 0
    expected = np.concatenate([100 * t + np.arange(N) for t in range(4)])
    np.testing.assert_array_equal(data.rows[filled], expected)
    np.testing.assert_array_equal(filled, np.arange(6 * N) < 4 * N)
    np.testing.assert_array_equal(data.born[filled], np.repeat(range(4), N))
    np.testing.assert_array_equal(data.count[filled], np.repeat([1, 0.5], [N, 3 * N]))


def test_accumulate_extends_to_a_longer_run():
    """More empty slots and nothing else."""
    regime = Accumulate()
    pool = after(regime, 2)
    longer = met(regime).extend(pool, 9)
    assert longer.rows.shape == (10 * N,)
    np.testing.assert_array_equal(longer.rows[: 6 * N], pool.rows)
    assert float(longer.count.sum()) == float(pool.count.sum())


def test_accumulate_subsample_draws_filled_slots_without_replacement():
    """n rows, none twice, none empty, and all n of them where there are no more."""
    regime = met(AccumulateSubsample())
    data = select(regime, after(regime, 3), 4)
    assert data.rows.shape == (N,)
    assert (data.count > 0).all()
    assert len(set(data.rows.tolist())) == N
    first = select(regime, met(regime).start(real_pool(), 5), 1)
    np.testing.assert_array_equal(first.rows, range(N))


def test_accumulate_subsample_is_uniform_over_filled_slots():
    """Every one of 40 filled slots is drawn equally often; counts of those it is told from."""
    regime = met(AccumulateSubsample())
    pool, keys = after(regime, 3), 4000
    draws = jax.jit(jax.vmap(lambda key: regime.select(key, pool, jnp.array(4)).rows))(
        jax.random.split(jax.random.key(0), keys)
    )
    values, counts = np.unique(draws, return_counts=True)
    assert len(values) == 4 * N
    se = np.sqrt(0.25 * 0.75 / keys)
    assert np.abs(counts / keys - 0.25).max() / se < LIMIT
    with_the_empty = N / (6 * N)  # the share if empty slots were drawn too
    assert np.abs(counts / keys - with_the_empty).min() / se > LIMIT


@pytest.mark.parametrize("share", [0.0, 0.24, 0.26, 1.0])
def test_fresh_mix_puts_new_real_rows_first(share):
    """round(share n) rows of the truth of weight 1, then the rows the judge kept."""
    regime = FreshMix(jnp.asarray(share))
    data = select(regime, absorb(regime, real_pool(), 3), 4)
    real = round(share * N)
    np.testing.assert_array_equal(data.source == REAL, np.arange(N) < real)
    assert set(data.rows[:real].tolist()) <= {0, 1}
    np.testing.assert_array_equal(data.rows[real:], 300 + np.arange(N - real))
    slot = np.arange(N)
    np.testing.assert_array_equal(data.count, np.where(slot < real, 1, 0.5))
    np.testing.assert_array_equal(data.reward, np.where(slot < real, 0, 0.5 + slot - real))
    np.testing.assert_array_equal(data.notes["seen"], np.where(slot < real, 0, 1 + slot - real))
    assert (data.born == 3).all()


@pytest.mark.parametrize("regime", [FreshMix(0.3), FixedRealMix(0.3), RealKeep(0.3)])
def test_real_rows_take_the_place_of_empty_slots_first(regime):
    """A judge that kept 7 of 10 rows, and 3 real ones: all 7 are trained on, none is lost."""
    regime = met(regime)
    pool, fresh = regime.start(real_pool(), 5), fresh_pool(1)
    short = Pool(**vars(fresh) | {"weight": jnp.where(jnp.arange(N) < 7, 1.0, 0.0)})
    pool = absorbing(regime, jax.random.key(0), pool, short, jnp.array(1))
    data = select(regime, pool, 2)
    assert data.count.sum() == N
    assert (data.source == REAL).sum() == 3
    np.testing.assert_array_equal(data.rows[3:], 100 + np.arange(7))


def test_fresh_mix_draws_anew_every_time():
    regime = FreshMix(1.0)
    one, other = (np.asarray(absorb(regime, real_pool(), 1, key=key).rows) for key in (0, 1))
    assert (one != other).any()


def test_fixed_real_mix_keeps_the_same_real_rows():
    """Generation 1 trains on all real rows; later ones on the first round(share n) of them."""
    regime = FixedRealMix(0.3)
    np.testing.assert_array_equal(
        select(regime, met(regime).start(real_pool(), 5), 1).rows, range(N)
    )
    for t in (2, 4):
        data = select(regime, after(regime, t - 1), t)
        np.testing.assert_array_equal(data.rows[:3], range(3))
        np.testing.assert_array_equal(data.rows[3:], 100 * (t - 1) + np.arange(N - 3))
        np.testing.assert_array_equal(data.count, [1] * 3 + [0.5] * 7)
        np.testing.assert_array_equal(data.source == REAL, np.arange(N) < 3)


def test_real_keep_draws_real_rows_without_replacement():
    """round(share n) different real rows, drawn anew, each as likely as any other."""
    regime = RealKeep(0.3)
    regime = met(regime)
    pool, keys = after(regime, 2), 4000
    data = jax.jit(jax.vmap(lambda key: regime.select(key, pool, jnp.array(3))))(
        jax.random.split(jax.random.key(0), keys)
    )
    rows = np.asarray(data.rows)
    assert (np.sort(rows[:, :3], 1)[:, 1:] > np.sort(rows[:, :3], 1)[:, :-1]).all()
    assert (rows[:, 3:] == 200 + np.arange(N - 3)).all()
    assert (np.asarray(data.source)[:, :3] == REAL).all()
    drawn = np.bincount(rows[:, :3].ravel(), minlength=N) / keys
    assert len(drawn) == N
    assert np.abs(drawn - 0.3).max() / np.sqrt(0.3 * 0.7 / keys) < LIMIT
    np.testing.assert_array_equal(
        select(regime, met(regime).start(real_pool(), 5), 1).rows, range(N)
    )


@pytest.mark.parametrize("regime", [FreshMix, FixedRealMix, RealKeep])
def test_shares_can_be_scheduled(regime):
    """The share in force is that of the generation that is trained."""
    mix = met(regime(Schedule([0.2, 0.6], [1, 4])))
    pool = mix.start(real_pool(), 5)
    for t, real in ((2, 2), (3, 2), (4, 6), (5, 6)):
        pool = absorb(mix, pool, t - 1)
        assert (select(mix, pool, t).source == REAL).sum() == real


def test_replace_multiple_trains_on_t_times_n_rows():
    """Five generations of room; of the fresh rows the first (t + 1) n are trained on next."""
    regime = met(ReplaceMultiple())
    assert regime.slots(5) == 5 * N
    assert float(regime.taken(jnp.array(3))) == 4 * N
    pool, fresh = regime.start(real_pool(), 5), fresh_pool(2, 5 * N)
    assert (select(regime, pool, 1).count > 0).sum() == N
    data = select(regime, absorbing(regime, jax.random.key(0), pool, fresh, jnp.array(2)), 3)
    np.testing.assert_array_equal(data.count > 0, np.arange(5 * N) < 3 * N)
    np.testing.assert_array_equal(data.rows, fresh.rows)


def test_balanced_takes_equal_parts_of_every_generation():
    """Ten rows of 1, 2, 3 and 4 generations: 10, 5 + 5, 3 + 3 + 4, 2 + 3 + 2 + 3."""
    regime = met(Balanced())
    for t, parts in ((1, [10]), (2, [5, 5]), (3, [3, 3, 4]), (4, [2, 3, 2, 3])):
        data = select(regime, after(regime, t - 1), t)
        assert np.bincount(data.rows // 100, minlength=t).tolist() == parts
        assert len(set(data.rows.tolist())) == N
        assert (data.count > 0).all()


def test_incremental_replaces_a_random_share():
    """Three of ten rows are new; the seven that stay are any of the old ones, each as likely."""
    regime = met(Incremental(0.3))
    pools = jax.jit(
        jax.vmap(lambda k: regime.absorb(k, real_pool(), fresh_pool(2), TRUTH, Plain(), 2))
    )(jax.random.split(jax.random.key(0), 4000))
    rows = np.asarray(pools.rows)
    assert ((rows >= 200).sum(1) == 3).all()
    assert (rows[:, 7:] == 200 + np.arange(3)).all()
    stays = np.bincount(rows[:, :7].ravel(), minlength=N) / len(rows)
    assert np.abs(stays - 0.7).max() / np.sqrt(0.7 * 0.3 / len(rows)) < LIMIT


def test_incremental_replaces_ever_fewer_rows_if_scheduled():
    regime = met(Incremental(Schedule([0.5, 0.2], [0, 3])))
    absorb = jax.jit(
        lambda t: regime.absorb(jax.random.key(0), real_pool(), fresh_pool(2), TRUTH, Plain(), t)
    )
    new = [int((np.asarray(absorb(t).rows) >= 200).sum()) for t in (1, 2, 3, 4)]
    assert new == [N // 2, N // 2, N // 5, N // 5]


def test_expanding_grows_by_n_rows_of_both_kinds():
    regime = met(Expanding(0.7))
    data = select(regime, after(regime, 3), 4)
    filled = data.count > 0
    assert filled.sum() == 4 * N
    assert (data.source[filled] == REAL).sum() == N + 3 * 3
    said = data.rows[filled & (data.source != REAL)]
    np.testing.assert_array_equal(said, np.concatenate([100 * t + np.arange(7) for t in (1, 2, 3)]))


def test_weighted_fresh_mix_shares_the_weight_out():
    """A quarter of the rows, half of the weight, though the judge gave the others one half each."""
    regime = met(WeightedFreshMix(0.3, weight=0.5))
    pool = absorb(regime, real_pool(), 1)
    full = Pool(**vars(pool))
    real = np.asarray(full.source) == REAL
    assert real.sum() == 3
    weight = np.asarray(full.weight)
    assert weight.max() == pytest.approx(1)
    assert weight[real].sum() == pytest.approx(weight[~real].sum())
    with pytest.raises(collapse.UserError, match="both real and synthetic rows"):
        chain(WeightedFreshMix(0.0), ITEMS, 1, 1, key=0)


def test_fresh_mix_of_a_population_draws_the_source_of_every_row():
    regime = met(FreshMixPopulation(0.3))
    pools = jax.jit(
        jax.vmap(lambda k: regime.absorb(k, real_pool(), fresh_pool(2), TRUTH, Plain(), 2))
    )(jax.random.split(jax.random.key(0), 4000))
    real = np.asarray(pools.source) == REAL
    z = (real.mean(0) - 0.3) / np.sqrt(0.3 * 0.7 / len(real))
    assert np.abs(z).max() < LIMIT
    assert real.sum(1).std() == pytest.approx(np.sqrt(N * 0.3 * 0.7), rel=0.05)


@pytest.mark.slow
def test_past_mixture_draws_from_all_generators_alike():
    """Three past models that each say one outcome, and a truth that says another."""
    regime = met(PastMixture())
    point = lambda i: Categorical(jnp.eye(4)[i])  # noqa: E731
    pool = regime.start(real_pool(), 5, point(0))
    for t in (1, 2, 3):
        pool = regime.absorb(
            jax.random.key(t), pool, fresh_pool(t), point(0), Plain(), jnp.array(t), point(t)
        )
    draw = jax.jit(
        jax.vmap(
            lambda k: (
                regime.absorb(
                    k, pool, fresh_pool(3), point(0), Plain(), jnp.array(3), point(3)
                ).rows
            )
        )
    )
    share = np.bincount(np.asarray(draw(jax.random.split(jax.random.key(9), 2000))).ravel()) / (
        2000 * N
    )
    assert np.abs(share - 0.25).max() / np.sqrt(0.25 * 0.75 / (2000 * N)) < LIMIT
    judge = collapse.TopFraction()
    arm = collapse.Arm(
        truth=TRUTH,
        model=TRUTH,
        judge=judge,
        regime=regime,
        learner=MaximumLikelihood(),
        sampler=Plain(),
        n=N,
    )
    with pytest.raises(collapse.UserError, match="draws its rows itself"):
        prepare(arm)


def test_multi_model_weighs_the_kinds_of_rows():
    """Two public rows, two private ones of either member, and six said: weights by alpha, beta."""
    regime = met(MultiModel(alpha=0.4, beta=0.25))
    real = real_pool()
    source = jnp.array([-1, -1, -2, -2, -3, -3, -1, -1, -1, -1], jnp.int32)
    real = replace(real, source=source, weight=jnp.where(jnp.arange(N) < 6, 1.0, 0.0))
    fresh = replace(fresh_pool(2), weight=jnp.where(jnp.arange(N) < 6, 1.0, 0.0))
    pool = absorbing(regime, jax.random.key(0), regime.start(real, 5), fresh, jnp.array(2))
    data = select(regime, pool, 3)
    member = (data.source == -1) | (data.source == -2) | (data.source >= 0)
    total = data.weight[member].sum()
    for mask, law in (
        (data.source == -1, 0.6 * 0.75),
        (data.source == -2, 0.6 * 0.25),
        (data.source == -3, 0.6 * 0.25),
        (data.source >= 0, 0.4),
    ):
        assert data.weight[mask].sum() / total == pytest.approx(law)
    first = select(regime, regime.start(real, 5), 1)
    assert first.weight[first.source == -1].sum() / first.weight[first.source == -2].sum() == 3


# What is kept of the shares where a judge keeps fewer rows than there are slots


SLOTS, FEW_KEPT = 4000, 1000
REAL_ALONE = Categorical(np.array([1.0, 0.0]))  # the truth says 0, the model says 1


def share_of_real(regime, exact, kept, weight=1.0, last=4):
    """(last - 1,) the real share of what generations 2 .. last train on, where a judge kept
    ``kept`` of the model's rows each generation, each at ``weight``."""
    regime, kind = replace(regime, n=SLOTS), "support" if exact else "items"
    sampler = collapse.Support() if exact else Plain()
    batch = sampler.real(jax.random.key(0), REAL_ALONE, SLOTS, SLOTS)
    pool = regime.start(unjudged(batch, SLOTS, {}), last)
    found = []
    for t in range(1, last):
        rows = len(batch.mass) if exact else int(regime.slots(last))
        said = jnp.ones(rows, jnp.int32) if not exact else jnp.arange(2, dtype=jnp.int32)
        mass = jnp.ones(rows)
        given = jnp.where(jnp.arange(rows) < kept, weight, 0.0)
        if exact:
            some = jnp.minimum(kept, float(regime.taken(jnp.array(t))))
            mass, given = jnp.array([0.0, 1.0]) * some, jnp.full(rows, weight)
        zero = jnp.zeros(rows, jnp.int32)
        fresh = Pool(said, mass, given, 0 * mass, zero, zero + t, {}, kind)
        key = jax.random.fold_in(jax.random.key(1), t)
        pool = regime.absorb(key, pool, fresh, REAL_ALONE, sampler, jnp.array(t))
        data = regime.select(jax.random.fold_in(key, 1), pool, jnp.array(t + 1))
        count = np.asarray(data.count, float)
        found.append(count[np.asarray(data.rows) == 0].sum() / count.sum())
    return np.array(found)


HELD = {  # regime: the real share with FEW_KEPT rows of SLOTS kept, generation by generation
    "fresh": (FreshMix(0.3), [0.3 / 0.55] * 3),
    "fixed": (FixedRealMix(0.3), [0.3 / 0.55] * 3),
    "keep": (RealKeep(0.3), [0.3 / 0.55] * 3),
    "population": (FreshMixPopulation(0.3), [0.3 / (0.3 + 0.7 * 0.25)] * 3),
    "weighted": (WeightedFreshMix(0.4, weight=0.6), [0.6] * 3),
    "expanding": (Expanding(0.5), [1.5 / 1.75, 2 / 2.5, 2.5 / 3.25]),
    "incremental": (Incremental(0.5), [0.5 / 0.75, 0.25 / 0.625, 0.125 / 0.5625]),
    "subsample": (AccumulateSubsample(), [1 / 1.25, 1 / 1.5, 1 / 1.75]),
}


@pytest.mark.slow
@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("name", HELD)
def test_real_share_where_a_judge_keeps_too_few(name, exact):
    """A quarter of the rows kept. Weights hold their share; elsewhere the number of real rows
    holds; and infinitely many items do what many items do, within 4.5 binomial errors."""
    regime, law = HELD[name]
    found = share_of_real(regime, exact, FEW_KEPT)
    error = 1e-5 if exact else LIMIT * np.sqrt(0.25 / FEW_KEPT)
    tight = exact or name in ("fresh", "fixed", "keep", "weighted", "expanding")
    np.testing.assert_allclose(found, law, atol=1e-5 if tight else error)


@pytest.mark.slow
@pytest.mark.parametrize("exact", [False, True])
def test_balanced_where_a_judge_keeps_too_few(exact):
    """Half of the rows are enough for a part of a half, a third, a quarter."""
    found = share_of_real(Balanced(), exact, SLOTS // 2)
    np.testing.assert_allclose(found, [1 / 2, 1 / 3, 1 / 4], atol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("exact", [False, True])
def test_weighted_fresh_mix_where_rows_count_for_less(exact):
    """Every row kept, at a tenth of the weight; and no row kept at all."""
    regime = WeightedFreshMix(0.4, weight=0.6)
    found = share_of_real(regime, exact, SLOTS * 0.6 if exact else SLOTS, weight=0.1)
    np.testing.assert_allclose(found, 0.6, atol=1e-5)
    np.testing.assert_allclose(share_of_real(regime, exact, 0), 1)


def test_fresh_mix_of_a_population_where_the_share_is_no_whole_number_of_rows():
    """A quarter of ten infinitely divisible rows is two and a half."""
    regime = replace(FreshMixPopulation(0.25), n=10)
    sampler = collapse.Support()
    batch = sampler.real(jax.random.key(0), REAL_ALONE, 10, 10)
    pool = regime.start(unjudged(batch, 10, {}), 3)
    taken = regime.taken(jnp.array(1))
    fresh = replace(pool, mass=jnp.array([0.0, 1.0]) * taken)
    after = regime.absorb(jax.random.key(0), pool, fresh, REAL_ALONE, sampler, jnp.array(1))
    np.testing.assert_allclose(after.count / after.count.sum(), [0.25, 0.75], rtol=1e-6)


def test_multi_model_where_a_judge_keeps_more_of_one_member():
    """One row of six of member 0, two of four of member 1, at half the weight: alpha / K each."""
    regime = met(MultiModel(alpha=0.4, beta=0.25))
    real = replace(real_pool(), source=jnp.array([-1, -1, -2, -3] + [-1] * 6, jnp.int32))
    source = jnp.array([0, 1, 1] + [0] * 7, jnp.int32)
    weight = jnp.where(jnp.arange(N) < 3, 0.5, 0.0)
    fresh = replace(fresh_pool(2), source=source, weight=weight)
    pool = absorbing(regime, jax.random.key(0), regime.start(real, 5), fresh, jnp.array(2))
    data = select(regime, pool, 3)
    filled = data.weight > 0
    said = [data.weight[filled & (data.source == k)].sum() for k in (0, 1)]
    public = data.weight[data.source == -1].sum()
    private = [data.weight[data.source == k].sum() for k in (-2, -3)]
    np.testing.assert_allclose(np.array(said) / public, 0.2 / (0.6 * 0.75), rtol=1e-6)
    np.testing.assert_allclose(np.array(private) / public, 0.25 / 0.75, rtol=1e-6)
    assert data.weight.max() <= 1


def test_mistakes_in_sentences():
    for regime in (FreshMix, FixedRealMix, RealKeep):
        assert len(regime(1.2).validate()) == 1
        assert len(regime(Schedule([0.1, -0.1], [1, 2])).validate()) == 1
        assert regime(0.0).validate() == regime(1.0).validate() == []
    assert Replace().validate() == []
    with pytest.raises(TypeError):
        Regime()


# Chains


K, ITEMS = 10, 20
P = (1 / np.arange(1, K + 1)) / (1 / np.arange(1, K + 1)).sum()
SQUARE = (P**2).sum()
H0 = 1 - SQUARE


class Probabilities(Measure):
    def measure(self, key, view):
        return {"p": view.model.p}


def chain(regime, n, generations, seeds, key):
    """Recorded p of all generations, and the first 8 real rows of every seed."""
    truth = Categorical(P)
    arm = Arm(
        truth=truth,
        model=truth,
        judge=KeepAll(),
        regime=regime,
        learner=MaximumLikelihood(),
        sampler=Plain(),
        measures=(Probabilities(),),
        n=n,
        generations=generations,
    )
    record = run_arm(jax.random.key(key), arm, seeds)
    return np.asarray(record["curves"]["p"], float), np.asarray(record["items"][:, 0])


def z_of_mean(sample, law):
    gap = np.asarray(sample, float) - law
    return gap.mean(0) / (gap.std(0, ddof=1) / np.sqrt(len(gap)))


def squared(p, q):
    return ((p - q) ** 2).sum(-1)


def fresh_law(real, items, generations):
    """R_t = E|p_t - p*|^2 with ``real`` new real rows and ``items - real`` of the model's own.

    p_t = a f + (1 - a) g with f from n_s items of p_{t-1}, g from n_r items of p*, independent,
    a = n_s / n; and E|p|^2 = |p*|^2 + R as E p = p*. So
    R_t = a^2 (R_{t-1} + (H_0 - R_{t-1}) / n_s) + (1 - a)^2 H_0 / n_r, from R_1 = H_0 / n.
    """
    own = items - real
    law = [0.0, H0 / items]
    for _ in range(generations - 1):
        past = law[-1]
        drawn = (own / items) ** 2 * (past + (H0 - past) / own) if own else 0
        law.append(drawn + (real / items) ** 2 * H0 / real if real else drawn)
    return np.array(law)


@pytest.mark.slow
def test_fresh_mix_follows_its_recursion():
    """A fixed number of new real rows, 5 of 20: the variance settles instead of growing to H_0."""
    p, _ = chain(FreshMix(0.26), ITEMS, 10, 48_000, key=0)
    t = np.array([1, 2, 3, 10])
    sample = squared(p[:, t], P)
    assert np.abs(z_of_mean(sample, fresh_law(5, ITEMS, 10)[t])).max() < LIMIT
    # One real row more or fewer, one generation off, or a random number of real rows instead.
    for real in (4, 6):
        assert abs(z_of_mean(sample, fresh_law(real, ITEMS, 10)[t])[3]) > LIMIT
    assert np.abs(z_of_mean(sample[:, :2], fresh_law(5, ITEMS, 10)[t[:2] + 1])).min() > LIMIT
    binomial = [0, H0 / ITEMS]
    for _ in range(9):
        binomial.append(0.75**2 * (1 - 1 / ITEMS) * binomial[-1] + H0 / ITEMS)
    assert abs(z_of_mean(sample, np.array(binomial)[t])[3]) > LIMIT


def fixed_law(first, q, real, items, generations):
    """D_m = E|p_m - q|^2 given the real rows: q the frequencies of the ``real`` that stay, first
    those of all, with which generation 1 is fitted. Shapes (S, K) -> (S, generations + 1).

    p_m - q = a (f - q), a = n_s / n, so D_m = a^2 (D_{m-1} + E[1 - |p_{m-1}|^2] / n_s), where
    E|p|^2 = D + 2 E(p - q).q + |q|^2 and E(p_m - q) = a^{m-1} (p_1 - q).
    """
    own = items - real
    a = own / items
    cross, square = ((first - q) * q).sum(-1), (q**2).sum(-1)
    law = [squared(q, P), squared(first, q)]
    for m in range(1, generations):
        spread = 1 - square - law[-1] - 2 * a ** (m - 1) * cross
        law.append(a**2 * (law[-1] + spread / own))
    return np.stack(law, 1)


def test_fixed_real_mix_follows_its_recursion():
    """Given the 5 real rows that stay, the model comes to move around their frequencies."""
    p, items = chain(FixedRealMix(0.25), ITEMS, 10, 8_000, key=1)
    q = np.stack([(items[:, :5] == k).mean(1) for k in range(K)], 1)
    t = np.array([2, 3, 4, 10])
    sample = squared(p, q[:, None])
    law = fixed_law(p[:, 1], q, 5, ITEMS, 11)
    np.testing.assert_allclose(sample[:, 1], law[:, 1], rtol=1e-4, atol=1e-6)
    assert np.abs(z_of_mean(sample[:, t], law[:, t])).max() < LIMIT
    assert np.abs(z_of_mean(sample[:, t[:2]], law[:, t[:2] + 1])).min() > LIMIT
    for real in (4, 6):
        wrong = fixed_law(p[:, 1], q, real, ITEMS, 10)
        assert np.abs(z_of_mean(sample[:, t], wrong[:, t])).max() > 2 * LIMIT


def test_fixed_real_mix_around_the_truth():
    """The same law averaged over the real rows, in closed form from p* alone."""
    p, _ = chain(FixedRealMix(0.25), ITEMS, 10, 8_000, key=2)
    real, own = 5, 15
    a = own / ITEMS
    stays = SQUARE + H0 / real  # E|q|^2; E p_1.q and E|p_1 - q|^2 follow
    cross = a * (SQUARE - stays)
    law = [0.0, a**2 * H0 * (1 / own + 1 / real)]
    for m in range(1, 10):
        spread = 1 - stays - law[-1] - 2 * a ** (m - 1) * cross
        law.append(a**2 * (law[-1] + spread / own))
    t = np.array([1, 2, 5, 10])
    # |p - p*|^2 = |p - q|^2 + 2 (p - q).(q - p*) + |q - p*|^2, E(p_m - q).(q - p*) = -a^m H_0/n_r.
    around = np.array(law)[t] + (1 - 2 * a**t) * H0 / real
    sample = squared(p[:, t], P)
    assert np.abs(z_of_mean(sample, around)).max() < LIMIT
    assert np.abs(z_of_mean(sample, np.array(law)[t])).min() > 2 * LIMIT
    assert np.abs(z_of_mean(sample, fresh_law(real, ITEMS, 10)[t])[1:]).min() > LIMIT


def keep_law(square, real, items, generations, replacement=False):
    """D_m = E|p_m - q|^2 given q, the frequencies of all n real rows, with which generation 1 is
    fitted: g from n_r of these n rows without replacement, whose variance is that with
    replacement times (n - n_r) / (n - 1). E p = q always, so no cross term."""
    own = items - real
    a, finite = own / items, 1 if replacement else (items - real) / (items - 1)
    law = [np.full_like(square, np.nan), np.zeros_like(square)]
    for _ in range(1, generations):
        drawn = a**2 * (law[-1] + (1 - square - law[-1]) / own)
        law.append(drawn + (1 - a) ** 2 * (1 - square) / real * finite)
    return np.stack(law, 1)


@pytest.mark.slow
def test_real_keep_follows_its_recursion():
    """Around the frequencies of all real rows; told from drawing with replacement."""
    p, _ = chain(RealKeep(0.25), ITEMS, 10, 8_000, key=3)
    q = p[:, 1]
    t = np.array([2, 3, 10])
    sample, square = squared(p, q[:, None]), (q**2).sum(1)
    assert np.abs(z_of_mean(sample[:, t], keep_law(square, 5, ITEMS, 10)[:, t])).max() < LIMIT
    again = keep_law(square, 5, ITEMS, 10, replacement=True)
    assert np.abs(z_of_mean(sample[:, t], again[:, t])).max() > LIMIT
    late = keep_law(square, 5, ITEMS, 11)
    assert np.abs(z_of_mean(sample[:, t[:2]], late[:, t[:2] + 1])).min() > LIMIT


def subsample_law(items, generations):
    """E[H_t] under accumulate-subsample. U_t: chance that two different rows of the pool of
    N = n t rows differ; a fit to n of them has H_t = (1 - 1/n) U_t.

    A new row copies a random pool row, so it differs from a given old one with chance
    (N - 1) / N U_t; two new ones with chance H_t. U_1 = H_0.
    """
    n, unlike = items, H0
    law = [H0]
    for t in range(1, generations + 1):
        law.append((1 - 1 / n) * unlike)
        old, total = n * t, n * (t + 1)
        pairs = old * (old - 1) / 2 + n * (old - 1) + n * (n - 1) / 2 * (1 - 1 / n)
        unlike *= pairs / (total * (total - 1) / 2)
    return np.array(law)


@pytest.mark.slow
def test_accumulate_subsample_follows_its_recursion():
    """Between accumulate, where nothing is lost, and replace, where everything is."""
    p, _ = chain(AccumulateSubsample(), N, 10, 8_000, key=4)
    t = np.array([1, 2, 3, 10])
    sample, law = 1 - (p[:, t] ** 2).sum(-1), subsample_law(N, 11)
    assert np.abs(z_of_mean(sample, law[t])).max() < LIMIT
    assert np.abs(z_of_mean(sample[:, :2], law[t[:2] - 1])).min() > LIMIT
    replace = H0 * (1 - 1 / N) ** t
    k = np.arange(1, 11)
    accumulate = H0 * np.cumprod(1 - 1 / (N * k**2))[t - 1]
    assert np.abs(z_of_mean(sample, replace)[1:]).min() > LIMIT
    assert np.abs(z_of_mean(sample, accumulate)[2:]).min() > LIMIT


class Quarter(collapse.Judge):
    """Half of the candidates are expected and an eighth is kept, whatever they are."""

    share = 0.5

    def weigh(self, key, view, reward):
        return top_fraction(jax.random.uniform(key, reward.shape), 0.125)


@pytest.mark.slow
def test_weighted_fresh_mix_with_too_few_rows_kept_follows_its_law():
    """A Gaussian chain on 10 real rows of weight 0.2 in all and 5 of 10 said: its fixed point. A
    weight of 1 / 3 is what fixed weights of the rows would come to."""
    regime, start = WeightedFreshMix(0.5, weight=0.2), collapse.Gaussian(0.0, 1.0)
    parts = (MaximumLikelihood(), Plain(), (collapse.Moments(),))
    arm = Arm(**slots(start, start, Quarter(), regime, *parts), n=20, generations=20)
    record = run_arm(jax.random.key(3), arm, 3000)
    assert (record["health"]["kept"][:, 1:] == 5).all()
    curves = {k: v[:, -1] for k, v in record["curves"].items()}
    found = np.stack([curves["variance"], curves["mean_shift"] ** 2], 1)
    for synthetic, weight, right in ((5, 0.2, True), (5, 1 / 3, False), (10, 0.2, False)):
        law = np.array(gaussian_pools.fresh_mix_limit(10, synthetic, weight=weight))
        assert (np.abs(z_of_mean(found, law)).max() < LIMIT) == right
