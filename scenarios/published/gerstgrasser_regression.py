"""Linear models on their own labels: linear, harmonic, or bounded by pi^2/6

Gerstgrasser et al. (2024), section 3: labels of a linear model, with noise, train the next one on
the same inputs. Replaced, the test error grows like t; replaced by ever more labels, like ln t;
accumulated, it stays below pi^2/6 of that of the first fit.
"""

import numpy as np

from collapse import (
    Accumulate,
    Arm,
    ExcessRisk,
    LinearRegression,
    Replace,
    ReplaceMultiple,
    Scenario,
)
from collapse.laws import regression
from collapse.scenario.published import comparison, number, shape

SIZES = {  # dimension, rows, seeds
    "quick": (8, 40, 2000),
    "laptop": (32, 100, 2000),
    "paper": (32, 316, 4000),
}
T = 10
AT = (1, 2, 3, 5, T)
SUMS = {"accumulate": (1, 1.25, 1.361111, 1.463611, 1.549768)}  # sum 1 / i^2
SUMS |= {"replace": AT, "replace-multiple": [sum(1 / np.arange(1, t + 1)) for t in AT]}
REGIMES = {"replace": Replace, "accumulate": Accumulate, "replace-multiple": ReplaceMultiple}


def scenario(size: str = "quick") -> Scenario:
    d, rows, seeds = SIZES[size]
    w = np.ones(d) / np.sqrt(d)
    truth, model = LinearRegression(w), LinearRegression(w, design="fixed")  # the first inputs stay
    arms = {
        name: Arm(
            truth=truth,
            model=model,
            regime=kind(),
            measures=(ExcessRisk(),),
            n=rows,
            generations=T,
        )
        for name, kind in REGIMES.items()
    }
    return comparison(
        arms,
        name="gerstgrasser-regression",
        title=__doc__.split("\n")[0],
        source="Gerstgrasser et al. (2024), section 3",
        paper="gerstgrasser2024",
        minutes={"quick": 0.2, "laptop": 0.3, "paper": 5},
        headline=("risk",),
        seeds=seeds,
        claims=claims(d, rows, size),
    )


def claims(d: int, rows: int, size: str) -> tuple:
    unit = regression.fit_risk(rows, d)  # sigma^2 d / (T - d - 1), of the first fit
    differs = "" if size == "paper" else f"d = {d} and {rows} rows, not 32 and 100 to 1000"

    def risk(record, arm, at=AT):
        return record["curves"][f"{arm}/risk"][:, list(at)] / unit

    sources = {
        "accumulate": "Theorem 2: sum 1 / i^2",
        "replace": "Theorem of Dohmatob et al. (2024), eq. 6: t",
        "replace-multiple": "appendix E: sum 1 / i",
    }
    numbers = [
        number(
            f"{arm}: test error in units of the first",
            sources[arm],
            lambda r, arm=arm: risk(r, arm),
            SUMS[arm],
            AT,
            differs=differs,
        )
        for arm in REGIMES
    ]
    return (
        *numbers,
        shape(
            "accumulate: the test error is bounded",
            "Theorem 2: at most pi^2 / 6",
            lambda r: risk(r, "accumulate", (T,)),
            "pi^2 / 6 = 1.645",
            below=np.pi**2 / 6,
            at=(T,),
            differs=differs,
        ),
        shape(
            "replace-multiple lies between the two",
            "appendix E; Table 2, column (*)",
            lambda r: np.minimum(
                risk(r, "replace-multiple", (T,)) - risk(r, "accumulate", (T,)),
                risk(r, "replace", (T,)) - risk(r, "replace-multiple", (T,)),
            ),
            "t > ln t > 1",
            above=0.0,
            at=(T,),
            differs=differs,
        ),
    )
