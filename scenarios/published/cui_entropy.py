"""Reward is bought with entropy: R = -a e^H + b

Cui et al. (2025): the law, fitted to the first third of a run and held against the rest, its
ceiling at H = 0, and how fast entropy goes. Policy gradients on a bandit of fifty answers on its
whole support; one of them is right.
"""

import numpy as np

from collapse import (
    GRPO,
    Arm,
    Categorical,
    Judged,
    ModelDiversity,
    OutcomeShares,
    PolicyGradient,
    RewardWeighted,
    Scenario,
    Schedule,
    ScoreOnly,
    Support,
    TableReward,
)
from collapse.scenario.published import comparison, number, shape

SIZES = {"quick": 90, "laptop": 2400}  # generations
ANSWERS, RIGHT = 50, 1
SLOW, FAST = 0.02, {"policy-gradient": 2.1, "grpo": 0.45}  # learning rates
BONUS, UNTIL, RATE = 0.2, 45, 6.0  # weight of the entropy, its last generation, learning rate
DIFFERS = "a bandit of fifty answers, not a language model"
KINDS = tuple(FAST)


def scenario(size: str = "quick") -> Scenario:
    generations = SIZES[size]
    reward = (np.arange(ANSWERS) < RIGHT) * 1.0
    flat = np.full(ANSWERS, 1 / ANSWERS)
    zipf = 1 / np.arange(1.0, ANSWERS + 1) / (1 / np.arange(1.0, ANSWERS + 1)).sum()

    def arm(learner, p):
        return Arm(
            truth=Categorical(p),
            judge=ScoreOnly(TableReward(reward)),
            learner=learner,
            sampler=Support(),
            measures=(ModelDiversity(), Judged(), OutcomeShares(ANSWERS)),
            n=10_000,
            generations=generations,
        )

    return comparison(
        {
            "policy-gradient": arm(PolicyGradient(learning_rate=FAST["policy-gradient"]), flat),
            "grpo": arm(GRPO(learning_rate=FAST["grpo"]), flat),
            "slow": arm(PolicyGradient(learning_rate=SLOW), zipf),
            "natural": arm(RewardWeighted(learning_rate=SLOW), zipf),
            "bonus": arm(PolicyGradient(learning_rate=RATE, entropy=BONUS), flat),
            "bonus-falls": arm(
                PolicyGradient(
                    learning_rate=RATE, entropy=Schedule([BONUS, 0.0], starts=[1, UNTIL + 1])
                ),
                flat,
            ),
        },
        name="cui-entropy",
        title=__doc__.split("\n")[0],
        source="Cui et al. (2025)",
        paper="cui2025",
        minutes={"quick": 0.3, "laptop": 0.4},
        headline=("model_entropy", "reward_mean"),
        seeds=1,
        claims=claims(generations),
    )


def path(record, arm: str) -> tuple[np.ndarray, np.ndarray]:
    """(T,) entropy in nats and mean reward of models 1 .. T."""
    curves = record["curves"]
    entropy, reward = (curves[f"{arm}/{c}"][0, 1:] for c in ("model_entropy", "reward_mean"))
    return entropy.astype(float), reward.astype(float)


def law(record, arm: str, part: slice = slice(None)) -> tuple[float, float]:
    """a and b of R = -a e^H + b, fitted to a part of the run."""
    entropy, reward = path(record, arm)
    slope, top = np.polyfit(np.exp(entropy[part]), reward[part], 1)
    return -float(slope), float(top)


def claims(last: int) -> tuple:
    shaped = {"spread": 0.0, "differs": DIFFERS}

    def straightness(record):
        found = []
        for kind in KINDS:
            entropy, reward = path(record, kind)
            found.append(np.corrcoef(np.exp(entropy), reward)[0, 1] ** 2)
        return np.array([found])

    def missed(record, arm):
        """Root mean square of what a fit to the first third of the run misses after it, relative to
        the whole gain; and the gain that was left to be made, relative to it."""
        (entropy, reward), (a, b) = path(record, arm), law(record, arm, slice(last // 3))
        gap = (reward - b + a * np.exp(entropy))[last // 3 :]
        gain = reward[-1] - reward[0]
        return np.sqrt((gap**2).mean()) / gain, (reward[-1] - reward[last // 3]) / gain

    def covariance(record, arm, natural):
        """(1, 4) change of the entropy over -rate Cov(ln p, direction), in the first steps."""
        curves = record["curves"]
        p = np.stack([curves[f"{arm}/share_{i}"][0, 1:6] for i in range(ANSWERS)], 1).astype(float)
        reward = np.arange(ANSWERS) < RIGHT
        advantage = reward - (p @ reward)[:, None]
        moved = advantage if natural else p * advantage
        log = np.log(p)
        cov = (p * log * moved).sum(1) - (p * log).sum(1) * (p * moved).sum(1)
        entropy = path(record, arm)[0]
        return np.diff(entropy[:5])[None] / (-SLOW * cov[:4])

    return (
        shape(
            "The reward is a straight line in e^H: R^2",
            "R = -a e^H + b",
            straightness,
            "an excellent fit",
            above=0.98,
            at=(1, 2),
            note="the line bends while right answers are rare: 0.972 with the policy gradient",
            **shaped,
        ),
        shape(
            "The first third of the run predicts the rest: error relative to the gain",
            "36 steps predict the next 200 to about 1 %",
            lambda r: np.array([[missed(r, kind)[0] for kind in KINDS]]),
            "about 1 %",
            below=0.05,
            at=(1, 2),
            note="while right answers are rare, the entropy of a bandit hardly moves with them: "
            "the line bends, and its beginning aims too low",
            **shaped,
        ),
        number(
            "The ceiling at H = 0, b - a, is the reward in the end",
            "b - a; here 1",
            lambda r: np.array([[law(r, kind)[1] - law(r, kind)[0] for kind in KINDS]]),
            1.0,
            (1, 2),
            error=0.05,
            note="GRPO ends at 0.947 by its line, which bends while right answers are rare",
            spread=0.0,
        ),
        shape(
            "a and b do not depend on the algorithm",
            "coefficients do not depend on the algorithm",
            lambda r: np.abs(np.array([np.divide(law(r, "grpo"), law(r, KINDS[0])) - 1])),
            "the same",
            below=0.05,
            at=(1, 2),
            **shaped,
        ),
        number(
            "Vanilla gradient: entropy changes by -rate Cov(ln p, p A)",
            "covariance of ln p and the change of logits",
            lambda r: covariance(r, "slow", natural=False),
            1.0,
            (2, 3, 4, 5),
            error=0.1,
            spread=0.0,
        ),
        number(
            "Natural gradient: entropy changes by -rate Cov(ln p, A)",
            "covariance of ln p and the change of logits",
            lambda r: covariance(r, "natural", natural=True),
            1.0,
            (2, 3, 4, 5),
            error=0.25,
            spread=0.0,
        ),
        number(
            "An entropy bonus c holds the policy at p ~ e^(r / c): reward and entropy",
            "derived: the optimum of E[r] + c H",
            lambda r: np.array([[x[UNTIL - 1] for x in path(r, "bonus-falls")]]),
            held(),
            (UNTIL, UNTIL),
            error=0.003,
            spread=0.0,
        ),
        shape(
            "A bonus that falls to 0: the reward that it held back",
            "derived: R = -a e^H + b has its ceiling at H = 0",
            lambda r: path(r, "bonus-falls")[1][-1:] - path(r, "bonus")[1][-1:],
            "reward is bought with entropy",
            above=0.2,
            at=(last,),
            **shaped,
        ),
    )


def held() -> np.ndarray:
    """(2,) entropy and mean reward of the policy proportional to e^(reward / BONUS)."""
    p = np.exp((np.arange(ANSWERS) < RIGHT) / BONUS)
    p /= p.sum()
    return np.array([-(p * np.log(p)).sum(), p[:RIGHT].sum()])
