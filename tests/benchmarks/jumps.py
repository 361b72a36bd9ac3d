"""How often ``collapse compare RUN`` calls a trend and a jump, of curves that have one or none.

    python -m tests.benchmarks.jumps

The second table of docs/statistics.md: 1,000 runs of 20 generations for each entry, 200 of 1,000
seeds; the standard error of an entry near 5 % is 0.7 points (1.5 of 1,000 seeds).
"""

import numpy as np

from collapse.commands.compare.trends import course
from collapse.curve import Curve

T = 20
AT = np.arange(T + 1)
SEEDS = (2, 6, 8, 16, 100, 1000)
LEVEL = "exact generation 0, then a level"
OFF = 0.33  # of the noise: how far the first model is from real data that are exact
NONE = {
    "noise": lambda noise: noise,
    LEVEL: lambda noise: np.where(AT > 0, noise - OFF, 0),
    "the same, skewed (exponential)": lambda noise: np.where(AT > 0, skew(noise) - OFF, 0),
    "random walk": lambda noise: noise.cumsum(1),
    "variance, its log a walk": lambda noise: np.exp(noise.cumsum(1)),
}
CHANGES = {
    "line, falls by 10 sd": lambda noise: noise - AT / 2,
    "half-life 5, from 20 sd": lambda noise: noise + 20 * 0.5 ** (AT / 5),
    "half-life 1, first model at 20 sd": lambda noise: noise + 40 * 0.5**AT,
    "step of 2 sd": lambda noise: noise - 2.0 * (AT >= 13),
}
KINDS = NONE | CHANGES


def skew(noise):
    """Normal numbers as exponential ones of the same order, mean and spread."""
    from scipy.special import log_ndtr

    return -log_ndtr(-noise) - 1


def shares_called(kind: str, seeds: int, sets: int, from_real: bool = False) -> dict[str, float]:
    """The share of ``sets`` runs in which a trend and a jump are called. ``from_real``: as if
    generation 0 were a model's."""
    rng, curve = np.random.default_rng(3), Curve("1", heavy=kind.startswith("variance"))
    called = {"trend": 0, "jump": 0}
    for _ in range(sets):
        made = KINDS[kind](rng.normal(size=(seeds, T + 1)))
        if from_real:
            made = np.c_[made[:, :1], made]
        found = course(made, curve, None, None)
        called["jump"] += found["jump"]["is"]
        called["trend"] += found["trend"].excludes_zero
    return {what: count / sets for what, count in called.items()}


def main() -> None:
    print("| curves | called | " + " | ".join(f"{seeds} seeds" for seeds in SEEDS) + " |")
    for kind in KINDS:
        found = [shares_called(kind, s, 200 if s > 100 else 1000) for s in SEEDS]
        for what in ("trend", "jump"):
            cells = " | ".join(f"{each[what]:.1%}" for each in found)
            print(f"| {kind} | {what} | {cells} |", flush=True)
    for what in ("trend", "jump"):
        found = [shares_called(LEVEL, s, 200, from_real=True) for s in SEEDS]
        cells = " | ".join(f"{each[what]:.1%}" for each in found)
        print(f"| {LEVEL}, and that in it | {what} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
