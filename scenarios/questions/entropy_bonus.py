"""An entropy bonus keeps a model diverse: how much junk does it let in, and what does an anchor do?

Karpathy (2025): one could pay a model for entropy, but then it drifts away from language into
words nobody says, so that something has to hold it. Twenty good answers, rewarded from 1 down to
1/2, stand against two hundred junk answers of reward 0, which people give in 5 % of cases. A model
is rewarded for rounds: with an entropy bonus tau, with a KL penalty beta to the first fit (the
anchor), with both, with the bonus and a tenth of fresh real data, and with neither. All arms run on
the whole support. The toy: junk is ten answers for each good one, where language has no end of it.
"""

import numpy as np
from scipy.interpolate import PchipInterpolator

from collapse import (
    Arm,
    Categorical,
    Judged,
    ModelDiversity,
    OutcomeShares,
    RewardWeighted,
    Scenario,
    ScoreOnly,
    Support,
    TableReward,
    Tilt,
    Typicality,
    WeightedFreshMix,
)
from collapse.laws.gradient import kl_optimum
from collapse.laws.verifiers import effective_number
from collapse.scenario.published import comparison, number, shape

GOOD, JUNK, RARE = 20, 200, 0.05  # good answers, junk answers, and what share of people's are junk
REWARD = np.r_[np.linspace(1.0, 0.5, GOOD), np.zeros(JUNK)]
OFTEN = np.random.default_rng(5).permutation(1 / np.arange(1.0, GOOD + 1))  # not the best most
PEOPLE = np.r_[(1 - RARE) * OFTEN / OFTEN.sum(), np.full(JUNK, RARE / JUNK)]
STRENGTHS = (0.1, 0.2, 0.3, 0.5)  # of the bonus, tau, and of the anchor, beta
MIDDLE, REAL = 0.2, 0.1  # the strength that is shown; share of fresh real data
RATE, T = 2.0, 40  # of a round: the model moves to p^(1 - RATE (tau + beta)) e^(RATE r)
DIFFERS = "answers with known rewards, ten junk ones for each good one"


def scenario() -> Scenario:
    def arm(**parts):
        measures = (ModelDiversity(), Judged(), OutcomeShares(GOOD))
        exact = {"sampler": Support(), "measures": measures, "n": 10_000, "generations": T}
        return Arm(truth=Categorical(PEOPLE), keep_reference=True, **exact | parts)

    def rewarded(tau=None, beta=None):
        learner = RewardWeighted(learning_rate=RATE, entropy=tau, kl_coef=beta)
        return arm(judge=ScoreOnly(TableReward(REWARD)), learner=learner)

    def with_real(tau):
        """The same step as a judge's, so that real rows can be mixed in."""
        paid = Typicality(TableReward(REWARD), strength=-tau, under="model")
        mix = WeightedFreshMix(REAL, weight=REAL)
        return arm(judge=Tilt(paid, strength=RATE), regime=mix)

    return comparison(
        {
            "neither": rewarded(),
            **{f"bonus-{tau:g}": rewarded(tau) for tau in STRENGTHS},
            **{f"anchor-{beta:g}": rewarded(beta=beta) for beta in STRENGTHS},
            "both": rewarded(MIDDLE, MIDDLE),
            "bonus-and-real": with_real(MIDDLE),
            "real": with_real(0.0),
        },
        name="entropy-bonus",
        title=__doc__.split("\n")[0],
        source="the entropy regulariser of Karpathy (2025); the optima of KL-regularised rewards",
        paper="karpathy2025",
        minutes={"quick": 0.2},
        headline=("model_entropy", "reward_mean"),
        labels={
            **{f"bonus-{tau:g}": f"entropy bonus {tau:g}" for tau in STRENGTHS},
            **{f"anchor-{beta:g}": f"KL anchor {beta:g}" for beta in STRENGTHS},
            "both": f"both {MIDDLE:g}",
            "bonus-and-real": f"bonus {MIDDLE:g}, a tenth real",
            "real": "a tenth real",
        },
        seeds=1,
        claims=claims(),
    )


def junk(record, arm: str, t: int = T) -> float:
    """The share of an arm's answers that is junk, down to the rounding of single precision."""
    return max(1 - good(record, arm, t).sum(), 1e-7)


def good(record, arm: str, t: int = T) -> np.ndarray:
    """(GOOD,) the probabilities of the good answers."""
    curves = record["curves"]
    return np.array([float(curves[f"{arm}/share_{i}"][0, t]) for i in range(GOOD)])


def different(record, arm: str, t: int = T) -> float:
    """The effective number of good answers, among themselves."""
    p = good(record, arm, t)
    return effective_number(p / p.sum())


def junk_of(p: np.ndarray) -> float:
    return float(p[GOOD:].sum())


def with_bonus(tau: float, beta: float = 0.0) -> np.ndarray:
    """Where a bonus and an anchor end: people^(beta / (beta + tau)) e^(r / (beta + tau))."""
    held = PEOPLE ** (beta / (beta + tau))
    return kl_optimum(held, REWARD, beta + tau)


def with_real_data(tau: float) -> np.ndarray:
    """Where p -> (1 - s) p^(1 - RATE tau) e^(RATE r) / Z + s people ends, by repetition."""
    p = PEOPLE
    for _ in range(T - 1):
        fresh = p ** (1 - RATE * tau) * np.exp(RATE * REWARD)
        p = (1 - REAL) * fresh / fresh.sum() + REAL * PEOPLE
    return p


def claims() -> tuple:
    exact = {"spread": 0.0, "at": (T,)}

    def share(name, source, arms, expected):
        expected = np.array(expected)
        return number(
            name, source, lambda r: np.array([[junk(r, arm) for arm in arms]]), expected,
            error=0.01 * expected, spread=0.0, at=(T,) * len(arms),
        )  # fmt: skip

    def beyond(record):
        """(1,) junk of the bonus over that of the anchor, where it keeps as many good answers."""
        bonuses = [f"bonus-{tau:g}" for tau in STRENGTHS]
        points = sorted((different(record, arm), np.log(junk(record, arm))) for arm in bonuses)
        path = PchipInterpolator(*np.transpose(points))
        held = f"anchor-{MIDDLE:g}"
        return np.array([np.exp(path(different(record, held))) / junk(record, held)])

    def compared(name, source, observe, text, **more):
        seen = lambda r: np.array([observe(r)])  # noqa: E731
        return shape(name, source, seen, text, differs=DIFFERS, **exact, **more)

    middle, anchored = f"bonus-{MIDDLE:g}", f"anchor-{MIDDLE:g}"
    law = "derived: N e^(-1 / tau) against the sum of e^((r - 1) / tau)"
    return (
        compared("Neither: good answers left", "article: reward alone collapses",
                 lambda r: different(r, "neither"), "one answer", below=2.0),
        compared("Bonus of 0.2: good answers left", "article: a bonus keeps entropy",
                 lambda r: different(r, middle), "more", above=5.0),
        share("Bonus of 0.2: junk", law, [middle], [junk_of(with_bonus(MIDDLE))]),
        share("Bonus of 0.5: junk", law, ["bonus-0.5"], [junk_of(with_bonus(0.5))]),
        share("Every bonus: junk", law, [f"bonus-{tau:g}" for tau in STRENGTHS],
              [junk_of(with_bonus(tau)) for tau in STRENGTHS]),
        compared("Bonus of 0.5: entropy above people's, in nats", "it looks more diverse than "
                 "people are", lambda r: float(np.diff(r["curves"]["bonus-0.5/model_entropy"][
                     0, [0, T]])[0]), "above", above=0.0),
        share("Anchor of 0.2: junk", "derived: people e^(r / beta)", [anchored],
              [junk_of(kl_optimum(PEOPLE, REWARD, MIDDLE))]),
        compared("Anchor of 0.2: good answers left", "article: something has to hold it",
                 lambda r: different(r, anchored), "more than one", above=5.0),
        compared("Junk of a bonus over an anchor's, at as many good answers",
                 "derived: the anchor keeps rare what people find rare",
                 lambda r: beyond(r)[0], "more junk", above=5.0),
        share("Both at 0.2: junk", "derived: people^(1/2) e^(r / 0.4)", ["both"],
              [junk_of(with_bonus(MIDDLE, MIDDLE))]),
        compared("An anchor beside the bonus takes away of its junk",
                 "article: something has to hold it",
                 lambda r: 1 - junk(r, "both") / junk(r, middle), "most of it", above=0.5,
                 note="the bonus flattens the anchor too: people's junk counts with the square "
                 "root of its share, so an anchor helps in place of a bonus, not beside it"),
        share("Bonus of 0.2 and a tenth of real data: junk", "derived: the map, repeated",
              ["bonus-and-real"], [junk_of(with_real_data(MIDDLE))]),
        compared("A tenth of real data takes away of the bonus's junk",
                 "article: something has to hold it",
                 lambda r: 1 - junk(r, "bonus-and-real") / junk(r, middle), "most of it",
                 above=0.5,
                 note="in each round the bonus brings in more junk than a tenth of real rows "
                 "dilutes, and these hold 5 % of it themselves"),
        share("No bonus and a tenth of real data: junk", "derived: the map, repeated", ["real"],
              [junk_of(with_real_data(0.0))]),
        compared("No bonus and a tenth of real data: good answers left", "derived: it is held",
                 lambda r: different(r, "real"), "more than of reward alone", above=2.0),
    )  # fmt: skip
