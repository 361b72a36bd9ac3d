"""Token samplers against a reshaping written in plain NumPy."""

from collections import defaultdict
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from collapse import Categorical, NGram, Plain, Tempered, TopK, TopP
from collapse.models.text.ngram_sampling import general_walk

LIMIT = 4.5
N = 20_000
P = np.array([0.05, 0.3, 0.0, 0.15, 0.3, 0.12, 0.08])  # two likeliest tie, one is impossible
V, R, L = 6, 40, 6


def reshaped(p, temperature=1.0, k=None, top=None):
    """The definition: to the power 1 / temperature, then by falling probability, ties by token,
    only the first k, or only while what came before is below ``top``."""
    p = np.asarray(p, float)
    q = np.where(p > 0, np.exp((np.log(np.where(p > 0, p, 1)) - np.log(p.max())) / temperature), 0)
    q = q / q.sum()
    kept, before = np.zeros(len(q)), 0.0
    for rank, token in enumerate(sorted(range(len(q)), key=lambda token: (-q[token], token))):
        inside = (k is None or rank < k) and (top is None or before < top or rank == 0)
        kept[token] = q[token] if inside else 0
        before += q[token]
    return kept / kept.sum()


CASES = {
    "temperature 1": (Tempered(1.0), {}),
    "cold": (Tempered(0.5), {"temperature": 0.5}),
    "colder": (Tempered(0.1), {"temperature": 0.1}),
    "hot": (Tempered(2.0), {"temperature": 2.0}),
    "top 1": (TopK(1), {"k": 1}),
    "top 2": (TopK(2), {"k": 2}),
    "top 3, hot": (TopK(3, temperature=1.5), {"k": 3, "temperature": 1.5}),
    "top 99": (TopK(99), {"k": 99}),
    "nucleus": (TopP(0.72), {"top": 0.72}),
    "small nucleus": (TopP(0.01), {"top": 0.01}),
    "whole nucleus": (TopP(1.0), {"top": 1.0}),
    "nucleus, cold": (TopP(0.66, temperature=0.5), {"top": 0.66, "temperature": 0.5}),
}
each_case = pytest.mark.parametrize(("sampler", "settings"), CASES.values(), ids=CASES)


def traced(sampler):
    """Its numbers as arrays, so that one program serves all temperatures."""
    return jax.tree.map(jnp.asarray, sampler)


@cache
def from_categorical():
    return jax.jit(lambda key, p, sampler: Categorical(p).draw(key, N, 1, sampler))


@each_case
def test_categorical_draws_follow_the_reshaping(sampler, settings):
    """Pearson's test of the frequencies; nothing is drawn that was dropped."""
    batch = from_categorical()(jax.random.key(0), jnp.asarray(P), traced(sampler))
    assert (np.asarray(batch.mass) == 1).all()
    counts, law = np.bincount(batch.rows, minlength=len(P)), reshaped(P, **settings)
    assert counts[law == 0].sum() == 0
    if (law > 0).sum() > 1:
        assert stats.chisquare(counts[law > 0], N * law[law > 0]).pvalue > 1e-5
    if settings:
        off = np.abs(counts / N - P) / np.sqrt(np.maximum(P * (1 - P), 1e-9) / N)
        assert (off.max() > LIMIT) == (not np.allclose(law, P))


def test_temperature_one_draws_what_plain_draws():
    """A categorical reshaped by nothing draws the same items from the same key, up to rounding of
    its probabilities."""
    plain = Categorical(P).draw(jax.random.key(1), N, 1, Plain()).rows
    tempered = from_categorical()(jax.random.key(1), jnp.asarray(P), traced(Tempered(1.0))).rows
    assert (np.asarray(plain) != np.asarray(tempered)).mean() < 1e-3


def test_ties_go_to_the_smaller_token():
    """Top 1 of two equally likely tokens is the first; top 2 is both."""
    one = from_categorical()(jax.random.key(2), jnp.asarray(P), traced(TopK(1))).rows
    two = from_categorical()(jax.random.key(2), jnp.asarray(P), traced(TopK(2))).rows
    assert set(np.asarray(one).tolist()) == {1}
    assert set(np.asarray(two).tolist()) == {1, 4}


def tied_tables(seed: int, tables: int = 200):
    """Counts (tables, 8) of up to 60 draws, a share p (tables,) that the commonest so many hold
    exactly, and how many those are, in whole numbers."""
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(rng.integers(10, 60, tables), np.full(8, 1 / 8))
    falling = -np.sort(-counts, axis=1)
    sums, many = falling.cumsum(1), rng.integers(0, 7, tables)
    held = sums[np.arange(tables), many]
    least = (sums < held[:, None]).sum(1) + 1  # the fewest that hold as much
    return counts, held / sums[:, -1], least


def test_top_p_holds_p_at_exact_ties():
    """The fewest tokens whose counts hold p of all: 13, 5, 1 and 1 of 20 at 0.9 are two."""
    counts, p, least = tied_tables(0)
    counts = np.vstack([[13, 5, 1, 1, 0, 0, 0, 0], counts])
    p, least = np.append(0.9, p), np.append(2, least)
    shares = jnp.asarray(counts / counts.sum(1, keepdims=True))
    of_table = jax.vmap(lambda q, p: Categorical(q).reshaped(TopP(p)).p)
    of_logits = jax.vmap(lambda q, p: TopP(p).shaped(jnp.log(q)))
    np.testing.assert_array_equal((of_table(shares, jnp.asarray(p)) > 0).sum(1), least)
    np.testing.assert_array_equal((of_logits(shares, jnp.asarray(p)) > -jnp.inf).sum(1), least)


def test_top_p_of_a_walk_at_an_exact_tie():
    rows = np.zeros((R, L), np.int32)
    rows[:, 0] = np.repeat([1, 2, 3, 4], [26, 10, 2, 2])
    walk = walker(TopP, 2)(jnp.asarray(rows), jnp.ones(R), traced(TopP(0.9)))
    np.testing.assert_allclose(walk_shares(walk, 0), [0, 13 / 18, 5 / 18, 0, 0, 0], atol=2e-6)


def test_top_p_of_one_drops_nothing():
    """However small what is left, and however sums are rounded."""
    q = jnp.asarray(np.append(1 - 7e-9, np.full(7, 1e-9)))
    assert (Categorical(q).reshaped(TopP(1.0)).p > 0).all()


# N-grams


def random_rows(seed, cut):
    rng = np.random.default_rng(seed)
    p = np.r_[0.8, 1 / np.arange(1, V)]
    rows = rng.choice(V, (R, L), p=p / p.sum())
    rows[np.cumsum(rows == 0, 1) > 0] = 0
    if not cut:
        rows[:, -1] = 0
    return rows.astype(np.int32)


def next_tokens(rows, weight, order):
    """{history of order - 1 tokens: weights of the tokens that followed}, V for the start."""
    table = defaultdict(lambda: np.zeros(V))
    for row, w in zip(rows.tolist(), weight, strict=True):
        history = (V,) * (order - 1)
        for token in row:
            table[history][token] += w
            history = (*history, token)[1:] if order > 1 else ()
            if token == 0:
                break
    return table


@cache
def walker(kind, order):
    return jax.jit(lambda rows, weight, sampler: general_walk(rows, weight, order, V, sampler))


def walk_shares(walk, place):
    """Probability of each token at a place of a walk, read off its units."""
    token, low, mass, below = (
        np.asarray(x, np.int64) for x in (walk.token, walk.low, walk.mass, walk.below)
    )
    begin, end = low[place], low[place] + mass[place]
    inside = (np.minimum(below[1:], end) - np.maximum(below[:-1], begin)).clip(min=0)
    return np.bincount(token, inside, V) / mass[place]


WEIGHTS = {
    "equal": np.ones(R),
    "soft": np.random.default_rng(3).uniform(0.1, 1, R) * np.resize([1, 1, 0], R),
}


@pytest.mark.slow
@pytest.mark.parametrize("order", [2, 3])
@pytest.mark.parametrize("kind", list(WEIGHTS))
@each_case
def test_ngram_tables_are_reshaped(sampler, settings, kind, order):
    """Every next-token distribution of the walk, exactly: equal counts tie in token order."""
    rows, weight = random_rows(0, cut=False), WEIGHTS[kind].astype(np.float32)
    walk = walker(type(sampler), order)(jnp.asarray(rows), jnp.asarray(weight), traced(sampler))
    table = next_tokens(rows, weight, order)
    padded = np.pad(rows, ((0, 0), (order - 1, 0)), constant_values=V).tolist()
    places = {}
    for r, row in enumerate(padded):
        for j in range(L + 1):
            places.setdefault(tuple(row[j : j + order - 1]), r * (L + 1) + j)
    changed = False
    for history, counts in table.items():
        if counts.sum() == 0:
            continue
        p = counts / counts.sum()
        law = reshaped(p, **settings)
        np.testing.assert_allclose(walk_shares(walk, places[history]), law, atol=2e-6)
        changed |= not np.allclose(law, p)
    assert changed == (bool(settings) and settings != {"k": 99} and settings != {"top": 1.0})


@cache
def from_ngram(kind):
    def draw(key, rows, weight, sampler):
        return NGram(V, order=2, rows=rows, weight=weight).draw(key, N, 1, sampler).rows

    return jax.jit(draw)


def bigram_z(drawn, table, reshape):
    """Pearson's statistic of all bigrams drawn in standard deviations."""
    excess, variance = 0.0, 0.0
    for history, seen in next_tokens(drawn, np.ones(len(drawn)), 2).items():
        p, n = reshape(table[history] / table[history].sum()), seen.sum()
        if seen[p == 0].any():
            return np.inf
        seen, p = seen[p > 0], p[p > 0]
        k = len(p)
        if k > 1:
            excess += ((seen - n * p) ** 2 / (n * p)).sum() - (k - 1)
            variance += 2 * (k - 1) + ((1 / p).sum() - k**2 - 2 * k + 2) / n
    return excess / np.sqrt(variance)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["hot", "top 3, hot", "nucleus"])
def test_ngram_draws_follow_the_reshaping(name):
    """The same by drawing rows; the plain law is told apart."""
    sampler, settings = CASES[name]
    rows, weight = random_rows(0, cut=False), WEIGHTS["soft"]
    drawn = np.asarray(
        from_ngram(type(sampler))(jax.random.key(0), rows, jnp.asarray(weight), traced(sampler))
    )
    table = next_tokens(rows, weight, 2)
    assert abs(bigram_z(drawn, table, lambda p: reshaped(p, **settings))) < LIMIT
    assert abs(bigram_z(drawn, table, lambda p: p)) > 2 * LIMIT


def test_ngram_of_temperature_one_is_the_plain_law():
    rows = random_rows(0, cut=False)
    drawn = np.asarray(
        from_ngram(Tempered)(jax.random.key(1), rows, jnp.ones(R), traced(Tempered(1.0)))
    )
    assert abs(bigram_z(drawn, next_tokens(rows, np.ones(R), 2), lambda p: p)) < LIMIT


@pytest.mark.parametrize("temperature", [0.05, 0.01])
def test_ngram_close_to_zero_temperature_says_the_likeliest(temperature):
    """Of five first words of which one is twice as frequent, that one, as a categorical does."""
    words = np.resize([1, 2, 3, 4, 5, 3], R)
    sampler = traced(Tempered(temperature))
    p = np.bincount(words, minlength=len(P)) / R
    batch = from_categorical()(jax.random.key(0), jnp.asarray(p), sampler)
    assert (np.asarray(batch.rows) == 3).mean() > 0.999
    rows = np.where(np.arange(L) == 0, words[:, None], 0).astype(np.int32)
    drawn = np.asarray(from_ngram(Tempered)(jax.random.key(0), rows, jnp.ones(R), sampler))
    assert (drawn[:, 0] == 3).mean() > 0.999


@pytest.mark.parametrize("name", ["hot", "top 1", "top 2", "nucleus"])
def test_backing_off_draws_from_a_mixture_of_reshaped_contexts(name):
    """Token 4 only ends rows that were cut, so that after it the model backs off to all tokens:
    each context's reshaped distribution with the share the context has of the text. That is not
    the reshaped distribution of all tokens."""
    sampler, settings = CASES[name]
    rows = np.repeat([[1, 1, 1, 4], [2, 3, 3, 3], [3, 3, 1, 3]], [20, 16, 4], axis=0)
    rows = np.repeat(rows, [2, 1, 2, 1], axis=1).astype(np.int32)
    assert rows.shape == (R, L)
    table = next_tokens(rows, np.ones(R), 2)
    assert (4,) not in table
    counts = np.array(list(table.values()))
    mixture = sum(c.sum() * reshaped(c / c.sum(), **settings) for c in counts) / counts.sum()
    walk = walker(type(sampler), 2)(jnp.asarray(rows), jnp.ones(R), traced(sampler))
    found = walk_shares(walk, L)  # the place behind the first row, whose last token is 4
    np.testing.assert_allclose(found, mixture, atol=2e-6)
    whole = counts.sum(0) / counts.sum()
    assert not np.allclose(found, reshaped(whole, **settings), atol=1e-2)


def test_mistakes_in_sentences():
    assert Tempered(0.0).validate() == ["Tempered temperature must be above 0, not 0."]
    assert len(TopK(0).validate()) == len(TopP(0.0).validate()) == 1
    assert len(TopP(1.5, temperature=-1.0).validate()) == 2
    assert TopK(5).validate() == TopP(1.0).validate() == Plain().validate() == []
