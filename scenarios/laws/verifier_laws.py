"""Verifiers that see a sample: drift, kept shares, the breakdown point, a mind of their own

A perfect verifier does not stop drift; a weak one has a point at which learning from it breaks
down; one with a centre of its own pulls the mean there; a panel is worth what its errors share.
Generation t of an arm has been judged t - 1 times.
"""

import jax
import jax.numpy as jnp
import numpy as np
from scipy.special import ndtri

from collapse import (
    Arm,
    BernoulliKeep,
    Categorical,
    Claim,
    FunctionReward,
    Gaussian,
    MaximumLikelihood,
    ModelDiversity,
    Moments,
    Plain,
    Replace,
    Scenario,
    Threshold,
)
from collapse.laws import verifiers
from collapse.measures.reward import Judged
from collapse.numerics.pytree import replace

RIGHT = np.arange(10) < 8  # outcomes that are right, each of mass 0.1
KEPT = 20  # items kept of each generation, out of 200
KEEP_RIGHT, KEEP_WRONG = 0.8, 0.4  # chances of a weak verifier
N, CENTRE, RADIUS = 1000, 0.5, 1.5  # a verifier that lets through what is near its centre
LAST = 5
ITEMS, DIMENSION = 100, 10  # labelled items that a classifier is trained on
BREAKDOWN = float(verifiers.breakdown(KEEP_RIGHT, KEEP_WRONG))
WRONG = (0.5, BREAKDOWN, 0.8)  # shares of wrong labels: below, at and above the breakdown point
PANELS, ACCURACY, CORRELATION, QUESTIONS = (3, 5, 9), 0.7, 0.5, 32


def nearness(items):
    return -((items[:, 0] - CENTRE) ** 2)


class KnownSpread(Gaussian):
    """A normal of which only the mean is refitted."""

    def fit(self, key, pool):
        return replace(self, mean=pool.count @ pool.rows / pool.count.sum())


def arms() -> dict[str, Arm]:
    def arm(truth, model, judge, measures, n, candidates=None):
        return Arm(
            truth=truth,
            model=model,
            judge=judge,
            regime=Replace(),
            learner=MaximumLikelihood(),
            sampler=Plain(),
            measures=measures,
            n=n,
            generations=LAST,
            candidates=candidates,
        )

    def outcomes(chance):
        truth = Categorical(np.full(10, 0.1))
        return arm(
            truth, truth, BernoulliKeep(chance, expected=0.1), (ModelDiversity(), Judged()), KEPT
        )

    near = Threshold(FunctionReward(nearness), at=-(RADIUS**2), expected=1.0)
    return {
        "perfect": outcomes(RIGHT * 1.0),
        "weak": outcomes(np.where(RIGHT, KEEP_RIGHT, KEEP_WRONG)),
        "opinionated": arm(Gaussian(), KnownSpread(), near, (Moments(),), N, N),
    }


# Evidence that no arm shows: each function answers for one seed, from one draw of normals


def each(one):
    """A function of (key, seeds) -> record from ``one(key)`` -> {curve: numbers}, compiled once."""
    every = jax.jit(lambda keys: jax.lax.map(one, keys))
    return lambda key, seeds: {"curves": every(jax.random.split(key, seeds))}


def classifiers(key):
    """(3,) accuracy of w = mean of y' x over the kept items, for each share of wrong labels.

    Its inputs come turned by their classes, y x ~ N(mu, I), |mu| = 1: a wrong label adds -y x.
    """
    draws = jax.random.normal(key, (ITEMS, DIMENSION + 2))
    turned, errors, coin = draws[:, 2:].at[:, 0].add(1), draws[:, 0], draws[:, 1]

    def accuracy(share):
        flipped = errors < ndtri(share)
        kept = coin < jnp.where(flipped, ndtri(KEEP_WRONG), ndtri(KEEP_RIGHT))
        w = (jnp.where(flipped, -1.0, 1.0) * kept) @ turned
        return jax.scipy.special.ndtr(w[0] / jnp.linalg.norm(w))

    return {"accuracy": jnp.stack([accuracy(share) for share in WRONG])}


def panels(key):
    """How often panels vote for what is right; squared error of a panel of the largest size."""
    most = max(PANELS)
    draws = jax.random.normal(key, (QUESTIONS, 2 * most + 1))
    right = draws[:, :most] < ndtri(ACCURACY)
    won = jnp.stack([(right[:, :m].sum(1) > m / 2).mean() for m in PANELS])
    own = draws[:, most:-1] * (1 - CORRELATION) ** 0.5
    error = draws[:, -1] * CORRELATION**0.5 + own.mean(1)
    return {"won": won, "square": (error**2).mean()[None]}


def law(name, source, evidence, observe, expected, at=(1,)) -> Claim:
    return Claim(name, "law", source, evidence, observe, expected, at)


def arm_claims() -> tuple[Claim, ...]:
    times, right = np.arange(2, LAST + 1), RIGHT.mean()
    return (
        law(
            "A perfect verifier, 20 items a generation: heterozygosity drifts to 0 all the same",
            "Wright (1931), starting from what was right among the real data, derived",
            "perfect",
            "model_gini",
            verifiers.perfect_judge_heterozygosity(times, KEPT, 1 - 1 / RIGHT.sum(), right),
            tuple(times),
        ),
        law(
            "A weak verifier: share of the items kept, (1 - p) phi + p psi",
            "Feng et al. (2024)",
            "weak",
            "share_kept",
            verifiers.kept_share(1 - right, KEEP_RIGHT, KEEP_WRONG),
        ),
        Claim(
            "A verifier that keeps what is near its centre: the mean moves there",
            "approximation",
            "Yi et al. (2025), mean of a truncated normal; error of order 1 / n",
            "opinionated",
            "mean_shift",
            verifiers.verified_means(LAST - 1, 0.0, 1.0, CENTRE, RADIUS)[times - 1],
            tuple(times),
            error=1 / N,
        ),
    )


def evidence_claims() -> tuple[Claim, ...]:
    setting = (ITEMS, KEEP_RIGHT, KEEP_WRONG, DIMENSION, 1.0)

    def learning(i, where):
        n, *rest = setting
        expected = verifiers.verified_accuracy(n, WRONG[i], *rest) if i != 1 else 0.5
        return law(
            f"Learning from verified labels, {WRONG[i]:.2f} of them wrong: accuracy {where}",
            "setting of Feng et al. (2024), finite n and d derived",
            "classifiers",
            lambda record: record["curves"]["accuracy"][:, i],
            expected,
        )

    return (
        learning(0, "below the breakdown point"),
        learning(1, "at the breakdown point phi / (phi + psi), a coin"),
        learning(2, "above it, turned over"),
        law(
            f"Panels of 3, 5 and 9 judges, each right with chance {ACCURACY}: majority right",
            "Condorcet (1785)",
            "panels",
            lambda record: record["curves"]["won"],
            [float(verifiers.panel_accuracy(m, ACCURACY)) for m in PANELS],
        ),
        law(
            f"A panel of 9 judges whose errors correlate by {CORRELATION}: variance of its error",
            "rho + (1 - rho) / m",
            "panels",
            lambda record: record["curves"]["square"],
            float(verifiers.panel_variance(max(PANELS), CORRELATION)),
        ),
    )


def scenario() -> Scenario:
    return Scenario(
        name="verifier-laws",
        title=__doc__.split("\n")[0],
        source="Feng et al. (2024), Beyond model collapse; Yi et al. (2025); finite samples "
        "derived here",
        arms=arms(),
        headline=("model_gini", "share_kept", "mean_shift"),
        seeds=2000,
        thorough=100_000,
        claims=(*arm_claims(), *evidence_claims()),
        evidence={"classifiers": each(classifiers), "panels": each(panels)},
    )
