"""The same order in regression and in counts: replace worst, a fixed size between, all data best

Kazdan et al. (2025), appendices: a linear regression on its own labels at the same inputs, and a
uniform die refitted to its own throws.
"""

import numpy as np

from collapse import (
    Accumulate,
    AccumulateSubsample,
    Arm,
    ExcessRisk,
    LinearRegression,
    ModelDiversity,
    Replace,
    Scenario,
    uniform,
)
from collapse.laws import categorical, regression
from collapse.scenario.published import comparison, number, shape

SIZES = {  # coefficients, rows of the regression, outcomes and rows of the die, generations, seeds
    "quick": (3, 32, 10, 30, 60, 1000),
    "laptop": (10, 100, 100, 100, 100, 1000),
    "paper": (32, 316, 1000, 1000, 100, 1000),
}
REGIMES = {"replace": Replace, "accumulate": Accumulate, "subsample": AccumulateSubsample}
AT = (1, 2, 5, 20)


def scenario(size: str = "quick") -> Scenario:
    d, rows, outcomes, throws, last, seeds = SIZES[size]
    w = np.ones(d) / np.sqrt(d)
    arms = {}
    for name, kind in REGIMES.items():
        more = {"regime": kind(), "generations": last}
        arms[f"regression-{name}"] = Arm(
            truth=LinearRegression(w), model=LinearRegression(w, design="fixed"), n=rows,
            measures=(ExcessRisk(),), **more,
        )  # fmt: skip
        arms[f"die-{name}"] = Arm(
            truth=uniform(outcomes), measures=(ModelDiversity(),), n=throws, **more
        )
    return comparison(
        arms,
        name="kazdan-regression",
        title=__doc__.split("\n")[0],
        source="Kazdan et al. (2025), linear regression and discrete distributions",
        paper="kazdan2025",
        minutes={"quick": 0.5, "laptop": 1.5, "paper": 20},
        headline=("risk", "model_entropy"),
        seeds=seeds,
        claims=claims(d, rows, outcomes, throws, last),
    )


def claims(d: int, rows: int, outcomes: int, throws: int, last: int) -> tuple:
    def risk(record, regime, at=(last,)):
        return record["curves"][f"regression-{regime}/risk"][:, list(at)]

    def die(record, regime, curve="model_entropy", at=(last,)):
        return record["curves"][f"die-{regime}/{curve}"][:, list(at)]

    more = {
        "differs": f"d = {d}, {rows} rows; {outcomes} outcomes, {throws} rows; {last} generations"
    }
    h0 = 1 - 1 / outcomes
    return (
        *(
            number(
                f"Regression, {name}: the test error",
                source,
                lambda r, name=name: risk(r, name, AT),
                lambda t, law=law: law(t, rows, d),
                AT,
                text=text,
                **more,
            )
            for name, source, law, text in (
                ("replace", "linear in t", regression.replace_risk, "t times the first"),
                ("accumulate", "bounded by pi^2 / 6", regression.accumulate_risk, "sum 1 / i^2"),
            )
        ),
        shape(
            "Regression: replace is worst, accumulate best",
            "figure of the regressions",
            lambda r: np.concatenate(
                [
                    risk(r, "replace") - risk(r, "subsample"),
                    risk(r, "subsample") - risk(r, "accumulate"),
                ],
                axis=1,
            ),
            "replace, subsample, accumulate",
            above=0.0,
            at=(last, last),
            **more,
        ),
        number(
            "Die, replace: chance that two throws differ",
            "Wright-Fisher: (1 - 1/n)^t of the first",
            lambda r: die(r, "replace", "model_gini", AT),
            lambda t: categorical.replace_heterozygosity(t, throws, h0),
            AT,
            text="(1 - 1/n)^t",
            **more,
        ),
        number(
            "Die, accumulate: chance that two throws differ",
            "prod (1 - 1 / (n k^2))",
            lambda r: die(r, "accumulate", "model_gini", AT),
            lambda t: categorical.accumulate_heterozygosity(t, throws, h0),
            AT,
            text="prod (1 - 1 / (n k^2))",
            **more,
        ),
        shape(
            "Die: entropy is least under replace and greatest under accumulate",
            "figure of the discrete distributions",
            lambda r: np.concatenate(
                [
                    die(r, "subsample") - die(r, "replace"),
                    die(r, "accumulate") - die(r, "subsample"),
                ],
                axis=1,
            ),
            "replace, subsample, accumulate",
            above=0.0,
            at=(last, last),
            **more,
        ),
    )
