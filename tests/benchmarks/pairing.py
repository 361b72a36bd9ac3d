"""How much the seeds of two arms with one key have in common.

    python -m tests.benchmarks.pairing

The table of correlations in docs/statistics.md: over 400 seeds, so that the standard error of what
is 0 is 0.05.
"""

import functools

import jax
import numpy as np

import collapse
from collapse.loop.simulate import run_arm

SEEDS, AT = 400, (1, 2, 4)
GAUSSIAN = {"truth": collapse.Gaussian(0.0, 1.0), "n": 40, "measures": (collapse.Moments(),)}
SPREAD = GAUSSIAN | {"measures": (collapse.Spread(),)}
ZIPF = {"truth": collapse.zipf(30), "n": 2000, "measures": (collapse.ModelDiversity(),)}
ITEMS, SUMMARIES = {"statistics": False}, {"statistics": True}
# what the two arms are, the curve, what both have, the first's own, the second's own
ROWS = [
    ("items | summaries", "log_variance", GAUSSIAN, ITEMS, SUMMARIES),
    ("items | 60 items", "log_variance", GAUSSIAN, ITEMS, ITEMS | {"n": 60}),
    ("summaries | of 60 items", "log_variance", GAUSSIAN, SUMMARIES, SUMMARIES | {"n": 60}),
    (
        "items | half of twice as many kept at random",
        "log_variance",
        GAUSSIAN,
        ITEMS,
        {"judge": collapse.RandomFraction(0.5)},
    ),
    *(
        (f"{kind} | {name}", "log_variance", GAUSSIAN, rows, rows | {"regime": regime})
        for kind, rows in (("items", ITEMS), ("summaries", SUMMARIES))
        for name, regime in (
            ("fresh mix of 30 %", collapse.FreshMix(0.3)),
            ("accumulate", collapse.Accumulate()),
        )
    ),
    (
        "items | a fixed sample of accumulated ones",
        "log_variance",
        GAUSSIAN,
        ITEMS,
        {"regime": collapse.AccumulateSubsample()},
    ),
    ("Gaussian | kernel density", "spread", SPREAD, ITEMS, {"model": collapse.KDE()}),
    ("categorical: items | summaries", "model_entropy", ZIPF, ITEMS, SUMMARIES),
    ("categorical: items | 1,000 items", "model_entropy", ZIPF, ITEMS, ITEMS | {"n": 1000}),
    (
        "categorical: items | tempered by 0.9",
        "model_entropy",
        ZIPF,
        ITEMS,
        ITEMS | {"sampler": collapse.Tempered(0.9)},
    ),
]


def arm(**fields) -> collapse.Arm:
    settings = {
        "model": fields["truth"],
        "judge": collapse.KeepAll(),
        "regime": collapse.Replace(),
        "learner": collapse.MaximumLikelihood(),
        "sampler": collapse.Plain(),
        "generations": max(AT),
    }
    return collapse.Arm(**settings | fields)


def correlations(curve: str, both: dict, first: dict, second: dict) -> list[float]:
    """Over seeds, at each of the generations ``AT``."""
    run = functools.partial(run_arm, jax.random.key(0), seeds=SEEDS)
    values = [np.asarray(run(arm(**both | own))["curves"][curve], float) for own in (first, second)]
    return [float(np.corrcoef(*(x[:, t] for x in values))[0, 1]) for t in AT]


def main() -> None:
    for name, *what in ROWS:
        told = " | ".join(f"{r:.2f}" for r in correlations(*what))
        print(f"| {name} | {told} |", flush=True)


if __name__ == "__main__":
    main()
