"""Judges of infinitely many items: what choosing, tilting and grading do, to the last digit

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
    Choice,
    Claim,
    Divergence,
    FreshMix,
    Judge,
    Likelihood,
    MaximumLikelihood,
    Measure,
    ModelDiversity,
    Pluralist,
    Replace,
    Scenario,
    Support,
    TableReward,
    Tilt,
    zipf,
)
from collapse.laws import choice as curation
from collapse.laws import exploits, gradient, pluralism, verifiers

K = 4  # candidates to a choice
P = np.array([0.05, 0.2, 0.15, 0.1, 0.08, 0.12, 0.2, 0.1])
REWARD = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 2.0, 1.0, 0.25])  # the best two tie
BASE, NEXT = 1e-6, 1e-9  # mass of an exploit, and of the next one when it has been removed
STRENGTH = 2.0
ODDS = float(np.exp(STRENGTH))  # of an exploit over anything else
GROWTH = float(exploits.choice_growth(K, ODDS))
BELOW, ABOVE, PAIR, ANCHORED = 0.3, 0.6, 0.8, 0.2  # shares of judged output; 1 / GROWTH = 0.35
FOUND = 0.7  # of judged output by a detector that takes nothing real for it
SLIPPED = float(exploits.undetected_share(ABOVE, FOUND, 0.0))
FIRST, SECOND, WHO = 8.0, 5.0, 0.4  # odds of two judges for their favourites; chance of the first
ONE = np.arange(8) < 4  # what the first judge likes
TYPICALITY = 0.57  # Zhang et al. (2025), fitted to preference data
RIGHT = np.arange(8) < 3  # answers that solve the problem
SOLVED, PENALTY = 0.2, 2.0
ANSWERS = np.where(RIGHT, [0.1, 0.06, 0.04, 0, 0, 0, 0, 0], (1 - SOLVED) / 5)
RATE = 0.02  # of a natural policy gradient
OUTCOMES = 4096  # of the best of K, so many that hardly two rewards tie
LAST = 60
EARLY = (1, 2, 3, 5, 10, 20, 60)
ROUNDING = 1e-5  # of single precision over 60 generations


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
    def arm(judge, p=P, share=None, reference=False):
        return Arm(
            truth=Categorical(p),
            model=Categorical(p),
            judge=judge,
            regime=Replace() if share is None else FreshMix(1 - share),
            learner=MaximumLikelihood(),
            sampler=Support(),
            measures=(ModelDiversity(), Divergence(), Shares()),
            n=10_000,
            generations=LAST,
            keep_reference=reference,
        )

    def rare(base):
        return np.array([base, *np.full(7, (1 - base) / 7)])

    def pluralist(k):
        odds = np.where(ONE, np.log(FIRST), 0), np.where(ONE, 0, np.log(SECOND))
        judges = tuple(Choice(TableReward(reward), k) for reward in odds)
        return arm(Pluralist(judges, (WHO, 1 - WHO)), np.full(8, 1 / 8))

    overrated = TableReward(np.where(np.arange(8) == 0, STRENGTH, 0.0))
    exploited, flat = Choice(overrated, K), np.full(OUTCOMES, 1 / OUTCOMES)
    tied = np.arange(OUTCOMES) // 512
    return {
        "choice": arm(Choice(TableReward(REWARD), K)),
        "exploit": arm(exploited, rare(BASE)),
        "patched": arm(exploited, rare(NEXT)),
        "tilt": arm(Tilt(TableReward(REWARD))),
        "tilted-exploit": arm(Tilt(overrated), rare(BASE)),
        "gradient": arm(Tilt(TableReward(REWARD), RATE)),
        "below": arm(exploited, rare(BASE), BELOW),
        "above": arm(exploited, rare(BASE), ABOVE),
        "detected": arm(exploited, rare(BASE), SLIPPED),
        "anchored": arm(Choice(TableReward(REWARD), K), P, ANCHORED),
        "pair": arm(Choice(overrated, 2), rare(BASE), PAIR),
        "pluralist-2": pluralist(2),
        "pluralist-4": pluralist(4),
        "pluralist-256": pluralist(256),
        "best-of": arm(BestOf(TableReward(np.arange(OUTCOMES)), K), flat),
        "best-of-tied": arm(BestOf(TableReward(tied), K), flat),
        "typical": arm(Tilt(Likelihood(under="reference"), TYPICALITY), zipf(1000).p, None, True),
        "group-relative": arm(GroupRelative(RIGHT * 1.0, PENALTY), ANSWERS, None, True),
    }


def shares(record, at=slice(None)) -> np.ndarray:
    """(S, G, 8) probabilities of the outcomes."""
    return np.stack([record["curves"][f"share_{i}"][:, at] for i in range(8)], -1).astype(float)


def every_share(at):
    """Observe all outcomes at some generations."""
    return lambda record: shares(record, list(at))


def held_by(group, at):
    """Observe the probability of a group of outcomes."""
    return lambda record: shares(record, list(at))[..., group].sum(-1)


def exact(name, source, arm, observe, expected, at=(LAST,), error=ROUNDING) -> Claim:
    return Claim(name, "identity", source, arm, observe, expected, at, error=error)


def close(name, source, arm, observe, expected, at, error) -> Claim:
    return Claim(name, "approximation", source, arm, observe, expected, at, spread=0.0, error=error)


def bound(name, source, arm, observe, expected, at, side) -> Claim:
    return Claim(
        name, "bound", source, arm, observe, expected, at, spread=0.0, error=1e-6, side=side
    )


def curation_claims() -> tuple[Claim, ...]:
    times, steps = np.array(EARLY), np.arange(1, 31)
    chain = curation.choice(P, REWARD, K, rounds=LAST)
    odds = np.exp(REWARD)

    def excess_gain(record):
        p = shares(record)[:, 1:32]
        least = [[curation.reward_gain(at, REWARD, K) for at in seed[:-1]] for seed in p]
        return np.diff(p @ odds, axis=1) - np.array(least)

    def gain(record):
        return (shares(record)[:, 1:] - P) @ odds

    weight = ANCHORED / (1 - ANCHORED)
    sizes = K ** np.arange(1.0, 4)  # rounds of best of K are one of best of K^rounds
    within = (sizes / OUTCOMES) ** 2 / 12 * sizes / (sizes - 2)
    ferbach = "Ferbach et al. (2024)"
    return (
        exact(
            "Choice of one in 4: every outcome of every generation",
            f"{ferbach}, Lemma 2.1, by a race of exponential clocks",
            "choice",
            every_share(EARLY),
            chain[times - 1].ravel(),
            tuple(np.repeat(EARLY, 8)),
        ),
        bound(
            "Choice of one in 4: E[e^r]: its gain less (K - 1) / K Var[e^r] / max e^r",
            f"{ferbach}, Lemma 2.2",
            "choice",
            excess_gain,
            0.0,
            tuple(steps),
            "at least",
        ),
        exact(
            "Choice among ever more, or a tilt: p_T is p_0 e^(T r)",
            f"{ferbach}, Lemma 2.1; the optimum of a reward with a KL penalty 1 / T",
            "tilt",
            every_share(EARLY),
            curation.choice_limit(P, REWARD, times - 1).ravel(),
            tuple(np.repeat(EARLY, 8)),
        ),
        bound(
            "Choice with 4/5 real data: E[e^r] stays above the real one by the least gain",
            f"{ferbach}, Theorem 2.4, with the constant derived anew",
            "anchored",
            gain,
            curation.reward_gain_with_real(np.arange(LAST), P, REWARD, K, weight),
            tuple(range(1, LAST + 1)),
            "at least",
        ),
        bound(
            "Choice with 4/5 real data: KL to the real data stays below its bound",
            f"{ferbach}, Theorem 2.3",
            "anchored",
            "kl_model_truth",
            curation.kl_bound_with_real(K, weight),
            EARLY,
            "at most",
        ),
        close(
            "Best of 4, again and again: KL is t ln n - 1 + n^-t",
            "Beirami et al. (2024); within an outcome the density is taken as flat, which costs "
            "(n^t / outcomes)^2 / 12",
            "best-of",
            "kl_model_truth",
            lambda t: curation.best_of_kl(K, t - 1),
            (2, 3, 4),
            within + ROUNDING,
        ),
        bound(
            "Best of 4 with ties: KL is at most t ln n - 1 + n^-t",
            "Beirami et al. (2024)",
            "best-of-tied",
            "kl_model_truth",
            lambda t: curation.best_of_kl(K, t - 1),
            EARLY,
            "at most",
        ),
    )


def exploit_claims() -> tuple[Claim, ...]:
    times = np.array(EARLY)

    def crossing(record):
        """(S,) rounds until the exploit is half of the output, between two by its log-odds."""
        p = record["curves"]["share_0"][:, 1:].astype(float)
        after = (p >= 0.5).argmax(1)
        rows = np.arange(len(p))
        low, high = (np.log(x / (1 - x)) for x in (p[rows, after - 1], p[rows, after]))
        return after - high / (high - low)

    rounds = exploits.onset(BASE, GROWTH)
    needed = exploits.needed_hit_rate(ABOVE, 0.0, GROWTH)
    return (
        exact(
            "An exploit under choice of one in 4: its mass all the way",
            "two types, derived",
            "exploit",
            "share_0",
            exploits.exploit_masses(LAST - 1, BASE, K, ODDS)[times - 1],
            EARLY,
        ),
        close(
            "An exploit of mass 1e-6: rounds until it is half of the output, to one",
            "ln(1 / base - 1) / ln G, G = K A / (A + K - 1), derived",
            "exploit",
            crossing,
            rounds,
            (1,),
            1.0,
        ),
        close(
            "The exploit removed, the next of mass 1e-9: only ln(ratio) / ln G rounds are won",
            "derived; to one round",
            "patched",
            crossing,
            rounds + exploits.patch_delay(BASE, NEXT, GROWTH),
            (1,),
            1.0,
        ),
        exact(
            "An exploit under a tilt: logistic growth by its odds",
            "derived",
            "tilted-exploit",
            "share_0",
            exploits.logistic_mass(times - 1, BASE, ODDS),
            EARLY,
        ),
        exact(
            f"A share of {BELOW} judged, s G = {BELOW * GROWTH:.2f}: mass of the exploit in the end",
            "fixed point of two types with real data, derived",
            "below",
            "share_0",
            exploits.exploit_equilibrium(BELOW, BASE, K, ODDS),
            error=1e-8,
        ),
        bound(
            f"A share of {BELOW} judged: the exploit is held below (1 - s) base / (1 - s G)",
            "derived",
            "below",
            lambda record: record["curves"]["share_0"][:, EARLY] / BASE,
            exploits.held_mass(BELOW, 1.0, GROWTH),
            EARLY,
            "at most",
        ),
        exact(
            f"A share of {ABOVE} judged, s G = {ABOVE * GROWTH:.2f}: the exploit invades",
            "fixed point of two types with real data, derived",
            "above",
            "share_0",
            exploits.exploit_equilibrium(ABOVE, BASE, K, ODDS),
        ),
        bound(
            f"The same, with {FOUND} of it found by a detector ({needed:.2f} needed): held again",
            "s' G < 1, derived",
            "detected",
            lambda record: record["curves"]["share_0"][:, EARLY] / BASE,
            exploits.held_mass(SLIPPED, 1.0, GROWTH),
            EARLY,
            "at most",
        ),
        exact(
            "Choice of one in 2, a share of 0.8 judged: the exploit's mass in the end",
            "root of a quadratic, derived",
            "pair",
            "share_0",
            exploits.pair_equilibrium(PAIR, BASE, ODDS),
            error=3e-5,  # what is left of the way to it
        ),
    )


def pluralist_claims() -> tuple[Claim, ...]:
    two = [0.5]
    for _ in range(LAST - 1):
        two.append(float(pluralism.pluralist_step(two[-1], 2, WHO, FIRST, SECOND)))
    source = "derived; setting of Falahati et al. (2026)"

    def ends(k):
        return pluralism.pluralist_equilibrium(k, WHO, FIRST, SECOND)

    return (
        exact(
            "Two judges, choice of one in 2: the first's favourite is lost",
            source,
            "pluralist-2",
            held_by(ONE, EARLY),
            np.array(two)[np.array(EARLY) - 1],
            EARLY,
        ),
        exact(
            "Two judges, choice of one in 4: both favourites survive",
            source,
            "pluralist-4",
            held_by(ONE, (LAST,)),
            ends(4),
        ),
        close(
            "Two judges, choice of one in 256: a Nash bargain, to order 1 / K",
            source,
            "pluralist-256",
            held_by(ONE, (LAST,)),
            ends(np.inf),
            (LAST,),
            1 / 256,
        ),
    )


def policy_claims() -> tuple[Claim, ...]:
    steps = np.arange(1, 6)
    path = curation.choice_limit(P, REWARD, RATE * (steps - 1))
    first, second = (
        np.array([gradient.entropy_change(p, REWARD, RATE, order) for p in path])
        for order in (1, 2)
    )
    solved = [SOLVED]
    for _ in range(LAST - 1):
        solved.append(float(gradient.grpo_step(solved[-1], SOLVED, PENALTY)))
    jokes = np.asarray(zipf(1000).p, float)
    return (
        close(
            "Natural policy gradient: entropy falls by rate Cov(ln p, r)",
            "Cui et al. (2025); error of order rate^2, derived",
            "gradient",
            lambda record: np.diff(record["curves"]["model_entropy"][:, 1:7], axis=1),
            first,
            tuple(steps),
            1.5 * np.abs(second - first),
        ),
        exact(
            "A taste for the typical, 1,000 jokes of Zipf(1): e^H under p^(1 + alpha / beta)",
            "Zhang et al. (2025)",
            "typical",
            lambda record: np.exp(record["curves"]["model_entropy"][:, (1, 2, 3, 4, 6)]),
            [
                verifiers.effective_number(
                    verifiers.sharpened(jokes, verifiers.typicality_exponent(TYPICALITY * r, 1))
                )
                for r in (0, 1, 2, 3, 5)
            ],
            (1, 2, 3, 4, 6),
            error=2e-3,
        ),
        exact(
            "Group-relative rewards, KL to the reference: share of problems solved",
            "Mroueh (2025)",
            "group-relative",
            held_by(RIGHT, EARLY),
            np.array(solved)[np.array(EARLY) - 1],
            EARLY,
        ),
        exact(
            "Group-relative rewards: the fixed point below 1",
            "fixed point of Mroueh (2025), derived",
            "group-relative",
            held_by(RIGHT, (LAST,)),
            gradient.grpo_fixed_points(SOLVED, PENALTY)[0],
        ),
        exact(
            "Group-relative rewards: the law among the right answers never moves",
            "Mroueh (2025)",
            "group-relative",
            lambda record: shares(record, list(EARLY))[..., 0] / held_by(RIGHT, EARLY)(record),
            0.5,
            EARLY,
        ),
    )


def scenario() -> Scenario:
    return Scenario(
        name="judge-laws",
        title=__doc__.split("\n")[0],
        source="Ferbach et al. (2024), Self-consuming generative models with curated data; laws of "
        "exploits and of two judges derived here",
        arms=arms(),
        headline=("share_0", "model_entropy", "kl_model_truth"),
        seeds=1,
        claims=(*curation_claims(), *exploit_claims(), *pluralist_claims(), *policy_claims()),
    )
