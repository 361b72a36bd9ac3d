"""Feedback of labels: drawn labels keep a bias as it is, most probable ones make it grow

Taori and Hashimoto (2023): a classifier labels part of its own next training data. If its labels
are drawn, as those of a calibrated model, the share of positives stays; if the more probable label
is taken, the bias is amplified, the more the fewer real labels come in.
"""

import numpy as np

from collapse import Arm, Expanding, Labels, LogisticRegression, Replace, Scenario
from collapse.scenario.published import comparison, number, shape

SEEDS = {"quick": 40, "laptop": 200, "paper": 1000}
N, T = 400, 8  # rows and rounds
W, BIAS = np.array([1.0, 0.5]), 1.0
HALF = 0.5  # of new rows that the model labels
EARLY = (1, 4, T)


def scenario(size: str = "quick") -> Scenario:
    truth = LogisticRegression(W, bias=BIAS)
    arms = {}
    for labels in ("drawn", "likeliest"):
        model = LogisticRegression(W, bias=BIAS, labels=labels)
        for name, regime in (("all", Replace()), ("half", Expanding(HALF))):
            arms[f"{labels}-{name}"] = Arm(
                truth=truth, model=model, regime=regime, measures=(Labels(),), n=N, generations=T
            )
    return comparison(
        arms,
        name="taori-feedback",
        title=__doc__.split("\n")[0],
        source="Taori and Hashimoto (2023)",
        paper="taori2022",
        minutes={"quick": 0.3, "laptop": 0.4, "paper": 5},
        headline=("positives",),
        seeds=SEEDS[size],
        claims=claims(),
    )


def claims() -> tuple:
    def positives(record, arm, at):
        return record["curves"][f"{arm}/positives"][:, list(at)]

    def bias(record, arm, at=(T,)):
        """(S, G) excess of positives over their true share, which the first model's data have."""
        truth = record["curves"][f"{arm}/positives"][:, 0].mean()
        return positives(record, arm, at) - truth

    own = {"differs": "a logistic regression on points, not images or text"}
    return (
        *(
            number(
                f"Drawn labels, {text}: the share of positives stays",
                "theorem: the bias of a calibrated model is bounded",
                lambda r, name=name: (
                    positives(r, f"drawn-{name}", EARLY)
                    / r["curves"][f"drawn-{name}/positives"][:, 0].mean()
                ),
                1.0,
                EARLY,
                error=0.03,
                text="no amplification",
                **own,
            )
            for name, text in (("half", "half of new rows"), ("all", "all rows"))
        ),
        shape(
            "Most probable labels: more positives than there are",
            "argmax labels amplify bias",
            lambda r: bias(r, "likeliest-half"),
            "amplified",
            above=0.05,
            at=(T,),
            **own,
        ),
        shape(
            "Most probable labels alone: more bias than with half real ones",
            "amplification grows with the share of model labels",
            lambda r: bias(r, "likeliest-all") - bias(r, "likeliest-half"),
            "grows with the share",
            above=0.0,
            at=(T,),
            **own,
        ),
        shape(
            "At the same share of model labels, drawn ones keep less bias",
            "calibrated against argmax",
            lambda r: bias(r, "likeliest-half") - np.abs(bias(r, "drawn-half")),
            "sampling is stable",
            above=0.0,
            at=(T,),
            **own,
        ),
    )
