"""Does it help a model to dream?

Between generations, a share of what the next model is trained on is dreamt: drawn from the present
one with noise, at random, at a higher temperature, or put together from halves. Jokes that are
numbers (Zipf's law) and a model that counts them show how much dreaming helps, against as many new
real jokes. Jokes of a setup and a punch line, of three kinds that do not mix, and a model that can
only repeat what it has read show what recombination does, with and without a judge who knows which
jokes make sense. A toy: a model learns nothing of one joke from another.
"""

import numpy as np

from collapse import (
    Arm,
    Corrupted,
    Dreams,
    Empirical,
    FreshMix,
    Grammar,
    ItemDiversity,
    ModelDiversity,
    NoisyVerifier,
    Recombined,
    Scenario,
    SquaredError,
    SupportCoverage,
    Tempered,
    zipf,
)
from collapse.scenario.published import comparison, number, shape

SIZES = {"quick": 400, "laptop": 4000}  # seeds
JOKES, N, T = 30, 400, 30  # jokes, rows, generations
SHARES = (0.0, 0.05, 0.1, 0.2, 0.5, 1.0)  # of the rows that are dreamt
NOISE = 0.1  # chance that a dreamt joke is any
BEST, RANDOM = 0.2, 0.02  # the best of the shares; as much noise, all in a few rows
HEAT = 2.0  # temperature of dreams that seek entropy
KINDS, HALVES, TOLD = 3, 6, 200  # kinds of jokes; setups and punch lines of each; rows
DIFFERS = "tables of jokes and a memory of rows, not language models"


def counting(regime) -> Arm:
    return Arm(
        truth=zipf(JOKES),
        regime=regime,
        measures=(SquaredError(), ModelDiversity()),
        n=N,
        generations=T,
    )


def grammar() -> Grammar:
    """Jokes of two tokens; setups and punch lines of one kind make sense together."""
    tokens = np.arange(2 * KINDS * HALVES).reshape(2, KINDS, HALVES) + 1
    kinds = [[dict.fromkeys(half.tolist(), 1.0) for half in tokens[:, k]] for k in range(KINDS)]
    return Grammar.of([(1.0, slots) for slots in kinds], 2 * KINDS * HALVES + 1)


def telling(**parts) -> Arm:
    truth = grammar()
    return Arm(
        truth=truth,
        model=Empirical.of(np.ones((TOLD, 3)), truth.vocab_size),
        measures=(SupportCoverage(), ItemDiversity()),
        n=TOLD,
        generations=T,
        **parts,
    )


def scenario(size: str = "quick") -> Scenario:
    noisy = Corrupted(NOISE)
    arms = {f"noise-{share:g}": counting(Dreams(share, sampler=noisy)) for share in SHARES}
    arms |= {
        f"random-{RANDOM}": counting(Dreams(RANDOM, sampler=Corrupted(1.0))),
        "hot": counting(Dreams(BEST, sampler=Tempered(HEAT))),
        f"real-{BEST}": counting(FreshMix(BEST)),
        "memory": telling(regime=Dreams(0.0, sampler=Recombined())),
        f"recombined-{BEST}": telling(regime=Dreams(BEST, sampler=Recombined())),
        "recombined": telling(regime=Dreams(1.0, sampler=Recombined())),
        "checked": telling(
            sampler=Recombined(),
            judge=NoisyVerifier(keep_right=1.0, keep_wrong=0.0, expected=0.3),
        ),
    }
    return comparison(
        arms,
        name="dreams",
        title=__doc__.split("\n")[0],
        source="the question of Karpathy (2025), after the hypothesis of Hoel (2021) that dreams "
        "keep a brain from overfitting",
        paper="karpathy2025",
        minutes={"quick": 0.5, "laptop": 4},
        headline=("squared_error", "model_support", "support_coverage", "valid"),
        labels={f"noise-{share:g}": f"{share:.0%} noisy dreams" for share in SHARES}
        | {
            f"random-{RANDOM}": f"{RANDOM:.0%} random dreams",
            "hot": f"{BEST:.0%} dreams at temperature {HEAT:g}",
            f"real-{BEST}": f"{BEST:.0%} real rows",
            "memory": "no dreams",
            f"recombined-{BEST}": f"{BEST:.0%} recombined",
            "recombined": "all recombined",
            "checked": "all recombined, checked",
        },
        seeds=SIZES[size],
        claims=claims(),
    )


def error(share: float, noise: float, real: bool = False) -> float:
    """E|p_T - p*|^2 where a share of the rows is drawn from p A, for a matrix A of noise, or from
    the truth p*.

    derived: with M = (1 - share) I + share A, p_t is (1 - share) times frequencies of draws of p
    and share times those of draws of p A, so that the mean m and the second moment S follow m' =
    m M and S' = M' S M + [(1 - share)(diag m - S) + share (diag m A - A' S A)] / n.
    """
    truth = 1 / np.arange(1.0, JOKES + 1)
    truth /= truth.sum()
    change = np.tile(truth, (JOKES, 1)) if real else np.full((JOKES, JOKES), noise / JOKES)
    change = change if real else change + (1 - noise) * np.eye(JOKES)
    both = (1 - share) * np.eye(JOKES) + share * change
    mean, second = truth, np.outer(truth, truth)
    second = second + (np.diag(mean) - second) / N
    for _ in range(T - 1):
        dreamt, squares = mean @ change, change.T @ second @ change
        own, other = np.diag(mean) - second, np.diag(dreamt) - squares
        second = both.T @ second @ both + ((1 - share) * own + share * other) / N
        mean = mean @ both
    return float(np.trace(second) - 2 * mean @ truth + truth @ truth)


def claims() -> tuple:
    def curve(record, arm, name, at=(T,)):
        return record["curves"][f"{arm}/{name}"][:, list(at)].astype(float)

    def relative(record, arm):
        """Squared error in the end, in units of the mean of the arm without dreams."""
        return curve(record, arm, "squared_error") / error(0.0, NOISE)

    def noisy(record, share=BEST):
        return relative(record, f"noise-{share:g}")

    def risen(record, arm):
        """The greatest rise in the number of jokes from one model to the next."""
        jokes = curve(record, arm, "model_support", range(1, T + 1))
        return np.maximum(np.diff(jokes), 0).max(1)

    def coverage(record, arm):
        return curve(record, arm, "support_coverage")

    every = {"at": (T,), "differs": DIFFERS}
    none, mixed = error(0.0, NOISE), 1 / KINDS + (1 - 1 / KINDS) / TOLD
    article = "article: dreams keep a model from collapsing (Hoel 2021)"
    return (
        number(
            "Every share of noisy dreams: squared error, relative to the law",
            "derived: S' = M' S M + noise of n draws",
            lambda r: np.concatenate([noisy(r, s) * none / error(s, NOISE) for s in SHARES], 1),
            1.0,
            tuple(range(len(SHARES))),
            error=0.05,
        ),
        number(
            f"{BEST:.0%} noisy dreams: error, relative to none",
            "derived: the same, the least of the shares tried",
            noisy,
            error(BEST, NOISE) / none,
            (T,),
            error=0.03,
        ),
        shape(
            "Dreams help: error left by the best share, relative to none",
            article,
            noisy,
            "less error",
            below=1.0,
            **every,
        ),
        shape(
            "Too many hurt: error where all is dreamt, relative to none",
            "article's hypothesis: a U-shape",
            lambda r: noisy(r, 1.0),
            "more error",
            above=1.0,
            **every,
        ),
        number(
            f"{RANDOM:.0%} of random jokes do the same: error, relative to none",
            "derived: the share times the noise counts",
            lambda r: relative(r, f"random-{RANDOM}"),
            error(RANDOM, 1.0) / none,
            (T,),
            error=0.03,
        ),
        number(
            f"{BEST:.0%} new real jokes: error, relative to none",
            "derived: the same with draws of the truth",
            lambda r: relative(r, f"real-{BEST}"),
            error(BEST, 0.0, real=True) / none,
            (T,),
            error=0.01,
        ),
        shape(
            "Dreams that seek entropy help: error, relative to none",
            "article: seek entropy",
            lambda r: relative(r, "hot"),
            "less error",
            below=1.0,
            note="heat flattens what drift has not touched, and brings no lost joke back",
            **every,
        ),
        shape(
            "Jokes that noise brings back, at most in a generation",
            "derived: noise draws any outcome",
            lambda r: risen(r, f"noise-{BEST:g}"),
            "some",
            above=0.0,
            **every,
        ),
        shape(
            "Jokes that heat brings back",
            "derived: a lost outcome has probability 0 at every temperature",
            lambda r: risen(r, "hot"),
            "none",
            below=0.0,
            spread=0.0,
            **every,
        ),
        number(
            f"{BEST:.0%} recombined: share of jokes that make sense, one generation on",
            "derived: 1 - d (1 - sum of squared shares of the kinds)",
            lambda r: curve(r, f"recombined-{BEST}", "valid", (2,)),
            1 - BEST * (1 - mixed),
            (2,),
            error=0.005,
        ),
        shape(
            "Recombination keeps more jokes alive: share of all, more than without",
            article,
            lambda r: coverage(r, "recombined") - coverage(r, "memory"),
            "more jokes",
            above=0.0,
            **every,
        ),
        shape(
            "And most of what it tells makes no sense: share that does",
            "article: dreams are not real",
            lambda r: curve(r, "recombined", "valid"),
            "less than half",
            below=0.5,
            **every,
        ),
        shape(
            "A judge who knows sense keeps more: share of all, more than unjudged",
            "article: a judge of quality is missing",
            lambda r: coverage(r, "checked") - coverage(r, "recombined"),
            "more jokes",
            above=0.0,
            **every,
        ),
        shape(
            "And all it tells makes sense in the end, of one kind: share that does",
            "derived: a judge who keeps pairs of a kind keeps kinds by their squares",
            lambda r: curve(r, "checked", "valid"),
            "all",
            above=0.95,
            **every,
        ),
        shape(
            "One kind: share of all jokes that are told, at most a third",
            "derived: the commonest kind takes all",
            lambda r: coverage(r, "checked"),
            "a third",
            below=1 / KINDS,
            **every,
        ),
    )
