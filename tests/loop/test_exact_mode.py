"""Samples tend to exact mode: every judge and regime, over three generations of eight outcomes.

With as many candidates as items a verdict is a soft weight, with four times as many a chance of
being kept: both must lead where the infinite sample does. All judges share one program: each seed
has its own, chosen by number. Compared in standard errors over seeds; n is so large that the bias
of a finite sample, of order 1 / n, stays below one.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from collapse import (
    Accumulate,
    Arm,
    BernoulliKeep,
    BestOf,
    Categorical,
    Choice,
    Divergence,
    Expanding,
    FixedRealMix,
    FreshMix,
    Incremental,
    ItemDiversity,
    Judge,
    Judged,
    KeepAll,
    MaximumLikelihood,
    Measure,
    NoisyVerifier,
    Plain,
    Pluralist,
    RandomFraction,
    Replace,
    SharedReward,
    Support,
    SupportCoverage,
    Switch,
    TableReward,
    TailMass,
    Threshold,
    Tilt,
    TokenTable,
    TopFraction,
    TotalVariation,
    UserError,
    Wording,
    advance,
    begin,
    prepare,
)
from collapse.laws.choice import choice
from collapse.loop.simulate import run_arm
from collapse.numerics.pytree import replace, seed_keys
from tests.shared import slots

LIMIT = 4.5
N, SEEDS, LAST = 8000, 24, 3
P = np.array([0.05, 0.2, 0.15, 0.1, 0.08, 0.12, 0.2, 0.1])
REWARD = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 2.0, 1.0, 0.25])  # ties, also of the best
OTHER = np.array([1.0, 0.0, 0.5, 0.0, 2.0, 0.0, 1.5, 1.0])
CHANCE = np.array([0.9, 0.3, 0.6, 0.2, 0.8, 0.5, 0.4, 0.7])
KINDS = {"soft": N, "hard": 4 * N}  # candidates for N items


class Shares(Measure):
    """Curve: p (8,), the model's probabilities."""

    def measure(self, key, view):
        return {"p": view.model.p}


class Scorer(Judge):
    """A user's judge with ``score`` alone: the best fifth is kept."""

    def score(self, key, view):
        return jnp.asarray(OTHER)[view.items]


class Weigher(Judge):
    """A user's judge with ``weigh`` alone."""

    def weigh(self, key, view, reward):
        return jnp.asarray(CHANCE)[view.items] ** 2


class OneOf(Judge):
    """The judge of that number."""

    share = 0.25
    group = 4
    judges: tuple
    which: jax.Array = eqx.field(default_factory=lambda: jnp.array(0, jnp.int32))

    def judge(self, key, view):
        verdicts = [lambda judge=judge: judge.judge(key, view)[0] for judge in self.judges]
        return jax.lax.switch(self.which, verdicts), self


class OneByOne(Categorical):
    """Seeds one after the other, so that each runs its own judge and not all of them."""

    side_by_side = False


TABLE = TableReward(REWARD)
JUDGES = {
    "keep all": KeepAll(),
    "random fraction": RandomFraction(0.3),
    "threshold": Threshold(TABLE, at=1.0),
    "top fraction": TopFraction(TABLE, fraction=0.25),
    "best of": BestOf(TABLE, k=4),
    "choice": Choice(TABLE, k=4, strength=0.7),
    "verifier": BernoulliKeep(CHANCE),
    "verifier, hard": BernoulliKeep(CHANCE, hard=True),
    "tilt": Tilt(TABLE, strength=0.5),
    "noisy verifier": NoisyVerifier(TABLE, keep_right=0.8, keep_wrong=0.3),
    "crowded": SharedReward(TableReward(REWARD + 0.5)),
    "pluralist": Pluralist(
        (Choice(TABLE, k=4), Choice(TableReward(OTHER), k=4)), chances=(0.3, 0.7)
    ),
    "switch": Switch((Choice(TABLE, k=4), Tilt(TableReward(OTHER))), starts=(1, 2)),
    "only scores": Scorer(),
    "only weighs": Weigher(),
}


def arm_of(judge, sampler, candidates, regime=None):
    return prepare(
        Arm(
            truth=Categorical(P),
            model=OneByOne(P),
            judge=judge,
            regime=regime or Replace(),
            learner=MaximumLikelihood(),
            sampler=sampler,
            measures=(Shares(),),
            n=N,
            generations=LAST,
            candidates=candidates,
        )
    )


def chains(arm, which):
    """(S, LAST, 8) the model's probabilities; seed i has judge ``which[i]``."""
    keys = seed_keys(jax.random.key(5), range(len(which)))
    states, _ = begin(arm, keys)
    if isinstance(arm.judge, OneOf):
        which = jnp.asarray(which, jnp.int32)
        states = eqx.tree_at(lambda s: s.judge.which, states, which)
    _, rows = advance(arm, states, keys, jnp.array(1, jnp.int32), jnp.array(LAST, jnp.int32))
    return np.asarray(rows["curves"]["p"][:LAST], float).swapaxes(0, 1)


def deviation(sampled, exact):
    """Largest deviation of a mean over seeds from exact mode, in standard errors: those of N whole
    items at least, for outcomes of which few were drawn."""
    least = exact * (1 - exact) / N + 1e-9
    se = np.sqrt(np.maximum(sampled.var(0, ddof=1), least) / len(sampled))
    return float(np.abs((sampled.mean(0) - exact) / se).max())


EVERY = np.arange(len(JUDGES))
ALL = OneOf(tuple(JUDGES.values()))


@pytest.fixture(scope="module")
def exact():
    """{judge: (LAST, 8)}; under ``replace`` soft weights and chances come to the same."""
    return dict(zip(JUDGES, chains(arm_of(ALL, Support(), KINDS["hard"]), EVERY), strict=True))


@pytest.fixture(scope="module", params=KINDS)
def sampled(request):
    """{judge: (SEEDS, LAST, 8)}"""
    found = chains(arm_of(ALL, Plain(), KINDS[request.param]), np.repeat(EVERY, SEEDS))
    return dict(zip(JUDGES, found.reshape(len(EVERY), SEEDS, LAST, 8), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("name", JUDGES)
def test_every_judge(sampled, exact, name):
    assert deviation(sampled[name], exact[name]) < LIMIT
    np.testing.assert_allclose(exact[name].sum(1), 1, rtol=1e-5)
    assert name in ("keep all", "random fraction") or np.abs(exact[name][-1] - P).max() > 0.02


@pytest.mark.slow
def test_what_is_a_little_wrong_is_told(sampled, exact):
    """Another strength, another size of group, one round off: the same comparison fails."""
    for strength, k, verdict in ((0.7, 4, True), (0.8, 4, False), (0.7, 3, False)):
        law = choice(P, REWARD, k, strength, LAST - 1)
        assert (deviation(sampled["choice"], law) < LIMIT) == verdict
    late = exact["tilt"][[0, 0, 1]]
    assert deviation(sampled["tilt"], late) > 2 * LIMIT


REGIMES = {
    "fresh mix": (FreshMix(0.3), "hard"),
    "expanding": (Expanding(0.7), "hard"),
    "fixed real mix": (FixedRealMix(0.3), "soft"),
    "accumulate": (Accumulate(), "soft"),
    "incremental": (Incremental(0.4), "soft"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", REGIMES)
def test_every_regime(name):
    """Under a tilt; where it keeps too few of the candidates, slots stay empty in both modes."""
    regime, kind = REGIMES[name]
    judge = Tilt(TABLE, strength={"soft": 1.0, "hard": 3.0}[kind])
    exact = chains(arm_of(judge, Support(), KINDS[kind], regime), [0])[0]
    sampled = chains(arm_of(judge, Plain(), KINDS[kind], regime), range(SEEDS))
    assert deviation(sampled, exact) < LIMIT
    other = arm_of(replace(judge, strength=judge.strength * 1.2), Support(), KINDS[kind], regime)
    assert deviation(sampled, chains(other, [0])[0]) > LIMIT


MEASURES = (
    ItemDiversity(),
    SupportCoverage(),
    TailMass(0.3),
    Divergence(),
    TotalVariation(),
    Judged(),
)


def measured(sampler, n: int, candidates: int | None) -> dict:
    """The curves of an arm whose judge weighs softly, or keeps, by how many candidates there are;
    generations 0 to 2."""
    sizes = {"n": n, "generations": 2, "candidates": candidates}
    parts = Tilt(TABLE), Replace(), MaximumLikelihood(), sampler, MEASURES
    arm = Arm(**slots(Categorical(P), Categorical(P), *parts), **sizes)
    return run_arm(jax.random.key(3), arm, 1)["curves"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_curve_in_exact_mode_is_what_large_samples_tend_to(kind):
    """An estimate of what a sample has not seen has no meaning there, and is not a number."""
    exact, drawn = (measured(sampler, N, KINDS[kind]) for sampler in (Support(), Plain()))
    assert np.isnan(exact.pop("entropy_chao_shen")).all()
    np.testing.assert_allclose(exact["entropy"][0, 0], -(P * np.log(P)).sum(), rtol=1e-6)
    for name, values in exact.items():
        np.testing.assert_allclose(drawn[name], values, rtol=0.04, atol=0.03, err_msg=name)


def test_words_are_not_counted_in_exact_mode():
    """Its rows are all that can be said, however rarely."""
    truth = TokenTable.uniform(3, 3)
    parts = KeepAll(), Replace(), MaximumLikelihood(), Support(), (Wording(3),)
    with pytest.raises(UserError, match="Wording counts tokens of items"):
        prepare(Arm(**slots(truth, truth, *parts), n=20, generations=1))
