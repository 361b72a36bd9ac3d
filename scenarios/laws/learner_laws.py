"""Learning from rewards: optima, fixed points, and what anchors and entropy bonuses hold back

Policy gradients and their weighted refits on whole supports, so that each claim is held against a
number; a detector before the fit on items. Generation 1 is the first fit, so that generation t has
been rewarded t - 1 times.
"""

import numpy as np

from collapse import (
    Arm,
    BehindDetector,
    Categorical,
    Choice,
    Claim,
    FreshMix,
    MaximumLikelihood,
    ModelDiversity,
    OutcomeShares,
    Plain,
    PolicyGradient,
    Replace,
    RewardWeighted,
    Scenario,
    ScoreOnly,
    Support,
    TableReward,
)
from collapse.laws import exploits, gradient

P = np.array([0.05, 0.2, 0.15, 0.1, 0.08, 0.12, 0.2, 0.1])
REWARD = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 2.0, 1.0, 0.25])
BETA, PULL, STEP = 0.8, 0.3, 2.0  # KL penalty; weight of the reference, and strength, of an anchor
SLOPE = 0.02  # rate of a policy gradient
LAST = 60
EARLY = (2, 3, 5, 10, 20, 60)
ARMS = 50  # of a bandit, one of which pays
GOOD, JUNK, WORSE, BONUS = 3, 200, 2.0, 1.0  # good answers, junk, how much worse, entropy bonus
BASE = np.r_[np.full(GOOD, 0.99 / GOOD), np.full(JUNK, 0.01 / JUNK)]
RIGHT = np.arange(8) < 3
SOLVED, PENALTY, WEAK = 0.2, 2.0, 0.6
ANSWERS = np.array([0.1, 0.06, 0.04, *np.full(5, (1 - SOLVED) / 5)])
EXPLOIT, ODDS, K, REAL = 0.02, 40.0, 4, 0.3
SHARP, BLUNT, ALARM = 0.97, 0.6, 0.1  # hit rates of two detectors, and their false alarms
NEEDED = float(exploits.needed_hit_rate(1 - REAL, ALARM, exploits.choice_growth(K, ODDS)))
ROUNDING = 3e-6


def arms() -> dict[str, Arm]:
    def arm(learner, p=P, reward=REWARD, generations=LAST):
        return Arm(
            truth=Categorical(p),
            model=Categorical(p),
            judge=ScoreOnly(TableReward(reward)),
            regime=Replace(),
            learner=learner,
            sampler=Support(),
            measures=(ModelDiversity(), OutcomeShares()),
            n=10_000,
            generations=generations,
            keep_reference=True,
        )

    def detected(hit):
        odds = TableReward(np.log(ODDS) * (np.arange(8) == 0))
        start = Categorical([EXPLOIT, *np.full(7, (1 - EXPLOIT) / 7)])
        return Arm(
            truth=start,
            model=start,
            judge=Choice(odds, k=K),
            regime=FreshMix(REAL),
            learner=BehindDetector(MaximumLikelihood(), hit=hit, false_alarm=ALARM),
            sampler=Plain(),
            measures=(OutcomeShares(),),
            n=5000,
            generations=LAST,
        )

    junk = np.r_[np.zeros(GOOD), np.full(JUNK, -WORSE)]
    one = (np.arange(ARMS) == 0) * 1.0
    weak = np.array([0.05, *np.full(7, 0.95 / 7)])
    return {
        "optimum": arm(RewardWeighted(learning_rate=1 / BETA, kl_coef=BETA)),
        "previous": arm(RewardWeighted(learning_rate=1 / BETA)),
        "anchored": arm(RewardWeighted(learning_rate=1 / STEP, kl_coef=PULL * STEP)),
        "gradient": arm(PolicyGradient(learning_rate=SLOPE)),
        "bandit": arm(PolicyGradient(learning_rate=8.0), np.full(ARMS, 1 / ARMS), one),
        "bonus": arm(RewardWeighted(learning_rate=1 / BONUS, entropy=BONUS), BASE, junk),
        "held": arm(RewardWeighted(learning_rate=1 / BETA, kl_coef=BETA), BASE, junk),
        "graded": arm(standardised(PENALTY), ANSWERS, RIGHT * 1.0),
        "escaped": arm(standardised(WEAK), weak, (np.arange(8) == 0) * 1.0),
        "sharp-detector": detected(SHARP),
        "blunt-detector": detected(BLUNT),
    }


def standardised(penalty: float) -> RewardWeighted:
    """The optimum of standardised rewards with a KL penalty to the reference, at once."""
    return RewardWeighted(learning_rate=1 / penalty, kl_coef=penalty, baseline="standardised")


def shares(record, at) -> np.ndarray:
    """(S, G, 8) probabilities of the first eight outcomes."""
    at = list(at)
    return np.stack([record["curves"][f"share_{i}"][:, at] for i in range(8)], -1).astype(float)


def solved(at):
    return lambda record: shares(record, at)[..., RIGHT].sum(-1)


def junk_share(record) -> np.ndarray:
    return 1 - shares(record, (3,))[..., :GOOD].sum(-1)


def payoff(record) -> tuple[np.ndarray, np.ndarray]:
    """e^H and reward of the bandit over the run, where most of both is spent."""
    curves = record["curves"]
    return np.exp(curves["model_entropy"][0, 1:].astype(float)), curves["share_0"][0, 1:]


def straightness(record) -> np.ndarray:
    """R^2 of a line of the reward on e^H."""
    x, y = payoff(record)
    return np.array([np.corrcoef(x, y)[0, 1] ** 2])


def ceiling(record) -> np.ndarray:
    """b - a of R = -a e^H + b: the reward at H = 0."""
    slope, top = np.polyfit(*payoff(record), 1)
    return np.array([top + slope])


def exact(name, source, arm, observe, expected, at, error=ROUNDING) -> Claim:
    return Claim(name, "identity", source, arm, observe, expected, at, error=error)


def optimum_claims() -> tuple[Claim, ...]:
    rounds = np.array(EARLY) - 1
    strength = (1 - (1 - PULL) ** rounds) / (PULL * STEP)
    path = [gradient.kl_optimum(P, REWARD * s, 1.0) for s in strength]
    drift = [gradient.kl_optimum(P, REWARD * t, BETA) for t in range(1, 6)]
    return (
        exact(
            "A KL penalty to the reference: ref e^(r / beta), in one step and for good",
            "derived; Rafailov et al. (2023), eq. 4",
            "optimum",
            lambda record: shares(record, (2, 3)),
            np.tile(gradient.kl_optimum(P, REWARD, BETA), 2),
            tuple(np.repeat((2, 3), 8)),
        ),
        exact(
            "A KL penalty to the previous model alone: ref e^(t r / beta), without end",
            "derived",
            "previous",
            lambda record: shares(record, range(2, 7)),
            np.ravel(drift),
            tuple(np.repeat(range(2, 7), 8)),
        ),
        exact(
            "An anchor of any weight w: on its way to ref e^(r / (w b)), and no further",
            "derived",
            "anchored",
            lambda record: shares(record, EARLY),
            np.ravel(path),
            tuple(np.repeat(EARLY, 8)),
        ),
    )


def gradient_claims() -> tuple[Claim, ...]:
    steps, p, change = np.arange(1, 6), P, []
    for _ in steps:
        slope = gradient.vanilla_direction(p, REWARD)
        change.append(gradient.entropy_change(p, slope, SLOPE, order=2))
        p = gradient.kl_optimum(p, slope * SLOPE, 1.0)
    return (
        Claim(
            "Policy gradient: entropy changes by -rate Cov(ln p, p A) and its next term",
            "approximation",
            "Cui et al. (2025), the term in rate^2 derived; error of order rate^3",
            "gradient",
            lambda record: np.diff(record["curves"]["model_entropy"][:, 1:7], axis=1),
            change,
            tuple(steps),
            spread=0.0,
            error=SLOPE**3,
        ),
        Claim(
            "A bandit with one good arm in 50: R^2 of the reward on e^H",
            "bound",
            "R = -a e^H + b, Cui et al. (2025); how straight is found here",
            "bandit",
            straightness,
            0.98,
            spread=0.0,
            side="at least",
        ),
        Claim(
            "A bandit with one good arm in 50: the reward that is left for H = 0, b - a",
            "approximation",
            "R = -a e^H + b, Cui et al. (2025); a little bent, 0.03 either way",
            "bandit",
            ceiling,
            1.0,
            spread=0.0,
            error=0.03,
        ),
    )


def junk_claims() -> tuple[Claim, ...]:
    free = JUNK * np.exp(-WORSE / BONUS)
    kept = BASE[GOOD:].sum() * np.exp(-WORSE / BETA)
    return (
        exact(
            "An entropy bonus, no anchor: N e^(-d/tau) / (M + N e^(-d/tau)) of it is junk",
            "derived",
            "bonus",
            junk_share,
            free / (GOOD + free),
            (3,),
        ),
        exact(
            "An anchor in its place: the junk is as rare as in the reference, and rarer",
            "derived",
            "held",
            junk_share,
            kept / (kept + BASE[:GOOD].sum()),
            (3,),
        ),
    )


def graded_claims() -> tuple[Claim, ...]:
    at = (1, *EARLY)
    chain = [SOLVED]
    for _ in range(LAST - 1):
        chain.append(float(gradient.grpo_step(chain[-1], SOLVED, PENALTY)))
    return (
        exact(
            "Rewards relative to the group, KL to the reference: share of problems solved",
            "Mroueh (2025)",
            "graded",
            solved(at),
            np.array(chain)[np.array(at) - 1],
            at,
        ),
        exact(
            "Rewards relative to the group: the fixed point below 1",
            "Mroueh (2025), its roots derived",
            "graded",
            solved((LAST,)),
            gradient.grpo_fixed_points(SOLVED, PENALTY)[0],
            (LAST,),
        ),
        exact(
            "Rewards relative to the group: the law among the right answers never moves",
            "Mroueh (2025)",
            "graded",
            lambda record: shares(record, at)[..., 0] / solved(at)(record),
            0.5,
            at,
        ),
        exact(
            "Rewards relative to the group, a penalty too weak for a fixed point: all is solved",
            "derived; Mroueh (2025) holds inside a basin",
            "escaped",
            "share_0",
            1.0,
            (20,),
            1e-4,
        ),
    )


def detector_claims() -> tuple[Claim, ...]:
    left = {hit: float(exploits.undetected_share(1 - REAL, hit, ALARM)) for hit in (SHARP, BLUNT)}
    path = exploits.exploit_masses(11, EXPLOIT, K, ODDS, left[BLUNT])
    growth = float(exploits.choice_growth(K, ODDS))
    held = float(exploits.held_mass(left[SHARP], EXPLOIT, growth))
    return (
        Claim(
            f"A detector that finds {SHARP} ({NEEDED:.2f} needed): the exploit is held",
            "bound",
            "derived; Drayson et al. (2025) for the detector",
            "sharp-detector",
            "share_0",
            held,
            (12,),
            side="at most",
        ),
        Claim(
            f"A detector that finds {BLUNT} ({NEEDED:.2f} needed): the exploit's mass as it grows",
            "approximation",
            "derived; 2 in 1,000 for the bend of the map at n = 5,000",
            "blunt-detector",
            "share_0",
            path[[0, 1, 2, 11]],
            (1, 2, 3, 12),
            error=2e-3,
        ),
    )


def scenario() -> Scenario:
    return Scenario(
        name="learner-laws",
        title=__doc__.split("\n")[0],
        source="Rafailov et al. (2023); Cui et al. (2025); Mroueh (2025); Drayson et al. (2025); "
        "each with what is derived here",
        arms=arms(),
        headline=("share_0", "model_entropy"),
        seeds=32,
        claims=(
            *optimum_claims(),
            *gradient_claims(),
            *junk_claims(),
            *graded_claims(),
            *detector_claims(),
        ),
    )
