"""Small models of text, all their rows, and what samplers make of them, in plain NumPy."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
from scipy import stats

from collapse import GRU, TokenTable, Transformer
from collapse.numerics.pytree import replace

V, L = 3, 4


def table(size=V, length=L, order=2, seed=0):
    rng = np.random.default_rng(seed)
    return TokenTable(rng.dirichlet(np.ones(size), (size + 1) ** (order - 1)), length, order=order)


def network(kind, size=V, length=L, seed=0, scale=15.0, **settings):
    """With what it says of the next token far from uniform: outputs ``scale`` times as large."""
    model = kind(size, length, **settings)
    net = model.initial(jax.random.key(seed))
    net["output"] = jax.tree.map(lambda x: scale * x, net["output"])
    return replace(model, net=net)


MODELS = {
    "table": table(order=3),
    "gru": network(GRU, width=8),
    "transformer": network(Transformer, layers=1, width=8, heads=2),
}


def next_tokens(model) -> dict[tuple, np.ndarray]:
    """{tokens so far: (V,) probability of the next}, by the log-probabilities of whole rows."""
    size, length = model.vocab_size, model.length
    said = [h for n in range(length) for h in itertools.product(range(1, size), repeat=n)]
    rows = [(*h, v, *[0] * (length - len(h) - 1)) for h in said for v in range(size)]
    log_p = np.asarray(model.token_log_probs(jnp.asarray(rows, jnp.int32)), float)
    at = np.repeat([len(h) for h in said], size)
    p = np.exp(log_p[np.arange(len(rows)), at]).reshape(-1, size)
    return dict(zip(said, p / p.sum(1, keepdims=True), strict=True))


def rows_up_to(size: int, length: int) -> list[tuple]:
    """All rows of so many places; token 0 ends one and fills the rest."""
    rows = itertools.product(range(size), repeat=length)
    return [r for r in rows if all(b == 0 for a, b in itertools.pairwise(r) if a == 0)]


def tokens_of(row: tuple) -> tuple:
    """The tokens of a row, its end included."""
    return row[: row.index(0) + 1] if 0 in row else row


def row_law(rows: list[tuple], after: dict, shape=lambda p, said: p) -> np.ndarray:
    """(rows,) probabilities, each next-token distribution put through shape(p, said)."""
    shaped = {said: shape(p, said) for said, p in after.items()}
    return np.array(
        [np.prod([shaped[row[:i]][v] for i, v in enumerate(tokens_of(row))]) for row in rows]
    )


def counted(rows: list[tuple], drawn) -> np.ndarray:
    """(rows,) how often each was drawn."""
    drawn = np.asarray(drawn)
    base = (drawn.max() + 1, max(map(max, rows)) + 1)
    radix = max(base) ** np.arange(drawn.shape[1])
    place = {int(np.dot(row, radix)): i for i, row in enumerate(rows)}
    return np.bincount([place[x] for x in (drawn @ radix).tolist()], minlength=len(rows))


def p_value(counts: np.ndarray, law: np.ndarray) -> float:
    """Pearson's test, outcomes of fewer than 5 expected draws together; 0 if what cannot be was."""
    law = law / law.sum()
    if counts[law == 0].sum():
        return 0.0
    expected = law * counts.sum()
    few = (expected < 5) & (law > 0)
    many = (expected >= 5) & (law > 0)
    seen, expected = [[*x[many], x[few].sum()] for x in (counts, expected)]
    if expected[-1] < 1e-6:
        seen, expected = seen[:-1], expected[:-1]
    if len(seen) < 2:
        return 1.0
    expected = np.asarray(expected) * (sum(seen) / sum(expected))
    return float(stats.chisquare(seen, expected).pvalue)
