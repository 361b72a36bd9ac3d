"""Away from one's own samples: a step against the fit to them undoes what a narrow sampler does

Alemohammad et al. (2025), Neon: a model is fine-tuned on its own samples, and its parameters are
then extrapolated the other way. As samplers prefer likely items, that widens the model, and what it
draws improves; too long a step goes beyond. Tables of outcomes, drawn at a low temperature.
"""

import numpy as np

from collapse import (
    Arm,
    Extrapolated,
    ItemDiversity,
    MaximumLikelihood,
    ModelDiversity,
    Scenario,
    Support,
    Tempered,
    zipf,
)
from collapse.scenario.published import comparison, number, shape

SEEDS = {"quick": 200, "laptop": 1000}
OUTCOMES, EXPONENT, COLD, N, T = 50, 1.0, 0.8, 20_000, 5
WEIGHTS = (0.4, COLD, 3.0)  # of the step: half of what undoes the temperature, all of it, too much
DIFFERS = "tables of outcomes, not image models"


def scenario(size: str = "quick") -> Scenario:
    def arm(learner, exact=True):
        cold = Tempered(COLD)
        return Arm(
            truth=zipf(OUTCOMES, EXPONENT),
            learner=learner,
            sampler=Support(of=cold) if exact else cold,
            measures=(ModelDiversity(), ItemDiversity()),
            n=N,
            generations=T,
        )

    arms = {"refit": arm(MaximumLikelihood())}
    arms |= {f"away-{w:g}": arm(Extrapolated(w)) for w in WEIGHTS}
    arms["sampled"] = arm(Extrapolated(COLD), exact=False)
    return comparison(
        arms,
        name="neon-extrapolation",
        title=__doc__.split("\n")[0],
        source="Alemohammad et al. (2025), Neon",
        paper="neon2025",
        minutes={"quick": 0.2, "laptop": 0.3},
        headline=("entropy", "model_entropy"),
        seeds=SEEDS[size],
        claims=claims(),
    )


def entropy(power: float) -> float:
    """Entropy of the truth raised to a power, nats."""
    p = np.arange(1.0, OUTCOMES + 1) ** (-EXPONENT * power)
    p = p / p.sum()
    return float(-(p * np.log(p)).sum())


def power(weight: float, t: int) -> float:
    """The power of the truth that model t is.

    derived: the fit to samples at temperature c has the logits theta / c, so that a step takes
    theta to theta (1 + w - w / c); the first model is the truth.
    """
    return (1 + weight - weight / COLD) ** (t - 1)


def claims() -> tuple:
    def said(record, arm, at=(2,)):
        """(S, G) entropy of what the model draws."""
        return record["curves"][f"{arm}/entropy"][:, list(at)].astype(float)

    def off(record, arm):
        return np.abs(said(record, arm) - entropy(1.0))

    exact = {"spread": 0.0, "at": (2,), "differs": DIFFERS}
    return (
        number(
            "Entropy of the model after one step",
            "(1 + w) theta - w theta_s; derived for logits",
            lambda r: np.stack(
                [r["curves"][f"away-{w:g}/model_entropy"][:, 2] for w in WEIGHTS], 1
            ),
            np.array([entropy(power(w, 2)) for w in WEIGHTS]),
            (2,) * len(WEIGHTS),
            spread=0.0,
            error=1e-4,
        ),
        number(
            "A step of the size of the temperature undoes it",
            "derived: draws at c have (1 + w - w / c) / c = 1 for w = c",
            lambda r: said(r, f"away-{COLD:g}"),
            entropy(1.0),
            (2,),
            spread=0.0,
            error=1e-4,
        ),
        number(
            "The same from samples",
            f"derived; {N:,} samples a generation",
            lambda r: said(r, "sampled"),
            entropy(1.0),
            (2,),
            error=0.01,
        ),
        shape(
            "A step away improves what is drawn, as training on it makes it worse",
            "abstract: improvement from own samples",
            lambda r: np.concatenate([off(r, "away-0.4") - off(r, "refit")], 1),
            "better than before",
            below=-0.1,
            **exact,
        ),
        shape(
            "It is better than the model without a step",
            "abstract: improvement from own samples",
            lambda r: off(r, "away-0.4") - np.abs(said(r, "refit", (1,)) - entropy(1.0)),
            "better than before",
            below=0.0,
            **exact,
        ),
        shape(
            "Too long a step goes beyond",
            "an optimal weight",
            lambda r: off(r, "away-3") - off(r, "away-0.8"),
            "best at a finite weight",
            above=0.01,
            **exact,
        ),
        shape(
            "Steps repeated without end overshoot: the entropy rises beyond the truth's",
            "derived: theta (1 + w - w / c)^t",
            lambda r: said(r, "away-0.8", (T,)),
            "one step, not many",
            above=entropy(1.0) + 0.05,
            spread=0.0,
            at=(T,),
            differs=DIFFERS,
        ),
    )
