"""Choosing one of K by a reward: how what is liked spreads, and an exploit of the judge

Every arm runs on its whole support, so that each claim is held against a number and not against
chance. Generation 1 is the first fit, so that generation t has been judged t - 1 times.
"""

import numpy as np

from collapse import (
    Arm,
    Categorical,
    Choice,
    Claim,
    Divergence,
    FreshMix,
    MaximumLikelihood,
    ModelDiversity,
    OutcomeShares,
    Replace,
    Scenario,
    Support,
    TableReward,
)
from collapse.laws import choice, exploits

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
LAST = 60
EARLY = (1, 2, 3, 5, 10, 20, 60)
ROUNDING = 3e-6  # of single precision, on the way over 60 generations


def arms() -> dict[str, Arm]:
    def arm(judge, p=P, share=1.0):
        return Arm(
            truth=Categorical(p),
            model=Categorical(p),
            judge=judge,
            regime=Replace() if share == 1 else FreshMix(1 - share),
            learner=MaximumLikelihood(),
            sampler=Support(),
            measures=(ModelDiversity(), Divergence(), OutcomeShares()),
            n=10_000,
            generations=LAST,
        )

    def rare(base):
        return np.array([base, *np.full(7, (1 - base) / 7)])

    overrated = TableReward(np.where(np.arange(8) == 0, STRENGTH, 0.0))
    exploited = Choice(overrated, k=K)
    return {
        "choice": arm(Choice(TableReward(REWARD), k=K)),
        "anchored": arm(Choice(TableReward(REWARD), k=K), P, ANCHORED),
        "exploit": arm(exploited, rare(BASE)),
        "patched": arm(exploited, rare(NEXT)),
        "below": arm(exploited, rare(BASE), BELOW),
        "above": arm(exploited, rare(BASE), ABOVE),
        "detected": arm(exploited, rare(BASE), SLIPPED),
        "pair": arm(Choice(overrated, k=2), rare(BASE), PAIR),
    }


def shares(record, at=slice(None)) -> np.ndarray:
    """(S, G, 8) probabilities of the outcomes."""
    return np.stack([record["curves"][f"share_{i}"][:, at] for i in range(8)], -1).astype(float)


def exact(name, source, arm, observe, expected, at=(LAST,), error=ROUNDING) -> Claim:
    return Claim(name, "identity", source, arm, observe, expected, at, error=error)


def half(name, source, arm, rounds) -> Claim:
    return Claim(name, "approximation", source, arm, crossing, rounds, spread=0.0, error=1.0)


def bound(name, source, arm, observe, expected, at, side) -> Claim:
    settings = {"spread": 0.0, "error": ROUNDING, "side": side}
    return Claim(name, "bound", source, arm, observe, expected, at, **settings)


def reward_claims() -> tuple[Claim, ...]:
    chain, odds = choice.choice(P, REWARD, K, rounds=LAST), np.exp(REWARD)
    weight = ANCHORED / (1 - ANCHORED)

    def gain_beyond(record):
        p = shares(record)[:, 1:32]
        least = [[choice.reward_gain(at, REWARD, K) for at in seed[:-1]] for seed in p]
        return np.diff(p @ odds, axis=1) - np.array(least)

    return (
        exact(
            "Choice of one in 4: every outcome of every generation",
            "Ferbach et al. (2024), Lemma 2.1, by a race of exponential clocks",
            "choice",
            lambda record: shares(record, list(EARLY)),
            chain[np.array(EARLY) - 1].ravel(),
            tuple(np.repeat(EARLY, 8)),
        ),
        bound(
            "Choice of one in 4: gain of E[e^r] beyond (K - 1) / K Var[e^r] / max e^r",
            "Ferbach et al. (2024), Lemma 2.2",
            "choice",
            gain_beyond,
            0.0,
            tuple(range(1, 31)),
            "at least",
        ),
        bound(
            "Choice of one in 4 with 4/5 real data: gain of E[e^r] over the real data",
            "Ferbach et al. (2024), Theorem 2.4, with a better constant, derived",
            "anchored",
            lambda record: (shares(record)[:, 1:] - P) @ odds,
            choice.reward_gain_with_real(np.arange(LAST), P, REWARD, K, weight),
            tuple(range(1, LAST + 1)),
            "at least",
        ),
        bound(
            "Choice of one in 4 with 4/5 real data: KL to the real data",
            "Ferbach et al. (2024), Theorem 2.3",
            "anchored",
            "kl_model_truth",
            choice.kl_bound_with_real(K, weight),
            EARLY,
            "at most",
        ),
    )


def crossing(record) -> np.ndarray:
    """(S,) rounds until the exploit is half of the output, between two by its log-odds."""
    p = record["curves"]["share_0"][:, 1:].astype(float)
    after, rows = (p >= 0.5).argmax(1), np.arange(len(p))
    low, high = (np.log(x / (1 - x)) for x in (p[rows, after - 1], p[rows, after]))
    return after - high / (high - low)


def onset_claims() -> tuple[Claim, ...]:
    rounds = exploits.onset(BASE, GROWTH)
    return (
        exact(
            "An exploit under choice of one in 4: its mass all the way",
            "two types, derived",
            "exploit",
            "share_0",
            exploits.exploit_masses(LAST - 1, BASE, K, ODDS)[np.array(EARLY) - 1],
            EARLY,
        ),
        half(
            "An exploit of mass 1e-6: rounds until it is half of the output",
            "ln(1 / base - 1) / ln G to one round, G = K A / (A + K - 1), derived",
            "exploit",
            rounds,
        ),
        half(
            "The exploit removed, the next one of mass 1e-9: rounds until that is half",
            "ln(ratio) / ln G later, to one round, derived",
            "patched",
            rounds + exploits.patch_delay(BASE, NEXT, GROWTH),
        ),
    )


def real_data_claims() -> tuple[Claim, ...]:
    """What real data hold, in multiples of its mass among them, and what invades all the same."""
    needed = exploits.needed_hit_rate(ABOVE, 0.0, GROWTH)
    below, above = (f"{s} judged, s G = {s * GROWTH:.2f}" for s in (BELOW, ABOVE))
    fixed = "fixed point of two types with real data, derived"

    def enrichment(at):
        return lambda record: record["curves"]["share_0"][:, list(at)] / BASE

    return (
        exact(
            f"A share of {below}: enrichment of the exploit in the end",
            fixed,
            "below",
            enrichment((LAST,)),
            exploits.exploit_equilibrium(BELOW, BASE, K, ODDS) / BASE,
            error=1e-3,  # 0.85^59 of the way is left
        ),
        bound(
            f"A share of {below}: the exploit never gets past (1 - s) / (1 - s G)",
            "derived",
            "below",
            enrichment(EARLY),
            exploits.held_mass(BELOW, 1.0, GROWTH),
            EARLY,
            "at most",
        ),
        exact(
            f"A share of {above}: mass of the exploit that has invaded",
            fixed,
            "above",
            "share_0",
            exploits.exploit_equilibrium(ABOVE, BASE, K, ODDS),
        ),
        bound(
            f"The same, {FOUND} of it found by a detector ({needed:.2f} needed): held again",
            "s' G < 1, derived",
            "detected",
            enrichment(EARLY),
            exploits.held_mass(SLIPPED, 1.0, GROWTH),
            EARLY,
            "at most",
        ),
        exact(
            f"Choice of one in 2, a share of {PAIR} judged: mass of the exploit that has invaded",
            "root of a quadratic, derived",
            "pair",
            "share_0",
            exploits.pair_equilibrium(PAIR, BASE, ODDS),
            error=3e-5,  # of the way are left
        ),
    )


def scenario() -> Scenario:
    return Scenario(
        name="choice-laws",
        title=__doc__.split("\n")[0],
        source="Ferbach et al. (2024), Self-consuming generative models with curated data; laws of "
        "exploits derived here",
        arms=arms(),
        headline=("share_0", "model_entropy", "kl_model_truth"),
        seeds=1,
        claims=(*reward_claims(), *onset_claims(), *real_data_claims()),
    )
