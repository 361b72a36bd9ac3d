"""Regression on the labels of regressions: an error that grows linearly, and ridge does not stop it

Dohmatob et al. (2024), Model Collapse Demystified: n rounds of relabelling by least squares on T0
rows, and a ridge regression on T rows of the last one's labels. With fewer rows than dimensions,
the signal itself is lost, without any noise.
"""

import numpy as np

from collapse import Arm, DownstreamRidge, ExcessRisk, LinearRegression, Scenario
from collapse.laws import ridge
from collapse.scenario.published import comparison, number, shape

SIZES = {"quick": (30, 1000), "laptop": (100, 1000), "paper": (300, 200)}  # dimensions, seeds
PER_GENERATOR, PER_STUDENT = 2, 10 / 3  # rows for each dimension: 600 and 1000 of 300 in fig. 1
NOISE, LABELS = 0.1, 0.2  # sigma, sigma_0 of fig. 1
PENALTY = 0.1
ROUNDS = (0, 1, 3, 10)  # n of fig. 1
PHI_0, PHI = 1 / PER_GENERATOR, 1 / PER_STUDENT
SHORT = 0.5  # rows for each dimension of fig. 3: 150 of 300


def scenario(size: str = "quick") -> Scenario:
    d, seeds = SIZES[size]
    w = np.ones(d) / np.sqrt(d)
    student, short = round(PER_STUDENT * d), LinearRegression(w, noise_level=0.0)

    def arm(truth, model, n, *measures):
        return Arm(truth=truth, model=model, n=n, generations=ROUNDS[-1], measures=measures)

    labels = LinearRegression(w, noise_level=LABELS)
    arms = {}
    for name, penalty in (("least-squares", 0.0), ("ridge", PENALTY)):
        measure = DownstreamRidge(rows=student, penalty=penalty, noise=NOISE)
        arms[name] = arm(labels, labels, PER_GENERATOR * d, measure)
    fixed = LinearRegression(w, noise_level=0.0, design="fixed")
    arms["few-rows"] = arm(short, short, round(SHORT * d), ExcessRisk())
    arms["few-rows-same"] = arm(short, fixed, round(SHORT * d), ExcessRisk())
    return comparison(
        arms,
        name="dohmatob-regression",
        title=__doc__.split("\n")[0],
        source="Dohmatob et al. (2024), Model Collapse Demystified, section 4",
        paper="dohmatob2024demystified",
        minutes={"quick": 0.5, "laptop": 4, "paper": 10},
        headline=("downstream_risk", "risk"),
        seeds=seeds,
        claims=claims(d, student),
    )


def claims(d: int, student: int) -> tuple:
    differs = "" if d == 300 else f"d = {d}, not 300, at the ratios of figs. 1 and 3"
    n = np.array(ROUNDS)
    upstream = LABELS**2 * PHI_0 / (1 - PHI_0)

    def risk(record, arm, at=ROUNDS):
        return record["curves"][f"{arm}/downstream_risk"][:, list(at)]

    def lost(record, arm, at):
        return record["curves"][f"{arm}/risk"][:, list(at)]

    plain = NOISE**2 * PHI / (1 - PHI) + n * upstream
    ridged = [ridge.ridge_limit(student, d, PENALTY, 1.0, NOISE, k * upstream) for k in ROUNDS]
    early = (1, 2, 3, 5)
    more = {"differs": differs}
    return (
        number(
            "Least squares after n rounds",
            "Theorem 4.1: sigma^2 phi / (1 - phi) + n sigma_0^2 phi_0 / (1 - phi_0)",
            lambda r: risk(r, "least-squares"),
            plain,
            ROUNDS,
            error=plain * 2 / (d * (1 - PHI_0)),  # of terms in 1 / d: d / (T - d - 1)
            **more,
        ),
        number(
            f"Ridge {PENALTY:g} after n rounds",
            "Corollary 4.7: Bias + Var + n sigma_0^2 rho",
            lambda r: risk(r, "ridge"),
            ridged,
            ROUNDS,
            error=np.array(ridged) * 2 / (d * (1 - PHI_0)),
            **more,
        ),
        shape(
            "Ridge helps on labels of the tenth round, and hurts on real ones",
            "fig. 1: the best penalty grows with n",
            lambda r: np.stack(
                [
                    risk(r, "least-squares", (10,))[:, 0] - risk(r, "ridge", (10,))[:, 0],
                    risk(r, "ridge", (0,))[:, 0] - risk(r, "least-squares", (0,))[:, 0],
                ],
                axis=1,
            ),
            "a larger penalty for more rounds",
            above=0.0,
            at=(10, 0),
            **more,
        ),
        shape(
            "Ridge: the error still grows from round to round",
            "Corollary 4.7: linear in n",
            lambda r: np.diff(risk(r, "ridge")),
            "linear in n",
            above=0.0,
            at=ROUNDS[1:],
            **more,
        ),
        number(
            "Fewer rows than dimensions, new inputs, no noise",
            "Theorem 4.9: |w|^2 (1 - phi_0^-n)",
            lambda r: lost(r, "few-rows", early),
            1 - SHORT ** np.array(early),
            early,
            text="1 - phi_0^-n",
            **more,
        ),
        number(
            "Fewer rows than dimensions, the same inputs, no noise",
            "Theorem 4.8: |w|^2 (1 - 1 / phi_0)",
            lambda r: lost(r, "few-rows-same", early),
            1 - SHORT,
            early,
            **more,
        ),
    )
