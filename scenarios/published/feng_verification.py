"""Learning from synthetic labels that a weak verifier has let through: a point where it breaks down

Feng et al. (2025): labels are wrong with chance p; a verifier keeps right ones with chance phi and
wrong ones with psi. Learning works below p* = phi / (phi + psi) and is turned over above it. Shares
of kept items run on their whole support; ridge classifiers are trained on two Gaussian classes.
"""

import jax
import jax.numpy as jnp
import numpy as np

from collapse import (
    Arm,
    Categorical,
    OutcomeShares,
    Scenario,
    Support,
    verifier,
)
from collapse.laws import verifiers
from collapse.scenario.published import comparison, number, shape

SIZES = {"quick": (5000, 20), "laptop": (40_000, 100), "paper": (40_000, 1000)}  # items, seeds
DIMENSION, DISTANCE, RIDGE = 100, 1.0, 1e-3  # |mu| in standard deviations
VERIFIERS = {"random": (1.0, 1.0), "weak": (0.8, 0.4), "strong": (0.9, 0.1)}  # phi, psi
ORACLE = (1.0, 0.0)
NEAR = np.array([-0.08, -0.03, 0.03, 0.08])  # p - p*
GRID = np.array([0.8, 0.9, 1.0, 1.1])  # p / p*
HARD, MANY_WRONG = 0.6, 0.95  # shares of wrong labels


def break_point(name: str) -> float:
    return float(verifiers.breakdown(*VERIFIERS[name]))


def scenario(size: str = "quick") -> Scenario:
    items, seeds = SIZES[size]

    def arm(phi, psi, wrong):
        return Arm(
            truth=Categorical(np.array([1 - wrong, wrong])),
            judge=verifier(np.array([True, False]), phi, psi),
            sampler=Support(),
            measures=(OutcomeShares(2),),
            n=10_000,
            generations=2,
        )

    return comparison(
        {name: arm(*rates, break_point(name)) for name, rates in VERIFIERS.items()},
        evidence={"classifiers": lambda key, seeds: classifiers(key, seeds, items)},
        name="feng-verification",
        title=__doc__.split("\n")[0],
        source="Feng et al. (2025)",
        paper="feng2025",
        minutes={"quick": 0.1, "laptop": 2, "paper": 15},
        headline=("share_0",),
        seeds=seeds,
        claims=claims(items),
    )


def classifiers(key, seeds: int, items: int) -> dict:
    """Accuracies of ridge classifiers trained on the kept items. Curves: near, ratio (seeds,
    verifiers, 4) at p* + NEAR and at p* GRID; oracle (seeds,) at MANY_WRONG; weak, unverified
    (seeds,) at HARD."""

    @jax.jit
    def one(key):
        draws, errors, coins, sides = jax.random.split(key, 4)
        y = jnp.where(jax.random.bernoulli(sides, 0.5, (items,)), 1.0, -1.0)
        x = jax.random.normal(draws, (items, DIMENSION)).at[:, 0].add(DISTANCE * y)
        error, coin = (jax.random.uniform(k, (items,)) for k in (errors, coins))

        def accuracy(setting):
            wrong, phi, psi = setting
            flipped = error < wrong
            kept = (coin < jnp.where(flipped, psi, phi)).astype(float)
            label = jnp.where(flipped, -y, y)
            gram = (x * kept[:, None]).T @ x + RIDGE * items * jnp.eye(DIMENSION)
            w = jnp.linalg.solve(gram, x.T @ (kept * label))
            return jax.scipy.special.ndtr(DISTANCE * w[0] / jnp.linalg.norm(w))

        return jax.lax.map(accuracy, jnp.array(settings))

    rates, at = list(VERIFIERS.values()), [break_point(name) for name in VERIFIERS]
    near = [(p + gap, *rate) for p, rate in zip(at, rates, strict=True) for gap in NEAR]
    ratio = [(p * x, *rate) for p, rate in zip(at, rates, strict=True) for x in GRID]
    lone = [(MANY_WRONG, *ORACLE), (HARD, *VERIFIERS["weak"]), (HARD, *VERIFIERS["random"])]
    settings = near + ratio + lone
    found = np.asarray(jax.lax.map(one, jax.random.split(key, seeds)))
    shaped = (seeds, len(rates), len(NEAR))
    curves = dict(zip(("oracle", "weak", "unverified"), found[:, -3:].T, strict=True))
    curves["near"] = found[:, : len(near)].reshape(shaped)
    curves["ratio"] = found[:, len(near) : -3].reshape(shaped)
    about = {"rates": rates, "gaps": NEAR, "ratios": GRID, "items": items}
    about |= {"dimension": DIMENSION, "distance": DISTANCE}
    return {"curves": curves | {name: np.array(x) for name, x in about.items()}}


def claims(items: int) -> tuple:
    differs = f"{items:,} items in {DIMENSION} dimensions, not n, d -> infinity"
    trained = {"evidence": "classifiers", "differs": differs}
    side = np.sign(-NEAR)

    def right_share(record):
        return np.stack([record["curves"][f"{name}/share_0"][:, 2] for name in VERIFIERS], 1)

    def ahead(record):
        """(S, 12) how far accuracy is on the side of 1/2 where it is claimed to be."""
        return ((record["curves"]["near"] - 0.5) * side).reshape(len(record["curves"]["near"]), -1)

    def crossing(record):
        """(S, 3) p / p* where the mean accuracy between two settings is 1/2."""
        low, high = record["curves"]["ratio"][:, :, 1], record["curves"]["ratio"][:, :, 3]
        return GRID[1] + (GRID[3] - GRID[1]) * (low - 0.5) / (low - high)

    def turned(record):
        near = record["curves"]["near"]
        return near[:, :, 0] + near[:, :, -1] - 1

    return (
        number(
            "At p* = phi / (phi + psi) half of what is kept is right",
            "breakdown point; three verifiers",
            right_share,
            0.5,
            (2, 2, 2),
            error=1e-6,
            spread=0.0,
        ),
        shape(
            "Below p* the classifier learns, above it is turned over",
            "breakdown point; accuracy at p* +- .03 and .08",
            ahead,
            "a sharp transition at p*",
            above=0.0,
            at=tuple(range(1, 13)),
            **trained,
        ),
        number(
            "Curves of all verifiers cross 1/2 at p / p* = 1",
            "curves collapse on p / p*",
            crossing,
            1.0,
            (1, 2, 3),
            error=0.02,
            **trained,
        ),
        shape(
            "With random pruning learning breaks down at 1/2",
            "phi = psi",
            lambda r: np.stack([r["curves"]["near"][:, 0, 1], 1 - r["curves"]["near"][:, 0, 2]], 1),
            "p* = 1/2",
            above=0.5,
            at=(1, 2),
            **trained,
        ),
        shape(
            f"With a perfect verifier it does not, with {MANY_WRONG:.0%} of the labels wrong",
            "psi = 0: p* = 1",
            lambda r: r["curves"]["oracle"],
            "p* = 1",
            above=0.6,
            **trained,
        ),
        shape(
            f"A weak verifier repairs what fails without one, {HARD:.0%} of the labels wrong",
            "abstract: even weak verifiers help",
            lambda r: np.stack([r["curves"]["weak"], 1 - r["curves"]["unverified"]], 1),
            "from failure to learning",
            above=0.5,
            at=(1, 2),
            **trained,
        ),
        shape(
            "Above p* the accuracy is as far below 1/2 as below p* it is above",
            "the classifier flips",
            lambda r: np.abs(turned(r).mean(0, keepdims=True)).repeat(len(turned(r)), 0),
            "accuracy to 1 - accuracy",
            below=0.08,
            at=(1, 2, 3),
            spread=0.0,
            **trained,
        ),
    )
