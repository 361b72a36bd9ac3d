"""Twenty-five modes that train on their own samples: they vanish one by one

Alemohammad et al. (2024), figs. 14 and 15: a mixture on a grid, fully synthetic and unbiased. Modes
are lost while the total variance hardly tells; recall does.
"""

import numpy as np

from collapse import Arm, FreshMix, ModeCoverage, Replace, Scenario, Spread, grid_of_gaussians
from collapse.scenario.published import comparison, shape

SIZES = {"quick": (60, 300, 6), "laptop": (200, 1000, 6), "paper": (500, 2000, 10)}
# rows, generations, seeds; the fewer rows, the sooner modes are lost


def scenario(size: str = "quick") -> Scenario:
    n, last, seeds = SIZES[size]
    grid = grid_of_gaussians(5, iterations=1)  # modes far apart: one step finds each row's own
    seen = (ModeCoverage(0.0, within=20.0), Spread())
    arms = {
        name: Arm(truth=grid, regime=regime, measures=seen, n=n, generations=last)
        for name, regime in (("replace", Replace()), ("fresh", FreshMix(0.2)))
    }
    return comparison(
        arms,
        name="mad-modes",
        title=__doc__.split("\n")[0],
        source="Alemohammad et al. (2024), figs. 14-15",
        paper="alemohammad2024",
        minutes={"quick": 0.3, "laptop": 0.3, "paper": 20},
        headline=("mode_coverage", "spread"),
        seeds=seeds,
        claims=claims(n, last),
    )


def claims(n: int, last: int) -> tuple:
    def curve(record, name, at, arm="replace"):
        return record["curves"][f"{arm}/{name}"][:, list(at)]

    differs = "" if last == 2000 else f"n = {n} and {last} generations, not 2000"
    more = {"differs": differs}
    early = last // 30
    return (
        shape(
            "Modes are lost gradually",
            "fig. 14",
            lambda r: np.diff(curve(r, "mode_coverage", (1, early, last))),
            "fewer each time",
            below=0.0,
            at=(early, last),
            **more,
        ),
        shape(
            "Most modes are gone in the end",
            "fig. 14, after 2000 generations",
            lambda r: curve(r, "mode_coverage", (last,)),
            "few modes left",
            below=0.5,
            at=(last,),
            **more,
        ),
        shape(
            f"Modes fall before the total variance does, generation {early}",
            "fig. 15: recall tracks the loss better than the variance",
            lambda r: curve(r, "spread", (early,)) - curve(r, "mode_coverage", (early,)),
            "the variance tells less",
            above=0.1,
            at=(early,),
            **more,
        ),
        shape(
            "A fifth of fresh data keeps the modes",
            "section 5: fresh data",
            lambda r: (
                curve(r, "mode_coverage", (last,), "fresh") - curve(r, "mode_coverage", (last,))
            ),
            "fresh data prevent it",
            above=0.3,
            at=(last,),
            **more,
        ),
    )
