"""Curated by users of two tastes: a bargain between them, if choices are among many

Falahati et al. (2026): each choice is made by one of two kinds of user. The model converges to a
mixture of what both like, a weighted Nash bargain, where one taste alone leaves one outcome. Tables
of outcomes on their whole support.
"""

import numpy as np

from collapse import (
    Arm,
    Categorical,
    Choice,
    ModelDiversity,
    OutcomeShares,
    Pluralist,
    Scenario,
    Support,
    TableReward,
)
from collapse.laws import pluralism
from collapse.scenario.published import comparison, number, shape

SIZES = {"quick": (60, 256), "laptop": (200, 1024)}  # generations, many candidates
A, B, Q = 8.0, 5.0, 0.4  # odds of each user for the favourite; chance of the first
CHANCES = (0.3, 0.4, 0.5)
START = np.array([0.3, 0.3, 0.3, 0.1])  # the last two are nobody's favourites
DIFFERS = "two favourites in a table, not images"


def scenario(size: str = "quick") -> Scenario:
    generations, many = SIZES[size]
    tastes = np.array([np.log(A), 0, 0, 0]), np.array([0, np.log(B), 0, 0])

    def arm(k, chances, p=START):
        judges = tuple(Choice(TableReward(taste), k=k) for taste in tastes)
        return Arm(
            truth=Categorical(p),
            judge=Pluralist(judges, chances=chances),
            sampler=Support(),
            measures=(ModelDiversity(), OutcomeShares(4)),
            n=10_000,
            generations=generations,
        )

    arms = {f"first-{q:g}": arm(many, (q, 1 - q)) for q in CHANCES}
    arms |= {"first-alone": arm(many, (1.0, 0.0)), "pairs": arm(2, (Q, 1 - Q))}
    arms |= {"other-start": arm(many, (Q, 1 - Q), START[[1, 3, 0, 2]])}
    return comparison(
        arms,
        name="falahati-pluralism",
        title=__doc__.split("\n")[0],
        source="Falahati et al. (2026)",
        paper="falahati2026",
        minutes={"quick": 0.1, "laptop": 0.1},
        headline=("share_0", "share_1", "model_entropy"),
        seeds=1,
        claims=claims(generations, many),
    )


def claims(last: int, many: int) -> tuple:
    shaped = {"spread": 0.0, "differs": DIFFERS}

    def share(record, arm, i=0):
        return record["curves"][f"{arm}/share_{i}"][:, 1:].astype(float)

    def entropy(record, arm):
        return record["curves"][f"{arm}/model_entropy"][:, -1]

    def bargain(record):
        """(1, T - 1) change of the weighted sum of the users' log utilities."""
        one, two = (share(record, f"first-{Q:g}", i) for i in (0, 1))
        users = Q * np.log(1 + one * (A - 1)) + (1 - Q) * np.log(1 + two * (B - 1))
        return np.diff(users, axis=1)

    return (
        number(
            "The limit is the weighted Nash bargain: share of the first favourite",
            "maximum of q ln E[e^r1] + (1 - q) ln E[e^r2]",
            lambda r: np.stack([share(r, f"first-{q:g}")[:, -1] for q in CHANCES], 1),
            pluralism.pluralist_limit(CHANCES, A, B),
            (last,) * len(CHANCES),
            error=2 / many,
            spread=0.0,
        ),
        shape(
            "On the way the bargain never gets worse",
            "abstract: a weighted Nash bargain, which is a maximum",
            bargain,
            "ascent",
            above=0.0,
            at=tuple(range(2, last + 1)),
            error=2 / many,
            **shaped,
        ),
        shape(
            "The limit is diverse, where one taste alone leaves one outcome",
            "abstract: a diverse limit",
            lambda r: np.stack([entropy(r, f"first-{Q:g}"), 0.6 - entropy(r, "first-alone")], 1),
            "diversity is kept",
            above=0.5,
            at=(last, last),
            **shaped,
        ),
        shape(
            "What nobody likes is lost",
            "limit on the users' favourites",
            lambda r: share(r, f"first-{Q:g}", 2)[:, -1] + share(r, f"first-{Q:g}", 3)[:, -1],
            "support on what is liked",
            below=1e-3,
            at=(last,),
            **shaped,
        ),
        shape(
            "The limit does not depend on the start",
            "a unique limit",
            lambda r: np.abs(share(r, "other-start") - share(r, f"first-{Q:g}"))[:, -1],
            "unique",
            below=1e-3,
            at=(last,),
            **shaped,
        ),
        shape(
            "Choices between two: both tastes survive",
            "abstract: a diverse limit, shown for many candidates",
            lambda r: share(r, "pairs")[:, -1],
            "diversity is kept",
            above=0.05,
            at=(last,),
            note="with K = 2 there is no interior equilibrium for any odds: one taste is lost; "
            "both can survive from K = 3 on (derived here)",
            **shaped,
        ),
    )
