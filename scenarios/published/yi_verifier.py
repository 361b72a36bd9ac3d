"""Retraining on what an imperfect verifier lets through: better soon, then what the verifier knows

Yi et al. (2025): linear regression, retrained on its own labels; a verifier keeps a label that is
within a radius of the one it would give itself. Risk falls at first; in the long run the model
moves to the verifier's own parameters, its knowledge centre, whatever the truth.
"""

import numpy as np

from collapse import (
    Arm,
    ExcessRisk,
    FunctionReward,
    KeepAll,
    LinearRegression,
    Scenario,
    Threshold,
)
from collapse.scenario.published import comparison, number, shape

SIZES = {"quick": (400, 100), "laptop": (2000, 500), "paper": (10_000, 1000)}  # rows, seeds
DIMENSION, LAST = 8, 15
RADIUS = 1.5  # of what the verifier accepts, in standard deviations of a label
REAL_RISK = 1.28  # of the first fit: real labels are that noisy
OFF = {"perfect": 0.0, "near": 0.4, "far": 0.8}  # of the verifier's centre from the truth
DIFFERS = "real labels are noisier than synthetic ones; they are as many"


def scenario(size: str = "quick") -> Scenario:
    rows, seeds = SIZES[size]
    truth = np.full(DIMENSION, DIMENSION**-0.5)

    def centred(off):
        centre = truth + off * np.eye(DIMENSION)[0]

        def closeness(items):
            return -((items[:, -1] - items[:, :-1] @ centre) ** 2)

        return Threshold(FunctionReward(closeness), at=-(RADIUS**2), expected=1.0)

    def arm(judge):
        return Arm(
            truth=LinearRegression(truth, noise_level=(REAL_RISK * rows / DIMENSION) ** 0.5),
            model=LinearRegression(truth, noise_level=1.0),
            judge=judge,
            measures=(ExcessRisk(),),
            n=rows,
            candidates=rows,
            generations=LAST,
        )

    return comparison(
        {"unverified": arm(KeepAll())} | {name: arm(centred(off)) for name, off in OFF.items()},
        name="yi-verifier",
        title=__doc__.split("\n")[0],
        source="Yi et al. (2025)",
        paper="yi2025",
        minutes={"quick": 0.3, "laptop": 0.4, "paper": 10},
        headline=("risk",),
        seeds=seeds,
        claims=claims(rows),
    )


def claims(rows: int) -> tuple:
    def risk(record, arm, *at):
        return record["curves"][f"{arm}/risk"][:, list(at)]

    shaped = {"differs": DIFFERS}
    centre, noise = OFF["far"] ** 2, DIMENSION / rows
    return (
        shape(
            "A verifier that is off helps at first",
            "abstract: near-term improvements",
            lambda r: risk(r, "far", 1) - risk(r, "far", 2, 3),
            "early gains",
            above=0.0,
            at=(2, 3),
            **shaped,
        ),
        number(
            "In the long run the model is the verifier's knowledge centre: risk",
            "abstract: the knowledge centre; risk |centre - truth|^2",
            lambda r: np.concatenate([risk(r, arm, LAST) for arm in ("near", "far")], 1),
            (OFF["near"] ** 2, centre),
            (LAST, LAST),
            error=2 * noise,
            **shaped,
        ),
        shape(
            "Its risk rises again after the first gains",
            "abstract: gains may plateau or reverse",
            lambda r: risk(r, "far", LAST) - risk(r, "far", 4),
            "reversal",
            above=0.0,
            at=(LAST,),
            **shaped,
        ),
        shape(
            "With the truth as its centre the gains last: a twentieth of the first risk is left",
            "abstract: unless the verifier is perfectly reliable",
            lambda r: risk(r, "perfect", LAST) - risk(r, "perfect", 1) / 20,
            "convergence to the truth",
            below=0.0,
            at=(LAST,),
            **shaped,
        ),
        shape(
            "The nearer the centre the lower the plateau; without a verifier risk never falls",
            "abstract: long-term convergence",
            lambda r: np.concatenate(
                [
                    risk(r, "near", LAST) - risk(r, "perfect", LAST),
                    risk(r, "far", LAST) - risk(r, "near", LAST),
                    risk(r, "unverified", LAST) - risk(r, "unverified", 1),
                ],
                1,
            ),
            "ordered by bias",
            above=0.0,
            at=(LAST,) * 3,
            **shaped,
        ),
    )
