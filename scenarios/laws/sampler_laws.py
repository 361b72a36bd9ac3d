"""Samplers and n-grams on a handful of items: every sample that can be drawn, with its chance

Outcomes by each sampler, and n-grams of each order, of so few rows that the whole law of what they
say can be listed, back-off included. Generation 1 is fitted to real items; what it says is what
generation 2 is fitted to.
"""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np

from collapse import (
    Arm,
    Categorical,
    Claim,
    Curve,
    FreshMix,
    ItemDiversity,
    KeepAll,
    MaximumLikelihood,
    Measure,
    NGram,
    OutcomeShares,
    Penalised,
    Plain,
    Replace,
    Scenario,
    Support,
    Tempered,
    Tilt,
    TokenTable,
    TopK,
    TopP,
)
from collapse.laws import enumeration, ngrams
from collapse.laws.categorical import replace_heterozygosity
from collapse.rewards.base import Length

P = np.array([0.4, 0.3, 0.2, 0.1])
N, AT = 6, (2, 3)
DEGREES, BEST, MASS = 0.7, 2, 0.65  # no count of so few items makes a sum of just 0.65
TASTE = 0.5  # a nat a token, for long rows
THETA = 1.5  # of the repetition penalty
MANY, COUNTED_AT = 300, (1, 2, 3)  # items of which counts are drawn in one go
VARIED = ("entropy", "hill_0", "effective_number", "hill_2", "gini", "top_3_mass")
LISTED = "derived by listing all samples: collapse.laws"


def tempered(p) -> np.ndarray:
    power = np.asarray(p) ** (1 / DEGREES)
    return power / power.sum()


def cut(p, stays) -> np.ndarray:
    """Without the tokens whose place by falling probability, ties by number, does not stay."""
    order = sorted(range(len(p)), key=lambda i: -p[i])
    left = np.zeros(len(p))
    for place, i in enumerate(order):
        left[i] = p[i] if stays(place, sum(p[j] for j in order[:place])) else 0
    return left / left.sum()


RESHAPED = {  # name: what is said of it, the sampler, and what it makes of probabilities
    "tempered": (f"temperature {DEGREES:g}", Tempered(temperature=DEGREES), tempered),
    "top-k": (f"the {BEST} likeliest", TopK(k=BEST), lambda p: cut(p, lambda i, _: i < BEST)),
    "top-p": (
        f"the likeliest {MASS:g}",
        TopP(p=MASS),
        lambda p: cut(p, lambda _, before: before < MASS),
    ),
}
TABLES = ("penalised", "table")
GRAMS = {  # name: order, tokens, places of a row, rows, sampler
    "unigram": (1, 3, 3, 3, "top-p"),
    "bigram": (2, 3, 3, 3, "top-k"),
    "trigram": (3, 2, 5, 4, "tempered"),
    "fourgram": (4, 3, 4, 2, None),
    "weighted": (2, 3, 3, 3, None),  # longer rows weigh more
    "penalised": (2, 3, 3, 3, None),  # a table of the bigrams, repetition held down
    "table": (2, 3, 3, 3, "top-k"),
}


class RowShares(Measure):
    """Curves row_0, row_1, ...: the share of the rows said that are the first, the second, ... of
    ``rows`` (R, L)."""

    reads = "output"

    rows: jax.Array

    @property
    def curves(self):
        return {f"row_{i}": Curve("share", 0, 1) for i in range(len(self.rows))}

    def measure(self, key, view):
        same = (view.output.rows[:, None] == self.rows).all(-1).mean(0)
        return {f"row_{i}": same[i] for i in range(len(self.rows))}


def real_rows(size: int, length: int) -> tuple[list[ngrams.Row], dict[ngrams.Row, float]]:
    """All rows there are, and what each weighs in the text that the truth was fitted to."""
    every = ngrams.every_row(size, length)
    return every, {row: 1.0 + 7 * i % len(every) for i, row in enumerate(every)}


def arms() -> dict[str, Arm]:
    def arm(truth, model, sampler, measures, n, judge=None, regime=None):
        return Arm(
            truth=truth,
            model=model,
            judge=judge or KeepAll(),
            regime=regime or Replace(),
            learner=MaximumLikelihood(),
            sampler=sampler,
            measures=measures,
            n=n,
            generations=max(AT),
            candidates=n,
        )

    def gram(name):
        order, size, length, n, by = GRAMS[name]
        every, text = real_rows(size, length)
        rows, weight = jnp.array(every), jnp.array(list(text.values()))
        truth = NGram(vocab_size=size, order=4, rows=rows, weight=weight)
        sampler = RESHAPED[by][1] if by else Plain()
        model = NGram(vocab_size=size, order=order)
        if name in TABLES:
            model = TokenTable.uniform(size, length, order)
            sampler = Penalised(theta=THETA) if name == "penalised" else sampler
        longer = Tilt(reward=Length(), strength=TASTE, expected=1.0) if name == "weighted" else None
        return arm(truth, model, sampler, (RowShares(rows),), n, longer)

    model, measures = Categorical(P), (OutcomeShares(count=len(P)), ItemDiversity())
    outcomes = {name: arm(model, model, by, measures, N) for name, (_, by, _) in RESHAPED.items()}
    cut_and_mixed = Support(of=TopK(k=BEST)), measures[:1], N, None, FreshMix(share=0.5)
    more = {
        "counts": arm(model, model, Plain(), measures[:1], MANY),
        "endless": arm(model, model, *cut_and_mixed),
    }
    return outcomes | more | {name: gram(name) for name in GRAMS}


@cache
def models(name: str) -> list[enumeration.Law]:
    """Of generations 1 .. 3."""
    reshape = RESHAPED[name][2]
    kept = lambda p, t: enumeration.multinomial(N, reshape(np.array(p)))  # noqa: E731
    return enumeration.chain(P, N, kept, max(AT))


def outcomes(name: str) -> np.ndarray:
    """(16,) mean share and mean square of each outcome at generations 2 and 3."""
    return np.ravel([enumeration.moments(models(name)[t - 1]) for t in AT])


def diversity(share) -> list[float]:
    """What the curves ``VARIED`` are of what was said, which the next model is fitted to."""
    p = np.array([x for x in share if x > 0])
    entropy, squares = -(p * np.log(p)).sum(), (p**2).sum()
    return [entropy, len(p), np.exp(entropy), 1 / squares, 1 - squares, np.sort(p)[-3:].sum()]


def varied() -> Claim:
    """Of what is said by generations 1 and 2."""

    def expected(_):
        laws = models("tempered")[1:]
        return np.ravel([sum(c * np.array(diversity(p)) for p, c in law.items()) for law in laws])

    def observe(record):
        return np.stack([record["curves"][name][:, 1:3] for name in VARIED], -1)

    says = f"Six items, temperature {DEGREES:g}: entropy, Hill numbers and shares of what is said"
    at = tuple(np.repeat((1, 2), len(VARIED)).tolist())
    return Claim(says, "law", f"{LISTED}.enumeration", "tempered", observe, expected, at)


def moments(record) -> np.ndarray:
    share = [record["curves"][f"share_{i}"][:, list(AT)] for i in range(len(P))]
    share = np.stack(share, -1).astype(float)
    return np.stack([share, share**2], axis=2)


@cache
def said(name: str) -> np.ndarray:
    """(2 R,) expected share of each row of those said by generations 1 and 2; of a table, which
    keeps what the next rows do not tell of, (R,) by generation 1."""
    order, size, length, n, by = GRAMS[name]
    every, text = real_rows(size, length)
    truth = ngrams.row_law(text, 4, every, lambda p: p)
    lengths = np.array([sum(token != 0 for token in row) for row in every])
    reshape = RESHAPED[by][2] if by else lambda p: p
    if name in TABLES:
        held_down = lambda p, heard: ngrams.penalised(p, heard, THETA)  # noqa: E731
        by_table = held_down if name == "penalised" else lambda p, _: reshape(p)
        law = lambda held: ngrams.table_law(held, order, every, by_table)  # noqa: E731
        return ngrams.chain(truth, n, every, 1, law).ravel()
    law = lambda held: ngrams.row_law(held, order, every, reshape)  # noqa: E731
    if name == "weighted":
        liked = lambda counts: np.exp(TASTE * (lengths - lengths[counts > 0].max()))  # noqa: E731
        return ngrams.chain(truth, n, every, 2, law, liked).ravel()
    return ngrams.chain(truth, n, every, 2, law).ravel()


def counted() -> Claim:
    """Four outcomes by their number, in place of many items: every covariance."""
    pairs = [(i, j) for j in range(len(P)) for i in range(j + 1)]
    lost = replace_heterozygosity(np.array(COUNTED_AT), MANY)
    covariance = np.diag(P) - np.outer(P, P)

    def observe(record):
        share = [record["curves"][f"share_{i}"][:, 1:4] - P[i] for i in range(len(P))]
        return np.stack([share[i] * share[j] for i, j in pairs], -1)

    expected = np.outer(1 - lost, [covariance[pair] for pair in pairs]).ravel()
    at = tuple(np.repeat(COUNTED_AT, len(pairs)).tolist())
    says = f"{MANY} items, drawn as four counts: variances and covariances of the shares"
    return Claim(says, "law", "Wright (1931)", "counts", observe, expected, at)


def endless() -> Claim:
    """Half of what generation t trains on is real, half what generation t - 1 said, cut."""
    models = [P]
    for _ in range(2):
        models.append(0.5 * P + 0.5 * RESHAPED["top-k"][2](models[-1]))

    def observe(record):
        return np.stack([record["curves"][f"share_{i}"][:, 1:] for i in range(len(P))], -1)

    says = f"Endless items, the {BEST} likeliest, half and half with real ones: every outcome"
    at = tuple(np.repeat((1, 2, 3), len(P)).tolist())
    source, expected = "by its definition", np.ravel(models)
    return Claim(says, "identity", source, "endless", observe, expected, at, error=1e-6)


def of_rows(name: str) -> Claim:
    order, size, length, n, by = GRAMS[name]
    count = len(ngrams.every_row(size, length))
    how = f"by {RESHAPED[by][0]}" if by else "as it is"
    how = "weighted by their length" if name == "weighted" else how
    how = "repetition held down" if name == "penalised" else how
    what = f"A table of order {order}" if name in TABLES else f"An n-gram of order {order}"
    times = (1,) if name in TABLES else (1, 2)

    def observe(record):
        return np.stack([record["curves"][f"row_{i}"][:, list(times)] for i in range(count)], -1)

    at = tuple(np.repeat(times, count).tolist())
    says = f"{what}, {n} rows, {how}: how often each row is said"
    return Claim(says, "law", f"{LISTED}.ngrams", name, observe, lambda _: said(name), at)


def of_outcomes(name: str) -> Claim:
    at = tuple(np.repeat(AT, 2 * len(P)).tolist())
    says = f"Six items, {RESHAPED[name][0]}: mean shares and their mean squares"
    expected = lambda _: outcomes(name)  # noqa: E731
    return Claim(says, "law", f"{LISTED}.enumeration", name, moments, expected, at)


def scenario() -> Scenario:
    return Scenario(
        name="sampler-laws",
        title=__doc__.split("\n")[0],
        source="derived here",
        arms=arms(),
        headline=("share_0", "row_0"),
        seeds=10_000,
        extra=("counts", "unigram", "trigram", "weighted", *TABLES),
        claims=(*map(of_outcomes, RESHAPED), varied(), counted(), endless(), *map(of_rows, GRAMS)),
    )
