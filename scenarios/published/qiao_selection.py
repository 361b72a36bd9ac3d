"""The best twentieth by a biased score: selection hastens collapse, and outlasts accumulation

Qiao et al. (2026): Gaussians in ten dimensions. Of 6,000 samples the 300 nearest to a centre of the
verifier's own are kept, in Mahalanobis distance. Without selection, replaced data shrink slowly and
accumulated data stay; with it, replaced data are gone in ten generations, and accumulated data lose
their spread by a power law.
"""

import numpy as np
from scipy.special import gammainc, gammaincinv

from collapse import (
    Accumulate,
    Arm,
    Distance,
    Gaussian,
    KeepAll,
    Moments,
    Replace,
    Scenario,
    TopFraction,
)
from collapse.laws import gaussian
from collapse.loop.simulate import run_arm
from collapse.scenario.published import comparison, number, shape

SIZES = {"quick": (10, 8), "laptop": (100, 10), "paper": (300, 10)}  # generations, seeds
D, N, KEPT = 10, 300, 0.05
RIDGE = 1e-6
TRUTHS = (42, 123, 456, 789, 2023, 2024, 2025, 3141, 1618, 9999)  # seeds of the public code
PRINTED = {  # trace over that of the truth, in generations 1, 10, 100
    "replace-select": (0.696, 0.0036, 3.2e-5),
    "accumulate-select": (0.691, 0.376, 0.140),
}


def truth_of(seed: int) -> tuple[Gaussian, np.ndarray]:
    """One of the ten truths, and the centre of its verifier, which is off in half of the axes by
    three standard normal numbers."""
    rng = np.random.RandomState(seed)
    centre, root = rng.randn(D), rng.randn(D, D)
    axes = rng.choice(D, D // 2, replace=False)
    off = np.zeros(D)
    off[axes] = 3 * rng.randn(D // 2)
    return Gaussian(centre, root @ root.T + 0.1 * np.eye(D), ridge=RIDGE), centre + off


def arm(seed: int, regime, generations: int, judge=None, bias: float = 1.0) -> Arm:
    """``judge`` None: the nearest to the verifier's centre, moved to the mean of the truth by 1 -
    ``bias``."""
    truth, centre = truth_of(seed)
    target = (1 - bias) * truth.mean + bias * centre
    nearest = TopFraction(Distance(target, covariance=truth.cov), fraction=KEPT)
    return Arm(
        truth=truth,
        judge=nearest if judge is None else judge,
        regime=regime(judge_real=True),
        measures=(Moments(),),
        n=N,
        generations=generations,
    )


def scenario(size: str = "quick") -> Scenario:
    generations, seeds = SIZES[size]
    one = lambda regime, *more: arm(TRUTHS[0], regime, generations, *more)  # noqa: E731
    arms = {
        "replace": one(Replace, KeepAll()),
        "accumulate": one(Accumulate, KeepAll()),
        "replace-select": one(Replace),
        "accumulate-select": one(Accumulate),
        "replace-unbiased": one(Replace, None, 0.0),
    }

    def ten_truths(key, seeds):
        """(S, T + 1) trace over that of the truth, averaged over the ten truths."""
        found = {}
        for name, regime in (("replace-select", Replace), ("accumulate-select", Accumulate)):
            every = [arm(seed, regime, generations) for seed in TRUTHS]
            traces = [run_arm(key, each, seeds)["curves"]["variance"] for each in every]
            found[name] = np.mean([x / x[:, :1] for x in traces], 0)
        return {"curves": found}

    return comparison(
        arms,
        {"ten truths": ten_truths},
        name="qiao-selection",
        title=__doc__.split("\n")[0],
        source="Qiao et al. (2026)",
        paper="qiao2026",
        minutes={"quick": 1, "laptop": 1.5, "paper": 20},
        headline=("variance",),
        seeds=seeds,
        claims=claims(),
    )


def claims() -> tuple:
    def ratio(record, name, *at):
        curve = record["curves"][f"{name}/variance"]
        return curve[:, list(at)] / curve[:, :1]

    def power(record):
        falls = np.log(record["curves"]["accumulate-select"][:, [10, 100]])
        return (falls[:, 1] - falls[:, 0]) / np.log(10)

    early = 10
    shaped = {"at": (early,), "differs": "the first of the ten truths"}
    ten = {"evidence": "ten truths", "differs": f"{SIZES['quick'][1]} runs of each truth, not one"}
    # Share of the variance in the ellipsoid that holds the best, about the mean: of chi squares
    # with D + 2 and with D degrees of freedom.
    inside = gammainc(D / 2 + 1, gammaincinv(D / 2, KEPT)) / KEPT
    of_paper = "public code of the paper"
    return (
        *(
            number(
                f"{name}: trace over that of the truth, t = {' and '.join(map(str, at))}",
                of_paper,
                lambda r, name=name, at=at: r["curves"][name][:, list(at)],
                np.array(printed),
                at,
                error=np.array(printed) * off,  # of one run of each truth
                size=size,
                **ten,
            )
            for name, values in PRINTED.items()
            for at, printed, off, size in (
                ((1, early), values[:2], (0.02, 0.05), "quick"),
                ((100,), values[2:], (0.1,), "laptop"),
            )
        ),
        number(
            "Selection and accumulation: the power by which the trace falls, t = 10 to 100",
            f"power-law diversity decay; {of_paper}: .376 and .140",
            power,
            np.log10(0.140 / 0.376),
            (100,),
            error=0.04,
            size="laptop",
            **ten,
        ),
        number(
            "No selection, replace: trace over that of the truth",
            "(1 - 1/n)^t",
            lambda r: ratio(r, "replace", 1, early),
            lambda t: gaussian.replace_variance(t, N),
            (1, early),
        ),
        number(
            "No selection, accumulate: trace over that of the truth",
            "prod (1 - 1 / (n k^2))",
            lambda r: ratio(r, "accumulate", 1, early),
            lambda t: gaussian.accumulate_variance(t, N),
            (1, early),
        ),
        number(
            "A centre that is right shrinks the data faster still",
            "derived: (F_12(q) / 0.05)^t, F chi square, F_10(q) = 0.05",
            lambda r: ratio(r, "replace-unbiased", 1, 2, 4),
            lambda t: (inside * (1 - 1 / N)) ** t,
            (1, 2, 4),
            error=0.01 * inside ** np.array([1, 2, 4]),
        ),
        shape(
            "Selection hastens collapse",
            of_paper,
            lambda r: ratio(r, "replace", early) - ratio(r, "replace-select", early),
            "selection precipitates collapse",
            above=0.5,
            **shaped,
        ),
        shape(
            "Selection takes away what accumulation keeps",
            of_paper,
            lambda r: ratio(r, "accumulate", early) - ratio(r, "accumulate-select", early),
            "accumulation is no safeguard",
            above=0.3,
            **shaped,
        ),
        shape(
            "Accumulation delays what selection does",
            of_paper,
            lambda r: ratio(r, "accumulate-select", early) - ratio(r, "replace-select", early),
            "slower by accumulation",
            above=0.2,
            **shaped,
        ),
    )
