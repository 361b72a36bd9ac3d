"""Tilting, the best of n and graded groups: what other judges do to infinitely many items

Every arm runs on its whole support, so that each claim is held against a number and not against
chance. Generation 1 is the first fit, so that generation t has been judged t - 1 times.
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse import (
    Arm,
    BestOf,
    Categorical,
    Claim,
    Divergence,
    Judge,
    Likelihood,
    MaximumLikelihood,
    Measure,
    ModelDiversity,
    Replace,
    Scenario,
    Support,
    TableReward,
    Tilt,
    zipf,
)
from collapse.laws import choice, exploits, gradient, verifiers

P = np.array([0.05, 0.2, 0.15, 0.1, 0.08, 0.12, 0.2, 0.1])
REWARD = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 2.0, 1.0, 0.25])  # the best two tie
RATE = 0.02  # of a natural policy gradient
BASE, STRENGTH = 1e-6, 2.0  # mass and reward of an exploit
K, OUTCOMES = 4, 1000  # the best of K, with outcomes so many that few rewards tie
TYPICALITY = 0.57  # alpha over beta, Zhang et al. (2025)
RIGHT = np.arange(8) < 3  # answers that solve the problem
SOLVED, PENALTY = 0.2, 2.0
ANSWERS = np.array([0.1, 0.06, 0.04, *np.full(5, (1 - SOLVED) / 5)])
LAST = 60
EARLY = (1, 2, 3, 5, 10, 20, 60)
ROUNDING = 3e-6  # of single precision, on the way over 60 generations


class Shares(Measure):
    """Curves: share_0 .. share_7, the probabilities of the first eight outcomes."""

    reads = "model"
    units: ClassVar = {f"share_{i}": "probability" for i in range(8)}

    def measure(self, key, view):
        return {f"share_{i}": view.model.p[i] for i in range(8)}


class GroupRelative(Judge):
    """Rewards ``values`` (K,) standardised in the group, and weights that make of the model's
    output the optimum of them with a KL ``penalty`` to the reference (Mroueh 2025)."""

    share: ClassVar = 1.0
    values: Array = eqx.field(converter=jnp.asarray)
    penalty: Array | float = 1.0

    def score(self, key, view):
        reward, mass = self.values[view.items], view.batch.mass / view.batch.mass.sum()
        apart = reward - mass @ reward
        return apart / jnp.sqrt(mass @ apart**2)

    def weigh(self, key, view, reward):
        log = reward / self.penalty + view.reference_log_prob() - view.log_prob()
        return jnp.exp(log - log.max())


def arms() -> dict[str, Arm]:
    def arm(judge, p=P, reference=False):
        return Arm(
            truth=Categorical(p),
            model=Categorical(p),
            judge=judge,
            regime=Replace(),
            learner=MaximumLikelihood(),
            sampler=Support(),
            measures=(ModelDiversity(), Divergence(), Shares()),
            n=10_000,
            generations=LAST,
            keep_reference=reference,
        )

    rare = np.array([BASE, *np.full(7, (1 - BASE) / 7)])
    overrated = TableReward(np.where(np.arange(8) == 0, STRENGTH, 0.0))
    flat, place = np.full(OUTCOMES, 1 / OUTCOMES), np.arange(OUTCOMES)
    return {
        "tilt": arm(Tilt(TableReward(REWARD))),
        "exploit": arm(Tilt(overrated), rare),
        "gradient": arm(Tilt(TableReward(REWARD), RATE)),
        "best-of": arm(BestOf(TableReward(place), K), flat),
        "best-of-tied": arm(BestOf(TableReward(place // 125), K), flat),
        "typical": arm(Tilt(Likelihood(under="reference"), TYPICALITY), zipf(1000).p, True),
        "group-relative": arm(GroupRelative(RIGHT * 1.0, PENALTY), ANSWERS, True),
    }


def shares(record, at) -> np.ndarray:
    """(S, G, 8) probabilities of the first eight outcomes."""
    at = list(at)
    return np.stack([record["curves"][f"share_{i}"][:, at] for i in range(8)], -1).astype(float)


def solved(at):
    """Observe the probability of a right answer."""
    return lambda record: shares(record, at)[..., RIGHT].sum(-1)


def exact(name, source, arm, observe, expected, at, error=ROUNDING) -> Claim:
    return Claim(name, "identity", source, arm, observe, expected, at, error=error)


def close(name, source, arm, observe, expected, at, error) -> Claim:
    return Claim(name, "approximation", source, arm, observe, expected, at, spread=0.0, error=error)


def tilt_claims() -> tuple[Claim, ...]:
    rounds, steps = np.array(EARLY) - 1, np.arange(1, 6)
    path = choice.choice_limit(P, REWARD, RATE * (steps - 1))
    change = [gradient.entropy_change(p, REWARD, RATE, order=2) for p in path]
    jokes = np.asarray(zipf(1000).p, float)
    taste = [verifiers.typicality_exponent(TYPICALITY * t, 1) for t in range(4)]
    return (
        exact(
            "A tilt, or choice among ever more: p_T is p_0 e^(T r)",
            "Ferbach et al. (2024), Lemma 2.1; the optimum of a reward with a KL penalty 1 / T",
            "tilt",
            lambda record: shares(record, EARLY),
            choice.choice_limit(P, REWARD, rounds).ravel(),
            tuple(np.repeat(EARLY, 8)),
        ),
        exact(
            "An exploit under a tilt: its odds grow e^r-fold a round",
            "logistic, derived",
            "exploit",
            "share_0",
            exploits.logistic_mass(rounds, BASE, np.exp(STRENGTH)),
            EARLY,
        ),
        close(
            "Natural policy gradient: entropy changes by -rate Cov(ln p, r) and its next term",
            "Cui et al. (2025), the term in rate^2 derived; error of order rate^3",
            "gradient",
            lambda record: np.diff(record["curves"]["model_entropy"][:, 1:7], axis=1),
            change,
            tuple(steps),
            RATE**3,
        ),
        exact(
            "A taste for the typical, 1,000 jokes of Zipf(1): e^H under p^(1 + alpha / beta)",
            "Zhang et al. (2025)",
            "typical",
            lambda record: np.exp(record["curves"]["model_entropy"][:, 1:5]),
            [verifiers.effective_number(verifiers.sharpened(jokes, gamma)) for gamma in taste],
            (1, 2, 3, 4),
            error=1e-3,
        ),
    )


def best_of_claims() -> tuple[Claim, ...]:
    sizes = K ** np.arange(1.0, 4)  # rounds of the best of K are one of the best of K^rounds
    return (
        close(
            "The best of 4, again and again: KL is t ln n - 1 + n^-t",
            "Beirami et al. (2024); (n^t / outcomes)^2 / 12 is lost within outcomes, derived",
            "best-of",
            "kl_model_truth",
            lambda t: choice.best_of_kl(K, t - 1),
            (2, 3, 4),
            (sizes / OUTCOMES) ** 2 / 12 * sizes / (sizes - 2) + ROUNDING,
        ),
        Claim(
            "The best of 4 with ties: KL is at most t ln n - 1 + n^-t",
            "bound",
            "Beirami et al. (2024)",
            "best-of-tied",
            "kl_model_truth",
            lambda t: choice.best_of_kl(K, t - 1),
            EARLY,
            spread=0.0,
            error=ROUNDING,
            side="at most",
        ),
    )


def group_claims() -> tuple[Claim, ...]:
    chain = [SOLVED]
    for _ in range(LAST - 1):
        chain.append(float(gradient.grpo_step(chain[-1], SOLVED, PENALTY)))
    return (
        exact(
            "Rewards relative to the group, KL to the reference: share of problems solved",
            "Mroueh (2025)",
            "group-relative",
            solved(EARLY),
            np.array(chain)[np.array(EARLY) - 1],
            EARLY,
        ),
        exact(
            "Rewards relative to the group: the fixed point below 1",
            "Mroueh (2025), its roots derived",
            "group-relative",
            solved((LAST,)),
            gradient.grpo_fixed_points(SOLVED, PENALTY)[0],
            (LAST,),
        ),
        exact(
            "Rewards relative to the group: the law among the right answers never moves",
            "Mroueh (2025)",
            "group-relative",
            lambda record: shares(record, EARLY)[..., 0] / solved(EARLY)(record),
            0.5,
            EARLY,
        ),
    )


def scenario() -> Scenario:
    return Scenario(
        name="judge-laws",
        title=__doc__.split("\n")[0],
        source="Ferbach et al. (2024); Beirami et al. (2024); Cui et al. (2025); Zhang et al. "
        "(2025); Mroueh (2025); each with what is derived here",
        arms=arms(),
        headline=("share_0", "model_entropy", "kl_model_truth"),
        seeds=1,
        claims=(*tilt_claims(), *best_of_claims(), *group_claims()),
    )
