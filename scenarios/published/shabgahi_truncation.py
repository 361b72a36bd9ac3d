"""Cross-entropy that leaves out what the model is sure of delays collapse

Shabgahi et al. (2025): a model that learns from its own likely samples becomes overconfident.
Tokens that it gives more than a threshold are left out of its loss, and it lasts longer. Tables of
outcomes drawn at a temperature below 1, on their whole support.
"""

import numpy as np

from collapse import (
    Arm,
    MaximumLikelihood,
    ModelDiversity,
    OutcomeShares,
    Scenario,
    Support,
    Tempered,
    Truncated,
    zipf,
)
from collapse.scenario.published import comparison, number, shape

OUTCOMES, COLD, T = 12, 0.85, 20
THRESHOLDS = (1.0, 0.6, 0.4)
STEPS, RATE = 400, 1.0
DIFFERS = "tables of outcomes drawn at a temperature of 0.85, not a transformer"


def scenario(size: str = "quick") -> Scenario:
    def arm(learner):
        return Arm(
            truth=zipf(OUTCOMES),
            learner=learner,
            sampler=Support(of=Tempered(COLD)),
            measures=(ModelDiversity(), OutcomeShares(1)),
            n=1000,
            generations=T,
        )

    arms = {"refit": arm(MaximumLikelihood())} | {
        f"below-{x:g}": arm(Truncated(x, learning_rate=RATE, steps=STEPS)) for x in THRESHOLDS
    }
    return comparison(
        arms,
        name="shabgahi-truncation",
        title=__doc__.split("\n")[0],
        source="Shabgahi et al. (2025)",
        paper="shabgahi2025",
        minutes={"quick": 0.1, "laptop": 0.1},
        headline=("model_entropy", "share_0"),
        seeds=2,
        claims=claims(),
    )


def entropy(t: int) -> float:
    """Entropy of model t that is refitted to what it draws: the truth to the power COLD^(1 - t)."""
    p = np.arange(1.0, OUTCOMES + 1) ** -(COLD ** (1 - t))
    p = p / p.sum()
    return float(-(p * np.log(p)).sum())


def claims() -> tuple:
    exact = {"spread": 0.0, "differs": DIFFERS}

    def curve(record, arm, name="model_entropy"):
        return record["curves"][f"{arm}/{name}"].astype(float)

    def lasts(record, arm):
        """(S, 1) generations with at least a third of the first model's entropy."""
        nats = curve(record, arm)[:, 1:]
        return (nats >= nats[:, :1] / 3).sum(1, keepdims=True).astype(float)

    at = (2, 4, 8)
    return (
        number(
            "Refit: the entropy of an ever surer model",
            "derived: p^(1 / c) a generation",
            lambda r: curve(r, "refit")[:, list(at)],
            np.array([entropy(t) for t in at]),
            at,
            spread=0.0,
            error=1e-4,
        ),
        number(
            "Threshold 1 is the plain cross-entropy",
            "derived: the same, by gradient descent",
            lambda r: curve(r, "below-1")[:, [2, 4]],
            np.array([entropy(t) for t in (2, 4)]),
            (2, 4),
            spread=0.0,
            error=0.05,
            differs=f"{STEPS} steps of gradient descent do not quite reach the optimum",
        ),
        shape(
            "Truncated cross-entropy keeps more entropy",
            "abstract: delays collapse",
            lambda r: curve(r, "below-0.6")[:, [T]] - curve(r, "refit")[:, [T]],
            "delayed",
            above=0.1,
            at=(T,),
            **exact,
        ),
        shape(
            "The model lasts more than twice as long",
            "abstract, recalled: 2.3 times longer",
            lambda r: lasts(r, "below-0.6") - 2 * lasts(r, "refit"),
            "2.3 times longer",
            above=0.0,
            at=(T,),
            **exact,
        ),
        shape(
            "It never gets surer than the threshold",
            "derived: above it an item stops counting",
            lambda r: curve(r, "below-0.6", "share_0")[:, [5, 10, T]],
            "no overconfidence",
            below=0.63,
            at=(5, 10, T),
            **exact,
        ),
        shape(
            "A lower threshold keeps more",
            "derived: the threshold bounds the likeliest item",
            lambda r: curve(r, "below-0.4")[:, [T]] - curve(r, "below-0.6")[:, [T]],
            "a hyperparameter",
            above=0.0,
            at=(T,),
            **exact,
        ),
    )
