"""Samples chosen by people: the reward rises, its variance goes, and real data hold both

Ferbach et al. (2024): one of K samples is kept by a Plackett-Luce choice, e^r being its odds.
Alone, the model ends on what has the highest reward; with real data it stays near them. Tables of
outcomes run on their whole support; the points in the plane are sampled.
"""

import numpy as np

from collapse import (
    KDE,
    Arm,
    Categorical,
    Choice,
    Distance,
    Divergence,
    FreshMix,
    ModeCoverage,
    ModelDiversity,
    OutcomeShares,
    Scaled,
    Scenario,
    Support,
    TableReward,
    Tilt,
    eight_gaussians,
)
from collapse.laws import choice
from collapse.scenario.published import comparison, number, shape

SIZES = {"quick": (20, 200), "laptop": (40, 2000), "paper": (40, 10_000)}  # generations, points
SEEDS = 4
K = 4
P = np.array([0.05, 0.2, 0.15, 0.1, 0.08, 0.12, 0.2, 0.1])
REWARD = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 2.0, 1.0, 0.25])  # the best two tie
BEST = REWARD.max() == REWARD
CURATED = 0.2  # share of curated data beside real ones: lambda = 1/4, below 1 / (K - 1)
WEIGHT = CURATED / (1 - CURATED)
CLASSES, SHARPNESS = 8, 5.0
CONFIDENCE = np.array([0.99, 0.98, 0.96, 0.95, 0.94, 0.92, 0.86, 0.80])
TARGET, PULL = np.array([2.0, 0.0]), 10.0  # the centre of a mode; reward in place of distance
TABLES = "tables of 8 outcomes, not images"
PLANE = "a kernel density in place of a diffusion model"


def scenario(size: str = "quick") -> Scenario:
    generations, points = SIZES[size]

    def table(p, judge, real=0.0):
        return Arm(
            truth=Categorical(p),
            judge=judge,
            regime=FreshMix(real),
            sampler=Support(),
            measures=(ModelDiversity(), Divergence(), OutcomeShares()),
            n=10_000,
            generations=generations,
        )

    def plane(real):
        return Arm(
            truth=eight_gaussians(),
            model=KDE(bandwidth=0.1),
            judge=Choice(Scaled(Distance(TARGET), by=PULL), k=K),
            regime=FreshMix(real),
            measures=(ModeCoverage(),),
            n=points,
            generations=generations,
        )

    chosen = Choice(TableReward(REWARD), k=K)
    sure, flat = Choice(TableReward(SHARPNESS * CONFIDENCE), k=K), np.full(CLASSES, 1 / CLASSES)
    return comparison(
        {
            "curated": table(P, chosen),
            "endless-choice": table(P, Tilt(TableReward(REWARD))),
            "with-real": table(P, chosen, 1 - CURATED),
            "classes": table(flat, sure),
            "classes-with-real": table(flat, sure, 0.5),
            "plane": plane(0.0),
            "plane-with-real": plane(0.5),
        },
        name="ferbach-curation",
        title=__doc__.split("\n")[0],
        source="Ferbach et al. (2024)",
        paper="ferbach2024",
        minutes={"quick": 0.3, "laptop": 0.3, "paper": 10},
        headline=("model_entropy", "kl_model_truth", "mode_coverage"),
        seeds=SEEDS,
        claims=(*table_claims(generations), *class_claims(generations), *plane_claims()),
    )


def shares(record, arm: str) -> np.ndarray:
    """(S, T, 8) probabilities of the outcomes at models 1 .. T."""
    curves = record["curves"]
    return np.stack([curves[f"{arm}/share_{i}"][:, 1:] for i in range(8)], -1).astype(float)


def odds_moments(record, arm: str) -> tuple[np.ndarray, np.ndarray]:
    """(S, T) mean and variance of e^r."""
    p, odds = shares(record, arm), np.exp(REWARD)
    return p @ odds, p @ odds**2 - (p @ odds) ** 2


def table_claims(last: int) -> tuple:
    exact = {"spread": 0.0, "error": 3e-6}
    shaped = {**exact, "differs": TABLES}
    models = np.arange(1, last)

    def gain_beyond_bound(record):
        mean, variance = odds_moments(record, "curated")
        least = (K - 1) / K * variance / np.exp(REWARD.max())
        return np.diff(mean, axis=1) - least[:, :-1]

    def variance_left(record):
        variance = odds_moments(record, "curated")[1]
        return variance[:, -1] / variance[:, 0]

    def kept_reward(record):
        mean = odds_moments(record, "with-real")[0]
        return mean - P @ np.exp(REWARD)

    def within_best(record):
        p = shares(record, "curated")[:, -1, BEST]
        return p / p.sum(-1, keepdims=True)

    return (
        number(
            "Endless candidates: p_{t+1} = p_t e^r / E[e^r]",
            "Lemma 2.1, K -> infinity",
            lambda r: shares(r, "endless-choice")[:, [1, 4, 9]],
            choice.choice_limit(P, REWARD, [1, 4, 9]).ravel(),
            tuple(np.repeat((2, 5, 10), 8)),
            **exact,
        ),
        shape(
            "E[e^r] gains at least (K - 1) / K Var[e^r] / e^{r*}",
            "Lemma 2.2",
            gain_beyond_bound,
            "never falls",
            above=0.0,
            at=tuple(models),
            **shaped,
        ),
        shape(
            "The variance of the reward goes to 0",
            "convergence to the best level of reward",
            variance_left,
            "Var[e^r] -> 0",
            below=0.01,
            at=(last,),
            **shaped,
        ),
        number(
            "What is left is the first model among the best",
            "p_0 on {r = r*}, renormalised",
            within_best,
            P[BEST] / P[BEST].sum(),
            (last, last),
            **exact,
        ),
        shape(
            f"With real data, lambda = {WEIGHT:g}: the reward stays above theirs",
            "Theorem 2.4",
            lambda r: kept_reward(r)[:, 1:],
            "above the reference",
            above=0.01,
            at=tuple(models + 1),
            **shaped,
        ),
        shape(
            f"With real data, lambda = {WEIGHT:g} < 1 / (K - 1): KL to them",
            "Theorem 2.3: at most -ln(1 - lambda (K - 1))",
            lambda r: r["curves"]["with-real/kl_model_truth"][:, 1:],
            f"{choice.kl_bound_with_real(K, WEIGHT):.3f}",
            below=choice.kl_bound_with_real(K, WEIGHT),
            at=tuple(range(1, last + 1)),
            **shaped,
        ),
    )


def class_claims(last: int) -> tuple:
    shaped = {"spread": 0.0, "differs": TABLES}

    def entropy_lost(arm):
        def lost(record):
            entropy = record["curves"][f"{arm}/model_entropy"]
            return entropy[:, 1] - entropy[:, last]

        return lost

    def sure(arm):
        return lambda r: np.diff(shares(r, arm) @ CONFIDENCE, axis=1)[:, :8].min(1)

    return (
        shape(
            "Confidence as a reward: the classes drift apart",
            "section 4.2, fig. 3: bias amplification",
            entropy_lost("classes"),
            "proportions drift apart",
            above=0.05,
            at=(last,),
            **shaped,
        ),
        shape(
            "The same with half real data: proportions change by less than a tenth of that",
            "section 4.2, fig. 3",
            lambda r: entropy_lost("classes-with-real")(r) - 0.1 * entropy_lost("classes")(r),
            "flat",
            below=0.0,
            at=(last,),
            **shaped,
        ),
        shape(
            "With and without real data the reward grows",
            "section 4.2, fig. 3",
            lambda r: np.stack([sure("classes")(r), sure("classes-with-real")(r)], 1),
            "mean reward rises",
            above=0.0,
            at=(last, last),
            error=1e-6,
            **shaped,
        ),
    )


def plane_claims() -> tuple:
    def modes(arm):
        return lambda r: r["curves"][f"{arm}/mode_coverage"][:, 10]

    return (
        shape(
            "Eight Gaussians, curated alone: one mode is left",
            "experiments in the plane, without real data",
            modes("plane"),
            "collapse to the rewarded region",
            below=1.5 / 8,
            at=(10,),
            differs=PLANE,
        ),
        shape(
            "Eight Gaussians, half real: all modes are kept",
            "experiments in the plane, with real data",
            modes("plane-with-real"),
            "all modes",
            above=0.99,
            at=(10,),
            differs=PLANE,
        ),
    )
