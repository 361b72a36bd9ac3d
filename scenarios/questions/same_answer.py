"""Why does every model give the same answer?

Four labs train a model each, on jokes of their own and on jokes that all labs have, the share
`overlap` of their data; then each model sharpens what it says (p to the power gamma). How often do
two models say the same, compared with one model asked twice? What does asking all four restore,
what does training on each other's output do, and do several small models that train on their own
output keep more than one large one? A toy: jokes are numbers, the common ones and those of each lab
follow Zipf's law, and a model is a table of frequencies.
"""

import numpy as np

from collapse import (
    Arm,
    Categorical,
    MemberCollision,
    MemberSpread,
    MultiModel,
    Population,
    Scenario,
    Sources,
    Tempered,
    uniform,
    zipf,
)
from collapse.laws import population
from collapse.scenario.published import comparison, number, shape

SIZES = {"quick": (600, 40), "laptop": (20_000, 100)}  # rows per source, seeds
LABS, JOKES, T = 4, 30, 10  # models; jokes of each source; generations
OVERLAPS, GAMMAS = (0.2, 0.4, 0.6), (1, 2, 3)
ROWS, KEEN = 24, 1.5  # rows of one large model, or of four small ones together; their gamma
HALF = 0.5  # share of model output where models train on each other
DIFFERS = "tables of jokes, not language models"
FLAT = np.full(JOKES, 1 / JOKES)
STEEP = 1 / np.arange(1.0, JOKES + 1) / (1 / np.arange(1.0, JOKES + 1)).sum()


def source(which: int, p: np.ndarray) -> np.ndarray:
    """Probabilities of the jokes of one source, which no other has; source 0 is common to all."""
    return np.pad(p, (which * JOKES, (LABS - which) * JOKES))


def labs(overlap: float, gamma: float, rows: int, own=STEEP, alpha: float = 0.0) -> Arm:
    """Four labs; a share ``alpha`` of their data is what all of them said last."""
    blank = uniform(JOKES * (LABS + 1))
    return Arm(
        truth=Sources(
            Categorical(source(0, STEEP)),
            tuple(Categorical(source(k, own)) for k in range(1, LABS + 1)),
        ),
        model=Population.of([blank] * LABS),
        regime=MultiModel(alpha=alpha, beta=1 - overlap),
        sampler=Tempered(1 / gamma),
        measures=(MemberCollision(pairs=True),),
        n=rows * (LABS + 1),
        generations=T,
    )


def small(models: int, gamma: float) -> Arm:
    """Models that train on their own output, of ``ROWS`` rows together."""
    jokes, alone = zipf(JOKES), models == 1
    return Arm(
        truth=jokes if alone else Sources(None, (jokes,) * models),
        model=jokes if alone else Population.of([jokes] * models, reads="own"),
        sampler=Tempered(1 / gamma),
        measures=(MemberSpread(),),
        n=ROWS,
        generations=T,
    )


def scenario(size: str = "quick") -> Scenario:
    rows, seeds = SIZES[size]
    arms = {f"overlap-{o}-gamma-{g}": labs(o, g, rows) for o in OVERLAPS for g in GAMMAS}
    arms |= {f"popular-gamma-{g}": labs(0.4, g, rows, FLAT) for g in (1, 2)}
    arms["each-other"] = labs(0.4, 1, rows, alpha=HALF)
    for g in (1, KEEN):
        arms |= {f"large-gamma-{g:g}": small(1, g), f"small-gamma-{g:g}": small(LABS, g)}
    return comparison(
        arms,
        name="same-answer",
        title=__doc__.split("\n")[0],
        source="the question of Karpathy (2025), why all models give the same few answers; "
        "Jiang et al. (2025); Vu, Reeves and Wenger (2025); Hodel and West (2025)",
        paper="karpathy2025",
        minutes={"quick": 0.5, "laptop": 5},
        headline=("collision_ratio", "effective_models", "own_collision", "together"),
        labels={f"overlap-{o}-gamma-{g}": f"overlap {o}, gamma {g}" for o in OVERLAPS
                for g in GAMMAS},
        seeds=seeds,
        claims=claims(),
    )  # fmt: skip


def collisions(overlap: float, gamma: float, own=STEEP, alpha=0.0, steps=1):
    """Own and cross collision of what the models say in generation ``steps``, of endless data.

    derived: p_k = (1 - o) own_k + o common; a model says p_k^gamma, renormalised, and the next one
    is fitted to a share ``alpha`` of what all said and 1 - alpha of its real data.
    """
    real = np.stack([
        overlap * source(0, STEEP) + (1 - overlap) * source(k, own) for k in range(1, LABS + 1)
    ])  # fmt: skip
    said = real
    for step in range(steps):
        share = alpha if step else 0.0
        p = (1 - share) * real + share * said.mean(0)
        said = p**gamma / (p**gamma).sum(1, keepdims=True)
    products = said @ said.T
    same = np.trace(products) / LABS
    return same, (products.sum() - LABS * same) / (LABS * (LABS - 1))


def worth(overlap: float, gamma: float, own=STEEP, **loop) -> float:
    """How many different models the four are worth.

    derived: with as steep sources S = o^g / (o^g + (1 - o)^g) of what is said is common, and cross
    over own collision is S^2 / (S^2 + (1 - S)^2), whatever the jokes.
    """
    same, cross = collisions(overlap, gamma, own, **loop)
    return LABS * same / (same + (LABS - 1) * cross)


def claims() -> tuple:
    def curve(record, arm, name, at=(1,)):
        return record["curves"][f"{arm}/{name}"][:, list(at)].astype(float)

    def models(record, arm, at=(1,)):
        return curve(record, arm, "effective_models", at)

    def answers(record, arm, at=(1,)):
        """Effective number of answers of one model: 1 over its own collision."""
        return 1 / curve(record, arm, "own_collision", at)

    def ensemble(record, arm, at=(1,)):
        return answers(record, arm, at) * models(record, arm, at)

    def restored(record):
        """What asking four sharp models brings back of what sharpening took from one."""
        sharp = answers(record, "overlap-0.6-gamma-2")
        lost = answers(record, "overlap-0.6-gamma-1") - sharp
        return (ensemble(record, "overlap-0.6-gamma-2") - sharp) / lost

    def brought_back():
        sharp, plain = 1 / collisions(0.6, 2)[0], 1 / collisions(0.6, 1)[0]
        return sharp * (worth(0.6, 2) - 1) / (plain - sharp)

    def kept(record, arm, name="together"):
        """1 - sum p^2 of all models together, or of one of them."""
        return curve(record, arm, name, (T,))

    def ahead(record, g):
        """(1,) the generation from which four small models keep more, on average over seeds."""
        names = (f"{arm}-gamma-{g:g}/together" for arm in ("small", "large"))
        small, large = (record["curves"][name].mean(0)[2:] for name in names)
        return np.array([2.0 + np.max(np.nonzero(small <= large)[0] + 1, initial=0)])

    def diversity(models):
        """1 - sum p^2 of one model and of all together."""
        law = population.island_heterozygosity(np.array(T), ROWS, models, 1 - (STEEP**2).sum())
        return tuple(map(float, law))

    grid = [(o, g) for o in OVERLAPS for g in GAMMAS]
    return (
        number(
            "All overlaps and gammas: what four are worth",
            "derived: M / (1 + (M - 1) r), r = S^2 / (S^2 + (1 - S)^2)",
            lambda r: np.concatenate([models(r, f"overlap-{o}-gamma-{g}") for o, g in grid], 1),
            np.array([worth(o, g) for o, g in grid]),
            tuple(range(1, len(grid) + 1)),
            text="M / (1 + (M - 1) r)",
            error=0.03,
        ),
        *[
            number(
                f"Four are worth, overlap {o}, gamma {g}",
                "derived: M / (1 + (M - 1) r)",
                lambda r, o=o, g=g: models(r, f"overlap-{o}-gamma-{g}"),
                worth(o, g),
                error=0.03,
            )
            for o, g in ((0.6, 1), (0.6, 2), (0.4, 1), (0.4, 2))
        ],
        shape(
            "Above half overlap, sharpening makes models more alike",
            "article: models say the same; Jiang et al. (2025)",
            lambda r: models(r, "overlap-0.6-gamma-2") - models(r, "overlap-0.6-gamma-1"),
            "more alike",
            below=0.0,
            differs=DIFFERS,
        ),
        shape(
            "Below half overlap too",
            "article: models say the same; Jiang et al. (2025)",
            lambda r: models(r, "overlap-0.4-gamma-2") - models(r, "overlap-0.4-gamma-1"),
            "more alike",
            below=0.0,
            differs=DIFFERS,
            note="sharpening decides for the larger source: below half it is each lab's own",
        ),
        number(
            "Four are worth where the common jokes are the popular ones",
            "derived: the larger of o^2 sum p^2 and (1 - o)^2 sum q^2 wins",
            lambda r: models(r, "popular-gamma-2"),
            worth(0.4, 2, FLAT),
            error=0.03,
        ),
        shape(
            "Then sharpening makes them alike at 40 % overlap",
            "article: models say the same; Jiang et al. (2025)",
            lambda r: models(r, "popular-gamma-2") - models(r, "popular-gamma-1"),
            "more alike",
            below=0.0,
            differs=DIFFERS,
        ),
        number(
            "Share of lost answers that asking four brings back",
            "derived: overlap 0.6, gamma 2",
            restored,
            brought_back(),
            error=0.01,
        ),
        number(
            "Four are worth, trained on each other",
            "derived: p' = (1 - a) real + a mean of all",
            lambda r: models(r, "each-other", (T,)),
            worth(0.4, 1, alpha=HALF, steps=T),
            (T,),
            error=0.03,
        ),
        shape(
            "Trained on each other, models grow more alike than on real data alone",
            "Vu, Reeves and Wenger (2025): homogenisation",
            lambda r: models(r, "each-other", (T,)) - models(r, "overlap-0.4-gamma-1", (T,)),
            "more alike",
            below=0.0,
            at=(T,),
            differs=DIFFERS,
        ),
        shape(
            "But each has more answers: how many times as many",
            "article: talking to others",
            lambda r: answers(r, "each-other", (T,)) / answers(r, "overlap-0.4-gamma-1", (T,)),
            "more answers",
            above=1.0,
            at=(T,),
            differs=DIFFERS,
        ),
        *[
            number(
                f"{name}: diversity left",
                source,
                lambda r, arm=arm, curve=curve: kept(r, arm, curve),
                expected,
                (T,),
                error=0.02,
            )
            for name, source, arm, curve, expected in (
                ("One large model", "Wright (1931): H (1 - 1/n)^t", "large-gamma-1", "together",
                 diversity(1)[1]),
                ("Four small models together", "derived: H [(1 - M/n)^t / M + 1 - 1/M]",
                 "small-gamma-1", "together", diversity(LABS)[1]),
                ("One of four small models", "Wright (1931): H (1 - M/n)^t", "small-gamma-1",
                 "within", diversity(LABS)[0]),
            )
        ],
        *[
            shape(
                f"{name} keep more than a large one: by",
                "Hodel and West (2025): after enough generations several are better",
                lambda r, g=g: kept(r, f"small-gamma-{g:g}") - kept(r, f"large-gamma-{g:g}"),
                "several are better",
                above=0.0,
                at=(T,),
                differs=DIFFERS,
            )
            for name, g in (("Four small models", 1), ("Four small models that sharpen", KEEN))
        ],
        *[
            shape(
                f"Generation from which {name} are ahead",
                "Hodel and West (2025): one is better for three generations at most",
                lambda r, g=g: ahead(r, g),
                "by the fourth",
                below=4.0,
                spread=0.0,
                differs=DIFFERS,
            )
            for name, g in (("four small models", 1), ("four that sharpen", KEEN))
        ],
    )  # fmt: skip
