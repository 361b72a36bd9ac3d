"""How much sharpening leaves three jokes, and how far along that way are real models?

Karpathy (2025): chat models know "three jokes". A thousand jokes are told as often as Zipf's law
has it, and a model is sharpened in the ways models are: people's taste for what is typical (Zhang
et al. 2025: p becomes p^gamma), a low temperature, always the commonest answer (greedy), with and
without a judge that keeps the most typical fifth. All arms run on the whole support, without
sampling noise. With --data the jokes are those of the file, as often as they occur in it, and the
notes say where the file lies on the way of the thousand. The toy: a joke is an outcome without
words, all are equally good, and real jokes are compared as equal texts.
"""

import numpy as np
from scipy.interpolate import PchipInterpolator

from collapse import (
    Arm,
    Categorical,
    ItemDiversity,
    Likelihood,
    RandomFraction,
    RewardWeighted,
    Scenario,
    ScoreOnly,
    Support,
    TableReward,
    Tempered,
    TopFraction,
    TopK,
    Typicality,
)
from collapse.data.jokes import joke_templates
from collapse.laws.verifiers import effective_number, exponent_where, sharpened, typicality_exponent
from collapse.metrics import counts as metrics
from collapse.scenario.published import comparison, number, shape

ALPHA = 0.57  # people's taste for what is typical: Zhang et al. (2025), on HelpSteer
TASTE = float(typicality_exponent(ALPHA, 1.0))
ZIPF = 1 / np.arange(1.0, 1001)
GRID = (0.5, 0.7, 0.9, 1.1, 1.3)  # exponents of the arms, relative to the one that leaves three
T, FIFTH = 5, 0.2
# Of 1,011 jokes that ChatGPT told, file jokes_clean.txt of Jentzsch and Kersting (2023): the
# plug-in entropy is 3.433 nats over 118 jokes, corrected to first order; and the top three's share.
CHATGPT = {"effective": float(np.exp(3.4332 + 117 / 2022)), "top": 379 / 1011}
LABELS = {
    "random-fifth": "random fifth kept",
    "taste": "people's taste, anchored",
    "taste-again": "people's taste, each round",
    "cold": "temperature 1 / 1.57",
    "greedy": "greedy",
    "judge": "most typical fifth kept",
    "cold-judge": "cold, typical fifth kept",
}


def scenario(corpus=None) -> Scenario:
    p = ZIPF / ZIPF.sum() if corpus is None else shares(corpus)
    three = exponent_where(p, effective_number, 3)
    path = [scale * three for scale in GRID] if three * GRID[0] > 1 else []  # three may be NaN
    exponents = {f"path-{i}": gamma for i, gamma in enumerate(path)}
    told = CHATGPT if corpus is None else told_in(corpus, p)
    facts = {
        "exponents": {"random-fifth": 1.0, "taste": TASTE} | exponents,
        "model": "ChatGPT 2023" if corpus is None else corpus.name,
        "measured": measured(told),
        "zipf": [[g, effective_number(sharpened(ZIPF, g))] for g in np.linspace(1, 3, 21)],
    }
    return comparison(
        arms(p, exponents),
        evidence={"exponents": lambda key, seeds: placed(seeds)},
        name="three-jokes",
        title=__doc__.split("\n")[0],
        source="the question of Karpathy (2025); the typicality of Zhang et al. (2025)",
        paper="karpathy2025",
        minutes={"quick": 0.3},
        headline=("effective_number", "top_3_mass"),
        labels=LABELS | {name: f"exponent {gamma:.2f}" for name, gamma in exponents.items()},
        seeds=1,
        claims=claims(p, exponents, three) + (claims_of_models(three) if corpus is None else ()),
        notes=() if corpus is None else place_of(corpus, p, three),
        data=facts | ({} if corpus is None else corpus.facts),
    )


def arms(p: np.ndarray, exponents: dict[str, float]) -> dict[str, Arm]:
    def arm(**parts):
        exact = {"sampler": Support(), "measures": (ItemDiversity(),), "n": 10_000}
        return Arm(truth=Categorical(p), generations=T, **exact | parts)

    def rewarded(gamma, anchored=True):
        """Taste alpha under a KL penalty beta, to the first fit or to the model before, with gamma
        = 1 + alpha / beta."""
        beta = ALPHA / (gamma - 1)
        learner = RewardWeighted(learning_rate=1 / beta, kl_coef=beta if anchored else None)
        judge = ScoreOnly(Typicality(TableReward(np.zeros(len(p))), strength=ALPHA))
        return arm(judge=judge, learner=learner, keep_reference=True)

    judge, cold = TopFraction(Likelihood(), fraction=FIFTH), Tempered(1 / TASTE)
    return {
        "random-fifth": arm(judge=RandomFraction(FIFTH)),
        "taste": rewarded(TASTE),
        "taste-again": rewarded(TASTE, anchored=False),
        "cold": arm(sampler=Support(cold)),
        "greedy": arm(sampler=Support(TopK(1))),
        "judge": arm(judge=judge),
        "cold-judge": arm(sampler=Support(cold), judge=judge),
        **{name: rewarded(gamma) for name, gamma in exponents.items()},
    }


def shares(corpus) -> np.ndarray:
    """The relative frequencies of the jokes of a file, the commonest first."""
    return np.sort(np.unique(corpus.rows, axis=0, return_counts=True)[1])[::-1] / len(corpus.rows)


def told_in(corpus, p: np.ndarray) -> dict[str, float]:
    """The effective number of the jokes of a file, corrected to first order, and the share of the
    top three."""
    counts = np.round(p * len(corpus.rows))
    effective = float(np.exp(metrics.miller_madow(counts)))
    return {"effective": effective, "top": float(p[:3].sum())}


def measured(told: dict[str, float]) -> dict[str, list[float]]:
    """Where jokes lie on the way of a thousand jokes by Zipf's law: exponent and effective number,
    by both numbers."""
    by = zip(("by its effective number", "by its top three"), exponents_of(told), strict=True)
    return {name: [exponent, told["effective"]] for name, exponent in by if np.isfinite(exponent)}


def place_of(corpus, p: np.ndarray, three: float) -> tuple[str, ...]:
    """The same in sentences."""
    told = told_in(corpus, p)
    by_number, by_top = (f"{x:.2f}" if np.isfinite(x) else "below 0" for x in exponents_of(told))
    left = f"to the power {three:.2f}" if np.isfinite(three) else "to no power"
    return (
        f"{corpus.source}: {len(corpus.rows):,} jokes, {len(p):,} different, effective number "
        f"{told['effective']:.1f}, top three {told['top']:.1%}",
        f"on the way of a thousand jokes by Zipf's law: exponent {by_number} by the effective "
        f"number, {by_top} by the top three; three jokes are at "
        f"{exponent_where(ZIPF, effective_number, 3):.2f}",
        f"of the jokes of the file three are left {left}",
    )


def exponents_of(told: dict[str, float]) -> tuple[float, float]:
    """Exponents of Zipf's law over a thousand jokes with the same effective number, and with the
    same share of the top three."""
    return (
        exponent_where(ZIPF, effective_number, told["effective"]),
        exponent_where(ZIPF, lambda q: q[:3].sum(), told["top"]),
    )


def grammar() -> np.ndarray:
    """The probabilities of all jokes of the built-in grammar."""
    parts = []
    for weight, slots in joke_templates()[0]:
        jokes = np.array([weight])
        for slot in slots:
            each = np.array(list(slot.values()))
            jokes = np.outer(jokes, each / each.sum()).ravel()
        parts.append(jokes)
    return np.concatenate(parts) / np.concatenate(parts).sum()


def placed(seeds: int) -> dict:
    """Curves (seeds,): exponents of ChatGPT's jokes by both numbers, and the one that leaves three
    of the built-in jokes."""
    found = dict(zip(("by_number", "by_top"), exponents_of(CHATGPT), strict=True))
    found["grammar"] = exponent_where(grammar(), effective_number, 3)
    return {"curves": {name: np.full(seeds, value) for name, value in found.items()}}


def left(record, arm: str, at) -> np.ndarray:
    """(1, G) effective number of jokes that an arm tells."""
    return record["curves"][f"{arm}/effective_number"][:, list(at)].astype(float)


def claims(p: np.ndarray, exponents: dict[str, float], three: float) -> tuple:
    exact = {"spread": 0.0}

    def numbers(name, source, arm, gammas, at):
        expected = np.array([effective_number(sharpened(p, g)) for g in gammas])
        return number(
            name, source, lambda r: left(r, arm, at), expected, at, error=0.01 * expected, **exact
        )

    def crossing(record):
        """(1,) the exponent at which the arms of the path tell three jokes."""
        points = sorted((np.log(left(record, a, (2,))[0, 0]), g) for a, g in exponents.items())
        path = PchipInterpolator(*np.transpose(points))
        return np.array([float(path(np.log(3)))])

    best = np.cumsum(p) <= FIFTH
    kept = np.where(best, p, 0)
    kept[best.sum()] = FIFTH - kept.sum()
    again = tuple(range(2, T + 1))
    path = (
        number("Exponent that leaves three jokes", "derived: e^H of p^gamma is 3", crossing, three,
               error=0.02 * three, **exact),
    ) if exponents else ()  # fmt: skip
    return (
        *path,
        numbers("Jokes left by people's taste", "gamma = 1 + alpha / beta, alpha = .57, beta = 1",
                "taste", [TASTE], (2,)),
        numbers("Five rounds on, jokes left by people's taste", "an anchor at the first fit holds",
                "taste", [TASTE], (T,)),
        numbers("Without the anchor each round adds .57 to the exponent",
                "derived: p^(1 + .57 (t - 1))", "taste-again",
                [1 + ALPHA * (t - 1) for t in again], again),
        numbers("Jokes left at a temperature of 1 / 1.57", "derived: p^(1 / T)", "cold", [TASTE],
                (1,)),
        numbers("Jokes left when that model learns from itself once",
                "derived: exponents multiply, 1.57^2", "cold", [TASTE**2], (2,)),
        number("Jokes left by greedy decoding", "derived: the commonest", lambda r: left(
            r, "greedy", (1,)), 1.0, error=1e-4, **exact),
        number("Jokes left by one round of a judge of typicality", "derived: the top fifth of the "
               "mass", lambda r: left(r, "judge", (2,)), effective_number(kept / kept.sum()), (2,),
               error=0.01, **exact),
        shape("Cold and judged: jokes left after one round", "both sharpen",
              lambda r: left(r, "cold-judge", (2,)), "fewer than of either", at=(2,),
              below=min(effective_number(kept / kept.sum()), 3.0), **exact),
        number("A random fifth: jokes left of all", "control", lambda r: left(
            r, "random-fifth", (T,)) / left(r, "random-fifth", (0,)), 1.0, (T,), error=1e-4,
            **exact),
    )  # fmt: skip


def claims_of_models(three: float) -> tuple:
    told = {
        "evidence": "exponents",
        "spread": 0.0,
        "differs": "equal texts among 1,011 of one model of 2023, against Zipf's law",
    }
    curve = lambda name: lambda r: r["curves"][name]  # noqa: E731
    return (
        shape("ChatGPT's exponent by its effective number", "article: three jokes",
              curve("by_number"), "three jokes", above=three,
              note="33 jokes, not three: 1,011 answers of 2023 lie half of the way", **told),
        shape("ChatGPT's exponent by its top three", "article: three jokes", curve("by_top"),
              "three jokes", above=three,
              note="the top three hold 37 %, not 93 %: ChatGPT's head is flatter still", **told),
        number("Both numbers give one exponent: ratio", "derived: so it is on the path",
               lambda r: r["curves"]["by_top"] / r["curves"]["by_number"], 1.0, error=0.05,
               note="real jokes are not a power of Zipf's law: a flatter head and a shorter tail, "
               "as if the tail were cut (top-p) rather than all sharpened", **told),
        shape("Exponent that leaves three of the built-in jokes", "derived: jokes of parts",
              curve("grammar"), "it depends on how jokes are spread", above=three,
              **told | {"differs": "a grammar of nine templates"}),
    )  # fmt: skip
