"""Boolean expressions by a model that learns from its own, with their value as a free verifier

After Briesch et al. (2023): a network is trained on random expressions that are True, writes its
own, and is trained on those. The language itself says which of them are right. A verifier that lets
only right ones through makes the model ever more correct, and ever less diverse.
"""

import numpy as np

from collapse import (
    Arm,
    Expressions,
    Incremental,
    ItemDiversity,
    Judged,
    Lift,
    MaximumLikelihood,
    Rate,
    Replace,
    Scenario,
    Tempered,
    Threshold,
    Wording,
)
from collapse.claims import Claim, in_every_seed
from collapse.models.boolean import is_true
from collapse.models.writers import writer
from collapse.simulation import simulate_together

SOURCE = "Briesch et al. (2023), figs. 3-5"
TEMPERATURE = 0.8
FRESH = 0.1
SIZES = {  # rows a generation, generations, seeds, steps of a fit, depth of an expression
    "quick": {"n": 300, "generations": 5, "seeds": 2, "steps": 240, "depth": 2},
    "laptop": {"n": 1000, "generations": 12, "seeds": 3, "steps": 800, "depth": 3},
    "paper": {"n": 10_000, "generations": 50, "seeds": 4, "steps": 5000, "depth": 5},
}


def scenario(size: str = "quick") -> Scenario:
    given = SIZES[size]
    truth = Expressions(depth=given["depth"], answers=False)
    model = writer(size, truth.size, truth.length, 6, 384, steps=given["steps"])
    right = Lift(is_true)

    def arm(judge, regime):
        return Arm(
            truth=truth,
            model=model,
            judge=judge,
            regime=regime,
            learner=MaximumLikelihood(),
            sampler=Tempered(TEMPERATURE),
            measures=(ItemDiversity(), Wording(truth.size), Judged()),
            n=given["n"],
            generations=given["generations"],
            candidates=2 * given["n"] if isinstance(judge, Threshold) else given["n"],
        )

    arms = {
        "unjudged": arm(Rate(right), Replace()),
        "verified": arm(Threshold(right, 0.5, expected=0.5), Replace()),
        "fresh-tenth": arm(Rate(right), Incremental(FRESH)),
    }
    return Scenario(
        name="expressions",
        title="Boolean expressions by a model that learns from its own, with their value as a free "
        "verifier",
        source=SOURCE,
        arms=arms,
        headline=("reward_mean", "effective_number", "distinct_3", "share_kept"),
        seeds=given["seeds"],
        show=truth.text,
        notes=(f"{truth.support_size:,} different true expressions; {truth.entropy():.2f} nats",),
        claims=claims(given["generations"]),
        evidence={"together": lambda key, seeds: simulate_together(arms, key, seeds)},
        extra=("together",),
    )


def claims(last: int) -> tuple[Claim, ...]:
    def change(record, curve):
        values = record["curves"][curve]
        return values[:, -1] - values[:, 1]

    def every(name, holds):
        return in_every_seed(name, SOURCE, "together", holds, last)

    return (
        every("Unjudged: correctness rises", lambda r: change(r, "unjudged/reward_mean") > 0),
        every("Unjudged: diversity falls", lambda r: change(r, "unjudged/entropy") < 0),
        every("Verified: correctness rises", lambda r: change(r, "verified/reward_mean") > 0),
        every("Verified: diversity falls", lambda r: change(r, "verified/entropy") < 0),
        every(
            "Verified: over all generations more is correct than unjudged",
            lambda r: np.greater(
                r["curves"]["verified/reward_mean"][:, 2:].mean(1),
                r["curves"]["unjudged/reward_mean"][:, 2:].mean(1),
            ),
        ),
        every(
            "A tenth fresh data: diversity falls less",
            lambda r: change(r, "fresh-tenth/entropy") > change(r, "unjudged/entropy"),
        ),
    )
