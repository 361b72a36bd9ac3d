"""Optimising a proxy of the reward that is meant: it rises, turns, and falls

Gao, Schulman and Hilton (2023): the gold reward against d = sqrt(KL) under best of n and under
reinforcement learning. Items are points of a standard normal on a fine grid, the proxy is x and the
gold reward bends, a x - b (x^2 - 1); all runs on the whole support. Best of 4 of its own output is
best of 4^t.
"""

import numpy as np
from scipy.stats import norm

from collapse import (
    Arm,
    BestOf,
    Categorical,
    Divergence,
    GoldReward,
    Judged,
    RewardWeighted,
    Scenario,
    ScoreOnly,
    Support,
    TableReward,
)
from collapse.laws import choice
from collapse.scenario.published import comparison, number, shape

POINTS = {"quick": 2001, "laptop": 8001}  # of the grid
A, B = 1.0, 0.25  # of the gold reward
BEST = 4  # of 4, repeated
STEP, PULL = 0.5, 0.25  # of a natural gradient; its KL penalty
EARLY = (2, 3, 4, 5, 6)
LAST = 8  # models: best of 4^7 at the end
DIFFERS = "points on a line with a bent gold reward, not text under a 6B gold model"


def scenario(size: str = "quick") -> Scenario:
    x = np.linspace(-6, 6, POINTS[size])
    p, proxy = norm.pdf(x) / norm.pdf(x).sum(), TableReward(x)
    gold = TableReward(A * x - B * (x**2 - 1))

    def arm(judge, learner=None):
        return Arm(
            truth=Categorical(p),
            judge=judge,
            sampler=Support(),
            measures=(Divergence(), Judged(), GoldReward(gold)),
            n=10_000,
            generations=LAST,
            keep_reference=True,
            **({"learner": learner} if learner else {}),
        )

    arms = {
        "best-of-n": arm(BestOf(proxy, k=BEST)),
        "rl": arm(ScoreOnly(proxy), RewardWeighted(learning_rate=STEP)),
        "rl-with-kl": arm(ScoreOnly(proxy), RewardWeighted(learning_rate=STEP, kl_coef=PULL)),
    }
    return comparison(
        arms,
        name="gao-overoptimisation",
        title=__doc__.split("\n")[0],
        source="Gao, Schulman and Hilton (2023)",
        paper="gao2023",
        minutes={"quick": 0.2, "laptop": 0.2},
        headline=("gold_reward", "reward_mean", "kl_model_truth"),
        seeds=1,
        claims=claims(),
    )


def path(record, arm: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(T,) d = sqrt(KL), proxy and gold reward of models 1 .. T."""
    curves = {c: record["curves"][f"{arm}/{c}"][0, 1:].astype(float) for c in CURVES}
    kl, proxy, gold = (curves[c] for c in CURVES)
    return np.sqrt(np.maximum(kl, 0)), proxy, gold


CURVES = ("kl_model_truth", "reward_mean", "gold_reward")


def left_over(d, gold, form) -> float:
    """Root mean square of the residuals of R = d (alpha - beta f(d)), relative to the top of R."""
    used = d > 0.1
    d, gold = d[used], gold[used]
    x = np.stack([d, -d * form(d)], 1)
    rest = gold - x @ np.linalg.lstsq(x, gold, rcond=None)[0]
    return float(np.sqrt((rest**2).mean()) / gold.max())


def claims() -> tuple:
    shaped = {"spread": 0.0, "differs": DIFFERS}
    sizes = np.arange(2, LAST)
    n = BEST ** np.arange(1.0, LAST - 1)

    def fall(arm):
        """How far the gold reward falls from its top, while the proxy still rises."""

        def observe(record):
            _, proxy, gold = path(record, arm)
            return np.array([gold.max() - gold[-1] if (np.diff(proxy) > 0).all() else -1.0])

        return observe

    def bends(arm, form):
        return lambda r: np.array([left_over(*path(r, arm)[::2], form)])

    def dearer(record):
        """KL of best of n beyond that of the optimum for the same mean proxy, E[x]^2 / 2."""
        d, proxy, _ = path(record, "best-of-n")
        return (d**2 - proxy**2 / 2)[None, 1:]

    def off_frontier(record, arm):
        d, _, gold = path(record, arm)
        return (gold - d * (np.sqrt(2) * A - 2 * B * d))[None, [t - 1 for t in EARLY]]

    return (
        number(
            "KL of the best of n",
            "ln n - (n - 1) / n",
            lambda r: (path(r, "best-of-n")[0][None] ** 2)[:, 1 : LAST - 1],
            choice.best_of_kl(n),
            tuple(sizes),
            error=0.01,
            spread=0.0,
        ),
        shape(
            "Best of n: the gold reward turns down while the proxy rises",
            "fig. 1, best of n",
            fall("best-of-n"),
            "a hump",
            above=0.5,
            at=(LAST,),
            **shaped,
        ),
        shape(
            "RL: the gold reward turns down while the proxy rises",
            "fig. 1, RL",
            fall("rl"),
            "a hump",
            above=0.5,
            at=(LAST,),
            **shaped,
        ),
        shape(
            "Best of n: R = d (alpha - beta d), residuals relative to its top",
            "R_bon(d)",
            bends("best-of-n", lambda d: d),
            "a good fit",
            below=0.05,
            **shaped,
        ),
        shape(
            "RL: d (alpha - beta ln d) fits better than d (alpha - beta d)",
            "R_RL(d)",
            lambda r: bends("rl", np.log)(r) - bends("rl", lambda d: d)(r),
            "d (alpha - beta ln d)",
            below=0.0,
            error=1e-3,
            note="an ideal optimiser gives d (alpha - beta d) as well: the logarithm comes with "
            "the optimiser, not with the reward",
            **shaped,
        ),
        number(
            "A KL penalty does not move the frontier of gold reward and KL",
            "a KL penalty acts as early stopping; gold minus d (sqrt 2 a - 2 b d)",
            lambda r: np.concatenate([off_frontier(r, arm) for arm in ("rl", "rl-with-kl")], 1),
            0.0,
            (*EARLY, *EARLY),
            error=0.01,
            **shaped,
        ),
        shape(
            "For the same proxy reward RL spends more KL than best of n",
            "comparison of RL and best of n",
            lambda r: -dearer(r),
            "RL spends far more KL",
            above=0.0,
            at=tuple(range(2, LAST + 1)),
            error=1e-3,
            note="an ideal optimiser spends the least KL there is, E[x]^2 / 2 here: what the paper "
            "sees is a cost of its optimiser",
            **shaped,
        ),
    )
