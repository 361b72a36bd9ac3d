"""Anchors of RL: reverse KL lets go of answers that are no longer drawn, forward KL rehearses

DPH-RL (2025): with a reverse KL penalty RL loses pass@k; anchors that cover the base model's
answers, forward KL or Jensen and Shannon's divergence, keep it. Optima of each divergence on whole
supports, where only forward KL holds unlikely answers better; and problems learned from sampled
answers, where the forward KL is answers of the base model rehearsed.
"""

from functools import partial

import numpy as np
from scipy.optimize import brentq
from scipy.special import betaincinv

from collapse import (
    Arm,
    Categorical,
    Conditional,
    FreshMix,
    FunctionReward,
    OutcomeShares,
    PassAt,
    RewardWeighted,
    Scenario,
    ScoreOnly,
    Support,
    TableReward,
)
from collapse.scenario.published import comparison, number, shape, simulate_together

SIZES = {"quick": (100, 16), "laptop": (400, 64)}  # problems, seeds
P = np.array([0.4, 0.3, 0.2, 0.1])
REWARD = np.array([1.0, 0.5, 0.0, -1.0])
BETA = 0.3
SKILL = (0.4, 2.0)  # Beta of the success rates
SETTLED = 300
GROUP, EACH, LAST, RATE = 16, 64, 6, 1.0
REHEARSED = 0.25  # share of answers that are the base model's
KS = (1, 64)
DIFFERS = "a table of problems and answers, not a language model"


def slope(u: np.ndarray, divergence: str) -> np.ndarray:
    """f'(u) of the divergence sum q f(p / q)."""
    return {"reverse": np.log(u), "forward": -1 / u, "js": np.log(2 * u / (1 + u)) / 2}[divergence]


def optimum(divergence: str) -> np.ndarray:
    """(4,) maximum of E[r] - BETA D(p, P): r - BETA f'(p / P) is the same for every outcome."""

    def outcome(level):
        goal = (REWARD - level) / BETA
        if divergence == "reverse":
            return P * np.exp(goal)
        if divergence == "forward":
            return P / -goal
        half = np.exp(2 * goal) / 2  # u / (1 + u)
        return P * half / (1 - half)

    top = REWARD.max() - (BETA * np.log(2) / 2 if divergence == "js" else 0)
    start = REWARD.min() - 50 if divergence == "reverse" else top + 1e-9
    level = brentq(lambda x: outcome(x).sum() - 1, start, REWARD.max() + 50)
    return outcome(level)


def scenario(size: str = "quick") -> Scenario:
    problems, seeds = SIZES[size]
    skill = betaincinv(*SKILL, (np.arange(problems) + 0.5) / problems)
    table = Conditional(np.stack([1 - skill, skill], 1), np.full(problems, 1 / problems))
    right = FunctionReward(lambda rows: rows[:, 1] * 1.0)

    def exact(divergence):
        learner = RewardWeighted(learning_rate=0.5, kl_coef=BETA, divergence=divergence)
        return Arm(
            truth=Categorical(P),
            judge=ScoreOnly(TableReward(REWARD)),
            learner=learner,
            sampler=Support(),
            measures=(OutcomeShares(4),),
            n=10_000,
            generations=SETTLED,
            keep_reference=True,
        )

    def sampled(rehearsed, pull):
        return Arm(
            truth=table,
            model=table,
            judge=ScoreOnly(right),
            learner=RewardWeighted(learning_rate=RATE, kl_coef=pull, baseline="none"),
            regime=FreshMix(rehearsed),
            measures=(PassAt(right, ks=KS, of="model"),),
            n=problems * EACH,
            group=GROUP,
            generations=LAST,
            keep_reference=True,
        )

    optima = {f"optimum-{name}": exact(name) for name in ("reverse", "forward", "js")}
    arms = {
        "no-anchor": sampled(0.0, 0.0),
        "reverse-kl": sampled(0.0, 0.2),
        "rehearsal": sampled(REHEARSED, 0.0),
    }
    return comparison(
        arms,
        evidence={"optima": partial(simulate_together, optima)},
        name="dphrl-anchors",
        title=__doc__.split("\n")[0],
        source="DPH-RL (2025)",
        paper="dphrl2025",
        minutes={"quick": 0.2, "laptop": 0.3},
        headline=("pass_at_1", "pass_at_64"),
        seeds=seeds,
        claims=claims(),
    )


def claims() -> tuple:
    def optimum_of(record, name):
        shares = [record["curves"][f"optimum-{name}/share_{i}"][:, -1] for i in range(4)]
        return np.stack(shares, 1)

    def passes(record, arm, k, t=LAST):
        return record["curves"][f"{arm}/pass_at_{k}"][:, t]

    optima = [
        number(
            f"The optimum of a {words} anchor",
            "r - beta f'(p / q) is constant, derived",
            lambda r, name=name: optimum_of(r, name),
            optimum(name),
            (SETTLED,) * 4,
            error=1e-4,
            spread=0.0,
            evidence="optima",
        )
        for name, words in (("reverse", "reverse-KL"), ("forward", "forward-KL"), ("js", "JS"))
    ]
    return (
        *optima,
        shape(
            "Forward KL holds what has the least reward, where reverse KL lets it go",
            "mass-covering divergences",
            lambda r: optimum_of(r, "forward")[:, 3] / optimum_of(r, "reverse")[:, 3],
            "knowledge is retained",
            above=5.0,
            at=(SETTLED,),
            spread=0.0,
            evidence="optima",
            differs=DIFFERS,
        ),
        shape(
            "Jensen-Shannon holds it better than reverse KL too",
            "mass-covering divergences",
            lambda r: optimum_of(r, "js")[:, 3] / optimum_of(r, "reverse")[:, 3],
            "knowledge is retained",
            above=1.0,
            at=(SETTLED,),
            spread=0.0,
            evidence="optima",
            note="at the optimum of the same penalty it holds unlikely answers less: its slope "
            "there is half as steep as that of reverse KL",
            differs=DIFFERS,
        ),
        shape(
            "All raise pass@1",
            "abstract",
            lambda r: np.stack(
                [
                    passes(r, arm, 1) - passes(r, arm, 1, 0)
                    for arm in ("no-anchor", "reverse-kl", "rehearsal")
                ],
                1,
            ),
            "pass@1 rises",
            above=0.05,
            at=(LAST,) * 3,
            differs=DIFFERS,
        ),
        shape(
            "Without an anchor, or with a reverse KL, pass@64 falls below the base model",
            "abstract: reverse KL loses pass@k",
            lambda r: np.stack(
                [passes(r, arm, 64) - passes(r, arm, 64, 0) for arm in ("no-anchor", "reverse-kl")],
                1,
            ),
            "falls",
            below=0.0,
            at=(LAST, LAST),
            differs=DIFFERS,
        ),
        shape(
            "Rehearsal keeps pass@64 above both",
            "abstract: forward KL and JS keep pass@k",
            lambda r: np.stack(
                [
                    passes(r, "rehearsal", 64) - passes(r, arm, 64)
                    for arm in ("no-anchor", "reverse-kl")
                ],
                1,
            ),
            "kept",
            above=0.0,
            at=(LAST, LAST),
            differs=DIFFERS,
        ),
        shape(
            "Rehearsal gains as much pass@1 as a reverse KL",
            "abstract: pass@1 and pass@k together",
            lambda r: passes(r, "rehearsal", 1) - passes(r, "reverse-kl", 1),
            "no trade-off",
            above=0.0,
            at=(LAST,),
            note="in a table every problem stands alone, so that rehearsal pulls each one back to "
            "the base model and gains nothing elsewhere",
            differs=DIFFERS,
        ),
    )
