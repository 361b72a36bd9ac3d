"""Tilting and the best of n: what other judges do to infinitely many items

Every arm runs on its whole support, so that each claim is held against a number and not against
chance. Generation 1 is the first fit, so that generation t has been judged t - 1 times.
"""

import numpy as np

from collapse import (
    Arm,
    BestOf,
    Categorical,
    Claim,
    Divergence,
    Likelihood,
    MaximumLikelihood,
    ModelDiversity,
    OutcomeShares,
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
LAST = 60
EARLY = (1, 2, 3, 5, 10, 20, 60)
ROUNDING = 3e-6  # of single precision, on the way over 60 generations


def arms() -> dict[str, Arm]:
    def arm(judge, p=P, reference=False):
        return Arm(
            truth=Categorical(p),
            model=Categorical(p),
            judge=judge,
            regime=Replace(),
            learner=MaximumLikelihood(),
            sampler=Support(),
            measures=(ModelDiversity(), Divergence(), OutcomeShares()),
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
        "gradient": arm(Tilt(TableReward(REWARD), strength=RATE)),
        "best-of": arm(BestOf(TableReward(place), k=K), flat),
        "best-of-tied": arm(BestOf(TableReward(place // 125), k=K), flat),
        "typical": arm(
            Tilt(Likelihood(under="reference"), strength=TYPICALITY), zipf(1000).p, True
        ),
    }


def shares(record, at) -> np.ndarray:
    """(S, G, 8) probabilities of the first eight outcomes."""
    at = list(at)
    return np.stack([record["curves"][f"share_{i}"][:, at] for i in range(8)], -1).astype(float)


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


def scenario() -> Scenario:
    return Scenario(
        name="judge-laws",
        title=__doc__.split("\n")[0],
        source="Ferbach et al. (2024); Beirami et al. (2024); Cui et al. (2025); Zhang et al. "
        "(2025); each with what is derived here",
        arms=arms(),
        headline=("share_0", "model_entropy", "kl_model_truth"),
        seeds=1,
        claims=(*tilt_claims(), *best_of_claims()),
    )
