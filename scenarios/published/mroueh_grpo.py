"""Rewards relative to the group: the success rate follows a map, and rests above the reference

Mroueh (2025): GRPO with rewards 0 and 1 and a KL penalty beta to the reference has the closed-form
update logit p' = logit p_ref + 1 / (beta sqrt(p (1 - p))). Tables of answers on their whole
support, and groups of sampled answers.
"""

import numpy as np

from collapse import (
    GRPO,
    Arm,
    Categorical,
    OutcomeShares,
    RewardWeighted,
    Scenario,
    ScoreOnly,
    Support,
    TableReward,
)
from collapse.laws import gradient
from collapse.scenario.published import comparison, number, shape

SIZES = {"quick": (40, 20_000), "laptop": (200, 200_000)}  # generations, groups
RIGHT = np.arange(8) < 3
AMONG = np.array([0.5, 0.3, 0.2])  # of the right answers
SETTINGS = ((0.05, 2.0), (0.05, 5.0), (0.2, 2.0), (0.2, 5.0), (0.5, 5.0))  # p_ref, beta
RESTS = (0.1673, 0.0944, 0.4087, 0.2807, 0.6007)  # recomputed fixed points
WEAK = (0.2, 0.6)  # a penalty too weak for a fixed point below 1
GROUPS, RATE = (2, 4, 8, 16), 0.1819  # sizes of groups, success rate
DIFFERS = "tables of answers"


def scenario(size: str = "quick") -> Scenario:
    generations, groups = SIZES[size]

    def arm(solved, learner):
        p = np.r_[solved * AMONG, np.full(5, (1 - solved) / 5)]
        return Arm(
            truth=Categorical(p),
            judge=ScoreOnly(TableReward(RIGHT * 1.0)),
            learner=learner,
            sampler=Support(),
            measures=(OutcomeShares(8),),
            n=10_000,
            generations=generations,
            keep_reference=True,
        )

    def held(beta):
        return RewardWeighted(learning_rate=1 / beta, kl_coef=beta, baseline="standardised")

    arms = {f"ref-{p:g}-beta-{beta:g}": arm(p, held(beta)) for p, beta in (*SETTINGS, WEAK)}
    mirror = RewardWeighted(learning_rate=0.5, baseline="standardised")
    gradients = GRPO(learning_rate=1.0, kl_coef=2.0, steps=400)
    return comparison(
        arms | {"mirror": arm(0.05, mirror), "gradient-steps": arm(0.2, gradients)},
        evidence={"groups": lambda key, seeds: without_gradient(key, seeds, groups)},
        name="mroueh-grpo",
        title=__doc__.split("\n")[0],
        source="Mroueh (2025)",
        paper="mroueh2025",
        minutes={"quick": 0.2, "laptop": 0.2},
        headline=("share_0",),
        seeds=4,
        claims=claims(generations),
    )


def without_gradient(key, seeds: int, groups: int) -> dict:
    """Curve flat (seeds, sizes): share of groups whose answers are all right or all wrong, so that
    the reward standardised in the group is 0 everywhere."""
    import jax

    rng = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    right = [rng.binomial(size, RATE, (seeds, groups)) for size in GROUPS]
    flat = [((c == 0) | (c == size)).mean(1) for c, size in zip(right, GROUPS, strict=True)]
    return {"curves": {"flat": np.stack(flat, 1)}}


def claims(last: int) -> tuple:
    exact = {"spread": 0.0}
    names = [f"ref-{p:g}-beta-{beta:g}" for p, beta in SETTINGS]
    at = (2, 3, 5)

    def shares(record, arm):
        curves = record["curves"]
        return np.stack([curves[f"{arm}/share_{i}"][:, 1:] for i in range(3)], -1).astype(float)

    def solved(record, arm):
        return shares(record, arm).sum(-1)

    def chain(p_ref, beta):
        path = [p_ref]
        for _ in range(max(at)):
            path.append(float(gradient.grpo_step(path[-1], p_ref, beta)))
        return [path[t - 1] for t in at]

    return (
        number(
            "Success rate on the way",
            "logit p' = logit p_ref + 1 / (beta sqrt(p (1 - p)))",
            lambda r: np.concatenate([solved(r, a)[:, [t - 1 for t in at]] for a in names], 1),
            np.ravel([chain(*setting) for setting in SETTINGS]),
            at * len(SETTINGS),
            error=3e-6,
            **exact,
        ),
        number(
            "Where it comes to rest",
            "fixed point of the map",
            lambda r: np.stack([solved(r, a)[:, -1] for a in names], 1),
            RESTS,
            (last,) * len(SETTINGS),
            error=1e-4,
            **exact,
        ),
        shape(
            "It is always above the reference",
            "abstract: success is amplified",
            lambda r: np.stack([solved(r, a)[:, -1] - solved(r, a)[:, 0] for a in names], 1),
            "p* > p_ref",
            above=0.01,
            at=(last,) * len(SETTINGS),
            differs=DIFFERS,
            **exact,
        ),
        shape(
            "With a weak penalty there is a fixed point below 1 too",
            "fixed point of the map",
            lambda r: solved(r, f"ref-{WEAK[0]:g}-beta-{WEAK[1]:g}")[:, -1],
            "a fixed point",
            below=0.99,
            at=(last,),
            note="the map has fixed points only if 2 asinh(beta) is far enough from logit p_ref; "
            "below that, and beyond its unstable root, everything is solved (derived here)",
            differs=DIFFERS,
            **exact,
        ),
        number(
            "The law among the right answers never changes",
            "the update depends on the reward alone",
            lambda r: (shares(r, names[2]) / solved(r, names[2])[..., None])[:, [1, -1]],
            np.tile(AMONG, 2),
            (2, 2, 2, last, last, last),
            error=3e-6,
            **exact,
        ),
        shape(
            "With the KL penalty to the previous model success goes to 1",
            "mirror descent: no fixed point below 1",
            lambda r: solved(r, "mirror")[:, -1],
            "p -> 1",
            above=0.999,
            at=(last,),
            differs=DIFFERS,
            **exact,
        ),
        number(
            "Many gradient steps of GRPO reach the closed form",
            "logit p' = logit p_ref + 1 / (beta sqrt(p (1 - p)))",
            lambda r: solved(r, "gradient-steps")[:, 1],
            float(gradient.grpo_step(0.2, 0.2, 2.0)),
            (2,),
            error=1e-3,
            **exact,
        ),
        number(
            "Share of groups without a gradient, for 2, 4, 8 and 16 answers",
            "p^G + (1 - p)^G; p = .1819 of a public training log",
            lambda r: r["curves"]["flat"],
            (0.702, 0.449, 0.201, 0.040),
            GROUPS,
            error=5e-4,
            spread=np.sqrt(np.array([0.702, 0.449, 0.201, 0.040]) / 20_000),
            evidence="groups",
        ),
    )
