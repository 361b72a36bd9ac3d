"""How often ``collapse compare RUN`` calls a jump, where there is one and where there is none.

    python -m tests.benchmarks.jumps

The second table of docs/statistics.md: 1,000 runs of 20 generations for each entry; the standard
error of an entry is at most 0.7 points where it is below 5.
"""

import numpy as np

from collapse.comparing.course import course
from collapse.meaning import Curve

T = 20
AT = np.arange(T + 1)
SEEDS = (6, 8, 16)
KINDS = {
    "noise": lambda noise: noise,
    "random walk": lambda noise: noise.cumsum(1),
    "variance, its log a walk": lambda noise: np.exp(noise.cumsum(1)),
    "line, falls by 10 sd": lambda noise: noise - AT / 2,
    "half-life 5, from 20 sd": lambda noise: noise + 20 * 0.5 ** (AT / 5),
    "half-life 1, from 20 sd": lambda noise: noise + 20 * 0.5**AT,
    "step of 2 sd": lambda noise: noise - 2.0 * (AT >= 13),
}


def share_called(kind: str, seeds: int, sets: int) -> float:
    """The share of ``sets`` runs in which a jump is called."""
    rng, curve = np.random.default_rng(3), Curve("1", heavy=kind.startswith("variance"))
    made = [KINDS[kind](rng.normal(size=(seeds, T + 1))) for _ in range(sets)]
    return float(np.mean([course(each, curve, None, None)["jump"]["is"] for each in made]))


def main() -> None:
    print("| curves | " + " | ".join(f"{seeds} seeds" for seeds in SEEDS) + " |")
    for kind in KINDS:
        cells = " | ".join(f"{share_called(kind, seeds, 1000):.1%}" for seeds in SEEDS)
        print(f"| {kind} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
