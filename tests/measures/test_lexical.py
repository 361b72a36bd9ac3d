"""N-gram counts against Counters of tuples, on rows with ends and on long streams."""

from collections import Counter

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats

from collapse import Categorical, NGram, ReferencePerplexity, UserError, Wording
from collapse.measures.lexical import ngram_counts
from collapse.metrics.formulas import distinct, expectation_adjusted_distinct
from collapse.metrics.long_stream import corpus_distinct
from collapse.types import Batch, View

LIMIT = 4.5
R, L = 6, 5
FEW = settings(max_examples=25, deadline=None, derandomize=True, database=None)


def end(rows):
    """Rows of tokens with everything behind the first 0 made 0."""
    rows = np.array(rows, np.int32)
    rows[np.cumsum(rows == 0, 1) > 0] = 0
    return rows


ROWS = st.lists(st.lists(st.integers(0, 4), min_size=L, max_size=L), min_size=R, max_size=R).map(
    end
)


def grams(rows, n):
    """Counter of the n-grams of words inside rows; the end symbol is no word."""
    found = Counter()
    for row in np.asarray(rows).tolist():
        words = row[: row.index(0)] if 0 in row else row
        found.update(zip(*(words[i:] for i in range(n)), strict=False))
    return found


counted = jax.jit(ngram_counts, static_argnums=(1, 2))


def counts_of(rows, size, most=4):
    """Positive counts, sorted, for n = 1 .. most."""
    found = counted(jnp.asarray(rows, jnp.int32), most, size)
    return [sorted(int(c) for c in np.asarray(x) if c > 0) for x in found]


def random_rows(size, shape, seed):
    rng = np.random.default_rng(seed)
    p = np.r_[0.1, 1 / np.arange(1, size)]
    p /= p.sum()
    return end(rng.choice(size, shape, p=p))


@pytest.mark.parametrize("size", [5, 64, 2000, 65_536])
def test_counts_are_the_counters(size):
    """Every count of every n-gram, n = 1 .. 4, at vocabularies that fill 3 to 16 bits a token."""
    rows = random_rows(size, (80, 7), size)
    rows[3] = 0  # an empty row
    rows[4] = [size - 1] * 7  # the largest token, in a row that was cut
    found = counts_of(rows, size)
    for n in (1, 2, 3, 4):
        assert found[n - 1] == sorted(grams(rows, n).values()), n
    assert found[1] != sorted(grams(rows.reshape(1, -1), 2).values())  # none cross rows


def test_rows_shorter_than_n_have_no_ngrams():
    """Length 2 and n up to 4, empty rows alone, and one word alone."""
    assert counts_of([[1, 2], [1, 0], [0, 0]], 3) == [[1, 2], [1], [], []]
    assert counts_of([[0, 0], [0, 0]], 3) == [[], [], [], []]
    assert counts_of([[2, 0, 0, 0, 0]], 3) == [[1], [], [], []]


@FEW
@given(ROWS, st.permutations(range(R)))
def test_counts_of_any_rows_in_any_order(rows, order):
    """Equal to the Counter, and the order of the rows means nothing."""
    found = counts_of(rows, 5)
    assert found == [sorted(grams(rows, n).values()) for n in (1, 2, 3, 4)]
    assert counts_of(rows[list(order)], 5) == found


@FEW
@given(ROWS)
def test_merging_two_words_lowers_distinct(rows):
    """Telling fewer words apart leaves the number of n-grams and cannot raise distinct-n."""
    merged = np.where(rows == 2, 1, rows)
    for one, other in zip(counts_of(rows, 5), counts_of(merged, 5), strict=True):
        assert sum(one) == sum(other)
        assert len(other) <= len(one)


def test_distinct_and_its_adjustment():
    """Different over all; over N / (V^n (1 - (1 - V^-n)^C)) for the adjusted one."""
    counts = jnp.array([3, 1, 1, 0, 0])
    assert float(distinct(counts)) == pytest.approx(3 / 5)
    for words, n in ((7, 1), (7, 2), (2000, 1), (2000, 3), (60_000, 4)):
        cells = words**n
        expected = 3 / (cells * -np.expm1(5 * np.log1p(-1 / cells)))
        found = float(expectation_adjusted_distinct(counts, words, n))
        assert found == pytest.approx(expected, rel=1e-5)
    assert float(distinct(jnp.zeros(5, int))) == 0
    assert float(expectation_adjusted_distinct(jnp.zeros(5, int), 7, 1)) == 0


def test_adjusted_distinct_is_free_of_length_for_uniform_words():
    """Liu et al. (2022): its mean is 1 for uniform words, at every length, where distinct-1
    falls; for Zipf words it falls too."""
    rng = np.random.default_rng(0)
    words = 50
    both = lambda c: (expectation_adjusted_distinct(c, words, 1), distinct(c))  # noqa: E731
    adjusted = jax.jit(jax.vmap(both))
    plain = {}
    for length in (20, 200):
        counts = rng.multinomial(length, np.full(words, 1 / words), 4000)
        ead, plain[length] = (np.asarray(x, float) for x in adjusted(jnp.asarray(counts)))
        assert abs(ead.mean() - 1) / (ead.std() / np.sqrt(4000)) < LIMIT
        zipf = 1 / np.arange(1, words + 1)
        skewed, _ = adjusted(jnp.asarray(rng.multinomial(length, zipf / zipf.sum(), 4000)))
        assert np.asarray(skewed).mean() < 0.95
    assert plain[200].mean() < plain[20].mean() - 0.3


@eqx.filter_jit
def wording(rows, size, n):
    batch = Batch(rows, jnp.ones(len(rows)), jnp.zeros(len(rows), jnp.int32))
    truth = Categorical(jnp.array([0.5, 0.5]))
    return Wording(size).measure(None, View(batch, truth, None, truth, jnp.array(1), n))


def test_wording_is_of_the_first_n_candidates():
    """All curves from the Counters of the output, by scipy's entropy and the definitions."""
    size = 9
    rows = random_rows(size, (60, L), 4)
    curves = wording(jnp.asarray(rows), size, 40)
    tables = [list(grams(rows[:40], n).values()) for n in (1, 2, 3, 4)]
    for n, table in enumerate(tables, 1):
        expected = len(table) / sum(table)
        assert float(curves[f"distinct_{n}"]) == pytest.approx(expected, rel=1e-6)
        whole = grams(rows, n).values()
        assert expected != pytest.approx(len(whole) / sum(whole), rel=1e-3)
    words, total = size - 1, sum(tables[0])
    ead = len(tables[0]) / (words * (1 - (1 - 1 / words) ** total))
    assert float(curves["ead_1"]) == pytest.approx(ead, rel=1e-5)
    assert float(curves["entropy_1gram"]) == pytest.approx(stats.entropy(tables[0]), rel=1e-5)
    assert float(curves["entropy_2gram"]) == pytest.approx(stats.entropy(tables[1]), rel=1e-5)
    assert curves.keys() == Wording.curves.keys()


def test_wording_sees_a_loss_of_variety():
    """A model that has one short thing left to say lowers every curve."""
    rows = random_rows(9, (60, L), 4)
    before, after = (
        wording(jnp.asarray(x), 9, 40) for x in (rows, np.resize([[1, 1, 1, 1, 1]], (60, L)))
    )
    assert all(float(after[name]) < float(before[name]) for name in before)


def test_vocabulary_bound_of_wording():
    """Four tokens must fit a 64-bit key: 65,536 tokens and no more."""
    assert Wording(65_536).validate() == []
    assert len(Wording(65_537).validate()) == 1


@pytest.mark.parametrize("n", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [64, 2000, 5000, 60_000])
def test_corpus_distinct_is_the_set_of_tuples(size, n):
    """To the last digit, in tables and in sorted 32- and 64-bit keys."""
    rng = np.random.default_rng(size)
    p = 1 / np.arange(1, size + 1)
    stream = rng.choice(size, 20_000, p=p / p.sum())
    stream[:8] = size - 1  # the largest token, several times over
    words = stream.tolist()
    tuples = Counter(zip(*(words[i:] for i in range(n)), strict=False))
    assert corpus_distinct(stream, n) == (len(tuples), tuples.total())
    changed = np.where(stream == size - 1, 0, stream)
    assert corpus_distinct(changed, n)[0] < len(tuples)


@pytest.mark.parametrize("size", [1, 3])
def test_corpus_distinct_of_short_streams(size):
    """Even and odd lengths, of few tokens."""
    rng = np.random.default_rng(size)
    for length in (0, 1, 2, 7, 8):
        stream = rng.integers(0, size, length)
        words = stream.tolist()
        for n in (1, 2, 3):
            tuples = Counter(zip(*(words[i:] for i in range(n)), strict=False))
            assert corpus_distinct(stream, n) == (len(tuples), tuples.total())


def test_corpus_distinct_edges():
    """A stream of n - 1 tokens has none, one of n has one; keys that do not fit are refused."""
    assert corpus_distinct(np.array([3, 1]), 3) == (0, 0)
    assert corpus_distinct(np.array([3, 1, 3]), 3) == (1, 1)
    assert corpus_distinct(np.zeros(10, int), 2) == (1, 9)
    with pytest.raises(UserError, match="4-grams of 70,001 tokens"):
        corpus_distinct(np.array([70_000, 0, 1, 2, 3]), 4)


@pytest.mark.slow
def test_percentiles_of_perplexity_under_the_first_model():
    """Items of 1, 2 and 4 tokens with the end, by their log-probabilities under a bigram."""
    rows = jnp.array([[0, 0, 0, 0], [1, 0, 0, 0], [2, 1, 2, 0], [1, 2, 1, 2]], jnp.int32)
    first = NGram(3, smoothing=0.5, rows=rows[:3], weight=jnp.ones(3))
    batch = Batch(rows, jnp.ones(4), jnp.zeros(4, jnp.int32))
    view = View(batch, None, first, None, jnp.array(1), 4)
    found = ReferencePerplexity().measure(jax.random.key(0), view)
    nats = -np.asarray(first.log_prob(rows), float) / [1, 2, 4, 4]
    assert float(found["reference_surprise"]) == pytest.approx(nats.mean(), rel=1e-5)
    for share in (10, 50, 90, 99):
        expected = np.exp(np.percentile(nats, share))
        assert float(found[f"reference_perplexity_{share}"]) == pytest.approx(expected, rel=1e-5)
