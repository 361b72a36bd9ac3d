"""Byte pairs: merges against Python, exact probabilities against enumeration, the prompt's end."""

from collections import Counter

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import collapse as c
from collapse.models.text import merging
from collapse.numerics.tokens import real
from tests.models.text.test_token_table import pool_of, random_table

V = 4  # the end and three characters


def fit(model, rows):
    return eqx.filter_jit(lambda model, pool: model.fit(jax.random.key(0), pool))(
        model, pool_of(rows)
    )


def texts(length=7, count=80, seed=0):
    return np.asarray(random_table(V, length, 2, seed).sample(jax.random.key(seed), count))


def by_hand(rows, weight, count, longest=8):
    """Merges and encodings, with lists: a pair is replaced from the left."""
    pieces = []
    for row in rows.tolist():
        end = row.index(0) + 1 if 0 in row else len(row)
        pieces.append(row[:end])
    size, merges = dict.fromkeys(range(V), 1), []
    for k in range(count):
        counts = Counter()
        for row, w in zip(pieces, weight, strict=True):
            for a, b in zip(row, row[1:], strict=False):
                if a and b and size[a] + size[b] <= longest:
                    counts[a, b] += w
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append(best)
        size[V + k] = size[best[0]] + size[best[1]]
        pieces = [replaced(row, best, V + k) for row in pieces]
    return merges, pieces


def replaced(row, pair, new):
    out, i = [], 0
    while i < len(row):
        if tuple(row[i : i + 2]) == pair:
            out.append(new)
            i += 2
        else:
            out.append(row[i])
            i += 1
    return out


@pytest.mark.parametrize("longest", [3, 8])
def test_merges_and_encodings_are_those_made_by_hand(longest):
    rows = np.concatenate([texts(), [[1, 1, 1, 1, 1, 1, 1], [2, 2, 2, 0, 0, 0, 0]]])
    weight = np.random.default_rng(1).integers(1, 4, len(rows)).astype(float)
    merges, pieces = by_hand(rows, weight, 5, longest)
    shown = real(jnp.asarray(rows))
    pairs = merging.learned(jnp.asarray(rows), shown, jnp.asarray(weight), 5, V, longest)
    np.testing.assert_array_equal(pairs, merges)
    found = np.asarray(merging.encoded(jnp.asarray(rows), shown, pairs, V))
    assert [row[row >= 0].tolist() for row in found] == pieces
    text, sizes = (np.asarray(x) for x in merging.spelled(pairs, V, longest))
    for row, original in zip(pieces, rows, strict=True):
        spelled = np.concatenate([text[piece][: sizes[piece]] for piece in row])
        np.testing.assert_array_equal(spelled, original[: len(spelled)])


def fitted(merges=3, length=5, **settings):
    rows = texts(length)
    model = c.BytePairs(V, length, merges=merges, **settings)
    return fit(model, rows), rows


def path_probability(model, row):
    """The probability of a row: a sum over all sequences of pieces that spell it, one by one."""
    p, text, sizes = (np.asarray(x, float) for x in (model.p, model.text, model.sizes))
    end = list(row).index(0) + 1 if 0 in row else len(row)

    def rest(place, context):
        if place >= end:
            return 1.0
        total = 0.0
        for piece, size in enumerate(sizes.astype(int)):
            spelled = text[piece][: min(size, end - place)]
            fits = size > 0 and (spelled == row[place : place + len(spelled)]).all()
            if fits and (place + size <= end or 0 not in row):
                total += p[context, piece] * rest(place + size, piece)
        return total

    return rest(0, len(p) - 1)


@pytest.mark.slow
def test_probabilities_are_sums_over_all_encodings_and_add_up_to_1():
    model, rows = fitted()
    found = np.exp(np.asarray(model.log_prob(jnp.asarray(rows))))
    np.testing.assert_allclose(found, [path_probability(model, row) for row in rows], rtol=1e-4)
    _, p = model.support()
    assert float(p.sum()) == pytest.approx(1, abs=1e-5)


def test_without_merges_it_is_the_bigram_of_characters():
    model, rows = fitted(merges=0)
    table = c.TokenTable.uniform(V, 5).fit(jax.random.key(0), pool_of(rows))
    np.testing.assert_allclose(
        model.log_prob(jnp.asarray(rows)), table.log_prob(jnp.asarray(rows)), rtol=1e-4
    )


@pytest.mark.slow
@pytest.mark.parametrize("level", ["token", "byte"])
def test_draws_have_the_law_of_the_support(level):
    model, _ = fitted(level=level)
    rows, p = (np.asarray(x) for x in model.support())
    radix = V ** np.arange(5)
    place = {int(row @ radix): i for i, row in enumerate(rows)}
    drawn = np.asarray(model.sample(jax.random.key(1), 30_000)) @ radix
    counts = np.bincount([place[int(x)] for x in drawn], minlength=len(p))
    often = p * 30_000 > 5
    assert counts[p < 1e-9].sum() == 0
    seen = np.r_[counts[often], counts[~often].sum()]
    expected = np.r_[p[often], p[~often].sum()] * 30_000
    assert stats.chisquare(seen, expected * seen.sum() / expected.sum()).pvalue > 1e-4


def chain(n=4000):
    """A and B (1 and 2): A follows A with chance .6 and B with .5. The piece AA is learned."""
    table = np.array([[0, 0.5, 0.5], [0, 0.6, 0.4], [0, 0.5, 0.5], [0, 5 / 9, 4 / 9]])
    return c.TokenTable(table, 12).sample(jax.random.key(2), n)


@pytest.mark.slow
@pytest.mark.parametrize(("level", "chance"), [("token", 0.0), ("byte", 0.6)])
def test_after_the_prompt_a_no_a_comes_token_by_token(level, chance):
    rows = chain()
    model = fit(c.BytePairs(3, 12, merges=1, level=level), rows)
    np.testing.assert_array_equal(model.pairs, [[1, 1]])
    prompt = jnp.ones((4000, 12), jnp.int32)
    drawn = model.redraw(jax.random.key(3), prompt, jnp.full(4000, 1))
    assert (np.asarray(drawn[:, 0]) == 1).all()
    found = float((np.asarray(drawn[:, 1]) == 1).mean())
    # Of 4000 completions by a model of 4000 rows, each with some three As at risk.
    assert abs(found - chance) <= 4.5 * np.sqrt(chance * (1 - chance) * (1 / 4000 + 1 / 12_000))


@pytest.mark.slow
def test_a_small_vocabulary_drops_the_rarest_character_for_good():
    rows = np.array([[1, 2, 1, 0], [1, 3, 1, 0], [1, 2, 2, 0], [1, 2, 1, 0]], np.int32)
    model = fit(c.BytePairs(V, 4, merges=1, characters=2), rows)
    lost = np.isneginf(np.asarray(model.log_prob(jnp.asarray(rows))))
    np.testing.assert_array_equal(lost, [False, True, False, False])
    again = fit(model, np.full((3, 4), 3, np.int32))
    assert not np.asarray(again.known)[3]
    whole = fit(c.BytePairs(V, 4, merges=1), rows)
    assert np.isfinite(np.asarray(whole.log_prob(jnp.asarray(rows)))).all()


@pytest.mark.slow
def test_a_fixed_tokenizer_stays_and_a_retrained_one_follows_its_data():
    first, second = texts(), np.tile(np.array([[3, 3, 3, 3, 3, 3, 3]], np.int32), (9, 1))
    for tokenizer, same in (("fixed", True), ("retrained", False)):
        model = c.BytePairs(V, 7, merges=2, tokenizer=tokenizer)
        model = fit(model, first)
        later = fit(model, second)
        assert np.array_equal(model.pairs, later.pairs) == same


@pytest.mark.slow
def test_a_temperature_acts_on_pieces_or_on_characters():
    cold = c.Tempered(0.5)
    token, rows = fitted()
    byte, _ = fitted(level="byte")
    squared = np.asarray(token.p) ** 2
    expected = squared / squared.sum(1, keepdims=True)
    np.testing.assert_allclose(token.reshaped(cold).p, expected, rtol=1e-4)
    one, other = (m.reshaped(cold).log_prob(jnp.asarray(rows)) for m in (token, byte))
    assert not np.allclose(one, other, rtol=1e-2)


BAD = [
    ({"merges": -1}, "BytePairs merges must be at least 0"),
    ({"longest": 0}, "BytePairs longest must be at least 1"),
    ({"level": "word"}, "BytePairs level must be token or byte"),
    ({"tokenizer": "none"}, "BytePairs tokenizer must be fixed or retrained"),
]


@pytest.mark.parametrize(("settings", "sentence"), BAD)
def test_bad_settings_are_told(settings, sentence):
    with pytest.raises(c.UserError, match=sentence):
        c.prepare(c.Arm(truth=c.TokenTable.uniform(V, 5), model=c.BytePairs(V, 5, **settings), n=9))
