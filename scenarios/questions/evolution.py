"""Do models that compete, copy and judge one another get further than one alone?

Selection is tried on points: what a model draws is compared, the best of every few are kept, and
the next model is a Gaussian fitted to them. On a ladder, where further is better, selection is
tried with and without exploration, against itself (self-play, whose bar rises) and against a bar
that stays. Where a low hill is near and a high one far, selection is tried with and without
novelty. Where four islands start below four hills, migration and judges that are the other models
are tried against one lineage of equal compute. Selection between whole models, whose best take the
place of the worst, is tried on the ladder and between the islands, with and without novelty: the
distance of a model to the others as a part of its fitness. A toy: quality is a known function of a
point. What the article calls ghosts, that models imitate people and are not evolved, is not tested
here.
"""

import jax.numpy as jnp
import numpy as np
from scipy.special import gammaln

from collapse import (
    Arm,
    BestOf,
    Corrupted,
    FunctionReward,
    Gaussian,
    GoldReward,
    Islands,
    MemberMeans,
    MemberSpread,
    Novelty,
    PeerLikelihood,
    Population,
    PopulationSelection,
    Scenario,
    ScoreOnly,
    Sources,
    Switch,
    Threshold,
)
from collapse.scenario.published import comparison, number, shape

SIZES = {"quick": (400, 32), "laptop": (4000, 200)}  # points kept in each generation, seeds
T = 30  # generations
STEP = 0.5  # noise of exploration on the ladder
BAR = 1.0  # the one that stays
NEAR, FAR, AWAY = 1.0, 3.0, 5.0  # heights of two hills of width 1, and their distance
SEARCH = 8  # the generation in which selection takes over from novelty
HILLS = 3.0 * np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
HEIGHTS, WIDTH, SPARK = np.array([1.0, 1.25, 1.5, 2.0]), 1.5, 0.3  # of the islands; their noise
RATES = (0.0, 0.02, 0.1)  # of migration
RACE = 4  # models on the ladder, of which the best takes all
WORST, NOVELTY = (
    0.25,
    2.0,
)  # share of islands that is replaced; quality that a nat of distance is worth
DIFFERS = "Gaussians on a known landscape, not language models"


def ladder(points):
    """Quality of points (m, 1): the further the better."""
    return points[:, 0]


def two_hills(points):
    """Quality of points (m, 1): the better of two hills."""
    near, far = (jnp.exp(-((points[:, 0] - at) ** 2) / 2) for at in (0.0, AWAY))
    return jnp.maximum(NEAR * near, FAR * far)


def four_hills(points):
    """Quality of points (m, 2): the best of four hills."""
    square = ((points[:, None] - HILLS) ** 2).sum(-1)
    return (HEIGHTS * jnp.exp(-square / (2 * WIDTH**2))).max(1)


NORMAL = Gaussian(0.0, 1.0, ddof=1)


def alone(quality, judge, noise: float, n: int, model=NORMAL, **regime) -> Arm:
    """One lineage on a line, from a standard normal; or several, with another ``model``."""
    return Arm(
        truth=NORMAL,
        model=model,
        judge=judge,
        sampler=Corrupted(noise),
        measures=(MemberMeans(), GoldReward(FunctionReward(quality))),
        n=n,
        generations=T,
        **regime,
    )


def in_the_plane(model, n: int, reward=None, **regime) -> Arm:
    """Four islands, each from data near its own hill; or one lineage, from all of these."""
    quality = FunctionReward(four_hills)
    truth = Sources(None, tuple(Gaussian(start, np.eye(2)) for start in HILLS / 2))
    return Arm(
        truth=truth,
        model=model,
        judge=BestOf(4, reward=reward or quality),
        sampler=Corrupted(SPARK),
        measures=(MemberSpread(), GoldReward(quality)),
        n=n,
        generations=T,
        **regime,
    )


def scenario(size: str = "quick") -> Scenario:
    n, seeds = SIZES[size]
    blank = Gaussian(np.zeros(2), np.eye(2), ddof=1)
    islands = Population.of([blank] * len(HILLS), reads="own")
    duel, climb = (
        BestOf(2, reward=FunctionReward(ladder)),
        BestOf(4, reward=FunctionReward(two_hills)),
    )
    novel = Novelty(width=1, size=40, fraction=0.25)
    arms = {
        "selection": alone(ladder, duel, 0.0, n),
        "self-play": alone(ladder, duel, STEP, n),
        "fixed-bar": alone(
            ladder, Threshold(BAR, reward=FunctionReward(ladder), expected=0.15), STEP, n
        ),
        "climbing": alone(two_hills, climb, STEP, n // 4),
        "novelty-first": alone(two_hills, Switch((novel, climb), starts=(0, SEARCH)), STEP, n // 4),
        "one-lineage": in_the_plane(blank, n),
    }
    arms |= {f"islands-{rate:g}": in_the_plane(islands, n, regime=Islands(rate)) for rate in RATES}
    arms["whole-models"] = alone(
        ladder,
        ScoreOnly(FunctionReward(ladder)),
        0.0,
        n,
        Population.of([NORMAL] * RACE, reads="own"),
        regime=PopulationSelection(1 - 1 / RACE),
    )
    arms |= {
        name: in_the_plane(islands, n, regime=PopulationSelection(WORST, novelty=novelty))
        for name, novelty in (("selected", 0.0), ("selected-novel", NOVELTY))
    }
    arms["peers"] = in_the_plane(islands, n, PeerLikelihood(), regime=Islands(0.0))
    return comparison(
        arms,
        name="evolution",
        title=__doc__.split("\n")[0],
        source="the question of Karpathy (2025), what culture and self-play of models would give; "
        "Wright (1931); Lehman and Stanley (2011); Jaderberg et al. (2017)",
        paper="karpathy2025",
        minutes={"quick": 0.6, "laptop": 5},
        headline=("gold_reward", "between", "within", "mean_0"),
        labels={
            "selection": "selection alone",
            "self-play": "against itself, exploring",
            "fixed-bar": "against a fixed bar, exploring",
            "one-lineage": "one lineage",
            "peers": "islands that judge one another",
            "whole-models": "selection between four models",
            "selected": "selection between islands",
            "selected-novel": "the same, with novelty",
        }
        | {f"islands-{rate:g}": f"islands, migration {rate:g}" for rate in RATES},
        seeds=seeds,
        show=lambda point: str(np.round(np.asarray(point), 1)),
        claims=claims(n),
    )


def farthest(steps: int) -> float:
    """Where selection alone gets to, in standard deviations of the start.

    derived: the better of two normals is 1 / sqrt(pi) above their mean, with the share 1 - 1/pi of
    their variance; the steps are a geometric series.
    """
    left = np.sqrt(1 - 1 / np.pi)
    return float((1 - left**steps) / (1 - left) / np.sqrt(np.pi))


def race(n: int) -> float:
    """Where the best of ``RACE`` models, which takes all, gets to in T generations.

    derived: each step adds the mean of the best of four normals, 1.0294, times s / sqrt(m), m = n /
    RACE; s is c4(n) at first, and c4(m) times as large after each fit, on average.
    """
    m = n / RACE
    c4 = lambda m: np.sqrt(2 / (m - 1)) * np.exp(gammaln(m / 2) - gammaln((m - 1) / 2))  # noqa: E731
    return float(1.0293754 / np.sqrt(m) * c4(n) * (c4(m) ** np.arange(T - 1)).sum())


def claims(n: int) -> tuple:
    def curve(record, arm, name, at=(T,)):
        return record["curves"][f"{arm}/{name}"][:, list(at)].astype(float)

    def quality(record, arm, at=(T,)):
        return curve(record, arm, "gold_reward", at)

    def place(record, arm, at=(T,)):
        return curve(record, arm, "mean_0", at)

    def spread(record, arm):
        """Squared distance between islands, relative to the start."""
        return curve(record, arm, "between") / curve(record, arm, "between", (1,))

    def found(record, arm):
        """Whether a seed has ended on the far hill."""
        return (np.abs(place(record, arm) - AWAY) < 1).astype(float)

    every = {"at": (T,), "differs": DIFFERS}
    return (
        number(
            "Selection alone: how far it gets, in standard deviations",
            "derived: the better of two, over and over",
            lambda r: place(r, "selection"),
            farthest(T - 1),
            (T,),
            error=0.05,
        ),
        number(
            "Self-play that explores: speed, in units of its noise",
            "derived: variance 1 - 1/pi of what is explored; speed = noise",
            lambda r: (place(r, "self-play") - place(r, "self-play", (10,))) / (T - 10) / STEP,
            1.0,
            (T,),
            error=0.02,
        ),
        shape(
            "Against a bar that stays it gets less than half as far",
            "article: self-play whose difficulty grows",
            lambda r: place(r, "fixed-bar") - place(r, "self-play") / 2,
            "difficulty has to grow",
            below=0.0,
            **every,
        ),
        shape(
            "Selection without novelty: share of chains that find the far hill",
            "Lehman and Stanley (2011): deceptive objectives",
            lambda r: found(r, "climbing"),
            "stays on the near hill",
            below=0.1,
            **every,
        ),
        shape(
            "Novelty first, then selection: share of chains that find it",
            "Lehman and Stanley (2011): novelty search",
            lambda r: found(r, "novelty-first"),
            "found",
            above=0.9,
            **every,
        ),
        shape(
            "While novelty alone chooses: quality of what is said",
            "article: quality needs a judge",
            lambda r: quality(r, "novelty-first", (SEARCH - 1,)),
            "worse than the near hill",
            below=NEAR / 2,
            at=(SEARCH - 1,),
            differs=DIFFERS,
        ),
        shape(
            "Isolated islands are better than one lineage of equal compute: by",
            "article: culture and self-play missing; islands should find more",
            lambda r: quality(r, "islands-0") - quality(r, "one-lineage"),
            "islands are better",
            above=0.0,
            note="islands stay on their own hills; one lineage, which starts with the data of all, "
            "takes the highest",
            **every,
        ),
        shape(
            "Isolated islands stay different: distance squared, relative to the start",
            "Wright (1931): isolation",
            lambda r: spread(r, "islands-0"),
            "they stay apart",
            above=1.0,
            **every,
        ),
        *[
            shape(
                f"Migration of {rate:.0%} raises the quality of islands: by",
                "Wright (1932): what is good spreads",
                lambda r, rate=rate: quality(r, f"islands-{rate:g}") - quality(r, "islands-0"),
                "better",
                above=0.0,
                note=note,
                **every,
            )
            for rate, note in (
                (RATES[1], "a few migrants widen what an island says and are too few to move it"),
                (RATES[2], ""),
            )
        ],
        shape(
            f"And at {RATES[2]:.0%} it ends their differences: distance squared left",
            "article: everyone says the same",
            lambda r: spread(r, f"islands-{RATES[2]:g}"),
            "they become one",
            below=0.05,
            **every,
        ),
        shape(
            "Islands that judge one another agree: distance squared left",
            "article: judges that are models bring collapse",
            lambda r: spread(r, "peers"),
            "they become one",
            below=0.05,
            **every,
        ),
        shape(
            "And on nothing that is good: quality, relative to isolated islands",
            "article: judges that are models bring collapse",
            lambda r: quality(r, "peers") / quality(r, "islands-0"),
            "worse",
            below=0.5,
            **every,
        ),
        number(
            "Selection between four models: how far it gets, in standard deviations",
            "derived: the best of four means, over and over",
            lambda r: curve(r, "whole-models", "average"),
            race(n),
            (T,),
            error=0.1,
        ),
        shape(
            "Selection between islands raises their quality: by",
            "Wright (1931): selection between groups",
            lambda r: quality(r, "selected") - quality(r, "islands-0"),
            "better",
            above=0.0,
            **every,
        ),
        shape(
            "And leaves copies of one: distance squared left",
            "article: everyone says the same",
            lambda r: spread(r, "selected"),
            "they become one",
            below=0.05,
            **every,
        ),
        shape(
            "With novelty islands stay different: distance squared left",
            "Lehman and Stanley (2011): novelty in place of objectives",
            lambda r: spread(r, "selected-novel"),
            "they stay apart",
            above=1.0,
            **every,
        ),
        shape(
            "Novelty costs quality: by",
            "derived: not all islands have the highest hill",
            lambda r: quality(r, "selected") - quality(r, "selected-novel"),
            "worse",
            above=0.0,
            **every,
        ),
    )
