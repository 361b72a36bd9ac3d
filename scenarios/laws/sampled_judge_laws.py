"""Judges that see a sample: of a handful of items, every count that may be left, with its chance

Six items a generation or fewer, of three outcomes, so that the whole law of what a judge leaves can
be listed. Each arm draws items, and its mean shares and their mean squares are held against that
list, judged once and judged twice. Generation t of an arm has been judged t - 1 times.
"""

from functools import cache

import jax.numpy as jnp
import numpy as np

from collapse import (
    DPP,
    MMR,
    Arm,
    BernoulliKeep,
    BestOf,
    Categorical,
    Choice,
    Claim,
    FunctionReward,
    Gaussian,
    MapElites,
    MaximumLikelihood,
    Moments,
    NoisyVerifier,
    OutcomeShares,
    PassAt,
    Plain,
    Pluralist,
    Replace,
    Scenario,
    SharedReward,
    TableReward,
    Threshold,
    Tilt,
    TopFraction,
)
from collapse.laws import categorical, choice, enumeration, gaussian
from collapse.measures.population import MemberMeans
from collapse.measures.reward import Judged

P = np.array([0.5, 0.3, 0.2])
REWARD = np.array([0.0, 1.0, 0.5])
TIED = np.array([0.0, 1.0, 1.0])
WORTH = np.array([1.0, 3.0, 2.0])  # what the outcomes share among their items
CELLS = (0, 0, 1)  # of a map, for each outcome
STRENGTH = 0.8
CHANCE = np.array([0.4, 1.0, 0.7])  # that each outcome is kept by a verifier of its own
KEEP_RIGHT, KEEP_WRONG = 0.9, 0.3
FIRST = 0.75  # chance of the first of two judges
TRADE, WIDTH = 0.3, 1.5  # of relevance against likeness; outcomes over which likeness falls
N, JUDGED, LAST = 6, (2, 3), 4
COINS, DRAWN = 4, 8  # items kept at most, and candidates, of judges that toss coins
FAIR, FAIR_AT = 10, (1, 2, LAST)  # items of a fair coin under two judges
TOP, OF, TOP_AT = 5, 10, (2, 3, LAST)  # the upper half of ten normals
LISTED = "derived by listing all samples: collapse.laws.enumeration"


def likeness(items):
    """(k, k) of outcomes: the nearer their numbers, the more alike."""
    return jnp.exp(-jnp.abs(items[:, None] - items[None]) / WIDTH)


def own_likeness(one: int, other: int) -> float:
    return float(np.exp(-abs(one - other) / WIDTH))


# Judges, each with what it is called and with how it keeps, told a second time


def of_groups() -> dict[str, tuple]:
    """Those that compare k candidates: how they pick of a group."""
    reward = TableReward(REWARD)
    best, worst = enumeration.best_of(REWARD), enumeration.plackett_luce(REWARD, -STRENGTH)
    two = BestOf(reward=reward, k=3), Choice(reward=reward, k=3, strength=-STRENGTH)
    return {
        "best-of": (
            "The best of 3, two outcomes tied",
            BestOf(reward=TableReward(TIED), k=3),
            enumeration.best_of(TIED),
        ),
        "choice": (
            "Choice of one in 3",
            Choice(reward=reward, k=3, strength=STRENGTH),
            enumeration.plackett_luce(REWARD, STRENGTH),
        ),
        "pluralist": (
            "The best of 3 or, 1 in 4, a choice of the opposite",
            Pluralist(judges=two, chances=(FIRST, 1 - FIRST)),
            enumeration.one_of((best, worst), (FIRST, 1 - FIRST)),
        ),
        "mmr": (
            "Maximal marginal relevance, 3 of 5",
            MMR(reward=reward, k=5, keep=3, similarity=likeness, trade=TRADE),
            enumeration.marginal_relevance(REWARD, own_likeness, TRADE, 3),
        ),
        "dpp": (
            "A determinantal pair of 4",
            DPP(reward=reward, k=4, keep=2, similarity=likeness, strength=STRENGTH),
            enumeration.determinantal_pair(REWARD, own_likeness, STRENGTH),
        ),
    }


def of_coins() -> dict[str, tuple]:
    """Those that keep each item by a coin of its own: the chances of the outcomes, given how many
    of each were drawn."""
    reward = TableReward(REWARD)
    right = np.where(REWARD > 0, KEEP_RIGHT, KEEP_WRONG)

    def tilted(counts):
        best = REWARD[np.array(counts) > 0].max()
        return np.exp(STRENGTH * np.minimum(REWARD - best, 0))

    def crowded(counts):
        earned = WORTH / np.where(np.array(counts) > 0, counts, np.inf)
        return earned / earned.max()

    return {
        "tilt": ("A tilt by the best of the batch", Tilt(reward=reward, strength=STRENGTH), tilted),
        "threshold": (
            "A threshold that one outcome just reaches",
            Threshold(reward=reward, at=0.5),
            lambda _: 1.0 * (REWARD >= 0.5),
        ),
        "noisy": (
            "A verifier that errs",
            NoisyVerifier(reward=reward, keep_right=KEEP_RIGHT, keep_wrong=KEEP_WRONG),
            lambda _: right,
        ),
        "crowded": (
            "What each outcome is worth, shared by its items",
            SharedReward(reward=TableReward(WORTH)),
            crowded,
        ),
    }


def arms() -> dict[str, Arm]:
    def arm(judge, n=N, candidates=None, p=P, *more):
        return Arm(
            truth=Categorical(p),
            model=Categorical(p),
            judge=judge,
            regime=Replace(),
            learner=MaximumLikelihood(),
            sampler=Plain(),
            measures=(OutcomeShares(count=len(p)), *more),
            n=n,
            generations=LAST,
            candidates=candidates,
        )

    solved = PassAt(reward=TableReward(REWARD - 0.75), ks=(2,))  # right is what is worth most
    two = tuple(BestOf(reward=TableReward(1.0 * np.eye(2)[i]), k=2) for i in range(2))
    line = Gaussian(mean=0.0, cov=1.0, ddof=1)
    return {
        **{name: arm(judge) for name, (_, judge, _) in of_groups().items()},
        "choice": arm(of_groups()["choice"][1], N, None, P, solved),
        **{name: arm(judge, COINS, DRAWN) for name, (_, judge, _) in of_coins().items()},
        "bernoulli": arm(BernoulliKeep(chance=CHANCE, expected=1.0, hard=True), COINS, COINS),
        "weights": arm(BernoulliKeep(chance=CHANCE, expected=1.0), COINS, COINS, P, Judged()),
        "top": arm(TopFraction(reward=TableReward(TIED), fraction=0.5), N, None, P, Judged()),
        "elites": arm(
            MapElites(
                reward=TableReward(REWARD),
                cell=lambda items: jnp.array(CELLS)[items],
                cells=2,
                fraction=0.5,
            )
        ),
        "fair": arm(Pluralist(judges=two), FAIR, None, np.full(2, 0.5)),
        "top-normals": Arm(
            truth=line,
            model=line,
            judge=TopFraction(reward=FunctionReward(lambda items: items[:, 0]), fraction=TOP / OF),
            regime=Replace(),
            learner=MaximumLikelihood(),
            sampler=Plain(),
            measures=(Moments(), MemberMeans()),
            n=TOP,
            generations=LAST,
        ),
    }


# What is expected


def kept(name: str, p: tuple) -> enumeration.Law:
    """Counts, or sums of weights, that are left of what a model (K,) says."""
    if name in of_groups():
        _, judge, pick = of_groups()[name]
        return enumeration.of_groups(p, judge.group, pick, round(N / judge.group / judge.share))
    if name == "top":
        return enumeration.of_best(p, 2 * N, N, TIED)
    if name == "elites":
        return enumeration.of_cells(p, 2 * N, N, REWARD, CELLS)
    if name == "weights":
        drawn = enumeration.multinomial(COINS, p)
        return {tuple(np.multiply(counts, CHANCE)): chance for counts, chance in drawn.items()}
    if name == "bernoulli":
        return enumeration.of_coins(p, COINS, COINS, lambda _: CHANCE)
    return enumeration.of_coins(p, DRAWN, COINS, of_coins()[name][2])


@cache
def expected(name: str) -> np.ndarray:
    """(12,) mean share and mean square of each outcome, judged once and judged twice."""
    n = COINS if name in (*of_coins(), "bernoulli", "weights") else N
    laws = enumeration.chain(P, n, lambda p, t: kept(name, p), JUDGED[-1])
    return np.ravel([enumeration.moments(laws[t - 1]) for t in JUDGED])


def moments(record) -> np.ndarray:
    """(S, 12) what is seen of them."""
    share = [record["curves"][f"share_{i}"][:, list(JUDGED)] for i in range(len(P))]
    share = np.stack(share, -1).astype(float)  # (S, 2, K)
    return np.stack([share, share**2], axis=2)


def over_models(name: str, number, n: int) -> list[float]:
    """The mean of number(model) over the models of generations 1 and 2, listed."""
    laws = enumeration.chain(P, n, lambda p, t: kept(name, p), 2)
    return [sum(chance * number(model) for model, chance in law.items()) for law in laws]


def effective(model) -> float:
    """Expected (sum w)^2 / sum w^2 of the weights of what a model says."""
    drawn = enumeration.multinomial(COINS, model)
    sums = {c: (np.dot(c, CHANCE), np.dot(c, CHANCE**2)) for c in drawn}
    return sum(chance * sums[c][0] ** 2 / sums[c][1] for c, chance in drawn.items())


def measured_claims() -> tuple[Claim, ...]:
    """What is measured of a judged sample, in arms that are there for their judges."""
    best = int(REWARD.argmax())
    return (
        Claim(
            "A chance for each outcome, as a weight: effective number of items",
            "law",
            LISTED,
            "weights",
            "effective_sample_size",
            lambda t: np.array(over_models("weights", effective, COINS)),
            (1, 2),
        ),
        Claim(
            "The upper half: exactly a half of every batch is kept",
            "identity",
            "by its definition",
            "top",
            "share_kept",
            TOP / OF,
            (1, 2, 3),
            error=1e-6,
        ),
        Claim(
            "Choice of one in 3: one of two is right, estimated from the three without bias",
            "law",
            "Chen et al. (2021): 1 - (1 - p)^2",
            "choice",
            "pass_at_2",
            lambda t: np.array(over_models("choice", lambda p: 1 - (1 - p[best]) ** 2, N)),
            (1, 2),
        ),
    )


def listed(name: str, called: str) -> Claim:
    at = tuple(np.repeat(JUDGED, 2 * len(P)).tolist())
    says = f"{called}: mean shares and their mean squares"
    return Claim(says, "law", LISTED, name, moments, lambda _: expected(name), at)


def normal_claims() -> tuple[Claim, ...]:
    gain, spread, factor = choice.sampled_top_moments(TOP, OF)
    times = np.array(TOP_AT)
    source = "order statistics of ten normals, derived: collapse.laws.choice"

    def own(name, observe, expected, at=(2,)):
        name = f"The upper 5 of 10 normals, refitted, ddof = 1: {name}"
        return Claim(name, "law", source, "top-normals", observe, expected, at)

    return (
        own("the gain of the mean", "average", gain * gaussian.replace_standard_deviation(1, TOP)),
        own(
            "the mean square of the mean",
            lambda record: record["curves"]["average"][:, 2] ** 2,
            1 / TOP + gain**2 + spread,
        ),
        own("the mean variance", "variance", factor ** (times - 1.0), TOP_AT),
    )


def scenario() -> Scenario:
    called = {name: parts[0] for name, parts in (of_groups() | of_coins()).items()} | {
        "bernoulli": "A chance for each outcome, tossed",
        "weights": "A chance for each outcome, as a weight",
        "top": "The upper half, two outcomes tied",
        "elites": "The best of every cell of a map",
    }
    times = np.array(FAIR_AT)
    return Scenario(
        name="sampled-judge-laws",
        title=__doc__.split("\n")[0],
        source="derived here",
        arms=arms(),
        headline=("share_0", "share_1", "variance"),
        seeds=40_000,
        extra=("crowded", "elites"),
        claims=(
            *(listed(name, words) for name, words in called.items()),
            Claim(
                "Two judges of opposite taste, a fair coin for each pair: variance of the share",
                "law",
                "Wright (1931): what is kept of a pair is one of the two, whatever they are",
                "fair",
                lambda record: (record["curves"]["share_0"][:, list(FAIR_AT)] - 0.5) ** 2,
                0.25 - categorical.replace_heterozygosity(times, FAIR, 0.5) / 2,
                FAIR_AT,
            ),
            *measured_claims(),
            *normal_claims(),
        ),
    )
