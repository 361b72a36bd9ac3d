"""A kernel density estimate of its own samples blurs three modes into one bell

Borji (2024): 800 points of two normals and a uniform, a Gaussian kernel of width 0.5, refitted to
draws of the last estimate. The variance grows by h^2 a generation, the distance to the data grows
on, and what remains has a single mode.
"""

import jax
import numpy as np
from scipy.signal import find_peaks

from collapse import KDE, Arm, HeldOutLogDensity, Moments, Scenario
from collapse.scenario.published import comparison, number, shape

SIZES = {"quick": (1000, 12), "laptop": (5000, 20), "paper": (30_000, 10)}  # draws, seeds
T = 30  # of the shorter run
WIDTH = 0.5
AT = (5, 15, T)
FEW, MANY = 3, 30_000  # seeds and draws of which the modes are counted
GRID = np.linspace(-15, 15, 121)


def points() -> np.ndarray:
    rng = np.random.default_rng(0)
    parts = rng.normal(-2, 0.5, 300), rng.normal(3, 1, 300), rng.uniform(-4, -3, 200)
    return np.concatenate(parts)


def scenario(size: str = "quick") -> Scenario:
    n, seeds = SIZES[size]
    arm = Arm(
        truth=KDE.of(points(), 0.0),
        model=KDE(WIDTH),
        measures=(Moments(), HeldOutLogDensity(held_out=points()[:, None])),
        n=n,
        generations=T,
    )
    return comparison(
        {"replace": arm},
        evidence={"shapes": shapes},
        name="borji-kde",
        title=__doc__.split("\n")[0],
        source="Borji (2024)",
        paper="borji2024",
        minutes={"quick": 0.2, "laptop": 0.2, "paper": 30},
        headline=("variance", "held_out_log_density"),
        seeds=seeds,
        claims=claims(n, float(points().var())),
    )


def shapes(key, seeds: int) -> dict:
    """Curve modes (S, 2) of the first and last density, with the paper's 30,000 draws."""
    draw, found = jax.jit(KDE.sample, static_argnums=2), []
    for seed in range(min(seeds, FEW)):
        model, count = KDE.of(points(), WIDTH), []
        for t in range(1, T + 1):
            if t in (1, T):
                count.append(modes(np.exp(model.log_prob(GRID[:, None]))))
            model = KDE.of(draw(model, jax.random.fold_in(key, seed * T + t), MANY), WIDTH)
        found.append(count)
    return {"curves": {"modes": np.array(found, float)}}


def modes(density: np.ndarray) -> int:
    """Peaks that stand out from the valleys beside them by a twentieth of the greatest value."""
    return len(find_peaks(density, prominence=0.05 * density.max())[0])


def claims(n: int, first: float) -> tuple:
    def curve(record, name, at):
        return record["curves"][f"replace/{name}"][:, list(at)]

    more = {"differs": "" if n == 30_000 else f"{n:,} draws a generation, not 30,000"}
    return (
        number(
            "The variance grows by h^2 a generation",
            "derived: V_0 + t h^2; +75 in 300 generations",
            lambda r: curve(r, "variance", AT),
            first + WIDTH**2 * np.array(AT),
            AT,
            error=0.02 * (first + WIDTH**2 * np.array(AT)),  # of finite draws, (1 - 1/n)^t
            text="V_0 + t h^2",
            **more,
        ),
        shape(
            "It ends as a single bell",
            "figure: unimodal after 30 iterations",
            lambda r: r["curves"]["modes"][:, 1],
            "one mode",
            below=1.0,
            at=(T,),
            evidence="shapes",
            spread=0.0,
        ),
        shape(
            "The first estimate has more than one mode",
            "figure: the data",
            lambda r: r["curves"]["modes"][:, 0],
            "several modes",
            above=2.0,
            evidence="shapes",
            spread=0.0,
        ),
        shape(
            "The data become less probable, in every third of the run",
            "figure: the distance keeps growing",
            lambda r: np.diff(curve(r, "held_out_log_density", (1, 10, 20, T))),
            "farther from the data",
            below=0.0,
            at=(10, 20, T),
            **more,
        ),
        shape(
            "They do so ever more slowly",
            "figure: the divergence rises and then levels",
            lambda r: np.diff(curve(r, "held_out_log_density", (1, 15, 29)), n=2),
            "levels",
            above=0.0,
            at=(29,),
            **more,
        ),
    )
