"""Ecosystems of models on their collective output: the more generations, the more models are best

Hodel and West (2025): the data are divided among M models, and each is trained on a part of what
all of them wrote. One model is best at first, as it has all the data. It narrows fastest, and later
several are better, up to a number. Gaussians that draw with a covariance scaled down stand for
language models under beam search.
"""

import numpy as np
from scipy.stats import norm

from collapse import (
    Arm,
    CovarianceScale,
    Gaussian,
    HeldOutLogDensity,
    MemberSpread,
    Population,
    Scenario,
    Sources,
)
from collapse.scenario.published import comparison, number, shape

SEEDS = {"quick": 800, "laptop": 4000, "paper": 20_000}
N, T = 64, 10  # rows of all models together; generations (the paper's)
MODELS = (1, 4, 8)
NARROWING = 0.8  # factor on the covariance of every draw
AT = (1, 2, 5, T)
DIFFERS = "Gaussians of 64 rows that draw narrowly, not OPT-125m under beam search"


def arm(models: int, reads: str) -> Arm:
    normal = Gaussian(0.0, 1.0)
    return Arm(
        truth=Sources(None, (normal,) * models),
        model=Population.of([normal] * models, reads=reads),
        sampler=CovarianceScale(NARROWING),
        measures=(HeldOutLogDensity(held_out()), MemberSpread()),
        n=N,
        generations=T,
    )


def held_out() -> np.ndarray:
    """(60, 1) quantiles of the truth, as real rows that no model has seen."""
    return norm.ppf((np.arange(60) + 0.5) / 60)[:, None]


def scenario(size: str = "quick") -> Scenario:
    arms = {f"models-{m}": arm(m, "part") for m in MODELS}
    arms |= {f"lineages-{m}": arm(m, "own") for m in MODELS[1:]}
    return comparison(
        arms,
        name="hodel-ecosystem",
        title=__doc__.split("\n")[0],
        source="Hodel and West (2025)",
        paper="hodel2025",
        minutes={"quick": 0.7, "laptop": 1, "paper": 2},
        headline=("held_out_log_density", "together", "between"),
        labels={f"models-{m}": f"{m} models, collective output" for m in MODELS}
        | {f"lineages-{m}": f"{m} models, own output" for m in MODELS[1:]},
        seeds=SEEDS[size],
        claims=claims(),
    )


def together(models: int) -> np.ndarray:
    """(T,) mean variance of the pooled rows of generations 1 .. T, exact.

    derived: of the n rows, model k gets n / M, as many from each of M models with variances l w_j
    and means m_j. Its mean has the variance l w M / n and its own variance is what is left of
    l w + B: W' = l W (1 - M / n) + B and B' = l W (M - 1) / n, for W within and B between.
    """
    within, between = 1 - models / N, (models - 1) / N
    path = [within + between]
    for _ in range(1, T):
        drawn = NARROWING * within
        within, between = drawn * (1 - models / N) + between, drawn * (models - 1) / N
        path.append(within + between)
    return np.array(path)


def claims() -> tuple:
    def loss(record, arm, at):
        """(S, G) nats per held-out row under the equal mixture of all models."""
        return -record["curves"][f"{arm}/held_out_log_density"][:, list(at)].astype(float)

    def more(record, few, many, at, kind="models"):
        """Loss of many models minus that of few."""
        return loss(record, f"{kind}-{many}", at) - loss(record, f"{kind}-{few}", at)

    every = [
        number(
            f"Variance of the pooled rows of {m} models",
            "derived: W' = l W (1 - M/n) + B, B' = l W (M - 1)/n",
            lambda r, m=m: r["curves"][f"models-{m}/together"][:, list(AT)],
            together(m)[np.array(AT) - 1],
            AT,
            error=0.02,
            differs=DIFFERS,
        )
        for m in (1, 8)
    ]
    return (
        *every,
        shape(
            "In the first generation one model is best",
            "T = 1: M = 1 is best",
            lambda r: np.concatenate([more(r, 1, m, (1,)) for m in MODELS[1:]], 1),
            "best number 1",
            above=0.0,
            at=(1, 1),
            differs=DIFFERS,
        ),
        shape(
            f"After {T} generations four models are better than one",
            "T = 10: M = 4 is best",
            lambda r: more(r, 1, 4, (T,)),
            "best number 4",
            below=0.0,
            at=(T,),
            differs=DIFFERS,
        ),
        shape(
            "The best number rises with the generations: eight overtake four",
            "the optimum rises with T",
            lambda r: np.concatenate([-more(r, 4, 8, (1,)), more(r, 4, 8, (T,))], 1),
            "optimum rises",
            below=0.0,
            at=(1, T),
            differs=DIFFERS,
        ),
        shape(
            f"Eight are too many after {T} generations: four are better",
            "T = 10: M = 4 is best",
            lambda r: more(r, 4, 8, (T,)),
            "best number 4",
            above=0.0,
            at=(T,),
            differs=DIFFERS,
            note="parts of collective output keep eight means apart and spread out; in separate"
            " lineages the claim holds",
        ),
        shape(
            f"In separate lineages eight are too many after {T} generations",
            "T = 10: M = 4 is best",
            lambda r: more(r, 4, 8, (T,), "lineages"),
            "best number 4",
            above=0.0,
            at=(T,),
            differs=DIFFERS + "; models that read their own output alone",
        ),
        shape(
            f"In separate lineages four are better than one after {T} generations",
            "T = 10: M = 4 is best",
            lambda r: loss(r, "lineages-4", (T,)) - loss(r, "models-1", (T,)),
            "best number 4",
            below=0.0,
            at=(T,),
            differs=DIFFERS + "; models that read their own output alone",
        ),
    )
